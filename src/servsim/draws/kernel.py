"""The compiled scalar functions behind every random number: keyed uniforms, log and exp, quantile functions.

Both engines call these and nothing else, so a draw has the same bits whichever engine asks and whichever
machine it runs on. Three rules keep it so:

* only ``+ - * /``, ``sqrt``, ``floor``, ``ldexp`` and the bits of a number (exact under IEEE 754): the ``log`` and
  ``exp`` of a C library change with the processor;
* no ``fastmath``: numba then neither reorders sums nor contracts multiply-adds;
* compiled code is kept on disk by `cache.jit`, which sees a change in any file of it.

Call with Python ints and floats (``1.0``, not ``1``): each new combination of types compiles anew. "ulp" is
the spacing of doubles at the exact answer. Uniforms ``u`` lie strictly between 0 and 1 everywhere.
"""

import math

import numpy as np
from numpy.typing import NDArray

from servsim.draws.cache import jit

# Kinds of distribution: what `quantile` understands, and the meaning of its parameters a, b, c. -------------

CONSTANT = 0  # a = value
EXPONENTIAL = 1  # a = mean, b = shift
UNIFORM = 2  # a = low, b = high
TRIANGULAR = 3  # a = low, b = mode, c = high
LOGNORMAL = 4  # a = mu, b = sigma: mean and standard deviation of the logarithm; c = shift
WEIBULL = 5  # a = shape, b = scale, c = shift
LOG_LOGISTIC = 6  # a = shape, b = scale (the median), c = shift
GAMMA = 7  # a = shape, b = scale, c = shift; Erlang where the shape is whole
EMPIRICAL = 8  # table: n equally likely values, ascending
QUANTILE_TABLE = 9  # table: p_0 = 0, ..., p_n = 1, then the n + 1 values
MIXTURE = 10  # table: MIXTURE_FIELDS numbers a component

MIXTURE_FIELDS = 7  # cumulative weight, kind, a, b, c, start, length

SMALLEST_U = 2.0**-53  # a mixture hands its component a u from [SMALLEST_U, LARGEST_U]
LARGEST_U = 1.0 - 2.0**-53

# Keyed uniforms: a hash in place of a generator with state. -------------------------------------------------

_MULTIPLIER = np.uint64(0x9FB21C651E98DF25)
_SEED_OFFSET = np.uint64(0x9E3779B97F4A7C15)
_STREAM_OFFSET = np.uint64(0xD1B54A32D192ED03)
_U12, _U15, _U24, _U28, _U32, _U40, _U49 = (np.uint64(bits) for bits in (12, 15, 24, 28, 32, 40, 49))


@jit
def _mix(word: np.uint64) -> np.uint64:
    """Pelle Evensen's rrmxmx mixer (mostlymangling.blogspot.com, 2018): a bijection of 64-bit words."""
    word = word ^ ((word >> _U49) | (word << _U15)) ^ ((word >> _U24) | (word << _U40))
    word = word * _MULTIPLIER
    word = word ^ (word >> _U28)
    word = word * _MULTIPLIER
    return word ^ (word >> _U28)


@jit
def _word(number: int) -> np.uint64:
    """A signed 64-bit integer's bits as an unsigned word."""
    return np.uint64(np.int64(number))


@jit
def stream_key(seed: int, replication: int, stream: int) -> int:
    """Key of one stream of uniforms, to be passed to `uniform`.

    All three are signed 64-bit integers; ``stream`` is the hash of the stream's name (`stream_hash`). Each
    passes the mixer before the next joins, so neighbouring seeds, replications and streams share nothing.
    """
    word = _mix(_word(seed) + _SEED_OFFSET)
    word = _mix(word + _word(replication))
    return int(np.int64(_mix(word + _word(stream))))


