"""Tables that a scenario includes: CSV files, or the same rows written in place.

A file must lie in the scenario's folder tree unless told otherwise. All bad rows are reported, with their lines.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationInfo

from ..errors import did_you_mean, listed
from ..units import parse_clock, parse_number
from .document import MAX_BYTES, FileName
from .fields import Context, context_of, day_keys, fail

__all__ = ["interval_rows", "number_rows", "read_csv", "time_rows"]

Row = dict[str, str]
MAX_SHOWN = 5


def read_csv(name: FileName, columns: Sequence[str], optional: Sequence[str], context: Context) -> list[tuple[int, Row]]:
    """Read a CSV file with a header; return (line, row) pairs. Raises a validation error naming what is wrong."""
    path = name.folder / str(name)
    root = Path(context.root) if context.root is not None else name.folder.resolve()
    if not context.allow_outside and not path.resolve().is_relative_to(root):
        raise fail(f"{str(name)!r} lies outside the scenario's folder {str(root)!r}; --allow-outside permits it")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise fail(f"{str(name)!r} is larger than {MAX_BYTES >> 20} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise fail(f"{str(name)!r} cannot be read: {_why(error, path)}") from None
    return _rows(text, name, columns, optional)


def _why(error: Exception, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        near = [entry.name for entry in path.parent.glob("*")] if path.parent.is_dir() else []
        return "there is no such file" + did_you_mean(path.name, near)
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return getattr(error, "strerror", None) or str(error)


def _rows(text: str, name: FileName, columns: Sequence[str], optional: Sequence[str]) -> list[tuple[int, Row]]:
    try:
        reader = csv.DictReader(text.splitlines(), skipinitialspace=True, strict=True)
        header = [column.strip() for column in reader.fieldnames or []]
        reader.fieldnames = header
        rows = [(reader.line_num, row) for row in reader if any(str(value or "").strip() for value in row.values())]
    except csv.Error as error:
        raise fail(f"{str(name)!r} is not a CSV table: {error}") from None
    allowed = [*columns, *optional]
    wrong = [f"unknown column {c!r}{did_you_mean(c, allowed)}" for c in header if c not in allowed]
    wrong += [f"column {c!r} is missing" for c in columns if c not in header]
    wrong += [f"column {c!r} stands twice" for c in sorted({c for c in header if header.count(c) > 1})]
    if wrong:
        raise fail(f"{str(name)!r} line 1: {'; '.join(wrong)}; columns: {listed(allowed)}")
    for line, row in rows:
        if None in row or None in row.values():
            raise fail(f"{str(name)!r} line {line}: has {'more' if None in row else 'fewer'} values than the header")
    return rows


def _parse_all(rows: list[tuple[str, Any]], parse: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Parse every row; raise one error that names the first few bad ones."""
    good, bad = [], []
    for where, row in rows:
        try:
            good.append(parse(row))
        except ValueError as error:
            bad.append(f"{where}: {error}")
    if bad:
        more = f"; and {len(bad) - MAX_SHOWN} more" if len(bad) > MAX_SHOWN else ""
        raise fail("; ".join(bad[:MAX_SHOWN]) + more)
    if not good:
        raise fail("the table has no rows")
    return tuple(good)


def _located(value: Any, info: ValidationInfo, columns: Sequence[str], optional: Sequence[str] = ()) -> list[tuple[str, Any]]:
    """Return rows as lists in the order (optional..., columns...), each with the words that say where it stands."""
    if isinstance(value, FileName):
        order = [*optional, *columns]
        found = read_csv(value, columns, optional, context_of(info))
        return [(f"{str(value)!r} line {line}", [row.get(c) for c in order]) for line, row in found]
    if isinstance(value, list | tuple):
        return [(f"row {i}", list(row) if isinstance(row, list | tuple) else [row]) for i, row in enumerate(value, 1)]
    raise fail(f"must be the name of a .csv file with the columns {listed([*optional, *columns])}, or a list of such rows")


def number_rows(*columns: str) -> Callable[[Any, ValidationInfo], Any]:
    """Return a validator for rows of numbers; with one column the rows are bare numbers."""

    def parse(row: list[Any]) -> Any:
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(columns)} values ({', '.join(columns)}), got {len(row)}")
        numbers = tuple(parse_number(value.strip() if isinstance(value, str) else value) for value in row)
        return numbers[0] if len(columns) == 1 else numbers

    def validate(value: Any, info: ValidationInfo) -> Any:
        return _parse_all(_located(value, info, columns), parse)

    return validate


def interval_rows(amount: str) -> Callable[[Any, ValidationInfo], Any]:
    """Return a validator for rows (day, time, amount); `day` may be left out in a file and then means daily."""

    def parse(row: list[Any]) -> tuple[str, str, float]:
        if len(row) != 3:
            raise ValueError(f"a row has 3 values (day, time, {amount}), got {len(row)}")
        day, time, number = row
        day = "daily" if day in (None, "") else str(day).strip()
        day_keys(day)
        second = int(parse_clock(str(time).strip()))
        if second >= 86400:
            raise ValueError(f"{time!r} must lie before 24:00")
        value = parse_number(number.strip() if isinstance(number, str) else number)
        if value < 0:
            raise ValueError(f"{amount} must not be negative, got {value:g}")
        return day, f"{second // 3600:02}:{second // 60 % 60:02}", value

    def validate(value: Any, info: ValidationInfo) -> Any:
        rows = _parse_all(_located(value, info, ("time", amount), ("day",)), parse)
        _refuse_twins(rows, amount)
        return rows

    return validate


def _refuse_twins(rows: Sequence[tuple[str, str, float]], amount: str) -> None:
    seen: set[tuple[str, str]] = set()
    for days, time, _ in rows:
        for day in day_keys(days):
            if (day, time) in seen:
                raise fail(f"{amount} for {day} {time} stands twice")
            seen.add((day, time))


def time_rows(value: Any, info: ValidationInfo) -> Any:
    """Validate exact arrival times: rows (seconds or date and time, reason); the reason may be left out."""
    import datetime as dt

    def parse(row: list[Any]) -> tuple[str | float, str]:
        if not 1 <= len(row) <= 2:
            raise ValueError(f"a row has a time and perhaps a reason, got {len(row)} values")
        time, reason = (row[0], row[1]) if len(row) == 2 else (row[0], "")
        try:
            moment: str | float = parse_number(time)
        except ValueError:
            try:
                moment = dt.datetime.fromisoformat(str(time).strip()).replace(tzinfo=None).isoformat(" ")
            except ValueError:
                raise ValueError(f"{str(time)!r} is neither seconds after the start nor a moment (2026-03-02 10:00:00)") from None
        return moment, str(reason or "").strip()

    rows = _located(value, info, ("time",), ("reason",))
    if isinstance(value, FileName):
        rows = [(where, row[::-1]) for where, row in rows]
    return _parse_all(rows, parse)
