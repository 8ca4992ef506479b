"""Units that wait to be computed, and how many of them make a job."""

from __future__ import annotations

from collections.abc import Mapping

from .work import Batch

__all__ = ["Pending"]

LOAD = 0.25  # seconds of work in a job: much beside sending it (about a millisecond), little beside a coffee
LATEST = 0.3  # weight of the newest time in the running mean


class Pending:
    """Units in order, scenario by scenario; learns how long they take.

    Args:
        units: digest → (the scenario's model, pickled; numbers of replications).
    """

    def __init__(self, units: Mapping[str, tuple[bytes, tuple[int, ...]]]) -> None:
        self._models = {digest: model for digest, (model, _) in units.items()}
        self._waiting = {digest: list(numbers) for digest, (_, numbers) in units.items() if numbers}
        self._size = sum(map(len, self._waiting.values()))
        self._pace: dict[str, float] = {}
        self._mean_pace = 0.0

    def __len__(self) -> int:
        return self._size

    def seconds(self) -> float:
        """Return how long the rest takes one worker, as far as is known."""
        return sum(len(numbers) * self._seconds_of(digest) for digest, numbers in self._waiting.items())

    def take(self, workers: int) -> tuple[Batch, ...]:
        """Take the next job: at least a unit, about LOAD seconds, and no more than a fair share of the rest."""
        batches: list[Batch] = []
        room, most = LOAD, max(1, self._size // (2 * workers))
        while self._waiting and most > 0 and (room > 0 or not batches):
            digest, numbers = next(iter(self._waiting.items()))
            pace = self._seconds_of(digest)
            # an unknown scenario is tried with a single unit first
            fitting = max(1, int(room / pace)) if pace else 1
            chosen = numbers[: min(fitting, most)]
            batches.append(Batch(digest, self._models[digest], tuple(chosen)))
            self._remove(digest, len(chosen))
            most -= len(chosen)
            room -= len(chosen) * pace if pace else LOAD
        return tuple(batches)

    def put_back(self, digest: str, replication: int) -> None:
        """Let a unit that was taken wait again; it will be taken alone, as if nothing were known of it."""
        self._waiting.setdefault(digest, []).insert(0, replication)
        self._size += 1
        self._pace[digest] = LOAD

    def drop(self, digest: str) -> int:
        """Forget the rest of a scenario and return how many units that was."""
        numbers = self._waiting.pop(digest, [])
        self._size -= len(numbers)
        return len(numbers)

    def learn(self, digest: str, seconds: float) -> None:
        """Take note of how long a unit took."""
        self._pace[digest] = _mean(self._pace.get(digest, 0.0), seconds)
        self._mean_pace = _mean(self._mean_pace, seconds)

    def _seconds_of(self, digest: str) -> float:
        return self._pace.get(digest, self._mean_pace)

    def _remove(self, digest: str, count: int) -> None:
        self._size -= count
        rest = self._waiting[digest][count:]
        if rest:
            self._waiting[digest] = rest
        else:
            del self._waiting[digest]


def _mean(old: float, new: float) -> float:
    return new if old == 0 else (1 - LATEST) * old + LATEST * new
