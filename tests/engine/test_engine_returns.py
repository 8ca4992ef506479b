"""Customers who come back, worked out by hand. Every probability is 100 %, every delay constant, but for the draws."""

from typing import Any

import pytest
from timelines import ONE_QUEUE, no_table, play, run

from servsim.draws import combine, stream_hash, stream_key, uniform
from servsim.draws.kernel import EXPONENTIAL, quantile


def back(after: str = "60 s", **more: Any) -> dict[str, Any]:
    """Return what a customer does after a bad end."""
    return {"probability": 1, "after": after, **more}


NOBODY = {"pools.team.staff": 0, "channels.phone.patience": "10 s"}


def test_abandoned_comes_back_until_the_bound_on_attempts() -> None:
    """Gives up 10 s after each arrival and comes back 60 s later, three attempts in all."""
    play(
        ONE_QUEUE,
        {**NOBODY, "returns": {"abandoned": back(attempts=3)}},
        contacts="""
            phone.0.1 any   0  10 abandoned  70
            phone.0.2 any  70  80 abandoned 140
            phone.0.3 any 140 150 abandoned   -
        """,
        visits="""
            0.0 call/talk   0 -  10 - abandoned -
            1.0 call/talk  70 -  80 - abandoned -
            2.0 call/talk 140 - 150 - abandoned -
        """,
        staff="0 team 0 0",
    )


@pytest.mark.parametrize(("after", "again"), [("3589.5 s", True), ("3590 s", False), ("2 h", False)])
def test_nobody_comes_back_at_or_after_the_clocks_end(after: str, again: bool) -> None:
    """Given up at 10; 3590 s later the clock (3600) is over.

    Who comes back before it is let in and waits to the end.
    """
    play(
        ONE_QUEUE,
        {**NOBODY, "returns": {"abandoned": back(after, attempts=2)}},
        contacts=f"phone.0.1 any 0 10 abandoned {'3599.5' if again else '-'}"
        + ("\n phone.0.2 any 3599.5 3609.5 abandoned -" if again else ""),
        visits="0.0 call/talk 0 - 10 - abandoned -"
        + ("\n 1.0 call/talk 3599.5 - 3609.5 - abandoned -" if again else ""),
        staff="0 team 0 0",
    )


def test_unresolved_comes_back_and_resolved_does_not() -> None:
    """Reason bad ends unresolved each time, reason good resolved; two attempts at most.

    The reason stays the customer's.
    """
    play(
        ONE_QUEUE,
        {
            "reasons": ["good", "bad"],
            "channels.phone.reasons": {"good": 1},
            "channels.phone.arrivals.times": [[0, "good"], [20, "bad"]],
            "flows.call.steps.talk.by_reason": {"bad": {"next": "unresolved"}},
            "returns": {"unresolved": back(attempts=2)},
        },
        contacts="""
            phone.0.1 good  0  10 resolved    -
            phone.1.1 bad  20  30 unresolved 90
            phone.1.2 bad  90 100 unresolved  -
        """,
        visits="""
            0.0 call/talk  0  0  10  10 done team.0
            1.0 call/talk 20 20  30  30 done team.0
            2.0 call/talk 90 90 100 100 done team.0
        """,
        staff="0 team 1 1",
    )


