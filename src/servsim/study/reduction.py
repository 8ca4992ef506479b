"""Whether a queue of a scenario is one that formulas know: who comes to it, how long service takes, who serves.

What is accepted. Arrivals: Poisson at one rate over the whole clock; several channels may feed a queue, and shares may
lead part of their contacts to it. Before the queue a contact may pass bots that are never full or down and delays that
run day and night, with times that do not depend on the time of day: these are infinite-server stations, which in the
steady state let a Poisson stream out (Mirasol 1963), as do shares drawn independently. A contact visits the queue at
most once, and no other queue before it. Nobody comes back after a bad end. One pool of constant size serves it, at once
and not only after a wait; other queues of that pool must fit as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..draws import kernel
from ..draws.distributions import Distribution
from ..measure.service_level import Words, said_by
from ..network import Network
from ..network.kinds import End, StepKind
from ..network.network import Ints
from ..scenario.durations import Dist
from ..scenario.model import Model, Step
from .first_look import expected_visits

__all__ = ["InTheWay", "Law", "Line", "Station", "station_of"]

SAME = 1e-9  # relative difference of two numbers that are one, worked out in two ways


class InTheWay(Exception):
    """What keeps a queue from being one that formulas know, as a plain sentence without a full stop."""


@dataclass(frozen=True)
class Law:
    """Service, wrap-up included: mean and variance (s, s²), and whether it is exponential."""

    mean: float
    variance: float
    exponential: bool

    @property
    def cv(self) -> float:
        """The coefficient of variation."""
        return math.sqrt(self.variance) / self.mean


@dataclass(frozen=True)
class Line:
    """A queue at its pool.

    Attributes:
        queue: its name.
        rank: the smaller, the sooner served; queues of one rank are served as one line.
        rate: contacts per second that come to it.
        law: their service.
        patience: mean (s) of exponential patience; infinite where nobody gives up, NaN where it is not exponential.
        room: most contacts that may wait, or infinite.
        lines: trunk lines that bind before the room does, or infinite; those turned away there never reach the queue.
        channel: the channel that has these lines, "" without them.
        words: threshold and rules of its service level; None where its contacts' channels differ.
    """

    queue: str
    rank: tuple[int, int]
    rate: float
    law: Law
    patience: float
    room: float
    lines: float
    channel: str
    words: Words | None


@dataclass(frozen=True)
class Station:
    """A pool of constant size and the queues that it serves, the most urgent first."""

    pool: str
    agents: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Stream:
    """Contacts of one reason and channel that come to a queue at one step: rate per second."""

    channel: int
    reason: int
    step: int
    rate: float


def station_of(model: Model, network: Network, queue: str) -> Station:
    """Return the pool that serves a queue, with all its queues. Raises InTheWay where formulas do not know these."""
    number = network.names.queues.index(queue)
    found = _streams(network, number)
    if not found:
        raise InTheWay("no contact ever comes to it")
    pool = _pool(network, number)
    lines = [_line(model, network, pool, number, found)]  # its own troubles are told first
    for other in _served(network, pool):
        if other != number and (more := _streams(network, other)):
            lines.append(_neighbour(model, network, pool, other, more))
    agents = _agents(network, pool)
    return Station(network.names.pools[pool], agents, tuple(sorted(lines, key=lambda line: line.rank)))


def _neighbour(model: Model, network: Network, pool: int, queue: int, found: list[_Stream]) -> Line:
    """Return another queue of the same pool."""
    try:
        _pool(network, queue)
        return _line(model, network, pool, queue, found)
    except InTheWay as reason:
        name = network.names.queues[queue]
        raise InTheWay(f"its agents serve {name!r} too, and there: {reason}") from None


# --- arrivals --------------------------------------------------------------------------------------------------------


def _streams(network: Network, queue: int) -> list[_Stream]:
    """Return who comes to a queue; `rate` is still in contacts of the whole clock per second."""
    channels, steps = network.channels, network.steps
    mine = np.flatnonzero((steps.kind == StepKind.QUEUE) & (steps.resource == queue))
    found = []
    for channel in range(len(network.names.channels)):
        rate = _mean_rate(network, channel)
        shares = np.diff(channels.reason_share[channel], prepend=0.0)
        for reason in np.flatnonzero(shares > 0).tolist() if rate > 0 else ():
            visits = expected_visits(network, channel, reason)
            some = (step for step in mine.tolist() if visits[step] > 0)
            found += [_Stream(channel, reason, s, rate * float(shares[reason] * visits[s])) for s in some]
    return found


def _segments(network: Network, channel: int) -> slice:
    return slice(*network.channels.segment_offset[channel : channel + 2])


def _mean_rate(network: Network, channel: int) -> float:
    """Return the contacts that a channel expects, exact times included, per second."""
    volume = float(network.channels.segment_volume[_segments(network, channel)].sum())
    exact = np.diff(network.channels.time_offset)[channel]
    return (volume + float(exact)) / network.length


def _check_arrivals(model: Model, network: Network, channel: int) -> None:
    """See that a channel's contacts come as a Poisson stream of one rate over the whole clock."""
    name, part = network.names.channels[channel], network.channels
    if np.diff(part.time_offset)[channel]:
        raise InTheWay(f"the contacts of {name!r} come at exact times")
    if part.day_factor[channel] >= 0:
        raise InTheWay(f"the volume of {name!r} has a random day factor")
    own = _segments(network, channel)
    lengths = part.segment_end[own] - part.segment_start[own]
    rates = part.segment_volume[own] / lengths
    if abs(float(lengths.sum()) - network.length) > SAME * network.length:
        closed = model.channels[name].open != "always"
        raise InTheWay(
            f"{name!r} is not always open" if closed else f"the arrivals of {name!r} change with time"
        )
    if np.ptp(rates) > SAME * np.max(rates):
        raise InTheWay(f"the arrivals of {name!r} change with time")


