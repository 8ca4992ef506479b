"""One queue, worked out by hand: order of service, patience, waiting room, trunk lines, ties."""

from pathlib import Path

import pytest
from timelines import ONE_QUEUE, network, play

from servsim.engine import ENGINES, simulate
from servsim.errors import RunError
from servsim.network import build
from servsim.scenario import load

ALONE = "0 team 1 1"


def test_first_come_first_served_with_wrap_up() -> None:
    """One agent, 10 s of talk, 5 s of wrap-up: the agent is free at 15, 30, 45; the customers leave 5 s
    before.
    """
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [1], [2], [50]], "flows.call.steps.talk.wrap_up": "5 s"},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  1 25 resolved -   # begins at 15
            phone.2.1 any  2 40 resolved -   # begins at 30
            phone.3.1 any 50 60 resolved -   # the agent idles since 45
        """,
        visits="""
            0.0 call/talk  0  0 10 15 done team.0
            1.0 call/talk  1 15 25 30 done team.0
            2.0 call/talk  2 30 40 45 done team.0
            3.0 call/talk 50 50 60 65 done team.0
        """,
        staff=ALONE,
    )


def test_who_came_at_one_instant_is_served_in_the_order_of_customers() -> None:
    """All come at 5, while the agent is busy until 10."""
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [5], [5], [5]]},
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 5 20 resolved -
            phone.2.1 any 5 30 resolved -
            phone.3.1 any 5 40 resolved -
        """,
        visits="""
            0.0 call/talk 0  0 10 10 done team.0
            1.0 call/talk 5 10 20 20 done team.0
            2.0 call/talk 5 20 30 30 done team.0
            3.0 call/talk 5 30 40 40 done team.0
        """,
        staff=ALONE,
    )


def test_patience_that_ends_when_the_agent_is_free_is_served() -> None:
    """Free at 15. Customer 1 gives up at 5 + 10 = 15 and is served; customer 2 at 8 + 10 = 18, before the
    agent's 30.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [5], [8]],
            "channels.phone.patience": "10 s",
            "flows.call.steps.talk.wrap_up": "5 s",
        },
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 5 25 resolved -
            phone.2.1 any 8 18 abandoned -
        """,
        visits="""
            0.0 call/talk 0  0 10 15 done team.0
            1.0 call/talk 5 15 25 30 done team.0
            2.0 call/talk 8  - 18  - abandoned -
        """,
        staff=ALONE,
    )


def test_who_gives_up_in_the_middle_of_the_line_is_passed_over() -> None:
    """Patience by reason: the second in line leaves at 1 + 3 = 4, the third is served at 10."""
    play(
        ONE_QUEUE,
        {
            "reasons": ["calm", "hasty"],
            "channels.phone.reasons": {"calm": 1},
            "channels.phone.arrivals.times": [[0, "calm"], [1, "hasty"], [2, "calm"]],
            "channels.phone.patience": {"by_reason": {"calm": "1 min", "hasty": "3 s"}},
        },
        contacts="""
            phone.0.1 calm  0 10 resolved -
            phone.1.1 hasty 1  4 abandoned -
            phone.2.1 calm  2 20 resolved -
        """,
        visits="""
            0.0 call/talk 0  0 10 10 done team.0
            1.0 call/talk 1  -  4  - abandoned -
            2.0 call/talk 2 10 20 20 done team.0
        """,
        staff=ALONE,
    )


