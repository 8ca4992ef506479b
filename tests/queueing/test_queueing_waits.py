"""Waits, service levels and their rules: against a chain solved by a matrix exponential, and an integral."""

import math
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from servsim.queueing import QueueFigures, mmc, mmca, mmck, staff_for

RULES: list[Any] = ["missed", "ignored", "met", "answered_only"]
WAITS: list[Any] = ["all", "answered", "patient"]
CASES = [
    (4.0, 1.0, 3, 0.5, 40),
    (9.0, 1.0, 8, 3.0, 60),
    (9.0, 0.5, 3, 2.0, 9),  # blocked and impatient
    (9.0, 1.0, 8, math.inf, 20),
    (2.0, 1.0, 4, 0.01, 20),
    (20.0, 1.0, 3, 1.0, 50),  # never an empty queue
]


def plain_chain(figures: QueueFigures) -> list[float]:
    weights = [1.0]
    for n in range(1, int(figures.room) + 1):
        busy = min(n, figures.servers)
        down = busy / figures.mean_service + (n - busy) / figures.mean_patience
        weights.append(weights[-1] * figures.arrival_rate / down)
    return [weight / math.fsum(weights) for weight in weights]


def plain_fates(
    figures: QueueFigures, time: float, patient: bool = False, ahead_leave: bool = True
) -> np.ndarray:
    """Shares of the offered that by `time` are answered, have given up, still wait: place by place in the line.

    `ahead_leave=False` is the sabotage: nobody in front gives up.
    """
    chain, servers = plain_chain(figures), figures.servers
    places = int(figures.room) - servers
    rates = np.zeros((places + 2, places + 2))  # place 0 is next; the last two are answered, given up
    for place in range(places):
        to = place - 1 if place else places
        rates[place, to] += (
            servers / figures.mean_service + (place if ahead_leave else 0) / figures.mean_patience
        )
        rates[place, places + 1] += 0.0 if patient else 1.0 / figures.mean_patience
    rates -= np.diag(rates.sum(axis=1))
    fates = np.array(chain[servers:-1]) @ expm(rates * time)[:places]
    return np.array([sum(chain[:servers]) + fates[places], fates[places + 1], fates[:places].sum()])


def plain_levels(figures: QueueFigures, within: float) -> dict[str, float]:
    answered, gone, _ = plain_fates(figures, within)
    finally_answered = plain_fates(figures, 1e4)[0]
    return {
        "missed": answered,
        "ignored": answered / (1 - gone),
        "met": answered + gone,
        "answered_only": answered / finally_answered,
    }


@pytest.mark.parametrize("time", [0.0, 0.03, 0.4, 2.5])
@pytest.mark.parametrize(("rate", "service", "servers", "patience", "room"), CASES)
def test_levels_and_waits_agree_with_the_plain_chain(
    rate: float, service: float, servers: int, patience: float, room: int, time: float
) -> None:
    figures = mmck(rate, service, servers, room, patience)
    for rule, level in plain_levels(figures, time).items():
        assert figures.service_level(time, rule) == pytest.approx(level, abs=1e-11), rule
    let_in, answered = 1 - figures.blocking, plain_fates(figures, 1e4)[0]
    assert figures.wait_exceeds(time) == pytest.approx(plain_fates(figures, time)[2] / let_in, abs=1e-11)
    patient = plain_fates(figures, time, patient=True)[2] / let_in
    assert figures.wait_exceeds(time, "patient") == pytest.approx(patient, abs=1e-11)
    late = 1 - plain_fates(figures, time)[0] / answered
    assert figures.wait_exceeds(time, "answered") == pytest.approx(late, abs=1e-11)


