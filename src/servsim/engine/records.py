"""Records: what happened, as columns. Engines write them, measures read nothing else.

One table defines every column: its name, type, unit and meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BOT_COLUMNS", "CONTACT_COLUMNS", "STAFF_COLUMNS", "VISIT_COLUMNS", "Columns", "Records"]

Columns = Mapping[str, npt.NDArray[Any]]

# name: (type, unit, meaning); NaN or -1 where it did not happen
CONTACT_COLUMNS: dict[str, tuple[str, str, str]] = {
    "home": ("i2", "", "channel in which the customer first came"),
    "customer": ("i8", "", "number of the customer in that channel, from 0, in order of first arrival"),
    "attempt": ("i2", "", "1 for the first contact, 2 for the first return, …"),
    "channel": ("i2", "", "channel of this contact"),
    "reason": ("i2", "", "contact reason"),
    "arrived": ("f8", "s", "time of arrival"),
    "ended": ("f8", "s", "time of the end; NaN if still there"),
    "end": ("i1", "", "how it ended (End)"),
    "returns_at": ("f8", "s", "when the customer comes back; NaN if never or after the run"),
}
VISIT_COLUMNS: dict[str, tuple[str, str, str]] = {
    "contact": ("i8", "", "row of the contact"),
    "visit": ("i4", "", "number of the visit within the contact, from 0"),
    "step": ("i2", "", "step visited"),
    "entered": ("f8", "s", "time at which the contact came to the step"),
    "started": ("f8", "s", "time at which the agent, bot session or delay began; NaN if never"),
    "ended": ("f8", "s", "time at which the contact left the step; NaN if still there"),
    "freed": (
        "f8",
        "s",
        "time at which the agent was free again, after wrap-up; NaN where no agent was or not yet",
    ),
    "end": ("i1", "", "how the visit ended (VisitEnd)"),
    "pool": ("i2", "", "pool of the agent, -1 for none"),
    "agent": ("i4", "", "number of the agent in the pool, from 0, -1 for none"),
}
STAFF_COLUMNS: dict[str, tuple[str, str, str]] = {
    "time": ("f8", "s", "time from which this holds"),
    "pool": ("i2", "", "pool"),
    "present": ("i4", "", "agents present, those finishing after their shift included"),
    "target": ("i4", "", "agents that the roster wants present"),
}
BOT_COLUMNS: dict[str, tuple[str, str, str]] = {
    "time": ("f8", "s", "time from which this holds"),
    "bot": ("i2", "", "bot"),
    "up": ("i1", "", "1 working, 0 down"),
}


@dataclass(frozen=True)
class Records:
    """What happened in one replication, or in a part of it.

    `contacts` has a row for every contact in order of arrival; `visits` one for every step visited, sorted by (contact,
    visit); `staff` and `bots` one for every change of the agents present and of the bots' working. `finished`
    is the time of the last event, at least the clock's length; `queue_area` the integral of the number waiting at each
    queue over time, kept by the engine beside the records so that Little's law can be checked.

    A long run may come in parts. Each holds the next contacts with all their visits; `first` is the row, within
    the run, of its first contact, and `visits["contact"]` counts rows of the run. Every part but the last holds only
    contacts that are over: they ended and their agents are free again; `staff` and `bots` are empty there,
    `finished` is NaN and `queue_area` zeros. The last part has what is left of the contacts, perhaps none, and
    the rest for the whole run. Whole Records are a single part.
    """

    contacts: Columns
    visits: Columns
    staff: Columns
    bots: Columns
    finished: float
    queue_area: npt.NDArray[np.float64]
    first: int = 0

    @property
    def last(self) -> bool:
        """Whether this is the run's last part, or the whole."""
        return self.finished == self.finished  # NaN in every part before
