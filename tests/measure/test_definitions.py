"""Definitions that published sources give differently: each option against values worked out by hand."""

from __future__ import annotations

import math
import typing

import numpy as np
import pytest
from by_hand import NAN, Contact, Visit, records, scenario

from servsim.catalogue import CATALOGUE, CHOICES
from servsim.engine import simulate
from servsim.measure import Measures, measure, target_text
from servsim.network.kinds import End, VisitEnd
from servsim.scenario.model import Definitions, ServiceLevel

SHIFT = """
servsim: 1
clock: {start: 2026-03-02, length: 3 h, interval: 1 h}
channels: {phone: {type: voice, arrivals: {rate: 4/h}, flow: call}}
flows: {call: {steps: {talk: {queue: phone, time: 2 min}}}}
queues: {phone: {max_waiting: 1}}
pools: {desk: {staff: {by_time: {"00:00": 2, "01:00": 1, "02:00": 0}}, serves: [phone]}}
"""


def served(customer: int, start: float, end: float, agent: int) -> Contact:
    visit = Visit("call/talk", start, start, end, agent=f"desk/{agent}")
    return Contact("phone", customer, start, End.RESOLVED, end, reason="any", visits=[visit])


def day(folder, rule: str) -> Measures:
    """Two agents, of whom one is to leave at 3600 and the other at 7200; both are busy then.

    Agent 0 works 1200-4200 and 6000-9000, agent 1 3000-4200. At 3600 the roster wants one, both are busy; at 4200
    both are free at once, one leaves. From 7200 on the roster wants nobody; the last one finishes until 9000.
    Busy 3000 + 3000 + 1200 = 7200 s. Present 2 until 4200, 1 until 9000: 8400 + 4800 = 13200 s. Finishing: one in
    3600-4200, one in 7200-9000: 2400 s, all of it busy.
    """
    said = f"definitions: {{occupancy_finishing: {rule}}}\n" if rule else ""
    model, network = scenario(folder, SHIFT + said)
    staff = [
        (0.0, "desk", 2, 2),
        (3600.0, "desk", 2, 1),
        (4200.0, "desk", 1, 1),
        (7200.0, "desk", 1, 0),
        (9000.0, "desk", 0, 0),
    ]
    contacts = [served(0, 1200, 4200, 0), served(1, 3000, 4200, 1), served(2, 6000, 9000, 0)]
    return measure(records(network, contacts, staff), network, model)


@pytest.mark.parametrize(
    ("rule", "run", "last_hour"),
    [
        ("", 7200 / 13200, 1.0),  # nothing said: as counted
        ("counted", 7200 / 13200, 1.0),
        ("busy_only", 7200 / 10800, NAN),  # work of nobody's shift in the last hour: nothing to divide by
        ("left_out", 4800 / 10800, NAN),
    ],
)
def test_occupancy_of_agents_who_finish_after_their_shift(tmp_path, rule, run, last_hour) -> None:
    found = day(tmp_path, rule)
    for scope in ("pool:desk", "total"):
        assert found.value("occupancy", scope) == pytest.approx(run, rel=1e-12)
        late = found.value("occupancy", scope, "2026-03-02 02:00")
        assert math.isnan(late) if math.isnan(last_hour) else late == pytest.approx(last_hour)
        # the hours themselves, what they cost, and utilisation do not depend on it
        assert found.value("busy_hours", scope) == 2
        assert found.value("staffed_hours", scope) == pytest.approx(13200 / 3600)
        assert found.value("utilisation", scope) == pytest.approx(7200 / 13200)


def test_in_the_middle_hour_each_rule_by_hand(tmp_path) -> None:
    """3600-7200: busy 600 + 600 + 1200 = 2400; present 600 * 2 + 3000 = 4200; finishing 600."""
    found = {rule: day(tmp_path / rule, rule) for rule in ("counted", "busy_only", "left_out")}
    hour = {rule: one.value("occupancy", "pool:desk", "2026-03-02 01:00") for rule, one in found.items()}
    assert hour == pytest.approx(
        {"counted": 2400 / 4200, "busy_only": 2400 / 3600, "left_out": 1800 / 3600}, rel=1e-12
    )


HOURLY = """
servsim: 1
clock: {start: 2026-03-02, length: 12 h}
channels: {phone: {type: voice, arrivals: {rate: 30/h}, flow: call, patience: {exponential: 3 min}}}
flows:
  call: {steps: {talk: {queue: phone, time: {exponential: 6 min}, wrap_up: {exponential: 2 min}}}}
queues: {phone: {}}
pools:
  desk:
    staff: {by_time: {"00:00": 6, "02:00": 2, "03:00": 5, "04:00": 4, "05:00": 1, "07:00": 6, "08:00": 0, "09:00": 7, "11:00": 3}}
    serves: [phone]
    on_shift_end: RULE
"""  # noqa: E501