def test_a_chain_with_a_fault_does_not_agree() -> None:
    """Sabotage: those in front never leave; the comparison above would see it."""
    figures = mmck(4.0, 1.0, 3, 40, 0.5)
    faulty = plain_fates(figures, 0.4, patient=True, ahead_leave=False)[2]
    assert abs(figures.wait_exceeds(0.4, "patient") - faulty) > 1e-3
    assert abs(figures.service_level(0.4, "met") - plain_levels(figures, 0.4)["ignored"]) > 1e-3


@pytest.mark.parametrize(("rate", "servers", "patience"), [(48.0, 50, 2.0), (5.0, 3, 0.05), (12.0, 12, 40.0)])
@pytest.mark.parametrize("time", [0.02, 0.5, 1.5])
def test_virtual_wait_by_its_density(rate: float, servers: int, patience: float, time: float) -> None:
    """Density λ p(c-1) exp(λ p (1 - exp(-x/p)) - c x): Baccelli and Hebuterne 1981."""

    def density(x: Any) -> Any:
        return rate * mpmath.exp(-rate * patience * mpmath.expm1(-x / patience) - servers * x)

    free = sum(
        mpmath.mpf(rate) ** (k - servers + 1) * mpmath.factorial(servers - 1) / mpmath.factorial(k)
        for k in range(servers)
    )
    cuts = [time + 0.1 * 1.7**k for k in range(12)]
    above = mpmath.quad(density, [time, *cuts])
    below = mpmath.quad(density, [time * k / 8 for k in range(9)])
    assert mmca(rate, 1.0, servers, patience).wait_exceeds(time, "patient") == pytest.approx(
        float(above / (free + below + above)), abs=1e-11
    )


def test_waits_without_patience_are_exponential() -> None:
    """M/M/c: C exp(-(cμ - λ)t), so quantiles are log(C / (1 - q)) / (cμ - λ). Here M/M/1 at 0.8."""
    figures = mmc(0.8, 1.0, 1)
    for of in WAITS:
        assert figures.wait_exceeds(5.0, of) == pytest.approx(0.8 * math.exp(-1.0), rel=1e-14)
        assert figures.wait_quantile(0.9, of) == pytest.approx(math.log(8.0) / 0.2, rel=1e-14)
        assert figures.wait_quantile(0.2, of) == 0.0
    assert {figures.service_level(5.0, rule) for rule in RULES} == {figures.service_level(5.0)}
    crowded = mmc(2.0, 1.0, 1)
    assert (crowded.wait_exceeds(1e9), crowded.wait_quantile(0.01)) == (1.0, math.inf)


@given(st.floats(0.1, 40), st.integers(1, 30), st.floats(0.01, 50), st.floats(0, 4))
@settings(deadline=None)
def test_fates_add_up_and_waits_are_ordered(rate: float, servers: int, patience: float, time: float) -> None:
    figures = mmca(rate, 1.0, servers, patience)
    assert figures.service_level(time, "met") + figures.wait_exceeds(time) == pytest.approx(1.0, abs=1e-11)
    patient = figures.wait_exceeds(time, "patient")
    assert figures.wait_exceeds(time) == pytest.approx(patient * math.exp(-time / patience), abs=1e-12)
    assert figures.wait_exceeds(time, "answered") <= patient + 1e-12
    missed, ignored, met, only = (figures.service_level(time, rule) for rule in RULES)
    assert missed - 1e-12 <= ignored <= met + 1e-12
    assert missed - 1e-12 <= only <= 1.0


@given(st.floats(0.1, 40), st.integers(1, 30), st.floats(0.01, 50), st.floats(0, 4))
@settings(deadline=None)
def test_each_rule_gains_from_a_server_more(rate: float, servers: int, patience: float, time: float) -> None:
    few, more = mmca(rate, 1.0, servers, patience), mmca(rate, 1.0, servers + 1, patience)
    for rule in RULES:
        assert more.service_level(time, rule) >= few.service_level(time, rule) - 1e-11


