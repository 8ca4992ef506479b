"""Measures, scopes and amounts of measures as people write them: `asa`, `queue:phone`, `0.5pp`, `5 s`, `2%`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..catalogue import CATALOGUE, SCOPES, MeasureDef
from ..errors import InputError, Problem, did_you_mean, listed, shown
from ..scenario import Scenario
from ..units import parse_duration, parse_number

__all__ = ["check_scope", "check_words", "measure_of", "parse_amount", "parse_relative"]

_LIKE = {"share": "0.5pp", "s": "5 s"}


def measure_of(name: str) -> MeasureDef:
    """Return a measure of the catalogue. Raises ValueError where none has this name."""
    if name not in CATALOGUE:
        near = did_you_mean(name, CATALOGUE)
        raise ValueError(f"no measure is named {name!r}{near} ('servsim measures' lists them)")
    return CATALOGUE[name]


def check_scope(measure: MeasureDef, scope: str, scenarios: Mapping[str, Scenario]) -> None:
    """Check that a measure exists for a scope, `total` or like `queue:phone`, in all of these scenarios (by name).

    Raises ValueError where it does not.
    """
    kind, colon, name = scope.partition(":")
    if kind not in SCOPES or bool(colon and name) != (kind != "total"):
        near = "" if kind in SCOPES else did_you_mean(kind, SCOPES)
        raise ValueError(
            f"{shown(scope)} is not a scope; write total, or a kind and a name like queue:phone{near}"
        )
    if kind not in measure.scopes:
        raise ValueError(f"{measure.name} exists for {listed(measure.scopes)}, not for {kind}")
    for own, scenario in scenarios.items():
        if lacking := measure.lacking(scenario.model):
            raise ValueError(f"{own!r}: {lacking}")
    for own, scenario in scenarios.items() if name else ():
        known = _names(scenario, kind)
        if name not in known:
            near = did_you_mean(name, known)
            raise ValueError(f"no {kind} of {own!r} is named {name!r}; {kind}s: {listed(known)}{near}")


def check_words(scenario: Scenario, measure: str, scope: str) -> None:
    """Raise InputError where there is no such measure, or the scenario has it not for such a scope."""
    try:
        known = measure_of(measure)
    except ValueError as error:
        raise InputError([Problem("", 0, 0, "measure", str(error))]) from None
    try:
        check_scope(known, scope, {scenario.name: scenario})
    except ValueError as error:
        raise InputError([Problem("", 0, 0, "scope", str(error))]) from None


def _names(scenario: Scenario, kind: str) -> Sequence[str]:
    model = scenario.model
    sections: dict[str, Mapping[str, Any]] = {
        "channel": model.channels,
        "queue": model.queues,
        "pool": model.pools,
        "bot": model.bots,
    }
    return list(sections[kind]) if kind in sections else model.reasons


def parse_relative(text: str) -> float | None:
    """Return the share of the mean that a precision like `2%` names, above 0 and below 1; None where it is none."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*%", text.strip(), re.ASCII)
    share = float(found[1]) / 100 if found else 0.0
    return share if 0 < share < 1 else None


def parse_amount(measure: MeasureDef, given: Any) -> float:
    """Return an amount above zero in the measure's unit: seconds of `5 s`, 0.005 of `0.5pp`, else the number.

    Raises ValueError where it is none.
    """
    text = str(given).strip()
    try:
        amount = _amount(measure.unit, text)
    except ValueError:
        amount = math.nan
    if not amount > 0 or (measure.unit == "share" and amount >= 1):
        like = _LIKE.get(measure.unit, "50")
        raise ValueError(
            f"{shown(text)} is not an amount of {measure.name}, above zero: write one like {like}"
        )
    return amount


def _amount(unit: str, text: str) -> float:
    if unit == "share":
        number, points, rest = text.partition("pp")
        return parse_number(number) / 100 if points and not rest else math.nan
    return parse_duration(text) if unit == "s" else parse_number(text)
