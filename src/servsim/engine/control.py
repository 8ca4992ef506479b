"""What a caller may say about how an engine runs, and what stops a run that explodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import RunError

__all__ = ["MORE_CONTACTS", "MORE_OUTAGES", "MORE_VISITS", "Control"]

MORE_CONTACTS, MORE_VISITS, MORE_OUTAGES = "contacts", "visits to steps", "outages"


def _silent(share: float) -> None:
    """Say nothing about progress."""


@dataclass(frozen=True)
class Control:
    """How a run goes on; nothing of it changes what happens in the run.

    Attributes:
        max_visits: bound on contacts, on visits to steps, and on outages.
        part: about how many contacts a part of the records has; None: all.
        progress: called now and then with the share of the clock's time that has passed, 0 … 1.
    """

    max_visits: int
    part: int | None = None
    progress: Callable[[float], None] = _silent

    def too_many(self, what: str, now: float) -> RunError:
        """Return the error of a run that has grown beyond the bound."""
        return RunError(
            f"more than {self.max_visits:,} {what} by {now / 3600:,.1f} h of simulated time; "
            "the scenario may multiply them (returns, loops, a bot that keeps failing), or the bound is too low"
        )
