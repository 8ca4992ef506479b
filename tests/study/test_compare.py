"""Scenarios compared on the same customers, against plain loops over the replications."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pytest

from servsim.errors import InputError
from servsim.scenario import Scenario
from servsim.stats import bonferroni, mean_interval, paired_interval, variance_ratio, with_the_best
from servsim.study import Comparison, Result, compare, run
from servsim.study.compare import better_of

Make = Callable[..., Scenario]


@pytest.fixture(scope="module")
def comparison(make: Make) -> Comparison:
    """The small desk as it is, with one agent more, and with another pool."""
    more = make(pools__desk__staff={"by_calendar": {"desk": 5}}, name="one more")
    pool = make(pools__spare={"staff": 1, "serves": ["phone"], "wage": "10/h"}, name="spare")
    return compare(make(), more, pool, reps=8, jobs=1)


def column(result: Result, measure: str, scope: str, period: str) -> list[float]:
    """Return a measure's values the plain way: row by row of the long table."""
    rows = result.measures
    chosen = (rows["measure"] == measure) & (rows["scope"] == scope) & (rows["period"] == period)
    return rows.loc[chosen, "value"].tolist()


def test_names_and_order(comparison: Comparison) -> None:
    assert comparison.names == ("Small desk", "one more", "spare")
    assert comparison.others == [1, 2]
    assert comparison["spare"] is comparison.results[2]
    with pytest.raises(KeyError, match="no scenario is named 'spar'"):
        comparison["spar"]


def test_each_result_is_that_of_a_run(comparison: Comparison, make: Make) -> None:
    alone = run(make(), reps=8, jobs=1)
    kept = alone.index["period"].isin(["run", "2026-03-02"])
    assert np.array_equal(comparison.results[0].matrix, alone.matrix[:, kept], equal_nan=True)


@pytest.mark.parametrize(
    ("scenario", "measure", "scope"),
    [
        ("one more", "cost", "total"),
        ("spare", "wait", "queue:phone"),
        ("one more", "abandonment", "channel:phone"),
    ],
)
@pytest.mark.parametrize("period", ["run", "2026-03-02"])
def test_a_difference_is_paired(
    comparison: Comparison, scenario: str, measure: str, scope: str, period: str
) -> None:
    row = comparison.difference(scenario, measure, scope, period)
    theirs = column(comparison[scenario], measure, scope, period)
    ours = column(comparison.results[0], measure, scope, period)
    plain = paired_interval(theirs, ours, bonferroni(0.95, 2))
    assert row["difference"] == pytest.approx(plain.mean, rel=1e-12)
    assert row["half_width"] == pytest.approx(plain.half_width, rel=1e-12)
    assert (row["low"], row["high"]) == pytest.approx((plain.low, plain.high))
    assert (row["base"], row["value"]) == pytest.approx((np.mean(ours), np.mean(theirs)))
    assert row["n"] == 8
    assert row["variance_ratio"] == pytest.approx(variance_ratio(theirs, ours), rel=1e-9)


def test_intervals_allow_for_their_number(comparison: Comparison) -> None:
    assert comparison.adjustment.startswith("Bonferroni: for each measure, the intervals of all 2 scenarios")
    two = Comparison(comparison.names[:2], comparison.results[:2])
    assert two.adjustment == "none: one scenario is compared with the base"
    wide = comparison.difference("one more", "cost")["half_width"]
    assert two.difference("one more", "cost")["half_width"] < wide


def test_only_what_both_have_is_compared(comparison: Comparison) -> None:
    rows = comparison.differences
    assert "pool:spare" not in set(rows["scope"])
    assert set(rows.loc[rows["scenario"] == "spare", "scope"]) >= {"pool:desk", "queue:phone", "total"}
    ours = column(comparison.results[0], "occupancy", "pool:desk", "run")
    theirs = column(comparison["spare"], "occupancy", "pool:desk", "run")
    found = comparison.difference("spare", "occupancy", "pool:desk")["difference"]
    assert found == pytest.approx(np.mean(theirs) - np.mean(ours), rel=1e-12)


def test_replications_without_a_value_are_left_out_in_pairs(comparison: Comparison) -> None:
    first, second = comparison.results[:2]
    matrix = first.matrix.copy()
    place = first.index.index[
        (first.index["measure"] == "wait")
        & (first.index["scope"] == "total")
        & (first.index["period"] == "run")
    ][0]
    matrix[3, place] = math.nan
    holed = dataclasses.replace(first, matrix=matrix)
    row = Comparison(("a", "b"), (holed, second)).difference("b", "wait")
    kept = [0, 1, 2, 4, 5, 6, 7]
    assert row["n"] == 7
    assert row["value"] == pytest.approx(np.mean(second.matrix[kept, place]))
    assert row["base"] == pytest.approx(np.mean(matrix[kept, place]))


def test_unequal_numbers_of_replications_are_paired_as_far_as_they_go(comparison: Comparison) -> None:
    first, second = comparison.results[:2]
    short = dataclasses.replace(first, reps=5, matrix=first.matrix[:5])
    row = Comparison(("a", "b"), (short, second)).difference("b", "cost")
    assert row["n"] == 5
    assert row["value"] == pytest.approx(second.sample("cost")[:5].mean())


