"""What stands in for `work` in tests. Workers import it by name, as they see the paths of the process they work for."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np

from servsim.study.work import Job, Outcome
from servsim.study.work import work as honest

FLAG = "SERVSIM_TEST_FLAG"  # names a file of which the first worker to make it dies, or which counts
KILLER = 5  # the replication that kills its worker


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killing(job: Job) -> list[Outcome]:
    """Die with replication KILLER, after the work before it is done."""
    if any(number == KILLER for _, number in job.units):
        die()
    return honest(job)


def dying_once(job: Job) -> list[Outcome]:
    """Let one worker die, in the middle of its job."""
    try:
        Path(os.environ[FLAG]).touch(exist_ok=False)
    except FileExistsError:
        return honest(job)
    threading.Timer(0.02, die).start()
    honest(job)
    time.sleep(60)
    return []


def always_dying(job: Job) -> list[Outcome]:
    die()
    return []


def tainted(job: Job) -> list[Outcome]:
    """Break the promise: numbers depend on who computed them."""
    return [
        dataclasses.replace(outcome, values=np.nextafter(outcome.values, os.getpid()))
        for outcome in honest(job)
    ]


def noted(job: Job) -> list[Outcome]:
    """Write down what is computed, a line a unit, in one write each so that lines of several workers do not mix."""
    outcomes = honest(job)
    handle = os.open(os.environ[FLAG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for outcome in outcomes:
        os.write(handle, f"{outcome.digest} {outcome.replication}\n".encode())
    os.close(handle)
    return outcomes


def slow(job: Job) -> list[Outcome]:
    """Say that work has begun, and take long."""
    Path(os.environ[FLAG]).touch()
    time.sleep(60)
    return []


def confused(job: Job) -> list[Outcome]:
    raise ZeroDivisionError("one by nought")


# --- for single workers ------------------------------------------------------------------------------------


def doubled(number: int) -> int:
    print("this is not an answer")
    return 2 * number


def pid(_: object) -> int:
    return os.getpid()


def big(size: int) -> bytes:
    """Return much, and die while it is on its way."""
    content = b"x" * size
    threading.Timer(0.05, die).start()
    return content


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def leave(status: int) -> None:
    raise SystemExit(status)


class Stubborn(Exception):
    """An error that does not come back from a pickle."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def stubborn(_: object) -> None:
    raise Stubborn("it is ", "so")
