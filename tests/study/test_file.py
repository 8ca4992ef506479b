"""Study files: what they say when they are right, and every wrong one in `invalid_studies/` with its exact messages.

Beside `NAME.yaml` stands `NAME.expected`: one problem a line, the folder stripped. `python tests/study/test_file.py`
rewrites the expectations: read each message as a user would before committing it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servsim.errors import InputError
from servsim.scenario import load
from servsim.study.file import load_study
from servsim.study.format import OUTPUTS, Entry, Replications, SelectPart, StudyFile
from servsim.study.selection import Wanted

INVALID = Path(__file__).parent / "invalid_studies"
FILES = sorted(INVALID.glob("*.yaml"))
AS_IS = INVALID / "files" / "as_is.yaml"
DOCS = Path(__file__).parents[2] / "docs" / "study.md"


def said(path: Path) -> str:
    """Return what loading says, one problem a line, the folder stripped."""
    with pytest.raises(InputError) as caught:
        load_study(path)
    problems = caught.value.problems
    assert all(problem.message.strip() for problem in problems)
    return "".join(f"{problem}\n" for problem in problems).replace(f"{INVALID}/", "")


def test_there_are_many_and_each_has_an_expectation() -> None:
    assert len(FILES) >= 60
    assert sorted(path.stem for path in INVALID.glob("*.expected")) == sorted(path.stem for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_messages(path: Path) -> None:
    assert said(path) == path.with_suffix(".expected").read_text(encoding="utf-8")


def test_messages_speak_plainly() -> None:
    jargon = (
        "pydantic",
        "validator",
        "dict",
        "tuple",
        "NoneType",
        "Input should",
        "Value error",
        "None",
        "True",
    )
    for path in INVALID.glob("*.expected"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not [word for word in jargon if word in line], line


# --- what a right one says --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two scenarios."""
    for name in ("as_is.yaml", "with_bot.yaml"):
        (tmp_path / name).write_bytes((INVALID / "files" / name).read_bytes())
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "spring.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_least_that_a_study_says(folder: Path) -> None:
    plan = load_study(written(folder, "study: 1\nscenarios: {as is: as_is.yaml, with bot: with_bot.yaml}\n"))
    assert (plan.name, plan.names, plan.base) == ("spring", ("as is", "with bot"), 0)
    assert [s.digest() for s in plan.scenarios] == [
        load(folder / f).digest() for f in ("as_is.yaml", "with_bot.yaml")
    ]
    assert (plan.reps, plan.first, plan.precision, plan.at_most, plan.seed) == (20, 20, None, 20, 1)
    assert (plan.periods, plan.select, plan.max_visits, plan.outputs) == (("run", "day"), None, None, OUTPUTS)
    pd.testing.assert_frame_equal(plan.points, pd.DataFrame({"scenario": ["as is", "with bot"]}))


FULL = """\
study: 1
name: Spring staffing
scenarios:
  as is: as_is.yaml
  +2 agents, 10% dearer:
    file: with_bot.yaml
    change: {pools.desk.staff: +2, pools.desk.wage: +10%, queues.phone.priority: -3}
base: +2 agents, 10% dearer
replications: {first: 10, precision: {service_level: 0.5pp, asa queue:phone: 5 s, cost: 2%}, at_most: 500}
seed: 4611686018427387903
periods: [run, interval]
select: {measure: asa, scope: queue:phone, indifference: 1 min, confidence: 99%}
max_visits: 1000
outputs: [targets]
"""


def test_all_that_a_study_says(folder: Path) -> None:
    plan = load_study(written(folder, FULL))
    assert (plan.name, plan.names) == ("Spring staffing", ("as is", "+2 agents, 10% dearer"))
    assert plan.base == 1
    changed = load(folder / "with_bot.yaml", {"pools.desk.staff": 6, "pools.desk.wage": "33/h"})
    assert plan.scenarios[1].model == changed.with_({"queues.phone.priority": "=-3"}).model
    assert plan.precision == {"service_level": "0.5pp", "asa queue:phone": "5 s", "cost": "2%"}
    assert (plan.reps, plan.first, plan.at_most, plan.seed) == (10, 10, 500, 2**62 - 1)
    assert plan.select == Wanted("asa", 60.0, "queue:phone", 0.99)
    assert (plan.periods, plan.max_visits, plan.outputs) == (("run", "interval"), 1000, ("targets",))


@pytest.mark.parametrize(
    ("text", "precision", "first", "most"),
    [
        ("30", None, 30, 30),
        ("{first: 30}", None, 30, 30),
        ("{precision: 2%}", {"*": "2%"}, 20, 1000),
        ("{precision: 0.5 %, at_most: 20}", {"*": "0.5 %"}, 20, 20),
        ("{first: 5, precision: {cost: 1000}}", {"cost": "1000"}, 5, 1000),
    ],
)
def test_replications(folder: Path, text: str, precision: object, first: int, most: int) -> None:
    plan = load_study(written(folder, f"study: 1\nscenarios: {{a: as_is.yaml}}\nreplications: {text}\n"))
    assert (plan.precision, plan.reps, plan.at_most) == (precision, first, most)


VARIED = """\
study: 1
scenarios: {as is: as_is.yaml, with bot: with_bot.yaml}
base: with bot
vary:
  pools.desk.staff: 8:10:2
  pools.desk.wage: [26/h, +10%]
"""


