"""The two works as an analyst writes them with SimPy and the standard library: processes, and a row a contact."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from random import Random
from typing import Any, NamedTuple

import numpy as np
import simpy
from works import Visits

__all__ = ["erlang_a", "three_channels", "visits_a", "visits_b"]

Life = Generator[simpy.Event, Any, None]


class Call(NamedTuple):
    """What is kept of a customer of Work A."""

    arrived: float
    wait: float
    served: bool
    ended: float


def erlang_a(seed: int, hours: float) -> list[Call]:
    """Simulate Work A."""
    draw = Random(seed).expovariate
    env = simpy.Environment()
    agents = simpy.Resource(env, capacity=50)
    log: list[Call] = []

    def customer() -> Life:
        arrived = env.now
        with agents.request() as request:
            if not request.triggered:
                yield request | env.timeout(draw(1 / 180))
            wait, served = env.now - arrived, request.triggered
            if served:
                yield env.timeout(draw(1 / 180))
        log.append(Call(arrived, wait, served, env.now))

    def source() -> Life:
        while True:
            yield env.timeout(draw(960 / 3600))
            if env.now >= hours * 3600:
                return
            env.process(customer())

    env.process(source())
    env.run()
    return log


def visits_a(log: list[Call]) -> Visits:
    """Return a run of Work A in the common form."""
    arrived, wait, served, ended = (np.array(column, dtype=np.float64) for column in zip(*log, strict=True))
    none = np.zeros(0)
    return Visits(
        customers=len(log),
        entered=arrived,
        wait=wait,
        served=served.astype(np.int64),
        talk=ended - arrived - wait,
        queue=np.zeros(len(log), dtype=np.int64),
        pool=served.astype(np.int64) - 1,
        bot_entered=none,
        bot_time=none,
    )


# --- Work B --------------------------------------------------------------------------------------------------------


class Contact(NamedTuple):
    """What is kept of a contact of Work B; pool and agent are -1 for those who never spoke to a person."""

    channel: int
    customer: int
    attempt: int
    arrived: float
    queued: float  # when it came to the queue; NaN if the bot was enough
    wait: float
    pool: int
    agent: int
    ended: float


RATE = (300 / 3600, 200 / 3600, 100 / 3600)  # first contacts a second, by channel
QUEUE = (0, 1, 1)  # of each channel
PATIENCE = (120.0, 180.0)  # s on average, by queue
POOLS_OF = ((0, 1), (1,))  # that serve a queue, in the order in which a contact tries them
QUEUES_OF = ((0,), (1, 0))  # that a pool serves, in the order in which a free agent looks


def lognormal(mean: float, cv: float) -> tuple[float, float]:
    """Return mu and sigma of the lognormal distribution with this mean and coefficient of variation."""
    variance = math.log(1 + cv * cv)
    return math.log(mean) - variance / 2, math.sqrt(variance)


BOT = lognormal(60.0, 0.8)
HANDLING = (lognormal(240.0, 1.0), lognormal(300.0, 1.0))  # by queue


class Desk:
    """Two pools of agents and two lines of waiting contacts; first come, first served, longest idle first."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.idle = (deque(range(10)), deque(range(18)))
        self.lines: tuple[deque[simpy.Event], ...] = (deque(), deque())

    def take(self, queue: int) -> tuple[int, int] | None:
        """Return an idle agent (pool, number) for a contact that comes to a queue, None if all are busy."""
        for pool in POOLS_OF[queue]:
            if self.idle[pool]:
                return pool, self.idle[pool].popleft()
        return None

    def join(self, queue: int) -> simpy.Event:
        """Put a contact into the line; the event happens when it gets an agent."""
        turn = self.env.event()
        self.lines[queue].append(turn)
        return turn

    def free(self, pool: int, agent: int) -> None:
        """Give an agent to whoever waits, or let them idle."""
        for queue in QUEUES_OF[pool]:
            if self.lines[queue]:
                self.lines[queue].popleft().succeed((pool, agent))
                return
        self.idle[pool].append(agent)


def three_channels(seed: int, hours: float) -> list[Contact]:
    """Simulate Work B."""
    rng = Random(seed)
    random, draw, lognormvariate = rng.random, rng.expovariate, rng.lognormvariate
    env = simpy.Environment()
    desk = Desk(env)
    log: list[Contact] = []
    end = hours * 3600

    def person(queue: int) -> Generator[simpy.Event, Any, tuple[float, int, int]]:
        taken = desk.take(queue)
        if taken is not None:
            wait, (pool, agent) = 0.0, taken
        else:
            queued = env.now
            turn: Any = desk.join(queue)
            yield turn | env.timeout(draw(1 / PATIENCE[queue]))
            wait = env.now - queued
            if not turn.triggered:
                desk.lines[queue].remove(turn)
                return wait, -1, -1
            pool, agent = turn.value
        yield env.timeout(lognormvariate(*HANDLING[queue]))
        desk.free(pool, agent)
        return wait, pool, agent

    def customer(channel: int, number: int) -> Life:
        attempt = 0
        while True:
            attempt += 1
            arrived, queued, wait, pool, agent = env.now, math.nan, 0.0, -1, -1
            with_bot = random() < 0.70
            if with_bot:
                yield env.timeout(30 + lognormvariate(*BOT))
            if not with_bot or random() < 0.35:
                queued = env.now
                wait, pool, agent = yield from person(QUEUE[channel])
            log.append(Contact(channel, number, attempt, arrived, queued, wait, pool, agent, env.now))
            back = draw(1 / 3600)
            if random() >= 0.15 or env.now + back >= end:
                return
            yield env.timeout(back)

    def source(channel: int) -> Life:
        number = 0
        while True:
            yield env.timeout(draw(RATE[channel]))
            if env.now >= end:
                return
            env.process(customer(channel, number))
            number += 1

    for channel in range(3):
        env.process(source(channel))
    env.run()
    return log


def visits_b(log: list[Contact]) -> Visits:
    """Return a run of Work B in the common form."""
    channel, _, attempt, arrived, queued, wait, pool, _, ended = (
        np.array(column, dtype=np.float64) for column in zip(*log, strict=True)
    )
    came = ~np.isnan(queued)
    left_bot = np.where(came, queued, ended)
    bot = left_bot > arrived
    served = pool[came] >= 0
    return Visits(
        customers=int((attempt == 1).sum()),
        entered=queued[came],
        wait=wait[came],
        served=served.astype(np.int64),
        talk=np.where(served, (ended - queued - wait)[came], 0.0),
        queue=np.array(QUEUE)[channel[came].astype(np.int64)],
        pool=pool[came].astype(np.int64),
        bot_entered=arrived[bot],
        bot_time=(left_bot - arrived)[bot],
    )
