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
    renderer = canvas.get_renderer()
    found = [
        text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_visible() and text.get_text().strip()
    ]  # fmt: skip
    return [(text.get_text(), text.get_window_extent(renderer)) for text in found if _is_drawn(text)]


def _is_drawn(text: Text) -> bool:
    """Tell whether a text is drawn: ticks beyond the limits of their axis are not."""
    axes = text.axes
    if axes is None:
        return True
    for axis, limits, place in (
        (axes.xaxis, axes.get_xlim(), text.get_unitless_position()[0]),
        (axes.yaxis, axes.get_ylim(), text.get_unitless_position()[1]),
    ):
        labels = [tick.label1 for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())]
        labels += [tick.label2 for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())]
        if any(text is label for label in labels):
            low, high = sorted(limits)
            slack = (high - low) * 1e-6
            return bool(low - slack <= place <= high + slack)
    return True


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
        if box.x0 < whole.x0 - SLACK or box.x1 > whole.x1 + SLACK or box.y0 < whole.y0 - SLACK or box.y1 > whole.y1 + SLACK
    ]  # fmt: skip
    return upon + out
