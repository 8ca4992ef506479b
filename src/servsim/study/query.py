"""SQL over the tables of a result, by duckdb: it sees these tables and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, RunError, listed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["query", "tables_in"]

CLOSED = {
    "enable_external_access": "false",  # no files, no network, no other databases
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # variables of Python are no tables
    "temp_directory": "",  # nothing is spilled to the disk
}
MOST_LINES = 2  # of duckdb's message


def query(folder: str | Path, sql: str) -> pd.DataFrame:
    """Return what a SQL statement gives over the tables of a result.

    Every parquet file of the folder, or of its `result` where it is a study's, is a table of the same name:
    `measures`, `intervals`, `differences` and so on (see docs/results.md). The files are read as the statement needs
    them; it can neither change them nor reach any other file, the network or the settings.

    Args:
        folder: of a result or a study.
        sql: one statement that gives a table, in duckdb's SQL.

    Raises:
        InputError: the folder has no tables, or the statement is wrong or wants what it may not have.
        RunError: duckdb is not installed, or the memory does not suffice.
    """
    files = tables_in(folder)
    if any(0xD800 <= ord(character) < 0xE000 for character in sql):
        raise InputError("the statement is not text in UTF-8")
    try:
        import duckdb
    except ImportError:
        raise RunError("SQL needs duckdb, which is not installed: pip install 'servsim[query]'") from None
    with duckdb.connect(":memory:", config=CLOSED) as base:
        for name, file in files.items():
            base.register(name, _opened(file))
        base.execute("SET lock_configuration = true")
        return _answer(duckdb, base, sql, list(files))


def tables_in(folder: str | Path) -> dict[str, Path]:
    """Return the tables of a result's or a study's folder: name → file. Raises InputError where it has none."""
    top = Path(folder)
    if not top.is_dir():
        what = "is not a folder" if top.exists() else "does not exist"
        raise InputError(f"{str(folder)!r} {what}; name the folder of a result")
    for place in (top, top / "result"):
        files = {file.stem: file for file in sorted(place.glob("*.parquet")) if file.is_file()}
        if files:
            return files
    raise InputError(f"{str(folder)!r} holds no result of servsim: there are no *.parquet files in it")


def _opened(file: Path) -> Any:
    """Return a file as a table that is read when it is needed."""
    from pyarrow import dataset  # type: ignore[import-untyped]
    from pyarrow.lib import ArrowException  # type: ignore[import-untyped]

    try:
        return dataset.dataset(file)
    except (ArrowException, OSError):
        raise InputError(f"{str(file)!r} is not a parquet file that can be read") from None


def _answer(duckdb: Any, base: Any, sql: str, names: list[str]) -> pd.DataFrame:
    """Have a statement carried out. Every error says what is wrong in a line or two."""
    try:
        statements = base.extract_statements(sql)
        kinds = duckdb.StatementType
        if len(statements) != 1 or statements[0].type not in (kinds.SELECT, kinds.EXPLAIN):
            raise InputError("query takes one statement that gives a table, such as SELECT ... FROM measures")
        frame: pd.DataFrame = base.execute(statements[0]).fetch_df()
        return frame
    except duckdb.OutOfMemoryException:
        raise RunError("the memory does not suffice for this query") from None
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        words = " ".join(lines[:MOST_LINES])
        tables = f"; tables: {listed(names)}" if isinstance(error, duckdb.CatalogException) else ""
        raise InputError(f"{words}{tables}") from None
