"""Speed of the engines against plain SimPy written by hand, measured alternately in one run; prints ratios.

    python benchmarks/engines.py [--rounds N]

Machines are noisy: only the ratios of one run mean anything. Records are on; a customer is one arrival.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import simpy

from servsim.engine import ENGINES, simulate
from servsim.network import Network, build
from servsim.scenario import load

HERE = Path(__file__).parent


def plain_simpy(seed: int, hours: float) -> int:
    """Work A as an analyst would write it with SimPy and the standard library; returns the number of customers."""
    rng = random.Random(seed)
    env = simpy.Environment()
    agents = simpy.Resource(env, capacity=50)
    log: list[tuple[float, float, bool]] = []

    def customer() -> Generator[simpy.Event, Any, None]:
        arrived = env.now
        with agents.request() as request:
            patience = env.timeout(rng.expovariate(1 / 180))
            yield request | patience
            wait = env.now - arrived
            if request.triggered:
                yield env.timeout(rng.expovariate(1 / 180))
            log.append((arrived, wait, request.triggered))

    def source() -> Generator[simpy.Event, Any, None]:
        while True:
            yield env.timeout(rng.expovariate(960 / 3600))
            if env.now >= hours * 3600:
                return
            env.process(customer())

    env.process(source())
    env.run()
    return len(log)


def our_engine(name: str, network: Network) -> Callable[[int], int]:
    """Return a run of one of our engines; it gives the number of customers."""
    return lambda seed: len(simulate(network, seed, 1, name).contacts["end"])


def main() -> None:
    """Measure every engine in turn, `--rounds` times, and print the best of each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    network = build(load(HERE / "work_a.yaml").model)
    works: dict[str, Callable[[int], int]] = {
        "plain SimPy": lambda seed: plain_simpy(seed, network.length / 3600)
    }
    works |= {name: our_engine(name, network) for name in ENGINES}
    best = dict.fromkeys(works, 0.0)
    for seed in range(rounds):
        for name, work in works.items():
            begin = time.perf_counter()
            customers = work(seed)
            best[name] = max(best[name], customers / (time.perf_counter() - begin))
    print(f"{'Work A':<14}{'customers/s':>14}{'ratio':>9}")
    for name, speed in best.items():
        print(f"{name:<14}{speed:>14,.0f}{speed / best['plain SimPy']:>9.2f}")


if __name__ == "__main__":
    main()
