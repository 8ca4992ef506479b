"""What repeats and what does not, for every kind of plan that a scenario has."""

from __future__ import annotations

import math
from typing import Any

import pytest

from servsim.network import build
from servsim.scenario import Scenario, load
from servsim.study.cycle import WEEK, cycle_of
from servsim.units import DAY

STEADY = """
servsim: 1
clock: {start: 2026-03-02, length: 30 days}
channels: {calls: {type: voice, arrivals: {rate: 4/min}, patience: {exponential: 1 min}, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 2 min}}}}}
queues: {calls: {}}
pools: {agents: {staff: 9, serves: [calls]}}
"""
BY_TIME = {"at": "start", "00:00": {"constant": "60 s"}, "12:00": {"constant": "90 s"}}
BOT = {
    "bots": {"robot": {"outages": [{"at": "2026-03-03 10:00", "for": "2 h"}]}},
    "flows.call": {
        "start": "ask",
        "steps": {
            "ask": {"bot": "robot", "time": {"exponential": "1 min"}, "next": "talk"},
            "talk": {"queue": "calls", "time": {"exponential": "2 min"}},
        },
    },
}


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file = tmp_path_factory.mktemp("cycle") / "steady.yaml"
    file.write_text(STEADY, encoding="utf-8")
    return load(file)


def rates(**arrivals: Any) -> dict[str, Any]:
    return {"channels.calls.arrivals": arrivals}


@pytest.mark.parametrize(
    ("changes", "cycle"),
    [
        ({}, 0.0),
        ({"clock.start": "2026-03-02 09:17:00"}, 0.0),
        (rates(rate={"00:00": "4/min", "12:00": "4/min"}), 0.0),
        (rates(per_day=2400), 0.0),
        (rates(per_interval=[["daily", f"{h:02}:00", 100] for h in range(24)]), 0.0),
        (rates(rate={"00:00": "1/min", "12:00": "4/min"}), DAY),
        (rates(rate={"00:00": "1/min", "12:00": "4/min"}) | {"clock.start": "2026-03-02 17:10:05"}, DAY),
        (rates(rate="4/min", day_factor_cv=0.1), DAY),
        (rates(per_day={"mon-fri": 2400, "sat-sun": 900}), WEEK),
        (rates(per_interval=[["daily", f"{h:02}:00", 100] for h in range(8, 20)]), DAY),
        (rates(per_interval=[["mon", f"{h:02}:00", 100] for h in range(24)]), WEEK),
        (rates(per_day={"daily": 2400, "2026-03-10": 4000}), math.inf),
        (rates(times=[[10.0], [20.0]]), math.inf),
        ({"flows.call.steps.talk.time": {"by_time": BY_TIME}}, DAY),
        ({"pools.agents.staff": {"by_time": {"00:00": 5, "08:00": 9}}}, DAY),
        ({"pools.agents.staff": {"shifts": [{"agents": 5, "from": "08:00", "to": "20:00", "days": "mon-fri"}]}}, WEEK),
        ({"calendars": {"desk": {"daily": "08:00-20:00"}}}, 0.0),  # nobody looks at it
        ({"calendars": {"desk": {"daily": "08:00-20:00"}}, "channels.calls.open": "desk"}, DAY),
        ({"calendars": {"desk": {"mon-fri": "08:00-20:00"}}, "channels.calls.open": "desk"}, WEEK),
        (BOT, math.inf),  # an outage that comes once
    ],
)  # fmt: skip
def test_the_cycle_is_found(steady: Scenario, changes: dict[str, Any], cycle: float) -> None:
    assert cycle_of(build(steady.with_(changes).model)) == cycle


def test_a_clock_that_is_no_longer_than_the_cycle_does_not_speak_against_it(steady: Scenario) -> None:
    weekly = steady.with_(rates(per_day={"mon-fri": 2400, "sat-sun": 900}))
    lengths = {"1 day": 0.0, "5 days": 0.0, "6 days": WEEK, "7 days": WEEK}
    for length, cycle in lengths.items():
        assert cycle_of(build(weekly.with_({"clock.length": length}).model)) == cycle
    once = steady.with_(rates(per_day={"daily": 2400, "2026-03-05": 4000}))
    assert cycle_of(build(once.with_({"clock.length": "7 days"}).model)) == WEEK
    assert cycle_of(build(once.with_({"clock.length": "14 days"}).model)) == math.inf


@pytest.mark.parametrize("at_end", ["drain", "cut"])
def test_the_drain_after_the_clock_does_not_count(steady: Scenario, at_end: str) -> None:
    staff = {"shifts": [{"agents": 5, "from": "00:00", "to": "24:00", "days": "mon-fri"}]}
    clock = {"start": "2026-03-02", "length": "5 days", "at_end": at_end}
    assert cycle_of(build(steady.with_({"clock": clock, "pools.agents.staff": staff}).model)) == 0.0
