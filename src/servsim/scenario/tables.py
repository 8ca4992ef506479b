"""Tables that a scenario includes: CSV files, or the same rows written in place.

A file must lie in the scenario's folder tree unless told otherwise. All bad rows are reported, with their
lines.
"""

from __future__ import annotations

import csv
import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationInfo

from ..errors import did_you_mean, listed, shown
from ..units import parse_clock, parse_number
from .document import FileName, read_bytes
from .fields import Context, context_of, day_keys, fail, reported

__all__ = ["interval_rows", "number_rows", "read_csv", "time_rows"]

Row = dict[str, str]
Located = tuple[str, Any]  # where a row stands, in words, and its values
MAX_SHOWN = 5
MAX_AMOUNT = 1e9


def read_csv(
    name: FileName, columns: Sequence[str], optional: Sequence[str], context: Context
) -> list[tuple[int, Row]]:
    """Read a CSV file with a header; return (line, row) pairs. Raises a validation error naming what is
    wrong.
    """
    path = name.folder / str(name)
    root = Path(context.root) if context.root is not None else name.folder.resolve()
    try:
        if not context.allow_outside and not path.resolve().is_relative_to(root):
            raise fail(f"{str(name)!r} lies outside the scenario's folder; --allow-outside permits it")
        text = read_bytes(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, RuntimeError) as error:  # RuntimeError: a ring of links
        raise fail(f"{str(name)!r} cannot be read: {_why(error, path)}") from None
    return _rows(unicodedata.normalize("NFC", text), name, columns, optional)


