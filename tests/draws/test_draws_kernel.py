"""Accuracy of log, exp, log-gamma and every quantile function against mpmath at 50 digits."""

import math
import random
from collections.abc import Callable, Iterable

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_draws_uniforms import interpreted_kernel

from servsim.draws import distributions as make
from servsim.draws import kernel

mp.mp.dps = 50
RNG = random.Random(20250101)
TINY_U, LAST_U = 2.0**-53, 1.0 - 2.0**-53

# u over both tails down to the last double a uniform can reach, the middle, and tails beyond.
MIDDLE_US = (
    [TINY_U, LAST_U, 0.5, 0.25, 0.075, 0.925]
    + [RNG.random() for _ in range(100)]
    + [2.0 ** -RNG.uniform(1, 53) for _ in range(80)]
    + [1.0 - 2.0 ** -RNG.uniform(1, 52) for _ in range(80)]
)
TAIL_US = [1e-300, 1e-200, 1e-100, *(10.0 ** -RNG.uniform(16, 300) for _ in range(20))]
US = MIDDLE_US + TAIL_US


def ulps(got: float, want: mp.mpf) -> float:
    return float(abs(mp.mpf(got) - want) / mp.mpf(math.ulp(float(want))))


def worst(
    f: Callable[..., float], exact: Callable[..., mp.mpf], points: Iterable[tuple[float, ...]]
) -> float:
    return max(ulps(f(*p), exact(*map(mp.mpf, p))) for p in points)


def exact_normal(u: float) -> mp.mpf:
    """Newton from the double: each step doubles its 15 digits."""
    target, z = mp.mpf(u), mp.mpf(kernel.normal_quantile(u))
    for _ in range(2):
        z -= ((mp.ncdf(z) - target) if z < 0 else ((1 - target) - mp.ncdf(-z))) / mp.npdf(z)
    return z


# Elementary functions. ------------------------------------------------------------------------------------


def test_log_is_within_1_ulp() -> None:
    points = [2.0 ** RNG.uniform(-1074, 1023) for _ in range(300)] + [
        RNG.uniform(0.5, 2.0) for _ in range(300)
    ]
    points += [1.0 + RNG.choice([-1, 1]) * 10.0 ** -RNG.uniform(0.5, 15) for _ in range(300)] + [5e-324]
    assert worst(kernel.log, mp.log, [(x,) for x in points if x != 1.0]) < 1.0
    assert kernel.log(1.0) == 0.0


def test_exp_is_within_1_ulp() -> None:
    points = [RNG.uniform(-745, 709.78) for _ in range(400)] + [
        10.0 ** -RNG.uniform(0, 15) for _ in range(100)
    ]
    assert worst(kernel.exp, mp.exp, [(x,) for x in points]) < 1.0


def test_log1m_is_within_2_ulp() -> None:
    assert worst(kernel.log1m, lambda u: mp.log1p(-u), [(u,) for u in US]) < 2.0


def test_expm1_is_within_4_ulp() -> None:
    points = [RNG.choice([-1, 1]) * 10.0 ** RNG.uniform(-12, 1.5) for _ in range(400)]
    assert worst(kernel.expm1, mp.expm1, [(x,) for x in points]) < 4.0


def test_power_and_root_are_within_1_ulp() -> None:
    points = []
    while len(points) < 600:
        x = RNG.choice([2.0 ** RNG.uniform(-300, 300), RNG.uniform(0.3, 3.0)])
        y = RNG.choice([-1, 1]) * 10.0 ** RNG.uniform(-3, 4)
        if abs(y * math.log(x)) < 700.0:
            points.append((x, y))
    assert worst(kernel.power, mp.power, points) < 1.0
    roots = [(x, 1.0 / abs(y)) for x, y in points]
    assert worst(kernel.root, lambda x, n: mp.power(x, 1 / n), roots) < 1.0


def test_log_gamma_is_within_5_ulp() -> None:
    points = [10.0 ** RNG.uniform(-5, 8) for _ in range(200)] + [RNG.uniform(0.5, 12.0) for _ in range(200)]
    points += [RNG.choice([1, 2]) + RNG.choice([-1, 1]) * 10.0 ** -RNG.uniform(0.5, 12) for _ in range(100)]
    assert worst(kernel.log_gamma, mp.loggamma, [(x,) for x in points]) < 5.0


