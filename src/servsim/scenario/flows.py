"""The scenario format, what a contact goes through: flows and their steps."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from ..errors import did_you_mean, listed
from .contacts import whole_share
from .durations import Dist, ShareOrRest
from .fields import Context, Name, Part, not_empty, ref

__all__ = ["ENDS", "Flow", "Step", "StepByReason"]

ENDS = ("resolved", "unresolved", "abandoned")  # the words by which a flow ends a contact


def _all_to_one(value: Any) -> Any:
    """`next: resolved` means that all go there."""
    return {str(value): 1.0} if _is_word(value) else value


def _is_word(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


_SHARES = WithJsonSchema({"anyOf": [{"type": ["string", "integer"]}, {"type": "object"}]})
Next = Annotated[dict[Name, ShareOrRest], whole_share, BeforeValidator(_all_to_one), _SHARES]


class StepByReason(Part):
    """What is different in a step for one contact reason."""

    time: Dist | None = None
    wrap_up: Dist | None = None
    next: Next | None = None


class Step(Part):
    """One step of a flow: a bot session, work by an agent, or a delay."""

    bot: Annotated[str, ref("bots")] | None = Field(default=None, description="a session with this bot")
    queue: Annotated[str, ref("queues")] | None = Field(
        default=None, description="waits here for an agent, who then serves"
    )
    delay: Dist | None = Field(default=None, description="nobody works; time passes")
    time: Dist | None = Field(
        default=None, description="length of the bot session, or the agent's time with the contact"
    )
    wrap_up: Dist | None = Field(default=None, description="the agent's work after the contact (queue steps)")
    next: Next = Field(
        default_factory=lambda: {"resolved": 1.0}, description="where the contact goes, with probabilities"
    )
    by_reason: dict[Annotated[str, ref("reasons")], StepByReason] = Field(
        default_factory=dict, description="what differs by contact reason"
    )
    skip_to: Name | None = Field(
        default=None, description="where a contact goes that cannot use the bot (when_down, when_full: skip)"
    )
    during: Annotated[str, ref("calendars")] = Field(
        default="always", description="the delay passes only in these hours"
    )
    live: bool | None = Field(
        default=None, description="the customer is on the line; false frees it (default: false in a delay)"
    )
    one_of: ClassVar[tuple[str, ...]] = ("bot", "queue", "delay")
    foreign: ClassVar[dict[str, tuple[str, ...]]] = {  # keys that a kind of step does not take
        "bot": ("wrap_up", "during"),
        "queue": ("skip_to", "during"),
        "delay": ("time", "wrap_up", "skip_to"),
    }

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Check what belongs to the kind of step: it needs a time, or takes no wrap-up."""
        kinds = [kind for kind in cls.one_of if kind in clean]
        if len(kinds) != 1:
            return clean
        kind = kinds[0]
        by_reason = clean.get("by_reason")
        parts = list(by_reason.values()) if isinstance(by_reason, dict) else []
        for holder in [given, *(part for part in parts if isinstance(part, dict))]:
            for key in cls.foreign[kind]:
                absent = (None, "always") if key == "during" else (None,)
                if holder.get(key) not in absent and (holder is given or key in StepByReason.model_fields):
                    context.report(holder, key, f"a {kind} step takes no {key}{_instead(kind, key)}")
        if kind != "delay" and "time" not in clean and not cls._unknown(given):
            message = (
                f"is required: how long a {kind} step takes, like {{lognormal: {{mean: 5 min, cv: 0.8}}}}"
            )
            context.report(given, "time", message)
        foreign = [key for key in cls.foreign[kind] if clean.get(key) != "always"]
        return {key: value for key, value in clean.items() if key not in foreign}

    @model_validator(mode="after")
    def _fill(self) -> Self:
        if self.live is None:
            object.__setattr__(self, "live", self.delay is None)
        return self


def _instead(kind: str, key: str) -> str:
    return "; its length is the delay itself" if (kind, key) == ("delay", "time") else ""


class Flow(Part):
    """The steps that a contact goes through."""

    start: Next = Field(
        default_factory=dict,
        description="where the contact starts, with probabilities; by default at the first step written",
    )
    steps: Annotated[dict[Name, Step], not_empty]

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Check every step name that the flow mentions, before the steps themselves are read."""
        steps = clean.get("steps")
        if not isinstance(steps, dict):
            return clean
        for name in [name for name in steps if name in ENDS]:
            context.report(steps, name, f"a step cannot be named {name!r}: that word ends a contact")
        known = [name for name in steps if name not in ENDS]
        for step in steps.values():
            for holder in [step, *_parts(step, "by_reason")]:
                _check_ways(holder, "next", [*known, *ENDS], context)
            if isinstance(step, dict) and _is_word(step.get("skip_to")):
                _check_target(step, "skip_to", str(step["skip_to"]), [*known, *ENDS], context)
        _check_ways(given, "start", known, context)
        return clean

    @model_validator(mode="after")
    def _fill(self) -> Self:
        if not self.start:
            object.__setattr__(self, "start", {next(iter(self.steps)): 1.0})
        return self


def _check_target(
    holder: dict[str, Any], key: str, target: str, allowed: list[str], context: Context
) -> None:
    if target in allowed:
        return
    if target in ENDS:
        message = f"{target!r} ends a contact; it starts with a step: {listed(allowed, 20)}"
    else:
        what = "steps and ends" if ENDS[0] in allowed else "steps"
        near = did_you_mean(target, allowed)
        message = f"no step is named {target!r}; {what}: {listed(allowed, 20)}{near}"
    context.report(holder, key, message)


def _parts(data: Any, key: str) -> list[Any]:
    inner = data.get(key) if isinstance(data, dict) else None
    return list(inner.values()) if isinstance(inner, dict) else []


def _check_ways(holder: Any, key: str, allowed: list[str], context: Context) -> None:
    value = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(value, dict):
        for target in value:
            _check_target(value, target, target, allowed, context)
    elif _is_word(value):
        _check_target(holder, key, str(value), allowed, context)
