"""All engines on the same run, compared bit by bit: `both` is what tests call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from servsim.engine import ENGINES, Records, audit
from servsim.engine.control import Control
from servsim.engine.records import BOT_COLUMNS, CONTACT_COLUMNS, STAFF_COLUMNS, VISIT_COLUMNS
from servsim.errors import RunError
from servsim.network import Network

__all__ = ["MANY", "TABLES", "both", "columns", "differences", "outcome", "parts"]

TABLES = {"contacts": CONTACT_COLUMNS, "visits": VISIT_COLUMNS, "staff": STAFF_COLUMNS, "bots": BOT_COLUMNS}
MANY = 200_000  # visits

Column = npt.NDArray[Any]
Outcome = Records | str


def outcome(
    engine: str, net: Network, seed: int = 1, replication: int = 1, max_visits: int = MANY
) -> Outcome:
    """Return the records of one replication, or the words of the error that stopped it; no audit."""
    try:
        return next(ENGINES[engine].stream(net, seed, replication, Control(max_visits)))
    except RunError as error:
        return str(error)


def parts(net: Network, part: int | None, seed: int = 1, replication: int = 1) -> Iterator[Records]:
    """Yield what the compiled engine tells of a run, part by part."""
    return ENGINES["compiled"].stream(net, seed, replication, Control(MANY, part))


def columns(records: Records) -> dict[str, Column]:
    """Return everything that records hold, by name."""
    tables = {
        f"{table}.{name}": column for table in TABLES for name, column in getattr(records, table).items()
    }
    rest = {"finished": np.array(records.finished), "first": np.array(records.first)}
    return {**tables, "queue_area": records.queue_area, **rest}


def differences(one: Outcome, other: Outcome) -> list[str]:
    """Return the names of all columns in which two runs differ by a bit, a type, or in length."""
    if isinstance(one, str) or isinstance(other, str):
        return [] if isinstance(one, str) and one == other else [f"{one!s:.200} / {other!s:.200}"]
    mine, others = columns(one), columns(other)
    names = [*mine, *(name for name in others if name not in mine)]
    return [name for name in names if not _same(mine.get(name), others.get(name))]


def _same(one: Column | None, other: Column | None) -> bool:
    if one is None or other is None:
        return False
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def both(net: Network, seed: int = 1, replication: int = 1, max_visits: int = MANY) -> Records:
    """Run every engine, compare, audit and return the records. Raises the RunError in which all agree."""
    first, *others = (outcome(engine, net, seed, replication, max_visits) for engine in ENGINES)
    for other in others:
        assert differences(first, other) == []
    if isinstance(first, str):
        raise RunError(first)
    audit(first, net)
    return first
