"""The scenario format: every part, its keys, types, units and defaults.

This is the one place where the format is defined; the checker, the JSON Schema and the docs are made from it.
Frozen after reading. A field's description says its meaning; money is in the scenario's currency.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from ..catalogue import CATALOGUE, SCOPES
from ..errors import did_you_mean, listed
from ..units import parse_duration, parse_number, parse_share
from .calendar import Hours
from .durations import Dist, Patience, ShareOrRest, complete_shares
from .fields import (
    Clock,
    DateTime,
    Duration,
    Money,
    Name,
    Part,
    Positive,
    Rate,
    Ref,
    Share,
    Text,
    Wage,
    Whole,
    choice,
    context_of,
    day_keys,
    fail,
)
from .tables import interval_rows, time_rows

__all__ = ["ENDS", "Model"]

ENDS = ("resolved", "unresolved", "abandoned")  # the words by which a flow ends a contact
BAD_ENDS = ("unresolved", "abandoned", "blocked", "closed")  # the ends after which a customer may come back
ANY = "any"  # the one reason of a scenario that names none

_ROWS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "array"}}]})
IntervalVolumes = Annotated[tuple[tuple[str, str, float], ...], BeforeValidator(interval_rows("volume")), _ROWS]
IntervalAgents = Annotated[tuple[tuple[str, str, float], ...], BeforeValidator(interval_rows("agents")), _ROWS]
ArrivalTimes = Annotated[tuple[tuple[str | float, str], ...], BeforeValidator(time_rows), _ROWS]


def _table_length(rows: Any) -> float | None:
    """Return the smallest step between two times of an interval table, in seconds; None where it has one time only."""
    times = sorted({int(time[:2]) * 3600 + int(time[3:5]) * 60 for _, time, _ in rows})
    return float(min(b - a for a, b in zip(times, times[1:], strict=False))) if len(times) > 1 else None


def _fits_table(rows: Any, length: float | None) -> float | None:
    """Return the length of the table's intervals; raise where the times do not lie on such a grid."""
    length = length or _table_length(rows)
    if length is None:
        return None
    off = [f"{day} {time}" for day, time, _ in rows if (int(time[:2]) * 3600 + int(time[3:5]) * 60) % length]
    if off or 86400 % length:
        raise fail(f"the times do not lie on a grid of {length / 60:g} min: {listed(off, 3)}")
    return length


class ClockPart(Part):
    """When the simulation starts, how long it lasts and how it ends."""

    start: DateTime = Field(default="2026-01-05 00:00:00", description="moment of time zero, local time")
    length: Duration = Field(default=7 * 86400.0, description="simulated time")
    warmup: Duration = Field(default=0.0, description="time at the start that measures leave out")
    interval: Duration = Field(default=1800.0, description="length of the intervals that measures are reported by")
    at_end: choice("drain", "cut") = Field(  # type: ignore[valid-type]
        default="drain", description="drain: no new contacts, those inside are finished; cut: stop at once"
    )

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if not 0 < self.length <= 3660 * 86400:
            raise fail("length must be more than zero and at most ten years")
        if self.warmup >= self.length:
            raise fail(f"warmup ({self.warmup:g} s) must be shorter than length ({self.length:g} s)")
        if not 60 <= self.interval <= 86400 or 86400 % self.interval:
            raise fail("interval must divide a day: 5 min, 15 min, 30 min, 1 h, ...")
        return self


class DayFactor(Part):
    """A random factor on a day's volume: gamma with mean 1, drawn once a day, shared by all who name it."""

    cv: Positive | None = None
    shape: Positive | None = None
    one_of: ClassVar[tuple[str, ...]] = ("cv", "shape")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.cv is not None and self.cv > 10:
            raise fail(f"cv {self.cv:g} is too large; at most 10")
        if self.shape is not None and self.shape < 0.01:
            raise fail(f"shape {self.shape:g} is too small; at least 0.01")
        return self


