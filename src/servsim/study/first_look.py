"""A first look at a scenario without simulating it: the work that comes to each queue, the agents it takes.

Expected flows follow from the arrivals, the shares of the reasons and the ways through the flows. Left out is
what only a simulation can tell: customers who give up, are blocked or come back, bots that are full or down,
how long contacts are under way before they reach a queue, and how agents divide their time between queues.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..measure.periods import make_grid
from ..network import Network, build
from ..network.kinds import StepKind
from ..network.network import Floats, Ints
from ..network.timetable import Timetable
from ..queueing import staff_for
from ..scenario import Scenario
from ..scenario.durations import Dist
from ..scenario.model import Model, Step
from ..units import DAY, HOUR

__all__ = ["FirstLook", "expected_visits", "first_look"]

USUAL_GOAL = 0.8  # share answered in time where no target names one; the customary 80/20


@dataclass(frozen=True)
class FirstLook:
    """What comes to each queue and group of pools, in the busiest interval and on average.

    Attributes:
        queues: one row a queue and moment: queue, when (`busiest` or `mean`), at (start of the interval),
            contacts_per_hour, handling_time (s), erlangs, agents (present in all pools that serve the queue),
            goal and within (s) of the service level, patience (mean, s; inf: nobody gives up), erlang_c and
            erlang_a (agents that would keep the goal if they served this queue alone; NaN where nobody waits
            live, erlang_a also where nobody gives up).
        groups: one row a group of pools that share queues, and moment: pools, queues, when, at, erlangs,
            agents, utilisation.
        notes: plain sentences about what does not fit.
    """

    queues: pd.DataFrame
    groups: pd.DataFrame
    notes: tuple[str, ...]


def first_look(scenario: Scenario) -> FirstLook:
    """Return the offered load and the staffing that Erlang's formulas want, for every queue of a scenario."""
    network = build(scenario.model)
    flows = _Flows(scenario.model, network)
    rows = [row for q in range(len(network.names.queues)) for row in _queue_rows(scenario.model, flows, q)]
    groups = [row for pools, queues in _groups(network) for row in _group_rows(flows, pools, queues)]
    notes = [*_closed_notes(scenario.model), *_queue_notes(flows), *_group_notes(flows)]
    return FirstLook(pd.DataFrame(rows), pd.DataFrame(groups), tuple(notes))


class _Flows:
    """Expected contacts and work at each queue and agents of each pool, by interval.

    `contacts` (queues, intervals) counts visits, `work` (queues, intervals) is agents' time in seconds at the
    usual speed of the pools that serve the queue, `present` (pools, intervals) the mean number of agents,
    `live` and `leaving` (queues) the visits of customers who wait live and their summed rates of giving up
    (1/s).
    """

    def __init__(self, model: Model, network: Network) -> None:
        grid = make_grid(network, model.clock.start, ("interval",))
        self.model, self.network = model, network
        self.labels, self.lengths, edges = grid.labels, grid.lengths, grid.edges[0]
        self.second_of_day = (edges[:-1] + network.start_of_day) % DAY
        shape = (len(network.names.queues), len(self.lengths))
        self.contacts, self.work = np.zeros(shape), np.zeros(shape)
        self.live, self.leaving = np.zeros(shape[0]), np.zeros(shape[0])
        self.present = _agents_present(network, edges)
        for channel in range(len(network.names.channels)):
            for reason, arrivals in enumerate(_arrivals(network, channel, edges)):
                if arrivals.any():
                    self._add(channel, reason, arrivals)
        self.work /= _speeds(network, self.present)[:, np.newaxis]

    @property
    def erlangs(self) -> Floats:
        """Offered load (queues, intervals)."""
        return self.work / self.lengths

    def serving(self, queue: int) -> Ints:
        """Return the pools that serve a queue."""
        offset = self.network.queues.pool_offset
        return self.network.queues.pool[offset[queue] : offset[queue + 1]]

    def _add(self, channel: int, reason: int, arrivals: Floats) -> None:
        """Add one reason's contacts of one channel to every queue that they visit."""
        names, steps = self.network.names, self.network.steps
        visits = expected_visits(self.network, channel, reason)
        for s in np.flatnonzero((visits > 0) & (steps.kind == StepKind.QUEUE)):
            queue, flow = steps.resource[s], arrivals * visits[s]
            step = self._step(int(s))
            self.contacts[queue] += flow
            self.work[queue] += flow * self._handling_time(step, names.reasons[reason])
            if self.network.channels.live[channel] and steps.live[s]:
                self.live[queue] += flow.sum()
                self.leaving[queue] += flow.sum() * self._rate_of_leaving(
                    channel, int(queue), names.reasons[reason]
                )

    def _step(self, number: int) -> Step:
        flow, _, step = self.network.names.steps[number].partition("/")
        return self.model.flows[flow].steps[step]

    def _handling_time(self, step: Step, reason: str) -> Floats:
        """Return the mean talk and wrap-up time by interval, in seconds, at an agent's normal speed."""
        own = step.by_reason.get(reason)
        parts = [(own and own.time) or step.time, (own and own.wrap_up) or step.wrap_up]
        return sum(
            (_means(part, reason, self.second_of_day) for part in parts if part), np.zeros(len(self.lengths))
        )

    def _rate_of_leaving(self, channel: int, queue: int, reason: str) -> float:
        """Return one over the mean patience at a queue, per second; 0 where nobody gives up."""
        own = self.model.queues[self.network.names.queues[queue]].patience
        patience = own or self.model.channels[self.network.names.channels[channel]].patience
        if patience is None or patience.never:
            return 0.0
        mean = float(_means(patience, reason, self.second_of_day).mean())
        return 1.0 / mean if mean > 0 else math.inf