@jit
def combine(stream: int, number: int) -> int:
    """Customer key, unique over all channels, from a channel's stream hash and the customer's number there.

    Signed 64-bit integers in and out. Numbers of one stream never collide (the mixer is a bijection); among n
    keys of different streams some two collide with probability about n**2 / 2**65.
    """
    return int(np.int64(_mix(_mix(_word(stream) + _STREAM_OFFSET) + _word(number))))


@jit
def uniform(key: int, customer: int, attempt: int, index: int) -> float:
    """Uniform on (0, 1) that belongs to (key, customer, attempt, index) and to nothing else.

    ``key`` comes from `stream_key`; ``customer`` is any signed 64-bit integer; ``attempt`` and ``index`` lie
    in [0, 2**31). The value is (k + 1/2) / 2**52, k the top 52 bits of the hash: never 0 or 1, 1 - u exact.
    """
    word = _mix(_word(key) + _word(customer))
    word = _mix(word + ((_word(attempt) << _U32) | _word(index)))
    return (np.float64(word >> _U12) + 0.5) * 2.220446049250313e-16


# Logarithm and exponential in plain arithmetic. -------------------------------------------------------------

_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD  # of the double nearest to sqrt(1/2)
_FRACTION_BITS = 0x000FFFFFFFFFFFFF
_SMALLEST_NORMAL = 2.2250738585072014e-308
_LN2_HI = 0.6931471804855391  # 33 bits, so that an exponent (11 bits) times it is exact
_LN2_LO = 7.440617110012397e-11
_PER_LN2 = 1.4426950408889634
_LARGEST_EXPONENT = 709.782712893384  # exp overflows above,
_SMALLEST_EXPONENT = -745.1332191019412  # and is 0 below
_THIRD_LO = 1.850371707708594e-17  # 1/3 minus the double nearest to it


@jit
def _split(x: float) -> tuple[float, int]:
    """Return (f, k) with x = f 2**k and f in [sqrt(1/2), sqrt(2)), for finite x > 0: exact, from the bits of x."""
    tiny = x < _SMALLEST_NORMAL
    bits = np.float64(x * 18014398509481984.0 if tiny else x).view(np.int64) - _SQRT_HALF_BITS  # 2**54
    fraction = np.int64((bits & _FRACTION_BITS) + _SQRT_HALF_BITS).view(np.float64)
    return float(fraction), int(bits >> 52) - (54 if tiny else 0)


@jit
def _scaled(x: float, k: int) -> float:
    """x 2**k for x in [1/2, 2]; the power of two from its bits where it is a normal number."""
    if -1021 <= k <= 1023:
        return x * np.int64((k + 1023) << 52).view(np.float64)
    return math.ldexp(x, k)


@jit
def _atanh_tail(z: float) -> float:
    """(2 atanh(s) - 2 s) / s for z = s**2, |s| <= 0.1716: Chebyshev fit, error 1e-17 of the logarithm."""
    tail = 0.15331710618210773 + z * 0.14616585424888623
    tail = 0.22222211130259878 + z * (0.18182889455674947 + z * tail)
    return z * (0.666666666666667 + z * (0.39999999999899444 + z * (0.2857142862600327 + z * tail)))


@jit
def log(x: float) -> float:
    """Natural logarithm of x > 0, subnormal numbers too; error below 1 ulp.

    log(0) is -inf, log(inf) is inf, of anything else nan. Method (fdlibm, e_log.c): x = 2**k (1 + f) with
    1 + f in [sqrt(1/2), sqrt(2)), and log(1 + f) = 2 atanh(s), s = f / (2 + f).
    """
    if not 0.0 < x < math.inf:
        return -math.inf if x == 0.0 else (x if x == math.inf else math.nan)
    fraction, exponent = _split(x)
    f = fraction - 1.0
    s = f / (2.0 + f)
    half_square = 0.5 * f * f
    # f - f**2/2 + s (f**2/2 + tail) equals 2 s + s tail, yet the rounding of s touches only the small terms.
    small = s * (half_square + _atanh_tail(s * s))
    return exponent * _LN2_HI - ((half_square - (small + exponent * _LN2_LO)) - f)


