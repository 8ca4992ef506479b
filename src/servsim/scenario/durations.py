"""How long something takes: the distributions of the scenario format.

`build()` turns what the analyst wrote into a `draws` distribution in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from ..draws import distributions as d
from ..errors import did_you_mean, listed
from ..units import DURATION_UNITS, parse_clock, parse_share
from .fields import Duration, Part, Positive, Rate, Share, Whole, choice, context_of, fail
from .tables import number_rows

__all__ = ["REST", "Dist", "Family", "Patience", "ShareOrRest", "complete_shares"]

REST = -1.0  # a share written as `rest`

Ways = dict[tuple[str, ...], Callable[..., d.Distribution]]


class Family(Part):
    """A family of distributions: `ways` tells which sets of parameters determine one."""

    ways: ClassVar[Ways] = {}

    def build(self) -> d.Distribution:
        """Return the distribution in seconds. Raises ValueError where parameters are out of range."""
        given = tuple(name for name in type(self).model_fields if getattr(self, name) is not None)
        for names, make in self.ways.items():
            if set(names) == set(given):
                return make(*(getattr(self, name) for name in names))
        raise ValueError(f"give {', or '.join(' and '.join(way) for way in self.ways)}; got {' and '.join(given) or 'nothing'}")

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        try:
            self.build()
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise fail(str(error)) from None
        return self


class Exponential(Family):
    mean: Duration | None = None
    rate: Rate | None = None
    ways: ClassVar[Ways] = {("mean",): d.exponential, ("rate",): lambda rate: d.exponential(1 / rate)}
    short_schema: ClassVar[dict[str, Any] | None] = {"type": "string"}

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"mean": data}


class Lognormal(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    median: Duration | None = None
    sigma: Positive | None = None
    ways: ClassVar[Ways] = {("mean", "cv"): d.lognormal, ("median", "sigma"): d.lognormal_from_median_sigma}


class Gamma(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    shape: Positive | None = None
    scale: Duration | None = None
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
    ways: ClassVar[Ways] = {
        ("mean", "cv"): d.weibull,
        ("mean", "shape"): d.weibull_from_mean_shape,
        ("shape", "scale"): d.weibull_from_shape_scale,
    }


class Erlang(Family):
    mean: Duration | None = None
    phases: Whole | None = None
    ways: ClassVar[Ways] = {("mean", "phases"): d.erlang}


class Hyperexponential(Family):
    mean: Duration | None = None
    cv: Positive | None = None
    shares: tuple[Share, ...] | None = None
    means: tuple[Duration, ...] | None = None
    ways: ClassVar[Ways] = {("mean", "cv"): d.hyperexponential, ("shares", "means"): d.hyperexponential_from_weights}


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
    ways: ClassVar[Ways] = {("mean", "cv"): d.log_logistic, ("median", "shape"): d.log_logistic_from_median_shape}


class Empirical(Family):
    """Observed values, each equally likely, or a table of quantiles joined by straight lines; from a file or in place."""

    values: Annotated[tuple[float, ...], BeforeValidator(number_rows("value"))] | None = None
    quantiles: Annotated[tuple[tuple[float, float], ...], BeforeValidator(number_rows("probability", "value"))] | None = None
    unit: choice(*DURATION_UNITS) = "s"  # type: ignore[valid-type]
    one_of: ClassVar[tuple[str, ...]] = ("values", "quantiles")

    def build(self) -> d.Distribution:
        seconds = DURATION_UNITS[self.unit]
        if self.values is not None:
            return d.empirical([value * seconds for value in self.values])
        points = self.quantiles or ()
        return d.quantile_table([p for p, _ in points], [value * seconds for _, value in points])


def _share_or_rest(value: Any) -> float:
    if value == "rest":
        return REST
    try:
        return parse_share(value)
    except ValueError as error:
        raise fail(f"{error}, or 'rest'") from None


_SHARE_SCHEMA = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0, "maximum": 1}]})
ShareOrRest = Annotated[
    float, PlainValidator(_share_or_rest), PlainSerializer(lambda share: "rest" if share == REST else share), _SHARE_SCHEMA
]


def complete_shares(shares: Sequence[float]) -> list[float]:
    """Return shares that sum to 1, with the one written `rest` filled in. Raises ValueError where they cannot."""
    rests = [i for i, share in enumerate(shares) if share == REST]
    total = sum(share for share in shares if share != REST)
    if len(rests) > 1:
        raise ValueError("only one share can be 'rest'")
    if total > 1 + 1e-9 or (not rests and abs(total - 1) > 1e-9):
        hint = "" if rests else "; one of them may be 'rest'"
        raise ValueError(f"shares must sum to 100%, but sum to {total:.6%}".replace(".000000%", "%") + hint)
    return [max(0.0, 1.0 - total) if share == REST else share for share in shares]


class Component(Part):
    """One part of a mixture: which share of the cases, and how long those take."""

    share: ShareOrRest
    time: "Dist"


class ByTime(Part):
    """A distribution for each time of day: each key (`08:00`) holds until the next, the last one past midnight.

    `at` says which moment is looked up: the contact's `arrival` or the `start` of the step.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, "Dist"]

    at: choice("arrival", "start")  # type: ignore[valid-type]

    @classmethod
    def accepts(cls, key: str) -> bool:
        try:
            return parse_clock(key) < 86400
        except ValueError:
            return False

    @classmethod
    def _about_unknown(cls, key: str, known: list[str]) -> str:
        return f"{key!r} is neither 'at' nor a time of day from 00:00 to 23:59"

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if not self.times:
            raise fail('needs at least one time of day, like "08:00": {exponential: {mean: 3 min}}')
        return self

    @property
    def times(self) -> dict[float, "Dist"]:
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
    by_reason: dict[str, "Dist"] | None = None

    one_of: ClassVar[tuple[str, ...]] = (
        *("constant", "exponential", "lognormal", "gamma", "weibull", "erlang", "hyperexponential"),
        *("uniform", "triangular", "log_logistic", "empirical", "mixture", "by_time", "by_reason"),
    )
    short_schema: ClassVar[dict[str, Any] | None] = {"type": "string"}

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            return data
        return {"constant": data}

    @model_validator(mode="after")
    def _is_sound(self, info: ValidationInfo) -> Self:
        try:
            if self.mixture is not None:
                self._mixture(self.mixture)
            if self.by_reason is not None:
                _check_reasons(self.by_reason, context_of(info).names.get("reasons"))
            _check_nesting(self)
        except ValueError as error:
            raise fail(str(error)) from None
        return self

    def _chosen(self) -> Any:
        return next(value for name in type(self).model_fields if (value := getattr(self, name)) is not None)

    def _mixture(self, parts: Sequence[Component]) -> d.Distribution:
        if not parts:
            raise ValueError("a mixture needs at least one part, like {share: rest, time: 2 min}")
        if any(part.time.by_time or part.time.by_reason for part in parts):
            raise ValueError("put by_time and by_reason around the mixture, not inside it")
        shares = complete_shares([part.share for part in parts])
        return d.mixture(shares, [part.time.pick("", 0.0) for part in parts])

    def is_plain(self) -> bool:
        """Tell whether the distribution is the same at all times and for all reasons."""
        return self.by_time is None and self.by_reason is None

    def looks_at_arrival(self) -> bool:
        """Tell whether the time of day looked up is the contact's arrival rather than the step's start."""
        inner = [dist.looks_at_arrival() for dist in (self.by_reason or {}).values()]
        return bool(self.by_time and self.by_time.at == "arrival") or any(inner)

    def times(self) -> list[float]:
        """Return the seconds of the day at which the distribution may change, in order; `[0]` if it never does."""
        times = set(self.by_time.times) if self.by_time else set()
        for dist in (self.by_reason or {}).values():
            times |= set(dist.times()) if not dist.is_plain() else set()
        return sorted(times) or [0.0]

    def pick(self, reason: str, second_of_day: float) -> d.Distribution:
        """Return the distribution (in seconds) that holds for a reason at a time of day."""
        if self.by_reason is not None:
            return self.by_reason[reason if reason in self.by_reason else "default"].pick(reason, second_of_day)
        if self.by_time is not None:
            times = self.by_time.times
            begun = [start for start in times if start <= second_of_day]
            return times[max(begun or times)].pick(reason, second_of_day)
        if self.mixture is not None:
            return self._mixture(self.mixture)
        chosen = self._chosen()
        return d.constant(chosen) if isinstance(chosen, float) else chosen.build()


class Patience(Dist):
    """How long a customer bears to wait: a duration, or `none` for as long as it takes."""

    never: bool | None = None
    one_of: ClassVar[tuple[str, ...]] = (*Dist.one_of, "never")

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        return {"never": True} if data == "none" else super().shorthand(data)


def _check_reasons(by_reason: dict[str, Dist], known: list[str] | None) -> None:
    if known is None:
        return
    for reason in by_reason:
        if reason != "default" and reason not in known:
            near = did_you_mean(reason, [*known, "default"])
            raise ValueError(f"no reason is named {reason!r}; reasons: {listed(known)}, and 'default' for all others{near}")
    missing = [reason for reason in known if reason not in by_reason]
    if missing and "default" not in by_reason:
        raise ValueError(f"says nothing for {listed(missing)}; name them or give 'default'")


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