def test_sabotage_unpaired_replications_differ(comparison: Comparison) -> None:
    """The interval of replications that are not paired is another: a mistake in the order would show."""
    first, second = comparison.results[:2]
    turned = dataclasses.replace(second, matrix=second.matrix[::-1])
    right = Comparison(("a", "b"), (first, second)).difference("b", "cost")["half_width"]
    wrong = Comparison(("a", "b"), (first, turned)).difference("b", "cost")["half_width"]
    assert wrong > 1.5 * right


def test_best_is_the_comparison_with_the_best(comparison: Comparison) -> None:
    table = comparison.best("abandonment")
    plain = with_the_best([result.sample("abandonment") for result in comparison.results], "less")
    assert table["scenario"].tolist() == list(comparison.names)
    assert table["low"].tolist() == plain.low.tolist()
    assert table["surely_best"].tolist() == plain.surely_best.tolist()
    with pytest.raises(ValueError, match="must be 'less' or 'more', as offered has no better side"):
        comparison.best("offered")
    assert better_of("service_level") == "more"


def test_targets_of_all(comparison: Comparison) -> None:
    table = comparison.targets
    assert list(table.columns)[:3] == ["scenario", "target", "text"]
    assert len(table) == 6
    for name, result in zip(comparison.names, comparison.results, strict=True):
        assert table.loc[table["scenario"] == name, "verdict"].tolist() == result.targets["verdict"].tolist()


def with_verdicts(result: Result, verdicts: list[str], cost: float) -> Result:
    """Return a result whose targets have these verdicts, and whose cost is given."""
    matrix = result.matrix.copy()
    rows = (result.index["measure"] == "cost") & (result.index["scope"] == "total")
    matrix[:, rows.to_numpy()] = cost + np.arange(len(matrix))[:, np.newaxis] * 0.01
    fake = dataclasses.replace(result, matrix=matrix)
    fake.__dict__["targets"] = result.targets.assign(verdict=verdicts)
    return fake


@pytest.mark.parametrize(
    ("verdicts", "costs", "best", "rivals", "unsure"),
    [
        ([["met", "met"], ["met", "met"]], [10, 9], "b", (), ()),
        ([["met", "met"], ["met", "missed"]], [10, 9], "a", (), ()),
        ([["met", "met"], ["met", "cannot tell"]], [10, 9], "a", (), ("b",)),
        ([["met", "met"], ["met", "cannot tell"]], [10, 11], "a", (), ()),
        ([["met", "met"], ["met", "not measured"]], [10, 9], "a", (), ()),
        ([["missed", "met"], ["met", "cannot tell"]], [10, 9], "", (), ("b",)),
        ([["met", "met"], ["met", "met"]], [10, 10], "a", ("b",), ()),
    ],
)
def test_cheapest(comparison: Comparison, verdicts, costs, best, rivals, unsure) -> None:
    results = [
        with_verdicts(comparison.results[0], words, cost) for words, cost in zip(verdicts, costs, strict=True)
    ]
    found = Comparison(("a", "b"), tuple(results)).cheapest
    assert (found.scenario, found.rivals, found.open) == (best, rivals, unsure)


def test_summary_is_json_without_nan(comparison: Comparison) -> None:
    summary = json.loads(json.dumps(comparison.summary(), allow_nan=False))
    assert [one["scenario"] for one in summary["scenarios"]] == ["Small desk", "one more", "spare"]
    rows = [row for row in summary["differences"] if (row["measure"], row["scope"]) == ("cost", "total")]
    assert rows[0]["difference"] == comparison.difference("one more", "cost")["difference"]
    assert summary["verdict"] == comparison.verdict().splitlines()


def test_equal_scenarios_differ_by_nothing(make: Make) -> None:
    same = compare(make(), make(), reps=3, jobs=1)
    assert same.names == ("small (1)", "small (2)")
    rows = same.differences
    known = rows["n"] > 1
    assert (rows.loc[known, "difference"] == 0).all() and (rows.loc[known, "half_width"] == 0).all()
    assert same.changes.empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clock__length": "2 days"}, "'b' has another clock.length than 'a'"),
        ({"clock__warmup": "1 h"}, "'b' has another clock.warmup than 'a'"),
        ({"currency": "CNY"}, "'b' counts in CNY, 'a' in EUR"),
    ],
)
def test_what_cannot_be_compared_is_refused(make: Make, change: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(make(), make(**change), names=["a", "b"], reps=2)


def test_two_scenarios_of_one_name_are_refused(make: Make) -> None:
    with pytest.raises(InputError, match="two scenarios are named 'x'"):
        compare(make(), make(), names=["x", "x"], reps=2)


def test_what_common_random_numbers_gain_is_told(comparison: Comparison) -> None:
    """The same customers come whoever serves them."""
    assert comparison.difference("one more", "customers")["variance_ratio"] == math.inf
    assert comparison.difference("one more", "wait", "queue:phone")["variance_ratio"] > 1
    other = compare(comparison.results[0].scenario, comparison.results[1].scenario, reps=8, seed=2, jobs=1)
    apart = mean_interval(other.results[1].sample("offered") - comparison.results[0].sample("offered"))
    assert apart.std > 0  # with another seed other customers come
