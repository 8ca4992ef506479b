"""Distributions from the parameters people know (mean, cv, median, ...), their moments, and their layout in
arrays.

The constructors here are the only way parameters reach the compiled quantile functions, so they refuse what
makes no sense: a `ValueError` names the parameter, its value and what is allowed. Everything derived is
worked out with the kernel's own ``log``, ``exp`` and ``log_gamma``, so a scenario has the same parameters,
bit for bit, on every machine. ``cv`` is the coefficient of variation, standard deviation over mean. Units:
values, means, scales, lows, modes and highs share one unit, any unit; shapes, cvs, sigmas, weights and
probabilities have none.
"""

import hashlib
import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws import kernel

SMALLEST_SHAPE = 0.001
LARGEST_SHAPE = 1e8  # a gamma quantile takes 6 sqrt(shape) terms; a cv of 1e-4 is as good as constant

# Weibull and log-logistic: range of 1/shape that a mean and cv are searched in.
_WEIBULL_INVERSE_SHAPES = (1e-4, 20.0)
_LOG_LOGISTIC_INVERSE_SHAPES = (1e-4, 0.4999999)

_SHIFTED_BY_C = (kernel.LOGNORMAL, kernel.WEIBULL, kernel.LOG_LOGISTIC, kernel.GAMMA)


def stream_hash(name: str) -> int:
    """Signed 64-bit hash of a stream's name (``phone/patience``): the first 8 bytes of BLAKE2b.

    The name is taken as UTF-8 in Unicode normal form C, so the same letters typed differently are one stream.
    """
    digest = hashlib.blake2b(unicodedata.normalize("NFC", name).encode(), digest_size=64).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True)
class Distribution:
    """One distribution in the kernel's canonical form; make it with the functions of this module.

    ``kind``, ``a``, ``b``, ``c`` mean what the table of kinds in `servsim.draws.kernel` says; ``data`` holds
    empirical values, or the probabilities and then the values of a quantile table; ``components`` holds
    (weight, distribution) pairs of a mixture, weights adding up to 1.
    """

    kind: int
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    data: tuple[float, ...] = ()
    components: tuple[tuple[float, "Distribution"], ...] = ()

    @property
    def shift(self) -> float:
        """What `shifted` has added to every draw; 0 for the kinds that have no shift (a mixture's parts may)."""
        if self.kind == kernel.EXPONENTIAL:
            return self.b
        return self.c if self.kind in _SHIFTED_BY_C else 0.0

    def mean(self) -> float:
        """Exact mean (to rounding), in the unit of the parameters; inf for a log-logistic of shape <= 1."""
        return _moments(self)[0]

    def variance(self) -> float:
        """Exact variance (to rounding), unit squared; inf for a log-logistic of shape <= 2.

        Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, for the named families; a
        quantile table is a mixture of uniforms, an empirical distribution a population (divisor n).
        """
        return _moments(self)[1]

    def sample(self, u: float) -> float:
        """The quantile at ``u`` in (0, 1): the engines' function, hence their bits."""
        if not 0.0 < u < 1.0:
            raise ValueError(f"u must lie strictly between 0 and 1, got {u!r}")
        packed = self._packed
        start, length = int(packed.start[0]), int(packed.length[0])
        return kernel.quantile(self.kind, self.a, self.b, self.c, packed.table, start, length, float(u))

    @cached_property
    def _packed(self) -> "Packed":
        return pack([self])


# Moments. ---------------------------------------------------------------------------------------------------


def _moments(d: Distribution) -> tuple[float, float]:
    """(mean, variance); the functions in `_MOMENTS` know nothing of a shift."""
    mean, variance = _MOMENTS[d.kind](d)
    return d.shift + mean, variance


def _uniform_moments(d: Distribution) -> tuple[float, float]:
    return d.a + (d.b - d.a) / 2.0, (d.b - d.a) * (d.b - d.a) / 12.0


