"""Confidence intervals over independent replications.

Each replication gives one value of a measure; the values are independent and, as means over many contacts,
nearly normal, so Student's t gives the interval (Law, Simulation Modeling and Analysis, 5th ed., section 4.5
and 9.4.1). Values of one replication are not independent of each other: never feed the waits of single
contacts to these functions.

A NaN value says that the replication has no such measure (no contact was answered, say): it is left out, and
`n` tells how many values were used. Totals are added up in order, replication by replication, so a measure's
interval has the same bits whatever other measures stand beside it.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.stats.checks import at_least, column, level_within

__all__ = ["Bounds", "Interval", "Intervals", "mean_interval", "mean_intervals", "paired_interval"]
__all__ += ["normal_score", "t_quantile", "wilson"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval, in the unit of the values.

    Attributes:
        mean: the mean of the values used; NaN if there is none.
        half_width: half the width of the interval; NaN below two values, 0 where all are equal.
        low: mean - half_width.
        high: mean + half_width.
        n: the number of values used, NaN values left out.
        std: their sample standard deviation (divisor n - 1); NaN below two values.
    """

    mean: float
    half_width: float
    low: float
    high: float
    n: int
    std: float


class Intervals(NamedTuple):
    """As `Interval`, for many measures at once: one entry a measure in every array."""

    mean: NDArray[np.float64]
    half_width: NDArray[np.float64]
    n: NDArray[np.int64]
    std: NDArray[np.float64]


class Bounds(NamedTuple):
    """The two ends of an interval that does not lie evenly about its estimate."""

    low: float
    high: float


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """The mean of one measure over replications with its Student t interval.

    Args:
        values: one value a replication; NaN values are left out. An infinite one makes the half-width NaN.
        level: confidence level, above 0 and below 1.

    Raises:
        ValueError: `values` is not one-dimensional, or `level` is out of range.

    Source: Law, 5th ed., section 4.5: mean ± t(n - 1, (1 + level)/2) sqrt(S²(n) / n).
    """
    found = mean_intervals(column("values", values, "one value a replication")[:, np.newaxis], level)
    mean, half_width = float(found.mean[0]), float(found.half_width[0])
    return Interval(
        mean, half_width, mean - half_width, mean + half_width, int(found.n[0]), float(found.std[0])
    )


def mean_intervals(matrix: ArrayLike, level: float = 0.95) -> Intervals:
    """The means of many measures over replications with their Student t intervals, each by itself.

    Args:
        matrix: one row a replication, one column a measure; NaN values are left out, measure by measure.
        level: confidence level of each interval, above 0 and below 1 (not of all together).

    Raises:
        ValueError: `matrix` is not two-dimensional, or `level` is out of range.

    Source: as `mean_interval`.
    """
    table = np.asarray(matrix, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"matrix has {table.ndim} dimensions: must have 2 (replications by measures)")
    level_within(level)
    used = ~np.isnan(table)
    n = used.sum(axis=0, dtype=np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        base = np.fmin.reduce(table, axis=0, initial=np.nan)  # so that equal values deviate by exactly 0
        shifted = np.where(used, table - base, 0.0)
        shift = _total(shifted) / n
        deviations = np.where(used, shifted - shift, 0.0)
        std = np.where(n > 1, np.sqrt(_total(deviations**2) / (n - 1)), np.nan)
        return Intervals(base + shift, t_quantile(n - 1, level) * std / np.sqrt(n), n, std)


def paired_interval(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Interval:
    """The mean of `a` - `b` over replications with its interval, replication by replication.

    With common random numbers the two values of a replication rise and fall together, and the interval of
    their difference is narrow. A pair with a NaN on either side is left out.

    Args:
        a: one value a replication.
        b: the values of the other system, in the same order of replications.
        level: confidence level, above 0 and below 1.

    Raises:
        ValueError: the lengths differ, the values are not one-dimensional, or `level` is out of range.

    Source: Law, 5th ed., section 10.2.1 (paired-t interval).
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"b has shape {second.shape}: must have the shape of a, {first.shape}")
    with np.errstate(invalid="ignore"):
        return mean_interval(first - second, level)


def wilson(share: float, n: int, level: float = 0.95) -> Bounds:
    """The score interval of a share: the p that a mean of `share` over `n` values does not contradict.

    All p with |share - p| <= z sqrt(p (1 - p) / n), z the normal quantile at (1 + level)/2. Unlike
    mean ± half-width it stays within 0 and 1 and has a width where every value is 0, or every value is 1.
    It holds for yes-or-no values and, being then too wide rather than too narrow, for the mean of any values
    between 0 and 1: their variance is at most p (1 - p) (Bhatia and Davis 2000).

    Args:
        share: the mean of the values, from 0 to 1; it need not be a whole number of n-ths.
        n: the number of independent values (replications, not contacts), 0 or more. With 0 nothing is known:
            the interval is 0 to 1, whatever `share` is.
        level: confidence level, above 0 and below 1; nearly kept at any p on average, not exactly at each.

    Raises:
        ValueError: an argument is out of range.

    Source: Wilson 1927; Brown, Cai and DasGupta 2001. The ends are computed as (product of the
    roots) / (the other root), so that no digits cancel near 0 and 1.
    """
    level_within(level)
    at_least("n", n, 0)
    if n == 0:
        return Bounds(0.0, 1.0)
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share is {share!r}: must be from 0 to 1")
    from scipy.special import ndtri

    z = float(ndtri(0.5 + 0.5 * level))
    return Bounds(_score_low(share, n, z), 1.0 - _score_low(1.0 - share, n, z))


def _score_low(share: float, n: int, z: float) -> float:
    """The smaller root p of n (share - p)² = z² p (1 - p)."""
    if share == 0.0:
        return 0.0
    half = z * z / (2 * n)
    return share * share / (share + half + z * math.sqrt(share * (1.0 - share) / n + half / (2 * n)))


def _total(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Column sums, added in the order of the rows (`np.sum` takes an order that depends on the shape)."""
    if len(table) == 0:
        return np.zeros(table.shape[1])
    total: NDArray[np.float64] = np.cumsum(table, axis=0)[-1]
    return total


def t_quantile(freedom: NDArray[np.int64], level: float) -> NDArray[np.float64]:
    """Quantile of Student's t at (1 + `level`)/2 for each degree of freedom; NaN below one."""
    from scipy.special import stdtrit

    known = freedom >= 1
    quantile = stdtrit(np.where(known, freedom, 1), 0.5 + 0.5 * level)
    return np.where(known, quantile, np.nan)


def normal_score(t: float, freedom: int) -> float:
    """The value that is as improbable under the standard normal as `t` is under Student's t.

    `freedom` >= 1: degrees of freedom. So one bound serves for few replications and for many. Infinite where the
    probability is too small for a number.
    """
    from scipy.special import ndtri, stdtr

    if freedom < 1:
        raise ValueError(f"freedom is {freedom!r}: must be 1 or more")
    return math.copysign(float(-ndtri(stdtr(freedom, -abs(t)))), t)
