"""What a run's records show: which of the rules it has used. For tests that say what they have tested."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from servsim.engine import Records
from servsim.network import Network
from servsim.network.kinds import End, StepKind, VisitEnd

Array = npt.NDArray[Any]


def features(net: Network, records: Records) -> set[str]:
    """Return the names of everything that happened in a run."""
    parts = (_contacts, _queues, _bots, _agents, _scenario)
    found = {name for part in parts for name, yes in part(net, records) if yes}
    return found | set(ties(net, records))


def _contacts(net: Network, records: Records) -> Iterator[tuple[str, Any]]:
    c, v = records.contacts, records.visits
    visited = np.bincount(v["contact"], minlength=len(c["end"])) > 0
    still = c["end"] == End.OPEN
    yield "hundreds", len(c["end"]) >= 200
    yield "closed", (c["end"] == End.CLOSED).any()
    yield "no line free", ((c["end"] == End.BLOCKED) & ~visited).any()
    yield "return", (c["attempt"] > 1).any()
    yield "chain of returns", (c["attempt"] > 2).any()
    yield "return elsewhere", (c["channel"] != c["home"]).any()
    yield "cut off", not net.drain and still.any()
    yield "drained", net.drain and records.finished > net.length
    yield "never over", net.drain and still.any()
    yield "equal arrivals", (np.diff(c["arrived"]) == 0).any()
    done = v["end"] != VisitEnd.HANDED_BACK
    places = np.stack([v["contact"][done], v["step"][done]])
    yield "loop", len(np.unique(places, axis=1).T) < done.sum()


def _queues(net: Network, records: Records) -> Iterator[tuple[str, Any]]:
    v = records.visits
    here = net.steps.kind[v["step"]] == StepKind.QUEUE
    queue = np.where(here, net.steps.resource[v["step"]], -1)
    waited = here & (v["started"] > v["entered"])
    yield "wait", waited.any()
    yield "abandoned", (here & (v["end"] == VisitEnd.ABANDONED)).any()
    yield "room full", (here & (v["end"] == VisitEnd.BLOCKED)).any()
    yield "no time at all", (here & (v["started"] == v["ended"])).any()
    late = np.zeros(len(here), dtype=bool)
    for i in range(len(net.queues.pool)):
        number = np.searchsorted(net.queues.pool_offset, i, side="right") - 1
        if net.queues.pool_after[i] > 0:
            late |= (queue == number) & (v["pool"] == net.queues.pool[i])
            at_once = v["started"] == v["entered"] + net.queues.pool_after[i]
            yield "overflow to an idle agent", (late & at_once).any()
    yield "overflow", late.any()
    yield "choice of queues", _choices(net, records, queue, waited)


def _choices(net: Network, records: Records, queue: Array, waited: Array) -> bool:
    """Tell whether an agent ever took a contact while one waited in another queue that the pool serves."""
    v, p = records.visits, net.pools
    until = np.where(np.isnan(v["started"]), np.where(np.isnan(v["ended"]), np.inf, v["ended"]), v["started"])
    for row in np.flatnonzero(waited)[:500]:
        pool = v["pool"][row]
        others = set(p.skill_queue[p.skill_offset[pool] : p.skill_offset[pool + 1]].tolist()) - {queue[row]}
        time = v["started"][row]
        if others and (np.isin(queue, list(others)) & (v["entered"] < time) & (time < until)).any():
            return True
    return False


def _bots(net: Network, records: Records) -> Iterator[tuple[str, Any]]:
    v = records.visits
    here = net.steps.kind[v["step"]] == StepKind.BOT
    begun = here & ~np.isnan(v["started"])
    yield "session", begun.any()
    yield "wait for a bot", (here & (v["started"] > v["entered"])).any()
    yield "abandoned at a bot", (here & (v["end"] == VisitEnd.ABANDONED)).any()
    yield "skipped", (here & (v["end"] == VisitEnd.SKIPPED)).any()
    yield "blocked by a bot", (here & (v["end"] == VisitEnd.BLOCKED)).any()
    yield "outage", (records.bots["up"] == 0).any()
    broken = [VisitEnd.HANDED_BACK, VisitEnd.SKIPPED, VisitEnd.BLOCKED]
    yield "session broken off", (begun & np.isin(v["end"], broken)).any()
    yield "session begins anew", (here & (v["end"] == VisitEnd.HANDED_BACK)).any()


def _agents(net: Network, records: Records) -> Iterator[tuple[str, Any]]:
    v, s = records.visits, records.staff
    back = (v["end"] == VisitEnd.HANDED_BACK) & (v["agent"] >= 0)
    yield "handed back", back.any()
    yield "several handed back at once", len(np.unique(v["ended"][back])) < back.sum()
    yield "wrap-up", (v["freed"] > v["ended"]).any()
    yield "shift change", (s["time"] > 0).any()
    yield "works past the shift", (s["present"] > s["target"]).any()


def _scenario(net: Network, records: Records) -> Iterator[tuple[str, Any]]:
    c, v = records.contacts, records.visits
    factors = np.flatnonzero((net.channels.day_factor >= 0) & (np.diff(net.channels.segment_offset) > 0))
    used = np.zeros(len(net.samplers.first_row), dtype=bool)
    used[net.steps.time[v["step"]]] = True
    by_time = used & (np.diff(net.samplers.slot_offset) > 1)
    at_arrival = net.samplers.at_arrival.any(axis=1)
    yield "day factor", np.isin(c["home"], factors).any()
    yield "by time at arrival", (by_time & at_arrival).any()
    yield "by time at start", (by_time & ~at_arrival).any()
    yield "several reasons", len(np.unique(c["reason"])) > 1
    yield "delay in hours", (net.steps.calendar[v["step"]] >= 0).any()


def moments(net: Network, records: Records) -> dict[str, set[float]]:
    """Return the instants at which each kind of event took place."""
    c, v, kind = records.contacts, records.visits, net.steps.kind[records.visits["step"]]
    done = v["end"] == VisitEnd.DONE
    times = {
        "arrival": c["arrived"],
        "abandon": v["ended"][v["end"] == VisitEnd.ABANDONED],
        "service end": v["ended"][done & (kind == StepKind.QUEUE)],
        "wrap-up end": v["freed"][v["freed"] > v["ended"]],
        "session end": v["ended"][done & (kind == StepKind.BOT)],
        "delay end": v["ended"][done & (kind == StepKind.DELAY)],
        "shift change": np.intersect1d(records.staff["time"], net.pools.roster_time),
        "bot down": records.bots["time"][records.bots["up"] == 0],
        "bot up": records.bots["time"][records.bots["up"] == 1],
    }
    return {name: set(column[column > 0].tolist()) for name, column in times.items()}


def ties(net: Network, records: Records) -> Iterator[str]:
    """Yield `this + that` for every two kinds of event that fell on one instant, `tie` if there are any."""
    instants = moments(net, records)
    pairs = [(a, b) for a, b in combinations(sorted(instants), 2) if instants[a] & instants[b]]
    yield from (f"{a} + {b}" for a, b in pairs)
    if pairs:
        yield "tie"
    crowd: dict[float, int] = {}
    for times in instants.values():
        for time in times:
            crowd[time] = crowd.get(time, 0) + 1
    if max(crowd.values(), default=0) > 2:
        yield "tie of three"
