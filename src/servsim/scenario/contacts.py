"""The scenario format, where contacts come from: channels, arrivals, and customers who come back."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from ..errors import did_you_mean, listed, shown
from ..units import DAY, parse_number
from .durations import Dist, Patience, ShareOrRest, complete_shares
from .fields import (
    RESERVED,
    Context,
    Duration,
    Part,
    Positive,
    Rate,
    Share,
    StartClock,
    between,
    by_clock,
    context_of,
    day_keys,
    fail,
    not_empty,
    ref,
    whole,
)
from .tables import MAX_AMOUNT, interval_rows, time_rows

__all__ = [
    "ANY",
    "BAD_ENDS",
    "Arrivals",
    "Channel",
    "DayFactor",
    "Return",
    "Returns",
    "ServiceLevel",
    "fits_table",
    "whole_share",
]

BAD_ENDS = ("unresolved", "abandoned", "blocked", "closed")  # the ends after which a customer may come back
ANY = "any"  # the one reason of a scenario that names none

_ROWS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}]})
IntervalRows = tuple[tuple[str, str, float], ...]
IntervalVolumes = Annotated[IntervalRows, BeforeValidator(interval_rows("volume")), _ROWS]
ArrivalTimes = Annotated[tuple[tuple[str | float, str], ...], BeforeValidator(time_rows), _ROWS]


def _table_length(rows: IntervalRows) -> float | None:
    """Return the smallest step between two times of an interval table, in seconds; None where it has one time
    only.
    """
    times = sorted({_second(time) for _, time, _ in rows})
    return float(min(b - a for a, b in pairwise(times))) if len(times) > 1 else None


def _second(time: str) -> int:
    return int(time[:2]) * 3600 + int(time[3:5]) * 60


def fits_table(rows: IntervalRows, length: float | None) -> float | None:
    """Return the length of the table's intervals; raise where the times do not lie on such a grid.

    None stands for the scenario's own interval, where the table has one time only and no length is given.
    """
    found = length if length is not None else _table_length(rows)
    if found is None:
        return None
    if not 60 <= found <= DAY or DAY % found:
        raise fail(
            f"an interval of {found / 60:g} min does not divide a day; give 5 min, 15 min, 30 min, 1 h, ...",
            "interval",
        )
    off = [f"{day} {time}" for day, time, _ in rows if _second(time) % found]
    if off:
        source = "interval" if length is not None else "the smallest step between two times"
        hint = "" if length is not None else "; give the length of the table's intervals as 'interval'"
        raise fail(
            f"these times do not lie on a grid of {found / 60:g} min ({source}): {listed(off, 3)}{hint}"
        )
    return found


class DayFactor(Part):
    """A random factor on a day's volume: gamma with mean 1, drawn once a day, shared by all who name it."""

    cv: Annotated[float, between(0, 10)] | None = Field(default=None, description="coefficient of variation")
    shape: Annotated[float, between(0.01, 1e6)] | None = Field(
        default=None, description="shape of the gamma: 1 / cv²"
    )
    one_of: ClassVar[tuple[str, ...]] = ("cv", "shape")


def _rates(value: Any) -> Any:
    return value if isinstance(value, dict) else {"00:00": value}


def _per_day(value: Any, info: ValidationInfo) -> Any:
    """Turn `2400` or `{mon-fri: 2400, sat: 900}` into volumes by single day."""
    entries = value if isinstance(value, dict) else {"daily": value}
    result: dict[str, float] = {}
    for key, amount in entries.items():
        try:
            days = day_keys(key)
            twice = [day for day in days if day in result]
            if twice:
                raise ValueError(f"{twice[0]} stands twice; a day has one volume")
            result.update(dict.fromkeys(days, _volume(amount)))
        except ValueError as error:
            if entries is not value:
                raise fail(str(error)) from None
            context_of(info).report(value, key, str(error))
            result["2000-01-01"] = 0.0  # so that a table of which all is wrong is not empty as well
    return result


def _volume(value: Any) -> float:
    volume = parse_number(value)
    if not 0 <= volume <= MAX_AMOUNT:
        raise ValueError(f"{shown(value)} is not allowed here; write a number from 0 to {MAX_AMOUNT:,.0f}")
    return volume


_BY_KEY = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "number"}]})


def _some_weight(shape: dict[str, float]) -> dict[str, float]:
    if not any(shape.values()):
        raise fail("needs at least one weight above zero")
    return shape


