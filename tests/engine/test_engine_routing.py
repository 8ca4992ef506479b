"""Who serves whom, worked out by hand: priority, preference, waiting time, pool order, idle time, overflow,
speed.
"""

from typing import Any

import pytest
from timelines import ONE_QUEUE, play

TWO_QUEUES = """
clock: {start: 2026-03-02, length: 1 h}
channels:
  a: {type: chat, arrivals: {times: [[0], [5]]}, flow: a}
  b: {type: chat, arrivals: {times: [[1]]}, flow: b}
flows: {a: {steps: {do: {queue: a, time: 10 s}}}, b: {steps: {do: {queue: b, time: 10 s}}}}
queues: {a: {}, b: {}}
pools: {team: {staff: 1, serves: {a: {}, b: {}}}}
"""
EQUAL = {"pools.team.serves": {"a": {"preference": 1}, "b": {"preference": 1}}}


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, "a"),  # the pool's own order
        ({"pools.team.serves": {"b": {}, "a": {}}}, "b"),  # the other order
        ({"pools.team.serves": {"a": {"preference": 2}, "b": {"preference": 1}}}, "b"),  # ranks given
        (EQUAL, "b"),  # equal ranks: b waits since 1, a since 5
        ({**EQUAL, "queues.a.head_start": "3 s"}, "b"),  # 5 - 3 = 2 > 1
        ({**EQUAL, "queues.a.head_start": "4 s"}, "b"),  # 5 - 4 = 1: a tie, b joined first
        ({**EQUAL, "queues.a.head_start": "5 s"}, "a"),  # 5 - 5 = 0 < 1
        ({**EQUAL, "queues.a.head_start": "5 s", "queues.b.head_start": "2 s"}, "b"),  # 0 against 1 - 2 = -1
        ({"queues.b.head_start": "1 h"}, "a"),  # a credit counts only among equal ranks
        ({"queues.b.priority": 1}, "b"),  # priority before preference
        ({"queues.a.priority": -1}, "b"),  # priorities may lie below zero
        ({**EQUAL, "queues.a.priority": 1}, "a"),  # priority before waiting time
    ],
)
def test_which_queue_a_free_agent_takes(changes: dict[str, Any], first: str) -> None:
    """The agent serves a.0 until 10; then b.0 waits since 1 and a.1 since 5.

    One begins at 10, the other at 20.
    """
    begin = {"a": 10, "b": 20} if first == "a" else {"a": 20, "b": 10}
    play(
        TWO_QUEUES,
        changes,
        contacts=f"""
            a.0.1 any 0 10 resolved -
            b.0.1 any 1 {begin["b"] + 10} resolved -
            a.1.1 any 5 {begin["a"] + 10} resolved -
        """,
        visits=f"""
            0.0 a/do 0 0 10 10 done team.0
            1.0 b/do 1 {begin["b"]} {begin["b"] + 10} {begin["b"] + 10} done team.0
            2.0 a/do 5 {begin["a"]} {begin["a"] + 10} {begin["a"] + 10} done team.0
        """,
        staff="0 team 1 1",
    )


