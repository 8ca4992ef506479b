"""Changes by dotted path: from a what-if file, the command line (text) and Python (values)."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.scenario.changes import OPTIONAL_PARTS, parse_assignments
from servsim.scenario.document import FileName
from servsim.scenario.fields import Part
from servsim.scenario.model import Model

SCENARIO = """\
clock: {length: 2 days}
reasons: [order, other]
calendars: {desk: {mon-fri: "08:00-18:00"}}
channels:
  phone:
    type: voice
    arrivals: {rate: 60/h, scale: 1.5}
    reasons: {order: 70%, other: 0.3}
    patience: 1 h 30 min
    lines: 10
    flow: call
flows:
  call:
    steps:
      talk: {queue: phone, time: {lognormal: {mean: 4 min, cv: 0.8}}, next: {resolved: 90%, unresolved: rest}}
queues:
  phone: {priority: 1, overflow: [{after: 60 s, to: desk}, {after: 2 min, to: desk2}]}
pools:
  desk: {staff: 8, serves: [phone], shrinkage: 28%, wage: 38/h}
  desk2: {staff: {by_time: {"00:00": 2, "08:00": 5}}, serves: {phone: {}}}
targets:
  - {measure: service_level, within: 20 s, at_least: 80%}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "as_is.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def value_at(scenario: Scenario, dotted: str) -> Any:
    """Return the resolved value at a path."""
    value: Any = scenario.resolved()
    for part in dotted.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


CHANGES = [
    ("pools.desk.staff", "10", "pools.desk.staff.number", 10),
    ("pools.desk.staff", "+2", "pools.desk.staff.number", 10),
    ("pools.desk.staff", "-25%", "pools.desk.staff.number", 6),
    ("pools.desk.staff", "x1.5", "pools.desk.staff.number", 12),
    ("pools.desk.staff", "*2", "pools.desk.staff.number", 16),
    ("pools.desk.staff", "{number: 3, plus: 1}", "pools.desk.staff.plus", 1),
    ("pools.desk2.staff.by_time.08:00", "-2", "pools.desk2.staff.by_time.08:00", 3),
    ("pools.desk.wage", "-10%", "pools.desk.wage", f"{34.2 / 3600!r}/s"),
    ("pools.desk.shrinkage", "+5pp", "pools.desk.shrinkage", 0.33),
    ("pools.desk.shrinkage", "+5 pp", "pools.desk.shrinkage", 0.33),
    ("pools.desk.shrinkage", "-50%", "pools.desk.shrinkage", 0.14),
    ("pools.desk.serves", "{phone: {speed: 0.9}}", "pools.desk.serves.phone.speed", 0.9),
    ("channels.phone.arrivals.rate", "+20%", "channels.phone.arrivals.rate.00:00", f"{72 / 3600!r}/s"),
    ("channels.phone.arrivals.rate", "+10", "channels.phone.arrivals.rate.00:00", f"{70 / 3600!r}/s"),
    ("channels.phone.arrivals.scale", "x2", "channels.phone.arrivals.scale", 3.0),
    ("channels.phone.patience", "+10 min", "channels.phone.patience.constant", "6000.0 s"),
    ("channels.phone.patience", "x2", "channels.phone.patience.constant", "10800.0 s"),
    ("channels.phone.patience", "none", "channels.phone.patience.never", True),
    ("channels.phone.reasons", "{order: 50%, other: rest}", "channels.phone.reasons.order", 0.5),
    (
        "flows.call.steps.talk.time.lognormal.mean",
        "-30 s",
        "flows.call.steps.talk.time.lognormal.mean",
        "210.0 s",
    ),
    (
        "flows.call.steps.talk.time.lognormal.mean",
        "-25%",
        "flows.call.steps.talk.time.lognormal.mean",
        "180.0 s",
    ),
    (
        "flows.call.steps.talk.time.lognormal.shift",
        "30 s",
        "flows.call.steps.talk.time.lognormal.shift",
        "30.0 s",
    ),
    ("flows.call.start", "talk", "flows.call.start.talk", 1.0),
    ("flows.call.start", "{talk: rest}", "flows.call.start.talk", "rest"),
    ("flows.call.steps.talk.time", "3 min", "flows.call.steps.talk.time.constant", "180.0 s"),
    ("queues.phone.overflow.1.after", "+1 min", "queues.phone.overflow.1.after", "180.0 s"),
    ("queues.phone.priority", "=-3", "queues.phone.priority", -3),
    ("queues.phone.priority", "-3", "queues.phone.priority", -2),
    ("queues.phone.max_waiting", "5", "queues.phone.max_waiting", 5),
    ("targets.0.at_least", "+10pp", "targets.0.at_least", 0.9),
    ("clock.length", "+1 day", "clock.length", "259200.0 s"),
    ("costs.fixed_per_month", "100", "costs.fixed_per_month", 100.0),
    ("costs.per_contact.phone", "0.8", "costs.per_contact.phone", 0.8),
    ("service_level.within", "30 s", "service_level.within", "30.0 s"),
    ("name", "Retail: # all 'as is'", "name", "Retail: # all 'as is'"),
    ("name", '"30"', "name", "30"),
    ("name", "&a *b !c", "name", "&a *b !c"),
    ("reasons.1", "others", "reasons", ["order", "others"]),
]


