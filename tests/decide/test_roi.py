"""Return on investment: exact where replications are made up, by hand; the base that is found; one real run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import servsim as sv
from servsim.decide import Returns, roi
from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.scenario.changes import base_of
from servsim.scenario.diff import differences
from servsim.units import MONTH

REPS = 10
NOISE = np.linspace(-1.0, 1.0, REPS)
SPAN = 10 * 86400 / MONTH  # months in the measured time below

AS_IS = """
name: As is
currency: EUR
clock: {start: 2026-03-02, length: 12 days, warmup: 2 days}
channels: {phone: {type: voice, arrivals: {rate: 5/min, scale: 2}, patience: {exponential: 2 min}, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 1 min}}}}}
queues: {calls: {}}
pools: {team: {staff: 12, serves: {calls: {}}, wage: 24/h}}
"""
ONE_PHASE = (
    "{horizon: 2 years, discount: 12%, contingency: 0, phases: [{name: run, one_off: 1000, effect: 1}]}"
)

Law = Callable[[Scenario, str], Any]


class Made:
    """A runner that simulates nothing: a measure's replications are what a function says.

    `verdict` is that of a target that every scenario has.
    """

    def __init__(self, law: Law, verdict: str = "met") -> None:
        self.law, self.asked = law, 0
        self.targets = pd.DataFrame({"text": ["asa total <= 20 s"], "verdict": [verdict]})

    def results(self, scenarios: Sequence[Scenario], reps: int, first: int = 1) -> list[Any]:
        self.asked += len(scenarios)

        def result(scenario: Scenario) -> Any:
            def sample(measure: str) -> Any:
                return np.broadcast_to(np.asarray(self.law(scenario, measure), dtype=np.float64), reps)

            return SimpleNamespace(seed=1, sample=sample, targets=self.targets)

        return [result(scenario) for scenario in scenarios]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a what-if beside the scenario as it is."""
    (tmp_path / "as_is.yaml").write_text(AS_IS, encoding="utf-8")

    def file(part: str, name: str = "to_be.yaml", extends: str = "as_is.yaml", change: str = "{}") -> Path:
        text = f"extends: {extends}\nname: {name}\nchange: {change}\n" + (f"roi: {part}\n" if part else "")
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return file


def saves(amount: Any) -> Law:
    """Return the law of a what-if that costs so much less a month than the base."""
    return lambda s, m: 5000.0 - (amount * SPAN if s.name != "As is" else 0) + 300 * NOISE


def weighed(file: Path, law: Law, **others: Any) -> Returns:
    return roi(file, runner=Made(law), reps=REPS, **others)


# --- by hand ----------------------------------------------------------------------------------------------------


def test_a_hundred_a_month_against_a_thousand(write: Any) -> None:
    """24 x 100 against 1000: return 1.4, paid back in month 10, worth an annuity less the thousand."""
    found = weighed(write(ONE_PHASE), saves(100.0))
    interest = 1.12 ** (1 / 12) - 1
    worth = 100 * (1 - (1 + interest) ** -24) / interest - 1000
    by_hand = {"roi": 1.4, "npv": worth, "payback": 10.0, "saving": 2400.0}
    for measure, value in by_hand.items():
        row = found.value(measure)
        assert all(number == pytest.approx(value, abs=1e-9) for number in row.values()), measure
    assert (found.invested, found.one_off, found.running) == (1000.0, 1000.0, 0.0)
    assert found.chance("pays") == found.chance("worth") == 1.0
    assert found.months["saving"].tolist() == pytest.approx([100.0] * 24, abs=1e-9)


def test_scaling_with_the_whole_clock_would_be_seen(write: Any) -> None:
    """The twin: the measured time is 10 days of 12; with the warm-up in it the return would be another."""
    found = weighed(write(ONE_PHASE), saves(100.0 * 12 / 10))
    assert found.value("roi")["mean"] != pytest.approx(1.4, abs=0.1)


