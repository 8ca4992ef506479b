"""Records → Measures: KPIs, money and targets of one replication, as defined in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..catalogue import SCOPES, MeasureDef
from ..engine.records import Records
from ..errors import InputError
from ..network.network import Floats, Network
from ..scenario.model import Model
from .facts import facts_of
from .frames import contacts_frame, events_frame
from .periods import FAMILIES, Grid, check_families, make_grid
from .sheet import Sheet, measured, scope_names
from .targets import judge, judged_rows, kept, target_text

__all__ = [
    "FAMILIES",
    "Layout",
    "Measures",
    "Measuring",
    "contacts_frame",
    "events_frame",
    "judged_table",
    "layout_of",
    "measure",
    "target_text",
]


@dataclass(frozen=True)
class Layout:
    """What each number of a scenario's measures is, the same for every replication.

    `index` has the columns measure, scope and period (categoricals), one row a number. `targets` has a row for each
    target and period that are judged: target, text, family and period (see `targets.judged_rows`).
    """

    index: pd.DataFrame
    targets: pd.DataFrame


@dataclass(frozen=True)
class Measures:
    """All measures of one replication.

    `values` stands beside the layout's `index`, NaN where a measure is not defined (nothing to divide by); units are
    the catalogue's. `target_values` stands beside the layout's `targets`.
    """

    network: Network
    model: Model
    periods: tuple[str, ...]
    values: Floats
    target_values: Floats

    @cached_property
    def layout(self) -> Layout:
        """What each number is."""
        return layout_of(self.network, self.model, self.periods)

    @property
    def index(self) -> pd.DataFrame:
        """What each number is: measure, scope, period."""
        return self.layout.index

    @property
    def judged(self) -> pd.DataFrame:
        """Whether the targets are kept: target, text, family, period, value, met (1, 0, or NaN without a value)."""
        return judged_table(self.layout.targets, self.model, self.target_values)

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
        self._periods = tuple(periods)
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
        wanted = _wanted(self._grid, self._periods)
        blocks = [
            table[name][kind][:, wanted]
            for name, entry in measured(self._model).items()
            for kind in entry.scopes
        ]
        return Measures(
            network=self._network,
            model=self._model,
            periods=self._periods,
            values=np.concatenate([block.ravel() for block in blocks]),
            target_values=judge(table, self._network, self._model, self._grid),
        )


def measure(records: Records, network: Network, model: Model, periods: Sequence[str] = FAMILIES) -> Measures:
    """Measure one replication from whole records; arguments and errors are those of `Measuring`."""
    measuring = Measuring(network, model, periods)
    measuring.add(records)
    return measuring.finish()


def layout_of(network: Network, model: Model, periods: Sequence[str] = FAMILIES) -> Layout:
    """Return what the measures of a scenario's replications will be; arguments and errors are those of `Measuring`."""
    check_families(periods)
    grid = make_grid(network, model.clock.start, FAMILIES)
    labels = [grid.labels[n] for n in _wanted(grid, periods)]
    return Layout(_index(network, measured(model), labels), judged_rows(model, grid))


def judged_table(targets: pd.DataFrame, model: Model, values: Floats) -> pd.DataFrame:
    """Return rows of `Layout.targets`, any number of times, with their values and whether the bounds are kept."""
    return targets.assign(value=values, met=kept(model, targets["target"].to_numpy(), values))


def _wanted(grid: Grid, periods: Sequence[str]) -> list[int]:
    return [n for family in periods for n in grid.numbers(FAMILIES.index(family))]


def _index(network: Network, entries: Mapping[str, MeasureDef], labels: Sequence[str]) -> pd.DataFrame:
    """Return what each number is: measures in the order of the catalogue, then scopes, then periods."""
    names = {kind: scope_names(network, kind) for kind in SCOPES}
    scopes = [name for kind in SCOPES for name in names[kind]]
    first = {kind: scopes.index(names[kind][0]) for kind in SCOPES if names[kind]}
    measure_codes, scope_codes = [], []
    for number, entry in enumerate(entries.values()):
        for kind in entry.scopes:
            scope_codes += [first[kind] + n for n in range(len(names[kind]))]
            measure_codes += [number] * len(names[kind])
    size = len(labels)
    columns = {
        "measure": (np.repeat(measure_codes, size), list(entries)),
        "scope": (np.repeat(scope_codes, size), scopes),
        "period": (np.tile(np.arange(size), len(scope_codes)), list(labels)),
    }
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))
            for name, (codes, words) in columns.items()
        }
    )
