"""Measures of customers: chains of contacts, in the scope and the period of the customer's first contact."""

from __future__ import annotations

import numpy as np

from ..network.kinds import End
from .facts import Facts, contact_scopes
from .groups import Population, Table

__all__ = ["customer_table"]

BAD = (End.ABANDONED, End.BLOCKED, End.CLOSED, End.UNRESOLVED)


def customer_table(facts: Facts) -> Table:
    """Return the measures of customers, and the sums that they are made from."""
    contacts = facts.contacts
    order = np.lexsort((contacts.attempt, contacts.customer, contacts.home))
    home, customer = contacts.home[order], contacts.customer[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (home[1:] != home[:-1]) | (customer[1:] != customer[:-1])
    places = np.flatnonzero(begins)
    attempts = np.diff(np.append(places, len(order)))
    first, last = order[places], order[places + attempts - 1]
    scopes = contact_scopes(facts.network.names, contacts.channel[first], contacts.reason[first])
    population = Population(facts.grid, scopes, contacts.arrived[first])
    return {
        "customers": population.sum(np.ones(len(first), dtype=bool)),
        "first resolved": population.sum(contacts.end[first] == End.RESOLVED),
        "attempts": population.sum(attempts.astype(np.float64)),
        "lost_customers": population.sum(np.isin(contacts.end[last], BAD)),  # who comes back has a later one
    }