@pytest.mark.parametrize(("where", "new", "there", "expected"), CHANGES)
def test_text_from_outside(path: Path, where: str, new: str, there: str, expected: Any) -> None:
    changes: dict[str, Any] = {where: new}
    if where == "reasons.1":
        changes["channels.phone.reasons"] = {"order": 0.5, "others": 0.5}
    scenario = load(path, changes)
    assert value_at(scenario, there) == expected
    assert load(path).with_(changes).model == scenario.model


@pytest.mark.parametrize(("where", "new", "there", "expected"), [c for c in CHANGES if c[0] != "reasons.1"])
def test_the_same_words_in_a_what_if(path: Path, where: str, new: str, there: str, expected: Any) -> None:
    quoted = new if new[0] in '{"' else "'" + new.replace("'", "''") + "'"
    patch = path.with_name("what_if.yaml")
    patch.write_text(f"extends: as_is.yaml\nchange:\n  {where}: {quoted}\n", encoding="utf-8")
    assert value_at(load(patch), there) == expected


def test_an_unquoted_plus_in_a_what_if_is_relative_too(path: Path) -> None:
    patch = path.with_name("what_if.yaml")
    patch.write_text(
        "extends: as_is.yaml\nchange:\n  pools.desk.staff: +2\n  queues.phone.priority: -2\n",
        encoding="utf-8",
    )
    assert load(patch).model.pools["desk"].staff.number == 10
    assert load(patch).model.queues["phone"].priority == -1


@pytest.mark.parametrize(
    "value", [10, 10.0, np.int64(10), np.float64(10), Fraction(10), {"number": 10}, {"number": np.int32(10)}]
)
def test_values_of_python(path: Path, value: Any) -> None:
    assert load(path, {"pools.desk.staff": value}).model.pools["desk"].staff.number == 10


def test_lists_mappings_moments_and_files_of_python(path: Path) -> None:
    (path.parent / "volumes.csv").write_text("time,volume\n08:00,4\n")
    changes = {
        "clock.start": dt.datetime(2026, 3, 2, 8),
        "calendars.desk": {"mon": ("08:00-09:00",), "closed": (dt.date(2026, 3, 3),)},
        "channels.phone.arrivals": {"per_interval": Path("volumes.csv")},
        "pools.desk.serves": ("phone",),
    }
    model = load(path, changes).model
    assert model.clock.start == "2026-03-02 08:00:00"
    assert model.calendars["desk"] == {"mon": "08:00-09:00", "2026-03-03": "closed"}
    assert model.channels["phone"].arrivals.per_interval == (("daily", "08:00", 4.0),)


@pytest.mark.parametrize("value", [object(), b"10", {1, 2}, lambda: 0, np.array([1, 2]), 1j])
def test_other_things_of_python_are_refused(path: Path, value: Any) -> None:
    with pytest.raises(
        InputError, match=r"^pools\.desk\.staff: a value of type \S+ cannot stand in a scenario$"
    ):
        load(path, {"pools.desk.staff": value})


def test_a_ring_of_python_is_refused(path: Path) -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(InputError, match="nested deeper than"):
        load(path, {"pools.desk.staff": ring})


def test_numbers_of_python_that_are_not_finite(path: Path) -> None:
    with pytest.raises(InputError, match="nan is not allowed here"):
        load(path, {"pools.desk.staff": float("nan")})


def test_nothing_takes_a_part_away(path: Path) -> None:
    scenario = load(
        path, {"channels.phone.patience": None, "queues.phone.overflow": "", "channels.phone.lines": "null"}
    )
    assert scenario.model.channels["phone"].patience is None
    assert scenario.model.channels["phone"].lines is None
    assert scenario.model.queues["phone"].overflow == ()


def test_changes_leave_the_scenario_as_it_was(path: Path) -> None:
    scenario = load(path)
    before = scenario.digest()
    changed = scenario.with_({"pools.desk.staff": "+2", "calendars.desk.sat": "10:00-12:00"})
    assert scenario.digest() == before == load(path).digest() != changed.digest()
    assert changed.with_({"pools.desk.staff": "+2"}).model.pools["desk"].staff.number == 12