@given(st.floats(0.1, 40), st.integers(1, 30), st.floats(0.02, 50), st.floats(0.01, 0.999))
@settings(deadline=None, max_examples=50)
def test_quantiles_turn_the_distribution_round(
    rate: float, servers: int, patience: float, share: float
) -> None:
    figures = mmca(rate, 1.0, servers, patience)
    for of in WAITS:
        time = figures.wait_quantile(share, of)
        assert figures.wait_exceeds(time, of) <= 1 - share + 1e-10
        if time > 0:
            assert figures.wait_exceeds(time * (1 - 1e-6), of) >= 1 - share - 1e-10
        else:
            assert figures.wait_exceeds(0.0, of) <= 1 - share


def test_patience_of_almost_nothing() -> None:
    """The virtual wait behind nobody is exponential of rate cμ, however many patiences that is."""
    figures = mmca(5.0, 1.0, 3, 1e-12)
    for time in (0.1, 1.0, 20.0):
        wanted = figures.probability_of_waiting * math.exp(-3.0 * time)
        assert figures.wait_exceeds(time, "patient") == pytest.approx(wanted, rel=1e-10)
    assert figures.wait_exceeds(0.1) == 0.0


@pytest.mark.parametrize("scale", [0.99, 1.0, 1.01])  # times the moment at which another formula takes over
def test_the_virtual_wait_has_no_step_where_the_formula_changes(scale: float) -> None:
    patience = 1e-4
    figures = mmck(5.0, 1.0, 3, 30, patience)
    plain = plain_fates(figures, 600 * patience * scale, patient=True)[2] / (1 - figures.blocking)
    assert figures.wait_exceeds(600 * patience * scale, "patient") == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_staff_under_each_rule_is_the_least(rule: Any) -> None:
    servers = staff_for(48.0, 1.0, 0.8, 0.1, 0.5, rule)
    assert mmca(48.0, 1.0, servers, 0.5).service_level(0.1, rule) >= 0.8
    assert mmca(48.0, 1.0, servers - 1, 0.5).service_level(0.1, rule) < 0.8


def test_numbers_in_the_system() -> None:
    """M/M/1 at 0.5: 1 in the system, 0.5 of them in service. With patience = service: Poisson of the load."""
    one = mmc(0.5, 1.0, 1)
    assert (one.mean_in_system, one.mean_busy) == (pytest.approx(1.0), pytest.approx(0.5))
    assert mmca(7.3, 1.0, 5, 1.0).mean_in_system == pytest.approx(7.3, rel=1e-12)


@pytest.mark.parametrize("of", WAITS)
def test_ten_thousand_servers(of: Any) -> None:
    """Patience equal to service makes the system M/M/infinity; the limit of Garnett et al. is near for the wait."""
    figures = mmca(10_000.0, 1.0, 10_000, 1.0)
    assert figures.wait_exceeds(0.0, "all") == pytest.approx(0.5, abs=0.005)
    time = figures.wait_quantile(0.9, of)
    assert figures.wait_exceeds(time, of) == pytest.approx(0.1, abs=1e-9)
    full = mmck(9_990.0, 1.0, 10_000, 12_000)
    assert 0.0 < full.wait_quantile(0.9, of) < 0.25


def test_errors() -> None:
    figures = mmca(3.0, 1.0, 3, 1.0)
    wrong: Any = "skipped"
    cases = [
        (lambda: figures.service_level(1.0, wrong), "abandoned is 'skipped': must be one of 'missed', "),
        (lambda: staff_for(1.0, 1.0, 0.8, 0.1, 1.0, wrong), "abandoned is 'skipped': must be one of "),
        (lambda: figures.wait_exceeds(1.0, wrong), "of is 'skipped': must be one of 'all', "),
        (lambda: figures.wait_exceeds(-1.0), "time is -1.0: must be a finite number, 0 or more"),
        (lambda: figures.wait_quantile(1.0), "share is 1.0: must be above 0 and below 1"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError) as caught:
            call()
        assert str(caught.value).startswith(message)
