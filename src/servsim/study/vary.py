"""What is varied and over which values: `--vary path=SPEC`, a study's `vary:` and `sweep(vary=...)` in Python.

A SPEC is one of

    8:14:7              seven values evenly spaced from 8 to 14, both included
    8:14                a range of which any value may be taken (for sampling and searches)
    8,10,none           a list; commas within brackets and quotes do not split

Ends carry units like values in scenario files (`20 s:1 min:5`, `70%:90%:5`, `26/h:32/h:4`) or change what is written
by the rules of `--set` (`-20%:+20%:5`, `x0.5:x2:4`, `-2:+2:5`); `=-2` is the value -2. Values are worked out in exact
fractions and written as a person would type them: 0.3, never 0.30000000000000004.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import InputError, Problem, did_you_mean, listed, printable, shown
from ..scenario.document import parse_scalar
from ..units import DURATION_UNITS, RATE_UNITS, parse_duration

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..scenario import Scenario

__all__ = ["MAX_POINTS", "Value", "Vary", "design", "parse_vary", "points", "vary_of"]

Value: TypeAlias = int | float | str  # a number, or text as `--set` takes it

MAX_POINTS = 100_000
MAX_SHOWN = 5  # problems of points told in full
DIGITS = 6  # of the width of a range, to which values are rounded that have no short decimal form

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?"
_END = re.compile(
    rf"(?P<mark>[=x*])?\s*(?P<sign>[+-])?\s*(?P<number>{_NUMBER})\s*(?P<unit>%|(?:/|per\b)?\s*[a-zA-Z]+)?",
    re.ASCII,
)
_CLOCK = re.compile(r"0\d|\d\d?:\d\d:\d\d?:\d\d", re.ASCII)  # 08:00:..., 8:00:9:00
_CHANGE = re.compile(r"[+-]\s*[\d.]|[x*]\s*[\d.]", re.ASCII)


@dataclass(frozen=True)
class Vary:
    """A path of the scenario and the values that it takes.

    Attributes:
        path: dotted, as `--set` takes it.
        values: the values in order; empty for a continuous range.
        low: the lower end of a range; None for a list.
        high: the upper end of a range; None for a list.
    """

    path: str
    values: tuple[Value, ...] = ()
    low: Value | None = None
    high: Value | None = None

    def at(self, fraction: float) -> Value:
        """Return the value at a fraction of the way, from 0 (the first or lowest) to 1 (the last or highest).

        Of n listed values each takes an equal part of the way; between the ends of a continuous range values are
        rounded to six digits of its width.

        Raises:
            ValueError: `fraction` is not from 0 to 1.
        """
        if not 0 <= fraction <= 1:
            raise ValueError(f"fraction is {fraction!r}: must be from 0 to 1")
        if self.values:
            return self.values[min(int(fraction * len(self.values)), len(self.values) - 1)]
        ends = (str(end) if isinstance(end, str) else f"={end}" for end in (self.low, self.high))
        low, high = _same_unit(*map(_end, ends))
        width = high.number - low.number
        return low.at(low.number + Fraction(fraction) * width, _exponent(width) + 1 - DIGITS)


def parse_vary(given: Sequence[str] | Mapping[str, Any]) -> list[Vary]:
    """Read what is varied: words `path=SPEC`, or a mapping of path to SPEC or to a list of values.

    Raises InputError with everything that is wrong, each problem with its path.
    """
    problems: list[Problem] = []
    pairs: list[tuple[str, Any]] = []
    if isinstance(given, Mapping):
        pairs = [(str(path).strip(), spec) for path, spec in given.items()]
    else:
        for word in given:
            path, equals, spec = word.partition("=")
            if equals and path.strip():
                pairs.append((path.strip(), spec))
            else:
                message = f"{word!r} varies nothing; write path=from:to:n, like pools.desk.staff=8:14:7"
                problems.append(Problem("", 0, 0, "", message))
    found: dict[str, Vary] = {}
    for path, spec in pairs:
        try:
            if path in found:
                raise ValueError("is varied twice")
            found[path] = vary_of(path, spec)
        except ValueError as error:
            problems.append(Problem("", 0, 0, path, str(error)))
    if problems:
        raise InputError(problems)
    return list(found.values())


def vary_of(path: str, spec: Any) -> Vary:
    """Return what a path takes by its SPEC: text, or a list of values. Raises ValueError where that says nothing."""
    if not isinstance(spec, str):
        if not isinstance(spec, Sequence) or isinstance(spec, bytes | bytearray):
            raise ValueError(f"{shown(spec)} is not what to vary; {_WAYS}")
        return _listed(path, [_value(item) for item in spec])
    text = spec.strip()
    items = _split(text, ",")
    if len(items) > 1:
        return _listed(path, [_value(item) for item in items])
    ends = _split(text, ":")
    if not text:
        raise ValueError(f"has no values; {_WAYS}")
    if len(ends) == 1:
        raise ValueError(f"{shown(text)} is a single value; {_WAYS}")
    return _range(path, text, ends)


_WAYS = "write from:to:n like 8:14:7, from:to like 8:14, or a list like 8,10,14"


# --- lists ------------------------------------------------------------------------------------------------


def _listed(path: str, values: Sequence[Value]) -> Vary:
    if len(values) < 2:
        raise ValueError(f"a list needs two values or more; {_WAYS}")
    if len(values) > MAX_POINTS:
        raise ValueError(f"too many values: {len(values):,}; at most {MAX_POINTS:,}")
    seen: set[Value] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{_word(value)} stands twice")
        seen.add(value)
    return Vary(path, tuple(values))


def _value(item: Any) -> Value:
    """Return a listed value: a number where it is one, else the text that `--set` takes."""
    if isinstance(item, str):
        text = item.strip()
        if not text:
            raise ValueError("an item of the list is empty; null takes a part away")
        bare = text.removeprefix("=").strip()
        number = None if _CHANGE.match(text) else parse_scalar(bare, Path())
        if isinstance(number, bool) or not isinstance(number, int | float):
            return text
        item = number
    if isinstance(item, Real) and not isinstance(item, bool):
        number = int(item) if isinstance(item, Integral) else float(item)
        if not math.isfinite(number):
            raise ValueError(f"{shown(number)} is not a finite number")
        return number
    try:
        return json.dumps(item, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"a value of type {type(item).__name__} cannot stand in a scenario") from None


def _split(text: str, mark: str) -> list[str]:
    """Split text at a mark that stands outside brackets and quotes. Raises ValueError where one stays open."""
    pieces, start = [], 0
    opened: list[str] = []
    for i, character in enumerate(text):
        if opened and opened[-1] in "\"'":
            if character == opened[-1]:
                opened.pop()
        elif character in "([{" or (character in "\"'" and not text[start:i].strip()[-1:].isalnum()):
            opened.append(character)
        elif character in ")]}":
            if not opened or opened.pop() + character not in ("()", "[]", "{}"):
                raise ValueError(f"{shown(text)} closes a bracket that is not open")
        elif character == mark and not opened:
            pieces.append(text[start:i])
            start = i + 1
    if opened:
        raise ValueError(f"{shown(text)} opens {opened[-1]} and never closes it")
    return [*pieces, text[start:]]


# --- ranges -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _End:
    """One end of a range. `mark` is `+` for a change by an amount, `x` for one by a factor, empty for a value."""

    number: Fraction
    unit: str  # as written: empty, %, pp, a unit of time, or / and a unit of time
    mark: str
    text: str

    @property
    def kind(self) -> str:
        what = {"": "number", "%": "share", "pp": "number of percentage points"}.get(self.unit, "duration")
        what = "rate" if self.unit.startswith("/") else what
        return {"": f"a {what}", "+": f"a change by a {what}", "x": "a change by a factor"}[self.mark]

    def at(self, number: Fraction, exponent: int) -> Value:
        """Return another number in this end's way of writing, rounded if need be to a power of ten."""
        text = _decimal(abs(number), exponent)
        if self.mark == "x":
            return f"x{text}"
        space = " " if self.unit in DURATION_UNITS else ""
        negative = number < 0 and text != "0"
        if self.mark:
            return ("-" if negative else "+") + text + space + self.unit
        if self.unit:
            return ("=-" if negative else "") + text + space + self.unit
        signed = "-" + text if negative else text
        return float(signed) if "." in signed else int(signed)


