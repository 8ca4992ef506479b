"""Batch means: intervals out of one long run instead of many replications."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..errors import InputError
from ..measure import judged_table, target_text
from ..network import build
from ..network.network import Floats
from ..scenario import Scenario, load
from ..scenario.model import Model
from ..stats import batch_interval
from ..units import DAY
from ..words import duration
from .cycle import WEEK, cycle_of
from .result import LEVEL, Result, jsonable
from .runner import Progress, Runner, check_number
from .steady import up_to_grid, with_clock

__all__ = ["BatchMeans", "batch_means"]

SUSPECT = 0.05  # p-value below which batches count as correlated
MOST = 3660 * DAY  # the longest clock


@dataclass(frozen=True)
class BatchMeans:
    """One long run, cut into batches.

    Attributes:
        run: the run as it was: one replication whose intervals are the batches, and a batch more at the end which is
            left out. Save this one: running it again gives it again.
        result: the batches, each as if it were a replication: its intervals and verdicts are those of batch means.
            Every value is a batch's: counts, hours and money are those of one batch, and `wait_max` is the longest
            wait in one. A target is judged over all batches, whatever its `every`; a bound on a count, on hours or on
            a sum of money says nothing of a batch and is "not measured".
        batch: length of a batch, in seconds.
        independence: a row a measure and scope: `measure`, `scope`, `lag1` (correlation of neighbouring batches) and
            `p_value` of von Neumann's ratio, against positive correlation; NaN where a batch has no value.
    """

    run: Result
    result: Result
    batch: float
    independence: pd.DataFrame = field(repr=False)

    @property
    def p_value(self) -> float:
        """The chance of contacts in the system as correlated from batch to batch as here, if batches were independent.

        One measure decides, and the one with the longest memory: of many, some would look correlated by chance.
        """
        rows = self.independence
        found = rows[(rows["measure"] == "work_in_system") & (rows["scope"] == "total")]
        return float(found["p_value"].iloc[0])

    @property
    def correlated(self) -> bool:
        """Tell whether batches are too short: the intervals are then too narrow. Wrongly so once in 20 times."""
        return self.p_value < SUSPECT

    def advice(self) -> str:
        """Return what a reader must know of these intervals, in words."""
        many = f"{self.result.reps} batches of {duration(self.batch)} out of one run"
        start = self.run.scenario.model.clock.warmup
        before = (
            f" after a warm-up of {duration(start)}" if start else " from an empty start, without a warm-up"
        )
        if math.isnan(self.p_value):
            return f"{many}{before}: too few, or too much alike, to tell whether they are independent."
        if self.correlated:
            return (
                f"{many}{before}: they are correlated (p = {self.p_value:.2g}), so the intervals are too narrow: "
                f"{self._remedy()}."
            )
        return f"{many}{before}: nothing speaks against their independence (p = {self.p_value:.2g})."

    def _remedy(self) -> str:
        """Return what can be done about batches that are correlated: none is longer than a day."""
        longer = ["take longer batches"] if self.batch < DAY else []
        rise = "give a warm-up (servsim warmup tells how long, --warmup sets it)"
        warmer = [] if self.run.scenario.model.clock.warmup else [rise]
        return " or ".join([*longer, *warmer, "take replications instead (servsim run)"])

    def summary(self) -> dict[str, Any]:
        """Return the result of all batches as plain data for JSON, as `Result.summary` with what batches add."""
        about = {
            "batches": self.result.reps,
            "batch_length": self.batch,
            "warmup": self.run.scenario.model.clock.warmup,
            "p_value": self.p_value,
            "advice": self.advice(),
            "series": self._series(),
        }
        return self.result.summary() | {"reps": 1} | {key: jsonable(part) for key, part in about.items()}

    def _series(self) -> list[dict[str, Any]]:
        """Return of every measure and scope what tells of its independence, and its value in every batch."""
        table = self.independence.assign(values=self.result.matrix.T.tolist())
        return [{str(key): part for key, part in row.items()} for row in table.to_dict("records")]


def batch_means(
    scenario: Scenario | str | Path,
    *,
    batches: int = 20,
    batch: float = DAY,
    warmup: float | None = None,
    seed: int = 1,
    engine: str = "auto",
    max_visits: int | None = None,
    progress: Progress | None = None,
) -> BatchMeans:
    """Run a scenario once, long enough for so many batches, and take the batches as replications are taken.

    For a steady state: the warm-up is simulated once instead of in every replication. The clock is made as long as
    it takes, whatever its length was: the warm-up, made longer so that batches begin at their hour (whole days at
    midnight), the batches, and one batch more. That one is left out: contacts of the last batches that end, or
    come back, within a batch's length have all their time. Where customers come back much later than that, the last
    batches count too few returns and too many customers lost; take longer batches, or replications.

    Means over few, long batches are nearly independent and nearly normal; 10 to 30 of them are enough (Schmeiser
    1982). A measure is a batch's own, exactly as of an interval of that length: a contact counts in the batch in which
    it came.

    Args:
        scenario: a scenario, or the name of its file.
        batches: number of batches, 2 or more.
        batch: length of a batch in seconds: a part of a day from 1 min on, or one day. What is planned must be
            constant, or repeat daily and a batch be one day.
        warmup: seconds to leave out before the batches, 0 or more, however long the scenario's clock is; None: the
            scenario's own.
        seed: the random numbers.
        engine: a name out of `servsim.engine.ENGINES`, or `auto`.
        max_visits: bound on the contacts, and on the visits to steps, of the run; None: the engine's usual one.
        progress: is called now and then with (share of the run done, 1).

    Raises:
        InputError: the scenario is wrong or has no steady state; the length of a batch does not fit the day; rates or
            staff change within the day and a batch is shorter, or over the week; the clock would be longer than 3660
            days.
        RunError: the run could not be finished.
        ValueError: batches, warmup, seed or max_visits is out of range.

    Source: Law, 5th ed., section 9.5.3; with a day's cycle 9.5.4; Schmeiser 1982, Operations Research 30(3).
    """
    check_number("batches", batches, 2, 100_000)
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    _check_length(batch)
    inside = _long_enough(scenario, batches, batch, warmup)
    _check_cycle(inside, batch)
    with Runner(
        seed=seed,
        engine=engine,
        periods=("run", "interval"),
        max_visits=max_visits,
        jobs=1,
        progress=progress,
    ) as runner:
        run = runner.results([_with_every(inside, "interval")], 1)[0]
    result = _result(run, _with_every(inside, "run"), batches)
    return BatchMeans(run, result, batch, _independence(result))


def _long_enough(scenario: Scenario, batches: int, batch: float, warmup: float | None) -> Scenario:
    """Return the scenario with a clock that holds the warm-up, the batches as its intervals, and one more."""
    if warmup is None:
        warmup = scenario.model.clock.warmup
    if not 0 <= warmup < math.inf:
        raise ValueError(f"warmup is {warmup}: must be 0 or more seconds")
    before = up_to_grid(warmup, batch, build(scenario.model).start_of_day)
    length = before + (batches + 1) * batch
    if length > MOST:
        after = f" after a warm-up of {duration(warmup)}" if warmup else ""
        raise InputError(f"{batches} batches of {duration(batch)}{after} need a clock longer than 3660 days")
    return with_clock(scenario, warmup=before, length=length, interval=batch)


def _check_length(batch: float) -> None:
    """Raise InputError where a batch of that length does not fit the day."""
    allowed = [60.0 * n for n in range(1, 1441) if 1440 % n == 0]
    if batch not in allowed:
        near = min(allowed, key=lambda length: abs(length - min(batch, DAY)))
        raise InputError(
            f"a batch of {duration(batch)} does not fit: must be a part of a day from 1 min on (1 h, 6 h, 12 h, …) "
            f"or one day; the nearest is {duration(near)}{f'; {_WEEKS}' if batch > DAY else ''}"
        )


_WEEKS = (
    "for whole weeks run replications (servsim run) with a clock.length of the warm-up and 7, 14 or more days"
)


def _check_cycle(scenario: Scenario, batch: float) -> None:
    """Raise InputError where what is planned is neither constant nor the same in every batch of one day."""
    cycle = cycle_of(build(scenario.model))
    if math.isinf(cycle):
        raise InputError(
            "rates, staff or hours change over the clock, and neither days nor weeks repeat: there is no steady "
            "state to take batches of; run replications of the whole clock instead (servsim run)"
        )
    if WEEK in (cycle, cycle_of(build(with_clock(scenario, warmup=0.0, length=15 * DAY).model))):
        raise InputError(
            "rates, staff or hours change over the week, and a batch is one day at most, so that batches would not be "
            f"alike; {_WEEKS}"
        )
    if cycle and batch < DAY:
        raise InputError(
            f"rates, staff or hours change over the day: a batch must be 1 day, not {duration(batch)}"
        )


def _with_every(scenario: Scenario, family: str) -> Scenario:
    """Return a scenario whose targets hold for every period of a family."""
    return scenario.with_({f"targets.{n}.every": family for n in range(len(scenario.model.targets))})


def _result(run: Result, scenario: Scenario, batches: int) -> Result:
    """Return the first intervals of a run as a result whose replications they are."""
    whole = run.index["period"] == "run"
    index = run.index[whole].reset_index(drop=True)
    for name in index.columns:
        index[name] = index[name].cat.remove_unused_categories()
    values = run.matrix[0].reshape(len(index), -1)[:, 1:]  # first that of the run
    model = scenario.model
    judged = run.judged.loc[run.judged["family"] == "interval", "value"].to_numpy()
    of_batches = judged.reshape(len(model.targets), values.shape[1])[:, :batches].T.copy()
    of_batches[:, [_is_sum(target.measure) for target in model.targets]] = np.nan
    return Result(
        scenario=scenario,
        seed=run.seed,
        first=1,
        reps=batches,
        engine=run.engine,
        versions=run.versions,
        timing=run.timing,
        index=index,
        matrix=np.ascontiguousarray(values[:, :batches].T),
        judged=_judged(model, of_batches),
    )


def _is_sum(measure: str) -> bool:
    """Tell whether a measure is added up over time, so that it is larger in a longer period."""
    unit = CATALOGUE[measure].unit
    return unit in ("count", "hours") or (unit == "money" and not measure.startswith("cost_per_"))


def _judged(model: Model, values: Floats) -> pd.DataFrame:
    """Return the targets as judged in every batch; values are (batches x targets)."""
    batches, targets = values.shape
    rows = pd.DataFrame(
        {
            "replication": np.repeat(np.arange(1, batches + 1, dtype=np.int32), targets),
            "target": np.tile(np.arange(targets), batches),
            "text": pd.Series([target_text(target) for target in model.targets] * batches, dtype="str"),
            "family": pd.Series(["run"] * (batches * targets), dtype="str"),
            "period": pd.Series(["run"] * (batches * targets), dtype="str"),
        }
    )
    return judged_table(rows, model, values.ravel())


def _independence(result: Result) -> pd.DataFrame:
    """Return what tells of every measure whether its batches are independent."""
    found = [batch_interval(column, LEVEL) for column in result.matrix.T]
    columns = {"lag1": [one.lag1 for one in found], "p_value": [one.p_value for one in found]}
    return result.index[["measure", "scope"]].assign(**columns)
