"""The scenario format, how customers take it: satisfaction and churn as functions of wait and outcome.

Both are tables that a scenario may replace; names of tables that come with servsim stand in SATISFACTIONS and CHURNS.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from ..errors import did_you_mean, listed, shown
from .fields import Duration, Money, Part, Positive, Share, Text, fail, ref

__all__ = ["CHURNS", "SATISFACTIONS", "Churn", "Experience", "LeaveBand", "RatingBand", "Satisfaction"]


class _Band(Part):
    up_to: Duration | None = Field(
        default=None, description="the longest wait that it holds for; the last one of a table has none"
    )


class RatingBand(_Band):
    """What waits of a certain length do to ratings."""

    factor: Positive = Field(description="the base is multiplied with it")


class LeaveBand(_Band):
    """How many leave after waits of a certain length."""

    leave: Share = Field(description="the share of customers who leave for good")


def _in_order(bands: tuple[_Band, ...]) -> tuple[_Band, ...]:
    """Check that bands follow each other, and that the last one holds for all longer waits."""
    for i, band in enumerate(bands[:-1]):
        if band.up_to is None:
            raise fail("has no up_to: only the last one holds for all longer waits", i)
        if i and band.up_to <= (bands[i - 1].up_to or 0.0):
            raise fail(f"{band.up_to:g} s is not longer than the one before", i, "up_to")
    if bands and bands[-1].up_to is not None:
        raise fail("the last one holds for all longer waits; leave it out", len(bands) - 1, "up_to")
    return bands


RatingBands = Annotated[tuple[RatingBand, ...], AfterValidator(_in_order)]
LeaveBands = Annotated[tuple[LeaveBand, ...], AfterValidator(_in_order)]

SATISFACTIONS: dict[str, dict[str, Any]] = {
    "time_to_answer": {
        "base": 0.6,
        "by_wait": [{"up_to": "15 s", "factor": 1.35}, {"up_to": "60 s", "factor": 1}, {"factor": 0.77}],
        "by_end": {"unresolved": 0.5, "abandoned": 0, "blocked": 0},
        "source": "planning document D 3.2: good ratings +35 % where the first answer comes under 15 s, -23 % over "
        "60 s; the base and what the outcome does are assumptions",
    }
}
CHURNS: dict[str, dict[str, Any]] = {
    "tolerance_4h": {
        "by_wait": [{"up_to": "4 h", "leave": 0}, {"leave": 0.72}],
        "source": "planning document B 2.1.1: customers bear 4 h until an answer, then 72 % leave",
    }
}


class _Named(Part):
    """A table for which the name of one that comes with servsim may stand."""

    tables: ClassVar[dict[str, dict[str, Any]]]

    @classmethod
    def shorthand(cls, data: Any) -> Any:
        """`satisfaction: time_to_answer` means the table of that name."""
        if not isinstance(data, str):
            return data
        if data not in cls.tables:
            near = did_you_mean(data, cls.tables)
            raise fail(
                f"no table is named {shown(data)}; write a mapping, or {listed(list(cls.tables))}{near}"
            )
        return cls.tables[data]


class Satisfaction(_Named):
    """The share of contacts that are rated good: base x factor of the wait x factor of the end, 100 % at most."""

    base: Share = Field(description="the share of good ratings before the wait and the end say anything")
    by_wait: RatingBands = Field(
        default=(),
        description="factors by the wait: from the contact's arrival to the first answer, by an agent or a bot; who "
        "got none waited longest",
    )
    by_channel: dict[Annotated[str, ref("channels")], RatingBands] = Field(
        default_factory=dict, description="the same for one channel, instead of by_wait"
    )
    by_end: dict[Literal["resolved", "unresolved", "abandoned", "blocked"], Positive] = Field(
        default_factory=dict, description="factors by how the contact ended; 1 where nothing is said"
    )
    source: Text = Field(default="", description="where the table comes from")
    tables = SATISFACTIONS
    short: ClassVar[str] = f"one of {', '.join(SATISFACTIONS)}, or "
    short_schema: ClassVar[dict[str, Any] | None] = {"enum": list(SATISFACTIONS)}


class Churn(_Named):
    """The share of customers who leave for good: after a wait, or after how their last contact ended, independently."""

    by_wait: LeaveBands = Field(
        default=(),
        description="by the customer's wait: from the first contact's arrival to the first answer that any of the "
        "customer's contacts got, by an agent or a bot; who got none waited longest",
    )
    by_channel: dict[Annotated[str, ref("channels")], LeaveBands] = Field(
        default_factory=dict,
        description="the same for customers who first came by one channel, instead of by_wait",
    )
    by_end: dict[Literal["resolved", "unresolved", "abandoned", "blocked", "closed"], Share] = Field(
        default_factory=dict, description="by how the customer's last contact ended; 0 where nothing is said"
    )
    source: Text = Field(default="", description="where the table comes from")
    tables = CHURNS
    short: ClassVar[str] = f"one of {', '.join(CHURNS)}, or "
    short_schema: ClassVar[dict[str, Any] | None] = {"enum": list(CHURNS)}


def _usual_satisfaction() -> Satisfaction:
    return Satisfaction.model_validate("time_to_answer")


def _usual_churn() -> Churn:
    return Churn.model_validate("tolerance_4h")


class Experience(Part):
    """How customers take what happens to them; changes no contact, only measures."""

    satisfaction: Satisfaction = Field(
        default_factory=_usual_satisfaction,
        description="a table, or the name of one: time_to_answer (the default)",
    )
    churn: Churn = Field(
        default_factory=_usual_churn, description="a table, or the name of one: tolerance_4h (the default)"
    )
    customer_value: Money = Field(default=0.0, description="money per customer who leaves for good")
