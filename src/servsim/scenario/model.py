"""The scenario format: the whole, its clock, costs and targets.

With `contacts`, `flows`, `resources` and `durations` this defines the format; the checker, the JSON Schema
and the docs are made from it. Frozen after reading. A field's description says its meaning; money is in the
scenario's currency.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_serializer, model_validator

from ..catalogue import CATALOGUE, SCOPES
from ..errors import did_you_mean, listed
from ..units import DAY, format_duration, parse_duration, parse_number, parse_share
from .calendar import Hours
from .contacts import (
    ANY,
    BAD_ENDS,
    Arrivals,
    Channel,
    DayFactor,
    Return,
    Returns,
    ServiceLevel,
)
from .durations import Dist, Patience
from .fields import (
    Context,
    DateTime,
    Duration,
    Money,
    Name,
    Part,
    Text,
    also,
    context_of,
    fail,
    not_empty,
    parsed,
    ref,
)
from .flows import ENDS, Flow, Step, StepByReason
from .resources import Bot, BotCost, Outage, Overflow, Pool, Queue, Shift, Skill, Staff, bare
from .roi import Roi

__all__ = [
    "ANY",
    "BAD_ENDS",
    "ENDS",
    "Arrivals",
    "Bot",
    "BotCost",
    "Channel",
    "ClockPart",
    "Costs",
    "DayFactor",
    "Definitions",
    "Dist",
    "Flow",
    "Model",
    "Outage",
    "Overflow",
    "Patience",
    "Pool",
    "Queue",
    "Return",
    "Roi",
    "ServiceLevel",
    "Shift",
    "Skill",
    "Staff",
    "Step",
    "StepByReason",
    "Target",
]


def _interval(seconds: float) -> float:
    if not 60 <= seconds <= DAY or DAY % seconds:
        raise ValueError(f"{seconds / 60:g} min does not divide a day; write 5 min, 15 min, 30 min, 1 h, ...")
    return seconds


def _length(seconds: float) -> float:
    if not 0 < seconds <= 3660 * DAY:
        raise ValueError(
            f"{seconds / DAY:g} days is not possible; write more than zero and at most 3660 days"
        )
    return seconds


class ClockPart(Part):
    """When the simulation starts, how long it lasts and how it ends."""

    start: DateTime = Field(default="2026-01-05 00:00:00", description="moment of time zero, local time")
    length: Annotated[Duration, also(_length)] = Field(default=7 * DAY, description="simulated time")
    warmup: Duration = Field(default=0.0, description="time at the start that measures leave out")
    interval: Annotated[Duration, also(_interval)] = Field(
        default=1800.0, description="length of the intervals that measures are reported by"
    )
    at_end: Literal["drain", "cut"] = Field(
        default="drain",
        description="drain: nobody new comes, rosters run on until those inside are finished; cut: stop at once",
    )

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.warmup >= self.length:
            raise fail(
                f"{self.warmup:g} s is too long; must be shorter than length ({self.length:g} s)", "warmup"
            )
        return self


class Costs(Part):
    """Costs beside wages and bots."""

    lost_customer: Money = Field(default=0.0, description="money per customer lost")
    per_contact: dict[Annotated[str, ref("channels")], Money] = Field(
        default_factory=dict, description="money per offered contact, by channel"
    )
    fixed_per_month: Money = Field(default=0.0, description="money per month (365.25 / 12 days)")


class Definitions(Part):
    """What measures mean that published sources define differently; where nothing is said, the first one holds."""

    occupancy_finishing: Literal["counted", "busy_only", "left_out"] | None = Field(
        default=None,
        description="occupancy and the time of agents who finish a contact after their shift: counted = as busy and "
        "as staffed; busy_only = as busy alone; left_out = as neither",
    )


def _in_unit(measure: str, value: Any) -> float:
    """Read a bound in the measure's own unit, so that `20 s` and `80%` mean what they say."""
    unit = CATALOGUE[measure].unit
    return {"share": parse_share, "s": parse_duration}.get(unit, parse_number)(value)


Bound = Annotated[float, WithJsonSchema({"type": ["number", "string"]})]


