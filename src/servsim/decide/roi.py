"""Return on investment: what a what-if saves, phase by phase, against what it costs to bring it about.

A replication is a sample of some days. What it costs less than the base on the same customers, times the number of such
spans in a month, times the share of the contacts that get the what-if (the effect), is the month's saving. The mean
over replications is the expected saving, and its t interval says how well that is known. A year holds many spans, whose
luck evens out, but not the error of the mean: `cash.draw_outcomes` draws what may come out from both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from ..errors import InputError, Problem
from ..scenario import Scenario
from ..scenario.changes import base_of
from ..scenario.load import load
from ..scenario.roi import Roi
from ..stats import mean_interval, mean_intervals
from ..study import Result
from ..study.clock import whole_weeks
from ..study.compare import check_comparable
from ..study.result import LEVEL
from ..units import MONTH
from .asking import Asked, Floats, Settings, as_scenario, asking
from .cash import draw_outcomes, monthly, npv, payback, plan_of, volumes
from .returns import SHARES, Returns

__all__ = ["roi"]

MOST_SPANS = 100_000  # measured times in the horizon, each of which is drawn for every outcome
OUTCOMES = 4000  # drawn; a probability is then known to 0.8 percentage points or better


def roi(
    scenario: Scenario | str | Path,
    *,
    base: Scenario | str | Path | None = None,
    reps: int = 20,
    runner: Asked | None = None,
    **settings: Unpack[Settings],
) -> Returns:
    """Return what a what-if with a `roi` part brings in against what it costs.

    Args:
        scenario: the what-if, or the name of its file.
        base: the scenario as it is; None for the one that the file with the `roi` part extends.
        reps: number of replications of each scenario, 2 or more.
        runner: who is asked; None for a new one with `settings`: seed, engine, max_visits, jobs, cluster, store,
            progress, as `servsim.study.runner.Runner` takes them.

    Raises:
        InputError: a scenario is wrong, has no `roi` part or no base, or the two cannot be compared.
        RunError: a replication could not be finished.
        ValueError: reps is out of range.

    Source: net present value of an ordinary annuity, Brealey, Myers, Allen, Principles of Corporate Finance, chapter 2;
    paired differences, Law, 5th ed., section 10.2.1; shares as ratios of means, Cochran 1977, Sampling Techniques,
    section 2.11; what may come out: see `cash.draw_outcomes`.
    """
    if isinstance(reps, bool) or not isinstance(reps, int | np.integer) or reps < 2:
        raise ValueError(f"reps is {reps!r}: must be a whole number, 2 or more")
    scenario = as_scenario(scenario)
    terms = scenario.model.roi
    if terms is None:
        raise _wrong(scenario, "is required: phases with their costs and effects; see docs/roi.md")
    against = _base(scenario) if base is None else as_scenario(base)
    check_comparable((against.name, scenario.name), (against, scenario), 0)
    _check_spans(scenario, terms)
    with asking(runner, settings) as asked:
        years = _Years(asked, against, scenario, terms, reps)
    return _returns(scenario, against, terms, years, reps)


def _wrong(scenario: Scenario, message: str) -> InputError:
    return InputError([Problem(str(scenario.source), 0, 0, "roi", message)])


def _check_spans(scenario: Scenario, terms: Roi) -> None:
    """Raise InputError where the measured time is so short that drawing the months would take for ever."""
    measured = scenario.model.clock.length - scenario.model.clock.warmup
    count = MONTH / measured * terms.horizon
    if count > MOST_SPANS:
        raise _wrong(
            scenario,
            f"the measured time of {measured:g} s is taken {count:,.0f} times in {terms.horizon} months, more than "
            f"{MOST_SPANS:,}; measure a day or more (clock.length, clock.warmup)",
        )


def _base(scenario: Scenario) -> Scenario:
    """Load the scenario that the what-if is weighed against."""
    file = base_of(scenario.source)
    if file is None:
        raise _wrong(
            scenario, "there is no scenario that this one extends; name the base: --base FILE (base=)"
        )
    return load(file, allow_outside=scenario.allow_outside)


class _Years:
    """Results of both scenarios at every year's volume."""

    def __init__(self, asked: Asked, base: Scenario, what_if: Scenario, terms: Roi, reps: int) -> None:
        volume = volumes(terms)
        if terms.volume == "simulate":
            scenarios = [_grown(one, float(factor)) for one in (base, what_if) for factor in volume]
            found = asked.results(scenarios, reps)
            self._base, self._what_if = found[: len(volume)], found[len(volume) :]
            self._factor = np.ones(len(volume))
        else:
            found = asked.results([base, what_if], reps)
            self._base, self._what_if = found[:1] * len(volume), found[1:] * len(volume)
            self._factor = volume
        self.seed = found[0].seed
        targets = self._what_if[0].targets
        self.missed = tuple(targets.loc[targets["verdict"] == "missed", "text"])

    def base(self, measure: str) -> Floats:
        """Return a measure of the base: years by replications."""
        return self._of(self._base, measure)

    def what_if(self, measure: str) -> Floats:
        """Return a measure of the what-if: years by replications."""
        return self._of(self._what_if, measure)

    def _of(self, results: Sequence[Result], measure: str) -> Floats:
        values = np.array([result.sample(measure) for result in results], dtype=np.float64)
        scaled: Floats = values * self._factor[:, np.newaxis]
        return scaled


