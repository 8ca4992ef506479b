"""A break-even for people: the answer in words, the values looked at, the curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.text import Text

from ..decide import BreakEven, Crossing
from ..decide.asking import Floats, number_of, unit_of
from ..errors import printable
from ..words import amount
from .plots import BLUE, GREY, PALETTE, fitted, style, value_unit
from .sensitivity import signed
from .terminal import new_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["breakeven_plot", "print_breakeven"]

MOST_ROWS = 9


def print_breakeven(found: BreakEven, console: Console) -> None:
    """Print the answer and a row for each value that was looked at."""
    console.print(Text(printable(found.verdict()), style="bold") if found.found else Text(found.verdict()))
    console.print()
    against = f" against {printable(found.against)}" if found.against else ""
    against += ", both varied" if found.both else ""
    about = f"{printable(found.scenario)}{against}; {found.reps} replications, seed {found.seed}"
    console.print(Text(about, style="dim"))
    if found.note:
        console.print(Text(printable(found.note), style="yellow"))
    console.print()
    table = new_table("Values looked at; margin: by how much the bound is kept")
    table.add_column(printable(found.path.rpartition(".")[2]), justify="right", overflow="fold")
    for heading in ("measured", "margin", "kept"):
        table.add_column(heading, justify="right", no_wrap=True)
    rows = _rows(found)
    for row in found.table.iloc[rows].to_dict("records"):
        sure = row["half_width"] < abs(row["margin"])
        word = ("yes" if row["kept"] else "no") if sure else "cannot tell"
        colour = ("green" if row["kept"] else "red") if sure else "yellow"
        table.add_row(
            Text(found.short(row["value"])),
            amount(row["measured"], found.unit),
            signed(row["margin"], row["half_width"], found.unit),
            Text(word, style=colour),
        )
    console.print(table)
    if more := len(found.table) - len(rows):
        console.print(Text(f"{more} more values looked at: --json", style="dim"))


def _rows(found: BreakEven) -> list[int]:
    """Return the rows to print: both ends, and of the others those next to a break-even, in their order."""
    count = len(found.table)
    if count <= MOST_ROWS:
        return list(range(count))
    numbers, values = found.table["number"].to_numpy(), found.table["value"].tolist()
    told = [*(crossing.value for crossing in found.crossings), *found.unsure]
    if found.is_list:
        near = [float(values.index(str(value))) for value in told]
    else:
        near = [float(np.searchsorted(numbers, number_of(value))) - 0.5 for value in told]
    near = near or [float(found.table["margin"].abs().to_numpy().argmin())]
    each = max(2, (MOST_ROWS - 2) // len(near))
    chosen = {i for at in near for i in sorted(range(count), key=lambda i: abs(i - at))[:each]}
    return sorted(chosen | {0, count - 1})


# --- chart --------------------------------------------------------------------------------------------------


def breakeven_plot(found: BreakEven) -> Figure:
    """Return the margin as a curve with its band, and each break-even with its interval.

    Values that are no numbers stand evenly spaced, in their order.
    """
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8.0, 4.6))
        axes = figure.subplots()
        numbers = found.table["number"].to_numpy(dtype=np.float64)
        is_numeric = bool(np.isfinite(numbers).all())
        places = numbers if is_numeric else np.arange(len(numbers), dtype=np.float64)
        size, word = value_unit(found.measure, float(found.table["margin"].abs().max()), found.currency)
        low, mean, high = (found.table[name].to_numpy() / size for name in ("low", "margin", "high"))
        axes.fill_between(
            places, low, high, color=BLUE, alpha=0.18, linewidth=0, label=f"{found.level * 100:g} %"
        )
        axes.plot(places, mean, color=BLUE, marker="o", markersize=3.5, label="margin")
        axes.axhline(0.0, color="#333333", linewidth=1.0)
        for crossing in found.crossings:
            _mark(axes, found, crossing, places, is_numeric)
        if not is_numeric:
            axes.set_xticks(places, [fitted(text, 14, 2) for text in found.table["value"]])
        unit = unit_of(found.table["value"].iloc[0]) if is_numeric else ""
        axes.set_xlabel(fitted(found.path, 80) + (f" ({unit.strip()})" if unit else ""))
        word = "percentage points" if found.unit == "share" else word
        axes.set_ylabel("margin" + (f" ({word})" if word else ""))
        axes.set_title(f"{fitted(found.scenario, 70)}\n{fitted(found.until, 70)}", pad=24)
        axes.annotate(
            "kept above zero, not kept below", (0.0, 1.0), (0, 6), "axes fraction", textcoords="offset points",
            color=GREY, fontsize=9.0,
        )  # fmt: skip
    return figure


def _mark(axes: Axes, found: BreakEven, crossing: Crossing, places: Floats, is_numeric: bool) -> None:
    """Mark one break-even: a line at it, a band over its interval, its value beside."""
    values = found.table["value"].tolist()

    def place(value: object, edge: float) -> float:
        if value is None:
            return edge
        return number_of(str(value)) if is_numeric else float(places[values.index(str(value))])

    at, low, high = (
        place(value, edge)
        for value, edge in (
            (crossing.value, math.nan),
            (crossing.low, float(places[0])),
            (crossing.high, float(places[-1])),
        )
    )
    axes.axvspan(low, high, color=PALETTE[1], alpha=0.16, linewidth=0)
    axes.axvline(at, color=PALETTE[1], linewidth=1.4)
    axes.plot([low, high], [0.0, 0.0], color=PALETTE[1], linewidth=3.0, solid_capstyle="butt")
    rightwards = at <= (places[0] + places[-1]) / 2
    axes.annotate(
        found.short(crossing.value) if crossing.jump is None else " … ".join(map(found.short, crossing.jump)),
        (at, 1.0),
        (4 if rightwards else -4, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="left" if rightwards else "right",
        va="top",
        color="#8A3D00",
        fontweight="bold",
    )
