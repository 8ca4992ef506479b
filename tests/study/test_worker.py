"""A worker answers, tells its errors, and neither side waits for one that is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import doubles
import pytest

from servsim.errors import AuditError
from servsim.study import worker as worker_module
from servsim.study.worker import Worker, WorkerDied


@pytest.fixture
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.kill()
    one.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Wait for a process that is not ours to wait for."""
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_answers_and_what_is_printed_is_not_among_them(worker: Worker) -> None:
    assert [worker.ask((doubles.doubled, n)) for n in range(3)] == [0, 2, 4]
    assert worker.ask((doubles.pid, None)) == worker.pid != os.getpid()


def test_errors_keep_their_kind_and_the_place_where_they_arose(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError, match="one by nought") as caught:
        worker.ask((doubles.confused, None))
    assert "in confused" in "".join(caught.value.__notes__)
    with pytest.raises(RuntimeError, match="Stubborn: it is so"):
        worker.ask((doubles.stubborn, None))
    with pytest.raises(RuntimeError, match="SystemExit: 7"):
        worker.ask((doubles.leave, 7))
    with pytest.raises(AuditError, match="odd"):
        worker.ask((_raise, AuditError("odd")))
    assert worker.ask((doubles.doubled, 4)) == 8  # it lives on


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ((doubles.always_dying, None), "killed by SIGKILL"),
        ((doubles.big, 300_000_000), "killed by SIGKILL"),
    ],
)
def test_a_death_is_noticed_in_the_middle_of_an_answer_too(
    worker: Worker, call: tuple[object, object], words: str
) -> None:
    """The second dies while it writes: pools with one pipe for all answers wait for ever then."""
    with pytest.raises(WorkerDied, match=words):
        worker.ask(call)


def test_ctrl_c_is_for_the_owner(worker: Worker) -> None:
    worker.ask((doubles.doubled, 1))
    os.kill(worker.pid, signal.SIGINT)
    assert worker.ask((doubles.doubled, 1)) == 2
    assert os.getsid(worker.pid) == worker.pid != os.getsid(0)


def test_killed_from_another_thread_while_it_works(worker: Worker) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(worker.ask, (doubles.sleep, 60))
        time.sleep(0.1)
        worker.kill()
        with pytest.raises(WorkerDied, match="killed by SIGKILL"):
            asked.result(timeout=5)


def test_one_that_does_not_notice_that_it_may_go_is_ended(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds the pipe open by which it would notice."""
    monkeypatch.setattr(worker_module, "GRACE", 0.2)
    worker.ask((doubles.doubled, 1))
    assert worker._process.stdin is not None
    held = os.dup(worker._process.stdin.fileno())
    worker.close()
    os.close(held)
    assert worker._process.returncode == -signal.SIGKILL


OWNER = """
import sys, threading, time
import doubles
from servsim.study.worker import Worker
idle, busy = Worker(), Worker()
print(idle.ask((doubles.pid, None)), busy.ask((doubles.pid, None)), flush=True)
threading.Thread(target=busy.ask, args=((doubles.sleep, 60),)).start()
time.sleep(60)
"""


def test_workers_end_with_their_owner_whether_busy_or_idle() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", OWNER], env=environment, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pids = [int(word) for word in owner.stdout.readline().split()]
        time.sleep(0.3)
        assert len(pids) == 2 and all(map(alive, pids))
        owner.kill()
        owner.wait()
    assert all(map(gone, pids))