def test_every_scenario_at_every_point_after_the_base_as_it_is(folder: Path) -> None:
    plan = load_study(written(folder, VARIED))
    assert plan.names == (
        "with bot",
        "as is, staff=8, wage=26/h",
        "as is, staff=8, wage=+10%",
        "as is, staff=10, wage=26/h",
        "as is, staff=10, wage=+10%",
        "with bot, staff=8, wage=26/h",
        "with bot, staff=8, wage=+10%",
        "with bot, staff=10, wage=26/h",
        "with bot, staff=10, wage=+10%",
    )
    assert plan.base == 0
    assert plan.scenarios[0].digest() == load(folder / "with_bot.yaml").digest()
    assert [s.model.pools["desk"].staff.number for s in plan.scenarios] == [4, 8, 8, 10, 10, 8, 8, 10, 10]
    wages = [scenario.model.pools["desk"].wage * 3600 for scenario in plan.scenarios]
    assert wages == pytest.approx([30, 26, 33, 26, 33, 26, 33, 26, 33])
    assert list(plan.points.columns) == ["scenario", "pools.desk.staff", "pools.desk.wage"]
    assert list(plan.points["scenario"]) == list(plan.names)
    assert list(plan.points["pools.desk.staff"]) == [None, 8, 8, 10, 10, 8, 8, 10, 10]
    assert list(plan.points["pools.desk.wage"])[:4] == [None, "26/h", "+10%", "26/h"]


def test_a_sample_belongs_to_the_studys_seed(folder: Path) -> None:
    text = (
        "study: 1\nscenarios: {a: as_is.yaml}\nvary: {pools.desk.wage: 26/h:32/h}\nsample: sobol:16\nseed: "
    )
    first, again, other = (load_study(written(folder, f"{text}{seed}\n")).points for seed in (3, 3, 4))
    assert len(first) == 17
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_tables_of_a_change_lie_in_the_studys_folder(folder: Path) -> None:
    (folder / "models").mkdir()
    (folder / "as_is.yaml").rename(folder / "models" / "as_is.yaml")
    (folder / "volumes.csv").write_text("time,volume\n08:00,4\n")
    change = "change: {channels.phone.arrivals: {per_interval: volumes.csv}}"
    text = f"study: 1\nscenarios: {{a: {{file: models/as_is.yaml, {change}}}}}\n"
    arrivals = load_study(written(folder, text)).scenarios[0].model.channels["phone"].arrivals
    assert arrivals.per_interval == (("daily", "08:00", 4.0),)


def test_files_outside_the_folder_take_permission(folder: Path) -> None:
    (folder / "studies").mkdir()
    path = written(folder / "studies", "study: 1\nscenarios: {a: ../as_is.yaml}\n")
    with pytest.raises(
        InputError, match=r"'../as_is.yaml' lies outside the study's folder; --allow-outside permits it"
    ):
        load_study(path)
    assert load_study(path, allow_outside=True).names == ("a",)


def test_limits_of_the_reader_hold(folder: Path) -> None:
    deep = "study: 1\nscenarios: {a: as_is.yaml}\nvary: " + "[" * 70 + "]" * 70
    with pytest.raises(InputError, match="nested deeper than 60 levels"):
        load_study(written(folder, deep))
    with pytest.raises(
        InputError, match=r"cannot be read: there is no such file; did you mean 'as_is.yaml'\?"
    ):
        load_study(folder / "as_iz.yaml")


JUNK = st.recursive(
    st.sampled_from(
        [
            None,
            True,
            0,
            5,
            -1.5,
            10**400,
            "",
            "grid",
            "2%",
            "8:14:7",
            "8:14",
            "as_is.yaml",
            "cost",
            "queue:phone",
            "\x85",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["file", "change", "a.b"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from([*StudyFile.model_fields, "x"]), JUNK, max_size=4), st.booleans())
def test_any_values_are_read_or_refused_plainly(junk: dict[str, Any], whole: bool) -> None:
    base = {"study": 1, "scenarios": {"a": "as_is.yaml", "b": {"file": "with_bot.yaml"}}}
    parts = {"replications": {"precision": junk.pop("replications", "2%")}, "select": {"measure": "cost"}}
    parts["select"] = {
        **parts["select"],
        "indifference": junk.get("seed", 50),
        "scope": junk.get("base", "total"),
    }
    data = {**base, **(parts if whole else {}), **junk}
    with tempfile.TemporaryDirectory() as name:
        for file in ("as_is.yaml", "with_bot.yaml"):
            (Path(name) / file).write_bytes((INVALID / "files" / file).read_bytes())
        path = written(Path(name), json.dumps(data))
        try:
            plan = load_study(path)
        except InputError as error:
            problems = error.problems
        else:
            problems = []
            assert len(plan.names) == len(set(plan.names)) == len(plan.scenarios) == len(plan.points)
        assert all(problem.file and problem.message for problem in problems)


# --- the docs ---------------------------------------------------------------------------------------------


def test_the_docs_example_loads(folder: Path) -> None:
    text = (folder / "as_is.yaml").read_text(encoding="utf-8")
    for name in ("as_is.yaml", "to_be.yaml"):
        (folder / name).write_text(text + "bots: {assistant: {sessions: 20}}\n", encoding="utf-8")
    example = DOCS.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    plan = load_study(written(folder, example))
    assert len(plan.names) == 1 + 3 * 7 * 2
    assert plan.select is not None


def test_the_docs_tell_every_key() -> None:
    page = DOCS.read_text(encoding="utf-8")
    for part in (StudyFile, Entry, Replications, SelectPart):
        for name in part.model_fields:
            assert f"`{name}`" in page, name
    for name in OUTPUTS:
        assert f"`{name}`" in page, name


if __name__ == "__main__":
    for file in FILES:
        file.with_suffix(".expected").write_text(said(file), encoding="utf-8")
