"""Units that are to be computed: which of them wait, how many make a job, and which have failed."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Mapping, Sequence

from ..errors import RunError
from ..scenario.model import Model
from .work import Batch

__all__ = ["Pending"]

LOAD = 0.25  # seconds of work in a job: much beside sending it (about a millisecond), little beside a coffee
LATEST = 0.3  # weight of the newest time in the running mean


class Pending:
    """Units in order, scenario by scenario; learns how long they take.

    Args:
        units: digest → (the scenario's model; numbers of replications).

    Attributes:
        failures: units that failed, and why. What else waits of their scenarios is forgotten.
    """

    def __init__(self, units: Mapping[str, tuple[Model, Sequence[int]]]) -> None:
        self._models = {digest: model for digest, (model, _) in units.items()}
        self._waiting = {digest: list(numbers) for digest, (_, numbers) in units.items() if numbers}
        self._order = deque(self._waiting)
        self._alone: deque[tuple[str, int]] = deque()
        self._size = sum(map(len, self._waiting.values()))
        self.failures: dict[tuple[str, int], RunError] = {}
        self._given_up: set[str] = set()
        self._pace: dict[str, float] = {}
        self._mean_pace = 0.0
        self._packed: tuple[str, bytes] = ("", b"")  # the last model that was pickled

    def __len__(self) -> int:
        return self._size

    def seconds(self) -> float:
        """Return how long the rest takes one worker, as far as is known."""
        alone = sum(self._seconds_of(digest) for digest, _ in self._alone)
        return alone + sum(
            len(numbers) * self._seconds_of(digest) for digest, numbers in self._waiting.items()
        )

    def take(self, workers: int) -> tuple[Batch, ...]:
        """Take the next job: at least a unit, about LOAD seconds, and no more than a fair share of the rest."""
        if self._alone:
            self._size -= 1
            digest, number = self._alone.popleft()
            return (Batch(digest, self._model(digest), (number,)),)
        batches: list[Batch] = []
        room, most = LOAD, max(1, self._size // (2 * workers))
        while self._waiting and most > 0 and (room > 0 or not batches):
            digest = self._next()
            pace = self._seconds_of(digest)
            # where nothing is known at all, a single unit is tried first
            fitting = max(1, int(room / pace)) if pace else 1
            chosen = self._cut(digest, min(fitting, most))
            batches.append(Batch(digest, self._model(digest), tuple(chosen)))
            most -= len(chosen)
            room -= len(chosen) * pace if pace else LOAD
        return tuple(batches)

    def put_back(self, digest: str, replication: int, *, alone: bool = False) -> bool:
        """Let a unit that was taken wait again, and tell whether it does: not where its scenario was given up.

        `alone` makes it a job by itself, the next.
        """
        if digest in self._given_up:
            return False
        self._size += 1
        if alone:
            self._alone.append((digest, replication))
        elif digest in self._waiting:
            self._waiting[digest].insert(0, replication)
        else:
            self._waiting[digest] = [replication]
            self._order.appendleft(digest)
        return True

    def fail(self, digest: str, replication: int, failure: RunError) -> int:
        """Give a unit up, and with it the rest of its scenario, which would fail as well; return how many units
        that was beside it.
        """
        self.failures[digest, replication] = failure
        self._given_up.add(digest)
        others = deque(unit for unit in self._alone if unit[0] != digest)
        count = len(self._waiting.pop(digest, ())) + len(self._alone) - len(others)
        self._alone = others
        self._size -= count
        return count

    def learn(self, digest: str, seconds: float) -> None:
        """Take note of how long a unit took."""
        self._pace[digest] = _mean(self._pace.get(digest, 0.0), seconds)
        self._mean_pace = _mean(self._mean_pace, seconds)

    def _seconds_of(self, digest: str) -> float:
        return self._pace.get(digest, self._mean_pace)

    def _next(self) -> str:
        """Return the first scenario that still has units."""
        while self._order[0] not in self._waiting:
            self._order.popleft()
        return self._order[0]

    def _cut(self, digest: str, count: int) -> list[int]:
        """Take the first units of a scenario."""
        numbers = self._waiting[digest]
        chosen = numbers[:count]
        del numbers[:count]
        self._size -= len(chosen)
        if not numbers:
            del self._waiting[digest]
        return chosen

    def _model(self, digest: str) -> bytes:
        """Return a scenario's model, pickled; it is wanted for many jobs one after the other."""
        if self._packed[0] != digest:
            self._packed = digest, pickle.dumps(self._models[digest])
        return self._packed[1]


def _mean(old: float, new: float) -> float:
    return new if old == 0 else (1 - LATEST) * old + LATEST * new
