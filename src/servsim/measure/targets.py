"""Targets: is each bound of the scenario kept, over the run, each day or each interval?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..network.network import Floats, Network
from ..scenario.model import Model, Target
from .groups import Table, ratio
from .periods import FAMILIES, Grid
from .service_level import Words, level_names, words_of
from .sheet import scope_names

__all__ = ["judge", "target_text"]


def judge(table: Table, network: Network, model: Model, grid: Grid) -> pd.DataFrame:
    """Judge the scenario's targets in one replication.

    Args:
        table: all measures and the sums behind them, in the periods of all families.
        network: the scenario as arrays, for the names of scopes.
        model: the scenario, for its targets.
        grid: the periods.

    Returns:
        For each target a row for the run and, where it holds for every day or interval, one for each of these:
        `target` (number from 0), `text` (readable), `period`, `value` (of the measure in the period; NaN where it
        is not defined), `met` (1 if the bound is kept, 0 if not; NaN where there is no value, and for the run of
        a target that holds for shorter periods).
    """
    rows: list[tuple[int, str, str, float, float]] = []
    for number, target in enumerate(model.targets):
        values, text = _values(target, table, network), target_text(target)
        if target.every != "run":
            rows.append((number, text, "run", float(values[0]), np.nan))
        for period in grid.numbers(FAMILIES.index(target.every)):
            value = float(values[period])
            rows.append((number, text, grid.labels[period], value, _kept(target, value)))
    frame = pd.DataFrame(rows, columns=["target", "text", "period", "value", "met"])
    return frame.astype(
        {"target": "int64", "text": "str", "period": "str", "value": "float64", "met": "float64"}
    )


def target_text(target: Target) -> str:
    """Return a target in words, like `service_level channel:phone within 20 s >= 80% every day`."""
    words = [target.measure, f"{target.scope}:{target.name}" if target.name else target.scope]
    if target.within is not None:
        words.append(f"within {target.within:.12g} s")
    if target.abandoned is not None:
        words.append(f"abandoned {target.abandoned}")
    sign, bound = (">=", target.at_least) if target.at_least is not None else ("<=", target.at_most)
    assert bound is not None  # a target has exactly one bound
    unit = CATALOGUE[target.measure].unit
    shown = f"{bound * 100:.12g}%" if unit == "share" else f"{bound:.12g}" + (" s" if unit == "s" else "")
    words += [sign, shown] + ([f"every {target.every}"] if target.every != "run" else [])
    return " ".join(words)


def _values(target: Target, table: Table, network: Network) -> Floats:
    """Return the target's measure in all periods."""
    row = 0
    if target.scope != "total":
        row = scope_names(network, target.scope).index(f"{target.scope}:{target.name}")
    words = words_of(target)
    if words != Words():
        good, counted = (table[name][target.scope][row] for name in level_names(words))
        return ratio(good, counted)
    values: Floats = table[target.measure][target.scope][row]
    return values


def _kept(target: Target, value: float) -> float:
    """Return 1 if a value keeps the bound, 0 if not, NaN if there is none."""
    if np.isnan(value):
        return np.nan
    low = -np.inf if target.at_least is None else target.at_least
    high = np.inf if target.at_most is None else target.at_most
    return float(low <= value <= high)
