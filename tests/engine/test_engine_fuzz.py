"""Random valid scenarios through the engine: none fails, the books balance, the same input gives the same
bytes.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from servsim.engine import Records, simulate
from servsim.engine.records import BOT_COLUMNS, CONTACT_COLUMNS, STAFF_COLUMNS, VISIT_COLUMNS
from servsim.errors import AuditError, RunError
from servsim.network import Network, build
from servsim.scenario import load

strategies = pytest.importorskip("strategies", reason="needs tests/scenario on the path")

MAX_VISITS = 20_000
TABLES = {"contacts": CONTACT_COLUMNS, "visits": VISIT_COLUMNS, "staff": STAFF_COLUMNS, "bots": BOT_COLUMNS}


def attempt(net: Network) -> Records | None:
    """Return a run's records, or None where it multiplies its contacts beyond the bound; an audit that fails
    is a failure.
    """
    try:
        return simulate(net, 1, 1, max_visits=MAX_VISITS)
    except AuditError:
        raise
    except RunError:
        return None


def check(data: Mapping[str, Any]) -> None:
    """Run a scenario twice, on two networks built from it, and look at the tables."""
    with tempfile.TemporaryDirectory() as folder:
        model = load(strategies.saved(dict(data), Path(folder))).model
    first, second = attempt(build(model)), attempt(build(model))
    assert (first is None) == (second is None)
    if first is None or second is None:
        return
    for table, columns in TABLES.items():
        mine, other = getattr(first, table), getattr(second, table)
        assert list(mine) == list(columns)
        assert [column.dtype.str[1:] for column in mine.values()] == [kind for kind, _, _ in columns.values()]
        assert len({len(column) for column in mine.values()}) == 1
        assert all(mine[name].tobytes() == other[name].tobytes() for name in mine)
    assert first.finished == second.finished
    assert first.queue_area.tobytes() == second.queue_area.tobytes()


def fuzz(examples: int) -> Any:
    """Return hypothesis' settings for so many examples, always the same ones."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


@fuzz(150)
@given(strategies.scenarios())
def test_random_scenarios(data: Mapping[str, Any]) -> None:
    """The fast part."""
    check(data)


@pytest.mark.slow
@fuzz(1500)
@given(strategies.scenarios())
def test_many_random_scenarios(data: Mapping[str, Any]) -> None:
    """The slow part: ten times as many."""
    check(data)
