"""A YAML file as plain data in which every value knows the line it stands on.

Nothing in a file is run as code: tags are refused, and only mappings, lists, text, numbers, true/false and
null exist. Plain words are read by the core rules of YAML 1.2 whatever the file declares, so `no` and `08:00`
are text.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem, did_you_mean, printable

__all__ = [
    "Document",
    "FileName",
    "Mark",
    "Place",
    "Plain",
    "dotted",
    "mark_of",
    "parse_scalar",
    "read_bytes",
    "read_document",
]

Plain = Any  # dict[str, Plain] | list[Plain] | str | int | float | bool | None
Place = tuple[str | int, ...]

NEEDED = {"scenario": "'channels' and 'flows'", "study": "'scenarios'"}
MAX_BYTES = 64 << 20
MAX_DEPTH = 60
MAX_ALIASED = (
    100_000  # values that aliases may add to a document: a small file must not unfold into a huge one
)

_INT = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})")
_FLOAT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_HALF = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: file, line and column counted from 1 (0: unknown, as for a value given in
    Python).
    """

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

    def copy(self) -> Document:
        """Return a copy that shares nothing that can change."""
        return Document(_copied(self.data), dict(self.marks), list(self.problems), dict(self.texts))

    def problem(self, place: Place, message: str) -> Problem:
        """Return a problem at a place, with the mark of the place or of the nearest part around it."""
        mark = mark_of(self.marks, place)
        return Problem(mark.file, mark.line, mark.column, dotted(place), message)


def _copied(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def dotted(place: Place) -> str:
    """Return the place as the dotted path that `--set` takes."""
    return ".".join(printable(str(part)) for part in place)


def mark_of(marks: dict[Place, Mark], place: Place) -> Mark:
    """Return the mark of a place or of the nearest part around it."""
    for length in range(len(place), -1, -1):
        if place[:length] in marks:
            return marks[place[:length]]
    return Mark("", 0, 0)


def parse_scalar(text: str, folder: Path) -> Plain:
    """Read a plain word as null, true/false, a number, the name of a table file, or text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not text.lstrip("+-").isdigit():  # `007` and huge integers stay text
        return float(text)
    return _file_or_text(text, folder)


def whole_characters(text: str) -> str:
    """Join characters escaped in two halves, as JSON writes them; raise ValueError for a half alone."""
    if not _HALF.search(text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ValueError("an escape like '\\ud800' is half a character; write the character itself") from None


def _file_or_text(text: str, folder: Path) -> str:
    return FileName(text, folder) if text.lower().endswith(".csv") else text


def read_bytes(path: Path) -> bytes:
    """Read a file whole. Raises OSError where it cannot be read, is a device, or is larger than `MAX_BYTES`."""
    mode = path.stat().st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise OSError("it is a device, not a file")
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise OSError(f"it is larger than {MAX_BYTES >> 20} MB")
    return raw


def read_document(path: Path, what: str = "scenario") -> Document:
    """Read a YAML file that should hold `what`, a key of `NEEDED`.

    Raises InputError where the file cannot be read or is not YAML at all.
    """
    name = str(path)
    try:
        raw = read_bytes(path)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            [Problem(name, line, 0, "", "is not text in UTF-8; save the file in that encoding")]
        ) from None
    except (OSError, ValueError) as error:
        raise InputError([Problem(name, 0, 0, "", f"cannot be read: {_reason(error, path)}")]) from None
    return parse_document(text, name, path.parent, what)


def parse_document(text: str, name: str, folder: Path, what: str = "scenario") -> Document:
    """Parse YAML text; `name` stands in messages, `folder` is what table files are relative to."""
    root = _read_nodes(unicodedata.normalize("NFC", text), name, what)
    builder = _Builder(name, folder)
    data = builder.build(root, ()) if root is not None else None
    if data is None and not builder.problems:
        raise InputError([Problem(name, 1, 1, "", f"the file is empty; a {what} needs {NEEDED[what]}")])
    if not isinstance(data, dict):
        message = f"a {what} is a mapping of keys to values, like 'name: My service'"
        raise InputError(builder.problems or [Problem(name, 1, 1, "", message)])
    return Document(data, builder.marks, builder.problems, builder.texts)


@dataclass(slots=True, eq=False)
class _Node:
    """A YAML node: `value` is text, a list of nodes, or (a mapping) a list of keys and values in turn."""

    kind: str  # "text", "list", "map", "ring"
    line: int
    column: int
    value: Any
    tag: str
    plain: bool = False  # text without quotes
    visits: int = 0


def _read_nodes(text: str, name: str, what: str) -> _Node | None:
    """Read the tree of nodes from ruamel's stream of events (which, unlike its composer, neither recurses nor
    resolves).
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    tree = _Tree(name, what)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            tree.take(event)
    except MarkedYAMLError as error:
        raise InputError([_not_yaml(name, error)]) from None
    except ReaderError as error:
        line, column = _position(text, error.position)
        message = f"not valid YAML: the character #x{ord(text[error.position]):04x} cannot stand in a file"
        raise InputError([Problem(name, line, column, "", message)]) from None
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        said = str(error).split("\n")[0] or type(error).__name__
        raise InputError([Problem(name, 0, 0, "", f"not valid YAML: {said}")]) from None
    return tree.root


