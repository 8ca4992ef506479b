"""The plot of claims: how much of each promise is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .house import DARK, GREY, PALETTE, fitted, frame, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["claims_kept"]

# colour and marker of a verdict
LOOKS = {
    "holds": (PALETTE[2], "o"),
    "fails": (PALETTE[1], "X"),
    "cannot tell": (PALETTE[3], "D"),
    "not measured": (GREY, "s"),
}
MOST = 3.0  # shares beyond that, either way, stand at the edge with their number


def claims_kept(rows: Sequence[Mapping[str, Any]], *, title: str = "") -> Figure:
    """Draw what was found of each claim as a share of what was promised, with its interval.

    Levels of which less is promised (`at_most`), promises of 0 and what was not measured have no share: left out.

    Args:
        rows: of the table of `servsim.decide.Claims`: claim, promised, kind, promise, found, low, high, verdict.
        title: whose claims they are.

    Raises:
        InputError: no claim has a share.
    """
    shown = [row for row in rows if _has_share(row)]
    if not shown:
        raise InputError("no claim promises a size of which a share could be kept")
    with style():
        figure, (axes,) = frame("How much of each promise is kept", title, height=1.5 + 0.45 * len(shown))
        for place, row in enumerate(shown):
            _draw(axes, place, row)
        axes.axvline(1.0, color=DARK, linewidth=1.2)
        axes.axvline(0.0, color=GREY, linewidth=0.8, linestyle=":")
        labels = [f"{fitted(row['claim'], 38)}\n{row['promised']}" for row in shown]
        axes.set_yticks(range(len(shown)), labels)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        axes.set_xlim(*_limits(shown))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
        axes.set_xlabel("found, as a share of what was promised")
    return figure


def _has_share(row: Mapping[str, Any]) -> bool:
    level = row["kind"] == "level" and str(row["promised"]).startswith("≤")
    return not level and row["promise"] != 0 and math.isfinite(row["found"])


def _share(row: Mapping[str, Any], key: str) -> float:
    return float(row[key]) / float(row["promise"])


def _draw(axes: Any, place: int, row: Mapping[str, Any]) -> None:
    colour, marker = LOOKS[row["verdict"]]
    ends = sorted(_share(row, key) for key in ("low", "high"))
    kept = _share(row, "found")
    at = min(max(kept, -MOST), MOST)
    if all(map(math.isfinite, ends)):
        axes.plot([min(max(end, -MOST), MOST) for end in ends], [place, place], color=colour, linewidth=2)
    axes.plot([at], [place], color=colour, marker=marker, markersize=8, linestyle="none")
    words = f"{row['verdict']}" + (f" ({kept:.0%})" if at != kept else "")
    axes.annotate(
        words, (at, place), xytext=(0, 8), textcoords="offset points", ha="center", color=DARK, fontsize=8.5
    )


def _limits(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    values = [min(max(_share(row, key), -MOST), MOST) for row in rows for key in ("found", "low", "high")]
    finite = [value for value in values if math.isfinite(value)]
    return min(0.0, *finite) - 0.15, max(1.0, *finite) + 0.2