def _triangular_moments(d: Distribution) -> tuple[float, float]:
    left, right, width = d.b - d.a, d.c - d.b, d.c - d.a
    return d.a + (left + width) / 3.0, (left * left + left * right + right * right) / 18.0


def _lognormal_moments(d: Distribution) -> tuple[float, float]:
    mean = kernel.exp(d.a + d.b * d.b / 2.0)
    return mean, mean * mean * kernel.expm1(d.b * d.b)


def _weibull_moments(d: Distribution) -> tuple[float, float]:
    mean = d.b * kernel.exp(kernel.log_gamma(1.0 + 1.0 / d.a))
    return mean, mean * mean * kernel.expm1(_weibull_log_spread(1.0 / d.a))


def _log_logistic_moments(d: Distribution) -> tuple[float, float]:
    inverse = 1.0 / d.a
    if inverse >= 1.0:
        return math.inf, math.inf
    mean = d.b * _log_logistic_unit_mean(inverse)
    if inverse >= 0.5:
        return mean, math.inf
    return mean, mean * mean * kernel.expm1(_log_logistic_log_spread(inverse))


def _empirical_moments(d: Distribution) -> tuple[float, float]:
    mean = math.fsum(d.data) / len(d.data)
    return mean, math.fsum((v - mean) * (v - mean) for v in d.data) / len(d.data)


def _table_moments(d: Distribution) -> tuple[float, float]:
    points = len(d.data) // 2
    steps = [q - p for p, q in zip(d.data[: points - 1], d.data[1:points], strict=True)]
    values = d.data[points:]
    mean = math.fsum(s * (v + w) / 2.0 for s, v, w in zip(steps, values, values[1:], strict=False))
    rest = [v - mean for v in values]
    pairs = zip(steps, rest, rest[1:], strict=False)
    return mean, math.fsum(s * (v * v + v * w + w * w) / 3.0 for s, v, w in pairs)


def _mixture_moments(d: Distribution) -> tuple[float, float]:
    parts = [(weight, *_moments(part)) for weight, part in d.components]
    mean = math.fsum(weight * m for weight, m, _ in parts)
    if math.isinf(mean):
        return math.inf, math.inf
    return mean, math.fsum(weight * (v + (m - mean) * (m - mean)) for weight, m, v in parts)


_MOMENTS: dict[int, Callable[[Distribution], tuple[float, float]]] = {
    kernel.CONSTANT: lambda d: (d.a, 0.0),
    kernel.EXPONENTIAL: lambda d: (d.a, d.a * d.a),
    kernel.UNIFORM: _uniform_moments,
    kernel.TRIANGULAR: _triangular_moments,
    kernel.LOGNORMAL: _lognormal_moments,
    kernel.WEIBULL: _weibull_moments,
    kernel.LOG_LOGISTIC: _log_logistic_moments,
    kernel.GAMMA: lambda d: (d.a * d.b, d.a * d.b * d.b),
    kernel.EMPIRICAL: _empirical_moments,
    kernel.QUANTILE_TABLE: _table_moments,
    kernel.MIXTURE: _mixture_moments,
}


def _weibull_log_spread(inverse: float) -> float:
    """log(1 + cv**2) of a Weibull distribution with shape 1/inverse."""
    return kernel.log_gamma(1.0 + 2.0 * inverse) - 2.0 * kernel.log_gamma(1.0 + inverse)


def _log_logistic_unit_mean(inverse: float) -> float:
    """Mean at scale 1: (pi w) / sin(pi w) = Gamma(1 + w) Gamma(1 - w), w = 1/shape, without a sine."""
    return kernel.exp(kernel.log_gamma(1.0 + inverse) + kernel.log_gamma(1.0 - inverse))


def _log_logistic_log_spread(inverse: float) -> float:
    """log(1 + cv**2) of a log-logistic distribution with shape 1/inverse > 2."""
    second = kernel.log_gamma(1.0 + 2.0 * inverse) + kernel.log_gamma(1.0 - 2.0 * inverse)
    return second - 2.0 * (kernel.log_gamma(1.0 + inverse) + kernel.log_gamma(1.0 - inverse))


