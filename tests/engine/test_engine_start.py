"""Where contacts start, against the draws themselves: once in each attempt, and not at all where there is no choice."""

import numpy as np
import pytest
from timelines import Changes, network

from servsim.draws import combine, stream_hash, stream_key, uniform
from servsim.engine import ENGINES, Records, simulate
from servsim.network import Network
from servsim.network.kinds import VisitEnd

SEED, REPLICATION = 4, 2
SHARES = {"menu": 0.5, "person": 0.3, "later": 0.2}
TWO_CHANNELS = """
clock: {start: 2026-03-02, length: 10 h}
channels:
  phone: {type: voice, arrivals: {rate: 30/h}, patience: {exponential: 1 min}, flow: call}
  chat: {type: chat, arrivals: {rate: 20/h}, flow: call}
flows:
  call:
    start: {menu: 50%, person: 30%, later: rest}
    steps:
      menu: {bot: menu, time: {lognormal: {mean: 60 s, cv: 0.8, shift: 30 s}}, next: {person: 50%, resolved: rest}}
      person: {queue: q, time: {exponential: {mean: 4 min, shift: 1 min}}, next: {unresolved: 30%, resolved: rest}}
      later: {delay: {weibull: {mean: 1 h, shape: 2, shift: 10 min}}, next: person}
bots: {menu: }
queues: {q: }
pools: {team: {staff: 3, serves: [q]}}
returns: {unresolved: {probability: 1, after: 10 min, attempts: 3}, abandoned: {probability: 1, after: 5 min}}
"""
LEAST = {"call/menu": 30.0, "call/person": 60.0, "call/later": 600.0}


def played(engine: str, changes: Changes | None = None) -> tuple[Network, Records]:
    net = network(TWO_CHANNELS, changes)
    return net, simulate(net, SEED, REPLICATION, engine)


def starts(net: Network, records: Records) -> list[str]:
    """Return the first step of each contact."""
    steps = records.visits["step"][records.visits["visit"] == 0]
    return [net.names.steps[step].partition("/")[2] for step in steps]


def expected(net: Network, records: Records, shares: dict[str, float]) -> list[str]:
    """Return the first steps that the draws say, worked out without the network's arrays."""
    c = records.contacts
    key = stream_key(SEED, REPLICATION, stream_hash("flow/call/start"))
    found = []
    for home, number, attempt in zip(c["home"], c["customer"], c["attempt"], strict=True):
        customer = combine(stream_hash(f"channel/{net.names.channels[home]}/customer"), int(number))
        u, below = uniform(key, customer, int(attempt), 0), np.cumsum(list(shares.values()))
        found.append(list(shares)[int((u >= below).sum())])
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_the_start_is_drawn_once_in_each_attempt(engine: str) -> None:
    net, records = played(engine)
    found = starts(net, records)
    assert found == expected(net, records, SHARES)
    assert found != expected(
        net, records, {**SHARES, "menu": 0.48, "person": 0.32}
    )  # the comparison can fail
    again = records.contacts["attempt"] > 1
    assert again.sum() > 30
    assert {step for step, back in zip(found, again, strict=True) if back} == set(SHARES)
    counts = np.array([found.count(step) for step in SHARES])
    wanted = np.array(list(SHARES.values())) * len(found)
    assert (np.abs(counts - wanted) < 4 * np.sqrt(wanted)).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_no_draw_is_below_its_shift(engine: str) -> None:
    net, records = played(engine)
    v = records.visits
    length = v["ended"] - v["started"]
    for step, least in LEAST.items():
        some = (
            (v["step"] == net.names.steps.index(step))
            & (v["started"] == v["started"])
            & (v["end"] == VisitEnd.DONE)
        )
        assert least - 1e-6 <= length[some].min() < 2 * least and some.sum() > 30


@pytest.mark.parametrize("engine", ENGINES)
def test_one_step_to_start_with_is_the_same_however_it_is_written(engine: str) -> None:
    ways = ["person", {"person": "100%"}, {"person": "rest"}, {"menu": 0, "person": 1.0, "later": "0%"}]
    runs = [played(engine, {"flows.call.start": way})[1] for way in ways]
    for other in runs[1:]:
        assert all(
            other.visits[name].tobytes() == column.tobytes() for name, column in runs[0].visits.items()
        )
    net, shared = played(engine, {"flows.call.start": {"person": "99%", "menu": "rest"}})
    assert len(set(starts(net, shared))) == 2
    assert shared.visits["step"].tobytes() != runs[0].visits["step"].tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_other_shares_move_only_the_contacts_between_them(engine: str) -> None:
    """Common random numbers: with 60 % instead of 50 %, who began with the menu still does."""
    changes = {"flows.call.start": {"menu": 0.6, "person": 0.2, "later": 0.2}, "returns": {}}
    (net, before), (_, after) = played(engine, {"returns": {}}), played(engine, changes)
    pairs = set(zip(starts(net, before), starts(net, after), strict=True))
    same = {(step, step) for step in SHARES}
    assert pairs == {*same, ("person", "menu")}
