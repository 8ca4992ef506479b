"""A rule of the reference engine is broken, one at a time: the corner case named beside it shows a difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from corners import corner
from hypothesis import Phase, given, settings
from parity import differences, outcome
from test_engine_fuzz import crowded, network

from servsim.engine import reference
from servsim.network import Network
from servsim.network.kinds import EventKind, StepKind

Sabotage = Callable[[pytest.MonkeyPatch], None]
SIMULATION = reference._Simulation


def kinds(**places: int) -> Sabotage:
    """Take a kind of event at another place among those of one instant."""
    moved = {int(EventKind[kind]): place for kind, place in places.items()}
    pack = reference.pack

    def sabotage(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(reference, "pack", lambda kind, *rest: pack(moved.get(int(kind), int(kind)), *rest))

    return sabotage


def arrays(part: str, field: str, value: float) -> Sabotage:
    """Let an array of the network say the same for all."""
    init, chance = SIMULATION.__init__, reference.Chance

    def changed(net: Network) -> Network:
        old = getattr(net, part)
        new = dataclasses.replace(old, **{field: np.full_like(getattr(old, field), value)})
        return dataclasses.replace(net, **{part: new})

    def sabotage(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(reference, "Chance", lambda net, *rest: chance(changed(net), *rest))
        patch.setattr(SIMULATION, "__init__", lambda self, net, *rest: init(self, changed(net), *rest))

    return sabotage


def around(method: str, broken: Callable[..., Any]) -> Sabotage:
    """Call `broken(method, self, ...)` in place of a method."""
    whole = getattr(SIMULATION, method)
    return lambda patch: patch.setattr(SIMULATION, method, lambda *args: broken(whole, *args))


def first_written(patch: pytest.MonkeyPatch) -> None:
    """Let every contact start at the first of the steps at which it may."""
    patch.setattr(reference.Chance, "start", lambda self, channel, *rest: self._start[channel][1][0])


def shadowed(name: str, other: Any) -> Sabotage:
    """Put something else in the place of a builtin function."""
    return lambda patch: patch.setattr(reference, name, other, raising=False)


def _sorts_the_idle(find_work: Any, self: Any, pool: int, agent: int) -> None:
    find_work(self, pool, agent)
    self.pools[pool].idle.sort(key=lambda idle: idle[1])


def _goes_to_the_end(enter_again: Any, self: Any, visit: Any, kind: StepKind) -> None:
    enter_again(self, visit)
    if self.net.steps.kind[visit.step] == kind:
        self.turn += 1
        visit.since, visit.turn = self.now, self.turn


def _turned_round(enter: Any, self: Any, contact: Any, step: int) -> Any:
    visit = enter(self, contact, step)
    visit.turn = -visit.turn
    return visit


def _drawn_anew(patience: Any, self: Any, visit: Any) -> float:
    other = dataclasses.replace(visit.contact, attempt=visit.contact.attempt + visit.contact.visits)
    return float(patience(self, dataclasses.replace(visit, contact=other)))


def _stays_on(agent_free: Any, self: Any, pool: int, agent: int) -> None:
    self.pools[pool].target += 1
    agent_free(self, pool, agent)
    self.pools[pool].target -= 1


SABOTAGES: dict[str, tuple[str, Sabotage]] = {
    "the lowest number serves, not the longest idle": (
        "longest idle agent",
        around("find_work", _sorts_the_idle),
    ),
    "patience ends before services do": (
        "patience ends as the agent is free",
        kinds(ABANDON=4, SERVICE_END=8),
    ),
    "contacts arrive before services end": ("arrival with a service end", kinds(ARRIVAL=0)),
    "contacts arrive before wrap-up ends": ("arrival with the end of wrap-up", kinds(ARRIVAL=0)),
    "shifts change after services end": ("several handed back at once", kinds(ROSTER=6)),
    "outages begin after sessions end": ("outages of every kind", kinds(BOT_DOWN=6)),
    "outages end before others begin": ("outages of every kind", kinds(BOT_UP=1, BOT_DOWN=2)),
    "patience ends before overflow": ("overflow with several waits", kinds(ABANDON=7, OVERFLOW=8)),
    "handed back to the end of the line": (
        "several handed back at once",
        around("enter_again", lambda *args: _goes_to_the_end(*args, StepKind.QUEUE)),
    ),
    "broken off to the end of the line": (
        "sessions broken off before those who wait",
        around("enter_again", lambda *args: _goes_to_the_end(*args, StepKind.BOT)),
    ),
    "of equal waits the last to join goes first": (
        "equal times in all channels",
        around("enter", _turned_round),
    ),
    "the lowest numbers leave first": ("several handed back at once", shadowed("max", min)),
    "turned away in reverse": (
        "outages of every kind",
        shadowed("sorted", lambda values: sorted(values, reverse=True)),
    ),
    "one too many stays on": ("numbers taken again while others finish", around("agent_free", _stays_on)),
    "no head start": ("priorities, preferences and head starts", arrays("queues", "head_start", 0)),
    "no priority": ("priorities, preferences and head starts", arrays("queues", "priority", 0)),
    "no preference": ("priorities, preferences and head starts", arrays("pools", "skill_rank", 1)),
    "no wait for overflow": ("overflow with several waits", arrays("queues", "pool_after", 0)),
    "room for one": ("little room", arrays("queues", "room", 1)),
    "every step is live": ("a line freed in the middle", arrays("steps", "live", 1)),
    "patience drawn for each wait": ("one draw of patience for all waits", around("patience", _drawn_anew)),
    "returns at any hour": ("delays that end with the hours", arrays("returns", "calendar", -1)),
    "delays at any hour": ("delays that end with the hours", arrays("steps", "calendar", -1)),
    "returns to the first channel": ("return to another channel", arrays("returns", "channel", 0)),
    "everybody starts at one step": ("a start by shares, anew in each attempt", first_written),
    "never handed back": ("handed back to another pool", arrays("pools", "returns", 0)),
    "sessions outlive outages": ("outages of every kind", arrays("bots", "returns", 0)),
    "the time of day at the start of the step": (
        "by time at the very change",
        arrays("samplers", "at_arrival", 0),
    ),
    "no day factors": ("random streams in opening hours", arrays("channels", "day_factor", -1)),
}


def differ(nets: tuple[Network, ...]) -> bool:
    """Tell whether the engines differ on any of some networks."""
    return any(differences(outcome("reference", net), outcome("compiled", net)) for net in nets)


@pytest.mark.parametrize("rule", SABOTAGES)
def test_a_broken_rule_is_seen(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the corner case that is there for it; before, there is no difference."""
    case, sabotage = SABOTAGES[rule]
    nets = corner(case)
    assert not differ(nets)
    sabotage(monkeypatch)
    assert differ(nets)


@pytest.mark.slow
@pytest.mark.parametrize("rule", SABOTAGES)
def test_a_broken_rule_is_seen_at_random(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crowded scenarios show every one of them as well, within the first thousand."""
    SABOTAGES[rule][1](monkeypatch)

    @settings(max_examples=1000, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(crowded())
    def run(data: Mapping[str, Any]) -> None:
        assert not differ((network(data),)), "seen"

    with pytest.raises(AssertionError, match="seen"):
        run()