def _check_returns(network: Network, feeding: set[int]) -> None:
    """See that nobody comes back to the channels that feed a queue; an end that cannot happen counts for nothing."""
    returns = network.returns
    for channel, name in enumerate(network.names.channels):
        for end in np.flatnonzero(returns.share[channel] > 0).tolist():
            comes_to = int(returns.channel[channel, end])
            if comes_to in feeding and _may_end(network, channel, end):
                raise InTheWay(f"customers of {name!r} come back after {End(end).name.lower()} ends")


def _may_end(network: Network, channel: int, end: int) -> bool:
    """Tell whether contacts of a channel may have this end."""
    channels, queues, steps, bots = network.channels, network.queues, network.steps, network.bots
    if end == End.CLOSED:
        return bool(channels.calendar[channel] >= 0 and _mean_rate(network, channel) > 0)
    reached = _reached(network, channel)
    at = np.array(sorted(reached), dtype=np.int64)
    at_queues = steps.resource[at[steps.kind[at] == StepKind.QUEUE]]
    if end == End.BLOCKED:
        at_bots = steps.resource[at[steps.kind[at] == StepKind.BOT]]
        down = (np.diff(bots.outage_offset) > 0) | (bots.up >= 0)
        turned_away = (bots.sessions >= 0) | down
        rooms = (queues.room[at_queues] >= 0).any() or turned_away[at_bots].any()
        return bool(channels.lines[channel] >= 0 or rooms)
    if end == End.ABANDONED and (channels.patience[channel] >= 0 or (queues.patience[at_queues] >= 0).any()):
        return True
    ways = (_ways(network, int(step), reason) for step in at for reason in range(len(network.names.reasons)))
    return any(-1 - end in targets for targets in ways)


# --- the way to a queue ----------------------------------------------------------------------------------------------


def _ways(network: Network, step: int, reason: int) -> list[int]:
    """Return where contacts of a reason may go from a step: steps, or -1 - End."""
    steps = network.steps
    row = step * len(network.names.reasons) + reason
    own = slice(*steps.next_offset[row : row + 2])
    shares = np.diff(steps.next_share[own], prepend=0.0)
    return [int(target) for target in steps.next_target[own][shares > 0]]


def _reached(network: Network, channel: int) -> set[int]:
    """Return all steps that contacts of a channel may come to."""
    shares = np.diff(network.channels.reason_share[channel], prepend=0.0)
    some = (expected_visits(network, channel, int(r)) > 0 for r in np.flatnonzero(shares > 0))
    return {int(step) for visits in some for step in np.flatnonzero(visits)}


def _after(network: Network, step: int, reason: int) -> set[int]:
    """Return all steps that a contact of a reason may come to after a step."""
    found: set[int] = set()
    todo = [step]
    while todo:
        new = [target for target in _ways(network, todo.pop(), reason) if target >= 0 and target not in found]
        found.update(new)
        todo += new
    return found


