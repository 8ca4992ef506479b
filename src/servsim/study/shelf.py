"""Finished units on disk: a study that is broken off goes on where it was, and has the same bytes at the end.

    DIR/units/HASH.pack      what one `put` brought: some units and their values
    DIR/units/HASH.damaged   a pack that is not what was written; never read again
    DIR/units/.lock          held by the process that works on the study, as long as it lives
    DIR/units/.holder        who that is

Only the process that leads the study writes here; its workers send their answers back. A pack is, byte by byte,

    magic                    16 bytes
    hash                     16 bytes, BLAKE2b (RFC 7693) of all that follows
    header                   a line of JSON: context, code, units as [digest of the scenario, replication, values]
    values                   float64, little-endian, unit by unit

and is named after the hash. It gets its name when it is whole, so `kill -9` loses nothing that was written. Packs are
not flushed to the disk one by one, as that costs more than the work in them: what a power cut tears is found out by
the hash, and computed again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from filelock import FileLock, Timeout

from ..errors import InputError, RunError
from ..network.network import Floats
from .identity import code
from .work import Outcome

__all__ = ["Shelf", "Usage", "finished", "usage"]

MAGIC = b"servsim units 1\n"
HASH = 16  # bytes
WORD = np.dtype("<f8")
FOLDER, PACK, DAMAGED, TEMPORARY = "units", ".pack", ".damaged", ".tmp"
LOCK, HOLDER = ".lock", ".holder"

Unit = tuple[str, int]  # digest of the scenario, number of the replication


@dataclass(frozen=True)
class Usage:
    """What lies in a study's folder.

    Attributes:
        packs: number of files.
        units: finished units of the context asked for, or of all.
        others: units of other contexts: another seed, other periods, another version of servsim.
        bytes: size of all packs.
    """

    packs: int
    units: int
    others: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a unit's values stand: from which byte of which file, and how many values there are."""

    file: Path
    start: int
    count: int


class Shelf:
    """A store of finished units in a folder; a context manager. Holds the folder alone until it is closed.

    Values stay on disk until they are asked for; in memory is where each unit is found.

    Args:
        folder: the study's folder; it is made where it is absent.

    Raises:
        InputError: there is a file of that name, or a file where a folder above it should be.
        RunError: another process holds the folder, or it cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve() / FOLDER
        self._context: str | None = None
        self._places: dict[str, dict[int, _Place]] = {}
        self._lock = FileLock(self.folder / LOCK, thread_local=False)
        holder = self.folder / HOLDER
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        except Timeout:
            raise RunError(
                f"{str(folder)!r} is in use by {_read_holder(holder)}; wait until it ends"
            ) from None
        except (FileExistsError, NotADirectoryError):
            raise InputError(
                f"{str(folder)!r}: a file stands in the way; a study is kept in a folder"
            ) from None
        except OSError as error:
            self._lock.release()
            raise RunError(f"{str(folder)!r} cannot be written: {error.strerror or error}") from error

    def __enter__(self) -> Shelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; what is finished stays."""
        if self._lock.is_locked:
            (self.folder / HOLDER).unlink(missing_ok=True)
            self._lock.release()
        self._context = None

    def open(self, context: str) -> None:
        """Find the units of a context that are there, and check every byte of every pack.

        A pack that is not what was written is moved aside and named in a warning; its units count as missing.

        Raises RunError where the folder cannot be read.
        """
        self._context, self._places = context, {}
        try:
            # nobody else writes here while the lock is held: they are of a leader that was killed
            for leftover in self.folder.glob(f"*{TEMPORARY}"):
                leftover.unlink(missing_ok=True)
            for file in _packs(self.folder):
                pack = _checked(file)
                if pack is None:
                    _set_aside(file)
                elif pack[0] == context:
                    self._take_up(file, pack[1], pack[2])
        except OSError as error:
            raise RunError(f"{str(error.filename)!r} cannot be read: {error.strerror or error}") from error

    def __contains__(self, unit: Unit) -> bool:
        digest, replication = unit
        return replication in self._places.get(digest, ())

    def get(self, unit: Unit) -> Floats | None:
        """Return a unit's values, None if it is not there. Raises RunError where its pack can no longer be read."""
        digest, replication = unit
        place = self._places.get(digest, {}).get(replication)
        if place is None:
            return None
        try:
            with place.file.open("rb") as file:
                file.seek(place.start)
                raw = file.read(place.count * WORD.itemsize)
        except OSError as error:
            raise RunError(f"{str(place.file)!r} cannot be read: {error.strerror or error}") from error
        if len(raw) < place.count * WORD.itemsize:
            raise RunError(
                f"{str(place.file)!r} was cut while it was in use; start again, and it is found out"
            )
        return np.frombuffer(raw, WORD).astype(np.float64)

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Keep finished units as one pack; those that are there already are left out.

        Raises RunError where the disk refuses. Nothing half-written stays, and nothing that lay there is touched.
        """
        assert self._context is not None and self._lock.is_locked
        fresh = [outcome for outcome in outcomes if (outcome.digest, outcome.replication) not in self]
        if not fresh:
            return
        values = [np.ascontiguousarray(outcome.values, WORD) for outcome in fresh]
        units = [(o.digest, int(o.replication), len(v)) for o, v in zip(fresh, values, strict=True)]
        header = json.dumps({"context": self._context, "code": code(), "units": units}).encode() + b"\n"
        try:
            file = _write(self.folder, [header, *(row.data for row in values)])
        except OSError as error:
            words = (
                f"finished replications cannot be written to {str(self.folder)!r}: {error.strerror or error}"
            )
            raise RunError(
                f"{words}; all that was written before is safe, and a new start goes on from it"
            ) from error
        self._take_up(file, units, len(MAGIC) + HASH + len(header))

    def usage(self) -> Usage:
        """Count what lies there, by the context that is open."""
        return usage(self.folder.parent, self._context)

    def _take_up(self, file: Path, units: Sequence[tuple[str, int, int]], start: int) -> None:
        """Take note of where a pack's units stand."""
        for digest, replication, count in units:
            self._places.setdefault(digest, {})[replication] = _Place(file, start, count)
            start += count * WORD.itemsize