def _means(dist: Dist, reason: str, seconds: Floats) -> Floats:
    """Return the mean of a distribution at times of day."""
    times = dist.times()
    means = np.array([dist.pick(reason, time).mean() for time in times])
    return means[
        np.searchsorted(times, seconds, side="right") - 1
    ]  # -1: before the first, the last one holds


def _integral(times: Floats, sums: Floats, edges: Floats) -> Floats:
    """Return the increase between edges of a running sum that is straight between `times`."""
    return np.diff(np.interp(edges, times, sums)) if len(times) else np.zeros(len(edges) - 1)


def _arrivals(network: Network, channel: int, edges: Floats) -> Floats:
    """Return a channel's expected contacts, (reasons, intervals), before any day factor (its mean is 1)."""
    part = network.channels
    own = slice(part.segment_offset[channel], part.segment_offset[channel + 1])
    ends = np.column_stack([part.segment_start[own], part.segment_end[own]]).ravel()
    sums = np.repeat(np.concatenate([[0.0], np.cumsum(part.segment_volume[own])]), 2)[1:-1]
    shares = np.diff(part.reason_share[channel], prepend=0.0)
    result: Floats = shares[:, np.newaxis] * _integral(ends, sums, edges)
    exact = slice(part.time_offset[channel], part.time_offset[channel + 1])
    times, reasons = part.time[exact], part.time_reason[exact]
    result += shares[:, np.newaxis] * np.histogram(times[reasons < 0], edges)[0]
    for reason in np.unique(reasons[reasons >= 0]):
        result[reason] += np.histogram(times[reasons == reason], edges)[0]
    return result


def _agents_present(network: Network, edges: Floats) -> Floats:
    """Return the mean number of agents present, (pools, intervals)."""
    part, rows = network.pools, []
    for first, last in zip(part.roster_offset[:-1], part.roster_offset[1:], strict=True):
        times = np.append(part.roster_time[first:last], network.length)
        sums = np.concatenate([[0.0], np.cumsum(part.roster_present[first:last] * np.diff(times))])
        rows.append(_integral(times, sums, edges) / np.diff(edges))
    return np.array(rows).reshape(-1, len(edges) - 1)


