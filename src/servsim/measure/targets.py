"""Targets: is each bound of the scenario kept, over the run, each day or each interval?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..engine.records import Records
from ..network.network import Floats, Network
from ..scenario.model import Model, Target
from .facts import Facts, facts_of
from .groups import Table
from .periods import make_grid
from .queues import stays_by_queue
from .service_level import Words, by_kind, judge_contacts, judge_stays
from .sheet import all_measures, scope_names

__all__ = ["judge", "target_text"]


def judge(records: Records, network: Network, model: Model) -> pd.DataFrame:
    """Judge the scenario's targets in one replication.

    Returns:
        For each target a row for the run and, where it holds for every day or interval, one for each of these:
        `target` (number from 0), `text` (readable), `period`, `value` (of the measure in the period; NaN where it
        is not defined), `met` (1 if the bound is kept, 0 if not; NaN where there is no value, and for the run of
        a target that holds for shorter periods).
    """
    rows: list[tuple[int, str, str, float, float]] = []
    families = ["run", *sorted({target.every for target in model.targets} - {"run"})]
    if model.targets:
        facts = facts_of(records, network, model, make_grid(network, model.clock.start, families))
        table = all_measures(facts)
        spans = dict(zip(families, zip(facts.grid.offsets, facts.grid.edges, strict=True), strict=True))
    for number, target in enumerate(model.targets):
        values, text = _values(target, facts, table), target_text(target)
        offset, edges = spans[target.every]
        if target.every != "run":
            rows.append((number, text, "run", float(values[0]), np.nan))
        for period in range(offset, offset + len(edges) - 1):
            value = float(values[period])
            rows.append((number, text, facts.grid.labels[period], value, _kept(target, value)))
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


def _values(target: Target, facts: Facts, table: Table) -> Floats:
    """Return the target's measure in all periods."""
    row = 0
    if target.scope != "total":
        row = scope_names(facts.network, target.scope).index(f"{target.scope}:{target.name}")
    found = table[target.measure][target.scope]
    if target.within is not None or target.abandoned is not None:
        words = Words(target.within, target.abandoned)
        if target.scope == "queue":
            found = by_kind(stays_by_queue(facts), judge_stays(facts, words))["queue"]
        else:
            found = by_kind(facts.by_contact, judge_contacts(facts, words))[target.scope]
    values: Floats = found[row]
    return values


def _kept(target: Target, value: float) -> float:
    """Return 1 if a value keeps the bound, 0 if not, NaN if there is none."""
    if np.isnan(value):
        return np.nan
    low = -np.inf if target.at_least is None else target.at_least
    high = np.inf if target.at_most is None else target.at_most
    return float(low <= value <= high)
