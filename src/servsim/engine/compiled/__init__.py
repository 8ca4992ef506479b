"""The compiled engine: the reference engine's rules as one kernel over tables, the same for every scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...errors import RunError
from ...network import Network
from ..chance import Chance
from ..records import Records
from .loop import FULL, OVER, TOO_MANY_CONTACTS, TOO_MANY_VISITS, advance
from .world import Sink, World

__all__ = ["stream"]

EVENTS = 1_000_000  # between two looks at Ctrl-C and the progress: about half a second


def stream(
    network: Network, seed: int, replication: int, max_visits: int, part: int | None = None
) -> Iterator[Records]:
    world = World(network, Chance(network, seed, replication), max_visits)
    sink, first, held = Sink(), 0, 0
    while (reason := advance(world.address, EVENTS)) != OVER:
        if reason == FULL:
            done = world.closed()
            if done >= world.room("contact") // 4:
                world.hand_out(done, sink)
                held += done
                if part is not None and held >= part:
                    yield world.records(sink, first, last=False)
                    sink, first, held = Sink(), first + held, 0
            world.make_room()
        elif reason in (TOO_MANY_CONTACTS, TOO_MANY_VISITS):
            raise RunError("too many")
    world.hand_out(world.counter("contacts"), sink)
    yield world.records(sink, first, last=True)


def simulate(network: Network, seed: int, replication: int, max_visits: int) -> Records:
    return next(stream(network, seed, replication, max_visits))