def test_edges_of_the_elementary_functions() -> None:
    inf = math.inf
    assert (kernel.log(0.0), kernel.log(inf), kernel.exp(710.0), kernel.exp(-746.0)) == (-inf, inf, inf, 0.0)
    assert (kernel.log1p(-1.0), kernel.power(0.0, 2.0), kernel.power(0.0, 0.0)) == (-inf, 0.0, 1.0)
    assert (kernel.power(0.0, -1.0), kernel.power(1.0, 1e300), kernel.power(2.0, -1e300)) == (inf, 1.0, 0.0)
    assert (kernel.root(0.0, 3.0), kernel.root(2.0, 1e-5), kernel.root(0.5, 1e-5)) == (0.0, inf, 0.0)
    nans = (kernel.log(-1.0), kernel.exp(math.nan), kernel.power(-1.0, 2.0), kernel.log_gamma(-1.0))
    assert all(map(math.isnan, nans))


# Quantiles against 50 digits. -----------------------------------------------------------------------------


def test_normal_quantile_is_within_8_ulp() -> None:
    assert max(ulps(kernel.normal_quantile(u), exact_normal(u)) for u in US if u != 0.5) < 8.0
    assert kernel.normal_quantile(0.5) == 0.0


@pytest.mark.parametrize("mean", [1.0, 237.3])
def test_exponential_is_within_3_ulp(mean: float) -> None:
    assert (
        worst(
            lambda u: kernel.exponential_quantile(mean, u), lambda u: -mean * mp.log1p(-u), [(u,) for u in US]
        )
        < 3
    )


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.1, 0.7), (30.3, 900.7)])
def test_uniform_is_within_3_ulp(low: float, high: float) -> None:
    span = mp.mpf(high) - mp.mpf(low)
    assert (
        worst(lambda u: kernel.uniform_quantile(low, high, u), lambda u: low + u * span, [(u,) for u in US])
        < 3
    )


@pytest.mark.parametrize(
    ("low", "mode", "high"), [(0.0, 1.0, 4.0), (2.3, 2.3, 9.1), (1.0, 7.7, 7.7), (60.1, 99.7, 300.3)]
)
def test_triangular_is_within_4_ulp(low: float, mode: float, high: float) -> None:
    left, right, span = mp.mpf(mode) - low, mp.mpf(high) - mode, mp.mpf(high) - low

    def exact(u: mp.mpf) -> mp.mpf:
        return low + mp.sqrt(u * span * left) if u * span < left else high - mp.sqrt((1 - u) * span * right)

    assert worst(lambda u: kernel.triangular_quantile(low, mode, high, u), exact, [(u,) for u in US]) < 4


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (5.7, 0.3), (-2.0, 2.5)])
def test_lognormal_is_within_2_plus_5_sigma_z_ulp(mu: float, sigma: float) -> None:
    for u in US:
        z = exact_normal(u)
        error = ulps(kernel.lognormal_quantile(mu, sigma, u), mp.exp(mp.mpf(mu) + mp.mpf(sigma) * z))
        assert error < 2.0 + 5.0 * sigma * abs(float(z)), u


@pytest.mark.parametrize(("shape", "scale"), [(0.3, 2.0), (1.0, 1.0), (1.7, 310.0), (12.0, 0.1)])
def test_weibull_and_log_logistic_are_within_2_plus_2_per_shape_ulp(shape: float, scale: float) -> None:
    bound, power = 2.0 + 2.0 / shape, 1 / mp.mpf(shape)
    us = [(u,) for u in MIDDLE_US]  # beyond, the smallest shape underflows
    assert (
        worst(
            lambda u: kernel.weibull_quantile(shape, scale, u), lambda u: scale * (-mp.log1p(-u)) ** power, us
        )
        < bound
    )
    assert (
        worst(
            lambda u: kernel.log_logistic_quantile(shape, scale, u),
            lambda u: scale * (u / (1 - u)) ** power,
            us,
        )
        < bound
    )


def gamma_error(a: float, u: float) -> float:
    """Relative error of the quantile, from the residual P(a, x) - u: one exact Newton step."""
    x = kernel.gamma_unit_quantile(a, u)
    if x < 1e-300:  # subnormal or nearly
        return 0.0
    shape, at = mp.mpf(a), mp.mpf(x)
    weight = mp.exp(shape * mp.log(at) - at - mp.loggamma(shape))
    if x > a + 10.0 * math.sqrt(a) + 30.0:
        residual = (1 - mp.mpf(u)) - mp.gammainc(shape, at, regularized=True)
    else:
        term = total = 1 / shape
        n = shape
        while term > total * mp.mpf(10) ** -45:
            n += 1
            term *= at / n
            total += term
        residual = total * weight - mp.mpf(u)
    return float(abs(residual / weight))


@pytest.mark.parametrize("a", [0.05, 0.2, 0.49, 0.5, 1.0, 1.5, 4.0, 9.99, 10.0, 40.0, 300.0, 1e4])
def test_gamma_is_within_5e_14(a: float) -> None:
    us = US[:6] + US[6::9] + TAIL_US[:3] if a < 100.0 else US[:6] + US[6::30] + TAIL_US[:2]
    assert max(gamma_error(a, u) for u in us) < 5e-14


