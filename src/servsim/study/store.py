"""Results on disk: a folder that is complete or absent.

    scenario.yaml       the scenario, resolved; running it with the same seed gives the same bytes
    run.json            seed, replications, engine, versions, digest of the scenario, timing
    measures.parquet    replication, measure, scope, period, value
    intervals.parquet   measure, scope, period, mean, half_width, low, high, n, std
    contacts.parquet    every contact, where asked for
    events.parquet      every event, where asked for
    summary.json        what `--json` prints

Only run.json holds what differs between two identical runs: when and how long.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ..errors import InputError, RunError, listed

if TYPE_CHECKING:
    from .result import Result

__all__ = ["FILES", "check_folder", "save"]

FILES = (
    *("scenario.yaml", "run.json", "measures.parquet", "intervals.parquet"),
    *("contacts.parquet", "events.parquet", "summary.json"),
)


def check_folder(folder: str | Path, *, overwrite: bool = False) -> Path:
    """Return the folder's full path if a result may be written there: absent, empty, or replaceable.

    Raises InputError where it is anything else. Best asked before a long run.
    """
    path = Path(folder).resolve()
    if not path.exists():
        return path
    if not path.is_dir():
        raise InputError(f"{str(folder)!r} is a file; a result is written into a folder")
    names = sorted(entry.name for entry in path.iterdir())
    foreign = [name for name in names if name not in FILES]
    if foreign or (names and "run.json" not in names):
        found = listed(foreign or names, 3)
        raise InputError(
            f"{str(folder)!r} holds what is not a result of servsim ({found}); name another folder"
        )
    if names and not overwrite:
        raise InputError(f"{str(folder)!r} holds a result already; --force (overwrite=True) replaces it")
    return path


def save(result: Result, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a result into a folder and return its full path.

    Everything is written and flushed to the disk beside the folder, which then gets its name in one step.

    Raises:
        InputError: something else lies there, or a result does and `overwrite` is false.
        RunError: the disk refuses; nothing is left behind.
    """
    path = check_folder(folder, overwrite=overwrite)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.mkdir()
        _write(result, fresh)
        _put_in_place(fresh, path, overwrite=overwrite)
    except OSError as error:
        raise RunError(
            f"the result cannot be written to {str(folder)!r}: {error.strerror or error}"
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return path


def _put_in_place(fresh: Path, path: Path, *, overwrite: bool) -> None:
    """Give a complete folder its name; what had the name before is moved aside first and deleted last.

    Without `overwrite` a folder that another run has filled meanwhile stays: renaming onto it is an OSError.
    """
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    replaces = overwrite and path.exists()
    if replaces:
        path.rename(old)
    try:
        fresh.rename(path)
    except BaseException:
        if replaces:
            old.rename(path)
        raise
    _flush(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write(result: Result, folder: Path) -> None:
    """Write all files of a result and flush them and the folder to the disk."""
    (folder / "scenario.yaml").write_text(result.scenario.to_yaml(), encoding="utf-8", newline="\n")
    _write_json(_about(result), folder / "run.json")
    _write_json(result.summary(), folder / "summary.json")
    _write_measures(result, folder / "measures.parquet")
    _write_table(result.intervals, folder / "intervals.parquet")
    if result.contacts is not None:
        _write_table(result.contacts, folder / "contacts.parquet")
    if result.events is not None:
        _write_table(result.events, folder / "events.parquet")
    for entry in [*folder.iterdir(), folder]:
        _flush(entry)


def _about(result: Result) -> dict[str, Any]:
    return {
        "scenario": result.scenario.name,
        "digest": result.scenario.digest(),
        "seed": result.seed,
        "first": result.first,
        "reps": result.reps,
        "engine": result.engine,
        "versions": result.versions,
        "begun": result.timing.begun,
        "seconds": round(result.timing.seconds, 3),
    }


def _write_json(data: Any, path: Path) -> None:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table; without pandas' own notes the bytes depend on the values alone."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


def _write_measures(result: Result, path: Path) -> None:
    """Write the long table of values replication by replication: the whole of it is never in memory."""
    words = {
        name: pa.array(column.astype(object)).dictionary_encode() for name, column in result.index.items()
    }
    types = [(name, column.type) for name, column in words.items()]
    schema = pa.schema([("replication", pa.int32()), *types, ("value", pa.float64())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for number, values in zip(result.replications, result.matrix, strict=True):
            numbers = pa.repeat(pa.scalar(int(number), pa.int32()), len(values))
            writer.write_table(pa.table([numbers, *words.values(), pa.array(values)], schema=schema))


def _flush(path: Path) -> None:
    """Make the system write a file or a folder's entries to the disk (Windows cannot open folders)."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