def test_zero_patience() -> None:
    """Who bears no wait is served where an agent idles (0, and 10: the service ends before the arrival), else
    gone at once.
    """
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [9], [10]], "channels.phone.patience": "0 s"},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  9  9 abandoned -
            phone.2.1 any 10 20 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk  9  -  9  - abandoned -
            2.0 call/talk 10 10 20 20 done team.0
        """,
        staff=ALONE,
    )


def test_zero_patience_frees_the_room_before_the_next_arrival_of_the_instant() -> None:
    """Room for one. Both come at 5: the first waits and gives up at once (its event precedes an arrival), so
    the second may wait too.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [5], [5]],
            "channels.phone.patience": "0 s",
            "queues.q.max_waiting": 1,
        },
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 5  5 abandoned -
            phone.2.1 any 5  5 abandoned -
        """,
        visits="""
            0.0 call/talk 0 0 10 10 done team.0
            1.0 call/talk 5 -  5  - abandoned -
            2.0 call/talk 5 -  5  - abandoned -
        """,
        staff=ALONE,
    )


def test_full_room_blocks() -> None:
    """Room for one: customers 1 waits, 2 is blocked; at 10 the room empties before customer 3 comes, who
    waits in it.
    """
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [1], [2], [10]], "queues.q.max_waiting": 1},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  1 20 resolved -
            phone.2.1 any  2  2 blocked -
            phone.3.1 any 10 30 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk  1 10 20 20 done team.0
            2.0 call/talk  2  -  2  - blocked -
            3.0 call/talk 10 20 30 30 done team.0
        """,
        staff=ALONE,
    )


def test_no_room_at_all() -> None:
    """A loss system: served at once or blocked, but never blocked where an agent idles."""
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [9], [10]], "queues.q.max_waiting": 0},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  9  9 blocked -
            phone.2.1 any 10 20 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk  9  -  9  - blocked -
            2.0 call/talk 10 10 20 20 done team.0
        """,
        staff=ALONE,
    )


def test_lines_count_those_who_wait_and_those_served() -> None:
    """Two lines: 0 is served and 1 waits, so 2 is blocked without a visit; at 10 a line is free again before
    3 comes.
    """
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[0], [1], [2], [10]], "channels.phone.lines": 2},
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any  1 20 resolved -
            phone.2.1 any  2  2 blocked -
            phone.3.1 any 10 30 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 10 done team.0
            1.0 call/talk  1 10 20 20 done team.0
            3.0 call/talk 10 20 30 30 done team.0
        """,
        staff=ALONE,
    )


def test_a_line_is_free_during_wrap_up_and_after_giving_up() -> None:
    """One line, patience 3 s, wrap-up 20 s: 0 frees the line at 10; 1 takes it and gives up at 13; 2 takes it
    at 13.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [10], [12], [13]],
            "channels.phone.lines": 1,
            "channels.phone.patience": "3 s",
            "flows.call.steps.talk.wrap_up": "20 s",
        },
        contacts="""
            phone.0.1 any  0 10 resolved -
            phone.1.1 any 10 13 abandoned -
            phone.2.1 any 12 12 blocked -
            phone.3.1 any 13 16 abandoned -
        """,
        visits="""
            0.0 call/talk  0 0 10 30 done team.0
            1.0 call/talk 10 - 13  - abandoned -
            3.0 call/talk 13 - 16  - abandoned -
        """,
        staff=ALONE,
    )


OFF_LINE = """
clock: {start: 2026-03-02, length: 1 h}
channels:
  phone: {type: voice, lines: 1, patience: 5 s, arrivals: {times: [[0], [9], [10], [12]]}, flow: call}
flows:
  call:
    steps:
      talk: {queue: front, time: 10 s, next: check}
      check: {queue: back, live: false, time: 30 s, next: tell}
      tell: {queue: front, time: 1 s}
