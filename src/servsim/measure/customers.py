"""Measures of customers: chains of contacts, in the scope and the period of the customer's first contact."""

from __future__ import annotations

import numpy as np

from ..errors import AuditError
from ..network.kinds import End
from ..network.network import Floats, Ints
from .experience import leaving
from .facts import Facts
from .groups import Flags, Ledger

__all__ = ["Customers"]

BAD = (End.ABANDONED, End.BLOCKED, End.CLOSED, End.UNRESOLVED)
KEY, CHANNEL, REASON, PLACE = range(4)


class Customers:
    """Enters contacts under their customer's first one, and keeps that of every customer who is to come back."""

    def __init__(self) -> None:
        self._away: Ints = np.empty((4, 0), dtype=np.int64)  # KEY, … of each first contact
        self._moments: Floats = np.empty((2, 0))  # of the same customers: first arrival, first answer so far

    def add(self, ledger: Ledger, facts: Facts) -> None:
        """Enter the contacts of a part, for the measures of customers."""
        contacts = facts.contacts
        begins = contacts.attempt == 1
        (channel, reason, place), (arrived, answered) = self._firsts(facts, begins)
        rows = ledger.rows(place, channel=channel, reason=reason)
        rows.sum("customers", begins)
        rows.sum("first resolved", begins & (contacts.end == End.RESOLVED))
        rows.count("attempts")
        rows.sum("lost_customers", np.isin(contacts.end, BAD) & ~contacts.comes_back)
        if facts.model.experience is not None:
            waiting = (contacts.end == End.OPEN) & np.isinf(answered)
            until = np.where(waiting, facts.records.finished, answered)
            table, names = facts.model.experience.churn, facts.network.names
            leave = leaving(table, names, channel, until - arrived, contacts.end)
            rows.sum("churned_customers", np.where(contacts.comes_back, 0.0, leave))

    def _firsts(self, facts: Facts, begins: Flags) -> tuple[Ints, Floats]:
        """Return channel, reason and place of each contact's first one, and when that arrived and the customer was
        first answered, as far as contacts up to this part tell; remember those who are to come back.
        """
        contacts = facts.contacts
        key = contacts.customer * len(facts.network.names.channels) + contacts.home
        own = np.stack([key, contacts.channel, contacts.reason, facts.arrived.place])
        answered = contacts.arrived if facts.model.experience is None else facts.answered_at
        moments = np.stack([contacts.arrived, answered])
        away = np.concatenate([self._away, own[:, begins & contacts.comes_back]], axis=1)
        times = np.concatenate([self._moments, moments[:, begins & contacts.comes_back]], axis=1)
        order = np.argsort(away[KEY])
        away, times = away[:, order], times[:, order]
        again = np.flatnonzero(~begins)
        if not np.isin(key[again], away[KEY]).all():
            raise AuditError("a customer came back who was not to")
        found = np.searchsorted(away[KEY], key[again])
        np.minimum.at(times[1], found, moments[1, again])
        own[:, again], moments[:, again] = away[:, found], times[:, found]
        gone = found[~contacts.comes_back[again]]
        self._away, self._moments = np.delete(away, gone, axis=1), np.delete(times, gone, axis=1)
        return own[CHANNEL:], moments
