"""Every run checks itself (DESIGN §4.9). A check that fails is a defect of servsim, never of the input.

The checks use the records and, beside them, counts that the engine kept independently of them. Records may come in
parts: later contacts come no earlier than the last one seen, so spans that end before it are done with, and only the
others are carried on. What one instant leaves open (the order of its events is not in the records) is never a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ...errors import AuditError
from ...network import Network
from ...network.kinds import End, VisitEnd
from ..records import Records
from .resources import Agents, Bots, Lines, Little, Queues

__all__ = ["Audit", "audit"]

# What a rule says about the next part, given the time before which no later part has anything to add
Rule = Callable[[Records, float], Iterable[str]]


def audit(records: Records, network: Network) -> None:
    """Check the whole records of one replication; raise AuditError naming every rule that does not hold."""
    books = Audit(network)
    books.add(records)
    books.close()


class Audit:
    """The audit of one replication whose records come in parts (`Records.first`)."""

    def __init__(self, network: Network) -> None:
        rules: list[Rule] = [
            _Contacts().check,
            _Returns().check,
            _visits,
            Little(network).check,
            Agents(network).check,
            Bots(network).check,
            Lines(network).check,
            Queues(network).check,
        ]
        self._faults: list[tuple[Rule, dict[str, None]]] = [(rule, {}) for rule in rules]
        self._contacts = 0
        self._seen = -np.inf  # arrival of the last contact
        self._over = False

    def add(self, part: Records) -> None:
        """Check the next part. Raises AuditError where it does not join those before: nothing can be checked then."""
        if misfit := self._misfit(part):
            raise _error([*self._found(), misfit])
        arrived = part.contacts["arrived"]
        self._contacts += len(arrived)
        self._seen = float(np.max(arrived, initial=self._seen))
        self._over = part.last
        for rule, faults in self._faults:
            faults.update(dict.fromkeys(rule(part, np.inf if part.last else self._seen)))

    def close(self) -> None:
        """Raise AuditError naming every rule that does not hold."""
        faults = self._found()
        if not self._over:
            faults.append("the last part of the records is missing")
        if faults:
            raise _error(faults)

    def _found(self) -> list[str]:
        return [fault for _, faults in self._faults for fault in faults]

    def _misfit(self, part: Records) -> str:
        """Say how a part breaks the rules of parts; empty if it does not."""
        v = part.visits
        contact = v["contact"] - part.first
        if self._over or part.first != self._contacts:
            return "the parts of the records do not join"
        if len(contact) and not (contact[0] >= 0 and contact[-1] < len(part.contacts["end"])):
            return "a part holds visits of contacts that it does not hold"
        step = np.diff(contact, prepend=-1)
        number = np.where(step == 0, np.append(-1, v["visit"][:-1]) + 1, 0) if len(contact) else v["visit"]
        if np.any(step < 0) or np.any(v["visit"] != number):
            return "visits are not in order of contact and number"
        if part.last:
            return ""
        busy = np.isnan(v["freed"]) & (v["agent"] >= 0)
        if np.any(busy) or np.any(np.isnan(v["ended"])) or np.any(np.isnan(part.contacts["ended"])):
            return "a part that is not the last holds contacts that are not over"
        return ""


def _error(faults: Iterable[str]) -> AuditError:
    return AuditError("a run contradicts itself (please report it): " + "; ".join(faults))


# --- contacts and their visits ---------------------------------------------------------------------------------------


class _Contacts:
    """Customers in = out + still there; nobody ends before arriving."""

    def __init__(self) -> None:
        self.seen = -np.inf

    def check(self, part: Records, until: float) -> Iterator[str]:
        c = part.contacts
        ended = c["end"] != End.OPEN
        if not np.array_equal(ended, ~np.isnan(c["ended"])):
            yield "contacts that ended and contacts with an end time differ"
        if np.any(c["ended"][ended] < c["arrived"][ended]):
            yield "a contact ended before it arrived"
        if not np.all(np.diff(c["arrived"], prepend=self.seen) >= 0):
            yield "contacts are not in order of arrival"
        self.seen = np.max(c["arrived"], initial=self.seen)


class _Returns:
    """Every planned return came, at its time, and nobody else comes again."""

    def __init__(self) -> None:
        self.times, self.balance = np.zeros(0), np.zeros(0)  # planned less come, where that is not nothing
        self.planned = self.came = 0

    def check(self, part: Records, until: float) -> Iterator[str]:
        c = part.contacts
        planned, came = c["returns_at"][~np.isnan(c["returns_at"])], c["arrived"][c["attempt"] > 1]
        self.planned, self.came = self.planned + len(planned), self.came + len(came)
        times, place = np.unique(np.concatenate([self.times, planned, came]), return_inverse=True)
        weights = np.concatenate([self.balance, np.ones(len(planned)), -np.ones(len(came))])
        balance = np.bincount(place, weights, minlength=len(times))
        self.times, self.balance = times[balance != 0], balance[balance != 0]
        if part.last and len(self.times):
            yield f"{self.planned} customers were to come back, {self.came} did"


def _visits(part: Records, until: float) -> Iterator[str]:
    """Each visit follows the one before at the same instant; each open contact has one open visit."""
    v, c = part.visits, part.contacts
    contact = v["contact"] - part.first
    follows = np.diff(contact) == 0
    if np.any(v["entered"][1:][follows] != v["ended"][:-1][follows]):
        yield "a contact was lost between two steps"
    begins = np.flatnonzero(v["visit"] == 0)
    if np.any(v["entered"][begins] != c["arrived"][contact[begins]]):
        yield "a contact did not come to its first step when it arrived"
    leaves = np.array(c["arrived"])  # who came to no step ended then
    leaves[contact] = v["ended"]  # the last visit's stands
    if not np.array_equal(leaves, c["ended"], equal_nan=True):
        yield "a contact did not end when it left its last step"
    with np.errstate(invalid="ignore"):
        pairs = (("entered", "started"), ("entered", "ended"), ("started", "ended"), ("ended", "freed"))
        if any(np.any(v[later] < v[sooner]) for sooner, later in pairs):
            yield "a visit's times are not in order"
    still = np.bincount(contact[v["end"] == VisitEnd.OPEN], minlength=len(c["end"]))
    if not np.array_equal(still, c["end"] == End.OPEN):
        yield "contacts still in the system do not each have one open visit"
    if np.any(c["end"][contact[v["end"] == VisitEnd.ABANDONED]] != End.ABANDONED):
        yield "a contact gave up waiting and went on"
