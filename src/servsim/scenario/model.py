"""The scenario format: the whole, its clock and costs.

With `contacts`, `flows`, `resources`, `durations` and `targets` this defines the format; the checker, the JSON Schema
and the docs are made from it. Frozen after reading. A field's description says its meaning; money is in the
scenario's currency.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from ..units import DAY
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
from .document import FileName
from .durations import Dist, Patience
from .experience import Churn, Experience, Satisfaction
from .fields import (
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
from .targets import Claim, Target

__all__ = [
    "ANY",
    "BAD_ENDS",
    "ENDS",
    "Arrivals",
    "Bot",
    "BotCost",
    "Channel",
    "Churn",
    "Claim",
    "ClockPart",
    "Costs",
    "DayFactor",
    "Definitions",
    "Dist",
    "Experience",
    "Flow",
    "Model",
    "Outage",
    "Overflow",
    "Patience",
    "Pool",
    "Queue",
    "Return",
    "Roi",
    "Satisfaction",
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


def _without_tables(value: Any, info: ValidationInfo) -> Any:
    for changes in value.values() if isinstance(value, dict) else ():
        for path, new in changes.items() if isinstance(changes, dict) else ():
            if isinstance(new, FileName):
                message = (
                    f"{str(new)!r} names a table; a future has its rows in place, or scales what is there"
                )
                context_of(info).report(changes, path, message)
    return value


def _is_empty(part: Any) -> bool:
    return not part


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
    experience: Experience | None = Field(
        default=None,
        description="satisfaction and churn; their measures exist where it is written, be it empty",
    )
    targets: tuple[Target, ...] = Field(default=(), description="bounds that measures must keep")
    claims: tuple[Claim, ...] = Field(
        default=(),
        description="what somebody promises of this scenario; changes no run, `servsim claims` judges it",
        exclude_if=_is_empty,
    )
    futures: Annotated[dict[Name, dict[Text, Any]], BeforeValidator(_without_tables)] = Field(
        default_factory=dict,
        description="what may come: a name, and dotted paths with new values as in a what-if; comparisons are run "
        "under each",
        exclude=True,  # they change what is written, as `change:` does, not what it resolves to
    )
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
