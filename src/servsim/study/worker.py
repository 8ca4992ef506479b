"""A process that works for another one of this machine: it reads calls from its standard input and answers each.

A message is its length (8 bytes, little-endian) and a pickle. The one who asks has a pipe of its own to every worker:
so the end of either is noticed by the other at once, in the middle of a message too, and it is known which job a
worker died with. Pools whose workers share one pipe for their answers (concurrent.futures, loky) wait for ever when
one of them is killed while it writes.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

__all__ = ["Worker", "WorkerDied", "main"]

Buffer = memoryview  # what is read; pickles are read from it as from bytes
LENGTH = 8  # bytes
GRACE = 10.0  # seconds that a worker has to notice that it is not needed any more
CODE = "from servsim.study.worker import main; main()"


class WorkerDied(Exception):
    """A worker ended before it had answered."""


class Worker:
    """One process, as its owner sees it. It ends when its owner ends, whatever either is doing."""

    def __init__(self) -> None:
        # what can be imported here can be imported there; the main script is not run again, unlike multiprocessing's
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
            start_new_session=True,  # Ctrl-C is for the owner to hear
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, message: object) -> Any:
        """Send a call, (function, argument), and return its answer; errors of the function are raised here.

        Raises WorkerDied where the process ends before it has answered.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        raw = pickle.dumps(message)
        try:
            _send(self._process.stdin, raw)
            answer = _receive(self._process.stdout)
        except (OSError, ValueError):  # ValueError: the pipe was closed here meanwhile
            answer = None
        if answer is None:
            raise WorkerDied(self._obituary())
        good, value = pickle.loads(answer)
        if not good:
            raise value
        return value

    def kill(self) -> None:
        """End the process at once; may be called from another thread than the one that asks."""
        self._process.kill()

    def close(self) -> None:
        """Let the process go and wait until it is gone; it must have nothing to do."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):  # it is dead already, and did not read what was left in the pipe
                pipe.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:  # somebody else holds its pipe open, so it does not notice
            self._process.kill()
            self._process.wait()

    def _obituary(self) -> str:
        self.close()
        status = self._process.returncode
        if status >= 0:
            return f"exit status {status}"
        try:
            return f"killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"killed by signal {-status}"


def main() -> None:
    """Answer calls until the owner is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed must not get between the answers
    calls: SimpleQueue[Buffer] = SimpleQueue()
    threading.Thread(target=_listen, args=(calls,), daemon=True).start()
    while True:
        answer = _answer(calls.get())
        try:
            _send(answers, answer)
        except OSError:
            os._exit(1)  # nobody is left to read it


def _listen(calls: SimpleQueue[Buffer]) -> None:
    """Take calls in, and end the process, whatever it is at, when no more can come."""
    # not sys.stdin: its lock, held while waiting here, would spoil an orderly exit
    with open(0, "rb", buffering=0) as pipe:
        while (call := _receive(pipe)) is not None:
            calls.put(call)
    os._exit(0)


def _answer(call: Buffer) -> bytes:
    """Return whether a call came back and with what: a value or an error."""
    try:
        function, argument = pickle.loads(call)
        return pickle.dumps((True, function(argument)))
    except BaseException as error:  # whatever it is, somebody waits for an answer
        return _pickled_error(error)


def _pickled_error(error: BaseException) -> bytes:
    """Return an error as an answer, with where it arose; one that cannot travel is put into words."""
    error.add_note(traceback.format_exc())
    if isinstance(error, Exception):  # not SystemExit, which would end the one who asks
        with suppress(Exception):
            raw = pickle.dumps((False, error))
            pickle.loads(raw)
            return raw
    return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _send(pipe: IO[bytes], raw: bytes) -> None:
    pipe.write(len(raw).to_bytes(LENGTH, "little"))
    pipe.write(raw)
    pipe.flush()


def _receive(pipe: Any) -> Buffer | None:
    """Return the next message, None where the other end is gone."""
    head = _read(pipe, LENGTH)
    return None if head is None else _read(pipe, int.from_bytes(head, "little"))


def _read(pipe: Any, size: int) -> Buffer | None:
    """Return so many bytes, None where the other end goes before they are here."""
    raw = memoryview(bytearray(size))
    there = 0
    while there < size:
        more = pipe.readinto(raw[there:])
        if not more:
            return None
        there += more
    return raw
