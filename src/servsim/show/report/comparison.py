"""The report of a comparison, a sweep or a study."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...catalogue import CATALOGUE
from ...errors import InputError
from ...study.stored import StoredComparison, StoredResult
from ...study.verdict import in_time
from ..comparison import View, gain_text, main_rows, meaning
from ..plots.comparison import MAIN
from ..terminal import MONEY
from .assumptions import assumptions, changes, warnings
from .elements import Markup, Numbers, joined, number_of, table, tag, verdict_mark
from .method import glossary, method, repeat, replications
from .page import Section, page
from .pictures import Picture, pictures
from .run import KINDS_OF_COST, days_kept, target_value, verdict_section
from .words import clock, measure_words, target_words

__all__ = ["comparison_report"]

FEW = 6  # scenarios that are told one by one; more get a row each
MOST_SIDE_BY_SIDE = 12  # scenarios whose costs are drawn
MOST_OVER_TIME = 3  # scenarios whose service level is drawn
MOST_CURVES = 4
SAME_CUSTOMERS = (
    "With the same seed, replication 7 of every scenario has the same customers, with the same patience and "
    "the same work. "
    "Differences are taken replication by replication, so that what differs comes from the change and not "
    "from luck "
    "(common random numbers; paired t intervals, Law 10.2.1). ×12 beside a difference: with other customers "
    "in each scenario "
    "an interval as narrow would take 12 times as many replications."
)


def comparison_report(comparison: StoredComparison) -> str:
    """Return the page of a comparison."""
    view = _View(comparison)
    base = comparison.results[comparison.base]
    reps = sorted({result.reps for result in comparison.results})
    often = replications(reps[-1]) if len(reps) == 1 else f"{reps[0]:,} to {replications(reps[-1])}"
    about = [
        f"Simulation of {clock(base.scenario.model)}.",
        f"{len(comparison.names)} scenarios, {often} each, seed {comparison.summary['seed']}, the same "
        "customers in all.",
    ]
    sections = [
        Section("targets", "Targets and money" if view.many else "Targets", list(_targets(view))),
        Section("money", "Money", list(_money(view))),
        Section("differences", "Differences", list(_differences(view))),
        Section("pictures", "Pictures", pictures(_pictures(comparison))),
        Section("assumptions", "Assumptions", list(_assumptions(comparison))),
        Section(
            "method", "Method", [*method(_method(view, often), comparison.about), glossary(_shown(view))]
        ),
        Section("repeat", "How to repeat it", _repeat(comparison)),
    ]
    return page(_title(comparison), about, _verdict(view), sections)


class _View:
    """A comparison with its numbers, and where each stands in the summary."""

    def __init__(self, comparison: StoredComparison) -> None:
        self.comparison, self.numbers = comparison, Numbers(comparison.summary)
        self.others = [n for n in range(len(comparison.names)) if n != comparison.base]
        self.base = comparison.names[comparison.base]
        self.model = comparison.results[comparison.base].scenario.model
        self.rows: list[dict[str, Any]] = [
            {key: number_of(value) if key in FIGURES else value for key, value in row.items()} | {"at": n}
            for n, row in enumerate(comparison.summary["differences"])
            if row["n"]
        ]
        self.row = {(row["scenario"], row["measure"], row["scope"]): row for row in self.rows}
        self.targets = {
            (row["scenario"], row["text"]): n for n, row in enumerate(comparison.summary["targets"])
        }

    @property
    def many(self) -> bool:
        """Tell whether there are too many scenarios to tell of one by one."""
        return len(self.comparison.names) > FEW

    @property
    def texts(self) -> dict[str, str]:
        """Every target as the summary has it, and in words."""
        found: dict[str, str] = {}
        for row in self.comparison.summary["targets"]:
            model = self.result(row["scenario"]).scenario.model
            found.setdefault(row["text"], target_words(model.targets[row["target"]], model))
        return found

    def result(self, name: str) -> StoredResult:
        """Return the result of a scenario."""
        return self.comparison.results[self.comparison.names.index(name)]

    def in_money(self) -> str:
        """Return ` in 7 days, in EUR`."""
        when = in_time(self.comparison.results[self.comparison.base])
        return f" {when}" + (f", in {self.model.currency}" if self.model.currency else "")


FIGURES = ("base", "value", "difference", "half_width", "low", "high", "variance_ratio")


def _title(comparison: StoredComparison) -> str:
    others = [name for n, name in enumerate(comparison.names) if n != comparison.base]
    base = comparison.names[comparison.base]
    if len(others) == 1:
        return f"{others[0]} against {base}"
    paths = [str(name) for name in comparison.points.columns if name != "scenario"]
    if paths:
        name = comparison.results[comparison.base].scenario.name
        return f"{name}: {len(others)} values of {' and '.join(path.rpartition('.')[2] for path in paths)}"
    named = str(comparison.about.get("study") or "")
    return named or (f"{len(others)} scenarios against {base}" if others else base)


# --- verdict, targets, money ----------------------------------------------------------------------------------


def _verdict(view: _View) -> Markup:
    lines = [_in_words(line, view) for line in view.comparison.summary["verdict"]]
    told = [_bold(line, view.comparison.names) for line in lines]
    head, rest = _headline(view, lines)
    return verdict_section(_colour(view), head, [line for n, line in enumerate(told) if n not in rest])


def _headline(view: _View, lines: Sequence[str]) -> tuple[Markup | str, list[int]]:
    """Return the sentence that stands out, and which lines it makes needless.

    Of two scenarios that is what the other costs more or less, and whether it keeps the targets; of more what is best.
    """
    if len(view.others) == 1:
        return _of_two(view, lines), []
    telling = (
        "The cheapest",
        "Selected by",
        *(() if view.many else ("None ",)),
    )  # of many that is a list of names
    for n, line in enumerate(lines):
        if line.startswith(telling):
            return line, [n]
    place = 0 if view.many else len(lines) - 1
    return (lines[place] if lines else "Nothing to judge by: neither targets nor costs."), [place]


def _of_two(view: _View, lines: Sequence[str]) -> str:
    """Return what the other scenario costs against the base, and whether it keeps all targets."""
    name = view.comparison.names[view.others[0]]
    own = next((line for line in lines if line.startswith(f"{name}: ")), "")
    costs = own.removeprefix(f"{name}: ").rstrip(".").rpartition("; ")[2]
    words = [costs] if costs.startswith("costs ") else []
    found = [row["verdict"] for row in view.comparison.summary["targets"] if row["scenario"] == name]
    missed = found.count("missed")
    if missed:
        words.append(f"misses {missed} of {len(found)} targets" if len(found) > 1 else "misses its target")
    elif found and set(found) <= {"met"}:
        words.append("keeps its target" if len(found) == 1 else f"keeps all {len(found)} targets")
    said = f"{name} {' and '.join(words)}" if words else name
    if not missed and "cannot tell" in found:
        rest = "whether it keeps all targets cannot be told yet"
        said = f"{said}; {rest}" if words else f"{name}: {rest}"
    return (
        f"{said}." if said != name else f"{name}: there is nothing to judge it by, neither targets nor costs."
    )


def _colour(view: _View) -> str:
    cheapest = view.comparison.summary["cheapest"]
    if cheapest["scenario"]:
        return "good" if view.targets else "none"
    return "open" if cheapest["open"] or not view.targets else "bad"


def _in_words(line: str, view: _View) -> str:
    """Return a line of the verdict with its targets as people say them."""
    for text, words in sorted(view.texts.items(), key=lambda pair: -len(pair[0])):
        line = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", lambda _, words=words: words, line)  # type: ignore[misc]
    return line


def _bold(line: str, names: Sequence[str]) -> Markup:
    """Return a line with the scenario's name, with which it begins, in bold."""
    for name in sorted(names, key=len, reverse=True):
        if line.startswith(f"{name}: "):
            return joined(tag("b", name), line[len(name) :])
    return joined(line)


