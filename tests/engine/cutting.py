"""Whole records cut into parts, as an engine may hand them on, and what the audit says about either."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from servsim.engine import Records
from servsim.engine.audit import Audit
from servsim.errors import AuditError
from servsim.network import Network


def contacts_over(records: Records) -> int:
    """Return how many contacts, from the first on, are over: ended, and all who served them free again."""
    c, v = records.contacts, records.visits
    still = np.isnan(c["ended"])
    still[v["contact"][np.isnan(v["ended"]) | (np.isnan(v["freed"]) & (v["agent"] >= 0))]] = True
    return int(np.argmax(np.append(still, True)))


def cut(records: Records, places: Iterable[int]) -> list[Records]:
    """Return the parts that begin with the first contact and with those at `places`, or with the first that is not over
    where that comes sooner; between equal places lies a part with nobody in it.
    """
    starts = [0, *sorted(min(place, contacts_over(records)) for place in places)]
    stops = [*starts[1:], len(records.contacts["end"])]
    last = len(starts) - 1
    return [_part(records, *span, k == last) for k, span in enumerate(zip(starts, stops, strict=True))]


def cut_everywhere(records: Records) -> list[Records]:
    """Return parts of one contact each, as far as contacts are over."""
    return cut(records, range(1, contacts_over(records) + 1))


def faults(parts: Sequence[Records], net: Network) -> str:
    """Return what the audit says about records in parts, without its opening words; empty if nothing."""
    books = Audit(net)
    try:
        for part in parts:
            books.add(part)
        books.close()
    except AuditError as error:
        return str(error).removeprefix("a run contradicts itself (please report it): ")
    return ""


def fault(records: Records, net: Network) -> str:
    """Return what the audit says about records, which must be the same for the whole and for parts of a contact."""
    whole = faults([records], net)
    assert faults(cut_everywhere(records), net) == whole
    return whole


def _part(records: Records, start: int, stop: int, last: bool) -> Records:
    rows = slice(*np.searchsorted(records.visits["contact"], [start, stop]))
    of_the_run = slice(None) if last else slice(0)

    def columns(table: str, which: slice) -> dict[str, Any]:
        return {name: column[which] for name, column in getattr(records, table).items()}

    return Records(
        contacts=columns("contacts", slice(start, stop)),
        visits=columns("visits", rows),
        staff=columns("staff", of_the_run),
        bots=columns("bots", of_the_run),
        finished=records.finished if last else float("nan"),
        queue_area=records.queue_area if last else np.zeros_like(records.queue_area),
        first=start,
    )