# Checks. ----------------------------------------------------------------------------------------------------


def _finite(name: str, value: float) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return number


def _positive(name: str, value: float) -> float:
    number = float(value)
    if not 0.0 < number < math.inf:
        raise ValueError(f"{name} must be positive, got {value!r}")
    return number


def _at_least(name: str, value: float, least: float) -> float:
    number = float(value)
    if not least <= number < math.inf:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return number


def _gamma_shape(name: str, value: float) -> float:
    number = float(value)
    if not SMALLEST_SHAPE <= number <= LARGEST_SHAPE:
        raise ValueError(f"{name} must lie between {SMALLEST_SHAPE} and {LARGEST_SHAPE:g}, got {value!r}")
    return number


def _finite_list(name: str, values: Iterable[float]) -> list[float]:
    return [_finite(f"{name}[{i}]", value) for i, value in enumerate(values)]


def _ascending(name: str, values: Sequence[float], *, strictly: bool) -> None:
    for i, (low, high) in enumerate(pairwise(values), start=1):
        if high < low or (strictly and high == low):
            word = "rise" if strictly else "not fall"
            raise ValueError(f"{name} must {word}, got {low!r} and then {high!r} at position {i}")


def _solve_inverse_shape(spread: Callable[[float], float], cv: float, bounds: tuple[float, float]) -> float:
    """The w in ``bounds`` with spread(w) = log(1 + cv**2), by bisection down to neighbouring doubles."""
    low, high = bounds
    target = kernel.log1p(cv * cv)
    if not spread(low) <= target <= spread(high):
        allowed = [math.sqrt(kernel.expm1(spread(w))) for w in bounds]
        raise ValueError(f"cv must lie between {allowed[0]:.3g} and {allowed[1]:.6g}, got {cv!r}")
    while True:
        middle = low + (high - low) / 2.0
        if not low < middle < high:
            return middle
        if spread(middle) < target:
            low = middle
        else:
            high = middle


# Constructors. ----------------------------------------------------------------------------------------------


def constant(value: float) -> Distribution:
    """Always ``value`` (finite). Exact."""
    return Distribution(kernel.CONSTANT, _finite("value", value))


def exponential(mean: float) -> Distribution:
    """Exponential with ``mean`` > 0. Quantile within 3 ulp."""
    return Distribution(kernel.EXPONENTIAL, _positive("mean", mean))


def uniform(low: float, high: float) -> Distribution:
    """Uniform on [low, high], low <= high. Quantile within 3 ulp of the larger bound."""
    low, high = _finite("low", low), _finite("high", high)
    if high < low:
        raise ValueError(f"high must be at least low = {low!r}, got {high!r}")
    _finite("high - low", high - low)
    return Distribution(kernel.UNIFORM, low, high)


def uniform_from_mean_cv(mean: float, cv: float) -> Distribution:
    """Uniform with ``mean`` > 0 and 0 < ``cv`` <= 1/sqrt(3), beyond which it would turn negative."""
    mean, cv = _positive("mean", mean), _positive("cv", cv)
    half = cv * math.sqrt(3.0)
    if half > 1.0 + 1e-9:
        raise ValueError(f"cv must be at most 0.577350 (1/sqrt(3)) for a uniform distribution, got {cv!r}")
    half = min(half, 1.0)
    return uniform(mean * (1.0 - half), mean * (1.0 + half))


def triangular(low: float, mode: float, high: float) -> Distribution:
    """Triangular on [low, high] with its peak at ``mode``. Quantile within 4 ulp of high."""
    low, mode, high = _finite("low", low), _finite("mode", mode), _finite("high", high)
    if not low <= mode <= high:
        raise ValueError(f"mode must lie between low = {low!r} and high = {high!r}, got {mode!r}")
    _finite("high - low", high - low)
    return Distribution(kernel.TRIANGULAR, low, mode, high)


