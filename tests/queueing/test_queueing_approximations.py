"""Approximate waits are exact where they say so, and elsewhere no further off than they say."""

import math

import numpy as np
import pytest
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve
from scipy.stats import poisson

from servsim.queueing import ggc_wait_allen_cunneen, mdc_wait_cosmetatos, mg1_wait, mgc_wait_kimura, mmc


def exact_mdc(load: float, servers: int) -> float:
    """M/D/c with service of 1, exactly: every c-th customer sees an E_c/D/1 queue, of which Spitzer's identity
    gives the mean wait: Σ P(N(ia) >= ic) - (c/a) P(N(ia) > ic), N Poisson. Crommelin 1932."""
    use = load / servers
    i = np.arange(1, int(80 / (servers * (1 - use) ** 2)) + 50)
    return float(np.sum(poisson.sf(i * servers - 1, i * load) - poisson.sf(i * servers, i * load) / use))


def exact_mh2c(rate: float, servers: int, cv: float, most: int) -> float:
    """M/H2/c with service of mean 1 and balanced means: the chain (in system, in service of the first kind)."""
    p = (1 + math.sqrt((cv * cv - 1) / (cv * cv + 1))) / 2
    states = [(n, k) for n in range(most + 1) for k in range(min(n, servers) + 1)]
    index = {state: i for i, state in enumerate(states)}
    entries: list[tuple[int, int, float]] = []

    def move(start: tuple[int, int], to: tuple[int, int], pace: float) -> None:
        if to in index and pace > 0:
            entries.extend([(index[to], index[start], pace), (index[start], index[start], -pace)])

    for n, k in states:
        busy = min(n, servers)
        move((n, k), (n + 1, k + (n < servers)), rate * p if n < servers else rate)
        move((n, k), (n + 1, k), rate * (1 - p) if n < servers else 0.0)
        for first, pace in ((1, 2 * p * k), (0, 2 * (1 - p) * (busy - k))):
            left = (n - 1, k - first)
            move((n, k), (left[0], left[1] + 1), pace * p if n > servers else 0.0)
            move((n, k), left, pace * (1 - p) if n > servers else pace)
    kept = [(row, column, value) for row, column, value in entries if row > 0]
    kept += [(0, column, 1.0) for column in range(len(states))]
    rows, columns, values = zip(*kept, strict=True)
    shares = spsolve(csc_matrix((values, (rows, columns))), np.eye(1, len(states))[0])
    return float(sum(max(n - servers, 0) * x for (n, _), x in zip(states, shares, strict=True)) / rate)


def test_the_twins_know_the_cases_in_closed_form() -> None:
    assert exact_mdc(0.8, 1) == pytest.approx(mg1_wait(0.8, 1.0, 0.0), rel=1e-10)
    assert exact_mh2c(0.6, 1, 2.0, 400) == pytest.approx(mg1_wait(0.6, 1.0, 2.0), rel=1e-6)
    assert exact_mh2c(2.1, 3, 1.0, 300) == pytest.approx(mmc(2.1, 1.0, 3).mean_wait, rel=1e-9)


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.0, 2.0])
def test_exact_for_one_server(cv: float) -> None:
    wanted = mg1_wait(0.4, 2.0, cv)
    assert mgc_wait_kimura(0.4, 2.0, 1, cv) == pytest.approx(wanted, rel=1e-14)
    assert ggc_wait_allen_cunneen(0.4, 2.0, 1, 1.0, cv) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("servers", [2, 30, 10_000])
def test_exact_for_exponential_service(servers: int) -> None:
    wanted = mmc(0.95 * servers, 1.0, servers).mean_wait
    assert mgc_wait_kimura(0.95 * servers, 1.0, servers, 1.0) == pytest.approx(wanted, rel=1e-13)
    assert ggc_wait_allen_cunneen(0.95 * servers, 1.0, servers, 1.0, 1.0) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("servers", [2, 5, 10, 30, 100, 300])
@pytest.mark.parametrize("use", [0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
def test_constant_service_is_as_near_as_it_says(servers: int, use: float) -> None:
    if mmc(use * servers, 1.0, servers).probability_of_waiting < 1e-9:
        return
    exact, near = exact_mdc(use * servers, servers), mdc_wait_cosmetatos(use * servers, 1.0, servers)
    assert near == pytest.approx(exact, rel=0.01 if servers <= 10 and use >= 0.5 else 0.1)
    assert mgc_wait_kimura(use * servers, 1.0, servers, 0.0) == pytest.approx(near, rel=1e-12)
    assert 0.45 * exact < ggc_wait_allen_cunneen(use * servers, 1.0, servers, 1.0, 0.0) < exact


def test_without_the_correction_it_is_further_off() -> None:
    """Sabotage: half the wait of M/M/c alone fails where the corrected one passes."""
    exact, plain = exact_mdc(5.0, 10), mmc(5.0, 1.0, 10).mean_wait / 2
    assert plain != pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize(("cv", "off"), [(1.5, 0.02), (2.0, 0.05), (3.0, 0.23)])
@pytest.mark.parametrize("servers", [2, 5])
@pytest.mark.parametrize("use", [0.5, 0.8])
def test_variable_service_is_as_near_as_it_says(servers: int, use: float, cv: float, off: float) -> None:
    exact = exact_mh2c(use * servers, servers, cv, 600)
    assert mgc_wait_kimura(use * servers, 1.0, servers, cv) == pytest.approx(exact, rel=off)


def test_corner_cases() -> None:
    for load, wait in ((0.0, 0.0), (4.0, math.inf), (9.0, math.inf)):
        assert mdc_wait_cosmetatos(load, 1.0, 4) == wait
        assert mgc_wait_kimura(load, 1.0, 4, 2.0) == wait
        assert ggc_wait_allen_cunneen(load, 1.0, 4, 1.0, 0.0) == wait
    assert ggc_wait_allen_cunneen(3.0, 1.0, 4, 0.0, 0.0) == 0.0
    for cv in (0.0, 0.5, 2.0, 10.0):
        assert 0.0 < mgc_wait_kimura(9_900.0, 1.0, 10_000, cv) < math.inf
    with pytest.raises(ValueError, match=r"^cv is -1.0: must be a finite number, 0 or more$"):
        mgc_wait_kimura(1.0, 1.0, 2, -1.0)
    with pytest.raises(ValueError, match=r"^cv_arrivals is nan: must be a finite number, 0 or more$"):
        ggc_wait_allen_cunneen(1.0, 1.0, 2, math.nan, 1.0)