@pytest.mark.parametrize("a", [0.001, 0.01, 1e5])
def test_gamma_shapes_outside_the_stated_range_still_answer(a: float) -> None:
    for u in US[:60]:
        x = kernel.gamma_unit_quantile(a, u)
        law = stats.gamma(a)
        assert x < 1e-290 or abs(law.cdf(x) - u) < 1e-9 * u + 1e-12


# Every kind, through the dispatcher. ----------------------------------------------------------------------

EVERY = {
    "constant": make.constant(3.5),
    "exponential": make.exponential(210.0),
    "uniform": make.uniform(3.0, 8.0),
    "triangular": make.triangular(0.0, 2.0, 9.0),
    "lognormal": make.lognormal(300.0, 1.2),
    "weibull": make.weibull_from_shape_scale(0.7, 120.0),
    "log-logistic": make.log_logistic_from_shape_scale(2.5, 90.0),
    "gamma": make.gamma_from_shape_scale(0.4, 33.0),
    "gamma, shape 7.3": make.gamma_from_shape_scale(7.3, 33.0),
    "erlang": make.erlang(60.0, 3),
    "empirical": make.empirical([4.0, 1.0, 1.0, 9.5]),
    "quantile table": make.quantile_table([0.0, 0.2, 0.9, 1.0], [5.0, 20.0, 20.0, 95.0]),
    "shifted exponential": make.shifted(make.exponential(210.0), 30.0),
    "shifted lognormal": make.shifted(make.lognormal(60.0, 0.8), 30.0),
    "shifted gamma": make.shifted(make.gamma_from_shape_scale(7.3, 33.0), 0.25),
    "hyperexponential": make.hyperexponential(100.0, 2.5),
    "mixture": make.mixture(
        [0.5, 0.2, 0.3],
        [make.empirical([1.0, 2.0]), make.quantile_table([0.0, 1.0], [3.0, 4.0]), make.constant(7.0)],
    ),
}
FAMILIES = {
    "exponential": stats.expon(scale=210.0),
    "uniform": stats.uniform(3.0, 5.0),
    "triangular": stats.triang(2.0 / 9.0, 0.0, 9.0),
    "lognormal": stats.lognorm(EVERY["lognormal"].b, scale=math.exp(EVERY["lognormal"].a)),
    "weibull": stats.weibull_min(0.7, scale=120.0),
    "log-logistic": stats.fisk(2.5, scale=90.0),
    "gamma": stats.gamma(0.4, scale=33.0),
    "gamma, shape 7.3": stats.gamma(7.3, scale=33.0),
    "erlang": stats.erlang(3, scale=20.0),
    "shifted exponential": stats.expon(30.0, 210.0),
    "shifted lognormal": stats.lognorm(
        EVERY["shifted lognormal"].b, 30.0, math.exp(EVERY["shifted lognormal"].a)
    ),
    "shifted gamma": stats.gamma(7.3, 0.25, 33.0),
}
MIXTURES = ("hyperexponential", "mixture")


@pytest.mark.parametrize("name", FAMILIES)
def test_the_distribution_function_undoes_the_quantile(name: str) -> None:
    """Against scipy to 1e-12 relative; 3e-16 in the upper tail, where some of scipy's are 1 - cdf."""
    for u in MIDDLE_US:
        x, law = EVERY[name].sample(u), FAMILIES[name]
        got, want = (law.cdf(x), u) if u < 0.5 else (law.sf(x), 1.0 - u)
        unresolved = 4.0 * math.ulp(x) * float(law.pdf(x))  # what rounding x itself costs
        assert abs(got - want) <= 1e-12 * want + unresolved + (3e-16 if u >= 0.5 else 0.0), u


@pytest.mark.parametrize("name", [name for name in EVERY if name not in MIXTURES])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(u=st.floats(TINY_U, LAST_U), v=st.floats(TINY_U, LAST_U))
def test_quantiles_do_not_fall(name: str, u: float, v: float) -> None:
    """To 1e-13 relative, the rounding allowed; and support is respected."""
    low, high = sorted((u, v))
    x, y = EVERY[name].sample(low), EVERY[name].sample(high)
    assert 0.0 <= x <= y * (1.0 + 1e-13)


def test_neighbouring_us_rise_across_the_joints_of_the_normal_quantile() -> None:
    for joint in (0.075, 0.925, math.exp(-25.0)):
        us = joint * (1.0 + np.arange(-200, 200) * 1e-15)
        z = np.array([kernel.normal_quantile(float(u)) for u in us])
        assert (np.diff(z) >= -1e-14).all()


