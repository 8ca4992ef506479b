"""Random valid scenarios: all engines give the same bytes, none fails, the books balance; and enough of them use every
rule, so that this says something.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from features import features
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parity import TABLES, both

from servsim.engine import Records
from servsim.errors import RunError
from servsim.network import Network, build
from servsim.scenario import load

strategies = pytest.importorskip("strategies", reason="needs tests/scenario on the path")
crowded = pytest.importorskip("crowded", reason="needs tests/scenario on the path").crowded

MAX_VISITS = 20_000
COMMON = """
    tie, tie of three, equal arrivals, arrival + service end, arrival + shift change, service end + shift change,
    abandon + arrival, abandon + service end, arrival + bot down, bot up + session end, service end + wrap-up end,
    wait, abandoned, room full, no time at all, overflow, overflow to an idle agent, choice of queues,
    session, wait for a bot, abandoned at a bot, skipped, blocked by a bot,
    outage, session broken off, session begins anew,
    handed back, several handed back at once, wrap-up, shift change, works past the shift, drained, cut off,
    closed, no line free, return, chain of returns, return elsewhere, loop, hundreds,
    day factor, by time at arrival, by time at start, several reasons, delay in hours
"""  # what one crowded scenario in twenty uses (features.py)


def network(data: Mapping[str, Any]) -> Network:
    """Return the network of a scenario as plain data."""
    with tempfile.TemporaryDirectory() as folder:
        return build(load(strategies.saved(dict(data), Path(folder))).model)


def check(data: Mapping[str, Any]) -> set[str]:
    """Run a scenario with every engine, look at the tables, and return what the run used."""
    net = network(data)
    try:
        records = both(net, max_visits=MAX_VISITS)
    except RunError:  # all engines say in the same words that it multiplies its contacts beyond the bound
        return set()
    _well_formed(records)
    return features(net, records)


def _well_formed(records: Records) -> None:
    for table, columns in TABLES.items():
        mine = getattr(records, table)
        assert list(mine) == list(columns)
        assert [column.dtype.str[1:] for column in mine.values()] == [kind for kind, _, _ in columns.values()]
        assert len({len(column) for column in mine.values()}) == 1


def fuzz(examples: int) -> Any:
    """Return hypothesis' settings for so many examples, always the same ones."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def shares(scenarios: st.SearchStrategy[Mapping[str, Any]], examples: int) -> dict[str, float]:
    """Check so many scenarios; return the share of them that used each rule."""
    used: Counter[str] = Counter()

    @fuzz(examples)
    @given(scenarios)
    def run(data: Mapping[str, Any]) -> None:
        used.update({"a run", *check(data)})

    run()
    return {name: count / used["a run"] for name, count in used.items()}


@pytest.mark.parametrize("examples", [50, pytest.param(500, marks=pytest.mark.slow)])
def test_random_scenarios(examples: int) -> None:
    """Over the whole format."""
    shares(strategies.scenarios(), examples)


def test_some_crowded_scenarios() -> None:
    """Where much happens at once; which rules they use is looked at with more of them, below."""
    shares(crowded(), 80)


@pytest.mark.slow
def test_crowded_scenarios() -> None:
    """Where much happens at once; every rule is used by one in twenty at least."""
    found, least = shares(crowded(), 1000), 0.05
    wanted = [name.strip() for name in COMMON.split(",")]
    assert {name: share for name in wanted if (share := found.get(name, 0.0)) < least} == {}
