"""Everything random in one replication, asked by what it decides; no state, so any order of asking is right."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..draws import combine, quantile, stream_key, uniform
from ..network import Network
from ..network.network import Floats, Ints

__all__ = ["Chance"]

Ways = tuple[list[float], list[int]]  # cumulative shares, and the targets they lead to
DAY = 86400.0


class Chance:
    """The draws of one (network, seed, replication), and the calendar arithmetic that delays need."""

    def __init__(self, network: Network, seed: int, replication: int) -> None:
        self.network = network
        streams = network.streams

        def keys(hashes: np.ndarray) -> list[int]:
            return [stream_key(seed, replication, int(h)) for h in hashes.ravel()]

        self.arrival_keys, self.reason_keys = keys(streams.arrival), keys(streams.reason)
        self.patience_keys, self.queue_patience_keys = keys(streams.patience), keys(streams.queue_patience)
        self.start_keys = keys(streams.start)
        self.time_keys, self.wrap_up_keys, self.next_keys = (
            keys(streams.time),
            keys(streams.wrap_up),
            keys(streams.next),
        )
        self.come_back_keys, self.after_keys = keys(streams.come_back), keys(streams.come_back_after)
        self.up_keys, self.down_keys = keys(streams.bot_up), keys(streams.bot_down)
        self.factor_keys = keys(streams.day_factor)
        self._samplers = _sampler_rows(network)
        self._table = network.samplers.table
        self._start = _start_rows(network)
        self._next = _next_rows(network)
        self._calendars = _calendar_rows(network)

    def customer(self, channel: int, number: int) -> int:
        """Return the key by which all draws of a customer are found, whatever else the scenario holds."""
        return combine(int(self.network.streams.customer[channel]), number)

    def sample(self, sampler: int, u: float, reason: int, arrived: float, start: float) -> float:
        """Return the sampler's quantile at u for a contact that arrived and a step that starts at these times."""
        slots, rows = self._samplers[sampler]
        at_arrival, choices = rows[reason]
        slot = 0
        if len(slots) > 1:
            second = math.fmod(self.network.start_of_day + (arrived if at_arrival else start), DAY)
            slot = (bisect_right(slots, second) - 1) % len(
                slots
            )  # before the first change the last one holds
        kind, a, b, c, first, length = choices[slot]
        return quantile(kind, a, b, c, self._table, first, length, u)

    def start(self, channel: int, customer: int, attempt: int) -> int:
        """Return the step with which a contact of the channel starts."""
        return _drawn(self._start[channel], self.start_keys[channel], customer, attempt, 0)

    def next_target(self, step: int, reason: int, customer: int, attempt: int, index: int) -> int:
        """Return where a contact goes after the step: a step, or -1 - End."""
        return _drawn(self._next[step][reason], self.next_keys[step], customer, attempt, index)

    def reason(self, channel: int, customer: int) -> int:
        """Return the contact reason of a customer."""
        shares = self.network.channels.reason_share[channel]
        return int(np.searchsorted(shares, uniform(self.reason_keys[channel], customer, 0, 0), side="right"))

    def arrivals(self, channel: int) -> Iterator[tuple[float, int]]:
        """Yield (time, reason or -1) of each first arrival in order.

        A unit-rate Poisson stream, stretched by the cumulative rate: with more volume the same customers come sooner.
        Source: Çinlar 1975, Introduction to Stochastic Processes, time change of a Poisson process.
        """
        c = self.network.channels
        exact = slice(c.time_offset[channel], c.time_offset[channel + 1])
        yield from zip(c.time[exact].tolist(), c.time_reason[exact].tolist(), strict=True)
        level, number, below = 0.0, 0, 0.0
        for start, last, volume, length in self.segments(channel):
            above = below + volume
            while True:
                gap = quantile(
                    1, 1.0, 0.0, 0.0, self._table, 0, 0, uniform(self.arrival_keys[channel], number, 0, 0)
                )
                if level + gap >= above:
                    break
                level, number = level + gap, number + 1
                yield min(start + (level - below) / volume * length, last), -1
            below = above

    def segments(self, channel: int) -> list[tuple[float, float, float, float]]:
        """Return (start, last moment, mean number in this replication, length) of the channel's arrival segments."""
        c = self.network.channels
        part = slice(c.segment_offset[channel], c.segment_offset[channel + 1])
        starts, ends = c.segment_start[part].tolist(), c.segment_end[part].tolist()
        days, volumes = c.segment_day[part].tolist(), c.segment_volume[part].tolist()
        factor = int(c.day_factor[channel])
        factors = {day: self._day_factor(factor, day) if factor >= 0 else 1.0 for day in sorted(set(days))}
        return [
            (start, math.nextafter(end, 0.0), volume * factors[day], end - start)
            for start, end, volume, day in zip(starts, ends, volumes, days, strict=True)
            if volume * factors[day] > 0
        ]

    def _day_factor(self, factor: int, day: int) -> float:
        u = uniform(self.factor_keys[factor], day, 0, 0)
        return self.sample(int(self.network.day_factor[factor]), u, 0, 0.0, 0.0)

    def is_open(self, calendar: int, time: float) -> bool:
        """Tell whether a calendar (-1: always) is open at a time."""
        if calendar < 0:
            return True
        starts, ends, _ = self._calendars[calendar]
        i = bisect_right(starts, time) - 1
        return i >= 0 and time < ends[i]

    def later(self, calendar: int, time: float, delay: float) -> float:
        """Return when a delay that passes only in open hours is over; infinity past the last span."""
        if calendar < 0 or delay == 0:
            return time + delay
        starts, ends, before = self._calendars[calendar]
        if not starts or delay == math.inf:
            return math.inf
        i = bisect_right(starts, time) - 1
        done = (before[i] + (min(time, ends[i]) - starts[i]) if i >= 0 else 0.0) + delay
        if done > before[-1] + (ends[-1] - starts[-1]):
            return math.inf
        j = (
            bisect_left(before, done) - 1
        )  # a delay that is over just when a span closes ends then, not at the next opening
        return max(min(starts[j] + (done - before[j]), ends[j]), time)


