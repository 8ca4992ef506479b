"""What happens to contacts: how long they wait, and where their time goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import InputError, did_you_mean, listed
from ...stats import mean_intervals
from ...words import clock_time
from .house import BLUE, DARK, GREY, PALETTE, fitted, frame, legend, style, time_unit
from .series import scopes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["TIMES", "time_spent", "wait_distribution", "wait_quantiles", "where_time_goes"]

Floats = npt.NDArray[np.float64]
MOST_LINES = 6
MOST_BARS = 12
SHOWN = 0.98  # of the contacts whose wait the axis holds
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

    The lines are means over replications, with 95 % intervals as bands. All contacts count that waited in a queue or
    were served at once, those who gave up included.

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
    times = _times(waited[waited["channel"].isin(shown)]["wait"].to_numpy(), within)
    size, unit = time_unit(float(times[-1]))
    of = (
        f" (the {len(shown)} busiest channels of {len(sizes)})"
        if not channels and len(sizes) > len(shown)
        else ""
    )
    with style():
        figure, (axes,) = frame(f"How long contacts wait{of}", title)
        for color, name in zip(PALETTE, shown, strict=False):
            _draw_share(axes, waited[waited["channel"] == name], times, size, color, name)
        _draw_goal(axes, within, target, size)
        axes.set_xlim(0, times[-1] / size)
        axes.set_ylim(0, 102)
        axes.set_xlabel(f"waiting time ({unit})")
        axes.set_ylabel("waited at most so long (%)")
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def _times(waits: Floats, within: float | None) -> Floats:
    """Return the waits at which shares are told: up to that of 98 % of the contacts, and beyond what is aimed at."""
    last = max(float(np.quantile(waits, SHOWN)), 1.5 * (within or 0.0), 1.0)
    return np.linspace(0.0, last, 241)


def _draw_share(axes: Axes, rows: pd.DataFrame, times: Floats, size: float, color: str, name: str) -> None:
    shares = np.array(
        [
            np.searchsorted(np.sort(part["wait"].to_numpy()), times, side="right") / len(part) * 100
            for _, part in rows.groupby("replication")
        ]
    )
    found = mean_intervals(shares)
    if len(shares) > 1:
        axes.fill_between(
            times / size, found.mean - found.half_width, found.mean + found.half_width, color=color, alpha=0.18,
            linewidth=0,
        )  # fmt: skip
    axes.plot(times / size, found.mean, color=color, label=name)


def _draw_goal(axes: Axes, within: float | None, target: float | None, size: float) -> None:
    look = {"color": GREY, "linewidth": 1.2, "linestyle": (0, (5, 2))}
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
    rows = table[(table["period"] == "run") & table["measure"].isin(["wait_p50", "wait_p80", "wait_p95"])]
    scopes = [
        scope for scope in scopes_of(rows, "wait_p50", kind) if rows.loc[rows["scope"] == scope, "mean"].notna().any()
    ][:MOST_BARS]  # fmt: skip
    if not scopes:
        raise InputError(f"no {kind} has a waiting time to draw; kinds are channel, queue and reason")
    with style():
        figure, (axes,) = frame(
            f"How long contacts wait, by {kind}", title, height=1.9 + 0.36 * max(len(scopes), 2)
        )
        for measure, words, color in (
            ("wait_p50", "half wait no longer", PALETTE[4]),
            ("wait_p80", "80 %", BLUE),
            ("wait_p95", "95 %", PALETTE[1]),
        ):
            part = rows[rows["measure"] == measure].set_index(
                rows["scope"][rows["measure"] == measure].astype(str)
            )
            part = part.loc[scopes]
            half = np.nan_to_num(part["half_width"].to_numpy(dtype=np.float64))
            mean = part["mean"].to_numpy(dtype=np.float64)
            axes.errorbar(mean, np.arange(len(scopes)), xerr=[np.minimum(half, mean), half], fmt="o", color=color,
                          ecolor=DARK, elinewidth=1.0, markersize=6, label=words)  # fmt: skip
        for place, scope in enumerate(scopes):
            if within and scope in within:
                label = "" if axes.get_legend_handles_labels()[1][-1] == "aimed at" else "aimed at"
                axes.plot(
                    [within[scope]] * 2, [place - 0.32, place + 0.32], color=GREY, linewidth=2.2, label=label
                )
        _time_scale(axes, [*rows["mean"].dropna(), *(within or {}).values()])
        axes.set_yticks(range(len(scopes)), [fitted(scope.partition(":")[2], 26, 2) for scope in scopes])
        axes.set_ylim(len(scopes) - 0.4, -0.6)
        axes.grid(False, axis="y")
        axes.set_xlabel("waiting time")
        handles, labels = axes.get_legend_handles_labels()
        pairs = [(h, label) for h, label in zip(handles, labels, strict=True) if label]
        legend(figure, [h for h, _ in pairs], [label for _, label in pairs])
    return figure


def _time_scale(axes: Axes, values: Sequence[float]) -> None:
    """Give the x axis a scale on which seconds and days both show: even up to 1 s, logarithmic beyond."""
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.4)
    ticks = [0, 1, 10, 60, 600, 3600, 6 * 3600, 86400, 4 * 86400, 14 * 86400, 60 * 86400]
    largest = max([*values, 1.0])
    axes.set_xlim(-0.15, largest * 1.6)
    kept = [tick for tick in ticks if tick <= largest * 1.6]
    axes.set_xticks(kept, ["0" if tick == 0 else clock_time(tick) for tick in kept])
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
    seen_before = (by_agent.groupby(case, sort=False).cumsum() - by_agent) > 0
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
    rows = table.head(MOST_BARS if len(table) <= MOST_BARS else MOST_BARS - 1)
    names = [f"{fitted(step.replace('/', ', '), 30, 2)}" for step in rows["step"]]
    values, kinds, told = rows["minutes"].to_list(), rows["kind"].to_list(), rows["cumulative"].to_list()
    if rest := float(table["minutes"].sum() - rows["minutes"].sum()) if len(rows) < len(table) else 0.0:
        names, values, kinds, told = (
            [*names, f"{len(table) - len(rows)} more"],
            [*values, rest],
            [*kinds, ""],
            [*told, 1.0],
        )
    size, unit = time_unit(max(values) * 60)
    with style():
        figure, (axes,) = frame(
            "Where the time of contacts goes", title, height=2.1 + 0.34 * max(len(names), 3)
        )
        places = np.arange(len(names))
        axes.barh(
            places, np.array(values) * 60 / size, height=0.66, color=[TIMES.get(kind, GREY) for kind in kinds]
        )
        axes.set_yticks(places, names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"{unit} per contact, mean")
        _draw_cumulative(axes, places, np.array(told) * 100)
        _legend_of_kinds(figure, kinds)
    return figure


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
