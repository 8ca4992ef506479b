"""Rosters, opening hours and arrival volumes on the time axis: the arrays expected are worked out by hand.

Unless said otherwise the clock runs from Monday 2026-03-02 12:00 for 30 hours, to Tuesday 18:00: time zero is
midday, Monday's midnight lies at -12 h and Tuesday's at 12 h. Times below are in hours after the start.
"""

from typing import Any

import pytest
from networks import HOUR, SMALL, network

Rows = list[tuple[float, int, int]]


def roster(staff: Any, changes: dict[str, Any] | None = None, **pool: Any) -> Rows:
    """Return (hour, present, paid) of a pool's roster."""
    team = {"staff": staff, "serves": {"q": {}}, **pool}
    pools = network(SMALL, {"clock.at_end": "cut", **(changes or {}), "pools.team": team}).pools
    assert pools.roster_offset.tolist() == [0, len(pools.roster_time)]
    hours = [time / HOUR for time in pools.roster_time.tolist()]
    return list(zip(hours, pools.roster_present.tolist(), pools.roster_paid.tolist(), strict=True))


def numbers(rows: Rows) -> list[tuple[float, int]]:
    """Return (hour, agents) where everybody paid is present."""
    assert all(present == paid for _, present, paid in rows)
    return [(hour, present) for hour, present, _ in rows]


DESK = {"calendars": {"desk": {"mon-fri": "09:00-17:00"}}}
NIGHT = {"agents": 2, "from": "22:00", "to": "06:00"}


@pytest.mark.parametrize(
    ("staff", "expected"),
    [
        (5, [(0, 5)]),
        ({"number": 0}, [(0, 0)]),
        # 08:00 three, 18:00 one: Monday 18:00 is 6, Tuesday 08:00 is 20; Tuesday 18:00 is the clock's end
        # and no change
        ({"by_time": {"08:00": 3, "18:00": 1}}, [(0, 3), (6, 1), (20, 3)]),
        # before the first key the last one holds: one agent to 13:00 on Monday, and from midnight (12) to
        # 13:00 (25) still
        ({"by_time": {"13:00": 3, "18:00": 1}}, [(0, 1), (1, 3), (6, 1), (25, 3)]),
        (
            {"roster": [["mon", "12:00", 4], ["mon", "12:30", 2], ["tue", "09:00", 6]]},
            [(0, 4), (0.5, 2), (1, 0), (21, 6), (21.5, 0)],
        ),
        # rows of the date itself replace all rows of its weekday
        (
            {"roster": [["daily", "12:00", 4], ["2026-03-03", "13:00", 7]], "interval": "1 h"},
            [(0, 4), (1, 0), (25, 7), (26, 0)],
        ),
        # one time only: as long as the clock's interval, 30 min
        ({"roster": [["mon", "12:00", 4]]}, [(0, 4), (0.5, 0)]),
        # equal numbers in a row are one entry
        (
            {"roster": [["mon", "12:00", 4], ["mon", "12:30", 4], ["mon", "13:00", 1]]},
            [(0, 4), (1, 1), (1.5, 0)],
        ),
        ({"by_calendar": {"desk": 3, "always": 1}}, [(0, 4), (5, 1), (21, 4), (29, 1)]),
        (
            {"shifts": [NIGHT, {"agents": 1, "from": "10:00", "to": "14:00"}]},
            [(0, 1), (2, 0), (10, 2), (18, 0), (22, 1), (26, 0)],
        ),
        # shifts of the same hours add up; one ends as the other begins
        (
            {
                "shifts": [
                    {"agents": 2, "from": "08:00", "to": "16:00"},
                    {"agents": 3, "from": "14:00", "to": "24:00"},
                ]
            },
            [(0, 2), (2, 5), (4, 3), (12, 0), (20, 2), (26, 5), (28, 3)],
        ),
        # only the night that begins on Tuesday, after the clock; and a shift on a date
        ({"shifts": [{**NIGHT, "days": "tue"}]}, [(0, 0)]),
        ({"shifts": [{**NIGHT, "days": "2026-03-02"}]}, [(0, 0), (10, 2), (18, 0)]),
    ],
)
def test_every_form_of_staff(staff: Any, expected: list[tuple[float, int]]) -> None:
    """Numbers change exactly where the table says, within the clock."""
    assert numbers(roster(staff, DESK)) == expected