def _check_way(model: Model, network: Network, queue: int, stream: _Stream) -> None:
    """See that what lies before the queue lets a Poisson stream out, and that a contact comes there once."""
    steps, names = network.steps, network.names
    visits = expected_visits(network, stream.channel, stream.reason)
    for step in np.flatnonzero(visits > 0).tolist():
        targets = [s for s in _after(network, step, stream.reason) if _is_at(network, s, queue)]
        if not targets:
            continue
        if _is_at(network, step, queue):
            raise InTheWay(f"contacts come to it again after {names.steps[step]!r}")
        if steps.kind[step] == StepKind.QUEUE:
            raise InTheWay(f"its contacts come from the queue of {names.steps[step]!r}")
        part = _step(model, network, step)
        own = part.by_reason.get(names.reasons[stream.reason])
        _check_before(model, names.steps[step], part, (own and own.time) or part.time or part.delay)


def _check_before(model: Model, name: str, part: Step, time: Dist | None) -> None:
    """See that a bot or delay before the queue is an infinite-server station."""
    if part.bot is not None:
        bot = model.bots[part.bot]
        if bot.sessions is not None:
            raise InTheWay(f"the bot {part.bot!r} before it may be full")
        if bot.outages:
            raise InTheWay(f"the bot {part.bot!r} before it may be down")
    if part.during != "always":
        raise InTheWay(f"the delay {name!r} before it runs in some hours only")
    if time is not None and len(time.times()) > 1:
        raise InTheWay(f"the time of {name!r} before it changes with the time of day")


def _is_at(network: Network, step: int, queue: int) -> bool:
    return bool(network.steps.kind[step] == StepKind.QUEUE and network.steps.resource[step] == queue)


def _step(model: Model, network: Network, number: int) -> Step:
    flow, _, step = network.names.steps[number].partition("/")
    return model.flows[flow].steps[step]


# --- the pool --------------------------------------------------------------------------------------------------------


def _pool(network: Network, queue: int) -> int:
    """Return the one pool that serves a queue."""
    queues, name = network.queues, network.names.queues[queue]
    own = slice(*queues.pool_offset[queue : queue + 2])
    if len(queues.pool[own]) != 1:
        raise InTheWay(f"{len(queues.pool[own])} pools serve {name!r}")
    if queues.pool_after[own][0] > 0:
        raise InTheWay(f"its agents may take the contacts of {name!r} only after a wait")
    return int(queues.pool[own][0])


def _served(network: Network, pool: int) -> list[int]:
    pools = network.pools
    served: Ints = pools.skill_queue[slice(*pools.skill_offset[pool : pool + 2])]
    return [int(queue) for queue in served]


def _agents(network: Network, pool: int) -> int:
    """Return the number of agents present, the same over the whole clock."""
    pools = network.pools
    own = slice(*pools.roster_offset[pool : pool + 2])
    times, present = pools.roster_time[own], pools.roster_present[own]
    within = present[(times < network.length) | (times <= 0)]
    if len(within) == 0 or times[0] > 0 or np.ptp(within) > 0:
        raise InTheWay(f"the staff of {network.names.pools[pool]!r} changes over time")
    if within[0] == 0:
        raise InTheWay(f"nobody is ever there in {network.names.pools[pool]!r}")
    return int(within[0])


# --- one queue -------------------------------------------------------------------------------------------------------


def _line(model: Model, network: Network, pool: int, queue: int, found: list[_Stream]) -> Line:
    """Return a queue as formulas see it."""
    feeding = {stream.channel for stream in found}
    for channel in sorted(feeding):
        _check_arrivals(model, network, channel)
    _check_returns(network, feeding)
    for stream in found:
        _check_way(model, network, queue, stream)
    skills = network.pools
    skill = int(skills.skill_offset[pool]) + _served(network, pool).index(queue)
    if network.queues.head_start[queue] > 0 and len(_served(network, pool)) > 1:
        raise InTheWay(f"{network.names.queues[queue]!r} has a head start against the others")
    name = network.names.queues[queue]
    lines, holder = _lines(model, network, queue, found, _agents(network, pool))
    return Line(
        queue=name,
        rank=(-int(network.queues.priority[queue]), int(skills.skill_rank[skill])),
        rate=math.fsum(stream.rate for stream in found),
        law=_law(model, network, found, float(skills.skill_speed[skill])),
        patience=_patience(model, network, queue, found),
        room=math.inf if network.queues.room[queue] < 0 else float(network.queues.room[queue]),
        lines=lines,
        channel=holder,
        words=_words(model, name, [network.names.channels[c] for c in sorted(feeding)]),
    )


