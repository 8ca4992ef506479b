"""Network + (seed, replication) → Records. Each engine stands in one table; all give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..network import Network
from . import reference
from .audit import audit
from .records import Records

__all__ = ["ENGINES", "MAX_VISITS", "Records", "audit", "resolve", "simulate"]

MAX_VISITS = 20_000_000  # visits to steps in one replication; more is taken for a scenario that explodes

ENGINES: Mapping[str, Callable[[Network, int, int, int], Records]] = MappingProxyType(
    {"reference": reference.simulate}
)


def resolve(engine: str) -> str:
    """Return the engine that is meant (`auto`: the fastest there is). Raises ValueError for an unknown one."""
    name = "reference" if engine == "auto" else engine
    if name not in ENGINES:
        raise ValueError(f"no engine is named {engine!r}; engines: auto, {', '.join(ENGINES)}")
    return name


def simulate(
    network: Network, seed: int, replication: int, engine: str = "auto", max_visits: int = MAX_VISITS
) -> Records:
    """Run one replication, check its books and return what happened.

    Args:
        network: the scenario as arrays (`network.build`).
        seed: any whole number from 0 to 2**62 - 1.
        replication: number of the replication, from 1; each can be run alone.
        engine: a name of `ENGINES`, or `auto` for the fastest there is.
        max_visits: bound on contacts and on visits to steps, which stops scenarios that multiply their contacts.

    Raises:
        ValueError: for an unknown engine.
        RunError: where the bound is reached; AuditError where the run contradicts itself.
    """
    records = ENGINES[resolve(engine)](network, seed, replication, max_visits)
    audit(records, network)
    return records
