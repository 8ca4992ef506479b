"""Measures of contacts by total, channel and reason; each contact counts in the period of its arrival."""

from __future__ import annotations

import numpy as np

from ..network.kinds import End
from .facts import Facts
from .groups import Population, Table
from .service_level import by_kind, judge_contacts

__all__ = ["contact_table", "wait_quantiles"]

WAITS = {"wait_p50": 0.5, "wait_p80": 0.8, "wait_p95": 0.95, "wait_max": 1.0}


def contact_table(facts: Facts) -> Table:
    """Return the measures of contacts, and the sums that shares and means are made from."""
    population, contacts = facts.by_contact, facts.contacts
    table = _counts(facts) | _waiting(facts)
    ended = contacts.offered & (contacts.end != End.OPEN)
    cycle = np.where(ended, contacts.ended - contacts.arrived, np.nan)
    table["cycle seconds"] = population.sum(np.nan_to_num(cycle))
    table["ended"] = population.sum(ended)
    table["cycle_time_p90"] = population.quantiles(cycle, [0.9])[0]
    table["work seconds"] = population.sum(np.where(contacts.answered, contacts.work, 0.0))
    table["handled"] = table["answered"]
    gone = np.where(contacts.end == End.OPEN, np.inf, contacts.ended)
    gone = np.where(contacts.offered, gone, contacts.arrived)
    inside = population.integral(contacts.arrived, gone)
    table["work_in_system"] = {kind: time / facts.grid.lengths for kind, time in inside.items()}
    return table


def wait_quantiles(population: Population, wait: np.ndarray) -> Table:
    """Return the quantiles of the waiting time; rows that did not wait anywhere (NaN) are left out."""
    return dict(zip(WAITS, population.quantiles(wait, list(WAITS.values())), strict=True))


def _counts(facts: Facts) -> Table:
    """Return the numbers of contacts of each sort."""
    contacts = facts.contacts
    offered, end = contacts.offered, contacts.end
    met_bot = offered & (contacts.first_bot >= 0)
    reached_queue = contacts.last_queue >= 0
    rows = {
        "offered": offered,
        "repeats": offered & (contacts.attempt > 1),
        "closed": ~offered,
        "answered": offered & contacts.answered,
        "abandoned": end == End.ABANDONED,
        "blocked": end == End.BLOCKED,
        "met bot": met_bot,
        "contained": met_bot & ~reached_queue & (end == End.RESOLVED),
        "escalated": met_bot & (contacts.last_queue > contacts.first_bot),
        "transferred": offered & (contacts.first_done >= 0) & (contacts.last_queue > contacts.first_done),
        "resolved": end == End.RESOLVED,
        "unresolved": end == End.UNRESOLVED,
        "unfinished": end == End.OPEN,
        "returned": offered & contacts.comes_back,
    }
    return {name: facts.by_contact.sum(flags) for name, flags in rows.items()}


def _waiting(facts: Facts) -> Table:
    """Return what is known of the waiting in queues."""
    contacts, visits, population = facts.contacts, facts.visits, facts.by_contact
    waited = ~np.isnan(contacts.wait)
    gave_up = waited & (contacts.end == End.ABANDONED)
    first_wait = np.zeros(len(waited))
    first_wait[contacts.answered] = visits.wait[contacts.first_queue[contacts.answered]]
    judged = judge_contacts(facts)
    return wait_quantiles(population, contacts.wait) | {
        "wait seconds": population.sum(np.nan_to_num(contacts.wait)),
        "waited": population.sum(waited),
        "answer seconds": population.sum(first_wait),
        "lost wait seconds": population.sum(np.where(gave_up, contacts.wait, 0.0)),
        "lost after wait": population.sum(gave_up),
        "answered_in_time": population.sum(judged.in_time),
        "service_level": by_kind(population, judged),
    }
