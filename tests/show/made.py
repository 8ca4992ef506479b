"""Tables made by hand, whose numbers are known, and one small run of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

HALF = 0.125  # half-width of every made-up interval, as a share of the mean

Value = Callable[[int], float]  # of the number of a period


def periods(days: Sequence[str] = ("2026-03-02",), minutes: int = 30) -> list[str]:
    """Return the labels of the run, its days and their intervals."""
    times = [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, minutes)]
    return ["run", *days, *(f"{day} {time}" for day in days for time in times)]


def intervals(
    values: Mapping[tuple[str, str], Value | float],
    days: Sequence[str] = ("2026-03-02",),
    minutes: int = 30,
) -> pd.DataFrame:
    """Return a table of intervals; a value is for all periods, or a function of the number of the interval or day."""
    labels = periods(days, minutes)
    rows = []
    for (measure, scope), value in values.items():
        for number, period in enumerate(labels):
            at = number - 1 - len(days) if " " in period else number - 1
            mean = float(value(at) if callable(value) else value)
            half = abs(mean) * HALF
            rows.append((measure, scope, period, mean, half, mean - half, mean + half, 5, half))
    columns = ["measure", "scope", "period", "mean", "half_width", "low", "high", "n", "std"]
    return pd.DataFrame(rows, columns=columns)


def contacts(waits: Mapping[str, Sequence[Sequence[float]]]) -> pd.DataFrame:
    """Return contacts: for each channel, for each replication, the waits (NaN: came to no queue)."""
    rows = [
        (replication, channel, customer, wait)
        for channel, replications in waits.items()
        for replication, group in enumerate(replications, 1)
        for customer, wait in enumerate(group)
    ]
    table = pd.DataFrame(rows, columns=["replication", "channel", "customer", "wait"])
    return table.assign(home=table["channel"], attempt=1, end="resolved", arrived=0.0)


def visits(rows: Sequence[tuple[str, str, str | None, float, float, float, float]]) -> pd.DataFrame:
    """Return events of one replication: case, activity, resource, enqueued, start, end, freed."""
    columns = ["case", "activity", "resource", "enqueued", "start", "end", "freed"]
    return pd.DataFrame(rows, columns=columns).assign(replication=1)


def differences(rows: Sequence[tuple[str, str, float, float, float]]) -> pd.DataFrame:
    """Return differences of the whole run: scenario, measure, base, difference, half_width."""
    table = pd.DataFrame(rows, columns=["scenario", "measure", "base", "difference", "half_width"])
    low, high = table["difference"] - table["half_width"], table["difference"] + table["half_width"]
    return table.assign(
        scope="total", period="run", value=table["base"] + table["difference"], low=low, high=high
    )


def costs(scenarios: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return intervals of costs: for each scenario its kinds; `cost` is their sum."""
    parts = []
    for name, kinds in scenarios.items():
        whole = {**kinds, "cost": sum(kinds.values())}
        table = intervals({(kind, "total"): value for kind, value in whole.items()})
        parts.append(table[table["period"] == "run"].assign(scenario=name))
    return pd.concat(parts, ignore_index=True)


def points(values: Sequence[tuple[str, float]], unit: str = "") -> pd.DataFrame:
    """Return the points of a sweep: value as text, mean."""
    table = pd.DataFrame(values, columns=["value", "mean"])
    number = pd.to_numeric(table["value"], errors="coerce")
    return table.assign(number=number, unit=unit, low=table["mean"] - 1, high=table["mean"] + 1)


def swings(rows: Sequence[tuple[str, float, float]], base: float = 100.0) -> pd.DataFrame:
    """Return the table of a tornado: path, difference at the low and at the high end."""
    table = pd.DataFrame(rows, columns=["path", "low_difference", "high_difference"])
    swing = np.ptp(np.c_[np.zeros(len(table)), table[["low_difference", "high_difference"]]], axis=1)
    return table.assign(
        low="1/h", high="2/h", low_half_width=1.0, high_half_width=1.0, swing=swing, base=base
    )