def test_costs_are_reserve_and_running_too(write: Any) -> None:
    """1000 and 20 % of it and 24 x 10: 1440 against 2400, a return of 2/3; 1200 are back at 90 a month in month 14."""
    part = ONE_PHASE.replace("contingency: 0", "contingency: 20%").replace("effect", "running: 10, effect")
    found = weighed(write(part), saves(100.0))
    assert found.invested == pytest.approx(1440.0, abs=1e-9)
    assert found.value("roi")["mean"] == pytest.approx(2 / 3, abs=1e-9)
    assert found.value("payback")["mean"] == 14


def test_phases_and_a_ramp(write: Any) -> None:
    """Months at 0, 0, 20, 20, then 30, 50, 70, 90, then 100 four times: 6.8 months' worth."""
    part = """{horizon: 1 year, contingency: 0, phases: [
      {name: diagnose, length: 2 months, one_off: 100, effect: 0%},
      {name: pilot, length: 2 months, one_off: 50, effect: 20%},
      {name: roll-out, length: 4 months, one_off: 150, effect: 20% .. 100%},
      {name: run, effect: 100%}]}"""
    found = weighed(write(part), saves(100.0))
    assert found.value("saving")["mean"] == pytest.approx(680.0, abs=1e-9)
    assert found.value("roi")["mean"] == pytest.approx(380 / 300, abs=1e-9)
    # 100, 150 less 40, 300 less 40: back at 30 + 50 + 70 + 90 = 240 plus the 20 of month 9
    assert found.value("payback")["mean"] == 9
    assert found.phases["saving"].tolist() == pytest.approx([0, 40, 240, 400], abs=1e-9)
    assert found.phases[["first", "last"]].to_numpy().tolist() == [[1, 2], [3, 4], [5, 8], [9, 12]]
    assert found.months["cumulated"].iloc[[0, 3, 7, 11]].tolist() == pytest.approx(
        [-100, -110, -20, 380], abs=1e-9
    )


def test_intervals_are_those_of_paired_differences(write: Any) -> None:
    """Monthly savings 100 + 20 x noise: the half-width of 24 months is 24 x t s / sqrt(10)."""
    found = weighed(write(ONE_PHASE), saves(100.0 + 20 * NOISE))
    half = float(24 * student.ppf(0.975, REPS - 1) * (20 * NOISE).std(ddof=1) / math.sqrt(REPS))
    row = found.value("saving")
    assert (row["low"], row["high"]) == pytest.approx((2400 - half, 2400 + half), abs=1e-9)
    row = found.value("roi")
    assert (row["low"], row["high"]) == pytest.approx((1.4 - half / 1000, 1.4 + half / 1000), abs=1e-9)
    payback = found.value("payback")
    assert payback["low"] == math.ceil(1000 / (100 + half / 24))
    assert payback["high"] == math.ceil(1000 / (100 - half / 24))
    assert row["range_low"] < row["low"] and row["range_high"] > row["high"]  # chance comes on top
    assert payback["range_low"] <= payback["low"] <= payback["high"] <= payback["range_high"]


def test_chances(write: Any) -> None:
    """What is expected to come out even does so half the time: within 4 standard errors (0.8 % each)."""
    found = weighed(write(ONE_PHASE.replace("{h", "{goal: 0.5, h")), saves(1000 / 24 + 20 * NOISE))
    assert found.chance("pays") == pytest.approx(0.5, abs=0.032)
    assert found.chance("goal") < found.chance("pays")
    assert found.verdict().startswith(
        "One cannot tell whether it pays: within 24 months 1 EUR invested brings back 1.00 EUR"
    )
    never = weighed(write(ONE_PHASE), saves(10.0))
    assert (never.chance("pays"), never.chance("worth")) == (0.0, 0.0)
    assert math.isnan(never.value("payback")["mean"]) and math.isnan(never.value("payback")["range_low"])
    assert "What is expected does not pay it back within 24 months.\n" in never.verdict()
    assert never.verdict().startswith("It does not pay: within 24 months 1 EUR invested brings back 0.24 EUR")
    worse = weighed(write(ONE_PHASE), saves(-10.0)).verdict()
    assert worse.startswith("It does not pay: within 24 months it costs more than the base, even without")
    with pytest.raises(KeyError, match="no event is named 'goal'; there are pays, worth"):
        never.chance("goal")
    with pytest.raises(KeyError, match="no outcome is named 'irr'"):
        never.value("irr")


