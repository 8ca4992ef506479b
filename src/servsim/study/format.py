"""The format of a study file: its parts and their fields, as `scenario.model` is that of a scenario.

A field's description says its meaning. What needs the scenarios themselves is checked in `study.file`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from ..errors import did_you_mean, listed, shown
from ..scenario.fields import Context, Part, Share, Text, also, fail, not_empty, parsed, whole

__all__ = [
    "AT_MOST",
    "OUTPUTS",
    "PERIODS",
    "Entry",
    "Output",
    "Period",
    "Replications",
    "SelectPart",
    "StudyFile",
]

Period = Literal["run", "day", "interval"]
Output = Literal["measures", "intervals", "differences", "targets", "changes"]
PERIODS: tuple[Period, ...] = get_args(Period)
OUTPUTS: tuple[Output, ...] = get_args(Output)

MAX_SEED = 2**62  # seeds are hashed as signed 64-bit numbers, and a bit is kept free
MAX_REPS = 1_000_000
MAX_VISITS = 1_000_000_000
AT_MOST = 1_000  # replications where a precision is wanted and no bound is given


def _version(value: Any) -> int:
    if value != 1 or isinstance(value, bool):
        raise ValueError(f"this servsim reads version 1 of the study format, got {shown(value)}")
    return 1


def _seed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MAX_SEED:
        raise ValueError(
            f"{shown(value)} is not allowed here; write a whole number from 0 to {MAX_SEED - 1:,}"
        )
    return value


def _each_once(value: Any, info: ValidationInfo) -> Any:
    twice = [item for i, item in enumerate(value) if item in value[:i]]
    if twice:
        raise fail(f"{twice[0]!r} stands twice")
    return value


def _short_name(text: str) -> str:
    if not text.strip() or len(text) > 80 or text != text.strip():
        raise ValueError(f"{shown(text)} is not a name here; write 1 to 80 characters, no space at the ends")
    return text


def _level(share: float) -> float:
    if not 0.5 < share < 1:
        raise ValueError(f"{share * 100:.12g}% is not allowed here; write more than 50% and less than 100%")
    return share


class Entry(Part):
    """A scenario of the study: a file, or changes on one."""

    file: Text = Field(description="a scenario file, relative to the study file")
    change: dict[str, Any] = Field(
        default_factory=dict, description="dotted paths and new values, as in a what-if"
    )
    short: ClassVar[str] = "the name of a scenario file, or "

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """`as is: as_is.yaml` means `as is: {file: as_is.yaml}`."""
        return {"file": data} if isinstance(data, str) else data


class Replications(Part):
    """How often every scenario is run."""

    first: Annotated[int, whole(1, MAX_REPS)] = Field(
        default=20, description="replications, or those to begin with where a precision is wanted"
    )
    precision: Any = Field(
        default=None,
        description="half-width wanted of each measure's 95 % interval: {service_level: 0.5pp, asa queue:phone: 5 s, "
        "cost: 2%}, in the measure's unit or as % of its mean; or one % for all that is judged",
    )
    at_most: Annotated[int, whole(1, MAX_REPS)] | None = Field(
        default=None, description=f"replications at most where a precision is wanted; by default {AT_MOST:,}"
    )
    short: ClassVar[str] = "a number of replications, or "

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """`replications: 20` means `replications: {first: 20}`."""
        return {"first": data} if isinstance(data, int | str) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _is_sound(self) -> Replications:
        if self.precision is None:
            if self.at_most is not None:
                raise fail("belongs to precision, which is not given", "at_most")
        elif self.first < 2:
            raise fail("a precision needs at least 2 replications to begin with", "first")
        elif (self.at_most or AT_MOST) < self.first:
            raise fail(f"must be at least first ({self.first})", "at_most")
        return self


class SelectPart(Part):
    """Pick the best scenario with a promise (Kim and Nelson's procedure)."""

    measure: Text = Field(description="the measure by which they compete")
    scope: Text = Field(default="total", description="total, or a kind and a name, like queue:phone")
    indifference: Any = Field(
        description="the smallest difference worth finding, in the measure's unit: 50, 5 s, 1pp"
    )
    confidence: Annotated[Share, also(_level)] = Field(
        default=0.95,
        description="how surely the best is picked, or one within the indifference of it; above 50 %",
    )


class StudyFile(Part):
    """A study: scenarios, what is varied, how often to run them and what to write."""

    study: Annotated[int, parsed(_version)] = Field(description="version of the format: 1")
    name: Text = Field(default="", description="shown in reports; by default the name of the file")
    scenarios: Annotated[dict[Annotated[Text, also(_short_name)], Entry], not_empty] = Field(
        description="name: file, or name: {file, change}"
    )
    base: Text | None = Field(
        default=None, description="the scenario with which the others are compared; the first by default"
    )
    vary: dict[str, Any] = Field(
        default_factory=dict,
        description="path: values, as --vary takes them, or a list; every scenario is run at every point, and the "
        "base as it is besides",
    )
    sample: Text | None = Field(
        default=None,
        description="grid (the default): all combinations; lhs:64: a Latin hypercube; sobol:64: Sobol' points",
    )
    replications: Replications = Field(
        default_factory=Replications, description="a number, or {first, precision, at_most}"
    )
    seed: Annotated[int, parsed(_seed)] = Field(default=1, description="of all random numbers")
    periods: Annotated[tuple[Period, ...], not_empty, AfterValidator(_each_once)] = Field(
        default=("run", "day"), description="the periods that tables have: run, day, interval"
    )
    select: SelectPart | None = Field(default=None, description="pick the best of the scenarios")
    max_visits: Annotated[int, whole(1, MAX_VISITS)] | None = Field(
        default=None,
        description="bound on the contacts, and on the visits to steps, of one replication; by default the engine's",
    )
    outputs: Annotated[tuple[Output, ...], not_empty, AfterValidator(_each_once)] = Field(
        default=OUTPUTS, description="the tables to write; by default all"
    )

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Refuse a base that is no scenario, and a sample of nothing."""
        names = given.get("scenarios")
        base = clean.get("base")
        if isinstance(names, dict) and base is not None and str(base) not in names:
            there_are = f"scenarios: {listed(list(names))}{did_you_mean(str(base), names)}"
            context.report(given, "base", f"no scenario is named {base!r}; {there_are}")
        if "sample" in clean and not clean.get("vary"):
            context.report(given, "sample", "belongs to vary, which is not given")
        return clean