@pytest.mark.parametrize(
    ("days", "there"), [("daily", 2), ("sun", 2), ("2026-03-01", 2), ("mon", 0), ("2026-03-02", 0)]
)
def test_a_night_shift_that_began_before_the_clock(days: str, there: int) -> None:
    """The clock starts on Monday at 02:00: who came on Sunday at 22:00 is there until 06:00 (4), next come at
    22:00 (20).
    """
    rows = numbers(
        roster(
            {"shifts": [{**NIGHT, "days": days}]}, {"clock.start": "2026-03-02 02:00", "clock.length": "12 h"}
        )
    )
    assert rows == ([(0, 2), (4, 0)] if there else [(0, 0)])


@pytest.mark.parametrize(
    ("scheduled", "scale", "plus", "paid"),
    [
        (4, 1.25, 1, 6),  # 5 + 1
        (2, 1.25, 0, 3),  # 2.5 rounds up
        (2, 1.2, 0, 2),  # 2.4 rounds down
        (0, 1.25, 4, 0),  # nobody comes where nobody is scheduled
        (1, 0.3, 2, 2),  # one is scheduled: 0.3 rounds to 0, and two are added
        (3, 1, -5, 0),  # never below zero
        (3, 0, 0, 0),
        (10, 1.15, 0, 12),  # 11.5 is 11.499999999999998 in floating point, and rounds up all the same
    ],
)
def test_scale_then_plus(scheduled: int, scale: float, plus: int, paid: int) -> None:
    """The factor first, rounded to whole agents, then the addition."""
    assert numbers(roster({"number": scheduled, "scale": scale, "plus": plus})) == [(0, paid)]


@pytest.mark.parametrize(
    ("paid", "shrinkage", "present"),
    [
        (12, "28%", 9),
        (5, "50%", 3),
        (5, "10%", 5),
        (10, "15%", 9),
        (1, "50%", 1),
        (1, "51%", 0),
        (100, "30%", 70),
        (3, "0%", 3),
    ],
)
def test_shrinkage_rounds_half_up(paid: int, shrinkage: str, present: int) -> None:
    """8.64 is 9, 2.5 is 3, 4.5 is 5, 8.5 is 9, 0.5 is 1, 0.49 is 0."""
    assert roster(paid, shrinkage=shrinkage) == [(0, present, paid)]


def test_a_change_of_the_paid_alone_is_an_entry() -> None:
    """Half of 1 and half of 2 are 1 present each, but 1 and 2 are paid."""
    assert roster({"by_time": {"00:00": 1, "18:00": 2}}, shrinkage=0.5) == [(0, 1, 1), (6, 1, 2), (12, 1, 1)]


# --- calendars
# ------------------------------------------------------------------------------------------------------


def spans(
    hours: dict[str, Any], changes: dict[str, Any] | None = None
) -> tuple[list[tuple[float, float]], list[float]]:
    """Return a calendar's open spans and the open time before each, in hours."""
    net = network(SMALL, {**(changes or {}), "calendars": {"other": {"mon": "08:00-09:00"}, "desk": hours}})
    c = net.calendars
    part = slice(c.offset[1], c.offset[2])
    ends = [
        (start / HOUR, end / HOUR)
        for start, end in zip(c.start[part].tolist(), c.end[part].tolist(), strict=True)
    ]
    return ends, [before / HOUR for before in c.before[part].tolist()]


@pytest.mark.parametrize(
    ("hours", "first"),
    [
        ({"mon-fri": "09:00-17:00"}, [(-3, 5), (21, 29), (45, 53), (69, 77), (93, 101), (165, 173)]),
        ({"daily": "08:00-12:00, 13:00-17:00"}, [(-4, 0), (1, 5), (20, 24), (25, 29)]),
        # Sunday's night is cut at Monday's midnight, where the table begins
        ({"daily": "22:00-06:00"}, [(-12, -6), (10, 18), (34, 42)]),
        # a closed date: the night before runs into it, none begins on it
        ({"daily": "22:00-06:00", "closed": ["2026-03-03"]}, [(-12, -6), (10, 18), (58, 66)]),
        ({"mon-fri": "09:00-17:00", "2026-03-03": "10:00-12:00"}, [(-3, 5), (22, 24), (45, 53)]),
        ({"mon-fri": "09:00-17:00", "closed": ["2026-03-02..2026-03-04"]}, [(69, 77), (93, 101), (165, 173)]),
        # spans that touch at midnight or overlap the next day's are one
        ({"mon": "08:00-24:00", "tue": "00:00-06:00", "thu": "10:00-11:00"}, [(-4, 18), (70, 71)]),
        ({"mon": "20:00-10:00", "tue": "08:00-12:00"}, [(8, 24), (176, 192)]),
        ({"2026-03-02": "13:00-14:00", "2026-03-04": "12:00-13:00"}, [(1, 2), (48, 49)]),
    ],
)
def test_opening_hours(hours: dict[str, Any], first: list[tuple[float, float]]) -> None:
    """The first spans, and the open time before each of them."""
    found, before = spans(hours)
    assert found[: len(first)] == first
    lengths = [end - start for start, end in found]
    assert before == [sum(lengths[:i]) for i in range(len(lengths))]


