"""Where a condition begins or ceases to hold as one value of the scenario changes.

All values are run with the same replications, so the mean margin (by how much the bound is kept) is one fixed
function of the value, and halving finds where it changes sign. The interval holds all values that a test would
not tell from the break-even: those at which the t interval of the margin contains zero. For each value that is a
test at the level, so the interval covers the true break-even with that probability. Of a list or of whole numbers
it reaches from the first to the last value that may be the last one to keep the condition.

It takes for granted that the condition changes at most once between neighbours of the first `checks` evenly
spaced values; several changes are all found and told if they lie further apart. Where the margin changes across the
last gap by more than both half-widths and more than three times as steeply as on either side, the answer is that
gap: a straight line through a jump would say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np
import pandas as pd

from ..catalogue import CATALOGUE
from ..errors import InputError, Problem, shown
from ..scenario import Scenario
from ..stats import mean_interval
from ..study.compare import check_comparable
from ..study.plotting import plots_of
from ..study.result import LEVEL, jsonable
from ..study.vary import Value, Vary, points
from ..words import with_interval
from .asking import Asked, Floats, Settings, as_scenario, asking, number_of, read_varies, rounded, wrong
from .until import BASE, Until, parse_until

__all__ = ["BreakEven", "Crossing", "breakeven"]

CHECKS = 5  # evenly spaced values that are looked at first
TOLERANCE = 1 / 256  # of the range
STEEPER = 3.0  # a jump is steeper than its neighbourhood by more than this factor
DIGITS = 4  # of the width of a range, in which values are told


@dataclass(frozen=True)
class Crossing:
    """A value at which the condition changes.

    Attributes:
        value: of a range: where the margin is zero (at a jump: the middle of it); of a list: the last value, on its
            side, that keeps the condition.
        low: lower end of the 95 % interval; None where it lies at the range's low end or below.
        high: upper end; None where it lies at the range's high end or above.
        kept: on which side the condition holds, `below` (towards the low end) or `above`.
        jump: of a range where the margin jumps across zero: the values between which it does; else None.
    """

    value: Value
    low: Value | None
    high: Value | None
    kept: str
    jump: tuple[Value, Value] | None = None


@dataclass(frozen=True)
class BreakEven:
    """Where a condition changes from kept to not kept.

    Attributes:
        scenario: name of the scenario.
        against: name of the scenario that is `base` in the condition; empty where there is none.
        both: whether the path was varied in that scenario too.
        note: that the other scenario kept its own value of the path, and which; empty where it has none.
        currency: the scenario's currency.
        path: what was varied.
        until: the condition in words.
        measure: what the condition is about, a name of the catalogue.
        is_list: whether the values were taken from a list or are whole numbers.
        seed: seed of the random numbers.
        reps: number of replications, the same for all values.
        level: confidence level.
        crossings: where the condition changes, from low to high.
        unsure: values about which the margin changes sign and back within its interval: no sure change.
        table: one row a value that was looked at, from low to high: value, number (NaN where the value holds none),
            measured (mean of the measure), margin (by how much the bound is kept, in the measure's unit), half_width,
            low, high, n (replications with a value), kept (by the mean).
    """

    scenario: str
    against: str
    both: bool
    note: str
    currency: str
    path: str
    until: str
    measure: str
    is_list: bool
    seed: int
    reps: int
    level: float
    crossings: tuple[Crossing, ...]
    unsure: tuple[Value, ...]
    table: pd.DataFrame = field(repr=False)

    @property
    def unit(self) -> str:
        """Unit of the measure and of the margin, as in the catalogue."""
        return CATALOGUE[self.measure].unit

    @property
    def plot(self) -> Any:
        """The plots of this break-even: `plot.names` lists them, see docs/plots.md."""
        return plots_of("BreakEvenPlots", self)

    @property
    def found(self) -> bool:
        """Tell whether the condition changes somewhere."""
        return bool(self.crossings)

    def verdict(self) -> str:
        """Return the answer in plain words, a line for each break-even and each doubt."""
        lines = [self._words(crossing) for crossing in self.crossings]
        if len(lines) > 1:
            lines.append(f"{len(lines)} break-evens: the condition does not change once and for all")
        if not lines:
            lines.append(self._nowhere())
        lines += [
            f"about {self.path} = {self.short(value)} the margin is near zero, with no sure change"
            for value in self.unsure
        ]
        return "\n".join(lines)

    def summary(self) -> dict[str, Any]:
        """Return everything as plain data for JSON: numbers that do not exist are None."""
        names = (
            "scenario",
            "against",
            "both",
            "note",
            "currency",
            "path",
            "until",
            "measure",
            "unit",
            "is_list",
            "seed",
            "reps",
            "level",
            "found",
        )
        about = {name: getattr(self, name) for name in names}
        crossings = [vars(crossing) for crossing in self.crossings]
        rows = self.table.to_dict("records")
        parts = {"crossings": crossings, "unsure": self.unsure, "verdict": self.verdict(), "values": rows}
        found: dict[str, Any] = jsonable({**about, **parts})
        return found

    def short(self, value: Value) -> str:
        """Return a value as people read it: one of a range in four digits of its width, or more if it was searched
        more closely.
        """
        numbers = self.table["number"].to_numpy()
        if self.is_list or not np.isfinite(numbers).all():
            return str(value)
        width = float(numbers[-1] - numbers[0])
        digits = max(DIGITS, math.ceil(math.log10(width / float(np.diff(numbers).min()))) + 1)
        return rounded(value, math.floor(math.log10(width)) + 1 - digits)

    def _words(self, crossing: Crossing) -> str:
        values = self.table["value"].tolist()
        low = f"≤ {values[0]}" if crossing.low is None else self.short(crossing.low)
        high = f"≥ {values[-1]}" if crossing.high is None else self.short(crossing.high)
        interval = f"({self.level * 100:g} %: {low} … {high})"
        if self.is_list:
            side = "up to" if crossing.kept == "below" else "from"
            onwards = " on" if crossing.kept == "above" else ""
            return f"{self.until} holds {side} {self.path} = {crossing.value}{onwards} {interval}"
        place = f"at {self.path} = {self.short(crossing.value)}"
        if crossing.jump is not None:
            first, last = map(self.short, crossing.jump)
            place = f"at {self.path} between {first} and {last}, where it jumps"
        return f"break-even {place} {interval}: {self.until} holds {crossing.kept}"

    def _nowhere(self) -> str:
        values, margins = self.table["value"].tolist(), self.table["margin"]
        near = int(margins.abs().to_numpy().argmin())
        row = self.table.iloc[near]
        everywhere = (
            "everywhere" if self.table["kept"].all() else "nowhere" if not self.table["kept"].any() else ""
        )
        size = with_interval(row["margin"], row["half_width"], self.unit).replace("%", " pp")
        holds = f"{self.until} holds {everywhere}" if everywhere else f"nothing sure about {self.until}"
        least = f"least margin {size} at {self.short(row['value'])}"
        return f"no break-even between {values[0]} and {values[-1]}: {holds}; {least}"


def breakeven(
    scenario: Scenario | str | Path,
    vary: Vary | str,
    until: str,
    *,
    against: Scenario | str | Path | None = None,
    both: bool = False,
    reps: int = 20,
    tolerance: float = TOLERANCE,
    checks: int = CHECKS,
    level: float = LEVEL,
    runner: Asked | None = None,
    **settings: Unpack[Settings],
) -> BreakEven:
    """Return the value of one path at which a condition changes from kept to not kept.

    How it is found, and what is taken for granted, stands on top of this module.

    Args:
        scenario: a scenario, or the name of its file.
        vary: one path and its range or list, like `pools.desk.staff=8:14`. The values of a list keep their order.
        until: the condition, in the words in which targets are printed, like `abandonment queue:chat <= 5%`. The bound
            may be `base`: the value of `against` on the same customers.
        against: the other scenario.
        both: vary the path in the other scenario too; else that keeps what it has.
        reps: number of replications, 2 or more.
        tolerance: how closely a range is searched, as a share of it; from 1e-6 to 0.25.
        checks: values looked at first, both ends included; 2 or more.
        level: confidence level, above 0 and below 1.
        runner: who is asked; None for a new one with `settings`: seed, engine, max_visits, jobs, cluster, store,
            progress, as `servsim.study.runner.Runner` takes them.

    Raises:
        InputError: the scenario, the path, a value or the condition is wrong, or nothing is measured at some value.
        RunError: a replication could not be finished.
        ValueError: another argument is out of range.

    Source: root of a sample path, Chen & Schmeiser 2001, IIE Transactions 33(3); interval by inversion of a test,
    Casella & Berger, Statistical Inference, 2nd ed., section 9.2.1 (for a quotient of means: Fieller 1954).
    """
    _check(reps, tolerance, checks, level)
    scenario = as_scenario(scenario)
    other = None if against is None else as_scenario(against)
    if other is not None:
        check_comparable((scenario.name, other.name), (scenario, other), 0)
    condition = parse_until(until, scenario)
    _check_base(condition, other, both)
    own = _only(read_varies(scenario, [vary] if isinstance(vary, Vary) else [str(vary)]))
    with asking(runner, settings) as asked:
        curve = _Curve(asked, condition.put(scenario), own, condition, reps, level, tolerance)
        seed = curve.begin(condition.put(other) if other is not None else None, both)
        curve.evaluate({round(i * curve.cells / (checks - 1)) for i in range(checks)})
        _narrow(curve)
    crossings, unsure = _crossings(curve)
    return BreakEven(
        scenario=scenario.name,
        against=other.name if other is not None else "",
        both=both,
        note="" if other is None or both else _note(scenario, other, own.path),
        currency=scenario.model.currency,
        path=own.path,
        until=condition.text,
        measure=condition.measure,
        is_list=bool(own.values),
        seed=seed,
        reps=reps,
        level=level,
        crossings=tuple(crossings),
        unsure=tuple(unsure),
        table=curve.table(),
    )


def _check(reps: int, tolerance: float, checks: int, level: float) -> None:
    for name, value in (("reps", reps), ("checks", checks)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 2:
            raise ValueError(f"{name} is {value!r}: must be a whole number, 2 or more")
    if not 1e-6 <= tolerance <= 0.25:
        raise ValueError(f"tolerance is {tolerance!r}: must be from 1e-6 to 0.25")
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}: must be above 0 and below 1")


def _check_base(until: Until, against: Scenario | None, both: bool) -> None:
    if until.bound is None and against is None:
        raise wrong("until", f"{until.text!r} compares with another scenario; name it: --against (against=)")
    if until.bound is not None and against is not None:
        raise wrong(
            "against",
            f"another scenario is of use where the bound is the word {BASE!r}, not in {until.text!r}",
        )
    if both and against is None:
        raise wrong("both", "there is no other scenario to vary; name it: --against (against=)")


def _only(varies: Sequence[Vary]) -> Vary:
    if len(varies) > 1:
        raise wrong("vary", f"a break-even varies one path, got {len(varies)}")
    section = varies[0].path.partition(".")[0]
    if section in ("targets", "claims", "futures"):
        raise wrong(varies[0].path, f"a {section[:-1]} changes nothing that happens; vary something else")
    return varies[0]


def _note(scenario: Scenario, other: Scenario, path: str) -> str:
    """Return that the other scenario is not varied and what it keeps; empty where it has no such path."""
    kept = _at(other.document.data, path)
    kept = _at(other.resolved(), path) if kept is None else kept
    if kept is None:
        return ""
    words = str(kept) if isinstance(kept, str | int | float) else shown(kept)
    keeps = f'"{other.name}" keeps {path} = {words}'
    return f'only "{scenario.name}" is varied; {keeps}; --both (both=True) varies both'


def _at(data: Any, path: str) -> Any:
    """Return what stands at a dotted path of plain data; None where nothing does."""
    for part in path.split("."):
        if isinstance(data, list):
            data = dict(zip(map(str, range(len(data))), data, strict=True))
        data = data.get(part) if isinstance(data, dict) else None
    return data


# --- looking at values ----------------------------------------------------------------------------------------


class _Point(NamedTuple):
    """The margin at a value: its mean and interval."""

    measured: float
    margin: float
    half_width: float
    low: float
    high: float
    n: int

    @property
    def kept(self) -> bool:
        return self.margin >= 0

    @property
    def side(self) -> int:
        """1 where the condition is surely kept, -1 where it surely is not, 0 where that cannot be told."""
        return (self.low > 0) - (self.high < 0)


class _Curve:
    """The margin as a function of the place: values lie at the places 0 … cells, evenly spaced or those of a list."""

    def __init__(
        self,
        asked: Asked,
        scenario: Scenario,
        vary: Vary,
        until: Until,
        reps: int,
        level: float,
        tolerance: float,
    ) -> None:
        self._asked, self._scenario, self._until = asked, scenario, until
        self._reps, self._level = reps, level
        self._others: Floats | None = None
        self._other: Scenario | None = None  # what is varied together with the scenario
        self.vary = vary
        self.cells = len(vary.values) - 1 if vary.values else 1 << math.ceil(-math.log2(tolerance))
        self.found: dict[int, _Point] = {}
        self._digits = max(3, math.ceil(math.log10(self.cells)))

    def begin(self, against: Scenario | None, both: bool) -> int:
        """Have the other scenario run, if there is one that is not varied too, and return the random numbers' seed."""
        if both:
            self._other, against = against, None
        result = self._asked.results([self._scenario if against is None else against], self._reps)[0]
        if against is not None:
            self._others = self._until.values(result)
        return result.seed

    def value(self, place: float) -> Value:
        """Return the value at a place, which of a range may lie between two; rounded to a part of a cell."""
        if self.vary.values:
            return self.vary.values[round(place)]
        return self.vary.at(min(max(round(place / self.cells, self._digits), 0.0), 1.0))

    def evaluate(self, places: Iterable[int]) -> None:
        """Look at the values at some places, all at once."""
        new = sorted(set(places) - set(self.found))
        table = pd.DataFrame({self.vary.path: pd.Series([self.exact(place) for place in new], dtype=object)})
        named = points(self._scenario, table)
        others = [] if self._other is None else _points_of_other(self._other, table)
        results = self._asked.results([scenario for _, scenario in named + others], self._reps)
        for i, (place, (name, _)) in enumerate(zip(new, named, strict=True)):
            values = self._until.values(results[i])
            against = self._until.values(results[len(new) + i]) if others else self._others
            found = mean_interval(self._until.margin(values, against), self._level)
            if not (math.isfinite(found.mean) and math.isfinite(found.half_width)):
                raise wrong("until", f"{self._until.text!r} cannot be judged at {name}: {_WHY}")
            measured = mean_interval(values).mean
            self.found[place] = _Point(measured, found.mean, found.half_width, found.low, found.high, found.n)

    def table(self) -> pd.DataFrame:
        """Return all that was looked at, from low to high."""
        rows = []
        for place in sorted(self.found):
            point, value = self.found[place], self.exact(place)
            rows.append(
                {"value": str(value), "number": number_of(value), **point._asdict(), "kept": point.kept}
            )
        return pd.DataFrame(rows)

    def exact(self, place: int) -> Value:
        """Return the value at a place as it was run."""
        return self.vary.values[place] if self.vary.values else self.vary.at(place / self.cells)


def _points_of_other(other: Scenario, table: pd.DataFrame) -> list[tuple[str, Scenario]]:
    """Return the other scenario at every value; what is wrong there is told as its own."""
    try:
        return points(other, table)
    except InputError as error:
        where = f" (in {other.name}, which is varied too)"
        raise InputError(
            [Problem(p.file, p.line, p.column, p.path, p.message + where) for p in error.problems]
        ) from None


_WHY = "fewer than two replications measure it there; vary less widely or take more replications"


def _narrow(curve: _Curve) -> None:
    """Halve every gap across which something changes, until all changes lie between neighbours.

    Looked at are the signs of the mean margin and of both limits of its interval, so that the break-even and both
    ends of its interval are found together. Nothing is done where the mean changes sign nowhere.
    """
    if len({point.kept for point in curve.found.values()}) < 2:
        return
    while True:
        gaps = [
            (low + high) // 2
            for low, high in pairwise(sorted(curve.found))
            if high - low > 1 and _state(curve.found[low]) != _state(curve.found[high])
        ]
        if not gaps:
            return
        curve.evaluate(gaps)


def _state(point: _Point) -> tuple[bool, int]:
    return point.kept, point.side


# --- what was found -------------------------------------------------------------------------------------------


def _crossings(curve: _Curve) -> tuple[list[Crossing], list[Value]]:
    """Return the changes of the condition, and values about which it changes and changes back within the noise."""
    places = sorted(curve.found)
    line = [curve.found[place] for place in places]
    crossings, unsure = [], []
    for group in _groups(line):
        middle = group[len(group) // 2]
        if len(group) % 2:
            crossings.append(_crossing(curve, places, line, middle, line[group[0]].kept))
        else:
            unsure.append(curve.value(places[middle]))
    return crossings, unsure


def _groups(line: Sequence[_Point]) -> list[list[int]]:
    """Return where the mean margin changes sign (after which point); changes with nothing sure between are one group.

    An odd number of changes is one true change in some noise; an even number may be noise alone.
    """
    groups: list[list[int]] = []
    for i, (left, right) in enumerate(pairwise(line)):
        if left.kept == right.kept:
            continue
        if groups and all(point.side == 0 for point in line[groups[-1][-1] + 1 : i + 1]):
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def _crossing(
    curve: _Curve, places: Sequence[int], line: Sequence[_Point], middle: int, is_below: bool
) -> Crossing:
    """Return the break-even between the points `middle` and `middle + 1`, with the values that may be it."""
    left, right = middle, middle + 1
    while left >= 0 and line[left].side == 0:
        left -= 1
    while right < len(line) and line[right].side == 0:
        right += 1
    if curve.vary.values:
        shift = 0 if is_below else 1  # which of two neighbours keeps the condition
        low = None if left < 0 else curve.value(places[left + shift])
        high = None if right == len(line) else curve.value(places[right - 1 + shift])
        return Crossing(curve.value(places[middle + shift]), low, high, "below" if is_below else "above")

    def zero(after: int, limit: str) -> Value:
        """Return the value between two neighbouring points at which a straight line through a limit is zero."""
        a, b = (float(getattr(point, limit)) for point in line[after : after + 2])
        share = a / (a - b) if a != b else 0.5
        return curve.value(places[after] + min(max(share, 0.0), 1.0) * (places[after + 1] - places[after]))

    low = None if left < 0 else zero(left, "low" if line[left].side > 0 else "high")
    high = None if right == len(line) else zero(right - 1, "low" if line[right].side > 0 else "high")
    kept = "below" if is_below else "above"
    if not _is_jump(places, line, middle):
        return Crossing(zero(middle, "margin"), low, high, kept)
    jump = (curve.exact(places[middle]), curve.exact(places[middle + 1]))
    low = jump[0] if left == middle else low
    high = jump[1] if right == middle + 1 else high
    return Crossing(curve.value((places[middle] + places[middle + 1]) / 2), low, high, kept, jump)


def _is_jump(places: Sequence[int], line: Sequence[_Point], middle: int) -> bool:
    """Tell whether the margin jumps after the point `middle`: beyond its noise, and unlike the gaps beside.

    The gaps beside are looked at because a margin without noise is surely off zero on both sides of any root.
    """

    def slope(i: int) -> float:
        return abs(line[i + 1].margin - line[i].margin) / (places[i + 1] - places[i])

    beside = [slope(i) for i in (middle - 1, middle + 1) if 0 <= i < len(line) - 1]
    size = abs(line[middle + 1].margin - line[middle].margin)
    is_sure = size > max(line[middle].half_width, line[middle + 1].half_width)
    return is_sure and slope(middle) > STEEPER * max(beside, default=math.inf)
