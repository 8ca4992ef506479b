"""The end and the beginning of shifts, worked out by hand, for pools that finish the contact in hand and for
those that return it.
"""

from typing import Any

import pytest
from timelines import play

SHIFTS = """
clock: {start: 2026-03-02, length: 1 h}
reasons: [t20, t70, t100, t200]
channels:
  phone: {type: voice, arrivals: {times: [[0, t100]]}, reasons: {t20: 1}, flow: call}
flows:
  call:
    steps:
      talk:
        queue: q
        time: {by_reason: {t20: 20 s, t70: 70 s, t100: 100 s, t200: 200 s}}
queues: {q: {}}
pools: {team: {staff: {by_time: {"00:00": 4, "00:01": 1}}, serves: {q: {}}}}
"""


def roster(*numbers: int) -> dict[str, Any]:
    """Return a change: so many agents in the first, second, ... minute, the last number from then on."""
    return {"pools.team.staff": {"by_time": {f"00:{i:02}": n for i, n in enumerate(numbers)}}}


RETURN = {"pools.team.on_shift_end": "return"}


def test_idle_leave_first_then_those_who_finish_next() -> None:
    """At 60: agent 0 busy to 100, agent 1 to 80, agents 2 (since 40) and 3 (since 0) idle; one shall stay.

    2 and 3 leave. Two are left for one place: agent 1 is free first, at 80, and leaves although customer 3
    waits since 70; agent 0 stays and takes customer 3 at 100.
    """
    play(
        SHIFTS,
        {"channels.phone.arrivals.times": [[0, "t100"], [10, "t70"], [20, "t20"], [70, "t20"]]},
        contacts="""
            phone.0.1 t100  0 100 resolved -
            phone.1.1 t70  10  80 resolved -
            phone.2.1 t20  20  40 resolved -
            phone.3.1 t20  70 120 resolved -
        """,
        visits="""
            0.0 call/talk  0   0 100 100 done team.0
            1.0 call/talk 10  10  80  80 done team.1
            2.0 call/talk 20  20  40  40 done team.2
            3.0 call/talk 70 100 120 120 done team.0
        """,
        staff="0 team 4 4 \n 60 team 2 1 \n 80 team 1 1",
    )


def test_idle_agents_leave_from_the_highest_number_down() -> None:
    """Four idle, two stay: 3 and 2 leave, so the two customers at 70 meet agents 0 and 1, and the third at 71
    waits.
    """
    play(
        SHIFTS,
        {**roster(4, 2), "channels.phone.arrivals.times": [[70, "t20"], [70, "t20"], [71, "t20"]]},
        contacts="""
            phone.0.1 t20 70  90 resolved -
            phone.1.1 t20 70  90 resolved -
            phone.2.1 t20 71 110 resolved -
        """,
        visits="""
            0.0 call/talk 70 70  90  90 done team.0
            1.0 call/talk 70 70  90  90 done team.1
            2.0 call/talk 71 90 110 110 done team.0
        """,
        staff="0 team 4 4 \n 60 team 2 2",
    )


@pytest.mark.parametrize("changes", [{}, RETURN])
def test_an_idle_agent_leaves_before_a_busy_one_of_higher_number(changes: dict[str, Any]) -> None:
    """Two agents, one stays from 60 on.

    Agent 0 idles since 20, agent 1 is busy to 70: agent 0 leaves, whatever the pool does.
    """
    play(
        SHIFTS,
        {**roster(2, 1), **changes, "channels.phone.arrivals.times": [[0, "t20"], [0, "t70"], [65, "t20"]]},
        contacts="""
            phone.0.1 t20  0 20 resolved -
            phone.1.1 t70  0 70 resolved -
            phone.2.1 t20 65 90 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 20 20 done team.0
            1.0 call/talk  0  0 70 70 done team.1
            2.0 call/talk 65 70 90 90 done team.1
        """,
        staff="0 team 2 2 \n 60 team 1 1",
    )


def test_roster_up_again_while_two_still_finish() -> None:
    """2, 0, then 1 from 120 on; both agents are busy to 200. At 120 two are there for one place: nobody
    comes.

    At 200 agent 0 is free first (customer 0) and leaves; agent 1 fills the place and takes customer 2.
    """
    play(
        SHIFTS,
        {**roster(2, 0, 1), "channels.phone.arrivals.times": [[0, "t200"], [0, "t200"], [130, "t20"]]},
        contacts="""
            phone.0.1 t200   0 200 resolved -
            phone.1.1 t200   0 200 resolved -
            phone.2.1 t20  130 220 resolved -
        """,
        visits="""
            0.0 call/talk   0   0 200 200 done team.0
            1.0 call/talk   0   0 200 200 done team.1
            2.0 call/talk 130 200 220 220 done team.1
        """,
        staff="0 team 2 2 \n 60 team 2 0 \n 120 team 2 1 \n 200 team 1 1",
    )