def _rates(value: Any) -> Any:
    return value if isinstance(value, dict) else {"00:00": value}


def _per_day(value: Any) -> Any:
    """Turn `2400` or `{mon-fri: 2400, sat: 900}` into volumes by single day."""
    entries = value if isinstance(value, dict) else {"daily": value}
    result: dict[str, float] = {}
    for key, amount in entries.items():
        try:
            number = parse_number(amount)
            if number < 0:
                raise ValueError(f"a volume must not be negative, got {number:g}")
            result.update(dict.fromkeys(day_keys(key), number))
        except ValueError as error:
            raise fail(f"{key}: {error}") from None
    return result


_BY_CLOCK = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "number"}]})


class Arrivals(Part):
    """How contacts arrive: exactly one of rate, per_interval, per_day, times."""

    rate: Annotated[dict[Clock, Rate], BeforeValidator(_rates), _BY_CLOCK] | None = Field(
        default=None, description="arrivals per unit of time, or such rates by time of day, each until the next"
    )
    per_interval: IntervalVolumes | None = Field(default=None, description="mean contacts by interval: rows day, time, volume")
    interval: Duration | None = Field(default=None, description="length of the table's intervals; found from its times")
    per_day: Annotated[dict[str, float], BeforeValidator(_per_day), _BY_CLOCK] | None = Field(
        default=None, description="mean contacts a day, or such numbers by day"
    )
    shape: dict[Clock, Positive] | None = Field(
        default=None, description="relative intensity by time of day for per_day; flat over the opening hours by default"
    )
    times: ArrivalTimes | None = Field(default=None, description="exact times: rows time[, reason]")
    scale: Positive = Field(default=1.0, description="factor on all volumes and rates")
    day_factor: Ref("day_factors") | None = Field(default=None, description="a shared day factor")  # type: ignore[valid-type]
    day_factor_cv: Positive | None = Field(default=None, description="a day factor of its own, gamma with mean 1")
    one_of: ClassVar[tuple[str, ...]] = ("rate", "per_interval", "per_day", "times")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.day_factor is not None and self.day_factor_cv is not None:
            raise fail("give day_factor or day_factor_cv, not both")
        if self.times is not None and (self.day_factor or self.day_factor_cv or self.scale != 1):
            raise fail("exact times take neither scale nor day factor")
        if self.shape is not None and self.per_day is None:
            raise fail("shape belongs to per_day")
        if self.shape is not None and not any(self.shape.values()):
            raise fail("shape needs at least one weight above zero")
        if self.per_interval is not None:
            object.__setattr__(self, "interval", _fits_table(self.per_interval, self.interval))
        return self


class Return(Part):
    """Whether, when and where a customer comes back after a bad end."""

    probability: Share = Field(description="share of these customers who come back")
    after: Dist = Field(description="time until they do; it looks at the end of the contact where it depends on time")
    during: Ref("calendars") | None = Field(  # type: ignore[valid-type]
        default=None, description="the delay passes only in these hours; by default the channel's opening hours"
    )
    channel: Ref("channels") | None = Field(default=None, description="where they come; by default where they were")  # type: ignore[valid-type]
    attempts: Whole = Field(default=1000, description="most attempts of one customer, the first included")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if not 1 <= self.attempts <= 1000:
            raise fail("attempts must lie between 1 and 1000")
        return self


def _returns(value: Any) -> Any:
    if isinstance(value, dict):
        for key in value:
            if key not in BAD_ENDS:
                raise fail(f"{key!r} is not an end after which customers return: {listed(BAD_ENDS)}{did_you_mean(key, BAD_ENDS)}")
    return value


Returns = Annotated[dict[str, Return], BeforeValidator(_returns)]


class ServiceLevel(Part):
    """What 'answered in time' means: the threshold, and the rule for those who gave up."""

    within: Duration | None = Field(default=None, description="answered after at most this wait")
    abandoned: choice("missed", "ignored", "met", "answered_only") | None = Field(  # type: ignore[valid-type]
        default=None,
        description="those who gave up: missed = all count as missed; ignored = those who gave up within the time are left "
        "out; met = those who gave up within the time count as answered in time; answered_only = all are left out",
    )


