"""Records written by hand: contacts with their visits as one would tell them, turned into columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from servsim.engine.records import BOT_COLUMNS, CONTACT_COLUMNS, STAFF_COLUMNS, VISIT_COLUMNS, Records
from servsim.network.build import build
from servsim.network.kinds import End, VisitEnd
from servsim.network.network import Network
from servsim.scenario import load
from servsim.scenario.model import Model

NAN = float("nan")


@dataclass
class Visit:
    """A visit to a step. Without `agent` nobody served; `freed` is the end where it is not said."""

    step: str
    entered: float
    started: float = NAN
    ended: float = NAN
    end: VisitEnd = VisitEnd.DONE
    agent: str = ""  # pool/number from 0
    freed: float | None = None


@dataclass
class Contact:
    """A contact that came first, and comes now, in `channel`."""

    channel: str
    customer: int
    arrived: float
    end: End
    ended: float = NAN
    reason: str = "a"
    attempt: int = 1
    returns_at: float = NAN
    visits: Sequence[Visit] = ()
    home: str = ""


def scenario(folder: Path, text: str, name: str = "scenario.yaml") -> tuple[Model, Network]:
    """Write a scenario, load it and build its network."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    model = load(path).model
    return model, build(model)


def records(
    network: Network,
    contacts: Sequence[Contact],
    staff: Iterable[tuple[float, str, int, int]] = (),
    bots: Iterable[tuple[float, str, int]] = (),
    finished: float | None = None,
) -> Records:
    """Return the records of contacts in order of arrival."""
    names = network.names
    rows, visits = [], []
    for number, c in enumerate(contacts):
        home, channel = names.channels.index(c.home or c.channel), names.channels.index(c.channel)
        reason = names.reasons.index(c.reason)
        rows.append((home, c.customer, c.attempt, channel, reason, c.arrived, c.ended, c.end, c.returns_at))
        for place, v in enumerate(c.visits):
            pool, _, agent = v.agent.partition("/")
            who = (names.pools.index(pool), int(agent)) if v.agent else (-1, -1)
            freed = v.freed if v.freed is not None else v.ended if v.agent else NAN
            step = names.steps.index(v.step)
            visits.append((number, place, step, v.entered, v.started, v.ended, freed, v.end, *who))
    return Records(
        contacts=_columns(rows, CONTACT_COLUMNS),
        visits=_columns(visits, VISIT_COLUMNS),
        staff=_columns([(t, names.pools.index(p), n, m) for t, p, n, m in staff], STAFF_COLUMNS),
        bots=_columns([(t, names.bots.index(b), up) for t, b, up in bots], BOT_COLUMNS),
        finished=network.length if finished is None else finished,
        queue_area=np.zeros(len(names.queues)),
    )


def _columns(rows, table):
    columns = list(zip(*rows, strict=True)) or [()] * len(table)
    return {
        name: np.array(column, dtype=kind)
        for (name, (kind, *_)), column in zip(table.items(), columns, strict=True)
    }
