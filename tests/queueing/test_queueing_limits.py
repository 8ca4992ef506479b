"""Limits for many servers: against the normal distribution in many digits, exact queues, and published values."""

import math

import mpmath  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.queueing import (
    erlang_c,
    garnett_abandonment,
    garnett_delay,
    halfin_whitt_delay,
    mmca,
    square_root_staff,
    square_root_staff_abandonment,
)


def plain_hazard(x: float) -> mpmath.mpf:
    return mpmath.npdf(x) / mpmath.ncdf(-mpmath.mpf(x))


@pytest.mark.parametrize("beta", [0.01, 0.506, 1.0, 3.0, 9.0, 30.0])
def test_halfin_whitt_in_many_digits(beta: float) -> None:
    with mpmath.workdps(60):
        plain = 1 / (1 + beta * mpmath.ncdf(beta) / mpmath.npdf(beta))
        faulty = 1 / (1 + beta * mpmath.ncdf(-beta) / mpmath.npdf(beta))
    assert halfin_whitt_delay(beta) == pytest.approx(float(plain), rel=1e-12)
    assert halfin_whitt_delay(beta) != pytest.approx(float(faulty), rel=1e-5)


def test_published_values() -> None:
    """Half of the contacts wait at β = 0.506 (Halfin and Whitt 1981); nobody is free at β = 0 and below."""
    assert halfin_whitt_delay(0.506) == pytest.approx(0.5, abs=2e-4)
    assert halfin_whitt_delay(0.0) == halfin_whitt_delay(-1.0) == 1.0


@pytest.mark.parametrize("beta", [-2.0, -0.3, 0.0, 0.7, 3.0])
@pytest.mark.parametrize("patience", [0.05, 1.0, 2.0, 30.0])
def test_garnett_in_many_digits(beta: float, patience: float) -> None:
    with mpmath.workdps(40):
        y = mpmath.sqrt(patience)
        delay = 1 / (1 + plain_hazard(beta * y) / (y * plain_hazard(-beta)))
        gone = (plain_hazard(beta * y) / y - beta) * delay
    assert garnett_delay(beta, patience) == pytest.approx(float(delay), rel=1e-12)
    assert garnett_abandonment(beta, patience) == pytest.approx(float(gone), rel=1e-9)


@given(st.floats(-5, 5))
def test_patience_equal_to_service_is_the_normal_tail(beta: float) -> None:
    """Then Erlang A is M/M/infinity, and the number in the system normal around the load."""
    assert garnett_delay(beta, 1.0) == pytest.approx(math.erfc(beta / math.sqrt(2)) / 2, rel=1e-11)


@given(st.floats(-3, 6), st.floats(0.01, 100), st.floats(0.001, 2))
def test_monotone(beta: float, patience: float, more: float) -> None:
    assert garnett_delay(beta + more, patience) <= garnett_delay(beta, patience)
    assert garnett_abandonment(beta + more, patience) <= garnett_abandonment(beta, patience) * (1 + 1e-9)
    assert garnett_delay(beta, patience * (1 + more)) >= garnett_delay(beta, patience) - 1e-12


def test_endless_patience_tends_to_halfin_and_whitt() -> None:
    assert garnett_delay(0.7, math.inf) == halfin_whitt_delay(0.7)
    assert garnett_delay(0.7, 1e10) == pytest.approx(halfin_whitt_delay(0.7), rel=1e-4)
    assert (halfin_whitt_delay(500.0), garnett_delay(500.0, 2.0), garnett_delay(-500.0, 2.0)) == (0, 0, 1)


@pytest.mark.parametrize(("load", "off"), [(10, 0.14), (100, 0.035), (1_000, 0.011), (10_000, 0.0034)])
def test_how_far_off_the_limits_are(load: int, off: float) -> None:
    """What the module's text says of its errors, and that they shrink as 1 / √load."""
    root, worst = math.sqrt(load), 0.0
    for patience in (0.1, 1.0, 5.0, math.inf):
        for servers in {round(load + k / 8 * root) for k in range(-8, 17)}:
            beta = (servers - load) / root
            exact = mmca(load, 1.0, servers, patience)
            if patience < math.inf or beta > 0:
                worst = max(worst, abs(garnett_delay(beta, patience) - exact.probability_of_waiting))
            if patience < math.inf and beta >= -0.5:
                gone = garnett_abandonment(beta, patience) / math.sqrt(servers)
                assert gone == pytest.approx(exact.abandonment, abs=1.3 / load)
    assert off / 2 < worst < off


@pytest.mark.parametrize("load", [10.0, 100.0, 10_000.0])
@pytest.mark.parametrize("patience", [0.5, 2.0, math.inf])
@pytest.mark.parametrize("delay", [0.1, 0.5])
def test_square_root_staffing_is_near_the_exact_one(load: float, patience: float, delay: float) -> None:
    servers = square_root_staff(load, delay, patience)
    assert mmca(load, 1.0, servers + 3, patience).probability_of_waiting <= delay
    assert mmca(load, 1.0, servers - 1, patience).probability_of_waiting > delay
    if patience < math.inf:
        least = square_root_staff_abandonment(load, 0.02, patience)
        assert mmca(load, 1.0, least + 1, patience).abandonment <= 0.02
        assert mmca(load, 1.0, least - 2, patience).abandonment > 0.02


def test_a_million_erlangs() -> None:
    servers = square_root_staff(1e6, 0.2)
    assert erlang_c(1e6, servers) == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: halfin_whitt_delay(math.nan), "beta is nan: must be a finite number"),
        (lambda: garnett_delay(1.0, 0.0), "patience is 0.0: must be a finite number above 0 or infinite"),
        (
            lambda: garnett_abandonment(1.0, math.inf),
            "patience is inf: must be a finite number above 0",
        ),
        (lambda: square_root_staff(0.0, 0.2), "load is 0.0: must be a finite number above 0"),
        (lambda: square_root_staff(9.0, 1.0), "delay is 1.0: must be above 0 and below 1"),
        (
            lambda: square_root_staff_abandonment(9.0, 0.0, 1.0),
            "abandonment is 0.0: must be above 0 and below 1",
        ),
    ],
)
def test_errors(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
