"""Rules of the audit for what contacts share: agents, bots, lines, queues.

A rule is given part after part of a run's records, with the time before which no later part has anything to add, and
yields what does not hold. It keeps sums, and of spans only those that a later one can meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...network import Network
from ...network.kinds import StepKind, VisitEnd
from ..records import Records
from .sweep import (
    Carried,
    fewest_found,
    groups,
    holding,
    most_at_once,
    most_let_in,
    overlap,
    overtaken,
    value_at,
)

__all__ = ["Agents", "Bots", "Lines", "Little", "Queues"]

TOLERANCE = 1e-9  # relative; covers the rounding of sums over time
MAX_STARTS = 1 << 20  # bot sessions looked at for outages, which are known only when the run is over


# --- agents ----------------------------------------------------------------------------------------------------------


class Agents:
    """An agent serves one contact at a time; no pool is busier than it is staffed, in total and at any instant.

    The agents present are known only when the run is over, but there are never fewer than the roster wants; so only
    where more are busy than that must be carried to the end: work after the end of a shift.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        pools = network.pools
        slices = [slice(*pools.roster_offset[i : i + 2]) for i in range(len(network.names.pools))]
        self.rosters = [(pools.roster_time[i], pools.roster_present[i]) for i in slices]
        self.busy = np.zeros(len(self.rosters))
        self.open, self.over = Carried(), Carried()
        self.known = -np.inf  # up to here it is noted where more are busy

    def check(self, part: Records, until: float) -> Iterator[str]:
        v = part.visits
        served = np.flatnonzero(v["agent"] >= 0)
        pool, agent, start, end = (v[name][served] for name in ("pool", "agent", "started", "freed"))
        end = np.where(np.isnan(end), part.finished, end)
        self.busy += np.bincount(pool, end - start, minlength=len(self.busy))
        pool, agent, start, end = self.open.join(pool, agent, start, end)
        self.open.keep(end >= until)
        for number, rows in groups(pool):
            if overlap(start[rows], end[rows], agent[rows]):
                yield "an agent served two contacts at once"
            self._note(number, agent[rows], start[rows], end[rows], until)
        self.known = until
        if part.last:
            yield from self._staff(part)

    def _note(self, pool: int, agent: Any, start: Any, end: Any, until: float) -> None:
        """Note the spans in which more agents of a pool are busy than its roster wants."""
        times, present = self.rosters[pool]
        first, stop = np.searchsorted(times, [np.min(start), np.max(end)], "right")
        if np.max(agent) < np.min(present[max(first - 1, 0) : stop]):
            return  # not so many agents served at all
        moments, busy = holding(start, end, times[first:stop])
        new = (moments >= self.known) & (moments < until)
        over = np.flatnonzero((new & (busy > value_at(times, present, moments)))[:-1])
        self.over.join(np.full(len(over), pool), moments[over], moments[over + 1], busy[over])

    def _staff(self, part: Records) -> Iterator[str]:
        """Compare the agents present with those wanted and those busy."""
        s = part.staff
        for pool, name in enumerate(self.network.names.pools):
            mine = s["pool"] == pool
            times, present = s["time"][mine], s["present"][mine]
            # while somebody waits for ever, rosters run on past the last event of any contact
            lengths = np.diff(np.minimum(times, part.finished), append=part.finished)
            staffed = float(np.sum(lengths * present))
            busy = float(self.busy[pool])
            if not busy <= staffed * (1 + TOLERANCE) + 1e-6:
                yield f"pool {name!r} was busy {busy!r} s, but staffed only {staffed!r} s"
            wanted = self.rosters[pool]
            moments = np.concatenate([wanted[0], times])
            moments = moments[moments < part.finished]
            if np.any(value_at(times, present, moments) < value_at(*wanted, moments)):
                yield f"pool {name!r} had fewer agents present than its roster wants"
            if self._more_busy(pool, times, present):
                yield f"pool {name!r} had more agents busy than present"

    def _more_busy(self, pool: int, times: Any, present: Any) -> bool:
        """Tell whether more agents are busy than the fewest present, in any span noted; an instant's last row holds."""
        if not self.over.columns:
            return False
        pools, start, end, busy = self.over.columns
        mine = pools == pool
        holds = np.append(np.diff(times) > 0, True)[: len(times)]
        times, present = times[holds], np.concatenate([[0], present[holds], [0]])
        first = np.searchsorted(times, start[mine], "right")
        stop = np.searchsorted(times, end[mine], "left") + 1
        fewest = np.minimum.reduceat(present, np.stack([first, stop], axis=1).ravel())[::2]
        return bool(np.any(busy[mine] > fewest))


