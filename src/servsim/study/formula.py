"""What closed formulas say about a queue of a scenario, where the queue is one that they know.

`reduction` tells whether it is, and what is accepted. Formulas tell of the steady state: a run that starts empty comes
near to it after a warm-up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..errors import InputError, did_you_mean, listed
from ..measure.service_level import Words
from ..network import build
from ..queueing import QueueFigures, mg1_priority_waits, mg1_wait, mmck, priority_waits
from ..scenario import Scenario
from .reduction import InTheWay, Law, Line, Station, station_of

__all__ = ["Formula", "formula_for", "formulas"]

Figures = dict[tuple[str, str], float]  # (measure, scope): value in the catalogue's unit


@dataclass(frozen=True)
class Formula:
    """What a formula says about a queue, or why none does.

    Attributes:
        queue: the queue's name.
        model: the queue in Kendall's notation, such as `M/M/12+M`; "" where it is none that is known.
        name: the formula, such as `Erlang A`; "" likewise.
        figures: (measure, scope) → value in the steady state, in the catalogue's units. The scope is the queue; the
            pool for occupancy; the channel for the blocking by lines.
        reason: a plain sentence that names the first thing in the way; "" where nothing is.
    """

    queue: str
    model: str
    name: str
    figures: Mapping[tuple[str, str], float]
    reason: str


def formula_for(scenario: Scenario, queue: str) -> Formula:
    """Return what a closed formula says about a queue. Raises InputError where there is no such queue."""
    known = list(scenario.model.queues)
    if queue not in known:
        raise InputError(f"no queue is named {queue!r}; queues: {listed(known)}{did_you_mean(queue, known)}")
    network = build(scenario.model)
    try:
        station = station_of(scenario.model, network, queue)
        model, name, figures = _solved(station, queue)
    except InTheWay as reason:
        return Formula(queue, "", "", {}, str(reason))
    return Formula(queue, model, name, figures, "")


def formulas(scenario: Scenario) -> tuple[Formula, ...]:
    """Return what `formula_for` says of every queue."""
    return tuple(formula_for(scenario, queue) for queue in scenario.model.queues)


def _solved(station: Station, queue: str) -> tuple[str, str, Figures]:
    if len(station.lines) > 1:
        return _shared(station, queue)
    [line] = station.lines
    room = min(station.agents + line.room, line.lines)
    if room <= station.agents:
        return _loss(station, line, int(room))
    if math.isnan(line.patience):
        raise InTheWay("patience is not exponential, with one mean for all")
    if line.law.exponential:
        return _exponential(station, line, room)
    if station.agents == 1 and math.isinf(line.patience) and math.isinf(room):
        _check_load([line], 1)
        figures = _waiting(line, mg1_wait(line.rate, line.law.mean, line.law.cv))
        return "M/G/1", "Pollaczek-Khinchine", figures | _occupancy(station, _load([line]))
    raise InTheWay("service, wrap-up included, is not exponential with one mean for all")


def _exponential(station: Station, line: Line, room: float) -> tuple[str, str, Figures]:
    """M/M/c, with patience, room, both or neither."""
    if math.isinf(line.patience) and math.isinf(room):
        _check_load([line], station.agents)
    found = mmck(line.rate, line.law.mean, station.agents, room, line.patience)
    limit = "" if math.isinf(room) else f"/{room:.0f}"
    impatient = "" if math.isinf(line.patience) else "+M"
    name = "Birth and death" if limit else "Erlang A" if impatient else "Erlang C"
    return f"M/M/{station.agents}{limit}{impatient}", name, _figures(station, line, found)


def _loss(station: Station, line: Line, room: int) -> tuple[str, str, Figures]:
    """Nobody can wait: Erlang B, which holds for any service (Sevastyanov 1957)."""
    found = mmck(line.rate, line.law.mean, room, room)
    found = replace(found, occupancy=found.occupancy * room / station.agents)
    law = "M" if line.law.exponential else "G"
    return f"M/{law}/{room}/{room}", "Erlang B", _figures(station, line, found)


def _figures(station: Station, line: Line, found: QueueFigures) -> Figures:
    """Return the figures as measures. Whom the trunk lines turn away never comes to the queue."""
    scope = f"queue:{line.queue}"
    by_lines = math.isfinite(line.lines) and found.blocking > 0
    reached = 1.0 - found.blocking if by_lines else 1.0
    figures: Figures = {
        ("wait", scope): found.mean_wait,
        ("asa", scope): found.mean_wait_answered,
        ("waiting", scope): found.mean_queue,
        ("occupancy", f"pool:{station.pool}"): found.occupancy,
    }
    if line.words is not None:
        figures["service_level", scope] = _service_level(found, line.words, by_lines)
    if math.isfinite(line.patience):
        figures["abandonment", scope] = found.abandonment / reached
    if math.isfinite(found.room):
        figures["blocking", f"channel:{line.channel}" if by_lines else scope] = found.blocking
    return figures


def _service_level(found: QueueFigures, words: Words, by_lines: bool) -> float:
    """Return the service level of those who come to the queue, by its threshold and rules."""
    within, rule = words.within or 0.0, words.abandoned
    if rule == "answered_only":
        return found.service_level(within, "answered_only")
    in_time = found.service_level(within, "missed")
    gave_up = found.service_level(within, "met") - in_time
    left_out = found.blocking if by_lines or words.blocked == "left_out" else 0.0
    good = in_time + (gave_up if rule == "met" else 0.0)
    return good / (1.0 - left_out - (gave_up if rule == "ignored" else 0.0))


def _shared(station: Station, queue: str) -> tuple[str, str, Figures]:
    """Several queues of one pool: Cobham's priorities."""
    lines, agents = station.lines, station.agents
    if not all(math.isinf(line.patience) for line in lines):
        raise InTheWay(f"{station.pool!r} serves several queues, and customers give up")
    if not all(math.isinf(line.room) and math.isinf(line.lines) for line in lines):
        raise InTheWay(f"{station.pool!r} serves several queues, and rooms or lines are limited")
    _check_load(lines, agents)
    ranks = [list(same) for _, same in groupby(lines, key=lambda line: line.rank)]
    rates, laws = [math.fsum(line.rate for line in same) for same in ranks], [_joined(same) for same in ranks]
    alike = all(law.exponential and math.isclose(law.mean, laws[0].mean, rel_tol=1e-9) for law in laws)
    if alike:
        waits = priority_waits(rates, laws[0].mean, agents)
    elif agents == 1:
        waits = mg1_priority_waits(rates, [law.mean for law in laws], [law.cv for law in laws])
    else:
        raise InTheWay(f"the queues of {station.pool!r} have not one exponential law of service in common")
    number = next(k for k, same in enumerate(ranks) if any(line.queue == queue for line in same))
    line = next(line for line in lines if line.queue == queue)
    kind = f"M/{'M' if alike else 'G'}/{agents}"
    name = f"Cobham, class {number + 1} of {len(ranks)}" if len(ranks) > 1 else "one line of several queues"
    figures = _waiting(line, waits[number]) | _occupancy(station, _load(lines))
    return f"{kind} with {len(ranks)} priorities" if len(ranks) > 1 else kind, name, figures


