"""Who does the work: this process, processes of this machine, or a Dask cluster; all behind one way to ask."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..errors import InputError, RunError
from .work import Job, Outcome, work

__all__ = ["Cluster", "Crew", "Here", "Local", "cores"]

Done = Future[list[Outcome]]


class Crew(ABC):
    """Takes jobs and gives promises of their outcomes. `width` is the number of jobs worked at a time."""

    width: int = 1
    parent: int | None = None  # the process with which the workers should end

    @property
    def line(self) -> int:
        """The number of jobs given out at a time: as many wait as are worked, so that nobody stands idle."""
        return 2 * self.width

    @abstractmethod
    def submit(self, job: Job) -> Done:
        """Begin a job, or put it in line."""

    @abstractmethod
    def revive(self) -> None:
        """Make a crew able to work again of which a member has died."""

    @abstractmethod
    def close(self, *, at_once: bool) -> None:
        """Let everybody go; `at_once` does not wait for what is under way."""


class Here(Crew):
    """This process: each job is done before `submit` comes back. `tell` hears of the progress within a job."""

    line = 1  # a job is done when the next is given: what it gave should be taken up first

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell

    def submit(self, job: Job) -> Done:
        """Do the job."""
        done: Done = Future()
        try:
            done.set_result(work(job, self._tell))
        except RunError as error:
            done.set_exception(error)
        return done

    def revive(self) -> None:
        """Nobody dies here."""

    def close(self, *, at_once: bool) -> None:
        """Nobody is left to go."""


class Local(Crew):
    """Processes of this machine (loky). They end with this process; Ctrl-C reaches them through it alone."""

    def __init__(self, width: int, prepare: Callable[[], None]) -> None:
        import os

        prepare()  # compiles once, before every worker does
        self.width, self.parent = width, os.getpid()
        self._pool = self._start()

    def _start(self) -> Any:
        from loky import ProcessPoolExecutor

        return ProcessPoolExecutor(max_workers=self.width, initializer=_begin)

    def submit(self, job: Job) -> Done:
        """Send a job to the next free process."""
        done: Done = self._pool.submit(work, job)
        return done

    def revive(self) -> None:
        """Start new processes."""
        self.close(at_once=True)
        self._pool = self._start()

    def close(self, *, at_once: bool) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, kill_workers=at_once)


class Cluster(Crew):
    """Workers of a running Dask cluster, which need servsim installed but no common folder: answers come back by wire.

    Raises InputError where no scheduler answers at the address, RunError where it has no worker or the extra is not
    installed.
    """

    PATIENCE = 10.0  # seconds to wait for the scheduler

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
            from distributed.comm import get_address_host_port
        except ImportError:
            raise RunError("a cluster needs the extra: pip install 'servsim[cluster]'") from None
        try:
            if not address.startswith("inproc://"):
                get_address_host_port(address)  # a client that stumbles over it would not end properly
            self._client: Any = Client(address, timeout=self.PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"no Dask scheduler answers at {address!r}: {error or type(error).__name__}"
            ) from None
        self.address = address
        self.width = sum(self._client.nthreads().values())
        if not self.width:
            self.close(at_once=True)
            raise RunError(
                f"the Dask cluster at {address!r} has no workers; start some with `dask worker {address}`"
            )
        self._pool = self._client.get_executor(pure=False)

    def submit(self, job: Job) -> Done:
        """Send a job to the scheduler, which gives it to another worker where one dies."""
        done: Done = self._pool.submit(work, job)
        return done

    def revive(self) -> None:
        """The scheduler does."""

    def close(self, *, at_once: bool) -> None:
        """Leave the cluster; it goes on without us."""
        self._client.close(timeout=1 if at_once else self.PATIENCE)


def cores() -> int:
    """Return the number of processors that this process may use."""
    from loky import cpu_count

    return int(cpu_count())


def _begin() -> None:
    """Prepare a worker: Ctrl-C is for the parent to hear, and what a job needs is imported before the first comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from ..engine import resolve

    resolve("auto")