def expected_visits(network: Network, channel: int, reason: int) -> Floats:
    """Return the expected visits of a channel's contact to every step.

    The visits v solve v = e + Pᵀv, with P the probabilities from step to step and e those of the first step
    (Kemeny and Snell, Finite Markov Chains, theorem 3.2.4); `load` has checked that every contact ends.
    """
    steps, channels = network.steps, network.channels
    count, reasons = len(steps.kind), len(network.names.reasons)
    ways, start = np.zeros((count, count)), np.zeros(count)
    own = slice(channels.start_offset[channel], channels.start_offset[channel + 1])
    first = channels.start_target[own]
    start[first] = np.diff(channels.start_share[own], prepend=0.0)
    todo = first.tolist()
    reached = set(todo)
    while todo:
        step = todo.pop()
        row = step * reasons + reason
        low, high = steps.next_offset[row], steps.next_offset[row + 1]
        shares = np.diff(steps.next_share[low:high], prepend=0.0)
        for share, target in zip(shares, steps.next_target[low:high], strict=True):
            if target >= 0:
                ways[step, target] += share
                todo += [int(target)] if target not in reached else []
                reached.add(int(target))
    some = np.array(sorted(reached))
    visits = np.zeros(count)
    visits[some] = np.linalg.solve(np.eye(len(some)) - ways[np.ix_(some, some)].T, start[some])
    return visits


def _speeds(network: Network, present: Floats) -> Floats:
    """Return the mean speed at which each queue is served, weighted by presence; 1 where nobody comes."""
    pools = network.pools
    hours, speed = np.zeros(len(network.names.queues)), np.zeros(len(network.names.queues))
    for pool, staffed in enumerate(present.sum(axis=1)):
        own = slice(pools.skill_offset[pool], pools.skill_offset[pool + 1])
        hours[pools.skill_queue[own]] += staffed
        speed[pools.skill_queue[own]] += staffed * pools.skill_speed[own]
    return np.divide(speed, hours, out=np.ones_like(speed), where=hours > 0)


def _groups(network: Network) -> list[tuple[list[int], list[int]]]:
    """Return (pools, queues) that hang together because pools share queues or queues pools."""
    pools = network.pools
    groups: list[tuple[list[int], list[int]]] = []
    for pool in range(len(network.names.pools)):
        queues = set(pools.skill_queue[pools.skill_offset[pool] : pools.skill_offset[pool + 1]].tolist())
        touched = [group for group in groups if queues & set(group[1])]
        groups = [group for group in groups if group not in touched]
        joined = sorted({pool, *(p for group in touched for p in group[0])})
        groups.append((joined, sorted(queues.union(*(group[1] for group in touched)))))
    return sorted(groups)


# --- rows -----------------------------------------------------------------------------------------------


def _moments(flows: _Flows, load: Floats) -> Iterator[tuple[str, str, Any]]:
    """Yield (when, label, intervals) of the busiest interval and of all that have work, if any has."""
    if load.any():
        busiest = int(load.argmax())
        yield "busiest", flows.labels[busiest], [busiest]
        yield "mean", "", np.flatnonzero(load)


def _queue_rows(model: Model, flows: _Flows, queue: int) -> Iterator[dict[str, Any]]:
    name = flows.network.names.queues[queue]
    goal, within = _goal(model, flows, name)
    live, leaving = flows.live[queue], flows.leaving[queue]
    patience = live / leaving if leaving > 0 else math.inf
    agents = flows.present[flows.serving(queue)].sum(axis=0)
    for when, at, some in _moments(flows, flows.erlangs[queue]):
        seconds, contacts = flows.lengths[some].sum(), flows.contacts[queue, some].sum()
        work = flows.work[queue, some].sum()
        handling = work / contacts
        formula = {"erlang_c": math.inf, "erlang_a": patience}
        wanted = {
            column: float(staff_for(contacts / seconds, handling, goal, within, mean))
            if live > 0 and handling > 0 and (column == "erlang_c" or 0 < mean < math.inf)
            else math.nan
            for column, mean in formula.items()
        }
        yield {
            **{"queue": name, "when": when, "at": at, "contacts_per_hour": contacts / seconds * HOUR},
            **{
                "handling_time": handling,
                "erlangs": work / seconds,
                "agents": np.average(agents[some], weights=flows.lengths[some]),
            },
            **{"goal": goal, "within": within, "patience": patience if live > 0 else math.inf, **wanted},
        }


