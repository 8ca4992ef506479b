"""The best of many systems with as few replications as it takes: Kim and Nelson's procedure KN.

All systems are run together, replication by replication, and a system is dropped as soon as its total falls
too far behind that of another. Fit for common random numbers, which make it fast: the margins are in
proportion to the variance of the differences.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.stats.checks import Better, at_least, level_within, none_infinite, sign_of
from servsim.stats.stopping import UNREACHABLE

__all__ = ["Selection"]


class Selection:
    """Selects the system with the best mean; a driver brings replications until it is `done`.

        selection = Selection(k=4, delta=0.5)
        while not selection.done and run < most:
            ...run the systems in selection.alive for some more replications...
            selection.take(samples)
        selection.best

    If the best mean is better than every other by `delta` or more, it is selected with probability `level` or
    more; if others are nearer than that, one within `delta` of the best is, or so practice shows (the promise
    is proved for the former). Values are taken as independent over replications and normal, with any
    dependence between systems.

    Screening is after every replication in turn, so the outcome does not depend on how many come at a time.
    (Screening after each block only would keep the promise too.) While replications lack no measure, the
    outcome is settled after `at_most` replications.

    Attributes:
        alive: the systems still in the race, in rising order; all of them during the first stage.
        dropped: system -> number of the replication, from 1, after which it was dropped.
        done: True when one system is left.
        best: the system left; before that, the one alive with the best mean so far, the first of equals.
        used: the number of replications used, those with a missing value left out.
        at_most: the number of used replications that settles the matter in any case; 0 in the first stage.

    Source: Kim and Nelson 2001, with c = 1 as they recommend. eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) / 2
    and h² = 2 eta (n0 - 1); a system is dropped when its total after r replications is behind another's by more
    than max(0, h² S² / delta - delta r) / 2, with S² the variance of their differences in the first stage.
    Systems exactly level when no margin is left are decided for the first of them.
    """

    def __init__(
        self, k: int, delta: float, level: float = 0.95, first_stage: int = 10, better: Better = "less"
    ) -> None:
        """Start with all systems alive.

        Args:
            k: the number of systems, 1 or more; one alone is the best before any replication.
            delta: the smallest difference of means that matters (indifference zone), in the unit of the values,
                above 0.
            level: probability of a right selection, above 0.5 and below 1.
            first_stage: n0, replications of all systems before the first is dropped, 2 or more. Few make the
                margins wide; 10 to 20 is usual.
            better: "less" or "more", which is good.

        Raises:
            ValueError: an argument is out of range.
        """
        at_least("k", k, 1)
        if not (delta > 0.0 and math.isfinite(delta)):
            raise ValueError(f"delta is {delta!r}: must be a finite number above 0")
        level_within(level, 0.5)
        at_least("first_stage", first_stage, 2)
        self.alive: tuple[int, ...] = tuple(range(k))
        self.dropped: dict[int, int] = {}
        self.used = 0
        self.at_most = 0
        self._k, self._delta, self._first_stage, self._sign = k, delta, first_stage, sign_of(better)
        self._h2 = _h_squared(k, level, first_stage)
        self._seen = 0
        self._first: list[NDArray[np.float64]] = []
        self._spread = np.zeros((k, k))  # h² S²_il / delta
        self._totals = np.zeros(k)  # of the used replications, more is better

    @property
    def done(self) -> bool:
        return len(self.alive) == 1

    @property
    def best(self) -> int:
        return self.alive[int(np.argmax(self._totals[list(self.alive)]))]

    def take(self, samples: ArrayLike) -> None:
        """Screen with all replications so far; those taken before are not looked at again.

        Args:
            samples: one row a system, one column a replication, the first one first. Rows of dropped systems are
                ignored and may be NaN. A replication with a NaN in any system alive is left out for all.

        Raises:
            ValueError: the shape is wrong, there are fewer replications than before, or a value of a system
                alive is infinite.
        """
        table = np.asarray(samples, dtype=np.float64)
        if table.ndim != 2 or len(table) != self._k or table.shape[1] < self._seen:
            least = f"{self._k} systems by {self._seen} replications or more"
            raise ValueError(f"samples has shape {table.shape}: must be {least}")
        while not self.done and self._seen < table.shape[1]:
            values = np.full(self._k, np.nan)
            values[list(self.alive)] = self._sign * table[list(self.alive), self._seen]
            none_infinite(values[:, np.newaxis], self._seen)
            self._seen += 1
            self._take_one(values)

    def _take_one(self, values: NDArray[np.float64]) -> None:
        alive = list(self.alive)
        if np.isnan(values[alive]).any():
            return
        self._totals[alive] += values[alive]
        self.used += 1
        if self.used <= self._first_stage:
            self._first.append(values)
        if self.used == self._first_stage:
            self._spread = self._h2 * _variances_of_differences(np.array(self._first)) / self._delta
            longest = math.floor(min(float(self._spread.max()) / self._delta, UNREACHABLE - 1))
            self.at_most = max(self._first_stage, longest + 1)
        if self.used >= self._first_stage:
            self._screen(np.array(alive))

    def _screen(self, alive: NDArray[np.int64]) -> None:
        margins = np.maximum(self._spread[np.ix_(alive, alive)] - self._delta * self.used, 0.0) / 2.0
        totals = self._totals[alive]
        stay = (totals[:, np.newaxis] >= totals - margins).all(axis=1)
        if not margins.any():
            stay = alive == self.best
        self.dropped |= dict.fromkeys(alive[~stay].tolist(), self._seen)
        self.alive = tuple(alive[stay].tolist())


def _h_squared(k: int, level: float, first_stage: int) -> float:
    """h² = 2 eta (n0 - 1) of KN with c = 1; 0 where there is nothing to compare."""
    if k == 1:
        return 0.0
    freedom = first_stage - 1
    return freedom * (math.pow(2.0 * (1.0 - level) / (k - 1), -2.0 / freedom) - 1.0)


def _variances_of_differences(first: NDArray[np.float64]) -> NDArray[np.float64]:
    """S²_il of all pairs of systems; `first` is replications by systems. Equal differences give exactly 0."""
    differences = first[:, :, np.newaxis] - first[:, np.newaxis, :]
    differences -= differences[0].copy()
    deviations = differences - differences.mean(axis=0)
    variances: NDArray[np.float64] = (deviations**2).sum(axis=0) / (len(first) - 1)
    return variances
