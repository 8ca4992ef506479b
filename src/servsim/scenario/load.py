"""Loading: file → plain data with marks → model, with all problems reported at once."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import InputError, Problem
from .changes import apply_changes, read_with_base
from .checks import problems_across, warnings_about
from .document import Document, Mark, Place, Plain, dotted, mark_of
from .fields import REPORTED, Context
from .model import ANY, Model

__all__ = ["Scenario", "load"]

NAMED = ("calendars", "day_factors", "channels", "flows", "bots", "queues", "pools")


@dataclass(frozen=True)
class Scenario:
    """A checked, completed, frozen scenario.

    `model` is what was written with every default filled in; `source` is the file it came from;
    `warnings` tells what is allowed but probably not meant.
    """

    model: Model
    document: Document
    source: Path
    warnings: tuple[Problem, ...] = ()
    allow_outside: bool = False

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.model.name

    def with_(self, changes: Mapping[str, Plain]) -> Scenario:
        """Return the scenario with changes: dotted path → new value, absolute or relative (`-20%`, `x1.5`, `+2`).

        Raises InputError where a path does not exist or the result is not a sound scenario.
        """
        document = copy.deepcopy(self.document)
        apply_changes(document, changes, "", self.source.parent)
        return _scenario(document, self.source, self.allow_outside)

    def resolved(self) -> dict[str, Plain]:
        """Return the complete machine form: every default filled in, every table in place, every quantity in base units."""
        return self.model.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_yaml(self) -> str:
        """Return the resolved form as YAML; loading it gives the same scenario to the bit."""
        from ruamel.yaml import YAML

        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = None
        yaml.width = 110
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        stream = io.StringIO()
        yaml.dump(self.resolved(), stream)
        return stream.getvalue()

    def digest(self) -> str:
        """Return a hash of the resolved form: equal for scenarios that mean the same."""
        text = json.dumps(self.resolved(), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def load(path: str | Path, changes: Mapping[str, Plain] | None = None, *, allow_outside: bool = False) -> Scenario:
    """Load a scenario file, apply changes, check it wholly and return it frozen.

    Args:
        path: a YAML file.
        changes: dotted path → new value, as for `Scenario.with_`.
        allow_outside: permit files outside the scenario's own folder tree.

    Raises:
        InputError: with every problem found, each with file, line, path, what was found and what is allowed.
    """
    source = Path(path)
    document = read_with_base(source, allow_outside=allow_outside)
    apply_changes(document, changes or {}, "", source.parent)
    return _scenario(document, source, allow_outside)


def _scenario(document: Document, source: Path, allow_outside: bool) -> Scenario:
    if not document.data and document.problems:
        raise InputError(document.problems)
    context = Context(_names(document.data), _places(document.data), [], allow_outside, source.parent.resolve())
    model, found = _validate(document.data, context)
    partial = model is None
    if model is None:
        model = _sound_part(document.data, found, context)
    if model is not None:
        found += list(problems_across(model, partial=partial))
    problems = [*document.problems, *(_problem(document, place, message) for place, message in found)]
    if problems or model is None:
        raise InputError(problems)
    warnings = tuple(_problem(document, place, message) for place, message in warnings_about(model))
    return Scenario(model, document, source, warnings, allow_outside)


def _names(data: dict[str, Plain]) -> dict[str, list[str]]:
    """Return the names that each section defines, sound or not, so that references are judged even if the part is not."""
    names = {section: [str(k) for k in data[section]] for section in NAMED if isinstance(data.get(section), dict)}
    names = {section: names.get(section, []) for section in NAMED}
    names["calendars"].append("always")
    reasons = data.get("reasons")
    names["reasons"] = [str(reason) for reason in reasons] if isinstance(reasons, list) and reasons else [ANY]
    return names


def _places(data: Plain, place: Place = ()) -> dict[int, Place]:
    """Return the place of each container by its identity; the document holds each container once."""
    places = {id(data): place} if isinstance(data, dict | list) else {}
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if isinstance(value, dict | list):
            places.update(_places(value, (*place, key)))
    return places


def _validate(data: dict[str, Plain], context: Context) -> tuple[Model | None, list[tuple[Place, str]]]:
    context.found = []
    try:
        model: Model | None = Model.model_validate(data, context=context)
        errors = []
    except ValidationError as error:
        model, errors = None, error.errors(include_url=False)
    found = context.found + [_said(error, data) for error in errors if error["type"] != REPORTED]
    return (None if found else model), list(dict.fromkeys(found))


def _sound_part(data: dict[str, Plain], found: list[tuple[Place, str]], context: Context) -> Model | None:
    """Return the model of what remains without the unsound parts, so that the rest can be checked as well; None if nothing does."""
    rest: dict[str, Any] = dict(data)
    for place, _ in found:
        section = place[0] if place else None
        if len(place) > 1 and isinstance(rest.get(str(section)), dict):
            rest[str(section)] = {key: part for key, part in rest[str(section)].items() if key != place[1]}
        elif section is not None:
            rest.pop(str(section), None)
    return _validate(rest, context)[0]


_WORDS = {
    "missing": "is required",
    "dict_type": "must be a mapping of names to parts",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text",
    "too_short": "must not be empty",
}


def _said(error: Any, data: Plain) -> tuple[Place, str]:
    """Turn one of pydantic's errors into a place of the document and our own words."""
    place = tuple(part for part in error["loc"] if part != "[key]")
    kind, given = error["type"], error.get("input")
    context = error.get("ctx", {})
    if kind in _WORDS:
        message = _WORDS[kind]
        if kind not in ("missing", "too_short"):
            message += f", got {_brief(given)}"
    elif kind == "servsim":
        message = str(context["message"])
    elif kind in ("greater_than_equal", "less_than_equal"):
        message = f"must be at {'least' if kind.startswith('g') else 'most'} {context.get('ge', context.get('le'))}, got {_brief(given)}"
    else:
        message = f"{error['msg'][0].lower()}{error['msg'][1:]}, got {_brief(given)}"
    return (place if kind == "missing" else _existing(place, data)), message


def _existing(place: Place, data: Plain) -> Place:
    """Cut a place to what the document holds: short forms have no inner parts."""
    for i, part in enumerate(place):
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return place[:i]
    return place


def _problem(document: Document, place: Place, message: str) -> Problem:
    mark: Mark = mark_of(document.marks, place)
    return Problem(mark.file, mark.line, mark.column, dotted(place), message)


def _brief(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) < 50 else text[:47] + "..."


