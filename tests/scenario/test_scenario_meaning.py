"""What the parts of a scenario mean: hours, durations by time and reason, shares, defaults, warnings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from servsim.draws import distributions as d
from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.scenario.calendar import spans_on
from servsim.scenario.checks import skip_target
from servsim.scenario.durations import complete_shares
from servsim.scenario.fields import day_keys

HERE = Path(__file__).parent
HOUR, DAY = 3600.0, 86400.0


def with_parts(changes: dict[str, Any]) -> Scenario:
    return load(HERE / "invalid" / "bases" / "ok.yaml", changes)


def test_hours_past_midnight_closed_and_special_days() -> None:
    hours = load(HERE / "golden" / "night.yaml").model.calendars["night"]
    assert spans_on(hours, dt.date(2026, 12, 23)) == [(22 * HOUR, 30 * HOUR)]
    assert spans_on(hours, dt.date(2026, 12, 24)) == []
    assert spans_on(hours, dt.date(2026, 12, 26)) == [(10 * HOUR, 12 * HOUR), (22 * HOUR, 26 * HOUR)]
    split = load(HERE / "golden" / "night.yaml").model.calendars["split"]
    assert spans_on(split, dt.date(2026, 12, 28)) == [(8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR)]
    assert spans_on(split, dt.date(2026, 12, 27)) == []
    whole_day = with_parts({"calendars": {"c": {"sun": "00:00-24:00"}}}).model.calendars["c"]
    assert spans_on(whole_day, dt.date(2026, 12, 27)) == [(0.0, DAY)]
    assert spans_on(whole_day, dt.date(2026, 12, 28)) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", ["mon"]),
        ("fri-mon", ["fri", "sat", "sun", "mon"]),
        ("Sat, SUN", ["sat", "sun"]),
        ("weekdays", ["mon", "tue", "wed", "thu", "fri"]),
        ("weekend,mon,sat", ["sat", "sun", "mon"]),
        ("2026-02-27..2026-03-01", ["2026-02-27", "2026-02-28", "2026-03-01"]),
        ("mon - wed", ["mon", "tue", "wed"]),
    ],
)
def test_days(text: str, days: list[str]) -> None:
    assert day_keys(text) == days


def test_durations_by_time_and_reason() -> None:
    time = load(HERE / "golden" / "bot.yaml").model.flows["chat"].steps["person"].time
    assert time is not None
    complaint = d.lognormal_from_median_sigma(480.0, 0.7)
    assert time.looks_at_arrival()
    assert not time.is_plain()
    assert time.times() == [0.0, 18 * HOUR]
    assert time.pick("complaint", 0.0) == time.pick("complaint", 18 * HOUR - 1) == complaint
    assert time.pick("return", 9 * HOUR) == d.gamma(300.0, 0.5)
    assert time.pick("complaint", 18 * HOUR) == time.pick("return", 23 * HOUR) == d.erlang(360.0, 3)


SHIFTED: list[tuple[dict[str, Any], d.Distribution]] = [
    ({"exponential": {"mean": "1 min"}}, d.exponential(60.0)),
    ({"exponential": {"rate": "60/h"}}, d.exponential(60.0)),
    ({"lognormal": {"mean": "1 min", "cv": 0.8}}, d.lognormal(60.0, 0.8)),
    ({"gamma": {"mean": "1 min", "shape": 3}}, d.gamma_from_mean_shape(60.0, 3.0)),
    ({"weibull": {"shape": 0.5, "scale": "1 min"}}, d.weibull_from_shape_scale(0.5, 60.0)),
    ({"erlang": {"mean": "1 min", "phases": 3}}, d.erlang(60.0, 3)),
    ({"hyperexponential": {"mean": "1 min", "cv": 2}}, d.hyperexponential(60.0, 2.0)),
    ({"log_logistic": {"mean": "1 min", "cv": 0.5}}, d.log_logistic(60.0, 0.5)),
]


@pytest.mark.parametrize(("written", "plain"), SHIFTED, ids=[str(part) for part, _ in SHIFTED])
def test_a_shift_comes_on_top_of_the_family(written: dict[str, Any], plain: d.Distribution) -> None:
    ((family, parameters),) = written.items()

    def built(**more: str) -> d.Distribution:
        time = {family: {**parameters, **more}}
        talk = with_parts({"flows.call.steps.talk.time": time}).model.flows["call"].steps["talk"]
        assert talk.time is not None
        return talk.time.pick("", 0.0)

    assert built() == built(shift="0 s") == plain
    assert built(shift="0.5 min") == d.shifted(plain, 30.0) != plain


def test_mixtures_of_shifted_parts() -> None:
    parts = [
        {"share": 0.5, "time": {"exponential": {"mean": "1 min", "shift": "10 s"}}},
        {"share": "rest", "time": {"hyperexponential": {"shares": [1], "means": ["2 min"], "shift": "20 s"}}},
    ]
    talk = with_parts({"flows.call.steps.talk.time": {"mixture": parts}}).model.flows["call"].steps["talk"]
    assert talk.time is not None
    shifted = [d.shifted(d.exponential(60.0), 10.0), d.shifted(d.exponential(120.0), 20.0)]
    assert talk.time.pick("", 0.0) == d.mixture([0.5, 0.5], shifted)
    assert talk.time.pick("", 0.0).mean() == 105.0


def test_before_the_first_time_of_day_the_last_one_holds() -> None:
    scenario = with_parts(
        {"flows.call.steps.talk.time": {"by_time": {"at": "start", "09:00": "1 min", "18:00": "2 min"}}}
    )
    time = scenario.model.flows["call"].steps["talk"].time
    assert time is not None
    assert not time.looks_at_arrival()
    picked = [time.pick("order", hour * HOUR) for hour in (0, 8.9, 9, 17.9, 18, 23)]
    assert picked == [d.constant(seconds) for seconds in (120.0, 120.0, 60.0, 60.0, 120.0, 120.0)]


def test_mixtures_are_flat_and_parts_without_a_share_vanish() -> None:
    parts = [
        {"share": "0%", "time": "9 min"},
        {
            "share": "50%",
            "time": {"mixture": [{"share": 0.5, "time": "1 min"}, {"share": "rest", "time": "2 min"}]},
        },
        {"share": "rest", "time": "3 min"},
    ]
    time = (
        with_parts({"flows.call.steps.talk.time": {"mixture": parts}}).model.flows["call"].steps["talk"].time
    )
    assert time is not None
    components = [d.constant(60.0), d.constant(120.0), d.constant(180.0)]
    assert time.pick("", 0.0) == d.mixture([0.25, 0.25, 0.5], components)


@pytest.mark.parametrize(
    ("shares", "complete"),
    [([0.25, -1.0], [0.25, 0.75]), ([1.0, -1.0], [1.0, 0.0]), ([0.5, 0.5], [0.5, 0.5]), ([-1.0], [1.0])],
)
def test_rest(shares: list[float], complete: list[float]) -> None:
    assert complete_shares(shares) == complete


@pytest.mark.parametrize(
    ("start", "ways"),
    [
        (None, {"talk": 1.0}),
        ("again", {"again": 1.0}),
        ({"again": "rest"}, {"again": -1.0}),
        ({"again": "30%", "talk": 0.7}, {"again": 0.3, "talk": 0.7}),
    ],
)
def test_where_a_flow_starts(start: Any, ways: dict[str, float]) -> None:
    changes = {"flows.call.steps.again": {"delay": "1 min"}, "flows.call.start": start}
    scenario = with_parts(changes)
    assert scenario.model.flows["call"].start == ways
    unreached = [] if "again" in ways else ["flows.call.steps.again: no way leads to this step"]
    if "talk" not in ways:
        unreached.append("flows.call.steps.talk: no way leads to this step")
    assert [f"{problem.path}: {problem.message}" for problem in scenario.warnings] == unreached


def test_none_is_a_patience_and_null_is_the_default() -> None:
    assert with_parts({"channels.phone.patience": "none"}).model.channels["phone"].patience.never is True  # type: ignore[union-attr]
    assert with_parts({"channels.phone.patience": None}).model.channels["phone"].patience is None


def test_the_service_level_is_completed_at_the_top_alone() -> None:
    model = with_parts({"service_level": {"abandoned": "met"}}).model
    assert (model.service_level.within, model.service_level.abandoned) == (20.0, "met")
    assert model.channels["phone"].service_level.within is None


def test_exact_times_from_a_file() -> None:
    arrivals = load(HERE / "golden" / "tables.yaml").model.channels["tests"].arrivals
    assert arrivals.times == ((0.0, "order"), (90.5, ""), ("2026-03-02 08:15:00", "complaint"))


def test_where_a_contact_goes_that_skips_a_bot() -> None:
    steps = load(HERE / "golden" / "bot.yaml").model.flows["chat"].steps
    assert skip_target(steps["assistant"], ["complaint"]) == "person"
    assert skip_target(steps["wait"], []) == "assistant"
    assert skip_target(steps["person"].model_copy(update={"skip_to": "resolved"}), []) == "resolved"


def test_warnings_tell_of_what_is_idle() -> None:
    scenario = with_parts(
        {
            "flows.unused": {"steps": {"a": {"delay": "1 min"}, "b": {"delay": "1 min"}}},
            "queues.idle": {},
            "bots": {"idle": None},
            "channels.mail": {
                "type": "message",
                "arrivals": {"per_day": {"2030-01-01": 5}},
                "reasons": {"order": 1},
                "flow": "call",
            },
            "channels.phone.arrivals": {"per_interval": [["2020-01-01", "08:00", 5]]},
            "pools.desk.staff": {"roster": [["2020-01-01", "08:00", 5]]},
        }
    )
    assert [f"{problem.path}: {problem.message}" for problem in scenario.warnings] == [
        "flows.unused: no channel uses this flow",
        "flows.unused.steps.b: no way leads to this step",
        "queues.idle: no step uses this queue",
        "bots.idle: no step uses this bot",
        "channels.phone.arrivals.per_interval: none of its days falls into the simulated time",
        "channels.mail.arrivals.per_day: none of its days falls into the simulated time",
        "pools.desk.staff.roster: none of its days falls into the simulated time",
    ]
    assert with_parts({}).warnings == ()


def test_two_unsound_parts_and_what_lies_between_the_sound_ones_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        with_parts(
            {
                "channels.phone.patience": "soon",
                "queues.phone.priority": "high",
                "flows.call.steps.talk.next": "talk",
            }
        )
    assert {problem.path for problem in caught.value.problems} == {
        "channels.phone.patience",
        "queues.phone.priority",
        "flows.call.steps.talk",
    }
