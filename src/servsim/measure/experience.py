"""Satisfaction and churn: shares that the scenario's tables give each contact and each customer.

Nothing is drawn: a contact counts as the share of good ratings that contacts like it get, a customer as the share of
customers like it who leave. So a table changes no random number, and adds no noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..network.kinds import End
from ..network.network import Floats, Names
from ..scenario.experience import Churn, Satisfaction
from .facts import Contacts, Facts
from .groups import Codes, Flags, Rows

__all__ = ["add_ratings", "leaving"]


def add_ratings(rows: Rows, facts: Facts) -> None:
    """Enter the share of good ratings of every contact that was offered and ended."""
    if facts.model.experience is None:
        return
    contacts = facts.contacts
    shares = _good(
        facts.model.experience.satisfaction,
        facts.network.names,
        contacts,
        facts.answered_at - contacts.arrived,
    )
    ended = contacts.offered & (contacts.end != End.OPEN)
    rows.sum("good ratings", np.where(ended, shares, 0.0))


def _good(table: Satisfaction, names: Names, contacts: Contacts, wait: Floats) -> Floats:
    factor = _by_wait(table, "factor", 1.0, names, contacts.channel, wait)
    return np.minimum(table.base * factor * _by_end(table.by_end, 1.0, contacts.end), 1.0)


def leaving(table: Churn, names: Names, channel: Codes, wait: Floats, end: Codes) -> Floats:
    """Return the share of customers who leave, for each customer's first channel, wait until an answer and last end."""
    stay = 1.0 - _by_wait(table, "leave", 0.0, names, channel, wait)
    return 1.0 - stay * (1.0 - _by_end(table.by_end, 0.0, end))


def _by_wait(
    table: Satisfaction | Churn, key: str, usual: float, names: Names, channel: Codes, wait: Floats
) -> Floats:
    """Return what the table says of each wait, by the channel's own bands where it has some."""
    found = _band(table.by_wait, key, usual, wait)
    for name, bands in table.by_channel.items():
        mine: Flags = channel == names.channels.index(name)
        found = np.where(mine, _band(bands, key, usual, wait), found)
    return found


def _band(bands: Sequence[Any], key: str, usual: float, wait: Floats) -> Floats:
    if not bands:
        return np.full(len(wait), usual)
    edges = np.array([band.up_to for band in bands[:-1]], dtype=np.float64)
    values = np.array([getattr(band, key) for band in bands])
    found: Floats = values[
        np.searchsorted(edges, wait, side="left")
    ]  # a wait of exactly up_to belongs to its band
    return found


def _by_end(table: Mapping[Any, float], usual: float, end: Codes) -> Floats:
    values = np.full(max(End) + 1, usual)
    for name, value in table.items():
        values[End[name.upper()]] = value
    found: Floats = values[end]
    return found
