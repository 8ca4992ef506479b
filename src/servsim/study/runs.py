"""What lies where: results of runs and comparisons, and studies with how far they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import InputError, printable
from .folder import read_json
from .identity import context
from .shelf import FOLDER, finished

if TYPE_CHECKING:
    from .plan import Study

__all__ = ["COLUMNS", "find_runs", "kept", "stand"]

COLUMNS = ("folder", "kind", "name", "scenarios", "reps", "seed", "begun", "state")
DEPTH = 5  # folders within folders that are looked into


def find_runs(folder: str | Path = ".", depth: int = DEPTH) -> pd.DataFrame:
    """Return the results and studies in a folder and below it; nothing is locked, so studies may be under way.

    Hidden folders are left out, and links are not followed.

    Args:
        folder: where to look.
        depth: how many folders within each other are looked into, 0 or more.

    Returns:
        One row each, in the order of their names: folder (relative to the one given), kind (run, comparison or
        study), name, scenarios, reps (of each scenario; of the first stage while a precision is sought), seed, begun
        (UTC, ISO 8601), and state: `complete`, `240 of 400 replications`, or `result is of an older version of the
        study`.

    Raises:
        InputError: there is no such folder.
    """
    top = Path(folder)
    if not top.is_dir():
        what = "is not a folder" if top.exists() else "does not exist"
        raise InputError(f"{str(folder)!r} {what}")
    rows = [
        {"folder": printable(path.relative_to(top).as_posix()), **about}
        for path in _folders(top, depth)
        if (about := _sound(path)) is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def kept(folder: str | Path, study: Study) -> tuple[int, int | None]:
    """Return how many of a study's replications lie in a folder, and of how many; None where that turns out later."""
    digests, reps = study.digests, None if study.is_open else study.reps
    done = _count(Path(folder), context(study.seed, study.periods), set(digests), reps)
    return done, None if reps is None else len(digests) * reps


def stand(done: int, wanted: int | None) -> str:
    """Return `240 of 400 replications`, or `240 replications` where it turns out later of how many."""
    of = "" if wanted is None else f" of {wanted:,}"
    return f"{done:,}{of} replications"


def _count(folder: Path, of_context: str, digests: set[str], reps: int | None) -> int:
    units = finished(folder, of_context)
    return sum(digest in digests and (reps is None or number <= reps) for digest, number in units)


def _folders(top: Path, depth: int) -> Iterator[Path]:
    """Yield a folder and those in it, each before what is in it."""
    yield top
    if depth <= 0 or (top / "study.json").is_file():
        return
    try:
        inner = sorted(Path(entry) for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False))
    except OSError:  # not ours to read
        return
    for path in inner:
        if not path.name.startswith("."):
            yield from _folders(path, depth - 1)


def _sound(path: Path) -> dict[str, Any] | None:
    """Return what a folder holds; one whose files say what servsim never wrote is told as damaged."""
    try:
        return _about(path)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return {**dict.fromkeys(COLUMNS[1:]), "kind": "?", "name": "", "state": "damaged"}


def _about(path: Path) -> dict[str, Any] | None:
    """Return what a folder holds; None where that is nothing of servsim."""
    study = read_json(path / "study.json")
    if study.get("study") and (path / FOLDER).is_dir():
        return _about_study(path, study)
    run = read_json(path / "run.json")
    if not {"seed", "reps", "versions"} <= run.keys():
        return None
    names = run.get("comparison")
    return {
        "kind": "comparison" if names else "run",
        "name": ", ".join(map(str, names[:3])) if isinstance(names, list) else run.get("scenario", ""),
        "scenarios": run.get("scenarios", 1),
        **{key: run.get(key) for key in ("reps", "seed", "begun")},
        "state": "complete",
    }


def _about_study(path: Path, study: dict[str, Any]) -> dict[str, Any]:
    result = read_json(path / "result" / "run.json")
    about = {
        "kind": "study",
        "name": study["study"],
        **{key: study.get(key) for key in ("scenarios", "reps", "seed", "begun")},
    }
    if result and result.get("definition") == study.get("definition"):
        return {**about, "reps": result.get("reps"), "state": "complete"}
    digests, reps = set(study.get("digests", ())), None if study.get("open") else study.get("reps")
    done = _count(path, str(study.get("context")), digests, reps)
    state = stand(done, None if reps is None else len(digests) * reps)
    return {**about, "state": f"{state}; result is of an older version of the study" if result else state}