def lognormal(mean: float, cv: float) -> Distribution:
    """Lognormal with ``mean`` > 0 and ``cv`` > 0: sigma**2 = log(1 + cv**2), mu = log(mean) - sigma**2 / 2.

    Quantile within 2 + 5 sigma |z| ulp, z the normal quantile.
    """
    mean, cv = _positive("mean", mean), _positive("cv", cv)
    square = kernel.log1p(cv * cv)
    return lognormal_from_mu_sigma(kernel.log(mean) - square / 2.0, math.sqrt(square))


def lognormal_from_mu_sigma(mu: float, sigma: float) -> Distribution:
    """Lognormal whose logarithm has mean ``mu`` and standard deviation ``sigma`` > 0."""
    return Distribution(kernel.LOGNORMAL, _finite("mu", mu), _positive("sigma", sigma))


def lognormal_from_median_sigma(median: float, sigma: float) -> Distribution:
    """Lognormal with ``median`` > 0 and ``sigma`` > 0 (of the logarithm); mu = log(median)."""
    return lognormal_from_mu_sigma(kernel.log(_positive("median", median)), sigma)


def gamma(mean: float, cv: float) -> Distribution:
    """Gamma with ``mean`` > 0 and ``cv`` from 1e-4 to 31: shape = 1/cv**2, scale = mean/shape.

    Quantile within 1e-13 relative; the time a draw takes grows as 1/cv once cv < 0.1.
    """
    mean, cv = _positive("mean", mean), _positive("cv", cv)
    shape = 1.0 / (cv * cv) if cv > 1e-150 else math.inf
    if not SMALLEST_SHAPE <= shape <= LARGEST_SHAPE * (1.0 + 1e-9):
        raise ValueError(f"cv must lie between 0.0001 and 31.6 for a gamma distribution, got {cv!r}")
    return gamma_from_shape_scale(min(shape, LARGEST_SHAPE), mean / shape)


def gamma_from_mean_shape(mean: float, shape: float) -> Distribution:
    """Gamma with ``mean`` > 0 and ``shape`` from 0.001 to 1e8: scale = mean/shape."""
    mean, shape = _positive("mean", mean), _gamma_shape("shape", shape)
    return gamma_from_shape_scale(shape, mean / shape)


def gamma_from_shape_scale(shape: float, scale: float) -> Distribution:
    """Gamma with ``shape`` from 0.001 to 1e8 and ``scale`` > 0; mean = shape * scale."""
    return Distribution(kernel.GAMMA, _gamma_shape("shape", shape), _positive("scale", scale))


def erlang(mean: float, phases: int) -> Distribution:
    """Sum of ``phases`` equal exponential phases, a whole number from 1 to 1e8, with ``mean`` > 0 in all."""
    if not math.isfinite(phases) or phases != int(phases):
        raise ValueError(f"phases must be a whole number, got {phases!r}")
    return gamma_from_mean_shape(mean, _gamma_shape("phases", int(phases)))


def weibull(mean: float, cv: float) -> Distribution:
    """Weibull with ``mean`` > 0 and ``cv`` from 1.3e-4 to 3.7e5 (shape 1e4 to 0.05).

    The shape k solves Gamma(1 + 2/k) / Gamma(1 + 1/k)**2 = 1 + cv**2, by bisection (cv within 1e-9).
    Quantile within 2 + 2/shape ulp.
    """
    mean, cv = _positive("mean", mean), _positive("cv", cv)
    return weibull_from_mean_shape(
        mean, 1.0 / _solve_inverse_shape(_weibull_log_spread, cv, _WEIBULL_INVERSE_SHAPES)
    )


def weibull_from_mean_shape(mean: float, shape: float) -> Distribution:
    """Weibull with ``mean`` > 0 and ``shape`` >= 0.01: scale = mean / Gamma(1 + 1/shape)."""
    mean, shape = _positive("mean", mean), _at_least("shape", shape, 0.01)
    return weibull_from_shape_scale(shape, mean * kernel.exp(-kernel.log_gamma(1.0 + 1.0 / shape)))


