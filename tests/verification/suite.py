"""The verification suite: every closed formula, exact model and published result against both engines.

python tests/verification/suite.py            # prints the tables and writes docs/verification.md; some minutes
python tests/verification/suite.py --times 4  # four times the replications, half the error; writes nothing

The exit status is 1 where a row fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from case import MAIN, Case, Key
from chains import CHAINS
from closed import CLOSED
from printed import PRINTED
from scores import Score, limit, scores

from servsim import Result
from servsim.study import Runner

JOINT = 1e-4  # probability that a sound servsim fails the suite
AIM = 0.01  # relative error of a main measure that is to be found
SEED = 20261130
CASES: tuple[Case, ...] = (*CLOSED, *CHAINS, *PRINTED)


@dataclass(frozen=True)
class Row:
    """A value beside what is known of it.

    Attributes:
        case: the case.
        keys: the measure, and the scopes in which it has these values.
        score: that of the compiled engine.
        reference: that of the reference engine, over its few short replications; None where it is not scored.
    """

    case: Case
    keys: tuple[Key, ...]
    score: Score
    reference: Score | None

    @property
    def measure(self) -> str:
        """The measure."""
        return self.keys[0].measure

    @property
    def main(self) -> bool:
        """Tell whether an error of 1 % is to be found here; whatever is printed by others bounds that itself."""
        return self.measure in MAIN and self.score.known.value > 0 and self.case.kind != "published"


@dataclass(frozen=True)
class Verified:
    """What the suite found.

    Attributes:
        rows: all, in the order of the cases.
        differing: cases in which the engines did not give the same bytes.
        contacts: offered contacts of each case, on the compiled engine.
        brief: those of the short replications.
    """

    rows: Sequence[Row]
    differing: Sequence[str]
    contacts: dict[str, int]
    brief: dict[str, int]

    @cached_property
    def limit(self) -> float:
        """The bound on |z| of a row."""
        return limit(len(self.rows) + sum(row.reference is not None for row in self.rows), JOINT)

    @property
    def failures(self) -> list[str]:
        """What fails, in words; empty where all is well."""
        far = [
            f"{row.case.name}, {engine}: {row.measure} {row.keys[0].scope} {row.keys[0].period}: "
            f"expected {score.known.value:.6g}, got {score.got:.6g}, z = {score.z:.2f}"
            for row in self.rows
            for engine, score in (("compiled", row.score), ("reference", row.reference))
            if score is not None and not abs(score.z) <= self.limit
        ]
        return [*far, *(f"{name}: the engines do not give the same bytes" for name in self.differing)]

    @property
    def reaching(self) -> list[Row]:
        """Main rows in which an error of 1 % is found with a probability over 99 %."""
        return [row for row in self.rows if row.main and row.score.found(self.limit) <= AIM]

    @property
    def short(self) -> list[Row]:
        """Main rows that do not reach it."""
        return [row for row in self.rows if row.main and row.score.found(self.limit) > AIM]


def simulated(cases: Sequence[Case], engine: str = "compiled", jobs: int | None = 1) -> list[Result]:
    """Return the results of cases, each with the replications that it asks for."""
    finely = {case.scenario.digest() for case in cases if case.by_interval}
    results: dict[str, Result] = {}
    for periods in (("run",), ("run", "interval")):
        group = [case for case in cases if (case.scenario.digest() in finely) == ("interval" in periods)]
        with Runner(seed=SEED, engine=engine, periods=periods, jobs=jobs) as runner:
            for case in group:
                [results[case.name]] = runner.results([case.scenario], case.reps, case.first)
    return [results[case.name] for case in cases]


def judged(
    cases: Sequence[Case], results: Sequence[Result], brief: Sequence[tuple[Result, Result]]
) -> Verified:
    """Score the results of cases, and those of short replications by both engines (compiled, reference)."""
    rows: list[Row] = []
    differing = []
    for case, result, (fast, slow) in zip(cases, results, brief, strict=True):
        if fast.matrix.tobytes() != slow.matrix.tobytes():
            differing.append(case.name)
        main = {key: known for key, known in case.brief.known.items() if key.measure in MAIN and known.value}
        reference = {key: score for keys, score in scores(slow, main).items() for key in keys}
        rows += [
            Row(case, keys, score, reference.get(keys[0]))
            for keys, score in scores(result, case.known).items()
        ]
    contacts = {case.name: offered(result) for case, result in zip(cases, results, strict=True)}
    short = {case.name: offered(slow) for case, (_, slow) in zip(cases, brief, strict=True)}
    return Verified(rows, differing, contacts, short)


def offered(result: Result) -> int:
    """Return how many contacts were offered in all replications."""
    channels = [f"channel:{name}" for name in result.scenario.model.channels]
    return int(sum(result.sample("offered", channel).sum() for channel in channels))


def verified(cases: Sequence[Case] = CASES, jobs: int | None = 1) -> Verified:
    """Run the suite.

    Args:
        cases: which.
        jobs: processes; None takes every processor.
    """
    results = simulated(cases, jobs=jobs)
    short = [case.brief for case in cases]
    both = [simulated(short, engine, jobs) for engine in ("compiled", "reference")]
    return judged(cases, results, list(zip(*both, strict=True)))


def more(cases: Iterable[Case], times: float) -> list[Case]:
    """Return cases with so many times the replications."""
    return [replace(case, reps=max(2, round(times * case.reps))) for case in cases]


def main() -> int:
    """Run the suite, print its tables and write the page."""
    from page import PAGE, page

    parser = argparse.ArgumentParser(description="The verification suite of servsim.")
    parser.add_argument(
        "--times", type=float, default=1.0, help="so many times the replications; writes nothing"
    )
    parser.add_argument("--jobs", type=int, default=None, help="processes; all processors by default")
    words = parser.parse_args()
    found = verified(CASES if words.times == 1 else more(CASES, words.times), words.jobs)
    text = page(found)
    print(text)
    if words.times == 1:
        PAGE.write_text(text, encoding="utf-8")
    for failure in found.failures:
        print(failure, file=sys.stderr)
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
