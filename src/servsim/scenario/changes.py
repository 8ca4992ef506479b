"""Changing a scenario: dotted paths with new values, absolute or relative. Serves `change:`, `--set`, `--vary` and `with_`."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path

from ..errors import Problem, did_you_mean, listed
from ..units import DURATION_UNITS, parse_duration
from .document import Document, Mark, Place, Plain, dotted, mark_of, read_document

__all__ = ["apply_changes", "parse_assignments", "read_with_base"]

_RELATIVE = re.compile(r"(?P<sign>[+-])(?P<by>\d+(?:\.\d+)?)\s*(?P<unit>[a-zA-Z]*)(?P<percent>%?)|x(?P<times>\d+(?:\.\d+)?)")
_QUANTITY = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?P<rest>.*)", re.DOTALL)
MAX_BASES = 20


def read_with_base(path: Path, *, allow_outside: bool = False) -> Document:
    """Read a scenario file; where it `extends` another, read that first and apply this one's `change:` to it."""
    return _read_chain(path, path.resolve().parent, allow_outside, ())


def _read_chain(path: Path, root: Path, allow_outside: bool, seen: tuple[Path, ...]) -> Document:
    document = read_document(path)
    if "extends" not in document.data:
        if "change" in document.data:
            document.problems.append(_at(document, ("change",), "'change' stands only beside 'extends'"))
            del document.data["change"]
        return document
    base_name = document.data["extends"]
    here = path.resolve()
    if not isinstance(base_name, str):
        return _without_base(document, f"must be the name of a file, got {base_name!r}")
    base_path = path.parent / base_name
    if here in seen or len(seen) >= MAX_BASES:
        return _without_base(document, f"{base_name!r} comes back to this file: a ring of 'extends'")
    if not allow_outside and not base_path.resolve().is_relative_to(root):
        return _without_base(document, f"{base_name!r} lies outside the scenario's folder; --allow-outside permits it")
    if not base_path.is_file():
        neighbours = [entry.name for entry in path.parent.glob("*.y*ml")]
        return _without_base(document, f"there is no file {base_name!r}{did_you_mean(str(base_name), neighbours)}")
    base = _read_chain(base_path, root, allow_outside, (*seen, here))
    return _merge(base, document)


def _without_base(document: Document, message: str) -> Document:
    """Return a document that carries only its problems: without its base nothing else can be judged."""
    problems = [*document.problems, _at(document, ("extends",), message)]
    return Document({}, {}, problems)


def _at(document: Document, place: Place, message: str) -> Problem:
    mark = mark_of(document.marks, place)
    return Problem(mark.file, mark.line, mark.column, dotted(place), message)


def _merge(base: Document, patch: Document) -> Document:
    """Apply the patch's `change:` to the base; `name` and `servsim` may stand in the patch itself."""
    base.problems += patch.problems
    for key in patch.data:
        if key not in ("extends", "change", "name", "servsim"):
            message = f"unknown key {key!r} beside 'extends'; allowed: extends, change, name, servsim (put it under 'change')"
            base.problems.append(_at(patch, (key,), message))
    for key in ("name", "servsim"):
        if key in patch.data:
            base.data[key] = patch.data[key]
            base.marks[(key,)] = mark_of(patch.marks, (key,))
    change = patch.data.get("change") or {}
    if not isinstance(change, dict):
        base.problems.append(_at(patch, ("change",), "must map dotted paths to new values"))
        return base
    for path, value in change.items():
        place: Place = ("change", path)
        text = patch.texts.get(place)
        marks = {where[2:]: mark for where, mark in patch.marks.items() if where[:2] == place}
        apply_change(base, path, value, text, marks)
    return base


def parse_assignments(assignments: list[str]) -> dict[str, str]:
    """Split `path=value` words of the command line. Raises ValueError where there is no `=`."""
    result = {}
    for word in assignments:
        path, equals, value = word.partition("=")
        if not equals or not path.strip():
            raise ValueError(f"{word!r} is not an assignment; write path=value, like pools.backup.staff=10")
        result[path.strip()] = value.strip()
    return result


