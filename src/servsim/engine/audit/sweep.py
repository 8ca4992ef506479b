"""Spans of time, swept: which overlap, how many hold at once, who was overtaken in a line.

Plain arithmetic on columns; times in seconds, a span that never ends has the end `inf`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Carried",
    "fewest_found",
    "groups",
    "holding",
    "most_at_once",
    "most_let_in",
    "overlap",
    "overtaken",
    "value_at",
]

Column = npt.NDArray[Any]


class Carried:
    """Rows that what comes later can still touch, as columns: what is kept stands before what joins."""

    def __init__(self) -> None:
        self.columns: tuple[Column, ...] = ()

    def join(self, *columns: Column) -> tuple[Column, ...]:
        """Add rows; return the columns with those kept before."""
        if self.columns:
            columns = tuple(np.concatenate(pair) for pair in zip(self.columns, columns, strict=True))
        self.columns = columns
        return columns

    def keep(self, still: Column) -> None:
        """Keep the rows where `still` is true; the others are done with."""
        self.columns = tuple(column[still] for column in self.columns)


def groups(keys: Column) -> Iterator[tuple[int, Column]]:
    """Yield every key with its rows, in their order. Keys are not negative."""
    if len(keys) == 0:
        return
    order = np.argsort(_narrow(keys), kind="stable")
    cuts = np.flatnonzero(np.diff(keys[order])) + 1
    for rows in np.split(order, cuts):
        yield int(keys[rows[0]]), rows


def _narrow(keys: Column) -> Column:
    """Return keys in the narrowest type: up to 16 bits sort many times faster."""
    return keys.astype(np.min_scalar_type(int(np.max(keys))))


def value_at(times: Column, values: Column, moments: Column) -> Column:
    """Return the value that holds at each moment: that of the last row whose time has come, 0 before the first."""
    return np.append(0, values)[np.searchsorted(times, moments, "right")]


def overlap(starts: Column, ends: Column, keys: Column) -> bool:
    """Tell whether two spans of the same key overlap; keys are not negative. One of no length may touch another."""
    if len(keys) == 0:
        return False
    order = np.argsort(starts, kind="stable")
    order = order[np.argsort(_narrow(keys[order]), kind="stable")]
    if not _overlap_in_order(starts[order], ends[order], keys[order]):
        return False
    order = np.lexsort(
        (ends, starts, keys)
    )  # slower, but one of no length comes before another with its start
    return _overlap_in_order(starts[order], ends[order], keys[order])


def _overlap_in_order(starts: Column, ends: Column, keys: Column) -> bool:
    return bool(np.any((keys[1:] == keys[:-1]) & (starts[1:] < ends[:-1])))


def most_at_once(starts: Column, ends: Column) -> int:
    """Return the largest number of spans [start, end) that hold at once."""
    starts = np.sort(starts)
    over = np.searchsorted(np.sort(ends), starts, "right")
    return int(np.max(np.arange(1, len(starts) + 1) - over, initial=0))


def holding(starts: Column, ends: Column, also: Column) -> tuple[Column, Column]:
    """Return all times of starts, ends and `also`, ascending, and how many spans [start, end) hold from each on."""
    times = np.unique(np.concatenate([starts, ends, also]))
    begun, over = (np.searchsorted(np.sort(edges), times, "right") for edges in (starts, ends))
    return times, begun - over


def most_let_in(entered: Column, left: Column, again: Column) -> int:
    """Return how many stood in a line, at the most, once a newcomer had joined it; what is sure of one instant counts.

    Who comes `again` is not asked whether there is room. Of one instant the newcomers that stay are counted, and of
    those who come again only who came before it: the last newcomer to be let in found all these.
    """
    stay = left > entered
    joins, back, goes = (
        np.sort(times) for times in (entered[stay & ~again], entered[stay & again], left[stay])
    )
    level = np.searchsorted(joins, joins, "right") + np.searchsorted(back, joins, "left")
    return int(np.max(level - np.searchsorted(goes, joins, "right"), initial=0))


def fewest_found(moments: Column, entered: Column, left: Column) -> int:
    """Return how many stood in a line at the moment when fewest did, at the most that the order within it allows."""
    level = np.searchsorted(np.sort(entered), moments, "right") - np.searchsorted(
        np.sort(left), moments, "left"
    )
    return int(np.min(level))


def overtaken(since: Column, entered: Column, left: Column, taken: Column, again: Column) -> bool:
    """Tell whether somebody was taken out of a line while one who has a better place stood in it all along.

    Args:
        since: the moment that the place in the line counts from; the smaller, the better.
        entered: the moment of joining the line, which is `since` but for those who stand in it `again`.
        left: the moment of leaving it.
        taken: the moment at which the rule asks for the best place; `inf` for those whom it does not concern.
        again: true for those who were taken before and came back to their place.
    """
    order = np.argsort(since, kind="stable")
    since, entered, left, taken, again = (column[order] for column in (since, entered, left, taken, again))
    # Of two who came once the better placed one came earlier, and must have left when the other is taken.
    latest = np.append(-np.inf, np.maximum.accumulate(np.where(again, -np.inf, left)))
    late = np.flatnonzero(taken < latest[:-1])
    better = np.searchsorted(
        since, since[late]
    )  # so many have a better place; those of the same moment have none
    if np.any(taken[late] < latest[better]):
        return True
    if not np.any(again):
        return False
    # Those who stand in it again: nobody with a worse place may be taken in the meantime.
    queue = np.argsort(taken, kind="stable")
    first = np.searchsorted(taken[queue], entered[again], "right")
    stop = np.searchsorted(taken[queue], left[again], "left")
    some = first < stop
    ranges = np.stack([first[some], stop[some]], axis=1).ravel()
    worst = np.maximum.reduceat(np.append(since[queue], -np.inf), ranges)[::2]
    return bool(np.any(worst > since[again][some]))
