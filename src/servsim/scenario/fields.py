"""The kinds of value that a scenario's fields hold, and the base of its parts.

Every type parses what people write, says what is allowed when it cannot, and writes itself back in one
canonical form.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from ..errors import did_you_mean, listed, nearest, shown
from ..units import format_duration, parse_clock, parse_duration, parse_number, parse_rate, parse_share
from .document import Place

__all__ = [
    "DURATION_SCHEMA",
    "RESERVED",
    "WEEKDAYS",
    "Clock",
    "Context",
    "DateTime",
    "Duration",
    "Money",
    "Name",
    "Part",
    "Positive",
    "Rate",
    "Share",
    "Text",
    "Wage",
    "Whole",
    "also",
    "between",
    "by_clock",
    "context_of",
    "day_keys",
    "fail",
    "not_empty",
    "parsed",
    "ref",
    "reported",
    "whole",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REPORTED = "servsim_reported"  # an error that stops a part whose problem is in the list already

RESERVED: dict[str, str] = {  # keys that will mean something: what
    "at_once": "several chats at once",
    "batch": "waiting for a batch",
    "callback": "offering a callback",
    "join": "parallel steps",
    "learning": "skill over time",
    "level": "agents' skill levels",
    "levels": "agents' skill levels",
    "outbound": "calls made by the firm",
    "preempt": "interrupting work in hand",
    "slowdown": "several chats at once",
    "split": "parallel steps",
}


@dataclass
class Context:
    """What validators must know beyond their own value, and where they put what they find.

    `names` are those that each section defines (None: the section itself cannot be read, so references go
    unjudged); `places` tells where a container of the document stands, by its identity; `partial` tells that
    unsound parts were left out, so that absence proves nothing.
    """

    names: dict[str, list[str] | None]
    places: dict[int, Place] = field(default_factory=dict)
    found: list[tuple[Place, str]] = field(default_factory=list)
    excused: set[Place] = field(default_factory=set)  # missing keys for which another problem accounts
    allow_outside: bool = False
    root: Any = None  # the folder that table files may not leave
    partial: bool = False

    def report(self, container: object, key: str | int, message: str) -> None:
        """Note a problem at a key of a container of the document; raise it where the container is not the
        document's.
        """
        place = self.places.get(id(container))
        if place is None:
            raise fail(f"{key}: {message}")
        self.found.append(((*place, key), message))
        self.excused.add((*place, key))


def fail(message: str, *at: str | int) -> PydanticCustomError:
    """Return an error for a validator to raise, about the value itself or what stands `at` a key in it."""
    return PydanticCustomError("servsim", "{message}", {"message": message, "at": at})


def reported() -> PydanticCustomError:
    """Return the error that stops a part whose problems have been reported."""
    return PydanticCustomError(REPORTED, "reported already")


def context_of(info: ValidationInfo) -> Context:
    """Return the validation's context; without one (the model used directly) nothing is known."""
    return info.context if isinstance(info.context, Context) else Context({})


def parsed(parse: Callable[[Any], Any]) -> BeforeValidator:
    """Return a validator that parses with a function of `units`."""

    def validate(value: Any) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            raise fail(str(error)) from None

    return BeforeValidator(validate)


