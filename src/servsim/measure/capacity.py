"""Measures of agents and bots: what was there, paid and used. Nothing after the clock's end counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..network.kinds import End, VisitEnd
from ..network.network import Floats, Ints, Network
from .facts import Facts
from .groups import Codes, Ledger, Table

__all__ = ["add_agents", "add_bots", "add_presence", "bot_shares", "busy_on_shift"]


def add_agents(ledger: Ledger, facts: Facts) -> None:
    """Enter the agents' work by queue and by pool, in the period in which it began; busy time where it lies."""
    visits = facts.visits
    served = np.flatnonzero(visits.served)
    started, freed = facts.started[served], facts.grid.moments(visits.freed[served])
    left, completed = visits.ended[served], visits.completed[served]
    queue, pool = visits.resource[served], visits.pool[served]
    work = freed.time - started.time
    rows = ledger.rows(started.place, queue=queue, pool=pool)
    rows.sum("talk seconds", np.where(completed, left - started.time, 0.0))
    rows.sum("wrap-up seconds", np.where(completed, freed.time - left, 0.0))
    rows.sum("work seconds", np.where(completed, work, 0.0))
    rows.sum("handled", completed)
    ledger.rows(started.place, queue=queue).sum("seconds begun", work)
    of_pool = ledger.rows(started.place, pool=pool)
    of_pool.count("answered")
    of_pool.time("seconds busy", started, freed)


def add_bots(ledger: Ledger, facts: Facts) -> None:
    """Enter stays and sessions at bots, and what became of contacts that met a bot."""
    visits, stays = facts.visits, facts.bot_stays.first
    ledger.rows(facts.entered.place[stays], bot=visits.resource[stays]).count("offered")
    begun = np.flatnonzero(visits.to_bot & visits.begun)
    _add_meetings(ledger, facts, begun)
    _add_sessions(ledger, facts, begun)


def add_presence(ledger: Ledger, facts: Facts) -> None:
    """Enter what only the last part tells, for the whole run: agents scheduled and present, and bots down."""
    staff, bots, pools = facts.records.staff, facts.records.bots, facts.network.pools
    roster = np.repeat(np.arange(len(pools.roster_offset) - 1), np.diff(pools.roster_offset))
    late = np.maximum(staff["present"] - staff["target"], 0)
    levels = {
        **{"seconds staffed": staff["present"], "seconds paid": late, "seconds finishing": late},
        "seconds on shift": np.minimum(staff["present"], staff["target"]),
    }
    _add_steps(ledger, "pool", roster, pools.roster_time, {"seconds paid": pools.roster_paid})
    _add_steps(ledger, "pool", staff["pool"], staff["time"], levels)
    _add_steps(ledger, "bot", bots["bot"], bots["time"], {"seconds down": 1 - bots["up"]})


def bot_shares(table: Table, network: Network, lengths: Floats) -> Table:
    """Return the measures of bots that are shares of the time, or of the sessions that there can be.

    `lengths` are those of the periods, in seconds. A bot works until a row says otherwise.
    """
    limit = np.where(network.bots.sessions < 0, np.nan, network.bots.sessions)
    return {
        "bot_utilisation": {"bot": table["sessions_open"]["bot"] / limit[:, np.newaxis]},
        "availability": {"bot": 1.0 - table["seconds down"]["bot"] / lengths},
    }


def busy_on_shift(table: Table) -> dict[str, Floats]:
    """Return the seconds of work of agents within their shifts, by kind of scope.

    Idle agents leave first, so whoever is present beyond those that the roster wants is busy.
    """
    busy, finishing = table["seconds busy"], table["seconds finishing"]
    return {kind: np.maximum(busy[kind] - finishing[kind], 0.0) for kind in finishing}


def _add_meetings(ledger: Ledger, facts: Facts, begun: Ints) -> None:
    """Enter contacts that met a bot, once for each bot, at their first session there."""
    visits, contacts, bots = facts.visits, facts.contacts, len(facts.network.names.bots)
    pair = visits.contact[begun] * bots + visits.resource[begun]
    met = begun[np.unique(pair, return_index=True)[1]]
    contact = visits.contact[met]
    rows = ledger.rows(facts.entered.place[met], bot=visits.resource[met])
    never_queued = contacts.last_queue[contact] < 0
    rows.count("met bot")
    rows.sum("contained", never_queued & (contacts.end[contact] == End.RESOLVED))
    rows.sum("escalated", contacts.last_queue[contact] > met)


def _add_sessions(ledger: Ledger, facts: Facts, begun: Ints) -> None:
    """Enter bot sessions, in the period in which they began; the time that they took where it lies."""
    visits = facts.visits
    started, ended = facts.started[begun], visits.ended[begun]
    completed = visits.end[begun] == VisitEnd.DONE
    rows = ledger.rows(started.place, bot=visits.resource[begun])
    rows.count("sessions")
    rows.sum("session seconds", np.where(completed, ended - started.time, 0.0))
    rows.sum("sessions completed", completed)
    rows.time("seconds in session", started, facts.grid.moments(np.where(np.isnan(ended), np.inf, ended)))


def _add_steps(ledger: Ledger, kind: str, code: Codes, time: Floats, levels: Mapping[str, Codes]) -> None:
    """Enter step functions, one a scope: each level holds until the scope's next row, the last for ever."""
    order = np.lexsort((time, code))  # stable: of rows at one instant the last one holds
    code, start = code[order], time[order]
    end = np.full(len(start), np.inf)
    same = code[1:] == code[:-1]
    end[:-1][same] = start[1:][same]
    starts, ends = ledger.grid.moments(start), ledger.grid.moments(end)
    rows = ledger.rows(starts.place, **{kind: code})
    for name, level in levels.items():
        rows.time(name, starts, ends, level[order].astype(np.float64))