@jit
def log1p(x: float) -> float:
    """log(1 + x) for x > -1, with full relative accuracy at tiny x; error below 2 ulp."""
    w = 1.0 + x
    if not w < math.inf:
        return log(w)
    if w == 0.0:
        return -math.inf
    # w misses 1 + x by `lost`, which is exact wherever it matters.
    lost = x - (w - 1.0)
    return log(w) if lost == 0.0 else log(w) + lost / w


@jit
def log1m(u: float) -> float:
    """log(1 - u) for 0 <= u < 1, with full relative accuracy at tiny u; error below 2 ulp."""
    return log1p(-u)


@jit
def _exp_sum(high: float, low: float) -> float:
    """exp(high + low) for |low| much smaller than 1; error below 1 ulp, in the subnormal range too.

    Method (fdlibm, e_exp.c): take out k ln 2, then e**r = 1 + 2 r / (r coth(r/2) - r).
    """
    if not high <= _LARGEST_EXPONENT:
        return high if math.isnan(high) else math.inf
    if high < _SMALLEST_EXPONENT:
        return 0.0
    k = math.floor(high * _PER_LN2 + 0.5)
    head = high - k * _LN2_HI
    rest = k * _LN2_LO - low
    r = head - rest
    y = r * r
    c = 6.613756470855508e-05 + y * (-1.6534058842837582e-06 + y * 4.1437096880780196e-08)
    c = r - y * (0.1666666666666666 + y * (-0.0027777777777562864 + y * c))
    return _scaled(1.0 - ((rest - r * c / (2.0 - c)) - head), k)


@jit
def exp(x: float) -> float:
    """e**x; error below 1 ulp. inf above 709.78, 0 below -745.13."""
    return _exp_sum(x, 0.0)


@jit
def expm1(x: float) -> float:
    """e**x - 1 with full relative accuracy at tiny x; error below 4 ulp (Kahan's quotient)."""
    y = exp(x)
    if y == 1.0:
        return x
    if y == math.inf or y < 0.25:
        return y - 1.0
    return (y - 1.0) * (x / log(y))


@jit
def _product(x: float, y: float) -> tuple[float, float]:
    """x y as an unevaluated sum: rounded product and its exact error (Dekker 1971); |x|, |y| < 2**990."""
    product = x * y
    t = 134217729.0 * x  # 2**27 + 1 splits a double into two halves of 26 bits
    x_hi = t - (t - x)
    x_lo = x - x_hi
    t = 134217729.0 * y
    y_hi = t - (t - y)
    y_lo = y - y_hi
    return product, ((x_hi * y_hi - product) + x_hi * y_lo + x_lo * y_hi) + x_lo * y_lo


@jit
def _sum(x: float, y: float) -> tuple[float, float]:
    """x + y as an unevaluated sum: rounded sum and its exact error (Knuth)."""
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


@jit
def _log_pair(x: float) -> tuple[float, float]:
    """log(x) of a finite x > 0 as hi + lo, relative error about 2**-65.

    As `log`, with the leading terms of 2 atanh(s) = 2 s (1 + z (1/3 + z (1/5 + ...))), z = s**2, in pairs.
    """
    fraction, exponent = _split(x)
    f = fraction - 1.0
    d = 2.0 + f
    d_lo = f - (d - 2.0)
    s = f / d
    p, p_lo = _product(s, d)
    s_lo = (((f - p) - p_lo) - s * d_lo) / d
    z, z_lo = _product(s, s)
    z_lo += 2.0 * s * s_lo
    tail = 1.0 / 17.0 + z * (1.0 / 19.0 + z * (1.0 / 21.0 + z * (1.0 / 23.0 + z * (1.0 / 25.0))))
    tail = 1.0 / 9.0 + z * (1.0 / 11.0 + z * (1.0 / 13.0 + z * (1.0 / 15.0 + z * tail)))
    tail = 0.2 + z * (1.0 / 7.0 + z * tail)
    v, v_lo = _sum(1.0 / 3.0, z * tail)
    v_lo += _THIRD_LO
    y, y_lo = _product(z, v)
    y_lo += z * v_lo + z_lo * v
    y, carry = _sum(1.0, y)
    y_lo += carry
    h, h_lo = _product(2.0 * s, y)
    h_lo += 2.0 * (s * y_lo + s_lo * y)
    total, carry = _sum(exponent * _LN2_HI, h)
    return _sum(total, carry + (h_lo + exponent * _LN2_LO))


