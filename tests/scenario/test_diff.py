"""What differs between two scenarios: paths that `--set` takes, values as people write them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import saved, scenarios

from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.scenario.diff import Difference, differences

GOLDEN = Path(__file__).parent / "golden"
UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}

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
  chat: {type: chat, arrivals: {per_interval: volumes.csv}, reasons: {order: 100%}, flow: call}
flows:
  call:
    steps:
      talk: {queue: phone, time: {lognormal: {mean: 4 min, cv: 0.45}}, next: {resolved: 90%, unresolved: rest}}
queues:
  phone: {priority: 1, overflow: {after: 60 s, to: desk}}
  spare: {}
pools:
  desk: {staff: 8, serves: [phone, spare], shrinkage: 28%, wage: 38/h}
  desk2: {staff: {by_time: {"8:00": 5, "0:00": 2}}, serves: {phone: {}}}
targets:
  - {measure: service_level, within: 20 s, at_least: 80%}
  - {measure: asa, at_most: 90 s}
costs: {fixed_per_month: 1000}
"""
VOLUMES = [10 + i % 5 for i in range(336)]


def volumes(factor: float = 1.0) -> str:
    days = [f"2026-01-{5 + i // 48:02},{i // 2 % 24:02}:{i % 2 * 30:02}" for i in range(336)]
    rows = (f"{day},{volume * factor:g}" for day, volume in zip(days, VOLUMES, strict=True))
    return "\n".join(["day,time,volume", *rows]) + "\n"


@pytest.fixture
def base(tmp_path: Path) -> Scenario:
    (tmp_path / "volumes.csv").write_text(volumes())
    (tmp_path / "more.csv").write_text(volumes(1.2))
    (tmp_path / "as_is.yaml").write_text(SCENARIO)
    return load(tmp_path / "as_is.yaml")


def told(base: Scenario, changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(d.path, d.base, d.value) for d in differences(base, base.with_(changes))]


LEAVES = [
    ("pools.desk.staff", "+2", "8", "10"),
    ("pools.desk.staff", "{number: 3, plus: 1}", "8", "{number: 3, plus: 1}"),
    ("pools.desk.wage", "-10%", "38/h", "34.2/h"),
    ("pools.desk.wage", "8000/month", "27759/month", "8000/month"),
    ("pools.desk.wage", "38.5/h", "38/h", "38.5/h"),
    ("pools.desk.shrinkage", "+5pp", "28%", "33%"),
    ("pools.desk.serves", "[phone]", "[phone, spare]", "[phone]"),
    ("pools.desk.serves", "[spare, phone]", "[phone, spare]", "[spare, phone]"),
    ("pools.desk.speed", "1.25", "1", "1.25"),
    ("pools.desk2.staff.by_time.8:00", "-2", "5", "3"),
    ("channels.phone.arrivals.rate", "+20%", "60/h", "72/h"),
    ("channels.phone.arrivals.scale", "x2", "1.5", "3"),
    ("channels.phone.patience", "+10 min", "90 min", "100 min"),
    ("channels.phone.patience", "none", "1 h 30 min", "none"),
    ("channels.phone.patience", "{exponential: 2 min}", "1 h 30 min", "{exponential: 2 min}"),
    ("channels.phone.lines", "null", "10", "-"),
    ("channels.chat.lines", "5", "-", "5"),
    ("flows.call.steps.talk.time.lognormal.mean", "2 min", "4 min", "2 min"),
    ("flows.call.steps.talk.time.lognormal.mean", "-15 s", "240 s", "225 s"),
    ("flows.call.steps.talk.time.lognormal.cv", "0.9", "0.45", "0.9"),
    ("flows.call.steps.talk.time", "3 min", "{lognormal: {mean: 4 min, cv: 0.45}}", "3 min"),
    ("queues.phone.overflow.after", "2 min", "1 min", "2 min"),
    ("queues.phone.priority", "=-3", "1", "-3"),
    ("calendars.desk.mon-fri", "08:00-20:00", "08:00-18:00", "08:00-20:00"),
    ("calendars.desk.sat", "10:00-12:00", "-", "10:00-12:00"),
    ("clock.warmup", "1 day", "0 s", "1 day"),
    ("targets.0.at_least", "+5pp", "80%", "85%"),
    ("targets.1.at_most", "2 min", "90 s", "120 s"),
    ("costs.per_contact.phone", "0.8", "-", "0.8"),
    ("costs.fixed_per_month", "150000", "1000", "150000"),
    ("reasons.1", "others", "other", "others"),
]