def also(check: Callable[[Any], Any]) -> AfterValidator:
    """Return a validator that checks what a type has parsed; the check returns it or raises ValueError."""

    def validate(value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            raise fail(str(error)) from None

    return AfterValidator(validate)


def _within(low: float, high: float | None, *, is_whole: bool) -> Callable[[Any], float]:
    what = "a whole number" if is_whole else "a number"
    span = f"of at least {low:,.10g}" if high is None else f"from {low:,.10g} to {high:,.10g}"

    def parse(value: Any) -> float:
        try:
            given = parse_number(value)
        except ValueError:
            given = low - 1
        if given < low or (high is not None and given > high) or (is_whole and given != int(given)):
            raise ValueError(f"{shown(value)} is not allowed here; write {what} {span}")
        return int(given) if is_whole else given

    return parse


_NUMERIC = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$"


def _number_schema(kind: str, low: float, high: float | None) -> WithJsonSchema:
    """Describe a number, which may also be written as text (in quotes)."""
    bounds = {"minimum": low} if high is None else {"minimum": low, "maximum": high}
    return WithJsonSchema({"type": [kind, "string"], **bounds, "pattern": _NUMERIC})


class _Number:
    """Marks a number within bounds, as in `Annotated[float, between(0, 1)]`."""

    def __init__(self, low: float, high: float | None, *, is_whole: bool) -> None:
        self.before = parsed(_within(low, high, is_whole=is_whole))
        self.schema = _number_schema("integer" if is_whole else "number", low, high)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return self.before.__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return self.schema.__get_pydantic_json_schema__(core, handler)


def between(low: float, high: float | None = None) -> _Number:
    """Return the mark of a number between two bounds, both included."""
    return _Number(low, high, is_whole=False)


def whole(low: int, high: int) -> _Number:
    """Return the mark of a whole number between two bounds, both included."""
    return _Number(low, high, is_whole=True)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{shown(value)} is not text; put it in quotes")
    if len(str(value)) > 500:
        raise ValueError(f"the text is too long: {len(str(value))} characters; at most 500")
    if any(unicodedata.category(character) == "Cc" for character in str(value)):
        # control characters would steer the terminal that shows the text
        raise ValueError(f"{shown(value)} holds control characters; use one line of plain text")
    return str(value)


def parse_name(value: Any) -> str:
    """Parse a name: letters, marks and digits of any script, `_`, and inside also `-` and spaces."""
    if value is None or isinstance(value, bool | float):
        raise ValueError(
            f"{shown(value)} is not a name; a name that YAML reads as something else must stand in quotes"
        )
    if not isinstance(value, str | int):
        raise ValueError(f"{shown(value)} is not a name")
    text = str(value)
    outer, inner = (text[:1], text[-1:]), text[1:-1]
    if (
        not text
        or len(text) > 80
        or not all(map(_is_letter, outer))
        or not all(map(_may_stand_inside, inner))
    ):
        raise ValueError(
            f"{shown(text)} is not a name; use letters of any script, digits, '_', inside also '-' and "
            "spaces; at most 80"
        )
    return text


def _is_letter(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def _may_stand_inside(character: str) -> bool:
    return (
        _is_letter(character) or character in " -\u200c\u200d"
    )  # the last two join letters, in Persian for one


def _date(value: Any) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value), re.ASCII):
            return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is not a date; write 2026-03-02")


def _datetime(value: Any) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?", str(value), re.ASCII):
            moment = dt.datetime.fromisoformat(str(value))
            if 1900 <= moment.year <= 9000:  # so that adding the length stays within what a date can be
                return moment.isoformat(" ")
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is not a moment; write 2026-03-02 or '2026-03-02 10:00'")


def _clock(value: Any) -> str:
    seconds = int(parse_clock(value))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


def _start_of_span(value: Any) -> str:
    text = _clock(value)
    if text == "24:00":
        raise ValueError("'24:00' begins nothing; write a time of day from 00:00 to 23:59")
    return text


_TEXT = {"type": "string"}
_UNITS = r"(ms|s|sec|seconds?|min|minutes?|h|hr|hours?|d|days?|weeks?)"
_DURATION = {"type": "string", "pattern": rf"^\s*([+-]?[\d.]+([eE][+-]?\d+)?\s*{_UNITS}\s*)+$"}
_RATE = {"type": "string", "pattern": r"^\s*[+-]?[\d.]+([eE][+-]?\d+)?\s*(/|per)\s*[a-z]+\s*$"}
_SHARE = {"type": ["number", "string"], "minimum": 0, "maximum": 1, "pattern": _NUMERIC[:-1] + r"%?\s*$"}
DURATION_SCHEMA: dict[str, Any] = {"anyOf": [_DURATION, {"const": 0}]}
_DURATION_OR_ZERO = WithJsonSchema(DURATION_SCHEMA)
_RATE_OR_ZERO = WithJsonSchema({"anyOf": [_RATE, {"const": 0}]})
_PER_SECOND = PlainSerializer(lambda rate: f"{rate!r}/s", return_type=str)

