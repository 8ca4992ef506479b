"""The runner: whoever wants replications asks it. It knows what is done, and has done what is missing.

A unit of work, one replication of one scenario, depends on its name alone (see `identity`): so it is computed at most
once, wherever and whenever, and results have the same bytes however many workers there were and whoever died meanwhile.
"""

from __future__ import annotations

import datetime as dt
import pickle
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait
from types import TracebackType
from typing import Protocol

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from ..engine import ENGINES, resolve
from ..errors import AuditError, RunError
from ..measure import FAMILIES, Layout, judged_table, layout_of
from ..network import build
from ..network.network import Floats
from ..scenario import Scenario
from .crew import Cluster, Crew, Done, Here, Local, cores
from .identity import code, context
from .pending import Pending
from .result import Result, Timing, versions
from .work import Job, Outcome, Settings

__all__ = ["MAX_REPLICATION", "MAX_SEED", "Memory", "Progress", "Runner", "Store", "check_number"]

MAX_SEED = 2**62  # seeds are hashed as signed 64-bit numbers, and a bit is kept free
MAX_REPLICATION = 2**31  # replication numbers fit 32 bits in every table
MAX_VISITS = 2**53  # no machine holds as many
MAX_JOBS = 1024

PAYS = 5.0  # seconds of work from which on processes of their own pay: starting them takes two
LOOK = 0.5  # seconds between two looks at the clock and at Ctrl-C while workers work
MANY = 10  # failed scenarios that an error names
DEATHS = 3  # workers that may die with a unit before it is given up

Progress = Callable[[float, int], None]
Unit = tuple[str, int]  # digest of the scenario, number of the replication


