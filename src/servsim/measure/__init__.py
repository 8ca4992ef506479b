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
from .periods import FAMILIES, check_families, make_grid
from .sheet import Sheet, scope_names
from .targets import judge, target_text

__all__ = ["Measures", "Measuring", "contacts_frame", "events_frame", "measure", "target_text"]


@dataclass(frozen=True)
class Measures:
    """All measures of one replication.

    `index` has the columns measure, scope and period (categoricals), one row a number, in the same order for
    every replication of a scenario; `values` stands beside it, NaN where a measure is not defined (nothing to
    divide by). Units are the catalogue's. `judged` says whether the scenario's targets are kept: a table with the
    columns target, text, period, value and met (see `targets.judge`).
    """

    index: pd.DataFrame
    values: Floats
    judged: pd.DataFrame

    def value(self, measure: str, scope: str = "total", period: str = "run") -> float:
        """Return one number; raises InputError where there is no such measure, scope or period."""
        columns = {"measure": measure, "scope": scope, "period": period}
        chosen = np.logical_and.reduce(
            [self.index[name].to_numpy() == word for name, word in columns.items()]
        )
        if not chosen.any():
            raise InputError(f"no measure {measure!r} of {scope!r} in {period!r}")
        return float(self.values[chosen][0])


class Measuring:
    """Measures one replication, whose records may come in parts.

    What it gives has the same bits however the records were cut. Of a contact it keeps what exact quantiles need:
    12 bytes for its wait, as many for its cycle time and for each of its waits at a queue.

    Args:
        network: the scenario as arrays, as the engine saw it.
        model: the scenario, for prices, thresholds, targets and names.
        periods: the families of periods wanted, of run, day and interval. Targets are judged in theirs all the same.

    Raises:
        InputError: a family has another name or stands twice.
    """

    def __init__(self, network: Network, model: Model, periods: Sequence[str] = FAMILIES) -> None:
        check_families(periods)
        self._network, self._model = network, model
        self._grid = make_grid(network, model.clock.start, FAMILIES)
        self._wanted = [n for family in periods for n in self._grid.numbers(FAMILIES.index(family))]
        self._sheet = Sheet(network, model, self._grid)
        self._contacts, self._complete = 0, False

    def add(self, part: Records) -> None:
        """Take in the next part of the records; raises ValueError where it is not the next."""
        if self._complete or part.first != self._contacts:
            raise ValueError(f"a part from contact {part.first} on does not follow {self._contacts} contacts")
        self._contacts += len(part.contacts["end"])
        self._complete = part.last
        self._sheet.add(facts_of(part, self._network, self._model, self._grid))

    def finish(self) -> Measures:
        """Return the measures. May be called once; raises ValueError before the last part has been added."""
        if not self._complete:
            raise ValueError("the last part of the records has not been added")
        table = self._sheet.table()
        blocks = [
            table[name][kind][:, self._wanted] for name, entry in CATALOGUE.items() for kind in entry.scopes
        ]
        return Measures(
            index=_index(self._network, [self._grid.labels[n] for n in self._wanted]),
            values=np.concatenate([block.ravel() for block in blocks]),
            judged=judge(table, self._network, self._model, self._grid),
        )


def measure(records: Records, network: Network, model: Model, periods: Sequence[str] = FAMILIES) -> Measures:
    """Measure one replication from whole records; arguments and errors are those of `Measuring`."""
    measuring = Measuring(network, model, periods)
    measuring.add(records)
    return measuring.finish()


def _index(network: Network, labels: Sequence[str]) -> pd.DataFrame:
    """Return what each number is: measures in the order of the catalogue, then scopes, then periods."""
    names = {kind: scope_names(network, kind) for kind in SCOPES}
    scopes = [name for kind in SCOPES for name in names[kind]]
    first = {kind: scopes.index(names[kind][0]) for kind in SCOPES if names[kind]}
    measure_codes, scope_codes = [], []
    for number, entry in enumerate(CATALOGUE.values()):
        for kind in entry.scopes:
            scope_codes += [first[kind] + n for n in range(len(names[kind]))]
            measure_codes += [number] * len(names[kind])
    size = len(labels)
    columns = {
        "measure": (np.repeat(measure_codes, size), list(CATALOGUE)),
        "scope": (np.repeat(scope_codes, size), scopes),
        "period": (np.tile(np.arange(size), len(scope_codes)), list(labels)),
    }
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))
            for name, (codes, words) in columns.items()
        }
    )
