"""Confidence intervals over independent replications.

Each replication gives one value of a measure; the values are independent and, as means over many contacts,
nearly normal, so Student's t gives the interval (Law, Simulation Modeling and Analysis, 5th ed., section 4.5
and 9.4.1). Values of one replication are not independent of each other: never feed the waits of single
contacts to these functions.

A NaN value says that the replication has no such measure (no contact was answered, say): it is left out, and
`n` tells how many values were used. Totals are added up in order, replication by replication, so a measure's
interval has the same bits whatever other measures stand beside it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Interval", "Intervals", "mean_interval", "mean_intervals", "paired_interval"]


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


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """The mean of one measure over replications with its Student t interval.

    Args:
        values: one value a replication; NaN values are left out. An infinite one makes the half-width NaN.
        level: confidence level, above 0 and below 1.

    Raises:
        ValueError: `values` is not one-dimensional, or `level` is out of range.

    Source: Law, 5th ed., section 4.5: mean ± t(n - 1, (1 + level)/2) sqrt(S²(n) / n).
    """
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise ValueError(f"values has {column.ndim} dimensions: must have 1 (one value a replication)")
    found = mean_intervals(column[:, np.newaxis], level)
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
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level!r}: must be above 0 and below 1")
    used = ~np.isnan(table)
    n = used.sum(axis=0, dtype=np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        base = np.fmin.reduce(table, axis=0, initial=np.nan)  # so that equal values deviate by exactly 0
        shifted = np.where(used, table - base, 0.0)
        shift = _total(shifted) / n
        deviations = np.where(used, shifted - shift, 0.0)
        std = np.where(n > 1, np.sqrt(_total(deviations**2) / (n - 1)), np.nan)
        return Intervals(base + shift, _t_quantile(n - 1, level) * std / np.sqrt(n), n, std)


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


def _total(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Column sums, added in the order of the rows (`np.sum` takes an order that depends on the shape)."""
    if len(table) == 0:
        return np.zeros(table.shape[1])
    total: NDArray[np.float64] = np.cumsum(table, axis=0)[-1]
    return total


def _t_quantile(freedom: NDArray[np.int64], level: float) -> NDArray[np.float64]:
    """Quantile of Student's t at (1 + level) / 2; NaN where there is no degree of freedom."""
    from scipy.special import stdtrit

    known = freedom >= 1
    quantile = stdtrit(np.where(known, freedom, 1), 0.5 + 0.5 * level)
    return np.where(known, quantile, np.nan)