@pytest.mark.parametrize(("path", "new", "before", "after"), LEAVES)
def test_one_change_is_one_difference_at_its_path(
    base: Scenario, path: str, new: str, before: str, after: str
) -> None:
    changes: dict[str, Any] = {path: new}
    if path == "reasons.1":
        changes["channels.phone.reasons"] = {"order": 0.7, "others": 0.3}
    found = told(base, changes)
    if path == "reasons.1":
        found = found[:1]
    assert found == [(path, before, after)]


def test_the_same_meaning_in_other_words_is_no_difference(base: Scenario) -> None:
    same = {
        "pools.desk.staff": {"number": 8},
        "channels.phone.patience": "90 min",
        "channels.phone.reasons": {"order": 0.7, "other": "30%"},
        "calendars.desk": {"mon,tue": "8:00-18:00", "wed-fri": "08:00-18:00"},
        "pools.desk.speed": 1,
        "queues.phone.overflow": [{"after": "1 min", "to": ["desk"]}],
        "name": "another name",
    }
    assert told(base, same) == []
    resolved = base.source.with_name("resolved.yaml")
    resolved.write_text(base.to_yaml(), encoding="utf-8")
    assert differences(base, load(resolved)) == []


def test_tables_are_summed(base: Scenario) -> None:
    arrivals = "channels.chat.arrivals"
    assert told(base, {arrivals: "{per_interval: more.csv}"}) == [
        (f"{arrivals}.per_interval", "336 values, sum 4,030", "336 values, sum 4,836 (+20%)")
    ]
    rows = base.resolved()["channels"]["chat"]["arrivals"]["per_interval"]
    swapped = [[*rows[0][:2], rows[1][2]], [*rows[1][:2], rows[0][2]], *rows[2:]]
    assert told(base, {arrivals: {"per_interval": swapped}}) == [
        (f"{arrivals}.per_interval", "336 values, sum 4,030", "336 values, sum 4,030 (2 of them differ)")
    ]
    assert told(base, {arrivals: {"per_interval": rows[:-1]}})[0][2] == "335 values, sum 4,020 (-0.248%)"
    by_hour = {f"{hour:02}:00": hour for hour in range(24)}
    more = {time: 2 * agents for time, agents in by_hour.items()}
    first = base.with_({"pools.desk2.staff": {"by_time": by_hour}})
    assert told(first, {"pools.desk2.staff": {"by_time": more}}) == [
        ("pools.desk2.staff.by_time", "24 values, sum 276", "24 values, sum 552 (+100%)")
    ]
    assert told(first, {"pools.desk2.staff.by_time.08:00": 9}) == [
        ("pools.desk2.staff.by_time.08:00", "8", "9")
    ]
    times = base.with_({arrivals: {"times": [60.0 * i for i in range(20)]}})
    assert told(times, {arrivals: {"times": [61.0 * i for i in range(20)]}}) == [
        (f"{arrivals}.times", "20 times", "20 times (19 of them differ)")
    ]


def test_a_small_table_of_one_name_with_other_contents(tmp_path: Path) -> None:
    loaded = []
    for folder, volume in (("a", 4), ("b", 5)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "volumes.csv").write_text(f"time,volume\n08:00,{volume}\n")
        (tmp_path / folder / "s.yaml").write_text(SCENARIO)
        loaded.append(load(tmp_path / folder / "s.yaml"))
    path = "channels.chat.arrivals.per_interval"
    assert differences(*loaded) == [Difference(path, "[[daily, 08:00, 4]]", "[[daily, 08:00, 5]]")]


