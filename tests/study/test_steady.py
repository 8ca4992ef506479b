"""The warm-up: the series against plain sums, where it is cut, and what is said of scenarios without a steady state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from servsim.errors import InputError
from servsim.network import build
from servsim.scenario import Scenario, load
from servsim.stats import mser
from servsim.study import run
from servsim.study.steady import Warmup, up_to_grid, warmup, with_clock
from servsim.units import DAY, HOUR, parse_duration
from servsim.words import duration

SLOW = """
servsim: 1
name: Slow cases
clock: {start: 2026-03-02, length: 20 days, interval: 1 h}
channels: {cases: {type: message, arrivals: {rate: 1/h}, flow: case}}
flows: {case: {steps: {work: {queue: cases, time: {exponential: 10 h}}}}}
queues: {cases: {}}
pools: {clerks: {staff: 60, serves: [cases]}}
"""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Return an M/M/60 queue in which nearly nobody waits: 10 cases at a time, filled up like 1 - exp(-t / 10 h)."""
    file = tmp_path_factory.mktemp("steady") / "slow.yaml"
    file.write_text(SLOW, encoding="utf-8")
    return load(file)


@pytest.fixture(scope="module")
def found(slow: Scenario) -> Warmup:
    return warmup(slow, reps=20)


def test_the_series_is_the_mean_over_replications(slow: Scenario) -> None:
    found = warmup(slow, measure="offered", reps=3)
    result = run(slow, reps=3)
    table = result.measures
    rows = table[(table["measure"] == "offered") & (table["scope"] == "total")]
    by_hour = rows[rows["period"].str.len() > 10].groupby("period", observed=True, sort=False)["value"].mean()
    assert found.series["period"].tolist() == [str(period) for period in by_hour.index]
    assert found.series["mean"].to_numpy() == pytest.approx(by_hour.to_numpy())
    assert found.series["start"].tolist() == [n * HOUR for n in range(480)]


def test_the_mean_fills_up_as_the_law_says(found: Warmup) -> None:
    """M/M/infinity from empty: 10 (1 - exp(-t / 10 h)). At 12 hours, 5 standard errors: wrong once in 10,000 times."""
    for hour in range(0, 480, 40):
        row = found.series.iloc[(found.series["start"] - hour * HOUR).abs().argmin()]
        law = 10 * (1 - math.exp(-(row["start"] / HOUR + 0.125) / 10))
        assert abs(row["mean"] - law) < 5 * max(math.sqrt(law / 20), 0.1)


def test_the_cut_lies_behind_the_rise_and_within_the_first_half(found: Warmup) -> None:
    assert found.cycle == 0 and found.batch == 5 and found.trusted and found.weeks.empty
    assert 15 * HOUR <= found.truncation <= 10 * DAY
    assert found.truncation % HOUR == 0
    least = found.curve["cut"][found.curve["statistic"].idxmin()]
    assert 0 <= found.truncation - least < HOUR  # rounded up to the scenario's own interval
    assert found.advice().startswith(f"Set clock.warmup: {duration(found.truncation)}.")


def test_the_curve_is_mser_of_the_series(found: Warmup) -> None:
    assert found.curve["statistic"].tolist() == mser(found.series["mean"], 5).curve.tolist()


def test_the_advice_can_be_followed(slow: Scenario, found: Warmup) -> None:
    wanted = found.advice().partition("clock.warmup: ")[2].partition(".")[0]
    followed = slow.with_({"clock.warmup": wanted})
    assert followed.model.clock.warmup == found.truncation
    option = found.advice().partition("--warmup ")[2].partition(")")[0]
    assert parse_duration(option) == found.truncation
    again = warmup(followed, reps=20)
    assert again.series.equals(found.series)  # its own warm-up is left aside
    assert "long enough" in again.advice()


def test_time_averages_are_looked_at_in_short_intervals_and_others_in_the_scenarios_own(
    slow: Scenario,
) -> None:
    short = slow.with_({"clock.length": "3 days"})
    assert (
        len(warmup(short, reps=1).series) == 3 * 24 * 15
    )  # the longest part of a day with 1,000 or more: 4 min
    assert len(warmup(short, measure="offered", reps=1).series) == 3 * 24
    assert len(warmup(short.with_({"clock.length": "2 h"}), reps=1).series) == 120  # not below 1 min


def test_a_growing_backlog_has_no_end_of_the_warm_up(slow: Scenario) -> None:
    found = warmup(slow.with_({"pools.clerks.staff": 5}), reps=3)
    assert not found.trusted
    assert "has not settled" in found.advice()


def test_nothing_is_cut_where_nothing_rises(slow: Scenario) -> None:
    quick = slow.with_(
        {"flows.case.steps.work.time": {"constant": "1 s"}, "channels.cases.arrivals.rate": "9/min"}
    )
    found = warmup(quick, reps=5)
    assert found.truncation == 0 and found.trusted
    assert found.advice().startswith("No warm-up is needed")


