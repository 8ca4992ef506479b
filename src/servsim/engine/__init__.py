"""Network + (seed, replication) → Records. Each engine stands in one table; all give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import RunError
from ..network import Network
from . import compiled, reference
from .audit import Audit, audit
from .control import Control
from .records import Records

__all__ = ["ENGINES", "PART", "Engine", "Records", "audit", "resolve", "simulate", "stream"]

PART = 100_000  # contacts in a part of the records


@dataclass(frozen=True)
class Engine:
    """An engine: what it is, how it is called, and how far it goes unless told otherwise.

    `max_visits` is its usual bound on contacts and on visits to steps in one replication: more is taken for a scenario
    that explodes. `prepare` does what takes long at the first run on a machine.
    """

    about: str
    stream: Callable[[Network, int, int, Control], Iterator[Records]]
    max_visits: int
    prepare: Callable[[], None] = lambda: None


ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "reference": Engine("SimPy, written to be read", reference.stream, max_visits=2_000_000),
        "compiled": Engine(
            about="the same rules compiled, a hundred times faster",
            stream=compiled.stream,
            max_visits=20_000_000,
            prepare=compiled.prepare,
        ),
    }
)
FASTEST = "compiled"


def resolve(engine: str) -> str:
    """Return the engine that is meant (`auto`: the fastest there is). Raises ValueError for an unknown one."""
    name = FASTEST if engine == "auto" else engine
    if name not in ENGINES:
        raise ValueError(f"no engine is named {engine!r}; engines: auto, {', '.join(ENGINES)}")
    return name


def simulate(
    network: Network,
    seed: int,
    replication: int,
    engine: str = "auto",
    max_visits: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Records:
    """Run one replication, check its books and return all that happened; `stream` says what the arguments are."""
    return next(stream(network, seed, replication, engine, max_visits, part=None, progress=progress))


def stream(
    network: Network,
    seed: int,
    replication: int,
    engine: str = "auto",
    max_visits: int | None = None,
    part: int | None = PART,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Records]:
    """Run one replication, check its books and yield what happened, part by part.

    Args:
        network: the scenario as arrays (`network.build`).
        seed: any whole number from 0 to 2**62 - 1.
        replication: number of the replication, from 1; each can be run alone.
        engine: a name of `ENGINES`, or `auto` for the fastest there is.
        max_visits: bound on contacts and on visits to steps; None for the engine's usual one.
        part: about how many contacts a part of the records has at least, so that a long run needs no more memory than a
            short one; None for all in one part. The reference engine gives one part always.
        progress: is called now and then with the share of the clock's time that has passed, 0 … 1.

    Raises:
        ValueError: for an unknown engine.
        RunError: where the bound is reached, or would surely be; AuditError where the run contradicts itself.
    """
    chosen = ENGINES[resolve(engine)]
    control = Control(chosen.max_visits if max_visits is None else max_visits, part)
    if progress is not None:
        control = Control(control.max_visits, part, progress)
    _check_volume(network, control.max_visits)
    books = Audit(network)
    for records in chosen.stream(network, seed, replication, control):
        books.add(records)
        if records.last:
            books.close()
        yield records


def _check_volume(network: Network, max_visits: int) -> None:
    """Raise RunError where so many contacts are expected that the bound would be reached: better now than then."""
    expected = math.fsum(network.channels.segment_volume.tolist()) + len(network.channels.time)
    if expected > max_visits:
        raise RunError(
            f"the scenario expects {expected:,.0f} contacts in a replication, and the bound is {max_visits:,}; "
            "shorten the clock, or raise the bound (--max-visits)"
        )
