"""A YAML file as plain data in which every value knows the line it stands on.

Nothing in a file is run as code: tags are refused, and only mappings, lists, text, numbers, true/false and null exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem

__all__ = ["Document", "FileName", "Mark", "Plain", "dotted", "mark_of", "read_document"]

Plain = Any  # dict[str, Plain] | list[Plain] | str | int | float | bool | None
Place = tuple[str | int, ...]

MAX_VALUES = 2_000_000  # more values than this in one file (aliases counted as often as used) is refused
MAX_BYTES = 64 << 20
MAX_DEPTH = 60


@dataclass(frozen=True)
class Mark:
    """Where a value stands: file, line and column counted from 1."""

    file: str
    line: int
    column: int


class FileName(str):
    """The name of a table file, together with the folder that it is relative to and may not leave."""

    folder: Path

    def __new__(cls, name: str, folder: Path) -> FileName:
        self = super().__new__(cls, name)
        self.folder = folder
        return self

    def __getnewargs__(self) -> tuple[str, Path]:  # type: ignore[override]
        return str(self), self.folder  # so that copies and pickles keep the folder


@dataclass
class Document:
    """Plain data and, for each place in it, its mark; `problems` are those found while reading."""

    data: dict[str, Plain]
    marks: dict[Place, Mark]
    problems: list[Problem] = field(default_factory=list)
    texts: dict[Place, str] = field(default_factory=dict)  # scalars as written: `+2` is not `2` in a change


def dotted(place: Place) -> str:
    """Return the place as the dotted path that `--set` takes."""
    return ".".join(str(part) for part in place)


def mark_of(marks: dict[Place, Mark], place: Place) -> Mark:
    """Return the mark of a place or of the nearest part around it."""
    for length in range(len(place), -1, -1):
        if place[:length] in marks:
            return marks[place[:length]]
    return Mark("", 0, 0)


def read_document(path: Path) -> Document:
    """Read a YAML file. Raises InputError where the file cannot be read or is not YAML at all."""
    name = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError([Problem(name, 0, 0, "", f"the file is larger than {MAX_BYTES >> 20} MB")])
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError([Problem(name, 0, 0, "", f"cannot be read: {_reason(error, path)}")]) from None
    except ValueError as error:
        raise InputError([Problem(name, 0, 0, "", f"is not text in UTF-8 ({error})")]) from None
    return parse_document(text, name, path.parent)


def parse_document(text: str, name: str, folder: Path) -> Document:
    """Parse YAML text; `name` stands in messages, `folder` is what table files are relative to."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise InputError([Problem(name, line, column, "", f"not valid YAML: {error.problem or error.context}")]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        said = str(error).split("\n")[0] or type(error).__name__
        raise InputError([Problem(name, 0, 0, "", f"not valid YAML: {said}")]) from None
    builder = _Builder(name, folder)
    data = builder.build(node, ()) if node is not None else {}
    if not isinstance(data, dict):
        raise InputError([Problem(name, 1, 1, "", "a scenario is a mapping of keys to values, like 'name: My service'")])
    return Document(data, builder.marks, builder.problems, builder.texts)


class _Builder:
    """Turns YAML nodes into plain data, collecting marks and problems."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.marks: dict[Place, Mark] = {}
        self.texts: dict[Place, str] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def problem(self, node: Any, place: Place, message: str) -> None:
        mark = self.mark(node)
        self.problems.append(Problem(mark.file, mark.line, mark.column, dotted(place), message))

    def mark(self, node: Any) -> Mark:
        return Mark(self.name, node.start_mark.line + 1, node.start_mark.column + 1)

    def build(self, node: Any, place: Place) -> Plain:
        self.count += 1
        if self.count > MAX_VALUES or len(place) > MAX_DEPTH:
            what = "too deep" if len(place) > MAX_DEPTH else "too large"
            mark = self.mark(node)
            raise InputError([Problem(self.name, mark.line, mark.column, "", f"the document is {what} (aliases in a ring?)")])
        self.marks[place] = self.mark(node)
        tag = str(node.tag or "")
        if tag and not tag.startswith("tag:yaml.org,2002:") or "python" in tag:
            self.problem(node, place, f"tags are not allowed ({tag})")
            return None
        kind = type(node).__name__
        if kind == "MappingNode":
            return self.mapping(node, place)
        if kind == "SequenceNode":
            return [self.build(child, (*place, i)) for i, child in enumerate(node.value)]
        self.texts[place] = node.value
        return self.scalar(node, tag.rpartition(":")[2], place)

    def mapping(self, node: Any, place: Place) -> dict[str, Plain]:
        result: dict[str, Plain] = {}
        for key_node, value_node in self.pairs(node, place):
            if type(key_node).__name__ != "ScalarNode":
                self.problem(key_node, place, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key in result:
                self.problem(key_node, (*place, key), f"the key {key!r} stands twice")
                continue
            result[key] = self.build(value_node, (*place, key))
            self.marks[(*place, key)] = self.mark(key_node)
        return result

    def pairs(self, node: Any, place: Place) -> Iterator[tuple[Any, Any]]:
        """Yield the mapping's pairs; YAML's merge key `<<` is refused, as `extends` does its work."""
        for key_node, value_node in node.value:
            if getattr(key_node, "tag", None) and str(key_node.tag).endswith(":merge"):
                self.problem(key_node, place, "the merge key '<<' is not supported; use 'extends' and 'change'")
            else:
                yield key_node, value_node

    def scalar(self, node: Any, kind: str, place: Place) -> Plain:
        text = str(node.value)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return self.integer(node, text, place)
        if kind == "float" and re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", text):
            return float(text)
        return FileName(text, self.folder) if text.lower().endswith(".csv") else text

    def integer(self, node: Any, text: str, place: Place) -> int | str:
        if re.fullmatch(r"[+-]?\d{1,300}", text):
            return int(text)
        self.problem(node, place, f"{text[:40]!r} is not a plain decimal number")
        return text


def _reason(error: OSError, path: Path) -> str:
    """Say why a file cannot be read; for a missing one name its nearest neighbour."""
    from ..errors import did_you_mean

    if isinstance(error, FileNotFoundError):
        try:
            neighbours = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
        except OSError:
            return f"there is no folder {str(path.parent)!r}"
        return "there is no such file" + did_you_mean(path.name, neighbours)
    return error.strerror or str(error)
