"""Where the warm-up of one long run ends: the MSER rule, and Welch's moving average for the eye."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.stats.checks import at_least, column

__all__ = ["Truncation", "mser", "welch"]

_LEAST_BATCHES = 10
_LEFT = 5  # batches always kept: the spread of fewer says nothing, and may be small by chance


@dataclass(frozen=True, slots=True, eq=False)
class Truncation:
    """What to cut from the start of a series.

    Attributes:
        index: the number of values to leave out, a multiple of the batch size.
        statistic: the least value of the curve, in the unit of the values squared.
        curve: the MSER statistic by number of batches left out, from 0.
        trusted: False where the minimum lies in the second half of the series: the run is then too short to
            say, run longer.
    """

    index: int
    statistic: float
    curve: NDArray[np.float64]
    trusted: bool


def mser(series: ArrayLike, batch: int = 5) -> Truncation:
    """The truncation that makes the squared standard error of the remaining mean smallest (MSER-5).

    With z the means of batches of `batch` values in turn (values that fill no batch are left out at the end)
    and n their number, the least over d of the sum over j > d of (z_j - mean of those z)² / (n - d)². The last
    five batches are never cut. The first of equal minima counts.

    Args:
        series: values in the order of time, evenly spaced or one a contact, all finite; at least 10 batches.
            A mean over replications, time by time, makes it smoother.
        batch: values a batch, 1 or more; 5 is the rule's usual size, 1 gives MSER.

    Raises:
        ValueError: the series is too short, holds a value that is not finite, or is not one-dimensional;
            `batch` is out of range.

    Source: White 1997; White, Cobb and Spratt 2000 (batches of 5, the first half); that the last five batch
    means are kept: Hoad, Robinson and Davies 2010. One pass: with each value taken in from the end, the sum of
    squares grows by m/(m + 1) (z - mean of the m later ones)², terms that never cancel (Welford 1962).
    """
    at_least("batch", batch, 1)
    values = column("series", series, "values in the order of time")
    n = len(values) // batch
    if n < _LEAST_BATCHES:
        least = f"at least {_LEAST_BATCHES * batch}, {_LEAST_BATCHES} batches"
        raise ValueError(f"series has {len(values)} values: must have {least}")
    if not np.isfinite(values).all():
        at = int(np.argmin(np.isfinite(values)))
        raise ValueError(f"series holds {values[at]} at position {at}: must be finite")
    z = values[: n * batch].reshape(n, batch).mean(axis=1)
    backwards = z[::-1] - z[-1]  # near 0 where the series is steady, whatever its level
    later = np.arange(1, n)
    means = np.cumsum(backwards)[:-1] / later
    squares = np.cumsum(later / (later + 1.0) * (backwards[1:] - means) ** 2)
    curve = (squares / (later + 1.0) ** 2)[::-1][: n - _LEFT + 1]
    d = int(np.argmin(curve))
    return Truncation(d * batch, float(curve[d]), curve, 2 * d <= n)


def welch(series: ArrayLike, window: int) -> NDArray[np.float64]:
    """Welch's moving average, to see where a series levels off.

    Entry i is the mean of the values i - `window` ... i + `window`; near the start, of as many on both sides as
    there are before it. The last `window` values have no entry: length of the series minus `window`.

    Args:
        series: values in the order of time, best the mean over five or more replications, time by time.
        window: values on each side, 0 or more, at most half of the series; up to a quarter is advised.

    Returns:
        The averages; NaN only where a value within the window is NaN.

    Raises:
        ValueError: the window does not fit, or the series is not one-dimensional.

    Source: Welch 1983; Law, 5th ed., section 9.5.1.
    """
    at_least("window", window, 0)
    values = column("series", series, "values in the order of time")
    if 2 * window + 1 > len(values):
        most = (len(values) - 1) // 2
        raise ValueError(f"window is {window}: must be at most {most}, for a series of {len(values)} values")
    start = [values[: 2 * i + 1].mean() for i in range(window)]
    full = np.lib.stride_tricks.sliding_window_view(values, 2 * window + 1).mean(axis=1)
    return np.concatenate([start, full])
