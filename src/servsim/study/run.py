"""Running one scenario many times, each time with other random numbers."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from ..engine import PART, Records, resolve, stream
from ..errors import AuditError
from ..measure import Measuring, contacts_frame, events_frame
from ..network import Network, build
from ..scenario import Scenario, load
from .result import Result, Timing, versions

__all__ = ["MAX_SEED", "run"]

MAX_SEED = 2**62  # seeds are hashed as signed 64-bit numbers, and a bit is kept free
MAX_REPLICATION = 2**31  # replication numbers fit 32 bits in every table
MAX_VISITS = 2**53  # no machine holds as many


def run(
    scenario: Scenario | str | Path,
    *,
    reps: int = 10,
    seed: int = 1,
    first: int = 1,
    engine: str = "auto",
    contacts: bool = False,
    events: bool = False,
    max_visits: int | None = None,
    progress: Callable[[float, int], None] | None = None,
) -> Result:
    """Simulate a scenario `reps` times and return what came out, with intervals.

    The replications have the numbers first … first + reps - 1. A replication depends on the scenario, the
    seed and its own number alone, so number 7 by itself is number 7 of a hundred.

    Args:
        scenario: a scenario, or the name of its file.
        reps: number of replications.
        seed: the random numbers; two scenarios run with one seed see the same customers.
        first: number of the first replication.
        engine: a name out of `servsim.engine.ENGINES`, or `auto`.
        contacts: keep a table of every contact.
        events: keep a table of every event.
        max_visits: bound on the contacts, and on the visits to steps, of one replication, which stops a scenario that
            multiplies its contacts; None for the engine's usual one.
        progress: is called now and then with (replications done, the share of the one under way included; replications
            in all).

    Raises:
        InputError: the scenario is wrong.
        RunError: a replication could not be finished.
        ValueError: reps, seed, first or max_visits is out of range.
    """
    _check("reps", reps, 1, MAX_REPLICATION)
    _check("seed", seed, 0, MAX_SEED)
    _check("first", first, 1, MAX_REPLICATION - reps)
    if max_visits is not None:
        _check("max_visits", max_visits, 1, MAX_VISITS)
    engine = resolve(engine)
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    begun, clock = dt.datetime.now(dt.UTC), time.perf_counter()
    network = build(scenario.model)
    collected = _Collected(scenario, network, contacts, events)
    for done, replication in enumerate(range(first, first + reps)):

        def tell(share: float, done: int = done) -> None:
            if progress is not None:
                progress(done + share, reps)

        collected.add(
            replication, stream(network, seed, replication, engine, max_visits, collected.part, tell)
        )
        tell(1.0)
    return Result(
        scenario=scenario,
        seed=int(seed),
        first=int(first),
        reps=int(reps),
        engine=engine,
        versions=versions(),
        timing=Timing(begun.isoformat(timespec="seconds"), time.perf_counter() - clock),
        index=collected.index,
        matrix=np.array(collected.rows),
        judged=pd.concat(collected.judged, ignore_index=True),
        contacts=_stacked(collected.contacts) if contacts else None,
        events=_stacked(collected.events) if events else None,
    )


def _check(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value < high:
        raise ValueError(f"{name} is {value!r}: must be a whole number from {low} to {high - 1}")


class _Collected:
    """What the replications gave, one after another; no Records are kept."""

    def __init__(self, scenario: Scenario, network: Network, contacts: bool, events: bool) -> None:
        self.scenario, self.network = scenario, network
        self.wanted = (contacts, events)
        self.index = pd.DataFrame()
        self.rows: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
        self.judged: list[pd.DataFrame] = []
        self.contacts: list[pd.DataFrame] = []
        self.events: list[pd.DataFrame] = []

    @property
    def part(self) -> int | None:
        """Contacts in a part of the records; all of them where tables of them are wanted, which hold all anyway."""
        return None if any(self.wanted) else PART

    def add(self, replication: int, records: Iterable[Records]) -> None:
        """Take in the parts of one replication's records and keep what is asked for."""
        measuring = Measuring(self.network, self.scenario.model)
        for part in records:
            measuring.add(part)
            if self.wanted[0]:
                self.contacts.append(_numbered(contacts_frame(part, self.network), replication))
            if self.wanted[1]:
                self.events.append(_numbered(events_frame(part, self.network), replication))
        found = measuring.finish()
        if not self.rows:
            self.index = found.index
        elif not found.index.equals(self.index):
            raise AuditError(f"replication {replication} has other measures than the ones before")
        self.rows.append(found.values)
        self.judged.append(_numbered(found.judged, replication))


def _numbered(frame: pd.DataFrame, replication: int) -> pd.DataFrame:
    """Put the replication's number before a table's own columns."""
    frame = frame.copy()
    frame.insert(0, "replication", np.full(len(frame), replication, dtype=np.int32))
    return frame


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables under each other; names stay categoricals, over those that occur in any of them."""
    named = frames[0].select_dtypes("category").columns
    joined = {name: union_categoricals([frame[name] for frame in frames]) for name in named}
    return pd.concat([frame.drop(columns=named) for frame in frames], ignore_index=True).assign(**joined)[
        list(frames[0].columns)
    ]
