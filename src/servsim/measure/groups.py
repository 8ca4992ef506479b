"""The one mechanism behind all measures: a ledger of rows, added up by scope and period.

Rows (contacts, visits, customers, …) are entered part by part. Each lies in one scope of every kind that it is
entered under (one channel, one reason, …) and at one place of the grid, a finest period. Sums are kept for these
alone, each added up row after row; the total, the days and the run are made from them at the end. So a result has
the same bits however the rows were cut into parts. The ledger gives matrices (scopes of a kind x periods).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..catalogue import SCOPES
from ..network.network import Floats, Ints, Names
from .periods import Grid, Moments

__all__ = ["ByKind", "Codes", "Flags", "Ledger", "Rows", "Table", "ratio"]

ByKind = dict[str, Floats]  # kind of scope -> matrix (scopes x periods)
Table = dict[str, ByKind]  # name of a measure, or of a sum that measures are made from
Codes = npt.NDArray[np.integer]  # numbers of scopes, in whatever width the records have them
Flags = npt.NDArray[np.bool_]
Key = tuple[str, str]  # name, kind of scope

RANK_BITS = 32  # a replication has fewer rows than 2**32, and a grid fewer cells than 2**31


class Ledger:
    """Sums of one replication by name, kind of scope, scope and finest period.

    Args:
        grid: the periods.
        names: the scenario's, for the number of scopes of each kind.
    """

    def __init__(self, grid: Grid, names: Names) -> None:
        self.grid = grid
        self.sizes = {kind: len(getattr(names, f"{kind}s")) for kind in SCOPES if kind != "total"}
        self.width = len(grid.finest) + 1  # places: the periods, one before and one behind
        # by layer, then by scope and place: sums have one layer, changes two and spans four
        self.sums: dict[Key, Floats] = {}
        self.changes: dict[Key, Floats] = {}
        self.spans: dict[Key, Floats] = {}
        self.samples: dict[tuple[str, ...], Sample] = {}

    def rows(self, place: Ints, **codes: Codes) -> Rows:
        """Return rows to be entered: each counts at its place of the grid and, of each kind, in the scope given."""
        return Rows(self, place, codes)

    def layers(self, store: dict[Key, Floats], name: str, kind: str, number: int = 1) -> Floats:
        """Return what was added up under a name so far."""
        if (name, kind) not in store:
            store[name, kind] = np.zeros((number, self.sizes[kind] * self.width))
        return store[name, kind]

    def table(self) -> Table:
        """Return what was entered under each name, by kind, and the total: the sum over the first of its kinds.

        Quantiles are no sums and stand for the kinds that they were entered under. Their rows are given up on the
        way, so this may be called once.
        """
        sums = {key: self._cells(layers)[0, :, 1:-1] for key, layers in self.sums.items()}
        for key, layers in self.spans.items():
            heads, tails, begun, over = self._cells(layers)[:, :, 1:-1]
            sums[key] = heads + tails + np.cumsum(begun - over, axis=1) * np.diff(self.grid.finest)
        levels = {}
        for key, layers in self.changes.items():
            come, gone = np.cumsum(self._cells(layers), axis=2)[:, :, 1:-1]
            levels[key] = come - gone
        table = _by_name(sums, self.grid.fold) | _by_name(levels, self.grid.at_ends)
        while self.samples:
            for name, found in self.samples.popitem()[1].quantiles().items():
                table.setdefault(name, {}).update(found)
        return table

    def _cells(self, layers: Floats) -> Floats:
        """Return numbers as (layers, scopes, places)."""
        return layers.reshape(len(layers), -1, self.width)


@dataclass(frozen=True)
class Rows:
    """Rows that are entered in a ledger, under one name after another."""

    ledger: Ledger
    place: Ints
    codes: Mapping[str, Codes]

    @cached_property
    def _starts(self) -> dict[str, Ints]:
        """For each kind, where the places of each row's scope begin."""
        return {kind: code * np.int64(self.ledger.width) for kind, code in self.codes.items()}

    @cached_property
    def _cells(self) -> dict[str, Ints]:
        return {kind: start + self.place for kind, start in self._starts.items()}

    def sum(self, name: str, values: Flags | Floats) -> None:
        """Add the rows' values, or count the rows where they are true."""
        chosen = np.flatnonzero(values) if values.dtype == np.bool_ else None
        for kind, cells in self._cells.items():
            numbers = self.ledger.layers(self.ledger.sums, name, kind)[0]
            if chosen is None:
                np.add.at(numbers, cells, values)
            else:
                _count(numbers, cells[chosen])

    def count(self, name: str) -> None:
        """Count the rows."""
        for kind, cells in self._cells.items():
            _count(self.ledger.layers(self.ledger.sums, name, kind)[0], cells)

    def time(self, name: str, starts: Moments, ends: Moments, weights: Floats | None = None) -> None:
        """Add the time that the rows' spans [start, end) have in each period, in seconds, weighted.

        Not the rows' own periods count here but where their spans lie; an end may be infinite. Whole periods
        within a span are counted as differences, so nothing is found by subtracting large sums: what is zero
        is exactly 0.
        """
        weight = np.ones(len(self.place)) if weights is None else weights
        first, head, apart, last, tail = _pieces(starts, ends, self.ledger.grid.finest)
        more = weight[apart]
        for kind, start in self._starts.items():
            heads, tails, ups, downs = self.ledger.layers(self.ledger.spans, name, kind, 4)
            line = start[apart]
            np.add.at(heads, start + first, head * weight)
            np.add.at(tails, line + last, tail * more)
            np.add.at(ups, line + first[apart] + 1, more)
            np.add.at(downs, line + last, more)

    def standing(self, name: str, starts: Moments, ends: Moments) -> None:
        """Count how many spans are open at the end of each period: start before it, end not before it."""
        for kind, start in self._starts.items():
            come, gone = self.ledger.layers(self.ledger.changes, name, kind, 2)
            _count(come, start + starts.place)
            _count(gone, start + ends.place)

    def quantiles(self, shares: Mapping[str, float], values: Floats, *, total: bool = False) -> None:
        """Keep the rows' values for their quantiles; NaN rows are left out.

        Args:
            shares: name of each quantile and its share; the same ones may be entered under other kinds, too.
            values: one a row.
            total: whether quantiles over all scopes are wanted.
        """
        kinds = (*(("total",) if total else ()), *self.codes)
        key = (*shares, *kinds)
        if key not in self.ledger.samples:
            sizes = {kind: self.ledger.sizes.get(kind, 1) for kind in kinds}
            self.ledger.samples[key] = Sample(self.ledger.grid, sizes, shares)
        self.ledger.samples[key].add(self.codes, self.place, values)


