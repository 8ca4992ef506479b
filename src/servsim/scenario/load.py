"""Loading: file → plain data with marks → model, with all problems reported at once."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ..errors import InputError, Problem, did_you_mean, nearest, shown
from .changes import apply_changes, apply_written, read_with_base
from .checks import problems_across, warnings_about
from .document import Document, FileName, Place, Plain, dotted, parse_document, parse_scalar
from .fields import REPORTED, Context, Part
from .model import ANY, Model

__all__ = ["Scenario", "load", "load_entry", "load_text", "places_in", "validated"]

WHOLE = ("roi",)  # no other part refers to it, and it makes no sense in pieces
NAMED = ("calendars", "day_factors", "channels", "flows", "bots", "queues", "pools")
Found = list[tuple[Place, str]]
Kind = TypeVar("Kind", bound=Part)


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
        """Return the scenario with changes: dotted path → new value, absolute or relative (`-20%`, `x1.5`,
        `+2`).

        Raises InputError where a path does not exist or the result is not a sound scenario.
        """
        document = self.document.copy()
        apply_changes(document, changes, "", self.source.parent)
        return _scenario(document, self.source, self.allow_outside)

    def in_future(self, name: str) -> Scenario:
        """Return the scenario as it is in one of its futures; it has none itself.

        Raises KeyError where no future has this name, InputError where the changes do not fit.
        """
        return self.under(self.model.futures[name])

    def under(self, changes: Mapping[str, Plain]) -> Scenario:
        """Return the scenario with the changes of a future, its own or another's; errors are those of `with_`."""
        return self.with_({"futures": None, **changes})

    def resolved(self) -> dict[str, Plain]:
        """Return the complete machine form: every default filled in, every table in place, every quantity in
        base units. Futures are not in it: like a what-if they change what is written.
        """
        return self.model.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_yaml(self) -> str:
        """Return the resolved form as YAML; loading it gives the same scenario to the bit."""
        from ruamel.yaml import YAML

        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = None
        yaml.allow_unicode = True
        yaml.width = 10_000
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        stream = io.StringIO()
        yaml.dump(self.resolved(), stream)
        return stream.getvalue()

    def digest(self) -> str:
        """Return a hash of the resolved form without its claims, which change no run: equal for scenarios that mean the
        same.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        parts = {key: part for key, part in self.resolved().items() if key != "claims"}
        text = json.dumps(parts, ensure_ascii=False)  # in order: that of names has a meaning
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def load(
    path: str | Path, changes: Mapping[str, Plain] | None = None, *, allow_outside: bool = False
) -> Scenario:
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
    return _with_sound_futures(_scenario(document, source, allow_outside))


def load_text(text: str, source: Path) -> Scenario:
    """Return the scenario that a text in YAML holds, such as `Scenario.to_yaml` gives; `source` stands for its file.

    Raises InputError as `load`.
    """
    return _scenario(parse_document(text, str(source), source.parent), source, allow_outside=False)


def load_entry(
    path: Path, change: Mapping[str, Plain], patch: Document, at: Place, source: Path, *, allow_outside: bool
) -> Scenario:
    """Load a scenario file with changes that stand at a place of another file's document (a study's), `source`.

    Tables may lie anywhere in the folder of `source`, to which those named in the changes are relative.
    Raises InputError as `load`; problems of a change bear the place where it is written.
    """
    document = read_with_base(path, allow_outside=allow_outside)
    if document.data:
        apply_written(document, change, patch, at)
    return _with_sound_futures(_scenario(document, source, allow_outside))


def _with_sound_futures(scenario: Scenario) -> Scenario:
    """Return a scenario all of whose futures can be; raise InputError where some cannot."""
    problems = []
    for name, changes in scenario.model.futures.items():
        try:
            future = scenario.in_future(name).model
            if (future.clock, future.currency) != (scenario.model.clock, scenario.model.currency):
                message = "changes the clock or the currency: what costs in one time is no answer for another"
                problems.append(scenario.document.problem(("futures", name), message))
        except InputError as error:
            for problem in error.problems:
                own = problem.path if problem.path in changes else None
                place: Place = ("futures", name) if own is None else ("futures", name, own)
                message = problem.message if own is not None else f"{problem.path}: {problem.message}"
                problems.append(scenario.document.problem(place, message))
    if problems:
        raise InputError(problems)
    return scenario


def _write_out_futures(document: Document) -> None:
    """Let the values of futures be text, as written: `+2` is not `2` in a change."""
    futures = document.data.get("futures")
    for name, changes in futures.items() if isinstance(futures, dict) else ():
        for path, value in changes.items() if isinstance(changes, dict) else ():
            text = document.texts.get(("futures", name, path))
            if isinstance(value, int | float) and text is not None and parse_scalar(text, Path()) == value:
                changes[path] = text


def _scenario(document: Document, source: Path, allow_outside: bool) -> Scenario:
    if not document.data and document.problems:
        raise InputError(document.problems)
    _write_out_futures(document)
    data = document.data
    context = Context(
        _names(data), places_in(data), allow_outside=allow_outside, root=source.parent.resolve()
    )
    model, found = validated(Model, data, context)
    if model is None:
        context.partial = True
        sound = validated(Model, _sound_part(data, found), context)[0]
    else:
        sound = model
    if sound is not None:
        across = problems_across(sound, partial=context.partial)
        found += [(_existing(place, data), message) for place, message in across]
    # what follows from a value that could not be read or changed would only distract
    unread = {problem.path for problem in document.problems}
    told = [document.problem(place, message) for place, message in found if dotted(place) not in unread]
    if document.problems or told or model is None:
        raise InputError([*document.problems, *told])
    warnings = [document.problem(_existing(place, data), message) for place, message in warnings_about(model)]
    return Scenario(model, document, source, tuple(warnings), allow_outside)


def _names(data: dict[str, Plain]) -> dict[str, list[str] | None]:
    """Return the names that each section defines, sound or not, so that references are judged even if the
    part is not.

    None where a section cannot be read, or is probably there under a wrong name.
    """
    lost = {nearest(key, list(Model.model_fields)) for key in data if key not in Model.model_fields}
    names: dict[str, list[str] | None] = {}
    for section in NAMED:
        part = data.get(section)
        known = list(part) if isinstance(part, dict) else None
        names[section] = known if part is not None else None if section in lost else []
    calendars = names["calendars"]
    names["calendars"] = None if calendars is None else [*calendars, "always"]
    reasons = data.get("reasons")
    if isinstance(reasons, list) and reasons:
        sound = [isinstance(reason, str | int) and not isinstance(reason, bool) for reason in reasons]
        names["reasons"] = list(dict.fromkeys(map(str, reasons))) if all(sound) else None
    else:
        names["reasons"] = [ANY] if reasons is None and "reasons" not in lost else None
    return names


def places_in(data: Plain) -> dict[int, Place]:
    """Return the place of each container and file name by its identity; each stands in the document once."""
    places: dict[int, Place] = {}
    todo: list[tuple[Plain, Place]] = [(data, ())]
    while todo:
        part, place = todo.pop()
        places[id(part)] = place
        if not isinstance(part, FileName):
            items = part.items() if isinstance(part, dict) else enumerate(part)
            todo += [
                (value, (*place, key)) for key, value in items if isinstance(value, dict | list | FileName)
            ]
    return places


def validated(kind: type[Kind], data: dict[str, Plain], context: Context) -> tuple[Kind | None, Found]:
    """Return data as a part of this kind, or None and what is wrong, in our own words."""
    context.found = []
    context.excused = set()
    errors: list[Any] = []
    try:
        model: Kind | None = kind.model_validate(data, context=context)
    except ValidationError as error:
        model, errors = None, list(error.errors(include_url=False))
    said = [_said(error, data) for error in errors if error["type"] != REPORTED]
    found = [*context.found, *(pair for pair in said if not _is_excused(pair, context))]
    return (None if context.found or errors else model), list(dict.fromkeys(found))


def _is_excused(pair: tuple[Place, str], context: Context) -> bool:
    place, message = pair
    return message == _WORDS["missing"] and place in context.excused


def _sound_part(data: dict[str, Plain], found: Found) -> dict[str, Plain]:
    """Return what remains without the unsound parts, so that the rest can be checked as well."""
    rest: dict[str, Any] = {"channels": {}, "flows": {}, **data}
    for place, _ in found:
        section = str(place[0]) if place else ""
        if len(place) > 1 and section not in WHOLE and isinstance(rest.get(section), dict):
            rest[section] = {key: part for key, part in rest[section].items() if key != place[1]}
        elif section in ("channels", "flows"):
            rest[section] = {}
        else:
            rest.pop(section, None)
    return rest


_WORDS = {
    "missing": "is required",
    "dict_type": "must be a mapping like {name: ...}, got ",
    "list_type": "must be a list like [a, b], got ",
    "tuple_type": "must be a list like [a, b], got ",
    "bool_type": "must be true or false, got ",
    "bool_parsing": "must be true or false, got ",
}


def _said(error: Any, data: Plain) -> tuple[Place, str]:
    """Turn one of pydantic's errors into a place of the document and our own words."""
    place = tuple(part for part in error["loc"] if part != "[key]")
    kind, given = error["type"], error.get("input")
    context = error.get("ctx", {})
    if kind == "missing":
        return (*_existing(place[:-1], data), place[-1]), _WORDS[kind]
    if kind == "servsim":
        place, message = (*place, *context["at"]), str(context["message"])
    elif kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"]) or [str(context["expected"]).lower()]
        near = did_you_mean(str(given), allowed) if isinstance(given, str) else ""
        message = f"{shown(given)} is not allowed; use {' or '.join(allowed)}{near}"
    elif kind in _WORDS:
        message = _WORDS[kind] + shown(given)
    else:
        message = f"{error['msg'][0].lower()}{error['msg'][1:]}, got {shown(given)}"
    return _existing(place, data), message


def _existing(place: Place, data: Any) -> Place:
    """Return the place as the document has it: short forms have no inner parts, a lone item stands for a list
    of one.
    """
    result: list[str | int] = []
    for part in place:
        if isinstance(data, dict) and part in data:
            result.append(part)
            data = data[part]
        elif isinstance(data, list) and isinstance(part, int):
            if part >= len(data):
                break
            result.append(part)
            data = data[part]
        elif isinstance(data, list) and part in data:
            result.append(data.index(part))
            data = part
        elif not (isinstance(data, dict) and part == 0):
            break
    return tuple(result)