def test_opening_hours_reach_a_year_past_the_clock() -> None:
    """Two days of clock and 366 more: 368 days from Monday on; Mon-Fri are 52 x 5 + 4 (Mon to Thu of the last
    week) of them.
    """
    found, _ = spans({"mon-fri": "09:00-17:00"})
    assert len(found) == 264
    assert found[-1] == (-3 + 24 * 367, 5 + 24 * 367)
    always, before = spans({"daily": "00:00-24:00"})
    assert always == [(-12, -12 + 24 * 368)]
    assert before == [0]


# --- arrivals
# -------------------------------------------------------------------------------------------------------


def segments(
    arrivals: dict[str, Any], changes: dict[str, Any] | None = None
) -> list[tuple[float, float, float, int]]:
    """Return (from hour, to hour, mean number to 9 digits, day) of a channel's arrival segments."""
    c = network(SMALL, {**(changes or {}), "channels.phone.arrivals": arrivals}).channels
    assert c.segment_offset.tolist() == [0, len(c.segment_start)]
    columns = (c.segment_start, c.segment_end, c.segment_volume, c.segment_day)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(start / HOUR, end / HOUR, round(volume, 9), day) for start, end, volume, day in rows]


OPEN = {"channels.phone.open": "desk"}
MORNING = {**OPEN, "calendars": {"desk": {"daily": "12:45-13:20, 13:40-18:00", "closed": ["2026-03-03"]}}}


@pytest.mark.parametrize(
    ("arrivals", "changes", "expected"),
    [
        # rates by time of day, before the first the last: 20/h until midnight and on to 08:00, then 10/h
        # until 14:00
        (
            {"rate": {"08:00": "10/h", "14:00": "20/h"}},
            {},
            [(0, 2, 20, 0), (2, 12, 200, 0), (12, 20, 160, 1), (20, 26, 60, 1), (26, 30, 80, 1)],
        ),
        (
            {"rate": "6/h"},
            {"clock.start": "2026-03-02 22:00", "clock.length": "4 h"},
            [(0, 2, 12, 0), (2, 4, 12, 1)],
        ),
        ({"rate": 0}, {}, []),
        ({"rate": "6/h", "scale": 0}, {}, []),
        # a rate holds while open: 35 min, 4 h 20 min; Tuesday is closed
        ({"rate": "12/h"}, MORNING, [(0.75, 4 / 3, 7, 0), (5 / 3, 6, 52, 0)]),
        # an interval's volume came while it was open: 12:45-13:00; 13:00-13:20 and 13:40-14:00; Tuesday's
        # is lost
        (
            {
                "per_interval": [["daily", "12:00", 10], ["daily", "13:00", 8], ["daily", "18:00", 99]],
                "interval": "1 h",
            },
            MORNING,
            [(0.75, 1, 10, 0), (1, 4 / 3, 4, 0), (5 / 3, 2, 4, 0)],
        ),
        # cut by the clock's start and end: half of 10, a quarter of 8
        (
            {"per_interval": [["daily", "12:00", 10], ["daily", "13:00", 8]], "interval": "1 h"},
            {"clock.start": "2026-03-02 12:30", "clock.length": "45 min"},
            [(0, 0.5, 5, 0), (0.5, 0.75, 2, 0)],
        ),
        # rows of a date replace those of its weekday; without a length and with one time, the clock's
        # interval
        (
            {"per_interval": [["daily", "12:00", 10], ["2026-03-03", "13:00", 4]], "interval": "1 h"},
            {},
            [(0, 1, 10, 0), (25, 26, 4, 1)],
        ),
        ({"per_interval": [["mon", "12:00", 10]]}, {}, [(0, 0.5, 10, 0)]),
        (
            {"per_interval": [["mon", "12:00", 10], ["mon", "12:15", 1]]},
            {},
            [(0, 0.25, 10, 0), (0.25, 0.5, 1, 0)],
        ),
        # 240 a day all day: 10 an hour; half of Monday, 18 h of Tuesday
        ({"per_day": 240}, {}, [(0, 12, 120, 0), (12, 30, 180, 1)]),
        ({"per_day": {"mon": 240, "weekend": 99}}, {}, [(0, 12, 120, 0)]),
        ({"per_day": {"daily": 240, "2026-03-03": 48}}, {}, [(0, 12, 120, 0), (12, 30, 36, 1)]),
        # Monday 35 + 260 min open: 59 in all are 0.2 a minute
        ({"per_day": 59}, MORNING, [(0.75, 4 / 3, 7, 0), (5 / 3, 6, 52, 0)]),
        # weights 0 until 08:00 (the last key's), 1 until 16:00, 3 until 20:00, 0: 8 + 12 parts of 200
        (
            {"per_day": 200, "shape": {"08:00": 1, "16:00": 3, "20:00": 0}, "scale": 0.5},
            {},
            [(0, 4, 20, 0), (4, 8, 60, 0), (20, 28, 40, 1), (28, 30, 30, 1)],
        ),
        # no weight in the open hours: nobody comes, and nothing is divided by zero
        ({"per_day": 200, "shape": {"00:00": 1, "12:00": 0}}, MORNING, []),
    ],
)
def test_volumes(
    arrivals: dict[str, Any], changes: dict[str, Any], expected: list[tuple[float, float, float, int]]
) -> None:
    """Every segment and its mean number."""
    assert segments(arrivals, changes) == expected


