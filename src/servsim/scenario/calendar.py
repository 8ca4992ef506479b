"""Opening hours: weekly hours, closed days and special days, as spans of seconds within a day."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from ..errors import shown
from ..units import DAY, parse_clock
from .fields import WEEKDAYS, context_of, day_keys, fail, reported

__all__ = ["ALWAYS", "Hours", "spans_on"]

ALWAYS: dict[str, str] = dict.fromkeys(WEEKDAYS, "00:00-24:00")
Span = tuple[float, float]


def parse_spans(text: Any) -> list[Span]:
    """Parse `08:00-12:00, 13:00-17:00` (or a list of such) into spans of seconds.

    `closed` is none; `22:00-06:00` runs past midnight, so its end lies past 86400.
    """
    pieces = [str(piece) for piece in text] if isinstance(text, list | tuple) else str(text).split(",")
    if [piece.strip().lower() for piece in pieces] == ["closed"]:
        return []
    spans = []
    for piece in pieces:
        first, dash, last = piece.partition("-")
        if not dash:
            raise ValueError(f"{shown(text)} is not a span of hours; write '08:00-17:00' or closed")
        start, end = parse_clock(first), parse_clock(last)
        if start in (end, DAY):
            raise ValueError(
                f"{piece.strip()!r} is an empty span; write closed, or '00:00-24:00' for the whole day"
            )
        spans.append((start, end if end > start else end + DAY))
    spans.sort()
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ValueError(f"the spans of {shown(text)} overlap")
    return spans


def _canonical(value: Any, info: ValidationInfo) -> dict[str, str]:
    """Turn a calendar as written into one entry a weekday and one a special date."""
    if not isinstance(value, dict) or not value:
        raise fail("must map days to hours, like {mon-fri: '08:00-18:00', closed: [2026-12-25]}")
    result: dict[str, str] = {}
    context = context_of(info)
    before = len(context.found)
    closed = value.get("closed") or []
    entries = [(key, key, hours) for key, hours in value.items() if key != "closed"]
    entries += [("closed", day, "closed") for day in (closed if isinstance(closed, list) else [closed])]
    for key, days, hours in entries:
        try:
            _enter(result, days, hours)
        except ValueError as error:
            context.report(value, key, str(error))
    if len(context.found) > before:
        raise reported()
    return result


def _enter(result: dict[str, str], days: Any, hours: Any) -> None:
    singles = day_keys(days)
    text = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in parse_spans(hours)) or "closed"
    twice = [day for day in singles if day in result]
    if twice:
        raise ValueError(f"{twice[0]} stands twice; a day has one entry")
    result.update(dict.fromkeys(singles, text))


def _clock(second: float) -> str:
    minutes, rest = divmod(int(second), 60)
    hours = minutes // 60 - (24 if second > DAY else 0)
    return f"{hours:02}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


_SPANS = {"anyOf": [{"type": "string"}, {"type": "array"}]}
_SCHEMA = WithJsonSchema({"type": "object", "additionalProperties": _SPANS, "minProperties": 1})
Hours = Annotated[dict[str, str], BeforeValidator(_canonical), _SCHEMA]


def spans_on(hours: dict[str, str], day: dt.date) -> list[Span]:
    """Return the open spans that begin on a date, in seconds from its midnight (they may end past 86400)."""
    text = hours.get(day.isoformat(), hours.get(WEEKDAYS[day.weekday()], "closed"))
    return parse_spans(text)
