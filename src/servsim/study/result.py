"""What a run gives: every measure of every replication, with intervals and verdicts."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import did_you_mean, listed
from ..scenario import Scenario
from ..scenario.model import Target
from ..stats import Interval, bonferroni, mean_interval, mean_intervals, wilson
from .plotting import plots_of

if TYPE_CHECKING:
    from .audit import SelfAudit
    from .precision import Settled

__all__ = ["LEVEL", "Result", "Timing", "jsonable", "versions"]

LEVEL = 0.95  # confidence level of every interval
PACKAGES = ("servsim", "numba", "numpy", "pandas", "pyarrow", "scipy", "simpy")


@dataclass(frozen=True)
class Timing:
    """When a run began (UTC, ISO 8601) and how many seconds it took."""

    begun: str
    seconds: float


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python and of every package that has a say in the numbers."""
    return {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}}


@dataclass(frozen=True)
class Result:
    """A scenario's result over replications.

    Attributes:
        scenario: what was run.
        seed: seed of the random numbers.
        first: number of the first replication.
        reps: number of replications.
        engine: the engine that ran.
        versions: versions of Python and of the packages.
        timing: when it ran and how long it took; the only thing that differs between two identical runs.
        index: one row a measure: measure, scope, period.
        matrix: values, (replications, rows of the index).
        judged: a row for each replication, target and period: replication, target, text, family, period, value, met.
        contacts: every contact, or None where it was not asked for.
        events: every event, or None where it was not asked for.
        settled: what was done for a wanted precision; None where none was.
    """

    scenario: Scenario
    seed: int
    first: int
    reps: int
    engine: str
    versions: Mapping[str, str]
    timing: Timing
    index: pd.DataFrame = field(repr=False)
    matrix: npt.NDArray[np.float64] = field(repr=False)
    judged: pd.DataFrame = field(repr=False)
    contacts: pd.DataFrame | None = field(default=None, repr=False)
    events: pd.DataFrame | None = field(default=None, repr=False)
    settled: Settled | None = None

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every value: replication, measure, scope, period, value (in the unit that the catalogue names)."""
        columns: dict[str, Any] = {"replication": np.repeat(self.replications, len(self.index))}
        for name in self.index.columns:
            word = pd.Categorical(self.index[name])
            columns[name] = pd.Categorical.from_codes(np.tile(word.codes, self.reps), dtype=word.dtype)
        return pd.DataFrame({**columns, "value": self.matrix.ravel()})

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Mean over replications of every measure with its 95 % Student t interval.

        Columns: measure, scope, period, mean, half_width, low, high, n (replications that have it), std.
        """
        return self._intervals_of(np.arange(len(self.index)))

    def of_period(self, period: str) -> pd.DataFrame:
        """Return the rows of `intervals` for one period, without working out the others."""
        return self._intervals_of(np.flatnonzero(self.index["period"] == period))

    def _intervals_of(self, rows: npt.NDArray[np.intp]) -> pd.DataFrame:
        found = mean_intervals(self.matrix[:, rows], LEVEL)
        low, high = found.mean - found.half_width, found.mean + found.half_width
        table = {"mean": found.mean, "half_width": found.half_width, "low": low, "high": high}
        return self.index.iloc[rows].assign(**table, n=found.n, std=found.std)

    @cached_property
    def targets(self) -> pd.DataFrame:
        """One row a target: what it says, the verdict, and the probability that a day keeps it.

        Columns: `target` (its number, from 0), `text`; `value` is the measure over the run, as a mean over
        replications with its interval `low` … `high`; `met` the share of the periods that decide, over all
        replications, that kept the bound; `kept` whether the mean over replications keeps it in every such period;
        `verdict` is "met" or "missed" where that is sure to 95 %, "cannot tell" where it may be luck, and "not
        measured" where there was nothing to measure; `worst` the period that keeps the bound worst; `day_met` the
        share of days that keep the bound, over all replications, with Wilson's interval `day_low` … `day_high`: its
        size is the number of replications, as the days of one may be alike.

        A target is surely met where the interval of every period that decides lies on its side: each at 95 %, as all
        of them must (an intersection-union test: Berger 1982, Technometrics 24(4)). It is surely missed where that of
        some period lies on the other, at a level that holds for all of them together (Bonferroni).
        """
        rows = [
            self._target(n, self.judged[self.judged["target"] == n]) for n in self.judged["target"].unique()
        ]
        columns = ("target", "text", "value", "low", "high", "met", "kept", "verdict", "worst")
        return pd.DataFrame(rows, columns=[*columns, "day_met", "day_low", "day_high"])

    def _target(self, number: int, rows: pd.DataFrame) -> dict[str, Any]:
        target = self.scenario.model.targets[number]
        over_run = mean_interval(rows.loc[rows["family"] == "run", "value"].to_numpy(), LEVEL)
        deciding = rows[rows["family"] == target.every]
        days = rows.loc[rows["family"] == "day", "met"].dropna()
        low, high = wilson(float(days.mean()), self.reps, LEVEL) if len(days) else (math.nan, math.nan)
        return {
            "target": int(number),
            "text": str(rows["text"].iloc[0]),
            "value": over_run.mean,
            "low": over_run.low,
            "high": over_run.high,
            "met": float(deciding["met"].mean()),
            **self._verdict(target, deciding),
            "day_met": float(days.mean()),
            "day_low": low,
            "day_high": high,
        }

    def _verdict(self, target: Target, deciding: pd.DataFrame) -> dict[str, Any]:
        """Judge a target by the values of the periods that decide."""
        values = {
            str(period): part["value"].to_numpy() for period, part in deciding.groupby("period", sort=False)
        }
        known = {period: column for period, column in values.items() if not np.isnan(column).all()}
        if not known:
            return {"kept": False, "verdict": "not measured", "worst": ""}
        together = bonferroni(LEVEL, len(known))
        margins = {period: _margin(target, mean_interval(column, LEVEL)) for period, column in known.items()}
        widest = [_margin(target, mean_interval(column, together)) for column in known.values()]
        met = all(margin.low >= 0 for margin in margins.values())
        missed = any(margin.high < 0 for margin in widest)
        return {
            "kept": all(margin.mean >= 0 for margin in margins.values()),
            "verdict": "met" if met else "missed" if missed else "cannot tell",
            "worst": min(margins, key=lambda period: margins[period].mean),
        }

    @property
    def replications(self) -> npt.NDArray[np.int32]:
        """The numbers of the replications."""
        return np.arange(self.first, self.first + self.reps, dtype=np.int32)

    @property
    def all_met(self) -> bool:
        """Tell whether every target is kept by the mean over replications; true where the scenario has none."""
        return bool(self.targets["kept"].all())

    @property
    def plot(self) -> Any:
        """The plots of this result: `plot.names` lists them, see docs/plots.md."""
        return plots_of("ResultPlots", self)

    def value(self, measure: str, scope: str = "total", period: str = "run") -> Interval:
        """Return the mean of a measure over replications with its interval.

        Args:
            measure: a name of the catalogue, such as `service_level`.
            scope: `total`, or a kind and a name, such as `queue:phone`.
            period: `run`, a day (`2026-03-02`) or the start of an interval (`2026-03-02 08:00`).

        Raises:
            KeyError: there is no such value; the message names the nearest there is.
        """
        return mean_interval(self.sample(measure, scope, period), LEVEL)

    def sample(self, measure: str, scope: str = "total", period: str = "run") -> npt.NDArray[np.float64]:
        """Return a measure's value in every replication, in their order; arguments and errors are those of `value`."""
        rows = self.index
        for key, word in (("measure", measure), ("scope", scope), ("period", period)):
            kept = rows[rows[key] == word]
            if kept.empty:
                known = [str(name) for name in rows[key].unique()]
                where = "" if key == "measure" else f" for {measure}"
                hint = did_you_mean(word, known)
                raise KeyError(f"no {key} {word!r}{where}{hint or f'; there are {listed(known)}'}")
            rows = kept
        column: npt.NDArray[np.float64] = self.matrix[:, rows.index[0]]
        return column

    def audit(self) -> SelfAudit:
        """Return what the self-audit has checked, with numbers, and what formulas say of the queues."""
        from .audit import self_audit

        return self_audit(self)

    def summary(self, *, audit: bool = False) -> dict[str, Any]:
        """Return the result of the whole run as plain data for JSON: numbers that do not exist are None.

        With `audit` there is a key more, of that name.
        """
        rows = self.of_period("run")
        measures: dict[str, dict[str, dict[str, Any]]] = {}
        for row in rows.to_dict("records"):
            numbers = {name: row[name] for name in ("mean", "half_width", "low", "high", "n")}
            measures.setdefault(str(row["scope"]), {})[str(row["measure"])] = numbers
        about = {
            "servsim": self.versions["servsim"],
            "scenario": self.scenario.name,
            "digest": self.scenario.digest(),
            "currency": self.scenario.model.currency,
            "seed": self.seed,
            "first": self.first,
            "reps": self.reps,
            "confidence": LEVEL,
            "warnings": [f"{warning.path}: {warning.message}" for warning in self.scenario.warnings],
            "precision": self.settled.table.to_dict("records") if self.settled is not None else None,
            "targets": self.targets.to_dict("records"),
            **({"audit": self.audit().summary()} if audit else {}),
            "measures": measures,
        }
        return {key: jsonable(part) for key, part in about.items()}

    def save(
        self, folder: str | Path, *, overwrite: bool = False, audit: bool = False, command: str = ""
    ) -> Path:
        """Write the result into a new folder, complete or not at all; see `servsim.study.store`."""
        from .store import save

        return save(self, folder, overwrite=overwrite, audit=audit, command=command)


def _margin(target: Target, found: Interval) -> Interval:
    """Return by how much a measure keeps the target's bound, as an interval; below zero it does not."""
    if target.at_least is not None:
        mean, low, high = (x - target.at_least for x in (found.mean, found.low, found.high))
    else:
        bound = target.at_most
        assert bound is not None  # a target has exactly one bound
        mean, low, high = bound - found.mean, bound - found.high, bound - found.low
    return Interval(mean, found.half_width, low, high, found.n, found.std)


def jsonable(value: Any) -> Any:
    """Return plain data for JSON: numpy's numbers as Python's own, and None for NaN and infinity."""
    if isinstance(value, dict):
        return {str(key): jsonable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
