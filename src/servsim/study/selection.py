"""The best of many scenarios, with a promise: Kim and Nelson's procedure over a runner (see `stats.ranking`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..catalogue import CATALOGUE
from ..errors import InputError
from ..scenario import Scenario
from ..stats import Selection
from .amounts import check_words
from .precision import FIRST, MOST
from .result import LEVEL, Result
from .runner import Runner

__all__ = ["Choice", "Wanted", "select"]

BLOCK = 10  # replications between two looks


@dataclass(frozen=True)
class Wanted:
    """What is the best: a measure, how much of it matters, and how sure the selection shall be.

    Attributes:
        measure: a name of the catalogue that has a better side.
        indifference: the smallest difference that matters, in the measure's unit; scenarios nearer than that to the
            best are as good.
        scope: `total`, or a kind and a name, such as `queue:phone`.
        confidence: probability of a right selection.
    """

    measure: str
    indifference: float
    scope: str = "total"
    confidence: float = LEVEL


@dataclass(frozen=True)
class Choice:
    """The scenario selected.

    Attributes:
        best: its name.
        sure: whether one is left; otherwise replications ran out and `best` has the best mean so far.
        left: names of those that may be the best.
        dropped: name → replication after which it was seen not to be.
        measure, scope, indifference, confidence: what was asked for.
        reps: replications of those left at the end.
    """

    best: str
    sure: bool
    left: tuple[str, ...]
    dropped: dict[str, int]
    measure: str
    scope: str
    indifference: float
    confidence: float
    reps: int


def select(
    runner: Runner,
    scenarios: Sequence[Scenario],
    names: Sequence[str],
    wanted: Wanted,
    first: int = FIRST,
    most: int = MOST,
) -> tuple[list[Result], Choice]:
    """Run scenarios, dropping those that fall behind, until one is left or `most` replications are run.

    Source: Kim and Nelson 2001, ACM TOMACS 11(3); valid under common random numbers.

    Raises:
        InputError: the measure does not exist in a scenario, or is not defined in some replication.
        ValueError: an argument is out of range.
    """
    for scenario in scenarios:
        check_words(scenario, wanted.measure, wanted.scope)
    better = CATALOGUE[wanted.measure].better
    if better not in ("less", "more"):
        raise InputError(f"select: neither more nor less of {wanted.measure} is better; name another measure")
    race = Selection(
        len(scenarios), wanted.indifference, wanted.confidence, first, "less" if better == "less" else "more"
    )
    counts, reps = [first] * len(scenarios), first
    while True:
        results = runner.results(scenarios, counts)
        race.take(_samples(results, wanted, reps))
        if race.done or reps >= most:
            break
        reps = min(reps + BLOCK, most)
        counts = [reps if n in race.alive else counts[n] for n in range(len(scenarios))]
    return results, Choice(
        best=names[race.best],
        sure=race.done,
        left=tuple(names[n] for n in race.alive),
        dropped={names[n]: after for n, after in race.dropped.items()},
        measure=wanted.measure,
        scope=wanted.scope,
        indifference=wanted.indifference,
        confidence=wanted.confidence,
        reps=reps,
    )


def _samples(
    results: Sequence[Result], wanted: Wanted, reps: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return one row a scenario; replications that a dropped one has not run are NaN."""
    table = np.full((len(results), reps), np.nan)
    for row, result in zip(table, results, strict=True):
        values = result.sample(wanted.measure, wanted.scope)
        row[: len(values)] = values
    return table