def test_days_are_compared_where_days_repeat(slow: Scenario) -> None:
    daily = slow.with_({"channels.cases.arrivals.rate": {"00:00": "0.5/h", "08:00": "2/h"}})
    found = warmup(daily, reps=10)
    assert (found.cycle, found.batch, len(found.series)) == (DAY, 1, 20)
    assert found.truncation >= DAY and found.truncation % DAY == 0
    assert "day is compared with day" in found.advice()
    late = warmup(daily.with_({"clock.start": "2026-03-02 18:30:00"}), reps=3)
    assert len(late.series) == 19 and late.series["period"].iloc[0] == "2026-03-03"  # cut short: left out
    assert late.truncation >= 5.5 * HOUR


def test_weeks_need_ten_of_them(slow: Scenario) -> None:
    weekly = slow.with_({"channels.cases.arrivals": {"per_day": {"mon-fri": 24, "sat-sun": 10}}})
    few = warmup(weekly, reps=2)
    assert few.batch == 7 and math.isnan(few.truncation) and not few.trusted and few.curve.empty
    assert "set clock.length: 70 days" in few.advice()
    enough = warmup(weekly.with_({"clock.length": "70 days"}), reps=2)
    assert enough.truncation % (7 * DAY) == 0 and len(enough.curve) == 6
    by_hand = enough.series["mean"].to_numpy().reshape(10, 7).mean(axis=1)
    assert enough.weeks["mean"].to_numpy() == pytest.approx(by_hand)
    assert enough.weeks["start"].tolist() == [7 * DAY * n for n in range(10)]
    assert enough.weeks["period"].tolist() == enough.series["period"].tolist()[::7]
    assert len(few.weeks) == 2 and len(enough.summary()["weeks"]) == 10


def test_weeks_are_means_of_the_days_with_a_value(slow: Scenario) -> None:
    """A desk closed on Sundays has no wait then; a week still has one. The last 6 of 20 days are no week."""
    closed = {"channels.cases.arrivals": {"per_day": {"mon-sat": 24, "sun": 0}}}
    found = warmup(slow.with_(closed), measure="wait", reps=2)
    assert found.series["mean"].isna().sum() == 2 and found.weeks["mean"].notna().all()
    assert len(found.weeks) == 2


def test_what_never_repeats_is_told_so(slow: Scenario) -> None:
    once = slow.with_({"channels.cases.arrivals": {"per_day": {"daily": 24, "2026-03-05": 50}}})
    found = warmup(once, reps=2)
    assert math.isinf(found.cycle) and math.isnan(found.truncation)
    assert "no rule for a warm-up" in found.advice()
    assert found.summary()["cycle"] is None


def test_intervals_without_a_value_are_told_of(slow: Scenario) -> None:
    found = warmup(slow, measure="wait", reps=2)
    assert math.isnan(found.truncation)
    assert "wait has no value in" in found.advice() and "work_in_system" in found.advice()


def test_the_summary_is_plain(found: Warmup) -> None:
    summary = found.summary()
    assert summary["truncation"] == found.truncation and summary["advice"] == found.advice()
    assert summary["series"][-1]["smoothed"] is None and len(summary["series"]) == len(found.series)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"measure": "work_in_sytem"},
            "measure: no measure is named 'work_in_sytem'; did you mean 'work_in_system'?",
        ),
        (
            {"measure": "waiting", "scope": "queue:case"},
            "scope: no queue of 'Slow cases' is named 'case'; queues: cases; did you mean 'cases'?",
        ),
        (
            {"measure": "wait", "scope": "pool:clerks"},
            "scope: wait exists for total, channel, reason, queue, not for pool",
        ),
    ],
)
def test_wrong_names_are_told_before_anything_is_run(
    slow: Scenario, words: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match="^" + message.replace("?", "\\?").replace(".", "\\.")):
        warmup(slow, reps=10**6, **words)


def test_tables_keep_their_intervals_under_another_clock(slow: Scenario) -> None:
    """A table with one time a day has no step of its own: it takes the clock's, which must not change its meaning."""
    lone = slow.with_({"channels.cases.arrivals": {"per_interval": [["daily", "08:00", 12]]}})
    lone = lone.with_({"pools.clerks.staff": {"roster": [["daily", "08:00", 3]]}})
    before, after = build(lone.model), build(with_clock(lone, interval=DAY).model)
    assert after.interval == DAY
    for name in ("segment_start", "segment_end", "segment_volume"):
        assert np.array_equal(getattr(before.channels, name), getattr(after.channels, name))
    assert np.array_equal(before.pools.roster_time, after.pools.roster_time)
    naive = build(lone.with_({"clock.interval": "1 day"}).model)  # the twin without the care
    assert not np.array_equal(before.channels.segment_end, naive.channels.segment_end)


def test_the_grid_lies_from_midnight() -> None:
    assert up_to_grid(0.0, HOUR, 0.0) == 0.0
    assert up_to_grid(1.0, HOUR, 0.0) == HOUR
    assert up_to_grid(HOUR, HOUR, 0.0) == HOUR
    assert up_to_grid(0.0, DAY, 8 * HOUR) == 16 * HOUR
    assert up_to_grid(5.0, HOUR, 600.0) == 3000.0


def test_durations_are_exact() -> None:
    lengths = {
        90 * 60: "90 min",
        6 * HOUR: "6 h",
        DAY: "1 day",
        3 * DAY: "3 days",
        50 * HOUR: "50 h",
        30: "30 s",
    }
    assert {length: duration(float(length)) for length in lengths} == lengths
    assert duration(0.5) == "0.5 s" and duration(61.0) == "61 s"
