"""How far servsim's values lie from what is known, in standard errors.

The value of a ratio is the ratio of sums over the replications, its error by the delta method (Law 2015, Simulation
Modeling and Analysis, section 9.4.2). Where there are many replications, main measures are corrected for luck: for how
many customers came and how long they took, whose true means are known (control variates: Lavenberg and Welch 1981,
Management Science 27(3)); the correction has the true mean under any coefficients, which are those of least squares.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from case import MAIN, Key, Known
from scipy.stats import norm, t

from servsim import Result

Floats = npt.NDArray[np.float64]

SAME = 1e-9  # relative: a value that does not vary must agree to this
ENOUGH = 60  # replications from which on coefficients of the correction are known well enough
POWER = 0.99
BELOW = {  # ratio -> what a replication's value is weighted with; all others are means over replications
    "abandonment": "offered",
    "aht": "answered",
    "asa": "answered",
    "automation_share": "resolved",
    "blocking": "offered",
    "containment": "offered",
    "contacts_per_customer": "customers",
    "cycle_time": "offered",
    "escalation": "offered",
    "occupancy": "staffed_hours",
    "repeat_share": "offered",
    "session_time": "sessions",
    "talk_time": "answered",
    "utilisation": "paid_hours",
    "wait": "offered",
    "wait_abandoned": "abandoned",
    "wrap_up_time": "answered",
}
INPUTS = {("offered", "channel"), ("customers", "channel"), ("aht", "queue"), ("session_time", "bot")}


@dataclass(frozen=True)
class Score:
    """One value beside what is known of it.

    Attributes:
        known: what is known.
        got: servsim's value.
        error: standard error of the difference; 0 where the value is the same in all replications.
        freedom: degrees of freedom of that error.
    """

    known: Known
    got: float
    error: float
    freedom: int

    @property
    def z(self) -> float:
        """The difference in standard errors, as the normal deviate that is as rare as Student's t."""
        gap = self.got - self.known.value
        beyond = max(abs(gap) - self.known.rounding, 0.0)
        if self.error <= SAME * abs(self.known.value):
            return 0.0 if beyond <= SAME * abs(self.known.value) else math.inf
        rare = float(t.sf(beyond / self.error, self.freedom))
        return math.copysign(float(norm.isf(rare)) if rare > 0.0 else math.inf, gap)

    def found(self, limit: float) -> float:
        """Return the relative error that lies beyond a limit on |z| in 99 of 100 runs of the suite."""
        widest = float(t.isf(norm.sf(limit), self.freedom))
        reach = (widest + float(norm.isf(1.0 - POWER))) * self.error + self.known.rounding
        return reach / abs(self.known.value) if self.known.value else math.nan


@dataclass(frozen=True)
class Sample:
    """A value by replication, as a ratio; `below` is 1 for what is a mean."""

    above: Floats
    below: Floats

    def gaps(self, about: float) -> Floats:
        """By replication, how far it lies from a value: their mean is the distance of the ratio of sums."""
        gaps: Floats = (self.above - about * self.below) / float(np.mean(self.below))
        return gaps


def sample(result: Result, key: Key, plain: bool = False) -> Sample:
    """Return what a value is made of in every replication."""
    first, _, second = key.measure.partition(" / ")
    values = result.sample(first, key.scope, key.period)
    if second:
        return Sample(values, result.sample(second, key.scope, key.period))
    if plain:
        return Sample(values, np.ones_like(values))
    if first == "service_level":
        weights = _judged(result, key, values)
    elif first in BELOW:
        weights = result.sample(BELOW[first], key.scope, key.period)
    else:
        weights = np.ones_like(values)
    return Sample(np.where(weights > 0, values, 0.0) * weights, weights)  # nothing to divide by: not defined


def _judged(result: Result, key: Key, levels: Floats) -> Floats:
    """Return how many contacts a service level is a share of, by the rule of the scenario."""
    offered = result.sample("offered", key.scope, key.period)
    if result.scenario.model.service_level.abandoned == "met":  # more than those answered in time are above
        return offered
    in_time = result.sample("answered_in_time", key.scope, key.period)
    return np.where(levels > 0, in_time / np.where(levels > 0, levels, 1.0), offered)


def scores(result: Result, known: Mapping[Key, Known]) -> dict[tuple[Key, ...], Score]:
    """Return the score of everything known; keys that have the same values and answers share one."""
    luck = _luck(result, known)
    found: dict[object, tuple[list[Key], Score]] = {}
    for key, about in known.items():
        values = sample(result, key, about.plain)
        answer = f"{about.value:.9g}", about.error, about.runs, about.rounding
        name = (key.measure, key.period, *answer, values.above.tobytes(), values.below.tobytes())
        if name not in found:
            found[name] = [], score_of(values, about, luck if key.measure in MAIN else None)
        found[name][0].append(key)
    return {tuple(keys): score for keys, score in found.values()}


def _luck(result: Result, known: Mapping[Key, Known]) -> Floats | None:
    """Return how far the inputs of each replication lie from their true means: (replications, inputs)."""
    if result.reps < ENOUGH:
        return None
    keys = [key for key in known if (key.measure, key.scope.partition(":")[0]) in INPUTS]
    if any(key.measure == "customers" for key in keys):  # some come again, so contacts are no input
        keys = [key for key in keys if key.measure != "offered"]
    columns = [sample(result, key).gaps(known[key].value) for key in keys if not known[key].error]
    varied = [column for column in columns if float(np.std(column)) > SAME]
    return np.column_stack(varied) if varied else None


def score_of(values: Sample, known: Known, luck: Floats | None = None) -> Score:
    """Return the score of a value, corrected for luck (replications, inputs) where that is given."""
    ratio = float(np.sum(values.above) / np.sum(values.below))
    gaps = values.gaps(ratio)
    n, used, lean = len(gaps), 1, 0.0
    if luck is not None:
        center = np.mean(luck, axis=0)
        moved = luck - center
        slopes = np.linalg.lstsq(moved, gaps, rcond=None)[0]
        gaps = gaps - moved @ slopes
        ratio -= float(center @ slopes)
        lean = float(center @ np.linalg.solve(moved.T @ moved, center))
        used += luck.shape[1]
    variance = float(np.sum(gaps**2)) / (n - used)
    theirs = known.error**2 if known.runs is None else variance / known.runs
    return Score(known, ratio, math.sqrt(variance * (1 / n + lean) + theirs), n - used)


def limit(rows: int, joint: float) -> float:
    """Return the limit on |z| that some of so many rows exceed by chance with a probability of `joint` (Bonferroni)."""
    return float(norm.isf(joint / (2 * rows)))
