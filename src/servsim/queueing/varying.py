"""Arrivals that change with time: the modified offered load, and agents period by period. All approximations.

The arrival rate is constant between `edges`: `rates[k]` holds from `edges[k]` to `edges[k + 1]`, and is 0 before
the first and after the last. So the system starts empty.

Both ways of staffing take a steady state for each period, as if it lasted for ever, and one number of agents for
the period. SIPP (stationary, independent, period by period) takes the arrival rate of the period; its lagged forms
that of a mean service earlier, since the load follows the arrivals that much later. The modified offered load
takes the mean number busy if there were enough servers for all.

How far off: SIPP misses the target where service is long against the time in which the rate changes (Green, Kolesar
and Soares 2001); the modified load keeps the probability of waiting near the target for any length of service, as
long as few wait (Jennings, Mandelbaum, Massey and Whitt 1996). Where one in ten may wait and a rate between 10 and 50
in a mean service swings in cycles of 24 mean services, the worst probability of waiting is 0.60 by SIPP, 0.13 by lag
SIPP (max) and below 0.1 by the modified load; in cycles of 8 it is 0.96, 0.59 and below 0.1. None knows of a queue that
builds up while agents are too few, nor of one left over from the period before.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from servsim.queueing.checks import above_zero, at_least_zero, check_rates, inside
from servsim.queueing.erlang import AbandonedRule, staff_for

__all__ = ["Lag", "ServiceGoal", "Survival", "mol_staff", "offered_load", "sipp_staff"]

Lag = Literal["none", "average", "max"]
Survival = Callable[[float], float]  # probability that a service takes longer than a time

_INSTANTS = 9  # of a period at which the modified offered load is looked at, both ends among them
_LONGEST_SERVICE = 1e15  # times the mean: how far a heavy tail is followed


@dataclass(frozen=True, slots=True)
class ServiceGoal:
    """What the agents of each period are to reach.

    Attributes:
        share: share of the contacts answered in time, above 0 and below 1.
        within: the time, >= 0, in the unit of the mean service; at 0, `1 - share` is the probability of waiting.
        mean_patience: mean patience (exponential), > 0; `math.inf` where nobody gives up.
        abandoned: rule for those who gave up, as in `QueueFigures.service_level`.

    Raises ValueError for values outside these.
    """

    share: float
    within: float
    mean_patience: float = math.inf
    abandoned: AbandonedRule = "missed"

    def __post_init__(self) -> None:
        inside("share", self.share)
        at_least_zero("within", self.within)
        if self.mean_patience != math.inf:
            above_zero("mean_patience", self.mean_patience, " or infinite")

    def staff(self, arrival_rate: float, mean_service: float) -> int:
        """Servers that keep the goal in steady state: `staff_for`."""
        return staff_for(
            arrival_rate, mean_service, self.share, self.within, self.mean_patience, self.abandoned
        )


def offered_load(
    times: Sequence[float],
    edges: Sequence[float],
    rates: Sequence[float],
    mean_service: float,
    cv: float = 1.0,
    survival: Survival | None = None,
) -> tuple[float, ...]:
    """Mean number busy at each of `times` if there were always a server free (M(t)/G/infinity).

    m(t) = ∫ λ(t - u) P(S > u) du over u > 0: Eick, Massey and Whitt 1993, theorem 1; the load that Jennings,
    Mandelbaum, Massey and Whitt 1996 staff for. Exact for a rate that is constant between edges, since each
    interval gives λ (H(t - from) - H(t - to)), H being the integral of P(S > u).

    `edges` rise, one more than `rates` (each >= 0); `mean_service` > 0. Service is exponential for `cv` 1, constant
    for 0, else gamma of that coefficient of variation (>= 0); or `survival`, a function that gives P(S > u) for
    u >= 0, whose mean must be `mean_service` within 0.01 % (then `cv` is not used; integrals by adaptive
    quadrature, to about 1e-8). Raises ValueError.
    """
    _check_profile(edges, rates)
    above_zero("mean_service", mean_service)
    at_least_zero("cv", cv)
    for k, time in enumerate(times):
        if not math.isfinite(time):
            raise ValueError(f"times[{k}] is {time!r}: must be a finite number")
    work = _gamma_work(mean_service, cv) if survival is None else _survival_work(mean_service, survival)
    heights = [new - old for old, new in pairwise([0.0, *rates, 0.0])]
    return tuple(_load_at(time, edges, rates, heights, work) for time in times)


def sipp_staff(
    edges: Sequence[float], rates: Sequence[float], mean_service: float, goal: ServiceGoal, lag: Lag = "none"
) -> tuple[int, ...]:
    """Agents for each interval between `edges`, each from a steady state of its own (an approximation).

    `lag`: `none` takes the interval's rate (SIPP); `average` the mean rate, and `max` the highest, of the
    interval moved back by `mean_service` (lag SIPP): Green, Kolesar and Soares 2001. `edges`, `rates` as in
    `offered_load`, `mean_service` > 0. An interval without arrivals takes 0 agents. Raises ValueError.
    """
    _check_profile(edges, rates)
    above_zero("mean_service", mean_service)
    if lag not in ("none", "average", "max"):
        raise ValueError(f"lag is {lag!r}: must be one of 'none', 'average', 'max'")
    if lag == "none":
        return tuple(goal.staff(rate, mean_service) for rate in rates)
    moved = [(start - mean_service, end - mean_service) for start, end in pairwise(edges)]
    pick = _mean_rate if lag == "average" else _highest_rate
    return tuple(goal.staff(pick(edges, rates, start, end), mean_service) for start, end in moved)


def mol_staff(
    edges: Sequence[float],
    rates: Sequence[float],
    mean_service: float,
    goal: ServiceGoal,
    cv: float = 1.0,
    survival: Survival | None = None,
) -> tuple[int, ...]:
    """Agents for each interval between `edges`, by the modified offered load (an approximation).

    Each takes the highest `offered_load` of nine instants of the interval, the ends among them, as the load of a
    queue in steady state: Jennings, Mandelbaum, Massey and Whitt 1996 (with patience: Feldman, Mandelbaum,
    Massey and Whitt 2008). The waits are those of exponential service whatever the service. Arguments as in
    `offered_load`. Agents needed after the last interval, for work still in hand, are not told. Raises ValueError.
    """
    _check_profile(edges, rates)
    fractions = [i / (_INSTANTS - 1) for i in range(_INSTANTS)]
    times = [start + (end - start) * part for start, end in pairwise(edges) for part in fractions]
    loads = offered_load(times, edges, rates, mean_service, cv, survival)
    highest = [max(loads[k : k + _INSTANTS]) for k in range(0, len(loads), _INSTANTS)]
    return tuple(goal.staff(load / mean_service, mean_service) for load in highest)


def _check_profile(edges: Sequence[float], rates: Sequence[float]) -> None:
    check_rates("rates", rates, "interval")
    if len(edges) != len(rates) + 1:
        raise ValueError(f"edges has {len(edges)} values: must have {len(rates) + 1}, one more than rates")
    for k, edge in enumerate(edges):
        if not math.isfinite(edge) or (k > 0 and edge <= edges[k - 1]):
            raise ValueError(f"edges[{k}] is {edge!r}: must be a finite number, above the one before")


def _mean_rate(edges: Sequence[float], rates: Sequence[float], start: float, end: float) -> float:
    parts = [
        rate * max(min(end, right) - max(start, left), 0.0)
        for rate, (left, right) in zip(rates, pairwise(edges), strict=True)
    ]
    return math.fsum(parts) / (end - start)


def _highest_rate(edges: Sequence[float], rates: Sequence[float], start: float, end: float) -> float:
    touched = (
        rate
        for rate, (left, right) in zip(rates, pairwise(edges), strict=True)
        if left < end and right > start
    )
    return max(touched, default=0.0)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is known of service: `done(u)` is the integral of P(S > ·) from 0 to u, nearly `mean` at `horizon`."""

    done: Callable[[float], float]
    mean: float
    horizon: float


