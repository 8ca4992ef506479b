"""The money that a change costs and saves, month by month."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from .house import BLUE, GREY, PALETTE, fitted, frame, legend, style, value_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["cash"]

Floats = npt.NDArray[np.float64]


def cash(
    months: pd.DataFrame,
    phases: pd.DataFrame,
    *,
    payback: tuple[float, float, float] = (math.nan, math.nan, math.nan),
    currency: str = "",
    title: str = "",
) -> Figure:
    """Draw savings less costs, cumulated over the months, with their 95 % interval, the phases and the payback.

    Args:
        months: a row a month: one_off, cumulated, cumulated_low, cumulated_high (money), as `Returns.months`.
        phases: a row a phase: phase (its name), first (its first month, from 1), as `Returns.phases`.
        payback: month in which the money is back for good, and its interval; NaN where it never is.
        currency: of the money.
        title: whose it is.
    """
    with style():
        figure, [axes] = frame("Savings less costs so far", title, height=4.2)
        lines = [_curve(months, name) for name in ("cumulated_low", "cumulated", "cumulated_high")]
        size, word = value_unit("cost", float(np.abs(lines).max()), currency)
        low, mean, high = (line / size for line in lines)
        number = np.repeat(np.arange(len(months) + 1), 2)[1:-1]
        axes.fill_between(number, low, high, color=BLUE, alpha=0.18, linewidth=0, label="95 % interval")
        axes.plot(number, mean, color=BLUE, label="savings less costs")
        axes.axhline(0.0, color="#333333", linewidth=1.0)
        _mark_payback(axes, payback, len(months))
        _mark_phases(axes, phases, len(months))
        axes.set_xlim(0, len(months))
        axes.set_xticks(range(0, len(months) + 1, max(1, math.ceil(len(months) / 60)) * 6))
        axes.set_xlabel("month")
        axes.set_ylabel("cumulated" + (f" ({word})" if word else ""))
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def _curve(months: pd.DataFrame, name: str) -> Floats:
    """Return a cumulated sum at the beginning of each month, its one-off cost paid, and at the end."""
    end = months[name].to_numpy()
    begin = np.concatenate([[0.0], end[:-1]]) - months["one_off"].to_numpy()
    curve: Floats = np.column_stack([begin, end]).ravel()
    return curve


def _mark_payback(axes: Axes, payback: tuple[float, float, float], horizon: int) -> None:
    mean, low, high = payback
    if math.isnan(mean):
        return
    ends = [low, horizon if math.isnan(high) else high]
    axes.plot(ends, [0.0, 0.0], color=PALETTE[1], linewidth=3.0, solid_capstyle="butt")
    axes.plot([mean], [0.0], "o", color=PALETTE[1], label=f"paid back in month {mean:.0f}")


def _mark_phases(axes: Axes, phases: pd.DataFrame, horizon: int) -> None:
    """Write the phases above the chart, by turns in two rows, a line where each begins."""
    rows = phases.to_dict("records")
    for i, row in enumerate(rows):
        begin = row["first"] - 1
        end = rows[i + 2]["first"] - 1 if i + 2 < len(rows) else horizon
        if begin:
            axes.axvline(begin, color=GREY, linewidth=0.8, linestyle=":")
        width = max(4, int((end - begin) / horizon * 80))
        axes.annotate(
            fitted(str(row["phase"]), width), (begin, 1.0), (3, 16 - 12 * (i % 2)), ("data", "axes fraction"),
            textcoords="offset points", color=GREY, fontsize=9.0,
        )  # fmt: skip