def test_parts_added_and_removed(base: Scenario) -> None:
    pool = {"staff": 2, "serves": {"phone": {"speed": 0.9}}, "wage": "45/h"}
    added = [
        ("pools.new.staff", "-", "2"),
        ("pools.new.serves.phone.speed", "-", "0.9"),
        ("pools.new.wage", "-", "45/h"),
    ]
    assert told(base, {"pools.new": pool}) == added
    with_new = base.with_({"pools.new": pool})
    assert told(with_new, {"pools.new": None}) == [(path, value, nothing) for path, nothing, value in added]
    large = {"staff": {"by_time": {f"{hour:02}:00": hour for hour in range(13)}}, "serves": ["phone"]}
    assert told(base, {"pools.new": large}) == [("pools.new", "-", "14 values")]
    target = {"measure": "abandonment", "at_most": "5%"}
    extended = [
        {"measure": "service_level", "within": "20 s", "at_least": 0.8},
        {"measure": "asa", "at_most": "90 s"},
    ]
    assert told(base, {"targets": [*extended, target]}) == [
        ("targets.2.measure", "-", "abandonment"),
        ("targets.2.at_most", "-", "5%"),
    ]


def test_the_order_of_names_is_a_difference(base: Scenario) -> None:
    """Agents prefer queues, and contacts try pools, in the order of the file."""
    pools = base.document.data["pools"]
    swapped = base.with_({"pools": {name: pools[name] for name in reversed(pools)}})
    assert differences(base, swapped) == [Difference("pools", "order: desk, desk2", "order: desk2, desk")]


def test_differences_beyond_twelve_digits_are_shown_exactly(base: Scenario) -> None:
    assert told(base, {"costs.fixed_per_month": 1000.0000000000001}) == [
        ("costs.fixed_per_month", "1000", "1000.0000000000001")
    ]


def test_a_golden_what_if() -> None:
    found = differences(load(GOLDEN / "bot.yaml"), load(GOLDEN / "what_if.yaml"))
    assert [(d.path, d.base, d.value) for d in found][:5] == [
        ("clock.warmup", "0 s", "1 day"),
        ("channels.chat.arrivals.rate.09:00", "40/h", "48/h"),
        ("channels.chat.service_level.within", "45 s", "60 s"),
        ("flows.chat.steps.assistant.next.resolved", "55%", "65%"),
        ("flows.chat.steps.assistant.next.unresolved", "10%", "-"),
    ]


# --- any scenario -----------------------------------------------------------------------------------------


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the numbers and durations that are written, with their paths; tables left out."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, str(key)))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield ".".join(path), value


def change_one_leaf(data: dict[str, Any], pick: int) -> None:
    """Multiply one written quantity, where the scenario stays sound: the difference is that path and no other."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = load(saved(data, Path(folder)))
        assert differences(scenario, scenario) == differences(scenario, scenario.with_({})) == []
        found = list(leaves(data))
        for offset in range(len(found)):
            path, _ = found[(pick + offset) % len(found)]
            try:
                other = scenario.with_({path: "x2"})
            except InputError:
                continue
            if repr(other.resolved()) == repr(scenario.resolved()) or path in ("name", "currency"):
                continue
            told = differences(scenario, other)
            assert [difference.path for difference in told] == [path], json.dumps(data)
            assert told[0].base != told[0].value
            back = [(d.path, bare(d.value), bare(d.base)) for d in differences(other, scenario)]
            assert back == [(d.path, bare(d.base), bare(d.value)) for d in told]
            return


def bare(text: str) -> str:
    """Return a value without what is said of its change: `336 values, sum 4,944 (+20%)` looks back one way only."""
    return re.sub(r" \(.*\)$", "", text)


@settings(max_examples=20, phases=[Phase.generate], **UNHURRIED)
@given(scenarios(), st.integers(0, 1000))
def test_a_change_of_one_leaf_gives_exactly_that_path(data: dict[str, Any], pick: int) -> None:
    change_one_leaf(data, pick)


@pytest.mark.slow
@settings(max_examples=300, phases=[Phase.generate], **UNHURRIED)
@given(scenarios(), st.integers(0, 1000))
def test_many_changes_of_one_leaf(data: dict[str, Any], pick: int) -> None:
    change_one_leaf(data, pick)


@settings(max_examples=10, phases=[Phase.generate], **UNHURRIED)
@given(scenarios(), scenarios())
def test_any_two_scenarios_have_differences_or_mean_the_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = load(saved(a, Path(folder), "a.yaml")), load(saved(b, Path(folder), "b.yaml"))
        found = differences(first, second)
        same = repr({**first.resolved(), "name": ""}) == repr({**second.resolved(), "name": ""})
        assert bool(found) != same
        assert all(d.base != d.value and d.path for d in found)
