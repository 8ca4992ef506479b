"""What a number depends on, and nothing else: the names under which finished work is kept and found again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

__all__ = ["code", "context"]

PACKAGE = Path(__file__).parent.parent
# every file that has a say in the numbers: from the scenario to the measures, and the ground floor
SOURCES = (
    *("*.py", "draws/*.py", "scenario/*.py", "network/*.py", "engine/**/*.py", "measure/*.py"),
    "study/work.py",
)


@cache
def code() -> str:
    """Return servsim's version with a hash of the text of every file that has a say in the numbers."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted({path for pattern in SOURCES for path in PACKAGE.glob(pattern)}):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + text + b"\0")
    return f"{version('servsim')}-{digest.hexdigest()}"


def context(seed: int, periods: Sequence[str]) -> str:
    """Return a hash of what a replication's numbers depend on beside the scenario and the replication's number."""
    return hashlib.blake2b(f"{code()} {seed} {','.join(periods)}".encode(), digest_size=8).hexdigest()
