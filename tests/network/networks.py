"""Helper of the network's tests: the network of a scenario written as YAML."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servsim.network import Network, build
from servsim.scenario import load

SMALL = """
clock: {start: 2026-03-02 12:00, length: 30 h}
channels: {phone: {type: voice, arrivals: {rate: 1/h}, flow: call}}
flows: {call: {steps: {talk: {queue: q, time: 10 s}}}}
queues: {q: {}}
pools: {team: {staff: 1, serves: {q: {}}}}
"""
HOUR = 3600.0


def network(text: str = SMALL, changes: Mapping[str, Any] | None = None) -> Network:
    """Return the network of a scenario with changes of dotted paths."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        return build(load(path, changes).model)