@jit
def power(x: float, y: float) -> float:
    """x**y for finite x > 0 and finite y; error below 1 ulp (2 in the subnormal range); inf or 0 beyond it.

    power(0, y) is 0 for y > 0, 1 for y = 0, inf for y < 0; a negative or infinite x gives nan.
    """
    if x == 0.0:
        return 1.0 if y == 0.0 else (0.0 if y > 0.0 else math.inf)
    if not 0.0 < x < math.inf:
        return math.nan
    high, low = _log_pair(x)
    y = min(max(y, -1.8446744073709552e19), 1.8446744073709552e19)  # beyond 2**64 only 1**y stays finite
    p, p_lo = _product(high, y)
    return _exp_sum(p, p_lo + low * y)


@jit
def root(x: float, n: float) -> float:
    """x**(1/n) for finite x > 0, n > 0, without rounding 1/n; error below 1 ulp. root(0, n) is 0."""
    if x == 0.0:
        return 0.0
    high, low = _log_pair(x)
    q = high / n
    if abs(q) > 800.0:
        return math.inf if q > 0.0 else 0.0
    p, p_lo = _product(q, n)
    return _exp_sum(q, (((high - p) - p_lo) + low) / n)


# Log-gamma. -------------------------------------------------------------------------------------------------

_HALF_LOG_TWO_PI = 0.9189385332046728
_PER_TWO_PI = 0.15915494309189535


@jit
def _stirling_rest(x: float) -> float:
    """log_gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) for x >= 10: Bernoulli terms (DLMF 5.11.1)."""
    w = 1.0 / (x * x)
    rest = 0.00641025641025641 + w * (-0.029550653594771242 + w * 0.17964437236883057)
    rest = -0.0005952380952380953 + w * (0.0008417508417508417 + w * (-0.0019175269175269176 + w * rest))
    rest = 0.08333333333333333 + w * (-0.002777777777777778 + w * (0.0007936507936507937 + w * rest))
    return rest / x


@jit
def _log_gamma_near_two(w: float) -> float:
    """log_gamma(2 + w) for |w| <= 1/2: Taylor series with (zeta(k) - 1)/k (DLMF 5.7.3), relative to w."""
    t = 2.4836745438024785e-09 + w * (-1.1921401405860912e-09 + w * 5.731367241678862e-10)
    t = -2.2711094608943164e-08 + w * (1.0838659214896955e-08 + w * (-5.183475041970047e-09 + w * t))
    t = 2.1207184805554665e-07 + w * (-1.0043224823968099e-07 + w * (4.7698101693639804e-08 + w * t))
    t = -2.039215753801366e-06 + w * (9.55141213040742e-07 + w * (-4.492469198764566e-07 + w * t))
    t = 2.050721277567069e-05 + w * (-9.439488275268397e-06 + w * (4.374866789907488e-06 + w * t))
    t = -0.00022315475845357939 + w * (9.945751278180853e-05 + w * (-4.492623673813314e-05 + w * t))
    t = 0.0028905103307415234 + w * (-0.001192753911703261 + w * (0.0005096695247430425 + w * t))
    t = -0.0673523010531981 + w * (0.020580808427784546 + w * (-0.007385551028673986 + w * t))
    return w * (0.42278433509846713 + w * (0.3224670334241132 + w * t))