# --- bots and lines --------------------------------------------------------------------------------------------------


class Bots:
    """A bot never holds more sessions than it can; none begins while it is down."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.bot = _resource(network, StepKind.BOT)
        bots = network.bots
        self.limited = bots.sessions >= 0
        self.failing = (np.diff(bots.outage_offset) > 0) | (bots.up >= 0)
        self.open, self.starts = Carried(), Carried()
        self.begun, self.stride = 0, 1  # sessions of failing bots so far; one in so many is looked at

    def check(self, part: Records, until: float) -> Iterator[str]:
        v = part.visits
        bot = self.bot[v["step"]]
        rows = np.flatnonzero((bot >= 0) & ~np.isnan(v["started"]))
        bot, start, end = bot[rows], v["started"][rows], v["ended"][rows]
        yield from self._full(bot, start, np.where(np.isnan(end), np.inf, end), until)
        failing = np.flatnonzero(self.failing[bot])
        looked_at = failing[-self.begun % self.stride :: self.stride]
        self.begun += len(failing)
        self.starts.join(start[looked_at], bot[looked_at])
        if part.last:
            yield from self._down(part)
            return
        while (
            len(self.starts.columns[0]) > MAX_STARTS
        ):  # a sample is enough to see an engine that forgets outages
            self.stride *= 2
            self.starts.keep(np.arange(len(self.starts.columns[0])) % 2 == 0)

    def _full(self, bot: Any, start: Any, end: Any, until: float) -> Iterator[str]:
        """Check the sessions at once."""
        mine = self.limited[bot]
        bot, start, end = self.open.join(bot[mine], start[mine], end[mine])
        self.open.keep(end > until)
        for number, rows in groups(bot):
            room = self.network.bots.sessions[number]
            if most_at_once(start[rows], end[rows]) > room:
                yield f"bot {self.network.names.bots[number]!r} held more than {room} sessions"

    def _down(self, part: Records) -> Iterator[str]:
        """Check that no session began while its bot was down.

        At the instant at which an outage begins sessions may still begin if other bots change then as well: contacts
        leave those first.
        """
        b = part.bots
        starts, bots = self.starts.columns
        for number, rows in groups(bots):
            start = starts[rows]
            mine = b["bot"] == number
            times, up = b["time"][mine], b["up"][mine]
            here, all_here = (
                np.searchsorted(sorted_, start, "right") - np.searchsorted(sorted_, start, "left")
                for sorted_ in (times, b["time"])
            )
            down = value_at(times, 1 - up, start) > 0
            if np.any(down & ((here == 0) | (all_here == 1))):
                yield f"bot {self.network.names.bots[number]!r} began a session while it was down"


class Lines:
    """No channel holds more contacts than it has lines; a line is held until the first step that needs none."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.limited = network.channels.lines >= 0
        self.open = Carried()

    def check(self, part: Records, until: float) -> Iterator[str]:
        if not np.any(self.limited):
            return
        c, v = part.contacts, part.visits
        contact = v["contact"] - part.first
        free_at = np.where(np.isnan(c["ended"]), np.inf, c["ended"])
        off_line = self.network.steps.live[v["step"]] == 0
        np.minimum.at(free_at, contact[off_line], v["entered"][off_line])
        came = contact[v["visit"] == 0]
        came = came[self.limited[c["channel"][came]]]
        channel, start, end = self.open.join(c["channel"][came], c["arrived"][came], free_at[came])
        self.open.keep(end > until)
        for number, rows in groups(channel):
            lines = self.network.channels.lines[number]
            if most_at_once(start[rows], end[rows]) > lines:
                yield f"channel {self.network.names.channels[number]!r} held more than its {lines} lines"


# --- queues ----------------------------------------------------------------------------------------------------------


