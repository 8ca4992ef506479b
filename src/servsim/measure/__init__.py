"""Records → Measures: KPIs, money and targets of one replication, as defined in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE, SCOPES
from ..engine.records import Records
from ..errors import InputError
from ..network.network import Floats, Network
from ..scenario.model import Model
from .facts import facts_of
from .frames import contacts_frame, events_frame
from .periods import FAMILIES, Grid, make_grid
from .sheet import all_measures, scope_names
from .targets import judge, target_text

__all__ = ["Measures", "contacts_frame", "events_frame", "judge", "measure", "target_text"]


@dataclass(frozen=True)
class Measures:
    """All measures of one replication.

    `index` has the columns measure, scope and period (categoricals), one row a number, in the same order for
    every replication of a scenario; `values` stands beside it, NaN where a measure is not defined (nothing to
    divide by). Units are the catalogue's.
    """

    index: pd.DataFrame
    values: Floats

    def value(self, measure: str, scope: str = "total", period: str = "run") -> float:
        """Return one number; raises InputError where there is no such measure, scope or period."""
        columns = {"measure": measure, "scope": scope, "period": period}
        chosen = np.logical_and.reduce(
            [self.index[name].to_numpy() == word for name, word in columns.items()]
        )
        if not chosen.any():
            raise InputError(f"no measure {measure!r} of {scope!r} in {period!r}")
        return float(self.values[chosen][0])


def measure(records: Records, network: Network, model: Model, periods: Sequence[str] = FAMILIES) -> Measures:
    """Measure one replication.

    Args:
        records: what happened.
        network: the scenario as arrays, as the engine saw it.
        model: the scenario, for prices, thresholds and names.
        periods: the families of periods wanted, of run, day and interval.
    """
    grid = make_grid(network, model.clock.start, periods)
    table = all_measures(facts_of(records, network, model, grid))
    blocks = [table[name][kind] for name, entry in CATALOGUE.items() for kind in entry.scopes]
    return Measures(_index(network, grid), np.concatenate([block.ravel() for block in blocks]))


def _index(network: Network, grid: Grid) -> pd.DataFrame:
    """Return what each number is: measures in the order of the catalogue, then scopes, then periods."""
    names = {kind: scope_names(network, kind) for kind in SCOPES}
    scopes = [name for kind in SCOPES for name in names[kind]]
    first = {kind: scopes.index(names[kind][0]) for kind in SCOPES if names[kind]}
    measure_codes, scope_codes = [], []
    for number, entry in enumerate(CATALOGUE.values()):
        for kind in entry.scopes:
            scope_codes += [first[kind] + n for n in range(len(names[kind]))]
            measure_codes += [number] * len(names[kind])
    size = len(grid)
    columns = {
        "measure": (np.repeat(measure_codes, size), list(CATALOGUE)),
        "scope": (np.repeat(scope_codes, size), scopes),
        "period": (np.tile(np.arange(size), len(scope_codes)), list(grid.labels)),
    }
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))
            for name, (codes, words) in columns.items()
        }
    )
