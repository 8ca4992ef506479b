"""Who does the work: this process, processes of this machine, or a Dask cluster; all behind one way to ask."""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from ..errors import InputError, RunError, ServsimError
from .work import Job, Outcome, work
from .worker import Worker, WorkerDied

__all__ = ["Cluster", "Crew", "Done", "Here", "Local", "WorkerDied", "cores"]

Done = Future[list[Outcome]]
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container (Linux, cgroup v2)


class Crew(ABC):
    """Takes jobs and gives promises of their outcomes. `width` is the number of jobs worked at a time."""

    width: int = 1

    @property
    def line(self) -> int:
        """The number of jobs given out at a time: as many wait as are worked, so that nobody stands idle."""
        return 2 * self.width

    @abstractmethod
    def submit(self, job: Job) -> Done:
        """Begin a job, or put it in line."""

    @abstractmethod
    def close(self, *, at_once: bool) -> None:
        """Let everybody go; `at_once` does not wait for what is under way."""

    def check(self) -> None:  # noqa: B027 (most crews need not look)
        """See whether the crew can still work. Raises RunError where it cannot."""

    def outcomes(self, done: Done) -> list[Outcome]:
        """Return what a finished job gave.

        Raises WorkerDied where its worker died, and RunError for whatever else was in the way.
        """
        try:
            return done.result(timeout=0)
        except (ServsimError, WorkerDied):
            raise
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())
            raise RunError(f"a worker could not do its work: {words}") from error


class Here(Crew):
    """This process: each job is done before `submit` comes back. `tell` hears of the progress within a job."""

    line = 1  # a job is done when the next is given: what it gave should be taken up first

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell

    def submit(self, job: Job) -> Done:
        """Do the job."""
        done: Done = Future()
        done.set_result(work(job, self._tell))
        return done

    def close(self, *, at_once: bool) -> None:
        """Nobody is left to go."""


class Local(Crew):
    """Processes of this machine. They end with this process; Ctrl-C reaches them through it alone.

    Each has a thread that hands it jobs. A worker that dies takes its job with it and is replaced for the next.
    """

    def __init__(self, width: int, prepare: Callable[[], None]) -> None:
        prepare()  # compiles once, before every worker does
        self.width = width
        self._queue: SimpleQueue[tuple[Done, Job] | None] = SimpleQueue()
        self._workers: set[Worker] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._threads = [threading.Thread(target=self._lead, daemon=True) for _ in range(width)]
        for thread in self._threads:
            thread.start()
        atexit.register(self._go_home)  # where nobody closes it

    @property
    def pids(self) -> list[int]:
        """The numbers of the processes that are alive."""
        with self._lock:
            return [worker.pid for worker in self._workers]

    def submit(self, job: Job) -> Done:
        """Put a job in line for the next free process."""
        done: Done = Future()
        self._queue.put((done, job))
        return done

    def close(self, *, at_once: bool) -> None:
        """End the processes."""
        atexit.unregister(self._go_home)
        if at_once:
            with self._lock:
                self._closing = True
                for worker in self._workers:
                    worker.kill()
            self._forget_queue()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _go_home(self) -> None:
        self.close(at_once=True)

    def _lead(self) -> None:
        """Have one worker do jobs from the line, one at a time."""
        worker: Worker | None = None
        while (entry := self._queue.get()) is not None:
            done, job = entry
            try:
                worker = worker or self._start()
                done.set_result(worker.ask((work, job)))
            except WorkerDied as death:
                self._forget(worker)
                worker = None
                done.set_exception(death)
            except Exception as error:
                done.set_exception(error)
        if worker is not None:
            worker.close()
            self._forget(worker)

    def _start(self) -> Worker:
        with self._lock:
            if self._closing:
                raise WorkerDied("the crew is going home")
            worker = Worker()
            self._workers.add(worker)
        return worker

    def _forget(self, worker: Worker | None) -> None:
        with self._lock:
            self._workers -= {worker}

    def _forget_queue(self) -> None:
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            pass


class Cluster(Crew):
    """Workers of a running Dask cluster, which need servsim installed but no common folder: answers come back by wire.

    Raises InputError where no scheduler answers at the address, RunError where it has no worker or the extra is not
    installed.
    """

    PATIENCE = 10.0  # seconds to wait for the scheduler
    EVERY = 5.0  # seconds between two looks at the cluster
    ALONE = 60.0  # seconds that a cluster may be without workers, as new ones may be under way
    BUSY = 120.0  # seconds that a scheduler may not answer: it imports servsim for the first job, say

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
        self._looked = self._seen = self._heard = time.monotonic()
        width = self._count()
        if width is None:
            self.close(at_once=True)
            raise self._gone()
        self.width = width
        if not width:
            self.close(at_once=True)
            raise RunError(
                f"the Dask cluster at {address!r} has no workers; start some with `dask worker {address}`"
            )
        self._pool = self._client.get_executor(pure=False)

    def submit(self, job: Job) -> Done:
        """Send a job to the scheduler, which gives it to another worker where one dies."""
        try:
            done: Done = self._pool.submit(work, job)
        except Exception as error:  # the client has given up
            raise self._gone() from error
        return done

    def check(self) -> None:
        """See whether the scheduler answers, and how many workers it has by now."""
        if time.monotonic() - self._looked < self.EVERY:
            return
        width = self._count()
        now = self._looked = time.monotonic()
        if width is None:  # nothing is known of the workers
            if now - self._heard > self.BUSY:
                raise self._gone()
            return
        self._heard = now
        if width:
            self.width, self._seen = width, now
        elif now - self._seen > self.ALONE:
            raise RunError(f"the Dask cluster at {self.address!r} has lost all its workers")

    def outcomes(self, done: Done) -> list[Outcome]:
        """Return what a finished job gave; the scheduler itself has tried several workers before one counts as dead."""
        from distributed.scheduler import KilledWorker

        try:
            return super().outcomes(done)
        except RunError as error:
            if isinstance(error.__cause__, KilledWorker):
                raise WorkerDied("on a Dask cluster") from error
            if isinstance(error.__cause__, CancelledError):
                raise self._gone() from error
            raise

    def close(self, *, at_once: bool) -> None:
        """Leave the cluster; it goes on without us."""
        with suppress(TimeoutError):  # whoever does not hear that we leave will notice
            self._client.close(timeout=1 if at_once else self.PATIENCE)

    def _count(self) -> int | None:
        """Return the number of threads of all workers, None where the scheduler is there but too busy to answer."""
        try:
            return int(sum(self._client.nthreads(callback_timeout=self.PATIENCE).values()))
        except Exception as error:  # a client that is closed raises many kinds
            if isinstance(error, TimeoutError) and self._client.status == "running":
                return None
            raise self._gone() from error

    def _gone(self) -> RunError:
        return RunError(f"the Dask scheduler at {self.address!r} answers no more")


def cores() -> int:
    """Return the number of processors that this process may use: by its affinity, and by its container's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = QUOTA.read_text().split()
        return max(1, min(allowed, math.ceil(float(quota) / float(period))))
    except (OSError, ValueError):  # no container, or `max` for no quota
        return allowed
