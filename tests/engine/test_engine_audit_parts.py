"""The audit of records that come in parts: a good run is good wherever it is cut, and little is kept of it."""

import importlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from busy_day import BUSY_DAY
from cutting import contacts_over, cut, cut_everywhere, fault, faults
from hypothesis import given
from test_engine_audit import OUTAGE
from test_engine_fuzz import fuzz
from timelines import ONE_QUEUE, network

from servsim.engine import Records, simulate
from servsim.engine.audit import Audit
from servsim.engine.audit.sweep import Carried
from servsim.errors import RunError
from servsim.network import build
from servsim.network.kinds import VisitEnd
from servsim.scenario import load

strategies = pytest.importorskip("strategies", reason="needs tests/scenario on the path")


def carried(books: Audit) -> int:
    """Return how many rows an audit keeps for the parts to come."""
    rules = [rule.__self__ for rule, _ in books._faults if hasattr(rule, "__self__")]
    kept = [value for rule in rules for value in vars(rule).values() if isinstance(value, Carried)]
    return sum(len(rows.columns[0]) for rows in kept if rows.columns)


def random_places(records: Records, draw: np.random.Generator) -> list[int]:
    """Return some places at which records may be cut, some of them twice."""
    return draw.integers(0, contacts_over(records) + 1, int(draw.integers(1, 9))).tolist()


@pytest.mark.parametrize("shift_end", ["return", "finish"])
def test_a_busy_day_in_parts(shift_end: str) -> None:
    """Cut at random and everywhere, a good run is good."""
    net = network(BUSY_DAY, {"channels.phone.arrivals.scale": 2, "pools.team.on_shift_end": shift_end})
    records = simulate(net, 3, 1)
    assert VisitEnd.HANDED_BACK in records.visits["end"] or shift_end == "finish"
    draw = np.random.default_rng(1)
    for _ in range(20):
        assert faults(cut(records, random_places(records, draw)), net) == ""


def test_little_is_kept() -> None:
    """Between parts an audit keeps what is in proportion to who is inside, not to who ever was."""
    net = network(BUSY_DAY, {"channels.phone.arrivals.scale": 2, "bots.helper.outages": []})
    records = simulate(net, 3, 1)
    books, most = Audit(net), 0
    for part in cut_everywhere(records):
        books.add(part)
        most = max(most, carried(books))
    books.close()
    assert 10 < most < 100 < len(records.visits["end"]) / 10


@fuzz(60)
@given(strategies.scenarios())
def test_random_scenarios_in_parts(data: Mapping[str, Any]) -> None:
    """Random scenarios, cut at random."""
    with tempfile.TemporaryDirectory() as folder:
        net = build(load(strategies.saved(dict(data), Path(folder))).model)
    try:
        records = simulate(net, 1, 1, "reference", 20_000)
    except RunError:
        return
    draw = np.random.default_rng(len(records.visits["end"]))
    for _ in range(3):
        assert faults(cut(records, random_places(records, draw)), net) == ""
    assert fault(records, net) == ""


def test_of_many_sessions_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions are kept until the outages are known, but never more than a bound."""
    module = importlib.import_module("servsim.engine.audit.resources")
    monkeypatch.setattr(module, "MAX_STARTS", 8)
    changes = {**OUTAGE, "channels.phone.arrivals.times": [[t / 4] for t in range(400)]}
    broken = network(ONE_QUEUE, changes)
    records = simulate(network(ONE_QUEUE, {**changes, "bots.b.outages": []}), 1, 1)
    assert faults(cut_everywhere(records), broken) == ""
    down = replace(records, bots=simulate(broken, 1, 1).bots)
    assert faults(cut_everywhere(down), broken) == "bot 'b' began a session while it was down"
    books = Audit(broken)
    for part in cut_everywhere(records)[:-1]:
        books.add(part)
        assert carried(books) <= 60  # 40 sessions are in progress