def _position(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


class _Tree:
    """Grows nodes from events."""

    def __init__(self, name: str, what: str) -> None:
        self.name, self.what = name, what
        self.root: _Node | None = None
        self.open: list[_Node] = []
        self.anchors: dict[str, _Node] = {}
        self.documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind == "ScalarEvent":
            tag = "" if event.tag is None else str(event.tag)
            try:
                value = whole_characters(event.value)
            except ValueError as error:
                raise InputError([Problem(self.name, line, column, "", f"not valid YAML: {error}")]) from None
            self.add(_Node("text", line, column, value, tag, event.style is None), event.anchor)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            node = _Node("map" if kind[0] == "M" else "list", line, column, [], str(event.tag or ""))
            self.add(node, event.anchor)
            self.open.append(node)
            if len(self.open) > MAX_DEPTH:
                raise InputError(
                    [Problem(self.name, line, column, "", f"nested deeper than {MAX_DEPTH} levels")]
                )
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.open.pop()
        elif kind == "AliasEvent":
            if event.anchor not in self.anchors:
                message = f"not valid YAML: nothing before is marked '&{event.anchor}'"
                raise InputError([Problem(self.name, line, column, "", message)])
            node = self.anchors[event.anchor]
            self.add(_Node("ring", line, column, event.anchor, "") if node in self.open else node, None)
        elif kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                message = f"a second document begins here ('---'); a file holds one {self.what}"
                raise InputError([Problem(self.name, line, column, "", message)])

    def add(self, node: _Node, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if self.open:
            self.open[-1].value.append(node)
        else:
            self.root = node


_YAML_WORDS = (
    ("'\\t' that cannot start", "a tab cannot indent a line; use spaces"),
    (
        "mapping values are not allowed",
        "a ':' that does not fit here; put text with ': ' in quotes, or check the indentation",
    ),
    ("found unexpected end of stream", "a quote is opened here and never closed"),
    ("but found '<stream end>'", "a bracket is opened here and never closed"),
    ("got '<stream end>'", "a bracket is opened here and never closed"),
    ("expected ',' or '}'", "a comma or '}' is missing before this"),
    ("expected ',' or ']'", "a comma or ']' is missing before this"),
    ("expected <block end>", "this line is not indented like the lines that it belongs to"),
    ("could not find expected ':'", "a key without ':' after it"),
    ("that cannot start any token", "a word that begins with such a character must stand in quotes"),
)


def _not_yaml(name: str, error: Any) -> Problem:
    """Say in plain words what ruamel found; what is never closed is reported where it was opened."""
    found = str(error.problem or error.context)
    message = next((words for part, words in _YAML_WORDS if part in found), found)
    there = "never closed" in message or "a key without" in message
    mark = (error.context_mark if there else None) or error.problem_mark or error.context_mark
    if "is missing before this" in message and error.context_mark:
        message += f" (the bracket in line {error.context_mark.line + 1} is still open)"
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(name, line, column, "", f"not valid YAML: {message}")


class _Builder:
    """Turns nodes into plain data, collecting marks and problems."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.marks: dict[Place, Mark] = {}
        self.texts: dict[Place, str] = {}
        self.problems: list[Problem] = []
        self.aliased = 0

    def problem(self, node: _Node, place: Place, message: str) -> None:
        self.problems.append(Problem(self.name, node.line, node.column, dotted(place), message))

    def build(self, node: _Node, place: Place) -> Plain:
        self.marks[place] = Mark(self.name, node.line, node.column)
        self.aliased += node.visits > 0
        node.visits += 1
        if self.aliased > MAX_ALIASED or len(place) > MAX_DEPTH:
            message = "the aliases ('*name') of this file unfold into too much"
            raise InputError([Problem(self.name, node.line, node.column, "", message)])
        if node.tag:
            self.problem(node, place, f"tags are not allowed; delete {_short_tag(node.tag)!r}")
            return None
        if node.kind == "ring":
            self.problem(node, place, f"'*{node.value}' stands within what '&{node.value}' marks: a ring")
            return None
        if node.kind == "map":
            return self.mapping(node, place)
        if node.kind == "list":
            return [self.build(child, (*place, i)) for i, child in enumerate(node.value)]
        self.texts[place] = node.value
        return parse_scalar(node.value, self.folder) if node.plain else _file_or_text(node.value, self.folder)

    def mapping(self, node: _Node, place: Place) -> dict[str, Plain]:
        result: dict[str, Plain] = {}
        for key_node, value_node in zip(node.value[::2], node.value[1::2], strict=True):
            key = str(key_node.value)
            if key_node.kind != "text" or key_node.tag:
                self.problem(key_node, place, "a key must be a plain word")
            elif key == "<<" and key_node.plain:
                message = "the merge key '<<' is not supported; use 'extends' and 'change'"
                self.problem(key_node, place, message)
            elif key in result:
                first = self.marks[(*place, key)]
                message = f"the key {key!r} stands twice; it is in line {first.line} already"
                self.problem(key_node, (*place, key), message)
            else:
                result[key] = self.build(value_node, (*place, key))
                self.marks[(*place, key)] = Mark(self.name, key_node.line, key_node.column)
        return result


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")[:60]


def _reason(error: Exception, path: Path) -> str:
    """Say why a file cannot be read; for a missing one name its nearest neighbour."""
    if isinstance(error, FileNotFoundError):
        try:
            neighbours = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
        except OSError:
            return f"there is no folder {str(path.parent)!r}"
        return "there is no such file" + did_you_mean(path.name, neighbours)
    return getattr(error, "strerror", None) or str(error)
