"""Which inputs matter: one at a time (a tornado), or all together (Sobol' indices).

Every point is run with the same replications, so with the same customers: what differs between two points comes from
the inputs and from how the system answers to them, not from luck with customers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..errors import InputError, Problem
from ..scenario import Scenario
from ..stats import Interval, bonferroni, mean_interval, mean_intervals, paired_interval
from ..study.amounts import check_words
from ..study.plotting import plots_of
from ..study.result import LEVEL, jsonable
from ..study.vary import Vary, points
from .asking import Asked, Floats, Settings, Varies, as_scenario, asking, read_varies, wrong

__all__ = ["MAX_SAMPLES", "Sobol", "Tornado", "sobol", "sobol_runs", "tornado"]

MAX_SAMPLES = 1 << 16
RESAMPLES = 999  # of the bootstrap


# --- one at a time ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tornado:
    """What each input changes by itself, from its low to its high end.

    Attributes:
        scenario: name of the scenario.
        currency: its currency.
        measure: what is looked at, a name of the catalogue.
        scope: whose.
        seed: seed of the random numbers.
        reps: number of replications, the same for all points.
        comparisons: number of differences whose intervals hold all together.
        base: the measure in the scenario as it is, over replications, 95 %.
        table: one row an input, the greatest swing first: path; low and high (the values taken); low_difference,
            low_half_width, high_difference, high_half_width (the measure there less the base's, in the measure's
            unit); swing (length of the bar: from the least to the greatest of 0 and both differences); base.
    """

    scenario: str
    currency: str
    measure: str
    scope: str
    seed: int
    reps: int
    comparisons: int
    base: Interval
    table: pd.DataFrame = field(repr=False)

    @property
    def plot(self) -> Any:
        """The plots of this tornado: `plot.names` lists them, see docs/plots.md."""
        return plots_of("TornadoPlots", self)

    @property
    def unit(self) -> str:
        """The measure's unit in the catalogue."""
        return CATALOGUE[self.measure].unit

    def summary(self) -> dict[str, Any]:
        """Return everything as plain data for JSON: numbers that do not exist are None."""
        names = ("scenario", "currency", "measure", "scope", "seed", "reps", "comparisons")
        about = {name: getattr(self, name) for name in names}
        base = {name: getattr(self.base, name) for name in ("mean", "half_width", "low", "high", "n")}
        rows = self.table.drop(columns="base").to_dict("records")
        found: dict[str, Any] = jsonable({**about, "confidence": LEVEL, "base": base, "inputs": rows})
        return found


def tornado(
    scenario: Scenario | str | Path,
    varies: Varies,
    *,
    measure: str = "cost",
    scope: str = "total",
    reps: int = 20,
    runner: Asked | None = None,
    **settings: Unpack[Settings],
) -> Tornado:
    """Change one input at a time, to the low and to the high end of its range, everything else as it is.

    Differences are taken from the scenario as it is, replication by replication (the same customers); their
    intervals are Student's t for pairs and hold all together to 95 % or more (Bonferroni over two for each input).
    A list of values is taken at its first and its last.

    Args:
        scenario: a scenario, or the name of its file.
        varies: words like `pools.desk.wage=20/h:28/h`, a mapping of path to SPEC, or `Vary` ready made.
        measure: a name of the catalogue.
        scope: `total`, or a kind and a name, such as `queue:phone`.
        reps: number of replications, 2 or more.
        runner: who is asked; None for a new one with `settings`: seed, engine, max_visits, jobs, cluster, store,
            progress, as `servsim.study.runner.Runner` takes them.

    Raises:
        InputError: the scenario, a path, a value, the measure or the scope is wrong.
        RunError: a replication could not be finished.
        ValueError: reps or a setting is out of range.

    Source: Eschenbach 1992, Interfaces 22(6) (tornado diagrams); Law, 5th ed., 10.2.1 and 10.3 (paired t, Bonferroni).
    """
    _check_reps(reps)
    scenario = as_scenario(scenario)
    inputs = read_varies(scenario, varies)
    check_words(scenario, measure, scope)
    ends = _ends(scenario, inputs)
    with asking(runner, settings) as asked:
        results = asked.results([scenario, *ends], reps)
    base, *values = (result.sample(measure, scope) for result in results)
    level = bonferroni(LEVEL, len(ends))
    rows = [
        _bar(vary, paired_interval(low, base, level), paired_interval(high, base, level))
        for vary, low, high in zip(inputs, values[::2], values[1::2], strict=True)
    ]
    of_base = mean_interval(base, LEVEL)
    table = pd.DataFrame(rows).sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    return Tornado(
        scenario=scenario.name,
        currency=scenario.model.currency,
        measure=measure,
        scope=scope,
        seed=results[0].seed,
        reps=reps,
        comparisons=len(ends),
        base=of_base,
        table=table.assign(base=of_base.mean),
    )