@jit
def log_gamma(x: float) -> float:
    """Logarithm of the gamma function for x > 0; error below 5 ulp, near its zeros 1 and 2 too."""
    if x >= 10.0:
        return (x - 0.5) * log(x) - x + (_HALF_LOG_TWO_PI + _stirling_rest(x))
    if x < 0.5:
        return _log_gamma_near_two(x) - log1p(x) - log(x) if x >= 0.0 else math.nan
    if x < 1.5:
        return _log_gamma_near_two(x - 1.0) - log1p(x - 1.0)
    product = 1.0
    while x > 2.5:
        x -= 1.0
        product *= x
    return _log_gamma_near_two(x - 2.0) + log(product)


# Normal quantile. -------------------------------------------------------------------------------------------


@jit
def normal_quantile(u: float) -> float:
    """Quantile of the standard normal distribution; relative error below 2e-15, for u down to 1e-300.

    Wichura (1988), Algorithm AS 241 (PPND16), Applied Statistics 37(3), 477-484.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _normal_centre(0.180625 - q * q)
    tail = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-log(tail))
    z = _normal_shoulder(r - 1.6) if r <= 5.0 else _normal_tail(r - 5.0)
    return -z if q < 0.0 else z


@jit
def _normal_centre(r: float) -> float:
    n = 67265.7709270087 + r * (33430.57558358813 + r * 2509.0809287301227)
    n = 1971.5909503065513 + r * (13731.69376550946 + r * (45921.95393154987 + r * n))
    d = 39307.89580009271 + r * (28729.085735721943 + r * 5226.495278852854)
    d = 687.1870074920579 + r * (5394.196021424751 + r * (21213.794301586597 + r * d))
    return (3.3871328727963665 + r * (133.14166789178438 + r * n)) / (1.0 + r * (42.31333070160091 + r * d))


@jit
def _normal_shoulder(r: float) -> float:
    n = 0.2417807251774506 + r * (0.022723844989269184 + r * 0.0007745450142783414)
    n = 5.769497221460691 + r * (3.6478483247632045 + r * (1.2704582524523684 + r * n))
    d = 0.015198666563616457 + r * (0.0005475938084995345 + r * 1.0507500716444169e-09)
    d = 1.6763848301838038 + r * (0.6897673349851 + r * (0.14810397642748008 + r * d))
    return (1.4234371107496835 + r * (4.630337846156546 + r * n)) / (1.0 + r * (2.053191626637759 + r * d))


@jit
def _normal_tail(r: float) -> float:
    n = 0.0012426609473880784 + r * (2.7115555687434876e-05 + r * 2.0103343992922881e-07)
    n = 1.7848265399172913 + r * (0.29656057182850487 + r * (0.026532189526576124 + r * n))
    d = 1.8463183175100548e-05 + r * (1.421511758316446e-07 + r * 2.0442631033899397e-15)
    d = 0.1369298809227358 + r * (0.014875361290850615 + r * (0.0007868691311456133 + r * d))
    return (6.657904643501103 + r * (5.463784911164114 + r * n)) / (1.0 + r * (0.599832206555888 + r * d))


# Gamma quantile. --------------------------------------------------------------------------------------------


@jit
def _log_weight_constant(a: float) -> float:
    """The part of `_log_weight` that does not depend on x."""
    if a < 10.0:
        return -log_gamma(a)
    return 0.5 * log(a * _PER_TWO_PI) - _stirling_rest(a)


@jit
def _log_weight(a: float, x: float) -> float:
    """log of x**a e**-x / Gamma(a), the gamma density times x, short of `_log_weight_constant`.

    Where a is large, a log x, x and log Gamma(a) nearly cancel; there it is written with
    phi = x/a - 1 - log(x/a), which has no cancellation (Temme 1979).
    """
    if a < 10.0:
        return a * log(x) - x
    v = (x - a) / a
    s = v / (2.0 + v)
    return -a * (s * (v - _atanh_tail(s * s)) if -0.29 < v < 0.41 else v - log(x / a))


@jit
def _lower_ratio(a: float, x: float) -> float:
    """P(a, x) over the weight x**a e**-x / Gamma(a), by the power series (DLMF 8.7.1); for x < a + 1."""
    term = total = 1.0 / a
    n = a
    while term > total * 1e-17:
        n += 1.0
        term *= x / n
        total += term
    return total


@jit
def _upper_ratio(a: float, x: float) -> float:
    """Q(a, x) over the weight, by the continued fraction (DLMF 8.9.2) in Steed's form; for x >= a + 1."""
    b = x + 1.0 - a
    d = 1.0 / b
    step = total = d
    i = 0.0
    while abs(step) > total * 1e-17:
        i += 1.0
        b += 2.0
        d = 1.0 / (b - i * (i - a) * d)
        step *= b * d - 1.0
        total += step
    return total