@pytest.mark.parametrize(("on_shift_end", "least"), [("finish", 10), ("return", 3)])
def test_whoever_finishes_after_the_shift_is_busy_all_the_while(tmp_path, on_shift_end, least) -> None:
    """What `left_out` rests on, asked of half a day of the engine: those beyond the roster are at work."""
    _, network = scenario(tmp_path, HOURLY.replace("RULE", on_shift_end))
    day = simulate(network, 3, 1)
    looked_at = 0
    for pool in range(len(network.names.pools)):
        s, v = day.staff, day.visits
        mine, work = s["pool"] == pool, v["pool"] == pool
        times, present, target = (s[name][mine] for name in ("time", "present", "target"))
        ends = np.append(times[1:], network.length)
        started, freed = v["started"][work], v["freed"][work]
        freed = np.where(np.isnan(freed), day.finished, freed)
        for row in np.flatnonzero((present > target) & (ends > times) & (times < network.length)):
            middle = (times[row] + ends[row]) / 2
            assert np.sum((started <= middle) & (middle < freed)) == present[row]
            looked_at += 1
    assert looked_at >= least


BLOCKED = """
servsim: 1
clock: {start: 2026-03-02, length: 3 h}
channels: {phone: {type: voice, arrivals: {rate: 4/h}, flow: call, service_level: {abandoned: ABANDONED}}}
flows: {call: {steps: {talk: {queue: phone, time: 1 min}}}}
queues: {phone: {max_waiting: 1}}
pools: {desk: {staff: 1, serves: [phone]}}
service_level: {blocked: RULE}
targets: [{measure: service_level, channel: phone, blocked: missed, at_least: 50%}]
"""


@pytest.mark.parametrize(
    ("abandoned", "missed", "left_out"),
    [
        ("missed", 1 / 5, 1 / 3),  # in time: 1; late: 1; gave up in time: 1; turned away: 2
        ("ignored", 1 / 4, 1 / 2),
        ("met", 2 / 5, 2 / 3),
        ("answered_only", 1 / 2, 1 / 2),  # whoever was not answered is out anyway
    ],
)
def test_service_level_and_those_turned_away(tmp_path, abandoned, missed, left_out) -> None:
    for rule, expected in (("missed", missed), ("left_out", left_out)):
        text = BLOCKED.replace("ABANDONED", abandoned).replace("RULE", rule)
        model, network = scenario(tmp_path / rule, text)
        talk = "call/talk"
        full = [
            Contact("phone", k, 1000.0 + k, End.BLOCKED, 1000.0 + k, reason="any", visits=[
                Visit(talk, 1000.0 + k, ended=1000.0 + k, end=VisitEnd.BLOCKED)])
            for k in (3, 4)
        ]  # fmt: skip
        contacts = [
            served(0, 100, 160, 0),
            Contact("phone", 1, 110, End.RESOLVED, 220, reason="any", visits=[
                Visit(talk, 110, 160, 220, agent="desk/0")]),
            Contact("phone", 2, 300, End.ABANDONED, 310, reason="any", visits=[
                Visit(talk, 300, ended=310, end=VisitEnd.ABANDONED)]),
            *full,
        ]  # fmt: skip
        found = measure(records(network, contacts), network, model)
        for scope in ("total", "channel:phone", "queue:phone", "reason:any"):
            assert found.value("service_level", scope) == pytest.approx(expected)
        assert found.value("answered_in_time") == 1
        assert found.judged["value"].iloc[0] == pytest.approx(missed)  # the target has a word of its own


def test_the_nearest_word_holds(tmp_path) -> None:
    text = BLOCKED.replace("ABANDONED", "missed").replace("RULE", "missed")
    text = text.replace("{max_waiting: 1}", "{max_waiting: 1, service_level: {blocked: left_out}}")
    model, network = scenario(tmp_path, text)
    away = Visit("call/talk", 10, ended=10, end=VisitEnd.BLOCKED)
    contacts = [
        Contact("phone", 0, 10, End.BLOCKED, 10, reason="any", visits=[away]),
        served(1, 100, 160, 0),
    ]
    found = measure(records(network, contacts), network, model)
    assert found.value("service_level", "queue:phone") == 1
    assert found.value("service_level", "channel:phone") == 0.5
    assert target_text(model.targets[0]) == "service_level channel:phone blocked missed >= 50%"


def test_what_is_not_said_does_not_stand_in_the_resolved_form(tmp_path) -> None:
    """So scenarios written before the options keep their digests."""
    model, _ = scenario(tmp_path, SHIFT)
    resolved = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert "definitions" not in resolved
    assert resolved["service_level"] == {"within": "20.0 s", "abandoned": "missed"}


def test_the_table_of_choices_names_options_that_there_are() -> None:
    parts = {"definitions": Definitions, "service_level": ServiceLevel}
    named = {}
    for choice in CHOICES:
        assert set(choice.measures) <= set(CATALOGUE)
        if choice.option:
            part, _, field = choice.option.partition(".")
            [literal, _] = typing.get_args(parts[part].model_fields[field].annotation)
            named[choice.option] = set(typing.get_args(literal))
            assert {word for word, _ in choice.readings} == named[choice.option]
    options = {f"definitions.{field}" for field in Definitions.model_fields}
    assert set(named) == options | {"service_level.abandoned", "service_level.blocked"}
