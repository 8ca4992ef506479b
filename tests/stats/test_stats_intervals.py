"""Intervals: textbook values, a slow plain twin, and coverage that can be seen to fail."""

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.stats import Interval, Intervals, mean_interval, mean_intervals, paired_interval, wilson

# upper 97.5 % points of Student's t, as printed in any table
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 29: 2.045}


def plain_interval(values: list[float], t: float) -> tuple[float, float]:
    """The twin: the standard library's exact fractions and a t value from a printed table."""
    kept = [value for value in values if not math.isnan(value)]
    return statistics.fmean(kept), t * statistics.stdev(kept) / math.sqrt(len(kept))


@pytest.mark.parametrize(("freedom", "t"), T_975.items())
def test_half_width_uses_student_t(freedom: int, t: float) -> None:
    values = [float((7 * k) % 11) for k in range(freedom + 1)]
    found = mean_interval(values)
    mean, half_width = plain_interval(values, t)
    assert found.mean == pytest.approx(mean, rel=1e-14)
    assert found.half_width == pytest.approx(half_width, rel=2e-4)
    assert (found.low, found.high) == (found.mean - found.half_width, found.mean + found.half_width)
    assert found.n == freedom + 1
    assert found.std == pytest.approx(statistics.stdev(values), rel=1e-14)


def test_level_90_of_ten_values() -> None:
    """mean 1.345, S² = 0.1676 and t(9, 0.95) = 1.833: the interval is 1.345 ± 0.237."""
    values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]
    found = mean_interval(values, level=0.9)
    mean, half_width = plain_interval(values, 1.833)
    assert found.mean == pytest.approx(mean, rel=1e-14)
    assert found.half_width == pytest.approx(half_width, rel=2e-4)


def test_nan_is_left_out_and_counted() -> None:
    assert mean_interval([3.0, math.nan, 5.0, 10.0]) == mean_interval([3.0, 5.0, 10.0])
    assert mean_interval([3.0, math.nan, 5.0, 10.0]).n == 3


def test_one_value_has_no_half_width() -> None:
    found = mean_interval([4.0, math.nan])
    assert (found.mean, found.n) == (4.0, 1)
    assert math.isnan(found.half_width)
    assert math.isnan(found.low)
    assert math.isnan(found.std)


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan] * 3])
def test_no_value_has_no_mean(values: list[float]) -> None:
    found = mean_interval(values)
    assert found.n == 0
    assert all(math.isnan(x) for x in (found.mean, found.half_width, found.low, found.high, found.std))


@given(st.floats(-1e12, 1e12), st.integers(2, 40))
def test_equal_values_have_half_width_zero(value: float, n: int) -> None:
    assert mean_interval([value] * n) == Interval(value, 0.0, value, value, n, 0.0)


def test_infinite_value_makes_the_half_width_nan() -> None:
    assert math.isnan(mean_interval([1.0, 2.0, math.inf]).half_width)


def test_matrix_agrees_bit_for_bit_with_single_columns() -> None:
    matrix = np.random.default_rng(5).lognormal(size=(37, 11))
    matrix[np.random.default_rng(6).random(matrix.shape) < 0.2] = np.nan
    matrix[:, 3], matrix[1:, 4] = np.nan, np.nan
    together = mean_intervals(matrix, 0.99)
    assert isinstance(together, Intervals)
    for k in range(matrix.shape[1]):
        alone = mean_interval(matrix[:, k], 0.99)
        row = (together.mean[k], together.half_width[k], together.n[k], together.std[k])
        np.testing.assert_array_equal(row, (alone.mean, alone.half_width, alone.n, alone.std))


def test_matrix_without_rows_or_columns() -> None:
    assert mean_intervals(np.empty((0, 3))).n.tolist() == [0, 0, 0]
    assert np.isnan(mean_intervals(np.empty((0, 3))).mean).all()
    assert mean_intervals(np.empty((4, 0))).mean.shape == (0,)


def test_a_large_common_level_costs_no_digits() -> None:
    small = [0.25, 0.5, 1.0, 4.0]
    assert mean_interval([2.0**40 + x for x in small]).std == mean_interval(small).std


def test_the_input_is_not_changed() -> None:
    matrix = np.array([[1.0, np.nan], [2.0, 3.0]])
    before = matrix.copy()
    mean_intervals(matrix)
    np.testing.assert_array_equal(matrix, before)


def test_paired_is_the_interval_of_differences() -> None:
    a, b = [10.0, 12.0, math.nan, 15.0, 9.0], [9.0, 10.0, 1.0, math.nan, 8.5]
    assert paired_interval(a, b) == mean_interval([1.0, 2.0, 0.5])


