"""A study: scenarios, how often and how precisely they are run, and what is picked; one way from there to the answer.

`compare` and `sweep` are studies that are said in one line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError, Problem, did_you_mean, shown
from ..scenario import Scenario, load
from .compare import Comparison, check_comparable
from .file import load_study
from .format import OUTPUTS
from .precision import FIRST, MOST, Goal, Want, parse_precision, settle
from .runner import Progress, Runner
from .selection import Wanted, select
from .vary import Vary, design, parse_vary
from .vary import points as points_of

__all__ = ["OUTPUTS", "Study", "compare", "sweep"]

Source = Scenario | str | Path


@dataclass(frozen=True)
class Study:
    """An experiment: run it with `run`.

    Attributes:
        names: names of the scenarios, all different.
        scenarios: the scenarios.
        base: number of the scenario that the others are compared with.
        points: a row a scenario: scenario, and a column for each path that is varied; None for names alone.
        name: what the study is called.
        reps: replications of every scenario; of the first stage where a precision is wanted or the best is picked.
        precision: as many replications as this takes (see `precision.parse_precision`), the same for all; None: `reps`.
        most: replications at the most, for a precision or a selection.
        select: pick the best scenario; None for none. Not together with a precision.
        seed: seed of the random numbers.
        periods: the families of periods that are measured, of run, day and interval.
        max_visits: bound on contacts and visits of one replication; None for the engine's own.
        outputs: the tables that a folder gets.
        futures: the scenarios in each future, in the same order; everything is run and compared in each as well.
    """

    names: tuple[str, ...]
    scenarios: tuple[Scenario, ...] = field(repr=False)
    base: int = 0
    points: pd.DataFrame | None = field(default=None, repr=False)
    name: str = ""
    reps: int = FIRST
    precision: Want | None = None
    most: int = MOST
    select: Wanted | None = None
    seed: int = 1
    periods: tuple[str, ...] = ("run", "day")
    max_visits: int | None = None
    outputs: tuple[str, ...] = OUTPUTS
    futures: Mapping[str, tuple[Scenario, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Check what belongs together. Raises InputError or ValueError."""
        if not self.scenarios or len(self.names) != len(self.scenarios):
            raise ValueError(f"{len(self.names)} names are given for {len(self.scenarios)} scenarios")
        for name in self.names:
            if not name.strip() or not name.isprintable():
                raise InputError(
                    f"{shown(name)} is not a name of a scenario: it must be in plain characters, in one line"
                )
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise InputError(f"two scenarios are named {twice[0]!r}; give each a name of its own")
        if self.precision is not None and self.select is not None:
            raise InputError("a study either reaches a precision or selects the best; leave one out")
        for output in self.outputs:
            if output not in OUTPUTS:
                raise InputError(f"no output is named {output!r}{did_you_mean(output, OUTPUTS)}")
        check_comparable(self.names, self.scenarios, self.base)
        if self.precision is not None:
            self._goals()

    @classmethod
    def load(cls, path: str | Path, *, allow_outside: bool = False) -> Study:
        """Read a study file; see docs/study.md. Raises InputError with every problem of it and of its scenarios."""
        plan = load_study(path, allow_outside=allow_outside)
        return cls(
            names=plan.names,
            scenarios=plan.scenarios,
            base=plan.base,
            points=plan.points,
            name=plan.name,
            reps=plan.first if plan.precision else plan.reps,
            precision=plan.precision,
            most=plan.at_most,
            select=plan.select,
            seed=plan.seed,
            periods=plan.periods,
            max_visits=plan.max_visits,
            outputs=plan.outputs,
        )

    def definition(self) -> str:
        """Return a hash of all that has a say in the study's result, servsim's version apart."""
        said = {
            key: value
            for key, value in vars(self).items()
            if key not in ("scenarios", "points", "select", "futures")
        }
        said["digests"] = [scenario.digest() for scenario in self.scenarios]
        if self.futures:
            said["futures"] = {name: [one.digest() for one in some] for name, some in self.futures.items()}
        said["points"] = self._points().to_dict("list")
        said["select"] = asdict(self.select) if self.select is not None else None
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of the scenarios, each once: what is equal is run once."""
        every = [*self.scenarios, *(one for some in self.futures.values() for one in some)]
        return tuple(dict.fromkeys(scenario.digest() for scenario in every))

    @property
    def is_open(self) -> bool:
        """Tell whether it turns out only on the way how many replications it takes."""
        return self.precision is not None or self.select is not None

    def run(
        self,
        folder: str | Path | None = None,
        *,
        engine: str = "auto",
        jobs: int | None = None,
        cluster: str | None = None,
        overwrite: bool = False,
        command: str = "",
        progress: Progress | None = None,
    ) -> Comparison:
        """Run the study and return what came out.

        Args:
            folder: keeps every finished replication, so that a run that was stopped goes on where it was, and the
                result (see docs/results.md); None keeps nothing.
            engine: a name out of `servsim.engine.ENGINES`, or `auto`.
            jobs: processes to work with; None for as many as pay.
            cluster: address of a Dask scheduler.
            overwrite: replace the folder's result where it is that of another study.
            command: the command line that asked for it, for the folder's run.json; empty where none did.
            progress: is called now and then with (replications computed, replications to compute).

        Raises:
            InputError: the folder holds something else, or a scenario does not fit the study.
            RunError: replications could not be finished, or the disk refuses; what is finished is kept in the folder.
        """
        from .folder import opened

        with (
            opened(folder, self, overwrite=overwrite, command=command) as kept,
            Runner(
                seed=self.seed,
                engine=engine,
                periods=self.periods,
                max_visits=self.max_visits,
                jobs=jobs,
                cluster=cluster,
                store=kept.store,
                progress=progress,
            ) as runner,
        ):
            comparison = self._run(runner)
            kept.save(comparison)
        return comparison

    def _run(self, runner: Runner) -> Comparison:
        settled = choice = None
        if self.precision is not None:
            goals = self._goals()
            results, settled = settle(
                runner, self.scenarios, self.names, self.base, goals, self.reps, self.most
            )
        elif self.select is not None:
            results, choice = select(runner, self.scenarios, self.names, self.select, self.reps, self.most)
        else:
            results = runner.results(self.scenarios, self.reps)
        futures = {
            name: replace(self, scenarios=scenarios, futures={})._run(runner)
            for name, scenarios in self.futures.items()
        }
        return Comparison(self.names, tuple(results), self.base, self._points(), settled, choice, futures)

    def _goals(self) -> list[Goal]:
        """Return what precision is wanted. Raises InputError where its words are wrong."""
        assert self.precision is not None
        return parse_precision(self.precision, dict(zip(self.names, self.scenarios, strict=True)))

    def _points(self) -> pd.DataFrame:
        if self.points is not None:
            return self.points
        return pd.DataFrame({"scenario": list(self.names)})


def compare(
    base: Source,
    *others: Source,
    names: Sequence[str] | None = None,
    points: pd.DataFrame | None = None,
    reps: int = FIRST,
    precision: Want | None = None,
    max_reps: int = MOST,
    select: Wanted | None = None,
    seed: int = 1,
    periods: Sequence[str] = ("run", "day"),
    max_visits: int | None = None,
    folder: str | Path | None = None,
    futures: bool = True,
    **how: Any,
) -> Comparison:
    """Run scenarios on the same customers and compare each with the first.

    Args:
        base: a scenario, or the name of its file.
        others: scenarios to be compared with it.
        names: their names, the base's first; None takes them from the scenarios.
        points: what more is to be told of each, a row a scenario (see `Study`).
        reps: replications of each; with a precision or a selection, of the first stage.
        precision: as many replications as this takes: `2%`, or a measure with a half-width such as
            `service_level=0.5pp` (see `parse_precision`).
        max_reps: replications at the most, with a precision or a selection.
        select: pick the best (see `Wanted`).
        seed: seed of the random numbers.
        periods: the families of periods that are measured.
        max_visits: bound on contacts and visits of one replication.
        folder: keep finished replications and the result there; what is there already is not run again.
        futures: run and compare everything in each of the base's futures as well, if it has any.
        how: engine, jobs, cluster, overwrite, progress, as for `Study.run`.

    Raises:
        InputError: a scenario is wrong or cannot be compared with the base, or a future does not fit it.
        RunError: replications could not be finished.
    """
    scenarios = tuple(one if isinstance(one, Scenario) else load(one) for one in (base, *others))
    called = tuple(names) if names is not None else named(scenarios)
    study = Study(
        names=called,
        scenarios=scenarios,
        futures=in_futures(called, scenarios) if futures else {},
        points=points,
        reps=reps,
        precision=precision,
        most=max_reps,
        select=select,
        seed=seed,
        periods=tuple(periods),
        max_visits=max_visits,
    )
    return study.run(folder, **how)


def sweep(
    scenario: Source,
    vary: Sequence[str] | Sequence[Vary],
    *,
    sample: str | None = None,
    seed: int = 1,
    periods: Sequence[str] = ("run",),
    **how: Any,
) -> Comparison:
    """Run a scenario at many points and compare each with the scenario as it is, on the same customers.

    Args:
        scenario: a scenario, or the name of its file.
        vary: `path=a:b:n` (n values from a to b), `path=v1,v2,v3`, or with a sample `path=a:b`; several make a grid.
        sample: None for the grid, `lhs:64` or `sobol:64` for so many points of a Latin hypercube or Sobol's sequence.
        seed: seed of the random numbers, of the sample too.
        periods: the families of periods that are measured.
        how: reps, precision, max_reps, select, max_visits, folder, engine, jobs, cluster, overwrite, progress, as for
            `compare`.

    Raises:
        InputError: the scenario or a point is wrong.
        RunError: replications could not be finished.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    varies = [one for one in vary if isinstance(one, Vary)] or parse_vary([str(one) for one in vary])
    scenarios, table = swept(scenario, varies, sample, seed)
    names = tuple(table["scenario"])
    return compare(*scenarios, names=names, points=table, seed=seed, periods=periods, futures=False, **how)


