"""What all questions have in common: whom to ask, what is varied, which values a range really has."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from ..errors import InputError, Problem, listed
from ..scenario import Scenario, load
from ..study import Result
from ..study.runner import Runner, Store
from ..study.vary import Value, Vary, parse_vary

__all__ = [
    "Asked",
    "Floats",
    "Settings",
    "Varies",
    "as_scenario",
    "asking",
    "number_of",
    "read_varies",
    "rounded",
    "unit_of",
    "wrong",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Varies: TypeAlias = Sequence[str] | Mapping[str, Any] | Sequence[Vary]

OTHER_TIME = ("clock", "clock.start", "clock.length", "clock.warmup")
MOST_WHOLE = 1_000_000  # whole numbers in a range that are told one by one

_WRITTEN = re.compile(
    r"=?([x*+-]?)\s*((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(%|pp|/?\s*[a-zA-Z]+)?", re.ASCII
)


class Asked(Protocol):
    """Whoever gives results; `servsim.study.runner.Runner` is one."""

    def results(self, scenarios: Sequence[Scenario], reps: int, first: int = 1) -> list[Result]:
        """Return replications first … first + reps - 1 of every scenario."""
        ...


class Settings(TypedDict, total=False):
    """Settings of the runner that is asked; `servsim.study.runner.Runner` says what each means."""

    seed: int
    engine: str
    max_visits: int | None
    jobs: int | None
    cluster: str | None
    store: Store | None
    progress: Callable[[float, int], None] | None


@contextmanager
def asking(runner: Asked | None, settings: Settings) -> Iterator[Asked]:
    """Give the runner that is there, or a new one for the time of the context.

    Raises ValueError where a runner that is there should get other settings.
    """
    if runner is not None:
        if settings:
            raise ValueError(f"runner is given: it has its own {listed(list(settings))}, leave them out")
        yield runner
        return
    with _new(**settings) as fresh:
        yield fresh


def _new(**settings: Unpack[Settings]) -> Runner:
    return Runner(periods=("run",), **settings)


def as_scenario(scenario: Scenario | str | Path) -> Scenario:
    """Return a scenario; one that is given by the name of its file is loaded."""
    return scenario if isinstance(scenario, Scenario) else load(scenario)


def wrong(path: str, message: str) -> InputError:
    """Return the error about one word of the question."""
    return InputError([Problem("", 0, 0, path, message)])


# --- what is varied -----------------------------------------------------------------------------------------


def read_varies(scenario: Scenario, varies: Varies) -> list[Vary]:
    """Return what is varied, from words like `pools.desk.staff=8:14`, a mapping of path to SPEC, or ready made.

    A range whose path takes whole numbers alone becomes the list of its whole numbers.

    Raises:
        InputError: the words are wrong, or nothing is varied.
    """
    if isinstance(varies, Mapping):
        found = parse_vary(varies)
    else:
        words = [word for word in varies if isinstance(word, str)]
        found = [vary for vary in varies if isinstance(vary, Vary)] or parse_vary(words)
    if not found:
        raise wrong("vary", "nothing is varied; write path=from:to, like pools.desk.staff=8:14")
    twice = [vary.path for i, vary in enumerate(found) if any(vary.path == other.path for other in found[:i])]
    if twice:
        raise InputError([Problem("", 0, 0, path, "is varied twice") for path in twice])
    apart = [
        vary.path for vary in found if vary.path.partition(".")[0] == "currency" or vary.path in OTHER_TIME
    ]
    if apart:
        reason = (
            "cannot be varied here: results over another time, or in another currency, have no difference"
        )
        raise InputError([Problem("", 0, 0, path, reason) for path in apart])
    return [_whole(scenario, vary) for vary in found]


def _whole(scenario: Scenario, vary: Vary) -> Vary:
    """Return a range as the list of its whole numbers, where its ends are whole and its path takes no others."""
    ends = [re.fullmatch(r"=?([+-]?)\s*(\d{1,9})", str(end), re.ASCII) for end in (vary.low, vary.high)]
    if vary.values or None in ends:
        return vary
    low, high = (int(end[1] + end[2]) for end in ends if end is not None)
    steps = high - low
    if steps > MOST_WHOLE or _is_sound(scenario, vary, 0.5 / steps) or not _is_sound(scenario, vary, 0.0):
        return vary
    return Vary(vary.path, tuple(vary.at(k / steps) for k in range(steps + 1)))


def _is_sound(scenario: Scenario, vary: Vary, fraction: float) -> bool:
    try:
        scenario.with_({vary.path: vary.at(fraction)})
    except InputError:
        return False
    return True


def number_of(value: Value) -> float:
    """Return the number that a varied value holds, in the unit that it is written in; NaN where it holds none."""
    if not isinstance(value, str):
        return float(value)
    found = _WRITTEN.fullmatch(value.strip())
    if found is None:
        return math.nan
    return -float(found[2]) if found[1] == "-" else float(found[2])


def rounded(value: Value, exponent: int) -> str:
    """Return a varied value with its number rounded to a power of ten; what holds no number stays as it is."""
    text = str(value)
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or Decimal(found[2]).as_tuple().exponent >= exponent:  # type: ignore[operator]
        return text
    number = Decimal(found[2]).quantize(Decimal(1).scaleb(exponent)).normalize()
    text = text if number else text.replace("-", "", 1)  # no minus zero
    return text.replace(found[2], f"{number:f}", 1)


def unit_of(value: Value) -> str:
    """Return the unit that a varied value is written in, such as `%`, `min` or `/h`; empty where it has none."""
    found = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    return (found[3] or "") if found else ""


# --- what is asked ------------------------------------------------------------------------------------------
