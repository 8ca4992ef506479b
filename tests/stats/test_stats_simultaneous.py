"""Comparisons with the best: a plain twin, invariants, and joint coverage that can be seen to fail."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from servsim.stats import Better, bonferroni, mean_interval, paired_interval, simultaneous, with_the_best

Table = NDArray[np.float64]


def correlated(rng: np.random.Generator, k: int, n: int) -> Table:
    """k systems under common noise, each with noise of its own size."""
    own = rng.normal(size=(k, n)) * np.linspace(0.5, 2.0, k)[:, np.newaxis]
    return np.asarray(3.0 * rng.normal(size=n) + own)


def plain_bounds(samples: Table, better: Better, level: float) -> list[tuple[float, float, bool]]:
    """The twin: low, high and may-be-best of every system, said for the direction asked for."""
    k = len(samples)
    each = 1 - 2 * (1 - level) / (k - 1)
    pairs = {
        (i, j): paired_interval(samples[i], samples[j], each) for i in range(k) for j in range(k) if i != j
    }
    less = better == "less"
    candidates = [
        i
        for i in range(k)
        if all((pairs[i, j].low <= 0 if less else pairs[i, j].high >= 0) for j in range(k) if j != i)
    ]
    found = []
    for i in range(k):
        rivals = [j for j in candidates if j != i]
        if less:
            low = min(0.0, max(pairs[i, j].low for j in range(k) if j != i))
            high = max([0.0, *(pairs[i, j].high for j in rivals)])
        else:
            low = min([0.0, *(pairs[i, j].low for j in rivals)])
            high = max(0.0, min(pairs[i, j].high for j in range(k) if j != i))
        found.append((low, high, i in candidates))
    return found


def test_bonferroni_shares_the_risk() -> None:
    assert bonferroni(0.95, 1) == 0.95
    assert bonferroni(0.95, 10) == pytest.approx(0.995, abs=1e-15)
    assert bonferroni(0.9, 4) == pytest.approx(0.975, abs=1e-15)


@pytest.mark.parametrize("better", ["less", "more"])
@pytest.mark.parametrize("k", [2, 3, 6])
def test_agrees_with_the_plain_twin(k: int, better: Better) -> None:
    rng = np.random.default_rng(k)
    for _ in range(30):
        samples = correlated(rng, k, 12) + rng.normal(size=(k, 1)) * 1.5
        found = with_the_best(samples, better, 0.9)
        plain = plain_bounds(samples, better, 0.9)
        np.testing.assert_allclose(found.low, [row[0] for row in plain], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found.high, [row[1] for row in plain], rtol=1e-12, atol=1e-12)
        candidates = [row[2] for row in plain]
        assert found.may_be_best.tolist() == candidates
        assert found.surely_best.tolist() == [sum(candidates) == 1 and one for one in candidates]


def test_two_systems_by_hand() -> None:
    """Differences 1, 2, 3: mean 2, one-sided t(2, 0.95) = 2.920, half-width 1.686. Waits: less is better."""
    found = with_the_best([[11.0, 22.0, 33.0], [10.0, 20.0, 30.0]])
    assert found.mean.tolist() == [22.0, 20.0]
    assert found.difference.tolist() == [2.0, -2.0]
    np.testing.assert_allclose(found.low, [0.0, -3.686], atol=5e-4)
    np.testing.assert_allclose(found.high, [3.686, 0.0], atol=5e-4)
    assert found.may_be_best.tolist() == found.surely_best.tolist() == [False, True]
    assert found.n == 3


def test_means_and_differences_have_the_bits_of_the_single_functions() -> None:
    samples = correlated(np.random.default_rng(8), 4, 25)
    found = with_the_best(samples, "less")
    assert found.mean.tolist() == [mean_interval(row).mean for row in samples]
    order = np.argsort(found.mean)
    for i in range(4):
        best = order[1] if i == order[0] else order[0]
        assert found.difference[i] == paired_interval(samples[i], samples[best]).mean


@given(st.integers(2, 6), st.integers(2, 12), st.integers(0, 2**32 - 1), st.sampled_from(["less", "more"]))
def test_invariants(k: int, n: int, seed: int, better: Better) -> None:
    samples = correlated(np.random.default_rng(seed), k, n)
    found = with_the_best(samples, better)
    assert (found.low <= 0).all() and (found.high >= 0).all()
    assert (found.low <= found.difference).all() and (found.difference <= found.high).all()
    best = np.argmin(found.mean) if better == "less" else np.argmax(found.mean)
    assert found.may_be_best[best]
    turned = with_the_best(-samples, "more" if better == "less" else "less")
    np.testing.assert_allclose(turned.low, -found.high, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(turned.high, -found.low, rtol=1e-12, atol=1e-12)
    order = np.random.default_rng(seed).permutation(k)
    np.testing.assert_array_equal(with_the_best(samples[order], better).low, found.low[order])


def test_a_replication_with_a_missing_value_is_left_out_for_all() -> None:
    samples = correlated(np.random.default_rng(2), 3, 10)
    samples[1, 4] = samples[2, 7] = math.nan
    found, expected = with_the_best(samples), with_the_best(np.delete(samples, [4, 7], axis=1))
    assert found.n == expected.n == 8
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_replications_exclude_nothing(n: int) -> None:
    found = with_the_best(np.arange(3.0 * n).reshape(3, n))
    assert found.may_be_best.all() and not found.surely_best.any()
    assert (found.low == -math.inf).all() and (found.high == math.inf).all()


def test_equal_systems_are_all_best() -> None:
    found = with_the_best(np.tile([3.0, 5.0, 4.0], (3, 1)), "more")
    assert found.may_be_best.all() and not found.surely_best.any()
    zeros = [found.difference, found.low, found.high]
    assert all(array.tolist() == [0.0] * 3 and not np.signbit(array).any() for array in zeros)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bonferroni(0.95, 0), "comparisons is 0: must be a whole number, 1 or more"),
        (lambda: bonferroni(1.5, 2), "level is 1.5: must be above 0 and below 1"),
        (
            lambda: with_the_best([[1.0, 2.0]]),
            "samples has shape (1, 2): must be systems by replications, 2 systems or more",
        ),
        (
            lambda: with_the_best([1.0, 2.0]),
            "samples has shape (2,): must be systems by replications, 2 systems or more",
        ),
        (lambda: with_the_best([[1.0], [2.0]], level=0.5), "level is 0.5: must be above 0.5 and below 1"),
        (
            lambda: with_the_best([[1.0], [2.0]], "fewer"),  # type: ignore[arg-type]
            "better is 'fewer': must be 'less' or 'more'",
        ),
        (
            lambda: with_the_best([[1.0, 2.0], [3.0, math.inf]]),
            "samples holds an infinite value in replication 2 of system 1: must be finite, or NaN for none",
        ),
    ],
)
def test_errors_say_what_is_allowed(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


# --- joint coverage: 2,000 experiments; right bounds fail with probability 1e-6 at most at another seed
# (4.75 standard deviations of a binomial share at 95 %, one-sided).

EXPERIMENTS, TOLERANCE = 2_000, 4.75 * math.sqrt(0.95 * 0.05 / 2_000)


def all_true(means: Table, n: int = 8) -> float:
    """Share of experiments in which every bound holds and the true best is not excluded; more is better."""
    rng = np.random.default_rng(20260302)
    truth = np.array([means[i] - np.delete(means, i).max() for i in range(len(means))])
    right = 0
    for _ in range(EXPERIMENTS):
        found = with_the_best(correlated(rng, len(means), n) + means[:, np.newaxis], "more")
        holds = (found.low <= truth).all() and (truth <= found.high).all()
        right += bool(holds and found.may_be_best[np.argmax(means)])
    return right / EXPERIMENTS


LEAST_FAVOURABLE = np.array([1e-9, 0.0, 0.0, 0.0, 0.0])  # the best is best by next to nothing


@pytest.mark.parametrize("means", [LEAST_FAVOURABLE, np.array([0.0, 0.5, 1.0, 1.5, 1.6])])
def test_all_bounds_hold_together_as_stated(means: Table) -> None:
    assert all_true(means) > 0.95 - TOLERANCE


def test_joint_coverage_check_catches_single_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotage twin: each bound at the level of all."""
    monkeypatch.setattr(simultaneous, "bonferroni", lambda level, comparisons: level)
    assert all_true(LEAST_FAVOURABLE) < 0.95 - TOLERANCE