queues: {front: {}, back: {}}
pools: {front: {staff: 2, serves: {front: {}}}, back: {staff: 1, serves: {back: {}}}}
"""


def test_a_step_that_is_not_live_frees_the_line_for_good_and_knows_no_patience() -> None:
    """One line. Customer 0 leaves it at 10 for the back office (10 to 40), so 1 (at 9) is blocked and 2 (at
    10) is not.

    Customer 2 keeps it until 20, so 3 is blocked; in the back office 2 waits from 20 to 40, beyond its 5 s of
    patience: nobody waits on the line there. Both tell their customer without a line: at 40 to 41 and 70 to
    71. Front agents: 0 idles again at 10, so agent 1 (idle since 0) takes customer 2 at 10; at 40 agent 0
    (idle since 10) precedes agent 1 (since 20); at 70 agent 1 (since 20) precedes agent 0 (since 41).
    """
    play(
        OFF_LINE,
        contacts="""
            phone.0.1 any  0 41 resolved -
            phone.1.1 any  9  9 blocked -
            phone.2.1 any 10 71 resolved -
            phone.3.1 any 12 12 blocked -
        """,
        visits="""
            0.0 call/talk   0  0 10 10 done front.0
            0.1 call/check 10 10 40 40 done back.0
            0.2 call/tell  40 40 41 41 done front.0
            2.0 call/talk  10 10 20 20 done front.1
            2.1 call/check 20 40 70 70 done back.0
            2.2 call/tell  70 70 71 71 done front.1
        """,
        staff="0 front 2 2 \n 0 back 1 1",
    )


def test_arrival_and_the_end_of_wrap_up_at_one_instant() -> None:
    """The agent is free at 15 before customer 1 arrives at 15, so there is no wait even where waiting is not
    possible.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [15]],
            "flows.call.steps.talk.wrap_up": "5 s",
            "queues.q.max_waiting": 0,
        },
        contacts="phone.0.1 any 0 10 resolved - \n phone.1.1 any 15 25 resolved -",
        visits="""
            0.0 call/talk  0  0 10 15 done team.0
            1.0 call/talk 15 15 25 30 done team.0
        """,
        staff=ALONE,
    )


def test_roster_then_patience_then_arrival_at_one_instant() -> None:
    """Nobody works until 01:00 = 3600 s. Customer 0 gives up at 3590 + 10 = 3600: the roster comes first, 0
    is served.

    Customer 1, who comes at 3600 as well, comes last of all.
    """
    play(
        ONE_QUEUE,
        {
            "clock.length": "2 h",
            "channels.phone.arrivals.times": [[3590], [3600]],
            "channels.phone.patience": "10 s",
            "pools.team.staff": {"by_time": {"00:00": 0, "01:00": 1}},
        },
        contacts="phone.0.1 any 3590 3610 resolved - \n phone.1.1 any 3600 3620 resolved -",
        visits="""
            0.0 call/talk 3590 3600 3610 3610 done team.0
            1.0 call/talk 3600 3610 3620 3620 done team.0
        """,
        staff="0 team 0 0 \n 3600 team 1 1",
    )


def test_wrap_up_end_precedes_service_end() -> None:
    """Two agents. At 20 agent 0 ends wrap-up (kind 3) and agent 1 ends service (kind 4) without wrap-up.

    Customer 0 (talk 10, wrap-up 10) holds agent 0 until 20; customer 1 (from 10, talk 10, none) agent 1 until
    20. Waiting: 2 since 12, 3 since 13. Agent 0 is free first and takes 2; agent 1 takes 3.
    """
    play(
        ONE_QUEUE,
        {
            "reasons": ["long", "short"],
            "channels.phone.reasons": {"long": 1},
            "channels.phone.arrivals.times": [[0, "long"], [10, "short"], [12, "short"], [13, "short"]],
            "flows.call.steps.talk.by_reason": {"long": {"wrap_up": "10 s"}},
            "pools.team.staff": 2,
        },
        contacts="""
            phone.0.1 long   0 10 resolved -
            phone.1.1 short 10 20 resolved -
            phone.2.1 short 12 30 resolved -
            phone.3.1 short 13 30 resolved -
        """,
        visits="""
            0.0 call/talk  0  0 10 20 done team.0
            1.0 call/talk 10 10 20 20 done team.1
            2.0 call/talk 12 20 30 30 done team.0
            3.0 call/talk 13 20 30 30 done team.1
        """,
        staff="0 team 2 2",
    )


