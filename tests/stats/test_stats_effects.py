"""What common random numbers gain."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.stats import variance_ratio


def plain_ratio(a: list[float], b: list[float]) -> float:
    """The twin: the standard library's exact fractions."""
    difference = statistics.variance([x - y for x, y in zip(a, b, strict=True)])
    return (statistics.variance(a) + statistics.variance(b)) / difference


@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_agrees_with_the_plain_twin(seed: int, n: int) -> None:
    a, noise = np.random.default_rng(seed).normal(size=(2, n))
    b = a + 0.3 * noise + 7.0
    assert variance_ratio(a, b) == pytest.approx(plain_ratio(a.tolist(), b.tolist()), rel=1e-9)
    assert variance_ratio(b, a) == pytest.approx(variance_ratio(a, b), rel=1e-12)


def test_by_hand() -> None:
    """Variances 1 and 4, differences 0, -1, -2 with variance 1."""
    assert variance_ratio([1.0, 2.0, 3.0], [1.0, 3.0, 5.0]) == pytest.approx(5.0, rel=1e-14)
    assert variance_ratio([1.0, 2.0, 3.0], [5.0, 3.0, 1.0]) == pytest.approx(5 / 9, rel=1e-14)


def test_independent_systems_gain_nothing() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 10_000))
    assert abs(variance_ratio(a, b) - 1.0) < 0.05  # 5 standard errors


def test_pairs_with_a_missing_value_are_left_out() -> None:
    a, b = [1.0, math.nan, 2.0, 3.0, 8.0], [1.0, 100.0, 3.0, 5.0, math.nan]
    assert variance_ratio(a, b) == variance_ratio([1.0, 2.0, 3.0], [1.0, 3.0, 5.0])


def test_a_constant_difference_gains_without_bound() -> None:
    assert variance_ratio([1.0, 2.0, 5.0], [2.0, 3.0, 6.0]) == math.inf


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([], []),
        ([1.0], [2.0]),
        ([1.0, 1.0], [2.0, 2.0]),
        ([1.0, math.nan], [2.0, 3.0]),
        ([1.0, math.inf], [2.0, 3.0]),
    ],
)
def test_where_it_is_undefined(a: list[float], b: list[float]) -> None:
    assert math.isnan(variance_ratio(a, b))


def test_errors_say_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"^b has shape \(1,\): must have the shape of a, \(2,\)$"):
        variance_ratio([1.0, 2.0], [1.0])
