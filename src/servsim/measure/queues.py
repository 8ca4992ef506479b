"""Measures of queues. Stays count in the period in which they began, waiting where it lies."""

from __future__ import annotations

import numpy as np

from ..network.kinds import VisitEnd
from .contacts import WAITS
from .facts import Facts
from .groups import Ledger
from .service_level import add_levels, judge_stays

__all__ = ["add_stays", "add_waiting"]


def add_stays(ledger: Ledger, facts: Facts) -> None:
    """Enter stays at queues: the numbers of each sort and their waiting."""
    visits, stays = facts.visits, facts.queue_stays
    rows = ledger.rows(facts.entered.place[stays.first], queue=visits.resource[stays.first])
    end, wait = visits.end[stays.last], stays.wait
    answered = visits.served[stays.first]
    waited = ~np.isnan(wait)
    gave_up = end == VisitEnd.ABANDONED
    rows.count("offered")
    rows.sum("answered", answered)
    rows.sum("abandoned", gave_up)
    rows.sum("blocked", end == VisitEnd.BLOCKED)
    rows.sum("wait seconds", np.where(waited, wait, 0.0))
    rows.sum("waited", waited)
    rows.sum("answer seconds", np.where(answered, visits.wait[stays.first], 0.0))
    rows.sum("lost wait seconds", np.where(gave_up, wait, 0.0))
    rows.sum("lost after wait", gave_up)
    rows.quantiles(WAITS, wait)
    add_levels(rows, facts, judge_stays)


def add_waiting(ledger: Ledger, facts: Facts) -> None:
    """Enter how many wait: on average over the period, and at its end."""
    visits = facts.visits
    waiting = np.flatnonzero(~np.isnan(visits.wait))
    entered, left = facts.entered[waiting], facts.grid.moments(visits.left_queue[waiting])
    rows = ledger.rows(entered.place, queue=visits.resource[waiting])
    rows.time("seconds waiting", entered, left)
    rows.standing("backlog", entered, left)
