"""A return on investment for people: the answer in words, the phases, the years."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..decide import Returns
from ..decide.returns import SHARES
from ..errors import printable
from ..words import amount, with_interval
from .terminal import new_table

__all__ = ["print_roi"]

NOTE = "expected, 95 %: how well the mean is known; may fall, 95 %: the luck of the months included."
SIZES = ((1e6, "million"), (1e3, "thousand"))
MANY = 1e4  # of a larger unit, from which on it is taken
HEADINGS = {
    "roi": "return (ROI)",
    "npv": "net present value",
    "payback": "payback (month)",
    "saving": "saving",
}


def print_roi(found: Returns, console: Console) -> None:
    """Print the answer, the outcome, a row for each phase and one for each year."""
    first, *rest = map(printable, found.verdict().splitlines())
    console.print(Text(first, style="bold"))
    for line in rest:
        console.print(Text(line))
    console.print()
    console.print(
        Text(
            f"{printable(found.scenario)} against {printable(found.base)}; {found.reps} replications, seed "
            f"{found.seed}, each {found.spans:.3g} times a month; {_terms(found)}",
            style="dim",
        )
    )
    for table in (_outcome(found), _phases(found), _years(found)):
        console.print()
        console.print(table)
    console.print()
    console.print(Text(NOTE, style="dim"))


def _terms(found: Returns) -> str:
    """Return what was taken for granted."""
    unit = f" {found.currency}" if found.currency else ""
    parts = [
        f"costs {amount(found.invested, 'money')}{unit}: one-off {amount(found.one_off, 'money')} "
        f"({found.contingency * 100:g} % contingency in it), running {amount(found.running, 'money')}"
    ]
    if found.growth:
        how = {"linear": "all costs in step", "simulate": "simulated, staff as written"}[found.volume]
        parts.append(f"volume {found.growth * 100:+g} % a year ({how})")
    return "; ".join(parts)


def _scale(found: Returns) -> tuple[float, str]:
    """Return what the money of the tables is counted in, so that it keeps to few digits, and the words for it."""
    largest = float(found.months[["cumulated_low", "cumulated_high"]].abs().to_numpy().max())
    size, word = next((part for part in SIZES if largest >= part[0] * MANY), (1.0, ""))
    unit = f"{word} {found.currency}".strip()
    return size, f", money in {printable(unit)}" if unit else ""


def _outcome(found: Returns) -> Table:
    size, words = _scale(found)
    table = new_table(f"What comes out{words}")
    table.add_column("", no_wrap=True)
    for heading in ("expected", "95 %", "may fall, 95 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, heading in HEADINGS.items():
        row = found.value(name)
        mean, low, high, range_low, range_high = (
            _figure(name, row[key], found.horizon, size)
            for key in ("mean", "low", "high", "range_low", "range_high")
        )
        table.add_row(heading, mean, f"{low} … {high}", f"{range_low} … {range_high}")
    return table


def _figure(name: str, value: float, horizon: int, size: float) -> str:
    if name == "payback":
        return f"> {horizon}" if math.isnan(value) else f"{value:.0f}"
    return f"{value:.2f}" if name == "roi" else amount(value / size, "money")


def _phases(found: Returns) -> Table:
    size, words = _scale(found)
    table = new_table(f"Phases{words}")
    table.add_column("phase", overflow="fold", min_width=6)
    for heading in ("months", "effect", "one-off", "running", "saving", "labour\nshare", "bots\nalone"):
        table.add_column(heading, justify="right", no_wrap=True)
    before = [amount(found.before[name], "share") for name in SHARES]
    table.add_row("as is", *[""] * 5, *before, style="dim")
    for row in found.phases.to_dict("records"):
        table.add_row(
            Text(printable(str(row["phase"]))),
            f"{row['first']}–{row['last']}",
            f"{row['effect'] * 100:.0f}%",
            *(_money(row[name], size) for name in ("one_off", "running", "saving")),
            *(with_interval(row[name], row[f"{name}_half_width"], "share") for name in SHARES),
        )
    return table


def _years(found: Returns) -> Table:
    size, words = _scale(found)
    table = new_table(f"Years{words}")
    for heading in ("year", "costs", "saving", "cumulated", "95 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    for year, part in found.months.groupby("year", sort=True):
        last = part.iloc[-1]
        low, high = (_money(last[name], size) for name in ("cumulated_low", "cumulated_high"))
        table.add_row(
            f"{int(str(year)) + 1}",
            _money(float((part["one_off"] + part["running"]).sum()), size),
            _money(float(part["saving"].sum()), size),
            _money(last["cumulated"], size),
            f"{low} … {high}",
        )
    return table


def _money(value: float, size: float) -> str:
    """Return money without decimals; what rounds to nothing has no sign."""
    return f"{round(value / size) + 0:,}"
