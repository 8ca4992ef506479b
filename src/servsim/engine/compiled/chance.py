"""What is random and what calendars decide, for the kernel: the compiled twin of `engine.chance`."""

from __future__ import annotations

import math
from typing import Any

from ...draws.kernel import EMPIRICAL, EXPONENTIAL, combine, formula_quantile, quantile, uniform
from .layout import (
    at_arrival_at,
    calendar_at,
    channel_at,
    choice_at,
    compiled,
    distribution_at,
    inlined,
    moment_at,
    numbers,
    reason_share_at,
    sampler_at,
    segment_at,
    slot_at,
    span_at,
    state_at,
    step_at,
    time_slot_at,
    way_at,
    ways_at,
)

__all__ = [
    "draw_reason",
    "duration",
    "first_target",
    "is_open",
    "later",
    "new_customer",
    "next_arrival",
    "next_target",
    "sample",
]

DAY = 86400.0


@compiled
def sample(w: int, sampler: int, u: float, reason: int, arrived: float, start: float) -> float:
    """Return the sampler's quantile at u for a contact that arrived and a step that starts at these times."""
    s = sampler_at(w, sampler)
    place = s.row + reason * s.slots
    if s.slots > 1:
        state = state_at(w, 0)
        moment = arrived if at_arrival_at(w, sampler * state.reasons + reason).yes else start
        place += _slot_of(w, s, (state.start_of_day + moment) % DAY)
    d = distribution_at(w, choice_at(w, place).distribution)
    if d.kind < EMPIRICAL:
        return formula_quantile(d.kind, d.a, d.b, d.c, u)
    return quantile(d.kind, d.a, d.b, d.c, numbers(w), d.start, d.length, u)


@compiled
def _slot_of(w: int, sampler: Any, second: float) -> int:
    """Return the time slot that a second of the day lies in; before the first change the last one holds."""
    low, high = 0, sampler.slots
    while low < high:
        middle = (low + high) >> 1
        if second < time_slot_at(w, sampler.slot + middle).time:
            high = middle
        else:
            low = middle + 1
    return low - 1 if low > 0 else sampler.slots - 1


@inlined
def duration(w: int, who: int, key: int, sampler: int) -> float:
    """Draw how long something takes that begins now, for the contact in a slot at its step."""
    s = slot_at(w, who)
    u = uniform(key, s.key, s.attempt, s.index)
    return sample(w, sampler, u, s.reason, s.arrived, state_at(w, 0).now)


@compiled
def first_target(w: int, who: int) -> int:
    """Draw the step with which a contact starts."""
    s = slot_at(w, who)
    c = channel_at(w, s.channel)
    return _drawn(w, c.start, c.starts, c.start_key, s, 0)


@compiled
def next_target(w: int, who: int) -> int:
    """Draw where a contact goes from its step: a step, or -1 - End."""
    s = slot_at(w, who)
    ways = ways_at(w, s.step * state_at(w, 0).reasons + s.reason)
    return _drawn(w, ways.first, ways.count, step_at(w, s.step).next_key, s, s.index)


@inlined
def _drawn(w: int, first: int, count: int, key: int, s: Any, index: int) -> int:
    """Return the target of one of the ways; where there is only one, nothing is drawn."""
    place = first
    if count > 1:
        u = uniform(key, s.key, s.attempt, index)
        while u >= way_at(w, place).share:
            place += 1
    return way_at(w, place).target


@compiled
def new_customer(w: int, channel: int, number: int) -> int:
    """Return the key by which all draws of a customer are found."""
    return combine(channel_at(w, channel).customer, number)


@compiled
def draw_reason(w: int, channel: int, customer: int) -> int:
    """Return the contact reason of a customer."""
    reasons = state_at(w, 0).reasons
    if reasons == 1:
        return 0
    u = uniform(channel_at(w, channel).reason_key, customer, 0, 0)
    reason = 0
    while u >= reason_share_at(w, channel * reasons + reason).share:
        reason += 1
    return reason


@compiled
def next_arrival(w: int, channel: int) -> float:
    """Return the time of the channel's next first arrival (infinity: none) and note its reason (-1: drawn)."""
    c = channel_at(w, channel)
    if c.time < c.times_end:
        exact = moment_at(w, c.time)
        c.time += 1
        c.reason = exact.reason
        return exact.time
    c.reason = -1
    while c.segment < c.segments_end:
        part = segment_at(w, c.segment)
        u = uniform(c.arrival_key, c.gaps, 0, 0)
        level = c.level + formula_quantile(EXPONENTIAL, 1.0, 0.0, 0.0, u)
        if level < c.below + part.volume:
            c.level = level
            c.gaps += 1
            return min(part.start + (level - c.below) / part.volume * part.length, part.last)
        c.below += part.volume
        c.segment += 1
    return math.inf


@inlined
def is_open(w: int, calendar: int, time: float) -> bool:
    """Tell whether a calendar (-1: always) is open at a time."""
    if calendar < 0:
        return True
    c = calendar_at(w, calendar)
    place = _span_begun(w, c, time)
    return place >= 0 and time < span_at(w, c.span + place).end


@compiled
def _span_begun(w: int, calendar: Any, time: float) -> int:
    """Return the last span that begins at a time or before it, -1 for none."""
    low, high = 0, calendar.spans
    while low < high:
        middle = (low + high) >> 1
        if time < span_at(w, calendar.span + middle).start:
            high = middle
        else:
            low = middle + 1
    return low - 1


@compiled
def later(w: int, calendar: int, time: float, delay: float) -> float:
    """Return when a delay that passes only in open hours is over; infinity past the last span."""
    if calendar < 0 or delay == 0.0:
        return time + delay
    c = calendar_at(w, calendar)
    if c.spans == 0 or delay == math.inf:
        return math.inf
    place = _span_begun(w, c, time)
    done = delay
    if place >= 0:
        begun = span_at(w, c.span + place)
        done = (begun.before + (min(time, begun.end) - begun.start)) + delay
    final = span_at(w, c.span + c.spans - 1)
    if done > final.before + (final.end - final.start):
        return math.inf
    over = span_at(w, c.span + _span_reaching(w, c, done))
    return max(min(over.start + (done - over.before), over.end), time)


@compiled
def _span_reaching(w: int, calendar: Any, done: float) -> int:
    """Return the last span with less open time before it than `done`: what is over at a closing ends then."""
    low, high = 0, calendar.spans
    while low < high:
        middle = (low + high) >> 1
        if span_at(w, calendar.span + middle).before < done:
            low = middle + 1
        else:
            high = middle
    return low - 1
