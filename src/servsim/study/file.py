"""A whole experiment in one file: STUDY.yaml → scenarios, points and how often to run them.

The file is read like a scenario: words by YAML 1.2, nothing run as code, every problem told at once with file, line,
path and what is allowed; problems of the scenario files that it names bear their own file and line. `study.format`
defines the format, `docs/study.md` shows it by example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import MeasureDef
from ..errors import InputError, Problem, shown
from ..scenario import Scenario
from ..scenario.changes import wrong_file
from ..scenario.document import Document, Place, Plain, read_document
from ..scenario.fields import Context
from ..scenario.load import Found, load_entry, places_in, validated
from .amounts import check_scope, measure_of, parse_amount, parse_relative
from .format import AT_MOST, Output, Period, StudyFile
from .precision import ALL
from .selection import Wanted
from .vary import Vary, design, points, vary_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StudyPlan", "load_study"]


@dataclass(frozen=True)
class StudyPlan:
    """A study that has been read and checked: what is to be run.

    Attributes:
        name: of the study.
        names: of the scenarios to run, all different: those of the file, or with `vary` the base as it is, then
            every scenario at every point (`as is, staff=8`), scenario by scenario.
        scenarios: to run, as `names`.
        points: one row a scenario: `scenario` (its name) and a column for each varied path; None at the base.
        base: index of the scenario with which the others are compared.
        reps: replications of every scenario, or those to begin with where a precision is wanted.
        precision: None, or the half-width wanted by measure (and scope: `asa queue:phone`), as written: `0.5pp`,
            `5 s`, `50`, or relative to the mean, `2%`. The key `*` stands for every measure that is judged.
        at_most: replications at most; `reps` where no precision is wanted.
        seed: of all random numbers.
        periods: some of run, day, interval.
        select: by what the best is picked, or None.
        max_visits: bound on one replication, or None.
        outputs: the tables to write.
    """

    name: str
    names: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    points: pd.DataFrame
    base: int
    reps: int
    precision: Mapping[str, str] | None
    at_most: int
    seed: int
    periods: tuple[Period, ...]
    select: Wanted | None
    max_visits: int | None
    outputs: tuple[Output, ...]

    @property
    def first(self) -> int:
        """The replications to begin with: `reps`."""
        return self.reps


def load_study(path: str | Path, allow_outside: bool = False) -> StudyPlan:
    """Read a study file and every scenario that it names, check all of it and return what is to be run.

    Args:
        path: a YAML file.
        allow_outside: permit files outside the study's own folder tree.

    Raises:
        InputError: with every problem found, each with file, line, path, what was found and what is allowed.
    """
    source = Path(path)
    document = read_document(source, "study")
    root = None if allow_outside else source.parent.resolve()
    study, found = _sound(document.data, allow_outside, root)
    if study is None:
        raise InputError(_told(document, found))
    reader = _Reader(document, source, allow_outside, root)
    reader.found += found
    loaded = reader.scenarios(study)
    table = reader.table(study)
    precision = reader.precision(study.replications.precision, loaded)
    select = reader.select(study, loaded)
    points_of = reader.points(loaded, table) if table is not None else {}
    problems = [*_told(document, reader.found), *reader.problems]
    if problems:
        raise InputError(problems)
    base = study.base or next(iter(loaded))
    names, scenarios, frame = _laid_out(loaded, base, table, points_of)
    replications = study.replications
    most = replications.first if precision is None else replications.at_most or AT_MOST
    return StudyPlan(
        name=study.name or source.stem,
        names=names,
        scenarios=scenarios,
        points=frame,
        base=names.index(base),
        reps=replications.first,
        precision=precision,
        at_most=most,
        seed=study.seed,
        periods=study.periods,
        select=select,
        max_visits=study.max_visits,
        outputs=study.outputs,
    )


def _told(document: Document, found: Found) -> list[Problem]:
    """Return what could not be read, and what else is wrong where it does not follow from that."""
    unread = {problem.path for problem in document.problems}
    told = [document.problem(place, message) for place, message in found]
    return [*document.problems, *(problem for problem in told if problem.path not in unread)]


def _sound(data: dict[str, Plain], allow_outside: bool, root: Path | None) -> tuple[StudyFile | None, Found]:
    """Return the study, without its unsound parts if some are, and what is wrong; None where too little is left."""
    context = Context({}, places_in(data), allow_outside=allow_outside, root=root)
    study, found = validated(StudyFile, data, context)
    if study is not None:
        return study, found
    rest: dict[str, Any] = {**data, "study": 1}
    for place, _ in found:
        entries = rest.get("scenarios")
        if place[:1] == ("scenarios",) and len(place) > 1 and isinstance(entries, dict):
            rest["scenarios"] = {name: entry for name, entry in entries.items() if name != place[1]}
        elif place:
            rest.pop(str(place[0]), None)
    rest.setdefault("study", 1)
    context.partial = True
    return validated(StudyFile, rest, context)[0], found


class _Reader:
    """Reads what a study file names and says, collecting everything that is wrong."""

    def __init__(self, document: Document, source: Path, allow_outside: bool, root: Path | None) -> None:
        self.document, self.source, self.allow_outside, self.root = document, source, allow_outside, root
        self.problems: list[Problem] = []  # of the files named
        self.found: Found = []  # of the study file itself

    def scenarios(self, study: StudyFile) -> dict[str, Scenario]:
        """Load every scenario that can be."""
        loaded = {}
        for name, entry in study.scenarios.items():
            place: Place = ("scenarios", name)
            written = self.document.data["scenarios"][name]
            file_place = (*place, "file") if isinstance(written, dict) else place
            wrong = wrong_file(entry.file, self.source, self.root, "study")
            if wrong:
                self.found.append((file_place, wrong))
                continue
            file, at = self.source.parent / entry.file, (*place, "change")
            try:
                loaded[name] = load_entry(
                    file, entry.change, self.document, at, self.source, allow_outside=self.allow_outside
                )
            except InputError as error:
                self.problems += error.problems
        return loaded

    def table(self, study: StudyFile) -> pd.DataFrame | None:
        """Return the points, or None where nothing is varied or they cannot be told."""
        varies: list[Vary] = []
        for path, spec in study.vary.items():
            try:
                varies.append(vary_of(path, self.as_written(("vary", path), spec)))
            except ValueError as error:
                self.found.append((("vary", path), str(error)))
        if not varies or len(varies) < len(study.vary):
            return None
        try:
            return design(varies, study.sample, study.seed)
        except InputError as error:
            for problem in error.problems:
                at_path: Place = ("vary", problem.path) if problem.path in study.vary else ("vary",)
                self.found.append((("sample",) if problem.path == "sample" else at_path, problem.message))
        return None

    def as_written(self, place: Place, value: Plain) -> Any:
        """Return a value with its words as they are written: `+2` is not `2`."""
        if isinstance(value, list):
            return [self.document.texts.get((*place, i), item) for i, item in enumerate(value)]
        return self.document.texts.get(place, value)

    def points(
        self, loaded: Mapping[str, Scenario], table: pd.DataFrame
    ) -> dict[str, list[tuple[str, Scenario]]]:
        """Return every scenario at every point."""
        result = {}
        for name, scenario in loaded.items():
            try:
                result[name] = points(scenario, table)
            except InputError as error:
                for problem in error.problems:
                    if problem.file:
                        self.problems.append(problem)
                        continue
                    varied = next((path for path in table if f"{problem.path}.".startswith(f"{path}.")), None)
                    place = ("vary",) if varied is None else ("vary", str(varied))
                    self.found.append((place, f"in {name!r}: {problem.message}"))
        return result

    def precision(self, given: Any, loaded: Mapping[str, Scenario]) -> dict[str, str] | None:
        """Return the half-widths wanted by measure, as written."""
        place: Place = ("replications", "precision")
        if given is None:
            return None
        if not isinstance(given, dict):
            text = str(self.as_written(place, given)).strip()
            if parse_relative(text) is None:
                ways = (
                    "write 2% (of every mean that is judged), or {service_level: 0.5pp, asa: 5 s, cost: 2%}"
                )
                self.found.append((place, f"{shown(given)} is not a precision; {ways}"))
            return {ALL: text}
        if not given:
            self.found.append((place, "must not be empty"))
        wanted = {}
        for word, value in given.items():
            name, *scope = word.split()
            text = str(self.as_written((*place, word), value)).strip()
            try:
                measure = measure_of(name)
                check_scope(measure, " ".join(scope) or "total", loaded)
                _check_width(measure, text)
            except ValueError as error:
                self.found.append(((*place, word), str(error)))
            wanted[" ".join([name, *scope])] = text
        return wanted

    def select(self, study: StudyFile, loaded: Mapping[str, Scenario]) -> Wanted | None:
        """Return by what the best is picked; None where nothing is, or where that cannot be told."""
        wanted = study.select
        if wanted is None:
            return None
        if len(self.document.data["scenarios"]) < 2 and not study.vary:
            self.found.append(
                (("select",), "there is one scenario alone; to pick the best takes two or more")
            )
        key = "measure"
        try:
            measure = measure_of(wanted.measure)
            if not measure.better:
                raise ValueError(
                    f"of {measure.name} neither more nor less is better; select by another measure"
                )
            key = "scope"
            check_scope(measure, wanted.scope, loaded)
            key = "indifference"
            delta = parse_amount(measure, self.as_written(("select", key), wanted.indifference))
        except ValueError as error:
            self.found.append((("select", key), str(error)))
            return None
        return Wanted(measure.name, delta, wanted.scope, wanted.confidence)


def _check_width(measure: MeasureDef, text: str) -> None:
    """Check a wanted half-width: a share of the mean, or an amount in the measure's unit."""
    try:
        if parse_relative(text) is None:
            parse_amount(measure, text)
    except ValueError as error:
        raise ValueError(f"{error}; or 2% of its mean") from None


def _laid_out(
    loaded: Mapping[str, Scenario],
    base: str,
    table: pd.DataFrame | None,
    points_of: Mapping[str, Sequence[tuple[str, Scenario]]],
) -> tuple[tuple[str, ...], tuple[Scenario, ...], pd.DataFrame]:
    """Return the names, the scenarios and the table of points, in the order in which they are run."""
    import pandas as pd

    if table is None:
        return tuple(loaded), tuple(loaded.values()), pd.DataFrame({"scenario": list(loaded)})
    rows = [(base, loaded[base], (None,) * len(table.columns))]
    for name, at_points in points_of.items():
        values = table.itertuples(index=False, name=None)
        rows += [
            (f"{name}, {point}", scenario, row)
            for (point, scenario), row in zip(at_points, values, strict=True)
        ]
    names = tuple(name for name, _, _ in rows)
    columns = {path: [row[i] for _, _, row in rows] for i, path in enumerate(table)}
    frame = pd.DataFrame({"scenario": list(names), **columns}, dtype=object)
    return names, tuple(scenario for _, scenario, _ in rows), frame
