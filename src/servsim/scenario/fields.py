"""The kinds of value that a scenario's fields hold, and the base of its parts.

Every type parses what people write, says what is allowed when it cannot, and writes itself back in one canonical form.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
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

from ..errors import did_you_mean, listed
from ..units import format_duration, parse_clock, parse_duration, parse_number, parse_rate, parse_share
from .document import Place

__all__ = [
    "AnyNumber",
    "Clock",
    "Context",
    "Date",
    "DateTime",
    "Duration",
    "Money",
    "Name",
    "Part",
    "Rate",
    "Ref",
    "Share",
    "Text",
    "WEEKDAYS",
    "Wage",
    "Whole",
    "day_keys",
    "fail",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REPORTED = "servsim_reported"  # an error that stops a part whose problem is in the list already
_NAME = re.compile(r"\w(?:[\w -]*\w)?")


@dataclass
class Context:
    """What validators must know beyond their own value: the names that exist, and where each container stands."""

    names: dict[str, list[str]]
    places: dict[int, Place] = field(default_factory=dict)
    found: list[tuple[Place, str]] = field(default_factory=list)
    allow_outside: bool = False
    root: Any = None  # the folder that table files may not leave


def fail(message: str) -> PydanticCustomError:
    """Return an error for a validator to raise; braces in the message are text, not a template."""
    return PydanticCustomError("servsim", "{message}", {"message": message})


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


def _schema(*kinds: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": list(kinds)} if len(kinds) > 1 else kinds[0])


def _at_least(low: float, what: str) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        number = parse_number(value)
        if number < low:
            raise ValueError(f"{value!r} is too small; {what} must be at least {low:g}")
        return number

    return parse


def _whole(value: Any) -> int:
    number = parse_number(value)
    if number < 0 or number != int(number) or number > 1_000_000:
        raise ValueError(f"{value!r} is not a whole number from 0 to 1,000,000")
    return int(number)


def _wage(value: Any) -> float:
    return parse_rate(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{str(value)[:40]!r} is not text")
    if not str(value).strip() or len(str(value)) > 500:
        raise ValueError("must be text of 1 to 500 characters")
    return str(value)


def _name(value: Any) -> str:
    text = str(value)
    if not _NAME.fullmatch(text) or len(text) > 80:
        raise ValueError(
            f"{text[:40]!r} is not a name; use letters of any script, digits, '_', '-' and inner spaces, at most 80"
        )
    return text


def _date(value: Any) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
            return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        pass
    raise ValueError(f"{value!r} is not a date; write 2026-03-02")


def _datetime(value: Any) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?", str(value)):
            return dt.datetime.fromisoformat(str(value)).isoformat(" ")
    except ValueError:
        pass
    raise ValueError(f"{value!r} is not a moment; write 2026-03-02 or '2026-03-02 10:00'")


def _clock(value: Any) -> str:
    seconds = int(parse_clock(value))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


_TEXT = {"type": "string"}
_NUM = {"type": "number"}
Duration = Annotated[float, parsed(parse_duration), PlainSerializer(format_duration), _schema(_TEXT, {"const": 0})]
Rate = Annotated[float, parsed(parse_rate), PlainSerializer(lambda x: f"{x!r}/s"), _schema(_TEXT, {"const": 0})]
Wage = Annotated[float, parsed(_wage), PlainSerializer(lambda x: f"{x!r}/s"), _schema(_TEXT, {"const": 0})]
Share = Annotated[float, parsed(parse_share), _schema(_TEXT, {"type": "number", "minimum": 0, "maximum": 1})]
Money = Annotated[float, parsed(_at_least(0, "an amount of money")), _schema({"type": "number", "minimum": 0})]
AnyNumber = Annotated[float, parsed(parse_number), _schema(_NUM)]
Positive = Annotated[float, parsed(_at_least(0, "this")), _schema({"type": "number", "minimum": 0})]
Whole = Annotated[int, parsed(_whole), _schema({"type": "integer", "minimum": 0})]
Text = Annotated[str, parsed(_text), _schema(_TEXT)]
Name = Annotated[str, parsed(_name), _schema(_TEXT)]
Date = Annotated[str, parsed(_date), _schema(_TEXT)]
DateTime = Annotated[str, parsed(_datetime), _schema(_TEXT)]
Clock = Annotated[str, parsed(_clock), _schema(_TEXT)]


def choice(*allowed: str) -> Any:
    """Return the type of a word out of a few."""

    def parse(value: Any) -> str:
        if value in allowed and isinstance(value, str):
            return value
        raise ValueError(f"{str(value)[:40]!r} is not allowed; use {' or '.join(allowed)}{did_you_mean(str(value), allowed)}")

    return Annotated[str, parsed(parse), WithJsonSchema({"enum": list(allowed)})]


def Ref(section: str) -> Any:  # noqa: N802 (used as a type)
    """Return the type of a name that must stand in a section of the scenario, such as `queues`."""

    def check(name: str, info: ValidationInfo) -> str:
        known = context_of(info).names.get(section)
        if known is not None and name not in known:
            raise fail(f"no {section.removesuffix('s')} is named {name!r}; {section}: {listed(known)}{did_you_mean(name, known)}")
        return name

    return Annotated[str, parsed(_name), AfterValidator(check), WithJsonSchema(_TEXT)]


def day_keys(text: Any) -> list[str]:
    """Turn `mon-fri`, `sat,sun`, `daily`, `weekdays`, `weekend` or a date into single days (`mon`, …, `2026-03-05`)."""
    words = {"daily": "mon-sun", "weekdays": "mon-fri", "weekend": "sat-sun"}
    result: list[str] = []
    for piece in str(text).lower().split(","):
        piece = words.get(piece.strip(), piece.strip())
        first, dash, last = piece.partition("-")
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
        raise ValueError(
            f"{text[:40]!r} is not a day; write mon, mon-fri, 'sat,sun', daily, 2026-03-05 or 2026-03-05..2026-03-08"
        ) from None
    days = (dt.date.fromisoformat(stop) - dt.date.fromisoformat(start)).days
    if not 0 <= days <= 3660:
        raise ValueError(f"{text!r} is not a range of dates within ten years")
    return [(dt.date.fromisoformat(start) + dt.timedelta(days=i)).isoformat() for i in range(days + 1)]


class Part(BaseModel):
    """A part of a scenario: a mapping with known keys. Unknown ones are reported with the nearest right name."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    one_of: ClassVar[tuple[str, ...]] = ()  # exactly one of these keys must stand
    not_yet: ClassVar[Mapping[str, str]] = {}  # reserved keys: what they will mean
    short_schema: ClassVar[dict[str, Any] | None] = None  # JSON Schema of the short form, where there is one

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """Turn the part's short form, such as a bare `4 min`, into its mapping."""
        return data

    @model_validator(mode="wrap")
    @classmethod
    def _from_mapping(cls, data: Any, handler: ModelWrapValidatorHandler[Any], info: ValidationInfo) -> Any:
        if isinstance(data, cls):
            return data
        context = context_of(info)
        place = context.places.get(id(data))
        data = cls.shorthand(data)
        if not isinstance(data, dict):
            raise fail(f"must be a mapping with some of the keys {listed(list(cls.model_fields), 20)}; got {_brief(data)}")
        known = [f.alias or name for name, f in cls.model_fields.items()]
        unknown = [key for key in data if key not in known and not cls.accepts(key)]
        for key in unknown:
            message = cls._about_unknown(key, known)
            if place is None:
                raise fail(message)
            context.found.append(((*place, key), message))
        clean = {key: value for key, value in data.items() if key not in unknown and value is not None}
        _check_one_of(cls.one_of, clean, bool(unknown))
        return handler(clean)

    @classmethod
    def accepts(cls, key: str) -> bool:
        """Tell whether a key that is no field may stand here (where keys are times of day, for instance)."""
        return False

    @classmethod
    def _about_unknown(cls, key: str, known: list[str]) -> str:
        if key in cls.not_yet:
            return f"{key!r} is not yet supported ({cls.not_yet[key]})"
        return f"unknown key {key!r}; allowed: {listed(known, 20)}{did_you_mean(str(key), known)}"

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        if cls.short_schema is None:
            return schema
        return {"anyOf": [cls.short_schema, schema]}


def _check_one_of(keys: tuple[str, ...], data: dict[str, Any], has_unknown: bool) -> None:
    given = [key for key in keys if key in data]
    if keys and not given and has_unknown:
        raise PydanticCustomError(REPORTED, "the unknown key is reported already")
    if keys and len(given) != 1:
        found = f"got {' and '.join(given)}" if given else "got none of them"
        raise fail(f"needs exactly one of {', '.join(keys)}; {found}")


def _brief(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) < 50 else text[:47] + "..."

