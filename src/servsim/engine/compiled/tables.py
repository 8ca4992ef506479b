"""Network + draws → the tables of the kernel that say what the scenario is, at the state before the first event."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ...network import Network
from ...network.kinds import End, StepKind
from ..chance import Chance
from .layout import TABLES

__all__ = ["Table", "scenario_tables", "table"]

Table = npt.NDArray[Any]


def table(name: str, rows: int, **columns: Any) -> Table:
    """Return a new table with the columns given; what is not given is 0."""
    result = np.zeros(rows, TABLES[name])
    for column, values in columns.items():
        result[column] = values
    return result


def scenario_tables(network: Network, chance: Chance, max_visits: int) -> dict[str, Table]:
    """Return all tables of fixed size; those that grow with the run are not among them."""
    return dict(
        [
            ("state", _state(network, max_visits)),
            *_channels(network, chance),
            *_steps(network, chance),
            *_bots(network, chance),
            *_queues(network, chance),
            *_pools(network),
            ("comeback", _comebacks(network, chance)),
            *_samplers(network),
            *_calendars(network),
            ("line", _lines(network)),
        ]
    )


def _state(network: Network, max_visits: int) -> Table:
    names, queues = network.names, network.queues
    state = table("state", 1)
    for name, value in {
        "length": network.length,
        "start_of_day": network.start_of_day,
        "drain": network.drain,
        "channels": len(names.channels),
        "reasons": len(names.reasons),
        "pools": len(names.pools),
        "bots": len(names.bots),
        "max_visits": max_visits,
        # the events that one step of the loop may plan, beyond one for every slot: agents who come, overflows, and
        # at the start the rosters and outages
        "margin": int(network.pools.roster_present.max(initial=0))
        + len(queues.pool)
        + len(names.pools)
        + 6 * len(names.bots),
        "free_slot": -1,
        "free_count": -1,
        "todo_head": -1,
        "todo_tail": -1,
    }.items():
        state[name] = value
    return state


def _channels(network: Network, chance: Chance) -> Iterator[tuple[str, Table]]:
    c, size = network.channels, len(network.names.channels)
    segments = [chance.segments(channel) for channel in range(size)]
    bounds = np.cumsum([0, *(len(part) for part in segments)])
    yield (
        "channel",
        table(
            "channel",
            size,
            customer=network.streams.customer,
            arrival_key=chance.arrival_keys,
            reason_key=chance.reason_keys,
            patience_key=chance.patience_keys,
            live=c.live,
            start_key=chance.start_keys,
            start=len(network.steps.next_target) + c.start_offset[:-1],
            starts=np.diff(c.start_offset),
            lines=c.lines,
            patience=c.patience,
            calendar=c.calendar,
            time=c.time_offset[:-1],
            times_end=c.time_offset[1:],
            segment=bounds[:-1],
            segments_end=bounds[1:],
        ),
    )
    rows = [row for part in segments for row in part]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    names = TABLES["segment"].names or ()
    yield "segment", table("segment", len(rows), **dict(zip(names, columns, strict=True)))
    yield "moment", table("moment", len(c.time), time=c.time, reason=c.time_reason)
    yield "reason_share", table("reason_share", c.reason_share.size, share=c.reason_share.ravel())


def _steps(network: Network, chance: Chance) -> Iterator[tuple[str, Table]]:
    s, c = network.steps, network.channels
    yield (
        "step",
        table(
            "step",
            len(s.kind),
            time_key=chance.time_keys,
            wrap_up_key=chance.wrap_up_keys,
            next_key=chance.next_keys,
            kind=s.kind,
            resource=s.resource,
            time=s.time,
            wrap_up=s.wrap_up,
            live=s.live,
            calendar=s.calendar,
            skip_to=s.skip_to,
            loops=_loops(network),
        ),
    )
    ways = len(s.next_offset) - 1
    yield "ways", table("ways", ways, first=s.next_offset[:-1], count=np.diff(s.next_offset))
    shares, targets = np.append(s.next_share, c.start_share), np.append(s.next_target, c.start_target)
    yield "way", table("way", len(targets), share=shares, target=targets)


def _loops(network: Network) -> list[bool]:
    """Tell of each step whether a contact can come to it more than once."""
    s, reasons = network.steps, len(network.names.reasons)
    ways = list(pairwise(s.next_offset[::reasons].tolist()))
    after = [set(s.next_target[a:b].tolist()) for a, b in ways]
    for step in np.flatnonzero(s.kind == StepKind.BOT).tolist():
        after[step].add(int(s.skip_to[step]))
    return [step in _reached(step, after) for step in range(len(after))]


def _reached(step: int, after: list[set[int]]) -> set[int]:
    """Return the steps that can follow a step, sooner or later."""
    found: set[int] = set()
    fresh = {step}
    while fresh:
        fresh = {target for here in fresh for target in after[here] if target >= 0} - found
        found |= fresh
    return found


def _bots(network: Network, chance: Chance) -> Iterator[tuple[str, Table]]:
    b, size, queues = network.bots, len(network.names.bots), len(network.names.queues)
    start = np.maximum(b.outage_start, 0.0)
    felt = (b.outage_end > start) & (start < network.length)
    bounds = np.concatenate([[0], np.cumsum(felt)])[b.outage_offset]
    numbers = np.arange(size)
    yield (
        "bot",
        table(
            "bot",
            size,
            up_key=chance.up_keys,
            down_key=chance.down_keys,
            sessions=b.sessions,
            when_full=b.when_full,
            when_down=b.when_down,
            returns=b.returns,
            outage=bounds[:-1],
            outages_end=bounds[1:],
            up=b.up,
            down=b.down,
            line=queues + numbers,
            inside=queues + size + numbers,
        ),
    )
    yield "outage", table("outage", int(felt.sum()), start=start[felt], end=b.outage_end[felt])


def _queues(network: Network, chance: Chance) -> Iterator[tuple[str, Table]]:
    q, pools = network.queues, network.pools
    bounds = list(pairwise(q.pool_offset.tolist()))
    waits = [sorted(set(q.pool_after[a:b].tolist()) - {0.0}) for a, b in bounds]
    overflow = np.cumsum([0, *(len(part) for part in waits)])
    speed = [
        float(pools.skill_speed[_skills(network, pool)][_serves(network, pool) == queue][0])
        for queue, (a, b) in enumerate(bounds)
        for pool in q.pool[a:b].tolist()
    ]
    yield (
        "queue",
        table(
            "queue",
            len(q.priority),
            patience_key=chance.queue_patience_keys,
            priority=q.priority,
            room=q.room,
            head_start=q.head_start,
            patience=q.patience,
            option=q.pool_offset[:-1],
            options_end=q.pool_offset[1:],
            overflow=overflow[:-1],
            overflows_end=overflow[1:],
        ),
    )
    yield "option", table("option", len(q.pool), after=q.pool_after, speed=speed, pool=q.pool)
    yield "overflow", table("overflow", int(overflow[-1]), after=[wait for part in waits for wait in part])


def _skills(network: Network, pool: int) -> slice:
    return slice(network.pools.skill_offset[pool], network.pools.skill_offset[pool + 1])


def _serves(network: Network, pool: int) -> npt.NDArray[np.int64]:
    return network.pools.skill_queue[_skills(network, pool)]


def _pools(network: Network) -> Iterator[tuple[str, Table]]:
    """Agents have numbers below the most that a roster wants: who comes takes the lowest that is free."""
    p = network.pools
    rosters = list(pairwise(p.roster_offset.tolist()))
    sizes = [int(p.roster_present[a:b].max(initial=0)) for a, b in rosters]
    agents = np.cumsum([0, *sizes])
    yield (
        "pool",
        table(
            "pool",
            len(sizes),
            returns=p.returns,
            agent=agents[:-1],
            agents_end=agents[1:],
            idle_head=-1,
            idle_tail=-1,
            skill=p.skill_offset[:-1],
            skills_end=p.skill_offset[1:],
            roster=p.roster_offset[:-1],
            rosters_end=p.roster_offset[1:],
        ),
    )
    yield (
        "skill",
        table(
            "skill",
            len(p.skill_queue),
            after=p.skill_after,
            speed=p.skill_speed,
            rank=p.skill_rank,
            queue=p.skill_queue,
        ),
    )
    yield "roster", table("roster", len(p.roster_time), time=p.roster_time, present=p.roster_present)
    pool = np.repeat(np.arange(len(sizes)), sizes)
    number = np.arange(len(pool)) - agents[pool]
    yield "agent", table("agent", len(pool), pool=pool, number=number, visit=-1)


def _comebacks(network: Network, chance: Chance) -> Table:
    r = network.returns
    return table(
        "comeback",
        len(network.names.channels) * len(End),
        share=r.share.ravel(),
        come_key=chance.come_back_keys,
        after_key=chance.after_keys,
        after=r.after.ravel(),
        calendar=r.calendar.ravel(),
        channel=r.channel.ravel(),
        attempts=r.attempts.ravel(),
    )


def _samplers(network: Network) -> Iterator[tuple[str, Table]]:
    s = network.samplers
    slots = np.diff(s.slot_offset)
    yield "sampler", table("sampler", len(slots), slot=s.slot_offset[:-1], slots=slots, row=s.first_row)
    yield "at_arrival", table("at_arrival", s.at_arrival.size, yes=s.at_arrival.ravel())
    yield "time_slot", table("time_slot", len(s.slot_time), time=s.slot_time)
    yield "choice", table("choice", len(s.row), distribution=s.row)
    a, b, c = s.params.T if len(s.params) else np.zeros((3, 0))
    yield (
        "distribution",
        table(
            "distribution",
            len(s.kind),
            a=a,
            b=b,
            c=c,
            kind=s.kind,
            start=s.table_start,
            length=s.table_length,
        ),
    )
    yield "number", table("number", len(s.table), value=s.table)


def _calendars(network: Network) -> Iterator[tuple[str, Table]]:
    c = network.calendars
    spans = np.diff(c.offset)
    yield "calendar", table("calendar", len(spans), span=c.offset[:-1], spans=spans)
    yield "span", table("span", len(c.start), start=c.start, end=c.end, before=c.before)


def _lines(network: Network) -> Table:
    return table("line", len(network.names.queues) + 2 * len(network.names.bots), head=-1, tail=-1, last=-1)
