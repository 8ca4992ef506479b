"""An interval from one long run in its steady state, cut into batches."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.stats.checks import column
from servsim.stats.intervals import Interval, mean_interval

__all__ = ["BatchInterval", "batch_interval"]


@dataclass(frozen=True, slots=True)
class BatchInterval(Interval):
    """An interval over batch means, with what tells whether the batches are long enough.

    Attributes:
        lag1: autocorrelation of neighbouring batch means; NaN below three batches, where all are equal, and where
            a mean is NaN or infinite (its neighbours are then no neighbours).
        p_value: chance of batch means at least so positively correlated if they were independent; NaN where
            `lag1` is. Below 0.05 or so the interval is too narrow to be believed: use longer batches.
    """

    lag1: float
    p_value: float


def batch_interval(batch_means: ArrayLike, level: float = 0.95) -> BatchInterval:
    """The mean of batch means with its Student t interval, and von Neumann's test of their independence.

    The test is against positive correlation only, which makes intervals too narrow; a negative one makes them
    too wide, which does no harm. It takes C = 1 - V/2, V being the sum of squared steps between neighbours over
    the sum of squared deviations from the mean; for independent normal values C has mean 0 and variance
    (n - 2)/(n² - 1), and is near normal from about 8 batches on.

    Args:
        batch_means: means of batches of equal length, in the order of time. NaN values are left out of the
            interval.
        level: confidence level of the interval, above 0 and below 1.

    Raises:
        ValueError: `batch_means` is not one-dimensional, or `level` is out of range.

    Source: Law, 5th ed., section 9.5.3 (batch means); von Neumann 1941 (the ratio); Young 1941 (C, its
    variance and normality); Alexopoulos and Seila 1998 (its use on batch means, one-sided).
    """
    means = column("batch_means", batch_means, "one mean a batch")
    found = mean_interval(means, level)
    lag1, p_value = _correlation(means)
    return BatchInterval(
        found.mean, found.half_width, found.low, found.high, found.n, found.std, lag1, p_value
    )


def _correlation(means: NDArray[np.float64]) -> tuple[float, float]:
    """The lag-1 autocorrelation and the p-value of von Neumann's ratio."""
    n = len(means)
    if n < 3 or not np.isfinite(means).all() or (means == means[0]).all():
        return math.nan, math.nan
    from scipy.special import ndtr

    shifted = means - means[0]
    deviations = shifted - shifted.mean()
    squares = float((deviations**2).sum())
    lag1 = float((deviations[1:] * deviations[:-1]).sum()) / squares
    c = 1.0 - float((np.diff(means) ** 2).sum()) / squares / 2.0
    return lag1, float(ndtr(-c * math.sqrt((n * n - 1) / (n - 2))))
