"""The summary of a result as text: targets first, then channels, queues, pools, bots, customers and money."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..catalogue import CATALOGUE
from ..stats import Interval
from ..study import Result
from ..study.clock import about_clock
from ..study.doubt import more_replications
from ..study.verdict import precision_told
from ..words import amount, with_interval

__all__ = ["CUSTOMERS", "MONEY", "SCOPE_TABLES", "new_table", "print_result"]

# kind of scope: title of its table, and measures with their short headings
SCOPE_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "channel": (
        "Channels",
        {
            "offered": "offered",
            "service_level": "service\nlevel",
            "asa": "ASA",
            "abandonment": "abandoned",
            "blocking": "blocked",
            "containment": "contained",
            "aht": "AHT",
            "cycle_time": "cycle\ntime",
        },
    ),
    "queue": (
        "Queues",
        {
            "offered": "offered",
            "service_level": "service\nlevel",
            "asa": "ASA",
            "wait_p95": "wait,\n95 %",
            "abandonment": "abandoned",
            "blocking": "blocked",
            "aht": "AHT",
            "offered_load": "erlangs",
            "backlog": "left\nat end",
        },
    ),
    "pool": (
        "Pools",
        {
            "occupancy": "occupancy",
            "utilisation": "utilisation",
            "answered": "answered",
            "aht": "AHT",
            "staffed_hours": "staffed",
            "paid_hours": "paid",
            "cost_labour": "labour\ncost",
        },
    ),
    "bot": (
        "Bots",
        {
            "sessions": "sessions",
            "containment": "contained",
            "escalation": "escalated",
            "session_time": "session",
            "bot_utilisation": "utilisation",
            "availability": "up",
            "cost_bot": "cost",
        },
    ),
}
MOST_DAYS = 31  # more days are for the files
_DAYS = {
    "offered": "offered",
    "service_level": "service\nlevel",
    "asa": "ASA",
    "abandonment": "abandoned",
    "occupancy": "occupancy",
}
CUSTOMERS = {
    "customers": "customers",
    "fcr": "solved at first contact",
    "contacts_per_customer": "contacts per customer",
    "repeat_share": "share of repeats",
    "lost_customers": "lost customers",
    "satisfaction": "good ratings",
    "churned_customers": "leave for good",
    "churn": "share that leaves for good",
}
MONEY = {
    "cost_labour": "labour",
    "cost_bot": "bots",
    "cost_contact": "channel fees",
    "cost_fixed": "fixed",
    "cost_lost": "lost customers",
    "cost_churn": "customers who leave for good",
    "cost": "all costs",
    "cost_per_contact": "cost per contact",
    "cost_per_resolution": "cost per resolution",
}
_ALWAYS = (
    "offered",
    "customers",
    "cost",
    "occupancy",
    "sessions",
)  # shown even where nothing but zero stands
_COLOURS = {"met": "green", "missed": "bold red", "cannot tell": "yellow", "not measured": "dim"}
LEAST = 30  # cells for the words of a target; with fewer, its days stand beneath them
MOST_MORE = 1000  # more replications than that are not worth a number


def print_result(result: Result, console: Console, each: str = "replication") -> None:
    """Print the summary of a result in the width of the console; `each` is what a row is: replication or batch."""
    view = _View(result)
    replications = (
        f"replication {result.first}"
        if result.reps == 1
        else f"{result.reps} {each}{'es' if each == 'batch' else 's'}"
    )
    console.print(Text(result.scenario.name, style="bold"))
    console.print(f"{replications}, seed {result.seed}, engine {result.engine}", style="dim", highlight=False)
    if len(result.targets):
        _print(console, _targets_table(result, console.width))
    for kind, (title, measures) in SCOPE_TABLES.items():
        for table in _scope_tables(view, kind, title, measures, console.width):
            _print(console, table)
    for table in _day_tables(result, console.width):
        _print(console, table)
    currency = result.scenario.model.currency
    _print(console, _list_table(view, "Customers", CUSTOMERS))
    _print(console, _list_table(view, f"Money ({currency})" if currency else "Money", MONEY))
    for i, note in enumerate(_notes(view, each)):
        console.print(f"{'' if i else chr(10)}Note: {note}", style="yellow", highlight=False)


def _print(console: Console, table: Table) -> None:
    if table.row_count:
        console.print()
        console.print(table)


class _View:
    """The values of one period, by (measure, scope)."""

    def __init__(self, result: Result, period: str = "run") -> None:
        self.result = result
        rows = result.of_period(period)
        fields = ("mean", "half_width", "low", "high", "n", "std")
        values = zip(*(rows[name].tolist() for name in fields), strict=True)
        keys = zip(rows["measure"].tolist(), rows["scope"].tolist(), strict=True)
        self.found = {key: Interval(*value) for key, value in zip(keys, values, strict=True)}

    def scopes(self, kind: str) -> list[str]:
        """Return the scopes of a kind, in the order of the scenario."""
        return list(dict.fromkeys(scope for _, scope in self.found if scope.partition(":")[0] == kind))

    def mean(self, measure: str) -> float:
        """Return the mean of a measure for the whole scenario."""
        return self.found[measure, "total"].mean

    def text(self, measure: str, scope: str) -> str:
        """Return a value with its half-width, or a dash."""
        value = self.found[measure, scope]
        return with_interval(value.mean, value.half_width, CATALOGUE[measure].unit)

    def says_something(self, measure: str, scopes: list[str]) -> bool:
        """Tell whether a measure is worth its place: some value exists and is not zero."""
        means = [self.found[measure, scope].mean for scope in scopes if (measure, scope) in self.found]
        return measure in _ALWAYS or any(mean == mean and mean != 0 for mean in means)


def new_table(title: str) -> Table:
    """Return a table without lines, in the house style."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        header_style="dim",
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )


