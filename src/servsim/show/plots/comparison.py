"""Scenarios against each other: differences with their intervals, and the curve of a sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...catalogue import CATALOGUE
from ...errors import InputError, did_you_mean, listed
from ...words import amount, difference_text
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

__all__ = ["MAIN", "crossings", "curve", "differences"]

Floats = npt.NDArray[np.float64]
Row = Mapping[Any, Any]  # of a table
Pair = tuple[str, str]  # measure and scope
MAIN: tuple[Pair, ...] = tuple(
    (name, "total")
    for name in (
        *("service_level", "wait", "abandonment", "containment", "fcr"),
        *("occupancy", "lost_customers", "cost", "cost_per_resolution"),
    )
)
MOST_ROWS = 24
DUST = 1e-12  # differences that are smaller than this share of the values are rounding
FAR = 4.0  # times the upper quartile of all lengths, from which on a difference leaves the axis
VERDICTS = {"better": PALETTE[2], "worse": PALETTE[1], "differs": BLUE, "no sure difference": GREY}


# --- differences --------------------------------------------------------------------------------------------


def differences(
    table: pd.DataFrame, pairs: Sequence[Pair] = MAIN, *, base: str = "", title: str = ""
) -> Figure:
    """Draw the differences from the base, each as a share of the base's mean, with the zero line.

    So measures of different units share an axis. The intervals are those of the table, paired and simultaneous; the
    base's mean, by which both ends are divided, counts as known. Beside each stands the difference in its own unit.

    Args:
        table: a comparison's `differences`.
        pairs: measure and scope of each row; those that the table does not have, or of which the base's mean is 0, are
            left out.
        base: name of the base.
        title: whose it is.

    Raises:
        InputError: the table has none of the pairs, or a measure is unknown.
    """
    for measure, _ in pairs:
        if measure not in CATALOGUE:
            raise InputError(f"no measure is named {measure!r}{did_you_mean(measure, CATALOGUE)}")
    rows = _rows(table, pairs)
    if not rows:
        raise InputError("the table of differences has none of the measures that were asked for")
    scenarios = list(dict.fromkeys(str(row["scenario"]) for row in rows))
    what = f"Differences from {base or 'the base'}"
    what = f"{scenarios[0]}: {what[0].lower()}{what[1:]}" if len(scenarios) == 1 else what
    more = f"the first {MOST_ROWS} of {len(rows)} rows" if len(rows) > MOST_ROWS else ""
    rows = rows[:MOST_ROWS]
    places, names, heads = _places(rows, len(scenarios) > 1)
    from matplotlib.ticker import MaxNLocator

    with style():
        figure, (axes,) = frame(
            what, ", ".join(filter(None, (title, more))), height=1.9 + 0.31 * max(len(rows) + len(heads), 3)
        )
        limit = _limit(rows)
        for place, row in zip(places, rows, strict=True):
            _draw_difference(axes, place, row, limit)
        axes.axvline(0.0, color=DARK, linewidth=1.0, zorder=1)
        axes.set_yticks([*heads, *places], [*heads.values(), *names])
        for label in axes.get_yticklabels()[len(heads) :] if heads else ():
            label.set_color(GREY)
        axes.set_ylim(max(places) + 0.6, -0.6)
        axes.set_xlim(-limit * 1.08, limit * 1.08)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g} %" if value else "0")
        axes.set_xlabel("difference, as a share of the base's mean, with its 95 % interval")
        _legend_of_verdicts(figure, [row["verdict"] for row in rows])
    return figure


def _rows(table: pd.DataFrame, pairs: Sequence[Pair]) -> list[Row]:
    """Return what there is to draw: by measure, then by scenario."""
    whole = table[(table["period"] == "run") & (table["base"] != 0) & np.isfinite(table["difference"])]
    found: list[Row] = []
    for measure, scope in dict.fromkeys(pairs):
        part = whole[(whole["measure"] == measure) & (whole["scope"] == scope)]
        found += [{**dict(row), "verdict": _verdict(row)} for row in part.to_dict("records")]
    return found


def _verdict(row: Row) -> str:
    low, high = float(row["low"]), float(row["high"])
    dust = DUST * max(abs(float(row["base"])), abs(float(row["value"])))
    if not (low > dust or high < -dust):
        return "no sure difference"
    better = CATALOGUE[str(row["measure"])].better
    if not better:
        return "differs"
    return "better" if (low > 0) == (better == "more") else "worse"


def _relative(row: Row) -> tuple[float, float, float]:
    """Return difference, low and high as percentages of the base's mean."""
    size = abs(float(row["base"])) / 100
    mean, low, high = (float(row[name]) / size for name in ("difference", "low", "high"))
    return mean, (low if math.isfinite(low) else mean), (high if math.isfinite(high) else mean)