class Sample:
    """Values of rows, kept until all have come: 12 bytes a row, 16 where there are very many scopes and periods.

    Args:
        grid: the periods.
        sizes: kind of scope → how many scopes there are. `total` has one, which rows need not name.
        shares: name of each quantile → its share, 0.5 for the median.
    """

    def __init__(self, grid: Grid, sizes: Mapping[str, int], shares: Mapping[str, float]) -> None:
        self._grid, self._sizes, self._shares = grid, sizes, shares
        self._width = len(grid.finest) + 1
        cells = math.prod(sizes.values()) * self._width
        self._type = np.int32 if cells < 2**31 else np.int64
        self._keys: list[Codes] = []
        self._values: list[Floats] = []

    def add(self, codes: Mapping[str, Codes], place: Ints, values: Floats) -> None:
        """Keep the values of rows; those that are NaN or lie in no period are left out."""
        kept = np.flatnonzero(~np.isnan(values) & (place > 0) & (place < self._width - 1))
        key = np.zeros(len(kept), dtype=np.int64)
        for kind, code in codes.items():
            key = key * self._sizes[kind] + code[kept]
        self._keys.append((key * self._width + place[kept]).astype(self._type))
        self._values.append(values[kept])

    def quantiles(self) -> Table:
        """Return the quantiles by name and kind, for all periods; NaN where no row is. The rows are given up.

        Source: Hyndman & Fan 1996, type 7 (linear between order statistics).
        """
        values, keys = np.concatenate(self._values), np.concatenate(self._keys)
        self._values.clear()
        self._keys.clear()
        order = np.argsort(values)
        values, keys = values[order], keys[order]
        del order
        keys, period = keys // self._width, keys % self._width - 1
        table: Table = {name: {} for name in self._shares}
        alone: Floats | None = None  # kinds that have one scope only have the same quantiles
        for kind, size in reversed(list(self._sizes.items())):
            keys, scope = keys // size, keys % size
            if size == 1 and alone is not None:
                found = alone
            else:
                found = self._by_period(scope, size, period, values)
                alone = found if size == 1 else alone
            for name, matrix in zip(table, found, strict=True):
                table[name][kind] = matrix
        return table

    def _by_period(self, scope: Codes, size: int, period: Codes, values: Floats) -> Floats:
        """Return the quantiles of ascending values: (shares, scopes, periods of all families)."""
        shares, families = list(self._shares.values()), []
        for members in self._grid.members:
            width = int(members[-1]) + 1
            cells = members[period] + (scope * np.int64(width) if size > 1 else 0)
            families.append(_quantiles(cells, size * width, values, shares).reshape(len(shares), size, width))
        return np.concatenate(families, axis=2)


