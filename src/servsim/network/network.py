"""The scenario as arrays: the only thing that an engine sees.

Steps, queues, pools, bots, channels and reasons are numbered in the order of the file, steps through all flows.
Ragged lists are stored as one array with offsets: list i is `values[offset[i]:offset[i + 1]]`.
Times are seconds since the start of the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Ints", "Network"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Samplers:
    """Distributions in the layout of `draws.quantile`, and which of them holds when for whom.

    For reason r sampler s looks at the contact's arrival (`at_arrival[s, r]` = 1) or at the step's start; its changes
    of the day are the seconds `slot_time[slot_offset[s]:slot_offset[s + 1]]`, each holding until the next and the last
    one past midnight; in slot j it uses the distribution `row[first_row[s] + r * slots + j]`.
    """

    at_arrival: Ints  # (samplers, reasons)
    slot_offset: Ints
    slot_time: Floats
    first_row: Ints
    row: Ints
    kind: Ints
    params: Floats  # (distributions, 3)
    table: Floats
    table_start: Ints
    table_length: Ints


@dataclass(frozen=True)
class Calendars:
    """Open spans [start, end) of each calendar, from the first midnight to a year past the clock's end.

    `before` is the open time before each span. A calendar that is always open has no entry; its number is -1.
    """

    offset: Ints
    start: Floats
    end: Floats
    before: Floats


@dataclass(frozen=True)
class Channels:
    """Channels: arrivals as segments [start, end) with a mean number of contacts each, or as exact times.

    Where a contact starts is a list of cumulative shares and steps for each channel.
    """

    live: Ints  # 1 for voice and chat
    start_offset: Ints
    start_share: Floats
    start_target: Ints
    lines: Ints  # -1: as many as needed
    patience: Ints  # sampler, -1: for ever
    calendar: Ints
    reason_share: Floats  # (channels, reasons), cumulative; the last is 1
    day_factor: Ints  # -1: none
    segment_offset: Ints
    segment_start: Floats
    segment_end: Floats
    segment_volume: Floats  # mean number of contacts in the segment, before the day factor
    segment_day: Ints  # day of the clock, from 0
    time_offset: Ints
    time: Floats  # exact arrival times, ascending
    time_reason: Ints  # -1: drawn


@dataclass(frozen=True)
class Steps:
    """Steps of all flows. Where a contact goes next is a list of cumulative shares and targets for each (step, reason).

    A target is a step number, or -1 - End for an end.
    """

    kind: Ints
    resource: Ints  # queue or bot; -1 in a delay
    time: Ints  # sampler
    wrap_up: Ints  # sampler, -1: none
    live: Ints
    calendar: Ints  # of a delay
    skip_to: Ints  # target for a contact that cannot use the bot
    next_offset: Ints  # (steps * reasons + 1)
    next_share: Floats
    next_target: Ints


@dataclass(frozen=True)
class Bots:
    """Bots. Planned outages are spans; random ones alternate between up and down durations."""

    sessions: Ints  # -1: as many as needed
    when_full: Ints  # BotMove
    when_down: Ints  # BotMove
    returns: Ints  # 1: sessions in progress are broken off by an outage
    outage_offset: Ints
    outage_start: Floats
    outage_end: Floats
    up: Ints  # sampler of the time from repair to failure, -1: none
    down: Ints  # sampler of the time from failure to repair


@dataclass(frozen=True)
class Queues:
    """Queues, and for each the pools that serve it in the order in which a contact tries them."""

    priority: Ints
    head_start: Floats
    room: Ints  # -1: unlimited
    patience: Ints  # sampler, -1: nobody gives up, -2: the channel's
    pool_offset: Ints
    pool: Ints
    pool_after: Floats  # wait after which the pool may take the contact; 0: at once


@dataclass(frozen=True)
class Pools:
    """Pools, for each the queues it serves by preference, and the number of agents present and paid from a time on."""

    returns: Ints  # 1: a shift's end hands the contact back
    skill_offset: Ints
    skill_queue: Ints
    skill_rank: Ints
    skill_speed: Floats  # pool's speed times the skill's
    skill_after: Floats  # wait after which the pool may take contacts of this queue
    roster_offset: Ints
    roster_time: Floats
    roster_present: Ints
    roster_paid: Ints


@dataclass(frozen=True)
class Returns:
    """What happens after each end in each channel: arrays of shape (channels, ends)."""

    share: Floats
    after: Ints  # sampler
    calendar: Ints
    channel: Ints
    attempts: Ints


@dataclass(frozen=True)
class Streams:
    """Hashed names of the random streams (DESIGN §4.2)."""

    customer: Ints  # (channels)
    arrival: Ints  # (channels)
    reason: Ints
    patience: Ints  # (channels)
    start: Ints  # (channels), named after their flows
    queue_patience: Ints  # (queues)
    time: Ints  # (steps)
    wrap_up: Ints  # (steps)
    next: Ints  # (steps)
    come_back: Ints  # (channels, ends)
    come_back_after: Ints  # (channels, ends)
    day_factor: Ints  # (day factors)
    bot_up: Ints  # (bots)
    bot_down: Ints  # (bots)


@dataclass(frozen=True)
class Names:
    """What the numbers stand for."""

    channels: tuple[str, ...]
    reasons: tuple[str, ...]
    steps: tuple[str, ...]  # flow/step
    queues: tuple[str, ...]
    pools: tuple[str, ...]
    bots: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """A scenario as arrays; times in seconds. `start_of_day` is the time of day at time zero."""

    names: Names
    length: float
    warmup: float
    interval: float
    start_of_day: float
    drain: bool
    samplers: Samplers
    calendars: Calendars
    day_factor: Ints  # sampler of each day factor
    channels: Channels
    steps: Steps
    bots: Bots
    queues: Queues
    pools: Pools
    returns: Returns
    streams: Streams