class Channel(Part):
    """A way by which customers make contact."""

    type: choice("voice", "chat", "message") = Field(description="voice and chat customers wait live; messages lie in a backlog")  # type: ignore[valid-type]
    arrivals: Arrivals
    flow: Ref("flows") = Field(description="the flow that contacts of this channel go through")  # type: ignore[valid-type]
    open: Ref("calendars") = Field(default="always", description="opening hours: nobody arrives outside them")  # type: ignore[valid-type]
    reasons: dict[Ref("reasons"), ShareOrRest] | None = Field(default=None, description="share of each contact reason")  # type: ignore[valid-type]
    lines: Whole | None = Field(default=None, description="trunks; when all are taken a contact is blocked (voice, chat)")
    patience: Patience | None = Field(default=None, description="longest wait that a customer bears, drawn once per attempt; none: for ever")
    returns: Returns = Field(default_factory=dict, description="overrides the scenario's returns for this channel")
    service_level: ServiceLevel = Field(default_factory=ServiceLevel)
    not_yet: ClassVar[dict[str, str]] = {"outbound": "calls made by the firm", "callback": "callbacks", "at_once": "several chats at once"}

    @model_validator(mode="before")
    @classmethod
    def _live(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("type") == "outbound":
            raise fail("the type 'outbound' is not yet supported (calls made by the firm)")
        if isinstance(data, dict) and data.get("type") == "message":
            for key in ("patience", "lines"):
                if data.get(key) is not None:
                    raise fail(f"a message has no {key}: it waits in the backlog until somebody takes it")
        return data

    @model_validator(mode="after")
    def _is_sound(self, info: ValidationInfo) -> Self:
        if self.reasons is not None:
            try:
                complete_shares(list(self.reasons.values()))
            except ValueError as error:
                raise fail(f"reasons: {error}") from None
        elif len(context_of(info).names.get("reasons", [ANY])) > 1:
            raise fail("reasons is required: give each reason's share, as the scenario has several")
        if self.lines == 0:
            raise fail("lines must be at least 1; leave it out for as many as needed")
        return self


def _next(value: Any) -> Any:
    return {value: 1.0} if isinstance(value, str) else value


Next = Annotated[dict[Name, ShareOrRest], BeforeValidator(_next), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})]


def _check_next(next_: dict[str, float] | None) -> None:
    if next_ is not None:
        try:
            complete_shares(list(next_.values()))
        except ValueError as error:
            raise fail(f"next: {error}") from None


class StepByReason(Part):
    """What is different in a step for one contact reason."""

    time: Dist | None = None
    wrap_up: Dist | None = None
    next: Next | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        _check_next(self.next)
        return self