def _targets(view: _View) -> Iterator[Markup]:
    if not view.targets:
        yield tag("p", "The scenarios name no targets.")
        return
    if view.many:
        yield _overview(view)
    else:
        rows = [
            [words, *(_target_cell(view, name, text) for name in view.comparison.names)]
            for text, words in view.texts.items()
        ]
        yield table(
            "What each target says, and what was found",
            ["target", *view.comparison.names],
            rows,
            texts=1 + len(view.comparison.names),
        )
    yield tag(
        "p",
        "Met or missed is said where the whole 95 % interval lies on one side of the bound; else one cannot "
        "tell yet, and "
        "more replications may tell. Days: on which share of single days the bound is kept.",
        class_="note",
    )
    if "futures" in view.comparison.summary:
        yield _futures(view)


def _target_cell(view: _View, name: str, text: str) -> Markup:
    n = view.targets.get((name, text))
    if n is None:
        return tag("span", "no such target", class_="soft")
    row = view.comparison.summary["targets"][n]
    result = view.result(name)
    parts = [verdict_mark(row["verdict"]), target_value(result, view.numbers, row["target"], n)]
    parts += [joined(f"worst: {row['worst']}")] if row["worst"] not in ("", "run") else []
    days = days_kept(view.numbers, n)
    parts += [joined("days: ", days)] if days and result.scenario.model.clock.length > 86400 else []
    return joined(*parts, by="<br />")


