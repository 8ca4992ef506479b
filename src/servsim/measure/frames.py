"""Records as tables: contacts with names, and the log of events for process mining.

Tables hold every row of the records, the warm-up and the drain included; times are seconds since the start of
the clock. Names are categoricals over those that occur, in the order of the scenario: what is not used
changes no byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import pandas as pd

from ..engine.records import Records
from ..network.kinds import End, VisitEnd
from ..network.network import Ints, Names, Network
from .facts import Visits, contacts_of, per_contact, visits_of
from .groups import Codes

__all__ = ["contacts_frame", "events_frame"]


def contacts_frame(records: Records, network: Network) -> pd.DataFrame:
    """Return one row a contact, in order of arrival.

    Columns: home, customer, attempt, channel, reason, arrived, ended, end, returns_at as in the records; wait
    (waiting in all queues together, s; NaN where it waited in none), agent_time (talk and wrap-up of all
    agents, s), visits (number of steps visited), pool and agent (numbered from 1) who served last, missing
    where nobody did. What is unfinished counts up to the end of the run.
    """
    names, visits = network.names, visits_of(records, network)
    contacts = contacts_of(records, visits)
    size = len(contacts.end)
    served = per_contact(visits, visits.served, size, last=True)
    pool = _picked(visits.pool, served)
    agent = pd.array(_picked(visits.agent, served) + 1, dtype="Int32")
    agent[served < 0] = pd.NA
    return pd.DataFrame(
        {
            "home": _named(contacts.home, names.channels),
            "customer": contacts.customer,
            "attempt": contacts.attempt.astype(np.int16),
            "channel": _named(contacts.channel, names.channels),
            "reason": _named(contacts.reason, names.reasons),
            "arrived": contacts.arrived,
            "ended": contacts.ended,
            "end": _named(contacts.end, _words(End)),
            "returns_at": np.asarray(records.contacts["returns_at"], dtype=np.float64),
            "wait": contacts.wait,
            "agent_time": contacts.work,
            "visits": np.bincount(visits.contact, minlength=size).astype(np.int32),
            "pool": _named(pool, names.pools),
            "agent": agent,
        }
    )


def events_frame(records: Records, network: Network) -> pd.DataFrame:
    """Return one row a visit to a step, by contact and in order, with the columns of process mining.

    Columns: case (`channel/customer/attempt`, the channel being the one in which the customer first came, so
    that it is unique), activity (`flow/step`), resource (`pool/agent`, agents numbered from 1, or the bot;
    missing where none began), enqueued, start, end (s; NaN where it did not happen), freed (when the agent
    was free again), result.
    """
    names, visits = network.names, visits_of(records, network)
    contacts = contacts_of(records, visits)
    cases = [
        f"{names.channels[home]}/{customer}/{attempt}"
        for home, customer, attempt in zip(
            contacts.home.tolist(), contacts.customer.tolist(), contacts.attempt.tolist(), strict=True
        )
    ]
    return pd.DataFrame(
        {
            "case": pd.array(np.array(cases, dtype=object)[visits.contact], dtype="str"),
            "activity": _named(visits.step, names.steps),
            "resource": _resources(visits, names),
            "enqueued": visits.entered,
            "start": visits.started,
            "end": visits.ended,
            "freed": np.asarray(records.visits["freed"], dtype=np.float64),
            "result": _named(visits.end, _words(VisitEnd)),
        }
    )


def _words(kinds: type[IntEnum]) -> list[str]:
    return [kind.name.lower() for kind in kinds]


def _picked(values: Codes, rows: Ints) -> Ints:
    """Return the values of rows; -1 where there is none."""
    found = np.full(len(rows), -1, dtype=np.int64)
    found[rows >= 0] = values[rows[rows >= 0]]
    return found


def _named(codes: Codes, names: Sequence[str]) -> pd.Categorical:
    """Return codes as names, only those that occur; missing where the code is -1."""
    used = np.unique(codes[codes >= 0])
    place = np.full(len(names) + 1, -1, dtype=np.int64)  # the last stands for -1
    place[used] = np.arange(len(used))
    return pd.Categorical.from_codes(place[codes], categories=pd.Index([names[n] for n in used], dtype="str"))


def _resources(visits: Visits, names: Names) -> pd.Categorical:
    """Return who worked: an agent, a bot, or nobody."""
    agents = int(visits.agent.max(initial=0)) + 1
    key = np.where(visits.served, visits.pool * np.int64(agents) + visits.agent, -1)
    bots_from = len(names.pools) * agents
    key = np.where(visits.to_bot & visits.begun, bots_from + visits.resource, key)
    used = np.unique(key[key >= 0])
    words = [
        names.bots[n - bots_from] if n >= bots_from else f"{names.pools[n // agents]}/{n % agents + 1}"
        for n in used.tolist()
    ]
    codes = np.where(key < 0, -1, np.searchsorted(used, key))
    return pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))
