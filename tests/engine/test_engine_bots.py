"""Bots, worked out by hand: sessions, what happens when full or down, outages planned, overlapping and
random.
"""

from typing import Any

import pytest
from timelines import network, no_table, play, run

from servsim.draws import stream_hash, stream_key, uniform
from servsim.draws.kernel import EXPONENTIAL, quantile
from servsim.engine import ENGINES, simulate
from servsim.errors import RunError

BOT = """
clock: {start: 2026-03-02, length: 1 h}
channels: {chat: {type: chat, arrivals: {times: [[0], [2], [4]]}, flow: f}}
flows:
  f:
    steps:
      hello: {bot: b, time: 10 s, next: resolved, skip_to: person}
      person: {queue: q, time: 20 s}
bots: {b: {}}
queues: {q: {}}
pools: {team: {staff: 5, serves: {q: {}}}}
"""
STAFF = "0 team 5 5"


def at(*spans: tuple[str, str]) -> dict[str, Any]:
    """Return a change: planned outages (time of day, length)."""
    return {"bots.b.outages": [{"at": f"2026-03-02 {time}", "for": length} for time, length in spans]}


def test_as_many_sessions_as_needed() -> None:
    """Nobody waits for a bot without bounds."""
    play(
        BOT,
        contacts="""
            chat.0.1 any 0 10 resolved -
            chat.1.1 any 2 12 resolved -
            chat.2.1 any 4 14 resolved -
        """,
        visits="0.0 f/hello 0 0 10 - done - \n 1.0 f/hello 2 2 12 - done - \n 2.0 f/hello 4 4 14 - done -",
        staff=STAFF,
        bots="0 b up",
    )


def test_wait_for_a_session_as_long_as_patience_bears() -> None:
    """One session, patience 8 s: customer 1 would give up at 10 when the session ends, and begins; 2 gives up
    at 12.
    """
    play(
        BOT,
        {"bots.b": {"sessions": 1}, "channels.chat.patience": "8 s"},
        contacts="""
            chat.0.1 any 0 10 resolved -
            chat.1.1 any 2 20 resolved -
            chat.2.1 any 4 12 abandoned -
        """,
        visits="""
            0.0 f/hello 0 0 10 - done -
            1.0 f/hello 2 10 20 - done -
            2.0 f/hello 4 - 12 - abandoned -
        """,
        staff=STAFF,
        bots="0 b up",
    )


def test_full_and_skip() -> None:
    """Two sessions: customer 2 goes to a person at once."""
    play(
        BOT,
        {"bots.b": {"sessions": 2, "when_full": "skip"}},
        contacts="""
            chat.0.1 any 0 10 resolved -
            chat.1.1 any 2 12 resolved -
            chat.2.1 any 4 24 resolved -
        """,
        visits="""
            0.0 f/hello  0 0 10  - done -
            1.0 f/hello  2 2 12  - done -
            2.0 f/hello  4 -  4  - skipped -
            2.1 f/person 4 4 24 24 done team.0
        """,
        staff=STAFF,
        bots="0 b up",
    )


def test_full_and_block() -> None:
    """One session: customer 1 is blocked; a session that ends at 10 is free for an arrival at 10."""
    play(
        BOT,
        {"bots.b": {"sessions": 1, "when_full": "block"}, "channels.chat.arrivals.times": [[0], [2], [10]]},
        contacts="""
            chat.0.1 any 0 10 resolved -
            chat.1.1 any 2 2 blocked -
            chat.2.1 any 10 20 resolved -
        """,
        visits="""
            0.0 f/hello 0 0 10 - done -
            1.0 f/hello 2 - 2 - blocked -
            2.0 f/hello 10 10 20 - done -
        """,
        staff=STAFF,
        bots="0 b up",
    )


