"""A queue whose laws are known, and a runner that simulates nothing: its values are what a function says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from servsim.scenario import Scenario, load
from servsim.scenario.model import Model

QUEUE = """
servsim: 1
name: Five agents
currency: EUR
clock: {start: 2026-03-02, length: 10 h, warmup: 30 min, interval: 30 min}
channels: {phone: {type: voice, arrivals: {rate: 5/min}, patience: {exponential: 2 min}, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 1 min}}}}}
queues: {calls: {}}
pools: {team: {staff: 5, serves: {calls: {}}, wage: 24/h}}
costs: {lost_customer: 2, fixed_per_month: 1000}
"""

Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="session")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Return five agents who serve callers with patience, all exponential."""
    file: Path = tmp_path_factory.mktemp("decide") / "queue.yaml"
    file.write_text(QUEUE, encoding="utf-8")
    return load(file)


class Stub:
    """A runner whose replications are `law(model, replications)`; `asked` holds the digests in order."""

    def __init__(self, law: Callable[[Model, Floats], Any]) -> None:
        self.law = law
        self.asked: list[str] = []

    def results(self, scenarios: Sequence[Scenario], reps: int, first: int = 1) -> list[Any]:
        numbers = np.arange(first, first + reps, dtype=np.float64)
        found = []
        for scenario in scenarios:
            self.asked.append(scenario.digest())
            values = np.broadcast_to(
                np.asarray(self.law(scenario.model, numbers), dtype=np.float64), reps
            ).copy()
            judged = pd.DataFrame({"target": 0, "family": "run", "value": values})
            found.append(SimpleNamespace(seed=1, judged=judged, sample=lambda *_, values=values: values))
        return found


@pytest.fixture
def stub() -> type[Stub]:
    """Return the class of such runners."""
    return Stub
