"""How time and memory grow with the number of customers on Work A, whole records beside records streamed in parts.

    python benchmarks/growth.py [--engine NAME] [--customers N,N,...]

Each size runs in a process of its own, where a short run comes first; the most memory that the process has held by then
is the base, and `above` is what the long run adds to it (too little where a run is short: the base may have room left).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from servsim import engine
from servsim.network import Network, build
from servsim.scenario import load

__all__ = ["main", "run_one"]

WORK_A = Path(__file__).parent / "work_a.yaml"
PER_HOUR = 960
SHORT = 1_000  # customers of the run that comes first
SIZES = {"reference": [10_000, 30_000, 100_000]}  # an engine that is slow and keeps Python objects
FULL_SIZES = [100_000, 1_000_000, 10_000_000]
MAX_VISITS = 10**9


def _whole(network: Network, name: str) -> int:
    records = engine.simulate(network, 1, 1, name, max_visits=MAX_VISITS)
    return len(records.contacts["end"])


def _streamed(network: Network, name: str) -> int:
    parts = engine.stream(network, 1, 1, name, max_visits=MAX_VISITS)
    return sum(len(part.contacts["end"]) for part in parts)


MODES = {"whole": _whole} | ({"streamed": _streamed} if hasattr(engine, "stream") else {})


def _peak() -> int:
    """Return the most memory this process has held so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def run_one(mode: str, name: str, customers: int) -> dict[str, float]:
    """Measure one size in this process; return customers, seconds, and bytes at most before and after."""
    scenario = load(WORK_A)
    short, long = (
        build(scenario.with_({"clock.length": f"{count * 3600 / PER_HOUR:.0f} s"}).model)
        for count in (SHORT, customers)
    )
    MODES[mode](short, name)
    base, begin = _peak(), time.perf_counter()
    done = MODES[mode](long, name)
    return {
        "customers": done,
        "seconds": time.perf_counter() - begin,
        "base": base,
        "peak": _peak(),
    }


def _in_a_process(mode: str, name: str, customers: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", mode, "--engine", name, "--customers", str(customers)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main(arguments: list[str] | None = None) -> int:
    """Measure every mode and size, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    fastest = engine.resolve("auto")
    parser.add_argument("--engine", default=fastest, choices=engine.ENGINES, help=f"engine ({fastest})")
    parser.add_argument("--customers", metavar="N,N,...", help="sizes")
    parser.add_argument("--one", choices=MODES, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.customers.split(",")] if given.customers else []
    if given.one:
        print(json.dumps(run_one(given.one, given.engine, sizes[0])))
        return 0
    _in_a_process(
        "whole", given.engine, SHORT
    )  # compiles where nothing is compiled yet, which takes memory too
    print(f"Work A, engine {given.engine}\n")
    print(
        f"{'records':<10}{'customers':>12}{'s':>9}{'µs each':>9}{'peak MB':>9}{'above MB':>10}{'bytes each':>12}"
    )
    for mode in MODES:
        for size in sizes or SIZES.get(given.engine, FULL_SIZES):
            one = _in_a_process(mode, given.engine, size)
            count, above = one["customers"], one["peak"] - one["base"]
            print(
                f"{mode:<10}{count:>12,}{one['seconds']:>9.2f}{one['seconds'] / count * 1e6:>9.2f}"
                f"{one['peak'] / 1e6:>9.0f}{above / 1e6:>10.1f}{above / count:>12.1f}",
                flush=True,
            )
    if "streamed" not in MODES:
        print("\nno engine streams its records yet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