def _grown(scenario: Scenario, factor: float) -> Scenario:
    """Return a scenario with another volume on all its channels."""
    if factor == 1:
        return scenario
    channels = scenario.model.channels
    try:
        return scenario.with_(
            {
                f"channels.{name}.arrivals.scale": part.arrivals.scale * factor
                for name, part in channels.items()
            }
        )
    except InputError as error:
        told = [
            f"{scenario.name!r} cannot grow by simulation ({p.path}: {p.message})" for p in error.problems
        ]
        raise InputError([Problem(str(scenario.source), 0, 0, "roi.volume", text) for text in told]) from None


def _returns(scenario: Scenario, base: Scenario, terms: Roi, years: _Years, reps: int) -> Returns:
    """Put money and savings together."""
    clock = scenario.model.clock
    spans = MONTH / (clock.length - clock.warmup)
    plan = plan_of(terms)
    per_span = years.base("cost") - years.what_if("cost")
    effect, year = plan["effect"].to_numpy(), plan["year"].to_numpy()
    saving = monthly(per_span, year, spans) * effect
    rng = np.random.default_rng(years.seed)
    drawn = np.concatenate([block * effect for block in draw_outcomes(per_span, year, spans, OUTCOMES, rng)])
    outcome, chances = _outcome(plan, saving, drawn, terms)
    return Returns(
        scenario=scenario.name,
        base=base.name,
        currency=scenario.model.currency,
        seed=years.seed,
        reps=int(reps),
        level=LEVEL,
        horizon=terms.horizon,
        discount=terms.discount,
        contingency=terms.contingency,
        growth=terms.volume_growth,
        volume=terms.volume,
        spans=spans,
        goal=terms.goal,
        one_off=float(plan["one_off"].sum()),
        running=float(plan["running"].sum()),
        before={
            name: _ratio(years.base(above)[0], years.base(below)[0])[0]
            for name, (above, below) in SHARES.items()
        },
        months=_months(plan, saving),
        phases=_phases(plan, saving, years),
        outcome=outcome,
        chances=chances,
        missed=years.missed,
        whole_weeks=whole_weeks(scenario.model),
    )


def _net(plan: pd.DataFrame, saving: Floats) -> Floats:
    """Return savings less costs, cumulated over the months."""
    costs = (plan["one_off"] + plan["running"]).to_numpy()
    net: Floats = np.cumsum(saving - costs, axis=-1)
    return net


