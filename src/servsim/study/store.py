"""Results on disk: a folder that is complete or absent.

Of a run:

    scenario.yaml       the scenario, resolved; running it with the same seed gives the same bytes
    run.json            seed, replications, engine, versions, digest of the scenario, timing, command
    measures.parquet    replication, measure, scope, period, value
    intervals.parquet   measure, scope, period, mean, half_width, low, high, n, std
    contacts.parquet    every contact, where asked for
    events.parquet      every event, where asked for
    summary.json        what `--json` prints

Of a comparison:

    scenarios.parquet   scenario, the paths varied, digest, reps, yaml (the scenario, resolved)
    run.json            seed, engine, versions, definition (hash of the study), timing, command
    measures.parquet    scenario, replication, measure, scope, period, value
    intervals.parquet   scenario, measure, scope, period, mean, half_width, low, high, n, std
    differences.parquet, targets.parquet, changes.parquet   the comparison's tables
    summary.json        what `--json` prints

Of claims:

    claims.parquet      a row a claim (`servsim.decide.Claims.table`)
    scenarios.parquet   case, role (base or scenario), scenario, digest, yaml (the scenario, resolved)
    run.json            seed, replications, versions, command
    summary.json        what `--json` prints

Only run.json holds what differs between two identical runs: when, how long, and by which command.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ..errors import InputError, RunError, listed
from .format import OUTPUTS as TABLES  # that a comparison's folder may do without
from .result import versions

if TYPE_CHECKING:
    from .compare import Comparison
    from .result import Result

__all__ = [
    "CLAIMS_FILES",
    "COMPARISON_FILES",
    "FILES",
    "TABLES",
    "check_folder",
    "flush",
    "full_path",
    "save",
    "save_claims",
    "save_comparison",
    "write_json",
    "write_whole",
]

FILES = (
    *("scenario.yaml", "run.json", "measures.parquet", "intervals.parquet"),
    *("contacts.parquet", "events.parquet", "summary.json"),
)
COMPARISON_FILES = (
    "scenarios.parquet",
    "run.json",
    "summary.json",
    *(f"{table}.parquet" for table in TABLES),
)
CLAIMS_FILES = ("claims.parquet", "scenarios.parquet", "run.json", "summary.json")


def full_path(folder: str | Path) -> Path:
    """Return a folder's full path. Raises InputError where links lead in a ring."""
    try:
        return Path(folder).resolve()
    except (OSError, RuntimeError) as error:
        raise InputError(f"{str(folder)!r} cannot be a folder: {error}") from None


def check_folder(folder: str | Path, *, overwrite: bool = False) -> Path:
    """Return the folder's full path if a result may be written there: absent, empty, or replaceable.

    Raises InputError where it is anything else. Best asked before a long run.
    """
    path = full_path(folder)
    if not path.exists():
        return path
    if not path.is_dir():
        raise InputError(f"{str(folder)!r} is a file; a result is written into a folder")
    names = sorted(entry.name for entry in path.iterdir())
    foreign = [name for name in names if name not in (*FILES, *COMPARISON_FILES, *CLAIMS_FILES)]
    if foreign or (names and "run.json" not in names):
        found = listed(foreign or names, 3)
        raise InputError(
            f"{str(folder)!r} holds what is not a result of servsim ({found}); name another folder"
        )
    if names and not overwrite:
        raise InputError(f"{str(folder)!r} holds a result already; --force (overwrite=True) replaces it")
    return path


def save(
    result: Result, folder: str | Path, *, overwrite: bool = False, audit: bool = False, command: str = ""
) -> Path:
    """Write a run's result into a folder and return its full path; errors are those of `write_whole`.

    With `audit` the summary holds the self-audit as well; run.json tells the `command` that made it, if one did.
    """
    path = check_folder(folder, overwrite=overwrite)
    return write_whole(path, lambda fresh: _write_result(result, fresh, audit, command), overwrite=overwrite)


def save_comparison(
    comparison: Comparison,
    folder: str | Path,
    *,
    overwrite: bool = False,
    tables: Collection[str] = TABLES,
    definition: str = "",
    command: str = "",
) -> Path:
    """Write a comparison into a folder and return its full path; errors are those of `write_whole`.

    Args:
        comparison: what to write.
        folder: where; absent, empty, or holding a result if `overwrite` is true.
        overwrite: replace the result that lies there.
        tables: those of TABLES that are wanted.
        definition: hash of the study that gave the comparison.
        command: the command line that made it, for run.json; empty where none did.
    """
    path = check_folder(folder, overwrite=overwrite)

    def write(fresh: Path) -> None:
        _write_comparison(comparison, fresh, tables, definition, command)

    return write_whole(path, write, overwrite=overwrite)


