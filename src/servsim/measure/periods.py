"""The periods that measures are reported for: the run, its days and its intervals.

Periods are half open, [start, end), lie side by side and together cover the measured time, from the end of
the warm-up to the end of the clock. Days run from midnight to midnight and intervals lie on a grid from
midnight, so that every interval lies within one day; the first and the last may be cut short by warm-up,
start or end of the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

import numpy as np

from ..errors import InputError, did_you_mean, listed
from ..network.network import Floats, Ints, Network
from ..units import DAY

__all__ = ["FAMILIES", "Grid", "Moments", "check_families", "make_grid", "totals"]

FAMILIES = ("run", "day", "interval")


@dataclass(frozen=True)
class Moments:
    """Times, and the place of each on a grid.

    Places are the grid's finest periods, counted from 1; 0 is before all of them, and one more than there are is
    after them (or NaN).
    """

    time: Floats
    place: Ints

    def __getitem__(self, rows: Ints) -> Moments:
        return Moments(self.time[rows], self.place[rows])


@dataclass(frozen=True)
class Grid:
    """Families of periods, one after another: `labels` names all, `edges` has an ascending array a family.

    Family f has `len(edges[f]) - 1` periods; period numbers run through all families. The edges of the finest
    family hold those of every other, so that each of its periods lies within one period of every family.
    """

    labels: tuple[str, ...]
    edges: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def lengths(self) -> Floats:
        """Length of every period, in seconds."""
        return np.concatenate([np.diff(edges) for edges in self.edges])

    def numbers(self, family: int) -> range:
        """Return the numbers of the periods of one family."""
        sizes = [len(edges) - 1 for edges in self.edges]
        return range(sum(sizes[:family]), sum(sizes[: family + 1]))

    @cached_property
    def finest(self) -> Floats:
        """The edges of the family with the shortest periods."""
        return max(self.edges, key=len)

    @cached_property
    def members(self) -> tuple[Ints, ...]:
        """For each family, the number in the family of the period in which each finest period lies."""
        starts = self.finest[:-1]
        return tuple(
            np.searchsorted(edges, starts, side="right").astype(np.int64) - 1 for edges in self.edges
        )

    def moments(self, times: Floats) -> Moments:
        """Find the places of times."""
        return Moments(times, np.searchsorted(self.finest, times, side="right").astype(np.int64, copy=False))

    def fold(self, matrix: Floats) -> Floats:
        """Return sums over all periods from sums over the finest ones (scopes x periods), added in their order."""
        return np.concatenate([self._folded(matrix, members) for members in self.members], axis=1)

    def at_ends(self, matrix: Floats) -> Floats:
        """Return what holds at the end of all periods, from what holds at the end of the finest ones."""
        lasts = [np.flatnonzero(np.diff(members, append=members[-1] + 1)) for members in self.members]
        return matrix[:, np.concatenate(lasts)]

    def _folded(self, matrix: Floats, members: Ints) -> Floats:
        scopes, size = len(matrix), int(members[-1]) + 1
        cells = (np.arange(scopes)[:, np.newaxis] * size + members).ravel()
        return totals(cells, matrix.ravel(), scopes * size).reshape(scopes, size)


def totals(numbers: Ints, weights: Floats, size: int) -> Floats:
    """Add up weights by number, one after another in the order of the rows."""
    # of no rows bincount makes whole numbers, whatever the weights are
    return np.bincount(numbers, weights, minlength=size).astype(np.float64, copy=False)


def check_families(families: Sequence[str]) -> None:
    """Raise InputError where a family has another name than those of FAMILIES or stands twice, or there is none."""
    for family in families:
        if family not in FAMILIES:
            near = did_you_mean(family, FAMILIES)
            raise InputError(f"no periods are named {family!r}; allowed are {listed(FAMILIES)}{near}")
    if not families or len(set(families)) < len(families):
        raise InputError(f"periods must name each of {listed(FAMILIES)} at most once, and at least one")


def make_grid(network: Network, start: str, families: Sequence[str]) -> Grid:
    """Return the periods of the families asked for, in that order.

    Args:
        network: gives length, warm-up and interval of the clock.
        start: moment of time zero, as the scenario writes it; it gives the labels.
        families: any of run, day, interval.

    Raises:
        InputError: a family has another name or stands twice.
    """
    check_families(families)
    labels: list[str] = []
    edges = []
    for family in families:
        step = {"run": np.inf, "day": DAY, "interval": network.interval}[family]
        edges.append(_edges(network, step))
        labels += ["run"] if family == "run" else _labels(family, edges[-1][:-1], network, start, step)
    return Grid(tuple(labels), tuple(edges))


def _edges(network: Network, step: float) -> Floats:
    """Return the edges of the periods of one length, from the end of the warm-up to the end of the clock."""
    ends = [network.warmup, network.length]
    if not np.isfinite(step):
        return np.array(ends)
    last = np.ceil((network.length + network.start_of_day) / step)
    inner = np.arange(last + 1) * step - network.start_of_day
    inner = inner[(inner > network.warmup) & (inner < network.length)]
    return np.concatenate([ends[:1], inner, ends[1:]])


def _labels(family: str, starts: Floats, network: Network, start: str, step: float) -> list[str]:
    """Return the date, or (of intervals, of a day too) date and time, at which the grid's period begins."""
    midnight = datetime.combine(datetime.fromisoformat(start).date(), time())
    moments = [midnight + timedelta(seconds=float((t + network.start_of_day) // step) * step) for t in starts]
    if family == "day":
        return [moment.date().isoformat() for moment in moments]
    fine = "minutes" if step % 60 == 0 else "seconds" if step % 1 == 0 else "microseconds"
    return [moment.isoformat(sep=" ", timespec=fine) for moment in moments]