def _ends(scenario: Scenario, inputs: Sequence[Vary]) -> list[Scenario]:
    """Return the scenario at the low and the high end of each input in turn; all problems are told at once."""
    found: list[Scenario] = []
    problems: list[Problem] = []
    for vary in inputs:
        try:
            table = pd.DataFrame({vary.path: [vary.at(0.0), vary.at(1.0)]}, dtype=object)
            found += [point for _, point in points(scenario, table)]
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _bar(vary: Vary, low: Interval, high: Interval) -> dict[str, Any]:
    reach = (0.0, low.mean, high.mean)
    return {
        "path": vary.path,
        "low": str(vary.at(0.0)),
        "high": str(vary.at(1.0)),
        "low_difference": low.mean,
        "low_half_width": low.half_width,
        "high_difference": high.mean,
        "high_half_width": high.half_width,
        "swing": float(np.max(reach) - np.min(reach)),  # NaN where a difference is
    }


def _check_reps(reps: int) -> None:
    if isinstance(reps, bool) or not isinstance(reps, int | np.integer) or reps < 2:
        raise ValueError(f"reps is {reps!r}: must be a whole number, 2 or more")


# --- all together -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sobol:
    """How much of the variance of a measure each input causes, alone and together with others.

    Attributes:
        scenario: name of the scenario.
        currency: its currency.
        measure: what is looked at, a name of the catalogue.
        scope: whose.
        seed: seed of the random numbers and of the sample.
        reps: number of replications at every point.
        samples: points of each of the two samples.
        mean: the measure's mean over the ranges, in its unit.
        std: its standard deviation over the ranges.
        noise: share of that variance which would be the simulation's own if every point had other customers: the
            mean over points of s²/n, over the variance between points.
        noise_left: the same for what is left of it, as all points have the same customers: the residual mean square
            of points by replications, over n and over the variance between points. Indices that are smaller than
            this say nothing; NaN where fewer than two replications have a value everywhere.
        table: one row an input, the greatest total index first: path, low, high; first, first_low, first_high (index
            of first order: what the input causes alone); total, total_low, total_high (what it causes in all).
        points: one row a point: a column a path, then value and half_width (95 %) of the measure.
    """

    scenario: str
    currency: str
    measure: str
    scope: str
    seed: int
    reps: int
    samples: int
    mean: float
    std: float
    noise: float
    noise_left: float
    table: pd.DataFrame = field(repr=False)
    points: pd.DataFrame = field(repr=False)

    @property
    def plot(self) -> Any:
        """The plots of these indices: `plot.names` lists them, see docs/plots.md."""
        return plots_of("SobolPlots", self)

    @property
    def unit(self) -> str:
        """The measure's unit in the catalogue."""
        return CATALOGUE[self.measure].unit

    def summary(self) -> dict[str, Any]:
        """Return everything but the points as plain data for JSON: numbers that do not exist are None."""
        names = (
            "scenario",
            "currency",
            "measure",
            "scope",
            "seed",
            "reps",
            "samples",
            "mean",
            "std",
            "noise",
        )
        about = {name: getattr(self, name) for name in (*names, "noise_left")}
        found: dict[str, Any] = jsonable(
            {**about, "confidence": LEVEL, "inputs": self.table.to_dict("records")}
        )
        return found


