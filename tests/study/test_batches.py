"""Batch means: against tables of contacts, against laws, and how often their intervals cover the truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from servsim.errors import InputError
from servsim.queueing import mmca
from servsim.scenario import Scenario, load
from servsim.study import run
from servsim.study.batches import BatchMeans, batch_means
from servsim.units import DAY, HOUR

DESK = """
servsim: 1
name: Desk
clock: {start: 2026-03-02 08:00, length: 8 h, warmup: 1 h, interval: 1 h}
channels: {calls: {type: voice, arrivals: {rate: 4.2/min}, patience: {exponential: 1 min}, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 2 min}}}}}
queues: {calls: {}}
pools: {agents: {staff: 9, serves: [calls], wage: 30/h}}
targets:
  - {measure: abandonment, at_most: 20%}
  - {measure: service_level, channel: calls, within: 1 s, at_least: 99%, every: day}
  - {measure: offered, at_most: 100000}
"""
LAW = mmca(4.2 / 60, 120.0, 9, 60.0)
ALARM = 1e-4  # false-alarm rate of a check on a share


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file = tmp_path_factory.mktemp("batches") / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    return load(file)


@pytest.fixture(scope="module")
def found(desk: Scenario) -> BatchMeans:
    return batch_means(desk, batches=20, batch=6 * HOUR)


def contacts_of(found: BatchMeans) -> pd.DataFrame:
    """Return the contacts of the run, made again from what it carries, with their batch from 0."""
    again = run(found.run.scenario, reps=1, seed=found.run.seed, contacts=True)
    assert again.contacts is not None
    warmup = found.run.scenario.model.clock.warmup
    return again.contacts.assign(batch=np.floor((again.contacts["arrived"] - warmup) / found.batch))


def test_batches_are_what_the_contacts_say(found: BatchMeans) -> None:
    table = contacts_of(found)
    for n in range(20):
        rows = table[table["batch"] == n]
        assert found.result.sample("offered")[n] == len(rows)
        assert found.result.sample("abandonment")[n] == pytest.approx((rows["end"] == "abandoned").mean())
        assert found.result.sample("wait")[n] == pytest.approx(rows["wait"].mean())
        assert found.result.sample("wait_max")[n] == rows["wait"].max()
    assert (table["batch"] == 20).any()  # one batch more, left out
    assert (table["batch"] < 0).any()  # the warm-up


@pytest.mark.parametrize(("batch", "letters"), [(HOUR, 16), (DAY, 10)])
def test_values_are_the_periods_own(desk: Scenario, batch: float, letters: int) -> None:
    """Each measure, ratios too, is to the bit what `run` says of that hour or day, told by its label's length."""
    found = batch_means(desk, batches=4, batch=batch)
    again = run(found.run.scenario, reps=1, seed=found.run.seed)
    rows = again.index["period"].astype(str).str.len() == letters
    table = again.matrix[0][rows.to_numpy()].reshape(len(found.result.index), -1)
    assert table.shape[1] == 5
    assert np.array_equal(found.result.matrix, table[:, :4].T, equal_nan=True)
    assert not np.array_equal(found.result.matrix, table[:, 1:].T, equal_nan=True)  # the twin: a batch later


def test_the_tables_of_days_as_batches_can_be_read(desk: Scenario) -> None:
    found = batch_means(desk, batches=2, batch=DAY)
    again = run(found.run.scenario, reps=1)  # with days and intervals of a day side by side
    for result in (found.run, again):
        assert "2026-03-03 00:00" in set(result.measures["period"])


def test_a_warm_up_may_be_longer_than_the_clock(desk: Scenario) -> None:
    found = batch_means(desk, batches=2, batch=DAY, warmup=3 * DAY)
    clock = found.run.scenario.model.clock
    assert (clock.warmup, clock.length) == (3 * DAY + 16 * HOUR, 6 * DAY + 16 * HOUR)
    assert "after a warm-up of 88 h" in found.advice()
    own = batch_means(desk, batches=2, batch=HOUR, warmup=HOUR)
    assert own.summary() == batch_means(desk, batches=2, batch=HOUR).summary()
    assert "without a warm-up" in batch_means(desk, batches=2, batch=HOUR, warmup=0.0).advice()
    with pytest.raises(
        InputError, match="2 batches of 1 day after a warm-up of 3660 days need a clock longer"
    ):
        batch_means(desk, batches=2, batch=DAY, warmup=3660 * DAY)


