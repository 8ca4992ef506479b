"""Closed formulas against published values, plain sums in many digits, an integral, and each other."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servsim.queueing import (
    erlang_b,
    erlang_c,
    mg1_wait,
    mmc,
    mmca,
    mmck,
    priority_waits,
    staff_for,
)
from servsim.queueing.chain import stirling_error

LOADS = st.floats(0.01, 60.0)
SERVERS = st.integers(1, 60)
PATIENCE = st.floats(0.05, 50.0)
WITHIN = st.floats(0.0, 5.0)


def plain_erlang_b(load: Fraction, servers: int) -> Fraction:
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def plain_chain(rate: float, service: float, servers: int, patience: float, room: int) -> list[float]:
    """Probabilities of 0..room in the system, from 0 upwards in 50 digits."""
    with mpmath.workdps(50):
        terms = [mpmath.mpf(1)]
        for n in range(1, room + 1):
            down = min(n, servers) / mpmath.mpf(service) + max(n - servers, 0) / mpmath.mpf(patience)
            terms.append(terms[-1] * rate / down)
        total = mpmath.fsum(terms)
        return [float(term / total) for term in terms]


def offered_wait_integrals(
    rate: float, service: float, servers: int, patience: float, within: float
) -> tuple[float, float, float]:
    """Erlang A by another road: the density of the offered wait.

    It is rate p(c-1) exp(rate p (1 - exp(-x/p)) - x c / s) for x > 0.
    Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum 2005.
    Returns the probability of waiting, the abandonment and the share answered within.
    """
    with mpmath.workdps(30):
        r, s, p = mpmath.mpf(rate), mpmath.mpf(service), mpmath.mpf(patience)
        a = r * s

        def density(x: mpmath.mpf) -> mpmath.mpf:
            return r * mpmath.exp(r * p * -mpmath.expm1(-x / p) - x * servers / s)

        def area(f: Callable[[mpmath.mpf], mpmath.mpf], end: mpmath.mpf) -> mpmath.mpf:
            cuts = [mpmath.mpf(0), *(s * mpmath.mpf(4) ** k for k in range(-6, 4))]
            return mpmath.quad(f, [x for x in cuts if x < end] + [end])

        free = sum(a**k / mpmath.factorial(k) for k in range(servers))
        free /= a ** (servers - 1) / mpmath.factorial(servers - 1)
        end = mpmath.mpf(200) * s
        total = free + area(density, end)
        lost = area(lambda x: density(x) * -mpmath.expm1(-x / p), end)
        answered = area(lambda x: density(x) * mpmath.exp(-x / p), min(end, mpmath.mpf(within)))
        return float(1 - free / total), float(lost / total), float((free + answered) / total)


# --- Erlang B and C


@pytest.mark.parametrize("servers", [0, 1, 2, 7, 40])
@pytest.mark.parametrize("load", [Fraction(1, 8), Fraction(3), Fraction(38)])
def test_erlang_b_is_the_exact_fraction(load: Fraction, servers: int) -> None:
    assert erlang_b(float(load), servers) == pytest.approx(float(plain_erlang_b(load, servers)), rel=1e-14)


def test_erlang_published_values() -> None:
    """Traffic tables: 1 % blocking of 10 trunks at 4.461 E, of 100 at 84.064 E."""
    assert erlang_b(4.461, 10) == pytest.approx(0.01, abs=5e-6)
    assert erlang_b(84.064, 100) == pytest.approx(0.01, abs=5e-6)
    assert erlang_c(0.7, 1) == pytest.approx(0.7, rel=1e-15)  # M/M/1: the load itself
    assert erlang_c(1.0, 2) == pytest.approx(1 / 3, rel=1e-15)  # M/M/2: a² / (2 + a)
    assert erlang_c(2.0, 3) == pytest.approx(4 / 9, rel=1e-15)


@pytest.mark.parametrize(("load", "servers"), [(9_900.0, 10_000), (10_000.0, 10_000), (20_000.0, 10_000)])
def test_erlang_b_of_ten_thousand(load: float, servers: int) -> None:
    with mpmath.workdps(40):  # a^c e^-a / c! over the incomplete gamma function
        a, c = mpmath.mpf(load), servers
        exact = mpmath.exp(c * mpmath.log(a) - a - mpmath.loggamma(c + 1)) / mpmath.gammainc(
            c + 1, a, mpmath.inf, regularized=True
        )
    assert erlang_b(load, servers) == pytest.approx(float(exact), rel=1e-12)


def test_overload_tends_to_infinity() -> None:
    figures = mmc(10.0, 1.0, 10)
    assert erlang_c(10.0, 10) == 1.0
    assert (figures.mean_wait, figures.mean_queue, figures.occupancy) == (math.inf, math.inf, 1.0)
    assert figures.service_level(1e6) == 0.0


def test_mm1_in_closed_form() -> None:
    figures = mmc(0.5, 1.0, 1)
    assert figures.mean_wait == figures.mean_wait_answered == pytest.approx(1.0, rel=1e-15)
    assert figures.mean_queue == pytest.approx(0.5, rel=1e-15)
    assert figures.service_level(2.0) == pytest.approx(1 - 0.5 * math.exp(-1.0), rel=1e-15)


# --- Erlang A


def test_erlang_a_published_example() -> None:
    """48 a minute, mean service 1, 50 agents, patience 2 min: 3.09 %, 3.71 s, 93.0 %."""
    figures = mmca(48.0, 1.0, 50, 2.0)
    assert round(100 * figures.abandonment, 2) == 3.09
    assert round(60 * figures.mean_wait, 2) == 3.71
    assert round(100 * figures.occupancy, 1) == 93.0


CASES = [
    (48.0, 1.0, 50, 2.0, 1 / 3),
    (0.3, 2.0, 1, 5.0, 1.0),
    (5.0, 1.0, 3, 0.4, 0.2),  # overloaded, impatient
    (30.0, 0.5, 12, 3.0, 2.5),  # overloaded, within past the usual wait
    (12.0, 1.0, 12, 40.0, 0.7),  # critical, patient
    (100.0, 1.0, 100, 0.02, 0.01),
]


@pytest.mark.parametrize(("rate", "service", "servers", "patience", "within"), CASES)
def test_erlang_a_agrees_with_the_offered_wait_integral(
    rate: float, service: float, servers: int, patience: float, within: float
) -> None:
    figures = mmca(rate, service, servers, patience)
    waiting, abandonment, level = offered_wait_integrals(rate, service, servers, patience, within)
    assert figures.probability_of_waiting == pytest.approx(waiting, rel=1e-10)
    assert figures.abandonment == pytest.approx(abandonment, rel=1e-10)
    assert figures.service_level(within) == pytest.approx(level, rel=1e-10)


def plain_figures(rate: float, service: float, servers: int, patience: float, room: int) -> dict[str, float]:
    """All figures from the chain alone; the wait of the answered by flow balance, state by state."""
    chain = plain_chain(rate, service, servers, patience, room)
    queue = sum((n - servers) * p for n, p in enumerate(chain) if n > servers)
    blocked, wait_answered, share_answered = chain[room], 0.0, sum(chain[:servers])
    for ahead in range(room - servers):
        reach, took = 1.0, 0.0  # step by step: survive each departure in front, or give up
        for i in range(ahead, -1, -1):
            pace = servers / service + (i + 1) / patience
            reach *= (servers / service + i / patience) / pace
            took += 1 / pace
        share_answered += chain[servers + ahead] * reach
        wait_answered += chain[servers + ahead] * reach * took
    return {
        "blocking": blocked,
        "probability_of_waiting": sum(chain[servers:room]),
        "abandonment": queue / patience / rate,
        "mean_wait": queue / rate / (1 - blocked),
        "mean_wait_answered": wait_answered / share_answered,
        "mean_queue": queue,
        "occupancy": sum(min(n, servers) * p for n, p in enumerate(chain)) / servers,
    }


@pytest.mark.parametrize(
    ("rate", "service", "servers", "patience", "room"),
    [
        (48.0, 1.0, 50, 2.0, 150),
        (5.0, 1.0, 3, 0.4, 120),
        (100.0, 1.0, 3, 2.0, 500),  # never an empty queue
        (12.0, 1.0, 12, 40.0, 30),
        (3.0, 1.0, 2, 7.0, 3),
        (9.0, 1.0, 4, math.inf, 40),
        (4.0, 1.0, 4, math.inf, 9),
        (2.0, 1.0, 4, math.inf, 4),
    ],
)
def test_figures_agree_with_the_plain_chain(
    rate: float, service: float, servers: int, patience: float, room: int
) -> None:
    figures = mmck(rate, service, servers, room, patience)
    for name, value in plain_figures(rate, service, servers, patience, room).items():
        assert getattr(figures, name) == pytest.approx(value, rel=1e-10, abs=1e-18), name


def test_mmck_knows_erlang_b() -> None:
    figures = mmck(8.0, 1.0, 10, 10)
    assert figures.blocking == pytest.approx(erlang_b(8.0, 10), rel=1e-14)
    assert (figures.probability_of_waiting, figures.mean_wait, figures.abandonment) == (0.0, 0.0, 0.0)
    assert figures.service_level(0.0) == pytest.approx(1 - erlang_b(8.0, 10), rel=1e-14)


def test_service_level_in_a_finite_room_by_poisson_sums() -> None:
    rate, servers, room, within = 9.0, 8, 20, 0.6
    chain = plain_chain(rate, 1.0, servers, math.inf, room)
    late = [
        sum(math.exp(-servers * within) * (servers * within) ** i / math.factorial(i) for i in range(j + 1))
        for j in range(room - servers)
    ]
    plain = sum(chain[:servers]) + sum(chain[servers + j] * (1 - late[j]) for j in range(room - servers))
    assert mmck(rate, 1.0, servers, room).service_level(within) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("within", [0.005, 0.5, 3.0])
@pytest.mark.parametrize("rate", [9_900.0, 10_000.0, 12_000.0])
def test_ten_thousand_servers_agree_with_the_integral(rate: float, within: float) -> None:
    """The offered wait in plain floats and many small steps (Simpson), logs kept apart."""
    servers, patience, steps = 10_000, 2.0, 40_000
    log_free = -math.log(erlang_b(rate, servers - 1))

    def exponent(x: float) -> float:
        return math.log(rate) - rate * patience * math.expm1(-x / patience) - x * servers - log_free

    def simpson(end: float, weigh: Callable[[float], float]) -> float:
        h = end / steps
        odd = [(4 if k % 2 else 2) * math.exp(exponent(k * h)) * weigh(k * h) for k in range(1, steps)]
        ends = math.exp(exponent(0.0)) * weigh(0.0) + math.exp(exponent(end)) * weigh(end)
        return (math.fsum(odd) + ends) * h / 3

    total = simpson(1.0, lambda _: 1.0)
    answered = simpson(min(within, 1.0), lambda x: math.exp(-x / patience))
    figures = mmca(rate, 1.0, servers, patience)
    assert figures.probability_of_waiting == pytest.approx(total / (1 + total), rel=1e-8)
    assert figures.service_level(within) == pytest.approx((1 + answered) / (1 + total), rel=1e-8)


@given(LOADS, SERVERS, PATIENCE, WITHIN)
def test_identities(load: float, servers: int, patience: float, within: float) -> None:
    figures = mmca(load, 1.0, servers, patience)
    assert figures.mean_queue == pytest.approx(load * figures.mean_wait, rel=1e-12)  # Little
    assert figures.abandonment == pytest.approx(figures.mean_wait / patience, rel=1e-12)
    busy = load * (1 - figures.abandonment) / servers
    assert figures.occupancy == pytest.approx(busy, abs=1e-12)
    immediately = 1 - figures.probability_of_waiting
    level = figures.service_level(within)
    assert immediately - 1e-12 <= level <= 1 - figures.abandonment + 1e-12
    assert figures.service_level(0.0) == pytest.approx(immediately, abs=1e-12)
    assert figures.service_level(1e6) == pytest.approx(1 - figures.abandonment, abs=1e-12)


@given(LOADS, SERVERS, PATIENCE, WITHIN)
def test_more_servers_and_more_time_never_hurt(
    load: float, servers: int, patience: float, within: float
) -> None:
    few, more = mmca(load, 1.0, servers, patience), mmca(load, 1.0, servers + 1, patience)
    assert more.abandonment <= few.abandonment + 1e-13
    assert more.mean_wait <= few.mean_wait + 1e-13
    assert more.service_level(within) >= few.service_level(within) - 1e-12
    assert few.service_level(within + 0.1) >= few.service_level(within) - 1e-12


@given(LOADS, st.floats(0.05, 0.97), SERVERS, WITHIN)
@settings(max_examples=40)
def test_endless_patience_gives_erlang_c(service: float, use: float, servers: int, within: float) -> None:
    rate = use * servers / service
    patient, endless = mmca(rate, service, servers, 1e11 * service), mmc(rate, service, servers)
    assert mmca(rate, service, servers, math.inf) == endless
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-6)
    assert patient.probability_of_waiting == pytest.approx(endless.probability_of_waiting, rel=1e-6)
    assert patient.service_level(within) == pytest.approx(endless.service_level(within), abs=1e-7)


@given(LOADS, SERVERS, WITHIN)
def test_no_patience_gives_erlang_b(load: float, servers: int, within: float) -> None:
    figures = mmca(load, 1.0, servers, 1e-12)
    blocked = erlang_b(load, servers)
    assert figures.abandonment == pytest.approx(blocked, rel=1e-8)
    assert figures.service_level(within) == pytest.approx(1 - blocked, abs=1e-8)


@given(LOADS, SERVERS, st.integers(0, 30), PATIENCE, WITHIN)
@settings(max_examples=50)
def test_a_large_room_is_no_room(
    load: float, servers: int, extra: int, patience: float, within: float
) -> None:
    free, large = mmca(load, 1.0, servers, patience), mmck(load, 1.0, servers, 5_000, patience)
    assert large.blocking == pytest.approx(0.0, abs=1e-12)
    assert large.service_level(within) == pytest.approx(free.service_level(within), abs=1e-12)
    small = mmck(load, 1.0, servers, servers + extra, patience)
    shares = small.blocking + small.abandonment + small.service_level(1e6)
    assert shares == pytest.approx(1.0, abs=1e-12)


def test_no_arrivals_no_waits() -> None:
    for figures in (mmc(0.0, 1.0, 3), mmca(0.0, 1.0, 3, 2.0), mmck(0.0, 1.0, 3, 5)):
        assert (figures.mean_wait, figures.abandonment, figures.blocking, figures.occupancy) == (0, 0, 0, 0)
        assert figures.service_level(0.0) == 1.0


@pytest.mark.parametrize("z", [1.0, 7.5, 15.99, 16.0, 17.3, 4e3, 1e9])
def test_stirling_error_in_many_digits(z: float) -> None:
    with mpmath.workdps(40):
        x = mpmath.mpf(z)
        exact = mpmath.loggamma(x + 1) - (x + 0.5) * mpmath.log(x) + x - mpmath.log(2 * mpmath.pi) / 2
    assert stirling_error(z) == pytest.approx(float(exact), abs=3e-14, rel=1e-15)


# --- staffing


@pytest.mark.parametrize("patience", [math.inf, 2.0, 0.3])
@pytest.mark.parametrize("load", [0.02, 1.0, 48.0, 300.0])
@pytest.mark.parametrize(("share", "within"), [(0.8, 1 / 3), (0.95, 0.0), (0.3, 1.0)])
def test_staff_for_is_the_least_that_suffices(
    load: float, patience: float, share: float, within: float
) -> None:
    servers = staff_for(load, 1.0, share, within, patience)
    assert mmca(load, 1.0, servers, patience).service_level(within) >= share
    assert servers == 1 or mmca(load, 1.0, servers - 1, patience).service_level(within) < share


def test_staff_for_known_cases() -> None:
    """100 calls in half an hour of 3 minutes each, 80 % in 20 s: 14 agents by Erlang C (a stock example)."""
    assert staff_for(100 / 1800, 180.0, 0.8, 20.0) == 14
    assert staff_for(0.0, 180.0, 0.8, 20.0) == 0
    assert staff_for(10_000.0, 1.0, 0.8, 0.05, 2.0) < staff_for(10_000.0, 1.0, 0.8, 0.05)


# --- one server, and priorities


def test_mg1_special_cases() -> None:
    assert mg1_wait(0.8, 1.0, 1.0) == pytest.approx(mmc(0.8, 1.0, 1).mean_wait, rel=1e-14)
    assert mg1_wait(0.8, 1.0, 0.0) == pytest.approx(2.0, rel=1e-14)  # constant service: half of M/M/1's 4
    assert mg1_wait(1.0, 1.0, 0.0) == math.inf


def test_cobham_single_server_by_hand() -> None:
    """Two classes of load 0.2 and 0.3, M/M/1: 0.5 / 0.8 and 0.5 / (0.8 x 0.5)."""
    assert priority_waits([0.2, 0.3], 1.0, 1) == pytest.approx((0.625, 1.25), rel=1e-14)


@given(st.lists(st.floats(0.01, 2.0), min_size=1, max_size=5), st.integers(11, 20))
def test_priorities_keep_the_mean_wait(rates: list[float], servers: int) -> None:
    """The conservation law: classes share out the wait of M/M/c, urgent ones get less."""
    waits = priority_waits(rates, 1.0, servers)
    mean = sum(rate * wait for rate, wait in zip(rates, waits, strict=True)) / sum(rates)
    assert mean == pytest.approx(mmc(sum(rates), 1.0, servers).mean_wait, rel=1e-9)
    assert list(waits) == sorted(waits)


def test_urgent_classes_stay_finite_in_overload() -> None:
    urgent, normal, last = priority_waits([4.0, 4.0, 9.0], 1.0, 10)
    assert urgent == pytest.approx(0.1 / 0.6)
    assert normal == pytest.approx(0.1 / (0.6 * 0.2))
    assert last == math.inf


# --- errors

BROKEN: Any = 2.5
MISSING: Any = math.nan
POSITIVE, NOT_NEGATIVE = "must be a finite number above 0", "must be a finite number, 0 or more"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(-1.0, 3), f"load is -1.0: {NOT_NEGATIVE}"),
        (lambda: erlang_b(math.nan, 3), f"load is nan: {NOT_NEGATIVE}"),
        (lambda: erlang_b(1.0, -1), "servers is -1: must be a whole number, 0 or more"),
        (lambda: erlang_c(1.0, 0), "servers is 0: must be a whole number, 1 or more"),
        (lambda: erlang_c(1.0, BROKEN), "servers is 2.5: must be a whole number, 1 or more"),
        (lambda: mmc(-2.0, 1.0, 3), f"arrival_rate is -2.0: {NOT_NEGATIVE}"),
        (lambda: mmc(2.0, 0.0, 3), f"mean_service is 0.0: {POSITIVE}"),
        (lambda: mmc(2.0, math.inf, 3), f"mean_service is inf: {POSITIVE}"),
        (lambda: mmc(2.0, 1.0, MISSING), "servers is nan: must be a whole number, 1 or more"),
        (lambda: mmca(2.0, 1.0, 3, 0.0), f"mean_patience is 0.0: {POSITIVE} or infinite"),
        (lambda: mmck(2.0, 1.0, 3, 2), "room is 2: must be a whole number, 3 or more"),
        (lambda: mmc(2.0, 1.0, 3).service_level(-1.0), f"within is -1.0: {NOT_NEGATIVE}"),
        (lambda: staff_for(2.0, 1.0, 1.0, 0.3), "share is 1.0: must be above 0 and below 1"),
        (lambda: staff_for(2.0, 1.0, 0.8, -0.3), f"within is -0.3: {NOT_NEGATIVE}"),
        (lambda: mg1_wait(0.5, 1.0, -0.1), f"cv is -0.1: {NOT_NEGATIVE}"),
        (lambda: priority_waits([1.0, -1.0], 1.0, 3), f"arrival_rates[1] is -1.0: {NOT_NEGATIVE}"),
        (
            lambda: priority_waits([], 1.0, 3),
            "arrival_rates is empty: must hold one rate for each class, the most urgent first",
        ),
        (
            lambda: mmca(20.0, 1.0, 10, 1e9),
            "mean_patience is 1000000000.0 and room is inf: "
            "about 1e+10 would wait, at most 1e+08 can be computed",
        ),
    ],
)
def test_errors_say_what_is_allowed(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
