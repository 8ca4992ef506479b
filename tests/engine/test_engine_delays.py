"""Delays that pass in open hours, and times that depend on the time of day and on the reason, worked out by
hand.
"""

from typing import Any

import pytest
from timelines import ONE_QUEUE, no_table, play, run

from servsim.draws import combine, stream_hash, stream_key, uniform
from servsim.draws.kernel import EXPONENTIAL, quantile

HOUR, DAY = 3600, 86400

# The clock starts on Monday at 08:00. Open: Mon [1 h, 9 h), Tue [25 h, 33 h), Wed closed, Thu [73 h, 81 h),
# Fri [97 h, 105 h).
DELAY = """
clock: {start: 2026-03-02 08:00, length: 5 days}
calendars: {desk: {mon-fri: "09:00-17:00", closed: [2026-03-04]}}
channels: {mail: {type: message, arrivals: {times: [[0]]}, flow: f}}
flows: {f: {steps: {rest: {delay: 30 min, during: desk}}}}
"""


@pytest.mark.parametrize(
    ("arrived", "delay", "ended"),
    [
        (0, "30 min", HOUR + 1800),  # comes while closed: counts from 09:00
        (2 * HOUR, "30 min", 2 * HOUR + 1800),  # open all the time
        (
            9 * HOUR - 1800,
            "30 min",
            9 * HOUR,
        ),  # over just when the desk closes: then, not at the next opening
        (9 * HOUR - 400, "30 min", 25 * HOUR + 1400),  # 400 s on Monday, 1400 s on Tuesday
        (9 * HOUR, "30 min", 25 * HOUR + 1800),  # the closing instant is closed
        (HOUR, "30 min", HOUR + 1800),  # the opening instant is open
        (33 * HOUR - 800, "30 min", 73 * HOUR + 1000),  # over the closed Wednesday
        (8 * HOUR, "17 h", 81 * HOUR),  # 1 h on Monday, 8 h on Tuesday, 8 h on Thursday, to its close
        (10, "0 s", 10),  # no time passes, whether open or not
        (2 * HOUR, "0 s", 2 * HOUR),
    ],
)
def test_delay_passes_only_in_open_hours(arrived: int, delay: str, ended: int) -> None:
    """Hours are those after 08:00 on Monday; see the openings above the scenario."""
    play(
        DELAY,
        {"channels.mail.arrivals.times": [[arrived]], "flows.f.steps.rest.delay": {"constant": delay}},
        contacts=f"mail.0.1 any {arrived} {ended} resolved -",
        visits=f"0.0 f/rest {arrived} {arrived} {ended} - done -",
        staff="",
    )


def test_delay_that_outlasts_every_opening_never_ends() -> None:
    """Open on Monday only, for 8 h: a delay of 8 h from before 09:00 ends at 17:00 sharp, one of 8 h from
    09:01 never does.
    """
    play(
        DELAY,
        {
            "calendars.desk": {"2026-03-02": "09:00-17:00"},
            "channels.mail.arrivals.times": [[0], [HOUR + 60]],
            "flows.f.steps.rest.delay": {"constant": "8 h"},
        },
        contacts=f"mail.0.1 any 0 {9 * HOUR} resolved - \n mail.1.1 any {HOUR + 60} - open -",
        visits=f"0.0 f/rest 0 0 {9 * HOUR} - done - \n 1.0 f/rest {HOUR + 60} {HOUR + 60} - - open -",
        staff="",
    )


def test_delay_at_all_hours_and_by_reason() -> None:
    """Without `during` a delay is as long as it says; a reason may have its own; the next delay follows at
    the same instant.
    """
    text = DELAY.replace(
        "{rest: {delay: 30 min, during: desk}}",
        "{rest: {delay: {by_reason: {slow: 30 min, quick: 1 min}}, next: more}, "
        "more: {delay: 5 s, next: unresolved}}",
    )
    play(
        text,
        {
            "reasons": ["slow", "quick"],
            "channels.mail.reasons": {"slow": 1},
            "channels.mail.arrivals.times": [[0, "slow"], [10, "quick"]],
        },
        contacts="mail.0.1 slow 0 1805 unresolved - \n mail.1.1 quick 10 75 unresolved -",
        visits="""
            0.0 f/rest     0    0 1800 - done -
            0.1 f/more  1800 1800 1805 - done -
            1.0 f/rest    10   10   70 - done -
            1.1 f/more    70   70   75 - done -
        """,
        staff="",
    )


