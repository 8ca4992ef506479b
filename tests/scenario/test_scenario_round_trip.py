"""The resolved form of any valid scenario loads back to the same scenario, bit for bit."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import NAMES, saved, scenarios

from servsim.errors import InputError
from servsim.scenario import load

UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}
SOUND = """\
channels: {c: {type: voice, arrivals: {rate: 1/h}, flow: f}}
flows: {f: {steps: {s: {queue: q, time: 3 min}}}}
"""
REST = "queues: {q: }\npools: {p: {staff: 1, serves: [q]}}\n"


def comes_back(data: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scenario = load(saved(data, Path(folder)))
        text = scenario.to_yaml()
        resolved = Path(folder) / "resolved.yaml"
        resolved.write_text(text, encoding="utf-8")
        again = load(resolved)
    assert again.model == scenario.model
    assert repr(again.resolved()) == repr(scenario.resolved())  # repr: -0.0 is not 0.0
    assert again.digest() == scenario.digest()
    assert again.to_yaml() == text


@settings(max_examples=50, phases=[Phase.generate], **UNHURRIED)
@given(scenarios())
def test_generated_scenarios_come_back(data: dict[str, Any]) -> None:
    comes_back(data)


@pytest.mark.slow
@settings(max_examples=300, **UNHURRIED)
@given(scenarios())
def test_many_generated_scenarios_come_back(data: dict[str, Any]) -> None:
    comes_back(data)


def model_with(tmp_path: Path, changes: dict[str, Any]) -> Any:
    (tmp_path / "s.yaml").write_text(SOUND + REST, encoding="utf-8")
    scenario = load(tmp_path / "s.yaml", changes)
    (tmp_path / "r.yaml").write_bytes(scenario.to_yaml().encode())
    assert load(tmp_path / "r.yaml").model == scenario.model
    return scenario.model


@settings(max_examples=100, **UNHURRIED)
@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_any_text_comes_back(text: str) -> None:
    """A scenario's name is free text without control characters: what YAML cannot hold is escaped by the writer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_text(f"name: {json.dumps(text)}\n{SOUND}{REST}")
        scenario = load(path)
        assert scenario.name == text
        (Path(folder) / "r.yaml").write_bytes(scenario.to_yaml().encode())
        assert load(Path(folder) / "r.yaml").name == text


@pytest.mark.parametrize(
    "name", [*NAMES, "a", "x" * 80, "l'été".replace("'", "_"), "naïve", "می\u200cخواهم", "Ⅷ", "ไทย"]
)
def test_names_of_any_script_and_yaml_words_are_names(tmp_path: Path, name: str) -> None:
    step = {"queue": name, "time": "3 min"}
    model = model_with(tmp_path, {"queues": {name: {}}, "pools.p.serves": [name], "flows.f.steps.s": step})
    assert list(model.queues) == [name]
    assert list(model.pools["p"].serves) == [name]
    assert model.flows["f"].steps["s"].queue == name


@pytest.mark.parametrize(
    "name", ["", " ", "a ", " a", "-a", "a-", "a.b", "a/b", "😀", "a😀b", "x" * 81, "a\nb", "a:b", "#a"]
)
def test_other_names_are_refused_wherever_they_stand(tmp_path: Path, name: str) -> None:
    (tmp_path / "s.yaml").write_text(SOUND + REST, encoding="utf-8")
    for section in ("queues", "pools", "bots", "channels", "flows", "calendars", "day_factors"):
        with pytest.raises(InputError, match="is not a name"):
            load(tmp_path / "s.yaml", {section: {name: {}}})


def test_composed_and_decomposed_letters_are_the_same_name(tmp_path: Path) -> None:
    text = (SOUND + REST).replace("queue: q", "queue: caf\u00e9").replace("{q: }", "{cafe\u0301: }")
    (tmp_path / "s.yaml").write_text(text.replace("[q]", "[cafe\u0301]"), encoding="utf-8")
    assert list(load(tmp_path / "s.yaml").model.queues) == ["café"]


def test_the_work_of_loading_a_table_grows_with_its_rows(tmp_path: Path) -> None:
    """Twice the rows are about twice the calls, not four times."""

    def calls(months: int) -> int:
        rows = [
            [f"2026-{month:02}-{day:02}", f"{hour:02}:00", 1.5]
            for month in range(1, months + 1)
            for day in range(1, 29)
            for hour in range(24)
        ]
        arrivals = {"channels.c.arrivals": {"per_interval": rows}}
        model_with(tmp_path, {**arrivals, "clock": {"length": "90 days", "start": "2026-01-01"}})
        count = [0]

        def note(frame: object, event: str, argument: object) -> None:
            count[0] += 1

        sys.setprofile(note)
        try:
            scenario = load(tmp_path / "r.yaml")
        finally:
            sys.setprofile(None)
        assert len(scenario.model.channels["c"].arrivals.per_interval or ()) == len(rows)
        return count[0]

    assert calls(2) < 2.5 * calls(1)
