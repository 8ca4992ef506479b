"""The compiled engine: the reference engine's rules as one kernel over tables, the same for every scenario.

    layout      the tables and how compiled code reaches them
    tables      Network → tables
    heap        events to come
    chance      draws and calendars
    lines, book, patience, agents, bots     contacts and what happens to them
    loop        event after event: the kernel's entry
    world       the tables of a run, as Python sees them: room, records
    columns     rows → columns of the records

The kernel knows no scenario: it is compiled once on a machine and kept on disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numba
from numba.core import types

from ...draws.cache import is_ready
from ...errors import RunError
from ...network import Network
from ..chance import Chance
from ..control import MORE_CONTACTS, MORE_OUTAGES, MORE_VISITS, Control
from ..records import Records
from .loop import FULL, OVER, TOO_MANY_CONTACTS, TOO_MANY_OUTAGES, TOO_MANY_VISITS, advance
from .world import Sink, World

__all__ = ["prepare", "stream"]

EVENTS = 500_000  # between two looks at Ctrl-C and two words of progress: about a tenth of a second
TOO_MANY = {TOO_MANY_CONTACTS: MORE_CONTACTS, TOO_MANY_VISITS: MORE_VISITS, TOO_MANY_OUTAGES: MORE_OUTAGES}


SIGNATURE = (types.int64, types.int64)


def prepare() -> None:
    """Compile the kernel, or fetch it from disk; says so on the logger `servsim` where it takes long.

    Raises RunError where numba's compiler is switched off.
    """
    if numba.config.DISABLE_JIT:
        raise RunError("the compiled engine needs numba's compiler, which NUMBA_DISABLE_JIT switches off")
    kernel: Any = advance  # numba's dispatcher
    if kernel.overloads:
        return
    if not is_ready(kernel, SIGNATURE):
        logging.getLogger("servsim").warning(
            "compiling the simulation kernel, once on this machine (about 20 s) …"
        )
    kernel.compile(SIGNATURE)


def stream(network: Network, seed: int, replication: int, control: Control) -> Iterator[Records]:
    """Run one replication and yield what happened, part by part; see `engine.stream`."""
    prepare()
    world = World(network, Chance(network, seed, replication), control.max_visits)
    sink, first, held = Sink(), 0, 0
    while (reason := advance(world.address, EVENTS)) != OVER:
        control.progress(world.progress())
        if reason in TOO_MANY:
            raise control.too_many(TOO_MANY[reason], world.now)
        if reason != FULL:
            continue
        if (over := world.over()) >= world.room("contact") // 4:
            world.hand_out(over, sink)
            held += over
        if control.part is not None and held >= control.part:
            yield world.records(sink, first, last=False)
            sink, first, held = Sink(), first + held, 0
        world.make_room()
    world.hand_out(world.counter("contacts"), sink)
    yield world.records(sink, first, last=True)
