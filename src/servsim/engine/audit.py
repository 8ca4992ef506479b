"""Every run checks itself (DESIGN §4.9). A check that fails is a defect of servsim, never of the input.

The checks use the records and, beside them, counts that the engine kept independently of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import AuditError
from ..network import Network
from ..network.kinds import End, StepKind, VisitEnd
from .records import Records

__all__ = ["audit"]

TOLERANCE = 1e-9  # relative; covers the rounding of sums over time


def audit(records: Records, network: Network) -> None:
    """Check one replication's books; raise AuditError naming every rule that does not hold."""
    faults = [
        *_contacts(records, network),
        *_visits(records, network),
        *_little(records, network),
        *_agents(records, network),
        *_sessions(records, network),
        *_lines(records, network),
    ]
    if faults:
        raise AuditError("a run contradicts itself (please report it): " + "; ".join(faults))


def _contacts(records: Records, network: Network) -> list[str]:
    """Customers in = out + still there; nobody ends before arriving; every return happened."""
    c = records.contacts
    faults = []
    ended = c["end"] != End.OPEN
    if not np.array_equal(ended, ~np.isnan(c["ended"])):
        faults.append("contacts that ended and contacts with an end time differ")
    if np.any(c["ended"][ended] < c["arrived"][ended]):
        faults.append("a contact ended before it arrived")
    if np.any(np.diff(c["arrived"]) < 0):
        faults.append("contacts are not in order of arrival")
    again = np.sort(c["returns_at"][~np.isnan(c["returns_at"])])
    came = np.sort(c["arrived"][c["attempt"] > 1])
    if not np.array_equal(again, came):
        faults.append(f"{len(again)} customers were to come back, {len(came)} did")
    return faults


def _visits(records: Records, network: Network) -> list[str]:
    """Each visit follows the one before at the same instant; each open contact has one open visit."""
    v, c = records.visits, records.contacts
    faults = []
    follows = (np.diff(v["contact"]) == 0) if len(v["contact"]) else np.array([], dtype=bool)
    if np.any(v["entered"][1:][follows] != v["ended"][:-1][follows]):
        faults.append("a contact was lost between two steps")
    times = np.stack([v["entered"], v["started"], v["ended"], v["freed"]])
    with np.errstate(invalid="ignore"):
        if (
            np.any(times[1] < times[0])
            or np.any(times[2] < times[0])
            or np.any(times[2] < times[1])
            or np.any(times[3] < times[2])
        ):
            faults.append("a visit's times are not in order")
    still = np.bincount(v["contact"][v["end"] == VisitEnd.OPEN], minlength=len(c["end"]))
    if not np.array_equal(still, (c["end"] == End.OPEN).astype(still.dtype)):
        faults.append("contacts still in the system do not each have one open visit")
    abandoned = np.unique(v["contact"][v["end"] == VisitEnd.ABANDONED])
    if np.any(c["end"][abandoned] != End.ABANDONED):
        faults.append("a contact gave up waiting and went on")
    return faults


def _little(records: Records, network: Network) -> list[str]:
    """Little's law per queue: the integral of the number waiting, which the engine kept, is the sum of the waits."""
    v = records.visits
    faults = []
    until = np.where(
        np.isnan(v["started"]), np.where(np.isnan(v["ended"]), records.finished, v["ended"]), v["started"]
    )
    waits = until - v["entered"]
    for queue, name in enumerate(network.names.queues):
        steps = (network.steps.kind == StepKind.QUEUE) & (network.steps.resource == queue)
        total = float(np.sum(waits[steps[v["step"]]]))
        area = float(records.queue_area[queue])
        if abs(total - area) > TOLERANCE * max(total, area) + 1e-6:
            faults.append(
                f"Little's law fails at queue {name!r}: waits sum to {total!r} s, the queue's integral is {area!r} s"
            )
    return faults


def _overlap(starts: Any, ends: Any, keys: Any) -> bool:
    """Tell whether two spans of the same key overlap."""
    order = np.lexsort((ends, starts, keys))
    same = np.diff(keys[order]) == 0
    return bool(np.any(starts[order][1:][same] < ends[order][:-1][same]))


def _agents(records: Records, network: Network) -> list[str]:
    """An agent serves one contact at a time; busy time ≤ staffed time in every pool."""
    v, s = records.visits, records.staff
    served = v["agent"] >= 0
    pool = v["pool"][served].astype(np.int64)
    start = v["started"][served]
    end = np.where(np.isnan(v["freed"][served]), records.finished, v["freed"][served])
    faults = []
    if _overlap(start, end, pool * (1 << 20) + v["agent"][served]):
        faults.append("an agent served two contacts at once")
    busy = np.bincount(pool, weights=end - start, minlength=len(network.names.pools))
    for number, name in enumerate(network.names.pools):
        mine = s["pool"] == number
        times = np.append(s["time"][mine], records.finished)
        staffed = float(np.sum(np.diff(times) * s["present"][mine]))
        if busy[number] > staffed * (1 + TOLERANCE) + 1e-6:
            faults.append(f"pool {name!r} was busy {float(busy[number])!r} s, but staffed only {staffed!r} s")
    return faults


def _most_at_once(starts: Any, ends: Any) -> int:
    """Return the largest number of spans [start, end) that overlap."""
    times = np.concatenate([starts, ends])
    steps = np.concatenate([np.ones(len(starts)), -np.ones(len(ends))])
    order = np.lexsort((steps, times))
    return int(np.max(np.cumsum(steps[order]), initial=0))


def _sessions(records: Records, network: Network) -> list[str]:
    """A bot never holds more sessions than it can."""
    v = records.visits
    faults = []
    for bot, name in enumerate(network.names.bots):
        room = int(network.bots.sessions[bot])
        steps = (network.steps.kind == StepKind.BOT) & (network.steps.resource == bot)
        mine = steps[v["step"]] & ~np.isnan(v["started"])
        ends = np.where(np.isnan(v["ended"][mine]), np.inf, v["ended"][mine])
        if room >= 0 and _most_at_once(v["started"][mine], ends) > room:
            faults.append(f"bot {name!r} held more than {room} sessions")
    return faults


def _lines(records: Records, network: Network) -> list[str]:
    """No channel holds more contacts than it has lines; a line is held until the first step that needs none."""
    c, v = records.contacts, records.visits
    faults = []
    free_at = np.where(np.isnan(c["ended"]), np.inf, c["ended"])
    off_line = network.steps.live[v["step"]] == 0
    np.minimum.at(free_at, v["contact"][off_line], v["entered"][off_line])
    for channel, name in enumerate(network.names.channels):
        lines = int(network.channels.lines[channel])
        visited = np.zeros(len(c["end"]), dtype=bool)
        visited[v["contact"]] = True
        mine = (c["channel"] == channel) & visited
        if lines >= 0 and _most_at_once(c["arrived"][mine], free_at[mine]) > lines:
            faults.append(f"channel {name!r} held more than its {lines} lines")
    return faults
