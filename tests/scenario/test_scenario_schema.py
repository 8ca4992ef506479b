"""The JSON Schema accepts what the loader accepts, and refuses the shapes that it refuses."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from ruamel.yaml import YAML
from strategies import scenarios

from servsim.scenario.document import read_document
from servsim.scenario.model import Model
from servsim.scenario.schema import json_schema

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.yaml"))
CHECKER = jsonschema.Draft202012Validator(json_schema())
BASE = read_document(HERE / "invalid" / "bases" / "ok.yaml").data
WRONG_SHAPES = [
    "unknown_keys",
    "unknown_keys",
    "reserved",
    "reserved_step",
    "misspelt_section",
    "misspelt_family",
    "parts_are_scalars",
    "sections_are_lists",
    "lists_for_values",
    "mappings_for_values",
    "booleans",
    "staff_word",
    "bot_costs",
    "out_of_range",
    "clock",
    "change_alone",
    "extends_other_keys",
    "family_not_a_mapping",
    "family_shift",
    "start_shares",
    "mixture_part",
    "by_time_keys",
    "costs",
    "missing_parts",
    "returns",
    "roi_values",
    "roi_phases_missing",
]


def errors(data: Any) -> list[str]:
    return [error.message for error in CHECKER.iter_errors(json.loads(json.dumps(data)))]


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "servsim scenario"
    assert schema["description"]
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema, allow_nan=False)


def test_every_key_of_the_whole_is_described_or_refers_to_what_is() -> None:
    properties = json_schema()["$defs"]["Scenario"]["properties"]
    assert list(properties) == list(Model.model_fields)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_scenarios_and_their_resolved_forms_are_valid(path: Path) -> None:
    assert errors(read_document(path).data) == []


def test_another_reader_of_yaml_finds_them_valid_too() -> None:
    assert errors(YAML(typ="safe", pure=True).load(HERE / "golden" / "bot.resolved.yaml")) == []


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_generated_scenarios_are_valid(data: dict[str, Any]) -> None:
    assert errors(data) == []


@pytest.mark.parametrize("name", WRONG_SHAPES)
def test_wrong_shapes_are_refused(name: str) -> None:
    assert errors(read_document(HERE / "invalid" / f"{name}.yaml").data)


@pytest.mark.parametrize("section", ["channels", "queues", "pools"])
def test_an_unknown_key_is_refused_in_every_section(section: str) -> None:
    assert errors(BASE) == []
    data = copy.deepcopy(BASE)
    next(iter(data[section].values()))["colour"] = "red"
    assert errors(data)


@pytest.mark.parametrize(
    "form",
    [
        {"phone": None},
        {"phone": {}},
        ["phone"],
    ],
)
def test_short_forms_of_serves(form: Any) -> None:
    data = copy.deepcopy(BASE)
    data["pools"]["desk"]["serves"] = form
    assert errors(data) == []
