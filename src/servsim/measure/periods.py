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

__all__ = ["FAMILIES", "Grid", "make_grid"]

FAMILIES = ("run", "day", "interval")


@dataclass(frozen=True)
class Grid:
    """Families of periods, one after another: `labels` names all, `edges` has an ascending array a family.

    Family f has `len(edges[f]) - 1` periods; period numbers run through all families.
    """

    labels: tuple[str, ...]
    edges: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def lengths(self) -> Floats:
        """Length of every period, in seconds."""
        return np.concatenate([np.diff(edges) for edges in self.edges])

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Number of the first period of each family."""
        sizes = [len(edges) - 1 for edges in self.edges]
        return tuple(int(n) for n in np.cumsum([0, *sizes[:-1]]))

    def periods_at(self, times: Floats) -> list[Ints]:
        """Return, for each family, the period in which each time lies; -1 outside and for NaN."""
        found = []
        for offset, edges in zip(self.offsets, self.edges, strict=True):
            number = np.searchsorted(edges, times, side="right").astype(np.int64) - 1
            inside = (times >= edges[0]) & (times < edges[-1])
            found.append(np.where(inside, number + offset, -1))
        return found


def make_grid(network: Network, start: str, families: Sequence[str]) -> Grid:
    """Return the periods of the families asked for, in that order.

    Args:
        network: gives length, warm-up and interval of the clock.
        start: moment of time zero, as the scenario writes it; it gives the labels.
        families: any of run, day, interval.

    Raises:
        InputError: a family has another name or stands twice.
    """
    for family in families:
        if family not in FAMILIES:
            near = did_you_mean(family, FAMILIES)
            raise InputError(f"no periods are named {family!r}; allowed are {listed(FAMILIES)}{near}")
    if not families or len(set(families)) < len(families):
        raise InputError(f"periods must name each of {listed(FAMILIES)} at most once, and at least one")
    labels: list[str] = []
    edges = []
    for family in families:
        step = {"run": np.inf, "day": DAY, "interval": network.interval}[family]
        edges.append(_edges(network, step))
        labels += ["run"] if family == "run" else _labels(edges[-1][:-1], network, start, step)
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


def _labels(starts: Floats, network: Network, start: str, step: float) -> list[str]:
    """Return the date, or date and time, at which the grid's period begins in which each start lies."""
    midnight = datetime.combine(datetime.fromisoformat(start).date(), time())
    moments = [midnight + timedelta(seconds=float((t + network.start_of_day) // step) * step) for t in starts]
    if step == DAY:
        return [moment.date().isoformat() for moment in moments]
    fine = "minutes" if step % 60 == 0 else "seconds" if step % 1 == 0 else "microseconds"
    return [moment.isoformat(sep=" ", timespec=fine) for moment in moments]
