"""From names to numbers: what the arrays of a network mean, checked against scenarios that a person can lay
out by hand.
"""

import dataclasses

import numpy as np
import pytest
from networks import HOUR, network

from servsim.draws import combine
from servsim.draws.kernel import CONSTANT, EXPONENTIAL, LOGNORMAL
from servsim.errors import InputError
from servsim.network.kinds import BotMove, End, EventKind, StepKind, pack

WIDE = """
clock: {start: 2026-03-02 08:30, length: 10 h, warmup: 1 h, interval: 15 min, at_end: cut}
calendars: {desk: {daily: "08:00-20:00"}, night: {daily: "20:00-08:00"}}
reasons: [order, return, complaint]
day_factors: {busy: {cv: 0.2}, still: {shape: 9}}
channels:
  mail: {type: message, arrivals: {rate: 1/h, day_factor_cv: 0.5}, reasons: {return: rest}, flow: two}
  phone:
    type: voice
    open: desk
    lines: 7
    arrivals: {rate: 2/h, day_factor: still}
    reasons: {complaint: 25%, order: 50%, return: rest}
    patience: 90 s
    flow: one
    returns: {blocked: {probability: 100%, after: 3 s, channel: mail}}
  chat:
    type: chat
    arrivals: {rate: 3/h}
    reasons: {order: 10%, return: 90%, complaint: 0}
    patience: none
    flow: one
flows:
  one:
    start: talk
    steps:
      hello: {bot: second, time: 1 s, next: {talk: 50%, resolved: 50%}}
      talk:
        queue: a
        time: 20 s
        wrap_up: 2 s
        next: {rest: 0, resolved: 60%, abandoned: rest}
        by_reason: {complaint: {next: rest, wrap_up: 9 s}, return: {time: {exponential: 4 s}}}
      rest: {delay: 1 h, during: night, live: true}
  two:
    steps:
      answer: {queue: b, time: 5 s, live: false, next: {hello: 20%, resolved: 80%}}
      hello: {bot: first, time: 1 s, next: {resolved: 1}, skip_to: answer}
bots:
  first:
    sessions: 4
    when_full: block
    when_down: wait
    on_outage: finish
    outages: [{mtbf: 1 h, mttr: 2 min}]
  second: {}
queues:
  a:
    priority: 2
    head_start: 5 s
    max_waiting: 3
    overflow: [{after: 30 s, to: z}, {after: 20 s, to: y}]
    pools: [z, x, y]
  b: {patience: 7 s}
  c: {patience: none}
pools:
  x: {staff: 1, speed: 2, serves: {b: {speed: 1.5}, a: {}}}
  y: {staff: 2, serves: [a, c], on_shift_end: return}
  z: {staff: 3, serves: {c: {preference: 4}, a: {preference: 4, speed: 0.5}, b: {}}}
returns:
  blocked: {probability: 10%, after: 8 s}
  unresolved: {probability: 30%, after: 9 s, during: night, attempts: 5}
"""
RESOLVED, ABANDONED, UNRESOLVED = (-1 - int(end) for end in (End.RESOLVED, End.ABANDONED, End.UNRESOLVED))
HELLO, TALK, REST, ANSWER, HELLO_2 = range(5)


@pytest.fixture(scope="module", name="net")
def wide_network() -> object:
    return network(WIDE)


def constants(net, samplers) -> list[float]:  # type: ignore[no-untyped-def]
    """Return the constants that samplers give to the first reason, -1 for no sampler."""
    s = net.samplers
    rows = [int(s.row[s.first_row[i]]) if i >= 0 else -1 for i in samplers]
    assert all(s.kind[row] == CONSTANT for row in rows if row >= 0)
    return [float(s.params[row, 0]) if row >= 0 else -1 for row in rows]


def test_names_and_clock(net) -> None:  # type: ignore[no-untyped-def]
    """Numbers follow the order of the file; steps run through all flows."""
    assert net.names.channels == ("mail", "phone", "chat")
    assert net.names.steps == ("one/hello", "one/talk", "one/rest", "two/answer", "two/hello")
    assert (net.names.queues, net.names.pools, net.names.bots) == (
        ("a", "b", "c"),
        ("x", "y", "z"),
        ("first", "second"),
    )
    assert net.names.reasons == ("order", "return", "complaint")
    assert (net.length, net.warmup, net.interval, net.start_of_day) == (10 * HOUR, HOUR, 900, 8.5 * HOUR)
    assert not net.drain


