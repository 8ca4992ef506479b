"""Constructors: what they promise, what they refuse; moments; layout."""

import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats
from test_draws_kernel import EVERY, FAMILIES

from servsim.draws import Distribution, kernel, pack, uniform
from servsim.draws import distributions as make


def cv_of(d: Distribution) -> float:
    return math.sqrt(d.variance()) / d.mean()


@pytest.mark.parametrize(
    ("constructor", "cvs"),
    [
        (make.lognormal, [1e-3, 0.5, 5.0]),
        (make.gamma, [1e-4, 0.3, 1.0, 31.0]),
        (make.weibull, [1e-3, 0.1, 1.0, 3.0, 1e5]),
        (make.log_logistic, [1e-3, 0.1, 1.0, 3.0, 1000.0]),
        (make.hyperexponential, [1.0, 1.5, 40.0, 1e6]),
        (make.uniform_from_mean_cv, [1e-3, 0.4, 0.57735]),
    ],
)
def test_mean_and_cv_come_back(constructor: Callable[[float, float], Distribution], cvs: list[float]) -> None:
    for cv in cvs:
        d = constructor(312.5, cv)
        assert d.mean() == pytest.approx(312.5, rel=1e-13)
        assert cv_of(d) == pytest.approx(cv, rel=1e-9)


def test_other_parameters_come_back() -> None:
    assert make.lognormal_from_median_sigma(80.0, 0.7).sample(0.5) == pytest.approx(80.0, rel=1e-14)
    assert make.log_logistic_from_median_shape(80.0, 0.7).sample(0.5) == 80.0
    assert make.weibull_from_mean_shape(80.0, 1.3).mean() == pytest.approx(80.0, rel=1e-14)
    assert make.gamma_from_mean_shape(80.0, 1.3).mean() == 80.0
    assert cv_of(make.erlang(80.0, 4)) == pytest.approx(0.5, rel=1e-14)
    assert make.weibull(80.0, 1.0).a == pytest.approx(1.0, rel=1e-13)
    assert make.hyperexponential_from_weights([0.25, 0.75], [8.0, 4.0]).mean() == 5.0
    balanced = make.hyperexponential(80.0, 3.0)
    assert [w * d.a for w, d in balanced.components] == pytest.approx([40.0, 40.0])


@pytest.mark.parametrize("name", FAMILIES)
def test_moments_against_scipy(name: str) -> None:
    assert EVERY[name].mean() == pytest.approx(FAMILIES[name].mean(), rel=1e-12)
    assert EVERY[name].variance() == pytest.approx(FAMILIES[name].var(), rel=1e-11)


@pytest.mark.parametrize("name", sorted(EVERY.keys() - {"log-logistic"}))
def test_moments_against_integrated_quantiles(name: str) -> None:
    """Piece by piece between the joints, with t = logit-like stretching of both tails, to 1e-7."""
    d = EVERY[name]
    joints = sorted(
        {
            0.0,
            0.2,
            2.0 / 9.0,
            0.25,
            0.5,
            0.6,
            0.7,
            0.75,
            0.9,
            1.0,
            *np.cumsum([w for w, _ in d.components])[:-1],
        }
    )

    def moment(power: int) -> float:
        def tail_stretched(t: float, low: float, high: float) -> float:
            share = t * t * t * (10.0 + t * (6.0 * t - 15.0))
            rate = 30.0 * t * t * (1.0 - t) * (1.0 - t)
            u = low + (high - low) * share
            inside = math.nextafter(low, 1.0) < u < math.nextafter(high, 0.0)
            return (d.sample(u) - d.mean()) ** power * rate * (high - low) if inside else 0.0

        pieces = pairwise(joints)
        return sum(
            integrate.quad(tail_stretched, 0, 1, args=piece, epsabs=1e-9, limit=200)[0] for piece in pieces
        )

    spread = math.sqrt(d.variance())
    assert abs(moment(1)) <= 1e-6 * spread + 1e-12
    assert moment(2) == pytest.approx(d.variance(), rel=1e-5)


def test_heavy_log_logistic_has_no_moments() -> None:
    assert make.log_logistic_from_shape_scale(1.0, 3.0).mean() == math.inf
    d = make.log_logistic_from_shape_scale(1.5, 3.0)
    assert d.mean() == pytest.approx(stats.fisk(1.5, scale=3.0).mean()) and d.variance() == math.inf
    assert (
        make.mixture([0.5, 0.5], [make.log_logistic_from_shape_scale(0.9, 3.0), make.constant(1.0)]).mean()
        == math.inf
    )


