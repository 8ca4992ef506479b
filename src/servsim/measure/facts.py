"""What the measures are made from: the columns of the records and what follows from them row by row.

Three tables: contacts; visits to steps; stays. A stay is a visit as the customer sees it: a visit that was
handed back (the agent's shift ended, the bot went down) and the visits to the same step that follow at once
are one stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..engine.records import Records
from ..network.kinds import End, StepKind, VisitEnd
from ..network.network import Floats, Ints, Network
from ..scenario.model import Model
from .groups import Codes, Flags
from .periods import Grid, Moments, totals

__all__ = [
    "Contacts",
    "Facts",
    "Stays",
    "Visits",
    "contacts_of",
    "facts_of",
    "per_contact",
    "visits_of",
]


@dataclass(frozen=True)
class Visits:
    """A row for every visit. `resource` is the queue or bot; NaN and -1 as in the records unless said.

    `contact` is the contact's row in the part.
    """

    contact: Ints
    step: Codes
    entered: Floats
    started: Floats
    ended: Floats
    end: Codes
    pool: Codes
    agent: Codes
    resource: Ints
    to_queue: Flags
    to_bot: Flags
    begun: Flags  # an agent, a bot session or a delay began
    served: Flags  # an agent began
    completed: Flags  # an agent finished it, wrap-up included
    left_queue: Floats  # end of waiting: started, else ended, else the end of the run
    wait: Floats  # waiting time in the queue; NaN where there was none: no queue, or its room was full
    freed: Floats  # the agent's end of work; the end of the run where it was not reached

    @cached_property
    def work(self) -> Floats:
        """The agent's time with each visit, talk and wrap-up, in seconds; 0 where no agent was."""
        return np.where(self.served, self.freed - self.started, 0.0)


@dataclass(frozen=True)
class Stays:
    """A row for every stay: its first and last visit, and the waiting in all of them (NaN: none)."""

    first: Ints
    last: Ints
    wait: Floats

    def only(self, rows: Flags) -> Stays:
        """Return the stays chosen."""
        return Stays(self.first[rows], self.last[rows], self.wait[rows])


@dataclass(frozen=True)
class Contacts:
    """A row for every contact; `first_…` and `last_queue` are rows of visits, -1 for none."""

    home: Codes
    customer: Codes
    attempt: Codes
    channel: Codes
    reason: Codes
    arrived: Floats
    ended: Floats
    end: Codes
    comes_back: Flags
    offered: Flags
    first_queue: Ints  # first visit to a queue
    last_queue: Ints
    first_bot: Ints  # first bot session begun
    first_done: Ints  # first visit that an agent finished
    answered: Flags
    wait: Floats  # in all queues together; NaN where it never waited in one
    work: Floats  # of all agents, in seconds


@dataclass(frozen=True)
class Facts:
    """Everything that a measure may look at, of a part of the run."""

    network: Network
    model: Model
    records: Records
    grid: Grid
    contacts: Contacts
    visits: Visits
    queue_stays: Stays
    bot_stays: Stays

    @cached_property
    def arrived(self) -> Moments:
        """When each contact arrived."""
        return self.grid.moments(self.contacts.arrived)

    @cached_property
    def answered_at(self) -> Floats:
        """When each contact was first answered, by an agent or a bot; infinity where it never was."""
        visits = self.visits
        agents = per_contact(visits, visits.served, len(self.contacts.end))
        found = np.full(len(agents), np.inf)
        for rows in (agents, self.contacts.first_bot):
            found[rows >= 0] = np.minimum(found[rows >= 0], visits.started[rows[rows >= 0]])
        return found

    @cached_property
    def entered(self) -> Moments:
        """When each visit began."""
        return self.grid.moments(self.visits.entered)

    @cached_property
    def started(self) -> Moments:
        """When the work of each visit began."""
        return self.grid.moments(self.visits.started)


