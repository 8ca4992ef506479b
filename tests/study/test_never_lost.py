"""Whoever is killed, whenever: nothing that was finished is lost or computed again, and the bytes are the same."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import doubles
import pytest

from servsim.errors import RunError
from servsim.scenario import Scenario
from servsim.study import crew, runner
from servsim.study.crew import Local
from servsim.study.runner import DEATHS, Memory, Runner
from servsim.study.shelf import Shelf, usage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

LEADER = Path(__file__).parent / "leader.py"
PATHS = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
REPS = 150  # of each of two scenarios: a second or two of work


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, small: Scenario) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "small.yaml"
    path.write_text(small.to_yaml(), encoding="utf-8")
    return path


def lead(
    file: Path, folder: Path, reps: int = REPS, jobs: int = 2, double: str = "", **more: Any
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(LEADER), str(file), str(folder), str(reps), str(jobs), double],
        env={**os.environ, **PATHS, **more.pop("env", {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )


def finish(leader: subprocess.Popen[str]) -> dict[str, Any]:
    out, error = leader.communicate(timeout=120)
    assert (leader.returncode, error) == (0, "")
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def undisturbed(file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    told = finish(lead(file, tmp_path_factory.mktemp("undisturbed"), jobs=1))
    assert (told["found"], told["computed"]) == (0, 2 * REPS)
    return told


def hear(leader: subprocess.Popen[str], done: float) -> None:
    """Wait until so many units are done."""
    assert leader.stdout is not None
    for line in leader.stdout:
        if float(line.split()[0]) >= done:
            return
    raise AssertionError(leader.communicate()[1])


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children")
    return sorted(
        int(child) for task in text.parents[1].iterdir() for child in (task / "children").read_text().split()
    )


def gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True  # nobody here waits for orphans
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def strike_and_resume(
    file: Path, folder: Path, undisturbed: dict[str, Any], done: float, pause: float
) -> None:
    """Kill the leader, and have another one go on from what lies there."""
    with lead(file, folder) as leader:
        hear(leader, done)
        time.sleep(pause)
        workers = children(leader.pid)
        leader.kill()
        leader.wait()
    assert workers and all(gone(worker, 3.0) for worker in workers)
    lay = usage(folder).units
    told = finish(lead(file, folder))
    assert told["hash"] == undisturbed["hash"]
    assert (told["found"], told["computed"]) == (lay, 2 * REPS - lay)
    assert usage(folder).units == 2 * REPS
    assert {entry.suffix for entry in (folder / "units").iterdir()} == {"", ".pack"}  # and .lock


def test_a_killed_leader_loses_nothing(file: Path, tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    strike_and_resume(file, tmp_path, undisturbed, REPS, 0.2)
    assert usage(tmp_path).packs > 1


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(10))
def test_a_leader_killed_at_any_moment(
    file: Path, tmp_path: Path, undisturbed: dict[str, Any], moment: int
) -> None:
    chance = random.Random(moment)
    strike_and_resume(file, tmp_path, undisturbed, chance.uniform(1, 1.6 * REPS), chance.uniform(0, 0.1))


@pytest.mark.slow
def test_a_leader_killed_again_and_again(file: Path, tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    """One after another leads, and is killed soon after something new was kept, until one gets there."""
    chance, lies, leaders = random.Random(1), 0, 0
    while lies < 2 * REPS:
        before, leaders = lies, leaders + 1
        with lead(file, tmp_path) as leader:
            while leader.poll() is None and usage(tmp_path).units == before:
                time.sleep(0.01)  # how long that takes is the machine's affair
            time.sleep(chance.uniform(0, 0.5))
            leader.kill()
            _, error = leader.communicate()
        assert error == ""
        lies = usage(tmp_path).units
        assert lies > before
    assert leaders > 1
    assert finish(lead(file, tmp_path)) == {**undisturbed, "found": 2 * REPS, "computed": 0}


def test_ctrl_c_ends_everybody_quietly_and_keeps_what_is_done(
    file: Path, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    with lead(file, tmp_path) as leader:
        hear(leader, REPS / 2)
        workers = children(leader.pid)
        os.killpg(leader.pid, signal.SIGINT)  # as a terminal does
        _, error = leader.communicate(timeout=30)
    assert workers and all(gone(worker, 0.1) for worker in workers)
    assert leader.returncode == -signal.SIGINT
    assert error.count("Traceback") == 1 and error.rstrip().endswith("KeyboardInterrupt")
    lay = usage(tmp_path).units
    assert lay >= REPS / 2  # even what had not been written yet
    told = finish(lead(file, tmp_path))
    assert (told["hash"], told["found"]) == (undisturbed["hash"], lay)


def test_ctrl_c_while_workers_start(file: Path, tmp_path: Path) -> None:
    with lead(file, tmp_path, double="slow", env={doubles.FLAG: str(tmp_path / "begun")}) as leader:
        end = time.monotonic() + 30
        while not children(leader.pid):
            assert time.monotonic() < end
            time.sleep(0.01)
        workers = children(leader.pid)
        os.killpg(leader.pid, signal.SIGINT)
        _, error = leader.communicate(timeout=30)
    assert error.count("Traceback") == 1 and error.rstrip().endswith("KeyboardInterrupt")
    assert all(gone(worker, 1.0) for worker in workers)


# --- workers that die --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(make: Callable[..., Scenario]) -> list[Scenario]:
    return [make(), make(name="Other", pools__desk__staff=5)]


@pytest.fixture(scope="module")
def expected(two: list[Scenario]) -> list[bytes]:
    with Runner(jobs=1) as one:
        return [result.matrix.tobytes() for result in one.results(two, 60)]


def test_a_worker_that_dies_in_its_job_makes_no_difference(
    two: list[Scenario], expected: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(doubles.FLAG, str(tmp_path / "died"))
    monkeypatch.setattr(crew, "work", doubles.dying_once)
    with Runner(jobs=2) as many:
        assert [result.matrix.tobytes() for result in many.results(two, 60)] == expected
        assert sum(many._deaths.values()) >= 1


def test_workers_killed_from_outside_make_no_difference(two: list[Scenario], expected: list[bytes]) -> None:
    struck: list[int] = []

    def strike(done: float, wanted: int) -> None:
        assert isinstance(many._crew, Local)
        fresh = [pid for pid in many._crew.pids if pid not in struck]
        # one more might hit the same unit for the third time, which is then given up
        if done >= 10 * (1 + len(struck)) and fresh and len(struck) < DEATHS - 1:
            struck.append(fresh[0])
            os.kill(fresh[0], signal.SIGKILL)

    with Runner(jobs=2, progress=strike) as many:
        assert [result.matrix.tobytes() for result in many.results(two, 60)] == expected
    assert len(struck) == DEATHS - 1


def test_a_unit_that_kills_its_worker_is_named_and_all_others_are_kept(
    two: list[Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "work", doubles.killing)
    store, told = Memory(), []
    with (
        Runner(jobs=2, store=store, progress=lambda *now: told.append(now)) as many,
        pytest.raises(RunError) as caught,
    ):
        many.results(two, [8, 4])
    words = (
        "1 scenario failed\nSmall desk, replication 5: 3 workers died with replication 5 under way (killed by"
    )
    assert str(caught.value).startswith(words)
    kept = {number for digest, number in store._found if digest == two[0].digest()}
    assert kept >= {1, 2, 3, 4} and 5 not in kept  # the rest of this scenario is given up
    assert len([unit for unit in store._found if unit[0] == two[1].digest()]) == 4
    assert told[-1][0] == told[-1][1]


def test_workers_that_cannot_work_at_all_are_given_up(
    make: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "work", doubles.always_dying)
    monkeypatch.setattr(runner, "IN_VAIN", 4)
    many = [make(pools__desk__staff=n) for n in range(4, 9)]
    with pytest.raises(RunError, match=r"[4-6] workers died one after the other"), Runner(jobs=2) as leader:
        leader.results(many, 20)


# --- the disk is full --------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_ends_the_run_and_keeps_what_was_written(
    two: list[Scenario], expected: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr(runner, "SAVE", 0.0)
    replace, free = Path.replace, [3]

    def full(path: Path, target: Path) -> Path:
        free[0] -= 1
        if free[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(path, target)

    with monkeypatch.context() as patch, Shelf(tmp_path) as shelf:
        patch.setattr(Path, "replace", full)
        with pytest.raises(RunError, match="No space left on device"), Runner(jobs=jobs, store=shelf) as one:
            one.results(two, 60)
    lay = usage(tmp_path)
    assert lay.packs == 3 and not list((tmp_path / "units").glob("*.tmp"))
    with Shelf(tmp_path) as shelf, Runner(jobs=2, store=shelf) as one:
        assert [result.matrix.tobytes() for result in one.results(two, 60)] == expected
        assert one.found == lay.units
