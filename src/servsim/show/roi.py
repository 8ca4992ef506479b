"""A return on investment for people: the answer in words, the phases, the curve of the money."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..decide import Returns
from ..decide.asking import Floats
from ..decide.returns import SHARES
from ..errors import printable
from ..words import amount, with_interval
from .plots import BLUE, GREY, PALETTE, fitted, style, value_unit
from .terminal import new_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["print_roi", "roi_plot"]

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


# --- chart --------------------------------------------------------------------------------------------------


def roi_plot(found: Returns) -> Figure:
    """Return the money cumulated over the months with its interval, the phases and the payback."""
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8.0, 4.6))
        axes = figure.subplots()
        lines = [_curve(found, name) for name in ("cumulated_low", "cumulated", "cumulated_high")]
        size, word = value_unit("cost", float(np.abs(lines).max()), found.currency)
        low, mean, high = (line / size for line in lines)
        months = np.repeat(np.arange(found.horizon + 1), 2)[1:-1]
        axes.fill_between(months, low, high, color=BLUE, alpha=0.18, linewidth=0, label="95 % interval")
        axes.plot(months, mean, color=BLUE, label="savings less costs")
        axes.axhline(0.0, color="#333333", linewidth=1.0)
        _mark_payback(axes, found)
        _mark_phases(axes, found)
        axes.set_xlim(0, found.horizon)
        axes.set_xticks(range(0, found.horizon + 1, max(1, math.ceil(found.horizon / 60)) * 6))
        axes.set_xlabel("month")
        axes.set_ylabel("cumulated" + (f" ({word})" if word else ""))
        axes.set_title(f"{fitted(found.scenario, 60)}\nagainst {fitted(found.base, 60)}", pad=34)
        axes.legend(loc="best")
    return figure


def _curve(found: Returns, name: str) -> Floats:
    """Return a cumulated sum at the beginning of each month, its one-off cost paid, and at the end."""
    end = found.months[name].to_numpy()
    begin = np.concatenate([[0.0], end[:-1]]) - found.months["one_off"].to_numpy()
    curve: Floats = np.column_stack([begin, end]).ravel()
    return curve


def _mark_payback(axes: Axes, found: Returns) -> None:
    row = found.value("payback")
    if math.isnan(row["mean"]):
        return
    high = found.horizon if math.isnan(row["high"]) else row["high"]
    axes.plot([row["low"], high], [0.0, 0.0], color=PALETTE[1], linewidth=3.0, solid_capstyle="butt")
    axes.plot([row["mean"]], [0.0], "o", color=PALETTE[1], label=f"paid back in month {row['mean']:.0f}")


def _mark_phases(axes: Axes, found: Returns) -> None:
    """Write the phases above the chart, by turns in two rows, a line where each begins."""
    rows = found.phases.to_dict("records")
    for i, row in enumerate(rows):
        begin = row["first"] - 1
        end = rows[i + 2]["first"] - 1 if i + 2 < len(rows) else found.horizon
        if begin:
            axes.axvline(begin, color=GREY, linewidth=0.8, linestyle=":")
        width = max(4, int((end - begin) / found.horizon * 80))
        axes.annotate(
            fitted(str(row["phase"]), width), (begin, 1.0), (3, 16 - 12 * (i % 2)), ("data", "axes fraction"),
            textcoords="offset points", color=GREY, fontsize=9.0,
        )  # fmt: skip
