"""What is said of the length of the clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from servsim.scenario import Scenario
from servsim.study.clock import about_clock, whole_weeks

MONTHLY = {"costs": {"fixed_per_month": 1000}}
BACK = {"abandoned": {"probability": 0.5, "after": {"exponential": "40 min"}}}


@pytest.mark.parametrize(
    ("length", "warmup", "whole"),
    [
        ("7 days", "0 h", True),
        ("5 days", "0 h", False),
        ("9 days", "2 days", True),
        ("14 days", "1 day", False),
    ],
)
def test_whole_weeks_of_the_measured_time(
    make: Callable[..., Scenario], length: str, warmup: str, whole: bool
) -> None:
    model = make(clock__length=length, clock__warmup=warmup, **MONTHLY).model
    assert whole_weeks(model) is whole
    assert [*about_clock(model)] == (
        [] if whole else [
            f"monthly costs count for {5 if length == '5 days' else 13} of 30.44 days; for the money of a week "
            "measure whole weeks"
        ]
    )  # fmt: skip


def test_nothing_is_said_of_a_short_clock_that_pays_nothing_by_the_month(small: Scenario) -> None:
    assert [*about_clock(small.model)] == []


def test_customers_who_come_back_too_late_are_told(make: Callable[..., Scenario]) -> None:
    """40 minutes are 2.8 % of a day and 0.4 % of a week."""
    (note,) = about_clock(make(returns=BACK).model)
    assert note == (
        "customers who would come back after the clock's end count as lost: delays of 40 min on average are long "
        "against 1 day; a longer clock loses fewer"
    )
    assert [*about_clock(make(returns=BACK, clock__length="7 days").model)] == []
    nobody = {"abandoned": {**BACK["abandoned"], "probability": 0.0}}
    assert [*about_clock(make(returns=nobody).model)] == []
