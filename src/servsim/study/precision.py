"""As many replications as a wanted precision takes, and a confidence that this does not spoil.

The number of replications follows from the standard deviations of a first stage alone (Stein 1945, see
`stats.stopping`), so it is known early how long it will take, and the confidence is kept. A precision relative to a
mean is asked for again as the mean settles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import InputError, Problem
from ..scenario import Scenario
from ..stats import relative_half_width, two_stage_interval, wanted_replications
from .amounts import check_scope, measure_of, parse_amount, parse_relative
from .format import AT_MOST as MOST
from .result import LEVEL, Result
from .runner import Runner

__all__ = ["ALL", "FIRST", "MOST", "Goal", "Settled", "parse_precision", "settle"]

FIRST = 20  # replications of the first stage: fewer make the second needlessly long
ALL = "*"  # every measure that is judged
USUAL = (("service_level", "total"), ("cycle_time", "total"), ("cost", "total"))
Floats = npt.NDArray[np.float64]
Want = str | Mapping[str, str]


@dataclass(frozen=True)
class Goal:
    """A wanted precision: the half-width of a measure's 95 % interval, in its unit, or relative to its mean."""

    measure: str
    scope: str
    half_width: float
    relative: bool


@dataclass(frozen=True)
class Settled:
    """What was done for a wanted precision.

    Attributes:
        first: replications of the first stage.
        reps: replications in all.
        reached: whether every goal was.
        table: a row for each goal and scenario: scenario, measure, scope, mean (of the value, or of its difference from
            the base where scenarios are compared), half_width (Stein's, whose confidence holds whatever the number of
            replications), wanted (half-width), reps (replications that this goal takes; inf: no number is known to do),
            reached.
    """

    first: int
    reps: int
    reached: bool
    table: pd.DataFrame = field(repr=False)


def parse_precision(want: Want, scenarios: Mapping[str, Scenario]) -> list[Goal]:
    """Read a wanted precision.

    Args:
        want: `2%` (relative, of every measure that a target names, or of service_level, cycle_time and cost where there
            are no targets), or measure → precision such as `{"service_level": "0.5pp", "wait queue:phone": "5 s"}`,
            which may be written `service_level=0.5pp, wait queue:phone=5 s`; `2%` is relative to the mean, `pp`
            percentage points of a share, other numbers are in the measure's unit. `*` is every judged measure.
        scenarios: the scenarios by name, for their targets and the names in them.

    Raises:
        InputError: with every problem found.
    """
    if isinstance(want, str):
        parts = [part.partition("=") for part in want.split(",")]
        pairs = [
            (name.strip(), text.strip()) if equals else (ALL, name.strip()) for name, equals, text in parts
        ]
    else:
        pairs = [(str(name).strip(), str(text).strip()) for name, text in want.items()]
    goals: list[Goal] = []
    problems: list[Problem] = []
    for name, text in pairs:
        try:
            goals += _judged(text, scenarios) if name == ALL else [_goal(name, text, scenarios)]
        except ValueError as error:
            problems.append(Problem("", 0, 0, "precision", str(error)))
    if problems or not goals:
        raise InputError(problems or "precision names no measure")
    return goals


def settle(
    runner: Runner,
    scenarios: Sequence[Scenario],
    names: Sequence[str],
    base: int,
    goals: Sequence[Goal],
    first: int = FIRST,
    most: int = MOST,
) -> tuple[list[Result], Settled]:
    """Run replications, the same number for all scenarios, until every goal is reached or there are `most`.

    With one scenario the goals are for its values, with several for the differences from the base; relative ones are
    relative to the base's mean then. Each interval holds by itself with 95 %.

    Raises:
        InputError: a goal's measure does not exist in a scenario.
        ValueError: first is below 2 or most below first.
    """
    if not 2 <= first <= most:
        raise ValueError(f"first is {first!r}: must be from 2 to max_reps, {most}")
    reps = first
    while True:
        results = runner.results(scenarios, reps)
        rows = [
            _judge(goal, results, number, base, first)
            for goal in goals
            for number in range(len(results))
            if number != base or len(results) == 1
        ]
        wanted = max((row["reps"] for row in rows), default=first)
        if wanted <= reps or reps >= most:
            break
        reps = int(min(wanted, most))
    table = pd.DataFrame(rows)
    table["scenario"] = [names[number] for number in table["scenario"]]
    return results, Settled(first, reps, bool(table["reached"].all()), table)


def _judge(goal: Goal, results: Sequence[Result], number: int, base: int, first: int) -> dict[str, Any]:
    """Return how far a goal is reached by one scenario, and how many replications it takes."""
    try:
        values = results[number].sample(goal.measure, goal.scope)
        ours = results[base].sample(goal.measure, goal.scope)
    except KeyError as error:
        raise InputError(f"precision: {error.args[0]}") from None
    with np.errstate(invalid="ignore"):
        sample = values if len(results) == 1 else values - ours
    if np.isnan(sample[:first]).sum() > first - 2:
        raise InputError(
            f"precision: {goal.measure} {goal.scope} has hardly a value in the first {first} replications"
        )
    found = two_stage_interval(sample, first, LEVEL)
    wanted = goal.half_width
    if goal.relative:
        wanted = relative_half_width(float(np.nanmean(ours)), goal.half_width)
    takes: float = wanted_replications(sample[:first], wanted, LEVEL)
    lacking = int(np.isnan(sample).sum())
    reached = bool(found.half_width <= wanted)
    if not reached:
        takes = max(takes + lacking, len(sample) + 1)
    return {
        "scenario": number,
        "measure": goal.measure,
        "scope": goal.scope,
        "mean": found.mean,
        "half_width": found.half_width,
        "wanted": wanted,
        "reps": float(takes) if takes < 2**53 else math.inf,
        "reached": reached,
    }


def _judged(text: str, scenarios: Mapping[str, Scenario]) -> list[Goal]:
    """Return a relative goal for each measure that some target names, or for the usual ones."""
    share = parse_relative(text)
    if share is None:
        raise ValueError(
            f"{text!r} is not a precision; write 2% (of every mean that is judged) or measure=precision"
        )
    named = [
        (target.measure, f"{target.scope}:{target.name}" if target.name else target.scope)
        for scenario in scenarios.values()
        for target in scenario.model.targets
    ]
    return [Goal(measure, scope, share, relative=True) for measure, scope in dict.fromkeys(named or USUAL)]


def _goal(name: str, text: str, scenarios: Mapping[str, Scenario]) -> Goal:
    """Read `service_level queue:phone` and `0.5pp`."""
    word, _, scope = name.partition(" ")
    measure, scope = measure_of(word), scope.strip() or "total"
    check_scope(measure, scope, scenarios)
    share = parse_relative(text)
    if share is not None:
        return Goal(measure.name, scope, share, relative=True)
    return Goal(measure.name, scope, parse_amount(measure, text), relative=False)
