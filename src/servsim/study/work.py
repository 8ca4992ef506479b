"""The work itself: replications of scenarios, computed wherever it may be; a pure function of what it is told.

A unit of work is one replication of one scenario. A job is what is sent to a worker at once: some units, so that
sending them costs little beside computing them.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from ..engine import PART, stream
from ..errors import RunError
from ..measure import Measuring, contacts_frame, events_frame
from ..network import Network, build
from ..network.network import Floats
from ..scenario.model import Model
from .identity import code

__all__ = ["Batch", "Job", "Outcome", "Settings", "work"]

Tell = Callable[[float], None]
KEPT = 16  # networks that a worker keeps in mind
LONG = 1.0  # seconds after which a job comes back with what is done: nobody knows before how long units take


@dataclass(frozen=True)
class Settings:
    """What holds for every unit of a study.

    Attributes:
        seed: seed of the random numbers.
        engine: a name of `servsim.engine.ENGINES`; has no say in the numbers.
        periods: the families of periods that are measured.
        max_visits: bound on the contacts, and on the visits to steps, of a replication; None for the engine's own.
        contacts: keep a table of every contact.
        events: keep a table of every event.
    """

    seed: int
    engine: str
    periods: tuple[str, ...]
    max_visits: int | None = None
    contacts: bool = False
    events: bool = False


@dataclass(frozen=True)
class Batch:
    """Some replications of one scenario; `model` is pickled, so that a worker reads it only where it must."""

    digest: str
    model: bytes = field(repr=False)
    replications: tuple[int, ...]


@dataclass(frozen=True)
class Job:
    """Units for one worker. `code` is that of the sender."""

    settings: Settings
    batches: tuple[Batch, ...]
    code: str

    @property
    def units(self) -> list[tuple[str, int]]:
        """The units in order: digest of the scenario, number of the replication."""
        return [(batch.digest, number) for batch in self.batches for number in batch.replications]


@dataclass(frozen=True)
class Outcome:
    """What a unit gave: `values` as `Measures.values` and then `Measures.target_values`, or why it failed.

    `seconds` is how long it took; nothing else depends on when and where it was computed.
    """

    digest: str
    replication: int
    values: Floats | None = field(repr=False)
    failure: RunError | None = None
    seconds: float = 0.0
    contacts: pd.DataFrame | None = field(default=None, repr=False)
    events: pd.DataFrame | None = field(default=None, repr=False)


def work(job: Job, tell: Tell | None = None) -> list[Outcome]:
    """Compute the units of a job, one after another, and return the outcomes of the first of them: at least of one.

    No more are begun when LONG seconds have passed, nor after a unit that fails: others of its scenario would most
    likely fail as well. `tell` is called now and then with the number of units done, the share of the one under way
    included. A unit that cannot be finished (RunError, or memory that does not suffice) fails by itself and tells why.

    Raises RunError where this worker runs other code than the sender.
    """
    if job.code != code():
        raise RunError(
            "a worker has another version of servsim, or changed code; install the same everywhere"
        )
    outcomes: list[Outcome] = []

    late = time.perf_counter() + LONG

    def heard(share: float) -> None:
        if tell is not None:
            tell(len(outcomes) + share)

    for batch in job.batches:
        for replication in batch.replications:
            outcomes.append(_unit(job.settings, batch, replication, heard))
            heard(0.0)
            if outcomes[-1].failure is not None or time.perf_counter() > late:
                return outcomes
    return outcomes


def _unit(settings: Settings, batch: Batch, replication: int, tell: Tell) -> Outcome:
    begun = time.perf_counter()
    try:
        values, contacts, events = _replicate(settings, *_prepared(batch), replication, tell)
    except RunError as error:
        return Outcome(batch.digest, replication, None, error)
    except MemoryError:
        words = "out of memory; fewer contacts or a shorter clock need less"
        return Outcome(batch.digest, replication, None, RunError(words))
    return Outcome(batch.digest, replication, values, None, time.perf_counter() - begun, contacts, events)


def _replicate(
    settings: Settings, network: Network, model: Model, replication: int, tell: Tell
) -> tuple[Floats, pd.DataFrame | None, pd.DataFrame | None]:
    """Run one replication and measure it; no records are kept."""
    measuring = Measuring(network, model, settings.periods)
    contacts: list[pd.DataFrame] = []
    events: list[pd.DataFrame] = []
    # tables of contacts or events hold everything anyway: then the records may as well come in one part
    part = None if settings.contacts or settings.events else PART
    for records in stream(
        network, settings.seed, replication, settings.engine, settings.max_visits, part, tell
    ):
        measuring.add(records)
        contacts += [contacts_frame(records, network)] if settings.contacts else []
        events += [events_frame(records, network)] if settings.events else []
    found = measuring.finish()
    values = np.concatenate([found.values, found.target_values])
    return values, _only(contacts), _only(events)


def _only(frames: list[pd.DataFrame]) -> pd.DataFrame | None:
    return frames[0] if frames else None


def _prepared(batch: Batch) -> tuple[Network, Model]:
    return _by_digest(batch.digest, batch.model)


@lru_cache(maxsize=KEPT)
def _by_digest(digest: str, model: bytes) -> tuple[Network, Model]:
    """Return a scenario as the engine and the measures want it."""
    found: Model = pickle.loads(model)
    return build(found), found