class Store(Protocol):
    """Keeps the values of finished units. `open` names the context; all units asked for later belong to it."""

    def open(self, context: str) -> None:
        """Find the units of a context that are there."""
        ...

    def get(self, unit: Unit) -> Floats | None:
        """Return a unit's values, None if it is not there."""
        ...

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Keep finished units."""
        ...


class Memory:
    """A store that ends with the process."""

    def __init__(self) -> None:
        self._found: dict[Unit, Floats] = {}

    def open(self, context: str) -> None:
        """Nothing is there yet."""

    def get(self, unit: Unit) -> Floats | None:
        """Return a unit's values, None if it is not there."""
        return self._found.get(unit)

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Keep finished units."""
        for outcome in outcomes:
            assert outcome.values is not None
            self._found[outcome.digest, outcome.replication] = outcome.values


class Runner:
    """Has replications computed, each at most once; a context manager, since it may hold processes.

    Args:
        seed: the random numbers; two scenarios run with one seed see the same customers.
        engine: a name out of `servsim.engine.ENGINES`, or `auto`. All give the same numbers.
        periods: the families of periods that are measured, of run, day and interval.
        max_visits: bound on the contacts, and on the visits to steps, of one replication; None: the engine's usual one.
        jobs: processes to work with; 1 is this process alone; None begins here and starts one for each processor
            where so much is left to do that it pays.
        cluster: address of a Dask scheduler, whose workers do the work then.
        store: keeps finished units; None for memory alone.
        contacts: keep a table of every contact. Such tables are in memory only.
        events: keep a table of every event.
        progress: is called now and then with (units computed, units to compute), both since the beginning.

    Raises:
        ValueError: seed, max_visits, jobs or engine is out of range.
        InputError: the periods are wrong, or no scheduler answers at the address.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        engine: str = "auto",
        periods: Sequence[str] = FAMILIES,
        max_visits: int | None = None,
        jobs: int | None = None,
        cluster: str | None = None,
        store: Store | None = None,
        contacts: bool = False,
        events: bool = False,
        progress: Progress | None = None,
    ) -> None:
        check_number("seed", seed, 0, MAX_SEED)
        if max_visits is not None:
            check_number("max_visits", max_visits, 1, MAX_VISITS)
        if jobs is not None:
            check_number("jobs", jobs, 1, MAX_JOBS)
        self.settings = Settings(int(seed), resolve(engine), tuple(periods), max_visits, contacts, events)
        self._progress = progress
        self._store = Memory() if store is None else store
        self._store.open(context(seed, periods))
        self._jobs, self._cluster = jobs, cluster
        self._crew: Crew | None = None
        self._deaths: dict[Unit, int] = {}
        self._tables: dict[Unit, tuple[pd.DataFrame | None, pd.DataFrame | None]] = {}
        self._layouts: dict[str, Layout] = {}
        self._done = self._wanted = 0
        self.found = 0  # units that were asked for and lay in the store already

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._crew is not None:
            self._crew.close(at_once=kind is not None)
            self._crew = None

    def results(
        self, scenarios: Sequence[Scenario], reps: int | Sequence[int], first: int = 1
    ) -> list[Result]:
        """Return replications first … first + reps - 1 of every scenario, as one result each.

        Args:
            scenarios: any; some may be equal.
            reps: number of replications, for all or for each.
            first: number of the first replication.

        Raises:
            RunError: replications could not be finished; all others are computed and kept all the same.
            ValueError: reps or first is out of range.
        """
        counts = (
            [reps] * len(scenarios) if isinstance(reps, str) or not isinstance(reps, Sequence) else list(reps)
        )
        if len(counts) != len(scenarios):
            raise ValueError(
                f"reps is {reps!r}: must be one number, or one for each of {len(scenarios)} scenarios"
            )
        for count in counts:
            check_number("reps", count, 1, MAX_REPLICATION)
            check_number("first", first, 1, MAX_REPLICATION - count)
        begun, clock = dt.datetime.now(dt.UTC), time.perf_counter()
        ranges = [range(first, first + count) for count in counts]
        self._compute(list(zip(scenarios, ranges, strict=True)))
        timing = Timing(begun.isoformat(timespec="seconds"), time.perf_counter() - clock)
        return [
            self._result(scenario, numbers, timing)
            for scenario, numbers in zip(scenarios, ranges, strict=True)
        ]

    # --- having it done ------------------------------------------------------------------------------------

    def _compute(self, wanted: Sequence[tuple[Scenario, range]]) -> None:
        """Compute what is not in the store."""
        missing: dict[str, tuple[Scenario, dict[int, None]]] = {}
        for scenario, numbers in wanted:
            digest = scenario.digest()
            lacking = [n for n in numbers if self._store.get((digest, n)) is None]
            self.found += len(numbers) - len(lacking)
            if lacking:
                missing.setdefault(digest, (scenario, {}))[1].update(dict.fromkeys(lacking))
        pending = Pending(
            {
                digest: (pickle.dumps(scenario.model), tuple(numbers))
                for digest, (scenario, numbers) in missing.items()
            }
        )
        self._wanted += len(pending)
        failures = self._work_off(pending)
        if failures:
            several = len({scenario.digest() for scenario, _ in wanted}) > 1
            raise _failed(
                failures, {digest: scenario.name for digest, (scenario, _) in missing.items()}, several
            )

    def _work_off(self, pending: Pending) -> dict[Unit, RunError]:
        """Keep the crew busy until nothing is left; return the units that failed."""
        failures: dict[Unit, RunError] = {}
        flying: dict[Done, Job] = {}
        while pending or flying:
            while pending and len(flying) < self._staff(pending).line:
                crew = self._staff(pending)
                job = Job(self.settings, pending.take(crew.width), code(), crew.parent)
                flying[crew.submit(job)] = job
            finished, _ = wait(flying, LOOK, FIRST_COMPLETED)
            broken = {future for future in finished if _is_broken(future)}
            self._take_up(flying, finished - broken, failures, pending)
            if broken:
                self._mourn([flying.pop(future) for future in list(flying)], pending)
            self._tell(0.0)
        return failures

    def _staff(self, pending: Pending) -> Crew:
        """Return those who work: this process first, unless told otherwise, and more hands where they pay."""
        prepare = ENGINES[self.settings.engine].prepare
        if self._crew is None:
            self._crew = (
                Cluster(self._cluster)
                if self._cluster is not None
                else Local(self._jobs, prepare)
                if self._jobs is not None and self._jobs > 1
                else Here(self._tell)
            )
        elif isinstance(self._crew, Here) and self._jobs is None and pending.seconds() > PAYS and cores() > 1:
            self._crew = Local(cores(), prepare)
        return self._crew

    def _take_up(
        self,
        flying: dict[Done, Job],
        finished: Iterable[Done],
        failures: dict[Unit, RunError],
        pending: Pending,
    ) -> None:
        """Keep what finished jobs gave."""
        for future in finished:
            del flying[future]
            outcomes = _outcomes(future)
            good = [outcome for outcome in outcomes if outcome.failure is None]
            self._store.put(good)
            self._done += len(outcomes)
            for outcome in outcomes:
                unit = outcome.digest, outcome.replication
                if outcome.failure is not None:
                    failures[unit] = outcome.failure
                    self._wanted -= pending.drop(outcome.digest)  # its other replications would fail as well
                else:
                    pending.learn(outcome.digest, outcome.seconds)
                if self.settings.contacts or self.settings.events:
                    self._tables[unit] = outcome.contacts, outcome.events

    def _mourn(self, jobs: Sequence[Job], pending: Pending) -> None:
        """Put the units of jobs whose worker died back, one by one, so that what kills workers is found out."""
        for job in jobs:
            for batch in job.batches:
                for replication in batch.replications:
                    unit = batch.digest, replication
                    self._deaths[unit] = self._deaths.get(unit, 0) + 1
                    if self._deaths[unit] >= DEATHS:
                        raise RunError(
                            f"{DEATHS} workers died, the last with replication {replication} under way; "
                            "memory may not suffice for so many at a time (--jobs 1 needs least)"
                        )
                    pending.put_back(batch.digest, replication)
        assert self._crew is not None
        self._crew.revive()

    def _tell(self, under_way: float) -> None:
        if self._progress is not None:
            self._progress(self._done + under_way, self._wanted)

    # --- making results ------------------------------------------------------------------------------------

    def _result(self, scenario: Scenario, numbers: range, timing: Timing) -> Result:
        """Put the units of one scenario together."""
        digest = scenario.digest()
        found = [self._store.get((digest, n)) for n in numbers]
        layout = self._layout(scenario)
        width = len(layout.index)
        rows = [row for row in found if row is not None and len(row) == width + len(layout.targets)]
        if len(rows) != len(numbers):
            raise AuditError("replications of one scenario have not the same measures")
        replications = np.array(numbers, dtype=np.int32)
        targets = pd.concat([layout.targets] * len(rows), ignore_index=True)
        targets.insert(0, "replication", np.repeat(replications, len(layout.targets)))
        contacts, events = (self._table(digest, numbers, which) for which in (0, 1))
        return Result(
            scenario=scenario,
            seed=self.settings.seed,
            first=numbers[0],
            reps=len(numbers),
            engine=self.settings.engine,
            versions=versions(),
            timing=timing,
            index=layout.index,
            matrix=np.array([row[:width] for row in rows]),
            judged=judged_table(targets, scenario.model, np.concatenate([row[width:] for row in rows])),
            contacts=contacts,
            events=events,
        )

    def _layout(self, scenario: Scenario) -> Layout:
        """Return what a scenario's measures are; made once, as procedures ask for results again and again."""
        digest = scenario.digest()
        if digest not in self._layouts:
            self._layouts[digest] = layout_of(build(scenario.model), scenario.model, self.settings.periods)
        return self._layouts[digest]

    def _table(self, digest: str, numbers: range, which: int) -> pd.DataFrame | None:
        """Return the contacts (0) or the events (1) of all replications, None where nobody asked for them."""
        if not (self.settings.contacts, self.settings.events)[which]:
            return None
        frames = [(number, self._tables[digest, number][which]) for number in numbers]
        return _stacked([_numbered(frame, number) for number, frame in frames if frame is not None])


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables under each other; names stay categoricals, over those that occur in any of them."""
    named = frames[0].select_dtypes("category").columns
    joined = {name: union_categoricals([frame[name] for frame in frames]) for name in named}
    rest = pd.concat([frame.drop(columns=named) for frame in frames], ignore_index=True)
    return rest.assign(**joined)[list(frames[0].columns)]


def _numbered(frame: pd.DataFrame, replication: int) -> pd.DataFrame:
    """Put the replication's number before a table's own columns."""
    frame = frame.copy()
    frame.insert(0, "replication", np.full(len(frame), replication, dtype=np.int32))
    return frame


def _is_broken(future: Done) -> bool:
    """Tell whether the worker died that had the job."""
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


def _outcomes(future: Done) -> list[Outcome]:
    """Return what a job gave; whatever a crew has to say of its own troubles becomes a RunError."""
    try:
        return future.result(timeout=0)
    except RunError:
        raise
    except (Exception, CancelledError) as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise RunError(f"a worker could not do its work: {words}") from error


def _failed(failures: Mapping[Unit, RunError], names: Mapping[str, str], several: bool) -> RunError:
    """Return one error for all units that failed: the first of every scenario."""
    first: dict[str, Unit] = {}
    for unit in sorted(failures, key=lambda unit: unit[1]):
        first.setdefault(unit[0], unit)
    if not several:
        return next(failures[unit] for unit in first.values())
    words = [f"{names[digest]}, replication {unit[1]}: {failures[unit]}" for digest, unit in first.items()]
    more = f"\nand {len(words) - MANY} more" if len(words) > MANY else ""
    return RunError(f"{len(words)} scenarios failed\n" + "\n".join(words[:MANY]) + more)


def check_number(name: str, value: int, low: int, high: int) -> None:
    """Raise ValueError where an argument is not a whole number from low to below high."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value < high:
        raise ValueError(f"{name} is {value!r}: must be a whole number from {low} to {high - 1}")
