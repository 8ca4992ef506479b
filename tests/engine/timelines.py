"""Helpers of the engine's tests: scenarios in a few lines, and a run's whole log as text that a person can
work out by hand.

The log has one line a row, times in seconds, `-` for what did not happen:

    contacts   channel.customer.attempt  reason  arrived  ended  end  returns_at
               (first channel>present channel, where they differ)
    visits     contact.visit  flow/step  entered  started  ended  freed  end  pool.agent
    staff      time  pool  present  target
    bots       time  bot  up|down
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from parity import both

from servsim.engine import Records
from servsim.network import Network, build
from servsim.network.kinds import End, VisitEnd
from servsim.scenario import load

Changes = Mapping[str, Any]

ONE_QUEUE = """
clock: {start: 2026-03-02, length: 1 h}
channels: {phone: {type: voice, arrivals: {times: [[0]]}, flow: call}}
flows: {call: {steps: {talk: {queue: q, time: 10 s}}}}
queues: {q: {}}
pools: {team: {staff: 1, serves: {q: {}}}}
"""


def network(text: str, changes: Changes | None = None) -> Network:
    """Return the network of a scenario written as YAML, with changes of dotted paths."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        return build(load(path, changes).model)


def run(
    text: str, changes: Changes | None = None, seed: int = 1, replication: int = 1
) -> tuple[Network, Records]:
    """Return the network and the records of one replication, on which all engines agree; its books have been
    audited.
    """
    net = network(text, changes)
    return net, both(net, seed, replication)


def _time(value: float) -> str:
    if value != value:
        return "-"
    return str(int(value)) if value == int(value) else repr(float(value))


def contact_lines(net: Network, records: Records) -> Iterator[str]:
    """Yield a line for every contact, in order of arrival."""
    c, channels = records.contacts, net.names.channels
    for i in range(len(c["end"])):
        home, now = channels[c["home"][i]], channels[c["channel"][i]]
        who = f"{home if home == now else f'{home}>{now}'}.{c['customer'][i]}.{c['attempt'][i]}"
        times = [_time(float(c[name][i])) for name in ("arrived", "ended")]
        back = _time(float(c["returns_at"][i]))
        yield " ".join([who, net.names.reasons[c["reason"][i]], *times, End(c["end"][i]).name.lower(), back])


def visit_lines(net: Network, records: Records) -> Iterator[str]:
    """Yield a line for every visit, in order of (contact, visit)."""
    v = records.visits
    for i in range(len(v["end"])):
        times = [_time(float(v[name][i])) for name in ("entered", "started", "ended", "freed")]
        agent = f"{net.names.pools[v['pool'][i]]}.{v['agent'][i]}" if v["agent"][i] >= 0 else "-"
        assert (v["agent"][i] >= 0) == (v["pool"][i] >= 0)
        end = VisitEnd(v["end"][i]).name.lower()
        yield " ".join(
            [f"{v['contact'][i]}.{v['visit'][i]}", net.names.steps[v["step"][i]], *times, end, agent]
        )


def staff_lines(net: Network, records: Records) -> Iterator[str]:
    """Yield a line for every change of the agents present or wanted."""
    s = records.staff
    for time, pool, present, target in zip(s["time"], s["pool"], s["present"], s["target"], strict=True):
        yield f"{_time(float(time))} {net.names.pools[pool]} {present} {target}"


def bot_lines(net: Network, records: Records) -> Iterator[str]:
    """Yield a line for every change of the bots' working."""
    b = records.bots
    for time, bot, up in zip(b["time"], b["bot"], b["up"], strict=True):
        yield f"{_time(float(time))} {net.names.bots[bot]} {'up' if up else 'down'}"


def lines(text: str) -> list[str]:
    """Return the lines of an expected log, blanks evened out and what follows `#` left out."""
    return [" ".join(bare.split()) for line in text.splitlines() if (bare := line.partition("#")[0]).strip()]


def play(
    text: str, changes: Changes | None = None, *, contacts: str, visits: str, staff: str, bots: str = ""
) -> Records:
    """Run a scenario without randomness and compare its complete log with the one expected."""
    net, records = run(text, changes)
    assert list(contact_lines(net, records)) == lines(contacts)
    assert list(visit_lines(net, records)) == lines(visits)
    assert list(staff_lines(net, records)) == lines(staff)
    assert list(bot_lines(net, records)) == lines(bots)
    return records


def no_table() -> npt.NDArray[np.float64]:
    """Return an empty table, for quantiles of families that need none."""
    return np.zeros(0)