def outage_rows(when_down: str, on_outage: str) -> tuple[str, str]:
    """Return the expected contacts and visits of `test_planned_outage`."""
    first = {
        "finish": ("65 resolved", "0.0 f/hello 55 55 65 - done -"),
        "return skip": (
            "80 resolved",
            "0.0 f/hello 55 55 60 - skipped - \n 0.1 f/person 60 60 80 80 done team.0",
        ),
        "return block": ("60 blocked", "0.0 f/hello 55 55 60 - blocked -"),
        "return wait": (
            "130 resolved",
            "0.0 f/hello 55 55 60 - handed_back - \n 0.1 f/hello 60 120 130 - done -",
        ),
    }["finish" if on_outage == "finish" else f"return {when_down}"]
    agent = 1 if (when_down, on_outage) == ("skip", "return") else 0  # agent 0 idles only since 80 then
    second = {
        "skip": (
            "90 resolved",
            f"1.0 f/hello 70 - 70 - skipped - \n 1.1 f/person 70 70 90 90 done team.{agent}",
        ),
        "block": ("70 blocked", "1.0 f/hello 70 - 70 - blocked -"),
        "wait": ("130 resolved", "1.0 f/hello 70 120 130 - done -"),
    }[when_down]
    contacts = (
        f"chat.0.1 any 55 {first[0]} - \n chat.1.1 any 70 {second[0]} - \n chat.2.1 any 120 130 resolved -"
    )
    return contacts, f"{first[1]} \n {second[1]} \n 2.0 f/hello 120 120 130 - done -"


@pytest.mark.parametrize("on_outage", ["finish", "return"])
@pytest.mark.parametrize("when_down", ["skip", "wait", "block"])
def test_planned_outage(when_down: str, on_outage: str) -> None:
    """Down from 60 to 120. Customer 0's session runs from 55 to 65; customer 1 comes at 70, customer 2 at 120
    when it is up again.

    Finish: customer 0 is done at 65. Return: broken off at 60, then as when_down says: to a person at 60,
    blocked, or a session of 10 s anew at 120. Customer 1: to a person at 70, blocked, or a session at 120.
    """
    contacts, visits = outage_rows(when_down, on_outage)
    play(
        BOT,
        {
            **at(("00:01", "1 min")),
            "bots.b.when_down": when_down,
            "bots.b.on_outage": on_outage,
            "channels.chat.arrivals.times": [[55], [70], [120]],
        },
        contacts=contacts,
        visits=visits,
        staff=STAFF,
        bots="0 b up \n 60 b down \n 120 b up",
    )


def test_outage_at_the_instant_of_a_sessions_end_and_of_an_arrival() -> None:
    """Down at 60: before the session from 50 ends (it is broken off) and before customer 1 arrives."""
    play(
        BOT,
        {**at(("00:01", "1 min")), "bots.b.when_down": "block", "channels.chat.arrivals.times": [[50], [60]]},
        contacts="chat.0.1 any 50 60 blocked - \n chat.1.1 any 60 60 blocked -",
        visits="0.0 f/hello 50 50 60 - blocked - \n 1.0 f/hello 60 - 60 - blocked -",
        staff=STAFF,
        bots="0 b up \n 60 b down \n 120 b up",
    )


@pytest.mark.parametrize(
    ("spans", "bots"),
    [
        ([("00:01", "1 min"), ("00:01:30", "1 min")], "60 b down \n 150 b up"),  # overlapping
        ([("00:01", "1 min"), ("00:02", "1 min")], "60 b down \n 180 b up"),  # touching: down comes before up
        ([("00:01", "3 min"), ("00:02", "1 min")], "60 b down \n 240 b up"),  # one within the other
        ([("00:01", "1 min"), ("00:01", "1 min")], "60 b down \n 120 b up"),  # the same twice
        (
            [("00:03", "10 s"), ("00:01", "1 min")],
            "60 b down \n 120 b up \n 180 b down \n 190 b up",
        ),  # written in any order
        ([("00:01", "0 s")], ""),  # none at all
        ([("00:59", "2 min")], "3540 b down"),  # it ends after the clock, when nobody is inside
        ([("01:00", "2 min")], ""),  # it would begin at the clock's end
    ],
)
def test_outages_together(spans: list[tuple[str, str]], bots: str) -> None:
    """The bot works again when the last of the outages under way has ended."""
    play(
        BOT,
        {**at(*spans), "channels.chat.arrivals.times": [[0]]},
        contacts="chat.0.1 any 0 10 resolved -",
        visits="0.0 f/hello 0 0 10 - done -",
        staff=STAFF,
        bots=f"0 b up \n {bots}",
    )


def test_outage_under_way_when_the_clock_starts() -> None:
    """From 23:59:30 of the day before to 00:00:30; one that ended before the start is nothing."""
    outages = [{"at": "2026-03-01 23:59:30", "for": "1 min"}, {"at": "2026-03-01 12:00", "for": "12 h"}]
    play(
        BOT,
        {"bots.b": {"outages": outages, "when_down": "wait"}, "channels.chat.arrivals.times": [[0]]},
        contacts="chat.0.1 any 0 40 resolved -",
        visits="0.0 f/hello 0 30 40 - done -",
        staff=STAFF,
        bots="0 b up \n 0 b down \n 30 b up",
    )


