"""Results read back from their folders, with the tables that lie there and their plots.

What a folder holds is less than what a run gives: a target's value in every replication is not kept, so a stored
result tells the verdicts that were found, and finds none itself. Files are read when they are first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError, RunError, did_you_mean
from ..scenario import Scenario, load
from ..scenario.load import load_text
from ..stats import Interval
from .plotting import plots_of

__all__ = ["StoredCase", "StoredClaims", "StoredComparison", "StoredResult", "read_any", "read_result"]

KEYS = ("measure", "scope", "period")
INTERVAL = ("mean", "half_width", "low", "high", "n", "std")
COLUMNS: Mapping[str, tuple[str, ...]] = {  # what is read of each table
    "scenarios": ("yaml",),
    "intervals": (*KEYS, *INTERVAL),
    "measures": ("replication", *KEYS, "value"),
    "contacts": ("replication", "channel", "end", "wait"),
    "events": ("replication", "case", "activity", "enqueued", "start", "end"),
    "differences": ("scenario", *KEYS, "base", "value", "difference", "low", "high"),
    "targets": ("scenario", "text", "verdict"),
    "changes": ("scenario", "path"),
}


@dataclass(frozen=True)
class StoredResult:
    """A run's result, read from its folder.

    Attributes:
        scenario: what was run.
        about: run.json: seed, first, reps, engine, versions, timing.
        summary: summary.json, as `Result.summary` gave it.
        folder: where the tables lie.
        rows: the rows of `intervals`, where they are a part of a comparison's; None where the folder has a file.
    """

    scenario: Scenario
    about: Mapping[str, Any]
    summary: Mapping[str, Any]
    folder: Path
    rows: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def reps(self) -> int:
        """Number of replications."""
        return int(self.about["reps"])

    @property
    def seed(self) -> int:
        """Seed of the random numbers."""
        return int(self.about["seed"])

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """As of `Result`: mean over replications of every measure with its 95 % interval."""
        return self.rows if self.rows is not None else _table(self.folder, "intervals")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """As of `Result`: every value of every replication."""
        return _table(self.folder, "measures")

    @cached_property
    def targets(self) -> pd.DataFrame:
        """As of `Result`: the targets with their verdicts."""
        return pd.DataFrame(self.summary["targets"])

    @cached_property
    def contacts(self) -> pd.DataFrame | None:
        """Every contact; None where they were not kept."""
        return self._asked_for("contacts")

    @cached_property
    def events(self) -> pd.DataFrame | None:
        """Every event; None where they were not kept."""
        return self._asked_for("events")

    @property
    def plot(self) -> Any:
        """The plots of this result: `plot.names` lists them, see docs/plots.md."""
        return plots_of("ResultPlots", self)

    def of_period(self, period: str) -> pd.DataFrame:
        """Return the rows of `intervals` for one period."""
        return self.intervals[self.intervals["period"] == period]

    def value(self, measure: str, scope: str = "total", period: str = "run") -> Interval:
        """Return the mean of a measure with its interval; raises KeyError where there is none."""
        rows = self.intervals
        for key, word in zip(KEYS, (measure, scope, period), strict=True):
            kept = rows[rows[key] == word]
            if kept.empty:
                raise KeyError(f"no {key} {word!r}{did_you_mean(word, map(str, rows[key].unique()))}")
            rows = kept
        row = rows.iloc[0]
        return Interval(*(row[name] for name in INTERVAL))

    def _asked_for(self, name: str) -> pd.DataFrame | None:
        is_whole = self.rows is None and (self.folder / f"{name}.parquet").exists()
        return _table(self.folder, name) if is_whole else None


@dataclass(frozen=True)
class StoredComparison:
    """A comparison, read from its folder.

    Attributes:
        names: names of the scenarios.
        results: their results, in the same order.
        base: number of the scenario that the others are compared with.
        points: a row a scenario: scenario, and a column for each path that was varied.
        about: run.json.
        summary: summary.json, as `Comparison.summary` gave it.
        folder: where the tables lie.
    """

    names: tuple[str, ...]
    results: tuple[StoredResult, ...] = field(repr=False)
    base: int
    points: pd.DataFrame = field(repr=False)
    about: Mapping[str, Any] = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    folder: Path

    @cached_property
    def differences(self) -> pd.DataFrame:
        """As of `Comparison`: every measure of every scenario against the base's."""
        return _table(self.folder, "differences")

    @cached_property
    def targets(self) -> pd.DataFrame:
        """As of `Comparison`: every target of every scenario."""
        return _table(self.folder, "targets")

    @cached_property
    def changes(self) -> pd.DataFrame:
        """As of `Comparison`: what each scenario says otherwise than the base."""
        return _table(self.folder, "changes")

    @property
    def plot(self) -> Any:
        """The plots of this comparison: `plot.names` lists them, see docs/plots.md."""
        return plots_of("ComparisonPlots", self)


