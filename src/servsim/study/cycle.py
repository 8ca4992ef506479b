"""Whether a scenario's world stays as it is: how long until what is planned repeats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..network.network import Floats, Ints, Network
from ..units import DAY

__all__ = ["WEEK", "cycle_of"]

WEEK = 7 * DAY
SAME = 1e-9  # relative difference of two rates that are one, worked out in two ways

Steps = tuple[Floats, Floats]  # times, ascending from 0 or before, and the level from each on


def cycle_of(network: Network) -> float:
    """Return the length of the shortest cycle in which rates, staff, hours and outages repeat, in seconds.

    0 where nothing changes within the clock, a day, or a week (7 days); infinite where none of these fits. A clock
    that is no longer than a cycle cannot speak against it. Exact times of arrival never repeat; a random factor on
    the volume of each day, and durations by time of day, make a cycle of a day.
    """
    if network.channels.time_offset[-1] > 0:
        return math.inf
    plans = list(_plans(network))
    by_day = bool(
        (network.channels.day_factor >= 0).any() or (np.diff(network.samplers.slot_offset) > 1).any()
    )
    if not by_day and all(_is_constant(plan, network.length) for plan in plans):
        return 0.0
    fitting = (p for p in (DAY, WEEK) if all(_repeats(plan, p, network.length) for plan in plans))
    return next(fitting, math.inf)


def _plans(network: Network) -> Iterator[Steps]:
    """Yield everything that is planned over the clock as levels in time."""
    channels, calendars, pools, bots = network.channels, network.calendars, network.pools, network.bots
    rate = channels.segment_volume / (channels.segment_end - channels.segment_start)
    for part in _parts(channels.segment_offset):
        yield _steps(channels.segment_start[part], channels.segment_end[part], rate[part])
    used = np.concatenate([channels.calendar, network.steps.calendar, network.returns.calendar.ravel()])
    for number, part in enumerate(_parts(calendars.offset)):
        if number in used:
            yield _steps(calendars.start[part], calendars.end[part], np.ones(part.stop - part.start))
    for part in _parts(bots.outage_offset):
        yield _steps(bots.outage_start[part], bots.outage_end[part], np.ones(part.stop - part.start))
    for part in _parts(pools.roster_offset):
        for agents in (pools.roster_present, pools.roster_paid):
            yield pools.roster_time[part], agents[part].astype(np.float64)


def _parts(offset: Ints) -> Iterator[slice]:
    return (slice(int(a), int(b)) for a, b in pairwise(offset))


def _steps(starts: Floats, ends: Floats, levels: Floats) -> Steps:
    """Return spans that do not overlap, each with a level, as levels in time: 0 where there is no span."""
    times = np.unique(np.concatenate([[0.0], starts, ends]))
    held = np.zeros(len(times))
    held[np.searchsorted(times, starts)] = levels
    return times, held


def _is_constant(plan: Steps, length: float) -> bool:
    levels = _at(plan, plan[0][(plan[0] > 0) & (plan[0] < length)])
    return np.allclose(levels, _at(plan, np.zeros(1)), rtol=SAME, atol=0.0)


def _repeats(plan: Steps, period: float, length: float) -> bool:
    """Tell whether the level at every time is that one period later, as far as the clock goes."""
    times = np.unique(np.concatenate([[0.0], plan[0], plan[0] - period]))
    times = times[(times >= 0) & (times < length - period)]
    return np.allclose(_at(plan, times), _at(plan, times + period), rtol=SAME, atol=0.0)


def _at(plan: Steps, times: Floats) -> Floats:
    levels: Floats = plan[1][np.searchsorted(plan[0], times, side="right") - 1]
    return levels