def test_those_who_wait_for_a_session_leave_the_line_when_the_bot_goes_down() -> None:
    """One session, customers 1 and 2 wait for it; at 60 the three go to a person in the order in which they
    came.
    """
    play(
        BOT,
        {
            **at(("00:01", "1 min")),
            "bots.b.sessions": 1,
            "channels.chat.arrivals.times": [[55], [57], [58]],
            "channels.chat.patience": "5 s",
        },
        contacts="""
            chat.0.1 any 55 80 resolved -
            chat.1.1 any 57 80 resolved -
            chat.2.1 any 58 80 resolved -
        """,
        visits="""
            0.0 f/hello  55 55 60  - skipped -
            0.1 f/person 60 60 80 80 done team.0
            1.0 f/hello  57  - 60  - skipped -
            1.1 f/person 60 60 80 80 done team.1
            2.0 f/hello  58  - 60  - skipped -
            2.1 f/person 60 60 80 80 done team.2
        """,
        staff=STAFF,
        bots="0 b up \n 60 b down \n 120 b up",
    )


def test_a_session_broken_off_keeps_its_place_before_those_who_wait() -> None:
    """One session. 0 (since 55) is broken off at 60; 1 waits since 58, with patience 65 s until 123; 0's
    patience runs anew to 125.

    At 120 customer 0 begins again, to 130; 1 gives up at 123. The waits for the bot are under way while it is
    down.
    """
    play(
        BOT,
        {
            **at(("00:01", "1 min")),
            "bots.b.sessions": 1,
            "bots.b.when_down": "wait",
            "channels.chat.arrivals.times": [[55], [58]],
            "channels.chat.patience": "65 s",
        },
        contacts="chat.0.1 any 55 130 resolved - \n chat.1.1 any 58 123 abandoned -",
        visits="""
            0.0 f/hello 55  55  60 - handed_back -
            0.1 f/hello 60 120 130 - done -
            1.0 f/hello 58   - 123 - abandoned -
        """,
        staff=STAFF,
        bots="0 b up \n 60 b down \n 120 b up",
    )


def test_patience_that_ends_when_the_bot_is_up_again() -> None:
    """Customer 0 would give up at 70 + 50 = 120: the repair comes first, and the session begins."""
    play(
        BOT,
        {
            **at(("00:01", "1 min")),
            "bots.b.when_down": "wait",
            "channels.chat.arrivals.times": [[70], [69]],
            "channels.chat.patience": "50 s",
        },
        contacts="chat.0.1 any 69 119 abandoned - \n chat.1.1 any 70 130 resolved -",
        visits="0.0 f/hello 69 - 119 - abandoned - \n 1.0 f/hello 70 120 130 - done -",
        staff=STAFF,
        bots="0 b up \n 60 b down \n 120 b up",
    )


def test_who_waited_for_the_repair_goes_on_waiting_for_a_session() -> None:
    """One session, full means skip, down means wait. 0 and 1 wait for the repair; at 120 0 begins, 1 waits on
    to 130.

    Customer 2, who comes at 125 to a full bot, skips it: only who comes to a full bot does.
    """
    play(
        BOT,
        {
            "bots.b": {"sessions": 1, "when_full": "skip", "when_down": "wait"},
            **at(("00:01", "1 min")),
            "channels.chat.arrivals.times": [[70], [80], [125]],
        },
        contacts="""
            chat.0.1 any 70 130 resolved -
            chat.1.1 any 80 140 resolved -
            chat.2.1 any 125 145 resolved -
        """,
        visits="""
            0.0 f/hello   70 120 130   - done -
            1.0 f/hello   80 130 140   - done -
            2.0 f/hello  125   - 125   - skipped -
            2.1 f/person 125 125 145 145 done team.0
        """,
        staff=STAFF,
        bots="0 b up \n 60 b down \n 120 b up",
    )


