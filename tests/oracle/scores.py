"""How far servsim's values lie from exact answers, in standard errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from models import BELOW

if TYPE_CHECKING:
    from servsim import Result

SAME = 1e-9  # relative: a value that does not vary must agree to this


def scores(
    result: Result, answers: Mapping[tuple[str, str], float], period: str = "run"
) -> dict[tuple[str, str], float]:
    """Return z of each measure: (servsim's value - answer) / standard error over the replications.

    For a ratio the value is the ratio of sums over the replications, its error by the delta method (Law 2015,
    Simulation Modeling and Analysis, section 9.4.2). A value that is the same in all replications has z 0, or infinity
    where it differs from the answer.
    """
    return {key: _score(result, *key, answer, period) for key, answer in answers.items()}


def _score(result: Result, measure: str, scope: str, answer: float, period: str) -> float:
    values = result.sample(measure, scope, period)
    weights = np.ones_like(values)
    if measure in BELOW:
        weights = result.sample(BELOW[measure], scope, period)
        values = np.where(weights > 0, values, 0.0)  # nothing to divide by, so not defined
    mean = float(np.sum(values * weights) / np.sum(weights))
    residuals = (values - mean) * weights / np.mean(weights)
    error = math.sqrt(float(np.sum(residuals**2)) / (len(values) - 1) / len(values))
    if error > SAME * abs(answer):
        return (mean - answer) / error
    return 0.0 if math.isclose(mean, answer, rel_tol=SAME) else math.inf


def table(found: Mapping[tuple[str, str], float], limit: float) -> str:
    """Return those beyond a limit as text, the farthest first; empty where there is none."""
    far = sorted((-abs(z), key) for key, z in found.items() if not abs(z) < limit)
    return "\n".join(f"{measure} {scope}: z = {found[measure, scope]:.2f}" for _, (measure, scope) in far)