def sobol_runs(inputs: int, samples: int, reps: int) -> int:
    """Return how many replications Sobol' indices take: samples x (inputs + 2) points of `reps` each."""
    return samples * (inputs + 2) * reps


def sobol(
    scenario: Scenario | str | Path,
    varies: Varies,
    *,
    samples: int = 64,
    measure: str = "cost",
    scope: str = "total",
    reps: int = 20,
    runner: Asked | None = None,
    **settings: Unpack[Settings],
) -> Sobol:
    """Return Sobol' indices of a measure's mean over replications: which inputs its variance comes from.

    Every input is uniform over its range (over its values, where it is a list), independent of the others. The
    index of first order is the share of the variance that goes if the input is known; the total index the share that
    stays if all others are known. It takes samples x (inputs + 2) points; the intervals are 95 % percentiles of 999
    bootstrap resamples of the sample's rows. The sample is a scrambled Sobol' sequence, whose rows are spread more
    evenly than luck would: the intervals tend to be too wide, not too narrow.

    Args:
        scenario: a scenario, or the name of its file.
        varies: two inputs or more; words like `pools.desk.wage=20/h:28/h`, a mapping of path to SPEC, or `Vary`.
        samples: points of each of the two samples, a power of two from 4 to 65,536.
        measure: a name of the catalogue.
        scope: `total`, or a kind and a name, such as `queue:phone`.
        reps: number of replications, 2 or more.
        runner: who is asked; None for a new one with `settings`: seed (of the sample too; 1), engine, max_visits, jobs,
            cluster, store, progress, as `servsim.study.runner.Runner` takes them.

    Raises:
        InputError: the scenario, a path, a value, the measure or the scope is wrong, there is one input only, or the
            measure has no value at some point.
        RunError: a replication could not be finished.
        ValueError: samples, reps or a setting is out of range.

    Source: Sobol' 1993; Saltelli et al. 2010, Computer Physics Communications 181(2), table 2 (b) and (f), by
    `scipy.stats.sobol_indices`. Noise: two-way layout, Scheffé 1959, The Analysis of Variance, chapter 4.
    """
    _check_reps(reps)
    _check_samples(samples)
    scenario = as_scenario(scenario)
    inputs = read_varies(scenario, varies)
    if len(inputs) < 2:
        raise wrong("vary", "Sobol' indices share variance out among inputs; vary two or more")
    check_words(scenario, measure, scope)
    seed = settings.get("seed", 1)
    table = _design(inputs, samples, seed)
    named = points(scenario, table)
    with asking(runner, settings) as asked:
        results = asked.results([point for _, point in named], reps)
    matrix = np.array([result.sample(measure, scope) for result in results])
    found = mean_intervals(matrix.T, LEVEL)
    _check_values(found.mean, [name for name, _ in named], measure)
    between = matrix[: 2 * samples]
    variance = float(np.var(found.mean[: 2 * samples]))
    noise, noise_left = _noise(between)
    return Sobol(
        scenario=scenario.name,
        currency=scenario.model.currency,
        measure=measure,
        scope=scope,
        seed=results[0].seed,
        reps=reps,
        samples=samples,
        mean=float(found.mean[: 2 * samples].mean()),
        std=math.sqrt(variance),
        noise=noise / variance if variance else math.nan,
        noise_left=noise_left / variance if variance else math.nan,
        table=_indices(inputs, found.mean, samples, seed),
        points=table.assign(value=found.mean, half_width=found.half_width),
    )