def _sampler_rows(
    network: Network,
) -> list[tuple[list[float], list[tuple[bool, list[tuple[int, float, float, float, int, int]]]]]]:
    """Return for each sampler its slots, and for each reason whether it looks at the arrival and its choice by slot."""
    s = network.samplers
    params = [tuple(row) for row in s.params.tolist()]
    choices = [
        (int(kind), a, b, c, int(start), int(length))
        for kind, (a, b, c), start, length in zip(s.kind, params, s.table_start, s.table_length, strict=True)
    ]
    result = []
    for i in range(len(s.first_row)):
        slots = s.slot_time[s.slot_offset[i] : s.slot_offset[i + 1]].tolist()
        rows = []
        for reason in range(s.at_arrival.shape[1]):
            first = int(s.first_row[i]) + reason * len(slots)
            rows.append(
                (
                    bool(s.at_arrival[i, reason]),
                    [choices[int(row)] for row in s.row[first : first + len(slots)]],
                )
            )
        result.append((slots, rows))
    return result


def _drawn(ways: Ways, key: int, customer: int, attempt: int, index: int) -> int:
    """Return one of the targets; where there is only one, nothing is drawn."""
    shares, targets = ways
    if len(targets) == 1:
        return targets[0]
    return targets[bisect_right(shares, uniform(key, customer, attempt, index))]


def _rows(offset: Ints, share: Floats, target: Ints) -> list[Ways]:
    """Return ragged lists of shares and targets one by one."""
    parts = [slice(a, b) for a, b in pairwise(offset.tolist())]
    return [(share[part].tolist(), target[part].tolist()) for part in parts]


def _start_rows(network: Network) -> list[Ways]:
    """Return for each channel where its contacts start."""
    channels = network.channels
    return _rows(channels.start_offset, channels.start_share, channels.start_target)


def _next_rows(network: Network) -> list[list[Ways]]:
    """Return for each step and reason where contacts go next."""
    steps, reasons = network.steps, len(network.names.reasons)
    rows = _rows(steps.next_offset, steps.next_share, steps.next_target)
    return [rows[i : i + reasons] for i in range(0, len(rows), reasons)]


def _calendar_rows(network: Network) -> list[tuple[list[float], list[float], list[float]]]:
    c = network.calendars
    offset = c.offset.tolist()
    parts = [slice(a, b) for a, b in pairwise(offset)]
    return [(c.start[p].tolist(), c.end[p].tolist(), c.before[p].tolist()) for p in parts]