def test_channels(net) -> None:  # type: ignore[no-untyped-def]
    """Shares are cumulative in the order of `reasons`, whatever the order written, and 1 from the last one
    above zero on.
    """
    c = net.channels
    assert c.live.tolist() == [0, 1, 1]
    assert c.start_offset.tolist() == [0, 1, 2, 3]
    assert c.start_share.tolist() == [1, 1, 1]
    assert c.start_target.tolist() == [ANSWER, TALK, TALK]
    assert c.lines.tolist() == [-1, 7, -1]
    assert c.calendar.tolist() == [-1, 0, -1]
    assert constants(net, c.patience) == [-1, 90, -1]
    assert c.reason_share.tolist() == [[0, 1, 1], [0.5, 0.75, 1], [0.1, 1, 1]]
    assert c.day_factor.tolist() == [2, 1, -1]  # the shared ones first, then the channels' own
    assert len(net.day_factor) == 3


def test_a_reason_of_share_zero_is_never_drawn_even_where_the_others_sum_to_less_than_one() -> None:
    """Ten times 0.1 sum to 0.9999999999999999 in floating point: the last of them ends at 1, not the zero
    behind it.
    """
    reasons = [f"r{i}" for i in range(11)]
    shares = {**dict.fromkeys(reasons, 0.1), "r10": 0.0}
    text = """
channels: {phone: {type: voice, arrivals: {rate: 1/h}, reasons: {r0: 1}, flow: f}}
reasons: [r0]
flows: {f: {steps: {s: {delay: 1 s}}}}
"""
    share = network(text, {"reasons": reasons, "channels.phone.reasons": shares}).channels.reason_share[0]
    assert sum([0.1] * 10) < 1
    assert share[9] == share[10] == 1


def test_steps(net) -> None:  # type: ignore[no-untyped-def]
    """Kinds, resources, whether live, where to skip to: written, or the only step that follows, else
    unresolved.
    """
    s = net.steps
    assert s.kind.tolist() == [StepKind.BOT, StepKind.QUEUE, StepKind.DELAY, StepKind.QUEUE, StepKind.BOT]
    assert s.resource.tolist() == [1, 0, -1, 1, 0]
    assert s.live.tolist() == [1, 1, 1, 0, 1]
    assert s.calendar.tolist() == [-1, -1, 1, -1, -1]
    assert s.skip_to.tolist() == [TALK, UNRESOLVED, UNRESOLVED, UNRESOLVED, ANSWER]
    assert constants(net, s.time) == [1, 20, 3600, 5, 1]
    assert constants(net, s.wrap_up) == [-1, 2, -1, -1, -1]


def test_ways(net) -> None:  # type: ignore[no-untyped-def]
    """Ways for each (step, reason), cumulative, without those of share 0."""
    s = net.steps
    parts = [slice(a, b) for a, b in zip(s.next_offset, s.next_offset[1:], strict=False)]
    ways = [list(zip(s.next_share[p].tolist(), s.next_target[p].tolist(), strict=True)) for p in parts]
    assert len(ways) == 5 * 3
    assert ways[0:3] == [[(0.5, TALK), (1, RESOLVED)]] * 3
    assert ways[3:6] == [[(0.6, RESOLVED), (1, ABANDONED)]] * 2 + [[(1, REST)]]
    assert ways[6:9] == [[(1, RESOLVED)]] * 3
    assert ways[9:12] == [[(0.2, HELLO_2), (1, RESOLVED)]] * 3
    assert ways[12:15] == [[(1, RESOLVED)]] * 3


def test_several_steps_to_start_with() -> None:
    """Cumulative shares of each channel's flow, without those of share 0; phone and chat share theirs."""
    c = network(WIDE, {"flows.one.start": {"hello": "30%", "rest": 0, "talk": "rest"}}).channels
    assert c.start_offset.tolist() == [0, 1, 3, 5]
    assert c.start_share.tolist() == [1, 0.3, 1, 0.3, 1]
    assert c.start_target.tolist() == [ANSWER, HELLO, TALK, HELLO, TALK]


def test_a_shift_lies_in_the_last_parameters(net) -> None:  # type: ignore[no-untyped-def]
    """As the kernel wants it; 0 where none is written."""
    time = {"lognormal": {"mean": "60 s", "cv": 0.8, "shift": "30 s"}}
    delay = {"exponential": {"mean": "5 s", "shift": "2 s"}}
    moved = network(WIDE, {"flows.two.steps.answer.time": time, "flows.one.steps.rest.delay": delay})
    shifts = {}
    for step in (ANSWER, REST):
        s = moved.samplers
        row = int(s.row[s.first_row[int(moved.steps.time[step])]])
        shifts[int(s.kind[row])] = s.params[row].tolist()[1:]
    assert shifts[EXPONENTIAL] == [2, 0] and shifts[LOGNORMAL][1] == 30
    others = net.samplers
    assert not others.params[others.kind == EXPONENTIAL, 1].any()