def _limit(rows: Sequence[Row]) -> float:
    """Return how far the axis reaches: over all rows, unless a few are so long that the others would not show."""
    reach = np.array([max(map(abs, _relative(row))) for row in rows])
    far = FAR * float(np.quantile(reach, 0.75))
    kept = reach[reach <= far] if far > 0 else reach
    return float(kept.max(initial=0.0)) or float(reach.max()) or 1.0


def _draw_difference(axes: Axes, place: int, row: Row, limit: float) -> None:
    mean, low, high = _relative(row)
    colour = VERDICTS[str(row["verdict"])]
    if abs(mean) > limit:  # beyond the axis: an arrow at its end
        axes.plot(math.copysign(limit, mean), place, ">" if mean > 0 else "<", color=colour, markersize=8)
        axes.annotate(
            f"{mean:+,.0f} %", (math.copysign(limit, mean), place), (-9 if mean > 0 else 9, 0), "data",
            "offset points", ha="right" if mean > 0 else "left", va="center", fontsize=9.0, color=colour,
        )  # fmt: skip
    else:
        axes.plot(np.clip([low, high], -limit, limit), [place, place], color=colour, linewidth=2.0)
        axes.plot(mean, place, "o", color=colour, markersize=6)
    unit = CATALOGUE[str(row["measure"])].unit
    text = difference_text(float(row["difference"]), float(row["half_width"]), unit)
    axes.annotate(
        text, (1.0, place), (6, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=9.0,
        color=DARK, annotation_clip=False,
    )  # fmt: skip


def _places(rows: Sequence[Row], several: bool) -> tuple[list[int], list[str], dict[int, str]]:
    """Return place and name of each row; of several scenarios each measure has a place above its rows."""
    measures = [fitted(_measure_name(row), 34, 2) for row in rows]
    if not several:
        return list(range(len(rows))), measures, {}
    places: list[int] = []
    heads: dict[int, str] = {}
    for _row, measure in zip(rows, measures, strict=True):
        if measure not in heads.values():
            heads[len(places) + len(heads)] = measure
        places.append(len(places) + len(heads))
    return places, [fitted(str(row["scenario"]), 34) for row in rows], heads


def _measure_name(row: Row) -> str:
    scope = scope_words(str(row["scope"]))
    return spaced(str(row["measure"])) + (f", {scope}" if scope else "")


def _legend_of_verdicts(figure: Figure, verdicts: Sequence[object]) -> None:
    from matplotlib.lines import Line2D

    used = [word for word in VERDICTS if word in verdicts]
    legend(figure, [Line2D([], [], color=VERDICTS[word], marker="o", linewidth=2.0) for word in used], used)


# --- the curve of a sweep -----------------------------------------------------------------------------------


def curve(
    table: pd.DataFrame,
    *,
    path: str,
    measure: str = "cost",
    scope: str = "total",
    bound: float | None = None,
    bound_words: str = "",
    lines: str = "",
    currency: str = "",
    title: str = "",
) -> Figure:
    """Draw a measure over the values of a sweep with its band; where it crosses a bound is marked.

    Values that are no numbers stand evenly spaced, in their order. Where the curve crosses the bound is found on the
    straight line between two points of the sweep; `servsim breakeven` finds it closely, with an interval.

    Args:
        table: one row a point: value (as text), number (NaN where it holds none), unit, mean, low, high, and
            a column named by `lines`, in the order in which the values stand.
        path: what was varied.
        measure: a name of the catalogue.
        scope: `total`, or such as `queue:phone`.
        bound: in the measure's unit; None for none.
        bound_words: what the bound is, such as `target`.
        lines: name of a column; each of its values gets a line of its own. Empty for one line.
        currency: for money.
        title: whose it is.

    Raises:
        InputError: fewer than two points have a value.
    """
    rows = table[np.isfinite(table["mean"])]
    if len(rows) < 2:
        raise InputError(f"{measure} has a value at {len(rows)} points: a curve takes two or more")
    numeric = bool(np.isfinite(rows["number"]).all())
    words = list(dict.fromkeys(rows["value"].astype(str)))
    size, unit = value_unit(measure, float(rows["mean"].abs().max()), currency)
    what = f"{labelled(measure, '').capitalize()} by {path.rpartition('.')[2]}"
    what += f": {scope_words(scope)}" if scope != "total" else ""
    groups = [(str(name), part) for name, part in rows.groupby(lines, sort=False)] if lines else [("", rows)]
    room = (float(rows["number"].min()), float(rows["number"].max())) if numeric else (0.0, len(words) - 1.0)
    with style():
        figure, (axes,) = frame(what, title)
        for colour, (name, part) in zip(PALETTE, groups, strict=False):
            at = part["number"] if numeric else part["value"].astype(str).map(words.index)
            places = at.to_numpy(dtype=np.float64)
            low, mean, high = (part[key].to_numpy(dtype=np.float64) / size for key in ("low", "mean", "high"))
            label = fitted(f"{lines.rpartition('.')[2]} {name}", 36) if lines else "mean, 95 % interval"
            axes.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)
            axes.plot(places, mean, color=colour, marker="o", markersize=4, label=label)
            if bound is not None:
                _mark(axes, crossings(places, mean, bound / size), bound / size, colour, room)
        if bound is not None:
            said = f"{bound_words or 'bound'}: {amount(bound, CATALOGUE[measure].unit)}"
            axes.axhline(bound / size, color=DARK, linewidth=1.1, linestyle=(0, (5, 2)), label=said)
        if not numeric:
            axes.set_xticks(range(len(words)), [fitted(word, 14, 2) for word in words])
        axes.set_xlabel(labelled_path(path, str(rows["unit"].iloc[0]) if numeric else ""))
        axes.set_ylabel(labelled(measure, unit))
        if unit not in ("%", "min", "h", "s", "days"):
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def crossings(places: Floats, values: Floats, bound: float) -> list[float]:
    """Return where a line through points crosses a bound: in each gap whose ends lie on both sides, or at a point."""
    order = np.argsort(places, kind="stable")
    x, gap = places[order], values[order] - bound
    found = [float(x[n]) for n in np.flatnonzero(gap == 0)]
    for n in np.flatnonzero(gap[:-1] * gap[1:] < 0):
        found.append(float(x[n] + (x[n + 1] - x[n]) * gap[n] / (gap[n] - gap[n + 1])))
    return sorted(found)


