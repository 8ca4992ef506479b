"""The scenario format, what is judged: targets that must be kept, claims that somebody makes.

Both name a measure of the catalogue and one scope, and read amounts in the measure's own unit.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, WithJsonSchema, field_serializer, model_validator

from ..catalogue import CATALOGUE, SCOPES
from ..errors import did_you_mean, listed, shown
from ..units import format_duration, parse_duration, parse_number, parse_share
from .fields import Context, Duration, Part, Text, also, fail, ref

__all__ = ["BOUNDS", "Change", "Claim", "HoldsIf", "Judged", "Target", "parse_change"]

BOUNDS = ("at_least", "at_most")


class Change(NamedTuple):
    """A promised change of a measure against its base.

    Attributes:
        text: as it is written, in its canonical form: `-50%`, `+40pp`, `-4 min`, `-1200`.
        amount: signed; a share of the base where `relative`, else in the measure's unit.
        relative: whether it is a share of the base.
        key: the side on which it is kept: `at_most` for a minus, `at_least` for a plus.
    """

    text: str
    amount: float
    relative: bool
    key: str

    @property
    def factor(self) -> float:
        """What the base is to be multiplied with."""
        return 1.0 + self.amount if self.relative else 1.0

    @property
    def plus(self) -> float:
        """What is to be added to the base."""
        return 0.0 if self.relative else self.amount


_CHANGE = re.compile(r"(?P<sign>[+-])\s*(?P<rest>\S.*)", re.ASCII)
_WAYS = {"share": "'-50%' of the base or '+4pp'", "s": "'-50%' of the base or '-4 min'"}


def parse_change(measure: str, value: Any) -> Change:
    """Read a change such as `-50%` (of the base), `+40pp` (shares), `-4 min` (durations) or `-1200` (other measures).

    Raises ValueError where it is none.
    """
    unit = CATALOGUE[measure].unit
    if isinstance(value, int | float) and not isinstance(value, bool) and value:
        value = f"{value:+}"
    found = _CHANGE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError
        size, words, relative = _size(unit, found["rest"])
    except ValueError:
        ways = _WAYS.get(unit, "'-50%' of the base or '-1200'")
        raise ValueError(
            f"{shown(value)} is not a change of {measure}; write a sign and an amount, like {ways}"
        ) from None
    sign = found["sign"]
    return Change(
        sign + words, -size if sign == "-" else size, relative, "at_most" if sign == "-" else "at_least"
    )


def _size(unit: str, text: str) -> tuple[float, str, bool]:
    """Return an amount without its sign, the same in words, and whether it is a share of the base."""
    for mark, relative in (("%", True), ("pp", False)):
        number = text.removesuffix(mark)
        if number != text:
            if (mark == "pp" and unit != "share") or number.strip()[:1] in ("+", "-"):
                raise ValueError
            size = parse_number(number.strip())
            return size / 100, f"{size:.12g}{mark}", relative
    if unit == "share" or text[:1] in ("+", "-"):
        raise ValueError  # of a share 5 may be meant as 5 % or as 5 percentage points
    if unit == "s":
        return parse_duration(text), text, False
    size = parse_number(text)
    return size, f"{size:.12g}", False


def _in_unit(measure: str, value: Any) -> float:
    """Read a bound in the measure's own unit, so that `20 s` and `80%` mean what they say."""
    unit = CATALOGUE[measure].unit
    return {"share": parse_share, "s": parse_duration}.get(unit, parse_number)(value)


Amount = WithJsonSchema({"type": ["number", "string"]})
Bound = Annotated[float, Amount]


