"""As many replications as a wanted precision takes: exact cases by a runner that only hands out numbers."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.stats import t

from servsim.errors import InputError
from servsim.scenario import Scenario
from servsim.stats import two_stage_interval
from servsim.study import Result, compare, run
from servsim.study.precision import Goal, parse_precision, settle

Make = Callable[..., Scenario]


class Numbers:
    """A runner of scenarios whose `cost` is given, replication by replication."""

    def __init__(self, template: Result, columns: Sequence[Sequence[float]]) -> None:
        self.template, self.columns = template, [np.array(column, dtype=float) for column in columns]
        self.asked: list[int] = []

    def results(self, scenarios: Sequence[Scenario], reps: int) -> list[Result]:
        self.asked.append(reps)
        place = self.template.index.index[
            (self.template.index["measure"] == "cost") & (self.template.index["period"] == "run")
        ][0]
        found = []
        for column in self.columns:
            matrix = np.zeros((reps, len(self.template.index)))
            matrix[:, place] = column[:reps]
            found.append(dataclasses.replace(self.template, reps=reps, matrix=matrix))
        return found


@pytest.fixture(scope="module")
def template(make: Make) -> Result:
    return run(make(), reps=1, jobs=1)


def of(template: Result, *columns: Sequence[float]) -> tuple[Numbers, list[Scenario], list[str]]:
    """Return a runner, as many scenarios as columns, and their names."""
    names = [f"s{number}" for number in range(len(columns))]
    return Numbers(template, columns), [template.scenario] * len(columns), names


COST = Goal("cost", "total", 1.0, relative=False)
ALTERNATING = [10 + (-1) ** n for n in range(5000)]  # mean 10, standard deviation sqrt(n / (n - 1))


def test_the_number_follows_from_the_first_stage(template: Result) -> None:
    runner, scenarios, names = of(template, ALTERNATING)
    results, settled = settle(
        runner, scenarios, names, 0, [dataclasses.replace(COST, half_width=0.5)], 10, 1000
    )
    s0 = math.sqrt(10 / 9)
    wanted = math.ceil((t.ppf(0.975, 9) * s0 / 0.5) ** 2)
    assert runner.asked == [10, wanted]
    assert (settled.first, settled.reps, settled.reached) == (10, wanted, True)
    [row] = settled.table.to_dict("records")
    plain = two_stage_interval(ALTERNATING[:wanted], 10)
    assert (row["mean"], row["half_width"]) == (plain.mean, plain.half_width)
    assert (row["scenario"], row["measure"], row["scope"], row["reached"]) == ("s0", "cost", "total", True)
    assert results[0].reps == wanted


def test_what_is_precise_enough_needs_no_second_stage(template: Result) -> None:
    runner, scenarios, names = of(template, ALTERNATING)
    _, settled = settle(runner, scenarios, names, 0, [COST], 10, 1000)
    assert (runner.asked, settled.reps, settled.reached) == ([10], 10, True)


def test_equal_values_are_precise(template: Result) -> None:
    runner, scenarios, names = of(template, [0.0] * 100)
    _, settled = settle(runner, scenarios, names, 0, [Goal("cost", "total", 0.02, relative=True)], 5, 100)
    assert (settled.reps, settled.reached) == (5, True)


def test_a_bound_on_replications_is_kept_and_told(template: Result) -> None:
    runner, scenarios, names = of(template, ALTERNATING)
    _, settled = settle(runner, scenarios, names, 0, [dataclasses.replace(COST, half_width=0.01)], 10, 50)
    assert (runner.asked, settled.reps, settled.reached) == ([10, 50], 50, False)
    assert settled.table["reps"].iloc[0] > 50


def test_relative_goals_follow_the_mean(template: Result) -> None:
    """The mean falls after the first stage: more replications are asked for until the precision holds."""
    values = [100 + 5 * (-1) ** n for n in range(10)] + [50 + 5 * (-1) ** n for n in range(5000)]
    runner, scenarios, names = of(template, values)
    goal = Goal("cost", "total", 0.02, relative=True)
    _, settled = settle(runner, scenarios, names, 0, [goal], 10, 5000)
    assert len(runner.asked) > 2 and settled.reached
    [row] = settled.table.to_dict("records")
    assert row["half_width"] <= row["wanted"] == pytest.approx(0.02 / 1.02 * abs(row["mean"]))


def test_with_several_scenarios_it_is_the_difference_that_is_precise(template: Result) -> None:
    """Base and other swing widely together: their difference is known at once."""
    wide = [1000 * (-1) ** n for n in range(200)]
    runner, scenarios, names = of(template, wide, [value + 3 for value in wide])
    _, settled = settle(runner, scenarios, names, 0, [COST], 5, 200)
    assert (settled.reps, settled.reached) == (5, True)
    assert settled.table["scenario"].tolist() == ["s1"]
    assert settled.table["mean"].iloc[0] == pytest.approx(3)


def test_sabotage_without_pairing_it_would_take_all(template: Result) -> None:
    wide = [1000 * (-1) ** n for n in range(200)]
    runner, scenarios, names = of(template, wide, [3 - value for value in wide])  # the pairs are broken
    _, settled = settle(runner, scenarios, names, 0, [COST], 5, 200)
    assert (settled.reps, settled.reached) == (200, False)


def test_missing_values_cost_replications(template: Result) -> None:
    values = [math.nan if n % 4 == 0 else value for n, value in enumerate(ALTERNATING)]
    runner, scenarios, names = of(template, values)
    _, settled = settle(runner, scenarios, names, 0, [dataclasses.replace(COST, half_width=0.5)], 12, 1000)
    used = np.isfinite(values[: settled.reps]).sum()
    assert settled.reached and used < settled.reps


def test_a_measure_without_values_is_refused(template: Result) -> None:
    runner, scenarios, names = of(template, [math.nan] * 100)
    with pytest.raises(InputError, match="cost total has hardly a value in the first 10 replications"):
        settle(runner, scenarios, names, 0, [COST], 10, 100)


@pytest.mark.parametrize(("first", "most"), [(1, 10), (11, 10)])
def test_stages_out_of_order_are_refused(template: Result, first: int, most: int) -> None:
    runner, scenarios, names = of(template, ALTERNATING)
    with pytest.raises(ValueError, match="must be from 2 to max_reps"):
        settle(runner, scenarios, names, 0, [COST], first, most)


# --- words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("want", "goals"),
    [
        ("2%", [("abandonment", "queue:phone", 0.02, True), ("service_level", "queue:phone", 0.02, True)]),
        ("service_level=0.5pp", [("service_level", "total", 0.005, False)]),
        ("wait queue:phone = 5 s", [("wait", "queue:phone", 5.0, False)]),
        ("wait=2 min, cost=3%", [("wait", "total", 120.0, False), ("cost", "total", 0.03, True)]),
        ({"cost": 50}, [("cost", "total", 50.0, False)]),
        ({"*": "1%", "cost": "2%"}, None),
    ],
)
def test_words(make: Make, want, goals) -> None:
    found = parse_precision(want, {"small": make()})
    if goals is None:
        assert [goal.measure for goal in found] == ["abandonment", "service_level", "cost"]
    else:
        assert [(goal.measure, goal.scope, goal.half_width, goal.relative) for goal in found] == goals


def test_without_targets_the_usual_measures_are_meant(make: Make) -> None:
    found = parse_precision("2%", {"small": make(targets=[])})
    assert [goal.measure for goal in found] == ["service_level", "cycle_time", "cost"]


@pytest.mark.parametrize(
    ("want", "message"),
    [
        ("2", "'2' is not a precision; write 2% (of every mean that is judged) or measure=precision"),
        ("0.5pp", "'0.5pp' is not a precision"),
        ("100%", "'100%' is not a precision"),
        ("0%", "'0%' is not a precision"),
        ("servicelevel=2%", "no measure is named 'servicelevel'; did you mean 'service_level'?"),
        ("service_level=5", "is not an amount of service_level, above zero: write one like 0.5pp"),
        ("wait=-5 s", "is not an amount of wait, above zero: write one like 5 s"),
        ("wait queue:fone=5 s", "no queue of 'small' is named 'fone'"),
        ({}, "precision names no measure"),
        ("", "'' is not a precision"),
    ],
)
def test_wrong_words(make: Make, want, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_precision(want, {"small": make()})
    assert message in str(caught.value)


def test_all_problems_are_told_at_once(make: Make) -> None:
    with pytest.raises(InputError) as caught:
        parse_precision("foo=2%, wait=x", {"small": make()})
    assert len(caught.value.problems) == 2


def test_in_a_comparison(make: Make) -> None:
    more = make(pools__desk__staff={"by_calendar": {"desk": 5}})
    found = compare(make(), more, reps=5, precision={"abandonment queue:phone": "2pp"}, max_reps=200, jobs=1)
    assert found.settled is not None and found.settled.reached
    assert found.settled.table["half_width"].iloc[0] <= 0.02
    assert all(result.reps == found.settled.reps for result in found.results)
