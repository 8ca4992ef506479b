"""Stein's two stages: sizes by hand, promises as properties, and coverage that can be seen to fail."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.stats import (
    UNREACHABLE,
    mean_interval,
    relative_half_width,
    two_stage_interval,
    wanted_replications,
)


def test_sizes_by_hand() -> None:
    """1, 2, 3, 4: s0² = 5/3 and t(3, 0.975) = 3.18245, so (t s0)² = 16.880."""
    first = [1.0, 2.0, 3.0, 4.0]
    assert wanted_replications(first, 1.0) == 17
    assert wanted_replications(first, 0.5) == 68
    assert wanted_replications(first, 10.0) == 4
    assert wanted_replications(first, 1.0, level=0.9) == 10  # t = 2.35336: 9.231


def test_missing_values_are_left_out_and_not_counted() -> None:
    assert wanted_replications([1.0, math.nan, 2.0, 3.0, 4.0, math.nan], 1.0) == 17
    assert wanted_replications([1.0, math.nan, 2.0, 3.0, 4.0, math.nan], 100.0) == 4


def test_equal_values_are_enough() -> None:
    assert wanted_replications([0.1] * 5, 0.01) == wanted_replications([0.1] * 5, 0.0) == 5


@pytest.mark.parametrize(
    ("values", "half_width"),
    [
        ([], 1.0),
        ([3.0], 1.0),
        ([3.0, math.nan], 1.0),
        ([1.0, 2.0, math.inf], 1.0),
        ([1.0, 2.0], 0.0),
        ([1.0, 2.0], 1e-9),
        ([1.0, 2.0], 5e-324),
    ],
)
def test_where_no_number_is_known_to_be_enough(values: list[float], half_width: float) -> None:
    assert wanted_replications(values, half_width) == UNREACHABLE


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12), st.floats(0.5, 1e3), st.floats(0.5, 0.999))
def test_the_wanted_number_gives_the_wanted_half_width(
    first: list[float], half_width: float, level: float
) -> None:
    wanted = min(wanted_replications(first, half_width, level), 5_000)
    values = first + [0.0] * (wanted - len(first))  # what comes later does not change the half-width
    found = two_stage_interval(values, len(first), level)
    assert found.n == wanted
    if wanted < 5_000:
        assert found.half_width <= half_width
    if len(first) < wanted < 5_000:
        fewer = two_stage_interval(values[:-1], len(first), level)
        assert fewer.half_width > half_width * (1 - 1e-12)


def test_the_interval_keeps_the_spread_of_the_first_stage() -> None:
    found = two_stage_interval([1.0, 2.0, 3.0, 4.0, 100.0, math.nan], 4)
    assert (found.mean, found.n) == (22.0, 5)
    assert found.std == mean_interval([1.0, 2.0, 3.0, 4.0]).std
    assert found.half_width == pytest.approx(3.182446 * math.sqrt(5 / 3 / 5), rel=1e-6)
    assert (found.low, found.high) == (22.0 - found.half_width, 22.0 + found.half_width)


def test_without_a_second_stage_it_is_the_mean_interval() -> None:
    values = np.random.default_rng(4).lognormal(size=17)
    values[3] = math.nan
    assert two_stage_interval(values, 17, 0.99) == mean_interval(values, 0.99)


@pytest.mark.parametrize(
    "values", [[math.nan] * 3, [1.0, math.nan, math.nan], [math.nan, math.nan, 1.0, 2.0]]
)
def test_too_few_values_in_the_first_stage_have_no_half_width(values: list[float]) -> None:
    assert math.isnan(two_stage_interval(values, 3).half_width)


def test_relative_half_width_by_hand() -> None:
    assert relative_half_width(110.0, 0.1) == pytest.approx(10.0)
    assert relative_half_width(-110.0, 0.1) == pytest.approx(10.0)
    assert relative_half_width(0.0, 0.1) == 0.0


@given(st.floats(-1e6, 1e6), st.floats(0.001, 0.999), st.floats(-1, 1))
def test_relative_half_width_bounds_the_error_relative_to_the_true_mean(
    mean: float, relative: float, where: float
) -> None:
    true_mean = mean + where * relative_half_width(mean, relative)
    assert abs(mean - true_mean) <= relative * abs(true_mean) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: wanted_replications([1.0, 2.0], -1.0),
            "half_width is -1.0: must be a finite number, 0 or more",
        ),
        (
            lambda: wanted_replications([1.0, 2.0], math.nan),
            "half_width is nan: must be a finite number, 0 or more",
        ),
        (
            lambda: wanted_replications([[1.0]], 1.0),
            "values has 2 dimensions: must have 1 (one value a replication)",
        ),
        (lambda: wanted_replications([1.0, 2.0], 1.0, 1.0), "level is 1.0: must be above 0 and below 1"),
        (lambda: two_stage_interval([1.0, 2.0], 1), "first_stage is 1: must be a whole number, 2 or more"),
        (
            lambda: two_stage_interval([1.0, 2.0], 3),
            "first_stage is 3: must be at most the number of values, 2",
        ),
        (lambda: relative_half_width(5.0, 0.0), "relative is 0.0: must be above 0 and below 1"),
        (lambda: relative_half_width(5.0, 1.0), "relative is 1.0: must be above 0 and below 1"),
    ],
)
def test_errors_say_what_is_allowed(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


# --- coverage: 5,000 experiments; a right procedure fails with probability 1e-6 at another seed.

EXPERIMENTS, TOLERANCE = 5_000, 4.9 * math.sqrt(0.95 * 0.05 / 5_000)
HALF_WIDTH, FIRST = 0.6, 5  # about 20 replications at a standard deviation of 1; from 5 to a hundred


def stein(values: np.ndarray) -> float:
    """The two-stage error over its half-width: at most 1 where the interval covers 0."""
    found = two_stage_interval(values[: wanted_replications(values[:FIRST], HALF_WIDTH)], FIRST)
    return abs(found.mean) / found.half_width


def normal_quantile(values: np.ndarray) -> float:
    """Wrong: 1.96 in place of t, for the number and for the half-width."""
    s0 = mean_interval(values[:FIRST]).std
    n = max(FIRST, math.ceil((1.95996 * s0 / HALF_WIDTH) ** 2))
    return abs(float(values[:n].mean())) / (1.95996 * s0 / math.sqrt(n))


def peek(values: np.ndarray) -> float:
    """Wrong: look after every replication, stop as soon as the interval happens to be narrow."""
    n = 3
    while (found := mean_interval(values[:n])).half_width > HALF_WIDTH:
        n += 1
    return abs(found.mean) / found.half_width


def covered(procedure: Callable[[np.ndarray], float], experiments: int = EXPERIMENTS) -> float:
    rng = np.random.default_rng(20260302)
    return float(np.mean([procedure(rng.normal(size=400)) <= 1.0 for _ in range(experiments)]))


def test_coverage_is_as_stated() -> None:
    assert abs(covered(stein) - 0.95) < TOLERANCE


@pytest.mark.parametrize("wrong", [normal_quantile, peek])
def test_coverage_check_catches(wrong: Callable[[np.ndarray], float]) -> None:
    assert covered(wrong, 2_000) < 0.95 - TOLERANCE


def relative(values: np.ndarray, precision: float = 0.05) -> float:
    """The loop for a relative precision, as the module describes it; the error over the half-width."""
    n = first = 10
    while True:
        found = two_stage_interval(values[:n], first)
        wanted = wanted_replications(values[:first], relative_half_width(found.mean, precision))
        if wanted <= n:
            assert found.half_width <= relative_half_width(found.mean, precision)
            return abs(found.mean - 10.0) / found.half_width
        n = wanted


def test_relative_precision_covers_nearly_as_stated() -> None:
    """Mean 10, standard deviation 3, 5 %: about 230 replications. 1,500 experiments, 4.9 standard deviations."""
    rng = np.random.default_rng(20260302)
    covers = [relative(rng.normal(10.0, 3.0, size=3_000)) <= 1.0 for _ in range(1_500)]
    assert abs(np.mean(covers) - 0.95) < 4.9 * math.sqrt(0.95 * 0.05 / 1_500)
