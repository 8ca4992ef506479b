"""Whatever stands in a file, loading it ends with a scenario or with problems that say something; never
otherwise.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import scenarios

from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.scenario.document import read_document

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = sorted(path for path in GOLDEN.glob("*.yaml") if not path.name.endswith(".resolved.yaml"))
UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}
FAST, SLOW = 200, 700

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "rest",
            "none",
            "-1",
            "1e999",
            "4 min",
            "-20%",
            "x2",
            "120/h",
            "24:00",
            "8:00-9:00",
            "a.csv",
            "../a.csv",
            ".",
            "2026-02-30",
            "2026-03-02",
            "mon-fri",
            "closed",
            "always",
            "default",
            "0",
            "never",
            "9" * 400,
            "١ min",
            "²%",
        ]
    ),
)
words = st.sampled_from(
    [
        "time",
        "next",
        "by_reason",
        "by_time",
        "at",
        "queue",
        "bot",
        "delay",
        "mixture",
        "share",
        "overflow",
        "callback",
        "08:00",
        "constant",
        "extends",
        "change",
        "start",
        "resolved",
        "blocked",
        "phone",
        "chat",
        "default",
        "closed",
        "mon",
        "none",
    ]
)
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(words, st.text(max_size=6)), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*way, key)
        yield from places(value, (*way, key))


@st.composite
def mutants(draw: st.DrawFn, data: Any) -> Any:
    """The data with up to four values dropped, replaced, renamed, inserted, doubled or moved."""
    data = json.loads(json.dumps(data))
    for _ in range(draw(st.integers(1, 4))):
        ways = list(places(data))
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        parent = data
        for key in way:
            parent = parent[key]
        kind = draw(st.sampled_from(["drop", "replace", "rename", "insert", "copy"]))
        if kind == "drop":
            del parent[last]
        elif kind == "replace":
            parent[last] = draw(junk)
        elif kind == "copy":
            *source, key = draw(st.sampled_from(ways))
            value = data
            for part in source:
                value = value[part]
            parent[last] = json.loads(json.dumps(value[key]))
        elif isinstance(parent, list):
            parent.insert(draw(st.integers(0, len(parent))), draw(junk))
        elif kind == "rename":
            parent[draw(st.one_of(words, st.text(max_size=6), st.just(str(last) + "s")))] = parent.pop(last)
        else:
            parent[draw(st.one_of(words, st.text(max_size=6)))] = draw(junk)
    return data


def loads_or_says_why(path: Path, changes: dict[str, Any] | None = None) -> None:
    try:
        scenario = load(path, changes)
    except InputError as error:
        problems = error.problems
    else:
        assert isinstance(scenario, Scenario)
        return
    assert problems
    for problem in problems:
        assert len(problem.message) > 5
        assert min(problem.line, problem.column) >= 0
        assert "\n" not in str(problem)
        assert "Traceback" not in problem.message
        assert problem.file == "" or Path(problem.file).suffix == ".yaml"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with the tables that the golden scenarios name."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(GOLDEN, name, dirs_exist_ok=True)
        yield Path(name)


plain = st.sampled_from(WRITTEN).map(lambda path: read_document(path).data)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "fuzz.yaml"
    path.write_bytes(content)
    return path


def encoded(data: Any) -> bytes:
    """Return JSON, which is YAML too; lone halves of characters stay escaped."""
    return json.dumps(data).encode()


class TestFast:
    @settings(max_examples=FAST, **UNHURRIED)
    @given(data=plain.flatmap(mutants))
    def test_mutated_values(self, folder: Path, data: Any) -> None:
        loads_or_says_why(write(folder, encoded(data)))

    @settings(max_examples=FAST, **UNHURRIED)
    @given(draw=st.data())
    def test_mutated_bytes(self, folder: Path, draw: st.DataObject) -> None:
        loads_or_says_why(write(folder, draw.draw(mutated_bytes())))

    @settings(max_examples=FAST // 2, **UNHURRIED)
    @given(draw=st.data())
    def test_random_changes(self, folder: Path, draw: st.DataObject) -> None:
        path = draw.draw(st.sampled_from(WRITTEN))
        loads_or_says_why(folder / path.name, draw.draw(random_changes(read_document(path).data)))


@pytest.mark.slow
class TestSlow:
    @settings(max_examples=SLOW, **UNHURRIED)
    @given(data=st.one_of(plain, scenarios()).flatmap(mutants))
    def test_mutated_values(self, folder: Path, data: Any) -> None:
        loads_or_says_why(write(folder, encoded(data)))

    @settings(max_examples=SLOW, **UNHURRIED)
    @given(draw=st.data())
    def test_mutated_bytes(self, folder: Path, draw: st.DataObject) -> None:
        loads_or_says_why(write(folder, draw.draw(mutated_bytes())))

    @settings(max_examples=SLOW, **UNHURRIED)
    @given(draw=st.data())
    def test_random_changes(self, folder: Path, draw: st.DataObject) -> None:
        path = draw.draw(st.sampled_from(WRITTEN))
        loads_or_says_why(folder / path.name, draw.draw(random_changes(read_document(path).data)))

    @settings(max_examples=SLOW, **UNHURRIED)
    @given(
        content=st.one_of(
            st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore"))
        )
    )
    def test_any_bytes(self, folder: Path, content: bytes) -> None:
        loads_or_says_why(write(folder, content))


@st.composite
def mutated_bytes(draw: st.DrawFn) -> bytes:
    """A golden file with pieces cut out, doubled, overwritten or inserted."""
    content = draw(st.sampled_from(WRITTEN)).read_bytes()
    signs = st.sampled_from(
        [
            b":",
            b" ",
            b"\n",
            b"\t",
            b"{",
            b"}",
            b"[",
            b"]",
            b"'",
            b'"',
            b"&a ",
            b"*a",
            b"!!",
            b"- ",
            b"? ",
            b"|",
        ]
    )
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 30))
        piece = draw(st.one_of(signs, signs, st.binary(max_size=3), st.just(content[at : at + length])))
        kind = draw(st.sampled_from(["insert", "overwrite", "cut"]))
        end = {"insert": at, "overwrite": at + len(piece), "cut": at + length}[kind]
        content = content[:at] + (b"" if kind == "cut" else piece) + content[end:]
    return content


@st.composite
def random_changes(draw: st.DrawFn, data: Any) -> dict[str, Any]:
    """A few changes at paths that exist, nearly exist or do not, with values of any kind."""
    known = [".".join(map(str, way)) for way in places(data)]
    path = st.one_of(
        st.sampled_from(known), st.sampled_from(known).map(lambda p: p + ".x"), st.text(max_size=8)
    )
    relative = st.sampled_from(
        ["-20%", "x1.5", "+2", "+5pp", "+2 min", "=-3", "{a: 1", "[1, 2]", "'x", "*a", "!!int 3", "&a"]
    )
    return draw(st.dictionaries(path, st.one_of(relative, junk), max_size=3))
