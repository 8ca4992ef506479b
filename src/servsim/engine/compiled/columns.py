"""Rows of the kernel's tables → columns of the records, and the rows that stay behind moved up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ...draws.cache import jit

__all__ = ["Growing", "lay_out_contacts", "lay_out_visits", "move_up_visits"]

Array = npt.NDArray[Any]


class Growing:
    """Columns to which rows are added.

    Args:
        columns: name → (type, unit, meaning), as in `engine.records`.
    """

    def __init__(self, columns: Mapping[str, tuple[str, str, str]]) -> None:
        self._columns = {name: np.empty(0, kind) for name, (kind, _, _) in columns.items()}
        self._size = self._room = 0

    def more(self, rows: int, share: float) -> tuple[Array, ...]:
        """Return each column's piece for so many rows more, after which a share of all rows will be there."""
        begin, self._size = self._size, self._size + rows
        if self._size > self._room:
            # memory that is never written costs nothing, and what is moved often costs a lot: so a bit too much
            more = 1.0 if begin == 0 and share == 1 else max(1.05 / max(share, 1 / 16), 1.25)
            self._room = int(self._size * more)
            for name, old in self._columns.items():
                self._columns[name] = np.empty(self._room, old.dtype)
                self._columns[name][:begin] = old[:begin]
        return tuple(column[begin : self._size] for column in self._columns.values())

    def done(self) -> dict[str, Array]:
        """Return the columns, no longer than they need be."""
        for column in self._columns.values():
            column.resize(self._size, refcheck=False)  # cut off where they lie; nobody holds a piece any more
        return self._columns


@jit
def lay_out_contacts(
    rows: Array,
    starts: Array,
    home: Array,
    customer: Array,
    attempt: Array,
    channel: Array,
    reason: Array,
    arrived: Array,
    ended: Array,
    end: Array,
    returns_at: Array,
) -> None:
    """Copy the first contacts into columns; return where the visits of each start, and how many there are in all."""
    visits = 0
    for i in range(len(home)):
        row = rows[i]
        home[i], customer[i], attempt[i] = row.home, row.customer, row.attempt
        channel[i], reason[i] = row.channel, row.reason
        arrived[i], ended[i], end[i], returns_at[i] = row.arrived, row.ended, row.end, row.returns_at
        starts[i] = visits
        visits += row.visits


@jit
def lay_out_visits(
    rows: Array,
    size: int,
    first: int,
    starts: Array,
    contact: Array,
    visit: Array,
    step: Array,
    entered: Array,
    started: Array,
    ended: Array,
    freed: Array,
    end: Array,
    pool: Array,
    agent: Array,
) -> None:
    """Copy the visits of the first contacts into columns, in the order (contact, visit)."""
    for i in range(size):
        row = rows[i]
        if row.contact - first >= len(starts):
            continue
        j = starts[row.contact - first] + row.visit
        contact[j], visit[j], step[j] = row.contact, row.visit, row.step
        entered[j], started[j], ended[j], freed[j] = row.entered, row.started, row.ended, row.freed
        end[j], pool[j], agent[j] = row.end, row.pool, row.agent


@jit
def move_up_visits(rows: Array, size: int, first: int, place: Array) -> int:
    """Move the visits of contacts from `first` on to the front and note where each went; return how many they are."""
    kept = 0
    for i in range(size):
        place[i] = kept
        if rows[i].contact >= first:
            rows[kept] = rows[i]
            kept += 1
    return kept
