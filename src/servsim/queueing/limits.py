"""Limits for many servers, and the square-root staffing that follows from them. All of these are approximations.

The servers are c = a + β√a with a the load in erlangs and β the quality of service. As a grows with β fixed,
the delay probability tends to a number strictly between 0 and 1 while the servers tend to be always busy: the
quality-and-efficiency-driven regime.

How far off, for β from -1 to 2 and patience from a tenth of a mean service to infinite: the delay probability by at
most 0.14 at 10 erlangs, 0.035 at 100, 0.011 at 1,000 and 0.0033 at 10,000. With patience from a fifth on, the servers
for a delay probability from 0.05 to 0.8 come out up to three too few, those for a share of abandonment from 0.5 to 5 %
right to one. For exact figures: `mmc`, `mmca`, `staff_for`.
"""

import math
from collections.abc import Callable

from servsim.queueing.checks import above_zero, inside

__all__ = ["garnett_abandonment", "garnett_delay", "halfin_whitt_delay"]
__all__ += ["square_root_staff", "square_root_staff_abandonment"]

_WIDEST = 40.0  # beyond this β delays are rarer than 1e-300


def halfin_whitt_delay(beta: float) -> float:
    """Limit of Erlang C's probability of waiting, an approximation: 1 / (1 + β Φ(β) / φ(β)).

    `beta` any finite number; 1 where it is 0 or less (no steady state). Φ and φ: distribution and density of
    the standard normal. Halfin and Whitt 1981, proposition 1.
    """
    _finite("beta", beta)
    return 1.0 if beta <= 0.0 else _hazard(-beta) / (_hazard(-beta) + beta)


def garnett_delay(beta: float, patience: float) -> float:
    """Limit of Erlang A's probability of waiting, an approximation: 1 / (1 + h(βy) / (y h(-β))).

    `beta` any finite number. `patience` > 0: mean patience over mean service, of which y is the square root;
    `math.inf` gives `halfin_whitt_delay`. h = φ / (1 - Φ), the hazard of the standard normal.
    Garnett, Mandelbaum and Reiman 2002, section 4.
    """
    _finite("beta", beta)
    if patience == math.inf:
        return halfin_whitt_delay(beta)
    above_zero("patience", patience, " or infinite")
    y = math.sqrt(patience)
    free = y * _hazard(-beta)
    return free / (free + _hazard(beta * y)) if free > 0.0 else 0.0


def garnett_abandonment(beta: float, patience: float) -> float:
    """Limit of √c times Erlang A's share of abandonment, an approximation: (h(βy) / y - β) x `garnett_delay`.

    `beta`, `patience` (finite), y and h as in `garnett_delay`. Garnett, Mandelbaum and Reiman 2002, section 4.
    """
    above_zero("patience", patience)
    y = math.sqrt(patience)
    return max(_hazard(beta * y) / y - beta, 0.0) * garnett_delay(beta, patience)


def square_root_staff(load: float, delay: float, patience: float = math.inf) -> int:
    """Servers for which about `delay` of the contacts wait, an approximation: ceil(a + β√a), at least 1.

    `load` a in erlangs, > 0; 0 < `delay` < 1; `patience` > 0: mean patience over mean service. β solves
    `garnett_delay` (Garnett, Mandelbaum and Reiman 2002) or, at `patience` infinite, `halfin_whitt_delay`
    (Halfin and Whitt 1981).
    """
    above_zero("load", load)
    inside("delay", delay)
    if patience != math.inf:
        above_zero("patience", patience, " or infinite")
    return _servers(load, _solve(lambda beta: garnett_delay(beta, patience), delay, -math.sqrt(load)))


def square_root_staff_abandonment(load: float, abandonment: float, patience: float) -> int:
    """Servers for which about `abandonment` of the contacts give up, an approximation: ceil(a + β√a), >= 1.

    `load` a in erlangs, > 0; 0 < `abandonment` < 1; `patience` > 0, finite: mean patience over mean service.
    β solves `garnett_abandonment` = √a x `abandonment` (Garnett, Mandelbaum and Reiman 2002; Mandelbaum and
    Zeltyn 2009, QED staffing). It is meant for shares of abandonment of a few percent and less.
    """
    above_zero("load", load)
    inside("abandonment", abandonment)
    above_zero("patience", patience)
    root = math.sqrt(load)
    return _servers(load, _solve(lambda beta: garnett_abandonment(beta, patience), abandonment * root, -root))


def _servers(load: float, beta: float) -> int:
    return max(math.ceil(load + beta * math.sqrt(load)), 1)


def _solve(falling: Callable[[float], float], target: float, low: float) -> float:
    """The argument at which `falling` comes down to `target`, from `low` on, by halving."""
    high = max(_WIDEST, low)
    while high - low > 1e-12 and low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if falling(middle) > target else (low, middle)
    return high


def _hazard(x: float) -> float:
    """φ(x) / (1 - Φ(x)), by the scaled complementary error function: no 0 / 0 far out."""
    from scipy.special import erfcx

    return math.sqrt(2.0 / math.pi) / float(erfcx(x / math.sqrt(2.0)))


def _finite(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}: must be a finite number")