@dataclass(frozen=True)
class StoredCase:
    """A case whose claims were put to the test: its name, the scenario as it is and as it is to be."""

    name: str
    base: Scenario
    other: Scenario


@dataclass(frozen=True)
class StoredClaims:
    """Claims that were put to the test, read from their folder.

    Attributes:
        cases: the cases, in their order.
        about: run.json.
        summary: summary.json, as `Claims.summary` gave it.
    """

    cases: tuple[StoredCase, ...]
    about: Mapping[str, Any] = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)


def read_result(folder: str | Path) -> StoredResult | StoredComparison:
    """Read the result of a run or of a comparison back from its folder, or from a study's.

    Raises:
        InputError: the folder does not exist, or holds no such result. So does asking for a table that was not kept.
        RunError: a file is damaged.
    """
    found = read_any(folder)
    if isinstance(found, StoredClaims):
        raise InputError(
            f"{str(folder)!r} holds claims; name a folder that servsim run, compare or study has written"
        )
    return found


def read_any(folder: str | Path) -> StoredResult | StoredComparison | StoredClaims:
    """Read whatever result lies in a folder; errors are those of `read_result`."""
    top = Path(folder)
    top = top / "result" if (top / "result" / "run.json").exists() else top
    if not (top / "run.json").exists():
        what = "holds no result" if top.is_dir() else "is not a folder" if top.exists() else "does not exist"
        raise InputError(
            f"{str(folder)!r} {what}; name a folder that servsim run, compare or study has written"
        )
    about = _json(top / "run.json", "versions")
    study = Path(folder) / "study.json"
    if study.exists():  # it knows the name of the whole
        about["study"] = _json(study).get("study", "")
    if (top / "claims.parquet").exists():
        return _read_claims(top, about, _json(top / "summary.json", "claims", "reps", "seed"))
    if (top / "scenarios.parquet").exists():
        keys = ("base", "differences", "scenarios", "seed", "targets", "verdict")
        return _read_comparison(top, about, _json(top / "summary.json", *keys))
    summary = _json(top / "summary.json", "digest", "first", "measures", "targets")
    return StoredResult(load(top / "scenario.yaml"), about, summary, top)


def _read_claims(folder: Path, about: Mapping[str, Any], summary: Mapping[str, Any]) -> StoredClaims:
    table = _table(folder, "scenarios")
    scenarios = [load_text(str(text), folder / "scenarios.parquet") for text in table["yaml"]]
    named = zip(
        table["case"].iloc[::2], scenarios[::2], scenarios[1::2], strict=True
    )  # base, scenario, base, …
    return StoredClaims(tuple(StoredCase(str(name), *pair) for name, *pair in named), about, summary)


def _read_comparison(folder: Path, about: Mapping[str, Any], summary: Mapping[str, Any]) -> StoredComparison:
    table = _table(folder, "scenarios")
    names = tuple(map(str, table["scenario"]))
    kept = (folder / "intervals.parquet").exists()  # a study may leave it out; who asks for it is told
    parts = _table(folder, "intervals").groupby("scenario", sort=False, observed=True) if kept else ()
    intervals = {name: part.drop(columns="scenario") for name, part in parts}
    results = tuple(
        StoredResult(
            scenario=load_text(str(text), folder / "scenarios.parquet"),
            about={**about, "reps": int(reps)},
            summary={"targets": [row for row in summary["targets"] if row["scenario"] == name]},
            folder=folder,
            rows=intervals.get(name),
        )
        for name, text, reps in zip(names, table["yaml"], table["reps"], strict=True)
    )
    points = table.drop(columns=["digest", "reps", "yaml"])
    return StoredComparison(names, results, names.index(summary["base"]), points, about, summary, folder)


def _table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise InputError(f"{str(folder)!r} has no {path.name}: it was not kept")
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise RunError(f"{str(path)!r} cannot be read: {error}") from error
    if missing := [column for column in COLUMNS[name] if column not in table]:
        raise RunError(f"{str(path)!r} is not what servsim wrote: it has no column {missing[0]!r}")
    return table


def _json(path: Path, *keys: str) -> dict[str, Any]:
    """Read a file in which all these keys stand."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{str(path)!r} cannot be read: {error}") from error
    missing = [key for key in keys if key not in found] if isinstance(found, dict) else ["{...}"]
    if missing:
        raise RunError(f"{str(path)!r} is not what servsim wrote: it has no {missing[0]}")
    return found
