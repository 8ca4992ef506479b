"""A comparison as text: the verdict, what changed, targets, differences that are sure; many scenarios row by row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..catalogue import CATALOGUE
from ..stats import bonferroni, mean_interval
from ..study import Comparison, Result
from ..study.clock import about_clock
from ..study.doubt import more_replications
from ..study.result import LEVEL
from ..study.stored import StoredComparison
from ..study.verdict import MANY, in_time
from ..words import amount, difference_text, with_interval
from .terminal import new_table

__all__ = ["KINDS", "View", "blocks", "gain_text", "main_rows", "meaning", "print_comparison"]

WIDE = 72  # columns of a terminal from which on the gain of common random numbers has room
FEW = 6  # scenarios that get tables of their own; more get a row each
MOST_ROWS = 60  # scenarios that are shown row by row
MOST_CHANGES = 12  # of a scenario
MOST_MORE = 1000  # more replications than that are not worth a number
DUST = 1e-12  # differences that are smaller than this share of the values are rounding
MAIN = (
    *("service_level", "asa", "abandonment", "blocking", "containment"),
    *("occupancy", "cycle_time", "fcr", "lost_customers"),
)
MONEY = ("cost", "cost_per_resolution")
KINDS = (
    "cost_labour",
    "cost_bot",
    "cost_contact",
    "cost_fixed",
    "cost_lost",
    "cost_churn",
)  # that add up to the cost
COLOURS = {
    **{"met": "green", "missed": "bold red", "cannot tell": "yellow", "not measured": "dim"},
    **{"better": "green", "worse": "red", "no sure difference": "yellow", "the same": "dim"},
}
Row: TypeAlias = Mapping[Any, Any]  # of a table of the comparison
SHORT = {"met": "met", "missed": "missed", "cannot tell": "?", "not measured": "–"}


@dataclass(frozen=True)
class View:
    """Which differences are shown.

    Attributes:
        measures: these, whatever came of them; none for the main ones.
        scopes: these, such as `queue:phone`; none for all that go with `measures`.
        period: of this period: `run`, a day or the start of an interval.
        everything: every measure that surely differs.
        best: a measure, with a scope after a space or without, by which each scenario is compared with the best.
    """

    measures: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    period: str = "run"
    everything: bool = False
    best: str = ""


def print_comparison(comparison: Comparison, console: Console, view: View | None = None) -> None:
    """Print a comparison in the width of the console."""
    view = view or View()
    _print_head(comparison, console)
    for line in comparison.verdict().splitlines():
        console.print(line)
    for part in _parts(comparison, view, console.width):
        console.print()
        console.print(part)
    for i, note in enumerate(_notes(comparison, view, console.width)):
        console.print(f"{'' if i else chr(10)}{note}", style="dim")


def _print_head(comparison: Comparison, console: Console) -> None:
    first, count = comparison.results[comparison.base], len(comparison.others)
    base = comparison.names[comparison.base]
    title = f"{count} scenarios against {base}" if count > 1 else base
    if count == 1:
        title = f"{comparison.names[comparison.others[0]]} against {base}"
    reps = sorted({result.reps for result in comparison.results})
    words = "1 replication" if reps == [1] else f"{reps[-1]:,} replications"
    words = f"{reps[0]:,} to {words}" if len(reps) > 1 else words
    same = ", the same customers in every scenario" if count else ""
    console.print(Text(title, style="bold"))
    console.print(f"{words}, seed {first.seed}, engine {first.engine}{same}", style="dim")
    console.print()


def _parts(comparison: Comparison, view: View, width: int) -> Iterator[Table | Text]:
    """Yield the tables, in the order in which they are read."""
    if len(comparison.names) > FEW:
        yield from _overview(comparison, width)
        if view.measures or view.scopes or view.everything:
            yield from _differences_by_measure(comparison, view, width)
    else:
        yield from _changes(comparison)
        yield from _target_tables(comparison, width)
        for number in comparison.others:
            yield from _differences(comparison, number, view, width)
    if view.best:
        yield _best_table(comparison, view.best)
    settled = comparison.settled
    if (
        settled is not None and not settled.reached and len(settled.table) > MANY
    ):  # the verdict tells of fewer
        yield _precision_table(settled.table)


# --- what changed ------------------------------------------------------------------------------------------


def _changes(comparison: Comparison) -> Iterator[Table | Text]:
    """Yield what each scenario says otherwise than the base."""
    for number in comparison.others:
        name = comparison.names[number]
        rows = comparison.changes[comparison.changes["scenario"] == name].to_dict("records")
        of = f" in {name}" if len(comparison.others) > 1 else ""
        if not rows:
            yield Text(f"Nothing changed{of}: it means the same as {comparison.names[comparison.base]}.")
            continue
        table = new_table(f"What changed{of}")
        table.add_column("path", overflow="fold", ratio=2)
        for heading in ("base", "value"):
            table.add_column(heading, overflow="fold", ratio=1)
        for row in rows[:MOST_CHANGES]:
            table.add_row(Text(row["path"]), Text(row["base"]), Text(row["value"]))
        if len(rows) > MOST_CHANGES:
            table.add_row(Text(f"and {len(rows) - MOST_CHANGES} more", style="dim"), "", "")
        yield table


# --- targets -----------------------------------------------------------------------------------------------


def _target_tables(comparison: Comparison, width: int) -> Iterator[Table]:
    """Yield one row a target and one column a scenario, in as many tables as the width asks for."""
    texts = list(dict.fromkeys(comparison.targets["text"]))
    if not texts:
        return
    columns = [
        (name, [_target_cell(result, text) for text in texts])
        for name, result in zip(comparison.names, comparison.results, strict=True)
    ]
    lines = [line for _, cells in columns for cell in cells for line in cell.plain.split("\n")]
    cell_width = max(map(cell_len, [*lines, "no such target"]))
    first = min(max(map(cell_len, texts)), max(width // 3, width - 2 * (cell_width + 2)))
    fitting = max(1, (width - first) // (cell_width + 2))
    for start in range(0, len(columns), fitting):
        table = new_table("Targets, continued" if start else "Targets")
        table.add_column("target", width=first, overflow="fold")
        for name, _ in columns[start : start + fitting]:
            table.add_column(Text(name), width=cell_width, overflow="fold")
        for row, text in enumerate(texts):
            table.add_row(Text(text), *(cells[row] for _, cells in columns[start : start + fitting]))
        yield table


def _target_cell(result: Result, text: str) -> Text:
    """Return `met`, beneath it the value and, where the clock has several days, the share of days that keep it."""
    rows = result.targets[result.targets["text"] == text].to_dict("records")
    if not rows:
        return Text("no such target", style="dim")
    row = rows[0]
    cell = Text(row["verdict"], style=COLOURS[row["verdict"]])
    cell.append(f"\n{_target_value(result, row)}", style="default")
    if row["worst"] not in ("", "run"):
        cell.append(f"\nworst: {row['worst']}", style="dim")
    if _several_days(result) and not math.isnan(row["day_met"]):
        share, low, high = (100 * row[name] for name in ("day_met", "day_low", "day_high"))
        cell.append(f"\ndays: {share:.0f}% ({low:.0f}–{high:.0f})", style="dim")
    return cell


def _target_value(result: Result, row: Row) -> str:
    unit = CATALOGUE[result.scenario.model.targets[row["target"]].measure].unit
    return with_interval(row["value"], row["high"] - row["value"], unit)


def _several_days(result: Result) -> bool:
    return bool(result.judged.loc[result.judged["family"] == "day", "period"].nunique() > 1)


# --- differences -------------------------------------------------------------------------------------------


def _differences(comparison: Comparison, number: int, view: View, width: int) -> Iterator[Table | Text]:
    """Yield the differences of one scenario from the base, and how many more there are."""
    name, base = comparison.names[number], comparison.names[comparison.base]
    rows = [row for row in _rows(comparison, view) if row["scenario"] == name]
    shown = main_rows(rows, comparison, view)
    title = "Differences"
    if len(comparison.others) > 1:
        title = f"{name} against {base}"
    if shown:
        yield _difference_table(title + _over(comparison, shown, view), shown, width)
    else:
        yield Text(f"{title}: none of the measures asked for.", style="dim")
    hidden = sum(meaning(row) in ("better", "worse", "higher", "lower") for row in rows if row not in shown)
    if hidden and not (view.measures or view.scopes):
        more = "1 more measure differs" if hidden == 1 else f"{hidden} more measures differ"
        yield Text(f"{more} for sure, of channels, queues, pools and the like: --all shows them", style="dim")


def _differences_by_measure(comparison: Comparison, view: View, width: int) -> Iterator[Table]:
    """Yield a table for each measure and scope asked for, with a row a scenario."""
    names = {comparison.names[number] for number in _most_telling(comparison)}
    rows = [row for row in _rows(comparison, view) if row["scenario"] in names]
    shown: dict[tuple[str, str], list[Row]] = {}
    for row in main_rows(rows, comparison, view):
        shown.setdefault((row["measure"], row["scope"]), []).append(row)
    for (measure, scope), of_measure in shown.items():
        what = f"{measure} {scope}".removesuffix(" total")
        title = f"{what} against {comparison.names[comparison.base]}{_over(comparison, of_measure, view)}"
        yield _difference_table(title, of_measure, width, key="scenario")


def _over(comparison: Comparison, rows: Sequence[Row], view: View) -> str:
    """Return ` in 7 days, money in EUR`: the time over which the rows of a table add up, and their currency."""
    base = comparison.results[comparison.base]
    when = f" {in_time(base)}" if view.period == "run" else f", {view.period}"
    currency = base.scenario.model.currency
    money = currency and any(CATALOGUE[row["measure"]].unit == "money" for row in rows)
    return f"{when}, money in {currency}" if money else when


def _rows(comparison: Comparison, view: View) -> list[Row]:
    """Return the differences of a period that exist."""
    table = comparison.differences
    return list(table[(table["period"] == view.period) & (table["n"] > 0)].to_dict("records"))


def main_rows(rows: list[Row], comparison: Comparison | StoredComparison, view: View) -> list[Row]:
    """Return the rows to show: those asked for; else targets', main ones that surely differ, and money.

    Means of times over live channels and messages together are seconds and days in one: they are shown by channel.
    """
    if view.measures or view.scopes:
        return [
            row
            for row in rows
            if (not view.measures or row["measure"] in view.measures)
            and (not view.scopes or row["scope"] in view.scopes)
        ]
    if view.everything:
        return [row for row in rows if _is_sure(row)]
    found = {(row["measure"], row["scope"]): row for row in rows}
    always = [*_judged(comparison), *((measure, "total") for measure in MONEY)]
    keys = [*_judged(comparison), *_main(comparison), *((measure, "total") for measure in MONEY)]
    kinds = [(measure, "total") for measure in KINDS]
    ordered = [one for key in keys for one in ([key, *kinds] if key == ("cost", "total") else [key])]
    return [
        found[key]
        for key in dict.fromkeys(ordered)
        if key in found and ((key in always and _says_something(found[key])) or _is_sure(found[key]))
    ]


def _main(comparison: Comparison | StoredComparison) -> list[tuple[str, str]]:
    """Return the main measures with their scopes: of all, or of each channel where all together say little."""
    channels = {
        name: one.type
        for result in comparison.results
        for name, one in result.scenario.model.channels.items()
    }
    mixed = len({kind == "message" for kind in channels.values()}) > 1
    by_channel = [f"channel:{name}" for name in channels]
    return [
        (measure, scope)
        for measure in MAIN
        for scope in (by_channel if mixed and CATALOGUE[measure].unit == "s" else ["total"])
    ]


def _judged(comparison: Comparison | StoredComparison) -> list[tuple[str, str]]:
    """Return the measures and scopes that some target names."""
    targets = [target for result in comparison.results for target in result.scenario.model.targets]
    return [(one.measure, f"{one.scope}:{one.name}" if one.name else one.scope) for one in targets]


def _says_something(row: Row) -> bool:
    return bool(row["base"] != 0 or row["value"] != 0)


def _is_same(row: Row) -> bool:
    """Tell whether both scenarios have one value in every replication, rounding apart."""
    size = DUST * max(abs(row["base"]), abs(row["value"]))
    return bool(abs(row["difference"]) <= size and not row["half_width"] > size)


def _is_sure(row: Row) -> bool:
    return bool((row["low"] > 0 or row["high"] < 0) and not _is_same(row))


def meaning(row: Row) -> str:
    """Return what a difference means."""
    if _is_same(row):
        return "the same"
    if math.isnan(row["half_width"]):
        return "no interval"
    if not _is_sure(row):
        return "no sure difference"
    better = CATALOGUE[row["measure"]].better
    if (
        not better or CATALOGUE[row["measure"]].unit == "count"
    ):  # fewer calls answered of fewer calls is no harm
        return "higher" if row["difference"] > 0 else "lower"
    return "better" if (row["difference"] > 0) == (better == "more") else "worse"


def _difference_table(title: str, rows: Sequence[Row], width: int, key: str = "measure") -> Table:
    """Return a row a difference, told apart by their measures, or by their scenarios."""
    table = new_table(title)
    longest = max(cell_len(row[key]) for row in rows)
    table.add_column(key, overflow="fold", min_width=longest if key == "measure" else None)
    table.add_column("base", justify="right", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", max_width=18 if width >= WIDE else 10)
    if width >= WIDE:
        table.add_column("same\ncustomers", justify="right", no_wrap=True)
    for row in rows:
        unit, word = CATALOGUE[row["measure"]].unit, meaning(row)
        label = Text(row[key])
        if key == "measure" and row["scope"] != "total":
            label.append(f" {row['scope']}", style="dim")
        cells: list[str | Text] = [
            label,
            amount(row["base"], unit),
            difference_text(row["difference"], row["half_width"], unit) if word != "the same" else "0",
            Text(word, style=COLOURS.get(word, "")),
            "" if word == "the same" else gain_text(row["variance_ratio"]),
        ]
        table.add_row(*cells[: len(table.columns)])
    return table


def gain_text(ratio: float) -> str:
    """Return `×12`, by how much the same customers shrink the variance of a difference."""
    if math.isnan(ratio):
        return ""
    if ratio > 9999:
        return "×∞" if math.isinf(ratio) else ">×9999"
    return f"×{ratio:.1f}" if ratio < 10 else f"×{ratio:,.0f}"


# --- many scenarios ----------------------------------------------------------------------------------------


def _overview(comparison: Comparison, width: int) -> Iterator[Table | Text]:
    """Yield one row a scenario: how many targets it keeps, what it costs, and each target's value."""
    texts = list(dict.fromkeys(comparison.targets["text"]))
    shown = _most_telling(comparison)
    columns: list[tuple[str, list[Text]]] = []
    if texts:
        columns.append(("targets\nkept", [_kept(comparison.results[n]) for n in shown]))
    if any(result.value("cost").mean for result in comparison.results):
        columns.append(("cost", [Text(_cost(comparison.results[n])) for n in shown]))
        columns.append(("cost against\nthe base", [Text(_more_cost(comparison, n)) for n in shown]))
    for place, text in enumerate(texts, 1):
        columns.append((f"({place})", [_short_cell(comparison.results[n], text) for n in shown]))
    names = [comparison.names[n] for n in shown]
    first = min(max(map(cell_len, [*names, "scenario"])), max(width // 3, 24))
    cheapest = comparison.cheapest.scenario
    for i, block in enumerate(blocks(columns, width - first - 5)):
        table = new_table("Scenarios, continued" if i else "Scenarios")
        table.add_column("scenario", width=first, overflow="fold")
        table.add_column("", width=1)
        for heading, _ in block:
            table.add_column(heading, justify="right", no_wrap=True)
        for row, name in enumerate(names):
            mark = "*" if name == cheapest else ""
            table.add_row(Text(name), mark, *(cells[row] for _, cells in block))
        yield table
    yield from _legend(comparison, texts, len(comparison.names) - len(shown), bool(cheapest))


def _legend(comparison: Comparison, texts: list[str], left_out: int, marked: bool) -> Iterator[Text]:
    lines = [f"({place}) {text}" for place, text in enumerate(texts, 1)]
    if any("cannot tell" in set(result.targets["verdict"]) for result in comparison.results):
        lines.append("? cannot tell yet")
    if marked:
        lines.append("* the cheapest that surely keeps all targets" if texts else "* the cheapest")
    if left_out:
        lines.append(f"{left_out:,} more scenarios are not shown: --out DIR keeps all in tables")
    if lines:
        yield Text("\n".join(lines), style="dim")


def _most_telling(comparison: Comparison) -> list[int]:
    """Return the numbers of the scenarios to show: all, or the base and those that keep most targets, the cheapest."""
    numbers = range(len(comparison.names))
    if len(numbers) <= MOST_ROWS:
        return list(numbers)

    def merit(number: int) -> tuple[bool, int, float]:
        result = comparison.results[number]
        return number != comparison.base, -_met(result), result.value("cost").mean

    return sorted(numbers, key=merit)[:MOST_ROWS]


def _met(result: Result) -> int:
    return int((result.targets["verdict"] == "met").sum())


def _kept(result: Result) -> Text:
    """Return `2 of 3`, with a question mark where one cannot tell."""
    verdicts = result.targets["verdict"]
    met, unknown = _met(result), int((verdicts == "cannot tell").sum())
    style = "green" if met == len(verdicts) else "yellow" if met + unknown == len(verdicts) else "red"
    return Text(f"{met} of {len(verdicts)}" + (f", {unknown}?" if unknown else ""), style=style)


def _cost(result: Result) -> str:
    cost = result.value("cost")
    return with_interval(cost.mean, cost.half_width, "money")


def _more_cost(comparison: Comparison, number: int) -> str:
    """Return the paired difference of a scenario's cost from the base's, as `Comparison.differences` has it."""
    if number == comparison.base:
        return ""
    ours, theirs = (comparison.results[n].sample("cost") for n in (comparison.base, number))
    common = min(len(ours), len(theirs))
    level = bonferroni(LEVEL, len(comparison.others))
    found = mean_interval(theirs[:common] - ours[:common], level)
    return difference_text(found.mean, found.half_width, "money")


def _short_cell(result: Result, text: str) -> Text:
    rows = result.targets[result.targets["text"] == text].to_dict("records")
    if not rows:
        return Text("–", style="dim")
    unit = CATALOGUE[result.scenario.model.targets[rows[0]["target"]].measure].unit
    verdict = rows[0]["verdict"]
    return Text(f"{SHORT[verdict]} {amount(rows[0]['value'], unit)}", style=COLOURS[verdict])


def blocks(columns: list[tuple[str, list[Text]]], width: int) -> Iterator[list[tuple[str, list[Text]]]]:
    """Divide columns, in order, into blocks that fit a width; a block has at least one column."""
    block: list[tuple[str, list[Text]]] = []
    used = 0
    for heading, cells in columns:
        wide = max(map(cell_len, [*heading.split("\n"), *(cell.plain for cell in cells)])) + 2
        if block and used + wide > width:
            yield block
            block, used = [], 0
        block.append((heading, cells))
        used += wide
    if block:
        yield block


# --- what was asked for besides ----------------------------------------------------------------------------


def _best_table(comparison: Comparison, what: str) -> Table:
    """Return how each scenario stands to the best of the others."""
    measure, _, scope = what.partition(" ")
    unit = CATALOGUE[measure].unit
    table = new_table(f"{what}: each against the best of the others")
    table.add_column("scenario", overflow="fold")
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("difference, from … to", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in comparison.best(measure, scope or "total").to_dict("records"):
        word = (
            "the best" if row["surely_best"] else "may be the best" if row["may_be_best"] else "not the best"
        )
        bounds = " … ".join(difference_text(row[end], math.nan, unit) for end in ("low", "high"))
        style = {"the best": "green", "not the best": "dim"}.get(word, "yellow")
        table.add_row(Text(row["scenario"]), amount(row["mean"], unit), bounds, Text(word, style=style))
    return table


def _precision_table(goals: pd.DataFrame) -> Table:
    """Return the goals that were not reached, and how many replications each would take."""
    table = new_table("Precision not reached")
    table.add_column("measure", overflow="fold")
    table.add_column("scenario", overflow="fold")
    for heading in ("half-width", "wanted", "takes"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in goals[~goals["reached"]].to_dict("records"):
        unit = CATALOGUE[row["measure"]].unit
        widths = (
            difference_text(row[key], math.nan, unit).removeprefix("+") for key in ("half_width", "wanted")
        )
        takes = f"{row['reps']:,.0f}" if math.isfinite(row["reps"]) else "unknown"
        label = f"{row['measure']} {row['scope']}".removesuffix(" total")
        table.add_row(Text(label), Text(row["scenario"]), *widths, takes)
    return table


# --- notes -------------------------------------------------------------------------------------------------


def _notes(comparison: Comparison, view: View, width: int) -> Iterator[str]:
    """Yield what a reader should know before believing the numbers."""
    reps = max(result.reps for result in comparison.results)
    if reps == 1:
        yield "One replication gives no interval: all of this may be luck; ask for more with --reps."
        return
    if len(comparison.others) > 1:
        yield f"Intervals of differences: {comparison.adjustment}."
    elif len(comparison.others) == 1:
        yield "± is the half-width of a 95 % interval; a difference is sure where its interval has no zero in it."
    if len(comparison.others) and len(comparison.names) <= FEW and width >= WIDE:
        yield (
            "same customers, ×12: with other customers in each scenario an interval as narrow would take "
            "12 times as many replications."
        )
    yield from _doubts(comparison, reps)
    models = [result.scenario.model for result in comparison.results]
    yield from dict.fromkeys(
        f"{note[0].upper()}{note[1:]}." for model in models for note in about_clock(model)
    )
    if any(model.bots for model in models):
        yield (
            "A channel's abandonment is a share of all its contacts, those that a bot settled included; of those who "
            "asked for a person see the queue: --scope queue:NAME."
        )
    said = [warning for result in comparison.results for warning in result.scenario.warnings]
    yield from dict.fromkeys(f"{warning.path}: {warning.message}" for warning in said)


def _doubts(comparison: Comparison, reps: int) -> Iterator[str]:
    """Yield how many replications would probably tell what cannot be told yet."""
    wanted = [
        more_replications(result, row["target"])
        for result in comparison.results
        for row in result.targets.to_dict("records")
        if row["verdict"] == "cannot tell"
    ]
    if not wanted:
        return
    verdicts = "1 verdict" if len(wanted) == 1 else f"{len(wanted)} verdicts"
    near = [more for more in wanted if more <= MOST_MORE]
    words = f"{verdicts} cannot be told yet"
    if near:
        rest = "" if len(near) == len(wanted) else f" for {len(near)} of them"
        words += f"; about {reps + max(near):.0f} replications would probably do{rest}"
    if len(near) < len(wanted):
        words += f"; {'for others' if near else 'even'} {MOST_MORE:,} more replications would probably not do"
    yield f"{words}."