class Step(Part):
    """One step of a flow: a bot session, work by an agent, or a delay."""

    bot: Ref("bots") | None = Field(default=None, description="a session with this bot")  # type: ignore[valid-type]
    queue: Ref("queues") | None = Field(default=None, description="waits here for an agent, who then serves")  # type: ignore[valid-type]
    delay: Dist | None = Field(default=None, description="nobody works; time passes")
    time: Dist | None = Field(default=None, description="length of the bot session, or the agent's time with the contact")
    wrap_up: Dist | None = Field(default=None, description="the agent's work after the contact (queue steps)")
    next: Next = Field(default_factory=lambda: {"resolved": 1.0}, description="where the contact goes, with probabilities")
    by_reason: dict[Ref("reasons"), StepByReason] = Field(default_factory=dict, description="what differs by contact reason")  # type: ignore[valid-type]
    skip_to: Name | None = Field(default=None, description="where a contact goes that cannot use the bot (when_down, when_full: skip)")
    during: Ref("calendars") = Field(default="always", description="the delay passes only in these hours")  # type: ignore[valid-type]
    live: bool | None = Field(default=None, description="the customer is on the line; false frees it (default: false in a delay)")
    one_of: ClassVar[tuple[str, ...]] = ("bot", "queue", "delay")
    not_yet: ClassVar[dict[str, str]] = {"batch": "waiting for a batch", "split": "parallel steps", "join": "parallel steps"}

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        kind = "bot" if self.bot else "queue" if self.queue else "delay"
        wrong = {"bot": ("wrap_up",), "queue": ("skip_to",), "delay": ("time", "wrap_up", "skip_to")}[kind]
        for key in wrong:
            if getattr(self, key) is not None:
                raise fail(f"a {kind} step takes no {key}")
        if kind != "delay" and self.time is None:
            raise fail(f"a {kind} step needs a time, like {{lognormal: {{mean: 5 min, cv: 0.8}}}}")
        if kind != "delay" and self.during != "always":
            raise fail(f"a {kind} step takes no during")
        if kind != "queue" and any(part.wrap_up for part in self.by_reason.values()):
            raise fail(f"a {kind} step takes no wrap_up")
        _check_next(self.next)
        if self.live is None:
            object.__setattr__(self, "live", kind != "delay")
        return self


class Flow(Part):
    """The steps that a contact goes through."""

    start: Name | None = Field(default=None, description="the first step; by default the first one written")
    steps: dict[Name, Step] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _targets(cls, data: Any, info: ValidationInfo) -> Any:
        """Check every step name that the flow mentions, before the steps themselves are read."""
        steps = data.get("steps")
        if not isinstance(steps, dict):
            return data
        context = context_of(info)
        allowed = [*steps, *ENDS]
        for name, step in steps.items():
            if name in ENDS:
                raise fail(f"a step cannot be named {name!r}: that word ends a contact")
            for holder in [step, *_parts(step, "by_reason")]:
                for target in _next_names(holder):
                    if target not in allowed:
                        place = context.places.get(id(holder), ())
                        message = f"no step is named {target!r}; steps and ends: {listed(allowed, 20)}{did_you_mean(target, allowed)}"
                        context.found.append(((*place, "next"), message))
            skip = step.get("skip_to") if isinstance(step, dict) else None
            if isinstance(skip, str) and skip not in allowed:
                message = f"no step is named {skip!r}; steps and ends: {listed(allowed, 20)}{did_you_mean(skip, allowed)}"
                context.found.append(((*context.places.get(id(step), ()), "skip_to"), message))
        return data

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.start is None:
            object.__setattr__(self, "start", next(iter(self.steps)))
        elif self.start not in self.steps:
            near = did_you_mean(self.start, self.steps)
            raise fail(f"start: no step is named {self.start!r}; steps: {listed(list(self.steps))}{near}")
        return self


def _parts(data: Any, key: str) -> list[Any]:
    inner = data.get(key) if isinstance(data, dict) else None
    return list(inner.values()) if isinstance(inner, dict) else []


def _next_names(data: Any) -> list[str]:
    value = data.get("next") if isinstance(data, dict) else None
    return [value] if isinstance(value, str) else [str(key) for key in value] if isinstance(value, dict) else []


def _planned_or_random(value: Any) -> Any:
    """A bare duration stands for an exponential with that mean."""
    return {"exponential": {"mean": value}} if isinstance(value, str) else value


MeanOrDist = Annotated[Dist, BeforeValidator(_planned_or_random)]


class Outage(Part):
    """A time when the bot is down: planned (at, for) or random (mtbf, mttr: exponential unless a distribution is given)."""

    at: DateTime | None = Field(default=None, description="moment when a planned outage begins")
    duration: Duration | None = Field(default=None, alias="for", description="its length")
    mtbf: MeanOrDist | None = Field(default=None, description="time from repair to the next failure")
    mttr: MeanOrDist | None = Field(default=None, description="time from failure to repair")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        planned, random = (self.at, self.duration), (self.mtbf, self.mttr)
        if (None in planned) == (None in random) or any(planned) and any(random):
            raise fail("give at and for (a planned outage), or mtbf and mttr (random ones)")
        if not all(dist.is_plain() for dist in random if dist is not None):
            raise fail("mtbf and mttr depend neither on time of day nor on reason")
        if self.mtbf is not None and self.mtbf.pick("", 0.0).mean() < 60:
            raise fail("mtbf must be at least 1 min on average")
        return self