def apply_changes(document: Document, changes: Mapping[str, Plain], source: str, folder: Path) -> None:
    """Apply changes that come from outside a file; text values are read as YAML, `source` names them in messages."""
    from .document import parse_document

    for path, value in changes.items():
        text = None
        if isinstance(value, str):
            text = value
            small = parse_document(f"value: {value}" if value.strip() else "value: ''", source, folder)
            document.problems += small.problems
            value = small.data.get("value") if set(small.data) == {"value"} else value
        apply_change(document, path, copy.deepcopy(value), text, {(): Mark(source, 0, 0)})


def apply_change(document: Document, path: str, value: Plain, text: str | None, marks: dict[Place, Mark]) -> None:
    """Put one new value, absolute or relative, at a dotted path; problems are collected in the document."""
    own = marks.get((), Mark("", 0, 0))

    def problem(message: str) -> None:
        document.problems.append(Problem(own.file, own.line, own.column, path, message))

    parent: Plain = document.data
    place: Place = ()
    *way, last = path.split(".")
    for part in way:
        key = _key(parent, part)
        if key is None:
            return problem(f"{_no_such(parent, part, place)}")
        parent, place = parent[key], (*place, key)
    if not isinstance(parent, dict | list):
        return problem(f"{dotted(place) or 'the scenario'} has no parts of its own")
    key = _key(parent, last)
    relative = _RELATIVE.fullmatch(text.strip()) if text is not None else None
    if key is None and (relative or isinstance(parent, list)):
        return problem(_no_such(parent, last, place))
    if relative and key is not None:
        try:
            value = _relative(parent[key], relative)
        except ValueError as error:
            return problem(str(error))
    final = last if key is None else key
    parent[final] = value
    _replace_marks(document, (*place, final), marks)
    return None


def _key(parent: Plain, part: str) -> str | int | None:
    """Return the key or index by which the parent holds this part of a path, or None."""
    if isinstance(parent, dict):
        return part if part in parent else None
    if isinstance(parent, list) and re.fullmatch(r"\d{1,9}", part) and int(part) < len(parent):
        return int(part)
    return None


def _no_such(parent: Plain, part: str, place: Place) -> str:
    where = dotted(place) or "the scenario"
    if isinstance(parent, list):
        return f"{where} has no item {part!r}; its items are 0 to {len(parent) - 1}"
    if not isinstance(parent, dict):
        return f"{where} is a single value and has no part {part!r}"
    return f"{where} has no part {part!r}; it has {listed(list(parent))}{did_you_mean(part, parent)}"


def _replace_marks(document: Document, place: Place, marks: dict[Place, Mark]) -> None:
    for old in [p for p in document.marks if p[: len(place)] == place]:
        del document.marks[old]
    for inner, mark in marks.items():
        document.marks[(*place, *inner)] = mark


def _relative(old: Plain, change: re.Match[str]) -> Plain:
    """Return `old` changed by `-20%`, `x1.5`, `+2`, `+5pp` or `+2 min`, in the unit that it is written in."""
    found = None if isinstance(old, bool) else _QUANTITY.fullmatch(str(old).strip())
    if not found or isinstance(old, dict | list):
        raise ValueError(f"{change.group(0)!r} changes a number, but the value there is {_short(old)}")
    number, rest = float(found["number"]), found["rest"]
    if change["times"]:
        new = number * float(change["times"])
    else:
        by = float(change["sign"] + change["by"])
        if change["percent"]:
            new = number * (1 + by / 100)
        elif change["unit"] == "pp":
            new = number + (by if rest.strip() == "%" else by / 100)
        elif change["unit"]:
            unit = change["unit"]
            if unit not in DURATION_UNITS:
                raise ValueError(f"unknown unit {unit!r}; use {listed(list(DURATION_UNITS))} or pp")
            if rest.strip():
                return f"{parse_duration(old) + by * DURATION_UNITS[unit]!r} s"
            raise ValueError(f"{change.group(0)!r} has a unit, but {old!r} has none")
        else:
            new = number + by
    if isinstance(old, int) and float(new).is_integer():
        return int(new)
    return f"{new:.15g}{rest}" if isinstance(old, str) else new


def _short(value: Plain) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."
