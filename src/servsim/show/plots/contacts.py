"""What happens to contacts: how long they wait, and where their time goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import InputError, did_you_mean, listed
from ...stats import mean_intervals
from ...units import DAY, HOUR
from ...words import amount, clock_time, duration
from .house import BLUE, DARK, GREY, PALETTE, fitted, frame, legend, style, time_unit
from .series import in_order, scopes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["TIMES", "time_spent", "wait_distribution", "wait_quantiles", "where_time_goes"]

Floats = npt.NDArray[np.float64]
MOST_LINES = 6
MOST_BARS = 12
FEW_LINES = 3  # that have bands; those of more would cover each other
SHOWN = 0.98  # of a channel's contacts, whose wait the axis holds
APART = 20.0  # times longer than others, from which on the axis is logarithmic
MINUTES = 300.0  # seconds, from which on an axis tells minutes
QUANTILES = {"wait_p50": "50 % wait no longer", "wait_p80": "80 %", "wait_p95": "95 %"}
TICKS = (0, 1, 10, 60, 600, HOUR, 6 * HOUR, DAY, 4 * DAY, 14 * DAY, 60 * DAY)
TIMES = {  # kinds of time, and their colours
    "handling": BLUE,
    "waiting": PALETTE[1],
    "passing on": PALETTE[3],
}


# --- waits --------------------------------------------------------------------------------------------------


def wait_distribution(
    contacts: pd.DataFrame,
    channels: Sequence[str] = (),
    *,
    within: float | None = None,
    target: float | None = None,
    title: str = "",
) -> Figure:
    """Draw which share of the contacts waited at most so long, a line a channel, and what is aimed at.

    The lines are means over replications, those of up to three channels with 95 % intervals as bands. Where some
    wait far longer than others, as mails do, the axis is logarithmic beyond one second. All
    contacts count that waited in a queue or were served at once, those who gave up included.

    Args:
        contacts: replication, channel and wait (s), a row a contact; a result's `contacts`.
        channels: which; none for all of them, of more than six the busiest.
        within: the wait that is aimed at, in seconds; None for no line.
        target: the share that should wait no longer, 0 to 1; None for no line.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: there is no such channel, or nobody waited in a queue.
    """
    waited = contacts[contacts["wait"].notna()]
    if waited.empty:
        raise InputError("no contact came to a queue: there is no waiting time to draw")
    sizes = waited["channel"].astype(str).value_counts()
    for name in channels:
        if name not in sizes.index:
            known = [str(one) for one in sizes.index]
            raise InputError(
                f"no channel {name!r}{did_you_mean(name, known) or f'; there are {listed(known)}'}"
            )
    shown = list(channels) or [str(name) for name in sizes.index[:MOST_LINES]]
    cut = not channels and len(shown) < len(sizes)
    of = f" (the {len(shown)} busiest of {len(sizes)} channels)" if cut else ""
    order = in_order(waited["channel"])
    order = order if len(order) <= MOST_LINES else [name for name in order if name in shown]
    parts = {name: waited[waited["channel"] == name] for name in shown}
    lasts = [float(part["wait"].quantile(SHOWN)) for part in parts.values()]
    last = max(*lasts, 1.5 * (within or 0.0), 1.0)
    even = last <= APART * max(min(lasts), 1.0)
    size, unit = (1.0, "s") if last <= MINUTES or not even else time_unit(last)
    times = np.linspace(0.0, last, 241) if even else np.append(0.0, np.geomspace(0.1, last, 240))
    with style():
        figure, (axes,) = frame(f"How long contacts wait{of}", title)
        for name in sorted(parts, key=order.index):
            color = PALETTE[order.index(name) % len(PALETTE)]
            _draw_share(axes, parts[name], times, size, color, name, band=len(parts) <= FEW_LINES)
        _draw_goal(axes, within, target, size)
        axes.set_xlim(0, last / size)
        if not even:
            _time_scale(axes, last)
        axes.set_ylim(0, 102)
        axes.set_xlabel(f"waiting time ({unit})" if even else "waiting time")
        axes.set_ylabel("waited at most so long (%)")
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def _draw_share(
    axes: Axes, rows: pd.DataFrame, times: Floats, size: float, color: str, name: str, *, band: bool
) -> None:
    """Draw which share of some contacts waited at most so long, as a mean over replications with its band."""
    shares = np.array(
        [
            np.searchsorted(np.sort(part["wait"].to_numpy()), times, side="right") / len(part) * 100
            for _, part in rows.groupby("replication")
        ]
    )
    found = mean_intervals(shares)
    if len(shares) > 1 and band:
        low, high = (np.clip(found.mean + sign * found.half_width, 0, 100) for sign in (-1, 1))
        axes.fill_between(times / size, low, high, color=color, alpha=0.18, linewidth=0)
    axes.plot(times / size, found.mean, color=color, label=name)


def _draw_goal(axes: Axes, within: float | None, target: float | None, size: float) -> None:
    look: dict[str, Any] = {"color": GREY, "linewidth": 1.2, "linestyle": (0, (5, 2))}
    if within is not None:
        words = f"within {clock_time(within)}" + (
            f": target {target * 100:g} %" if target is not None else ""
        )
        axes.axvline(within / size, label=words, **look)
    if target is not None:
        axes.axhline(target * 100, **look)
        if within is not None:
            axes.plot(within / size, target * 100, "o", color=DARK, markersize=5)


def wait_quantiles(
    table: pd.DataFrame, kind: str = "channel", *, within: Mapping[str, float] | None = None, title: str = ""
) -> Figure:
    """Draw the wait that half, 80 % and 95 % do not exceed, a row a channel or queue; needs no single contacts.

    Each is a mean over replications with its 95 % interval. The axis is logarithmic beyond one second, as mails wait
    hours and calls seconds.

    Args:
        table: a result's `intervals`.
        kind: `channel`, `queue` or `reason`.
        within: by scope the wait that is aimed at, in seconds; a short line marks it.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: there is nothing of that kind that waits.
    """
    rows = table[(table["period"] == "run") & table["measure"].isin(QUANTILES)]
    scopes = [
        scope for scope in scopes_of(rows, "wait_p50", kind) if rows.loc[rows["scope"] == scope, "mean"].notna().any()
    ][:MOST_BARS]  # fmt: skip
    if not scopes:
        raise InputError(f"no {kind} has a waiting time to draw; kinds are channel, queue and reason")
    longest = [*rows.loc[rows["scope"].isin(scopes), "mean"].dropna(), *(within or {}).values()]
    with style():
        figure, (axes,) = frame(
            f"How long contacts wait, by {kind}", title, height=1.9 + 0.36 * max(len(scopes), 2)
        )
        for (measure, words), color in zip(QUANTILES.items(), (PALETTE[4], BLUE, PALETTE[1]), strict=True):
            _draw_quantile(axes, rows[rows["measure"] == measure], scopes, words, color)
        aimed = (
            [(within[scope], place) for place, scope in enumerate(scopes) if scope in within]
            if within
            else []
        )
        for n, (seconds, place) in enumerate(aimed):
            label = "_" if n else "aimed at"
            axes.plot([seconds] * 2, [place - 0.32, place + 0.32], color=GREY, linewidth=2.2, label=label)
        _time_scale(axes, max(longest) * 1.6)
        axes.set_yticks(range(len(scopes)), [fitted(scope.partition(":")[2], 26, 2) for scope in scopes])
        axes.set_ylim(len(scopes) - 0.4, -0.6)
        axes.grid(False, axis="y")
        axes.set_xlabel("waiting time")
        handles, labels = axes.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda n: labels[n] == "aimed at")
        legend(figure, [handles[n] for n in order], [labels[n] for n in order])
    return figure


def _draw_quantile(axes: Axes, rows: pd.DataFrame, scopes: Sequence[str], words: str, color: str) -> None:
    part = rows.assign(scope=rows["scope"].astype(str)).set_index("scope").loc[list(scopes)]
    mean, half = (part[name].to_numpy(dtype=np.float64) for name in ("mean", "half_width"))
    half = np.nan_to_num(half)
    axes.errorbar(
        mean, np.arange(len(scopes)), xerr=[np.minimum(half, mean), half], fmt="o", color=color, ecolor=DARK,
        elinewidth=1.0, markersize=6, label=words,
    )  # fmt: skip


def _time_scale(axes: Axes, last: float) -> None:
    """Give the x axis a scale on which seconds and days both show: even up to 1 s, logarithmic beyond."""
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.4)
    axes.set_xlim(-0.1, max(last, 2.0))
    ticks = [tick for tick in TICKS if tick <= last]
    axes.set_xticks(ticks, ["0" if tick == 0 else duration(tick) for tick in ticks])
    axes.set_xticks([], minor=True)


# --- where time goes ----------------------------------------------------------------------------------------


def time_spent(events: pd.DataFrame) -> pd.DataFrame:
    """Return where the time of contacts goes: a row a step and kind of time, the greatest first.

    Kinds are `handling` (an agent or a bot works on it, wrap-up included: what may add value), `waiting` (for the
    first agent, or a delay that the flow prescribes) and `passing on` (waiting in a queue after an agent had it
    before: passed on, or handed back). What is unfinished as the run ends is left out.

    Args:
        events: replication, case, activity, resource, enqueued, start, end, freed; a result's `events`.

    Returns:
        step, kind, hours (of all replications), minutes (per contact), share (of all time), cumulative.
    """
    by_agent = events["resource"].astype(str).str.contains("/", regex=False) & events["start"].notna()
    by_bot = events["resource"].notna() & ~by_agent
    case = [events["replication"].to_numpy(), events["case"].to_numpy()]
    served = by_agent.astype(int)
    seen_before = served.groupby(case, sort=False).cumsum() > served
    until = events["start"].fillna(events["end"])
    wait = (until - events["enqueued"]).clip(lower=0)
    done = events["freed"].where(by_agent, events["end"])
    work = (done - events["start"]).clip(lower=0)
    delays = ~by_agent & ~by_bot & events["start"].notna()
    step = events["activity"].astype(str)
    parts = [
        pd.DataFrame({"step": step, "kind": "handling", "seconds": work.where(by_agent | by_bot)}),
        pd.DataFrame({"step": step, "kind": "waiting", "seconds": wait.where(~seen_before)}),
        pd.DataFrame({"step": step, "kind": "waiting", "seconds": work.where(delays)}),
        pd.DataFrame({"step": step, "kind": "passing on", "seconds": wait.where(seen_before)}),
    ]
    long = pd.concat(parts, ignore_index=True).dropna()
    table = long.groupby(["step", "kind"], sort=True)["seconds"].sum().reset_index()
    table = table[table["seconds"] > 0].sort_values(
        "seconds", ascending=False, kind="stable", ignore_index=True
    )
    contacts = len(events[["replication", "case"]].drop_duplicates())
    seconds = table["seconds"].to_numpy(dtype=np.float64)
    share = seconds / seconds.sum() if len(seconds) else seconds
    return table.drop(columns="seconds").assign(
        hours=seconds / 3600,
        minutes=seconds / 60 / max(contacts, 1),
        share=share,
        cumulative=np.cumsum(share),
    )


def where_time_goes(table: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw where the time of contacts goes, the greatest part first, and the share that has been told so far.

    Args:
        table: what `time_spent` returns.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: no time was spent.
    """
    if table.empty:
        raise InputError("no time was spent on any contact: there is nothing to draw")
    names, kinds, seconds, told = _bars(table)
    size, unit = time_unit(float(seconds.max()))
    with style():
        figure, (axes,) = frame(
            "Where the time of contacts goes", title, height=2.1 + 0.34 * max(len(names), 3)
        )
        places = np.arange(len(names))
        axes.barh(places, seconds / size, height=0.66, color=[TIMES.get(kind, GREY) for kind in kinds])
        for place, value in enumerate(seconds):
            axes.annotate(
                amount(value, "s"), (1.0, place), (6, 0), ("axes fraction", "data"), "offset points", va="center",
                fontsize=9.0, color=DARK,
            )  # fmt: skip
        axes.set_yticks(places, names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"{unit} per contact, mean")
        _draw_cumulative(axes, places, told)
        _legend_of_kinds(figure, kinds)
    return figure