@pytest.mark.parametrize("batch", [HOUR, 8 * HOUR, DAY])
def test_every_batch_is_whole(desk: Scenario, batch: float) -> None:
    found = batch_means(desk, batches=5, batch=batch)
    assert found.result.sample("staffed_hours") == pytest.approx([9 * batch / HOUR] * 5)
    clock = found.run.scenario.model.clock
    assert clock.warmup >= HOUR and (clock.warmup + 8 * HOUR) % min(batch, DAY) == 0
    assert clock.length == clock.warmup + 6 * batch


def test_means_agree_with_the_law_and_with_replications(desk: Scenario, found: BatchMeans) -> None:
    """At 5 standard errors from 20 values each of these is wrong once in 12,000 times."""
    reps = run(desk.with_({"clock.length": "7 h"}), reps=20)
    laws = {
        "abandonment": LAW.abandonment,
        "waiting": LAW.mean_queue,
        "occupancy": LAW.occupancy,
        "wait": LAW.mean_wait,
        "asa": LAW.mean_wait_answered,
    }
    for measure, law in laws.items():
        for result in (found.result, reps):
            value = result.value(measure)
            assert abs(value.mean - law) < 5 * value.std / math.sqrt(20), measure
    wrong = mmca(4.2 / 60, 120.0, 10, 60.0).abandonment  # a desk with one agent more is told apart
    value = found.result.value("abandonment")
    assert abs(value.mean - wrong) > 5 * value.std / math.sqrt(20)


def test_targets_are_judged_over_all_batches(found: BatchMeans) -> None:
    targets = found.result.targets
    assert targets["verdict"].tolist() == ["met", "missed", "not measured"]
    table = contacts_of(found)
    inside = table[table["batch"].between(0, 19)]
    in_time = inside["wait"].le(1.0) & (inside["end"] != "abandoned")
    assert targets["value"].iloc[1] == pytest.approx(in_time.groupby(inside["batch"]).mean().mean())
    assert found.result.summary()["targets"][0]["text"] == "abandonment total <= 20%"


def test_the_run_is_one_replication_that_gives_itself_again(found: BatchMeans) -> None:
    again = run(found.run.scenario, reps=1, seed=found.run.seed)
    rows = again.index["period"].isin(found.run.index["period"].unique())
    assert again.matrix[:, rows.to_numpy()] == pytest.approx(found.run.matrix, nan_ok=True, abs=0, rel=0)


def test_independence_is_told_of_every_measure(desk: Scenario, found: BatchMeans) -> None:
    assert list(found.independence.columns) == ["measure", "scope", "lag1", "p_value"]
    assert len(found.independence) == len(found.result.index)
    assert not found.correlated and "nothing speaks against" in found.advice()
    short = batch_means(desk, batches=100, batch=60.0)
    assert short.correlated and short.p_value < 1e-6
    assert "take longer batches" in short.advice()
    assert short.summary()["batches"] == 100 and short.summary()["reps"] == 1
    waiting = next(row for row in short.summary()["series"] if row["measure"] == "waiting")
    assert waiting["values"] == short.result.sample("waiting", waiting["scope"]).tolist()
    few = batch_means(desk, batches=2, batch=HOUR)
    assert math.isnan(few.p_value) and not few.correlated and "too few" in few.advice()


def test_a_scenario_without_targets_has_batches(desk: Scenario) -> None:
    found = batch_means(desk.with_({"targets": []}), batches=2, batch=HOUR)
    assert found.result.targets.empty and found.result.all_met