def test_sessions_finished_during_an_outage_count_against_the_sessions_after_it() -> None:
    """One session from 59 to 99 goes on (finish); the outage lasts from 60 to 70.

    Customer 1, since 65, begins at 99 only.
    """
    play(
        BOT,
        {
            **at(("00:01", "10 s")),
            "bots.b.sessions": 1,
            "bots.b.when_down": "wait",
            "bots.b.on_outage": "finish",
            "flows.f.steps.hello.time": {"constant": "40 s"},
            "channels.chat.arrivals.times": [[59], [65]],
        },
        contacts="chat.0.1 any 59 99 resolved - \n chat.1.1 any 65 139 resolved -",
        visits="0.0 f/hello 59 59 99 - done - \n 1.0 f/hello 65 99 139 - done -",
        staff=STAFF,
        bots="0 b up \n 60 b down \n 70 b up",
    )


def test_failures_come_a_time_after_each_repair() -> None:
    """10 min up, 1 min down: fails at 600, 1260, 1920, 2580, 3240 (each 60 s), next at 3900, after the clock.

    A planned outage from 630 to 690 lengthens the first; the next failure counts from the repair at 660 all
    the same.
    """
    outages = [
        {"mtbf": {"constant": "10 min"}, "mttr": {"constant": "1 min"}},
        {"at": "2026-03-02 00:10:30", "for": "1 min"},
    ]
    play(
        BOT,
        {"bots.b": {"outages": outages}, "channels.chat.arrivals.times": [[0]]},
        contacts="chat.0.1 any 0 10 resolved -",
        visits="0.0 f/hello 0 0 10 - done -",
        staff=STAFF,
        bots="""
            0 b up
             600 b down \n  690 b up
            1260 b down \n 1320 b up
            1920 b down \n 1980 b up
            2580 b down \n 2640 b up
            3240 b down \n 3300 b up
        """,
    )


def test_a_session_longer_than_the_bot_ever_lives_never_ends() -> None:
    """A session of 15 min on a bot that fails every 10 min begins anew after each repair, to the last one at
    3300.

    The last begin, at 3300, meets no failure (3900 lies after the clock): it ends at 4200, while the run
    drains.
    """
    frail = {"mtbf": {"constant": "10 min"}, "mttr": {"constant": "1 min"}}
    net, records = run(
        BOT,
        {
            "bots.b": {"outages": [frail], "when_down": "wait"},
            "flows.f.steps.hello.time": {"constant": "15 min"},
            "channels.chat.arrivals.times": [[0]],
        },
    )
    assert records.visits["started"].tolist() == [0, 660, 1320, 1980, 2640, 3300]
    assert records.visits["ended"].tolist() == [600, 1260, 1920, 2580, 3240, 4200]
    assert records.finished == 4200
    # the bound on visits counts sessions begun anew: the outage at 2580 passes one of four
    assert len(simulate(net, 1, 1, max_visits=6).visits["end"]) == 6
    with pytest.raises(RunError, match=r"more than 4 visits to steps by 0\.7 h"):
        simulate(net, 1, 1, max_visits=4)


def test_each_random_outage_has_its_own_draws() -> None:
    """Outage k of a bot has the draws of index k in the bot's two streams, by the rule of DESIGN 4.2."""
    random = {"mtbf": "10 min", "mttr": "1 min"}
    changes = {"clock.length": "6 h", "bots.b": {"outages": [random]}, "channels.chat.arrivals.times": [[0]]}
    _, records = run(BOT, changes, seed=3, replication=2)
    up_key, down_key = (stream_key(3, 2, stream_hash(f"bot/b/{what}")) for what in ("up", "down"))
    now, expected = 0.0, [(0.0, 1)]
    for index in range(1000):
        now += quantile(EXPONENTIAL, 600.0, 0.0, 0.0, no_table(), 0, 0, uniform(up_key, 0, 0, index))
        if now >= 6 * 3600:
            break
        expected.append((now, 0))
        now += quantile(EXPONENTIAL, 60.0, 0.0, 0.0, no_table(), 0, 0, uniform(down_key, 0, 0, index))
        expected.append((now, 1))
    assert len(expected) > 20
    assert list(zip(records.bots["time"].tolist(), records.bots["up"].tolist(), strict=True)) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_outages_without_end_stop_at_the_bound(engine: str) -> None:
    """A bot that fails each minute, for a second: the eleventh outage begins after eleven minutes."""
    mtbf = {"uniform": {"low": "60 s", "high": "60.1 s"}}
    often = {"clock.length": "24 h", "bots.b.outages": [{"mtbf": mtbf, "mttr": "1 s"}]}
    with pytest.raises(RunError, match=r"more than 10 outages by 0\.2 h"):
        simulate(network(BOT, often), 1, 1, engine, max_visits=10)
