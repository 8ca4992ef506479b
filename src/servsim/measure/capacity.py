"""Measures of pools and bots: what was there, paid and used. Nothing after the clock's end counts."""

from __future__ import annotations

import numpy as np

from ..network.kinds import End, VisitEnd
from ..network.network import Floats, Ints
from ..units import HOUR
from .facts import Facts
from .groups import ByKind, Population, Table, by_code
from .queues import work_table

__all__ = ["bot_table", "pool_table"]


def pool_table(facts: Facts) -> Table:
    """Return the measures of pools and of all agents together."""
    visits, pools = facts.visits, len(facts.network.names.pools)
    rows = visits.served
    scopes = by_code("pool", visits.pool[rows], pools, total=True)
    begun = Population(facts.grid, scopes, visits.started[rows])
    busy = begun.integral(visits.started[rows], visits.freed[rows])
    present, late = _present(facts)
    paid = {kind: seconds + late[kind] for kind, seconds in _scheduled(facts).items()}
    work = {name: {"pool": found["pool"]} for name, found in work_table(begun, rows, facts).items()}
    return work | {
        "answered": {"pool": begun.sum(rows[rows])["pool"]},  # in total it means contacts
        "staffed_hours": _hours(present),
        "paid_hours": _hours(paid),
        "busy_hours": _hours(busy),
    }


def bot_table(facts: Facts) -> Table:
    """Return the measures of bots."""
    return _arrivals(facts) | _sessions(facts) | {"availability": _availability(facts)}


def _hours(seconds: ByKind) -> ByKind:
    return {kind: time / HOUR for kind, time in seconds.items()}


def _steps(group: Ints, time: Floats) -> tuple[Ints, Floats, Floats]:
    """Return step functions as spans: order of the rows, start and end of each; the last never ends."""
    order = np.lexsort((np.arange(len(time)), time, group))  # of rows at one instant the last one holds
    start = time[order]
    end = np.full(len(time), np.inf)
    same = group[order][1:] == group[order][:-1]
    end[:-1][same] = start[1:][same]
    return order, start, end


def _present(facts: Facts) -> tuple[ByKind, ByKind]:
    """Return the agents' time present, and the part of it after the shift's end, in seconds."""
    staff = facts.records.staff
    pool = np.asarray(staff["pool"], dtype=np.int64)
    order, start, end = _steps(pool, np.asarray(staff["time"], dtype=np.float64))
    present, target = (np.asarray(staff[name], dtype=np.float64)[order] for name in ("present", "target"))
    scopes = by_code("pool", pool[order], len(facts.network.names.pools), total=True)
    population = Population(facts.grid, scopes, start)
    return (
        population.integral(start, end, present),
        population.integral(start, end, np.maximum(present - target, 0.0)),
    )


def _scheduled(facts: Facts) -> ByKind:
    """Return the time for which agents were scheduled, before shrinkage, in seconds."""
    pools = facts.network.pools
    pool = np.repeat(np.arange(len(pools.roster_offset) - 1), np.diff(pools.roster_offset))
    order, start, end = _steps(pool, pools.roster_time)
    scopes = by_code("pool", pool[order], len(facts.network.names.pools), total=True)
    population = Population(facts.grid, scopes, start)
    return population.integral(start, end, pools.roster_paid[order].astype(np.float64))


def _arrivals(facts: Facts) -> Table:
    """Return stays at bots, and what became of contacts that met a bot, counted at their first session."""
    visits, contacts, bots = facts.visits, facts.contacts, len(facts.network.names.bots)
    stays = facts.bot_stays.first
    came = Population(facts.grid, by_code("bot", visits.resource[stays], bots), visits.entered[stays])
    begun = np.flatnonzero(visits.to_bot & visits.begun)
    first = np.unique(visits.contact[begun] * bots + visits.resource[begun], return_index=True)[1]
    rows = begun[first]
    contact = visits.contact[rows]
    met = Population(facts.grid, by_code("bot", visits.resource[rows], bots), visits.entered[rows])
    never_queued = contacts.last_queue[contact] < 0
    return {
        "offered": came.sum(np.ones(len(stays), dtype=bool)),
        "met bot": met.sum(np.ones(len(rows), dtype=bool)),
        "contained": met.sum(never_queued & (contacts.end[contact] == End.RESOLVED)),
        "escalated": met.sum(contacts.last_queue[contact] > rows),
    }


def _sessions(facts: Facts) -> Table:
    """Return bot sessions, in the period in which they began, and how many were in progress."""
    visits, network = facts.visits, facts.network
    rows = visits.to_bot & visits.begun
    scopes = by_code("bot", visits.resource[rows], len(network.names.bots), total=True)
    start, end = visits.started[rows], visits.ended[rows]
    population = Population(facts.grid, scopes, start)
    completed = visits.end[rows] == VisitEnd.DONE
    time = population.integral(start, np.where(np.isnan(end), np.inf, end))
    in_progress = time["bot"] / facts.grid.lengths
    limit = np.where(network.bots.sessions < 0, np.nan, network.bots.sessions)
    return {
        "sessions": population.sum(np.ones(len(start), dtype=bool)),
        "session seconds": population.sum(np.where(completed, end - start, 0.0)),
        "sessions completed": population.sum(completed),
        "sessions_open": {"bot": in_progress},
        "bot_utilisation": {"bot": in_progress / limit[:, np.newaxis]},
    }


def _availability(facts: Facts) -> ByKind:
    """Return the share of the time that each bot was not down; it works until a row says otherwise."""
    rows = facts.records.bots
    bot = np.asarray(rows["bot"], dtype=np.int64)
    order, start, end = _steps(bot, np.asarray(rows["time"], dtype=np.float64))
    population = Population(facts.grid, by_code("bot", bot[order], len(facts.network.names.bots)), start)
    down = population.integral(start, end, 1.0 - np.asarray(rows["up"], dtype=np.float64)[order])
    return {"bot": 1.0 - down["bot"] / facts.grid.lengths}
