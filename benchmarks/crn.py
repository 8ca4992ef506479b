"""By how much common random numbers shrink the variance of a difference: one agent more of fifty.

    python benchmarks/crn.py [--reps N]

An M/M/c+M queue, `scenarios/published/mmc_abandonment.yaml` made larger: service and patience 3 minutes, 10 hours after
one of warm-up, 50 against 51 agents, at several loads. The factor is the variance of the difference in mean wait
between two scenarios that see different customers, over its variance where both see the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import servsim as sv
from servsim.stats import variance_ratio

__all__ = ["AGENTS", "LOADS", "gain", "main", "scenario"]

FILE = Path(__file__).parents[1] / "scenarios" / "published" / "mmc_abandonment.yaml"
AGENTS = 50
LOADS = (0.85, 0.9, 0.95, 1.0, 1.1)  # erlangs offered to each agent
SERVICE = 180.0  # seconds


def scenario(load: float, agents: int) -> sv.Scenario:
    """Return the queue with so many agents; the customers are those that offer `load` erlangs to each of fifty."""
    changes = {
        "clock.length": "11 h",
        "clock.warmup": "1 h",
        "channels.calls.arrivals": {"rate": f"{load * AGENTS / SERVICE * 3600:.6f}/h"},
        "channels.calls.patience": {"exponential": "3 min"},
        "flows.call.steps.talk.time": {"exponential": "3 min"},
        "pools.agents.staff": agents,
    }
    return sv.load(FILE, changes)


def gain(load: float, reps: int, *, seeds: tuple[int, int] = (1, 1)) -> float:
    """Return the factor by which the variance of the difference in mean wait shrinks.

    Args:
        load: erlangs offered to each of fifty agents.
        reps: replications of each scenario.
        seeds: of the scenarios with fifty agents and with one more; different ones give different customers, and so
            a factor of about 1.
    """
    pairs = zip((AGENTS, AGENTS + 1), seeds, strict=True)
    waits = [sv.run(scenario(load, agents), reps=reps, seed=seed).sample("wait") for agents, seed in pairs]
    return variance_ratio(*waits)


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each load."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--reps", type=int, default=200, metavar="N", help="replications of each scenario (200)"
    )
    reps = parser.parse_args(arguments).reps
    print(f"{AGENTS} against {AGENTS + 1} agents, mean wait, {reps} replications of 10 hours")
    print("load   same customers   different customers")
    for load in LOADS:
        print(f"{load:4.2f}   {gain(load, reps):14.1f}   {gain(load, reps, seeds=(1, 2)):19.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