def _bars(table: pd.DataFrame) -> tuple[list[str], list[str], Floats, Floats]:
    """Return name, kind, seconds per contact and cumulative percentage of each bar; many small ones are one."""
    rows = table.head(MOST_BARS if len(table) <= MOST_BARS else MOST_BARS - 1)
    kinds = rows["kind"].astype(str).to_list()
    steps = rows["step"].astype(str).str.replace("/", ", ").to_list()
    names = [fitted(f"{step}: {kind}", 36, 2) for step, kind in zip(steps, kinds, strict=True)]
    seconds, told = rows["minutes"].to_numpy() * 60, rows["cumulative"].to_numpy() * 100
    if len(rows) < len(table):
        names, kinds = [*names, f"{len(table) - len(rows)} more"], [*kinds, ""]
        seconds, told = (
            np.append(seconds, table["minutes"].sum() * 60 - seconds.sum()),
            np.append(told, 100.0),
        )
    return names, kinds, seconds, told


def _draw_cumulative(axes: Axes, places: npt.NDArray[np.int_], told: Floats) -> None:
    """Draw the share told so far as a line on an axis of its own, above."""
    above = axes.twiny()
    above.grid(False)
    above.plot(told, places, color=DARK, marker="o", markersize=3.5, linewidth=1.2)
    above.set_xlim(0, 104)
    above.spines["top"].set_visible(True)
    above.set_xlabel("cumulative share of all time (%)")


def _legend_of_kinds(figure: Figure, kinds: Sequence[str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    words = {
        "handling": "handling (agents and bots)",
        "waiting": "waiting",
        "passing on": "waiting after being passed on",
    }
    used = [kind for kind in TIMES if kind in kinds]
    patches = [Patch(color=TIMES[kind]) for kind in used]
    line = Line2D([], [], color=DARK, marker="o", markersize=3.5, linewidth=1.2)
    legend(figure, [*patches, line], [*(words[kind] for kind in used), "cumulative share"])