def test_a_path_of_odd_characters_stays_in_one_line(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(path, {"\n": "-20%", "pools.\t": {}})
    assert "\n" not in "".join(map(str, caught.value.problems))
    assert {str(problem).partition(": ")[0] for problem in caught.value.problems} >= {r"\n", r"pools.\t"}


def test_later_changes_see_earlier_ones(path: Path) -> None:
    changes = {
        "pools.new": {"staff": 2, "serves": ["phone"]},
        "pools.new.staff": "+3",
        "pools.new.staff.number": 1,
    }
    with pytest.raises(
        InputError, match=re.escape("pools.new.staff is a single value (5) and has no part 'number'")
    ):
        load(path, changes)


def test_positions_after_changes(path: Path) -> None:
    """What was changed has no line; all the rest keeps its own."""
    with pytest.raises(InputError) as caught:
        load(path).with_({"pools.desk.serves": ["fone"], "flows.call.steps.talk.next": "talk"})
    assert [str(problem) for problem in caught.value.problems] == [
        "pools.desk.serves.0: no queue is named 'fone'; queues: phone; did you mean 'phone'?",
        f"{path}:15:7: flows.call.steps.talk: a contact with the reason 'order' that comes here never ends; "
        "let some way lead to resolved or unresolved or abandoned",
    ]


def test_tables_named_from_outside_lie_in_the_scenarios_folder(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path.parent / "volumes").mkdir()
    (path.parent / "volumes" / "v.csv").write_text("time,volume\n08:00,4\n")
    elsewhere = path.parent / "volumes"
    monkeypatch.chdir(elsewhere)
    changes = {"channels.phone.arrivals": "{per_interval: volumes/v.csv}"}
    for scenario in (load(path, changes), load(path).with_(changes), load("../as_is.yaml", changes)):
        assert scenario.model.channels["phone"].arrivals.per_interval == (("daily", "08:00", 4.0),)


def test_tables_named_in_a_base_lie_in_the_bases_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "v.csv").write_text("time,volume\n08:00,4\n")
    (tmp_path / "sub" / "base.yaml").write_text(SCENARIO.replace("rate: 60/h", "per_interval: v.csv"))
    (tmp_path / "patch.yaml").write_text("extends: sub/base.yaml\n")
    assert load(tmp_path / "patch.yaml").model.channels["phone"].arrivals.per_interval == (
        ("daily", "08:00", 4.0),
    )


def test_what_ifs_can_be_stacked(path: Path) -> None:
    path.with_name("one.yaml").write_text("extends: as_is.yaml\nname: one\nchange: {pools.desk.staff: +1}\n")
    path.with_name("two.yaml").write_text("extends: one.yaml\nchange: {pools.desk.staff: x2}\n")
    scenario = load(path.with_name("two.yaml"), {"pools.desk.staff": "+1"})
    assert (scenario.name, scenario.model.pools["desk"].staff.number) == ("one", 19)


def test_file_names_survive_copies() -> None:
    import copy
    import pickle

    name = FileName("a.csv", Path("folder"))
    for other in (copy.deepcopy(name), pickle.loads(pickle.dumps(name))):
        assert (other, other.folder) == ("a.csv", Path("folder"))


def test_assignments() -> None:
    assert parse_assignments(["a.b=1", " c = x=y ", "d="]) == {"a.b": "1", "c": "x=y", "d": ""}
    for word in ("a.b", "=1", " =1"):
        with pytest.raises(ValueError, match="is not an assignment; write path=value"):
            parse_assignments([word])


def test_parts_that_a_change_may_be_the_first_to_write_exist() -> None:
    known = {name for part in _parts(Part) for name in part.model_fields}
    assert set(OPTIONAL_PARTS) <= known


def _parts(part: type[Part]) -> list[type[Part]]:
    return [part, *(inner for child in part.__subclasses__() for inner in _parts(child))]


def test_the_model_can_be_used_without_a_file() -> None:
    data = {
        "channels": {"c": {"type": "voice", "arrivals": {"rate": "1/h"}, "flow": "f"}},
        "flows": {"f": {"steps": {}}},
    }
    with pytest.raises(ValueError, match="must not be empty"):
        Model.model_validate(data)
    data["flows"]["f"]["steps"] = {"s": {"delay": "1 min", "dealy": 3}}  # type: ignore[index]
    with pytest.raises(ValueError, match="unknown key 'dealy'"):
        Model.model_validate(data)


def test_relative_changes_of_what_is_not_written_start_from_the_default(path: Path) -> None:
    scenario = load(path, {"pools.desk.speed": "x1.5", "queues.phone.priority": "+2"})
    assert scenario.model.pools["desk"].speed == 1.5
    assert scenario.with_({"pools.desk.speed": "-20%"}).model.pools["desk"].speed == pytest.approx(1.2)
    shift = "flows.call.steps.talk.time.lognormal.shift"
    shifted = load(path, {shift: "+20 s"})
    assert value_at(shifted, shift) == "20.0 s"
    assert value_at(shifted.with_({shift: "x1.5"}), shift) == "30.0 s"
    with_number = load(path, {"pools.desk.staff": {"number": 8}})
    assert with_number.with_({"pools.desk.staff.plus": "+2"}).model.pools["desk"].staff.plus == 2


def test_shares_of_a_start_change_like_any_others() -> None:
    shares = load(Path(__file__).parent / "golden" / "shares.yaml")
    changed = shares.with_({"flows.call.start.menu": "-10pp", "flows.call.start.2": "+10pp"})
    assert changed.model.flows["call"].start == pytest.approx({"menu": 0.6, "2": 0.4, "wait": 0.0})


def test_a_relative_change_of_no_place_at_all_is_refused(path: Path) -> None:
    for where in ("reasons.x", "reasons.9", "queues.phone.overflow.7", "pools.desk.serves.chat", "name.x"):
        with pytest.raises(InputError, match=re.escape(where)):
            load(path, {where: "-20%"})
