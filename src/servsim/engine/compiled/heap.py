"""The events to come, in the order (time, key): a heap in which each event has up to four below it; and the key.

Four rather than two because that is flatter: a tenth of the whole run is won.
"""

from __future__ import annotations

from typing import Any

from ...network.kinds import ATTEMPT_BITS, CHANNEL_BITS, CUSTOMER_BITS, STEP_BITS
from .layout import compiled, event_at, inlined, state_at

__all__ = ["kind_of", "order", "plan", "take_first"]

KIND_SHIFT = CHANNEL_BITS + CUSTOMER_BITS + ATTEMPT_BITS + STEP_BITS
MIDDLE = 5  # taken from the kind, so that `pack` of network.kinds fits a signed number in the same order


@inlined
def order(kind: int, channel: int, customer: int, attempt: int, step: int) -> int:
    """Return the order of an event among those of one instant; as `network.kinds.pack`, less a constant."""
    rest = (channel << CUSTOMER_BITS | customer) << ATTEMPT_BITS | attempt
    return (kind - MIDDLE) << KIND_SHIFT | rest << STEP_BITS | step


@inlined
def kind_of(key: int) -> int:
    """Return the kind of event that a key says."""
    return (key >> KIND_SHIFT) + MIDDLE


@inlined
def _earlier(event: Any, time: float, key: int) -> bool:
    return event.time < time or (event.time == time and event.key < key)


@inlined
def _put(event: Any, time: float, key: int, what: int, stamp: int) -> None:
    event.time = time
    event.key = key
    event.what = what
    event.stamp = stamp


@compiled
def plan(w: int, time: float, key: int, what: int, stamp: int) -> None:
    """Put an event on the heap: `what` moves then, if it still bears the `stamp`."""
    state = state_at(w, 0)
    hole = state.pending
    state.pending += 1
    _rise(w, hole, time, key, what, stamp)


@inlined
def _rise(w: int, hole: int, time: float, key: int, what: int, stamp: int) -> None:
    """Put an event at an empty place or above it."""
    while hole > 0:
        above = (hole - 1) >> 2
        event = event_at(w, above)
        if _earlier(event, time, key):
            break
        _put(event_at(w, hole), event.time, event.key, event.what, event.stamp)
        hole = above
    _put(event_at(w, hole), time, key, what, stamp)


@inlined
def _first_of(w: int, a: int, b: int) -> int:
    one, other = event_at(w, a), event_at(w, b)
    return b if (other.time < one.time) | ((other.time == one.time) & (other.key < one.key)) else a


@compiled
def take_first(w: int) -> None:
    """Take the first event off the heap; the last one fills the hole that has sunk to the bottom."""
    state = state_at(w, 0)
    state.pending -= 1
    size, hole, child = state.pending, 0, 1
    while child + 3 < size:
        child = _first_of(w, _first_of(w, child, child + 1), _first_of(w, child + 2, child + 3))
        event = event_at(w, child)
        _put(event_at(w, hole), event.time, event.key, event.what, event.stamp)
        hole = child
        child = 4 * hole + 1
    if child < size:
        best = child
        for other in range(child + 1, size):
            best = _first_of(w, best, other)
        event = event_at(w, best)
        _put(event_at(w, hole), event.time, event.key, event.what, event.stamp)
        hole = best
    last = event_at(w, size)
    _rise(w, hole, last.time, last.key, last.what, last.stamp)
