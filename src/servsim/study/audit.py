"""What a run's self-audit has checked, with numbers; and what formulas say where a queue is one that they know.

Every replication is audited by the engine's books (`servsim.engine.audit`) as it is run, over the whole of it, and a
check that fails is an error: so what is told here did hold. The numbers are those of the measures, over the measured
time and all replications together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..catalogue import CATALOGUE
from ..stats import Interval, normal_score
from ..units import HOUR
from ..words import amount, duration
from .formula import Formula, formulas
from .result import Result, jsonable

__all__ = ["FAR", "Check", "Compared", "Figure", "SelfAudit", "self_audit"]

FAR = 4.0  # beyond this z differs for a reason: by chance it would once in 16,000 numbers
ROUNDING = 1e-9  # relative; covers the rounding of sums over time
ENDS = ("resolved", "unresolved", "abandoned", "blocked", "closed")


@dataclass(frozen=True)
class Check:
    """One check and its numbers.

    Attributes:
        check: contacts, returns, visits, little, busy, roster, sessions, lines, order or room.
        scope: what it is about, as measures name it.
        claim: what was checked, in plain words.
        numbers: name → value over all replications together, where the measures have any.
        told: the same in words; "" where there are none.
        holds: whether the numbers agree. That the check held in every replication is certain.
    """

    check: str
    scope: str
    claim: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    told: str = ""
    holds: bool = True


@dataclass(frozen=True)
class Figure:
    """A formula's value beside the simulated one.

    `z` is how far apart they are in standard errors over the replications, as a normal score: Student's t with as many
    degrees of freedom as there are is turned into the z that is as improbable. NaN with fewer than two replications.
    """

    measure: str
    scope: str
    expected: float
    mean: float
    half_width: float
    z: float

    @property
    def far(self) -> bool:
        """Tell whether they differ by more than chance explains."""
        return abs(self.z) > FAR


@dataclass(frozen=True)
class Compared:
    """What a formula says about a queue (or why none does), beside what was simulated."""

    formula: Formula
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class SelfAudit:
    """The self-audit of a run.

    Attributes:
        reps: number of replications that were audited.
        checks: every check.
        queues: every queue beside its formula.
        warning: what a reader must know where a figure is far from its formula; "" where none is.
    """

    reps: int
    checks: tuple[Check, ...]
    queues: tuple[Compared, ...]
    warning: str

    def summary(self) -> dict[str, Any]:
        """Return the audit as plain data for JSON."""
        queues = [
            {
                **{key: getattr(one.formula, key) for key in ("queue", "model", "name", "reason")},
                "figures": [asdict(figure) | {"far": figure.far} for figure in one.figures],
            }
            for one in self.queues
        ]
        about = {
            "replications": self.reps,
            "checks": [asdict(check) for check in self.checks],
            "formulas": queues,
            "warning": self.warning,
        }
        return {key: jsonable(part) for key, part in about.items()}


def self_audit(result: Result) -> SelfAudit:
    """Return what was checked in a run, with numbers, and what formulas say of its queues."""
    sums = _Sums(result)
    checks = (*_contacts(sums), *_queues(sums), *_agents(sums), *_capacity(sums))
    queues = tuple(_compared(result, found) for found in formulas(result.scenario))
    return SelfAudit(result.reps, checks, queues, _warning(result, queues))


# --- checks ----------------------------------------------------------------------------------------------------------


class _Sums:
    """Measures of the whole run, added up over the replications."""

    def __init__(self, result: Result) -> None:
        self.model, self.reps = result.scenario.model, result.reps
        clock = self.model.clock
        self.seconds = (clock.length - clock.warmup) * result.reps
        rows = np.flatnonzero(result.index["period"] == "run")
        keys = zip(result.index["measure"].iloc[rows], result.index["scope"].iloc[rows], strict=True)
        self.found = {(str(m), str(s)): result.matrix[:, row] for row, (m, s) in zip(rows, keys, strict=True)}

    def of(self, measure: str, scope: str = "total") -> float:
        """Return the sum over the replications of a count, hours or time average."""
        return math.fsum(self.found[measure, scope].tolist())

    def weighted(self, measure: str, weights: Any, scope: str) -> float:
        """Return the sum over the replications of a mean times what it is a mean of."""
        values = self.found[measure, scope]
        return math.fsum((np.where(weights > 0, values, 0.0) * weights).tolist())


def _contacts(sums: _Sums) -> Iterator[Check]:
    came = sums.of("offered") + sums.of("closed")
    left, there = math.fsum(sums.of(end) for end in ENDS), sums.of("unfinished")
    yield Check(
        "contacts",
        "total",
        "contacts in = out + still there; each comes to its first step as it arrives and ends as it leaves the last",
        {"in": came, "out": left, "still_there": there},
        f"{came:,.0f} = {left:,.0f} + {there:,.0f}",
        came == left + there,
    )
    yield Check("visits", "total", "consecutive steps of a contact join; the times of a visit are in order")
    again = sums.of("repeats")
    yield Check(
        "returns",
        "total",
        "every planned return came at its time, and nobody else came again",
        {"came_again": again},
        f"{again:,.0f} came again",
    )


def _queues(sums: _Sums) -> Iterator[Check]:
    for name, queue in sums.model.queues.items():
        scope = f"queue:{name}"
        yield _little(sums, scope)
        yield Check("order", scope, "served in order: first come, first served within the queue")
        if queue.max_waiting is not None:
            away = sums.of("blocked", scope)
            yield Check(
                "room",
                scope,
                "nobody let in to wait in a full room, nobody turned away from one that is not full",
                {"room": float(queue.max_waiting), "turned_away": away},
                f"room for {queue.max_waiting:,}; {away:,.0f} turned away",
            )


def _little(sums: _Sums, scope: str) -> Check:
    """Little's law: L the time average, W the mean wait of the stays that began in the measured time."""
    joined = sums.found["offered", scope] - sums.found["blocked", scope]
    count, waited = math.fsum(joined.tolist()), sums.weighted("wait", joined, scope)
    length = sums.of("waiting", scope) / sums.reps
    rate, wait = count / sums.seconds, waited / count if count else math.nan
    product = waited / sums.seconds
    apart = abs(length - product) / max(length, product) if max(length, product) > 0 else 0.0
    there = sums.of("backlog", scope) / sums.reps
    words = (
        f"L {length:.4g}; λ {rate * HOUR:.4g}/h, W {amount(wait, 's')}, λW {product:.4g}; apart {apart:.1%}"
    )
    words += f", {amount(there, 'number')} still waiting at the end" if there else ""
    return Check(
        "little",
        scope,
        "Little's law: the waits add up to the integral of the number waiting, which is kept apart; here L and λW of "
        "the measured time, which differ by the waits across its edges alone",
        {
            **{"L": length, "lambda_per_s": rate, "W": wait, "lambda_W": product},
            **{"relative_difference": apart, "still_waiting": there},
        },
        words,
        apart <= ROUNDING or not _is_whole(sums, scope),
    )


