"""The runner: whoever wants replications asks it. It knows what is done, and has done what is missing.

A unit of work, one replication of one scenario, depends on its name alone (see `identity`): so it is computed at most
once, wherever and whenever, and results have the same bytes however many workers there were and whoever died meanwhile.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from types import TracebackType
from typing import Protocol

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from ..engine import ENGINES, resolve
from ..errors import AuditError, RunError, ServsimError
from ..measure import FAMILIES, Layout, judged_table, layout_of
from ..network import build
from ..network.network import Floats
from ..scenario import Scenario
from .crew import Cluster, Crew, Done, Here, Local, WorkerDied, cores
from .format import MAX_SEED
from .identity import code, context
from .pending import Pending
from .result import Result, Timing, versions
from .work import Job, Outcome, Settings

__all__ = ["MAX_REPLICATION", "MAX_SEED", "Memory", "Progress", "Runner", "Store", "check_number"]

MAX_REPLICATION = 2**31  # replication numbers fit 32 bits in every table
MAX_VISITS = 2**53  # no machine holds as many
MAX_JOBS = 1024

PAYS = 5.0  # seconds of work from which on processes of their own pay: starting them takes two
LOOK = 0.5  # seconds between two looks at the clock and at Ctrl-C while workers work
MANY = 10  # failed scenarios that an error names
LAYOUTS = (
    64  # scenarios of which it is kept in mind what their measures are: megabytes each where periods are many
)
DEATHS = 3  # workers that die with a unit before it is given up
IN_VAIN = 10  # workers that die one after the other, while no unit is finished, before all is given up
SAVE, HEAVY = (
    1.0,
    2**26,
)  # seconds and bytes, the first of them to come, from one pack of finished units to the next

Progress = Callable[[float, int], None]
Unit = tuple[str, int]  # digest of the scenario, number of the replication


class Store(Protocol):
    """Keeps the values of finished units. `open` names the context; all units asked for later belong to it."""

    def open(self, context: str) -> None:
        """Find the units of a context that are there."""
        ...

    def __contains__(self, unit: Unit) -> bool:
        """Tell whether a unit is there."""
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

    def __contains__(self, unit: Unit) -> bool:
        return unit in self._found

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

    Attributes:
        found: units that were asked for and lay in the store already.
        seconds: what the units took that were computed, all workers together.

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
        self._done = self._wanted = self._in_vain = 0
        self._fresh: list[Outcome] = []  # finished, and not yet in the store
        self._saved = time.monotonic()
        self.found = 0
        self.seconds = 0.0

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
        begun, clock = dt.datetime.now(dt.UTC), time.perf_counter()
        ranges = _ranges(scenarios, reps, first)
        self._compute(list(zip(scenarios, ranges, strict=True)))
        timing = Timing(begun.isoformat(timespec="seconds"), time.perf_counter() - clock)
        return [
            self._result(scenario, numbers, timing)
            for scenario, numbers in zip(scenarios, ranges, strict=True)
        ]

    def compute(self, scenarios: Sequence[Scenario], reps: int | Sequence[int], first: int = 1) -> None:
        """Have everything in the store that `results` would return; arguments and errors are the same.

        A study that does not fit into memory is computed so, and its results are taken one after the other.
        """
        self._compute(list(zip(scenarios, _ranges(scenarios, reps, first), strict=True)))

    # --- having it done ------------------------------------------------------------------------------------

    def _compute(self, wanted: Sequence[tuple[Scenario, range]]) -> None:
        """Compute what is not in the store."""
        missing: dict[str, tuple[Scenario, dict[int, None]]] = {}
        for scenario, numbers in wanted:
            digest = scenario.digest()
            lacking = [n for n in numbers if not self._has((digest, n))]
            self.found += len(numbers) - len(lacking)
            if lacking:
                missing.setdefault(digest, (scenario, {}))[1].update(dict.fromkeys(lacking))
        pending = Pending(
            {digest: (scenario.model, tuple(numbers)) for digest, (scenario, numbers) in missing.items()}
        )
        self._wanted += len(pending)
        self._work_off(pending)
        if pending.failures:
            several = len({scenario.digest() for scenario, _ in wanted}) > 1
            raise _failed(
                pending.failures,
                {digest: scenario.name for digest, (scenario, _) in missing.items()},
                several,
            )

    def _has(self, unit: Unit) -> bool:
        """Tell whether everything of a unit is there; tables are in memory alone."""
        return unit in self._store and (not self._keeps_tables or unit in self._tables)

    @property
    def _keeps_tables(self) -> bool:
        return self.settings.contacts or self.settings.events

    def _work_off(self, pending: Pending) -> None:
        """Keep the crew busy until nothing is left."""
        flying: dict[Done, Job] = {}
        self._in_vain = 0
        try:
            while pending or flying:
                crew = self._staff(pending)
                while pending and len(flying) < crew.line:
                    job = Job(self.settings, pending.take(crew.width), code())
                    flying[crew.submit(job)] = job
                finished, _ = wait(flying, LOOK, FIRST_COMPLETED)
                self._take_up({done: flying.pop(done) for done in finished}, pending)
                crew.check()
                self._tell(0.0)
        finally:
            # Ctrl-C, a full disk, a cluster that is gone: what is finished is kept all the same
            with suppress(ServsimError):
                self._take_up({done: job for done, job in flying.items() if done.done()}, pending)
            self._save()
            self._wanted = self._done  # what was given up is wanted no more

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

    def _take_up(self, landed: Mapping[Done, Job], pending: Pending) -> None:
        """Keep what finished jobs gave. An error that ends everything is raised when all of them have been heard."""
        trouble: ServsimError | None = None
        for done, job in landed.items():
            assert self._crew is not None
            try:
                self._note(job, self._crew.outcomes(done), pending)
            except WorkerDied as death:
                self._mourn(job, death, pending)
            except ServsimError as error:
                trouble = error
        if trouble is None and self._in_vain >= IN_VAIN:
            trouble = RunError(f"{self._in_vain} workers died one after the other, and nothing was finished")
        weight = sum(outcome.values.nbytes for outcome in self._fresh if outcome.values is not None)
        if trouble is not None or weight > HEAVY or time.monotonic() - self._saved > SAVE:
            self._save()
        if trouble is not None:
            raise trouble

    def _note(self, job: Job, outcomes: Sequence[Outcome], pending: Pending) -> None:
        """Take note of what a job gave, and of what it did not get to."""
        self._done += len(outcomes)
        self._in_vain = 0
        for outcome in outcomes:
            unit = outcome.digest, outcome.replication
            self.seconds += outcome.seconds
            if outcome.failure is not None:
                self._wanted -= pending.fail(*unit, outcome.failure)
                continue
            self._fresh.append(outcome)
            pending.learn(outcome.digest, outcome.seconds)
            if self._keeps_tables:
                self._tables[unit] = outcome.contacts, outcome.events
        for unit in reversed(job.units[len(outcomes) :]):
            self._wanted -= not pending.put_back(*unit)

    def _mourn(self, job: Job, death: WorkerDied, pending: Pending) -> None:
        """Put the units of a job whose worker died back, each by itself, so that what kills workers is found out."""
        self._in_vain += 1
        for unit in job.units:
            self._deaths[unit] = self._deaths.get(unit, 0) + 1
            if self._deaths[unit] < DEATHS:
                self._wanted -= not pending.put_back(*unit, alone=True)
                continue
            words = f"{DEATHS} workers died with replication {unit[1]} under way ({death}); "
            hint = "memory may not suffice for so many at a time (--jobs 1 needs least)"
            self._done += 1
            self._wanted -= pending.fail(*unit, RunError(words + hint))

    def _save(self) -> None:
        """Bring what is finished into the store."""
        fresh, self._fresh = self._fresh, []
        self._saved = time.monotonic()
        if fresh:
            self._store.put(fresh)

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
            while len(self._layouts) >= LAYOUTS:
                del self._layouts[next(iter(self._layouts))]
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


def _ranges(scenarios: Sequence[Scenario], reps: int | Sequence[int], first: int) -> list[range]:
    """Return the numbers of the replications wanted of each scenario. Raises ValueError where they are out of range."""
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
    return [range(int(first), int(first) + int(count)) for count in counts]


def _failed(failures: Mapping[Unit, RunError], names: Mapping[str, str], several: bool) -> RunError:
    """Return one error for all units that failed: the first of every scenario."""
    first: dict[str, Unit] = {}
    for unit in sorted(failures, key=lambda unit: unit[1]):
        first.setdefault(unit[0], unit)
    if not several:
        return next(failures[unit] for unit in first.values())
    kind = AuditError if any(isinstance(error, AuditError) for error in failures.values()) else RunError
    # in the order in which the scenarios were given, whoever was first to fail
    order = [digest for digest in names if digest in first]
    words = [
        f"{names[digest]}, replication {first[digest][1]}: {failures[first[digest]]}" for digest in order
    ]
    more = f"\nand {len(words) - MANY} more" if len(words) > MANY else ""
    count = "1 scenario" if len(words) == 1 else f"{len(words)} scenarios"
    return kind(f"{count} failed\n" + "\n".join(words[:MANY]) + more)


def check_number(name: str, value: int, low: int, high: int) -> None:
    """Raise ValueError where an argument is not a whole number from low to below high."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value < high:
        raise ValueError(f"{name} is {value!r}: must be a whole number from {low} to {high - 1}")
