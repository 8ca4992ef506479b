"""The one sink that an engine writes to: rows of plain lists while running, `Records` at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..network import Network
from ..network.kinds import End, VisitEnd
from .records import BOT_COLUMNS, CONTACT_COLUMNS, STAFF_COLUMNS, VISIT_COLUMNS, Columns, Records

__all__ = ["Log"]

NAN = math.nan


class Log:
    """Collects what happens; a row's number is what the engine keeps to add to it later."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.contacts: list[list[Any]] = []
        self.visits: list[list[Any]] = []
        self._staff: list[tuple[float, int, int, int]] = []
        self.bots: list[tuple[float, int, int]] = []
        queues = len(network.names.queues)
        self._waiting, self._since, self._area = [0] * queues, [0.0] * queues, [0.0] * queues

    def contact(self, home: int, customer: int, attempt: int, channel: int, reason: int, now: float) -> int:
        """Note an arrival; return its row."""
        self.contacts.append([home, customer, attempt, channel, reason, now, NAN, End.OPEN, NAN])
        return len(self.contacts) - 1

    def contact_end(self, row: int, now: float, end: End, returns_at: float) -> None:
        """Note how a contact ended, and when the customer comes back (NaN: never)."""
        self.contacts[row][6:9] = now, end, returns_at

    def visit(self, contact: int, number: int, step: int, now: float) -> int:
        """Note that a contact comes to a step; return the row of the visit."""
        self.visits.append([contact, number, step, now, NAN, NAN, NAN, VisitEnd.OPEN, -1, -1])
        return len(self.visits) - 1

    def start(self, row: int, now: float, pool: int = -1, agent: int = -1) -> None:
        """Note that a visit's work begins."""
        visit = self.visits[row]
        visit[4], visit[8], visit[9] = now, pool, agent

    def end(self, row: int, now: float, end: VisitEnd) -> None:
        """Note that the contact leaves the step."""
        visit = self.visits[row]
        visit[5], visit[7] = now, end

    def free(self, row: int, now: float) -> None:
        """Note that the visit's agent is free again."""
        self.visits[row][6] = now

    def staff(self, now: float, pool: int, present: int, target: int) -> None:
        """Note the agents present in a pool from now on."""
        self._staff.append((now, pool, present, target))

    def bot(self, now: float, bot: int, up: bool) -> None:
        """Note that a bot works, or does not, from now on."""
        self.bots.append((now, bot, int(up)))

    def waiting(self, queue: int, now: float, change: int) -> None:
        """Count who waits at a queue, for its integral over time."""
        self._area[queue] += self._waiting[queue] * (now - self._since[queue])
        self._waiting[queue] += change
        self._since[queue] = now

    def records(self) -> Records:
        """Return everything as columns, visits in the order (contact, visit)."""
        contacts = _columns(self.contacts, CONTACT_COLUMNS)
        visits = _columns(self.visits, VISIT_COLUMNS)
        order = np.lexsort((visits["visit"], visits["contact"]))
        finished = self._network.length
        if self._network.drain:
            for times in (contacts["ended"], visits["ended"], visits["freed"]):
                finished = max(finished, float(np.nanmax(times)) if np.isfinite(times).any() else 0.0)
        for queue in range(len(self._waiting)):
            self.waiting(queue, finished, 0)
        return Records(
            contacts=contacts,
            visits={name: column[order] for name, column in visits.items()},
            staff=_columns(self._staff, STAFF_COLUMNS),
            bots=_columns(self.bots, BOT_COLUMNS),
            finished=finished,
            queue_area=np.array(self._area, dtype=np.float64),
        )


def _columns(rows: Sequence[Sequence[Any]], table: Mapping[str, tuple[str, str, str]]) -> Columns:
    columns = list(zip(*rows, strict=True)) or [()] * len(table)
    return {
        name: np.array(column, dtype=kind)
        for (name, (kind, _, _)), column in zip(table.items(), columns, strict=True)
    }