def _law(model: Model, network: Network, found: list[_Stream], speed: float) -> Law:
    """Return the law of service, a mixture over those who come."""
    total = math.fsum(stream.rate for stream in found)
    parts = [(stream.rate / total, _service(model, network, stream)) for stream in found]
    mean = math.fsum(share * law.mean for share, law in parts) / speed
    if mean <= 0:
        raise InTheWay("service takes no time")
    square = math.fsum(share * (law.variance + law.mean**2) for share, law in parts) / speed**2
    first = parts[0][1]
    same = all(law.exponential and math.isclose(law.mean, first.mean, rel_tol=SAME) for _, law in parts)
    return Law(mean, max(square - mean**2, 0.0), same)


def _service(model: Model, network: Network, stream: _Stream) -> Law:
    """Return talk and wrap-up of contacts that come the same way, at normal speed."""
    step, reason = _step(model, network, stream.step), network.names.reasons[stream.reason]
    own = step.by_reason.get(reason)
    wanted = ((own and own.time) or step.time, (own and own.wrap_up) or step.wrap_up)
    parts = [_plain(dist, reason, network.names.steps[stream.step]) for dist in wanted if dist is not None]
    some = [part for part in parts if part.mean() > 0]
    mean, variance = (
        math.fsum(values) for values in zip(*((p.mean(), p.variance()) for p in parts), strict=True)
    )
    return Law(mean, variance, len(some) == 1 and _is_exponential(some[0]))


def _plain(dist: Dist, reason: str, step: str) -> Distribution:
    if len(dist.times()) > 1:
        raise InTheWay(f"the service of {step!r} changes with the time of day")
    return dist.pick(reason, 0.0)


def _is_exponential(found: Distribution) -> bool:
    return found.kind == kernel.EXPONENTIAL and found.shift == 0


def _patience(model: Model, network: Network, queue: int, found: list[_Stream]) -> float:
    """Return the mean of the patience, which all who come must have in common; NaN where it is not exponential."""
    means = {_patience_of(model, network, queue, stream) for stream in found}
    return means.pop() if len(means) == 1 else math.nan


def _patience_of(model: Model, network: Network, queue: int, stream: _Stream) -> float:
    channel = network.names.channels[stream.channel]
    dist = model.queues[network.names.queues[queue]].patience
    if dist is None:
        live = network.channels.live[stream.channel] and network.steps.live[stream.step]
        dist = model.channels[channel].patience if live else None
    if dist is None or dist.never:
        return math.inf
    if len(dist.times()) > 1:
        return math.nan
    law = dist.pick(network.names.reasons[stream.reason], 0.0)
    return law.mean() if _is_exponential(law) and law.mean() > 0 else math.nan


def _lines(
    model: Model, network: Network, queue: int, found: list[_Stream], agents: int
) -> tuple[float, str]:
    """Return the trunk lines that bind, and the channel that has them.

    A line is held as long as the contact is at the queue or served where that is all it does while it holds the line,
    and no wrap-up keeps the agent after it.
    """
    for channel in sorted({stream.channel for stream in found}):
        name, lines = network.names.channels[channel], int(network.channels.lines[channel])
        if lines < 0:
            continue
        holding = [s for s in _reached(network, channel) if network.steps.live[s]]
        alone = len({stream.channel for stream in found}) == 1
        wrap_up = any((network.steps.wrap_up[s] >= 0) for s in holding)
        if not (alone and all(_is_at(network, s, queue) for s in holding)) or wrap_up or not holding:
            raise InTheWay(f"the lines of {name!r} are held by more than those who wait here or are served")
        room = int(network.queues.room[queue])
        return (math.inf, "") if 0 <= room < lines - agents else (float(lines), name)
    return math.inf, ""


def _words(model: Model, queue: str, channels: list[str]) -> Words | None:
    """Return what the service level of a queue goes by; None where its contacts are judged by several words."""
    own = model.queues[queue].service_level
    found = {
        said_by((own, model.channels[channel].service_level, model.service_level)) for channel in channels
    }
    return found.pop() if len(found) == 1 else None