def _mark(axes: Axes, places: Sequence[float], bound: float, colour: str, room: tuple[float, float]) -> None:
    """Mark each break-even by a ring, and name its place at the foot of the panel; several stand on steps."""
    for number, place in enumerate(places):
        axes.plot(
            place, bound, "o", markersize=9, markerfacecolor="none", markeredgecolor=DARK, markeredgewidth=1.5
        )
        axes.axvline(place, color=colour, linewidth=1.0, linestyle=":")
        leftwards = place > (room[0] + room[1]) / 2
        axes.annotate(
            f"≈ {place:.4g}", (place, 0.0), (-4 if leftwards else 4, 5 + 13 * number), ("data", "axes fraction"),
            "offset points", fontsize=9.0, color=DARK, ha="right" if leftwards else "left",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        )  # fmt: skip


def labelled_path(path: str, unit: str) -> str:
    """Return a path as the label of an axis."""
    return fitted(path, 70) + (f" ({unit.strip()})" if unit.strip() else "")


def check_path(path: str, known: Sequence[str]) -> str:
    """Return the path to draw a sweep over: the one named, or the only one. Raises InputError where there is none."""
    if not known:
        raise InputError("nothing was varied: a curve takes a sweep (sv.sweep, servsim sweep)")
    if path and path not in known:
        raise InputError(
            f"{path!r} was not varied{did_you_mean(path, known) or f'; varied were {listed(known)}'}"
        )
    return path or known[0]
