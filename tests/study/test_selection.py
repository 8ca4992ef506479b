"""The best of several scenarios, by a runner that only hands out numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from servsim.errors import InputError
from servsim.scenario import Scenario
from servsim.stats import Selection
from servsim.study import Result, Wanted, compare, run
from servsim.study.selection import BLOCK, select

Make = Callable[..., Scenario]
FIRST = 5


class Numbers:
    """A runner whose scenarios have given costs and service levels; notes how many replications each was asked for."""

    def __init__(self, template: Result, columns: np.ndarray) -> None:
        self.template, self.columns = template, columns
        self.asked: list[list[int]] = []

    def results(self, scenarios: Sequence[Scenario], reps: Sequence[int]) -> list[Result]:
        self.asked.append(list(reps))
        index = self.template.index
        chosen = index["measure"].isin(["cost", "service_level"]) & (index["scope"] == "total")
        places = index.index[chosen & (index["period"] == "run")]
        found = []
        for column, count in zip(self.columns, reps, strict=True):
            matrix = np.zeros((count, len(index)))
            matrix[:, places] = np.array(column[:count])[:, np.newaxis]
            found.append(dataclasses.replace(self.template, reps=count, matrix=matrix))
        return found


@pytest.fixture(scope="module")
def template(make: Make) -> Result:
    return run(make(), reps=1, jobs=1)


def race(template: Result, columns: np.ndarray, wanted: Wanted, most: int = 500):
    runner = Numbers(template, columns)
    names = [f"s{n}" for n in range(len(columns))]
    return *select(runner, [template.scenario] * len(columns), names, wanted, FIRST, most), runner


def test_it_is_the_procedure_of_stats_over_blocks(template: Result) -> None:
    """Dropped scenarios are run no more; the outcome is that of the procedure with all values at once."""
    rng = np.random.default_rng(7)
    columns = np.array([[100], [101], [104], [110]]) + rng.normal(0, 3, (4, 500))
    results, choice, runner = race(template, columns, Wanted("cost", 1.0))
    plain = Selection(4, 1.0, 0.95, FIRST, "less")
    plain.take(columns)
    assert choice.sure and choice.best == f"s{plain.best}"
    assert choice.dropped == {f"s{n}": after for n, after in plain.dropped.items()}
    for number, result in enumerate(results):
        after = plain.dropped.get(number, choice.reps)
        assert after <= result.reps < after + BLOCK or result.reps == choice.reps
    assert [max(counts) for counts in runner.asked] == [FIRST + BLOCK * n for n in range(len(runner.asked))]


def test_more_may_be_better(template: Result) -> None:
    columns = np.array([[0.1], [0.9]]) + np.random.default_rng(1).normal(0, 0.01, (2, 100))
    assert race(template, columns, Wanted("cost", 0.1))[1].best == "s0"
    assert race(template, columns, Wanted("service_level", 0.1))[1].best == "s1"
    with pytest.raises(InputError, match="neither more nor less of offered is better"):
        race(template, columns, Wanted("offered", 1.0))


def test_replications_may_run_out(template: Result) -> None:
    columns = np.array([[100], [100.01]]) + np.random.default_rng(3).normal(0, 5, (2, 40))
    _, choice, runner = race(template, columns, Wanted("cost", 0.1), most=32)
    assert not choice.sure and choice.left == ("s0", "s1") and choice.reps == 32
    assert max(map(max, runner.asked)) == 32


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted("kost", 1.0), "no measure is named 'kost'; did you mean 'cost'?"),
        (Wanted("cost", 1.0, "queue:phone"), "scope: cost exists for total, not for queue"),
    ],
)
def test_wrong_words(template: Result, wanted: Wanted, message: str) -> None:
    with pytest.raises(InputError) as caught:
        race(template, np.zeros((2, 50)), wanted)
    assert message in str(caught.value)


def test_indifference_must_be_above_zero(template: Result) -> None:
    with pytest.raises(ValueError, match="delta is 0"):
        race(template, np.zeros((2, 50)), Wanted("cost", 0.0))


def test_in_a_comparison(make: Make) -> None:
    others = [make(pools__desk__wage=f"{wage}/h") for wage in (31, 35, 29)]
    found = compare(
        make(), *others, names=["30", "31", "35", "29"], reps=5, select=Wanted("cost", 10.0), jobs=1
    )
    assert found.choice is not None
    assert (found.choice.best, found.choice.sure) == ("29", True)
    assert "Selected by cost: 29" in found.verdict()
