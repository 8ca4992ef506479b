"""A study's folder: finished replications, so that nothing is run twice, and the result, complete or absent.

study.json     name, definition (hash of the study), digests of its scenarios, context of its units, when it was begun
units/         finished replications; see `shelf`
result/        the comparison; see `store`
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, RunError, listed
from .identity import code, context
from .runner import Memory, Store
from .shelf import Shelf
from .store import check_folder, full_path, save_comparison, write_json

if TYPE_CHECKING:
    from .compare import Comparison
    from .plan import Study

__all__ = ["Kept", "check_study_folder", "opened", "read_json"]

NAMES = ("study.json", "study.json.new", "units", "result")  # .new: of one that was killed while it wrote


@dataclass(frozen=True)
class Kept:
    """Where a study keeps what it has: a store for its units, and a way to save the comparison."""

    store: Store
    save: Callable[[Comparison], None]


@contextmanager
def opened(
    folder: str | Path | None, study: Study, *, overwrite: bool = False, command: str = ""
) -> Iterator[Kept]:
    """Open a study's folder for as long as it runs; without a folder everything is in memory alone.

    Raises:
        InputError: the folder holds something else, or the result of another study and `overwrite` is false.
        RunError: it cannot be written, or another process is at work there.
    """
    if folder is None:
        yield Kept(Memory(), lambda comparison: None)
        return
    path = check_study_folder(folder, study.definition(), overwrite=overwrite)
    with Shelf(path) as shelf:
        _describe(study, path)

        def keep(comparison: Comparison) -> None:
            save_comparison(
                comparison,
                path / "result",
                overwrite=True,
                tables=study.outputs,
                definition=study.definition(),
                command=command,
            )

        yield Kept(shelf, keep)


def check_study_folder(folder: str | Path, definition: str, *, overwrite: bool = False) -> Path:
    """Return the folder's full path if the study may work there: absent, empty, its own, or replaceable.

    Raises InputError where it is anything else.
    """
    path = full_path(folder)
    if not path.exists():
        return path
    if not path.is_dir():
        raise InputError(f"{str(folder)!r} is a file; a study works in a folder")
    names = sorted(entry.name for entry in path.iterdir())
    foreign = [name for name in names if name not in NAMES and not name.startswith(".result.")]
    if foreign or (names and not {"study.json", "units"} & set(names)):
        raise InputError(
            f"{str(folder)!r} holds what is not a study of servsim ({listed(foreign or names, 3)}); name another folder"
        )
    if (path / "result").exists():
        check_folder(path / "result", overwrite=True)
    there = read_json(path / "result" / "run.json").get("definition", definition)
    if there != definition and not overwrite:
        raise InputError(
            f"{str(folder)!r} holds the result of another study, or of this one before it was changed; --force "
            "(in Python overwrite=True) runs what is new and replaces it; finished replications are used again where "
            "they fit"
        )
    return path


def _describe(study: Study, path: Path) -> None:
    """Write down what is under way, for `servsim runs`."""
    about = {
        "study": study.name or study.names[study.base],
        "definition": study.definition(),
        "scenarios": len(study.names),
        "digests": list(study.digests),
        "reps": study.reps,
        "open": study.is_open,
        "seed": study.seed,
        "code": code(),
        "context": context(study.seed, study.periods),
        "begun": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    fresh = path / "study.json.new"
    try:
        write_json(about, fresh)
        fresh.replace(path / "study.json")
    except OSError as error:
        raise RunError(f"{str(path)!r} cannot be written: {error.strerror or error}") from error
    finally:
        fresh.unlink(missing_ok=True)


def read_json(file: Path) -> dict[str, Any]:
    """Return what a JSON file says; nothing where it is not there or cannot be read."""
    if not file.is_file():  # nor is a pipe waited for
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