def weibull_from_shape_scale(shape: float, scale: float) -> Distribution:
    """Weibull with ``shape`` >= 0.01 and ``scale`` > 0, the value that 63 % stay below."""
    return Distribution(kernel.WEIBULL, _at_least("shape", shape, 0.01), _positive("scale", scale))


def log_logistic(mean: float, cv: float) -> Distribution:
    """Log-logistic with ``mean`` > 0 and ``cv`` from 1.8e-4 to 1423; a cv exists only for shape > 2.

    With b = pi/shape, mean = scale b / sin b and 1 + cv**2 = tan(b) / b (Johnson, Kotz and Balakrishnan,
    Continuous Univariate Distributions 2, ch. 23), solved by bisection (cv within 1e-9).
    Quantile within 2 + 1/shape ulp.
    """
    mean, cv = _positive("mean", mean), _positive("cv", cv)
    inverse = _solve_inverse_shape(_log_logistic_log_spread, cv, _LOG_LOGISTIC_INVERSE_SHAPES)
    return log_logistic_from_shape_scale(1.0 / inverse, mean / _log_logistic_unit_mean(inverse))


def log_logistic_from_shape_scale(shape: float, scale: float) -> Distribution:
    """Log-logistic with ``shape`` >= 0.01 and ``scale`` > 0, which is the median."""
    return Distribution(kernel.LOG_LOGISTIC, _at_least("shape", shape, 0.01), _positive("scale", scale))


def log_logistic_from_median_shape(median: float, shape: float) -> Distribution:
    """Log-logistic with ``median`` > 0 and ``shape`` >= 0.01."""
    return log_logistic_from_shape_scale(shape, _positive("median", median))


def empirical(values: Iterable[float]) -> Distribution:
    """Each of the finite ``values`` equally likely, in any order, repeats welcome. Quantile exact."""
    data = tuple(sorted(_finite_list("values", values)))
    if not data:
        raise ValueError("values must hold at least one number, got none")
    return Distribution(kernel.EMPIRICAL, data=data)


def quantile_table(probabilities: Sequence[float], values: Sequence[float]) -> Distribution:
    """Straight lines between points of the quantile function.

    ``probabilities`` rise strictly from 0 to 1; ``values``, as many, do not fall. Quantile within 4 ulp of
    the larger neighbouring value.
    """
    shares, points = _finite_list("probabilities", probabilities), _finite_list("values", values)
    if len(shares) != len(points) or len(shares) < 2:
        raise ValueError(
            "probabilities and values must be equally many and at least 2, "
            f"got {len(shares)} probabilities and {len(points)} values"
        )
    if shares[0] != 0.0 or shares[-1] != 1.0:
        raise ValueError(f"probabilities must run from 0 to 1, got {shares[0]!r} to {shares[-1]!r}")
    _ascending("probabilities", shares, strictly=True)
    _ascending("values", points, strictly=False)
    return Distribution(kernel.QUANTILE_TABLE, data=(*shares, *points))


def mixture(weights: Sequence[float], components: Sequence[Distribution]) -> Distribution:
    """One of ``components``, none itself a mixture, chosen by ``weights``: positive, adding up to 1 within
    1e-9.

    A draw is a component's quantile and as accurate, but for u: rescaling it costs a relative error of about
    1e-16 / weight in the share left below or above.
    """
    shares = [_positive(f"weights[{i}]", weight) for i, weight in enumerate(weights)]
    if len(shares) != len(components) or not shares:
        raise ValueError(
            "weights and components must be equally many and at least 1, "
            f"got {len(shares)} weights and {len(components)} components"
        )
    total = math.fsum(shares)
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"weights must add up to 1, got {total!r}")
    for i, part in enumerate(components):
        if part.kind == kernel.MIXTURE:
            raise ValueError(f"components[{i}] must not be a mixture itself: mixtures are flat")
    pairs = zip(shares, components, strict=True)
    return Distribution(kernel.MIXTURE, components=tuple((share / total, part) for share, part in pairs))


