"""Service level: how many were answered in time, out of how many, by the scope's threshold and rule.

Each contact is judged by its first stay at a queue, each stay at a queue by itself: was it answered, and how
long did that take? One that was not answered gave up, was turned away by a full waiting room, or still waits
as the run ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..network.kinds import VisitEnd
from ..network.network import Floats, Ints
from ..scenario.model import Target
from .facts import Facts
from .groups import Codes, Flags, Rows

__all__ = [
    "Judged",
    "Words",
    "add_levels",
    "judge_contacts",
    "judge_stays",
    "level_names",
    "said_by",
    "words_of",
]

RULES = ("missed", "ignored", "met", "answered_only")
BLOCKED = ("missed", "left_out")


class Said(Protocol):
    """What a queue, a channel, a scenario or a target says about its service level; None: nothing."""

    @property
    def within(self) -> float | None: ...

    @property
    def abandoned(self) -> str | None: ...

    @property
    def blocked(self) -> str | None: ...


@dataclass(frozen=True)
class Words:
    """The same, said here: threshold in seconds, rules for those who gave up and for those turned away."""

    within: float | None = None
    abandoned: str | None = None
    blocked: str | None = None


USUAL = Words(20.0, "missed", "missed")  # where nobody says anything


@dataclass(frozen=True)
class Judged:
    """Rows judged: answered in time; good in the sense of the rule; counted at all."""

    in_time: Flags
    good: Flags
    counted: Flags


@dataclass(frozen=True)
class _Rules:
    """Threshold and rules of each channel, or of each pair of queue and channel."""

    within: Floats
    abandoned: Ints
    blocked: Ints


def add_levels(rows: Rows, facts: Facts, judge: Callable[[Facts, Words], Judged]) -> None:
    """Enter what service levels are made from: the scenario's, and those of targets with words of their own."""
    at_queues = "queue" in rows.codes
    targets = [target for target in facts.model.targets if (target.scope == "queue") == at_queues]
    for words in dict.fromkeys([Words(), *(words_of(target) for target in targets)]):
        judged = judge(facts, words)
        good, counted = level_names(words)
        rows.sum(good, judged.good)
        rows.sum(counted, judged.counted)
        if words == Words():
            rows.sum("answered_in_time", judged.in_time)


def words_of(target: Target) -> Words:
    """Return what a target itself says."""
    return Words(target.within, target.abandoned, target.blocked)


def level_names(words: Words) -> tuple[str, str]:
    """Return the names of the two sums behind a service level."""
    own = "" if words == Words() else f" by {words!r}"
    return f"good{own}", f"counted{own}"


def judge_contacts(facts: Facts, override: Words) -> Judged:
    """Judge every contact by the words of `override`, else by its channel's threshold and rule."""
    model, contacts = facts.model, facts.contacts
    said = [(model.channels[name].service_level,) for name in facts.network.names.channels]
    rules = _rules(said, model.service_level, override)
    return _judge(facts, contacts.first_queue, contacts.channel, rules, contacts.offered)


def judge_stays(facts: Facts, override: Words) -> Judged:
    """Judge every stay at a queue by `override`, else the queue's threshold and rule, else the contact's channel's."""
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


def _rules(own: Iterable[tuple[Said, ...]], general: Said, override: Words) -> _Rules:
    """Return what holds for each scope: a target's words, else its own in their order, the scenario's, the usual."""
    said = [said_by((override, *words, general)) for words in own]
    return _Rules(
        np.array([words.within for words in said], dtype=np.float64),
        np.array([RULES.index(str(words.abandoned)) for words in said], dtype=np.int64),
        np.array([BLOCKED.index(str(words.blocked)) for words in said], dtype=np.int64),
    )


def said_by(chain: Sequence[Said]) -> Words:
    """Return what holds by those who may say it, the nearest first: each word of the first who says it."""
    full = (*chain, USUAL)
    within = next(part.within for part in full if part.within is not None)
    abandoned, blocked = (
        next(word for part in full if (word := getattr(part, name)) is not None)
        for name in ("abandoned", "blocked")
    )
    return Words(within, abandoned, blocked)


def _judge(facts: Facts, visit: Ints, scope: Codes, rules: _Rules, offered: Flags) -> Judged:
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
    turned_away = unanswered & (end == VisitEnd.BLOCKED)
    left_out |= (rules.blocked[scope] == BLOCKED.index("left_out")) & turned_away
    in_time = answered & soon
    good = in_time | ((rule == RULES.index("met")) & gave_up & soon)
    return Judged(in_time, good, reached & ~too_early_to_say & ~left_out)