def _outcome(
    plan: pd.DataFrame, saving: Floats, drawn: Floats, terms: Roi
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `outcome` and `chances`; `saving` is replications, `drawn` outcomes by months."""
    invested = float((plan["one_off"] + plan["running"]).sum())

    def figures(months: Floats) -> dict[str, Floats]:
        total = months.sum(axis=1)
        worth = npv(plan, months, terms.discount)
        return {"roi": (total - invested) / invested, "npv": worth, "saving": total}

    expected, possible = figures(saving), figures(drawn)
    rows = []
    for name in ("roi", "npv", "payback", "saving"):
        if name == "payback":
            found = _payback_interval(_net(plan, saving))
            low, high = _range(np.nan_to_num(payback(_net(plan, drawn)), nan=np.inf))
        else:
            interval = mean_interval(expected[name], LEVEL)
            found = (interval.mean, interval.low, interval.high)
            low, high = _range(possible[name])
        numbers = (*found, low, high)
        columns = ("mean", "low", "high", "range_low", "range_high")
        rows.append({"measure": name, **dict(zip(columns, numbers, strict=True))})
    table = pd.DataFrame(rows).replace(np.inf, np.nan)
    events = [("pays", f"paid back within {terms.horizon} months", possible["roi"] >= 0)]
    events += [("worth", "net present value above zero", possible["npv"] >= 0)]
    if terms.goal is not None:
        events.append(("goal", f"a return of {terms.goal:g} or more", possible["roi"] >= terms.goal))
    chances = [
        {"event": event, "text": text, "probability": float(kept.mean())} for event, text, kept in events
    ]
    return table, pd.DataFrame(chances)


def _range(values: Floats) -> tuple[float, float]:
    """Return the range that holds the middle 95 % of values; it ends at values that are there."""
    tail = 0.5 - LEVEL / 2
    low, high = np.quantile(values, [tail, 1 - tail], method="nearest")
    return float(low), float(high)


def _payback_interval(cumulated: Floats) -> tuple[float, float, float]:
    """Return the month at which the expected sum has come back, and those of the ends of its interval."""
    found = mean_intervals(cumulated, LEVEL)
    mean, early, late = payback(
        np.array([found.mean, found.mean + found.half_width, found.mean - found.half_width])
    )
    return float(mean), float(early), float(late)


def _months(plan: pd.DataFrame, saving: Floats) -> pd.DataFrame:
    """Return the table `months`."""
    table = plan.drop(columns="number")
    for name, values in (("saving", saving), ("cumulated", _net(plan, saving))):
        found = mean_intervals(values, LEVEL)
        table[name] = found.mean
        table[f"{name}_low"], table[f"{name}_high"] = (
            found.mean - found.half_width,
            found.mean + found.half_width,
        )
    return table


def _phases(plan: pd.DataFrame, saving: Floats, years: _Years) -> pd.DataFrame:
    """Return the table `phases`."""
    rows = []
    for _, part in plan.groupby("number", sort=True):
        row = {
            "phase": part["phase"].iloc[0],
            "first": int(part["month"].iloc[0]),
            "last": int(part["month"].iloc[-1]),
            "effect": part["effect"].mean(),
            "one_off": part["one_off"].sum(),
            "running": part["running"].sum(),
            "saving": saving[:, part.index].sum(axis=1).mean(),
        }
        for name, measures in SHARES.items():
            above, below = (_mixed(part, years.base(measure), years.what_if(measure)) for measure in measures)
            row[name], row[f"{name}_half_width"] = _ratio(above, below)
        rows.append(row)
    return pd.DataFrame(rows)


def _mixed(part: pd.DataFrame, base: Floats, what_if: Floats) -> Floats:
    """Return a sum over some months in every replication, of the base and the what-if by the share that gets it."""
    effect, year = part["effect"].to_numpy(), part["year"].to_numpy()
    mixed: Floats = (1 - effect) @ base[year] + effect @ what_if[year]
    return mixed


def _ratio(above: Floats, below: Floats) -> tuple[float, float]:
    """Return the ratio of two sums over replications and the half-width of its interval; NaN where there is none."""
    if not below.mean() > 0:
        return float("nan"), float("nan")
    ratio = float(above.mean() / below.mean())
    return ratio, mean_interval(above - ratio * below, LEVEL).half_width / float(below.mean())
