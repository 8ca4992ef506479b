"""Quantities as people write them: `4 min`, `120/h`, `45%`, `38/h`. All parse to SI-like base units.

Durations become seconds, rates events per second, shares a fraction of one, wages money per second.
Each parser raises `ValueError` with what was found and what is allowed.
"""

from __future__ import annotations

import math
import re

from .errors import did_you_mean, shown

__all__ = [
    "DAY",
    "DURATION_UNITS",
    "HOUR",
    "MAX_DURATION",
    "MONTH",
    "RATE_UNITS",
    "format_duration",
    "parse_clock",
    "parse_duration",
    "parse_number",
    "parse_rate",
    "parse_share",
]

HOUR = 3600.0
DAY = 86400.0
MONTH = 365.25 / 12 * DAY  # the mean month; turns monthly money into money per second

DURATION_UNITS: dict[str, float] = {
    name: seconds
    for names, seconds in [
        (("ms",), 0.001),
        (("s", "sec", "second", "seconds"), 1.0),
        (("min", "minute", "minutes"), 60.0),
        (("h", "hr", "hour", "hours"), HOUR),
        (("d", "day", "days"), DAY),
        (("week", "weeks"), 7 * DAY),
    ]
    for name in names
}
RATE_UNITS: dict[str, float] = {**DURATION_UNITS, "month": MONTH}

MAX_DURATION = 1e10  # seconds, 317 years: beyond it a sum of times loses whole microseconds

_NUMBER = r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
_DURATION = re.compile(rf"{_NUMBER}\s*([a-zA-Z]+)", re.ASCII)
_RATE = re.compile(rf"{_NUMBER}\s*(?:/|per)\s*([a-zA-Z]+)", re.ASCII)
_SHARE = re.compile(rf"{_NUMBER}\s*%", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


def parse_number(value: object) -> float:
    """Parse a finite number; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{shown(value)} is not a number")
    if isinstance(value, str) and not re.fullmatch(_NUMBER, value.strip(), re.ASCII):
        raise ValueError(f"{shown(value)} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{shown(value)} is not a finite number")
    return number


def parse_duration(value: object) -> float:
    """Parse a duration such as `90 s`, `4 min`, `1.5 h`, `7 days`, `1 h 30 min` into seconds (≥ 0)."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value == 0:
        return 0.0
    pieces = _DURATION.findall(value) if isinstance(value, str) else []
    if not isinstance(value, str) or not pieces or _DURATION.sub("", value).strip():
        raise ValueError(
            f"{shown(value)} is not a duration; write a number and a unit, like '90 s', '4 min', '2 h'"
        )
    total = 0.0
    for number, unit in pieces:
        if unit not in DURATION_UNITS:
            near = did_you_mean(unit, DURATION_UNITS)
            raise ValueError(
                f"unknown unit {unit!r} in {shown(value)}; use ms, s, min, h, days or weeks{near}"
            )
        total += parse_number(number) * DURATION_UNITS[unit]
    if not 0 <= total <= MAX_DURATION:
        raise ValueError(f"{shown(value)} is not possible; a duration is zero or more, and at most 300 years")
    return total


def format_duration(seconds: float) -> str:
    """Return the duration in the form that parses back to the same bits, e.g. `240.0 s`."""
    return f"{float(seconds)!r} s"


def parse_rate(value: object) -> float:
    """Parse a rate such as `120/h`, `4.2/min`, `20000 per month` into a number per second (≥ 0)."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value == 0:
        return 0.0
    found = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(
            f"{shown(value)} is not a rate; write a number per unit of time, like '120/h', '4.2/min'"
        )
    number, unit = found.groups()
    if unit not in RATE_UNITS:
        near = did_you_mean(unit, RATE_UNITS)
        raise ValueError(f"unknown unit {unit!r} in {shown(value)}; use s, min, h, day, week or month{near}")
    rate = parse_number(number) / RATE_UNITS[unit]
    if rate < 0:
        raise ValueError(f"{shown(value)} is not possible; a rate is zero or more")
    return rate


def parse_share(value: object) -> float:
    """Parse a share: `45%`, or a number from 0 to 1."""
    found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        share = parse_number(found.group(1)) / 100 if found else parse_number(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a share; write '45%' or a number from 0 to 1") from None
    if not 0 <= share <= 1:
        raise ValueError(f"{shown(value)} is not a share; it must lie between 0% and 100%")
    return share


def parse_clock(value: object) -> float:
    """Parse a time of day, `00:00` to `24:00`, into seconds since midnight."""
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = hours * 3600 + minutes * 60 + seconds
        if minutes < 60 and seconds < 60 and total <= 86400:
            return float(total)
    raise ValueError(f"{shown(value)} is not a time of day; write '08:30' (00:00 to 24:00)")
