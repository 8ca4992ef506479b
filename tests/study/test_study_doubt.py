"""How many more replications would tell, by hand and by having them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from servsim.scenario import Scenario
from servsim.stats import mean_interval
from servsim.study import Result, run
from servsim.study.doubt import more_replications

ABSENT = [math.nan] * 3


@pytest.fixture(scope="module")
def result(small: Scenario) -> Result:
    return run(small, reps=3)


def doubtful(result: Result, number: int, family: str, values: dict[str, list[float]]) -> Result:
    """Return a result of three replications in which one target has these values, by period."""
    rows = [
        {"target": number, "text": "words", "family": family, "period": period, "value": value}
        for period, column in values.items()
        for value in column
    ]
    return dataclasses.replace(result, judged=pd.DataFrame(rows))


# Three replications: the half-width is 4.302653 / sqrt 3 = 2.484138 standard deviations.
@pytest.mark.parametrize(
    ("values", "more"),
    [
        ([0.17, 0.18, 0.19], 2),  # 3 · (0.02484138 / 0.02)^2 - 3 = 1.63
        ([0.185, 0.195, 0.205], 72),  # 3 · (0.02484138 / 0.005)^2 - 3 = 71.06
        ([0.195, 0.205, 0.215], 72),  # as far on the other side
        ([0.19, 0.20, 0.21], math.inf),  # on the bound
        (ABSENT, math.inf),
        ([0.1, math.nan, math.nan], math.inf),  # one value has no interval
    ],
)
def test_of_the_run(result: Result, values: list[float], more: float) -> None:
    assert more_replications(doubtful(result, 0, "run", {"run": values}), 0) == more


# Of two days, both must be told to keep the bound (95 % each); one is enough to miss it (97.5 %: 3.582612).
@pytest.mark.parametrize(
    ("monday", "tuesday", "more"),
    [
        ([0.99, 1.0, 1.01], [0.985, 0.995, 1.005], 72),  # the harder: 3 · (0.02484138 / 0.005)^2 - 3 = 71.06
        ([0.97, 0.98, 0.99], [0.96, 0.97, 0.98], 7),  # the easier: 3 · (0.03582612 / 0.02)^2 - 3 = 6.63
        (
            [0.99, 1.0, 1.01],
            [0.97, 0.98, 0.99],
            36,
        ),  # only tuesday misses: 3 · (0.03582612 / 0.01)^2 - 3 = 35.5
        (ABSENT, [0.97, 0.98, 0.99], 16),  # one day: 3 · (0.02484138 / 0.01)^2 - 3 = 15.5
    ],
)
def test_of_every_day(result: Result, monday: list[float], tuesday: list[float], more: float) -> None:
    found = doubtful(result, 1, "day", {"monday": monday, "tuesday": tuesday})
    assert more_replications(found, 1) == more


@pytest.mark.parametrize("seed", range(10))
def test_as_many_more_of_the_same_do_tell_and_half_as_many_do_not(result: Result, seed: int) -> None:
    """Thirty values again and again have the same mean and spread, as the estimate supposes."""
    values = np.random.default_rng(seed).normal(0.2, 0.1, 30)
    bound = float(values.mean() + 0.01)
    result = dataclasses.replace(
        doubtful(result, 0, "run", {"run": (values - bound + 0.2).tolist()}),
        reps=30,  # the target's bound is 0.2
    )
    times = (30 + more_replications(result, 0)) / 30
    for enough, again in ((True, math.ceil(times)), (False, math.floor(times / 2))):
        found = mean_interval(np.tile(values, again))
        assert (found.high < bound) is enough, (again, found)
