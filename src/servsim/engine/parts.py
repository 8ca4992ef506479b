"""The moving parts of the reference engine: the clock, and contacts, visits, pools and bots as they change in a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappush
from typing import Any

import simpy

from ..network.kinds import VisitEnd

__all__ = ["Bot", "Clock", "Contact", "Pool", "Visit"]

NOW = -1  # priority of waking a process: before any event of the same instant, first woken first


class Clock(simpy.Environment):
    """SimPy's environment with events at absolute times: `now + (T - now)` misses T, so T itself goes on the heap."""

    def at(self, time: float, key: int, action: Callable[[], None]) -> None:
        """Do something at a time; `key` is the order among events of one instant (`pack`)."""
        event = simpy.Event(self)
        event.callbacks.append(lambda _: action())
        self._push(time, key, event, None)

    def wake(self, signal: simpy.Event, answer: VisitEnd) -> None:
        """Let the process that waits for the signal go on, before anything else happens."""
        self._push(self.now, NOW, signal, answer)

    def _push(self, time: float, key: int, event: simpy.Event, value: VisitEnd | None) -> None:
        """Put an event on SimPy's heap, whose order is (time, priority, order of scheduling)."""
        event._ok, event._value = True, value
        heap: list[Any] = self._queue
        heappush(heap, (time, key, next(self._eid), event))


@dataclass(slots=True)
class Contact:
    """One attempt of a customer."""

    home: int
    number: int
    key: int
    attempt: int
    channel: int
    reason: int
    arrived: float
    row: int = -1
    on_line: bool = False
    visits: int = 0
    visits_to: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Visit:
    """A contact at a queue or bot step, from coming to leaving: waiting, then served."""

    contact: Contact
    step: int
    row: int
    signal: simpy.Event
    index: int  # number of earlier visits of the contact to this step
    since: float = 0.0  # start of the wait that its place in the line counts from
    turn: int = 0  # breaks ties of `since`: who joined the line first
    pool: int = -1
    agent: int = -1
    served: int = 0  # number of times that service began; tells stale events from live ones

    def __lt__(self, other: Visit) -> bool:
        return (self.since, self.turn) < (other.since, other.turn)


@dataclass(slots=True)
class Pool:
    """Agents with the same skills: who idles since when, and who serves whom."""

    target: int = 0
    idle: list[tuple[float, int]] = field(default_factory=list)  # (idle since, agent), longest idle first
    serving: dict[int, Visit] = field(default_factory=dict)  # agent → visit
    wrapping: set[int] = field(default_factory=set)

    @property
    def present(self) -> int:
        return len(self.idle) + len(self.serving) + len(self.wrapping)

    def newcomers(self) -> list[int]:
        """Return the numbers of the agents who come now: the lowest that nobody present has."""
        taken = {agent for _, agent in self.idle} | set(self.serving) | self.wrapping
        return [agent for agent in range(self.target) if agent not in taken][: self.target - len(taken)]

    def send_home(self) -> None:
        """Let idle agents leave, highest numbers first, until no more are present than wanted."""
        number = min(len(self.idle), self.present - self.target)
        if number > 0:
            leaving = set(sorted(agent for _, agent in self.idle)[-number:])
            self.idle = [(since, agent) for since, agent in self.idle if agent not in leaving]


@dataclass(slots=True)
class Bot:
    """A bot: sessions in progress in order of their beginning, contacts waiting for one, outages under way."""

    line: list[Visit] = field(default_factory=list)
    sessions: list[Visit] = field(default_factory=list)
    outages: int = 0
