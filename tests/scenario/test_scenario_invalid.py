"""Every wrong scenario in `invalid/` with the exact messages that it must give.

Beside `NAME.yaml` stands `NAME.expected`: one problem a line, the folder stripped. Lines `# set path=value`
at the head of a scenario are changes from outside, as `--set` makes them. `python
tests/scenario/test_scenario_invalid.py` rewrites the expectations: read each message as a user would before
committing it.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import servsim.scenario
from servsim.errors import InputError
from servsim.scenario import load
from servsim.scenario.changes import parse_assignments

INVALID = Path(__file__).parent / "invalid"
FILES = sorted(INVALID.glob("*.yaml"))
SOURCE = Path(servsim.scenario.__file__).parent


def said(path: Path) -> str:
    """Return what loading says, one problem a line, the folder stripped."""
    head = path.read_bytes().decode("utf-8", "replace").splitlines()
    changes = parse_assignments([line[6:] for line in head if line.startswith("# set ")])
    with pytest.raises(InputError) as caught:
        load(path, changes)
    problems = caught.value.problems
    assert all(problem.message.strip() for problem in problems)
    return "".join(f"{problem}\n" for problem in problems).replace(f"{INVALID}/", "")


def test_there_are_many_and_each_has_an_expectation() -> None:
    assert len(FILES) >= 150
    assert sorted(path.stem for path in INVALID.glob("*.expected")) == sorted(path.stem for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_messages(path: Path) -> None:
    assert said(path) == path.with_suffix(".expected").read_text(encoding="utf-8")


JARGON = (
    "pydantic",
    "validator",
    "dict",
    "tuple",
    "NoneType",
    "ctx",
    "Input should",
    "Value error",
    "None",
    "True",
)


def test_messages_speak_plainly() -> None:
    for path in INVALID.glob("*.expected"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not [word for word in JARGON if word in line], line


# --- every place that makes a message is reached ----------------------------------------------------------

UNREACHED = {  # what no small file in a folder can bring about: (function, why)
    "read_bytes": "a device, a file of 64 MB (tested below)",
    "read_document": "a file that cannot be read (tested below)",
    "read_csv": "a file of 64 MB, a ring of links (tested with links below)",
    "read_with_base": "a name with a zero byte (tested below)",
    "_wrong_base": "21 files that extend each other; names with a zero byte",
    "_sizes": "257 channels, 1025 steps, 10001 pools (tested below)",
    "_plain": "values of Python (tested in test_scenario_changes)",
    "apply_changes": "values of Python (tested in test_scenario_changes)",
    "parse_assignments": "words of the command line (tested in test_scenario_changes)",
    "_read_nodes": "a defect of ruamel",
    "report": "the model used without a document",
    "_from_mapping": "no message: what is wrong has been reported",
    "_report_rows": "the model used without a document",
    "_check_one_of": "the model used without a document",
    "build": "a depth that reading has refused already",
}


def _message_lines(tree: ast.AST) -> list[tuple[str, int]]:
    """Return (function, line) of every statement that makes a message: raise, report, problem."""
    found = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                    found.append((function.name, node.lineno))
                elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    called = node.value.func
                    if isinstance(called, ast.Attribute) and called.attr in ("report", "problem"):
                        found.append((function.name, node.lineno))
                elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
                    found.append((function.name, node.lineno))
    return found


def test_every_message_is_made_by_some_file() -> None:
    reached: set[tuple[str, int]] = set()
    prefix = str(SOURCE)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(prefix):
            return None
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for path in FILES:
            said(path)
    finally:
        sys.settrace(before)
    missed = []
    for file in sorted(SOURCE.glob("*.py")):
        for function, line in _message_lines(ast.parse(file.read_text(encoding="utf-8"))):
            warns = function in ("warnings_about", "_unreached", "_idle_tables")
            if (str(file), line) not in reached and function not in UNREACHED and not warns:
                missed.append(f"{file.name}:{line} in {function}")
    assert not missed, "\n".join(missed)


# --- what cannot lie in a folder of the repository --------------------------------------------------------

SOUND = """\
channels:
  phone: {type: voice, arrivals: {per_interval: volumes.csv}, flow: call}
