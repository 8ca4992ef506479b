"""The steady state: where the warm-up ends."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..measure.periods import make_grid
from ..network import build
from ..network.network import Floats
from ..scenario import Scenario, load
from ..scenario.model import ClockPart
from ..stats import Truncation, mean_intervals, mser, welch
from ..units import DAY, format_duration
from ..words import duration
from .amounts import check_words
from .cycle import WEEK, cycle_of
from .plotting import plots_of
from .result import LEVEL, jsonable
from .runner import Progress, Runner

__all__ = ["SMOOTH", "Warmup", "up_to_grid", "warmup", "with_clock"]

LEAST = 10  # batches that the rule needs
FINE = 1000  # intervals that a series should have: with few of them the rule may cut much for no reason but chance
SMOOTH = (
    20  # Welch's moving average reaches a 20th of the series to each side; a shorter series is not smoothed
)


@dataclass(frozen=True)
class Warmup:
    """A measure from the empty start on, and where its warm-up ends.

    Attributes:
        scenario: the scenario, as it was given.
        measure: the measure looked at.
        scope: its scope.
        reps: number of replications that were averaged.
        seed: seed of the random numbers.
        cycle: what `cycle_of` says: 0 where nothing planned changes; 86,400 s where days repeat and 604,800 s where
            weeks do (the series is then by day); infinite where nothing repeats.
        series: a row a period, from the start of the clock: `period` (its label), `start` (seconds); `mean` over
            replications with its 95 % interval `low` … `high`, period by period; `smoothed`, Welch's moving average of
            the means, NaN near the end. Periods that start or end of the clock cut short are left out.
        batch: periods that the rule takes together: 5 intervals (MSER-5), one day, or the 7 days of a week.
        curve: MSER's statistic by what is cut from the start: `cut` (seconds), `statistic`. Empty where the rule
            could not be applied.
        truncation: seconds to cut, up to the end of one of the scenario's own intervals, or of a day; NaN where the
            rule could not be applied.
        trusted: whether the least of the curve lies within the first half of the series, as it must to be believed.
        weeks: where weeks repeat, the same by week: 7 days of the series at a time, a last part of a week left out;
            `period` and `start` are those of its first day. Empty elsewhere.
    """

    scenario: Scenario
    measure: str
    scope: str
    reps: int
    seed: int
    cycle: float
    series: pd.DataFrame = field(repr=False)
    batch: int
    curve: pd.DataFrame = field(repr=False)
    truncation: float
    trusted: bool
    weeks: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)

    @property
    def plot(self) -> Any:
        """The plots of this warm-up: `plot.names` lists them, see docs/plots.md."""
        return plots_of("WarmupPlots", self)

    def advice(self) -> str:
        """Return what to do, in words."""
        return " ".join(filter(None, [_about(self.cycle), self._rule() or self._verdict()]))

    def _rule(self) -> str:
        """Return why the rule could not be applied; empty where it was."""
        if self.trusted or not math.isnan(self.truncation) or math.isinf(self.cycle):
            return "" if not math.isinf(self.cycle) else _NO_CYCLE
        missing = int(self.series["mean"].isna().sum())
        if missing:
            return (
                f"{self.measure} has no value in {missing} of {len(self.series)} {self._periods}, so the rule cannot "
                "be applied: take work_in_system, which always has one, or more replications."
            )
        length = self.scenario.model.clock.length
        wanted = f"clock.length: {duration(LEAST * self.cycle)}" if self.cycle else "a longer clock.length"
        other = "" if self.cycle else " or a shorter clock.interval"
        return (
            f"The clock of {duration(length)} has {len(self.series)} whole {self._periods}; to tell where the warm-up "
            f"ends takes {LEAST * self.batch}: set {wanted}{other}. A service that is empty when the clock starts, "
            "in life as in the scenario, needs no warm-up."
        )

    def _verdict(self) -> str:
        """Return what the rule says."""
        own, what = self.scenario.model.clock.warmup, f"{self.measure} ({self.scope})"
        if not self.trusted:
            return (
                f"{what} has not settled within the first half of the clock of "
                f"{duration(self.scenario.model.clock.length)}: make clock.length longer. Where it never settles, "
                "more work comes than can be done, and there is no steady state."
            )
        if self.truncation == 0:
            needless = f" (the scenario's own, {duration(own)}, does no harm)" if own else ""
            return f"No warm-up is needed{needless}: {what} is at its lasting level from the start."
        wanted = duration(self.truncation)
        if own >= self.truncation:
            return f"The scenario's own warm-up of {duration(own)} is long enough: {what} settles after {wanted}."
        return (
            f"Set clock.warmup: {wanted}. From then on {what} is at its lasting level. clock.length holds the warm-up "
            f"too: make it longer by as much{self._of_batches(wanted)}."
        )

    def _of_batches(self, wanted: str) -> str:
        """Return how `servsim batches` takes the warm-up, where there can be batches."""
        option = f"--warmup {wanted.replace(' ', '')}"
        return "" if self.cycle > DAY else f" (servsim batches does so itself: {option})"

    @property
    def _periods(self) -> str:
        return "days" if self.cycle else "intervals"

    def summary(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON: numbers that do not exist are None."""
        about = {
            "scenario": self.scenario.name,
            "digest": self.scenario.digest(),
            "measure": self.measure,
            "scope": self.scope,
            "unit": CATALOGUE[self.measure].unit,
            "reps": self.reps,
            "seed": self.seed,
            "cycle": self.cycle,
            "truncation": self.truncation,
            "trusted": self.trusted,
            "advice": self.advice(),
            "series": self.series.to_dict("records"),
            "weeks": self.weeks.to_dict("records"),
            "curve": self.curve.to_dict("records"),
        }
        return {key: jsonable(part) for key, part in about.items()}


