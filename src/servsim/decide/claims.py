"""Claims put to the test: what somebody promises of a scenario, against its base on the same customers.

A promised change is judged by the interval of the change over replications, paired; a promised level by that of the
measure. A claim holds where the whole interval keeps the promise and fails where the whole interval falls short of it;
else one cannot tell. Each interval holds with 95 % by itself. Where a claim names a value to vary (`holds_if`) and is
not sure to hold, a break-even says from where on it does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..errors import InputError, Problem
from ..scenario import Scenario
from ..scenario.targets import Claim
from ..stats import mean_interval, paired_interval, ratio_interval
from ..study.amounts import check_scope
from ..study.compare import check_comparable
from ..study.result import LEVEL, Result, jsonable, versions
from ..units import format_duration
from ..words import amount, clock_time, difference_text
from .asking import Asked, Floats, Settings, asking, read_varies, wrong
from .breakeven import BreakEven, breakeven
from .cases import Case, cases_in

__all__ = ["VERDICTS", "Claims", "claims", "in_words"]

VERDICTS = ("holds", "fails", "cannot tell", "not measured")
DUST = 1e-9  # of the size of what is compared: nearer to the promise than that is rounding
TOLERANCE = 1 / 64  # of its range, to which a value is searched from which on a claim holds
COLUMNS = (
    *("case", "claim", "source", "measure", "scope", "promised", "promise", "kind", "base", "value"),
    *("found", "low", "high", "n", "verdict", "condition"),
)


@dataclass(frozen=True)
class Claims:
    """What came of the claims.

    Attributes:
        cases: the cases, in their order.
        table: one row a claim: case, claim, source, measure, scope, promised (in words), promise (as a number), kind
            (`relative`: a change as a share of the base; `change`: in the measure's unit; `level`: of the scenario
            itself), base and value (means of the measure; NaN where the base has no such thing), found (what the
            promise is compared with, in its unit), low and high (its interval), n (pairs of replications), verdict (one
            of VERDICTS), condition (where the claim holds; empty where nobody asked or it surely holds).
        breakevens: what was found of a condition, by the number of the claim's row.
        seed: seed of the random numbers.
        reps: replications of each scenario.
        level: confidence level of each interval by itself.
    """

    cases: tuple[Case, ...]
    table: pd.DataFrame = field(repr=False)
    breakevens: Mapping[int, BreakEven] = field(repr=False)
    seed: int
    reps: int
    level: float = LEVEL

    @property
    def all_hold(self) -> bool:
        """Tell whether no claim fails."""
        return not (self.table["verdict"] == "fails").any()

    def counted(self) -> str:
        """Return how many claims hold, in one line."""
        counts = self.table["verdict"].value_counts()
        told = [f"{counts[one]} {_plural(one, counts[one])}" for one in VERDICTS if one in counts]
        claims = "1 claim" if len(self.table) == 1 else f"{len(self.table)} claims"
        cases = "1 case" if len(self.cases) == 1 else f"{len(self.cases)} cases"
        return f"{claims} of {cases}: {', '.join(told)}"

    def verdict(self) -> str:
        """Return what came of every claim in plain words, a line each after the count."""
        lines = [
            f"{row['case']}: {row['claim']}: {row['verdict']} (promised {row['promised']}, found {found_text(row)})"
            + (f"; {row['condition']}" if row["condition"] else "")
            for row in self.table.to_dict("records")
        ]
        return "\n".join([self.counted(), *lines])

    def summary(self) -> dict[str, Any]:
        """Return everything as plain data for JSON: numbers that do not exist are None."""
        cases = [
            {
                "case": case.name,
                "base": case.base.name,
                "scenario": case.other.name,
                "digests": [case.base.digest(), case.other.digest()],
                "currency": case.other.model.currency,
            }
            for case in self.cases
        ]
        found: dict[str, Any] = jsonable(
            {
                "servsim": versions()["servsim"],
                "seed": self.seed,
                "reps": self.reps,
                "confidence": self.level,
                "adjustment": "none: each interval holds by itself",
                "verdict": self.counted(),
                "cases": cases,
                "claims": self.table.to_dict("records"),
                "breakevens": {number: one.summary() for number, one in self.breakevens.items()},
            }
        )
        return found

    def save(self, folder: str | Path, *, overwrite: bool = False, command: str = "") -> Path:
        """Write the claims into a new folder, complete or not at all; see `servsim.study.store`."""
        from ..study.store import save_claims

        rows = [
            (case.name, role, one.name, one.digest(), one.to_yaml())
            for case in self.cases
            for role, one in (("base", case.base), ("scenario", case.other))
        ]
        scenarios = pd.DataFrame(rows, columns=["case", "role", "scenario", "digest", "yaml"])
        return save_claims(
            self.table, scenarios, self.summary(), folder, overwrite=overwrite, command=command
        )


def claims(
    *paths: str | Path,
    reps: int = 20,
    breakeven_reps: int = 10,
    runner: Asked | None = None,
    **settings: Unpack[Settings],
) -> Claims:
    """Put the claims of cases to the test.

    Args:
        paths: each a what-if file with `claims` (its base is the file that it extends), the folder of a case
            (`as_is.yaml` and `to_be.yaml`) or a folder of such folders.
        reps: replications of each scenario, 2 or more.
        breakeven_reps: replications at every value that is looked at for a `holds_if`, 2 or more.
        runner: who is asked; None for a new one with `settings`: seed, engine, max_visits, jobs, cluster, store,
            progress, as `servsim.study.runner.Runner` takes them.

    Raises:
        InputError: there is no case, a scenario has no claims or is wrong, or a claim does not fit the base.
        RunError: a replication could not be finished.
        ValueError: another argument is out of range.

    Source: paired-t intervals, Law, 5th ed., section 10.2.1; of a ratio of means: Fieller 1954.
    """
    for name, value in (("reps", reps), ("breakeven_reps", breakeven_reps)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 2:
            raise ValueError(f"{name} is {value!r}: must be a whole number, 2 or more")
    cases = [case for path in paths for case in cases_in(path)]
    if not cases:
        raise wrong("claims", "no case is named")
    names = [case.name for case in cases]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise wrong("claims", f"two cases are named {twice!r}: judge them one after the other")
    _check(cases)
    judged = [_as_targets(case) for case in cases]
    with asking(runner, settings) as asked:
        results = asked.results([one for pair in judged for one in pair], reps)
        rows: list[dict[str, Any]] = []
        found: dict[int, BreakEven] = {}
        for number, case in enumerate(cases):
            pair = results[2 * number], results[2 * number + 1]
            for claim, row in _rows(case, *pair):
                if claim.holds_if is not None and row["verdict"] in ("fails", "cannot tell"):
                    try:
                        one = _breakeven(case, claim, breakeven_reps, asked)
                    except InputError as error:  # a value at which nothing can be judged: the verdict stands
                        row["condition"] = f"where it holds cannot be told: {error.problems[0].message}"
                    else:
                        found[len(rows)], row["condition"] = one, _condition(one)
                rows.append(row)
    return Claims(tuple(cases), pd.DataFrame(rows, columns=list(COLUMNS)), found, results[0].seed, reps)


# --- before anything is run -----------------------------------------------------------------------------------


def _check(cases: Sequence[Case]) -> None:
    """Raise InputError with every claim that does not fit its case."""
    problems = [problem for case in cases for problem in _problems(case)]
    if problems:
        raise InputError(problems)


def _problems(case: Case) -> Iterator[Problem]:
    document = case.other.document
    if not case.other.model.claims:
        yield Problem(str(case.other.source), 0, 0, "claims", "holds no claims to put to the test")
    try:
        check_comparable((case.base.name, case.other.name), (case.base, case.other), 0)
    except InputError as error:
        yield Problem(str(case.other.source), 0, 0, "clock", str(error))
    for n, claim in enumerate(case.other.model.claims):
        if claim.change is not None and (message := _lacks(case.base, claim)):
            yield document.problem(("claims", n), f"{message}; a change needs it there as well")
        if claim.holds_if is not None:
            for message in _wrong_range(case, claim):
                yield document.problem(("claims", n, "holds_if"), message)


def _lacks(scenario: Scenario, claim: Claim) -> str:
    """Return that a scenario has nothing of which the claim's measure could be taken; empty where it has."""
    try:
        check_scope(CATALOGUE[claim.measure], _scope(claim), {scenario.name: scenario})
    except ValueError as error:
        return str(error)
    return ""


