"""The modified offered load against integrals and a differential equation; staffing period by period."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servsim.queueing import ServiceGoal, mol_staff, offered_load, sipp_staff, staff_for

EDGES, RATES = (0.0, 1.0, 1.5, 4.0), (20.0, 90.0, 30.0)
TIMES = (-1.0, 0.0, 0.2, 1.0, 1.3, 1.5, 2.7, 4.0, 4.6, 30.0)


def plain_load(
    time: float, edges: Sequence[float], rates: Sequence[float], survival: Any, points: int = 20_001
) -> float:
    """∫ λ(u) P(S > time - u) du, by the middles of many small steps."""
    total = 0.0
    for rate, (left, right) in zip(rates, pairwise(edges), strict=True):
        right = min(right, time)
        if right > left:
            cuts = np.linspace(left, right, points)
            middles = (cuts[1:] + cuts[:-1]) / 2
            total += rate * float(np.sum(survival(time - middles))) * (right - left) / (points - 1)
    return total


SERVICES = [
    (1.0, lambda u: np.exp(-u / 0.4)),
    (0.0, lambda u: (u < 0.4).astype(float)),
    (0.5, lambda u: stats.gamma.sf(u, 4.0, scale=0.1)),
    (1.5, lambda u: stats.gamma.sf(u, 1 / 2.25, scale=0.9)),
]


@pytest.mark.parametrize(("cv", "survival"), SERVICES)
def test_load_agrees_with_the_plain_integral(cv: float, survival: Any) -> None:
    loads = offered_load(TIMES, EDGES, RATES, 0.4, cv)
    for time, load in zip(TIMES, loads, strict=True):
        wanted = plain_load(time, EDGES, RATES, survival)
        assert load == pytest.approx(wanted, rel=2e-4, abs=2e-4)
    late = offered_load([time + 0.05 for time in TIMES], EDGES, RATES, 0.4, cv)
    assert max(abs(x - y) for x, y in zip(loads, late, strict=True)) > 1.0  # a shift in time would be seen


@pytest.mark.parametrize(("cv", "survival"), SERVICES)
def test_a_survival_function_gives_what_its_cv_gives(cv: float, survival: Any) -> None:
    plain = offered_load(TIMES, EDGES, RATES, 0.4, survival=lambda u: float(survival(np.asarray(u))))
    assert plain == pytest.approx(offered_load(TIMES, EDGES, RATES, 0.4, cv), rel=1e-6, abs=1e-5)


def test_a_step_of_arrivals_by_hand() -> None:
    """From empty at rate 10, mean 2: 20 (1 - exp(-t/2)); constant service: 10 t until 2, then 20."""
    assert offered_load([1.0], [0.0, 9.0], [10.0], 2.0)[0] == pytest.approx(20 * -math.expm1(-0.5), rel=1e-14)
    assert offered_load([1.0, 3.0, 10.0, 11.0], [0.0, 9.0], [10.0], 2.0, cv=0.0) == (10.0, 20.0, 10.0, 0.0)


@given(
    st.lists(st.floats(0, 50), min_size=1, max_size=30),
    st.floats(0.01, 5),
    st.sampled_from([0.0, 0.6, 1.0, 1.7]),
)
def test_work_is_conserved(rates: list[float], mean: float, cv: float) -> None:
    """The load never exceeds the highest rate x mean; the load of a sum of rates is the sum of loads."""
    edges = [float(k) for k in range(len(rates) + 1)]
    times = [0.37 * k for k in range(3 * len(rates) + 3)]
    loads = offered_load(times, edges, rates, mean, cv)
    assert all(-1e-9 <= load <= max(rates) * mean * (1 + 1e-12) + 1e-9 for load in loads)
    zero = offered_load(times, edges, [50.0 - rate for rate in rates], mean, cv)
    both = offered_load(times, edges, [50.0] * len(rates), mean, cv)
    assert [x + y for x, y in zip(loads, zero, strict=True)] == pytest.approx(both, rel=1e-9, abs=1e-9)


GOAL = ServiceGoal(0.8, 0.05)


def test_sipp_takes_each_interval_alone() -> None:
    assert sipp_staff(EDGES, RATES, 0.4, GOAL) == tuple(staff_for(rate, 0.4, 0.8, 0.05) for rate in RATES)
    assert sipp_staff(EDGES, (0.0, 5.0, 0.0), 0.4, GOAL) == (0, staff_for(5.0, 0.4, 0.8, 0.05), 0)
    patient = ServiceGoal(0.8, 0.05, 0.3, "ignored")
    wanted = tuple(staff_for(rate, 0.4, 0.8, 0.05, 0.3, "ignored") for rate in RATES)
    assert sipp_staff(EDGES, RATES, 0.4, patient) == wanted


def test_lagged_sipp_by_hand() -> None:
    """Mean service 0.4: (-0.4, 0.6), (0.6, 1.1), (1.1, 3.6) see 12, (8 + 9) / 0.5, (36 + 63) / 2.5 a unit."""
    average = tuple(staff_for(rate, 0.4, 0.8, 0.05) for rate in (12.0, 34.0, 39.6))
    highest = tuple(staff_for(rate, 0.4, 0.8, 0.05) for rate in (20.0, 90.0, 90.0))
    assert sipp_staff(EDGES, RATES, 0.4, GOAL, "average") == average
    assert sipp_staff(EDGES, RATES, 0.4, GOAL, "max") == highest
    assert sipp_staff(EDGES, RATES, 0.4, GOAL) not in (average, highest)


def test_mol_of_a_rate_that_stays_is_the_steady_state() -> None:
    edges, rates = [10.0 * k for k in range(6)], [50.0] * 5
    for cv in (0.0, 0.5, 1.0):
        assert mol_staff(edges, rates, 0.4, GOAL, cv)[1:] == (staff_for(50.0, 0.4, 0.8, 0.05),) * 4
    assert mol_staff(edges, rates, 0.4, GOAL) == sipp_staff(edges, rates, 0.4, GOAL)


def worst_delay(edges: Sequence[float], rates: Sequence[float], mean: float, staff: Sequence[int]) -> float:
    """Highest probability of waiting after the first intervals, of M(t)/M/s(t), by small steps of its equations.

    An agent who goes hands the contact back to the line.
    """
    most, step = 160, 0.001
    number = np.arange(most + 1)
    shares, worst = np.zeros(most + 1), 0.0
    shares[0] = 1.0
    for k, (start, end) in enumerate(pairwise(edges)):
        down = np.minimum(number, staff[k]) / mean
        for _ in range(round((end - start) / step)):
            up = np.where(number < most, rates[k], 0.0)
            flow = -(up + down) * shares
            flow[1:] += (up * shares)[:-1]
            flow[:-1] += (down * shares)[1:]
            shares = shares + step * flow
            if k >= len(rates) // 2:
                worst = max(worst, float(shares[staff[k] :].sum()))
    return worst


@pytest.mark.parametrize(("cycle", "sipp", "lagged"), [(8, 0.96, 0.59), (24, 0.60, 0.13)])
def test_mol_keeps_the_probability_of_waiting_where_sipp_does_not(
    cycle: int, sipp: float, lagged: float
) -> None:
    """Rates from 10 to 50 in cycles of so many mean services, one in ten to wait: the figures of the docs."""
    width = cycle / 32
    edges = [width * k for k in range(65)]
    rates = [30.0 + 20.0 * math.sin(2 * math.pi * (k + 0.5) / 32) for k in range(64)]
    goal = ServiceGoal(0.9, 0.0)
    assert worst_delay(edges, rates, 1.0, mol_staff(edges, rates, 1.0, goal)) < 0.1
    assert worst_delay(edges, rates, 1.0, sipp_staff(edges, rates, 1.0, goal)) == pytest.approx(
        sipp, abs=0.01
    )
    late = worst_delay(edges, rates, 1.0, sipp_staff(edges, rates, 1.0, goal, "max"))
    assert late == pytest.approx(lagged, abs=0.01)


def test_a_week_of_half_hours_and_many_agents() -> None:
    edges, rates = list(range(337)), [6_000.0 + 3_000.0 * math.sin(k / 8) for k in range(336)]
    loads = offered_load([k / 4 for k in range(1_400)], edges, rates, 1.0, cv=1.3)
    assert all(map(math.isfinite, loads)) and max(loads) < 9_000.0
    assert mol_staff(edges[:4], rates[:3], 1.0, ServiceGoal(0.8, 0.01, 2.0))[2] > 5_000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: offered_load([], [0.0], [], 1.0), "rates is empty: must hold one rate for each interval"),
        (lambda: offered_load([], [0.0], [1.0], 1.0), "edges has 1 values: must have 2, one more than rates"),
        (
            lambda: offered_load([], [0.0, 0.0], [1.0], 1.0),
            "edges[1] is 0.0: must be a finite number, above the one before",
        ),
        (
            lambda: offered_load([], [0.0, 1.0], [-1.0], 1.0),
            "rates[0] is -1.0: must be a finite number, 0 or more",
        ),
        (
            lambda: offered_load([math.nan], [0.0, 1.0], [1.0], 1.0),
            "times[0] is nan: must be a finite number",
        ),
        (
            lambda: offered_load([], [0.0, 1.0], [1.0], 1.0, survival=lambda u: math.exp(-u / 2)),
            "survival has mean 2: must be mean_service, 1.0",
        ),
        (
            lambda: offered_load([], [0.0, 1.0], [1.0], 1.0, survival=lambda u: math.nan),
            "survival has mean nan: must be mean_service, 1.0",
        ),
        (lambda: ServiceGoal(1.0, 0.0), "share is 1.0: must be above 0 and below 1"),
        (
            lambda: ServiceGoal(0.8, 0.0, -1.0),
            "mean_patience is -1.0: must be a finite number above 0 or infinite",
        ),
        (
            lambda: sipp_staff([0.0, 1.0], [1.0], 0.0, GOAL),
            "mean_service is 0.0: must be a finite number above 0",
        ),
        (
            lambda: sipp_staff([0.0, 1.0], [1.0], 1.0, GOAL, "mean"),  # type: ignore[arg-type]
            "lag is 'mean': must be one of 'none', 'average', 'max'",
        ),
    ],
)
def test_errors(call: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