def test_samplers_by_reason(net) -> None:  # type: ignore[no-untyped-def]
    """A step's `by_reason` overrides the time of one reason and the wrap-up of another."""
    s = net.samplers

    def rows(sampler: int) -> list[tuple[int, float]]:
        first = int(s.first_row[sampler])
        assert s.slot_offset[sampler + 1] - s.slot_offset[sampler] == 1
        return [(int(s.kind[row]), float(s.params[row, 0])) for row in s.row[first : first + 3]]

    assert rows(int(net.steps.time[TALK])) == [(CONSTANT, 20), (EXPONENTIAL, 4), (CONSTANT, 20)]
    assert rows(int(net.steps.wrap_up[TALK])) == [(CONSTANT, 2), (CONSTANT, 2), (CONSTANT, 9)]


def test_wrap_up_of_one_reason_only() -> None:
    """Where a step has none and one reason has, the others' is zero."""
    net = network(WIDE, {"flows.one.steps.talk.wrap_up": None})
    assert constants(net, [int(net.steps.wrap_up[TALK])]) == [0]


def test_sampler_slots_join_the_times_of_all_reasons() -> None:
    """x changes at 08:00 and 18:00, y at 12:00: three slots; before 08:00 (no slot) the last one holds for
    both.
    """
    time = {
        "by_reason": {
            "order": {"by_time": {"at": "arrival", "08:00": "1 s", "18:00": "2 s"}},
            "return": {"by_time": {"at": "arrival", "12:00": "3 s", "18:00": "4 s"}},
            "complaint": "5 s",
        }
    }
    net = network(WIDE, {"flows.two.steps.answer.time": time})
    s, i = net.samplers, int(net.steps.time[ANSWER])
    slots = s.slot_time[s.slot_offset[i] : s.slot_offset[i + 1]]
    assert (slots / HOUR).tolist() == [8, 12, 18]
    first = int(s.first_row[i])
    values = s.params[s.row[first : first + 9], 0].reshape(3, 3)
    assert values.tolist() == [[1, 1, 2], [4, 3, 4], [5, 5, 5]]
    assert s.at_arrival[i].tolist() == [1, 1, 1]


def test_bots(net) -> None:  # type: ignore[no-untyped-def]
    """Bounds, moves, and random outages as two exponentials."""
    b = net.bots
    assert b.sessions.tolist() == [4, -1]
    assert b.when_full.tolist() == [BotMove.BLOCK, BotMove.WAIT]
    assert b.when_down.tolist() == [BotMove.WAIT, BotMove.SKIP]
    assert b.returns.tolist() == [0, 1]
    assert b.outage_offset.tolist() == [0, 0, 0]
    assert (b.up[1], b.down[1]) == (-1, -1)
    s = net.samplers
    rows = [int(s.row[s.first_row[i]]) for i in (b.up[0], b.down[0])]
    assert s.kind[rows].tolist() == [EXPONENTIAL] * 2
    assert s.params[rows, 0].tolist() == [3600, 120]


def test_queues_and_the_pools_that_serve_them(net) -> None:  # type: ignore[no-untyped-def]
    """A queue's own order, or the file's; a pool that overflow does not name has no wait."""
    q = net.queues
    assert q.priority.tolist() == [2, 0, 0]
    assert q.head_start.tolist() == [5, 0, 0]
    assert q.room.tolist() == [3, -1, -1]
    assert q.patience[0] == -2
    assert constants(net, [int(q.patience[1])]) == [7]
    assert q.patience[2] == -1
    assert q.pool_offset.tolist() == [0, 3, 5, 7]
    assert q.pool.tolist() == [2, 0, 1, 0, 2, 1, 2]
    assert q.pool_after.tolist() == [30, 0, 20, 0, 0, 0, 0]