class Judged(Part):
    """What is judged: a measure in one scope."""

    measure: Text = Field(description="a measure of the catalogue ('servsim measures' lists them)")
    total: Literal[True] | None = Field(default=None, description="the scope: everything (the default)")
    channel: Annotated[str, ref("channels")] | None = Field(
        default=None, description="the scope: one channel"
    )
    reason: Annotated[str, ref("reasons")] | None = Field(default=None, description="the scope: one reason")
    queue: Annotated[str, ref("queues")] | None = Field(default=None, description="the scope: one queue")
    pool: Annotated[str, ref("pools")] | None = Field(default=None, description="the scope: one pool")
    bot: Annotated[str, ref("bots")] | None = Field(default=None, description="the scope: one bot")
    within: Duration | None = Field(
        default=None, description="threshold of service_level, where not the scenario's own"
    )
    abandoned: Literal["missed", "ignored", "met", "answered_only"] | None = Field(
        default=None, description="rule of service_level for those who gave up, where not the scenario's own"
    )
    blocked: Literal["missed", "left_out"] | None = Field(
        default=None, description="rule of service_level for those turned away, where not the scenario's own"
    )
    at_least: Bound | None = Field(default=None, description="lower bound, in the measure's unit")
    at_most: Bound | None = Field(default=None, description="upper bound, in the measure's unit")
    one_of: ClassVar[tuple[str, ...]] = BOUNDS
    what: ClassVar[str] = "a target"

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Look up the measure and read the bound in its unit."""
        name = str(clean.get("measure"))
        if "measure" in clean and name not in CATALOGUE:
            message = (
                f"no measure is named {name!r}{did_you_mean(name, CATALOGUE)} ('servsim measures' lists them)"
            )
            context.report(given, "measure", message)
        bounds: dict[str, Any] = {}
        for key in cls.one_of:
            if key in clean:
                bounds[key] = cls.stand_in(key)
                if name not in CATALOGUE:
                    continue
                try:
                    bounds[key] = cls.read(key, name, clean[key])
                except ValueError as error:
                    context.report(given, key, str(error))
        return {key: value for key, value in clean.items() if key not in cls.one_of} | bounds

    @classmethod
    def stand_in(cls, key: str) -> Any:
        """Return what stands for an amount that cannot be read."""
        return 0.0

    @classmethod
    def read(cls, key: str, measure: str, value: Any) -> Any:
        """Read one of `one_of` in the measure's unit. Raises ValueError."""
        return _in_unit(measure, value)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        measure = CATALOGUE[self.measure]
        given = [scope for scope in SCOPES if getattr(self, scope)]
        if len(given) > 1:
            raise fail(f"{self.what} has one scope, got {' and '.join(given)}")
        if self.scope not in measure.scopes:
            raise fail(f"{self.measure} exists for {listed(measure.scopes)}, not for {self.scope}")
        for key in ("within", "abandoned", "blocked"):
            if self.measure != "service_level" and getattr(self, key) is not None:
                raise fail("belongs to the measure service_level alone", key)
        return self

    @field_serializer("at_least", "at_most")
    def _with_unit(self, bound: float | None) -> float | str | None:
        is_time = CATALOGUE[self.measure].unit == "s"
        return format_duration(bound) if is_time and bound is not None else bound

    @property
    def scope(self) -> str:
        """The kind of thing that is judged."""
        return next((scope for scope in SCOPES if getattr(self, scope)), "total")

    @property
    def name(self) -> str:
        """The name of the thing that is judged; empty for the total."""
        return "" if self.scope == "total" else str(getattr(self, self.scope))


class Target(Judged):
    """A bound that a measure must keep."""

    every: Literal["run", "day", "interval"] = Field(
        default="run", description="the bound holds for the run, each day or each interval"
    )


def _range(text: str) -> str:
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not (":" in values or "," in values):
        raise ValueError(
            f"{shown(text)} names no path and range; write PATH=FROM:TO, like pools.desk.staff=8:14"
        )
    return text.strip()


class HoldsIf(Part):
    """Where a claim begins to hold: searched where it is not sure to hold as it stands."""

    vary: Annotated[Text, also(_range)] = Field(
        description="a path of this scenario and its range or list, like pools.desk.staff=8:14"
    )
    both: bool = Field(default=False, description="vary the path in the base as well")


class Claim(Judged):
    """What somebody promises of the scenario, put to the test against another one, its base."""

    claim: Text = Field(description="the promise, in the words in which it is made")
    change: Annotated[str, Amount] | None = Field(
        default=None,
        description="the promised change against the base: -50% is relative to the base, +4pp of a share, -4 min of a "
        "duration, -1200 of other measures; a minus promises at most that, a plus at least that",
    )
    source: Text = Field(default="", description="who says so, and where")
    holds_if: HoldsIf | None = Field(
        default=None, description="what to vary to find where the claim begins to hold"
    )
    one_of: ClassVar[tuple[str, ...]] = ("change", *BOUNDS)
    what: ClassVar[str] = "a claim"

    @classmethod
    def stand_in(cls, key: str) -> Any:
        """Return what stands for an amount that cannot be read."""
        return "-0%" if key == "change" else 0.0

    @classmethod
    def read(cls, key: str, measure: str, value: Any) -> Any:
        """Read one of `one_of`; a change becomes its canonical text."""
        return parse_change(measure, value).text if key == "change" else _in_unit(measure, value)

    @property
    def promised(self) -> Change | None:
        """The promised change; None where a level is promised."""
        return None if self.change is None else parse_change(self.measure, self.change)
