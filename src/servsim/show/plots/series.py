"""Measures by day or by interval, taken from the tidy table, and an axis of the time that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import InputError, did_you_mean, listed
from ...units import DAY, HOUR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import StepPatch

__all__ = [
    "Series",
    "clock_axis",
    "day_words",
    "draw_band",
    "draw_steps",
    "in_order",
    "pick_scope",
    "scopes_of",
    "series_of",
]

Floats = npt.NDArray[np.float64]
FINEST = 700  # periods that have room side by side; of more intervals than that, days are drawn
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EPOCH = np.datetime64("1970-01-01")


@dataclass(frozen=True)
class Series:
    """A measure period by period.

    Attributes:
        edges: where periods begin, and where the last ends: days since 1970, one more than there are values.
        mean: mean over replications; NaN where there is none.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
    """

    edges: Floats
    mean: Floats
    low: Floats
    high: Floats

    @property
    def step(self) -> float:
        """Length of a period, in seconds."""
        return float(np.median(np.diff(self.edges))) * DAY

    @property
    def word(self) -> str:
        """What a period is called: `day`, or `30 min`."""
        minutes = round(self.step / 60)
        return "day" if minutes == 1440 else f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"

    def over(self, factor: float) -> Series:
        """Return the values in another unit."""
        return Series(self.edges, self.mean / factor, self.low / factor, self.high / factor)


def series_of(table: pd.DataFrame, measure: str, scope: str, *, by: str = "auto", day: str = "") -> Series:
    """Return a measure by period out of a table of intervals.

    Args:
        table: measure, scope, period, mean, low, high.
        measure: a name of the catalogue.
        scope: `total`, or a kind and a name, such as `queue:phone`.
        by: `interval`, `day`, or `auto`: intervals if there are 700 of them or fewer.
        day: only the intervals of this day, such as `2026-03-02`; all days where it is empty.

    Raises:
        InputError: the table has no such measure, scope or day, or neither days nor intervals.
    """
    if by not in ("auto", "interval", "day"):
        raise InputError(
            f"by is {by!r}: must be auto, interval or day{did_you_mean(by, ('interval', 'day'))}"
        )
    rows = table[table["measure"] == measure]
    if rows.empty:
        raise InputError(
            f"the table has no measure {measure!r}{did_you_mean(measure, _names(table, 'measure'))}"
        )
    rows = rows[rows["scope"] == pick_scope(rows, scope)]
    labels = rows["period"].astype(str)
    is_interval, is_day = labels.str.contains(" "), (labels != "run") & ~labels.str.contains(" ")
    if day:
        by = "interval"
    elif by == "auto":
        by = "interval" if 0 < is_interval.sum() <= FINEST or not is_day.any() else "day"
    rows = rows[is_interval if by == "interval" else is_day]
    if rows.empty:
        raise InputError(
            f"the table has no {by}s: run with periods=('run', 'day', 'interval'); sv.run has all of them"
        )
    return _of_day(rows, day) if day else _series(rows)


def _of_day(rows: pd.DataFrame, day: str) -> Series:
    days = rows["period"].astype(str).str[:10]
    if not (days == day).any():
        known = list(dict.fromkeys(days))
        raise InputError(f"no day is {day!r}; there are {listed(known)}{did_you_mean(day, known)}")
    return _series(rows[days == day])


def _series(rows: pd.DataFrame) -> Series:
    starts = (rows["period"].astype(str).to_numpy().astype("datetime64[ms]") - EPOCH) / np.timedelta64(1, "D")
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    step = float(np.median(np.diff(starts))) if len(starts) > 1 else 1.0
    values = [rows[name].to_numpy(dtype=np.float64)[order] for name in ("mean", "low", "high")]
    mean, low, high = (np.where(np.isfinite(column), column, np.nan) for column in values)
    return Series(np.append(starts, starts[-1] + step), mean, low, high)


def scopes_of(table: pd.DataFrame, measure: str, kind: str) -> list[str]:
    """Return the scopes of one kind that a measure has, in the order of the scenario, such as `pool:desk`."""
    rows = table.loc[table["measure"] == measure, "scope"]
    return [str(name) for name in rows.unique() if str(name).startswith(f"{kind}:")]


def pick_scope(rows: pd.DataFrame, scope: str) -> str:
    """Return a scope that the rows have. Raises InputError where they have not, with the nearest."""
    known = _names(rows, "scope")
    if scope not in known:
        measure = str(rows["measure"].iloc[0])
        hint = did_you_mean(scope, known) or f"; there are {listed(known)}"
        raise InputError(f"no scope {scope!r} for {measure}{hint}")
    return scope


def in_order(names: pd.Series) -> list[str]:
    """Return the names that a column holds, in the order of its categories, or else of appearance.

    Colours are given in this order, so that a channel has the same one in every plot.
    """
    if isinstance(names.dtype, pd.CategoricalDtype):
        used = set(names.dropna())
        return [str(name) for name in names.cat.categories if name in used]
    return [str(name) for name in names.unique()]


def _names(table: pd.DataFrame, column: str) -> list[str]:
    return [str(name) for name in table[column].unique()]


# --- drawing ------------------------------------------------------------------------------------------------


def draw_steps(axes: Axes, series: Series, **look: Any) -> StepPatch:
    """Draw a level line over each period; where there is no value is a gap."""
    return axes.stairs(series.mean, series.edges, baseline=None, linewidth=look.pop("linewidth", 1.6), **look)


def draw_band(axes: Axes, series: Series, color: str, label: str = "95 % interval") -> StepPatch | None:
    """Draw the intervals of the means; nothing where there are none."""
    if not np.isfinite(series.low).any():
        return None
    return axes.stairs(
        series.high, series.edges, baseline=series.low, fill=True, color=color, alpha=0.22, linewidth=0, label=label
    )  # fmt: skip


def clock_axis(axes: Axes, edges: Floats, has_value: Sequence[bool] | npt.NDArray[np.bool_]) -> None:
    """Give the x axis the ticks of a clock or a calendar; of a single day show the hours that have values."""
    first, last = float(edges[0]), float(edges[-1])
    if last - first <= 1.01:
        used = np.flatnonzero(has_value)
        if len(used):
            first, last = float(edges[used[0]]), float(edges[used[-1] + 1])
        _hours(axes, first, last)
    else:
        _days(axes, first, last)
    axes.set_xlim(first, last)


def _hours(axes: Axes, first: float, last: float) -> None:
    span = (last - first) * DAY
    steps = (300, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR)
    step = next((s for s in steps if span / s <= 10), 6 * HOUR) / DAY
    midnight = np.floor(first + 1e-9)
    ticks = midnight + np.arange(0, 2.0001, step)
    ticks = ticks[(ticks >= first - 1e-9) & (ticks <= last + 1e-9)]
    minutes = [round((tick - midnight) * 1440) for tick in ticks]
    axes.set_xticks(ticks, [f"{m // 60:02d}:{m % 60:02d}" for m in minutes])
    axes.set_xlabel(day_words(midnight, long=True))


def _days(axes: Axes, first: float, last: float) -> None:
    begin, end = int(np.floor(first + 1e-9)), int(np.ceil(last - 1e-9))
    days = end - begin
    if days <= 8:  # a name for each day, in its middle
        axes.set_xticks(np.arange(begin, end + 1), [])
        shown = [day for day in range(begin, end) if min(day + 1, last) - max(day, first) > 0.4]
        axes.set_xticks([day + 0.5 for day in shown], [day_words(day) for day in shown], minor=True)
        axes.tick_params(axis="x", which="minor", length=0)
        return
    if days <= 200:
        step = next(s for s in (2, 7, 14, 28) if days / s <= 8 or s == 28)
        ticks = list(range(begin, end + 1, step))
        axes.set_xticks(ticks, [day_words(tick).partition(" ")[2] for tick in ticks])
        return
    moments = [_date(day) for day in range(begin, end + 1)]
    firsts = [(day, m) for day, m in zip(range(begin, end + 1), moments, strict=True) if m.day == 1]
    step = -(-len(firsts) // 8)
    axes.set_xticks(
        [day for day, _ in firsts[::step]], [f"{MONTHS[m.month - 1]} {m.year}" for _, m in firsts[::step]]
    )


def day_words(day: float, *, long: bool = False) -> str:
    """Return a day since 1970 as words, in English wherever it runs: `Mon 2 Mar`, with the year if `long`."""
    moment = _date(day)
    words = f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]}"
    return f"{words} {moment.year}" if long else words


def _date(day: float) -> date:
    return date(1970, 1, 1) + timedelta(days=int(np.floor(day + 1e-9)))