def hyperexponential(mean: float, cv: float) -> Distribution:
    """Mixture of two exponentials with ``mean`` > 0 and 1 <= ``cv`` <= 1e7, both bringing half of the mean.

    Balanced means (Whitt 1982, Operations Research 30(1), 125-147): p = (1 + sqrt((cv**2 - 1)/(cv**2 + 1))) /
    2, component means mean / (2 p) and mean / (2 (1 - p)); the shorter comes first.
    """
    mean, cv = _positive("mean", mean), _positive("cv", cv)
    if not 1.0 <= cv <= 1e7:
        raise ValueError(f"cv must lie between 1 and 1e7 for a hyperexponential distribution, got {cv!r}")
    lean = math.sqrt((cv - 1.0) * (cv + 1.0) / (cv * cv + 1.0))
    often, seldom = (
        (1.0 + lean) / 2.0,
        1.0 / ((cv * cv + 1.0) * (1.0 + lean)),
    )  # 1 - often without cancellation
    return hyperexponential_from_weights([often, seldom], [mean / (2.0 * often), mean / (2.0 * seldom)])


def hyperexponential_from_weights(weights: Sequence[float], means: Sequence[float]) -> Distribution:
    """Mixture of exponentials with positive ``weights`` adding up to 1 and positive ``means``."""
    return mixture(weights, [exponential(_positive(f"means[{i}]", m)) for i, m in enumerate(means)])


def shifted(distribution: Distribution, shift: float) -> Distribution:
    """``distribution`` with ``shift`` >= 0 added to every draw, in its unit; a mixture's components all move.

    For the families whose values begin at zero: exponential, lognormal, Weibull, log-logistic, gamma, and
    mixtures of these. The sum costs half an ulp.
    """
    shift = _at_least("shift", shift, 0.0)
    if distribution.kind == kernel.EXPONENTIAL:
        return replace(distribution, b=distribution.b + shift)
    if distribution.kind in _SHIFTED_BY_C:
        return replace(distribution, c=distribution.c + shift)
    if distribution.kind == kernel.MIXTURE:
        parts = tuple((weight, shifted(part, shift)) for weight, part in distribution.components)
        return replace(distribution, components=parts)
    raise ValueError(f"distribution must be of a family that begins at zero, got kind {distribution.kind}")


# Layout for the compiled code. ------------------------------------------------------------------------------


class Packed(NamedTuple):
    """Distributions as arrays: row i of each belongs to distribution i; ``table`` is shared by all."""

    kind: NDArray[np.int64]
    params: NDArray[np.float64]  # n rows of a, b, c
    table: NDArray[np.float64]  # at least one number long
    start: NDArray[np.int64]
    length: NDArray[np.int64]


def _append(table: list[float], d: Distribution) -> tuple[int, int]:
    """Add the piece of ``table`` that ``d`` needs, those of its components before it; (start, length)."""
    data = list(d.data)
    below = 0.0
    for i, (weight, part) in enumerate(d.components, start=1):
        start, length = _append(table, part)
        below = below + weight if i < len(d.components) else 1.0
        data += [below, float(part.kind), part.a, part.b, part.c, float(start), float(length)]
    table += data
    return len(table) - len(data), len(data)


def pack(distributions: Sequence[Distribution]) -> Packed:
    """Lay out ``distributions`` for `kernel.quantile`; parameters are copied, not changed.

    Its arguments for distribution i are ``kind[i]``, the three of ``params[i]``, ``table``, ``start[i]``,
    ``length[i]`` and u.
    """
    table: list[float] = []
    pieces = [_append(table, d) for d in distributions]
    return Packed(
        kind=np.array([d.kind for d in distributions], dtype=np.int64),
        params=np.array([(d.a, d.b, d.c) for d in distributions], dtype=np.float64).reshape(-1, 3),
        table=np.array(table or [0.0], dtype=np.float64),
        start=np.array([start for start, _ in pieces], dtype=np.int64),
        length=np.array([length for _, length in pieces], dtype=np.int64),
    )
