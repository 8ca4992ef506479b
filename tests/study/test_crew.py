"""Who does the work makes no difference, and what goes wrong with them is told in clear words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import doubles
import pytest
from distributed import Client

from servsim.errors import InputError, RunError
from servsim.scenario import Scenario
from servsim.study import crew as module
from servsim.study.crew import Cluster, Here, Local, WorkerDied, cores
from servsim.study.identity import code
from servsim.study.pending import Pending
from servsim.study.runner import Memory, Runner
from servsim.study.work import Job, Settings

PATHS = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}


def job(small: Scenario, count: int = 2) -> Job:
    batch = Pending({small.digest(): (small.model, range(1, count + 1))})
    settings = Settings(1, "compiled", ("run", "day", "interval"))
    return Job(settings, batch.take(1), code())


def nothing() -> None:
    """Needs no preparation."""


# --- here and processes of this machine --------------------------------------------------------------------


def test_a_process_gives_what_this_one_gives(small: Scenario) -> None:
    (mine,) = Here(lambda share: None).submit(job(small)).result()
    crew = Local(2, nothing)
    (theirs,) = crew.submit(job(small)).result()
    assert mine.values is not None and theirs.values is not None
    assert mine.values.tobytes() == theirs.values.tobytes()
    assert mine.digest == theirs.digest == small.digest() and mine.replication == theirs.replication == 1
    crew.close(at_once=False)
    assert crew.pids == []


def test_a_worker_that_dies_is_replaced(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Local(1, nothing)
    with monkeypatch.context() as patch:
        patch.setattr(module, "work", doubles.always_dying)
        dead = crew.submit(job(small))
        with pytest.raises(WorkerDied, match="killed by SIGKILL"):
            dead.result(timeout=20)
    assert crew.submit(job(small)).result(timeout=20)[0].failure is None
    crew.close(at_once=False)


def test_closing_at_once_waits_for_nobody(
    small: Scenario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(doubles.FLAG, str(tmp_path / "begun"))
    monkeypatch.setattr(module, "work", doubles.slow)
    crew = Local(2, nothing)
    for _ in range(5):
        crew.submit(job(small))
    _until((tmp_path / "begun").exists)
    pids, begun = crew.pids, time.monotonic()
    crew.close(at_once=True)
    assert time.monotonic() - begun < 30 and pids  # what they do takes 60 s
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def _until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("quota", "most"), [("max 100000", None), ("100000 100000", 1), ("10000 100000", 1), ("nonsense", None)]
)
def test_cores_keep_to_the_quota_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, most: int | None
) -> None:
    monkeypatch.setattr(module, "QUOTA", tmp_path / "none")
    free = cores()
    monkeypatch.setattr(module, "QUOTA", tmp_path / "cpu.max")
    (tmp_path / "cpu.max").write_text(quota)
    assert cores() == (most or free) >= 1


# --- scripts -----------------------------------------------------------------------------------------------

BARE = """
import sys
import servsim as sv
from servsim.study.runner import Runner
print("once")
with Runner(jobs=2) as runner:
    (result,) = runner.results([sv.load(sys.argv[1])], 6)
print(result.matrix.shape[0])
"""


@pytest.mark.parametrize("piped", [False, True])
def test_a_script_needs_no_guard(small: Scenario, tmp_path: Path, piped: bool) -> None:
    """The workers do not run the script again, be it a file or typed in."""
    (tmp_path / "small.yaml").write_text(small.to_yaml())
    (tmp_path / "script.py").write_text(BARE)
    told = subprocess.run(
        [sys.executable, "-" if piped else "script.py", "small.yaml"],
        **({"input": BARE} if piped else {}),
        cwd=tmp_path, env={**os.environ, **PATHS}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (told.stdout, told.stderr) == ("once\n6\n", "")


UNCLOSED = """
import sys
import servsim as sv
from servsim.study.runner import Runner
def stop(done, wanted):
    if done > 4 and len(sys.argv) > 2:
        sys.exit(3)
