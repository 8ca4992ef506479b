"""What matters, and where it tips over: tornado, Sobol' indices, break-even."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...decide import BreakEven, Crossing
from ...decide.asking import Floats, number_of, unit_of
from ...errors import InputError
from .comparison import labelled_path
from .house import (
    BLUE,
    DARK,
    GREY,
    PALETTE,
    fitted,
    frame,
    labelled,
    legend,
    scope_words,
    spaced,
    style,
    value_unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["TOO_FEW", "breakeven", "is_impossible", "sobol", "tornado"]

MOST_BARS = 20
SLACK = 0.02  # by how much an estimate may leave what is possible and still be shown
TOO_FEW = "too few samples to say"
ENDS = {"low": BLUE, "high": PALETTE[1]}


def tornado(
    table: pd.DataFrame, *, measure: str = "cost", scope: str = "total", currency: str = "", title: str = ""
) -> Figure:
    """Draw a bar from the scenario as it is to both ends of each input, with the intervals of the differences.

    Args:
        table: a tornado's `table`.
        measure: what it is about, a name of the catalogue.
        scope: whose.
        currency: for money.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: no input has a difference.
    """
    known = table.dropna(subset="swing")
    if known.empty:
        raise InputError(f"no input has a difference in {measure}: there is nothing to draw")
    rows = known.head(MOST_BARS).to_dict("records")
    size, unit = value_unit(measure, abs(float(rows[0]["base"])), currency)
    base = float(rows[0]["base"]) / size
    more = f" (the first {len(rows)} of {len(known)})" if len(rows) < len(known) else ""
    what = (
        f"What each input changes by itself: {spaced(measure)}, {scope_words(scope)}".removesuffix(", ")
        + more
    )
    with style():
        figure, (axes,) = frame(what, title, height=1.9 + 0.5 * max(len(rows), 2))
        for place, row in enumerate(rows):
            ends = list(ENDS.items())
            if abs(row["low_difference"]) < abs(row["high_difference"]):
                ends.reverse()  # the longer bar first, so that it covers none
            for end, colour in ends:
                _draw_bar(axes, place, base, row, end, size, colour)
        axes.axvline(base, color=DARK, linewidth=1.0)
        axes.margins(x=0.14)
        _name_rows(axes, [_lines(row["path"]) for row in rows])
        axes.set_xlabel(labelled(measure, unit))
        if unit not in ("%", "min", "h", "s", "days"):
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
        _legend_of_ends(figure)
    return figure


def _legend_of_ends(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    patches = [Patch(color=colour, alpha=0.85) for colour in ENDS.values()]
    names = ["low end", "high end", "95 % interval, for all together"]
    legend(figure, [*patches, Line2D([], [], color=DARK, linewidth=1.0)], names)


def _draw_bar(
    axes: Axes, place: int, base: float, row: Mapping[Any, Any], end: str, size: float, colour: str
) -> None:
    """Draw one end of an input: the bar, its interval, and the input's value beside it."""
    length, half = (float(row[f"{end}_{name}"]) / size for name in ("difference", "half_width"))
    axes.barh(place, length, left=base, height=0.62, color=colour, alpha=0.85)
    if not math.isfinite(half):
        half = 0.0
    axes.plot([base + length - half, base + length + half], [place, place], color=DARK, linewidth=1.0)
    other = float(row["high_difference" if end == "low" else "low_difference"])
    rightwards = length > 0 or (length == 0 and (other < 0 or (other == 0 and end == "high")))
    beside = (
        0 if length * other <= 0 else 8 if end == "low" else -8
    )  # points up, where both ends lie on one side
    axes.annotate(
        fitted(str(row[end]), 16),
        (base + length + (half if rightwards else -half), place),
        xytext=(4 if rightwards else -4, beside),
        textcoords="offset points",
        ha="left" if rightwards else "right",
        va="center",
        fontsize=9.0,
    )