class BotCost(Part):
    per_session: Money = Field(default=0.0, description="money per session begun")
    per_month: Money = Field(default=0.0, description="money per month (365.25 / 12 days)")


class Bot(Part):
    """An automatic server: a number of sessions at once, or as many as needed."""

    sessions: Whole | None = Field(default=None, description="most sessions at once; none: as many as needed")
    when_full: choice("wait", "skip", "block") = Field(default="wait", description="what a contact does when all sessions are taken")  # type: ignore[valid-type]
    when_down: choice("skip", "wait", "block") = Field(default="skip", description="what a contact does while the bot is down")  # type: ignore[valid-type]
    on_outage: choice("finish", "return") = Field(  # type: ignore[valid-type]
        default="return", description="sessions in progress when an outage begins: finished, or broken off and treated as when_down says"
    )
    cost: BotCost = Field(default_factory=BotCost)
    outages: tuple[Outage, ...] = ()

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.sessions == 0:
            raise fail("sessions must be at least 1; leave it out for as many as needed")
        if sum(outage.mtbf is not None for outage in self.outages) > 1:
            raise fail("outages: only one random outage (mtbf, mttr) a bot")
        return self


class Overflow(Part):
    """More pools for those who have waited a time."""

    after: Duration = Field(description="wait after which the pools below may take the contact as well")
    to: tuple[Ref("pools"), ...] = Field(min_length=1)  # type: ignore[valid-type]

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        return {**data, "to": [data["to"]]} if isinstance(data, dict) and isinstance(data.get("to"), str) else data


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Queue(Part):
    """Where contacts wait for people (a skill group)."""

    priority: Annotated[int, Field(ge=-1000, le=1000)] = Field(default=0, description="a higher one is taken first")
    head_start: Duration = Field(default=0.0, description="a credit of waiting time against other queues of the same rank")
    max_waiting: Whole | None = Field(default=None, description="room; a contact that would have to wait is blocked when it is full")
    overflow: Annotated[tuple[Overflow, ...], BeforeValidator(_one_or_more)] = Field(
        default=(), description="pools that may take contacts only after a wait"
    )
    pools: tuple[Ref("pools"), ...] | None = Field(  # type: ignore[valid-type]
        default=None, description="the order in which a contact tries idle pools; by default the order of the file"
    )
    patience: Patience | None = Field(default=None, description="overrides the channel's patience here; none: nobody gives up")
    service_level: ServiceLevel = Field(default_factory=ServiceLevel)
    not_yet: ClassVar[dict[str, str]] = {"callback": "offering a callback", "preempt": "interrupting work in hand"}


class Skill(Part):
    """A queue that a pool serves, and how."""

    speed: Positive = Field(default=1.0, description="handling time is divided by this, on top of the pool's own speed")
    preference: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="rank among the pool's queues of equal priority, 1 first; by default the order written"
    )
    not_yet: ClassVar[dict[str, str]] = {"at_once": "several chats at once", "slowdown": "several chats at once"}

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if not 0.01 <= self.speed <= 100:
            raise fail(f"speed must lie between 0.01 and 100, got {self.speed:g}")
        return self


class Shift(Part):
    """Some agents who work from one time of day to another."""

    agents: Whole
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    days: Text = "daily"

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        try:
            day_keys(self.days)
        except ValueError as error:
            raise fail(f"days: {error}") from None
        if self.start == self.end:
            raise fail("a shift cannot end when it begins")
        return self


