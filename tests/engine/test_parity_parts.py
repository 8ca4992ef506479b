"""Where the compiled engine stops, and in how many parts it tells, changes no byte."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from busy_day import BUSY_DAY
from corners import CORNERS, corner
from cutting import cut
from parity import differences, outcome, parts
from timelines import network

from servsim.engine import Records, compiled
from servsim.engine.compiled import world
from servsim.network import Network

RUNNING = [name for name, case in CORNERS.items() if not case.error]


@pytest.fixture(params=[(1, 1), (3, 2), (7, 16)], ids=lambda sizes: f"{sizes[0]} events, {sizes[1]} rows")
def tiny(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the kernel stop after few events and begin with small tables; return how many rows they have."""
    events, rows = request.param
    monkeypatch.setattr(compiled, "EVENTS", events)
    monkeypatch.setattr(world, "GROWING", {name: (rows, row[1]) for name, row in world.GROWING.items()})
    return int(rows)


def in_parts(net: Network, part: int, whole: Records) -> int:
    """Compare a run told in parts with the whole cut at the same contacts; return the number of parts."""
    told = list(parts(net, part))
    assert all(len(one.contacts["end"]) >= part for one in told[:-1])
    expected = cut(
        whole, [one.first for one in told[1:]]
    )  # which asserts that only contacts are cut off that are over
    for one, other in zip(told, expected, strict=True):
        assert differences(one, other) == []
        assert one.last == other.last
    return len(told)


def networks() -> Iterator[Network]:
    """Yield a variant of every corner case."""
    for name in RUNNING:
        yield corner(name)[-1]


def test_small_steps_and_small_tables(tiny: int) -> None:
    """The reference engine's bytes."""
    for net in networks():
        assert differences(outcome("reference", net), outcome("compiled", net)) == []


@pytest.mark.parametrize("part", [1, 7, 100])
def test_in_parts(tiny: int, part: int) -> None:
    """Random arrivals and corner cases; with small tables there are many parts indeed."""
    net = network(BUSY_DAY, {"channels.phone.arrivals.scale": 2, "pools.team.on_shift_end": "return"})
    assert in_parts(net, part, outcome("reference", net)) > (3 if part == 100 else 10)
    if tiny == 2:
        for other in networks():
            in_parts(other, part, outcome("reference", other))


def test_in_parts_with_the_tables_as_they_are() -> None:
    """Long enough that they are full now and then; one part where none are asked for."""
    net = network(BUSY_DAY, {"clock.length": "30 days"})
    whole = outcome("compiled", net)
    assert in_parts(net, 5_000, whole) > 2
    assert len(list(parts(net, None))) == 1


@pytest.mark.parametrize("forgets", ["slot", "agent"])
def test_a_note_that_is_not_moved_up_is_seen(forgets: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When visits are handed out, those that stay behind move, and so must the notes of where they lie."""
    monkeypatch.setattr(compiled, "EVENTS", 1)
    monkeypatch.setattr(world, "GROWING", {name: (16, row[1]) for name, row in world.GROWING.items()})
    forget = world.World._forget

    def broken(self: world.World, contacts: int, visits: int) -> None:
        kept = self.tables[forgets]["visit"].copy()
        forget(self, contacts, visits)
        self.tables[forgets]["visit"][:] = kept

    net = network(BUSY_DAY)
    monkeypatch.setattr(world.World, "_forget", broken)
    assert differences(outcome("reference", net), outcome("compiled", net)) != []