def test_paired_is_narrow_under_common_noise() -> None:
    rng = np.random.default_rng(1)
    noise, a, b = (rng.normal(size=20) for _ in range(3))
    paired = paired_interval(100 * noise + a, 100 * noise + b + 5)
    assert paired.low < -5 < paired.high
    assert paired.half_width < 1.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([1.0, 2.0], 1.0), "level is 1.0: must be above 0 and below 1"),
        (lambda: mean_interval([1.0, 2.0], 95), "level is 95: must be above 0 and below 1"),
        (lambda: mean_interval([1.0, 2.0], math.nan), "level is nan: must be above 0 and below 1"),
        (lambda: mean_interval([[1.0]]), "values has 2 dimensions: must have 1 (one value a replication)"),
        (
            lambda: mean_intervals([1.0]),
            "matrix has 1 dimensions: must have 2 (replications by measures)",
        ),
        (
            lambda: paired_interval([1.0], [1.0, 2.0]),
            "b has shape (2,): must have the shape of a, (1,)",
        ),
        (lambda: wilson(1.2, 10), "share is 1.2: must be from 0 to 1"),
        (lambda: wilson(math.nan, 10), "share is nan: must be from 0 to 1"),
        (lambda: wilson(0.5, -1), "n is -1: must be a whole number, 0 or more"),
        (lambda: wilson(0.5, 10, 0.0), "level is 0.0: must be above 0 and below 1"),
    ],
)
def test_errors_say_what_is_allowed(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


# --- coverage: 20,000 experiments of n replications; a right interval fails the check with probability 1e-6
# at another seed (4.9 standard deviations of a binomial share at 95 %).

EXPERIMENTS, TOLERANCE = 20_000, 4.9 * math.sqrt(0.95 * 0.05 / 20_000)


def covered(n: int, stretch: float = 1.0) -> float:
    """Share of experiments whose interval, its half-width times `stretch`, covers the true mean."""
    samples = np.random.default_rng(20260302).normal(7.0, 3.0, size=(n, EXPERIMENTS))
    found = mean_intervals(samples)
    return float(np.mean(np.abs(found.mean - 7.0) <= stretch * found.half_width))


@pytest.mark.parametrize("n", [2, 3, 10, 30])
def test_coverage_is_as_stated(n: int) -> None:
    assert abs(covered(n) - 0.95) < TOLERANCE


@pytest.mark.parametrize("n", [3, 10])
def test_coverage_check_catches_the_normal_quantile(n: int) -> None:
    """The sabotage twin: 1.96 in place of Student's t."""
    assert covered(n, stretch=1.95996 / T_975[n - 1]) < 0.95 - TOLERANCE


def test_coverage_check_catches_the_wrong_divisor() -> None:
    """The sabotage twin: the standard deviation with divisor n."""
    assert covered(10, stretch=math.sqrt(9 / 10)) < 0.95 - TOLERANCE


# --- Wilson's score interval of a share

NEWCOMBE = [  # Newcombe 1998, table I, method 3: hits, n, low, high
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("hits", "n", "low", "high"), NEWCOMBE)
def test_wilson_gives_the_published_ends(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits / n, n) == pytest.approx((low, high), abs=5e-5)


@given(st.floats(0, 1), st.integers(1, 10_000), st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_ends_are_where_the_share_is_just_believed(share: float, n: int, level: float) -> None:
    z = statistics.NormalDist().inv_cdf(0.5 + level / 2)
    low, high = wilson(share, n, level)
    assert 0.0 <= low <= share + 1e-15 and share - 1e-15 <= high <= 1.0
    for end in (low, high):
        assert abs(share - end) == pytest.approx(z * math.sqrt(end * (1 - end) / n), abs=1e-9)


def test_wilson_at_the_corners() -> None:
    z2 = statistics.NormalDist().inv_cdf(0.975) ** 2
    assert wilson(0.0, 20) == pytest.approx((0.0, z2 / (20 + z2)), rel=1e-12)
    assert wilson(0.0, 20).low == 0.0
    assert wilson(1.0, 20) == pytest.approx((20 / (20 + z2), 1.0), rel=1e-12)
    assert wilson(1.0, 20).high == 1.0
    assert wilson(math.nan, 0) == (0.0, 1.0)


def binomial_coverage(interval: Callable[[float, int], tuple[float, float]], n: int = 20) -> float:
    """Coverage averaged over true shares 0.005 ... 0.995: exact sums of binomial chances, no drawing."""
    ends = [interval(hits / n, n) for hits in range(n + 1)]
    shares = [(k + 0.5) / 100 for k in range(100)]
    chance = [
        math.comb(n, hits) * p**hits * (1 - p) ** (n - hits)
        for p in shares
        for hits, (low, high) in enumerate(ends)
        if low <= p <= high
    ]
    return math.fsum(chance) / len(shares)


def wald(share: float, n: int) -> tuple[float, float]:
    half_width = 1.95996 * math.sqrt(share * (1 - share) / n)
    return share - half_width, share + half_width


def test_wilson_covers_as_stated_on_average() -> None:
    assert abs(binomial_coverage(wilson) - 0.95) < 0.01


def test_wilson_check_catches_mean_and_half_width() -> None:
    """The sabotage twin: share ± z sqrt(share (1 - share) / n) covers far less."""
    assert binomial_coverage(wald) < 0.90


def test_wilson_is_conservative_for_fractional_values() -> None:
    """Days with any share from 0 to 1: covered more often than stated, here nearly always."""
    means = np.random.default_rng(3).beta(4.0, 1.0, size=(4000, 20)).mean(axis=1)
    covered = [low <= 0.8 <= high for low, high in (wilson(mean, 20) for mean in means)]
    assert np.mean(covered) > 0.99
