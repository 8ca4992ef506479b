"""What a reader would stumble on in a figure: texts upon each other, cut off, or upon the legend."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from servsim.show.plots import style

SLACK = 1.0  # pixels by which boxes may touch


def texts(figure: Figure) -> list[tuple[str, Any]]:
    """Return every text that shows, with its box in pixels, as drawn."""
    canvas = FigureCanvasAgg(figure)
    with style():
        canvas.draw()
    hidden = _hidden(figure)
    return [
        (text.get_text(), text.get_window_extent(canvas.get_renderer()))
        for text in figure.findobj(Text)
        if isinstance(text, Text)
        and text.get_visible()
        and text.get_text().strip()
        and id(text) not in hidden
    ]


def _hidden(figure: Figure) -> set[int]:
    """Return the labels of ticks beyond the limits of their axis, which are not drawn."""
    found: set[int] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = (high - low) * 1e-6
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not axes.axison or not low - slack <= tick.get_loc() <= high + slack:
                    found |= {id(tick.label1), id(tick.label2)}
    return found


def troubles(figure: Figure) -> list[tuple[str, str]]:
    """Return pairs of texts whose boxes lie upon each other, and texts that leave the figure."""
    found = texts(figure)
    upon = [
        (a, b)
        for (a, first), (b, second) in combinations(found, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > SLACK
        and min(first.y1, second.y1) - max(first.y0, second.y0) > SLACK
    ]
    whole = figure.bbox
    out = [
        (a, "beyond the figure")
        for a, box in found
        if min(box.x0 - whole.x0, whole.x1 - box.x1, box.y0 - whole.y0, whole.y1 - box.y1) < -SLACK
    ]
    return upon + out