class Staff(Part):
    """How many agents are scheduled over time: exactly one of number, roster, by_time, by_calendar, shifts."""

    number: Whole | None = Field(default=None, description="the same number always; `staff: 6` means this")
    roster: IntervalAgents | None = Field(default=None, description="agents by interval: rows day, time, agents; 0 where no row stands")
    interval: Duration | None = Field(default=None, description="length of the roster's intervals; found from its times")
    by_time: dict[Clock, Whole] | None = Field(default=None, description="agents by time of day, each number until the next")
    by_calendar: dict[Ref("calendars"), Whole] | None = Field(default=None, description="agents during these hours; summed")  # type: ignore[valid-type]
    shifts: tuple[Shift, ...] | None = Field(default=None, description="summed; an end before its start lies on the next day")
    scale: Positive = Field(default=1.0, description="factor on all numbers (rounded to whole agents)")
    plus: int = Field(default=0, ge=-100000, le=100000, description="agents added wherever some are scheduled")
    one_of: ClassVar[tuple[str, ...]] = ("number", "roster", "by_time", "by_calendar", "shifts")
    short_schema: ClassVar[dict[str, Any] | None] = {"type": "integer", "minimum": 0}

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        return {"number": data} if isinstance(data, int | float | str) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.roster is not None:
            bad = [f"{day} {time}" for day, time, number in self.roster if number != int(number) or number > 100000]
            if bad:
                raise fail(f"roster: agents must be whole numbers up to 100,000: {listed(bad, 3)}")
            object.__setattr__(self, "interval", _fits_table(self.roster, self.interval))
        return self


class Pool(Part):
    """Agents with the same skills."""

    staff: Staff = Field(description="agents scheduled")
    serves: dict[Ref("queues"), Skill] = Field(min_length=1, description="the queues they serve; the order is their own preference")  # type: ignore[valid-type]
    shrinkage: Share = Field(default=0.0, description="share of the scheduled agents who are paid but not there; whole agents, half rounds up")
    wage: Wage = Field(default=0.0, description="money per hour of a scheduled agent")
    speed: Positive = Field(default=1.0, description="handling time is divided by this")
    on_shift_end: choice("finish", "return") = Field(  # type: ignore[valid-type]
        default="finish", description="finish: the contact in hand is finished; return: it goes back to the head of its queue"
    )
    not_yet: ClassVar[dict[str, str]] = {"levels": "agents' skill levels", "level": "agents' skill levels", "learning": "skill over time"}

    @model_validator(mode="before")
    @classmethod
    def _bare_skills(cls, data: Any) -> Any:
        """`serves: [phone, chat]` means skills with nothing special."""
        serves = data.get("serves")
        if isinstance(serves, list):
            return {**data, "serves": {str(name): {} for name in serves}}
        if isinstance(serves, dict) and None in serves.values():
            return {**data, "serves": {name: skill or {} for name, skill in serves.items()}}
        return data

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if not 0.01 <= self.speed <= 100:
            raise fail(f"speed must lie between 0.01 and 100, got {self.speed:g}")
        if self.shrinkage >= 1:
            raise fail("shrinkage must be below 100%")
        return self


class Costs(Part):
    """Costs beside wages and bots."""

    lost_customer: Money = Field(default=0.0, description="money per customer lost")
    per_contact: dict[Ref("channels"), Money] = Field(default_factory=dict, description="money per offered contact, by channel")  # type: ignore[valid-type]
    fixed_per_month: Money = Field(default=0.0, description="money per month (365.25 / 12 days)")