def test_services_that_end_at_one_instant_end_in_the_order_of_their_customers() -> None:
    """Two end at 10: customer 0's agent (0) is free first and takes the longest waiting, 2; then agent 1
    takes 3.

    By file order of channels the mail's customer would come after: mail.0 comes at 0 as well, as the third.
    """
    play(
        ONE_QUEUE,
        {
            "channels.phone.arrivals.times": [[0], [0], [4]],
            "channels.mail": {"type": "message", "arrivals": {"times": [[0]]}, "flow": "call"},
            "pools.team.staff": 2,
        },
        contacts="""
            phone.0.1 any 0 10 resolved -
            phone.1.1 any 0 10 resolved -
            mail.0.1  any 0 20 resolved -
            phone.2.1 any 4 20 resolved -
        """,
        visits="""
            0.0 call/talk 0  0 10 10 done team.0
            1.0 call/talk 0  0 10 10 done team.1
            2.0 call/talk 0 10 20 20 done team.0
            3.0 call/talk 4 10 20 20 done team.1
        """,
        staff="0 team 2 2",
    )


def test_no_wrap_up_frees_the_agent_before_the_contact_goes_on_and_zero_wrap_up_after() -> None:
    """Customer 0 goes twice through the queue with one agent; customer 1 waits since 1.

    Without wrap-up and with one of 0 s alike, customer 0 rejoins behind customer 1, who waits longer. With an
    idle line the difference would not show: the agent is free at the same instant either way.
    """
    text = ONE_QUEUE.replace(
        "talk: {queue: q, time: 10 s}",
        "talk: {queue: q, time: 10 s, next: again}, again: {queue: q, time: 5 s}",
    )
    for wrap_up in (None, "0 s"):
        play(
            text,
            {
                "channels.phone.arrivals.times": [[0], [1]],
                **({"flows.call.steps.talk.wrap_up": wrap_up} if wrap_up else {}),
            },
            contacts="phone.0.1 any 0 25 resolved - \n phone.1.1 any 1 30 resolved -",
            visits="""
                0.0 call/talk   0  0 10 10 done team.0
                0.1 call/again 10 20 25 25 done team.0
                1.0 call/talk   1 10 20 20 done team.0
                1.1 call/again 20 25 30 30 done team.0
            """,
            staff=ALONE,
        )


def test_nobody_on_duty_leaves_contacts_waiting_for_ever() -> None:
    """No agents: the run drains to its end without them, and says so; the integral of the waiting number runs
    to the end.
    """
    records = play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[600], [3000]], "pools.team.staff": 0},
        contacts="phone.0.1 any 600 - open - \n phone.1.1 any 3000 - open -",
        visits="0.0 call/talk 600 - - - open - \n 1.0 call/talk 3000 - - - open -",
        staff="0 team 0 0",
    )
    assert records.finished == 3600
    assert records.queue_area.tolist() == [3000 + 600]


DRAIN_CHANGES = {
    "channels.phone.arrivals.times": [[3580], [3585], [3599]],
    "flows.call.steps.talk.wrap_up": "10 s",
}


def test_drain_finishes_those_inside() -> None:
    """The clock ends at 3600; three customers, 10 + 10 s each: free at 3600, 3620, 3640."""
    records = play(
        ONE_QUEUE,
        DRAIN_CHANGES,
        contacts="""
            phone.0.1 any 3580 3590 resolved -
            phone.1.1 any 3585 3610 resolved -
            phone.2.1 any 3599 3630 resolved -
        """,
        visits="""
            0.0 call/talk 3580 3580 3590 3600 done team.0
            1.0 call/talk 3585 3600 3610 3620 done team.0
            2.0 call/talk 3599 3620 3630 3640 done team.0
        """,
        staff=ALONE,
    )
    assert records.finished == 3640
    assert records.queue_area.tolist() == [15 + 21]


def test_cut_stops_before_the_events_of_the_last_instant() -> None:
    """As above, cut: what would happen at 3600 sharp (the agent free, customer 1 begun) does not."""
    records = play(
        ONE_QUEUE,
        {**DRAIN_CHANGES, "clock.at_end": "cut"},
        contacts="""
            phone.0.1 any 3580 3590 resolved -
            phone.1.1 any 3585 - open -
            phone.2.1 any 3599 - open -
        """,
        visits="""
            0.0 call/talk 3580 3580 3590 - done team.0
            1.0 call/talk 3585 - - - open -
            2.0 call/talk 3599 - - - open -
        """,
        staff=ALONE,
    )
    assert records.finished == 3600
    assert records.queue_area.tolist() == [15 + 1]