def _load_at(
    time: float, edges: Sequence[float], rates: Sequence[float], heights: Sequence[float], work: _Work
) -> float:
    """Each step of the rate adds its height times the work since; those beyond the horizon add up to the rate then."""
    last = bisect_left(edges, time)  # steps before this one are in the past
    first = bisect_left(edges, time - work.horizon)
    settled = rates[first - 1] * work.mean if 0 < first <= len(rates) else 0.0
    recent = (heights[k] * work.done(time - edges[k]) for k in range(first, last))
    return max(math.fsum([settled, *recent]), 0.0)


def _gamma_work(mean: float, cv: float) -> _Work:
    """Constant (cv 0), exponential (cv 1) or gamma service."""
    if cv == 0.0:
        return _Work(lambda age: min(age, mean), mean, mean)
    if cv == 1.0:
        return _Work(lambda age: -mean * math.expm1(-age / mean), mean, 40.0 * mean)
    from scipy.special import gammainc, gammaincc

    shape = 1.0 / (cv * cv)

    def done(age: float) -> float:
        scaled = age * shape / mean
        return float(age * gammaincc(shape, scaled) + mean * gammainc(shape + 1.0, scaled))

    return _Work(done, mean, _horizon(mean, lambda age: mean - done(age) <= 1e-15 * mean))


def _survival_work(mean: float, survival: Survival) -> _Work:
    """Service given by P(S > ·), integrated between ages that double, then from the last of them on."""
    from scipy.integrate import quad

    def between(low: float, high: float) -> float:
        # full_output: what it returns is checked against the mean, so its warnings are not needed
        return float(quad(survival, low, high, epsabs=1e-10 * mean, limit=200, full_output=1)[0])

    horizon = _horizon(mean, lambda age: age * survival(age) <= 1e-10 * mean)
    knots = [0.0, mean / 16.0]
    while knots[-1] < horizon:
        knots.append(2.0 * knots[-1])
    upto = list(accumulate((between(low, high) for low, high in pairwise(knots)), initial=0.0))
    if not abs(upto[-1] - mean) <= 1e-4 * mean:
        raise ValueError(f"survival has mean {upto[-1]:.6g}: must be mean_service, {mean!r}")

    def done(age: float) -> float:
        below = bisect_right(knots, age) - 1
        return upto[below] + (between(knots[below], age) if age > knots[below] else 0.0)

    return _Work(done, upto[-1], horizon)


def _horizon(mean: float, over: Callable[[float], bool]) -> float:
    """The first of mean, 2 mean, 4 mean, ... at which all but a negligible part of the work is over."""
    age = mean
    while not over(age) and age < _LONGEST_SERVICE * mean:
        age *= 2.0
    return age