def sobol(table: pd.DataFrame, *, measure: str = "cost", title: str = "") -> Figure:
    """Draw both Sobol' indices of each input with their intervals.

    Args:
        table: the `table` of Sobol' indices.
        measure: what they are about, a name of the catalogue.
        title: whose it is, such as the scenario's name.
    """
    rows = table.head(MOST_BARS).to_dict("records")
    with style():
        height = 2.1 + 0.6 * max(len(rows), 2)
        figure, (axes,) = frame(f"Where the variance of {spaced(measure)} comes from", title, height=height)
        for name, label, colour, shift in (
            ("first", "alone (first order)", BLUE, -0.19),
            ("total", "in all (total)", PALETTE[1], 0.19),
        ):
            places = [place + shift for place in range(len(rows))]
            shown = [0.0 if is_impossible(row) else row[name] * 100 for row in rows]
            axes.barh(places, shown, height=0.36, color=colour, alpha=0.85, label=label)
            for place, row in zip(places, rows, strict=True):
                if not is_impossible(row):
                    ends = [row[f"{name}_low"] * 100, row[f"{name}_high"] * 100]
                    axes.plot(ends, [place, place], color=DARK, linewidth=1.0)
        for place, row in enumerate(rows):
            if is_impossible(row):
                axes.annotate(
                    TOO_FEW, (0.0, place), (4, 0), textcoords="offset points", va="center", color=GREY
                )
        ranges = [fitted(f"{row['low']} … {row['high']}", 30) for row in rows]
        _name_rows(axes, [f"{_lines(row['path'])}\n{span}" for row, span in zip(rows, ranges, strict=True)])
        axes.axvline(0.0, color=DARK, linewidth=1.0)
        axes.set_xlabel("share of the variance (%), with 95 % intervals")
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def is_impossible(row: Mapping[Any, Any]) -> bool:
    """Tell whether estimates cannot be shares: outside 0 … 100 %, or more alone than in all.

    Some slack is left, as the estimate of an index that is 0, or of two that are equal, falls on either side however
    many samples there are.
    """
    first, total = row["first"], row["total"]
    return bool(min(first, total) < -SLACK or max(first, total) > 1 + SLACK or first > total + SLACK)


def _lines(path: str) -> str:
    """Return a path broken after dots."""
    return fitted(path.replace(".", ". "), 30, 3).replace(". ", ".")


def _name_rows(axes: Axes, names: list[str]) -> None:
    """Name the rows, the first one on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)


# --- break-even ---------------------------------------------------------------------------------------------


def breakeven(found: BreakEven) -> Figure:
    """Draw the margin as a curve with its band, and each break-even with its interval.

    Values that are no numbers stand evenly spaced, in their order.
    """
    numbers = found.table["number"].to_numpy(dtype=np.float64)
    is_numeric = bool(np.isfinite(numbers).all())
    places = numbers if is_numeric else np.arange(len(numbers), dtype=np.float64)
    size, unit = value_unit(found.measure, float(found.table["margin"].abs().max()), found.currency)
    low, mean, high = (found.table[name].to_numpy() / size for name in ("low", "margin", "high"))
    with style():
        figure, (axes,) = frame(f"Break-even: {found.until}", found.scenario, height=4.2)
        axes.fill_between(
            places, low, high, color=BLUE, alpha=0.18, linewidth=0, label=f"{found.level * 100:g} % interval"
        )
        axes.plot(places, mean, color=BLUE, marker="o", markersize=3.5, label="margin: kept above zero")
        axes.axhline(0.0, color=DARK, linewidth=1.0)
        for crossing in found.crossings:
            _mark(axes, found, crossing, places, is_numeric)
        if not is_numeric:
            axes.set_xticks(places, [fitted(text, 14, 2) for text in found.table["value"]])
        axes.set_xlabel(
            labelled_path(found.path, unit_of(found.table["value"].iloc[0]) if is_numeric else "")
        )
        unit = "percentage points" if found.unit == "share" else unit
        axes.set_ylabel(labelled("margin", unit))
        if found.unit == "money":
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}".replace("-", "−"))
        legend(figure, *axes.get_legend_handles_labels())
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
    )