def _wrong_range(case: Case, claim: Claim) -> list[str]:
    """Return what is wrong with a claim's range, at its ends and in every scenario that it changes."""
    assert claim.holds_if is not None
    try:
        own = read_varies(case.other, [claim.holds_if.vary])[0]
        ends = (own.values[0], own.values[-1]) if own.values else (own.at(0.0), own.at(1.0))
        for scenario in (case.other, case.base)[: 1 + claim.holds_if.both]:
            for end in ends:
                scenario.with_({own.path: end})
    except InputError as error:
        return [f"{problem.path}: {problem.message}" for problem in error.problems]
    return []


# --- running and judging --------------------------------------------------------------------------------------


def _scope(claim: Claim) -> str:
    return f"{claim.scope}:{claim.name}" if claim.name else claim.scope


def _as_targets(case: Case) -> tuple[Scenario, Scenario]:
    """Return both scenarios with what is claimed as their targets, which has it measured; the base with what it has."""
    targets = [_target(claim) for claim in case.other.model.claims]
    known = [
        target
        for target, claim in zip(targets, case.other.model.claims, strict=True)
        if not _lacks(case.base, claim)
    ]
    return case.base.with_({"targets": known}), case.other.with_({"targets": targets})


def _target(claim: Claim) -> dict[str, Any]:
    """Return a target that measures what is claimed; its bound says nothing."""
    scope = {claim.scope: claim.name} if claim.name else {}
    within = {} if claim.within is None else {"within": format_duration(claim.within)}
    return {"measure": claim.measure, **scope, **within, **_rules(claim), "at_least": 0}


