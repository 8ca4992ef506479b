"""Service level: how many were answered in time, out of how many, by the scope's threshold and rule.

Each contact is judged by its first stay at a queue, each stay at a queue by itself: was it answered, and how
long did that take? One that was not answered gave up, was turned away by a full waiting room, or still waits
as the run ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..network.kinds import VisitEnd
from ..network.network import Floats, Ints
from .facts import Facts, Flags
from .groups import ByKind, Population, ratio

__all__ = ["Judged", "Words", "by_kind", "judge_contacts", "judge_stays"]

RULES = ("missed", "ignored", "met", "answered_only")


class Said(Protocol):
    """What a queue, a channel, a scenario or a target says about its service level; None: nothing."""

    @property
    def within(self) -> float | None: ...

    @property
    def abandoned(self) -> str | None: ...


@dataclass(frozen=True)
class Words:
    """The same, said here: threshold in seconds and rule for those who gave up."""

    within: float | None
    abandoned: str | None


USUAL = Words(20.0, "missed")  # where nobody says anything


@dataclass(frozen=True)
class Judged:
    """Rows judged: answered in time; good in the sense of the rule; counted at all."""

    in_time: Flags
    good: Flags
    counted: Flags


@dataclass(frozen=True)
class _Rules:
    """Threshold and rule of each channel, or of each pair of queue and channel."""

    within: Floats
    abandoned: Ints


def judge_contacts(facts: Facts, override: Said | None = None) -> Judged:
    """Judge every contact by its channel's threshold and rule."""
    model, contacts = facts.model, facts.contacts
    said = [(model.channels[name].service_level,) for name in facts.network.names.channels]
    rules = _rules(said, model.service_level, override)
    return _judge(facts, contacts.first_queue, contacts.channel, rules, contacts.offered)


def judge_stays(facts: Facts, override: Said | None = None) -> Judged:
    """Judge every stay at a queue by the queue's threshold and rule, where it has none by the contact's channel's."""
    names, model, first = facts.network.names, facts.model, facts.queue_stays.first
    said = [
        (model.queues[queue].service_level, model.channels[channel].service_level)
        for queue in names.queues
        for channel in names.channels
    ]
    rules = _rules(said, model.service_level, override)
    channel = facts.contacts.channel[facts.visits.contact[first]]
    scope = facts.visits.resource[first] * len(names.channels) + channel
    return _judge(facts, first, scope, rules, np.ones(len(first), dtype=bool))


def by_kind(population: Population, judged: Judged) -> ByKind:
    """Return the service level of a population."""
    good, counted = population.sum(judged.good), population.sum(judged.counted)
    return {kind: ratio(good[kind], counted[kind]) for kind in good}


def _rules(own: Iterable[tuple[Said, ...]], general: Said, override: Said | None) -> _Rules:
    """Return what holds for each scope: a target's words, else its own in their order, the scenario's, the usual."""
    within: list[float] = []
    abandoned: list[int] = []
    for words in own:
        chain = [part for part in (override, *words, general, USUAL) if part is not None]
        within.append(next(part.within for part in chain if part.within is not None))
        abandoned.append(RULES.index(next(part.abandoned for part in chain if part.abandoned is not None)))
    return _Rules(np.array(within, dtype=np.float64), np.array(abandoned, dtype=np.int64))


def _judge(facts: Facts, visit: Ints, scope: Ints, rules: _Rules, offered: Flags) -> Judged:
    """Judge rows by the visit to a queue that stands in each (-1: no queue was reached)."""
    if len(facts.visits.step) == 0:
        nobody = np.zeros(len(visit), dtype=bool)
        return Judged(nobody, nobody, nobody)
    reached = offered & (visit >= 0)
    visits, row = facts.visits, np.maximum(visit, 0)
    within, rule = rules.within[scope], rules.abandoned[scope]
    # times are made by adding durations, so only the sum finds a wait of exactly `within`
    soon = visits.left_queue[row] <= visits.entered[row] + within
    end = visits.end[row]
    answered = reached & visits.begun[row]
    unanswered = reached & ~answered
    gave_up = unanswered & (end == VisitEnd.ABANDONED)
    too_early_to_say = unanswered & (end == VisitEnd.OPEN) & soon
    left_out = (rule == RULES.index("ignored")) & gave_up & soon
    left_out |= (rule == RULES.index("answered_only")) & unanswered
    in_time = answered & soon
    good = in_time | ((rule == RULES.index("met")) & gave_up & soon)
    return Judged(in_time, good, reached & ~too_early_to_say & ~left_out)
