"""A result as one page that opens without a network: verdict, targets, money, pictures, assumptions, method."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from ...files import check_place, write_whole
from ...study.stored import StoredComparison, StoredResult, read_any

__all__ = ["check_file", "report", "save_report"]


def report(folder: str | Path) -> str:
    """Return the page of the result in a folder that run, compare, sweep, study or claims has written.

    The same folder gives the same page. Every number that summary.json holds too is marked with its value and its place
    there (`elements.Numbers`).

    Raises:
        InputError: the folder does not exist, or holds no result.
        RunError: a file is damaged.
    """
    found = read_any(folder)
    if isinstance(found, StoredResult):
        from .run import run_report

        return run_report(found)
    if isinstance(found, StoredComparison):
        from .comparison import comparison_report

        return comparison_report(found)
    from .claims import claims_report

    return claims_report(found)


def save_report(folder: str | Path, file: str | Path, *, overwrite: bool = False) -> Path:
    """Write the page of a result into a file, which is complete or untouched, and return its path.

    Raises:
        InputError: as of `report` and `check_file`.
        RunError: a file of the result is damaged, or the page cannot be written.
    """
    path = check_file(file, overwrite=overwrite)
    text = report(folder)
    write_whole(path, text.encode())
    return path


def check_file(file: str | Path, *, overwrite: bool = False) -> Path:
    """Return the path of a page to be written; raises InputError where it cannot be, or is there already."""
    path = Path(file)
    check_place(path, "the report")
    if path.exists() and not overwrite:
        raise InputError(f"{str(file)!r} exists already; --force (overwrite=True) replaces it")
    return path