def test_empirical_moments_are_the_populations() -> None:
    values = [1e9 + v for v in (4.0, 7.0, 13.0, 16.0)]
    assert make.empirical(values).mean() == 1e9 + 10.0
    assert make.empirical(values).variance() == 22.5


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: make.constant(math.nan), "value must be a finite number, got nan"),
    (lambda: make.exponential(0.0), "mean must be positive, got 0.0"),
    (lambda: make.lognormal(10.0, -1.0), "cv must be positive, got -1.0"),
    (lambda: make.lognormal_from_mu_sigma(math.inf, 1.0), "mu must be a finite number, got inf"),
    (lambda: make.lognormal_from_median_sigma(-2.0, 1.0), "median must be positive, got -2.0"),
    (
        lambda: make.gamma(10.0, 1e-9),
        "cv must lie between 0.0001 and 31.6 for a gamma distribution, got 1e-09",
    ),
    (
        lambda: make.gamma(10.0, 1e-200),
        "cv must lie between 0.0001 and 31.6 for a gamma distribution, got 1e-200",
    ),
    (lambda: make.gamma_from_shape_scale(0.0, 1.0), "shape must lie between 0.001 and 1e+08, got 0.0"),
    (lambda: make.erlang(10.0, 2.5), "phases must be a whole number, got 2.5"),  # type: ignore[arg-type]
    (lambda: make.erlang(10.0, 0), "phases must lie between 0.001 and 1e+08, got 0"),
    (lambda: make.weibull(10.0, 1e-6), "cv must lie between 0.000128 and 371277, got 1e-06"),
    (lambda: make.weibull_from_shape_scale(0.0, 1.0), "shape must be at least 0.01, got 0.0"),
    (lambda: make.log_logistic(10.0, 1e6), "cv must lie between 0.000181 and 1423.52, got 1000000.0"),
    (lambda: make.uniform(3.0, 2.0), "high must be at least low = 3.0, got 2.0"),
    (
        lambda: make.uniform_from_mean_cv(3.0, 0.6),
        "cv must be at most 0.577350 (1/sqrt(3)) for a uniform distribution, got 0.6",
    ),
    (lambda: make.triangular(1.0, 5.0, 4.0), "mode must lie between low = 1.0 and high = 4.0, got 5.0"),
    (
        lambda: make.hyperexponential(1.0, 0.9),
        "cv must lie between 1 and 1e7 for a hyperexponential distribution, got 0.9",
    ),
    (lambda: make.hyperexponential_from_weights([1.0], [-1.0]), "means[0] must be positive, got -1.0"),
    (lambda: make.empirical([]), "values must hold at least one number, got none"),
    (lambda: make.empirical([1.0, math.inf]), "values[1] must be a finite number, got inf"),
    (
        lambda: make.quantile_table([0.0, 1.0], [1.0]),
        "probabilities and values must be equally many and at least 2, got 2 probabilities and 1 values",
    ),
    (
        lambda: make.quantile_table([0.1, 1.0], [1.0, 2.0]),
        "probabilities must run from 0 to 1, got 0.1 to 1.0",
    ),
    (
        lambda: make.quantile_table([0.0, 0.5, 0.5, 1.0], [1.0, 2.0, 3.0, 4.0]),
        "probabilities must rise, got 0.5 and then 0.5 at position 2",
    ),
    (
        lambda: make.quantile_table([0.0, 1.0], [2.0, 1.0]),
        "values must not fall, got 2.0 and then 1.0 at position 1",
    ),
    (lambda: make.mixture([0.5, 0.4], [make.constant(1.0)] * 2), "weights must add up to 1, got 0.9"),
    (lambda: make.mixture([1.0, 0.0], [make.constant(1.0)] * 2), "weights[1] must be positive, got 0.0"),
    (
        lambda: make.mixture([1.0], []),
        "weights and components must be equally many and at least 1, got 1 weights and 0 components",
    ),
    (
        lambda: make.mixture([1.0], [make.hyperexponential(1.0, 2.0)]),
        "components[0] must not be a mixture itself: mixtures are flat",
    ),
    (lambda: make.shifted(make.exponential(1.0), -0.5), "shift must be at least 0.0, got -0.5"),
    (lambda: make.shifted(make.gamma(1.0, 1.0), math.inf), "shift must be at least 0.0, got inf"),
    (lambda: make.shifted(make.weibull(1.0, 1.0), math.nan), "shift must be at least 0.0, got nan"),
    (
        lambda: make.shifted(make.mixture([1.0], [make.uniform(1.0, 2.0)]), 1.0),
        "distribution must be of a family that begins at zero, got kind 2",
    ),
    (lambda: make.constant(1.0).sample(1.0), "u must lie strictly between 0 and 1, got 1.0"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_refusals_say_what_is_allowed(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


def test_packed_together_equals_each_alone() -> None:
    names = [*EVERY, "mixture", "quantile table"]
    packed = pack([EVERY[name] for name in names])
    assert packed.params.shape == (len(names), 3)
    for row, name in enumerate(names):
        a, b, c = packed.params[row].tolist()
        start, length = int(packed.start[row]), int(packed.length[row])
        for i in range(50):
            u = uniform(11, i, 0, 0)
            got = kernel.quantile(int(packed.kind[row]), a, b, c, packed.table, start, length, u)
            assert got == EVERY[name].sample(u)


def test_nothing_to_pack() -> None:
    packed = pack([])
    assert packed.params.shape == (0, 3) and packed.table.shape == (1,) and packed.kind.dtype == np.int64


def test_distributions_are_values() -> None:
    d, same = make.gamma(5.0, 0.5), make.gamma(5.0, 0.5)
    d.sample(0.5)
    assert d == same and hash(d) == hash(same)


def test_importing_compiles_nothing() -> None:
    code = (
        "from servsim.draws import quantile as q, uniform as u; assert not q.signatures and not u.signatures"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
