"""How many more replications would probably tell whether a target is met."""

from __future__ import annotations

import math

import numpy as np

from ..scenario.model import Target
from ..stats import bonferroni, mean_interval
from .result import LEVEL, Result

__all__ = ["more_replications"]


def more_replications(result: Result, number: int) -> float:
    """Return about how many more replications would tell whether target `number` is met; infinite where none would.

    A half-width shrinks with the square root of the replications, so an interval of n replications lets go of a bound
    at a distance d from its mean with about n (half-width / d)² of them, if mean and standard deviation stay as they
    are. A target that is kept on average wants this of every period that decides, at the level of each; one that is
    not wants it of one period that misses, at the level that holds for all together (see `Result.targets`).
    """
    target = result.scenario.model.targets[number]
    rows = result.judged[(result.judged["target"] == number) & (result.judged["family"] == target.every)]
    columns = [part["value"].to_numpy() for _, part in rows.groupby("period", sort=False)]
    known = [column for column in columns if not np.isnan(column).all()]
    missing = [column for column in known if not _keeps(target, float(np.nanmean(column)))]
    if missing:
        level = bonferroni(LEVEL, len(known))
        growth = min(_growth(target, column, level) for column in missing)
    else:
        growth = max((_growth(target, column, LEVEL) for column in known), default=math.inf)
    return max(1.0, math.ceil(result.reps * (growth - 1))) if math.isfinite(growth) else math.inf


def _keeps(target: Target, value: float) -> bool:
    return value >= target.at_least if target.at_least is not None else value <= _bound(target)


def _growth(target: Target, values: np.ndarray[tuple[int], np.dtype[np.float64]], level: float) -> float:
    """Return how many times as many replications a period wants; infinite where its interval is unknown."""
    found = mean_interval(values, level)
    distance = abs(found.mean - _bound(target))
    if math.isnan(found.half_width) or (distance == 0 and found.half_width > 0):
        return math.inf
    return (found.half_width / distance) ** 2 if distance > 0 else 0.0


def _bound(target: Target) -> float:
    bound = target.at_most if target.at_least is None else target.at_least
    assert bound is not None  # a target has exactly one bound
    return bound
