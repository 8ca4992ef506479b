"""Files that are complete or untouched, whatever happens while they are written."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import InputError, RunError

__all__ = ["check_place", "write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, and put it there when it is complete. Raises RunError where that fails."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise RunError(f"{str(path)!r} cannot be written: {error.strerror or error}") from error
    finally:
        fresh.unlink(missing_ok=True)


def check_place(path: Path, what: str) -> None:
    """Raise InputError where no file can be written at a path; `what` it is to be, such as `the plot`, is told."""
    if path.is_dir():
        raise InputError(f"{what} {str(path)!r} is a folder; name a file")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise InputError(
            f"{what} {str(path)!r} cannot be written: {str(path.parent)!r} is no folder to write in"
        )
