"""Quantities as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.units import (
    MAX_DURATION,
    MONTH,
    format_duration,
    parse_clock,
    parse_duration,
    parse_number,
    parse_rate,
    parse_share,
)

Parser = Callable[[object], float]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[
            ("90 s", 90.0),
            ("90s", 90.0),
            (" 4 min ", 240.0),
            ("2 h", 7200.0),
            ("1.5 h", 5400.0),
            ("1 h 30 min", 5400.0),
        ],
        *[
            ("7 days", 604800.0),
            ("1 day", 86400.0),
            ("2 weeks", 1209600.0),
            ("250 ms", 0.25),
            ("1e3 s", 1000.0),
        ],
        *[("+5 s", 5.0), (".5 min", 30.0), ("0 s", 0.0), (0, 0.0), (0.0, 0.0), ("1 h30min5 s", 5405.0)],
    ],
)
def test_durations(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (5, "5 is not a duration; write a number and a unit"),
        ("5", "'5' is not a duration"),
        (True, "true is not a duration"),
        (None, "nothing is not a duration"),
        ([1], "[1] is not a duration"),
        ("", "'' is not a duration"),
        ("min", "'min' is not a duration"),
        (
            "4 minuts",
            "unknown unit 'minuts' in '4 minuts'; use ms, s, min, h, days or weeks; did you mean 'minutes'?",
        ),
        ("4 MIN", "unknown unit 'MIN' in '4 MIN'; use ms, s, min, h, days or weeks; did you mean 'min'?"),
        ("4 min and 2 s", "'4 min and 2 s' is not a duration"),
        ("-4 min", "'-4 min' is not possible; a duration is zero or more"),
        ("1e99 h", "'1e99 h' is not possible"),
        ("1e999 h", "1e999' is not a finite number"),
        ("nan s", "'nan s' is not a duration"),
        ("١ min", "'١ min' is not a duration"),
        ("4 min; rm -rf", "is not a duration"),
    ],
)
def test_wrong_durations(text: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_duration(text)


@given(st.floats(0, MAX_DURATION))
def test_durations_come_back_to_the_bit(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == seconds
    assert math.copysign(1, parse_duration(format_duration(seconds))) == 1


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("120/h", 120 / 3600),
        ("4.2/min", 4.2 / 60),
        ("20000 per month", 20000 / MONTH),
        ("3 / day", 3 / 86400),
        ("0/h", 0.0),
        (0, 0.0),
    ],
)
def test_rates(text: object, per_second: float) -> None:
    assert parse_rate(text) == per_second


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (120, "120 is not a rate; write a number per unit of time, like '120/h'"),
        ("120", "'120' is not a rate"),
        ("120/hour/day", "is not a rate"),
        (
            "120/huor",
            "unknown unit 'huor' in '120/huor'; use s, min, h, day, week or month; did you mean 'hour'?",
        ),
        ("-1/h", "'-1/h' is not possible; a rate is zero or more"),
        ("1e999/h", "is not a finite number"),
        (False, "false is not a rate"),
    ],
)
def test_wrong_rates(text: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "share"), [("45%", 0.45), ("0.5", 0.5), (0.25, 0.25), (1, 1.0), ("100 %", 1.0), ("0%", 0.0)]
)
def test_shares(text: object, share: float) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("text", [1.5, -0.1, "101%", "45 percent", "%", True, None, float("nan"), "1/3", {}])
def test_wrong_shares(text: object) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        parse_share(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00", 0.0), ("8:30", 30600.0), ("24:00", 86400.0), ("23:59:59", 86399.0), (" 08:00 ", 28800.0)],
)
def test_times_of_day(text: str, seconds: float) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize(
    "text", ["24:01", "8:60", "8.30", "8", 8, None, "08:00:60", "-1:00", "٠٨:٠٠", "", "8:3"]
)
def test_wrong_times_of_day(text: object) -> None:
    with pytest.raises(ValueError, match=r"is not a time of day; write '08:30' \(00:00 to 24:00\)"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3.0), (" -2.5e3 ", -2500.0), (7, 7.0), (0.1, 0.1), ("1.", 1.0), ("+.5", 0.5)]
)
def test_numbers(text: object, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "1_000", "1,000", "0x10", "inf", "nan", "1 2", True, None, [], "٣", "1e"]
)
def test_wrong_numbers(text: object) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**400, "1e999"])
def test_numbers_are_finite(value: object) -> None:
    with pytest.raises(ValueError, match="is not a finite number"):
        parse_number(value)


@pytest.mark.parametrize("parse", [parse_number, parse_duration, parse_rate, parse_share, parse_clock])
def test_messages_stay_short(parse: Parser) -> None:
    with pytest.raises(ValueError, match=r"^'word word ") as caught:
        parse("word " * 1000)
    assert len(str(caught.value)) < 250