def ratio(above: Floats, below: Floats) -> Floats:
    """Return above / below; NaN where below is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, above / below)


def _count(numbers: Floats, cells: Ints) -> None:
    """Count cells; whole numbers, so the way they are added up does not matter."""
    if len(cells) < len(numbers):
        np.add.at(numbers, cells, 1.0)
    else:
        numbers += np.bincount(cells, minlength=len(numbers))


def _by_name(found: dict[Key, Floats], widen: Callable[[Floats], Floats]) -> Table:
    """Return matrices over the finest periods by name and kind, with the total, for all periods."""
    kinds: dict[str, list[str]] = {}
    for name, kind in found:
        kinds.setdefault(name, []).append(kind)
    for name, own in kinds.items():
        found[name, "total"] = np.sum(found[name, min(own, key=SCOPES.index)], axis=0, keepdims=True)
    ends = np.cumsum([len(matrix) for matrix in found.values()])
    table: Table = {}
    for (name, kind), matrix in zip(
        found, np.split(widen(np.concatenate([*found.values()])), ends), strict=False
    ):
        table.setdefault(name, {})[kind] = matrix
    return table


def _pieces(starts: Moments, ends: Moments, edges: Floats) -> tuple[Ints, Floats, Ints, Ints, Floats]:
    """Cut spans at the edges of periods.

    Returns:
        Place of each span's first period and the time in it; the rows of spans that reach into another, and for
        these the place of the last period and the time in that.
    """
    periods = len(edges) - 1
    first = np.clip(starts.place, 1, periods)
    until = edges[first]
    head = np.maximum(np.minimum(ends.time, until) - np.maximum(starts.time, edges[0]), 0.0)
    apart = np.flatnonzero((ends.time > until) & (first < periods))
    time, place = np.minimum(ends.time[apart], edges[-1]), ends.place[apart]
    last = np.minimum(place - (edges[place - 1] == time), periods)  # one that ends at an edge ends before it
    return first, head, apart, last, time - edges[last - 1]


def _quantiles(cells: Ints, size: int, values: Floats, shares: Sequence[float]) -> Floats:
    """Return the quantiles of ascending values in each cell: (shares, cells), NaN where a cell has none."""
    ranked = (cells << RANK_BITS) | np.arange(len(cells))  # sorted as whole numbers: by cell, then by value
    if size > 1:
        ranked.sort()
    edges = np.searchsorted(ranked, np.arange(size + 1) << RANK_BITS)
    some = np.flatnonzero(np.diff(edges))
    starts, counts = edges[some], np.diff(edges)[some]
    table = np.full((len(shares), size), np.nan)
    for found, share in zip(table, shares, strict=True):
        place = (counts - 1) * share
        below = place.astype(np.int64)
        above = np.minimum(below + 1, counts - 1)
        low, high = (values[ranked[starts + rank] & (2**RANK_BITS - 1)] for rank in (below, above))
        found[some] = low + (high - low) * (place - below)
    return table
