"""What common random numbers gain in a comparison; the ratio of two means."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.stats.intervals import Bounds, mean_intervals, paired_interval, t_quantile

__all__ = ["Ratio", "ratio_interval", "variance_ratio"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two means with its confidence interval.

    Attributes:
        value: the ratio; NaN without values or where the mean below is 0.
        low: lower end; -infinity where the mean below may be 0, NaN below two pairs.
        high: upper end; infinity likewise.
        n: pairs used.
    """

    value: float
    low: float
    high: float
    n: int


def ratio_interval(above: ArrayLike, below: ArrayLike, level: float = 0.95) -> Ratio:
    """The ratio mean(above) / mean(below) of pairs of values with its interval.

    The interval holds every r at which the t interval of the mean of `above` - r `below` contains zero, so that a test
    of one r at the level and the interval never contradict each other. Where the mean of `below` is not surely off zero
    no finite interval does that, and all numbers are in it.

    Args:
        above: one value a replication; a pair with a NaN on either side is left out.
        below: the values of the other system, in the same order of replications.
        level: confidence level, above 0 and below 1.

    Raises:
        ValueError: the lengths differ, the values are not one-dimensional, or `level` is out of range.

    Source: Fieller 1954, Journal of the Royal Statistical Society B 16(2). The quadratic is solved for the distance
    from the ratio itself, with the deviations of `above` - ratio `below`, so that no digits cancel.
    """
    paired_interval(above, below, level)  # refuses what does not fit
    pairs = np.column_stack([np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)])
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    n = len(pairs)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = mean_intervals(pairs, level).mean
        value = float(means[0] / means[1]) if n and means[1] != 0 else math.nan
    if n < 2 or not math.isfinite(value):
        return Ratio(value if math.isfinite(value) else math.nan, math.nan, math.nan, n)
    return Ratio(value, *_fieller(pairs, float(means[1]), value, level), n)


def _fieller(pairs: NDArray[np.float64], below: float, value: float, level: float) -> Bounds:
    """The ends of the interval: value + d with (below² - k Sbb) d² + 2 k Sbd d - k Sdd = 0, k = t² / n."""
    n = len(pairs)
    centred = pairs - mean_intervals(pairs, level).mean
    b, d = centred[:, 1], centred[:, 0] - value * centred[:, 1]
    s_bb, s_bd, s_dd = (float((x * y).sum()) / (n - 1) for x, y in ((b, b), (b, d), (d, d)))
    k = float(t_quantile(np.array([n - 1]), level)[0]) ** 2 / n
    lead = below**2 - k * s_bb
    if lead <= 0:
        return Bounds(-math.inf, math.inf)
    root = math.sqrt((k * s_bd) ** 2 + lead * k * s_dd)
    return Bounds(value + (-k * s_bd - root) / lead, value + (-k * s_bd + root) / lead)


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