def test_longest_idle_agent_then_lowest_number() -> None:
    """0 at 0: both idle since 0, agent 0. 1 at 20: agent 1 (idle since 0; agent 0 since 10). 2 and 3 at 40:
    agent 0 first.

    Both are free at 50; 4 at 60 finds both idle since 50 and gets the lower number.
    """
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [20], [40], [40], [60]], "pools.team.staff": 2},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any 20 30 resolved -
            phone.2.1 any 40 50 resolved -
            phone.3.1 any 40 50 resolved -
            phone.4.1 any 60 70 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk 20 20 30 30 done team.1
            2.0 call/talk 40 40 50 50 done team.0
            3.0 call/talk 40 40 50 50 done team.1
            4.0 call/talk 60 60 70 70 done team.0
        """,
        staff="0 team 2 2",
    )


def test_of_two_agents_free_at_one_instant_the_lowest_number_is_taken_whoever_was_first() -> None:
    """Agent 1 has customer 1 from 5 to 30, agent 0 customer 2 from 20 to 30: agent 1 is free first, as services
    end in the order of customers. Both idle since 30, so customer 3 gets agent 0.
    """
    play(
        ONE_QUEUE,
        {
            "reasons": ["short", "long"],
            "channels.phone.reasons": {"short": 1},
            "channels.phone.arrivals.times": [[0, "short"], [5, "long"], [20, "short"], [40, "short"]],
            "flows.call.steps.talk.time": {"by_reason": {"short": "10 s", "long": "25 s"}},
            "pools.team.staff": 2,
        },
        contacts="""
            phone.0.1 short  0 10 resolved -
            phone.1.1 long   5 30 resolved -
            phone.2.1 short 20 30 resolved -
            phone.3.1 short 40 50 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk  5  5 30 30 done team.1
            2.0 call/talk 20 20 30 30 done team.0
            3.0 call/talk 40 40 50 50 done team.0
        """,
        staff="0 team 2 2",
    )


TWO_POOLS = """
clock: {start: 2026-03-02, length: 1 h}
channels: {phone: {type: voice, arrivals: {times: [[0], [1], [7]]}, flow: call}}
flows: {call: {steps: {talk: {queue: q, time: 10 s}}}}
queues: {q: {}}
pools: {team: {staff: 1, serves: {q: {}}}, help: {staff: 1, serves: {q: {}}}}
"""
BOTH_STAFFED = "0 team 1 1 \n 0 help 1 1"


@pytest.mark.parametrize(
    ("changes", "first", "second"),
    [({}, "team", "help"), ({"queues.q.pools": ["help", "team"]}, "help", "team")],
)
def test_a_contact_tries_pools_in_the_queues_order(changes: dict[str, Any], first: str, second: str) -> None:
    """Both idle since 0: the first pool takes 0, the other takes 1. At 10 the first is free for 2, at 11 the
    second idles.

    A contact at 30 finds the first pool idle since 20 and the second since 11: the order of pools precedes
    idle time.
    """
    play(
        TWO_POOLS,
        {**changes, "channels.phone.arrivals.times": [[0], [1], [7], [30]]},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  1 11 resolved -
            phone.2.1 any  7 20 resolved -
            phone.3.1 any 30 40 resolved -
        """,
        visits=f"""
            0.0 call/talk  0  0 10 10 done {first}.0
            1.0 call/talk  1  1 11 11 done {second}.0
            2.0 call/talk  7 10 20 20 done {first}.0
            3.0 call/talk 30 30 40 40 done {first}.0
        """,
        staff=BOTH_STAFFED,
    )


OVERFLOW = {"queues.q.overflow": {"after": "5 s", "to": "help"}}