Duration = Annotated[
    float, parsed(parse_duration), PlainSerializer(format_duration, return_type=str), _DURATION_OR_ZERO
]
Rate = Annotated[float, parsed(parse_rate), _PER_SECOND, _RATE_OR_ZERO]
Wage = Annotated[float, parsed(parse_rate), _PER_SECOND, _RATE_OR_ZERO]
Share = Annotated[float, parsed(parse_share), WithJsonSchema(_SHARE)]
Money = Annotated[float, between(0)]
Positive = Annotated[float, between(0)]
Whole = Annotated[int, whole(0, 1_000_000)]
Text = Annotated[str, parsed(_text), WithJsonSchema({"type": ["string", "number"]})]
Name = Annotated[str, parsed(parse_name), WithJsonSchema({"type": ["string", "integer"]})]
DateTime = Annotated[str, parsed(_datetime), WithJsonSchema(_TEXT)]
Clock = Annotated[str, parsed(_clock), WithJsonSchema(_TEXT)]
StartClock = Annotated[str, parsed(_start_of_span), WithJsonSchema(_TEXT)]


class _Ref:
    """Marks a name that must stand in a section of the scenario."""

    def __init__(self, section: str) -> None:
        self.section = section

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return BeforeValidator(self.check).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": ["string", "integer"]}

    def check(self, value: Any, info: ValidationInfo) -> str:
        """Return the name; fail where nothing of this section bears it."""
        try:
            name = parse_name(value)
        except ValueError as error:
            raise fail(str(error)) from None
        known = context_of(info).names.get(self.section)
        if known is not None and name not in known:
            words = self.section.replace("_", " ")
            there_are = (
                f"{words}: {listed(known)}" if known else f"there are none; add it under '{self.section}'"
            )
            raise fail(
                f"no {words.removesuffix('s')} is named {name!r}; {there_are}{did_you_mean(name, known)}"
            )
        return name


def ref(section: str) -> _Ref:
    """Return the mark of a name that must stand in a section, such as `queues`."""
    return _Ref(section)


def _not_empty(value: Any, info: ValidationInfo) -> Any:
    if not value and not context_of(info).partial:
        raise fail("must not be empty")
    return value


not_empty = AfterValidator(_not_empty)


def _one_key_a_time(value: Any, info: ValidationInfo) -> Any:
    """Refuse two keys that mean the same time of day, like `8:00` and `08:00`."""
    seen: dict[float, str] = {}
    for key in value if isinstance(value, dict) else ():
        try:
            second = parse_clock(key)
        except ValueError:
            continue  # the key's own type says what is wrong with it
        if second in seen:
            context_of(info).report(value, key, f"the time {key} stands twice; {seen[second]!r} is the same")
        seen[second] = key
    return value


by_clock = BeforeValidator(_one_key_a_time)


def day_keys(text: Any) -> list[str]:
    """Turn `mon-fri`, `sat,sun`, `daily`, `weekdays`, `weekend` or a date into single days (`mon`, …,
    `2026-03-05`).
    """
    words = {"daily": "mon-sun", "weekdays": "mon-fri", "weekend": "sat-sun"}
    result: list[str] = []
    for word in str(text).lower().split(","):
        piece = words.get(word.strip(), word.strip())
        first, dash, last = (part.strip() for part in piece.partition("-"))
        if first in WEEKDAYS and (last if dash else first) in WEEKDAYS:
            start, stop = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
            count = (stop - start) % 7 + 1
            result += [WEEKDAYS[(start + i) % 7] for i in range(count)]
        else:
            result += _date_range(piece, str(text))
    return list(dict.fromkeys(result))


