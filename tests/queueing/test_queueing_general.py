"""Priorities at one server: against Pollaczek and Khinchine, the conservation law, and a chain solved plainly."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.queueing import mg1_priority_waits, mg1_wait, priority_waits


def plain_waits(rates: tuple[float, float], services: tuple[float, float], most: int) -> tuple[float, float]:
    """Two classes, exponential service, by the whole chain (waiting 1, waiting 2, in service) and Little's law."""
    states = [(0, 0, -1)] + [(a, b, s) for a in range(most) for b in range(most) for s in (0, 1)]
    index = {state: k for k, state in enumerate(states)}
    rows = np.zeros((len(states), len(states)))
    for a, b, s in states:
        moves = []
        for k in (0, 1):
            to = (0, 0, k) if s < 0 else (a + (k == 0), b + (k == 1), s)
            moves.append((to, rates[k]))
        if s >= 0:
            to = (a - 1, b, 0) if a else (0, b - 1, 1) if b else (0, 0, -1)
            moves.append((to, 1 / services[s]))
        for to, rate in moves:
            if to in index:
                rows[index[a, b, s], index[to]] += rate
    rows -= np.diag(rows.sum(axis=1))
    rows[:, 0] = 1.0
    shares = np.linalg.solve(rows.T, np.eye(len(states))[0])
    waiting = [sum(state[k] * share for state, share in zip(states, shares, strict=True)) for k in (0, 1)]
    return float(waiting[0] / rates[0]), float(waiting[1] / rates[1])


def test_two_classes_agree_with_the_plain_chain() -> None:
    rates, services = (0.2, 0.15), (0.8, 2.0)
    plain = plain_waits(rates, services, 26)
    assert mg1_priority_waits(rates, services, (1.0, 1.0)) == pytest.approx(plain, rel=1e-4)
    swapped = mg1_priority_waits(rates[::-1], services[::-1], (1.0, 1.0))[::-1]
    assert max(abs(x / y - 1) for x, y in zip(swapped, plain, strict=True)) > 0.2  # the fault would be seen


def test_one_class_is_pollaczek_and_khinchine() -> None:
    for cv in (0.0, 0.7, 3.0):
        assert mg1_priority_waits([0.6], [1.2], [cv])[0] == pytest.approx(mg1_wait(0.6, 1.2, cv), rel=1e-14)


def test_a_worked_case() -> None:
    """Constant service of 1 and 2, loads 0.2 and 0.4: W0 = 0.1 + 0.4; 0.5 / 0.8 and 0.5 / (0.8 x 0.4)."""
    assert mg1_priority_waits([0.2, 0.2], [1.0, 2.0], [0.0, 0.0]) == pytest.approx((0.625, 1.5625))


CLASSES = st.lists(
    st.tuples(st.floats(0.001, 0.2), st.floats(0.05, 0.9), st.floats(0, 3)), min_size=1, max_size=5
)


@given(CLASSES)
def test_the_conservation_law(classes: list[tuple[float, float, float]]) -> None:
    """Σ load x wait does not depend on the order (Kleinrock 1965): it is load x W0 / (1 - load)."""
    rates, services, cvs = zip(*classes, strict=True)
    waits = mg1_priority_waits(rates, services, cvs)
    back = mg1_priority_waits(rates[::-1], services[::-1], cvs[::-1])[::-1]
    loads = [r * s for r, s in zip(rates, services, strict=True)]
    rest = sum(load * s * (1 + cv * cv) / 2 for load, s, cv in zip(loads, services, cvs, strict=True))
    law = sum(loads) * rest / (1 - sum(loads))
    assert sum(load * wait for load, wait in zip(loads, waits, strict=True)) == pytest.approx(law, rel=1e-9)
    assert sum(load * wait for load, wait in zip(loads, back, strict=True)) == pytest.approx(law, rel=1e-9)
    assert list(waits) == sorted(waits)


def test_equal_exponential_service_is_cobhams_other_formula() -> None:
    rates = [0.3, 0.2, 0.3]
    assert mg1_priority_waits(rates, [1.0] * 3, [1.0] * 3) == pytest.approx(priority_waits(rates, 1.0, 1))
    crowded = [0.3, 0.4, 0.9, 5.0]
    assert mg1_priority_waits(crowded, [1.0] * 4, [1.0] * 4) == pytest.approx(priority_waits(crowded, 1.0, 1))


def test_ten_thousand_servers_and_classes() -> None:
    waits = priority_waits([3_300.0] * 3, 1.0, 10_000)
    assert all(0 < wait < math.inf for wait in waits)
    assert len(mg1_priority_waits([1e-5] * 10_000, [1.0] * 10_000, [1.0] * 10_000)) == 10_000


@pytest.mark.parametrize(
    ("rates", "services", "cvs", "message"),
    [
        ([], [], [], "arrival_rates is empty: must hold one rate for each class, the most urgent first"),
        ([1.0], [], [1.0], "mean_services has 0 values: must have 1, one for each class"),
        ([1.0], [1.0], [1.0, 2.0], "cvs has 2 values: must have 1, one for each class"),
        ([1.0], [0.0], [1.0], "mean_services[0] is 0.0: must be a finite number above 0"),
        ([1.0], [1.0], [-1.0], "cvs[0] is -1.0: must be a finite number, 0 or more"),
    ],
)
def test_errors(rates: list[float], services: list[float], cvs: list[float], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        mg1_priority_waits(rates, services, cvs)
    assert str(caught.value) == message
