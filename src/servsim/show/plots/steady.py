"""The plot of a warm-up: how a measure settles, and what is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...words import duration
from .house import (
    BLUE,
    GREY,
    PALETTE,
    frame,
    labelled,
    legend,
    scope_words,
    spaced,
    style,
    time_unit,
    value_unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...study.steady import Warmup

__all__ = ["warmup"]


def warmup(found: Warmup) -> Figure:
    """Draw how a measure settles: mean over replications with its band, smoothed, and where the warm-up ends.

    Below it stands MSER's statistic by what is cut, where the rule could be applied; where it is least lies its cut.
    Only where that is matters, not how much it is, so that panel has no scale.
    """
    scale, unit = time_unit(float(found.series["start"].max()))
    ruled = len(found.curve) > 0
    what = f"Warm-up of {spaced(found.measure)}, {scope_words(found.scope)}".removesuffix(", ")
    with style():
        grid = {"height_ratios": [3, 1]} if ruled else {}
        figure, axes = frame(
            what, found.scenario.name, height=5.0, panels=2 if ruled else 1, sharex=True, gridspec_kw=grid
        )
        _draw_series(axes[0], found, scale)
        if ruled:
            _draw_curve(axes[1], found, scale)
        axes[-1].set_xlabel(f"time since the start of the clock ({unit})")
        legend(figure, *axes[0].get_legend_handles_labels())
    return figure


def _draw_series(axes: Axes, warmup: Warmup, scale: float) -> None:
    """Draw the series of a warm-up and what is cut."""
    from ...study.steady import SMOOTH

    series = warmup.series
    largest = float(series["mean"].abs().max())
    factor, unit = value_unit(warmup.measure, largest, warmup.scenario.model.currency)
    starts = series["start"]
    time = (starts + starts.diff().median() / 2).to_numpy() / scale if len(starts) > 1 else starts / scale
    values = series[["mean", "low", "high", "smoothed"]] / factor
    period = "day" if 0 < warmup.cycle < float("inf") else "interval"
    reps = f"mean of {warmup.reps} replications" if warmup.reps > 1 else "one replication"
    if warmup.reps > 1:
        low, high = values["low"], values["high"]
        axes.fill_between(time, low, high, color=BLUE, alpha=0.15, linewidth=0, label="95 % interval")
    few = len(series) < SMOOTH
    look: dict[str, Any] = (
        {"color": BLUE, "marker": "o", "markersize": 4} if few else {"color": PALETTE[4], "linewidth": 0.8}
    )
    axes.plot(time, values["mean"], label=f"each {period}, {reps}", **look)
    if not few:
        axes.plot(time, values["smoothed"], color=BLUE, linewidth=2.0, label="smoothed (Welch)")
    if warmup.truncation > 0:
        words = (
            f"warm-up ends: {duration(warmup.truncation)}"
            if warmup.trusted
            else "not settled in the first half"
        )
        axes.axvline(warmup.truncation / scale, color=PALETTE[1], linewidth=1.4, label=words)
    axes.margins(x=0.01)
    axes.set_xlim(left=0)
    axes.set_ylabel(labelled(warmup.measure, unit))


def _draw_curve(axes: Axes, warmup: Warmup, scale: float) -> None:
    """Draw MSER's statistic by what is cut from the start, and where it is least."""
    cut, statistic = warmup.curve["cut"].to_numpy() / scale, warmup.curve["statistic"].to_numpy()
    axes.plot(cut, statistic, color=GREY, linewidth=1.2)
    axes.plot(cut[statistic.argmin()], statistic.min(), "o", color=PALETTE[1], markersize=5, clip_on=False)
    top = float(warmup.curve["statistic"].quantile(0.9)) * 1.3  # the last values, of few periods, shoot up
    if top > 0:
        axes.set_ylim(0, top)
    axes.set_yticks([])
    axes.set_ylabel("MSER")
