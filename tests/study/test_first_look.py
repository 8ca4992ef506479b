"""The first look against sums done by hand and against a simulation in which nobody gives up."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servsim.queueing import staff_for
from servsim.scenario import Scenario, load
from servsim.study import first_look, run

Make = Callable[..., Scenario]


def row(scenario: Scenario, queue: str, when: str = "busiest") -> dict[str, Any]:
    table = first_look(scenario).queues
    return dict(table[(table["queue"] == queue) & (table["when"] == when)].iloc[0])


def test_load_is_arrivals_times_handling_time(small: Scenario) -> None:
    phone = row(small, "phone")
    assert phone["contacts_per_hour"] == pytest.approx(30)
    assert phone["handling_time"] == pytest.approx(270)
    assert phone["erlangs"] == pytest.approx(30 * 270 / 3600)
    assert phone["agents"] == 4
    assert phone["at"] == "2026-03-02 08:00"


def test_mean_is_over_the_hours_with_work(small: Scenario) -> None:
    assert row(small, "phone", "mean")["contacts_per_hour"] == pytest.approx(30)  # 4 hours of 24
    assert row(small, "phone", "mean")["agents"] == pytest.approx(4)
    assert row(small, "mail", "mean")["agents"] == pytest.approx(4 * 4 / 24)  # mail comes all day


def test_the_busiest_interval_is_found(make: Make) -> None:
    busy = make(channels__phone__arrivals__rate={"08:00": "10/h", "09:30": "70/h", "11:00": "20/h"})
    assert row(busy, "phone")["at"] == "2026-03-02 10:00"
    assert row(busy, "phone")["contacts_per_hour"] == pytest.approx(70)
    assert row(busy, "phone", "mean")["contacts_per_hour"] == pytest.approx((10 + 40 + 70 + 20) / 4)


def test_volumes_by_interval_and_exact_times_count_as_rates_do(make: Make) -> None:
    table = make(
        channels__phone__arrivals={"per_interval": [["mon", f"{h:02}:00", 12] for h in range(8, 12)]}
    )
    assert row(table, "phone")["contacts_per_hour"] == pytest.approx(12)
    times = [[8.5 * 3600 + i, "order"] for i in range(6)] + [[9.5 * 3600 + i] for i in range(4)]
    exact = make(channels__phone__arrivals={"times": times})
    assert row(exact, "phone")["contacts_per_hour"] == pytest.approx(6)
    assert row(exact, "phone", "mean")["contacts_per_hour"] == pytest.approx(5)


def test_wanted_agents_are_erlangs(make: Make) -> None:
    phone = row(make(channels__phone__arrivals__rate="120/h", targets=[]), "phone")
    assert (phone["goal"], phone["within"], phone["patience"]) == (0.8, 20, pytest.approx(120))
    assert phone["erlang_c"] == staff_for(120 / 3600, 270, 0.8, 20)
    assert phone["erlang_a"] == staff_for(120 / 3600, 270, 0.8, 20, 120)
    assert phone["erlang_a"] < phone["erlang_c"]


def test_a_backlog_has_no_wanted_agents(small: Scenario) -> None:
    assert math.isnan(row(small, "mail")["erlang_c"])
    assert math.isnan(row(small, "mail")["erlang_a"])


def test_without_patience_there_is_no_erlang_a(make: Make) -> None:
    endless = row(make(channels__phone__patience="none"), "phone")
    assert endless["patience"] == math.inf
    assert math.isnan(endless["erlang_a"])
    assert endless["erlang_c"] > 0


@pytest.mark.parametrize(
    ("changes", "goal"),
    [
        ({"targets": []}, (0.8, 20)),
        ({"targets": [], "service_level": {"within": "45 s"}}, (0.8, 45)),
        ({"targets": [], "queues__phone__service_level": {"within": "30 s"}}, (0.8, 30)),
        ({"targets": [{"measure": "service_level", "at_least": 0.7, "within": "1 min"}]}, (0.7, 60)),
        ({"targets": [{"measure": "service_level", "channel": "phone", "at_least": 0.6}]}, (0.6, 20)),
        ({"targets": [{"measure": "service_level", "channel": "mail", "at_least": 0.6}]}, (0.8, 20)),
        (
            {
                "targets": [
                    {"measure": "service_level", "at_least": 0.5},
                    {"measure": "service_level", "queue": "phone", "at_least": 0.95, "within": "10 s"},
                ]
            },
            (0.95, 10),
        ),
    ],
)
def test_goals_come_from_the_nearest_target(
    make: Make, changes: dict[str, Any], goal: tuple[float, float]
) -> None:
    phone = row(make(**changes), "phone")
    assert (phone["goal"], phone["within"]) == goal


def test_steps_that_repeat_are_counted_as_often_as_they_happen(make: Make) -> None:
    again = make(flows__call__steps__talk__next={"talk": 0.25, "resolved": 0.75})
    assert row(again, "phone")["contacts_per_hour"] == pytest.approx(30 / 0.75)


def test_ways_and_times_by_reason(make: Make) -> None:
    step = {
        "queue": "phone",
        "time": {"constant": "4 min"},
        "next": "resolved",
        "by_reason": {"trouble": {"time": {"constant": "8 min"}, "next": {"second": 0.5, "resolved": 0.5}}},
    }
    second = {"queue": "mail", "time": {"constant": "10 min"}}
    both = make(flows__call__steps={"talk": step, "second": second}, channels__mail__arrivals__rate="0/h")
    assert row(both, "phone")["handling_time"] == pytest.approx(0.75 * 240 + 0.25 * 480)
    assert row(both, "mail")["contacts_per_hour"] == pytest.approx(30 * 0.25 * 0.5)


def test_times_that_depend_on_the_time_of_day(make: Make) -> None:
    by_time = {"at": "start", "00:00": {"constant": "2 min"}, "10:00": {"constant": "5 min"}}
    later = row(make(flows__call__steps__talk__time={"by_time": by_time}), "phone")
    assert later["at"] == "2026-03-02 10:00"
    assert later["handling_time"] == pytest.approx(330)


def test_speed_and_shrinkage(make: Make) -> None:
    fast = make(
        pools__desk__speed=1.5, pools__desk__staff__by_calendar__desk=10, pools__desk__shrinkage="20%"
    )
    assert row(fast, "phone")["handling_time"] == pytest.approx(180)
    assert row(fast, "phone")["agents"] == 8


def test_groups_hang_together_by_shared_queues(make: Make) -> None:
    pool = {"staff": 2, "serves": ["mail"]}
    joined = first_look(make(pools__office=pool)).groups
    assert joined["pools"].unique().tolist() == ["desk, office"]
    busiest = joined[joined["when"] == "busiest"].iloc[0]
    assert busiest["erlangs"] == pytest.approx(30 * 270 / 3600 + 2 * 360 / 3600)
    assert busiest["agents"] == 6
    assert busiest["utilisation"] == pytest.approx(busiest["erlangs"] / 6)
    apart = first_look(make(pools__office=pool, pools__desk__serves=["phone"])).groups
    assert apart["queues"].unique().tolist() == ["phone", "mail"]


def test_contacts_that_start_at_several_steps(make: Make) -> None:
    """60 % begin with a person (30 s + 2 min, 30 s of wrap-up), 40 % with a menu that hands a quarter of them on."""
    menu = {"bot": "menu", "time": "1 min", "next": {"talk": "25%", "resolved": "rest"}}
    half = make(
        bots={"menu": {}},
        flows__call__steps__menu=menu,
        flows__call__steps__talk__time={"exponential": {"mean": "2 min", "shift": "30 s"}},
        flows__call__start={"talk": "60%", "menu": "rest"},
    )
    phone = row(half, "phone")
    assert phone["contacts_per_hour"] == pytest.approx(30 * (0.6 + 0.4 * 0.25))
    assert phone["handling_time"] == pytest.approx(120 + 30 + 30)


def test_notes_tell_what_does_not_fit(make: Make) -> None:
    assert first_look(make()).notes == ()
    few = first_look(make(pools__desk__staff__by_calendar__desk=2)).notes
    assert few == (
        "phone: in 4 intervals more work comes than agents are there; worst at 2026-03-02 08:00: "
        "2.2 erlangs, 2.0 agents.",
        "desk: 14 hours of work come in the whole time, but agents are there for 8 hours: "
        "the rest waits or gives up.",
    )
    assert first_look(make(pools__desk__staff__by_calendar__desk=0)).notes == (
        "phone: contacts come, but no agent is ever there.",
        "mail: contacts come, but no agent is ever there.",
    )
    late = first_look(make(channels__phone__open="always", channels__phone__arrivals__rate="1/h")).notes
    assert late == ("phone: in 20 intervals contacts come while no agent is there (first 2026-03-02 00:00).",)
    silent = first_look(make(channels__mail__arrivals__rate="0/h")).notes
    assert silent == ("mail: no contact ever comes to this queue.",)


def test_load_agrees_with_a_simulation_in_which_nobody_gives_up(make: Make) -> None:
    roomy = make(
        channels__phone__open="always",
        channels__phone__patience="none",
        pools__desk__staff=20,
        channels__mail__arrivals__rate="20/h",
        clock__length="5 days",
        flows__call__steps__talk__next={"talk": 0.2, "resolved": 0.8},
    )
    simulated = run(roomy, reps=4, seed=11)
    for queue in ("phone", "mail"):
        found = simulated.value("offered_load", f"queue:{queue}")
        expected = row(roomy, queue, "mean")["erlangs"]
        assert abs(found.mean - expected) < 2 * found.half_width
        assert found.half_width < 0.1 * expected


def test_volumes_in_closed_hours_are_told(tmp_path: Path) -> None:
    """12 of 20 contacts a day come before opening, on two days; a half-open interval keeps its own."""
    file = tmp_path / "shop.yaml"
    file.write_text(
        """
clock: {start: 2026-03-02, length: 2 days}
calendars: {desk: {daily: "08:45-12:00"}}
channels:
  chat:
    type: chat
    open: desk
    arrivals: {per_interval: [[daily, "08:00", 12], [daily, "08:30", 8]], interval: 30 min}
    flow: talk
flows: {talk: {steps: {talk: {queue: q, time: 5 min}}}}
queues: {q: }
pools: {team: {staff: 3, serves: [q]}}
""",
        encoding="utf-8",
    )
    notes = first_look(load(file)).notes
    assert (
        notes[0] == "chat: 24.0 contacts of its table fall into hours when 'desk' is closed; they never come."
    )
    file.write_text(file.read_text(encoding="utf-8").replace("08:45-12:00", "08:00-12:00"), encoding="utf-8")
    assert not any("closed" in note for note in first_look(load(file)).notes)