def test_blocked_by_lines_and_by_room() -> None:
    """One line: customer 1 is blocked at 1 and at 6, and gets the line at 11.

    After another end nobody comes back.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [1]],
            "channels.phone.lines": 1,
            "returns": {"blocked": back("5 s")},
        },
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  1  1 blocked  6
            phone.1.2 any  6  6 blocked 11
            phone.1.3 any 11 21 resolved -
        """,
        visits="0.0 call/talk 0 0 10 10 done team.0 \n 3.0 call/talk 11 11 21 21 done team.0",
        staff="0 team 1 1",
    )
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [1]],
            "queues.q.max_waiting": 0,
            "returns": {"blocked": back("9 s")},
        },
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 1 1 blocked 10
            phone.1.2 any 10 20 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk  1  -  1  - blocked -
            2.0 call/talk 10 10 20 20 done team.0
        """,
        staff="0 team 1 1",
    )


HOURS = {"calendars": {"desk": {"daily": "00:00-00:10, 00:30-24:00"}, "late": {"daily": "00:50-24:00"}}}


def test_the_delay_passes_in_the_channels_opening_hours() -> None:
    """Open [0, 600) and from 1800 on.

    Given up at 590, 60 s later: 10 s until 600, 50 s more from 1800. Closed at 700: 1860.
    """
    play(
        ONE_QUEUE,
        {
            **NOBODY,
            **HOURS,
            "channels.phone.open": "desk",
            "channels.phone.arrivals.times": [[580], [700]],
            "returns": {"abandoned": back(attempts=2), "closed": back(attempts=2)},
        },
        contacts="""
            phone.0.1 any  580  590 abandoned 1850
            phone.1.1 any  700  700 closed    1860
            phone.0.2 any 1850 1860 abandoned    -
            phone.1.2 any 1860 1870 abandoned    -
        """,
        visits="""
            0.0 call/talk  580 -  590 - abandoned -
            2.0 call/talk 1850 - 1860 - abandoned -
            3.0 call/talk 1860 - 1870 - abandoned -
        """,
        staff="0 team 0 0",
    )


def test_a_delay_over_at_closing_time_meets_a_closed_door() -> None:
    """Given up at 540: 60 s later it is 600, the closing instant: closed.

    The next return counts from 1800: 1860.
    """
    play(
        ONE_QUEUE,
        {
            **NOBODY,
            **HOURS,
            "channels.phone.open": "desk",
            "channels.phone.arrivals.times": [[530]],
            "returns": {"abandoned": back(attempts=2), "closed": back()},
        },
        contacts="""
            phone.0.1 any  530  540 abandoned  600
            phone.0.2 any  600  600 closed    1860
            phone.0.3 any 1860 1870 abandoned    -
        """,
        visits="0.0 call/talk 530 - 540 - abandoned - \n 2.0 call/talk 1860 - 1870 - abandoned -",
        staff="0 team 0 0",
    )


@pytest.mark.parametrize(("during", "again"), [("always", 650), ("late", 3060)])
def test_the_delay_passes_in_the_hours_named(during: str, again: int) -> None:
    """`during` overrides the channel's hours: 590 + 60 = 650, when it is closed; or 60 s after 00:50."""
    end = (650, "closed") if again == 650 else (3070, "abandoned")
    play(
        ONE_QUEUE,
        {
            **NOBODY,
            **HOURS,
            "channels.phone.open": "desk",
            "channels.phone.arrivals.times": [[580]],
            "returns": {"abandoned": back(attempts=2, during=during)},
        },
        contacts=f"phone.0.1 any 580 590 abandoned {again} \n phone.0.2 any {again} {end[0]} {end[1]} -",
        visits="0.0 call/talk 580 - 590 - abandoned -"
        + ("" if again == 650 else "\n 1.0 call/talk 3060 - 3070 - abandoned -"),
        staff="0 team 0 0",
    )


def test_return_into_another_channel() -> None:
    """Who gives up on the phone at 10 writes: the delay passes in the mail's hours (from 00:50 = 3000), and
    mail is patient.

    A writer answered badly (unresolved) does what the mail's own returns say: comes back to the mail, once.
    """
    play(
        ONE_QUEUE.replace(
            "flows: {call:",
            "flows: {letter: {steps: {answer: {queue: m, time: 30 s, next: unresolved}}}, call:",
        ),
        {
            **NOBODY,
            **HOURS,
            "channels.mail": {
                "type": "message",
                "arrivals": {"rate": 0},
                "flow": "letter",
                "open": "late",
                "returns": {"unresolved": back("10 s", attempts=3)},
            },
            "queues": {"q": {}, "m": {}},
            "pools.writer": {"staff": 1, "serves": ["m"]},
            "returns": {"abandoned": back(channel="mail"), "unresolved": back("1 s", attempts=1000)},
        },
        contacts="""
            phone.0.1      any    0   10 abandoned  3060
            phone>mail.0.2 any 3060 3090 unresolved 3100
            phone>mail.0.3 any 3100 3130 unresolved    -
        """,
        visits="""
            0.0 call/talk        0    -   10    - abandoned -
            1.0 letter/answer 3060 3060 3090 3090 done writer.0
            2.0 letter/answer 3100 3100 3130 3130 done writer.0
        """,
        staff="0 team 0 0 \n 0 writer 1 1",
    )


