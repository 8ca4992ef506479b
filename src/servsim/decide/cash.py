"""The arithmetic of a return: money month by month, what it is worth today, when it has come back.

Nothing here is simulated or random but `draw_outcomes`, which draws from what it is given. Money falls at two moments
only: one-off costs at the beginning of a month, running costs and savings at its end (an ordinary annuity:
Brealey, Myers, Allen, Principles of Corporate Finance, chapter 2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..scenario.roi import Ramp, Roi
from .asking import Floats

__all__ = ["discounting", "draw_outcomes", "monthly", "npv", "payback", "plan_of", "volumes"]

YEAR = 12  # months
AT_ONCE = 4_000_000  # numbers held at a time while outcomes are drawn
ROUNDING = 1e-9  # of the greatest sum: so far below zero a sum may lie and still be zero


def plan_of(roi: Roi) -> pd.DataFrame:
    """Return the months of a plan.

    Columns: month (from 1), phase (its name), number (of the phase, from 0), year (from 0), effect (share of the
    contacts that get the what-if, the mean over the month), one_off (contingency included), running.
    """
    lengths = [phase.length or 0 for phase in roi.phases[:-1]]
    lengths.append(roi.horizon - sum(lengths))
    rows = []
    for number, (phase, length) in enumerate(zip(roi.phases, lengths, strict=True)):
        for k in range(length):
            rows.append(
                {
                    "phase": phase.name,
                    "number": number,
                    "effect": _effect(phase.effect, k, length),
                    "one_off": phase.one_off * (1 + roi.contingency) if k == 0 else 0.0,
                    "running": phase.running,
                }
            )
    table = pd.DataFrame(rows)
    months = np.arange(1, roi.horizon + 1)
    table.insert(0, "month", months)
    table.insert(3, "year", (months - 1) // YEAR)
    return table


def _effect(ramp: Ramp, k: int, length: int) -> float:
    """Return the mean over month k (from 0) of a straight line over the phase."""
    return ramp.start + (ramp.end - ramp.start) * (k + 0.5) / length


def volumes(roi: Roi) -> Floats:
    """Return the volume of every year of the plan against that of the scenarios, which is the first year's."""
    years = np.arange(math.ceil(roi.horizon / YEAR), dtype=np.float64)
    return (1 + roi.volume_growth) ** years


def discounting(discount: float, months: int) -> tuple[Floats, Floats]:
    """Return what 1 at the beginning, and at the end, of each month is worth at the beginning of the first.

    `discount` is the interest a year, compounded: (1 + discount) ** (months / 12) a number of months.
    """
    at = (1 + discount) ** (-np.arange(months + 1) / YEAR)
    return at[:-1], at[1:]


def npv(plan: pd.DataFrame, saving: Floats, discount: float) -> Floats:
    """Return net present values, of savings whose last axis is the months of the plan."""
    begin, end = discounting(discount, len(plan))
    paid = plan["one_off"].to_numpy() @ begin + plan["running"].to_numpy() @ end
    worth: Floats = saving @ end - paid
    return worth


def payback(cumulated: Floats) -> Floats:
    """Return the first month (from 1) from which on a sum is zero or more for good; NaN where there is none.

    The last axis is the months. What lies below zero by rounding alone counts as zero.
    """
    slack = ROUNDING * np.abs(cumulated).max(axis=-1, keepdims=True)
    below = cumulated < -slack
    months = below.shape[-1]
    last = months - np.argmax(below[..., ::-1], axis=-1)  # the last month below, where there is one
    month = np.where(below.any(axis=-1), last + 1.0, 1.0)
    return np.where(month > months, np.nan, month)


def monthly(per_span: Floats, years: Floats, spans: float) -> Floats:
    """Return replications by months, from years by replications: each month holds `spans` of the replication's span."""
    found: Floats = per_span[years.astype(np.int64)].T * spans
    return found


def draw_outcomes(
    per_span: Floats, years: Floats, spans: float, count: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Yield what may come out, in blocks: outcomes by months, before the effect.

    Args:
        per_span: years by replications: what each replication, a span of simulated time, gave at each year's volume.
        years: year of every month, from 0.
        spans: spans in a month.
        count: number of outcomes.
        rng: where luck comes from.

    In each outcome the spans that follow one another are drawn from the replications with replacement (Efron 1979,
    Annals of Statistics 7(1)), their deviations from the mean stretched by sqrt(n / (n - 1)) so that their variance is
    the unbiased one. As the mean itself is known from n replications only, it is off by an error common to all spans
    of the outcome, drawn from Student's t with n - 1 degrees of freedom: normal theory, as for a prediction interval
    (Hahn and Meeker 1991, Statistical Intervals, chapter 4).
    """
    reps = per_span.shape[1]
    mean = per_span.mean(axis=1, keepdims=True)
    deviations = (per_span - mean) * math.sqrt(reps / (reps - 1))
    edges: Floats = np.arange(len(years) + 1, dtype=np.float64) * spans
    block = max(1, min(count, AT_ONCE // math.ceil(edges[-1] + 1)))
    for begin in range(0, count, block):
        size = min(block, count - begin)
        error = _errors_of_mean(deviations, size, rng)
        months = np.empty((size, len(years)))
        drawn = rng.integers(reps, size=(size, math.ceil(edges[-1])))
        for year in range(len(per_span)):
            own = np.flatnonzero(years == year)
            sums = _sums(deviations[year], drawn, edges[own[0] : own[-1] + 2])
            months[:, own] = sums + (mean[year] + error[:, year, np.newaxis]) * spans
        yield months


def _errors_of_mean(deviations: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return draws (count by years) from the multivariate t of the error of the means.

    Normal weights on the deviations give exactly their covariance, however many years there are.
    """
    reps = deviations.shape[1]
    normal = rng.standard_normal((count, reps)) @ deviations.T / reps
    wide = np.sqrt((reps - 1) / rng.chisquare(reps - 1, size=(count, 1)))
    error: Floats = normal * wide
    return error


def _sums(values: Floats, drawn: npt.NDArray[np.int64], edges: Floats) -> Floats:
    """Return sums over months, from edge to edge counted in spans; a span that an edge cuts goes to both in parts."""
    first, last = math.floor(edges[0]), math.ceil(edges[-1])
    spans = values[drawn[:, first:last]]
    before = np.concatenate([np.zeros((len(spans), 1)), np.cumsum(spans, axis=1)], axis=1)
    place = edges - first
    whole = np.minimum(np.floor(place).astype(np.int64), spans.shape[1] - 1)
    total = before[:, whole] + (place - whole) * spans[:, whole]
    sums: Floats = np.diff(total, axis=1)
    return sums
