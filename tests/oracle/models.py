"""Service systems small enough for exact answers: each is a scenario file and the Markov chain that means the same.

`MODELS[name].answers` holds expected values of servsim's measures, keyed by (measure, scope), in the units of the
catalogue; they are computed when first asked for. All durations of the scenarios are exponential.

What an answer means. Long-run models: the value over the measured time of a system in its steady state. A run starts
empty and stops one day, so its expectation differs by what is left of the start after the warm-up (a millionth of
probability at most, see the test) and by the fate of the contacts that are inside at the end (about one in a thousand
are, and few of them fare otherwise; far below any error of sampling). Days: exactly what servsim counts from empty,
the end included; there is no approximation.

A measure that is a ratio has no simple expectation in a finite run: its answer is the ratio of the two expectations.
Compare it with the ratio of sums over replications (`tests/verification/scores.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from answers import Answers
from chains_bots import OutageSkip, OutageWait, Repeats
from chains_day import Day
from chains_queues import Longest, Priorities, Retrials, Skills

SCENARIOS = Path(__file__).with_name("scenarios")


@dataclass(frozen=True)
class Oracle:
    """A scenario and the exact answers to it. `text` is the whole scenario where it extends no other; load `path`.

    `period` is the one that the answers are of.
    """

    name: str
    solve: Callable[[], Answers]
    file: str
    period: str = "run"

    @property
    def path(self) -> Path:
        """The scenario's file."""
        return SCENARIOS / f"{self.file}.yaml"

    @cached_property
    def text(self) -> str:
        """The scenario as written."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def answers(self) -> Answers:
        """Expected values by (measure, scope)."""
        return self.solve()


_DAY = Day()
_DAY_PART = 9, 10  # half-hours: from 12:30, where agents finish after their shift

MODELS: dict[str, Oracle] = {
    model.name: model
    for model in (
        Oracle("priorities", Priorities().answers, "priorities"),
        Oracle("skills", Skills().answers, "skills"),
        Oracle("longest", Longest().answers, "longest"),
        Oracle("repeats", Repeats().answers, "repeats"),
        Oracle("retrials", Retrials().answers, "retrials"),
        Oracle("outage_skip", OutageSkip().answers, "outage_skip"),
        Oracle("outage_wait", OutageWait().answers, "outage_wait"),
        Oracle("day_cut", partial(_DAY.answers, False), "day_cut"),
        Oracle("day_drain", partial(_DAY.answers, True), "day_drain"),
        Oracle("day_part", partial(_DAY.integrals, *_DAY_PART), "day_cut", "2026-01-05 12:30"),
    )
}
