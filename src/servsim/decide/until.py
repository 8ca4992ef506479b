"""The condition of a break-even, in the words in which targets are printed: `service_level queue:phone >= 80%`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..catalogue import SCOPES
from ..errors import InputError, Problem, did_you_mean, listed, shown
from ..measure.targets import target_text
from ..scenario import Scenario
from ..scenario.targets import Change, parse_change
from ..study import Result
from .asking import Floats, wrong

__all__ = ["Until", "parse_until"]

BASE = "base"  # the bound that is another scenario's value
FORM = "write MEASURE [KIND:NAME] [within 20 s] <= or >= BOUND, like 'abandonment queue:phone <= 5%'"

_SIGN = re.compile(r"<=|>=|≤|≥|[<>=]+")
_KEYS = {"<=": "at_most", "≤": "at_most", ">=": "at_least", "≥": "at_least"}
_EVERY = re.compile(r"\s+every\s+(?:run|day|interval)\s*$")
_WITHIN = re.compile(r"\s+within\s+(?P<within>.+?)(?=\s+(?:abandoned|blocked)\s|\s*$)")
_ABANDONED = re.compile(r"\s+abandoned\s+(?P<abandoned>\S+)")
_BLOCKED = re.compile(r"\s+blocked\s+(?P<blocked>\S+)")


@dataclass(frozen=True)
class Until:
    """A bound on a measure over the whole run.

    Attributes:
        text: the condition in words.
        measure: a name of the catalogue.
        key: `at_least` or `at_most`.
        bound: in the measure's unit; None where it is the value of another scenario.
        change: by how much the other scenario's value is changed before it is the bound; None for not at all.
        target: the target that measures it, as a scenario holds one.
    """

    text: str
    measure: str
    key: str
    bound: float | None
    target: Mapping[str, str | int]
    change: Change | None = None

    def put(self, scenario: Scenario) -> Scenario:
        """Return a scenario with this condition as its only target; raises InputError where its words do not fit."""
        try:
            return scenario.with_({"targets": [dict(self.target)]})
        except InputError as error:
            raise InputError([_renamed(problem) for problem in error.problems]) from None

    def values(self, result: Result) -> Floats:
        """Return the measure's value in every replication of a scenario that has this condition."""
        rows = result.judged[(result.judged["target"] == 0) & (result.judged["family"] == "run")]
        return rows["value"].to_numpy(dtype=np.float64)

    def margin(self, values: Floats, others: Floats | None) -> Floats:
        """Return by how much the bound is kept in every replication; below zero it is not.

        `others` are the other scenario's values, where the bound is its value.
        """
        bound = others if self.bound is None else np.full(len(values), self.bound)
        assert bound is not None
        if self.change is not None:
            bound = self.change.factor * bound + self.change.plus
        return values - bound if self.key == "at_least" else bound - values


def parse_until(text: str, scenario: Scenario) -> Until:
    """Read a condition such as `cost <= base`, `cost <= base -20%` or `service_level channel:phone >= 80%`.

    Raises InputError where it is none, or does not fit the scenario.
    """
    found = _SIGN.search(text)
    if found is None or not text[: found.start()].strip():
        raise wrong("until", f"{shown(text)} is not a condition; {FORM}")
    if found[0] not in _KEYS:
        raise wrong("until", f"{found[0]!r} in {shown(text)}: use <= or >=")
    key, bound = _KEYS[found[0]], text[found.end() :].strip()
    if not bound:
        raise wrong("until", f"{shown(text)} names no bound; {FORM}")
    if _EVERY.search(text):
        raise wrong("until", f"{shown(text)}: a break-even is about the whole run; leave 'every ...' out")
    target = _target(text[: found.start()], text)
    is_base = bound[: len(BASE)].casefold() == BASE
    until = Until(text, str(target["measure"]), key, None, {**target, key: 0 if is_base else bound})
    model = until.put(scenario).model.targets[0]
    number = None if is_base else (model.at_most if key == "at_most" else model.at_least)
    words = target_text(model).replace(f"{model.measure} total ", f"{model.measure} ", 1)
    change = _change_of(model.measure, bound[len(BASE) :]) if is_base else None
    if is_base:
        words = f"{words.rpartition('=')[0]}= {BASE}" + (f" {change.text}" if change is not None else "")
    return Until(words, model.measure, key, number, until.target, change)


def _change_of(measure: str, words: str) -> Change | None:
    """Return what stands after the word for the other scenario: nothing, or a change like `-20%`."""
    if not words.strip():
        return None
    try:
        return parse_change(measure, words.strip())
    except ValueError as error:
        raise wrong("until", str(error)) from None


def _target(words: str, text: str) -> dict[str, str | int]:
    """Return what stands before the sign as a target without a bound."""
    rest = f"{words.strip()} "
    target: dict[str, str | int] = {}
    for pattern in (_WITHIN, _ABANDONED, _BLOCKED):
        if found := pattern.search(rest):
            target |= {name: word.strip() for name, word in found.groupdict().items()}
            rest = rest[: found.start()] + rest[found.end() :]
    measure, _, scope = rest.strip().partition(" ")
    return {"measure": measure, **_scope(scope.strip(), text), **target}


def _scope(scope: str, text: str) -> dict[str, str]:
    """Return the part of a target that a scope is."""
    kind, colon, name = (part.strip() for part in scope.partition(":"))
    if scope in ("", "total"):
        return {}
    if not colon or not name or kind not in SCOPES or kind == "total":
        kinds = [word for word in SCOPES if word != "total"]
        near = did_you_mean(kind, SCOPES)
        raise wrong(
            "until",
            f"{shown(scope)} in {shown(text)} is no scope; write total or KIND:NAME with one of {listed(kinds)}{near}",
        )
    return {kind: name}


def _renamed(problem: Problem) -> Problem:
    """Return a problem of the target as one of the condition."""
    if not problem.path.startswith("targets"):
        return problem
    key = problem.path.removeprefix("targets").removeprefix(".0").removeprefix(".")
    where = "" if key in ("", "measure") or f"no {key} " in problem.message else f"{key.replace('_', ' ')}: "
    return Problem("", 0, 0, "until", where + problem.message)