runner = Runner(jobs=2, progress=stop)
runner.results([sv.load(sys.argv[1])], 60)
"""


@pytest.mark.parametrize("early", [False, True])
def test_a_runner_that_nobody_closes_leaves_quietly(small: Scenario, tmp_path: Path, early: bool) -> None:
    (tmp_path / "small.yaml").write_text(small.to_yaml())
    command = [sys.executable, "-c", UNCLOSED, "small.yaml", *(["early"] if early else [])]
    told = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **PATHS}, capture_output=True, text=True, timeout=60
    )
    assert (told.returncode, told.stdout, told.stderr) == (3 if early else 0, "", "")


# --- Dask --------------------------------------------------------------------------------------------------


@contextmanager
def cluster(
    folder: Path, workers: int = 2, *options: str
) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A scheduler and workers, each a process of its own started as a user starts it; yields address and processes."""
    file = folder / "scheduler.json"
    quiet = {"env": {**os.environ, **PATHS}, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    address = "tcp://127.0.0.1"
    command = [*dask, "scheduler", "--host", address, "--port", "0", "--no-dashboard"]
    started: list[subprocess.Popen[str]] = [
        subprocess.Popen([*command, "--scheduler-file", str(file)], text=True, **quiet)  # type: ignore[call-overload]
    ]
    hand = [*dask, "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard"]
    for _ in range(workers):
        mine = ["--host", "127.0.0.1", "--local-directory", str(folder), *options]
        started.append(subprocess.Popen([*hand, *mine], text=True, **quiet))  # type: ignore[call-overload]
    try:
        _until(lambda: file.exists() and file.stat().st_size > 0)
        found = json.loads(file.read_text())["address"]
        with Client(found, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60) if workers else None
        yield found, started
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def same(found: Any, expected: Any) -> bool:
    return all(a.matrix.tobytes() == b.matrix.tobytes() for a, b in zip(found, expected, strict=True))


@pytest.fixture(scope="module")
def expected(small: Scenario) -> Any:
    with Runner(jobs=1) as runner:
        return runner.results([small], 40)


@pytest.fixture(scope="module")
def two_hands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A cluster of two workers, replaced where they die, for all tests that leave it as it was: address and flag.

    A job that killed one worker is not given to another: that shows sooner what servsim itself makes of it.
    """
    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(doubles.FLAG, str(folder / "died"))
        patch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
        with cluster(folder) as (address, _):
            yield address, folder / "died"


@pytest.mark.slow
def test_a_cluster_of_separate_processes_gives_the_same_bytes(
    small: Scenario, expected: Any, two_hands: tuple[str, Path]
) -> None:
    with Runner(cluster=two_hands[0]) as runner:
        assert same(runner.results([small], 40), expected)
        crew = runner._crew
        assert isinstance(crew, Cluster) and crew.width == 2
        crew._looked -= 100
        crew.check()


@pytest.mark.slow
def test_a_dask_worker_killed_in_the_middle_makes_no_difference(
    small: Scenario, expected: Any, two_hands: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, flag = two_hands
    monkeypatch.setattr(module, "work", doubles.dying_once)
    with Runner(cluster=address) as runner:
        assert same(runner.results([small], 40), expected)
    assert flag.exists()


@pytest.mark.slow
def test_a_unit_that_kills_dask_workers_is_named(
    small: Scenario, two_hands: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "work", doubles.killing)
    store = Memory()
    with (
        pytest.raises(RunError, match="3 workers died with replication 5 under way"),
        Runner(cluster=two_hands[0], store=store) as runner,
    ):
        runner.results([small], 8)
    assert {number for _, number in store._found} >= {1, 2, 3, 4}


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_scheduler_that_goes_away_loses_nothing(
    make: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: int
) -> None:
    monkeypatch.setattr(Cluster, "EVERY", 0.5)
    monkeypatch.setattr(Cluster, "PATIENCE", 3.0)
    store, reps = Memory(), 100_000
    with cluster(tmp_path, 1, "--no-nanny") as (address, processes):

        def strike(done: float, wanted: int) -> None:
            if done > 100 and processes[0].poll() is None:
                processes[0].send_signal(how)

        with (
            pytest.raises(RunError, match=r"the Dask scheduler at .+ answers no more"),
            Runner(cluster=address, store=store, progress=strike) as runner,
        ):
            runner.results([make()], reps)
    assert 100 < len(store._found) < reps


@pytest.mark.slow
@pytest.mark.parametrize("patience", [60.0, 0.0])
def test_a_scheduler_that_is_busy_for_a_while_is_waited_for(
    small: Scenario, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    """It answers nobody while it is stopped; a leader that would not wait gives up."""
    monkeypatch.setattr(Cluster, "EVERY", 0.2)
    monkeypatch.setattr(Cluster, "BUSY", patience)
    with cluster(tmp_path, 1, "--no-nanny") as (address, processes), Runner(cluster=address) as runner:
        runner.results([small], 2)  # the scheduler has imported all it needs
        crew = runner._crew
        assert isinstance(crew, Cluster)
        monkeypatch.setattr(Cluster, "PATIENCE", 0.5)
        processes[0].send_signal(signal.SIGSTOP)
        threading.Timer(4.0, processes[0].send_signal, [signal.SIGCONT]).start()
        if patience:
            assert same(runner.results([small], 40), expected)
        else:
            with pytest.raises(RunError, match="answers no more"):
                runner.results([small], 40)


@pytest.mark.slow
def test_no_scheduler_and_no_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Scenario
) -> None:
    monkeypatch.setattr(Cluster, "PATIENCE", 1.0)
    for address in ("tcp://127.0.0.1:9", "nonsense://x", "127.0.0.1:notaport"):
        with pytest.raises(InputError, match="no Dask scheduler answers at"):
            Cluster(address)
    with (
        cluster(tmp_path, 0) as (address, _),
        pytest.raises(RunError, match="has no workers; start some with"),
    ):
        Cluster(address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"a cluster needs the extra: pip install 'servsim\[cluster\]'"):
        Cluster("tcp://127.0.0.1:9")


@pytest.mark.slow
def test_a_cluster_that_loses_all_workers_is_given_up(
    make: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cluster, "EVERY", 0.5)
    monkeypatch.setattr(Cluster, "ALONE", 1.0)
    store = Memory()
    with cluster(tmp_path, 1, "--no-nanny") as (address, processes):

        def strike(done: float, wanted: int) -> None:
            if done > 100 and processes[1].poll() is None:
                processes[1].kill()

        with (
            pytest.raises(RunError, match="has lost all its workers"),
            Runner(cluster=address, store=store, progress=strike) as runner,
        ):
            runner.results([make()], 100_000)
    assert len(store._found) > 100


def test_other_code_on_a_worker_is_refused(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    from servsim.study import runner as runner_module

    monkeypatch.setattr(runner_module, "code", lambda: "0.0-other")
    with (
        pytest.raises(RunError, match="a worker has another version of servsim"),
        Runner(jobs=2) as runner,
    ):
        runner.results([small], 4)