def _check_samples(samples: int) -> None:
    is_whole = isinstance(samples, int | np.integer) and not isinstance(samples, bool)
    if not is_whole or not 4 <= samples <= MAX_SAMPLES or int(samples).bit_count() != 1:
        raise ValueError(f"samples is {samples!r}: must be a power of two from 4 to {MAX_SAMPLES}")


def _check_values(means: Floats, names: Sequence[str], measure: str) -> None:
    missing = [name for name, mean in zip(names, means, strict=True) if not math.isfinite(mean)]
    if missing:
        more = f" and {len(missing) - 1} more points" if len(missing) > 1 else ""
        raise wrong("measure", f"{measure} has no value at {missing[0]}{more}; vary less widely")


def _design(inputs: Sequence[Vary], samples: int, seed: int) -> pd.DataFrame:
    """Return the points: samples A and B, then for each input A with that input's column out of B."""
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    both = qmc.Sobol(2 * len(inputs), scramble=True, rng=rng).random_base2(samples.bit_length() - 1)
    a, b = both[:, : len(inputs)], both[:, len(inputs) :]
    mixed = [np.where(np.arange(len(inputs)) == i, b, a) for i in range(len(inputs))]
    cube = np.concatenate([a, b, *mixed])
    columns = {
        vary.path: pd.Series([vary.at(float(x)) for x in cube[:, i]], dtype=object)
        for i, vary in enumerate(inputs)
    }
    return pd.DataFrame(columns)


def _indices(inputs: Sequence[Vary], means: Floats, samples: int, seed: int) -> pd.DataFrame:
    """Return the table of indices with bootstrap intervals; `means` are in the order of `_design`."""
    blocks = means.reshape(len(inputs) + 2, samples)
    rng = np.random.default_rng(seed)
    first, total = _estimate(blocks)
    again = np.array([_estimate(blocks[:, rng.integers(samples, size=samples)]) for _ in range(RESAMPLES)])
    tail = 0.5 - LEVEL / 2
    low, high = np.quantile(again, [tail, 1 - tail], axis=0)
    rows = [
        {
            "path": vary.path,
            "low": str(vary.at(0.0)),
            "high": str(vary.at(1.0)),
            **{"first": first[i], "first_low": low[0, i], "first_high": high[0, i]},
            **{"total": total[i], "total_low": low[1, i], "total_high": high[1, i]},
        }
        for i, vary in enumerate(inputs)
    ]
    return pd.DataFrame(rows).sort_values("total", ascending=False, kind="stable", ignore_index=True)


def _estimate(blocks: Floats) -> tuple[Floats, Floats]:
    """Return indices of first order and total ones; both are 0 where nothing varies.

    Not `SobolResult.bootstrap`: its resamples cannot be seeded.
    """
    from scipy.stats import sobol_indices

    values: dict[Literal["f_A", "f_B", "f_AB"], Floats]
    values = {"f_A": blocks[:1], "f_B": blocks[1:2], "f_AB": blocks[2:, np.newaxis]}
    found = sobol_indices(func=values, n=blocks.shape[1])
    return found.first_order, found.total_order


def _noise(matrix: Floats) -> tuple[float, float]:
    """Return the variance of a point's mean that is the simulation's own, and what the same customers leave of it.

    `matrix` is points by replications. The second is the residual mean square of the two-way layout over the number
    of replications: what remains once each replication's own height, common to all points, is taken away.
    """
    found = mean_intervals(matrix.T, LEVEL)
    whole = matrix[:, ~np.isnan(matrix).any(axis=0)]
    count, reps = whole.shape
    if reps < 2:
        return float(np.mean(found.std**2 / found.n)), math.nan
    rest = whole - whole.mean(axis=1, keepdims=True) - whole.mean(axis=0) + whole.mean()
    return float(np.mean(found.std**2 / found.n)), float((rest**2).sum() / ((count - 1) * (reps - 1)) / reps)
