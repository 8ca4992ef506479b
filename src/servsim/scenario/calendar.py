"""Opening hours: weekly hours, closed days and special days, as spans of seconds within a day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from ..errors import did_you_mean
from ..units import parse_clock
from .fields import WEEKDAYS, day_keys, fail

__all__ = ["ALWAYS", "Hours", "spans_on"]

ALWAYS: dict[str, str] = {day: "00:00-24:00" for day in WEEKDAYS}
Span = tuple[float, float]


def parse_spans(text: Any) -> list[Span]:
    """Parse `08:00-12:00, 13:00-17:00` (or a list of such) into spans of seconds; `closed` is none, `22:00-06:00` runs past midnight."""
    pieces = [str(piece) for piece in text] if isinstance(text, list | tuple) else str(text).split(",")
    if [piece.strip().lower() for piece in pieces] == ["closed"]:
        return []
    spans = []
    for piece in pieces:
        first, dash, last = piece.partition("-")
        if not dash:
            raise ValueError(f"{piece.strip()[:40]!r} is not a span of hours; write '08:00-17:00' or closed")
        start, end = parse_clock(first), parse_clock(last)
        if start == end or start == 86400:
            raise ValueError(f"{piece.strip()!r} is an empty span")
        spans.append((start, end if end > start else end + 86400))
    spans.sort()
    for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
        if start < end:
            raise ValueError("the spans of a day overlap")
    return spans


def _canonical(value: Any) -> dict[str, str]:
    """Turn a calendar as written into one entry a weekday and one a special date."""
    if not isinstance(value, dict) or not value:
        raise fail("must map days to hours, like {mon-fri: '08:00-18:00', closed: [2026-12-25]}")
    result: dict[str, str] = {}
    wrong: list[str] = []
    entries = [(key, hours) for key, hours in value.items() if key != "closed"]
    closed = value.get("closed") or []
    entries += [(day, "closed") for day in (closed if isinstance(closed, list) else [closed])]
    for key, hours in entries:
        try:
            spans = parse_spans(hours)
            text = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans) or "closed"
            for day in day_keys(key):
                if day in result and hours != "closed":
                    raise ValueError(f"{day} stands twice")
                result[day] = text
        except ValueError as error:
            near = did_you_mean(str(key), [*WEEKDAYS, "closed", "daily"]) if "is not a day" in str(error) else ""
            wrong.append(f"{key}: {error}{near}")
    if wrong:
        raise fail("; ".join(wrong))
    return result


def _clock(second: float) -> str:
    minutes, rest = divmod(int(second), 60)
    hours = minutes // 60 - (24 if second > 86400 else 0)
    return f"{hours:02}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


Hours = Annotated[dict[str, str], BeforeValidator(_canonical), WithJsonSchema({"type": "object"})]


def spans_on(hours: dict[str, str], day: dt.date) -> list[Span]:
    """Return the open spans that begin on a date, in seconds from its midnight (an end may lie past 86400)."""
    text = hours.get(day.isoformat(), hours.get(WEEKDAYS[day.weekday()], "closed"))
    return parse_spans(text)
