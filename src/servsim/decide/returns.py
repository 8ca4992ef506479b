"""What a return on investment comes to: tables, and the answer in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..study.plotting import plots_of
from ..study.result import jsonable
from ..words import amount

__all__ = ["SHARES", "Returns", "chance_text"]

SHARES = {"labour_share": ("cost_labour", "cost"), "automation_share": ("contained", "resolved")}


@dataclass(frozen=True)
class Returns:
    """What a change brings in against what it costs.

    Attributes:
        scenario: name of the what-if.
        base: name of the scenario that it is weighed against.
        currency: their currency.
        seed: seed of the random numbers.
        reps: number of replications of each scenario.
        level: confidence level.
        horizon: months looked at.
        discount: interest a year.
        contingency: reserve on one-off costs.
        growth: growth of the volume a year.
        volume: `linear` or `simulate`: how the volume was made to grow.
        spans: how many times the measured time of a replication fits into a month.
        goal: return wanted; None where none is.
        one_off: money paid once, contingency included.
        running: money paid month by month over the horizon.
        before: labour_share and automation_share of the base.
        months: a row a month: month, phase, year (from 0), effect, one_off, running, saving, saving_low, saving_high,
            cumulated (saving less all costs so far), cumulated_low, cumulated_high; low and high are 95 % intervals of
            the expected amount.
        phases: a row a phase: phase, first, last (months), effect (mean), one_off, running, saving, and of labour_share
            and automation_share the value and its half-width.
        outcome: a row each for roi, npv, payback and saving: measure, mean, low, high (the expected value and its 95 %
            interval: how well it is known), range_low, range_high (in this range it falls with 95 %: chance included).
            A payback that lies beyond the horizon is NaN.
        chances: event, text, probability.
        missed: targets that the what-if surely misses, in words.
        whole_weeks: whether the measured time holds every day of the week equally often.
    """

    scenario: str
    base: str
    currency: str
    seed: int
    reps: int
    level: float
    horizon: int
    discount: float
    contingency: float
    growth: float
    volume: str
    spans: float
    goal: float | None
    one_off: float
    running: float
    before: Mapping[str, float]
    months: pd.DataFrame = field(repr=False)
    phases: pd.DataFrame = field(repr=False)
    outcome: pd.DataFrame = field(repr=False)
    chances: pd.DataFrame = field(repr=False)
    missed: tuple[str, ...] = ()
    whole_weeks: bool = True

    @property
    def invested(self) -> float:
        """All that the change costs over the horizon: one-off and running costs."""
        return self.one_off + self.running

    @property
    def plot(self) -> Any:
        """The plots of this return: `plot.names` lists them, see docs/plots.md."""
        return plots_of("ReturnsPlots", self)

    def value(self, measure: str) -> Mapping[str, float]:
        """Return the row of `outcome` of roi, npv, payback or saving. Raises KeyError for any other word."""
        rows = self.outcome[self.outcome["measure"] == measure]
        if rows.empty:
            raise KeyError(f"no outcome is named {measure!r}; there are roi, npv, payback, saving")
        return {str(name): float(value) for name, value in rows.iloc[0].items() if name != "measure"}

    def chance(self, event: str) -> float:
        """Return the probability of pays, worth or, where there is one, goal. Raises KeyError for any other word."""
        rows = self.chances[self.chances["event"] == event]
        if rows.empty:
            raise KeyError(f"no event is named {event!r}; there are {', '.join(self.chances['event'])}")
        return float(rows["probability"].iloc[0])

    def verdict(self) -> str:
        """Return the answer in plain words, a sentence a line."""
        return "\n".join(_sentences(self))

    def summary(self) -> dict[str, Any]:
        """Return everything as plain data for JSON: numbers that do not exist are None."""
        tables = ("months", "phases", "outcome", "chances")
        about = {name: part for name, part in vars(self).items() if name not in tables}
        rows = {name: getattr(self, name).to_dict("records") for name in tables}
        found: dict[str, Any] = jsonable(
            {**about, "invested": self.invested, "verdict": self.verdict().splitlines(), **rows}
        )
        return found


def _sentences(found: Returns) -> Iterator[str]:
    """Yield the sentences of the verdict."""
    roi, npv = found.value("roi"), found.value("npv")
    pays = (
        "It pays"
        if roi["low"] > 0
        else "It does not pay"
        if roi["high"] < 0
        else "One cannot tell whether it pays"
    )
    unit = f" {found.currency}" if found.currency else ""
    limits = f"({found.level * 100:g} %: {roi['low']:.2f} … {roi['high']:.2f})"
    brings = f"1{unit} invested brings back {1 + roi['mean']:.2f}{unit}"
    if roi["mean"] < -1:
        brings = "it costs more than the base, even without what it takes to bring it about"
    yield f"{pays}: within {found.horizon} months {brings}, a return of {roi['mean']:.2f} {limits}."
    yield _payback(found)
    mean, low, high = (amount(npv[name], "money") for name in ("mean", "low", "high"))
    limits = f"({found.level * 100:g} %: {low} … {high})"
    yield f"Its net present value at {found.discount * 100:g} % a year is {mean}{unit} {limits}."
    yield (
        f"With the luck of the months the return falls between {roi['range_low']:.2f} and {roi['range_high']:.2f} with "
        f"{found.level * 100:g} %; {'; '.join(_chances(found))}."
    )
    yield "All this takes the scenarios' assumptions as true; `servsim sensitivity` shows what hangs on them."
    if found.missed:
        yield f"With the change these targets are missed: {'; '.join(found.missed)}."
    if not found.whole_weeks:
        yield (
            f"Mind that the measured time is not whole weeks and is taken {found.spans:.3g} times a month: "
            "days of the week that it leaves out count as if they were like those in it."
        )
    yield from _shares(found)


def _payback(found: Returns) -> str:
    row = found.value("payback")
    mean, low, high = (_month(row[name], found.horizon) for name in ("mean", "low", "high"))
    limits = f" ({found.level * 100:g} %: {low} … {high})"
    if math.isnan(row["mean"]):
        limits = "" if math.isnan(row["low"]) else limits
        return f"What is expected does not pay it back within {found.horizon} months{limits}."
    return f"It is paid back for good in month {mean}{limits}."


def _month(month: float, horizon: int) -> str:
    return f"after {horizon}" if math.isnan(month) else f"{month:.0f}"


def _chances(found: Returns) -> Iterator[str]:
    for text, probability in zip(found.chances["text"], found.chances["probability"], strict=True):
        yield f"{text}: {chance_text(probability)}"


def chance_text(probability: float) -> str:
    """Return a probability in whole percent; one that is all but 0 or 1 as `below 1 %` or `above 99 %`."""
    if probability < 0.01:
        return "below 1 %"
    return "above 99 %" if probability > 0.99 else f"{probability * 100:.0f} %"


def _shares(found: Returns) -> Iterator[str]:
    """Yield what becomes of the share of labour and of automation from the base to the last phase."""
    last = found.phases.iloc[-1]
    words = {
        "labour_share": "Labour's share of the cost",
        "automation_share": "The share that bots settle alone",
    }
    for name, said in words.items():
        before, after = found.before[name], float(last[name])
        if math.isfinite(before) and math.isfinite(after) and (before or after):
            shares = f"{amount(before, 'share')} to {amount(after, 'share')}"
            yield f"{said} goes from {shares} (phase {last['phase']!r})."
