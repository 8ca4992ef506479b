"""Numbers as people read them: sensible units, as many digits as they deserve, an interval where one is."""

from __future__ import annotations

import math

from .units import DAY, HOUR

__all__ = ["amount", "clock_time", "with_interval"]

NOTHING = "–"
_TIMES = (
    (2 * DAY, DAY, "d"),
    (2 * HOUR, HOUR, "h"),
    (120.0, 60.0, "min"),
    (0.0, 1.0, "s"),
)  # from, seconds, unit


def with_interval(mean: float, half_width: float, unit: str) -> str:
    """Return `84.2% ± 1.3`: a mean in the catalogue's unit and its half-width in the same.

    The half-width is left out where it is 0 or unknown; without a mean the text is `–`.
    """
    if not math.isfinite(mean):
        return "∞" if math.isinf(mean) else NOTHING
    factor, word = _scale(mean, unit)
    decimals = _decimals(mean * factor, unit)
    text = f"{_fixed(mean * factor, decimals)}{word}"
    known = math.isfinite(half_width) and half_width != 0
    return f"{text} ± {_fixed(half_width * factor, decimals)}" if known else text


def amount(value: float, unit: str) -> str:
    """Return a number in the catalogue's unit without an interval."""
    return with_interval(value, math.nan, unit)


def clock_time(seconds: float) -> str:
    """Return a duration given by the scenario, such as `20 s` or `4 min`, without needless digits."""
    factor, word = _scale(seconds, "s")
    return f"{seconds * factor:.6g}{word}"


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return (
        text.removeprefix("-") if not any(digit in text for digit in "123456789") else text
    )  # no minus zero


def _scale(value: float, unit: str) -> tuple[float, str]:
    """Return what to multiply with and the word that follows the number."""
    if unit == "share":
        return 100.0, "%"
    if unit == "s":
        seconds, word = next((length, word) for least, length, word in _TIMES if abs(value) >= least)
        return 1.0 / seconds, f" {word}"
    return 1.0, " h" if unit == "hours" else ""


def _decimals(value: float, unit: str) -> int:
    """Return digits after the point: percent always one, others so that about three digits show."""
    if unit == "share":
        return 1
    if unit in ("count", "hours") and abs(value) >= 100:
        return 0
    if unit == "count":
        return 1
    size = abs(value)
    return 0 if size >= 1000 else 1 if size >= 10 else 2