def _range(path: str, text: str, ends: list[str]) -> Vary:
    if any(map(_CLOCK.match, [text, *(end.strip() for end in ends)])):
        raise ValueError(
            f"{shown(text)} looks like times of day, which have no range; list them: 08:00,09:00"
        )
    if len(ends) > 3:
        raise ValueError(f"{shown(text)} has {len(ends)} parts; {_WAYS}")
    low, high = _same_unit(_end(ends[0]), _end(ends[1]))
    if low.number >= high.number:
        what = "are the same" if low.number == high.number else "stand the wrong way round"
        raise ValueError(
            f"the ends of {shown(text)} {what}; the lower one stands first, the higher one second"
        )
    width = high.number - low.number
    if len(ends) == 2:
        exponent = _exponent(width) + 1 - DIGITS
        return Vary(path, (), low.at(low.number, exponent), low.at(high.number, exponent))
    n = _count(ends[2].strip(), text)
    step = width / (n - 1)
    exponent = min(_exponent(width) + 1 - DIGITS, _exponent(step) - 2)
    values = tuple(low.at(low.number + i * step, exponent) for i in range(n))
    return Vary(path, values, values[0], values[-1])


def _count(word: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", word, re.ASCII) or not 2 <= int(word) <= MAX_POINTS:
        raise ValueError(
            f"the third part of {shown(text)} is how many values: "
            f"a whole number from 2 to {MAX_POINTS:,}, got {shown(word)}"
        )
    return int(word)


def _end(word: str) -> _End:
    """Read one end of a range. Raises ValueError where it is no quantity."""
    text = word.strip()
    found = _END.fullmatch(text)
    if found is None:
        return _several_pieces(text)
    number = Fraction(Decimal(found["number"])) * (-1 if found["sign"] == "-" else 1)
    mark = {"=": "", "x": "x", "*": "x", None: "+" if found["sign"] else ""}[found["mark"]]
    unit = re.sub(r"^(?:/|per\b)\s*", "/", found["unit"] or "")
    _check_unit(text, unit, mark)
    if mark == "x" and (found["sign"] or unit):
        raise ValueError(f"{shown(text)} is not a factor; write x and a number, like x1.5")
    return _End(number, unit, mark, text)


def _several_pieces(text: str) -> _End:
    """Read a duration of several pieces, like 1 h 30 min."""
    try:
        return _End(Fraction(repr(parse_duration(text))), "s", "", text)
    except ValueError:
        message = "is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"
        raise ValueError(f"{shown(text)} {message}") from None


def _check_unit(text: str, unit: str, mark: str) -> None:
    if unit in ("", "%") or unit in DURATION_UNITS or (unit == "pp" and mark == "+"):
        return
    if unit == "pp":
        raise ValueError(f"{shown(text)}: percentage points (pp) change a share; write +5pp or -5pp")
    if unit.startswith("/"):
        if mark == "+":
            raise ValueError(f"{shown(text)}: a change of a rate has no unit; write +2 or +10%")
        if unit[1:] in RATE_UNITS:
            return
        near = did_you_mean(unit[1:], RATE_UNITS)
        raise ValueError(f"{shown(text)}: no rate is per {unit[1:]!r}; use s, min, h, day, week, month{near}")
    near = did_you_mean(unit, DURATION_UNITS)
    raise ValueError(f"{shown(text)}: unknown unit {unit!r}; use ms, s, min, h, days, weeks, % or /h{near}")


def _same_unit(low: _End, high: _End) -> tuple[_End, _End]:
    """Return both ends in one unit, the one that gives the larger numbers. Raises ValueError where kinds differ."""
    if low.kind != high.kind:
        hint = "; a change has its sign at both ends, like -20%:+20%, and =-2 is the value -2"
        raise ValueError(
            f"the ends must be of one kind; {shown(low.text)} is {low.kind}, {shown(high.text)} is {high.kind}"
            + (hint if low.mark != high.mark else "")
        )
    if low.unit == high.unit:
        return low, high
    is_rate = low.unit.startswith("/")
    seconds = {end.unit: Fraction(repr(RATE_UNITS[end.unit.removeprefix("/")])) for end in (low, high)}
    unit = max(seconds, key=seconds.__getitem__) if is_rate else min(seconds, key=seconds.__getitem__)

    def turned(end: _End) -> _End:
        factor = seconds[unit] / seconds[end.unit] if is_rate else seconds[end.unit] / seconds[unit]
        return _End(end.number * factor, unit, end.mark, end.text)

    return turned(low), turned(high)


def _exponent(number: Fraction) -> int:
    """Return the power of ten of the first digit of a number above zero."""
    return (Decimal(number.numerator) / Decimal(number.denominator)).adjusted()


def _decimal(number: Fraction, exponent: int) -> str:
    """Write a number: in full where twelve digits do, else rounded to a power of ten."""
    with localcontext(prec=12):
        decimal = Decimal(number.numerator) / Decimal(number.denominator)
    if Fraction(decimal) != number:
        with localcontext(prec=200):
            exact = Decimal(number.numerator) / Decimal(number.denominator)
            decimal = exact.quantize(Decimal(1).scaleb(exponent))
    with localcontext(prec=200):
        return f"{decimal.normalize():f}"


# --- points -----------------------------------------------------------------------------------------------


def design(varies: Sequence[Vary], sample: str | None = None, seed: int = 1) -> pd.DataFrame:
    """Return the points at which scenarios are run: one row a point, one column a path.

    Args:
        varies: what is varied.
        sample: None or `grid` for every combination, the last path changing fastest; `lhs:64` for a Latin hypercube
            of 64 points; `sobol:64` for the first 64 points of a scrambled Sobol' sequence, a power of two.
        seed: of the sample's random numbers, 0 or more. The same seed gives the same points.

    Rows that are the same once values are taken from lists or rounded stand once, so a sample may have fewer rows.

    Raises:
        InputError: the sample is none of these, or a grid has a continuous range or more than 100,000 points.
        ValueError: `varies` is empty, or `seed` is out of range.

    Source: McKay, Beckman, Conover 1979, Technometrics 21(2) (Latin hypercube); Sobol' 1967 with the scrambling of
    Matousek 1998, both through scipy.stats.qmc.
    """
    import pandas as pd

    if not varies:
        raise ValueError("varies is empty: must hold what is varied")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed is {seed!r}: must be a whole number, 0 or more")
    method, n = _method(sample)
    if method == "grid":
        rows = _grid(varies)
    else:
        rows = [
            tuple(vary.at(float(fraction)) for vary, fraction in zip(varies, row, strict=True))
            for row in _fractions(method, n, len(varies), int(seed))
        ]
    columns = zip(*dict.fromkeys(rows), strict=True)
    return pd.DataFrame({vary.path: list(column) for vary, column in zip(varies, columns, strict=True)})


def _method(sample: str | None) -> tuple[str, int]:
    """Return the way of sampling and how many points it takes (0 for a grid)."""
    text = "grid" if sample is None else str(sample).strip()
    method, colon, count = (part.strip() for part in text.partition(":"))
    wrong = ""
    if method not in ("grid", "lhs", "sobol"):
        near = did_you_mean(method, ("grid", "lhs", "sobol"))
        wrong = f"{shown(text)} is no way to sample; write grid, lhs:64 or sobol:64{near}"
    elif method == "grid":
        wrong = f"{shown(text)}: a grid takes every combination; write grid alone" if colon else ""
    elif not re.fullmatch(r"\d{1,9}", count, re.ASCII) or not 2 <= int(count) <= MAX_POINTS:
        wrong = f"{shown(text)} needs a number of points from 2 to {MAX_POINTS:,}, like {method}:64"
    elif method == "sobol" and int(count).bit_count() != 1:
        below = 1 << (int(count).bit_length() - 1)
        near_ones = [n for n in (below, 2 * below) if n <= MAX_POINTS]
        best = min(near_ones, key=lambda n: abs(n - int(count)))
        wrong = (
            f"{shown(text)}: Sobol' points are balanced only in powers of two; the nearest is sobol:{best}"
        )
    if wrong:
        raise InputError([Problem("", 0, 0, "sample", wrong)])
    return method, int(count or 0)


def _grid(varies: Sequence[Vary]) -> list[tuple[Value, ...]]:
    from itertools import product

    ranges = [
        Problem(
            "",
            0,
            0,
            vary.path,
            f"a grid needs the number of values: write {vary.low}:{vary.high}:5, or sample",
        )
        for vary in varies
        if not vary.values
    ]
    if ranges:
        raise InputError(ranges)
    count = math.prod(len(vary.values) for vary in varies)
    if count > MAX_POINTS:
        sizes = " x ".join(str(len(vary.values)) for vary in varies)
        message = (
            f"the grid has {count:,} points ({sizes}); at most {MAX_POINTS:,}; take fewer values, or a sample"
        )
        raise InputError([Problem("", 0, 0, listed([vary.path for vary in varies], 5), message)])
    return list(product(*(vary.values for vary in varies)))


def _fractions(method: str, n: int, dimensions: int, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return n points of the unit cube."""
    import numpy as np
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if method == "lhs":
        return np.asarray(qmc.LatinHypercube(dimensions, rng=rng).random(n), dtype=np.float64)
    sobol = qmc.Sobol(dimensions, scramble=True, rng=rng)
    return np.asarray(sobol.random_base2(n.bit_length() - 1), dtype=np.float64)


def points(scenario: Scenario, table: pd.DataFrame) -> list[tuple[str, Scenario]]:
    """Return the scenario at every point of a design, in its order, each with the point's name.

    A name holds the last parts of the paths that tell them apart, like `staff=10, wage=26/h`.

    Raises:
        InputError: some points are no sound scenarios; every problem names the first point that has it.
    """
    names = _names(table)
    found: list[tuple[str, Scenario]] = []
    wrong: dict[Problem, list[str]] = {}
    for name, row in zip(names, table.itertuples(index=False, name=None), strict=True):
        try:
            changes = dict(zip(map(str, table.columns), row, strict=True))
            found.append((name, scenario.with_(changes)))
        except InputError as error:
            for problem in error.problems:
                wrong.setdefault(problem, []).append(name)
    if wrong:
        raise InputError(_told(wrong, len(table) - len(found), len(table)))
    return found


def _told(wrong: Mapping[Problem, Sequence[str]], bad: int, count: int) -> list[Problem]:
    """Return the first few problems of points, each with the points that have it."""
    told = []
    for problem, names in list(wrong.items())[:MAX_SHOWN]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        message = f"{problem.message} (at {names[0]}{more})"
        told.append(Problem(problem.file, problem.line, problem.column, problem.path, message))
    if len(wrong) > MAX_SHOWN:
        message = f"{bad} of {count} points are wrong; here are {MAX_SHOWN} of {len(wrong)} problems"
        told.append(Problem("", 0, 0, "", message))
    return told


def _names(table: pd.DataFrame) -> list[str]:
    words = _short([str(path) for path in table.columns])
    rows = table.itertuples(index=False, name=None)
    return [
        ", ".join(f"{word}={_word(value)}" for word, value in zip(words, row, strict=True)) for row in rows
    ]


def _short(paths: Sequence[str]) -> list[str]:
    """Return for each path its last parts, as few as tell it apart; a bare number says too little."""
    parts = [path.split(".") for path in paths]
    short = []
    for own in parts:
        others = [other for other in parts if other != own]
        lengths = range(1, len(own) + 1)
        fits = (
            n
            for n in lengths
            if any(map(str.isalpha, own[-n])) and all(other[-n:] != own[-n:] for other in others)
        )
        short.append(printable(".".join(own[-next(fits, len(own)) :])))
    return short


def _word(value: Value) -> str:
    """Return a value as a name shows it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return printable(str(value))