def test_linear_growth_scales_savings_year_by_year(write: Any) -> None:
    part = ONE_PHASE.replace("2 years", "3 years, volume_growth: 4%")
    found = weighed(write(part), saves(100.0))
    assert found.value("saving")["mean"] == pytest.approx(1200 * (1 + 1.04 + 1.0816), abs=1e-9)
    assert found.invested == 1000.0  # the change itself grows with nothing


def test_simulated_growth_runs_both_scenarios_at_each_years_volume(write: Any) -> None:
    """A saving that goes with the square of the volume: 1, 1.21, 1.4641 a year; linear growth would say 1.1, 1.21."""

    def law(scenario: Scenario, measure: str) -> Any:
        volume = scenario.model.channels["phone"].arrivals.scale / 2
        return 5000.0 - (100 * SPAN * volume**2 if scenario.name != "As is" else 0)

    part = ONE_PHASE.replace("2 years", "3 years, volume_growth: 10%, volume: simulate")
    runner = Made(law)
    found = roi(write(part), runner=runner, reps=REPS)
    assert runner.asked == 6
    assert found.value("saving")["mean"] == pytest.approx(1200 * (1 + 1.21 + 1.4641), abs=1e-9)


def test_shares_are_ratios_of_mixed_sums(write: Any) -> None:
    """Labour 400 of 1000 and 100 of 500 (in odd replications of 100, which nearly cost nothing): half of each."""
    sums = {
        "cost_labour": (400.0, 100.0),
        "cost": (1000.0, 500.0),
        "contained": (0.0, 30.0),
        "resolved": (80.0, 90.0),
    }
    odd = np.arange(REPS) % 2 == 1

    def law(scenario: Scenario, measure: str) -> Any:
        base, what_if = sums[measure]
        if scenario.name == "As is":
            return np.full(REPS, base)
        small = 100.0 if measure.startswith("cost") else what_if
        return np.where(odd, small, what_if)

    part = ONE_PHASE.replace("effect: 1", "effect: 50%")
    row = weighed(write(part), law).phases.iloc[0]
    labour, cost = 0.5 * 400 + 0.5 * 100, 0.5 * 1000 + 0.5 * (500 + 100) / 2
    assert row["labour_share"] == pytest.approx(labour / cost, abs=1e-12)
    mean_of_ratios = (0.5 * (400 + 100) / (1000 + 500) * 2 + 0.5 * (400 + 100) / (1000 + 100) * 2) / 2
    assert row["labour_share"] != pytest.approx(
        mean_of_ratios, abs=0.005
    )  # the twin: what it would wrongly be
    assert row["automation_share"] == pytest.approx(15 / 85, abs=1e-12)
    assert row["automation_share_half_width"] == pytest.approx(0.0, abs=1e-12)
    above, below = np.full(REPS, 250.0), np.where(odd, 550.0, 750.0)
    spread = (above - labour / cost * below).std(ddof=1) / below.mean()
    half = student.ppf(0.975, REPS - 1) * spread / math.sqrt(REPS)
    assert row["labour_share_half_width"] == pytest.approx(float(half), abs=1e-12)


# --- the base, and what is refused ------------------------------------------------------------------------------


def test_the_base_is_what_the_file_with_the_plan_extends(write: Any) -> None:
    to_be = write(ONE_PHASE)
    variant = write("", "variant.yaml", "to_be.yaml", "{pools.team.wage: 20/h, roi.phases.0.one_off: x2}")
    assert base_of(to_be) == base_of(variant) == to_be.parent / "as_is.yaml"
    assert base_of(to_be.parent / "as_is.yaml") is None
    found = weighed(variant, saves(100.0))
    assert (found.base, found.scenario, found.one_off) == ("As is", "variant.yaml", 2000.0)
    other = weighed(variant, saves(100.0), base=to_be)
    assert (other.base, other.value("saving")["mean"]) == ("to_be.yaml", pytest.approx(0.0))