def _overview(view: _View) -> Markup:
    """Return a row a scenario: verdicts, cost, and its difference from the base's."""
    texts = view.texts
    rows = []
    for n, name in enumerate(view.comparison.names):
        place = ("scenarios", n, "measures", "total", "cost")
        own = view.row.get((name, "cost", "total"))
        cost = (
            view.numbers.mean("money", *place) if number_of(view.numbers.at(*place, "mean")) else joined("–")
        )
        against = view.numbers.difference("money", "differences", own["at"]) if own else joined("")
        cells = [_short_cell(view, name, text) for text in texts]
        rows.append([name, cost, against, *cells])
    headings = ["scenario", "cost", "against the base", *texts.values()]
    return table(f"Scenarios{view.in_money()}", headings, rows)


def _short_cell(view: _View, name: str, text: str) -> Markup:
    n = view.targets.get((name, text))
    if n is None:
        return joined("–")
    row = view.comparison.summary["targets"][n]
    unit = CATALOGUE[view.result(name).scenario.model.targets[row["target"]].measure].unit
    return joined(verdict_mark(row["verdict"]), view.numbers.amount(unit, "targets", n, "value"), by="<br />")


def _futures(view: _View) -> Markup:
    found = view.comparison.summary["futures"]
    texts = [
        key for key in found[0] if key not in ("future", "scenario", "cost", "difference", "low", "high")
    ]
    rows = []
    for n, row in enumerate(found):
        ends = view.numbers.interval("money", "futures", n)
        against = joined(view.numbers.amount("money", "futures", n, "difference"), ends, by=" ")
        verdicts = [verdict_mark(row[text]) if row.get(text) else joined("–") for text in texts]
        base = row["difference"] is None
        cells = [view.numbers.amount("money", "futures", n, "cost"), joined("") if base else against]
        rows.append([row["future"], row["scenario"], *verdicts, *cells])
    words = [view.texts.get(text, text) for text in texts]
    headings = ["future", "scenario", *words, "cost", "against the base"]
    return table(f"In each future{view.in_money()}", headings, rows, texts=2 + len(texts))


def _money(view: _View) -> Iterator[Markup]:
    """Yield the cost by kind: the base's, and what the others cost more or less."""
    names = [view.comparison.names[n] for n in view.others]
    if view.many:
        return  # the overview tells of the cost
    kinds = [*KINDS_OF_COST, "cost", "cost_per_contact", "cost_per_resolution"]
    rows = []
    for kind in kinds:
        place = ("scenarios", view.comparison.base, "measures", "total", kind)
        found = [view.row.get((name, kind, "total")) for name in names]
        if view.numbers.has(*place, "mean") and any(row and (row["base"] or row["value"]) for row in found):
            cells = [joined(MONEY[kind]), view.numbers.mean("money", *place)]
            cells += [_difference(view, row) for row in found]
            rows.append([tag("b", cell) for cell in cells] if kind == "cost" else cells)
    if not rows:
        yield tag("p", "The scenarios name no costs.")
        return
    headings = ["", view.base, *(f"{name}: more or less" for name in names)]
    yield table(
        f"Cost by kind{view.in_money()}", headings, rows, note="Below zero: it costs less than the base."
    )


def _difference(view: _View, row: dict[str, Any] | None) -> Markup:
    """Return a difference with its interval, and what it means where it is not sure."""
    if row is None:
        return joined("–")
    word = meaning(row)
    if word == "the same":
        return joined("0")
    text = view.numbers.difference(CATALOGUE[row["measure"]].unit, "differences", row["at"])
    return joined(text, tag("span", " (not sure)", class_="soft")) if word == "no sure difference" else text


def _differences(view: _View) -> Iterator[Markup]:
    """Yield a table for each scenario: the measures that targets name, and the main ones that surely differ."""
    if view.many or not view.others:
        return
    tables = []
    for number in view.others:
        name = view.comparison.names[number]
        rows = [row for row in view.rows if row["scenario"] == name]
        shown = [row for row in main_rows(rows, view.comparison, View()) if row["measure"] not in MONEY]  # type: ignore[arg-type]
        cells = [_cells(view, row) for row in shown if meaning(row) != "the same"]
        headings = ["measure", "", view.base, "now", "difference", "same customers"]
        if cells:
            tables.append(table(f"{name} against {view.base}", headings, cells, texts=2))
    yield from tables
    if not tables:
        yield tag("p", f"Neither what targets name nor any main measure differs from {view.base}.")