def test_empirical_takes_equal_shares() -> None:
    d = make.empirical([4.0, 1.0, 3.0, 2.0])
    assert [d.sample(u) for u in (TINY_U, 0.2499, 0.25, 0.5, 0.75, LAST_U)] == [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]


def test_quantile_table_is_piecewise_linear() -> None:
    d = make.quantile_table([0.0, 0.25, 0.75, 1.0], [0.0, 10.0, 10.0, 50.0])
    assert [d.sample(u) for u in (0.125, 0.25, 0.5, 0.75, 0.875)] == [5.0, 10.0, 10.0, 10.0, 30.0]
    want = np.interp(MIDDLE_US, [0.0, 0.25, 0.75, 1.0], [0.0, 10.0, 10.0, 50.0])
    assert np.allclose([d.sample(u) for u in MIDDLE_US], want, rtol=1e-15, atol=0.0)


def test_a_mixture_spends_u_on_the_component_and_then_within_it() -> None:
    d = make.mixture([0.25, 0.75], [make.uniform(0.0, 1.0), make.exponential(8.0)])
    assert d.sample(0.125) == 0.5
    assert d.sample(0.25) == make.exponential(8.0).sample(2.0**-53)
    assert d.sample(0.625) == make.exponential(8.0).sample(0.5)
    assert d.sample(0.25 - 2.0**-54) < 1.0
    assert d.sample(LAST_U) < 8.0 * 37.0


def gamma_quantile(shape: float, scale: float, u: float) -> float:
    return scale * kernel.gamma_unit_quantile(shape, u)


UNSHIFTED: dict[str, Callable[..., float]] = {
    "exponential": lambda d, u: kernel.exponential_quantile(d.a, u),
    "lognormal": lambda d, u: kernel.lognormal_quantile(d.a, d.b, u),
    "weibull": lambda d, u: kernel.weibull_quantile(d.a, d.b, u),
    "log-logistic": lambda d, u: kernel.log_logistic_quantile(d.a, d.b, u),
    "gamma": lambda d, u: gamma_quantile(d.a, d.b, u),
    "gamma, shape 7.3": lambda d, u: gamma_quantile(d.a, d.b, u),
    "erlang": lambda d, u: gamma_quantile(d.a, d.b, u),
}


@pytest.mark.parametrize("name", UNSHIFTED)
def test_without_a_shift_its_sum_changes_no_bit(name: str) -> None:
    """0.0 + x is x; the smallest shift that can be told from none shows that the comparison sees bits."""
    d, quantile = EVERY[name], UNSHIFTED[name]
    us = [*US, *(kernel.uniform(5, i, 0, 0) for i in range(5000))]
    plain = [quantile(d, u).hex() for u in us]
    assert [d.sample(u).hex() for u in us] == plain
    assert [make.shifted(d, 0.0).sample(u).hex() for u in us] == plain
    tiny = make.shifted(d, math.ulp(d.mean()))
    assert [tiny.sample(u).hex() for u in us] != plain


@pytest.mark.parametrize("name", [*UNSHIFTED, "hyperexponential"])
def test_a_shift_is_added_to_every_draw(name: str) -> None:
    d, moved = EVERY[name], make.shifted(EVERY[name], 12.5)
    assert all(moved.sample(u) == 12.5 + d.sample(u) for u in US)
    assert min(moved.sample(u) for u in US) >= 12.5
    assert moved.mean() == pytest.approx(12.5 + d.mean(), rel=1e-15)
    assert moved.variance() == pytest.approx(d.variance(), rel=1e-15)
    assert make.shifted(moved, 7.5) == make.shifted(d, 20.0)


def test_unknown_kind_is_nan() -> None:
    assert math.isnan(kernel.quantile(99, 1.0, 1.0, 1.0, np.zeros(1), 0, 0, 0.5))


def test_compiled_equals_interpreted_to_the_bit() -> None:
    plain = interpreted_kernel()
    for u in US[::6]:
        x = 50.0 * (u - 0.3)
        assert (plain.log(u), plain.exp(x), plain.log1m(u)) == (kernel.log(u), kernel.exp(x), kernel.log1m(u))
        for d in EVERY.values():
            packed = make.pack([d])
            start, length = int(packed.start[0]), int(packed.length[0])
            assert plain.quantile(d.kind, d.a, d.b, d.c, packed.table, start, length, u) == d.sample(u)


def test_quantile_compiles_once() -> None:
    for d in EVERY.values():
        d.sample(0.3)
    assert len(kernel.quantile.signatures) == 1  # type: ignore[attr-defined]
