"""Speed of the engines beside plain SimPy written by hand and beside Ciw, measured alternately in one run.

    python benchmarks/engines.py [--rounds N] [--quick]

Machines are noisy: only the ratios of one run mean anything. A customer is a first arrival; every program keeps a
record of every contact; the best of the rounds counts. Ends with status 1 where the programs do not simulate the same
model.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import works_simpy
from works import WORKS, Estimate, Figures, Visits, Work, disagreements, estimate, join

from servsim.engine import ENGINES, Records, resolve, simulate
from servsim.engine.control import Control
from servsim.network import Network, build
from servsim.network.kinds import StepKind, VisitEnd
from servsim.scenario import load

__all__ = ["Program", "columns", "main", "measure", "our_visits", "programs"]

# Customers where a program is too slow for the scenario's own length; fewer make a run shorter, not the speed another.
CUSTOMERS = {"reference": 50_000, "plain SimPy": 100_000, "Ciw": 50_000}
MAX_VISITS = 10**9


@dataclass
class Program:
    """A program set up for one work, and what has been measured of it."""

    name: str
    hours: float
    run: Callable[[int], Any]  # seed → what the program keeps; this is timed
    visits: Callable[[Any], Visits]
    customers: int = 0  # in the first round
    speed: float = 0.0  # customers a second, the best round
    rounds: list[Figures] = field(default_factory=list)


def our_program(name: str, work: Work, hours: float, *, audited: bool = False) -> Program:
    """Set one of our engines up, as it is or with the audit of every run; a short run compiles it."""
    scenario = load(work.file)
    warm, network = (
        build(scenario.with_({"clock.length": f"{h * 3600:.0f} s"}).model) for h in (0.25, hours)
    )
    simulate(warm, 1, 1, name)

    def engine(seed: int) -> Records:
        return next(ENGINES[name].stream(network, seed, 1, Control(MAX_VISITS)))

    def with_audit(seed: int) -> Records:
        return simulate(network, seed, 1, name, max_visits=MAX_VISITS)

    label, run = (f"{name}+audit", with_audit) if audited else (name, engine)
    return Program(label, hours, run, lambda records: our_visits(records, network))


def our_visits(records: Records, network: Network) -> Visits:
    """Return our records in the common form."""
    visits = records.visits
    kind = network.steps.kind[visits["step"]]
    people, bots = np.flatnonzero(kind == StepKind.QUEUE), np.flatnonzero(kind == StepKind.BOT)
    served = visits["end"][people] == VisitEnd.DONE
    entered, ended = visits["entered"], visits["ended"]
    left = np.where(served, visits["started"][people], ended[people])
    return Visits(
        customers=int((records.contacts["attempt"] == 1).sum()),
        entered=entered[people],
        wait=left - entered[people],
        served=served.astype(np.int64),
        talk=ended[people] - left,
        queue=network.steps.resource[visits["step"][people]],
        pool=visits["pool"][people].astype(np.int64),
        bot_entered=entered[bots],
        bot_time=ended[bots] - entered[bots],
    )


def programs(key: str, ciw: Any, fraction: float) -> list[Program]:
    """Return the programs for a work, plain SimPy first, each with this fraction of its customers."""
    work = WORKS[key]
    own = build(load(work.file).model).length / 3600

    def hours(name: str) -> float:
        return fraction * min(own, CUSTOMERS.get(name, float("inf")) / work.per_hour)

    of_work: dict[str, tuple[Callable[..., Any], Callable[[Any], Visits]]] = {
        "A": (works_simpy.erlang_a, works_simpy.visits_a),
        "B": (works_simpy.three_channels, works_simpy.visits_b),
    }
    by_hand, visits = of_work[key]
    length = hours("plain SimPy")
    result = [Program("plain SimPy", length, lambda seed: by_hand(seed, length), visits)]
    result += [our_program(name, work, hours(name)) for name in ENGINES]
    fastest = resolve("auto")
    result.append(our_program(fastest, work, hours(fastest), audited=True))
    if ciw is not None:
        run, people = (ciw.erlang_a, 1) if key == "A" else (ciw.three_channels, 2)
        short = hours("Ciw")
        result.append(
            Program("Ciw", short, lambda seed: run(seed, short), lambda log: ciw.visits(log, people))
        )
    return result


def measure(program: Program, work: Work, seed: int) -> None:
    """Run a program once and add the round to what is known of it."""
    gc.collect()
    begin = time.perf_counter()
    log = program.run(seed)
    seconds = time.perf_counter() - begin
    visits = program.visits(log)
    program.customers = program.customers or visits.customers
    program.speed = max(program.speed, visits.customers / seconds)
    program.rounds.append(work.batches(visits, program.hours))


def columns(work: Work, measured: list[Program]) -> dict[str, dict[str, Estimate]]:
    """Return the figures of each program, and in a last column those that theory gives."""
    table = {
        program.name: {name: estimate(part) for name, part in join(program.rounds).items()}
        for program in measured
    }
    exact = {name: Estimate(value, 0.0, 0) for name, value in work.exact.items()}
    return table | ({"theory": exact} if exact else {})


def show(work: Work, measured: list[Program]) -> None:
    """Print the speeds, and below them the figures side by side."""
    print(f"\n{work.title}\n")
    print(f"{'program':<14}{'customers':>12}{'customers/s':>14}{'ratio':>9}")
    for program in measured:
        ratio = program.speed / measured[0].speed
        print(f"{program.name:<14}{program.customers:>12,}{program.speed:>14,.0f}{ratio:>9.2f}")
    table = columns(work, measured)
    print(f"\n{'figure ± standard error':<26}" + "".join(f"{name:>20}" for name in table))
    for figure in next(iter(table.values())):
        cells = (column.get(figure) for column in table.values())
        print((f"{figure:<26}" + "".join(f"{_cell(one):>20}" for one in cells)).rstrip())


def _cell(one: Estimate | None) -> str:
    if one is None:
        return ""
    return f"{one.value:.4g}" + (f" ± {one.error:.2g}" if one.batches else "")


def _ciw() -> Any:
    """Return our programs for Ciw, or None after telling how to install it."""
    try:
        return importlib.import_module("works_ciw")
    except ModuleNotFoundError as error:
        if error.name != "ciw":
            raise
        print("Ciw is not installed and is left out; to have it: pip install -e '.[bench]'", file=sys.stderr)
        return None


def main(arguments: list[str] | None = None) -> int:
    """Measure every program in turn, round after round, and print tables; return 1 where they do not agree."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds; the best counts (3)")
    parser.add_argument("--quick", action="store_true", help="a fifth of the customers")
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("--rounds: at least 1")
    ciw, fraction = _ciw(), 0.2 if given.quick else 1.0
    measured = {key: programs(key, ciw, fraction) for key in WORKS}
    for seed in range(1, given.rounds + 1):
        for key, work in WORKS.items():
            for program in measured[key]:
                measure(program, work, seed)
    for key, work in WORKS.items():
        show(work, measured[key])
    count, found = disagreements([columns(work, measured[key]) for key, work in WORKS.items()])
    if found:
        print(f"\nthe programs do NOT agree, in {len(found)} of {count} comparisons:", *found, sep="\n  ")
        return 1
    print(
        f"\nthe programs agree in all {count} comparisons (with other seeds chance alone would break that once in 100)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
