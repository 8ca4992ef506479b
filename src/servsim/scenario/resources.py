"""The scenario format, who and what serves: bots, queues and pools of agents."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from ..errors import listed
from .contacts import ServiceLevel, fits_table
from .durations import Dist, Patience
from .fields import (
    Clock,
    DateTime,
    Duration,
    Money,
    Part,
    Share,
    StartClock,
    Text,
    Wage,
    Whole,
    also,
    between,
    by_clock,
    day_keys,
    fail,
    not_empty,
    ref,
    whole,
)
from .tables import interval_rows

__all__ = ["Bot", "BotCost", "Outage", "Overflow", "Pool", "Queue", "Shift", "Skill", "Staff", "bare"]

MAX_AGENTS = 100_000


def _mean_of_exponential(value: Any) -> Any:
    """A bare duration stands for an exponential with that mean."""
    return {"exponential": {"mean": value}} if isinstance(value, str) else value


MeanOrDist = Annotated[Dist, BeforeValidator(_mean_of_exponential)]


class Outage(Part):
    """A time when the bot is down: planned (at, for) or random (mtbf, mttr: exponential unless a distribution
    is given).
    """

    at: DateTime | None = Field(default=None, description="moment when a planned outage begins")
    duration: Duration | None = Field(default=None, alias="for", description="its length")
    mtbf: MeanOrDist | None = Field(default=None, description="time from repair to the next failure")
    mttr: MeanOrDist | None = Field(default=None, description="time from failure to repair")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        planned, random = (self.at, self.duration), (self.mtbf, self.mttr)
        kinds = [all(part is not None for part in way) for way in (planned, random)]
        traces = [any(part is not None for part in way) for way in (planned, random)]
        if kinds != traces or sum(kinds) != 1:
            raise fail("give at and for (a planned outage), or mtbf and mttr (random ones)")
        for name, dist in (("mtbf", self.mtbf), ("mttr", self.mttr)):
            if dist is not None and not dist.is_plain():
                raise fail("an outage depends neither on the time of day nor on the reason", name)
        if self.mtbf is not None and self.mtbf.pick("", 0.0).mean() < 60:
            raise fail("must be at least 1 min on average", "mtbf")
        return self


class BotCost(Part):
    """What a bot costs."""

    per_session: Money = Field(default=0.0, description="money per session begun")
    per_month: Money = Field(default=0.0, description="money per month (365.25 / 12 days)")


class Bot(Part):
    """An automatic server: a number of sessions at once, or as many as needed."""

    sessions: Annotated[int, whole(1, 1_000_000)] | None = Field(
        default=None, description="most sessions at once; by default as many as needed"
    )
    when_full: Literal["wait", "skip", "block"] = Field(
        default="wait", description="what a contact does when all sessions are taken"
    )
    when_down: Literal["skip", "wait", "block"] = Field(
        default="skip", description="what a contact does while the bot is down"
    )
    on_outage: Literal["finish", "return"] = Field(
        default="return",
        description="sessions in progress when an outage begins: finished, or broken off and treated as "
        "when_down says",
    )
    cost: BotCost = Field(default_factory=BotCost)
    outages: tuple[Outage, ...] = ()

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if sum(outage.mtbf is not None for outage in self.outages) > 1:
            raise fail("a bot has at most one random outage (mtbf, mttr)", "outages")
        return self


class Overflow(Part):
    """More pools for those who have waited a time."""

    after: Duration = Field(description="wait after which the pools below may take the contact as well")
    to: Annotated[tuple[Annotated[str, ref("pools")], ...], not_empty] = Field(
        description="a pool or a list of pools; they must have the queue among those they serve"
    )

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """`to: backup` means `to: [backup]`."""
        return (
            {**data, "to": [data["to"]]}
            if isinstance(data, dict) and isinstance(data.get("to"), str)
            else data
        )


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Queue(Part):
    """Where contacts wait for people (a skill group)."""

    priority: Annotated[int, whole(-1000, 1000)] = Field(default=0, description="a higher one is taken first")
    head_start: Duration = Field(
        default=0.0, description="a credit of waiting time against other queues of the same rank"
    )
    max_waiting: Whole | None = Field(
        default=None, description="room; a contact that would have to wait is blocked when it is full"
    )
    overflow: Annotated[tuple[Overflow, ...], BeforeValidator(_one_or_more)] = Field(
        default=(), description="pools that may take contacts only after a wait"
    )
    pools: tuple[Annotated[str, ref("pools")], ...] | None = Field(
        default=None,
        description="the order in which a contact tries idle pools; by default the order of the file",
    )
    patience: Patience | None = Field(
        default=None, description="overrides the channel's patience here; none: nobody gives up"
    )
    service_level: ServiceLevel = Field(default_factory=ServiceLevel, description="overrides the scenario's")


Speed = Annotated[float, between(0.01, 100)]


class Skill(Part):
    """A queue that a pool serves, and how."""

    speed: Speed = Field(
        default=1.0, description="handling time is divided by this, on top of the pool's own speed"
    )
    preference: Annotated[int, whole(1, 1000)] | None = Field(
        default=None,
        description="rank among the pool's queues of equal priority, 1 first; by default the order written",
    )


def _days(text: str) -> str:
    day_keys(text)
    return text


class Shift(Part):
    """Some agents who work from one time of day to another."""

    agents: Annotated[int, whole(0, MAX_AGENTS)]
    start: StartClock = Field(alias="from")
    end: Clock = Field(alias="to", description="where it lies before the start, on the next day")
    days: Annotated[Text, also(_days)] = Field(default="daily", description="days on which the shift begins")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.start == self.end:
            raise fail("a shift cannot end when it begins; a whole day is from 00:00 to 24:00")
        return self


_ROWS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}]})
IntervalAgents = Annotated[
    tuple[tuple[str, str, float], ...], BeforeValidator(interval_rows("agents")), _ROWS
]
Agents = Annotated[int, whole(0, MAX_AGENTS)]


class Staff(Part):
    """How many agents are scheduled over time: one of number, roster, by_time, by_calendar, shifts."""

    number: Agents | None = Field(default=None, description="the same number always; `staff: 6` means this")
    roster: IntervalAgents | None = Field(
        default=None, description="agents by interval: rows day, time, agents; 0 where no row stands"
    )
    interval: Duration | None = Field(
        default=None, description="length of the roster's intervals; found from its times"
    )
    by_time: Annotated[dict[StartClock, Agents], not_empty, by_clock] | None = Field(
        default=None, description="agents by time of day, each number until the next"
    )
    by_calendar: Annotated[dict[Annotated[str, ref("calendars")], Agents], not_empty] | None = Field(
        default=None, description="agents during these hours; summed"
    )
    shifts: Annotated[tuple[Shift, ...], not_empty] | None = Field(
        default=None, description="summed; an end before its start lies on the next day"
    )
    scale: Annotated[float, between(0, 1000)] = Field(
        default=1.0, description="factor on all numbers (rounded to whole agents)"
    )
    plus: Annotated[int, whole(-MAX_AGENTS, MAX_AGENTS)] = Field(
        default=0, description="agents added wherever some are scheduled"
    )
    one_of: ClassVar[tuple[str, ...]] = ("number", "roster", "by_time", "by_calendar", "shifts")
    short: ClassVar[str] = "a number of agents, or "
    short_schema: ClassVar[dict[str, Any] | None] = {
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": "^[0-9]+$",
    }

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """`staff: 6` means `staff: {number: 6}`."""
        return (
            {"number": data} if isinstance(data, int | float | str) and not isinstance(data, bool) else data
        )

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.interval is not None and self.roster is None:
            raise fail("belongs to roster, which is not given", "interval")
        if self.roster is not None:
            bad = [
                f"{day} {time}"
                for day, time, agents in self.roster
                if agents != int(agents) or agents > MAX_AGENTS
            ]
            if bad:
                raise fail(f"agents must be whole numbers up to {MAX_AGENTS:,}: {listed(bad, 3)}", "roster")
            object.__setattr__(self, "interval", fits_table(self.roster, self.interval))
        return self


def _below_one(share: float) -> float:
    if share >= 1:
        raise fail("must be below 100%, or nobody is there")
    return share


def _named_skills(value: Any) -> Any:
    """`serves: [phone, chat]` and `serves: {phone: , chat: }` mean skills with nothing special."""
    if isinstance(value, list):
        twice = [name for i, name in enumerate(value) if name in value[:i]]
        if twice:
            raise fail(f"{twice[0]!r} stands twice")
        if any(isinstance(name, dict | list) for name in value):
            raise fail("write a list of names, [phone, chat], or a mapping, {phone: {speed: 0.9}, chat: {}}")
        return {str(name): {} for name in value}
    return bare(value)


def bare(value: Any) -> Any:
    """Return a mapping of names to parts in which a part left empty has nothing special."""
    if isinstance(value, dict) and None in value.values():
        return {name: {} if part is None else part for name, part in value.items()}
    return value


class Pool(Part):
    """Agents with the same skills."""

    staff: Staff = Field(description="agents scheduled")
    serves: Annotated[
        dict[Annotated[str, ref("queues")], Skill], not_empty, BeforeValidator(_named_skills)
    ] = Field(description="the queues they serve; the order is their own preference")
    shrinkage: Annotated[Share, AfterValidator(_below_one)] = Field(
        default=0.0,
        description="share of the scheduled agents who are paid but not there; whole agents, half rounds up",
    )
    wage: Wage = Field(default=0.0, description="money per hour of a scheduled agent")
    speed: Speed = Field(default=1.0, description="handling time is divided by this")
    on_shift_end: Literal["finish", "return"] = Field(
        default="finish",
        description="finish: the contact in hand is finished; return: it goes back to the head of its queue",
    )