def _rules(claim: Claim) -> dict[str, str]:
    """Return the rules of a service level that a claim names."""
    rules = {"abandoned": claim.abandoned, "blocked": claim.blocked}
    return {name: word for name, word in rules.items() if word is not None}


def _rows(case: Case, base: Result, other: Result) -> Iterator[tuple[Claim, dict[str, Any]]]:
    """Yield every claim of a case with its row of the table, conditions left empty."""
    place = 0  # among what the base has
    for n, claim in enumerate(case.other.model.claims):
        theirs = _values(other, n)
        ours = None
        if not _lacks(case.base, claim):
            ours, place = _values(base, place), place + 1
        found = _found(claim, ours, theirs)
        yield (
            claim,
            {
                "case": case.name,
                "claim": claim.claim,
                "source": claim.source,
                "measure": claim.measure,
                "scope": _scope(claim),
                "promised": _promised(claim),
                "base": math.nan if ours is None else mean_interval(ours).mean,
                "value": mean_interval(theirs).mean,
                **found._asdict(),
                "verdict": "not measured" if math.isnan(found.found) else _verdict(claim, ours, theirs),
                "condition": "",
            },
        )


def _values(result: Result, number: int) -> Floats:
    """Return what the target of a number is over the run, in every replication."""
    rows = result.judged[(result.judged["target"] == number) & (result.judged["family"] == "run")]
    values: Floats = rows["value"].to_numpy(dtype=float)
    return values


class _Found(NamedTuple):
    """What is compared with the promise, both in one unit."""

    kind: str
    promise: float
    found: float
    low: float
    high: float
    n: int


def _found(claim: Claim, ours: Floats | None, theirs: Floats) -> _Found:
    """Return the change or the level that a claim is about, with its interval."""
    change = claim.promised
    if change is None:
        level = mean_interval(theirs)
        return _Found("level", _bound(claim), level.mean, level.low, level.high, level.n)
    assert ours is not None  # checked before
    if not change.relative:
        gap = paired_interval(theirs, ours)
        return _Found("change", change.amount, gap.mean, gap.low, gap.high, gap.n)
    ratio = ratio_interval(theirs, ours)
    return _Found("relative", change.amount, ratio.value - 1, ratio.low - 1, ratio.high - 1, ratio.n)


