"""How many replications a wanted precision takes: Stein's procedure in two stages.

The first stage of n0 replications gives the standard deviation s0; from it alone follows how many are needed;
the interval of all of them keeps to s0 and its n0 - 1 degrees of freedom. Looking at the interval after every
replication and stopping when it happens to be narrow stops too early too often; this does not.

For a precision relative to the mean the target moves with the mean: with the first stage held fast, ask
`relative_half_width` of the mean so far, then `wanted_replications` of the first stage, run what is missing,
and repeat until nothing is. That is exact no longer, since the number depends on the mean too, but nearly so.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from servsim.stats.checks import at_least, column
from servsim.stats.intervals import Interval, mean_interval, t_quantile

__all__ = ["UNREACHABLE", "relative_half_width", "two_stage_interval", "wanted_replications"]

UNREACHABLE = 2**63 - 1  # more replications than anyone runs: stands for "no number is known to be enough"


def wanted_replications(values: ArrayLike, half_width: float, level: float = 0.95) -> int:
    """How many values in all make the half-width of `two_stage_interval` at most `half_width`.

    max(n0, ceil((t s0 / half_width)²)) with t at n0 - 1 degrees of freedom.

    Args:
        values: the first stage, one value a replication; NaN values are left out, n0 counts the others. More
            than the first stage must not be given: s0 would then depend on when one looked.
        half_width: the wanted half-width in the unit of the values, 0 or more.
        level: confidence level, above 0 and below 1.

    Returns:
        The number of values, first stage included; where some replications lack the measure, go on until so
        many have it. n0 where all values are equal. `UNREACHABLE` where no number is known to be enough: fewer
        than two values, an infinite value, a half-width of 0, or a number beyond it. Being a very large int,
        it goes well with `min(most, ...)`.

    Raises:
        ValueError: `values` is not one-dimensional, or another argument is out of range.

    Source: Stein 1945.
    """
    if not (half_width >= 0.0 and math.isfinite(half_width)):
        raise ValueError(f"half_width is {half_width!r}: must be a finite number, 0 or more")
    first = mean_interval(values, level)
    if first.std == 0.0:
        return first.n
    if half_width == 0.0 or not math.isfinite(first.std):
        return UNREACHABLE
    root = _half_width(first, 1, level) / half_width
    if root * root >= UNREACHABLE:
        return UNREACHABLE
    wanted = max(first.n, math.ceil(root * root))
    return (
        wanted if _half_width(first, wanted, level) <= half_width else wanted + 1
    )  # the last bit of the square


def two_stage_interval(values: ArrayLike, first_stage: int, level: float = 0.95) -> Interval:
    """The mean of all values with Stein's interval: mean ± t s0 / sqrt(N), t at n0 - 1 degrees of freedom.

    For independent normal values the level is kept exactly, however many values s0 called for. s0 is
    independent of the first-stage mean and of every later value, so given s0 (and thus N) the mean of all N is
    normal about the true mean with variance sigma²/N. Hence sqrt(N) (mean - mu) / sigma is standard normal
    whatever s0 is, and divided by s0 / sigma it has Student's t with n0 - 1 degrees of freedom.

    Args:
        values: one value a replication, the first stage first; NaN values are left out.
        first_stage: the number of replications in the first stage, NaN values counted; 2 or more, at most all.
        level: confidence level, above 0 and below 1.

    Returns:
        The interval; `n` counts the values of both stages, `std` is s0. The half-width is NaN where the first
        stage has fewer than two values. With no second stage it is `mean_interval`.

    Raises:
        ValueError: `values` is not one-dimensional, or another argument is out of range.

    Source: Stein 1945.
    """
    array = column("values", values, "one value a replication")
    at_least("first_stage", first_stage, 2)
    if first_stage > len(array):
        raise ValueError(f"first_stage is {first_stage}: must be at most the number of values, {len(array)}")
    first, whole = mean_interval(array[:first_stage], level), mean_interval(array, level)
    half_width = _half_width(first, whole.n, level)
    low, high = whole.mean - half_width, whole.mean + half_width
    return Interval(whole.mean, half_width, low, high, whole.n, first.std)


def relative_half_width(mean: float, relative: float) -> float:
    """The half-width that keeps the relative error of `mean` to at most `relative` wherever the interval covers.

    relative / (1 + relative) |mean|. The division makes the error relative to the true mean: half-widths of
    `relative` |mean| would allow relative / (1 - relative). It is 0 for a mean of 0, which no number of
    replications reaches: then ask for an absolute half-width.

    Args:
        mean: the mean so far, in its unit.
        relative: the allowed relative error, above 0 and below 1 (0.05: five per cent).

    Raises:
        ValueError: `relative` is out of range.

    Source: Law, 5th ed., section 9.4.1 (gamma' = gamma / (1 + gamma)).
    """
    if not 0.0 < relative < 1.0:
        raise ValueError(f"relative is {relative!r}: must be above 0 and below 1")
    return relative / (1.0 + relative) * abs(mean)


def _half_width(first: Interval, n: int, level: float) -> float:
    """t s0 / sqrt(n), in the order of operations of `mean_intervals`."""
    t = t_quantile(np.array([first.n - 1]), level)[0]
    return float(t * first.std / np.sqrt(n)) if n else math.nan