class Target(Part):
    """A bound that a measure must keep."""

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
    every: Literal["run", "day", "interval"] = Field(
        default="run", description="the bound holds for the run, each day or each interval"
    )
    one_of: ClassVar[tuple[str, ...]] = ("at_least", "at_most")

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Look up the measure and read the bound in its unit."""
        name = str(clean.get("measure"))
        if "measure" in clean and name not in CATALOGUE:
            message = (
                f"no measure is named {name!r}{did_you_mean(name, CATALOGUE)} ('servsim measures' lists them)"
            )
            context.report(given, "measure", message)
        bounds: dict[str, float] = {}
        for key in cls.one_of:
            if key in clean:
                bounds[key] = 0.0  # stands in for one that cannot be read
                if name not in CATALOGUE:
                    continue
                try:
                    bounds[key] = _in_unit(name, clean[key])
                except ValueError as error:
                    context.report(given, key, str(error))
        return {key: value for key, value in clean.items() if key not in cls.one_of} | bounds

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        measure = CATALOGUE[self.measure]
        given = [scope for scope in SCOPES if getattr(self, scope)]
        if len(given) > 1:
            raise fail(f"a target has one scope, got {' and '.join(given)}")
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
        """The kind of thing that the target is about."""
        return next((scope for scope in SCOPES if getattr(self, scope)), "total")

    @property
    def name(self) -> str:
        """The name of the thing that the target is about; empty for the total."""
        return "" if self.scope == "total" else str(getattr(self, self.scope))


def _version(value: Any) -> int:
    if value != 1 or isinstance(value, bool):
        raise ValueError(f"this servsim reads version 1 of the format, got {value!r}")
    return 1


def _each_once(value: Any, info: ValidationInfo) -> Any:
    context = context_of(info)
    for i, name in enumerate(value if isinstance(value, list) else ()):
        if name in value[:i]:
            context.report(value, i, f"the reason {name!r} stands twice")
        if name == "default":
            context.report(value, i, "a reason cannot be named 'default': in by_reason that means all others")
    return value


def _not_always(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, dict) and "always" in value:
        context_of(info).report(
            value, "always", "a calendar cannot be named 'always': that means open day and night"
        )
    return value


class Model(Part):
    """A scenario: the whole of one service and of one period."""

    servsim: Annotated[int, parsed(_version)] = Field(default=1, description="version of the format")
    name: Text = Field(default="Unnamed scenario", description="shown in reports")
    currency: Text = Field(default="", description="only a label")
    clock: ClockPart = Field(default_factory=ClockPart)
    calendars: Annotated[dict[Name, Hours], BeforeValidator(_not_always)] = Field(
        default_factory=dict, description="opening hours by name"
    )
    reasons: Annotated[tuple[Name, ...], not_empty, BeforeValidator(_each_once)] = Field(
        default=(ANY,), description="names of the contact reasons"
    )
    day_factors: dict[Name, DayFactor] = Field(default_factory=dict)
    channels: Annotated[dict[Name, Channel], not_empty]
    flows: Annotated[dict[Name, Flow], not_empty]
    bots: Annotated[dict[Name, Bot], BeforeValidator(bare)] = Field(default_factory=dict)
    queues: Annotated[dict[Name, Queue], BeforeValidator(bare)] = Field(default_factory=dict)
    pools: dict[Name, Pool] = Field(default_factory=dict)
    returns: Returns = Field(default_factory=dict, description="what customers do after a bad end")
    service_level: ServiceLevel = Field(
        default_factory=ServiceLevel,
        description="what 'answered in time' means, where nothing nearer says so",
    )
    definitions: Definitions | None = Field(
        default=None, description="which of several published definitions a measure has"
    )
    costs: Costs = Field(default_factory=Costs)
    targets: tuple[Target, ...] = Field(default=(), description="bounds that measures must keep")
    roi: Roi | None = Field(default=None, description="what it costs to bring the scenario about")

    @model_validator(mode="after")
    def _fill(self) -> Self:
        own = self.service_level
        full = ServiceLevel.model_construct(
            within=20.0 if own.within is None else own.within,
            abandoned=own.abandoned or "missed",
            blocked=own.blocked,
        )
        object.__setattr__(self, "service_level", full)
        return self