@jit
def _gamma_start(a: float, u: float, x_power: float) -> float:
    """A first guess at the gamma quantile; ``x_power`` is (u Gamma(a + 1))**(1/a), good in the lower tail."""
    if x_power < 0.3 * (a + 1.0):
        return x_power * exp(x_power / (a + 1.0))
    if a < 0.5:
        x = -log1m(u) - log_gamma(a)  # from Q ~ x**(a - 1) e**-x / Gamma(a)
        return x + (a - 1.0) * log(x) if x > 1.5 else min(x_power, 1.0)
    third = 1.0 / (9.0 * a)
    edge = max(1.0 - third + normal_quantile(u) * math.sqrt(third), 0.1)
    return a * edge * edge * edge  # Wilson and Hilferty (1931)


@jit
def gamma_unit_quantile(a: float, u: float) -> float:
    """Quantile of the gamma distribution with shape ``a`` and scale 1.

    Halley's method for log P(a, e**t) = log u in the lower part, log Q = log(1 - u) in the upper: logarithms
    and the ratio of P or Q to the density. Relative error below 5e-14 for a in [0.05, 1e4] and u in [1e-300,
    1 - 2**-53], unless the quantile is subnormal. The number of terms grows as 6 sqrt(a).
    """
    x_power = root(u, a) * exp(log_gamma(a + 1.0) / a)
    if x_power < 1e-17:
        return x_power
    x = _gamma_start(a, u, x_power)
    constant = _log_weight_constant(a)
    log_lower, log_upper = log(u), log1m(u)
    for _ in range(60):
        weight = _log_weight(a, x) + constant
        if x < a + 1.0:
            ratio = _lower_ratio(a, x)
            newton = (weight + log(ratio) - log_lower) * ratio
            bend = a - x - 1.0 / ratio
        else:
            ratio = _upper_ratio(a, x)
            newton = (log_upper - weight - log(ratio)) * ratio
            bend = a - x + 1.0 / ratio
        # With t = log x: `newton` is the Newton step, `bend` the second derivative over the first.
        step = newton / max(1.0 - 0.5 * newton * bend, 0.5)
        step = min(max(step, -2.0), 2.0)
        x *= exp(-step)
        if abs(step) * (1.0 + math.sqrt(a)) < 1e-5:  # the error left is of the order of the step cubed
            break
    return x


# Quantile functions, each of u and the canonical parameters; results in the unit of the parameters. ---------


@jit
def exponential_quantile(mean: float, u: float) -> float:
    """Exponential: -mean log(1 - u); error below 3 ulp."""
    return -mean * log1m(u)


@jit
def uniform_quantile(low: float, high: float, u: float) -> float:
    """Uniform on [low, high]; error below 3 ulp for low >= 0, else of the larger of |low|, |high|."""
    return min(low + u * (high - low), high)


@jit
def triangular_quantile(low: float, mode: float, high: float, u: float) -> float:
    """Triangular; each half from its own end, so both tails are exact; error below 4 ulp for low >= 0.

    Evans, Hastings and Peacock (2000), Statistical Distributions.
    """
    width = high - low
    if u * width < mode - low:
        return min(low + math.sqrt(u * width) * math.sqrt(mode - low), mode)
    return max(high - math.sqrt((1.0 - u) * width) * math.sqrt(high - mode), mode)