def swept(
    scenario: Scenario, varies: Sequence[Vary], sample: str | None, seed: int
) -> tuple[tuple[Scenario, ...], pd.DataFrame]:
    """Return a scenario as it is and at every point, and the table of points, as `Study` takes them.

    Raises InputError where the sample or a point is wrong.
    """
    table = design(varies, sample, seed)
    made = points_of(scenario, table)
    columns = {"scenario": ["as written", *(name for name, _ in made)]}
    for path in table.columns:
        columns[path] = ["", *map(str, table[path])]
    return (scenario, *(point for _, point in made)), pd.DataFrame(columns)


def in_futures(names: Sequence[str], scenarios: Sequence[Scenario]) -> dict[str, tuple[Scenario, ...]]:
    """Return all scenarios in each future of the first: its changes, applied to every one.

    Raises InputError with everything in which a future does not fit a scenario.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[Scenario, ...]] = {}
    for future, changes in scenarios[0].model.futures.items():
        some = []
        for name, scenario in zip(names, scenarios, strict=True):
            try:
                some.append(scenario.under(changes))
            except InputError as error:
                where = f" ({name} in the future {future!r})"
                problems += [replace(problem, message=problem.message + where) for problem in error.problems]
        found[future] = tuple(some)
    if problems:
        raise InputError(problems)
    return found


def named(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Return a name for each scenario: its own, its file's where two share one, and numbered where even these do."""
    own = [scenario.name for scenario in scenarios]
    names = [
        name if own.count(name) == 1 else scenario.source.stem
        for name, scenario in zip(own, scenarios, strict=True)
    ]
    return tuple(
        name if names.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(names, 1)
    )
