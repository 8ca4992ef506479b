"""Scenarios beside each other on the same customers: differences, verdicts, what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..catalogue import CATALOGUE
from ..errors import InputError
from ..scenario import Scenario
from ..scenario.diff import differences as changes_between
from ..stats import bonferroni, mean_interval, mean_intervals, with_the_best
from ..words import clock_time
from .plotting import plots_of
from .precision import Settled
from .result import LEVEL, Result, jsonable
from .selection import Choice

__all__ = ["Cheapest", "Comparison", "check_comparable"]

KEYS = ["measure", "scope", "period"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cheapest:
    """The cheapest scenario that keeps all targets.

    Attributes:
        scenario: its name; "" where none surely keeps all of them.
        cost: its mean cost.
        rivals: scenarios that surely keep all targets too and may, as far as one can tell, cost no more.
        open: scenarios of which one cannot tell whether they keep all targets, and whose mean cost is lower.
    """

    scenario: str
    cost: float
    rivals: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Results of several scenarios, replication by replication on the same customers.

    Attributes:
        names: names of the scenarios, all different.
        results: their results, in the same order.
        base: number of the scenario that the others are compared with.
        points: a row a scenario: scenario, and a column for each path that was varied, with its value as text.
        settled: what was done for a wanted precision; None where none was.
        choice: which scenario was selected as the best; None where that was not asked for.
        futures: the same comparison in each future of the base, by its name; empty where there are none.
    """

    names: tuple[str, ...]
    results: tuple[Result, ...] = field(repr=False)
    base: int = 0
    points: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    settled: Settled | None = None
    choice: Choice | None = None
    futures: Mapping[str, Comparison] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> Result:
        """Return the result of a scenario. Raises KeyError where none has the name."""
        if name not in self.names:
            raise KeyError(f"no scenario is named {name!r}; there are {', '.join(self.names)}")
        return self.results[self.names.index(name)]

    @property
    def plot(self) -> Any:
        """The plots of this comparison: `plot.names` lists them, see docs/plots.md."""
        return plots_of("ComparisonPlots", self)

    @property
    def others(self) -> list[int]:
        """The numbers of all scenarios but the base."""
        return [n for n in range(len(self.names)) if n != self.base]

    @property
    def adjustment(self) -> str:
        """How the intervals of differences allow for their number."""
        if len(self.others) < 2:
            return "none: one scenario is compared with the base"
        return (
            f"Bonferroni: for each measure, the intervals of all {len(self.others)} scenarios hold together with "
            f"{LEVEL:.0%}, each by itself with {bonferroni(LEVEL, len(self.others)):.4%}"
        )

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Every measure of every scenario against the base's, paired replication by replication.

        Columns: scenario, measure, scope, period, base (mean), value (mean), difference (value - base), half_width,
        low, high (all intervals of a measure hold together with 95 %, see `adjustment`), n (pairs of replications
        that have it), variance_ratio (how many times more replications it would take without common random
        numbers). Means are over those n replications. Measures that only one of the two scenarios has are left out.

        Source: paired-t intervals, Law, 5th ed., sections 10.2.1 and 10.3.1.
        """
        tables = [self._against_base(n) for n in self.others]
        names = ["scenario", *KEYS, "base", "value", "difference", "half_width", "low", "high", "n"]
        if not tables:
            return pd.DataFrame(columns=[*names, "variance_ratio"])
        return pd.concat(tables, ignore_index=True).astype(dict.fromkeys(KEYS, "category"))

    def difference(self, scenario: str, measure: str, scope: str = "total", period: str = "run") -> pd.Series:
        """Return one row of `differences`. Raises KeyError where there is no such row."""
        rows = self.differences
        wanted = {"scenario": scenario, "measure": measure, "scope": scope, "period": period}
        for column, word in wanted.items():
            rows = rows[rows[column] == word]
            if rows.empty:
                raise KeyError(f"no difference with {column} {word!r}")
        return rows.iloc[0]

    @cached_property
    def targets(self) -> pd.DataFrame:
        """Every target of every scenario: scenario, and the columns of `Result.targets`."""
        tables = [
            result.targets.assign(scenario=name)
            for name, result in zip(self.names, self.results, strict=True)
        ]
        table = pd.concat(tables, ignore_index=True)
        return table[["scenario", *(name for name in table.columns if name != "scenario")]]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """What each scenario says otherwise than the base: scenario, path, base, value (as people write them)."""
        base = self.results[self.base].scenario
        rows = [
            (self.names[n], change.path, change.base, change.value)
            for n in self.others
            for change in changes_between(base, self.results[n].scenario)
        ]
        return pd.DataFrame(rows, columns=["scenario", "path", "base", "value"])

    def best(self, measure: str = "cost", scope: str = "total", better: str = "") -> pd.DataFrame:
        """Compare every scenario with the best of the others: multiple comparisons with the best.

        Args:
            measure: a name of the catalogue.
            scope: `total`, or a kind and a name, such as `queue:phone`.
            better: `less` or `more`; empty for what the catalogue says.

        Returns:
            scenario, mean, difference (from the best of the others), low, high, may_be_best, surely_best; all bounds
            hold together with 95 % (see `stats.with_the_best`).

        Raises:
            KeyError: some scenario has no such measure.
            ValueError: the catalogue does not say which is better, or there is one scenario only.
        """
        table = self._sample(range(len(self.names)), measure, scope)
        found = with_the_best(table, better_of(measure, better), LEVEL)
        columns = {name: column for name, column in found._asdict().items() if name != "n"}
        return pd.DataFrame({"scenario": self.names, **columns})

    @cached_property
    def cheapest(self) -> Cheapest:
        """The cheapest scenario that keeps all targets; where there are none, the cheapest."""
        verdicts = [set(result.targets["verdict"]) for result in self.results]
        sure = [n for n, found in enumerate(verdicts) if found <= {"met"}]
        unsure = [
            n
            for n, found in enumerate(verdicts)
            if "cannot tell" in found and found <= {"met", "cannot tell"}
        ]
        costs = [result.value("cost").mean for result in self.results]
        if not sure:
            return Cheapest("", np.nan, (), tuple(self.names[n] for n in unsure))
        first = min(sure, key=lambda n: costs[n])
        rivals: list[int] = []
        if len(sure) > 1:
            may = with_the_best(self._sample(sure, "cost", "total"), "less", LEVEL).may_be_best
            rivals = [n for n, possible in zip(sure, may, strict=True) if possible and n != first]
        return Cheapest(
            self.names[first],
            costs[first],
            tuple(self.names[n] for n in rivals),
            tuple(self.names[n] for n in unsure if costs[n] < costs[first]),
        )

    @cached_property
    def in_futures(self) -> pd.DataFrame:
        """How each scenario does in each future: a row a future and scenario.

        Columns: future, scenario, cost (mean), difference (of the cost from the base's in the same future), low, high
        (its interval as in `differences`; NaN for the base), and a column for each target with its verdict.
        """
        rows = [
            {"future": future, **row}
            for future, comparison in self.futures.items()
            for row in comparison._told()
        ]
        return pd.DataFrame(rows)

    def _told(self) -> list[dict[str, Any]]:
        """Return a row a scenario: its cost, how much more that is than the base's, and its targets' verdicts."""
        level = bonferroni(LEVEL, max(len(self.others), 1))
        ours = self.results[self.base].sample("cost")
        rows = []
        for number, (name, result) in enumerate(zip(self.names, self.results, strict=True)):
            cost = result.sample("cost")
            common = min(len(ours), len(cost))
            gap = mean_interval(cost[:common] - ours[:common], level)
            is_base = number == self.base
            rows.append(
                {
                    "scenario": name,
                    "cost": mean_interval(cost).mean,
                    "difference": np.nan if is_base else gap.mean,
                    "low": np.nan if is_base else gap.low,
                    "high": np.nan if is_base else gap.high,
                    **dict(zip(result.targets["text"], result.targets["verdict"], strict=True)),
                }
            )
        return rows

    def verdict(self) -> str:
        """Return what it comes to, in plain sentences."""
        from .verdict import verdict

        return verdict(self)

    def summary(self) -> dict[str, Any]:
        """Return the comparison of the whole run as plain data for JSON: numbers that do not exist are None."""
        rows = self.differences[self.differences["period"] == "run"]
        scenarios = [
            {**dict(row), **{key: value for key, value in result.summary().items() if key in ABOUT}}
            for row, result in zip(self.points.to_dict("records"), self.results, strict=True)
        ]
        about = {
            "servsim": self.results[0].versions["servsim"],
            "base": self.names[self.base],
            "seed": self.results[0].seed,
            "confidence": LEVEL,
            "adjustment": self.adjustment,
            "verdict": self.verdict().splitlines(),
            "cheapest": vars(self.cheapest),
            "precision": self.settled.table.to_dict("records") if self.settled is not None else None,
            "selected": vars(self.choice) if self.choice is not None else None,
            "scenarios": scenarios,
            "changes": self.changes.to_dict("records"),
            "targets": self.targets.to_dict("records"),
            "differences": rows.drop(columns="period").to_dict("records"),
        }
        if self.futures:
            about["futures"] = self.in_futures.to_dict("records")
        return {key: jsonable(part) for key, part in about.items()}

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the comparison into a new folder, complete or not at all; see `servsim.study.store`."""
        from .store import save_comparison

        return save_comparison(self, folder, overwrite=overwrite)

    def _sample(self, numbers: Any, measure: str, scope: str) -> Floats:
        """Return one row a scenario, one column a replication, of the replications that all have run."""
        samples = [self.results[n].sample(measure, scope) for n in numbers]
        common = min(map(len, samples))
        return np.array([sample[:common] for sample in samples])

    def _against_base(self, number: int) -> pd.DataFrame:
        """Return the differences of one scenario."""
        base, other = self.results[self.base], self.results[number]
        common = min(base.reps, other.reps)
        index, ours, theirs = _matched(base.index, other.index)
        a, b = base.matrix[:common, ours], other.matrix[:common, theirs]
        with np.errstate(invalid="ignore"):
            gap = b - a
        unpaired = np.isnan(gap)
        a, b = np.where(unpaired, np.nan, a), np.where(unpaired, np.nan, b)
        found = mean_intervals(gap, bonferroni(LEVEL, len(self.others)))
        apart_a, apart_b = mean_intervals(a), mean_intervals(b)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = (apart_a.std**2 + apart_b.std**2) / found.std**2
        table = index.assign(
            base=apart_a.mean,
            value=apart_b.mean,
            difference=found.mean,
            half_width=found.half_width,
            low=found.mean - found.half_width,
            high=found.mean + found.half_width,
            n=found.n,
            variance_ratio=ratio,
        )
        table.insert(0, "scenario", self.names[number])
        return table.astype(dict.fromkeys(KEYS, "str"))


ABOUT = ("digest", "reps", "warnings", "measures")


def better_of(measure: str, better: str = "") -> Any:
    """Return whether less or more of a measure is better. Raises ValueError where nobody says."""
    found = better or CATALOGUE[measure].better
    if found not in ("less", "more"):
        raise ValueError(
            f"better is {better!r}: must be 'less' or 'more', as {measure} has no better side of its own"
        )
    return found


def check_comparable(names: tuple[str, ...], scenarios: tuple[Scenario, ...], base: int) -> None:
    """Raise InputError where a difference from the base would mean nothing: another clock, another currency."""
    ours = scenarios[base].model
    for name, scenario in zip(names, scenarios, strict=True):
        theirs = scenario.model
        for part in ("start", "length", "warmup"):
            mine, other = getattr(ours.clock, part), getattr(theirs.clock, part)
            if mine != other:
                words = [clock_time(x) if isinstance(x, float) else f"{x}" for x in (other, mine)]
                raise InputError(
                    f"{name!r} has another clock.{part} than {names[base]!r} ({words[0]} against {words[1]}); "
                    "scenarios are compared over the same time"
                )
        if ours.currency != theirs.currency:
            raise InputError(
                f"{name!r} counts in {theirs.currency or 'no currency'}, {names[base]!r} in "
                f"{ours.currency or 'none'}; costs are compared in one currency"
            )


def _matched(base: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, Any, Any]:
    """Return the rows that both indexes have, in the order of the base's, and their places in each."""
    if base.equals(other):
        return base, slice(None), slice(None)
    left = pd.MultiIndex.from_frame(base.astype("str"))
    right = pd.MultiIndex.from_frame(other.astype("str"))
    places = right.get_indexer(left)
    ours = np.flatnonzero(places >= 0)
    return base.iloc[ours].reset_index(drop=True), ours, places[ours]
