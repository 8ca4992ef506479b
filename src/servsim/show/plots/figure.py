"""A figure that notebooks show by themselves, whether or not anybody imported pyplot."""

from __future__ import annotations

from matplotlib.figure import Figure as Plain

__all__ = ["Figure"]


class Figure(Plain):
    """Matplotlib's figure; at the end of a notebook's cell it is seen."""

    def _repr_png_(self) -> bytes:
        from .house import figure_bytes

        return figure_bytes(self, ".png")
