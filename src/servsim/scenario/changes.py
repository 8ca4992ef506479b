"""Changing a scenario: dotted paths with new values, absolute or relative.

Serves `change:`, `--set`, `--vary` and `with_`. A relative value is `-20%`, `x1.5`, `+2`, `+5pp` or `+2 min`;
`=-2` is the absolute value -2; an empty value takes a part away.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import InputError, Problem, did_you_mean, listed, shown
from ..units import DURATION_UNITS, format_duration, parse_duration
from .document import (
    MAX_DEPTH,
    Document,
    FileName,
    Mark,
    Place,
    Plain,
    dotted,
    parse_document,
    parse_scalar,
    read_document,
    whole_characters,
)
from .model import Model

__all__ = ["apply_changes", "apply_written", "base_of", "parse_assignments", "read_with_base", "wrong_file"]

_NUM = r"\d+(?:\.\d+)?"
_RELATIVE = re.compile(
    rf"(?P<sign>[+-])\s*(?P<by>{_NUM})\s*(?:(?P<percent>%)|(?P<unit>[a-zA-Z]*))|[x*]\s*(?P<times>{_NUM})",
    re.ASCII,
)
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?P<rest>\s*(?:%|(?:(?:/|per)\s*)?[a-zA-Z]+)?)",
    re.ASCII,
)
MAX_BASES = 20
OWN = ("name", "servsim", "claims", "roi")  # what a what-if may say of itself, beside `extends`
OPTIONAL_PARTS = (
    "clock",
    "costs",
    "service_level",
    "cost",
    "per_contact",
    "experience",
    *("bots", "calendars", "day_factors", "queues", "returns"),
)  # parts that a change may be the first to write


def read_with_base(path: Path, *, allow_outside: bool = False) -> Document:
    """Read a scenario file; where it `extends` another, read that first and apply `change:` to it."""
    try:
        root = path.resolve().parent
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError([Problem(str(path), 0, 0, "", f"cannot be read: {error}")]) from None
    return _read_chain(path, root, allow_outside, ())


def _read_chain(path: Path, root: Path, allow_outside: bool, seen: tuple[Path, ...]) -> Document:
    document = read_document(path)
    if "extends" not in document.data:
        if "change" in document.data:
            message = "'change' stands only beside 'extends', which names the file to be changed"
            document.problems.append(document.problem(("change",), message))
            del document.data["change"]
        return document
    wrong = _wrong_base(document, path, root, allow_outside, seen)
    if wrong:  # without its base nothing else can be judged
        return Document({}, {}, [*document.problems, document.problem(("extends",), wrong)])
    try:
        base = _read_chain(
            path.parent / document.data["extends"], root, allow_outside, (*seen, path.resolve())
        )
    except InputError as error:
        raise InputError([*document.problems, *error.problems]) from None
    return _merge(base, document) if base.data or not base.problems else base


def base_of(path: Path) -> Path | None:
    """Return the file that a sound what-if is to be weighed against; None where it extends none.

    That is what the file with the `roi` part extends: the file itself or, where it has no such part of its own, the
    nearest that it goes back to. Where none has one, it is what the file itself extends.
    """
    bases: list[Path] = []
    while "extends" in (data := read_document(path).data):
        path = path.parent / str(data["extends"])
        bases.append(path)
        if "roi" in data:
            return path
    return bases[0] if bases else None


def _wrong_base(
    document: Document, path: Path, root: Path, allow_outside: bool, seen: tuple[Path, ...]
) -> str:
    """Return what is wrong with the name that `extends` gives; empty where nothing is."""
    name = document.data["extends"]
    if not isinstance(name, str) or not name.strip():
        return f"must be the name of a scenario file, got {shown(name)}"
    try:
        if (path.parent / name).resolve() in (*seen, path.resolve()):
            return f"{name!r} leads back to this file: a ring of 'extends'"
    except (OSError, ValueError, RuntimeError):
        pass  # told below
    if len(seen) >= MAX_BASES:
        return f"more than {MAX_BASES} files extend each other"
    return wrong_file(name, path, None if allow_outside else root, "scenario")


def wrong_file(name: str, path: Path, root: Path | None, whose: str) -> str:
    """Return what is wrong with the name of a scenario file that stands in the file `path`, of which `whose` tells
    the kind; it may not lie outside the folder `root`, if there is one. Empty where nothing is.
    """
    file = path.parent / name
    try:
        if root is not None and not file.resolve().is_relative_to(root):
            return f"{name!r} lies outside the {whose}'s folder; --allow-outside permits it"
        if not file.is_file():
            files = [entry.name for entry in file.parent.glob("*.y*ml") if entry.resolve() != path.resolve()]
            return f"there is no file {name!r}{did_you_mean(file.name, files)}"
    except (OSError, ValueError, RuntimeError) as error:
        return f"{shown(name)} is not the name of a file ({error})"
    return ""


def _merge(base: Document, patch: Document) -> Document:
    """Apply the patch's `change:` to the base; what is in OWN may stand in the patch itself.

    Claims are made of one file: those of the base are not the patch's.
    """
    base.problems += patch.problems
    allowed = ("extends", "change", *OWN)
    base.data.pop("claims", None)
    for key in patch.data:
        if key not in allowed:
            near = did_you_mean(key, allowed)
            hint = "" if near else "; put it under 'change'"
            message = f"unknown key {shown(key)} beside 'extends'; allowed: {listed(allowed)}{near}{hint}"
            base.problems.append(patch.problem((key,), message))
    for key in OWN:
        if key in patch.data:
            base.data[key] = patch.data[key]
            base.marks = {place: mark for place, mark in base.marks.items() if place[:1] != (key,)}
            base.marks |= {place: mark for place, mark in patch.marks.items() if place[:1] == (key,)}
    change = patch.data.get("change") or {}
    if not isinstance(change, dict):
        message = f"must map dotted paths to new values, like {{pools.desk.staff: 10}}; got {shown(change)}"
        base.problems.append(patch.problem(("change",), message))
        return base
    apply_written(base, change, patch, ("change",))
    return base


def apply_written(base: Document, change: Mapping[str, Plain], patch: Document, at: Place) -> None:
    """Apply changes that are written in another document, at a place of it; what cannot be read there is left out."""
    deep = len(at) + 1
    for path, value in change.items():
        place: Place = (*at, path)
        marks = {where[deep:]: mark for where, mark in patch.marks.items() if where[:deep] == place}
        unread = any(problem.path.startswith(dotted(place)) for problem in patch.problems)
        if not unread:
            apply_change(base, path, value, patch.texts.get(place), marks)


def parse_assignments(assignments: Sequence[str]) -> dict[str, str]:
    """Split `path=value` words of the command line. Raises ValueError where there is no `=`."""
    result = {}
    for word in assignments:
        path, equals, value = word.partition("=")
        if not equals or not path.strip():
            raise ValueError(f"{word!r} is not an assignment; write path=value, like pools.backup.staff=10")
        result[path.strip()] = value.strip()
    return result


def apply_changes(document: Document, changes: Mapping[str, Plain], source: str, folder: Path) -> None:
    """Apply changes that come from outside a file; text values are read as YAML, `source` names them in
    messages.
    """
    for path, value in changes.items():
        try:
            new = _read_text(value, folder) if isinstance(value, str) else _plain(value, folder)
        except ValueError as error:
            document.problems.append(Problem(source, 0, 0, str(path), str(error)))
        else:
            text = str(value) if isinstance(value, str) else None
            apply_change(document, str(path), new, text, {(): Mark(source, 0, 0)})


def _read_text(text: str, folder: Path) -> Plain:
    """Read a new value given as text: a list or mapping in YAML's inline form, text in quotes, or a plain
    word.
    """
    text = whole_characters(text.strip())
    if text[:1] not in ("{", "[", '"', "'"):
        return parse_scalar(text, folder)
    try:
        small = parse_document(f"value: {text}", "", folder)
    except InputError as error:
        raise ValueError(error.problems[0].message) from None
    if small.problems or set(small.data) != {"value"}:
        raise ValueError(small.problems[0].message if small.problems else f"{shown(text)} is not one value")
    return small.data["value"]


def _plain(value: object, folder: Path, depth: int = 0) -> Plain:
    """Return a value of Python as plain data. Raises ValueError for what cannot stand in a scenario."""
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | Path):
        text = whole_characters(str(value))
        return FileName(text, folder) if text.lower().endswith(".csv") else text
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    if isinstance(value, Integral | Real):
        return int(value) if isinstance(value, Integral) else float(value)
    if isinstance(value, Mapping):
        return {whole_characters(str(key)): _plain(part, folder, depth + 1) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(part, folder, depth + 1) for part in value]
    raise ValueError(f"a value of type {type(value).__name__} cannot stand in a scenario")


def apply_change(
    document: Document, path: str, value: Plain, text: str | None, marks: Mapping[Place, Mark]
) -> None:
    """Put one new value, absolute or relative, at a dotted path; problems are collected in the document."""
    own = marks.get((), Mark("", 0, 0))
    try:
        place = _change(document, path, value, text.strip() if text is not None else None)
    except ValueError as error:
        document.problems.append(Problem(own.file, own.line, own.column, path, str(error)))
        return
    for old in [where for where in document.marks if where[: len(place)] == place]:
        del document.marks[old]
    for inner, mark in marks.items():
        document.marks[(*place, *inner)] = mark
    parents = [place[:i] for i in range(1, len(place))]
    document.marks.update({parent: own for parent in parents if parent not in document.marks})


def _change(document: Document, path: str, value: Plain, text: str | None) -> Place:
    """Change the document's data and return the place; raise ValueError where that cannot be."""
    *way, last = path.split(".")
    relative = _RELATIVE.fullmatch(text) if text is not None else None
    parent: Any = document.data
    place: Place = ()
    for part in way:
        key = _key(parent, part)
        if key is None or (isinstance(parent, dict) and parent[part] is None):
            if not isinstance(parent, dict) or part not in OPTIONAL_PARTS or relative:
                raise ValueError(_no_such(parent, part, place))
            key, parent[part] = part, {}
        parent, place = parent[key], (*place, key)
    if not isinstance(parent, dict | list):
        raise ValueError(_no_such(parent, last, place))
    is_list = isinstance(parent, list)
    holder: Any = parent
    final = _key(parent, last)
    if final is None:
        default = _default(document.data, (*place, last)) if relative else None
        if is_list or not last or (relative and default is None):
            raise ValueError(_no_such(parent, last, place) + (_WRITE_IT if relative else ""))
        final = last
        value = _relative(default, relative) if relative else value
    elif relative:
        value = _relative(holder[final], relative)
    if text is not None and text.startswith("="):
        value = parse_scalar(text[1:].strip(), Path())
    if value is None and not is_list and final in holder:
        del holder[final]  # a change to nothing takes the part away
    else:
        holder[final] = value
    return (*place, final)