_NO_CYCLE = (
    "Rates, staff or hours change over the clock, and neither days nor weeks repeat: there is no steady state, and no "
    "rule for a warm-up. Let the clock start when the service is empty, or set clock.warmup by what you know of it."
)


def warmup(
    scenario: Scenario | str | Path,
    *,
    measure: str = "work_in_system",
    scope: str = "total",
    reps: int = 20,
    seed: int = 1,
    engine: str = "auto",
    max_visits: int | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Warmup:
    """Simulate a scenario from its empty start and find where its warm-up ends.

    The measure in every interval, averaged over the replications, is the series that MSER-5 is applied to: what is
    cut from its start is what makes the standard error of the mean of the rest smallest. Intervals are the
    scenario's own; of a time average, which has a value however short they are, shorter ones where the clock has
    fewer than 1,000. A measure that some replications do not have in an interval (waits where nobody came) is averaged
    over the others; if none has it the rule is not applied.

    The rule is for a world that stays as it is. Where rates, staff or hours change over the day but days repeat, day
    is compared with day, and week with week where weeks repeat; where nothing repeats nothing is cut.

    Args:
        scenario: a scenario, or the name of its file. Its own warm-up is left aside.
        measure: a name of the catalogue. Contacts in the system, the default, always have a value and settle last.
        scope: `total`, or a kind and a name, such as `queue:phone`.
        reps: number of replications to average; some 20 make the series smooth.
        seed: the random numbers.
        engine: a name out of `servsim.engine.ENGINES`, or `auto`.
        max_visits: bound on the contacts, and on the visits to steps, of one replication; None: the engine's usual one.
        jobs: processes to work with; None for as many as pay, 1 for this one alone.
        cluster: address of a Dask scheduler to have the work done.
        progress: is called now and then with (replications done, replications in all).

    Raises:
        InputError: the scenario is wrong, or there is no such measure or scope.
        RunError: a replication could not be finished.
        ValueError: reps, seed, max_visits or jobs is out of range.

    Source: White 1997, Simulation 69(6); White, Cobb and Spratt 2000, Proc. Winter Simulation Conference; averaged
    over replications: Hoad, Robinson and Davies 2010, J. Operational Research Society 61(9); Law, 5th ed., 9.5.1.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    check_words(scenario, measure, scope)
    from_start = with_clock(scenario, warmup=0.0, interval=_interval(scenario.model.clock, measure))
    network = build(from_start.model)
    cycle = cycle_of(network)
    family = "day" if 0 < cycle < math.inf else "interval"
    with Runner(
        seed=seed,
        engine=engine,
        periods=(family,),
        max_visits=max_visits,
        jobs=jobs,
        cluster=cluster,
        progress=progress,
    ) as runner:
        result = runner.results([from_start], reps)[0]
    rows = (result.index["measure"] == measure) & (result.index["scope"] == scope)
    grid = make_grid(network, from_start.model.clock.start, (family,))
    values, labels, starts = _whole(result.matrix[:, rows], grid.labels, grid.edges[0])
    series = _series(values, labels, starts)
    weeks = _series(*_by_week(values, labels, starts)) if cycle == WEEK else series.iloc[:0]
    batch = {0.0: 5, DAY: 1, WEEK: 7}.get(cycle, 5)
    curve, cut, trusted = _truncated(series, batch, cycle)
    if cut > 0:
        cut = up_to_grid(cut, scenario.model.clock.interval, network.start_of_day)
    return Warmup(scenario, measure, scope, reps, seed, cycle, series, batch, curve, cut, trusted, weeks)


def with_clock(scenario: Scenario, **clock: float) -> Scenario:
    """Return a scenario with another clock, in seconds; its tables keep the intervals that they have."""
    changes: dict[str, Any] = {f"clock.{key}": format_duration(value) for key, value in clock.items()}
    own = format_duration(scenario.model.clock.interval)
    for name, channel in scenario.model.channels.items():
        if channel.arrivals.per_interval is not None and channel.arrivals.interval is None:
            changes[f"channels.{name}.arrivals.interval"] = own
    for name, pool in scenario.model.pools.items():
        if pool.staff.roster is not None and pool.staff.interval is None:
            changes[f"pools.{name}.staff.interval"] = own
    return scenario.with_(changes)


def up_to_grid(time: float, step: float, start_of_day: float) -> float:
    """Return the first time, not before the given one, that lies on a grid from midnight."""
    return math.ceil((time + start_of_day) / step) * step - start_of_day


def _interval(clock: ClockPart, measure: str) -> float:
    """Return the length of the intervals to look at: of a time average short enough that there are many."""
    if CATALOGUE[measure].unit != "number":
        return clock.interval
    lengths = (60.0 * n for n in range(1440, 0, -1) if 1440 % n == 0)
    return next(
        (s for s in lengths if s <= clock.interval and clock.length / s >= FINE), min(60.0, clock.interval)
    )


Periods = tuple[Floats, list[str], Floats]  # values (replications x periods), labels and starts


def _whole(matrix: Floats, labels: tuple[str, ...], edges: Floats) -> Periods:
    """Return the periods that neither start nor end of the clock cut short."""
    lengths = np.diff(edges)
    whole = np.flatnonzero(lengths == lengths.max())
    return matrix[:, whole], [labels[n] for n in whole], edges[whole]


def _by_week(values: Floats, labels: list[str], starts: Floats) -> Periods:
    """Return means over 7 days at a time, of the days that have a value; a last part of a week is left out."""
    weeks = len(starts) // 7
    days = values[:, : weeks * 7].reshape(len(values), weeks, 7)
    with np.errstate(invalid="ignore"):
        means = np.nansum(days, axis=2) / (~np.isnan(days)).sum(axis=2)
    firsts = slice(0, weeks * 7, 7)
    return means, labels[firsts], starts[firsts]


def _series(values: Floats, labels: list[str], starts: Floats) -> pd.DataFrame:
    """Return periods with what the replications (rows of the values) say of each."""
    found = mean_intervals(values, LEVEL)
    window = len(found.mean) // SMOOTH
    smoothed = np.full(len(found.mean), np.nan)
    smoothed[: len(smoothed) - window] = welch(found.mean, window)
    columns = {
        "period": np.array(labels, dtype=np.str_),
        "start": starts,
        "mean": found.mean,
        "low": found.mean - found.half_width,
        "high": found.mean + found.half_width,
        "smoothed": smoothed,
    }
    return pd.DataFrame(columns)


def _truncated(series: pd.DataFrame, batch: int, cycle: float) -> tuple[pd.DataFrame, float, bool]:
    """Return MSER's curve, where it says to cut, and whether that is to be believed."""
    means, starts = series["mean"].to_numpy(), series["start"].to_numpy()
    if math.isinf(cycle) or len(means) // batch < LEAST or np.isnan(means).any():
        return pd.DataFrame({"cut": [], "statistic": []}, dtype=np.float64), math.nan, False
    found: Truncation = mser(means, batch)
    cuts = starts[np.arange(len(found.curve)) * batch]
    return pd.DataFrame({"cut": cuts, "statistic": found.curve}), float(starts[found.index]), found.trusted


def _about(cycle: float) -> str:
    """Return what a reader must know of a scenario that changes over the day or the week."""
    if not 0 < cycle < math.inf:
        return ""
    name = "day" if cycle == DAY else "week"
    return (
        f"Rates, staff or hours change over the {name}, so there is no steady state but {name}s that repeat: "
        f"{name} is compared with {name}."
    )