def save_claims(
    table: pd.DataFrame,
    scenarios: pd.DataFrame,
    summary: dict[str, Any],
    folder: str | Path,
    *,
    overwrite: bool = False,
    command: str = "",
) -> Path:
    """Write what came of claims into a folder and return its full path; errors are those of `write_whole`."""
    path = check_folder(folder, overwrite=overwrite)

    def write(fresh: Path) -> None:
        about = {
            "claims": len(table),
            "seed": summary["seed"],
            "reps": summary["reps"],
            "versions": versions(),
        }
        write_json(about | _made_by(command), fresh / "run.json")
        write_json(summary, fresh / "summary.json")
        _write_table(table, fresh / "claims.parquet")
        _write_table(scenarios, fresh / "scenarios.parquet")

    return write_whole(path, write, overwrite=overwrite)


def write_whole(path: Path, write: Callable[[Path], None], *, overwrite: bool = False) -> Path:
    """Let `write` fill a folder, which then gets its name in one step, and return its path.

    Everything is written and flushed to the disk beside the folder.

    Raises:
        RunError: the disk refuses, or without `overwrite` somebody else filled the folder meanwhile; nothing is left
            behind.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.mkdir()
        write(fresh)
        for entry in [*fresh.iterdir(), fresh]:
            flush(entry)
        _put_in_place(fresh, path, overwrite=overwrite)
    except OSError as error:
        raise RunError(f"the result cannot be written to {str(path)!r}: {error.strerror or error}") from error
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
    flush(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write_result(result: Result, folder: Path, audit: bool, command: str) -> None:
    (folder / "scenario.yaml").write_text(result.scenario.to_yaml(), encoding="utf-8", newline="\n")
    write_json(_about(result) | _made_by(command), folder / "run.json")
    write_json(result.summary(audit=audit), folder / "summary.json")
    _write_measures([("", result)], folder / "measures.parquet")
    _write_table(result.intervals, folder / "intervals.parquet")
    if result.contacts is not None:
        _write_table(result.contacts, folder / "contacts.parquet")
    if result.events is not None:
        _write_table(result.events, folder / "events.parquet")


def _write_comparison(
    comparison: Comparison, folder: Path, tables: Collection[str], definition: str, command: str
) -> None:
    first = comparison.results[comparison.base]
    named = list(zip(comparison.names, comparison.results, strict=True))
    about = {
        "comparison": list(comparison.names[:100]),
        "scenarios": len(comparison.names),
        "definition": definition,
        "seed": first.seed,
        "reps": max(result.reps for result in comparison.results),
        "engine": first.engine,
        "versions": first.versions,
        "begun": first.timing.begun,
        "seconds": round(first.timing.seconds, 3),
    }
    write_json(about | _made_by(command), folder / "run.json")
    write_json(comparison.summary(), folder / "summary.json")
    scenarios = comparison.points.assign(
        digest=[result.scenario.digest() for _, result in named],
        reps=[result.reps for _, result in named],
        yaml=[result.scenario.to_yaml() for _, result in named],
    )
    _write_table(scenarios, folder / "scenarios.parquet")
    if "measures" in tables:
        _write_measures(named, folder / "measures.parquet")
    if "intervals" in tables:
        frames = (
            result.intervals.astype(dict.fromkeys(("measure", "scope", "period"), "str"))
            for _, result in named
        )
        parts = [frame.assign(scenario=name) for (name, _), frame in zip(named, frames, strict=True)]
        whole = pd.concat(parts, ignore_index=True)
        _write_table(whole[["scenario", *whole.columns.drop("scenario")]], folder / "intervals.parquet")
    for name in TABLES[2:]:
        if name in tables:
            _write_table(getattr(comparison, name), folder / f"{name}.parquet")


def _made_by(command: str) -> dict[str, str]:
    return {"command": command} if command else {}


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


def write_json(data: Any, path: Path) -> None:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table; without pandas' own notes the bytes depend on the values alone."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


def _write_measures(named: Iterable[tuple[str, Result]], path: Path) -> None:
    """Write the long table of values replication by replication: the whole of it is never in memory.

    With names of scenarios these are the first column.
    """
    words = pa.dictionary(pa.int32(), pa.string())
    keys = ("measure", "scope", "period")
    fields = [("replication", pa.int32()), *((key, words) for key in keys), ("value", pa.float64())]
    named = list(named)
    several = any(name for name, _ in named)
    schema = pa.schema([("scenario", words), *fields] if several else fields)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for name, result in named:
            columns = [
                pa.array(result.index[key].astype(object)).dictionary_encode().cast(words) for key in keys
            ]
            for number, values in zip(result.replications, result.matrix, strict=True):
                numbers = pa.repeat(pa.scalar(int(number), pa.int32()), len(values))
                row = [numbers, *columns, pa.array(values)]
                if several:
                    row.insert(0, pa.repeat(pa.scalar(name), len(values)).dictionary_encode().cast(words))
                writer.write_table(pa.table(row, schema=schema))


def flush(path: Path) -> None:
    """Make the system write a file or a folder's entries to the disk (Windows cannot open folders)."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