_WRITE_IT = " (a change like this needs a written value; give the new value itself)"


def _default(data: dict[str, Plain], place: Place) -> Plain:
    """Return what stands at a place where nothing is written; None where nothing does or the rest is unsound."""
    try:
        found: Any = Model.model_validate(data).model_dump(mode="json", by_alias=True, exclude_none=True)
    except ValidationError:
        return None
    for part in place:
        key = _key(found, str(part))
        if key is None:
            return None
        found = found[key]
    return found


def _key(parent: Plain, part: str) -> str | int | None:
    """Return the key or index by which the parent holds this part of a path, or None."""
    if isinstance(parent, dict):
        return part if part in parent else None
    if isinstance(parent, list) and re.fullmatch(r"\d{1,9}", part, re.ASCII) and int(part) < len(parent):
        return int(part)
    return None


def _no_such(parent: Plain, part: str, place: Place) -> str:
    where = dotted(place) or "the scenario"
    if isinstance(parent, list):
        items = f"its items are 0 to {len(parent) - 1}" if parent else "it is empty"
        return f"{where} has no item {part!r}; {items}"
    if not isinstance(parent, dict):
        return f"{where} is a single value ({shown(parent)}) and has no part {part!r}; change it as a whole"
    return f"{where} has no part {part!r}; it has {listed(list(parent))}{did_you_mean(part, parent)}"