def _targets_table(result: Result, width: int) -> Table:
    """Return one row a target; the days that keep it have a column of their own where there is room."""
    rows = result.targets.to_dict("records")
    columns = {
        "verdict": [row["verdict"] for row in rows],
        "value": [_target_value(result, row) for row in rows],
        "kept in": [amount(row["met"], "share") for row in rows],
    }
    days = [_days_met(row) for row in rows] if _has_days(result) else []
    used = sum(max(map(cell_len, [name, *cells])) + 2 for name, cells in {**columns, "days": days}.items())
    beside = bool(days) and width - used >= LEAST
    table = new_table("Targets")
    table.add_column("verdict", no_wrap=True)
    table.add_column("target", overflow="fold")
    for heading in ["value", "kept in"] + ["days"] * beside:
        table.add_column(heading, justify="right", no_wrap=True)
    for n, row in enumerate(rows):
        words = Text(row["text"] + ("" if row["worst"] in ("", "run") else f" (worst: {row['worst']})"))
        if days and not beside:
            words.append(f"\ndays: {days[n]}", style="dim")
        numbers = [columns["value"][n], columns["kept in"][n], *days[n : n + beside]]
        table.add_row(Text(row["verdict"], style=_COLOURS[row["verdict"]]), words, *numbers)
    return table


def _target_value(result: Result, row: Mapping[Hashable, Any]) -> str:
    unit = CATALOGUE[result.scenario.model.targets[row["target"]].measure].unit
    return with_interval(row["value"], row["high"] - row["value"], unit)


def _has_days(result: Result) -> bool:
    """Tell whether the days are worth telling apart: there is more than one."""
    return bool(result.judged.loc[result.judged["family"] == "day", "period"].nunique() > 1)


def _days_met(row: Mapping[Hashable, Any]) -> str:
    """Return `92% (78–97)`: the share of days that keep a target and its interval in percent, or a dash."""
    if math.isnan(row["day_met"]):
        return amount(math.nan, "share")
    share, low, high = (100 * row[name] for name in ("day_met", "day_low", "day_high"))
    return f"{share:.0f}% ({low:.0f}–{high:.0f})"


def _scope_tables(
    view: _View, kind: str, title: str, measures: dict[str, str], width: int
) -> Iterator[Table]:
    """Yield tables with a row for each thing of a kind."""
    scopes = view.scopes(kind)
    columns = [
        (heading, [view.text(measure, scope) for scope in scopes])
        for measure, heading in measures.items()
        if scopes and view.says_something(measure, scopes)
    ]
    names = [scope.partition(":")[2] for scope in scopes]
    yield from _tables(title, kind, names, columns, width)


