"""What common random numbers gain."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from servsim.stats import ratio_interval, variance_ratio


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


# --- a ratio of means ---------------------------------------------------------------------------------------


def plain_fieller(above: list[float], below: list[float], level: float = 0.95) -> tuple[float, float]:
    """The twin, the textbook's quadratic: (b² - k s_bb) r² - 2 (a b - k s_ab) r + a² - k s_aa = 0."""
    n = len(above)
    k = float(student.ppf((1 + level) / 2, n - 1)) ** 2 / n
    cov = np.cov(above, below)
    a, b = statistics.fmean(above), statistics.fmean(below)
    low, high = sorted(np.roots([b**2 - k * cov[1, 1], -2 * (a * b - k * cov[0, 1]), a**2 - k * cov[0, 0]]))
    return float(low), float(high)


@given(st.integers(0, 2**32 - 1), st.integers(3, 30))
def test_a_ratio_agrees_with_the_plain_twin(seed: int, n: int) -> None:
    below, noise = np.random.default_rng(seed).uniform(0.9, 1.1, size=(2, n))
    above = 0.6 * below + 0.2 * noise
    found = ratio_interval(above, below)
    assert (found.low, found.high) == pytest.approx(plain_fieller(above.tolist(), below.tolist()), rel=1e-6)
    assert found.value == pytest.approx(above.mean() / below.mean(), rel=1e-12)


def test_a_constant_ratio_has_no_width() -> None:
    below = np.random.default_rng(3).uniform(1e5, 2e5, 20)
    found = ratio_interval(0.5 * below, below)
    assert found.value == found.low == found.high == 0.5


def test_a_ratio_covers_the_truth_as_often_as_promised() -> None:
    """Of 2,000 samples, 95 % cover 0.7: the share lies within 3.5 standard errors (false alarm 1 in 2,000)."""
    rng = np.random.default_rng(11)
    below = rng.normal(10, 2, (2000, 10))
    above = 0.7 * below + rng.normal(0, 1, (2000, 10))
    found = [ratio_interval(x, y) for x, y in zip(above, below, strict=True)]
    covered = np.mean([one.low <= 0.7 <= one.high for one in found])
    assert abs(covered - 0.95) < 3.5 * math.sqrt(0.95 * 0.05 / 2000)
    # the twin that fails: intervals of half the length
    narrow = np.mean([abs(0.7 - one.value) <= (one.high - one.low) / 4 for one in found])
    assert abs(narrow - 0.95) > 3.5 * math.sqrt(0.95 * 0.05 / 2000)


def test_a_ratio_to_what_may_be_nothing() -> None:
    found = ratio_interval([1.0, 2.0, 3.0], [-1.0, 1.0, 0.5])
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert math.isnan(ratio_interval([1.0, 2.0], [0.0, 0.0]).value)
    one = ratio_interval([1.0, math.nan], [2.0, 3.0])
    assert (one.value, one.n) == (0.5, 1)
    assert math.isnan(one.low)
    with pytest.raises(ValueError, match="must have the shape of a"):
        ratio_interval([1.0, 2.0], [1.0])