def test_cycles_fit_into_a_batch_or_are_refused(desk: Scenario) -> None:
    daily = desk.with_({"channels.calls.arrivals.rate": {"00:00": "1/min", "12:00": "4/min"}})
    weekly = desk.with_({"channels.calls.arrivals": {"per_day": {"mon-fri": 900, "sat-sun": 90}}})
    once = desk.with_({"channels.calls.arrivals": {"times": [[10.0], [20.0]]}})
    assert batch_means(daily, batches=3).result.reps == 3
    refused = [
        (daily, HOUR, "a batch must be 1 day, not 1 h"),
        (weekly, DAY, r"change over the week, .* run replications \(servsim run\) with a clock.length"),
        (weekly, 7 * DAY, r"a batch of 7 days does not fit: .* run replications \(servsim run\)"),
        (once, DAY, "there is no steady state to take batches of; run replications"),
    ]
    for scenario, batch, words in refused:
        for batches in (3, 20):  # however short the clock would be
            with pytest.raises(InputError, match=words):
                batch_means(scenario, batches=batches, batch=batch)


def test_the_advice_on_correlated_batches_can_be_followed(desk: Scenario) -> None:
    """Cases of 3 days each: batches of a day are as long as there are."""
    slow = desk.with_(
        {
            "flows.call.steps.talk.time": {"exponential": "3 days"},
            "channels.calls": {"type": "message", "arrivals": {"rate": "1/h"}, "flow": "call"},
            "pools.agents.staff": 150,
            "targets": [],
        }
    )
    days, hours = batch_means(slow, batches=30, warmup=20 * DAY), batch_means(slow, batch=HOUR, warmup=0.0)
    assert days.correlated and hours.correlated
    assert days.advice().endswith("too narrow: take replications instead (servsim run).")
    for word in ("take longer batches", "--warmup", "servsim run"):
        assert word in hours.advice()


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (5000.0, "a batch of 5000 s does not fit: .* the nearest is 80 min"),
        (1.0, "the nearest is 1 min"),
        (100_000.0, "the nearest is 1 day"),
        (math.nan, "does not fit"),
        (0.0, "does not fit"),
        (-3600.0, "does not fit"),
        (math.inf, "does not fit"),
        (2 * DAY, "or one day; the nearest is 1 day; for whole weeks run replications"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(desk: Scenario, batch: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        batch_means(desk, batch=batch)


def test_a_clock_of_more_than_ten_years_is_refused(desk: Scenario) -> None:
    with pytest.raises(
        InputError, match=r"^5000 batches of 1 day after a warm-up of 1 h need a clock longer than 3660"
    ):
        batch_means(desk, batches=5000)


@pytest.mark.parametrize(
    "words",
    [
        {"batches": 1},
        {"batches": 2.5},
        {"seed": -1},
        {"warmup": -1.0},
        {"warmup": math.nan},
        {"warmup": math.inf},
    ],
)
def test_wrong_numbers_are_refused(desk: Scenario, words: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(words))):
        batch_means(desk, **words)


def coverage(desk: Scenario, batch: float, runs: int) -> tuple[int, int]:
    """Return of how many runs the interval of the mean queue covers the law, and how many are called correlated."""
    covered = alarms = 0
    for seed in range(1, runs + 1):
        found = batch_means(desk, batches=20, batch=batch, seed=seed)
        interval = found.result.value("waiting")
        covered += interval.low <= LAW.mean_queue <= interval.high
        alarms += found.correlated
    return covered, alarms


@pytest.mark.slow
def test_intervals_of_long_batches_cover_the_truth_and_those_of_short_ones_do_not(desk: Scenario) -> None:
    """Each of the three checks on shares is wrong once in 10,000 times if intervals and test are exact."""
    runs = 400
    bare = desk.with_({"targets": []})
    covered, alarms = coverage(bare, 4 * HOUR, runs)
    assert covered >= binom.ppf(ALARM, runs, 0.95)
    assert alarms <= binom.ppf(1 - ALARM, runs, 0.05)
    covered, alarms = coverage(bare, 60.0, runs)  # the twin: a batch of half a talk
    assert covered < binom.ppf(ALARM, runs, 0.95)
    assert alarms > runs / 2
