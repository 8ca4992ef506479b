"""What a case of the verification suite is: a scenario, and what is known of its measures."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from servsim.catalogue import CATALOGUE
from servsim.scenario import Scenario, load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MAIN = {  # measures in which an error of 1 % is to be found
    "abandonment",
    "asa",
    "blocking",
    "cycle_time",
    "occupancy",
    "service_level",
    "sessions_open",
    "wait",
    "waiting",
    "work_in_system",
}
BLOCK, BLOCKS = 10_000, 200_000  # replication numbers that a case may use, and how many such blocks there are
GROWING = {"count", "hours", "money"}  # units of measures that grow with the time measured

Kind = Literal["formula", "chain", "published"]


class Key(NamedTuple):
    """Which value: a measure of the catalogue, its scope and period. A ratio of two measures is written `a / b`."""

    measure: str
    scope: str = "total"
    period: str = "run"


@dataclass(frozen=True)
class Known:
    """What is known of a value.

    Attributes:
        value: the expected value.
        error: its standard error; 0 where it is exact.
        runs: where the standard error was not printed: the number of independent runs that the value is a mean of.
        rounding: half a unit of the last digit printed.
        plain: a mean over replications, also where the measure is a ratio.
    """

    value: float
    error: float = 0.0
    runs: int | None = None
    rounding: float = 0.0
    plain: bool = False


@dataclass(frozen=True)
class Case:
    """A scenario and what is known of it.

    Attributes:
        name: short, unique.
        about: the system in words.
        source: of what is known: which formula, which publication.
        file: the scenario.
        solve: gives what is known, with the clock of the file where it grows with the time measured.
        changes: on the scenario, by dotted path.
        kind: where the answers come from.
        reps: replications of the whole suite, on the compiled engine.
        hours: measured hours of those; None as the scenario has it (a day from empty, for which alone answers hold).
        brief_hours: measured hours of the replications that both engines do.
        brief_reps: number of those.
    """

    name: str
    about: str
    source: str
    file: Path
    solve: Callable[[], Mapping[Key, Known]] = field(repr=False)
    changes: Mapping[str, object] = field(default_factory=dict)
    kind: Kind = "formula"
    reps: int = 200
    hours: float | None = None
    brief_hours: float | None = None
    brief_reps: int = 12

    @property
    def brief(self) -> Case:
        """The same system, watched for a short time."""
        if (self.reps, self.hours) == (self.brief_reps, self.brief_hours):
            return self
        return replace(self, reps=self.brief_reps, hours=self.brief_hours)

    @cached_property
    def written(self) -> Scenario:
        """The scenario with the clock of its file, for which `solve` answers."""
        return load(self.file, dict(self.changes))

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, with the clock that the case asks for."""
        if self.hours is None:
            return self.written
        return self.written.with_(
            {"clock.length": f"{self.written.model.clock.warmup + 3600 * self.hours} s"}
        )

    @cached_property
    def known(self) -> dict[Key, Known]:
        """What is known of every value, for the clock that the case asks for."""
        clock = self.written.model.clock
        factor = 1.0 if self.hours is None else 3600 * self.hours / (clock.length - clock.warmup)
        return {key: _scaled(key, known, factor) for key, known in self.solve().items()}

    @property
    def first(self) -> int:
        """The number of the first replication: cases of other scenarios have other random numbers."""
        words = repr((self.file.name, sorted(self.changes.items()), self.hours))
        return 1 + BLOCK * (zlib.crc32(words.encode()) % BLOCKS)

    @property
    def by_interval(self) -> bool:
        """Tell whether intervals have to be measured."""
        return any(key.period != "run" for key in self.known)


def _scaled(key: Key, known: Known, factor: float) -> Known:
    first, _, second = key.measure.partition(" / ")
    grows = not second and CATALOGUE[first].unit in GROWING
    return replace(known, value=factor * known.value) if grows else known


def exactly(values: Mapping[tuple[str, str], float], period: str = "run") -> dict[Key, Known]:
    """Return exact answers keyed by (measure, scope) as what is known of one period."""
    return {Key(measure, scope, period): Known(value) for (measure, scope), value in values.items()}