def test_newcomers_take_the_lowest_free_numbers_and_the_waiting_contacts() -> None:
    """3, 1, then 4. At 60 agent 0 (idle since 20) leaves, 1 and 2 (busy to 200) stay for one place.

    At 120 two more are wanted: the newcomers are 0, who takes customer 3 (waiting since 100), and 3, who
    idles.
    """
    play(
        SHIFTS,
        {
            **roster(3, 1, 4),
            "channels.phone.arrivals.times": [
                [0, "t20"],
                [0, "t200"],
                [0, "t200"],
                [100, "t20"],
                [125, "t20"],
            ],
        },
        contacts="""
            phone.0.1 t20    0  20 resolved -
            phone.1.1 t200   0 200 resolved -
            phone.2.1 t200   0 200 resolved -
            phone.3.1 t20  100 140 resolved -
            phone.4.1 t20  125 145 resolved -
        """,
        visits="""
            0.0 call/talk   0   0  20  20 done team.0
            1.0 call/talk   0   0 200 200 done team.1
            2.0 call/talk   0   0 200 200 done team.2
            3.0 call/talk 100 120 140 140 done team.0
            4.0 call/talk 125 125 145 145 done team.3
        """,
        staff="0 team 3 3 \n 60 team 2 1 \n 120 team 4 4",
    )


def test_finish_when_the_service_ends_with_the_shift() -> None:
    """Customer 0 ends at 40 + 20 = 60: the roster changes first (one too many), then the agent leaves;
    customer 1 waits until the next day, when the roster wants one again from midnight (86,400 s) on.
    """
    play(
        SHIFTS,
        {**roster(1, 0), "channels.phone.arrivals.times": [[40, "t20"], [50, "t20"]]},
        contacts="phone.0.1 t20 40 60 resolved - \n phone.1.1 t20 50 86420 resolved -",
        visits="0.0 call/talk 40 40 60 60 done team.0 \n 1.0 call/talk 50 86400 86420 86420 done team.0",
        staff="0 team 1 1 \n 60 team 1 0 \n 60 team 0 0 \n 86400 team 1 1",
    )


def test_return_hands_contacts_back_to_the_head_of_the_line() -> None:
    """2, 0, then 1 from 120 on. At 60 customers 0 and 1 are handed back and stand before customer 2 (since
    20).

    From 120 on one agent serves 0 (100 s anew), then 1 (70 s anew), then 2.
    """
    play(
        SHIFTS,
        {
            **RETURN,
            **roster(2, 0, 1),
            "channels.phone.arrivals.times": [[0, "t100"], [10, "t70"], [20, "t20"]],
        },
        contacts="""
            phone.0.1 t100  0 220 resolved -
            phone.1.1 t70  10 290 resolved -
            phone.2.1 t20  20 310 resolved -
        """,
        visits="""
            0.0 call/talk  0   0  60  60 handed_back team.0
            0.1 call/talk 60 120 220 220 done team.0
            1.0 call/talk 10  10  60  60 handed_back team.1
            1.1 call/talk 60 220 290 290 done team.0
            2.0 call/talk 20 290 310 310 done team.0
        """,
        staff="0 team 2 2 \n 60 team 0 0 \n 120 team 1 1",
    )


def test_return_lets_wrap_up_be_finished() -> None:
    """Agent 0 wraps up from 20 to 70, agent 1 talks to 100.

    At 60 customer 1 goes back; agent 0 leaves at 70.
    """
    play(
        SHIFTS,
        {
            **RETURN,
            **roster(2, 0),
            "clock.at_end": "cut",
            "flows.call.steps.talk.wrap_up": "50 s",
            "channels.phone.arrivals.times": [[0, "t20"], [0, "t100"]],
        },
        contacts="phone.0.1 t20 0 20 resolved - \n phone.1.1 t100 0 - open -",
        visits="""
            0.0 call/talk  0 0 20 70 done team.0
            1.0 call/talk  0 0 60 60 handed_back team.1
            1.1 call/talk 60 -  -  - open -
        """,
        staff="0 team 2 2 \n 60 team 1 0 \n 70 team 0 0",
    )


def test_return_sends_home_the_highest_numbers() -> None:
    """Three busy, one stays: agents 2 and 1 hand back, agent 0 goes on to 100 and then takes 1 and 2 in their
    order.
    """
    play(
        SHIFTS,
        {**RETURN, **roster(3, 1), "channels.phone.arrivals.times": [[0, "t100"], [10, "t70"], [20, "t70"]]},
        contacts="""
            phone.0.1 t100  0 100 resolved -
            phone.1.1 t70  10 170 resolved -
            phone.2.1 t70  20 240 resolved -
        """,
        visits="""
            0.0 call/talk  0   0 100 100 done team.0
            1.0 call/talk 10  10  60  60 handed_back team.1
            1.1 call/talk 60 100 170 170 done team.0
            2.0 call/talk 20  20  60  60 handed_back team.2
            2.1 call/talk 60 170 240 240 done team.0
        """,
        staff="0 team 3 3 \n 60 team 1 1",
    )