def test_pools_and_their_skills(net) -> None:  # type: ignore[no-untyped-def]
    """Ranks by the order written from 1, or as given; speeds multiplied; the wait of overflow on this side as
    well.
    """
    p = net.pools
    assert p.returns.tolist() == [0, 1, 0]
    assert p.skill_offset.tolist() == [0, 2, 4, 7]
    assert p.skill_queue.tolist() == [1, 0, 0, 2, 2, 0, 1]
    assert p.skill_rank.tolist() == [1, 2, 1, 2, 4, 4, 3]
    assert p.skill_speed.tolist() == [3, 2, 1, 1, 1, 0.5, 1]
    assert p.skill_after.tolist() == [0, 0, 20, 0, 0, 30, 0]
    assert p.roster_offset.tolist() == [0, 1, 2, 3]
    assert p.roster_present.tolist() == [1, 2, 3]


def test_returns(net) -> None:  # type: ignore[no-untyped-def]
    """The channel's own over the scenario's; the calendar is `during`, else the new channel's hours."""
    r = net.returns
    blocked, unresolved = int(End.BLOCKED), int(End.UNRESOLVED)
    assert r.share[:, blocked].tolist() == [0.1, 1, 0.1]
    assert constants(net, r.after[:, blocked]) == [8, 3, 8]
    assert r.channel[:, blocked].tolist() == [0, 0, 2]
    assert r.calendar[:, blocked].tolist() == [-1, -1, -1]
    assert r.attempts[:, blocked].tolist() == [1000] * 3
    assert r.share[:, unresolved].tolist() == [0.3] * 3
    assert r.calendar[:, unresolved].tolist() == [1, 1, 1]
    assert r.channel[:, unresolved].tolist() == [0, 1, 2]
    assert r.attempts[:, unresolved].tolist() == [5] * 3
    others = [int(end) for end in (End.OPEN, End.RESOLVED, End.ABANDONED, End.CLOSED)]
    assert not r.share[:, others].any()


def test_return_to_a_channel_with_hours() -> None:
    """From mail, always open, to the phone: the phone's hours."""
    net = network(
        WIDE, {"channels.mail.returns": {"closed": {"probability": 1, "after": "1 s", "channel": "phone"}}}
    )
    assert net.returns.calendar[0, End.CLOSED] == 0


def test_no_two_streams_are_the_same(net) -> None:  # type: ignore[no-untyped-def]
    """Every stream of every part has a hash of its own, so no two decisions share a number.

    Phone and chat take their start from one flow, as they do what follows; their customers differ.
    """
    hashes = {
        field.name: getattr(net.streams, field.name).ravel() for field in dataclasses.fields(net.streams)
    }
    assert hashes["start"][0] != hashes["start"][1] == hashes["start"][2]
    hashes["start"] = hashes["start"][:2]
    together = np.concatenate(list(hashes.values()))
    assert len(np.unique(together)) == len(together) == 3 * 4 + 2 + 3 + 3 * 5 + 2 * 3 * 6 + 3 + 2 * 2
    customers = {combine(int(stream), number) for stream in net.streams.customer for number in range(1000)}
    assert len(customers) == 3000


def test_too_many_agents() -> None:
    """The engines' event key has room for 131,071 agents in a pool; the message says where it is too much."""
    staff = {"number": 100_000, "plus": 31_071}
    assert network(changes={"pools.team.staff": staff}).pools.roster_present.tolist() == [131_071]
    with pytest.raises(InputError, match=r"pools\.team\.staff: at most 131,071 agents at once"):
        network(changes={"pools.team.staff": {**staff, "plus": 31_072}})


def test_event_keys_are_in_the_order_of_their_parts() -> None:
    """Kind, then channel, customer, attempt, step: each outweighs all that follow, at the largest they can
    be, in 64 bits.
    """
    largest = (255, 2**32 - 1, 1023, 1023)
    for kind in list(EventKind)[:-1]:
        assert pack(kind, *largest) < pack(kind + 1, 0, 0, 0, 0)
    assert pack(9, *largest) < 2**64
    for i in range(4):
        smaller, bigger = [3, 3, 3, 3], [3, 3, 3, 3]
        bigger[i] += 1
        smaller[i + 1 :] = largest[i + 1 :]
        bigger[i + 1 :] = [0] * (3 - i)
        assert pack(5, *smaller) < pack(5, *bigger)


def test_kinds_of_event_stand_in_the_documented_order() -> None:
    """The order at one instant, which the exact timelines of tests/engine rely on."""
    names = "ROSTER BOT_DOWN BOT_UP AGENT_FREE SERVICE_END SESSION_END DELAY_END OVERFLOW ABANDON ARRIVAL"
    assert [kind.name for kind in sorted(EventKind)] == names.split()
