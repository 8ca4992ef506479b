"""The scenario format as a JSON Schema, for editors that complete and check while one writes.

The schema accepts everything that `load` accepts in a scenario without `extends`, and a what-if file. It
knows shapes, keys and the form of quantities; references between parts, sums of shares and files are `load`'s
business alone.
"""

from __future__ import annotations

from typing import Any

from .model import Model

__all__ = ["json_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file."""
    schema = Model.model_json_schema(mode="validation")
    definitions: dict[str, Any] = schema.pop("$defs", {})
    for name, definition in definitions.items():
        _polish(definition)
        if "anyOf" not in definition:
            definition["title"] = name
    definitions["Scenario"] = _polish(schema)
    definitions["WhatIf"] = _what_if(definitions["Scenario"]["properties"]["claims"])
    _short_forms(definitions)
    return {
        "$schema": DIALECT,
        "title": "servsim scenario",
        "description": "A service operation, its customers, its staff and its bots; or a what-if, "
        "which changes another file.",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/WhatIf"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": definitions,
    }


def _short_forms(definitions: dict[str, Any]) -> None:
    """Add the forms that lists and mappings of parts may take: names alone, a lone item, an empty part."""
    name = {"type": ["string", "integer"]}
    skills = definitions["Pool"]["properties"]["serves"]
    skills.pop("type")
    mapping = {"type": "object", "additionalProperties": _or_empty(skills.pop("additionalProperties"))}
    skills["anyOf"] = [{"type": "array", "items": name}, mapping]
    for section in ("queues", "bots"):
        parts = definitions["Scenario"]["properties"][section]["anyOf"][0]
        parts["additionalProperties"] = _or_empty(parts["additionalProperties"])
    definitions["Queue"]["properties"]["overflow"]["anyOf"].append({"$ref": "#/$defs/Overflow"})
    pools = definitions["Overflow"]["properties"]["to"]
    pools["anyOf"] = [name, {"type": pools.pop("type"), "items": pools.pop("items")}]


def _or_empty(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _what_if(claims: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "WhatIf",
        "type": "object",
        "additionalProperties": False,
        "required": ["extends"],
        "properties": {
            "servsim": {"const": 1},
            "name": {"type": ["string", "number"]},
            "extends": {"type": "string", "description": "the scenario file that this one changes"},
            "change": {
                "type": ["object", "null"],
                "description": "dotted path: new value, absolute or like -20%, x1.5, +2",
            },
            "roi": {"anyOf": [{"$ref": "#/$defs/Roi"}, {"type": "null"}]},
            "claims": claims,
        },
    }


def _polish(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop the titles that only repeat a key, and allow the empty value wherever it means 'not given'."""
    if isinstance(schema.get("properties"), dict):
        required = schema.get("required", ())
        for name, part in schema["properties"].items():
            _polish(part)
            if part.get("default", "") is None:
                del part["default"]
            if name not in required and not _allows_null(part):
                described = {key: part.pop(key) for key in ("description", "default") if key in part}
                schema["properties"][name] = {"anyOf": [part, {"type": "null"}], **described}
    for key in ("anyOf", "prefixItems"):
        for part in schema.get(key, ()):
            _polish(part)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            _polish(schema[key])
    if schema.get("title") != "Model":
        schema.pop("title", None)
    else:
        schema["title"] = "Scenario"
    return schema


def _allows_null(schema: dict[str, Any]) -> bool:
    return any(part.get("type") == "null" for part in schema.get("anyOf", ()))
