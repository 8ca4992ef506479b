"""Queues that formulas know are recognised, with values worked out apart; others say what is in the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.study import formula_for, run
from servsim.study.audit import self_audit

BASE = """
servsim: 1
clock: {start: 2026-03-02, length: 60 h, warmup: 10 h, interval: 24 h}
calendars: {desk: {daily: "08:00-20:00"}}
channels:
  phone: {type: voice, arrivals: {rate: 60/h}, patience: {exponential: 2 min}, flow: call}
  mail: {type: message, arrivals: {rate: 5/h}, flow: mail}
flows:
  call: {steps: {talk: {queue: phone, time: {exponential: 3 min}}}}
  mail: {steps: {answer: {queue: mail, time: {exponential: 6 min}}}}
queues: {phone: {}, mail: {}}
pools:
  desk: {staff: 4, serves: [phone]}
  office: {staff: 1, serves: [mail]}
service_level: {within: 20 s}
"""
Load = Callable[..., Scenario]


@pytest.fixture
def base(tmp_path: Path) -> Load:
    file = tmp_path / "base.yaml"
    file.write_text(BASE, encoding="utf-8")
    return lambda changes=None: load(file, changes or {})


def figures(scenario: Scenario, queue: str = "phone") -> dict[str, float]:
    found = formula_for(scenario, queue)
    assert found.reason == ""
    return {measure: value for (measure, _), value in found.figures.items()}


# --- known models ----------------------------------------------------------------------------------------------------


def test_erlang_a_as_published(base: Load) -> None:
    """48 a minute, 1 min, 50 agents, 2 min: 3.09 %, 3.71 s, 93.0 % (as in tests/engine/test_engine_erlang.py)."""
    scenario = base(
        {
            "channels.phone.arrivals.rate": "48/min",
            "flows.call.steps.talk.time": {"exponential": "1 min"},
            "pools.desk.staff": 50,
        }
    )
    found = formula_for(scenario, "phone")
    assert (found.model, found.name) == ("M/M/50+M", "Erlang A")
    values = figures(scenario)
    assert round(values["abandonment"], 4) == 0.0309
    assert round(values["wait"], 2) == 3.71
    assert round(values["occupancy"], 3) == 0.930
    assert values["waiting"] == pytest.approx(values["wait"] * 48 / 60)
    assert set(found.figures) >= {("occupancy", "pool:desk"), ("service_level", "queue:phone")}


def test_erlang_c_by_hand(base: Load) -> None:
    """3 erlangs, 4 agents: p0 = 1/26.5, C = 13.5/26.5, wait C/(4/180 - 1/60) s, level 1 - C exp(-20/180)."""
    values = figures(base({"channels.phone.patience": "none"}))
    c = 13.5 / 26.5
    assert values["wait"] == pytest.approx(c / (4 / 180 - 1 / 60), rel=1e-12)
    assert values["asa"] == values["wait"]
    assert values["service_level"] == pytest.approx(1 - c * math.exp(-20 / 180), rel=1e-12)
    assert values["occupancy"] == 0.75
    assert "abandonment" not in values and "blocking" not in values


def test_one_agent_with_any_service(base: Load) -> None:
    """5 an hour; 4 min + exponential 2 min: mean 360 s, second moment 360² + 120²; half is the rest of utilisation."""
    scenario = base(
        {"flows.mail.steps.answer.time": "4 min", "flows.mail.steps.answer.wrap_up": {"exponential": "2 min"}}
    )
    assert formula_for(scenario, "mail").model == "M/G/1"
    values = figures(scenario, "mail")
    assert values["wait"] == pytest.approx(5 / 3600 * (360**2 + 120**2) / (2 * (1 - 0.5)), rel=1e-12)
    assert values["occupancy"] == pytest.approx(0.5)
    assert figures(base(), "mail")["wait"] == pytest.approx(360 * 0.5 / 0.5)  # M/M/1: mean ρ / (1 - ρ)


def test_nobody_can_wait(base: Load) -> None:
    """3 erlangs offered to 4 agents and no room: Erlang B, 27/131, whatever the service."""
    scenario = base(
        {
            "queues.phone.max_waiting": 0,
            "flows.call.steps.talk.time": {"lognormal": {"mean": "3 min", "cv": 2}},
        }
    )
    found = formula_for(scenario, "phone")
    assert (found.model, found.name) == ("M/G/4/4", "Erlang B")
    assert found.figures["blocking", "queue:phone"] == pytest.approx(27 / 131, rel=1e-12)
    assert found.figures["occupancy", "pool:desk"] == pytest.approx(0.75 * 104 / 131)
    assert found.figures["service_level", "queue:phone"] == pytest.approx(104 / 131)


def test_room_and_the_rule_for_those_turned_away(base: Load) -> None:
    """One agent, ρ = 1/2, room for one: 4/7, 2/7, 1/7 with 0, 1, 2 inside."""
    changes: dict[str, Any] = {
        "channels.mail.type": "voice",
        "queues.mail.max_waiting": 1,
        "queues.mail.service_level": {"within": "1 h"},
    }
    values = figures(base(changes), "mail")
    assert formula_for(base(changes), "mail").model == "M/M/1/2"
    assert values["blocking"] == pytest.approx(1 / 7)
    assert values["waiting"] == pytest.approx(1 / 7)
    assert values["wait"] == pytest.approx(360 * (2 / 7) / (6 / 7))
    in_time = 4 / 7 + 2 / 7 * (1 - math.exp(-10))
    assert values["service_level"] == pytest.approx(in_time)
    left_out = base({**changes, "queues.mail.service_level.blocked": "left_out"})
    assert figures(left_out, "mail")["service_level"] == pytest.approx(in_time / (6 / 7))


def test_lines_turn_away_before_the_queue(base: Load) -> None:
    """The same limit by trunk lines: blocked in the channel; the queue has its level of those who came."""
    changes = {"channels.mail.type": "voice", "channels.mail.lines": 2}
    found = formula_for(base({**changes, "queues.mail.service_level": {"within": "1 h"}}), "mail")
    assert found.model == "M/M/1/2"
    assert found.figures["blocking", "channel:mail"] == pytest.approx(1 / 7)
    assert ("blocking", "queue:mail") not in found.figures
    in_time = (4 / 7 + 2 / 7 * (1 - math.exp(-10))) / (6 / 7)
    assert found.figures["service_level", "queue:mail"] == pytest.approx(in_time)


def test_priorities_at_one_pool(base: Load) -> None:
    """Cobham, two agents, mean 360 s: 10 urgent and 5 others an hour; r = 1/2 and 3/4, C = 9/14 at 1.5 erlangs."""
    changes: dict[str, Any] = {
        "channels.phone.arrivals.rate": "10/h",
        "channels.phone.patience": "none",
        "flows.call.steps.talk.time": {"exponential": "6 min"},
        "queues.phone.priority": 2,
        "pools": {"office": {"staff": 2, "serves": ["mail", "phone"]}},
    }
    scenario = base(changes)
    c = 9 / 14
    urgent, other = (formula_for(scenario, queue) for queue in ("phone", "mail"))
    assert (urgent.model, urgent.name) == ("M/M/2 with 2 priorities", "Cobham, class 1 of 2")
    assert urgent.figures["wait", "queue:phone"] == pytest.approx(c * 180 / (1 - 1 / 2))
    assert other.figures["wait", "queue:mail"] == pytest.approx(c * 180 / (1 / 2 * 1 / 4))
    assert other.figures["occupancy", "pool:office"] == pytest.approx(3 / 4)
    alike = {
        "queues.phone.priority": 0,
        "pools.office.serves": {"mail": {"preference": 1}, "phone": {"preference": 1}},
    }
    one_line = formula_for(base({**changes, **alike}), "mail")
    assert one_line.figures["wait", "queue:mail"] == pytest.approx(c * 180 / (1 - 3 / 4))  # M/M/2


def test_speed_and_reasons_count(base: Load) -> None:
    faster = base({"pools.desk.speed": 1.5, "flows.call.steps.talk.time": {"exponential": "4.5 min"}})
    assert figures(faster) == pytest.approx(figures(base()))


# --- what is in the way ----------------------------------------------------------------------------------------------

BOT = {
    "bots": {"helper": {}},
    "flows.call": {
        "start": "hello",
        "steps": {
            "hello": {"bot": "helper", "time": "1 min", "next": {"talk": "50%", "resolved": "rest"}},
            "talk": {"queue": "phone", "time": {"exponential": "3 min"}},
        },
    },
}
PHONE_BACK = {"probability": "50%", "after": "1 h"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"channels.phone.arrivals.day_factor_cv": 0.1}, "the volume of 'phone' has a random day factor"),
        (
            {"channels.phone.arrivals.rate": {"00:00": "60/h", "12:00": "70/h"}},
            "the arrivals of 'phone' change with time",
        ),
        ({"channels.phone.open": "desk"}, "'phone' is not always open"),
        ({"channels.phone.arrivals": {"times": [[60], [90]]}}, "the contacts of 'phone' come at exact times"),
        ({"returns": {"abandoned": PHONE_BACK}}, "customers of 'phone' come back after abandoned ends"),
        (
            {"flows.call.steps.talk.next": {"talk": "10%", "resolved": "rest"}},
            "contacts come to it again after 'call/talk'",
        ),
        ({"pools.office.serves": ["mail", "phone"]}, "2 pools serve 'phone'"),
        (
            {"pools.desk.staff": {"by_time": {"00:00": 4, "12:00": 5}}},
            "the staff of 'desk' changes over time",
        ),
        ({"pools.desk.staff": 0}, "nobody is ever there in 'desk'"),
        (
            {"flows.call.steps.talk.wrap_up": "10 s"},
            "service, wrap-up included, is not exponential with one mean for all",
        ),
        ({"channels.phone.patience": "2 min"}, "patience is not exponential, with one mean for all"),
        (
            {"channels.phone.patience": "none", "pools.desk.staff": 3},
            "more work comes than agents can do: 3 erlangs, 3 agents; it grows for ever",
        ),
        ({**BOT, "bots.helper.sessions": 20}, "the bot 'helper' before it may be full"),
        (
            {
                **BOT,
                "bots.helper.outages": [{"mtbf": "3 h", "mttr": "1 h"}],
                "flows.call.steps.hello.skip_to": "talk",
            },
            "the bot 'helper' before it may be down",
        ),
        (
            {**BOT, "channels.phone.lines": 90},
            "the lines of 'phone' are held by more than those who wait here or are served",
        ),
        (
            {
                "flows.mail.steps.answer.next": "ask",
                "flows.mail.steps.ask": {"queue": "phone", "time": {"exponential": "3 min"}},
            },
            "its contacts come from the queue of 'mail/answer'",
        ),
        ({"channels.phone.arrivals.rate": "0/h"}, "no contact ever comes to it"),
        (
            {"pools": {"desk": {"staff": 9, "serves": ["phone", "mail"]}}},
            "'desk' serves several queues, and customers give up",
        ),
        (
            {"channels.phone.patience": "none", "pools": {"desk": {"staff": 9, "serves": ["phone", "mail"]}}},
            "the queues of 'desk' have not one exponential law of service in common",
        ),
        (
            {
                "pools": {"desk": {"staff": 9, "serves": ["phone", "mail"]}},
                "channels.mail.arrivals.day_factor_cv": 0.1,
            },
            "its agents serve 'mail' too, and there: the volume of 'mail' has a random day factor",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_first_thing_in_the_way_is_named(base: Load, changes: dict[str, Any], reason: str) -> None:
    found = formula_for(base(changes), "phone")
    assert (found.model, found.name, dict(found.figures)) == ("", "", {})
    assert found.reason == reason


def test_what_cannot_happen_is_not_in_the_way(base: Load) -> None:
    scenario = base(
        {**BOT, "returns": {"blocked": PHONE_BACK, "closed": PHONE_BACK, "unresolved": PHONE_BACK}}
    )
    assert formula_for(scenario, "phone").model == "M/M/4+M"
    delayed = {
        "hello": {"delay": {"exponential": "1 h"}, "next": "talk"},
        "talk": {"queue": "phone", "time": {"exponential": "3 min"}},
    }
    assert formula_for(base({"flows.call": {"steps": delayed}}), "phone").reason == ""


def test_a_queue_that_is_not_there(base: Load) -> None:
    with pytest.raises(
        InputError, match="no queue is named 'fone'; queues: phone, mail; did you mean 'phone'"
    ):
        formula_for(base(), "fone")


# --- beside the simulation -------------------------------------------------------------------------------------------

SIMULATED: dict[str, dict[str, Any]] = {
    "as it is": {},
    "a bot before": BOT | {"channels.phone.arrivals.rate": "120/h"},
    "loss": {"queues.phone.max_waiting": 0, "flows.call.steps.talk.time": {"lognormal": {"mean": "3 min", "cv": 1}}},
    "room, patience, rule": {
        "queues.phone.max_waiting": 2,
        "service_level.abandoned": "ignored",
        "service_level.blocked": "left_out",
        "flows.mail.steps.answer.time": {"lognormal": {"mean": "5 min", "cv": 0.5}},
    },
    "lines": {"channels.phone.lines": 6, "service_level.abandoned": "met"},
    "priorities": {
        "channels.phone.patience": "none",
        "channels.phone.arrivals.rate": "15/h",
        "flows.call.steps.talk.time": {"exponential": "6 min"},
        "pools": {"desk": {"staff": 3, "serves": ["phone", "mail"]}},
    },
    "one agent, two classes": {
        "channels.phone.patience": "none",
        "channels.phone.arrivals.rate": "8/h",
        "pools": {"desk": {"staff": 1, "serves": ["phone", "mail"]}},
        "flows.mail.steps.answer.time": "3 min",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SIMULATED)
def test_what_is_recognised_is_what_is_simulated(base: Load, name: str) -> None:
    """|z| <= 4.5 for some 70 figures: were the seed not fixed, a false alarm in 2,000 runs of this file."""
    audit = self_audit(run(base(SIMULATED[name]), reps=20, seed=5, jobs=1))
    assert all(one.formula.reason == "" for one in audit.queues)
    far = {(f.measure, f.scope): f.z for one in audit.queues for f in one.figures if not abs(f.z) <= 4.5}
    assert far == {}
    assert audit.warning == ""


def test_a_wrong_formula_is_seen(base: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage twin: against the formulas of a faster service most figures are far."""
    from servsim.study import audit as module

    result = run(base(), reps=20, seed=5, jobs=1)
    wrong = module.formulas(base({"flows.call.steps.talk.time": {"exponential": "160 s"}}))
    monkeypatch.setattr(module, "formulas", lambda _: wrong)
    audit = self_audit(result)
    far = {figure.measure for one in audit.queues for figure in one.figures if figure.far}
    assert {"wait", "abandonment", "occupancy", "service_level"} <= far
    assert audit.warning.startswith("6 figures beyond z 4") and "a warm-up of 10 h in 60 h" in audit.warning
