"""All tables of one run, owned by Python: they grow between two calls of the kernel, and give the records."""

from __future__ import annotations

import numpy as np

from ...network import Network
from ..chance import Chance
from ..records import BOT_COLUMNS, CONTACT_COLUMNS, STAFF_COLUMNS, VISIT_COLUMNS, Columns, Records
from .columns import Growing, lay_out_contacts, lay_out_visits, move_up_visits
from .layout import TABLES
from .tables import Table, scenario_tables, table

__all__ = ["Sink", "World"]

# rows at first of the tables that grow, and the counter of the state that says how many are in use
GROWING = {
    "contact": (8192, "contacts"),
    "visit": (16384, "visits"),
    "slot": (256, "slots"),
    "event": (1024, "pending"),
    "count": (64, "counts"),
    "staff": (256, "staff"),
    "change": (64, "changes"),
}


class Sink:
    """Where finished contacts and their visits go."""

    def __init__(self) -> None:
        self.contacts, self.visits = Growing(CONTACT_COLUMNS), Growing(VISIT_COLUMNS)


class World:
    """The tables, and the directory by which the kernel finds them."""

    def __init__(self, network: Network, chance: Chance, max_visits: int) -> None:
        self.network = network
        self.tables = scenario_tables(network, chance, max_visits)
        self.state = self.tables["state"]
        for name, (rows, _) in GROWING.items():
            self.tables[name] = table(name, rows)
        self.tables["slot"]["visit"] = -1
        self.directory = np.zeros(2 * len(TABLES), dtype=np.int64)
        for name in TABLES:
            self._enter(name)
        while self.room("event") < 2 * self._wanted("event"):
            self._grow("event")
        while self.room("change") < 2 * len(network.names.bots):
            self._grow("change")

    @property
    def address(self) -> int:
        """Address of the directory."""
        return int(self.directory.ctypes.data)

    def counter(self, name: str) -> int:
        """Return a counter of the state."""
        return int(self.state[name][0])

    def room(self, name: str) -> int:
        """Return how many rows a table has room for."""
        return len(self.tables[name])

    @property
    def now(self) -> float:
        """Seconds since the start of the clock."""
        return float(self.state["now"][0])

    def progress(self) -> float:
        """Return the share of the clock's time that has passed, 0 … 1."""
        return min(self.now / self.network.length, 1.0)

    def _enter(self, name: str) -> None:
        """Tell the directory where a table lies."""
        place = 2 * list(TABLES).index(name)
        self.directory[place : place + 2] = self.tables[name].ctypes.data, len(self.tables[name])

    def _wanted(self, name: str) -> int:
        """Return the rows that a table must have room for before the kernel goes on."""
        if name == "event":
            return self.counter("pending") + self.counter("slots") + self.counter("margin")
        return self.counter(GROWING[name][1])

    def _grow(self, name: str) -> None:
        """Double a table."""
        old = self.tables[name]
        new = np.zeros(2 * len(old), old.dtype)
        new[: len(old)] = old
        if name == "slot":
            new["visit"][len(old) :] = -1
        self.tables[name] = new
        self._enter(name)

    def make_room(self) -> None:
        """Grow what is nearly full: at least one table is."""
        for name in GROWING:
            while self.room(name) <= self._wanted(name):
                self._grow(name)

    # --- records ---------------------------------------------------------------------------------------------------

    def hand_out(self, contacts: int, sink: Sink) -> None:
        """Give the first `contacts` rows and their visits to a sink, and forget them here."""
        first, rows, share = self.counter("first"), self.tables["contact"], self.progress()
        starts = np.empty(contacts, dtype=np.int64)
        lay_out_contacts(rows, starts, *sink.contacts.more(contacts, share))
        visits = int(rows["visits"][:contacts].sum())
        size, table = self.counter("visits"), self.tables["visit"]
        lay_out_visits(table, size, first, starts, *sink.visits.more(visits, share))
        self._forget(contacts, size)

    def _forget(self, contacts: int, visits: int) -> None:
        """Drop the first contacts and their visits; those that stay move up, and so do the notes of their places."""
        place = np.empty(visits, dtype=np.int64)
        kept = move_up_visits(self.tables["visit"], visits, self.counter("first") + contacts, place)
        for name in ("slot", "agent"):
            noted = self.tables[name]["visit"]
            some = np.flatnonzero(noted >= 0)
            noted[some] = place[noted[some]]
        rows, here = self.tables["contact"], self.counter("contacts")
        rows[: here - contacts] = rows[contacts:here].copy()
        self.state["first"] += contacts
        self.state["contacts"] -= contacts
        self.state["visits_out"] += visits - kept
        self.state["visits"] = kept

    def records(self, sink: Sink, first: int, *, last: bool) -> Records:
        """Return what a sink holds as records; with the last part, what belongs to the whole run."""
        finished, area = self._end() if last else (np.nan, np.zeros(len(self.network.names.queues)))
        return Records(
            contacts=sink.contacts.done(),
            visits=sink.visits.done(),
            staff=_columns(self._rows("staff", last), STAFF_COLUMNS),
            bots=_columns(self._rows("change", last), BOT_COLUMNS),
            finished=finished,
            queue_area=area,
            first=first,
        )

    def _rows(self, name: str, wanted: bool) -> Table:
        return self.tables[name][: self.counter(GROWING[name][1]) if wanted else 0]

    def _end(self) -> tuple[float, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        """Return when the run was over, and the integral of the number waiting at each queue until then."""
        length, last = self.network.length, float(self.state["last"][0])
        finished = max(length, last) if self.network.drain else length
        queue, lines = self.tables["queue"], self.tables["line"]["count"]
        waiting = lines[: len(queue)]
        return finished, queue["area"] + waiting * (finished - queue["since"])

    def over(self) -> int:
        """Return how many contacts from the first on are over, their agents' wrap-up too."""
        still = self.tables["contact"]["open"][: self.counter("contacts")] != 0
        return int(np.argmax(still)) if still.any() else len(still)


def _columns(rows: Table, columns: dict[str, tuple[str, str, str]]) -> Columns:
    return {name: np.ascontiguousarray(rows[name], dtype=kind) for name, (kind, _, _) in columns.items()}