@pytest.mark.parametrize("order", [["team", "help"], ["help", "team"]])
def test_overflow_to_an_idle_pool(order: list[str]) -> None:
    """Customer 1 waits since 1 and goes to help at 6; customer 2 waits since 7 and is team's at 10, before
    its time (12).

    An idle pool named in overflow takes nobody at once, even if it stands first in the queue's order.
    """
    play(
        TWO_POOLS,
        {**OVERFLOW, "queues.q.pools": order},
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 1 16 resolved -
            phone.2.1 any 7 20 resolved -
        """,
        visits="""
            0.0 call/talk 0  0 10 10 done team.0
            1.0 call/talk 1  6 16 16 done help.0
            2.0 call/talk 7 10 20 20 done team.0
        """,
        staff=BOTH_STAFFED,
    )


@pytest.mark.parametrize(("patience", "served"), [("5 s", True), ("4.5 s", False)])
def test_overflow_at_the_very_end_of_patience(patience: str, served: bool) -> None:
    """Customer 1 would give up at 1 + 5 = 6, the moment of overflow: overflow comes first.

    At 5.5 it is too late.
    """
    one = "6 16 16 done help.0" if served else "- 5.5 - abandoned -"
    play(
        TWO_POOLS,
        {**OVERFLOW, "channels.phone.patience": patience, "channels.phone.arrivals.times": [[0], [1]]},
        contacts=f"""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 1 {"16 resolved" if served else "5.5 abandoned"} -
        """,
        visits=f"0.0 call/talk 0 0 10 10 done team.0 \n 1.0 call/talk 1 {one}",
        staff=BOTH_STAFFED,
    )


HELPER = """
clock: {start: 2026-03-02, length: 1 h}
channels:
  phone: {type: voice, arrivals: {times: [[0], [1], [7]]}, flow: call}
  mail: {type: message, arrivals: {times: [[0]]}, flow: mail}
flows:
  call: {steps: {talk: {queue: q, time: 30 s}}}
  mail: {steps: {write: {queue: m, time: 6 s}}}
queues: {q: {overflow: {after: 5 s, to: help}, priority: 1}, m: {}}
pools: {team: {staff: 1, serves: {q: {}}}, help: {staff: 1, serves: {m: {}, q: {speed: 5}}}}
"""


@pytest.mark.parametrize(
    ("mail", "begun"),
    [
        (6, 6),  # free at 6 = 1 + 5: the end of a service comes before overflow and finds the contact ready
        (8, 8),  # ready since 6, taken when the helper is free
        (2, 6),  # idle since 2, taken when ready
    ],
)
def test_overflow_to_a_pool_that_is_free_sooner_or_later(mail: int, begun: int) -> None:
    """Team is busy with customer 0 until 30. Help writes mail for `mail` s, then serves customer 1 in 30 / 5
    = 6 s.

    Customer 2 waits since 7 and is ready at 12: in all three cases help is free again at or after 12 and
    takes it then (at 12, at 14, at 12).
    """
    two = max(begun + 6, 12)
    play(
        HELPER,
        {"flows.mail.steps.write.time": {"constant": f"{mail} s"}},
        contacts=f"""
            phone.0.1 any 0 30 resolved -
            mail.0.1  any 0 {mail} resolved -
            phone.1.1 any 1 {begun + 6} resolved -
            phone.2.1 any 7 {two + 6} resolved -
        """,
        visits=f"""
            0.0 call/talk  0 0 30 30 done team.0
            1.0 mail/write 0 0 {mail} {mail} done help.0
            2.0 call/talk  1 {begun} {begun + 6} {begun + 6} done help.0
            3.0 call/talk  7 {two} {two + 6} {two + 6} done help.0
        """,
        staff=BOTH_STAFFED,
    )


def test_a_free_agent_leaves_alone_who_is_not_ready_to_overflow() -> None:
    """Help is free at 2, at 4 (mail 1 came at 3 and took 1 s): customer 1, of higher priority, is not ready
    before 6.
    """
    play(
        HELPER,
        {
            "flows.mail.steps.write.time": {"constant": "1 s"},
            "channels.mail.arrivals.times": [[0], [1], [3]],
            "channels.phone.arrivals.times": [[0], [1]],
        },
        contacts="""
            phone.0.1 any 0 30 resolved -
            mail.0.1  any 0 1 resolved -
            phone.1.1 any 1 12 resolved -
            mail.1.1  any 1 2 resolved -
            mail.2.1  any 3 4 resolved -
        """,
        visits="""
            0.0 call/talk  0 0 30 30 done team.0
            1.0 mail/write 0 0 1 1 done help.0
            2.0 call/talk  1 6 12 12 done help.0
            3.0 mail/write 1 1 2 2 done help.0
            4.0 mail/write 3 3 4 4 done help.0
        """,
        staff=BOTH_STAFFED,
    )


def test_overflow_by_stages() -> None:
    """Third after 2 s, help after 5 s.

    Customer 0 holds team until 10, customer 1 (since 1) goes to third at 3 and customer 2 (since 2) to help
    at 7, as third is busy until 13.
    """
    text = TWO_POOLS.replace("pools: {", "pools: {third: {staff: 1, serves: {q: {}}}, ")
    play(
        text,
        {
            "queues.q.overflow": [
                {"after": "5 s", "to": "help"},
                {"after": "2 s", "to": "third"},
            ],
            "channels.phone.arrivals.times": [[0], [1], [2]],
        },
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 1 13 resolved -
            phone.2.1 any 2 17 resolved -
        """,
        visits="""
            0.0 call/talk 0 0 10 10 done team.0
            1.0 call/talk 1 3 13 13 done third.0
            2.0 call/talk 2 7 17 17 done help.0
        """,
        staff="0 third 1 1 \n 0 team 1 1 \n 0 help 1 1",
    )