def test_a_night_channel_has_its_hours_on_both_days() -> None:
    """Open 22:00 to 06:00, 80 a day: a calendar day has 8 open hours, of Monday's those before 06:00 lie
    before the clock.

    Monday 22-24: 20 of the 80; Tuesday 00-06: 60 of Tuesday's 80.
    """
    night = {**OPEN, "calendars": {"desk": {"daily": "22:00-06:00"}}}
    assert segments({"per_day": 80}, night) == [(10, 12, 20, 0), (12, 18, 60, 1)]


def test_exact_times() -> None:
    """Sorted by time, ties as written; moments are local time; what lies at or after the end is left out."""
    rows = [[60, "b"], ["2026-03-02 12:00:30"], [60, "a"], ["2026-03-03 18:00"], [30 * HOUR], [0.25]]
    changes = {
        "reasons": ["a", "b"],
        "channels.phone.reasons": {"a": 1},
        "channels.phone.arrivals": {"times": rows},
    }
    c = network(SMALL, changes).channels
    assert c.time.tolist() == [0.25, 30, 60, 60]
    assert c.time_reason.tolist() == [-1, -1, 1, 0]
    assert c.segment_start.tolist() == []


def test_planned_outages() -> None:
    """Sorted, from the start of the clock; one may begin before it."""
    outages = [{"at": "2026-03-02 13:00", "for": "10 min"}, {"at": "2026-03-02", "for": "13 h"}]
    changes = {"bots": {"b": {"outages": outages}}}
    b = network(SMALL, changes).bots
    assert b.outage_offset.tolist() == [0, 2]
    assert (b.outage_start / HOUR).tolist() == [-12, 1]
    assert b.outage_end.tolist() == [HOUR, HOUR + 600]


def test_in_a_drain_the_roster_runs_on() -> None:
    """The clock ends after some hours, the roster goes on for four more weeks by weekday; a date beyond counts too."""
    rows = [["mon", "00:00", 3], ["tue", "00:00", 4], ["2026-03-09", "00:00", 5]]
    staff = {"roster": rows, "interval": "24 h"}
    found = numbers(
        roster(staff, {"clock.at_end": "drain", "clock.length": "1 day", "clock.start": "2026-03-02"})
    )
    # monday 3, tuesday 4, nobody from wednesday on, the next monday 5, and so on for 1 + 28 days, to monday 30th
    mondays = [(7, 5), (14, 3), (21, 3), (28, 3)]
    expected = [(0, 3), (24, 4), (48, 0)]
    for day, agents in mondays:
        expected += [(day * 24, agents)] + ([(day * 24 + 24, 4), (day * 24 + 48, 0)] if day < 28 else [])
    assert found == expected
