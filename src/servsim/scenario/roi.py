"""The scenario format, return on investment: phases of a change, what they cost and how far they reach.

Nothing of it is simulated: `servsim.decide.roi` puts it beside what the scenario saves against the one that it
extends.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PlainSerializer, WithJsonSchema, model_validator

from ..errors import shown
from ..units import parse_number
from .fields import Money, Name, Part, Share, between, fail, not_empty, parsed

__all__ = ["MAX_MONTHS", "Phase", "Ramp", "Roi"]

MAX_MONTHS = 360
LEAST_GROWTH, MOST_GROWTH = -0.5, 1.0

_MONTHS = re.compile(r"(?P<number>\d{1,6})\s*(?:months?|(?P<years>years?))", re.ASCII)


def _months(value: Any) -> int:
    """Parse whole months: `36 months`, `3 years`."""
    found = _MONTHS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{shown(value)} is not a number of months; write '18 months' or '3 years'")
    months = int(found["number"]) * (12 if found["years"] else 1)
    if not 1 <= months <= MAX_MONTHS:
        raise ValueError(f"{shown(value)} is not allowed here; write 1 month to {MAX_MONTHS // 12} years")
    return months


def _growth(value: Any) -> float:
    """Parse a change a year: `4%`, `-3%` or a number."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        growth = parse_number(text[:-1]) / 100 if text.endswith("%") else parse_number(value)
    except ValueError:
        growth = LEAST_GROWTH - 1
    if not LEAST_GROWTH <= growth <= MOST_GROWTH:
        raise ValueError(
            f"{shown(value)} is not a growth; write '4%' or a number, from {LEAST_GROWTH:.0%} to {MOST_GROWTH:.0%}"
        )
    return growth


Months = Annotated[
    int,
    parsed(_months),
    PlainSerializer(lambda months: f"{months} months", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+\s*(months?|years?)\s*$"}),
]
Growth = Annotated[float, parsed(_growth), WithJsonSchema({"type": ["number", "string"]})]


class Ramp(Part):
    """The share of the contacts that get the what-if; between two shares it grows evenly over the phase."""

    start: Share = Field(alias="from", description="as the phase begins")
    end: Share = Field(alias="to", description="as the phase ends")
    short: ClassVar[str] = "a share like 20%, a ramp like '20% .. 100%' or "
    short_schema: ClassVar[dict[str, Any] | None] = {"type": ["number", "string"]}

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """`20%` is the same from beginning to end; `20% .. 100%` is a ramp."""
        if not isinstance(data, int | float | str) or isinstance(data, bool):
            return data
        first, dots, last = str(data).partition("..")
        return {"from": first.strip(), "to": last.strip() if dots else first.strip()}


class Phase(Part):
    """A phase of a change."""

    name: Name
    length: Months | None = Field(
        default=None, description="how long it lasts; the last phase has none: it lasts until the horizon"
    )
    one_off: Money = Field(
        default=0.0, description="money paid once, as the phase begins; contingency comes on top"
    )
    running: Money = Field(
        default=0.0, description="money a month beside the costs that the scenarios have themselves"
    )
    effect: Ramp = Field(description="share of the contacts that get the what-if")


class Roi(Part):
    """What a what-if costs to bring about, phase by phase; `servsim roi` puts it beside what it saves."""

    horizon: Months = Field(default=36, description="time looked at, from the beginning of the first phase")
    discount: Share = Field(default=0.08, description="interest a year at which later money is worth less")
    contingency: Share = Field(default=0.15, description="reserve, added to every one-off cost")
    volume_growth: Growth = Field(
        default=0.0, description="growth of the volume a year, from the second year on"
    )
    volume: Literal["linear", "simulate"] = Field(
        default="linear",
        description="linear: all costs grow with the volume; simulate: both scenarios run again with each year's "
        "arrivals, their staff as written",
    )
    goal: Annotated[float, between(0, 1000)] | None = Field(
        default=None, description="return wanted: 0.5 means that 1 invested brings 1.5 back"
    )
    phases: Annotated[tuple[Phase, ...], not_empty] = Field(description="one after the other")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        names = [phase.name for phase in self.phases]
        for i, phase in enumerate(self.phases[:-1]):
            if phase.length is None:
                raise fail("needs a length: only the last phase lasts until the horizon", "phases", i)
            if phase.name in names[i + 1 :]:
                raise fail(f"the phase {phase.name!r} stands twice", "phases", i, "name")
        if self.phases and self.phases[-1].length is not None:
            last = len(self.phases) - 1
            raise fail("the last phase lasts until the horizon; leave it out", "phases", last, "length")
        before = sum(phase.length or 0 for phase in self.phases)
        if before >= self.horizon:
            raise fail(
                f"a horizon of {self.horizon} months is too short: the last phase begins after {before} months",
                "horizon",
            )
        if self.phases and not any(phase.one_off or phase.running for phase in self.phases):
            raise fail("cost nothing, so there is no return on them; give one_off or running", "phases")
        return self
