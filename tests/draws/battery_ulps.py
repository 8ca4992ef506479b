"""Writes into docs/draws.md by how many ulp each quantile function misses the exact quantile, at most.

    python tests/draws/battery_ulps.py       # 1 or 2 minutes

Exact is mpmath with 50 digits at the doubles that the function itself gets. Where an exact quantile has no closed form
(gamma), the distance is worked out from the exact distribution function at the quantile found, by one Newton step,
whose own error is of the order of that distance squared. A quantile below 1e-290 (nearly subnormal) or infinite is left
out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import mpmath as mp

from servsim.draws import Distribution, kernel
from servsim.draws import distributions as make

PAGE = Path(__file__).parents[2] / "docs" / "draws.md"
BEGIN, END = "<!-- made by tests/draws/battery_ulps.py -->\n", "<!-- end -->\n"
Exact = Callable[
    [Distribution, float, float], "mp.mpf"
]  # (distribution, u, quantile found) -> the exact quantile


def points(count: int) -> dict[str, list[float]]:
    """Return the u in the lower tail (down to 1e-300), the middle, and the upper tail (up to 1 - 2**-53)."""
    random_ = random.Random(1)  # powers of two times fractions: the same doubles on every machine

    def tail(deepest: int) -> list[float]:
        return [math.ldexp(1.0 + random_.random(), -random_.randrange(5, deepest)) for _ in range(count)]

    return {
        "lower": [1e-300, 1e-16, 2.0**-53, *tail(990)],
        "middle": [0.5, 0.075, 0.925, *(0.1 + 0.8 * random_.random() for _ in range(count))],
        "upper": [1.0 - 2.0**-53, 1.0 - 1e-15, *(1.0 - x for x in tail(52))],
    }


def normal(u: float) -> mp.mpf:
    """Return the standard normal quantile: Newton from the kernel's 15 digits, twice."""
    z = mp.mpf(kernel.normal_quantile(u))
    for _ in range(2):
        missed = mp.ncdf(z) - u if z < 0 else (1 - mp.mpf(u)) - mp.ncdf(-z)
        z -= missed / mp.npdf(z)
    return z


def lower_gamma(shape: mp.mpf, x: mp.mpf) -> mp.mpf:
    """Return P(shape, x) over x**shape e**-x / Gamma(shape): the power series (DLMF 8.7.1)."""
    term = total = 1 / shape
    n = shape
    while term > total * mp.mpf(10) ** -40:
        n += 1
        term *= x / n
        total += term
    return total


def gamma(d: Distribution, u: float, found: float) -> mp.mpf:
    """Return the quantile at u from the residual at the one found."""
    shape, x = mp.mpf(d.a), mp.mpf(found) / mp.mpf(d.b)
    weight = mp.exp(shape * mp.log(x) - x - mp.loggamma(shape))
    if x > shape + 10 * mp.sqrt(shape) + 30:
        return d.b * x * (1 - ((1 - mp.mpf(u)) - mp.gammainc(shape, x, regularized=True)) / weight)
    return d.b * x * (1 - (lower_gamma(shape, x) - mp.mpf(u) / weight))


def triangular(d: Distribution, u: float, _: float) -> mp.mpf:
    """Return the quantile of the half that u lies in."""
    low, mode, high, at = map(mp.mpf, (d.a, d.b, d.c, u))
    if at * (high - low) < mode - low:
        return low + mp.sqrt(at * (high - low) * (mode - low))
    return high - mp.sqrt((1 - at) * (high - low) * (high - mode))


EXACT: dict[int, Exact] = {
    kernel.EXPONENTIAL: lambda d, u, _: -mp.mpf(d.a) * mp.log1p(-mp.mpf(u)),
    kernel.UNIFORM: lambda d, u, _: mp.mpf(d.a) + mp.mpf(u) * (mp.mpf(d.b) - mp.mpf(d.a)),
    kernel.TRIANGULAR: triangular,
    kernel.LOGNORMAL: lambda d, u, _: mp.exp(mp.mpf(d.a) + mp.mpf(d.b) * normal(u)),
    kernel.WEIBULL: lambda d, u, _: mp.mpf(d.b) * mp.power(-mp.log1p(-mp.mpf(u)), 1 / mp.mpf(d.a)),
    kernel.LOG_LOGISTIC: lambda d, u, _: mp.mpf(d.b) * mp.power(mp.mpf(u) / (1 - mp.mpf(u)), 1 / mp.mpf(d.a)),
    kernel.GAMMA: gamma,
}


def cases() -> Iterator[tuple[str, str, Distribution, int]]:
    """Yield (family, parameters, distribution, points in each part)."""
    yield "exponential", "mean 237.3", make.exponential(237.3), 200
    yield "uniform", "30.3 to 900.7", make.uniform(30.3, 900.7), 200
    yield "triangular", "60.1, 99.7, 300.3", make.triangular(60.1, 99.7, 300.3), 200
    for sigma in (0.01, 0.3, 1.0, 2.5, 5.0):
        yield "lognormal", f"sigma {sigma:g}", make.lognormal_from_median_sigma(80.0, sigma), 60
    for shape in (0.1, 0.3, 1.0, 1.7, 12.0, 1000.0):
        yield "Weibull", f"shape {shape:g}", make.weibull_from_shape_scale(shape, 310.0), 100
    for shape in (0.3, 1.0, 2.5, 12.0, 1000.0):
        yield "log-logistic", f"shape {shape:g}", make.log_logistic_from_shape_scale(shape, 310.0), 100
    for shape, count in GAMMAS.items():
        yield "gamma", f"shape {shape:g}", make.gamma_from_shape_scale(shape, 1.0), count


GAMMAS = {
    0.001: 40,
    0.05: 40,
    0.4: 40,
    1.0: 40,
    1.5: 40,
    7.3: 40,
    40.0: 40,
    300.0: 20,
    1e4: 8,
    1e6: 2,
    1e8: 0,
}


def missed(d: Distribution, u: float) -> float:
    """Return the distance to the exact quantile in ulp of it; nan where that is left out."""
    found = d.sample(u)
    if not 1e-290 < found < math.inf:
        return math.nan
    exact = EXACT[d.kind](d, u, found)
    return float(abs(found - exact) / mp.mpf(math.ulp(float(exact))))


def rows(chosen: Iterator[tuple[str, str, Distribution, int]]) -> list[str]:
    """Return a row of the table for each case."""
    found = []
    for family, parameters, d, count in chosen:
        cells = []
        for us in points(count).values():
            errors = [e for u in us if not math.isnan(e := missed(d, u))]
            cells.append(f"{max(errors):.1f}" if errors else "(too small)")
        found.append(f"| {family} | {parameters} | {' | '.join(cells)} |")
    return found


HEAD = "| family | parameters | lower tail | middle | upper tail |\n|---|---|---|---|---|\n"


def write() -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = HEAD + "\n".join(rows(cases())) + "\n"
    PAGE.write_text(before + BEGIN + "\n" + table + "\n" + END + after, encoding="utf-8")


mp.mp.dps = 50

if __name__ == "__main__":
    write()
