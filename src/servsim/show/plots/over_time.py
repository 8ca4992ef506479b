"""What comes and who is there, over time: arrivals against staffing, service, waiting, queues, occupancy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import InputError
from ...units import DAY, HOUR
from .house import (
    BLUE,
    DARK,
    GREY,
    PALE,
    PALETTE,
    fitted,
    frame,
    labelled,
    legend,
    scope_words,
    style,
    value_unit,
)
from .series import (
    Floats,
    Series,
    clock_axis,
    day_words,
    draw_band,
    draw_steps,
    pick_scope,
    scopes_of,
    series_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = ["arrivals_staffing", "occupancy", "queues", "service_level", "wait"]

MOST_QUEUES = 6
MOST_ROWS = 24  # of a heat map
FEW = 0.25  # of the agents of the busiest hour: if so few are there and none is ever free, they finish after a shift
LETTERED = 14  # rows up to which every cell of a heat map says its number


def arrivals_staffing(
    table: pd.DataFrame,
    scope: str = "total",
    pool: str = "total",
    *,
    by: str = "auto",
    day: str = "",
    title: str = "",
) -> Figure:
    """Draw what comes above who is there: contacts offered; agents present and of them busy, on one clock.

    Args:
        table: a result's `intervals`.
        scope: whose contacts: `total`, or such as `channel:phone`.
        pool: whose agents: `total`, or such as `pool:desk`.
        by: `interval`, `day`, or `auto`: intervals if there are 700 of them or fewer.
        day: only this day, such as `2026-03-02`.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: the table has no such scope, day or period.
    """
    offered = series_of(table, "offered", scope, by=by, day=day)
    hours = offered.step / HOUR
    staffed, busy = (
        series_of(table, f"{kind}_hours", pool, by=by, day=day).over(hours) for kind in ("staffed", "busy")
    )
    whose = ", ".join(part for part in (scope_words(scope), scope_words(pool)) if part)
    with style():
        figure, (above, below) = frame(
            f"Arrivals against staffing{': ' + whose if whose else ''}", title, height=4.4, panels=2, sharex=True
        )  # fmt: skip
        band = draw_band(above, offered, PALETTE[1])
        came = draw_steps(above, offered, color=PALETTE[1], label="contacts that come")
        there = draw_steps(below, staffed, color=DARK, label="agents present")
        worked = below.stairs(busy.mean, busy.edges, fill=True, color=PALETTE[4], label="of them busy")
        _from_zero(above, offered.mean, offered.high)
        _from_zero(below, staffed.mean, busy.mean)
        above.set_ylabel(f"contacts / {offered.word}")
        below.set_ylabel("agents")
        clock_axis(below, offered.edges, (offered.mean > 0) | (staffed.mean > 0))
        handles = [came, *([band] if band else []), there, worked]
        legend(figure, handles, [str(handle.get_label()) for handle in handles])
        figure.align_ylabels()
    return figure


def service_level(
    table: pd.DataFrame,
    scope: str = "total",
    *,
    target: float | None = None,
    within: str = "",
    by: str = "auto",
    day: str = "",
    title: str = "",
) -> Figure:
    """Draw the service level period by period with its band, and the target as a line.

    Args:
        table: a result's `intervals`.
        scope: `total`, or such as `channel:phone`.
        target: the share that is aimed at, 0 to 1; None for no line.
        within: the threshold in words, such as `20 s`.
        by, day, title: as for `arrivals_staffing`.

    Raises:
        InputError: the table has no such scope, day or period.
    """
    found = series_of(table, "service_level", scope, by=by, day=day).over(0.01)
    name = f"answered within {within}" if within else "answered in time"
    what = f"Service level by {_period(found)}: {scope_words(scope) or 'all channels'}, {name}"
    with style():
        figure, (axes,) = frame(what, title)
        _draw_mean(axes, found, BLUE, "service level")
        if target is not None:
            axes.axhline(target * 100, color=PALETTE[1], linewidth=1.4, linestyle=(0, (5, 2)),
                         label=f"target {target * 100:g} %")  # fmt: skip
        axes.set_ylim(0, 102)
        axes.set_ylabel(f"{name} (%)")
        clock_axis(axes, found.edges, np.isfinite(found.mean))
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def wait(
    table: pd.DataFrame,
    scope: str = "total",
    *,
    target: float | None = None,
    by: str = "auto",
    day: str = "",
    title: str = "",
) -> Figure:
    """Draw the mean wait period by period with its band, and above it the wait that 95 % do not exceed.

    Args:
        table: a result's `intervals`.
        scope: `total`, or such as `queue:phone`.
        target: a wait that should not be exceeded, in seconds; None for no line.
        by, day, title: as for `arrivals_staffing`.

    Raises:
        InputError: the table has no such scope, day or period.
    """
    mean, most = (series_of(table, name, scope, by=by, day=day) for name in ("wait", "wait_p95"))
    largest = np.nanmax([*mean.mean, *most.mean, 0.0])
    size, unit = value_unit("wait", float(largest))
    mean, most = mean.over(size), most.over(size)
    what = f"Waiting time by {_period(mean)}: {scope_words(scope) or 'all contacts'}"
    with style():
        figure, (axes,) = frame(what, title)
        draw_steps(axes, most, color=PALETTE[3], linewidth=1.0, label="95 % wait no longer")
        _draw_mean(axes, mean, BLUE, "mean wait")
        if target is not None:
            axes.axhline(
                target / size, color=PALETTE[1], linewidth=1.4, linestyle=(0, (5, 2)), label="target"
            )
        _from_zero(axes, mean.mean, most.mean)
        axes.set_ylabel(labelled("wait", unit))
        clock_axis(axes, mean.edges, np.isfinite(mean.mean))
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def queues(
    table: pd.DataFrame,
    names: Sequence[str] = (),
    *,
    by: str = "auto",
    day: str = "",
    title: str = "",
) -> Figure:
    """Draw how many wait, a panel a queue: on average within each period, and the backlog at its end.

    Args:
        table: a result's `intervals`.
        names: which queues; none for all of them, of more than six those with most waiting.
        by, day, title: as for `arrivals_staffing`.

    Raises:
        InputError: the table has no such queue, day or period.
    """
    known = scopes_of(table, "waiting", "queue")
    if not known:
        raise InputError("the scenario has no queue: nothing waits")
    rows = table[table["measure"] == "waiting"]
    chosen = [pick_scope(rows, name if ":" in name else f"queue:{name}") for name in names] or known
    found = {scope: series_of(table, "waiting", scope, by=by, day=day) for scope in chosen}
    shown = sorted(found, key=lambda scope: -float(np.nansum(found[scope].mean)))[:MOST_QUEUES]
    shown = [scope for scope in chosen if scope in shown]
    more = f" (the {len(shown)} of {len(chosen)} with most waiting)" if len(shown) < len(chosen) else ""
    with style():
        height = 1.5 + 1.3 * max(len(shown), 1.5)
        figure, panels = frame(
            f"Contacts waiting, by queue{more}", title, height=height, panels=len(shown), sharex=True
        )
        for axes, scope in zip(panels, shown, strict=True):
            left = series_of(table, "backlog", scope, by=by, day=day)
            draw_steps(axes, left, color=PALETTE[3], linewidth=1.2, label="backlog at the end of the period")
            _draw_mean(axes, found[scope], BLUE, f"mean over each {_period(left)}")
            _from_zero(axes, found[scope].mean, found[scope].high, left.mean)
            axes.set_title(fitted(scope.partition(":")[2], 70), fontsize=10.0, pad=4)
        figure.supylabel("contacts waiting", fontsize=10.0)
        first = next(iter(found.values()))
        clock_axis(panels[-1], first.edges, np.isfinite(first.mean))
        legend(figure, *panels[0].get_legend_handles_labels())
    return figure


def _period(series: Series) -> str:
    return "day" if series.word == "day" else "interval"


def _draw_mean(axes: Axes, series: Series, color: str, label: str) -> None:
    draw_band(axes, series, color)
    draw_steps(axes, series, color=color, label=label)


def _from_zero(axes: Axes, *values: Floats) -> None:
    """Let the axis begin at zero and hold all values."""
    top = max((float(np.nanmax(column)) for column in values if np.isfinite(column).any()), default=0.0)
    axes.set_ylim(0, top * 1.06 or 1.0)


# --- occupancy ----------------------------------------------------------------------------------------------


def occupancy(table: pd.DataFrame, pool: str = "", *, title: str = "") -> Figure:
    """Draw the occupancy as a heat map: pools by hour of the day, or of one pool days by hour of the day.

    It is busy hours over staffed hours, both summed over the days. An hour stays pale in which nobody was there, or
    only agents that finish after their shift: less than a quarter of those of the busiest hour, and all of them busy.

    Args:
        table: a result's `intervals`.
        pool: a pool, such as `desk`, to see day by day; empty for all pools, or the days of the only one.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: there is no such pool, or the table has no intervals.
    """
    known = scopes_of(table, "busy_hours", "pool")
    if not known:
        raise InputError("the scenario has no pool: nobody works")
    if pool:
        pool = pool if ":" in pool else f"pool:{pool}"
        pick_scope(table[table["measure"] == "busy_hours"], pool)
    single = pool or (known[0] if len(known) == 1 else "")
    names, matrix, hours = _by_day(table, single) if single else _by_pool(table, known)
    whose = f": {scope_words(single)}" if single else ""
    more = f" (the first {MOST_ROWS} of {len(names)})" if len(names) > MOST_ROWS else ""
    names, matrix = names[:MOST_ROWS], matrix[:MOST_ROWS]
    with style():
        height = 1.9 + 0.29 * max(len(names), 3)
        figure, (axes,) = frame(f"Occupancy by hour of the day{whose}{more}", title, height=height)
        _draw_cells(axes, names, matrix, hours)
    return figure


def _by_pool(table: pd.DataFrame, known: Sequence[str]) -> tuple[list[str], Floats, Floats]:
    rows = [_hourly(table, scope) for scope in known]
    shares = np.array([_share(busy.sum(axis=0), staffed.sum(axis=0)) for busy, staffed, _ in rows])
    return [fitted(scope.partition(":")[2], 26, 2) for scope in known], *_used(shares)


def _by_day(table: pd.DataFrame, scope: str) -> tuple[list[str], Floats, Floats]:
    busy, staffed, days = _hourly(table, scope)
    return [day_words(day) for day in days], *_used(_share(busy, staffed))


def _hourly(table: pd.DataFrame, scope: str) -> tuple[Floats, Floats, list[int]]:
    """Return busy and staffed hours of a pool, days by hours of the day, and the days.

    An interval counts in the hour in which it begins; where intervals are longer, they take the place of hours.
    """
    busy, staffed = (series_of(table, f"{kind}_hours", scope, by="interval") for kind in ("busy", "staffed"))
    starts = busy.edges[:-1] + 1e-6
    count = round(DAY / max(busy.step, HOUR))
    day, hour = np.floor(starts).astype(int), np.floor(starts % 1 * count).astype(int)
    days = sorted(set(day.tolist()))
    place = np.searchsorted(days, day)
    both = np.zeros((2, len(days), count))
    for sums, values in zip(both, (busy.mean, staffed.mean), strict=True):
        np.add.at(sums, (place, hour), np.nan_to_num(values))
    return both[0], both[1], days


def _share(busy: Floats, staffed: Floats) -> Floats:
    finishing = (staffed < FEW * staffed.max(initial=0.0)) & (busy >= staffed * (1 - 1e-9))
    enough = (staffed > 0) & ~finishing
    shares: Floats = np.divide(busy, staffed, out=np.full(busy.shape, np.nan), where=enough) * 100
    return shares


def _used(shares: Floats) -> tuple[Floats, Floats]:
    """Return the hours from the first to the last in which somebody was there, and which they are."""
    used = np.flatnonzero(np.isfinite(shares).any(axis=0))
    count = shares.shape[1]
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, count)
    return shares[:, first:last], np.arange(first, last + 1, dtype=np.float64) * 24 / count


def _draw_cells(axes: Axes, names: Sequence[str], matrix: Floats, hours: Floats) -> None:
    """Draw the cells of a heat map with their numbers, rows from the top, and its colour bar."""
    mesh = axes.pcolormesh(hours, np.arange(len(names) + 1), matrix, cmap=_colours(), vmin=0, vmax=100,
                           edgecolors="white", linewidth=0.8)  # fmt: skip
    axes.set_facecolor(PALE)
    axes.grid(False)
    axes.invert_yaxis()
    axes.set_yticks(np.arange(len(names)) + 0.5, list(names))
    axes.tick_params(length=0)
    step = 1 if len(hours) <= 12 else 2 if len(hours) <= 18 else 3
    axes.set_xticks(hours[::step], [f"{int(hour):02d}:{round(hour % 1 * 60):02d}" for hour in hours[::step]])
    if len(names) <= LETTERED:
        for row, values in enumerate(matrix):
            for hour, value in zip(hours, values, strict=False):
                if np.isfinite(value):
                    middle = hour + (hours[1] - hours[0]) / 2
                    color = "white" if value > 52 else DARK
                    axes.text(
                        middle, row + 0.5, f"{value:.0f}", ha="center", va="center", fontsize=7.5, color=color
                    )
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.015, aspect=30)
    bar.set_label("occupancy (%)")
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=GREY)


def _colours() -> Colormap:
    """Return colours from nearly white to dark blue, that stay in order for everybody and in print."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("servsim", ["#F3F8FC", "#8CBFE0", BLUE, "#003A5C"])
