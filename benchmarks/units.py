"""How much of the processors does useful work, when many small replications are computed and kept in a folder?

    python benchmarks/units.py              20,000 replications of some milliseconds, a minute or two
    python benchmarks/units.py --units 2000

Useful is what a replication costs in a worker: building the scenario once, simulating, auditing, measuring. All else,
sending jobs and answers, keeping files, waiting, is overhead. Results are put together afterwards and timed apart.

Useful seconds are those of the clock. On a machine that others use as well they are longer than the work in them, which
flatters the share; so it is given a second time, with no more useful seconds than the workers had processor time.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from servsim.scenario import Scenario, load
from servsim.study.crew import cores
from servsim.study.runner import Runner
from servsim.study.shelf import Shelf

FILE = Path(__file__).parents[1] / "scenarios" / "published" / "mmc_abandonment.yaml"
REPS = 50  # of each scenario
ENOUGH = 0.85  # of the processors' time


def scenarios(count: int) -> list[Scenario]:
    """Return so many variants of one scenario: patience from 30 s to 90 s."""
    return [
        load(FILE, {"channels.calls.patience": {"exponential": f"{30 + 60 * n / count} s"}})
        for n in range(count)
    ]


def cpu(who: int) -> float:
    """Return the seconds of processor time so far, of this process or of its children that have ended."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def memory() -> float:
    """Return the most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


@contextmanager
def measured(title: str) -> Iterator[None]:
    """Print how long something took, of it in this process, and by how much its memory has grown."""
    wall, mine, before = time.perf_counter(), cpu(resource.RUSAGE_SELF), memory()
    yield
    wall, mine = time.perf_counter() - wall, cpu(resource.RUSAGE_SELF) - mine
    print(f"{title:<28} {wall:8.2f} s, {mine:6.2f} s of it this process's, {memory() - before:+7.1f} MB")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 where too little of the time was useful."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--units", type=int, default=20_000, help="replications in all [%(default)s]")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes [%(default)s]")
    options = parser.parse_args(arguments)
    reps = min(REPS, options.units)
    with measured("load the scenarios"):
        many = scenarios(max(1, options.units // reps))
    with tempfile.TemporaryDirectory() as folder:
        share = compute(many, reps, options.jobs, folder)
        with measured("open again, check all"), Shelf(folder) as shelf, Runner(store=shelf) as runner:
            runner.compute(many, reps)
            assert runner.found == len(many) * reps
        with measured("results, one by one"), Shelf(folder) as shelf, Runner(store=shelf) as runner:
            for scenario in many:
                runner.results([scenario], reps)
    return int(share < ENOUGH)


def compute(many: Sequence[Scenario], reps: int, jobs: int, folder: str) -> float:
    """Compute everything and return the share of the processors' time that was useful."""
    theirs = cpu(resource.RUSAGE_CHILDREN)
    with Shelf(folder) as shelf:
        with Runner(jobs=jobs, store=shelf) as runner:
            runner.compute(many[:1], jobs)  # so that starting processes is not timed
            early, begun = runner.seconds, time.perf_counter()
            with measured("compute and keep"):
                runner.compute(many, reps)
            wall, useful = time.perf_counter() - begun, runner.seconds - early
        units, usage = len(many) * reps, shelf.usage()
    theirs = cpu(resource.RUSAGE_CHILDREN) - theirs
    spare = wall * jobs - useful
    share, strict = useful / (useful + spare), min(useful, theirs) / (min(useful, theirs) + spare)
    print(f"{units:,} units of {1e3 * useful / units:.2f} ms by {jobs} processes on {cores()} processors")
    print(
        f"useful                       {100 * share:8.1f} % of {jobs} x {wall:.2f} s; strictly {100 * strict:.1f} %"
    )
    print(f"overhead                     {1e6 * spare / units:8.0f} µs a unit")
    print(
        f"workers' processor time      {theirs:8.2f} s, their start included (useful, by the clock: {useful:.2f} s)"
    )
    print(f"packs                        {usage.packs:8,} files, {usage.bytes / 2**20:.1f} MB")
    return strict


if __name__ == "__main__":
    raise SystemExit(main())
