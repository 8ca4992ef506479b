"""A small scenario that a replication of which takes milliseconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from servsim.scenario import Scenario, load

SMALL = """
servsim: 1
name: Small desk
currency: EUR
clock: {start: 2026-03-02, length: 1 day, interval: 1 h}
calendars: {desk: {daily: "08:00-12:00"}}
reasons: [order, trouble]
channels:
  phone:
    type: voice
    open: desk
    arrivals: {rate: 30/h}
    reasons: {order: 75%, trouble: 25%}
    patience: {exponential: 2 min}
    flow: call
  mail: {type: message, arrivals: {rate: 2/h}, reasons: {trouble: 100%}, flow: mail}
flows:
  call:
    steps:
      talk:
        queue: phone
        time: {exponential: 4 min}
        wrap_up: {constant: 30 s}
        next: {resolved: 80%, unresolved: rest}
  mail: {steps: {answer: {queue: mail, time: {exponential: 6 min}}}}
queues: {phone: {priority: 1}, mail: {}}
pools:
  desk: {staff: {by_calendar: {desk: 4}}, serves: [phone, mail], wage: 30/h}
targets:
  - {measure: abandonment, queue: phone, at_most: 20%}
  - {measure: service_level, queue: phone, at_least: 99%, every: day}
"""


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Scenario]:
    """Return a function that loads the small scenario with changes."""
    file = tmp_path_factory.mktemp("study") / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")

    def small(**changes: object) -> Scenario:
        return load(file, {path.replace("__", "."): value for path, value in changes.items()})

    return small


@pytest.fixture(scope="session")
def small(make: Callable[..., Scenario]) -> Scenario:
    """Return the small scenario as it is."""
    return make()