class Arrivals(Part):
    """How contacts arrive: exactly one of rate, per_interval, per_day, times."""

    rate: Annotated[dict[StartClock, Rate], not_empty, by_clock, BeforeValidator(_rates), _BY_KEY] | None = (
        Field(
            default=None,
            description="arrivals per unit of time, or such rates by time of day, each until the next",
        )
    )
    per_interval: IntervalVolumes | None = Field(
        default=None, description="mean contacts by interval: rows day, time, volume"
    )
    interval: Duration | None = Field(
        default=None, description="length of the table's intervals; found from its times"
    )
    per_day: Annotated[dict[str, float], not_empty, BeforeValidator(_per_day), _BY_KEY] | None = Field(
        default=None, description="mean contacts a day, or such numbers by day"
    )
    shape: Annotated[dict[StartClock, Positive], AfterValidator(_some_weight), by_clock] | None = Field(
        default=None,
        description="relative intensity by time of day for per_day; flat over the opening hours by default",
    )
    times: ArrivalTimes | None = Field(default=None, description="exact times: rows time[, reason]")
    scale: Positive = Field(default=1.0, description="factor on all volumes and rates")
    day_factor: Annotated[str, ref("day_factors")] | None = Field(
        default=None, description="a shared day factor"
    )
    day_factor_cv: Annotated[float, between(0, 10)] | None = Field(
        default=None, description="a day factor of its own, gamma with mean 1"
    )
    one_of: ClassVar[tuple[str, ...]] = ("rate", "per_interval", "per_day", "times")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.day_factor is not None and self.day_factor_cv is not None:
            raise fail("give day_factor or day_factor_cv, not both")
        if self.times is not None and (self.day_factor or self.day_factor_cv or self.scale != 1):
            raise fail("exact times take neither scale nor a day factor")
        if self.shape is not None and self.per_day is None:
            raise fail("belongs to per_day, which is not given", "shape")
        if self.interval is not None and self.per_interval is None:
            raise fail("belongs to per_interval, which is not given", "interval")
        if self.per_interval is not None:
            object.__setattr__(self, "interval", fits_table(self.per_interval, self.interval))
        return self


class Return(Part):
    """Whether, when and where a customer comes back after a bad end."""

    probability: Share = Field(description="share of these customers who come back")
    after: Dist = Field(
        description="time until they do; it looks at the end of the contact where it depends on time"
    )
    during: Annotated[str, ref("calendars")] | None = Field(
        default=None,
        description="the delay passes only in these hours; by default the channel's opening hours",
    )
    channel: Annotated[str, ref("channels")] | None = Field(
        default=None, description="where they come; by default where they were"
    )
    attempts: Annotated[int, whole(1, 1000)] = Field(
        default=1000, description="most attempts of one customer, the first included"
    )


def _returns(value: Any, info: ValidationInfo) -> Any:
    wrong = [key for key in value if key not in BAD_ENDS] if isinstance(value, dict) else []
    for key in wrong:
        near = did_you_mean(key, BAD_ENDS)
        message = (
            f"{shown(key)} is not an end after which customers return; allowed: {listed(BAD_ENDS)}{near}"
        )
        context_of(info).report(value, key, message)
    return {key: part for key, part in value.items() if key not in wrong} if wrong else value


Returns = Annotated[dict[str, Return], BeforeValidator(_returns)]


class ServiceLevel(Part):
    """What 'answered in time' means: the threshold, and the rules for those who were not answered."""

    within: Duration | None = Field(default=None, description="answered after at most this wait")
    abandoned: Literal["missed", "ignored", "met", "answered_only"] | None = Field(
        default=None,
        description="those who gave up: missed = all count as missed; ignored = those who gave up within the "
        "time are left out; met = those who gave up within the time count as answered in time; "
        "answered_only = all are left out",
    )
    blocked: Literal["missed", "left_out"] | None = Field(
        default=None,
        description="those turned away by a full room: missed = they count as missed (what holds where nobody says "
        "so); left_out = they do not count",
    )


def _complete(shares: dict[str, float]) -> dict[str, float]:
    try:
        complete_shares(list(shares.values()))
    except ValueError as error:
        raise fail(str(error)) from None
    return shares


whole_share = AfterValidator(_complete)  # for shares by name that make up a whole


class Channel(Part):
    """A way by which customers make contact."""

    type: Literal["voice", "chat", "message"] = Field(
        description="voice and chat customers wait live; messages lie in a backlog"
    )
    arrivals: Arrivals
    flow: Annotated[str, ref("flows")] = Field(
        description="the flow that contacts of this channel go through"
    )
    open: Annotated[str, ref("calendars")] = Field(
        default="always", description="opening hours: nobody arrives outside them"
    )
    reasons: Annotated[dict[Annotated[str, ref("reasons")], ShareOrRest], whole_share] | None = Field(
        default=None, description="share of each contact reason"
    )
    lines: Annotated[int, whole(1, 1_000_000)] | None = Field(
        default=None,
        description="trunks; when all are taken a contact is blocked; by default as many as needed",
    )
    patience: Patience | None = Field(
        default=None, description="longest wait that a customer bears, drawn once per attempt; none: for ever"
    )
    returns: Returns = Field(
        default_factory=dict, description="overrides the scenario's returns for this channel"
    )
    service_level: ServiceLevel = Field(default_factory=ServiceLevel, description="overrides the scenario's")

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Refuse the types that do not exist yet, and what a message cannot have."""
        if clean.get("type") == "outbound":
            context.report(given, "type", f"'outbound' is not yet supported ({RESERVED['outbound']})")
            clean.pop("type")
        if clean.get("type") == "message":
            for key in ("patience", "lines"):
                if clean.pop(key, None) is not None:
                    context.report(
                        given, key, f"a message has no {key}: it waits in the backlog until it is taken"
                    )
        several = context.names.get("reasons") or [ANY]
        if "reasons" not in clean and len(several) > 1:
            context.report(
                given,
                "reasons",
                f"is required, as the scenario has several; give the share of each of {listed(several)}",
            )
        return clean