def test_nobody_arrives_at_or_after_the_clocks_end() -> None:
    """Exact times from 3600 on are left out; warm-up is no matter of the engine."""
    play(
        ONE_QUEUE,
        {"channels.phone.arrivals.times": [[3700], [3600], [3599.5]], "clock.warmup": "30 min"},
        contacts="phone.0.1 any 3599.5 3609.5 resolved -",
        visits="0.0 call/talk 3599.5 3599.5 3609.5 3609.5 done team.0",
        staff=ALONE,
    )


def test_closed_channel_turns_contacts_away() -> None:
    """Open from 00:10 to 00:20, that is [600, 1200): the edges count as open and closed."""
    play(
        ONE_QUEUE,
        {
            "calendars": {"desk": {"daily": "00:10-00:20"}},
            "channels.phone.open": "desk",
            "channels.phone.arrivals.times": [[599], [600], [1199], [1200]],
        },
        contacts="""
            phone.0.1 any  599  599 closed -
            phone.1.1 any  600  610 resolved -
            phone.2.1 any 1199 1209 resolved -
            phone.3.1 any 1200 1200 closed -
        """,
        visits="""
            1.0 call/talk  600  600  610  610 done team.0
            2.0 call/talk 1199 1199 1209 1209 done team.0
        """,
        staff=ALONE,
    )


def test_more_customers_than_the_bound_are_refused_at_once() -> None:
    """Three customers, three visits: a bound of three is kept, one of two cannot be."""
    net = network(ONE_QUEUE, {"clock.length": "3 h", "channels.phone.arrivals.times": [[0], [60], [7200]]})
    assert len(simulate(net, 1, 1, max_visits=3).visits["end"]) == 3
    with pytest.raises(
        RunError, match="the scenario expects 3 contacts in a replication, and the bound is 2; "
    ):
        simulate(net, 1, 1, max_visits=2)


@pytest.mark.parametrize("engine", ENGINES)
def test_too_many_visits_is_a_run_error(engine: str) -> None:
    """One customer, served again and again for an hour each."""
    endless = {
        "flows.call.steps.talk.next": {"talk": "99.9999%", "resolved": "rest"},
        "flows.call.steps.talk.time": "1 h",
    }
    net = network(ONE_QUEUE, {"clock.length": "3 h", "clock.at_end": "cut", **endless})
    assert len(simulate(net, 1, 1, engine, max_visits=3).visits["end"]) == 3
    with pytest.raises(RunError, match=r"more than 2 visits to steps by 2\.0 h"):
        simulate(net, 1, 1, engine, max_visits=2)


def test_unknown_engine() -> None:
    """The message names the engines there are."""
    with pytest.raises(ValueError, match="no engine is named 'warp'; engines: auto, reference, compiled"):
        simulate(network(ONE_QUEUE), 1, 1, engine="warp")


@pytest.mark.parametrize("engine", ENGINES)
def test_contacts_that_are_turned_away_count_towards_the_bound(tmp_path: Path, engine: str) -> None:
    """One line, taken for an hour; everybody else is blocked, visits no step, and comes back each minute."""
    file = tmp_path / "s.yaml"
    file.write_text(
        """
clock: {start: 2026-03-02, length: 1 h}
channels: {c: {type: voice, lines: 1, arrivals: {rate: 60/h}, flow: f}}
returns: {blocked: {probability: 100%, after: 1 min, attempts: 100}}
flows: {f: {steps: {talk: {queue: q, time: 1 h}}}}
queues: {q: }
pools: {p: {staff: 1, serves: [q]}}
""",
        encoding="utf-8",
    )
    with pytest.raises(RunError, match="more than 100 contacts by"):
        simulate(build(load(file).model), 1, 1, engine, max_visits=100)
