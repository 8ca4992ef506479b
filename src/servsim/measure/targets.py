"""Targets: is each bound of the scenario kept, over the run, each day or each interval?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..network.network import Floats, Ints, Network
from ..scenario.model import Model, Target
from .groups import Table, ratio
from .periods import FAMILIES, Grid
from .service_level import Words, level_names, words_of
from .sheet import scope_names

__all__ = ["judge", "judged_rows", "kept", "target_text"]


def judged_rows(model: Model, grid: Grid) -> pd.DataFrame:
    """Return what is judged in every replication: a row for each target and period.

    Of each target the run, its days and, where it holds for every interval, the intervals. Columns: `target` (number
    from 0), `text` (readable), `family` (run, day or interval), `period`. A target is decided in the family that its
    `every` names; the other rows tell.
    """
    rows = [
        (number, target_text(target), family, grid.labels[period])
        for number, target in enumerate(model.targets)
        for family in _families(target)
        for period in grid.numbers(FAMILIES.index(family))
    ]
    frame = pd.DataFrame(rows, columns=["target", "text", "family", "period"])
    return frame.astype({"target": "int64", "text": "str", "family": "str", "period": "str"})


def judge(table: Table, network: Network, model: Model, grid: Grid) -> Floats:
    """Return the targets' measures in one replication, a value for each of the `judged_rows`.

    Args:
        table: all measures and the sums behind them, in the periods of all families.
        network: the scenario as arrays, for the names of scopes.
        model: the scenario, for its targets.
        grid: the periods.
    """
    parts = []
    for target in model.targets:
        values = _values(target, table, network)
        parts += [values[grid.numbers(FAMILIES.index(family))] for family in _families(target)]
    return np.concatenate(parts) if parts else np.zeros(0)


def kept(model: Model, targets: Ints, values: Floats) -> Floats:
    """Return, for each value of a target, 1 if the bound is kept, 0 if not, NaN if there is no value."""
    low = np.array([-np.inf if target.at_least is None else target.at_least for target in model.targets])
    high = np.array([np.inf if target.at_most is None else target.at_most for target in model.targets])
    inside = (low[targets] <= values) & (values <= high[targets])
    return np.where(np.isnan(values), np.nan, inside.astype(np.float64))


def _families(target: Target) -> tuple[str, ...]:
    return FAMILIES if target.every == "interval" else FAMILIES[:2]


def target_text(target: Target) -> str:
    """Return a target in words, like `service_level channel:phone within 20 s >= 80% every day`."""
    words = [target.measure, f"{target.scope}:{target.name}" if target.name else target.scope]
    if target.within is not None:
        words.append(f"within {target.within:.12g} s")
    if target.abandoned is not None:
        words.append(f"abandoned {target.abandoned}")
    if target.blocked is not None:
        words.append(f"blocked {target.blocked}")
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
