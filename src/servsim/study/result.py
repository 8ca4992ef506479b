"""What a run gives: every measure of every replication, with intervals and verdicts."""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import did_you_mean, listed
from ..scenario import Scenario
from ..stats import Interval, mean_interval, mean_intervals

__all__ = ["LEVEL", "Result", "Timing", "jsonable", "versions"]

LEVEL = 0.95  # confidence level of every interval
PACKAGES = ("servsim", "numba", "numpy", "pandas", "pyarrow", "scipy", "simpy")


@dataclass(frozen=True)
class Timing:
    """When a run began (UTC, ISO 8601) and how many seconds it took."""

    begun: str
    seconds: float


def versions() -> dict[str, str]:
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
        engine: the engine that was asked for.
        versions: versions of Python and of the packages.
        timing: when it ran and how long it took; the only thing that differs between two identical runs.
        index: one row a measure: measure, scope, period.
        matrix: values, (replications, rows of the index).
        judged: one row a target and replication: replication, target, text, value, met.
        contacts: every contact, or None where it was not asked for.
        events: every event, or None where it was not asked for.
    """

    scenario: Scenario
    seed: int
    first: int
    reps: int
    engine: str
    versions: dict[str, str]
    timing: Timing
    index: pd.DataFrame = field(repr=False)
    matrix: npt.NDArray[np.float64] = field(repr=False)
    judged: pd.DataFrame = field(repr=False)
    contacts: pd.DataFrame | None = field(default=None, repr=False)
    events: pd.DataFrame | None = field(default=None, repr=False)

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
        found = mean_intervals(self.matrix, LEVEL)
        low, high = found.mean - found.half_width, found.mean + found.half_width
        table = {"mean": found.mean, "half_width": found.half_width, "low": low, "high": high}
        return self.index.assign(**table, n=found.n, std=found.std)

    @cached_property
    def targets(self) -> pd.DataFrame:
        """One row a target: target (its number, from 0), text, value, low, high, met, verdict, sure.

        `value` is the measure over the run, as a mean over replications with its interval `low` … `high`;
        `met` the share of the target's periods, over all replications, that kept the bound. A bound on the
        run is "met" where the mean keeps it; one on every day or interval where at least half of the
        replications kept it throughout; else it is "missed", and "unknown" where there was nothing to
        measure. The verdict is `sure` where the whole 95 % interval lies on its side.
        """
        rows = [
            self._target(n, self.judged[self.judged["target"] == n]) for n in self.judged["target"].unique()
        ]
        columns = ["target", "text", "value", "low", "high", "met", "verdict", "sure"]
        return pd.DataFrame(rows, columns=columns)

    def _target(self, number: int, rows: pd.DataFrame) -> dict[str, Any]:
        target = self.scenario.model.targets[number]
        values, shares = rows["value"].to_numpy(), rows["met"].to_numpy()
        found, low, high = mean_interval(values, LEVEL), target.at_least, target.at_most
        decisive = found
        if target.every != "run":  # how often all periods kept the bound decides
            throughout = np.where(np.isnan(shares), np.nan, shares == 1.0)
            decisive, low, high = mean_interval(throughout, LEVEL), 0.5, None

        def keeps(value: float) -> bool:
            return (low is None or value >= low) and (high is None or value <= high)

        verdict = "met" if keeps(decisive.mean) else "missed"
        return {
            "target": int(number),
            "text": str(rows["text"].iloc[0]),
            "value": found.mean,
            "low": found.low,
            "high": found.high,
            "met": float(np.nanmean(shares)) if not np.isnan(shares).all() else math.nan,
            "verdict": verdict if decisive.n else "unknown",
            "sure": decisive.n > 1 and keeps(decisive.low) == keeps(decisive.high) == (verdict == "met"),
        }

    @property
    def replications(self) -> npt.NDArray[np.int32]:
        """The numbers of the replications."""
        return np.arange(self.first, self.first + self.reps, dtype=np.int32)

    @property
    def all_met(self) -> bool:
        """Tell whether every target is met; true where the scenario has none."""
        return bool((self.targets["verdict"] == "met").all())

    def value(self, measure: str, scope: str = "total", period: str = "run") -> Interval:
        """Return the mean of a measure over replications with its interval.

        Args:
            measure: a name of the catalogue, such as `service_level`.
            scope: `total`, or a kind and a name, such as `queue:phone`.
            period: `run`, a day (`2026-03-02`) or the start of an interval (`2026-03-02 08:00`).

        Raises:
            KeyError: there is no such value; the message names the nearest there is.
        """
        rows = self.index
        for column, word in (("measure", measure), ("scope", scope), ("period", period)):
            kept = rows[rows[column] == word]
            if kept.empty:
                known = [str(name) for name in rows[column].unique()]
                where = "" if column == "measure" else f" for {measure}"
                hint = did_you_mean(word, known)
                raise KeyError(f"no {column} {word!r}{where}{hint or f'; there are {listed(known)}'}")
            rows = kept
        return mean_interval(self.matrix[:, rows.index[0]], LEVEL)

    def summary(self) -> dict[str, Any]:
        """Return the result of the whole run as plain data for JSON: numbers that do not exist are None."""
        rows = self.intervals[self.intervals["period"] == "run"]
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
            "engine": self.engine,
            "confidence": LEVEL,
            "warnings": [f"{warning.path}: {warning.message}" for warning in self.scenario.warnings],
            "targets": self.targets.to_dict("records"),
            "measures": measures,
        }
        return {key: jsonable(part) for key, part in about.items()}

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the result into a new folder, complete or not at all; see `servsim.study.store`."""
        from .store import save

        return save(self, folder, overwrite=overwrite)


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