def by_time(at: str) -> dict[str, Any]:
    """Return a change: 10 s from 08:00, 20 s from 12:00, 30 s from 13:00 (and until 08:00)."""
    times = {"08:00": "10 s", "12:00": "20 s", "13:00": "30 s"}
    return {"flows.call.steps.talk.time": {"by_time": {"at": at, **times}}}


@pytest.mark.parametrize(("at", "work"), [("arrival", 20), ("start", 30)])
def test_time_of_day_at_arrival_or_at_start(at: str, work: int) -> None:
    """The clock starts at midday.

    0 comes at 3580 (12:59:40): 20 s, to 3600 = 13:00. 1 comes at 3590 (12:59:50) and starts at 3600, the
    first instant of the 30 s: 20 s by its arrival, 30 s by its start.
    """
    play(
        ONE_QUEUE,
        {
            **by_time(at),
            "clock": {"start": "2026-03-02 12:00", "length": "2 h"},
            "channels.phone.arrivals.times": [[3580], [3590]],
        },
        contacts=f"phone.0.1 any 3580 3600 resolved - \n phone.1.1 any 3590 {3600 + work} resolved -",
        visits=f"""
            0.0 call/talk 3580 3580 3600 3600 done team.0
            1.0 call/talk 3590 3600 {3600 + work} {3600 + work} done team.0
        """,
        staff="0 team 1 1",
    )


@pytest.mark.parametrize(
    ("start", "arrived", "work"),
    [
        ("2026-03-02 07:00", 0, 30),  # before the first key the last one holds, from the evening before
        ("2026-03-02 07:00", 3599, 30),
        ("2026-03-02 07:00", 3600, 10),
        ("2026-03-02 12:00", 0, 20),
        ("2026-03-02 23:00", 3600, 30),  # past midnight
        ("2026-03-02 23:00", 9 * HOUR, 10),  # 08:00 of the next day
        ("2026-03-02", 3 * DAY + 12 * HOUR, 20),
    ],
)
def test_time_of_day_around_the_clock(start: str, arrived: int, work: int) -> None:
    """One customer alone: its arrival is its start."""
    play(
        ONE_QUEUE,
        {
            **by_time("start"),
            "clock": {"start": start, "length": "4 days"},
            "channels.phone.arrivals.times": [[arrived]],
        },
        contacts=f"phone.0.1 any {arrived} {arrived + work} resolved -",
        visits=f"0.0 call/talk {arrived} {arrived} {arrived + work} {arrived + work} done team.0",
        staff="0 team 1 1",
    )


NESTED = [
    {"by_reason": {"x": {"by_time": {"at": "start", "00:10": "10 s", "00:20": "20 s"}}, "default": "5 s"}},
    {
        "by_time": {
            "at": "start",
            "00:10": {"by_reason": {"x": "10 s", "y": "5 s"}},
            "00:20": {"by_reason": {"x": "20 s", "y": "5 s"}},
        }
    },
]


@pytest.mark.parametrize("time", NESTED)
def test_by_reason_and_by_time_together(time: dict[str, Any]) -> None:
    """x takes 20 s before 00:10 (the last key's), 10 s from 00:10, 20 s from 00:20; y takes 5 s always."""
    play(
        ONE_QUEUE,
        {
            "reasons": ["x", "y"],
            "channels.phone.reasons": {"x": "rest"},
            "channels.phone.arrivals.times": [
                [0, "x"],
                [30, "y"],
                [600, "x"],
                [700, "y"],
                [1200, "x"],
                [1300, "y"],
            ],
            "flows.call.steps.talk.time": time,
        },
        contacts="""
            phone.0.1 x    0   20 resolved -
            phone.1.1 y   30   35 resolved -
            phone.2.1 x  600  610 resolved -
            phone.3.1 y  700  705 resolved -
            phone.4.1 x 1200 1220 resolved -
            phone.5.1 y 1300 1305 resolved -
        """,
        visits="""
            0.0 call/talk    0    0   20   20 done team.0
            1.0 call/talk   30   30   35   35 done team.0
            2.0 call/talk  600  600  610  610 done team.0
            3.0 call/talk  700  700  705  705 done team.0
            4.0 call/talk 1200 1200 1220 1220 done team.0
            5.0 call/talk 1300 1300 1305 1305 done team.0
        """,
        staff="0 team 1 1",
    )


