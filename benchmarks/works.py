"""The two works, and what must come out the same whichever program simulates them.

A program's run is brought into one form, `Visits`; a work's figures are ratios of two sums over it. Their standard
errors come from batches of a run and from several runs, so that programs can be compared: `disagreements`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from servsim.queueing import mmca

__all__ = ["BATCHES", "WORKS", "Estimate", "Figures", "Visits", "Work", "disagreements", "estimate", "join"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Figures = Mapping[str, tuple[Floats, Floats]]  # name of a figure: numerator and denominator in each batch

HERE = Path(__file__).parent
BATCHES = 20  # in each run
COOL_DOWN = (
    3600.0  # s before the end of a run that are left out: a program may stop there with work unfinished
)
FALSE_ALARM = 0.01  # probability that all comparisons together accuse programs that agree


@dataclass(frozen=True)
class Visits:
    """What happened in one run: a row for every visit to a queue, and one for every bot session."""

    customers: int  # first arrivals
    entered: Floats  # s, when the contact came to the queue
    wait: Floats  # s, until served or gone
    served: Ints  # 1, or 0 for those who gave up
    talk: Floats  # s with an agent, 0 for those who gave up
    queue: Ints
    pool: Ints  # -1 for none
    bot_entered: Floats
    bot_time: Floats  # s


@dataclass(frozen=True)
class Work:
    """One work: its file, its volume, and the figures by which programs are compared."""

    title: str
    file: Path
    per_hour: float  # customers (first arrivals)
    warmup: float  # s left out at the start, where the system fills
    figures: Callable[[Visits, Floats], Figures]  # of a run, in the batches between the given edges
    exact: Mapping[str, float]  # figures known from theory

    def batches(self, visits: Visits, hours: float) -> Figures:
        """Return the figures of a run of so many hours, batch by batch."""
        end = hours * 3600.0 - COOL_DOWN
        if end <= self.warmup:
            raise ValueError(f"{hours:.3g} hours leave nothing between the warm-up and the end")
        return self.figures(visits, np.linspace(self.warmup, end, BATCHES + 1))


def _share(time: Floats, value: npt.NDArray[np.generic], edges: Floats) -> tuple[Floats, Floats]:
    """Return the batches' sums of a value and their numbers of rows: a mean over rows."""
    return np.histogram(time, edges, weights=value)[0], np.histogram(time, edges)[0].astype(np.float64)


def _rate(time: Floats, value: npt.NDArray[np.generic], edges: Floats, per: float) -> tuple[Floats, Floats]:
    """Return the batches' sums of a value and their lengths times `per`: work or rows a unit of time."""
    return np.histogram(time, edges, weights=value)[0], np.diff(edges) * per


def _figures_a(visits: Visits, edges: Floats) -> Figures:
    return {
        "mean wait [s]": _share(visits.entered, visits.wait, edges),
        "abandoned": _share(visits.entered, 1 - visits.served, edges),
        "occupancy": _rate(visits.entered, visits.talk, edges, 50),
    }


def _figures_b(visits: Visits, edges: Floats) -> Figures:
    figures: dict[str, tuple[Floats, Floats]] = {}
    for queue, name in enumerate(("general", "special")):
        here = visits.queue == queue
        time = visits.entered[here]
        figures |= {
            f"{name}: to people [1/h]": _rate(time, np.ones_like(time), edges, 1 / 3600),
            f"{name}: mean wait [s]": _share(time, visits.wait[here], edges),
            f"{name}: abandoned": _share(time, 1 - visits.served[here], edges),
        }
    for pool, agents in enumerate((10, 18)):
        there = visits.pool == pool
        name = f"pool {pool + 1}: occupancy"
        figures[name] = _rate(visits.entered[there], visits.talk[there], edges, agents)
    return figures | {"bot: mean session [s]": _share(visits.bot_entered, visits.bot_time, edges)}


_ERLANG_A = mmca(960 / 3600, 180.0, 50, 180.0)
_TO_PEOPLE = 300 * (0.30 + 0.70 * 0.35) / (1 - 0.15)  # an hour: first contacts, on to people, with returns
WORKS = {
    "A": Work(
        "Work A: Erlang A, 960 an hour, 50 agents",
        HERE / "work_a.yaml",
        960.0,
        1800.0,
        _figures_a,
        {
            "mean wait [s]": _ERLANG_A.mean_wait,
            "abandoned": _ERLANG_A.abandonment,
            "occupancy": _ERLANG_A.occupancy,
        },
    ),
    "B": Work(
        "Work B: bot, two pools with overflow, returns; 600 first contacts an hour",
        HERE / "work_b.yaml",
        600.0,
        5 * 3600.0,
        _figures_b,
        {
            "general: to people [1/h]": _TO_PEOPLE,
            "special: to people [1/h]": _TO_PEOPLE,
            "bot: mean session [s]": 90.0,
        },
    ),
}


@dataclass(frozen=True)
class Estimate:
    """A figure with its standard error, from so many batches (0: it is exact)."""

    value: float
    error: float
    batches: int


def join(runs: list[Figures]) -> Figures:
    """Return the figures of several runs as those of one, with the batches of all."""
    return {
        name: (np.concatenate([run[name][0] for run in runs]), np.concatenate([run[name][1] for run in runs]))
        for name in runs[0]
    }


def estimate(part: tuple[Floats, Floats]) -> Estimate:
    """Return the ratio of the two sums, with the standard error of a ratio estimator over the batches."""
    above, below = part
    ratio = float(above.sum() / below.sum())
    off = above - ratio * below
    return Estimate(ratio, float(off.std(ddof=1) / below.mean() / np.sqrt(off.size)), off.size)


def disagreements(tables: list[dict[str, dict[str, Estimate]]]) -> tuple[int, list[str]]:
    """Compare every program with the first of its table, figure by figure, and with theory where it is a column.

    Args:
        tables: for each work, program → figure → estimate; the first program is the one others are compared with.

    Returns:
        The number of comparisons, and a line for each that fails. The limit is the t quantile at which all of them
        together accuse programs that agree with a probability of at most `FALSE_ALARM`.
    """
    pairs = [pair for table in tables for pair in _pairs(table)]
    found = []
    for figure, (name, one), (base, other) in pairs:
        freedom = min(e.batches for e in (one, other) if e.batches) - 1
        limit = float(stats.t.ppf(1 - FALSE_ALARM / (2 * len(pairs)), freedom))
        allowed = limit * float(np.hypot(one.error, other.error))
        if not abs(one.value - other.value) <= allowed:  # also where one is NaN
            found.append(
                f"{figure}: {name} {one.value:.5g}, {base} {other.value:.5g}; at most {allowed:.2g} apart"
            )
    return len(pairs), found


def _pairs(
    table: dict[str, dict[str, Estimate]],
) -> Iterator[tuple[str, tuple[str, Estimate], tuple[str, Estimate]]]:
    exact = [name for name, column in table.items() if all(e.batches == 0 for e in column.values())]
    measured = [name for name in table if name not in exact]
    bases = [(name, measured[0]) for name in measured[1:]] + [(name, to) for to in exact for name in measured]
    for name, base in bases:
        for figure, other in table[base].items():
            yield figure, (name, table[name][figure]), (base, other)