def test_a_service_that_would_end_with_the_shift_is_handed_back() -> None:
    """At one instant the roster changes before services end (order of kinds), so the 20 s from 40 on are
    worked again at 120.
    """
    play(
        SHIFTS,
        {**RETURN, **roster(1, 0, 1), "channels.phone.arrivals.times": [[40, "t20"]]},
        contacts="phone.0.1 t20 40 140 resolved -",
        visits="""
            0.0 call/talk 40  40  60  60 handed_back team.0
            0.1 call/talk 60 120 140 140 done team.0
        """,
        staff="0 team 1 1 \n 60 team 0 0 \n 120 team 1 1",
    )


WITH_HELP = SHIFTS.replace("pools: {team: {", "pools: {help: {staff: 1, serves: {q: {}}}, team: {")
HELP_AFTER = {"queues.q.overflow": {"after": "45 s", "to": "help"}}


@pytest.mark.parametrize(
    ("after", "begun"),
    [
        ("45 s", 60),  # 0 + 45 is past: an idle agent of the pool takes it at once
        ("90 s", 90),  # the wait counts from the first arrival, 0 + 90
    ],
)
def test_handed_back_to_an_idle_pool(after: str, begun: int) -> None:
    """Team's only agent leaves at 60 with customer 0 (since 0) in hand; help idles all the time."""
    play(
        WITH_HELP,
        {**RETURN, **roster(1, 0), "queues.q.overflow": {"after": after, "to": "help"}},
        contacts=f"phone.0.1 t100 0 {begun + 100} resolved -",
        visits=f"""
            0.0 call/talk  0 0 60 60 handed_back team.0
            0.1 call/talk 60 {begun} {begun + 100} {begun + 100} done help.0
        """,
        staff="0 help 1 1 \n 0 team 1 1 \n 60 team 0 0",
    )


def test_of_two_handed_back_that_of_the_higher_agent_comes_first_to_an_idle_pool() -> None:
    """Both leave at 60; agents go from the highest number down, so customer 1 meets help's idle agent,
    customer 0 waits to 130.
    """
    play(
        WITH_HELP,
        {**RETURN, **roster(2, 0), **HELP_AFTER, "channels.phone.arrivals.times": [[0, "t100"], [10, "t70"]]},
        contacts="phone.0.1 t100 0 230 resolved - \n phone.1.1 t70 10 130 resolved -",
        visits="""
            0.0 call/talk  0   0  60  60 handed_back team.0
            0.1 call/talk 60 130 230 230 done help.0
            1.0 call/talk 10  10  60  60 handed_back team.1
            1.1 call/talk 60  60 130 130 done help.0
        """,
        staff="0 help 1 1 \n 0 team 2 2 \n 60 team 0 0",
    )


def test_handed_back_into_a_full_room_with_patience_anew() -> None:
    """No room to wait, patience 30 s: a contact handed back waits all the same, from 60 for its full
    patience, to 90.
    """
    play(
        SHIFTS,
        {**RETURN, **roster(1, 0), "queues.q.max_waiting": 0, "channels.phone.patience": "30 s"},
        contacts="phone.0.1 t100 0 90 abandoned -",
        visits="""
            0.0 call/talk  0 0 60 60 handed_back team.0
            0.1 call/talk 60 - 90  - abandoned -
        """,
        staff="0 team 1 1 \n 60 team 0 0",
    )


def test_patience_of_the_first_wait_does_not_strike_later() -> None:
    """Customer 1 waits 10 to 20 with patience until 70, is served, handed back at 60, and bears the new wait
    until 120.

    The timer of 70, of the first wait, must not end the second; at 120 the new roster comes first, and it is
    served.
    """
    play(
        SHIFTS,
        {
            **RETURN,
            **roster(1, 0, 1),
            "channels.phone.patience": "60 s",
            "channels.phone.arrivals.times": [[0, "t20"], [10, "t70"]],
        },
        contacts="phone.0.1 t20 0 20 resolved - \n phone.1.1 t70 10 190 resolved -",
        visits="""
            0.0 call/talk  0   0  20  20 done team.0
            1.0 call/talk 10  20  60  60 handed_back team.0
            1.1 call/talk 60 120 190 190 done team.0
        """,
        staff="0 team 1 1 \n 60 team 0 0 \n 120 team 1 1",
    )


def test_rosters_of_two_pools_change_at_one_instant_in_their_order() -> None:
    """At 60 help leaves and team comes.

    Help stands first: its contact is handed back and waits, then team's newcomer takes it.
    """
    text = WITH_HELP.replace(
        "help: {staff: 1,", 'help: {staff: {by_time: {"00:00": 1, "00:01": 0}}, on_shift_end: return,'
    )
    play(
        text,
        roster(0, 1),
        contacts="phone.0.1 t100 0 160 resolved -",
        visits="""
            0.0 call/talk  0  0  60  60 handed_back help.0
            0.1 call/talk 60 60 160 160 done team.0
        """,
        staff="0 help 1 1 \n 0 team 0 0 \n 60 help 0 0 \n 60 team 1 1",
    )