class Little:
    """Little's law per queue: the integral of the number waiting, which the engine kept, is the sum of the waits."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.queue = _resource(network, StepKind.QUEUE)
        self.waits = np.zeros(len(network.names.queues))

    def check(self, part: Records, until: float) -> Iterator[str]:
        v = part.visits
        queue = self.queue[v["step"]]
        rows = np.flatnonzero(queue >= 0)
        waits = _left(v, part.finished)[rows] - v["entered"][rows]
        self.waits += np.bincount(queue[rows], waits, minlength=len(self.waits))
        if not part.last:
            return
        for name, total, area in zip(
            self.network.names.queues, self.waits.tolist(), part.queue_area.tolist(), strict=True
        ):
            if not abs(total - area) <= TOLERANCE * max(total, area) + 1e-6:
                yield (
                    f"Little's law fails at queue {name!r}: waits sum to {total!r} s, "
                    f"the queue's integral is {area!r} s"
                )


class Queues:
    """First come, first served; nobody is let in where the room is full, or turned away where it is not.

    A contact that an agent hands back keeps its place and needs no room. A pool that takes a queue's contacts only
    after a wait may leave the first one standing, so the order is asked of the other pools.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.queue = _resource(network, StepKind.QUEUE)
        q = network.queues
        self.at_once = np.zeros((len(q.room), len(network.names.pools)), dtype=bool)
        at_once = q.pool_after == 0
        queues = np.repeat(np.arange(len(q.room)), np.diff(q.pool_offset))
        self.at_once[queues[at_once], q.pool[at_once]] = True
        self.waits = Carried()

    def check(self, part: Records, until: float) -> Iterator[str]:
        queue, since, entered, left, taken, again, blocked = self.waits.join(*self._waits(part))
        # at the time of the last contact a later one may still have been waiting: it may explain who is turned away
        self.waits.keep(left >= until)
        for number, rows in groups(queue):
            if overtaken(since[rows], entered[rows], left[rows], taken[rows], again[rows]):
                yield f"queue {self.network.names.queues[number]!r} was not served in order"
            if self.network.queues.room[number] >= 0 or np.any(blocked[rows]):
                yield from self._room(number, entered[rows], left[rows], again[rows], blocked[rows], until)

    def _room(
        self, queue: int, entered: Any, left: Any, again: Any, blocked: Any, until: float
    ) -> Iterator[str]:
        """Check who was let in to wait, and who was turned away."""
        name, room = self.network.names.queues[queue], self.network.queues.room[queue]
        away = entered[blocked & (entered < until)]
        entered, left, again = entered[~blocked], left[~blocked], again[~blocked]
        if room >= 0 and most_let_in(entered, left, again) > room:
            yield f"queue {name!r} let a contact wait though {room} did"
        if len(away) and (room < 0 or fewest_found(away, entered, left) < room):
            yield f"queue {name!r} turned a contact away though there was room"

    def _waits(self, part: Records) -> tuple[Any, ...]:
        """Return the columns of the waits for agents, those of no length as well."""
        v = part.visits
        queue = self.queue[v["step"]]
        again = np.append(False, (np.diff(v["contact"]) == 0) & (v["end"][:-1] == VisitEnd.HANDED_BACK))
        again = again[: len(queue)]
        came = np.maximum.accumulate(
            np.where(again, 0, np.arange(len(queue)))
        )  # the row in which the stay began
        rows = np.flatnonzero(queue >= 0)
        asked = (v["agent"] >= 0)[rows] & self.at_once[queue[rows], v["pool"][rows]]
        return (
            queue[rows],
            v["entered"][came[rows]],
            v["entered"][rows],
            _left(v, np.inf)[rows],
            np.where(asked, v["started"][rows], np.inf),
            again[rows],
            v["end"][rows] == VisitEnd.BLOCKED,
        )


def _resource(network: Network, kind: StepKind) -> Any:
    """Return the bot or queue of each step, -1 for steps of other kinds."""
    return np.where(network.steps.kind == kind, network.steps.resource, -1)


def _left(visits: Any, otherwise: float) -> Any:
    """Return when each visit stopped waiting; `otherwise` where it still does."""
    left = np.where(np.isnan(visits["started"]), visits["ended"], visits["started"])
    return np.where(np.isnan(left), otherwise, left)