def facts_of(records: Records, network: Network, model: Model, grid: Grid) -> Facts:
    """Return the facts of a part of the run, or of the whole."""
    visits = visits_of(records, network)
    contacts = contacts_of(records, visits)
    stays = _stays(visits)
    queue_stays, bot_stays = (stays.only(at[stays.first]) for at in (visits.to_queue, visits.to_bot))
    return Facts(network, model, records, grid, contacts, visits, queue_stays, bot_stays)


def per_contact(visits: Visits, rows: Flags, contacts: int, *, last: bool = False) -> Ints:
    """Return for each contact its first (or last) visit among the rows given; -1 where it has none."""
    found = np.full(contacts, -1, dtype=np.int64)
    chosen = np.flatnonzero(rows)
    chosen = chosen if last else chosen[::-1]
    found[visits.contact[chosen]] = chosen  # of several values for one place numpy keeps the last
    return found


def visits_of(records: Records, network: Network) -> Visits:
    """Return the visits with what follows from them."""
    columns, finished = records.visits, records.finished
    step, end, pool = (columns[name] for name in ("step", "end", "pool"))
    entered, started, ended, freed = (columns[name] for name in ("entered", "started", "ended", "freed"))
    to_queue = network.steps.kind[step] == StepKind.QUEUE
    begun = ~np.isnan(started)
    served = begun & (pool >= 0)
    left_queue = np.where(begun, started, np.where(np.isnan(ended), finished, ended))
    return Visits(
        contact=columns["contact"] - records.first,
        step=step,
        entered=entered,
        started=started,
        ended=ended,
        end=end,
        pool=pool,
        agent=columns["agent"],
        resource=network.steps.resource[step],
        to_queue=to_queue,
        to_bot=network.steps.kind[step] == StepKind.BOT,
        begun=begun,
        served=served,
        completed=served & (end == VisitEnd.DONE) & ~np.isnan(freed),
        left_queue=left_queue,
        wait=np.where(to_queue & (end != VisitEnd.BLOCKED), left_queue - entered, np.nan),
        freed=np.where(np.isnan(freed), finished, freed),
    )


def _stays(visits: Visits) -> Stays:
    """Join visits that were handed back with those to the same step that followed them."""
    follows = np.zeros(len(visits.step), dtype=bool)
    follows[1:] = (
        (visits.end[:-1] == VisitEnd.HANDED_BACK)
        & (visits.contact[1:] == visits.contact[:-1])
        & (visits.step[1:] == visits.step[:-1])
    )
    first = np.flatnonzero(~follows)
    last = np.append(first[1:], len(follows)) - 1 if len(first) else first
    waits = totals(np.cumsum(~follows) - 1, np.nan_to_num(visits.wait), len(first))
    return Stays(first, last, np.where(np.isnan(visits.wait[first]), np.nan, waits))


def contacts_of(records: Records, visits: Visits) -> Contacts:
    """Return the contacts with what follows from their visits."""
    columns = records.contacts
    end = columns["end"]
    size = len(end)
    waited = ~np.isnan(visits.wait)
    some_wait = per_contact(visits, waited, size) >= 0
    wait = totals(visits.contact[waited], visits.wait[waited], size)
    return Contacts(
        home=columns["home"],
        customer=columns["customer"],
        attempt=columns["attempt"],
        channel=columns["channel"],
        reason=columns["reason"],
        arrived=columns["arrived"],
        ended=columns["ended"],
        end=end,
        comes_back=~np.isnan(columns["returns_at"]),
        offered=end != End.CLOSED,
        first_queue=per_contact(visits, visits.to_queue, size),
        last_queue=per_contact(visits, visits.to_queue, size, last=True),
        first_bot=per_contact(visits, visits.to_bot & visits.begun, size),
        first_done=per_contact(visits, visits.served & (visits.end == VisitEnd.DONE), size),
        answered=per_contact(visits, visits.served, size) >= 0,
        wait=np.where(some_wait, wait, np.nan),
        work=totals(visits.contact, visits.work, size),
    )
