"""MSER against its definition, and Welch's average against his."""

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from servsim.stats import mser, welch


def plain_curve(series: NDArray[np.float64], batch: int, power: int = 2) -> list[float]:
    """The twin: batch means, and for every cut the sum of squares anew, in exact fractions."""
    n = len(series) // batch
    z = [statistics.fmean(series[k * batch : (k + 1) * batch]) for k in range(n)]
    rest = [z[d:] for d in range(n - 4)]
    return [statistics.pvariance(kept) * len(kept) / len(kept) ** power for kept in rest]


def transient(seed: int, n: int = 400, constant: float = 0.0) -> NDArray[np.float64]:
    """Correlated noise that starts 8 standard deviations too high and forgets it in some 40 values."""
    noise = np.random.default_rng(seed).normal(size=n)
    for k in range(1, n):
        noise[k] += 0.5 * noise[k - 1]
    return np.asarray(noise + 8.0 * np.exp(-np.arange(n) / 20.0) + constant)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(60, 130))
def test_agrees_with_the_plain_twin(seed: int, batch: int, n: int) -> None:
    series = transient(seed, n)
    found, plain = mser(series, batch), plain_curve(series, batch)
    np.testing.assert_allclose(found.curve, plain, rtol=1e-12)
    assert found.index == batch * int(np.argmin(plain))
    assert found.statistic == found.curve[found.index // batch]
    assert found.trusted == (found.index // batch <= n // batch / 2)


def test_the_twin_catches_a_wrong_denominator() -> None:
    """The sabotage twin: squares over (n - d), not squared, cuts elsewhere."""
    wrong = [5 * int(np.argmin(plain_curve(transient(seed), 5, power=1))) for seed in range(10)]
    assert wrong != [mser(transient(seed)).index for seed in range(10)]


def test_a_step_is_cut_where_it_is() -> None:
    series = np.concatenate([np.full(20, 10.0), np.tile([0.0, 1.0, 0.0, 1.0, 0.5], 20)])
    found = mser(series)
    assert (found.index, found.statistic, found.trusted) == (20, 0.0, True)
    assert mser(series, 1).index == 20


def test_by_hand() -> None:
    """Batches of 1: 6, then 2 and 0 by turns, nine of them: cut 1, squares 80/9 over 9²."""
    found = mser([6.0, 2, 0, 2, 0, 2, 0, 2, 0, 2], batch=1)
    assert found.index == 1
    assert found.statistic == pytest.approx(80 / 9 / 81, rel=1e-14)
    assert found.curve[0] == pytest.approx((36 + 20 - 10 * 1.6**2) / 100, rel=1e-14)
    assert len(found.curve) == 6


@pytest.mark.parametrize("value", [0.0, 0.1, 1e15])
def test_a_constant_series_needs_no_cut(value: float) -> None:
    found = mser([value] * 57)
    assert (found.index, found.statistic, found.trusted) == (0, 0.0, True)


@pytest.mark.parametrize("constant", [1e6, -1e9])
def test_a_big_constant_costs_no_digits_that_the_values_have(constant: float) -> None:
    """The series is rounded to multiples of 2^-20 first, so that adding the constant loses nothing."""
    series = np.round(transient(1) * 2**20) / 2**20
    found, lifted = mser(series, 1), mser(series + constant, 1)
    assert lifted.index == found.index
    np.testing.assert_allclose(lifted.curve, found.curve, rtol=1e-9)
    naive = np.array(
        [np.mean((series[d:] + constant) ** 2) - np.mean(series[d:] + constant) ** 2 for d in range(396)]
    )
    assert not np.allclose(naive / np.arange(400, 4, -1), found.curve, rtol=1e-6)  # squares of sums do not do


def test_a_steep_start_costs_no_digits_at_the_end() -> None:
    series = np.concatenate([1e7 * np.exp(-np.arange(100.0)), transient(2)])
    np.testing.assert_allclose(mser(series).curve, plain_curve(series, 5), rtol=1e-9)


def test_a_series_that_never_settles_is_not_trusted() -> None:
    found = mser(np.arange(200.0))
    assert not found.trusted and found.index == 5 * 35  # all but the five batches that are always kept
    assert not mser(np.arange(200.0) ** 2).trusted


def test_values_that_fill_no_batch_are_left_out() -> None:
    series = transient(3, 103)
    assert mser(series).curve.tolist() == mser(series[:100]).curve.tolist()


def test_the_cut_takes_most_of_the_bias_away() -> None:
    """Mean of 50 series, true mean 0: without a cut 0.40 too high."""
    series = [transient(seed) for seed in range(50)]
    assert np.mean([one.mean() for one in series]) > 0.3
    assert abs(np.mean([one[mser(one).index :].mean() for one in series])) < 0.1


def plain_welch(series: list[float], w: int) -> list[float]:
    """The twin: Law's definition, entries counted from 1."""
    m = len(series)
    y = {i + 1: value for i, value in enumerate(series)}
    start = [sum(y[i + s] for s in range(-(i - 1), i)) / (2 * i - 1) for i in range(1, w + 1)]
    return start + [sum(y[i + s] for s in range(-w, w + 1)) / (2 * w + 1) for i in range(w + 1, m - w + 1)]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(0, 19))
def test_welch_agrees_with_the_plain_twin(series: list[float], window: int) -> None:
    window = min(window, (len(series) - 1) // 2)
    found = welch(series, window)
    np.testing.assert_allclose(found, plain_welch(series, window), rtol=1e-12, atol=1e-8)
    assert len(found) == len(series) - window


def test_welch_by_hand() -> None:
    assert welch([1.0, 2.0, 6.0, 4.0, 2.0], 1).tolist() == [1.0, 3.0, 4.0, 4.0]
    assert welch([1.0, 2.0, 6.0], 0).tolist() == [1.0, 2.0, 6.0]


def test_welch_loses_only_the_windows_with_a_missing_value() -> None:
    found = welch([math.nan, 1.0, 2.0, 3.0, 4.0, 5.0], 1)
    np.testing.assert_array_equal(found, [math.nan, math.nan, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mser([1.0] * 49), "series has 49 values: must have at least 50, 10 batches"),
        (lambda: mser([1.0] * 49, 0), "batch is 0: must be a whole number, 1 or more"),
        (lambda: mser([1.0] * 60 + [math.nan]), "series holds nan at position 60: must be finite"),
        (lambda: mser([[1.0]]), "series has 2 dimensions: must have 1 (values in the order of time)"),
        (lambda: welch([1.0] * 4, 2), "window is 2: must be at most 1, for a series of 4 values"),
        (lambda: welch([1.0] * 4, -1), "window is -1: must be a whole number, 0 or more"),
        (lambda: welch(3.0, 0), "series has 0 dimensions: must have 1 (values in the order of time)"),
    ],
)
def test_errors_say_what_is_allowed(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
