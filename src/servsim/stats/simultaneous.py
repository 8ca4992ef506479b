"""Several statements that hold together with one confidence level.

Twenty intervals of 95 % each are all right together far less often than 95 % of the time. Bonferroni's rule
shares the risk out, whatever the dependence: so it is valid with common random numbers, where all systems
depend on each other by design.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.stats.checks import Better, at_least, level_within, none_infinite, sign_of
from servsim.stats.intervals import mean_intervals

__all__ = ["WithTheBest", "bonferroni", "with_the_best"]


class WithTheBest(NamedTuple):
    """How k systems stand to the best of the others: one entry a system in every array.

    Differences are in the unit of the values, system minus the best of the other systems, as they are: where
    less is better a difference below 0 is good. `mean`, `difference` and `n` are of the replications used.

    Attributes:
        mean: the mean of each system.
        difference: mean minus the best mean of the others.
        low: simultaneous lower bounds of the true differences, never above 0.
        high: simultaneous upper bounds, never below 0.
        may_be_best: True where the system cannot be excluded from being the best.
        surely_best: True for the one system that is left, if only one is.
        n: the number of replications used.
    """

    mean: NDArray[np.float64]
    difference: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    may_be_best: NDArray[np.bool_]
    surely_best: NDArray[np.bool_]
    n: int


def bonferroni(level: float, comparisons: int) -> float:
    """The level of each of `comparisons` (1 or more) intervals that all hold together with `level`.

    1 - (1 - level) / comparisons: the chances of being wrong add up at most (Bonferroni's inequality; Law,
    5th ed., section 9.7). `level` is above 0 and below 1; ValueError where an argument is out of range.
    """
    level_within(level)
    at_least("comparisons", comparisons, 1)
    return 1.0 - (1.0 - level) / comparisons


def with_the_best(samples: ArrayLike, better: Better = "less", level: float = 0.95) -> WithTheBest:
    """Multiple comparisons with the best: which systems may be the best, and how far each is from it.

    All bounds hold together with probability `level` or more, under any dependence of the systems, and so
    under common random numbers; the differences of any two systems are taken as normal, as in
    `paired_interval`. With that confidence the true best is among `may_be_best`.

    Args:
        samples: one row a system (2 or more), one column a replication. A replication with a NaN in any system
            is left out for all. With fewer than two left all bounds are infinite and nothing is excluded.
        better: "less" or "more", which is good.
        level: confidence level of all statements together, above 0.5 and below 1.

    Raises:
        ValueError: `samples` is not two-dimensional with two rows or more, or holds an infinite value; another
            argument is out of range.

    Why these bounds (said for "more"): let w_ij be the one-sided t half-width of the mean difference D_ij at
    1 - (1 - level)/(k - 1). For the true best b, mu_b - mu_j <= D_bj + w_bj for all k - 1 others together with
    probability `level` (Bonferroni). Then b is in G, the systems i with D_ij + w_ij >= 0 for all j. The upper
    bound max(0, min_j D_ij + w_ij) holds for b, and for the others, whose true difference is at most 0. The
    lower bound min(0, min over j in G of D_ij - w_ij) holds for i other than b since b is in G, and for b,
    whose true difference is at least 0; it is 0 for i where G is i alone.

    This is Hsu's constrained form: k - 1 one-sided statements do for it, where bounds read off all pairwise
    intervals would need k (k - 1)/2 two-sided ones and be wider by a third for ten systems. What it does not
    say is how much better than the next the best is at least; `paired_interval` at a level by `bonferroni` does.

    Source: Hsu 1996, chapter 4 (unequal variances and dependence by Bonferroni: Nelson and Matejcik
    1995; Law, 5th ed., section 10.3).
    """
    sign = sign_of(better)
    level_within(level, 0.5)
    table = np.asarray(samples, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2:
        raise ValueError(
            f"samples has shape {table.shape}: must be systems by replications, 2 systems or more"
        )
    none_infinite(table)
    table = table[:, ~np.isnan(table).any(axis=0)]
    gap, low, high = _pairwise(table, sign, level)
    may_be_best = high.min(axis=1) >= 0.0
    upper = np.maximum(high.min(axis=1), 0.0)
    among = np.where(may_be_best, low, np.inf)  # what is excluded is no rival; on the diagonal it is infinite
    lower = np.minimum(among.min(axis=1), 0.0)
    ends = (lower, upper) if sign > 0 else (0.0 - upper, 0.0 - lower)
    surely_best = may_be_best if may_be_best.sum() == 1 else np.zeros_like(may_be_best)
    difference = sign * gap.min(axis=1) + 0.0  # no -0
    means = mean_intervals(table.T).mean
    return WithTheBest(means, difference, *ends, may_be_best, surely_best, table.shape[1])


def _pairwise(table: NDArray[np.float64], sign: float, level: float) -> NDArray[np.float64]:
    """D_ij, D_ij - w_ij and D_ij + w_ij, turned so that more is better; infinite on the diagonal."""
    k, n = table.shape
    two_sided = 2.0 * bonferroni(level, k - 1) - 1.0
    found = np.full((3, k, k), np.inf)
    for i in range(k):
        others = np.arange(k) != i
        mean, half_width, *_ = mean_intervals((table[i] - table[others]).T, two_sided)
        ends = (sign * mean - half_width, sign * mean + half_width) if n > 1 else (-np.inf, np.inf)
        found[0, i, others] = sign * mean
        found[1, i, others], found[2, i, others] = ends
    return found
