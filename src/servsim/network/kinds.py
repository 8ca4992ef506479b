"""Kinds of event, their order at one instant, and the words for ends; shared by both engines.

Events are taken in the order (time, kind, contact, attempt, step), DESIGN §4.4. All but the time are packed into one
integer: kind (4 bits), channel (8), customer number in the channel (32), attempt (10), step (10). Events that belong to
a pool, an agent or a bot put that number in the customer's place.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["BotMove", "End", "EventKind", "Mark", "StepKind", "VisitEnd", "pack"]


class EventKind(IntEnum):
    """What happens, in the order in which things happen that fall on the same instant."""

    ROSTER = 0  # the number of agents scheduled in a pool changes
    BOT_DOWN = 1  # an outage begins
    BOT_UP = 2  # an outage ends
    AGENT_FREE = 3  # wrap-up ends
    SERVICE_END = 4  # the agent's time with the contact ends
    SESSION_END = 5  # a bot session ends
    DELAY_END = 6  # a delay ends
    OVERFLOW = 7  # a waiting contact may be taken by more pools
    ABANDON = 8  # the patience of a waiting contact ends
    ARRIVAL = 9  # a contact comes, for the first time or again


CUSTOMER_BITS, ATTEMPT_BITS, STEP_BITS, CHANNEL_BITS = 32, 10, 10, 8
MAX_ATTEMPTS = (1 << ATTEMPT_BITS) - 1
AGENT_BITS = 17  # an agent's event holds (pool, agent) in the customer's place
MAX_AGENTS = (1 << AGENT_BITS) - 1


def pack(kind: int, channel: int, customer: int, attempt: int, step: int) -> int:
    """Return the order key of an event; smaller comes first among events of one instant. Fits 64 bits unsigned."""
    key = (kind << CHANNEL_BITS) | channel
    key = (key << CUSTOMER_BITS) | customer
    key = (key << ATTEMPT_BITS) | attempt
    return (key << STEP_BITS) | step


class StepKind(IntEnum):
    """What a step is."""

    BOT = 0
    QUEUE = 1
    DELAY = 2


class End(IntEnum):
    """How a contact ended; OPEN means that it was still in the system when the run ended."""

    OPEN = 0
    RESOLVED = 1
    UNRESOLVED = 2
    ABANDONED = 3
    BLOCKED = 4
    CLOSED = 5


class VisitEnd(IntEnum):
    """How a visit to a step ended; OPEN means that it was still going on when the run ended."""

    OPEN = 0
    DONE = 1
    ABANDONED = 2
    BLOCKED = 3
    HANDED_BACK = 4  # the agent's shift ended first, or the bot went down
    SKIPPED = 5  # the bot was full or down


class BotMove(IntEnum):
    """What a contact does that cannot use a bot."""

    WAIT = 0
    SKIP = 1
    BLOCK = 2


class Mark(IntEnum):
    """Numbers below zero where a step or sampler could stand."""

    NONE = -1
    CHANNELS_OWN = -2  # a queue's patience that is the channel's