def _date_range(piece: str, text: str) -> list[str]:
    first, _, last = piece.partition("..")
    try:
        start, stop = _date(first.strip()), _date((last or first).strip())
    except ValueError:
        near = did_you_mean(piece, [*WEEKDAYS, "daily", "weekdays", "weekend"])
        ways = "mon, mon-fri, 'sat,sun', daily, weekdays, weekend, 2026-03-05 or 2026-03-05..2026-03-08"
        raise ValueError(f"{shown(text)} is not a day; write {ways}{near}") from None
    days = (dt.date.fromisoformat(stop) - dt.date.fromisoformat(start)).days
    if not 0 <= days <= 3660:
        raise ValueError(
            f"{shown(text)} is not a range of dates; the later date stands last, at most ten years on"
        )
    return [(dt.date.fromisoformat(start) + dt.timedelta(days=i)).isoformat() for i in range(days + 1)]


class _Clean(dict[str, Any]):
    """A part's mapping that has been looked at."""


class Part(BaseModel):
    """A part of a scenario: a mapping with known keys. Unknown ones are reported with the nearest name."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    one_of: ClassVar[tuple[str, ...]] = ()  # exactly one of these keys must stand
    short: ClassVar[str] = ""  # what may stand instead of the mapping, in words
    short_schema: ClassVar[dict[str, Any] | None] = None  # the same as JSON Schema

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """Turn the part's short form, such as a bare `4 min`, into its mapping."""
        return data

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Look at the mapping before its fields are read: report problems about `given`, return what to read
        of `clean`.

        `clean` is without unknown keys and without those that have no value.
        """
        return clean

    @model_validator(mode="wrap")
    @classmethod
    def _from_mapping(cls, data: Any, handler: ModelWrapValidatorHandler[Any], info: ValidationInfo) -> Any:
        if isinstance(data, cls):
            return data
        if isinstance(data, _Clean):  # pydantic runs this twice for a part that may hold itself
            return handler(data)
        context = context_of(info)
        place = context.places.get(id(data))
        before = len(context.found)
        given = cls.shorthand(data)
        if not isinstance(given, dict):
            known = listed(cls._keys(), 20)
            raise fail(f"must be {cls.short}a mapping with some of the keys {known}; got {shown(given)}")
        clean = {key: value for key, value in given.items() if value is not None}
        for key in cls._unknown(given):
            clean.pop(key, None)
            context.report(data, key, cls._about_unknown(key))
            meant = nearest(key, cls._keys())
            if meant is not None and place is not None:
                context.excused.add((*place, meant))
        clean = cls.look(given, clean, context)
        cls._check_one_of(given, clean, context, place)
        result = handler(_Clean(clean))
        if len(context.found) > before:
            raise reported()
        return result

    @classmethod
    def _keys(cls) -> list[str]:
        return [f.alias or name for name, f in cls.model_fields.items()]

    @classmethod
    def _unknown(cls, data: dict[str, Any]) -> list[str]:
        return [key for key in data if key not in cls._keys() and not cls.accepts(key)]

    @classmethod
    def accepts(cls, key: str) -> bool:
        """Tell whether a key that is no field may stand here (where keys are times of day, for instance)."""
        return False

    @classmethod
    def _about_unknown(cls, key: str) -> str:
        if key in RESERVED:
            return f"{key!r} is not yet supported ({RESERVED[key]})"
        return f"unknown key {shown(key)}; allowed: {listed(cls._keys(), 20)}{did_you_mean(key, cls._keys())}"

    @classmethod
    def _check_one_of(
        cls, given: dict[str, Any], clean: dict[str, Any], context: Context, place: Place | None
    ) -> None:
        """Note it where not exactly one of `one_of` stands, unless a wrong key accounts for that."""
        present = [key for key in cls.one_of if key in clean]
        if not cls.one_of or len(present) == 1:
            return
        accounted = place is not None and any((*place, key) in context.excused for key in cls.one_of)
        if not present and (cls._unknown(given) or accounted):
            return
        empty = [key for key in cls.one_of if key in given and given[key] is None]
        found = f"got {' and '.join(present)}" if present else "got none of them"
        if empty and not present:
            found = f"{empty[0]!r} has no value"
        message = f"needs exactly one of {', '.join(cls.one_of)}; {found}"
        if place is None:
            raise fail(message)
        context.found.append((place, message))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        return {"anyOf": [cls.short_schema, schema]} if cls.short_schema is not None else schema