def test_speeds_divide_talk_and_wrap_up() -> None:
    """Pool 2 x skill 1.25 = 2.5: 10 s of talk take 4, 5 s of wrap-up 2.

    At the other queue (skill 0.5): 10 and 5 s.
    """
    text = TWO_QUEUES.replace("time: 10 s", "time: 10 s, wrap_up: 5 s")
    play(
        text,
        {"pools.team": {"staff": 1, "speed": 2, "serves": {"a": {"speed": 1.25}, "b": {"speed": 0.5}}}},
        contacts="""
            a.0.1 any 0  4 resolved -
            b.0.1 any 1 22 resolved -   # after a.1: begins at 12
            a.1.1 any 5 10 resolved -   # begins at 6
        """,
        visits="""
            0.0 a/do 0  0  4  6 done team.0
            1.0 b/do 1 12 22 27 done team.0
            2.0 a/do 5  6 10 12 done team.0
        """,
        staff="0 team 1 1",
    )


ENDS_TOGETHER = """
clock: {start: 2026-03-02, length: 1 h}
channels:
  delayed: {type: message, arrivals: {times: [[0]]}, flow: delayed}
  botted: {type: message, arrivals: {times: [[0]]}, flow: botted}
  served: {type: message, arrivals: {times: [[0]]}, flow: served}
flows:
  delayed: {steps: {rest: {delay: 10 s, next: last}, last: {queue: z, time: 1 s}}}
  botted: {steps: {chat: {bot: b, time: 10 s, next: last}, last: {queue: z, time: 1 s}}}
  served: {steps: {talk: {queue: y, time: 10 s, next: last}, last: {queue: z, time: 1 s}}}
bots: {b: {}}
queues: {y: {}, z: {}}
pools: {first: {staff: 1, serves: {y: {}}}, second: {staff: 1, serves: {z: {}}}}
"""


def test_service_session_and_delay_that_end_at_one_instant() -> None:
    """All three come to one agent at 10: by the kinds of event the one served is first, then the bot's, then
    the delayed one.

    That is against the order of their channels, which decides only among events of one kind.
    """
    play(
        ENDS_TOGETHER,
        contacts="""
            delayed.0.1 any 0 13 resolved -
            botted.0.1 any 0 12 resolved -
            served.0.1 any 0 11 resolved -
        """,
        visits="""
            0.0 delayed/rest  0  0 10  - done -
            0.1 delayed/last 10 12 13 13 done second.0
            1.0 botted/chat   0  0 10  - done -
            1.1 botted/last  10 11 12 12 done second.0
            2.0 served/talk   0  0 10 10 done first.0
            2.1 served/last  10 10 11 11 done second.0
        """,
        staff="0 first 1 1 \n 0 second 1 1",
        bots="0 b up",
    )


def test_delay_end_precedes_overflow() -> None:
    """Served waits since 0 for y, which nobody staffs, and may go to second at 10; the delayed contact gets
    second first.
    """
    play(
        ENDS_TOGETHER,
        {
            "pools": {"first": {"staff": 0, "serves": ["y"]}, "second": {"staff": 1, "serves": ["z", "y"]}},
            "queues.y.overflow": {"after": "10 s", "to": "second"},
            "channels.botted.arrivals.times": [[60]],
        },
        contacts="""
            delayed.0.1 any 0 11 resolved -
            served.0.1 any 0 22 resolved -
            botted.0.1 any 60 71 resolved -
        """,
        visits="""
            0.0 delayed/rest  0  0 10  - done -
            0.1 delayed/last 10 10 11 11 done second.0
            1.0 served/talk   0 11 21 21 done second.0
            1.1 served/last  21 21 22 22 done second.0
            2.0 botted/chat  60 60 70  - done -
            2.1 botted/last  70 70 71 71 done second.0
        """,
        staff="0 first 0 0 \n 0 second 1 1",
        bots="0 b up",
    )