def _relative(old: Plain, change: re.Match[str]) -> Plain:
    """Return `old` changed by `-20%`, `x1.5`, `+2`, `+5pp` or `+2 min`, in the unit that it is written in."""
    said = change.group(0)
    found = _QUANTITY.fullmatch(str(old).strip()) if isinstance(old, str | int | float) else None
    if isinstance(old, bool) or (found is None and not _is_duration(old)):
        raise ValueError(f"{said!r} changes a number, but the value there is {shown(old)}")
    if found is None:  # a duration of several pieces, like 1 h 30 min
        old = format_duration(parse_duration(old))
        found = _QUANTITY.fullmatch(old)
        assert found is not None
    number, rest = float(found["number"]), found["rest"]
    unit = (change["unit"] or "").strip()
    if unit and unit != "pp":
        return _plus_duration(old, float(change["sign"] + change["by"]), unit, said)
    new = _changed(number, rest.strip(), change)
    if isinstance(old, int) and new.is_integer():
        return int(new)
    return f"{new:.15g}{rest}" if isinstance(old, str) else new


def _changed(number: float, rest: str, change: re.Match[str]) -> float:
    if change["times"]:
        return number * float(change["times"])
    by = float(change["sign"] + change["by"])
    if change["percent"]:
        return number * (1 + by / 100)
    if change["unit"] == "pp":
        if rest not in ("", "%"):
            raise ValueError(
                f"{change.group(0)!r} (percentage points) changes a share, not a value in {rest!r}"
            )
        return number + (by if rest == "%" else by / 100)
    return number + by


def _plus_duration(old: Plain, by: float, unit: str, said: str) -> str:
    if unit not in DURATION_UNITS:
        raise ValueError(
            f"unknown unit {unit!r} in {said!r}; use ms, s, min, h, days or weeks, or pp for a share"
        )
    if not _is_duration(old):
        raise ValueError(f"{said!r} is a duration, but the value there is {shown(old)}")
    return format_duration(parse_duration(old) + by * DURATION_UNITS[unit])


def _is_duration(value: Plain) -> bool:
    try:
        parse_duration(value)
    except ValueError:
        return False
    return isinstance(value, str)