def test_a_plan_that_stands_among_the_changes_will_do(write: Any) -> None:
    file = write("", change=f"{{roi: {ONE_PHASE}}}")
    assert weighed(file, saves(100.0)).base == "As is"


@pytest.mark.parametrize(
    ("part", "extends", "change", "message"),
    [
        ("", "as_is.yaml", "{}", "roi: is required: phases with their costs and effects; see docs/roi.md"),
        (ONE_PHASE, "as_is.yaml", "{clock.length: 13 days}", "has another clock.length"),
        (ONE_PHASE, "as_is.yaml", "{currency: CNY}", "costs are compared in one currency"),
    ],
)
def test_what_is_refused(write: Any, part: str, extends: str, change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        weighed(write(part, extends=extends, change=change), saves(1.0))


def test_a_scenario_that_extends_nothing_needs_a_base(write: Any, tmp_path: Path) -> None:
    alone = tmp_path / "alone.yaml"
    alone.write_text(load(write(ONE_PHASE)).to_yaml(), encoding="utf-8")
    with pytest.raises(InputError, match="name the base: --base FILE"):
        weighed(alone, saves(1.0))
    assert weighed(alone, saves(100.0), base=tmp_path / "as_is.yaml").value("roi")["mean"] == pytest.approx(
        1.4
    )
    with pytest.raises(ValueError, match="reps is 1"):
        roi(alone, reps=1)


def test_a_plan_changes_nothing_that_happens(write: Any, tmp_path: Path) -> None:
    as_is, to_be = load(tmp_path / "as_is.yaml"), load(write(ONE_PHASE))
    assert differences(as_is, to_be) == []
    assert "roi" not in as_is.resolved()


# --- real runs ---------------------------------------------------------------------------------------------------


def test_a_real_saving_is_that_of_the_comparison(write: Any, tmp_path: Path) -> None:
    short = "clock.length: 3 h, clock.warmup: 1 h"
    base = load(tmp_path / "as_is.yaml").with_(dict(part.split(": ") for part in short.split(", ")))
    what_if = load(write(ONE_PHASE, change=f"{{{short}, pools.team.staff: 11}}"))
    found = sv.roi(what_if, base=base, reps=4, seed=3, jobs=1)
    compared = sv.compare(base, what_if, reps=4, seed=3, jobs=1).difference("to_be.yaml", "cost")
    months = 24 * MONTH / 7200
    row = found.value("saving")
    assert row["mean"] == pytest.approx(-compared["difference"] * months, rel=1e-9)
    assert row["high"] == pytest.approx(-compared["low"] * months, rel=1e-9)
    again = sv.roi(what_if, base=base, reps=4, seed=3, jobs=1)
    assert again.summary() == found.summary()


@pytest.mark.parametrize(("verdict", "told"), [("missed", True), ("met", False), ("cannot tell", False)])
def test_a_target_that_is_missed_is_told_beside_the_return(
    write: Callable[..., Path], verdict: str, told: bool
) -> None:
    found = roi(write(ONE_PHASE), reps=2, runner=Made(lambda scenario, measure: 1.0, verdict))
    assert ("With the change these targets are missed: asa total <= 20 s." in found.verdict()) is told


def test_a_measured_time_too_short_for_its_horizon_is_refused(write: Callable[..., Path]) -> None:
    file = write(ONE_PHASE)
    base = sv.load(file.parent / "as_is.yaml")
    short = sv.load(file).with_({"clock.length": "1 min", "clock.warmup": "0 s"})
    with pytest.raises(
        sv.errors.InputError, match="the measured time of 60 s is taken 1,051,920 times in 24 months"
    ):
        roi(short, base=base.with_({"clock.length": "1 min", "clock.warmup": "0 s"}), reps=2, jobs=1)
