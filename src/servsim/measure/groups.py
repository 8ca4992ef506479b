"""The one mechanism behind all measures: rows grouped by scope and period.

A `Population` is a set of rows (contacts, visits, customers, …), each of which lies in one scope of every
kind that the population knows (the total, one channel, one reason, …) and in one period of every family. It
adds up, takes quantiles and integrates over time, and gives matrices (scopes of a kind x periods).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..network.network import Floats, Ints
from .periods import Grid

__all__ = ["ByKind", "Population", "Table", "by_code", "ratio", "totals"]

ByKind = dict[str, Floats]  # kind of scope -> matrix (scopes x periods)
Table = dict[str, ByKind]  # name of a measure, or of a sum that measures are made from
Rows = npt.NDArray[np.bool_] | Floats


class Population:
    """Rows in scopes and periods.

    Args:
        grid: the periods.
        scopes: kind of scope → (number of the scope of each row, -1 for none; how many scopes there are).
        when: the time that says to which period each row belongs, in seconds.
    """

    def __init__(self, grid: Grid, scopes: Mapping[str, tuple[Ints, int]], when: Floats) -> None:
        self.grid = grid
        self.scopes = dict(scopes)
        periods = grid.periods_at(when)
        self._cells = {
            kind: [_cells(code, size, period, len(grid)) for period in periods]
            for kind, (code, size) in self.scopes.items()
        }

    def sum(self, values: Rows) -> ByKind:
        """Return the sum of the rows' values, or the number of rows where they are true or false."""
        weights = np.asarray(values, dtype=np.float64)
        return {
            kind: self._shaped(kind, *(totals(cells, weights, self._size(kind) + 1) for cells in families))
            for kind, families in self._cells.items()
        }

    def quantiles(self, values: Floats, shares: Sequence[float]) -> list[ByKind]:
        """Return the quantiles of the rows' values, NaN rows left out; NaN where no row is.

        Source: Hyndman & Fan 1996, type 7 (linear between order statistics).
        """
        order = np.argsort(values, kind="stable")
        order = order[: np.count_nonzero(~np.isnan(values))]  # NaN is sorted to the end
        result: list[ByKind] = [{} for _ in shares]
        for kind, families in self._cells.items():
            tables = np.full((len(shares), self._size(kind) + 1), np.nan)
            for cells in families:
                _fill_quantiles(tables, cells[order], values[order], shares)
            for found, table in zip(result, tables, strict=True):
                found[kind] = self._shaped(kind, table)
        return result

    def integral(self, starts: Floats, ends: Floats, weights: Floats | None = None) -> ByKind:
        """Return the time that the rows' spans [start, end) have in each period, in seconds, weighted.

        Not the rows' own periods count here but where their spans lie; an end may be infinite. Whole periods
        within a span are counted as differences, so nothing is found by subtracting large sums: what is zero
        is exactly 0.
        """
        weight = np.ones(len(starts)) if weights is None else weights
        pieces = [_pieces(starts, ends, edges) for edges in self.grid.edges]
        result = {}
        for kind, (code, size) in self.scopes.items():
            parts = []
            for (first, last, head, tail), edges in zip(pieces, self.grid.edges, strict=True):
                more = np.where(last > first, weight, 0.0)
                edge, end, up, down = (
                    _binned(code, place, amount, size, len(edges))[:, :-1]
                    for place, amount in (
                        (first, head * weight),
                        (last, tail * weight),
                        (first + 1, more),
                        (last, more),
                    )
                )
                parts.append(edge + end + np.cumsum(up - down, axis=1) * np.diff(edges))
            result[kind] = np.concatenate(parts, axis=1)
        return result

    def standing(self, starts: Floats, ends: Floats) -> ByKind:
        """Return how many spans are open at the end of each period: start before it, end not before it."""
        result = {}
        for kind, (code, size) in self.scopes.items():
            parts = []
            for edges in self.grid.edges:
                width = len(edges) + 1
                come, gone = (
                    _binned(code, np.searchsorted(edges, times, side="right"), one, size, width)
                    for times, one in ((starts, np.ones(len(starts))), (ends, np.ones(len(ends))))
                )
                parts.append(np.cumsum(come - gone, axis=1)[:, 1:-1])
            result[kind] = np.concatenate(parts, axis=1)
        return result

    def _size(self, kind: str) -> int:
        return self.scopes[kind][1] * len(self.grid)

    def _shaped(self, kind: str, *tables: Floats) -> Floats:
        """Add tables with one entry a cell, drop the last (rows outside) and return scopes x periods."""
        total: Floats = np.sum(tables, axis=0)[:-1]
        return total.reshape(self.scopes[kind][1], len(self.grid))


def totals(numbers: Ints, weights: Floats, size: int) -> Floats:
    """Add up weights by number, one after another in the order of the rows."""
    # of no rows bincount makes whole numbers, whatever the weights are
    return np.bincount(numbers, weights, minlength=size).astype(np.float64, copy=False)


def by_code(kind: str, code: Ints, size: int, *, total: bool = False) -> dict[str, tuple[Ints, int]]:
    """Return scopes of one kind for a population, and the total if wanted."""
    everywhere = {"total": (np.zeros(len(code), dtype=np.int64), 1)} if total else {}
    return {**everywhere, kind: (code, size)}


def ratio(above: Floats, below: Floats) -> Floats:
    """Return above / below; NaN where below is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, above / below)


def _cells(code: Ints, size: int, period: Ints, periods: int) -> Ints:
    """Return the number of each row's cell; rows outside every scope or period get a cell behind the last."""
    return np.where((code < 0) | (period < 0), size * periods, code * periods + period)


def _binned(code: Ints, place: Ints, amount: Floats, size: int, width: int) -> Floats:
    """Add up amounts in a table (scopes x width); rows without scope go nowhere."""
    known = code >= 0
    return totals(code[known] * width + place[known], amount[known], size * width).reshape(size, width)


def _fill_quantiles(tables: Floats, cells: Ints, values: Floats, shares: Sequence[float]) -> None:
    """Write the quantiles of ascending values into the cells that have any."""
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=tables.shape[1])
    counts[-1] = 0  # the cell of rows outside stands last, so the others' offsets do not move
    some = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[some]
    ranked = values[order]
    for table, share in zip(tables, shares, strict=True):
        place = (counts[some] - 1) * share
        below = place.astype(np.int64)
        low, high = ranked[starts + below], ranked[starts + np.minimum(below + 1, counts[some] - 1)]
        table[some] = low + (high - low) * (place - below)


def _pieces(starts: Floats, ends: Floats, edges: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Cut spans at the edges: first and last period of each, time in the first, and in another last."""
    start = np.clip(starts, edges[0], edges[-1])
    end = np.maximum(np.clip(ends, edges[0], edges[-1]), start)
    first = np.minimum(np.searchsorted(edges, start, side="right").astype(np.int64) - 1, len(edges) - 2)
    last = np.maximum(np.searchsorted(edges, end, side="left").astype(np.int64) - 1, first)
    apart = last > first
    head = np.where(apart, edges[first + 1], end) - start
    tail = np.where(apart, end - edges[last], 0.0)
    return first, last, head, tail
