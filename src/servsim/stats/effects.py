"""What common random numbers gain in a comparison."""

import math

import numpy as np
from numpy.typing import ArrayLike

from servsim.stats.intervals import mean_intervals, paired_interval

__all__ = ["variance_ratio"]


def variance_ratio(a: ArrayLike, b: ArrayLike) -> float:
    """How many times more replications the difference of two systems would take without common random numbers.

    (var a + var b) / var(a - b), from sample variances over the same replications. With independent systems
    the ratio is about 1; 10 means that common random numbers save nine replications of ten; below 1 they harm.

    Args:
        a: one value a replication; a pair with a NaN on either side is left out.
        b: the values of the other system, in the same order of replications.

    Returns:
        The ratio, 0 or more; infinite where the difference is the same in every replication but the values are
        not; NaN where neither varies, below two pairs, and where a value is infinite.

    Raises:
        ValueError: the lengths differ or the values are not one-dimensional.

    Source: Law, 5th ed., section 11.2.1: var(a - b) = var a + var b - 2 cov(a, b).
    """
    difference = paired_interval(a, b).std  # refuses shapes that do not fit
    pairs = np.column_stack([np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)])
    apart = mean_intervals(pairs[~np.isnan(pairs).any(axis=1)]).std
    if difference == 0.0:
        return math.inf if apart.any() else math.nan
    with np.errstate(over="ignore"):
        return float(((apart / difference) ** 2).sum())