def _why(error: Exception, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        if not path.parent.is_dir():
            return f"there is no folder {path.parent.name!r}"
        return "there is no such file" + did_you_mean(
            path.name, [entry.name for entry in path.parent.glob("*")]
        )
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return getattr(error, "strerror", None) or str(error)


def _rows(
    text: str, name: FileName, columns: Sequence[str], optional: Sequence[str]
) -> list[tuple[int, Row]]:
    try:
        reader = csv.DictReader(text.splitlines(), skipinitialspace=True, strict=True)
        header = [column.strip() for column in reader.fieldnames or []]
        reader.fieldnames = header
        rows = [(reader.line_num, row) for row in reader if any(map(_is_filled, row.values()))]
    except csv.Error as error:
        raise fail(f"{str(name)!r} is not a CSV table: {error}") from None
    allowed = [*columns, *optional]
    if not header:
        raise fail(
            f"{str(name)!r} is empty; its first line names the columns {','.join([*optional, *columns])}"
        )
    wrong = [f"unknown column {shown(c)}{did_you_mean(c, allowed)}" for c in header if c not in allowed]
    wrong += [f"column {c!r} is missing" for c in columns if c not in header]
    wrong += [f"column {c!r} stands twice" for c in sorted({c for c in header if header.count(c) > 1})]
    if wrong:
        raise fail(f"{str(name)!r} line 1: {'; '.join(wrong)}; columns: {listed(allowed)}")
    for line, row in rows:
        if None in row or None in row.values():
            many = "more" if None in row else "fewer"
            raise fail(f"{str(name)!r} line {line}: has {many} values than the header has columns")
    return rows


def _is_filled(value: Any) -> bool:
    return bool(str(value or "").strip())


def _parse_all(
    value: Any, rows: list[Located], parse: Callable[[Any], Any], context: Context
) -> tuple[Any, ...]:
    """Parse every row; report the first few bad ones, those written in place each at its own line."""
    good: list[Any] = []
    bad: list[tuple[int, str]] = []
    for i, (where, row) in enumerate(rows):
        try:
            good.append(parse(row))
        except ValueError as error:
            bad.append((i, f"{where}: {error}"))
    if bad:
        _report_rows(value, bad, context)
    if not good:
        raise fail("the table has no rows")
    return tuple(good)


def _report_rows(value: Any, bad: list[tuple[int, str]], context: Context) -> None:
    place = context.places.get(id(value))
    more = len(bad) - MAX_SHOWN
    if more > 0:
        rows = "row is" if more == 1 else "rows are"
        bad = [*bad[:MAX_SHOWN], (bad[MAX_SHOWN][0], f"and {more} more {rows} wrong")]
    if place is None:
        raise fail("; ".join(message for _, message in bad))
    in_file = isinstance(value, FileName)
    context.found += [(place if in_file else (*place, i), message) for i, message in bad]
    raise reported()


def _located(
    value: Any, info: ValidationInfo, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[Located]:
    """Return rows as lists in the order (optional..., columns...), each with the words that say where it
    stands.
    """
    order = [*optional, *columns]
    if isinstance(value, FileName):
        found = read_csv(value, columns, optional, context_of(info))
        return [(f"{str(value)!r} line {line}", [row.get(c) for c in order]) for line, row in found]
    if isinstance(value, list | tuple):
        return [
            (f"row {i}", row if isinstance(row, list | tuple) else [row]) for i, row in enumerate(value, 1)
        ]
    columns_text = ",".join(order)
    raise fail(
        f"must be the name of a .csv file with the columns {columns_text}, or a list of such rows; "
        f"got {shown(value)}"
    )


def _number_of(value: Any) -> float:
    return parse_number(value.strip() if isinstance(value, str) else value)


def number_rows(*columns: str) -> Callable[[Any, ValidationInfo], Any]:
    """Return a validator for rows of numbers; with one column the rows are bare numbers."""

    def parse(row: list[Any]) -> Any:
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(columns)} values ({', '.join(columns)}), got {len(row)}")
        numbers = tuple(map(_number_of, row))
        return numbers[0] if len(columns) == 1 else numbers

    def validate(value: Any, info: ValidationInfo) -> Any:
        return _parse_all(value, _located(value, info, columns), parse, context_of(info))

    return validate


def interval_rows(amount: str) -> Callable[[Any, ValidationInfo], Any]:
    """Return a validator for rows (day, time, amount); without a column `day` a file means daily."""

    def parse(row: list[Any]) -> tuple[str, str, float]:
        if len(row) != 3:
            raise ValueError(f"a row has 3 values (day, time, {amount}), got {len(row)}")
        day, time, given = row
        day = "daily" if day in (None, "") else str(day).strip()
        day_keys(day)
        second = int(parse_clock(time))
        if second >= 86400 or second % 60:
            raise ValueError(f"{time!r} must be a whole minute from 00:00 to 23:59")
        value = _number_of(given)
        if not 0 <= value <= MAX_AMOUNT:
            raise ValueError(f"{amount} must be from 0 to {MAX_AMOUNT:,.0f}, got {value:g}")
        return day, f"{second // 3600:02}:{second // 60 % 60:02}", value

    def validate(value: Any, info: ValidationInfo) -> Any:
        located = _located(value, info, ("time", amount), ("day",))
        rows = _parse_all(value, located, parse, context_of(info))
        _refuse_twins(value, located, rows, context_of(info))
        return rows

    return validate


def _refuse_twins(
    value: Any, located: list[Located], rows: Sequence[tuple[str, str, float]], context: Context
) -> None:
    seen: dict[tuple[str, str], str] = {}
    twins: list[tuple[int, str]] = []
    singles: dict[str, list[str]] = {}
    for i, ((where, _), (days, time, _)) in enumerate(zip(located, rows, strict=True)):
        keys = [(day, time) for day in singles.setdefault(days, day_keys(days))]
        first = next((key for key in keys if key in seen), None)
        if first is not None:
            twins.append((i, f"{where}: {first[0]} {time} stands twice; it is in {seen[first]} already"))
        for key in keys:
            seen.setdefault(key, where)
    if twins:
        _report_rows(value, twins, context)


def time_rows(value: Any, info: ValidationInfo) -> Any:
    """Validate exact arrival times: rows (seconds or date and time, reason); the reason may be left out."""
    located = _located(value, info, ("time",), ("reason",))
    if isinstance(value, FileName):
        located = [(where, row[::-1]) for where, row in located]
    return _parse_all(value, located, _time_row, context_of(info))


def _time_row(row: list[Any]) -> tuple[str | float, str]:
    if not 1 <= len(row) <= 2:
        raise ValueError(f"a row has a time and perhaps a reason, got {len(row)} values")
    time, reason = row if len(row) == 2 else (row[0], "")
    return _moment(time), "" if reason is None else str(reason).strip()


def _moment(time: Any) -> str | float:
    """Parse seconds after the start, or a date with a time of day (without a zone)."""
    try:
        return _number_of(time)
    except ValueError:
        pass
    try:
        moment = dt.datetime.fromisoformat(str(time).strip())
        if moment.tzinfo is None:
            return moment.isoformat(" ")
    except ValueError:
        pass
    raise ValueError(
        f"{shown(time)} is neither seconds after the start nor a moment like 2026-03-02 10:00:00"
    )
