"""All engines give the same bytes: in the scenarios of the repository, in corner cases, at every bound."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from busy_day import BUSY_DAY
from corners import CORNERS, MANY, corner
from features import features, moments
from parity import TABLES, both, columns, differences, outcome
from timelines import network

from servsim.engine import ENGINES, Records
from servsim.errors import RunError
from servsim.network import Network, build
from servsim.scenario import load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = sorted(str(path.relative_to(SCENARIOS)) for path in SCENARIOS.rglob("*.yaml"))
RUNS = [(1, 1), (1, 2), (2**62 - 1, 3), (0, 10**6)]  # seed, replication


def written(file: str, **changes: Any) -> Network:
    """Return the network of a scenario of the repository."""
    return build(
        load(SCENARIOS / file, {key.replace("__", "."): value for key, value in changes.items()}).model
    )


def test_there_are_two_engines_and_some_scenarios() -> None:
    """Else the tests below would compare nothing."""
    assert list(ENGINES) == ["reference", "compiled"]
    assert len(FILES) >= 6


@pytest.mark.parametrize("file", FILES)
def test_scenarios_of_the_repository_cut_short(file: str) -> None:
    """Half a day of each, with several seeds and replications."""
    net = written(file, clock__length="12 h", clock__warmup="0 h", clock__at_end="drain")
    told = [both(net, seed, replication) for seed, replication in RUNS]
    assert all(differences(told[0], other) for other in told[1:])


@pytest.mark.slow
@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith("cases/")])
def test_scenarios_of_the_repository(file: str) -> None:
    """Each as it is."""
    for seed, replication in RUNS:
        assert len(both(written(file), seed, replication).contacts["end"]) > 100


@pytest.mark.parametrize("name", CORNERS)
def test_corner_cases(name: str) -> None:
    """Every variant; together they have used what the case is there for."""
    seen: set[str] = set()
    for net in corner(name):
        if error := CORNERS[name].error:
            with pytest.raises(RunError, match=f"^{error}"):
                both(net, max_visits=MANY)
        else:
            seen |= features(net, both(net, max_visits=MANY))
    assert set(CORNERS[name].shows) <= seen


def test_every_two_kinds_of_event_meet() -> None:
    """What can fall on one instant does, in one variant or another."""
    runs = [(net, both(net)) for net in corner("all at once")]
    kinds = sorted(moments(*runs[0]))
    assert len(kinds) == 9
    assert {f"{a} + {b}" for a, b in combinations(kinds, 2)} <= set().union(*(features(*run) for run in runs))


@pytest.mark.parametrize("end", ["drain", "cut"])
@pytest.mark.parametrize("shift_end", ["finish", "return"])
def test_a_busy_day(shift_end: str, end: str) -> None:
    """Some of everything, too much of it."""
    changes = {"channels.phone.arrivals.scale": 2, "pools.team.on_shift_end": shift_end, "clock.at_end": end}
    net = network(BUSY_DAY, changes)
    for seed, replication in RUNS:
        both(net, seed, replication)


@pytest.mark.parametrize(
    "name", ["nothing takes time", "several handed back at once", "outages of every kind"]
)
def test_bounds(name: str) -> None:
    """Whatever the bound, both engines keep it, or stop at the same moment and say the same."""
    told = set()
    for net in corner(name)[::5]:
        whole = both(net)
        size = max(len(whole.contacts["end"]), len(whole.visits["end"]))
        for bound in range(size + 1):
            one, other = (outcome(engine, net, max_visits=bound) for engine in ENGINES)
            assert differences(one, other) == []
            told.add(type(one) if isinstance(one, Records) else one.split(" by ")[0].split(" ", 3)[3])
            assert isinstance(one, Records) == (bound == size)
    assert told == {"contacts", "visits to steps", Records}


def test_as_many_channels_and_steps_as_there_may_be() -> None:
    """What the order of events has room for; all contacts come at the same times."""
    steps = {
        "talk": {"queue": "q", "time": "1 min", "wrap_up": "1 min", "next": "lie"},
        "lie": {"delay": "1 min", "next": "bot"},
        "bot": {"bot": "b", "time": "1 min", "next": "again", "skip_to": "again"},
        "again": {"queue": "r", "time": "1 min", "next": {"talk": "50%", "resolved": "50%"}},
    }
    flows = {f"f{i}": {"steps": steps} for i in range(256)}
    arrivals = {"times": [[0], [60], [60]]}
    channels = {f: {"type": "chat", "arrivals": arrivals, "flow": f, "patience": "5 min"} for f in flows}
    pools = {f"p{i}": {"staff": 2, "serves": {"q": {}, "r": {}}} for i in range(50)}
    bots = {"b": {"sessions": 20, "when_full": "skip"}}
    queues: dict[str, Any] = {"q": {}, "r": {}}
    parts = {"channels": channels, "flows": flows, "queues": queues, "bots": bots, "pools": pools}
    net = network("{}", {"clock.length": "1 h", **parts})
    assert len(net.steps.kind) == 1024
    assert len(both(net).visits["end"]) > 2_000


def test_a_flipped_bit_is_seen_in_every_column() -> None:
    """The comparison itself: a bit, a type, a row, a column, and records instead of an error."""
    net = network(BUSY_DAY)
    records = both(net)
    assert differences(records, dataclasses.replace(records)) == []
    for name, column in columns(records).items():
        assert column.size
        bits = np.frombuffer(bytearray(column.tobytes()), np.uint8).copy()
        bits[0] ^= 1
        flipped = np.frombuffer(bits.tobytes(), column.dtype).reshape(column.shape)
        longer = np.concatenate([column.ravel(), column.ravel()[:1]])
        for other in (flipped, column.astype(np.float32), longer):
            assert differences(records, _with(records, name, other)) == [name]
    less = {name: column for name, column in records.visits.items() if name != "freed"}
    assert differences(records, dataclasses.replace(records, visits=less)) == ["visits.freed"]
    assert differences(dataclasses.replace(records, visits=less), records) == ["visits.freed"]
    assert (
        differences(records, "an error") and differences("an error", "another") and differences("", records)
    )
    assert differences("an error", "an error") == []


def _with(records: Records, name: str, column: Any) -> Records:
    table, _, field = name.partition(".")
    if table in TABLES:
        return dataclasses.replace(records, **{table: {**getattr(records, table), field: column}})
    return dataclasses.replace(records, **{name: column})