def _joined(lines: Sequence[Line]) -> Law:
    """Return the service of queues that are served as one line."""
    total = math.fsum(line.rate for line in lines)
    mean = math.fsum(line.rate * line.law.mean for line in lines) / total
    square = math.fsum(line.rate * (line.law.variance + line.law.mean**2) for line in lines) / total
    same = all(line.law.exponential and math.isclose(line.law.mean, mean, rel_tol=1e-9) for line in lines)
    return Law(mean, max(square - mean**2, 0.0), same)


def _waiting(line: Line, wait: float) -> Figures:
    scope = f"queue:{line.queue}"
    return {("wait", scope): wait, ("asa", scope): wait, ("waiting", scope): line.rate * wait}


def _occupancy(station: Station, load: float) -> Figures:
    return {("occupancy", f"pool:{station.pool}"): load / station.agents}


def _load(lines: Sequence[Line]) -> float:
    return math.fsum(_loads(lines))


def _loads(lines: Sequence[Line]) -> Iterator[float]:
    return (line.rate * line.law.mean for line in lines)


def _check_load(lines: Sequence[Line], agents: int) -> None:
    load = _load(lines)
    if load >= agents:
        raise InTheWay(
            f"more work comes than agents can do: {load:.4g} erlangs, {agents} agents; it grows for ever"
        )
