"""The patience of those who wait, and the order of a contact's events."""

from __future__ import annotations

import math

from ...draws.kernel import uniform
from ...network.kinds import EventKind, Mark, StepKind
from .chance import sample
from .heap import order, plan
from .layout import channel_at, compiled, inlined, queue_at, slot_at, state_at, step_at

__all__ = ["order_of", "plan_patience"]

ABANDON, QUEUE = int(EventKind.ABANDON), int(StepKind.QUEUE)
CHANNELS_OWN = int(Mark.CHANNELS_OWN)


@inlined
def order_of(w: int, kind: int, who: int) -> int:
    """Return the order of an event of a contact at its step."""
    s = slot_at(w, who)
    return order(kind, s.home, s.number, s.attempt, s.step)


@compiled
def plan_patience(w: int, who: int) -> None:
    """Let the contact give up when its patience ends, if it has one here."""
    s = slot_at(w, who)
    patience = _patience(w, who)
    if patience < math.inf:
        plan(w, state_at(w, 0).now + patience, order_of(w, ABANDON, who), who, s.stamp)


@inlined
def _patience(w: int, who: int) -> float:
    """Return how long the contact bears a wait; drawn once per attempt, so all its waits have one bound."""
    s = slot_at(w, who)
    step, channel = step_at(w, s.step), channel_at(w, s.channel)
    sampler, key = CHANNELS_OWN, 0
    if step.kind == QUEUE:
        queue = queue_at(w, step.resource)
        sampler, key = queue.patience, queue.patience_key
    if sampler == CHANNELS_OWN:
        sampler = channel.patience if step.live and channel.live else -1
        key = channel.patience_key
    if sampler < 0:
        return math.inf
    u = uniform(key, s.key, s.attempt, 0)
    return sample(w, sampler, u, s.reason, s.arrived, state_at(w, 0).now)