def test_a_return_and_a_first_arrival_at_one_instant() -> None:
    """At 70 customer 0 is back and customer 1 comes: arrivals are in the order (channel, customer, attempt),
    so 0 is first.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.patience": "10 s",
            "channels.phone.arrivals.times": [[0], [70]],
            "pools.team.staff": {"by_time": {"00:00": 0, "00:01": 1}},
            "returns": {"abandoned": back()},
        },
        contacts="""
            phone.0.1 any  0 10 abandoned 70
            phone.0.2 any 70 80 resolved -
            phone.1.1 any 70 90 resolved -
        """,
        visits="""
            0.0 call/talk  0  - 10  - abandoned -
            1.0 call/talk 70 70 80 80 done team.0
            2.0 call/talk 70 80 90 90 done team.0
        """,
        staff="0 team 0 0 \n 60 team 1 1",
    )


def test_nobody_returns_at_probability_zero() -> None:
    """A return of 0 % is none."""
    play(
        ONE_QUEUE,
        {**NOBODY, "returns": {"abandoned": {"probability": 0, "after": "60 s"}}},
        contacts="phone.0.1 any 0 10 abandoned -",
        visits="0.0 call/talk 0 - 10 - abandoned -",
        staff="0 team 0 0",
    )


def test_return_without_delay_while_closed_comes_to_the_bound() -> None:
    """No delay: back at the same instant, closed again, until the fifth attempt."""
    play(
        ONE_QUEUE,
        {
            **HOURS,
            "channels.phone.open": "desk",
            "channels.phone.arrivals.times": [[700]],
            "returns": {"closed": back("0 s", attempts=5)},
        },
        contacts="\n".join(
            [*(f"phone.0.{i} any 700 700 closed 700" for i in range(1, 5)), "phone.0.5 any 700 700 closed -"]
        ),
        visits="",
        staff="0 team 1 1",
    )


def test_whether_and_when_somebody_comes_back_are_draws_of_the_attempt() -> None:
    """Everybody gives up after 10 s. By the rule of DESIGN 4.2, 40 % of them come back, up to twice."""
    _, records = run(
        ONE_QUEUE,
        {
            **NOBODY,
            "channels.phone.arrivals.times": [[10 * i] for i in range(200)],
            "returns": {"abandoned": {"probability": "40%", "after": {"exponential": "60 s"}, "attempts": 3}},
        },
        seed=4,
        replication=3,
    )
    whether, after = (
        stream_key(4, 3, stream_hash(f"channel/phone/return/abandoned/{what}"))
        for what in ("whether", "after")
    )
    c = records.contacts
    expected = []
    for customer, attempt, ended in zip(c["customer"], c["attempt"], c["ended"], strict=True):
        who = combine(stream_hash("channel/phone/customer"), int(customer)), int(attempt), 0
        comes = attempt < 3 and uniform(whether, *who) < 0.4
        delay = quantile(EXPONENTIAL, 60.0, 0.0, 0.0, no_table(), 0, 0, uniform(after, *who))
        expected.append(ended + delay if comes else None)
    found = [None if time != time else time for time in c["returns_at"].tolist()]
    assert found == expected
    assert 80 < len(found) - found.count(None) < 140  # 80 the first time and 32 the second, on average