def _cells(view: _View, row: Any) -> list[Markup]:
    unit, place = CATALOGUE[row["measure"]].unit, ("differences", row["at"])
    word = meaning(row)
    factor = row["variance_ratio"]
    gain = view.numbers.marked(gain_text(factor), *place, "variance_ratio")
    return [
        joined(measure_words(row["measure"], row["scope"])),
        verdict_mark(word),
        view.numbers.amount(unit, *place, "base"),
        view.numbers.amount(unit, *place, "value"),
        view.numbers.difference(unit, *place),
        joined("") if math.isnan(factor) else gain,
    ]


# --- pictures ---------------------------------------------------------------------------------------------------


def _pictures(comparison: StoredComparison) -> Iterator[Picture]:
    plot = comparison.plot
    count = len(comparison.names)
    if 1 < count <= FEW and len(comparison.points.columns) == 1:  # of a sweep curves tell more
        yield Picture(
            "Differences from the base",
            "Each line is the 95 % interval of a difference, as a share of the base's mean. One that does not "
            "touch the "
            "zero line is sure.",
            plot.differences,
        )
    yield from _curves(comparison)
    if count <= MOST_SIDE_BY_SIDE:
        yield Picture("Cost by kind", "What the money goes into, scenario by scenario.", plot.cost)
    for name, result in (
        zip(comparison.names, comparison.results, strict=True) if count <= MOST_OVER_TIME else ()
    ):
        yield Picture(
            f"Service level over time: {name}",
            "The share answered in time; the band is the 95 % interval, the dashed line the target.",
            partial(_over_time, result),
        )


def _over_time(result: StoredResult) -> Any:
    """Draw a service level. Raises InputError where days and intervals were not measured."""
    if all(period == "run" for period in result.intervals["period"].unique()):
        raise InputError("neither days nor intervals were measured")
    return result.plot.service_level()


def _curves(comparison: StoredComparison) -> Iterator[Picture]:
    """Yield a curve over the values of a sweep for the cost and each target."""
    if len(comparison.points.columns) not in (2, 3):  # scenario, and one path or two
        return
    model = comparison.results[comparison.base].scenario.model
    wanted = [("cost", "total")]
    wanted += [(one.measure, f"{one.scope}:{one.name}" if one.name else "total") for one in model.targets]
    for measure, scope in list(dict.fromkeys(wanted))[:MOST_CURVES]:
        words = measure_words(measure, scope)
        yield Picture(
            f"{words[0].upper()}{words[1:]} over the values",
            "A point a value with its 95 % interval; where a bound is crossed is marked.",
            partial(comparison.plot.curve, measure, scope),
        )


# --- what it rests on ---------------------------------------------------------------------------------------------


def _assumptions(comparison: StoredComparison) -> Iterator[Markup]:
    base = comparison.names[comparison.base]
    yield warnings([line for one in comparison.summary["scenarios"] for line in one["warnings"]])
    others = [name for n, name in enumerate(comparison.names) if n != comparison.base]
    rows = comparison.summary["changes"]
    if len(comparison.names) <= FEW:
        for name in others:
            of = f"What changes in {name}" if len(others) > 1 else "What changes"
            yield changes([row for row in rows if row["scenario"] == name], base, of)
    else:
        points = comparison.points
        cells = [[str(value) for value in row] for row in points.itertuples(index=False)]
        if len(points.columns) > 1:
            yield table(
                "The values", [str(name) for name in points.columns], cells, texts=len(points.columns)
            )
    yield tag("h3", f"The base: {base}")
    yield from assumptions(comparison.results[comparison.base].scenario)


def _method(view: _View, often: str) -> Iterator[tuple[str, str]]:
    summary = view.comparison.summary
    yield (
        "Replications",
        f"{often} of each scenario, seed {summary['seed']}. Every figure is the mean over them.",
    )
    if view.others:
        yield "Same customers", SAME_CUSTOMERS
        yield "Several intervals", f"{summary['adjustment'][0].upper()}{summary['adjustment'][1:]}."
    if summary["precision"]:
        yield "Precision", "As many replications were run as the precision asked for takes (Stein 1945)."
    if summary["selected"]:
        yield "Selection", "Scenarios that fall behind are dropped until one is left (Kim and Nelson 2001)."


def _shown(view: _View) -> set[str]:
    """Return the measures on the page."""
    found = {target.measure for one in view.comparison.results for target in one.scenario.model.targets}
    found |= {measure for measure, _ in MAIN} if len(view.comparison.names) <= FEW else set()
    return found


def _repeat(comparison: StoredComparison) -> list[Markup]:
    digests = [
        (name, one["digest"])
        for name, one in zip(comparison.names, comparison.summary["scenarios"], strict=True)
    ]
    lines = repeat(comparison.about, [], digests)
    where = "The scenarios stand whole in scenarios.parquet of the folder of the result, column yaml."
    return [*lines, tag("p", where)]
