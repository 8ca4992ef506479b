"""How long something takes: the distributions of the scenario format.

`build()` turns what the analyst wrote into a `draws` distribution in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from ..draws import distributions as d
from ..errors import did_you_mean, listed, shown
from ..units import DURATION_UNITS, MAX_DURATION, parse_clock, parse_share
from .fields import DURATION_SCHEMA, Context, Duration, Part, Positive, Rate, Share, context_of, fail, whole
from .tables import number_rows

__all__ = ["REST", "Dist", "Family", "Patience", "ShareOrRest", "complete_shares"]

REST = -1.0  # a share written as `rest`

Ways = dict[tuple[str, ...], Callable[..., d.Distribution]]


class Family(Part):
    """A family of distributions: `ways` tells which sets of parameters determine one; those that begin at zero
    may have a `shift`.
    """

    ways: ClassVar[Ways] = {}

    def build(self) -> d.Distribution:
        """Return the distribution in seconds. Raises ValueError where parameters are out of range."""
        parameters = (name for name in type(self).model_fields if name != "shift")
        given = tuple(name for name in parameters if getattr(self, name) is not None)
        for names, make in self.ways.items():
            if set(names) == set(given):
                made = make(*(getattr(self, name) for name in names))
                shift = getattr(self, "shift", 0.0)
                return d.shifted(made, shift) if shift > 0 else made
        ways = ", or ".join(" and ".join(way) for way in self.ways)
        raise ValueError(f"give {ways}; got {' and '.join(given) or 'nothing'}")

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        try:
            self.build()
        except (ValueError, OverflowError) as error:
            in_seconds = " (in seconds)" if str(error).split(" ")[0] in _DURATION_WORDS else ""
            raise fail(f"{error}{in_seconds}") from None
        return self


_DURATION_WORDS = ("low", "high", "mode", "mean", "median", "scale", "values")

Shift = Annotated[
    Duration,
    Field(description="added to every draw; the other parameters leave it out"),
]


def _exponential_of_rate(rate: float) -> d.Distribution:
    if rate == 0:
        raise ValueError("rate must be above zero")
    return d.exponential(1 / rate)


class Exponential(Family):
    mean: Duration | None = None
    rate: Rate | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {("mean",): d.exponential, ("rate",): _exponential_of_rate}
    short: ClassVar[str] = "a mean, like '4 min', or "
    short_schema: ClassVar[dict[str, Any] | None] = DURATION_SCHEMA

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        return {"mean": data} if isinstance(data, str | int | float) and not isinstance(data, bool) else data


class Lognormal(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    median: Duration | None = None
    sigma: Positive | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {("mean", "cv"): d.lognormal, ("median", "sigma"): d.lognormal_from_median_sigma}


class Gamma(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    shape: Positive | None = None
    scale: Duration | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {
        ("mean", "cv"): d.gamma,
        ("mean", "shape"): d.gamma_from_mean_shape,
        ("shape", "scale"): d.gamma_from_shape_scale,
    }


class Weibull(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    shape: Positive | None = None
    scale: Duration | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {
        ("mean", "cv"): d.weibull,
        ("mean", "shape"): d.weibull_from_mean_shape,
        ("shape", "scale"): d.weibull_from_shape_scale,
    }


class Erlang(Family):
    mean: Duration | None = None
    phases: Annotated[int, whole(1, 10_000)] | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {("mean", "phases"): d.erlang}


def _phases_with_shares(shares: Sequence[float], means: Sequence[float]) -> d.Distribution:
    if len(shares) != len(means):
        raise ValueError(f"give as many shares as means; got {len(shares)} and {len(means)}")
    some = [(share, mean) for share, mean in zip(complete_shares(shares), means, strict=True) if share > 0]
    return d.hyperexponential_from_weights([share for share, _ in some], [mean for _, mean in some])


class Hyperexponential(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    shares: tuple[Share, ...] | None = None
    means: tuple[Duration, ...] | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {("mean", "cv"): d.hyperexponential, ("shares", "means"): _phases_with_shares}


class Uniform(Family):
    low: Duration | None = None
    high: Duration | None = None
    mean: Duration | None = None
    cv: Positive | None = None
    ways: ClassVar[Ways] = {("low", "high"): d.uniform, ("mean", "cv"): d.uniform_from_mean_cv}


class Triangular(Family):
    low: Duration | None = None
    mode: Duration | None = None
    high: Duration | None = None
    ways: ClassVar[Ways] = {("low", "mode", "high"): d.triangular}


class LogLogistic(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    median: Duration | None = None
    shape: Positive | None = None
    shift: Shift = 0.0
    ways: ClassVar[Ways] = {
        ("mean", "cv"): d.log_logistic,
        ("median", "shape"): d.log_logistic_from_median_shape,
    }


def _unit(value: Any) -> str:
    if isinstance(value, str) and value in DURATION_UNITS:
        return value
    raise fail(f"{shown(value)} is not a unit of time; use {listed(list(DURATION_UNITS), 20)}")


_ROWS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}]})
Values = Annotated[tuple[float, ...], BeforeValidator(number_rows("value")), _ROWS]
Quantiles = Annotated[
    tuple[tuple[float, float], ...], BeforeValidator(number_rows("probability", "value")), _ROWS
]
Unit = Annotated[str, BeforeValidator(_unit), WithJsonSchema({"enum": list(DURATION_UNITS)})]


class Empirical(Family):
    """Observed values, each equally likely, or a table of quantiles joined by straight lines; from a file or
    in place.
    """

    values: Values | None = None
    quantiles: Quantiles | None = None
    unit: Unit = "s"
    one_of: ClassVar[tuple[str, ...]] = ("values", "quantiles")

    def build(self) -> d.Distribution:
        seconds = DURATION_UNITS[self.unit]
        points = self.quantiles or ()
        if any(not 0 <= value * seconds <= MAX_DURATION for value in (self.values or [v for _, v in points])):
            raise ValueError("a duration is zero or more, and at most 300 years")
        if self.values is not None:
            return d.empirical([value * seconds for value in self.values])
        return d.quantile_table([p for p, _ in points], [value * seconds for _, value in points])


def _share_or_rest(value: Any) -> float:
    if value == "rest":
        return REST
    try:
        return parse_share(value)
    except ValueError as error:
        raise fail(f"{error}, or 'rest'") from None


_PATTERN = r"^\s*([+-]?[\d.]+([eE][+-]?\d+)?\s*%?|rest)\s*$"
ShareOrRest = Annotated[
    float,
    PlainValidator(_share_or_rest),
    PlainSerializer(lambda share: "rest" if share == REST else share),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": 1, "pattern": _PATTERN}),
]


def complete_shares(shares: Sequence[float]) -> list[float]:
    """Return shares that sum to 1, with the one written `rest` filled in. Raises ValueError where they
    cannot.
    """
    rests = [i for i, share in enumerate(shares) if share == REST]
    total = sum(share for share in shares if share != REST)
    if len(rests) > 1:
        raise ValueError("only one share can be 'rest'")
    if total > 1 + 1e-9 or (not rests and abs(total - 1) > 1e-9):
        hint = "" if rests else "; one of them may be 'rest'"
        raise ValueError(f"the shares must sum to 100%, but sum to {total * 100:.9g}%{hint}")
    return [max(0.0, 1.0 - total) if share == REST else share for share in shares]


class Component(Part):
    """One part of a mixture: which share of the cases, and how long those take."""

    share: ShareOrRest
    time: Dist


class ByTime(Part):
    """A distribution for each time of day: each key (`08:00`) holds until the next, the last one past
    midnight.

    `at` says which moment is looked up: the contact's `arrival` or the `start` of the step.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Dist]

    at: Literal["arrival", "start"]

    @classmethod
    def accepts(cls, key: str) -> bool:
        try:
            return parse_clock(key) < 86400
        except ValueError:
            return False

    @classmethod
    def _about_unknown(cls, key: str) -> str:
        return f"{shown(key)} is neither 'at' nor a time of day from 00:00 to 23:59"

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Refuse two keys that mean the same time."""
        seen: dict[float, str] = {}
        for key in filter(cls.accepts, clean):
            first = seen.setdefault(parse_clock(key), key)
            if first != key:
                context.report(given, key, f"the time {key} stands twice; {first!r} is the same")
        return clean

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if not self.times:
            raise fail('needs at least one time of day, like "08:00": {exponential: {mean: 3 min}}')
        return self

    @property
    def times(self) -> dict[float, Dist]:
        """The distributions by the second of the day from which they hold."""
        return dict(sorted((parse_clock(key), dist) for key, dist in (self.__pydantic_extra__ or {}).items()))


class Dist(Part):
    """A duration: exactly one family, or a choice among several by time of day or by contact reason."""

    constant: Duration | None = None
    exponential: Exponential | None = None
    lognormal: Lognormal | None = None
    gamma: Gamma | None = None
    weibull: Weibull | None = None
    erlang: Erlang | None = None
    hyperexponential: Hyperexponential | None = None
    uniform: Uniform | None = None
    triangular: Triangular | None = None
    log_logistic: LogLogistic | None = None
    empirical: Empirical | None = None
    mixture: tuple[Component, ...] | None = None
    by_time: ByTime | None = None
    by_reason: dict[str, Dist] | None = None

    one_of: ClassVar[tuple[str, ...]] = (
        *("constant", "exponential", "lognormal", "gamma", "weibull", "erlang", "hyperexponential"),
        *("uniform", "triangular", "log_logistic", "empirical", "mixture", "by_time", "by_reason"),
    )
    short: ClassVar[str] = "a duration, like '4 min', or "
    short_schema: ClassVar[dict[str, Any] | None] = DURATION_SCHEMA

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            return data
        return {"constant": data}

    @classmethod
    def look(cls, given: dict[str, Any], clean: dict[str, Any], context: Context) -> dict[str, Any]:
        """Refuse reasons that do not exist."""
        by_reason, known = clean.get("by_reason"), context.names.get("reasons")
        if isinstance(by_reason, dict) and known is not None:
            for reason in [key for key in by_reason if key not in (*known, "default")]:
                near = did_you_mean(reason, [*known, "default"])
                there_are = f"reasons: {listed(known)}, and 'default' for all others"
                context.report(by_reason, reason, f"no reason is named {shown(reason)}; {there_are}{near}")
        return clean

    @model_validator(mode="after")
    def _is_sound(self, info: ValidationInfo) -> Self:
        try:
            if self.mixture is not None:
                self._mixture(self.mixture)
            if self.by_reason is not None:
                _check_all_reasons(self.by_reason, context_of(info).names.get("reasons"))
            _check_nesting(self)
        except (ValueError, OverflowError) as error:
            raise fail(str(error)) from None
        return self

    @classmethod
    def _about_unknown(cls, key: str) -> str:
        if key == "shift":
            return "'shift' stands within a family, like {exponential: {mean: 3 min, shift: 30 s}}"
        return super()._about_unknown(key)

    def _chosen(self) -> Any:
        return next(value for name in type(self).model_fields if (value := getattr(self, name)) is not None)

    def _mixture(self, parts: Sequence[Component]) -> d.Distribution:
        if not parts:
            raise ValueError("a mixture needs at least one part, like {share: rest, time: 2 min}")
        if any(part.time.by_time or part.time.by_reason for part in parts):
            raise ValueError("put by_time and by_reason around the mixture, not inside it")
        shares = complete_shares([part.share for part in parts])
        flat: list[tuple[float, d.Distribution]] = []
        for share, part in zip(shares, parts, strict=True):
            dist = part.time.pick("", 0.0)
            inner = dist.components or ((1.0, dist),)  # a hyperexponential is a mixture itself
            flat += [(share * weight, piece) for weight, piece in inner if share > 0]
        return d.mixture([weight for weight, _ in flat], [piece for _, piece in flat])

    def is_plain(self) -> bool:
        """Tell whether the distribution is the same at all times and for all reasons."""
        return self.by_time is None and self.by_reason is None

    def looks_at_arrival(self) -> bool:
        """Tell whether the time of day looked up is the contact's arrival rather than the step's start."""
        inner = [dist.looks_at_arrival() for dist in (self.by_reason or {}).values()]
        return bool(self.by_time and self.by_time.at == "arrival") or any(inner)

    def times(self) -> list[float]:
        """Return the seconds of the day at which the distribution may change, in order; `[0]` if it never
        does.
        """
        times = set(self.by_time.times) if self.by_time else set()
        for dist in (self.by_reason or {}).values():
            times |= set(dist.times()) if not dist.is_plain() else set()
        return sorted(times) or [0.0]

    def pick(self, reason: str, second_of_day: float) -> d.Distribution:
        """Return the distribution (in seconds) that holds for a reason at a time of day."""
        if self.by_reason is not None:
            chosen = self.by_reason.get(reason) or self.by_reason["default"]
            return chosen.pick(reason, second_of_day)
        if self.by_time is not None:
            times = self.by_time.times
            begun = [start for start in times if start <= second_of_day]
            return times[max(begun or times)].pick(reason, second_of_day)
        if self.mixture is not None:
            return self._mixture(self.mixture)
        family: float | Family = self._chosen()
        return d.constant(family) if isinstance(family, float) else family.build()


class Patience(Dist):
    """How long a customer bears to wait: a duration, or `none` for as long as it takes."""

    never: Literal[True] | None = None
    one_of: ClassVar[tuple[str, ...]] = (*Dist.one_of, "never")
    short: ClassVar[str] = "a duration, like '4 min', or none, or "
    short_schema: ClassVar[dict[str, Any] | None] = {
        "anyOf": [DURATION_SCHEMA, {"enum": ["none", "None", "NONE"]}]
    }

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        return (
            {"never": True} if isinstance(data, str) and data.lower() == "none" else super().shorthand(data)
        )


def _check_all_reasons(by_reason: dict[str, Dist], known: list[str] | None) -> None:
    if known is None:
        return
    missing = [reason for reason in known if reason not in by_reason]
    if missing and "default" not in by_reason:
        raise ValueError(f"by_reason says nothing for {listed(missing)}; name them or give 'default'")


def _check_nesting(dist: Dist) -> None:
    """A choice by time may hold choices by reason and the other way round; nothing deeper."""
    outer = "by_time" if dist.by_time else "by_reason"
    inner = list(dist.by_time.times.values()) if dist.by_time else list((dist.by_reason or {}).values())
    for part in inner:
        deeper = list(part.by_time.times.values()) if part.by_time else list((part.by_reason or {}).values())
        if getattr(part, outer) is not None or not all(deep.is_plain() for deep in deeper):
            raise ValueError(f"{outer} may hold one choice of the other kind, not more")
    if len({part.by_time.at for part in inner if part.by_time}) > 1:
        raise ValueError("every by_time inside must look at the same moment ('at')")
