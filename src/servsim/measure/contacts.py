"""Measures of contacts by total, channel and reason; each contact counts in the period of its arrival."""

from __future__ import annotations

import numpy as np

from ..network.kinds import End
from .experience import add_ratings
from .facts import Facts
from .groups import Ledger, Rows
from .service_level import add_levels, judge_contacts

__all__ = ["WAITS", "add_contacts"]

WAITS = {"wait_p50": 0.5, "wait_p80": 0.8, "wait_p95": 0.95, "wait_max": 1.0}


def add_contacts(ledger: Ledger, facts: Facts) -> None:
    """Enter contacts for their measures, and the sums that shares and means are made from."""
    contacts = facts.contacts
    rows = ledger.rows(facts.arrived.place, channel=contacts.channel, reason=contacts.reason)
    _add_counts(rows, facts)
    _add_waiting(rows, facts)
    add_levels(rows, facts, judge_contacts)
    ended = contacts.offered & (contacts.end != End.OPEN)
    cycle = np.where(ended, contacts.ended - contacts.arrived, np.nan)
    rows.sum("cycle seconds", np.where(ended, cycle, 0.0))
    rows.sum("ended", ended)
    rows.quantiles({"cycle_time_p90": 0.9}, cycle, total=True)
    add_ratings(rows, facts)
    rows.sum("work seconds", np.where(contacts.answered, contacts.work, 0.0))
    gone = np.where(contacts.end == End.OPEN, np.inf, contacts.ended)
    gone = np.where(contacts.offered, gone, contacts.arrived)
    rows.time("seconds inside", facts.arrived, facts.grid.moments(gone))


def _add_counts(rows: Rows, facts: Facts) -> None:
    """Enter the numbers of contacts of each sort."""
    contacts = facts.contacts
    offered, end = contacts.offered, contacts.end
    answered = offered & contacts.answered
    met_bot = offered & (contacts.first_bot >= 0)
    reached_queue = contacts.last_queue >= 0
    rows.sum("offered", offered)
    rows.sum("repeats", offered & (contacts.attempt > 1))
    rows.sum("closed", ~offered)
    rows.sum("answered", answered)
    rows.sum("handled", answered)
    rows.sum("abandoned", end == End.ABANDONED)
    rows.sum("blocked", end == End.BLOCKED)
    rows.sum("met bot", met_bot)
    rows.sum("contained", met_bot & ~reached_queue & (end == End.RESOLVED))
    rows.sum("escalated", met_bot & (contacts.last_queue > contacts.first_bot))
    transferred = (contacts.first_done >= 0) & (contacts.last_queue > contacts.first_done)
    rows.sum("transferred", offered & transferred)
    rows.sum("resolved", end == End.RESOLVED)
    rows.sum("unresolved", end == End.UNRESOLVED)
    rows.sum("unfinished", end == End.OPEN)
    rows.sum("returned", offered & contacts.comes_back)


def _add_waiting(rows: Rows, facts: Facts) -> None:
    """Enter what is known of the waiting in queues."""
    contacts, visits = facts.contacts, facts.visits
    waited = ~np.isnan(contacts.wait)
    gave_up = waited & (contacts.end == End.ABANDONED)
    first_wait = np.zeros(len(waited))
    first_wait[contacts.answered] = visits.wait[contacts.first_queue[contacts.answered]]
    rows.sum("wait seconds", np.where(waited, contacts.wait, 0.0))
    rows.sum("waited", waited)
    rows.sum("answer seconds", first_wait)
    rows.sum("lost wait seconds", np.where(gave_up, contacts.wait, 0.0))
    rows.sum("lost after wait", gave_up)
    rows.quantiles(WAITS, contacts.wait, total=True)
