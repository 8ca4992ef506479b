"""Whole records cut into parts, as an engine gives them in a long run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from servsim.engine.records import Columns, Records
from servsim.network.kinds import End, VisitEnd


def over(records: Records) -> int:
    """Return how many contacts, from the first on, are over: ended, and their agents free again."""
    visits, contacts = records.visits, records.contacts
    busy = (visits["agent"] >= 0) & np.isnan(visits["freed"])
    open_rows = [
        np.flatnonzero((contacts["end"] == End.OPEN) | np.isnan(contacts["ended"])),
        visits["contact"][busy | (visits["end"] == VisitEnd.OPEN)],
    ]
    return int(np.min(np.concatenate([*open_rows, [len(contacts["end"])]])))


def cut(records: Records, places: Iterable[int]) -> list[Records]:
    """Cut records before the contacts given; a place twice makes a part with nobody in it."""
    size = len(records.contacts["end"])
    edges = [0, *sorted(min(place, over(records)) for place in places)]
    parts = [_part(records, start, end) for start, end in pairwise(edges)]
    empty = {"staff": _rows(records.staff, slice(0)), "bots": _rows(records.bots, slice(0))}
    unknown = {"finished": np.nan, "queue_area": np.zeros_like(records.queue_area)}
    return [*(dataclasses.replace(p, **empty, **unknown) for p in parts), _part(records, edges[-1], size)]


def _part(records: Records, start: int, end: int) -> Records:
    first, last = np.searchsorted(records.visits["contact"], [start, end])
    return dataclasses.replace(
        records,
        contacts=_rows(records.contacts, slice(start, end)),
        visits=_rows(records.visits, slice(first, last)),
        first=start,
    )


def _rows(columns: Columns, rows: slice) -> Columns:
    return {name: column[rows] for name, column in columns.items()}