def _verdict(claim: Claim, ours: Floats | None, theirs: Floats) -> str:
    """Judge a claim by the interval of what is left to the promise, replication by replication.

    Of a ratio that is the same as judging by its own interval, and it has an answer where that has no ends.
    """
    change = claim.promised
    if change is None:
        bound = np.full(len(theirs), _bound(claim))
    else:
        assert ours is not None
        bound = change.factor * ours + change.plus
    left = mean_interval(bound - theirs if _is_at_most(claim) else theirs - bound)
    dust = DUST * max(abs(mean_interval(bound).mean), abs(mean_interval(theirs).mean))
    return "holds" if left.low >= -dust else "fails" if left.high < -dust else "cannot tell"


def _bound(claim: Claim) -> float:
    bound = claim.at_most if claim.at_least is None else claim.at_least
    assert bound is not None  # a claim has a change or one bound
    return bound


def _is_at_most(claim: Claim) -> bool:
    change = claim.promised
    return claim.at_most is not None if change is None else change.key == "at_most"


# --- where a claim begins to hold -----------------------------------------------------------------------------


def _breakeven(case: Case, claim: Claim, reps: int, asked: Asked) -> BreakEven:
    assert claim.holds_if is not None
    change = claim.promised
    return breakeven(
        case.other,
        claim.holds_if.vary,
        _until(claim),
        against=None if change is None else case.base,
        both=claim.holds_if.both and change is not None,
        reps=reps,
        tolerance=TOLERANCE,
        runner=asked,
    )


def _until(claim: Claim) -> str:
    """Return the promise in the words of a break-even."""
    within = "" if claim.within is None else f" within {claim.within!r} s"
    rule = "".join(f" {name} {word}" for name, word in _rules(claim).items())
    bound = f"base {claim.change}"
    if claim.change is None:
        bound = str(claim.model_dump(mode="json")["at_most" if _is_at_most(claim) else "at_least"])
    return f"{claim.measure} {_scope(claim)}{within}{rule} {'<=' if _is_at_most(claim) else '>='} {bound}"


def _condition(found: BreakEven) -> str:
    """Return where the claim holds, in words: `holds if a.b ≤ 35% (33% … 38%)`."""
    values = found.table["value"].tolist()
    span = f"{values[0]} … {values[-1]}"
    if not found.crossings:
        kept = found.table["kept"]
        if found.unsure or kept.any() != kept.all():
            return f"no sure change of {found.path} within {span}"
        where = "holds" if kept.all() else "fails"
        return f"{where} for every {found.path} from {values[0]} to {values[-1]}"
    parts = []
    for crossing in found.crossings:
        low = f"below {values[0]}" if crossing.low is None else found.short(crossing.low)
        high = f"above {values[-1]}" if crossing.high is None else found.short(crossing.high)
        sign = "≤" if crossing.kept == "below" else "≥"
        parts.append(f"{sign} {found.short(crossing.value)} ({low} … {high})")
    return f"holds if {found.path} {' or '.join(parts)}"


def _plural(verdict: str, count: int) -> str:
    """Return the verdict on so many claims."""
    if verdict == "cannot tell":
        return "cannot be told"
    return verdict.removesuffix("s") if count > 1 else verdict


# --- words ----------------------------------------------------------------------------------------------------


def _promised(claim: Claim) -> str:
    if claim.change is not None:
        return claim.change
    bound = _bound(claim)
    unit = CATALOGUE[claim.measure].unit
    text = (
        f"{100 * bound:.6g}%" if unit == "share" else clock_time(bound) if unit == "s" else f"{bound:,.12g}"
    )
    return f"{'≤' if _is_at_most(claim) else '≥'} {text}"


def found_text(row: Mapping[Any, Any]) -> str:
    """Return what was found of a claim's row of the table, with its interval: `-41.2% (-42.0% … -40.4%)`."""
    if math.isnan(row["found"]):
        return "–"
    words = [
        in_words(row[key], row["kind"], CATALOGUE[row["measure"]].unit) for key in ("found", "low", "high")
    ]
    if not math.isfinite(row["high"] - row["low"]):
        return words[0]
    return f"{words[0]} ({words[1]} … {words[2]})"


def in_words(value: float, kind: str, unit: str) -> str:
    """Return a number of a claim's row (`found`, `low`, `high`), which is of that kind, as people read it."""
    if kind == "relative":
        return f"{100 * value:+,.1f}%" if math.isfinite(value) else "–"
    return amount(value, unit) if kind == "level" else difference_text(value, math.nan, unit)
