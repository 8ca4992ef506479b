"""Measures of customers: chains of contacts, in the scope and the period of the customer's first contact."""

from __future__ import annotations

import numpy as np

from ..errors import AuditError
from ..network.kinds import End
from ..network.network import Ints
from .facts import Facts
from .groups import Flags, Ledger

__all__ = ["Customers"]

BAD = (End.ABANDONED, End.BLOCKED, End.CLOSED, End.UNRESOLVED)
KEY, CHANNEL, REASON, PLACE = range(4)


class Customers:
    """Enters contacts under their customer's first one, and keeps that of every customer who is to come back."""

    def __init__(self) -> None:
        self._away: Ints = np.empty((4, 0), dtype=np.int64)  # KEY, … of each first contact

    def add(self, ledger: Ledger, facts: Facts) -> None:
        """Enter the contacts of a part, for the measures of customers."""
        contacts = facts.contacts
        begins = contacts.attempt == 1
        channel, reason, place = self._firsts(facts, begins)
        rows = ledger.rows(place, channel=channel, reason=reason)
        rows.sum("customers", begins)
        rows.sum("first resolved", begins & (contacts.end == End.RESOLVED))
        rows.count("attempts")
        rows.sum("lost_customers", np.isin(contacts.end, BAD) & ~contacts.comes_back)

    def _firsts(self, facts: Facts, begins: Flags) -> Ints:
        """Return channel, reason and place of each contact's first one; remember those who are to come back."""
        contacts = facts.contacts
        key = contacts.customer * len(facts.network.names.channels) + contacts.home
        own = np.stack([key, contacts.channel, contacts.reason, facts.arrived.place])
        away = np.concatenate([self._away, own[:, begins & contacts.comes_back]], axis=1)
        away = away[:, np.argsort(away[KEY])]
        again = np.flatnonzero(~begins)
        if not np.isin(key[again], away[KEY]).all():
            raise AuditError("a customer came back who was not to")
        found = np.searchsorted(away[KEY], key[again])
        own[:, again] = away[:, found]
        self._away = np.delete(away, found[~contacts.comes_back[again]], axis=1)
        return own[CHANNEL:]