def usage(folder: str | Path, context: str | None = None) -> Usage:
    """Count what lies in a study's folder, which may be in use. Headers are read, values are not checked.

    Args:
        folder: the study's folder; one that does not exist holds nothing.
        context: units of other contexts are counted apart; None: there are no others.
    """
    sizes, units, others = [], 0, 0
    for file in _packs(Path(folder) / FOLDER):
        try:
            with file.open("rb") as pack:
                found = _header(pack)
            size = file.stat().st_size
        except (OSError, ValueError):
            continue  # damaged, or moved aside just now: whoever opens the shelf next will say so
        sizes.append(size)
        if context in (None, found[0]):
            units += len(found[1])
        else:
            others += len(found[1])
    return Usage(len(sizes), units, others, sum(sizes))


def finished(folder: str | Path, context: str) -> set[Unit]:
    """Return the finished units of a context in a study's folder, which may be in use; values are not checked."""
    found: set[Unit] = set()
    for file in _packs(Path(folder) / FOLDER):
        try:
            with file.open("rb") as pack:
                own, units = _header(pack)
        except (OSError, ValueError):
            continue  # as in `usage`
        if own == context:
            found.update((digest, replication) for digest, replication, _ in units)
    return found


def _packs(folder: Path) -> Iterator[Path]:
    """Return the packs of a folder in the order of their names, so that nothing depends on that of the disk."""
    return iter(sorted(file for file in folder.glob(f"*{PACK}") if file.is_file() or file.is_dir()))


def _header(pack: BinaryIO) -> tuple[str, list[tuple[str, int, int]]]:
    """Read a pack up to its values: context and units. Raises ValueError where it is no pack."""
    if pack.read(len(MAGIC)) != MAGIC:
        raise ValueError("no pack")
    pack.seek(HASH, os.SEEK_CUR)
    try:
        header = json.loads(pack.readline())
        units = [(str(digest), int(number), int(count)) for digest, number, count in header["units"]]
        return str(header["context"]), units
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("no pack") from error


def _checked(file: Path) -> tuple[str, list[tuple[str, int, int]], int] | None:
    """Return a pack's context, its units and where their values begin; None where it is not what was written."""
    if not file.is_file():
        return None
    with file.open("rb") as pack:
        pack.seek(len(MAGIC))
        written = pack.read(HASH)
        if written != hashlib.file_digest(pack, _hasher).digest():  # of all from here to the end
            return None
        end = pack.tell()
        pack.seek(0)
        try:
            context, units = _header(pack)
        except ValueError:
            return None
        start = pack.tell()
    whole = end - start == sum(count for _, _, count in units) * WORD.itemsize
    return (context, units, start) if whole else None


def _set_aside(file: Path) -> None:
    """Give a damaged pack a name under which it is never read again, and say so."""
    other = file.with_suffix(DAMAGED)
    logging.getLogger("servsim").warning(
        "%s is damaged, and is now called %s; the replications in it are computed again", file, other.name
    )
    file.replace(other)


def _write(folder: Path, parts: Sequence[bytes | memoryview]) -> Path:
    """Write a pack that is there whole or not at all, and return its file."""
    hasher = _hasher()
    for part in parts:
        hasher.update(part)
    file = folder / (hasher.hexdigest() + PACK)
    temporary = file.with_name(f"{file.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as pack:
            pack.writelines([MAGIC, hasher.digest(), *parts])
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return file


def _read_holder(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return "another process"


def _hasher() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=HASH)