class Target(Part):
    """A bound that a measure must keep."""

    measure: str
    total: bool | None = None
    channel: Ref("channels") | None = None  # type: ignore[valid-type]
    reason: Ref("reasons") | None = None  # type: ignore[valid-type]
    queue: Ref("queues") | None = None  # type: ignore[valid-type]
    pool: Ref("pools") | None = None  # type: ignore[valid-type]
    bot: Ref("bots") | None = None  # type: ignore[valid-type]
    within: Duration | None = Field(default=None, description="threshold of service_level, where not the scenario's own")
    abandoned: choice("missed", "ignored", "met", "answered_only") | None = None  # type: ignore[valid-type]
    at_least: float | None = None
    at_most: float | None = None
    every: choice("run", "day", "interval") = Field(default="run", description="the bound holds for the run, each day or each interval")  # type: ignore[valid-type]
    one_of: ClassVar[tuple[str, ...]] = ("at_least", "at_most")

    @model_validator(mode="before")
    @classmethod
    def _bound(cls, data: Any) -> Any:
        """Read the bound in the measure's own unit, so that `20 s` and `80%` mean what they say."""
        name = data.get("measure")
        if name is None:
            return data
        measure = CATALOGUE.get(str(name))
        if measure is None:
            raise fail(f"measure: no measure is named {str(name)!r}{did_you_mean(str(name), CATALOGUE)} ('servsim measures' lists them)")
        parse = {"share": parse_share, "s": parse_duration}.get(measure.unit, parse_number)
        data = dict(data)
        for key in ("at_least", "at_most"):
            if key in data:
                try:
                    data[key] = parse(data[key] if not (measure.unit == "s" and isinstance(data[key], float)) else f"{data[key]!r} s")
                except ValueError as error:
                    raise fail(f"{key}: {error}") from None
        return data

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        measure = CATALOGUE[self.measure]
        given = [scope for scope in SCOPES if getattr(self, scope)]
        if len(given) > 1:
            raise fail(f"a target has one scope, got {' and '.join(given)}")
        if self.scope not in measure.scopes:
            raise fail(f"{self.measure} exists for {listed(measure.scopes)}, not for {self.scope}")
        if self.measure != "service_level" and (self.within is not None or self.abandoned is not None):
            raise fail("within and abandoned belong to the measure service_level")
        return self

    @property
    def scope(self) -> str:
        """The kind of thing that the target is about."""
        return next((scope for scope in SCOPES if getattr(self, scope)), "total")

    @property
    def name(self) -> str:
        """The name of the thing that the target is about; empty for the total."""
        return "" if self.scope == "total" else str(getattr(self, self.scope))


class Model(Part):
    """A scenario: the whole of one service and of one period."""

    servsim: Annotated[int, Field(ge=1, le=1, description="version of the format")] = 1
    name: Text = Field(default="Unnamed scenario")
    currency: Text = Field(default="", description="only a label")
    clock: ClockPart = Field(default_factory=ClockPart)
    calendars: dict[Name, Hours] = Field(default_factory=dict)
    reasons: tuple[Name, ...] = Field(default=(ANY,), min_length=1)
    day_factors: dict[Name, DayFactor] = Field(default_factory=dict)
    channels: dict[Name, Channel] = Field(min_length=1)
    flows: dict[Name, Flow] = Field(min_length=1)
    bots: dict[Name, Bot] = Field(default_factory=dict)
    queues: dict[Name, Queue] = Field(default_factory=dict)
    pools: dict[Name, Pool] = Field(default_factory=dict)
    returns: Returns = Field(default_factory=dict)
    service_level: ServiceLevel = Field(default_factory=lambda: ServiceLevel(within="20 s", abandoned="missed"))  # type: ignore[arg-type]
    costs: Costs = Field(default_factory=Costs)
    targets: tuple[Target, ...] = ()
    not_yet: ClassVar[dict[str, str]] = {
        "experience": "satisfaction and churn",
        "claims": "claims put to the test",
        "roi": "return on investment",
        "futures": "futures planned beside each other",
    }

    @model_validator(mode="before")
    @classmethod
    def _bare_queues(cls, data: Any) -> Any:
        """An empty `queues: {phone: }` means a queue with nothing special; likewise bots."""
        for section in ("queues", "bots"):
            if isinstance(data.get(section), dict) and None in data[section].values():
                data = {**data, section: {name: part if part is not None else {} for name, part in data[section].items()}}
        return data

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if len(set(self.reasons)) < len(self.reasons):
            raise fail("reasons: a reason stands twice")
        return self