flows:
  call: {steps: {talk: {queue: phone, time: 3 min}}}
queues: {phone: }
pools:
  desk: {staff: 4, serves: [phone]}
"""
TABLE = "time,volume\n08:00,4\n"


def test_links_out_of_the_folder_are_refused_unless_permitted(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "volumes.csv").write_text(TABLE)
    (outside / "base.yaml").write_text(SOUND)
    (inside / "volumes.csv").symlink_to(outside / "volumes.csv")
    (inside / "base.yaml").symlink_to(outside / "base.yaml")
    (inside / "scenario.yaml").write_text(SOUND)
    (inside / "patch.yaml").write_text("extends: base.yaml\n")
    for name, what in (("scenario.yaml", "volumes.csv"), ("patch.yaml", "base.yaml")):
        with pytest.raises(
            InputError, match=rf"'{what}' lies outside the scenario's folder; --allow-outside permits it"
        ):
            load(inside / name)
        assert load(inside / name, allow_outside=True).model.channels["phone"].arrivals.interval is None


def test_a_ring_of_links(tmp_path: Path) -> None:
    (tmp_path / "volumes.csv").symlink_to(tmp_path / "volumes.csv")
    (tmp_path / "scenario.yaml").write_text(SOUND)
    with pytest.raises(InputError, match=r"per_interval: 'volumes.csv' cannot be read"):
        load(tmp_path / "scenario.yaml")


def test_a_link_within_the_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text(TABLE)
    (tmp_path / "volumes.csv").symlink_to(tmp_path / "real.csv")
    (tmp_path / "scenario.yaml").write_text(SOUND)
    assert load(tmp_path / "scenario.yaml").model.channels["phone"].arrivals.per_interval == (
        ("daily", "08:00", 4.0),
    )


@pytest.mark.parametrize("name", ["there_is_none.yaml", "folder", "no/such/folder.yaml", "zero\0byte.yaml"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "there_is_one.yaml").write_text(SOUND)
    with pytest.raises(InputError, match="cannot be read: ") as caught:
        load(tmp_path / name)
    assert len(caught.value.problems) == 1
    if name == "there_is_none.yaml":
        assert str(caught.value).endswith("there is no such file; did you mean 'there_is_one.yaml'?")


def test_a_long_chain_of_extends_ends(tmp_path: Path) -> None:
    for i in range(30):
        (tmp_path / f"{i}.yaml").write_text(f"extends: {i + 1}.yaml\n")
    with pytest.raises(InputError, match="more than 20 files extend each other"):
        load(tmp_path / "0.yaml")
    (tmp_path / "zero.yaml").write_text('extends: "a\\0b.yaml"\n')
    with pytest.raises(InputError, match="is not the name of a file"):
        load(tmp_path / "zero.yaml")


def test_what_the_engines_have_no_room_for(tmp_path: Path) -> None:
    (tmp_path / "volumes.csv").write_text(TABLE)
    (tmp_path / "scenario.yaml").write_text(SOUND)
    channel = {"type": "voice", "arrivals": {"rate": "1/h"}, "flow": "call"}
    step = {"queue": "phone", "time": "1 min"}
    pool = {"staff": 1, "serves": ["phone"]}
    changes = {
        "channels": {f"c{i}": channel for i in range(257)},
        "flows.call.steps": {f"s{i}": step for i in range(1025)},
        "pools": {f"p{i}": pool for i in range(10_001)},
    }
    with pytest.raises(InputError) as caught:
        load(tmp_path / "scenario.yaml", changes)
    assert sorted(f"{problem.path}: {problem.message}" for problem in caught.value.problems) == [
        "channels: at most 256 channels, got 257",
        "flows: at most 1024 steps in all flows together, got 1025",
        "pools: at most 10000 pools, got 10001",
    ]


if __name__ == "__main__":
    for file in FILES:
        file.with_suffix(".expected").write_text(said(file), encoding="utf-8")


def test_files_too_large_and_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servsim.scenario.document.MAX_BYTES", 1 << 20)
    file = tmp_path / "large.yaml"
    file.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(InputError, match="cannot be read: it is larger than 1 MB"):
        load(file)
    with pytest.raises(InputError, match="cannot be read: it is a device, not a file"):
        load("/dev/zero")