def _is_whole(sums: _Sums, scope: str) -> bool:
    """Tell whether every wait lies within the measured time, from its begin to its end."""
    handed_back = any(pool.on_shift_end == "return" for pool in sums.model.pools.values())
    return not sums.model.clock.warmup and not handed_back and sums.of("backlog", scope) == 0


def _agents(sums: _Sums) -> Iterator[Check]:
    for name in sums.model.pools:
        scope = f"pool:{name}"
        busy, staffed = sums.of("busy_hours", scope), sums.of("staffed_hours", scope)
        yield Check(
            "busy",
            scope,
            "busy ≤ staffed, in total and at any instant; no agent serves two contacts at once",
            {"busy_hours": busy, "staffed_hours": staffed},
            f"{busy:,.2f} h ≤ {staffed:,.2f} h",
            busy <= staffed * (1 + ROUNDING) + ROUNDING,
        )
        yield Check("roster", scope, "never fewer agents present than the roster wants")


def _capacity(sums: _Sums) -> Iterator[Check]:
    for name, bot in sums.model.bots.items():
        most = "as many as needed" if bot.sessions is None else f"{bot.sessions:,} at most"
        begun, mean = sums.of("sessions", f"bot:{name}"), sums.of("sessions_open", f"bot:{name}") / sums.reps
        limit = {} if bot.sessions is None else {"limit": float(bot.sessions)}
        yield Check(
            "sessions",
            f"bot:{name}",
            "never more sessions than the bot can hold; none begins during an outage",
            {"sessions": begun, "open_on_average": mean, **limit},
            f"{begun:,.0f} sessions, {mean:.4g} at once on average, {most}",
            bot.sessions is None or mean <= bot.sessions * (1 + ROUNDING),
        )
    for name, channel in sums.model.channels.items():
        if channel.lines is not None:
            yield Check(
                "lines",
                f"channel:{name}",
                "never more lines held than there are",
                {"lines": float(channel.lines)},
                f"{channel.lines:,} lines",
            )


# --- formulas --------------------------------------------------------------------------------------------------------


def _compared(result: Result, found: Formula) -> Compared:
    figures = (
        _figure(measure, scope, expected, result.value(measure, scope))
        for (measure, scope), expected in found.figures.items()
    )
    return Compared(found, tuple(figures))


def _figure(measure: str, scope: str, expected: float, seen: Interval) -> Figure:
    """Return a figure with its z; values that do not vary must agree to rounding."""
    if seen.n < 2:
        z = math.nan
    elif seen.std > ROUNDING * abs(expected):
        z = normal_score((seen.mean - expected) / seen.std * math.sqrt(seen.n), seen.n - 1)
    else:
        alike = math.isclose(seen.mean, expected, rel_tol=ROUNDING, abs_tol=1e-12)
        z = 0.0 if alike else math.copysign(math.inf, seen.mean - expected)
    return Figure(measure, scope, expected, seen.mean, seen.half_width, z)


def _warning(result: Result, queues: tuple[Compared, ...]) -> str:
    """Return what to make of figures that are far from their formulas."""
    far = [figure for one in queues for figure in one.figures if figure.far]
    if not far:
        return ""
    clock = result.scenario.model.clock
    start = f"a warm-up of {duration(clock.warmup)}" if clock.warmup else "no warm-up"
    worst = max(far, key=lambda figure: abs(figure.z))
    name = f"{worst.measure} of {worst.scope}"
    if worst.expected != 0 and CATALOGUE[worst.measure].unit == "share":
        name += f" ({amount(worst.mean, 'share')} against {amount(worst.expected, 'share')})"
    return (
        f"{len(far)} figure{'s' if len(far) > 1 else ''} beyond z {FAR:g}, first of all {name}. Formulas tell of the "
        f"steady state; this run starts empty, with {start} in {duration(clock.length)}, so it may honestly differ: "
        "waits are short while the queue fills. Give a warm-up (servsim warmup tells how long) or a longer clock: if "
        "the difference stays, it is a defect, please report it."
    )