def _day_tables(result: Result, width: int) -> Iterator[Table]:
    """Yield tables with a row for each day, where there are a few."""
    days = [
        str(period) for period in result.index["period"].unique() if len(str(period)) == len("2026-03-02")
    ]
    if not 2 <= len(days) <= MOST_DAYS:
        return
    views = [_View(result, day) for day in days]
    columns = [
        (heading, [view.text(measure, "total") for view in views])
        for measure, heading in _DAYS.items()
        if any(view.says_something(measure, ["total"]) for view in views)
    ]
    names = [f"{day} {dt.date.fromisoformat(day):%a}" for day in days]
    yield from _tables("Days", "day", names, columns, width)


def _tables(
    title: str, kind: str, names: list[str], columns: list[tuple[str, list[str]]], width: int
) -> Iterator[Table]:
    """Yield tables with a row a name; as many beneath each other as the width asks for."""
    first = min(max(map(cell_len, [kind, *names]), default=0), width // 3)
    for i, block in enumerate(_blocks(columns, width - first - 2)):
        table = new_table(title if i == 0 else f"{title}, continued")
        table.add_column(kind, max_width=first, overflow="fold")
        for heading, _ in block:
            table.add_column(heading, justify="right", no_wrap=True)
        for row, name in enumerate(names):
            table.add_row(Text(name), *(cells[row] for _, cells in block))
        yield table


def _blocks(columns: list[tuple[str, list[str]]], width: int) -> Iterator[list[tuple[str, list[str]]]]:
    """Divide columns, in order, into blocks that fit a width; a block has at least one column."""
    block: list[tuple[str, list[str]]] = []
    used = 0
    for heading, cells in columns:
        wide = max(map(cell_len, [*heading.split("\n"), *cells])) + 2
        if block and used + wide > width:
            yield block
            block, used = [], 0
        block.append((heading, cells))
        used += wide
    if block:
        yield block


def _list_table(view: _View, title: str, measures: dict[str, str]) -> Table:
    """Return one row a measure of the whole scenario."""
    table = new_table(title)
    table.show_header = False
    table.add_column("measure")
    table.add_column("value", justify="right", no_wrap=True)
    for measure, heading in measures.items():
        if view.says_something(measure, ["total"]):
            table.add_row(heading, view.text(measure, "total"))
    return table


def _notes(view: _View, each: str) -> Iterator[str]:
    """Yield what a reader should know before believing the numbers."""
    result = view.result
    if result.reps == 1:
        yield "one replication gives no interval: the values may be luck; ask for more with --reps."
    elif each == "replication":
        yield from _doubts(result)
    yield from _settled(result)
    if view.mean("unfinished") > 0:
        left = view.text("unfinished", "total")
        yield (
            f"{left} contacts were still there when the run ended: offered, but neither resolved nor lost; "
            "a wait that lasts counts for as long as it has lasted."
        )
    if view.mean("closed") > 0:
        yield f"{view.text('closed', 'total')} contacts came outside opening hours; they are not offered."
    yield from (f"{note}." for note in about_clock(result.scenario.model))
    yield from (f"{warning.path}: {warning.message}" for warning in result.scenario.warnings)


def _settled(result: Result) -> Iterator[str]:
    """Yield what was reached of a wanted precision: these intervals keep their confidence, whatever it took."""
    if result.settled is not None:
        yield from precision_told(result.settled)


def _doubts(result: Result) -> Iterator[str]:
    """Yield, for each target of which nothing can be said yet, how many more replications would probably do."""
    for row in result.targets.to_dict("records"):
        if row["verdict"] == "cannot tell":
            more = more_replications(result, row["target"])
            few = f"{more:.0f} more replication{'s' if more > 1 else ''} (--reps {result.reps + more:.0f})"
            words = f"about {few}" if more <= MOST_MORE else f"more than {MOST_MORE:,} more replications"
            yield f"cannot tell yet whether {row['text']}; {words} would probably do."