def test_wrap_up_looks_at_its_own_start() -> None:
    """Talk from 590 to 610 (00:10:10): wrap-up by start is the 30 s of 00:10, not the 5 s of 00:00."""
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[590]],
            "flows.call.steps.talk": {
                "queue": "q",
                "time": "20 s",
                "wrap_up": {"by_time": {"at": "start", "00:00": "5 s", "00:10": "30 s"}},
            },
        },
        contacts="phone.0.1 any 590 610 resolved -",
        visits="0.0 call/talk 590 590 610 640 done team.0",
        staff="0 team 1 1",
    )


def test_the_way_on_by_reason() -> None:
    """Each reason has its own next step; a way of 0 % is never gone."""
    text = ONE_QUEUE.replace(
        "talk: {queue: q, time: 10 s}",
        "talk: {queue: q, time: 10 s, next: {resolved: 1, again: 0}, by_reason: {y: {next: again}}}, "
        "again: {delay: 1 s, next: unresolved}",
    )
    play(
        text,
        {
            "reasons": ["x", "y"],
            "channels.phone.reasons": {"x": 1},
            "channels.phone.arrivals.times": [[0, "x"], [20, "y"]],
        },
        contacts="phone.0.1 x 0 10 resolved - \n phone.1.1 y 20 31 unresolved -",
        visits="""
            0.0 call/talk   0  0 10 10 done team.0
            1.0 call/talk  20 20 30 30 done team.0
            1.1 call/again 30 30 31  - done -
        """,
        staff="0 team 1 1",
    )


def drawn(
    seed: int, replication: int, step: str, customer: int, attempt: int, index: int, mean: float
) -> float:
    """Return the exponential time that belongs to a visit, straight from the rule of DESIGN 4.2."""
    key = stream_key(seed, replication, stream_hash(f"step/{step}/time"))
    who = combine(stream_hash("channel/phone/customer"), customer)
    return quantile(EXPONENTIAL, mean, 0.0, 0.0, no_table(), 0, 0, uniform(key, who, attempt, index))


def test_each_visit_of_a_loop_has_its_own_draws() -> None:
    """Half go round again: visit k of a contact to the step has the draw of index k, whatever happens in
    between.
    """
    _, records = run(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[60 * i] for i in range(50)],
            "flows.call.steps.talk": {
                "queue": "q",
                "time": {"exponential": "10 s"},
                "next": {"talk": "70%", "resolved": "rest"},
            },
            "pools.team.staff": 200,
        },
        seed=7,
        replication=3,
    )
    v, c = records.visits, records.contacts
    assert v["visit"].max() >= 5
    for contact, index, started, ended in zip(
        v["contact"], v["visit"], v["started"], v["ended"], strict=True
    ):
        work = drawn(7, 3, "call/talk", int(c["customer"][contact]), 1, int(index), 10.0)
        assert ended == started + work


def test_work_begun_again_after_a_shift_is_the_same_work() -> None:
    """Handed back at 60 and begun again at 120: the same draw, not a new one."""
    _, records = run(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[50 + i / 10] for i in range(50)],
            "flows.call.steps.talk.time": {"exponential": "30 s"},
            "pools.team": {
                "staff": {"by_time": {"00:00": 100, "00:01": 0, "00:02": 100}},
                "serves": ["q"],
                "on_shift_end": "return",
            },
        },
    )
    again = records.visits["visit"] == 1
    assert again.sum() > 10
    for contact, ended in zip(records.visits["contact"][again], records.visits["ended"][again], strict=True):
        assert ended == 120.0 + drawn(1, 1, "call/talk", int(contact), 1, 0, 30.0)
