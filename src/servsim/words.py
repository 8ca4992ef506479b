"""Numbers as people read them: sensible units, as many digits as they deserve, an interval where one is."""

from __future__ import annotations

import math

from .units import DAY, HOUR

__all__ = ["amount", "clock_time", "difference_text", "duration", "with_interval"]

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


def duration(seconds: float) -> str:
    """Return a duration as a scenario's file takes it, exactly: `90 min`, `6 h`, `3 days`."""
    for length, word in ((DAY, "days"), (HOUR, "h"), (60.0, "min"), (1.0, "s")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f} {'day' if seconds == DAY else word}"
    return f"{seconds:g} s"


def difference_text(difference: float, half_width: float, unit: str) -> str:
    """Return `+1.2pp ± 0.4`: a difference with its sign; the half-width has two digits that count."""
    if not math.isfinite(difference):
        return "–" if math.isnan(difference) else f"{'+' if difference > 0 else '-'}∞"
    size = max(abs(difference), half_width if math.isfinite(half_width) else 0.0)
    if size == 0:
        return "0"
    factor, word = {"share": (100.0, "pp"), "hours": (1.0, " h"), "s": _time_unit(size)}.get(unit, (1.0, ""))
    counts = half_width if math.isfinite(half_width) and half_width > 0 else size
    decimals = min(max(1 - math.floor(math.log10(counts * factor)), 0), 4)
    text = f"{difference * factor:+,.{decimals}f}{word}"
    known = math.isfinite(half_width) and half_width > 0
    return f"{text} ± {half_width * factor:,.{decimals}f}" if known else text


def _time_unit(seconds: float) -> tuple[float, str]:
    """Return what to multiply seconds with and the word that follows."""
    if seconds < 120:
        return 1.0, " s"
    return (1 / 60, " min") if seconds < 7200 else (1 / 3600, " h")


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
