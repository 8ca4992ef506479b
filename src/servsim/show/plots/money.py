"""What it costs: kinds of cost, scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...catalogue import CATALOGUE
from ...errors import InputError, did_you_mean
from ...words import with_interval
from .house import DARK, GREY, PALETTE, fitted, frame, labelled, legend, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["KINDS", "cost"]

Floats = npt.NDArray[np.float64]
MOST_BARS = 16
WORDS = {
    "cost_labour": "wages",
    "cost_bot": "bots",
    "cost_contact": "per contact",
    "cost_fixed": "fixed",
    "cost_lost": "lost customers",
}
KINDS = tuple(
    name
    for name, row in CATALOGUE.items()
    if name.startswith("cost_") and row.unit == "money" and "_per_" not in name and "total" in row.scopes
)  # those that add up to the cost


def cost(table: pd.DataFrame, *, currency: str = "", title: str = "") -> Figure:
    """Draw the cost of each scenario as a bar of its kinds; the sum stands beside with its 95 % half-width.

    Args:
        table: scenario (of one scenario it may be missing), measure, scope, period, mean, half_width: `intervals` of
            results, one below the other.
        currency: what the axis is labelled with.
        title: whose it is.

    Raises:
        InputError: the table has no cost.
    """
    rows = table[(table["period"] == "run") & (table["scope"] == "total")]
    rows = rows if "scenario" in rows else rows.assign(scenario="")
    totals = rows[rows["measure"] == "cost"].set_index("scenario")
    if totals.empty:
        raise InputError(
            f"the table has no measure 'cost'{did_you_mean('cost', rows['measure'].astype(str))}"
        )
    names = [str(name) for name in totals.index[:MOST_BARS]]
    more = f" (the first {len(names)} of {len(totals)} scenarios)" if len(names) < len(totals) else ""
    means = rows.astype({"measure": str}).pivot_table(
        index="scenario", columns="measure", values="mean", observed=True
    )
    kinds = [kind for kind in KINDS if kind in means.columns and (means.loc[names, kind] != 0).any()]
    from matplotlib.ticker import MaxNLocator

    with style():
        figure, (axes,) = frame(f"Cost by kind{more}", title, height=1.9 + 0.42 * max(len(names), 2))
        places, left = np.arange(len(names)), np.zeros(len(names))
        for kind, colour in zip(kinds, _colours(kinds), strict=True):
            width = means.loc[names, kind].to_numpy(dtype=np.float64)
            axes.barh(
                places,
                width,
                left=left,
                height=0.62,
                color=colour,
                label=WORDS.get(kind, kind[5:].replace("_", " ")),
            )
            left = left + width
        _write_sums(axes, left, totals.iloc[: len(names)])
        axes.set_yticks(places, [fitted(name, 26, 2) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.set_xlim(0, float(np.nanmax([*left, 0.0])) * 1.24 or 1.0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if abs(value) >= 10 else f"{value:g}")
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.set_xlabel(labelled("cost over the whole run", currency))
        legend(figure, *axes.get_legend_handles_labels())
    return figure


def _colours(kinds: Sequence[str]) -> list[str]:
    """Return a colour for each kind that is the same in every plot."""
    named = dict(zip(KINDS, PALETTE, strict=False))
    return [named.get(kind, GREY) for kind in kinds]


def _write_sums(axes: Axes, ends: Floats, rows: pd.DataFrame) -> None:
    for place, (end, row) in enumerate(zip(ends, rows.to_dict("records"), strict=True)):
        text = with_interval(float(row["mean"]), float(row["half_width"]), "money")
        axes.annotate(
            text, (end, place), (5, 0), textcoords="offset points", va="center", fontsize=9.0, color=DARK
        )