@jit
def lognormal_quantile(mu: float, sigma: float, u: float) -> float:
    """Lognormal: exp(mu + sigma z), the exponent kept in a pair; error below 2 + 5 sigma |z| ulp."""
    p, p_lo = _product(sigma, normal_quantile(u))
    total, carry = _sum(mu, p)
    return _exp_sum(total, carry + p_lo)


@jit
def weibull_quantile(shape: float, scale: float, u: float) -> float:
    """Weibull: scale (-log(1 - u))**(1/shape); error below 2 + 2/shape ulp."""
    return scale * root(-log1m(u), shape)


@jit
def log_logistic_quantile(shape: float, scale: float, u: float) -> float:
    """Log-logistic: scale (u / (1 - u))**(1/shape); error below 2 + 1/shape ulp."""
    return scale * root(u / (1.0 - u), shape)


@jit
def _empirical_quantile(table: NDArray[np.float64], start: int, length: int, u: float) -> float:
    return float(table[start + min(math.floor(u * length), length - 1)])


@jit
def _table_quantile(table: NDArray[np.float64], start: int, length: int, u: float) -> float:
    """Straight lines between the points (p_i, value_i): the last i with p_i <= u by bisection."""
    points = length // 2
    left = start
    right = start + points - 1
    while right - left > 1:
        middle = (left + right) // 2
        if table[middle] <= u:
            left = middle
        else:
            right = middle
    low, high = table[points + left], table[points + right]
    share = (u - table[left]) / (table[right] - table[left])
    return float(min(low + share * (high - low), high))


@jit
def formula_quantile(kind: int, a: float, b: float, c: float, u: float) -> float:
    """The kinds without a table, which no array need be passed to; a shift of 0.0 changes no bit."""
    if kind == EXPONENTIAL:
        return b + exponential_quantile(a, u)
    if kind == LOGNORMAL:
        return c + lognormal_quantile(a, b, u)
    if kind == GAMMA:
        return c + b * gamma_unit_quantile(a, u)
    if kind == CONSTANT:
        return a
    if kind == UNIFORM:
        return uniform_quantile(a, b, u)
    if kind == TRIANGULAR:
        return triangular_quantile(a, b, c, u)
    if kind == WEIBULL:
        return c + weibull_quantile(a, b, u)
    return c + log_logistic_quantile(a, b, u) if kind == LOG_LOGISTIC else math.nan


@jit
def quantile(
    kind: int, a: float, b: float, c: float, table: NDArray[np.float64], start: int, length: int, u: float
) -> float:
    """Value below which a share ``u`` of the distribution lies, in the unit of its parameters.

    ``kind`` is one of the constants above, ``a``, ``b``, ``c`` mean what they say there, and the piece
    ``table[start : start + length]`` holds empirical values, a quantile table or a mixture, as `pack` lays
    them out. ``u`` lies in (0, 1). Nothing is checked here; an unknown kind gives nan. Never falls as u
    rises, but for rounding; never negative where the support is not. Errors are stated at each kind.

    A mixture spends u twice, and so rises with u within each component only: the weights choose the component
    (u below the first cumulative weight: the first, ...), and the place of u in that share is
    the component's u.
    """
    if kind == MIXTURE:
        row, last = start, start + length - MIXTURE_FIELDS
        below = 0.0
        while row < last and u >= table[row]:
            below = table[row]
            row += MIXTURE_FIELDS
        u = min(max((u - below) / (table[row] - below), SMALLEST_U), LARGEST_U)
        kind, start, length = int(table[row + 1]), int(table[row + 5]), int(table[row + 6])
        a, b, c = table[row + 2], table[row + 3], table[row + 4]
    if kind == EMPIRICAL:
        return _empirical_quantile(table, start, length, u)
    if kind == QUANTILE_TABLE:
        return _table_quantile(table, start, length, u)
    return formula_quantile(kind, a, b, c, u)
