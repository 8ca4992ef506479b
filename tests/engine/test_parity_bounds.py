"""The kernel reaches no row beyond its tables and counts no further than it can: run with every access checked, in a
process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from parity import MANY, both
from timelines import ONE_QUEUE, network

from servsim.engine.chance import Chance
from servsim.engine.compiled import world
from servsim.engine.compiled.layout import TABLES
from servsim.network.kinds import MAX_AGENTS

HERE = Path(__file__).parent
EXAMPLES = 100


def checked(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `checked_run.py` with bounds checks, compiled code kept apart."""
    return run(*arguments, SERVSIM_CHECK_BOUNDS="1", NUMBA_CACHE_DIR=str(folder))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `checked_run.py`."""
    return subprocess.run(
        [sys.executable, str(HERE / "checked_run.py"), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for compiled code with checks."""
    return tmp_path_factory.mktemp("checked")


@pytest.mark.slow
def test_no_access_beyond_a_table(folder: Path) -> None:
    """Corner cases and random scenarios; and they give the same bytes as without checks, with tables of any size.

    Both run in a process of their own: what hypothesis makes depends on the modules that a process has imported.
    """
    told, plain = checked(folder, str(EXAMPLES)), run(str(EXAMPLES), "large")
    assert told.returncode == plain.returncode == 0, told.stderr + plain.stderr
    assert len(told.stdout.splitlines()) > EXAMPLES
    assert told.stdout == plain.stdout


@pytest.mark.slow
def test_the_check_bites(folder: Path) -> None:
    """A kernel that does not see that a table is full comes to its end."""
    told = checked(folder, "1", "too-small")
    assert told.returncode != 0
    assert "IndexError: a row beyond its table" in told.stderr


@pytest.mark.parametrize("rows", [1, 1024])
def test_the_first_events_find_room(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is planned before anything happens: a roster change for each pool, five ends and beginnings for each bot."""
    monkeypatch.setitem(world.GROWING, "event", (rows, "pending"))
    outages = [{"at": "2026-03-02 00:10", "for": "5 min"}, {"mtbf": "2 min", "mttr": "1 min"}]
    net = network(ONE_QUEUE, {"bots": {f"b{i}": {"outages": outages} for i in range(300)}})
    assert world.World(net, Chance(net, 1, 1), MANY).room("event") >= 1 + 5 * 300
    both(net)


def test_a_contact_may_be_wrapped_up_by_all_agents_at_once() -> None:
    """A row of the contacts counts those who still work on one, so that it is not handed out before."""
    assert np.iinfo(TABLES["contact"]["open"]).max >= MAX_AGENTS