def _goal(model: Model, flows: _Flows, queue: str) -> tuple[float, float]:
    """Return (share, within): of the queue's target, a channel's that leads to it, the total's, or 80 %."""
    within = model.queues[queue].service_level.within or model.service_level.within or 20.0
    ways = {
        name for name, flow in model.flows.items() if any(step.queue == queue for step in flow.steps.values())
    }
    channels = [name for name, channel in model.channels.items() if channel.flow in ways]
    wanted = [("queue", queue), *(("channel", name) for name in channels), ("total", "")]
    targets = [
        t
        for t in model.targets
        if t.measure == "service_level" and t.at_least is not None and 0 < t.at_least < 1
    ]
    for scope in wanted:
        for target in targets:
            if (target.scope, target.name) == scope:
                channel = (
                    model.channels[target.name].service_level.within if target.scope == "channel" else None
                )
                return float(target.at_least or 0), float(target.within or channel or within)
    return USUAL_GOAL, float(within)


def _group_rows(flows: _Flows, pools: list[int], queues: list[int]) -> Iterator[dict[str, Any]]:
    names = flows.network.names
    load, agents = flows.erlangs[queues].sum(axis=0), flows.present[pools].sum(axis=0)
    for when, at, some in _moments(flows, load):
        weights = flows.lengths[some]
        erlangs, there = np.average(load[some], weights=weights), np.average(agents[some], weights=weights)
        yield {
            "pools": ", ".join(names.pools[p] for p in pools),
            "queues": ", ".join(names.queues[q] for q in queues),
            **{"when": when, "at": at, "erlangs": erlangs, "agents": there},
            "utilisation": erlangs / there if there > 0 else math.inf,
        }


# --- notes ----------------------------------------------------------------------------------------------


def _closed_notes(model: Model) -> Iterator[str]:
    """Yield where a table of volumes tells of contacts at hours when their channel is closed."""
    timetable = Timetable(model)
    for name, channel in model.channels.items():
        lost = timetable.closed_volume(channel.arrivals, channel.open)
        if lost > 0:
            when = f"hours when {channel.open!r} is closed"
            yield f"{name}: {lost:,.1f} contacts of its table fall into {when}; they never come."


def _queue_notes(flows: _Flows) -> Iterator[str]:
    """Yield what is wrong at single queues: nobody ever there, more work than agents."""
    for queue, name in enumerate(flows.network.names.queues):
        load = flows.erlangs[queue]
        agents = flows.present[flows.serving(queue)].sum(axis=0)
        if not load.any():
            yield f"{name}: no contact ever comes to this queue."
        elif not agents.any():
            yield f"{name}: contacts come, but no agent is ever there."
        elif flows.live[queue] > 0:
            yield from _shortage(flows, name, load, agents)


def _group_notes(flows: _Flows) -> Iterator[str]:
    """Yield where several queues together bring more work than their pools have agents."""
    names = flows.network.names
    for pools, queues in _groups(flows.network):
        load, agents = flows.erlangs[queues].sum(axis=0), flows.present[pools].sum(axis=0)
        live = [q for q in queues if flows.live[q] > 0]
        if len(live) > 1:
            who = " + ".join(names.queues[q] for q in live) + " together"
            yield from _shortage(flows, who, flows.erlangs[live].sum(axis=0), agents)
        total, staffed = float(load @ flows.lengths), float(agents @ flows.lengths)
        if total > staffed > 0:
            who = ", ".join(names.pools[p] for p in pools)
            yield (
                f"{who}: {total / HOUR:,.0f} hours of work come in the whole time, but agents are there for "
                f"{staffed / HOUR:,.0f} hours: the rest waits or gives up."
            )


def _shortage(flows: _Flows, who: str, load: Floats, agents: Floats) -> Iterator[str]:
    absent, short = (load > 0) & (agents <= 0), (load > agents) & (agents > 0)
    if absent.any():
        count, first = int(absent.sum()), flows.labels[int(absent.argmax())]
        yield f"{who}: in {_counted(count)} contacts come while no agent is there (first {first})."
    if short.any():
        worst = int(np.argmax(np.where(short, load - agents, -np.inf)))
        yield (
            f"{who}: in {_counted(int(short.sum()))} more work comes than agents are there; worst at "
            f"{flows.labels[worst]}: {load[worst]:,.1f} erlangs, {agents[worst]:,.1f} agents."
        )


def _counted(intervals: int) -> str:
    return "1 interval" if intervals == 1 else f"{intervals:,} intervals"
