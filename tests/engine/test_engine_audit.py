"""The audit of a run: records corrupted in every way that it checks, and engines broken in one rule, must not
pass.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from busy_day import BUSY_DAY
from timelines import ONE_QUEUE, network

from servsim.engine import Records, audit, reference, simulate
from servsim.engine.log import Log
from servsim.errors import AuditError
from servsim.network import Network
from servsim.network.kinds import End, VisitEnd

# One agent, 10 s a contact: 0 is served at once, 1 waits 5 s, 2 gives up at 10 s of wait, comes back at 80
# and is served
# from there; 3 comes just before the end and is cut off.
SMALL = {
    "clock.at_end": "cut",
    "channels.phone.arrivals.times": [[0], [5], [6], [3595]],
    "channels.phone.patience": "12 s",
    "channels.phone.lines": 3,
    "flows.call.steps": {
        "talk": {"queue": "q", "time": "10 s", "wrap_up": "2 s", "next": "hello"},
        "hello": {"bot": "b", "time": "5 s"},
    },
    "bots": {"b": {"sessions": 2}},
    "returns": {"abandoned": {"probability": 1, "after": "62 s"}},
}


@pytest.fixture(scope="module")
def small() -> tuple[Network, Records]:
    net = network(ONE_QUEUE, SMALL)
    return net, simulate(net, 1, 1)


def changed(records: Records, table: str, column: str, row: int, value: float) -> Records:
    """Return records with one cell changed."""
    columns = {name: np.array(cells) for name, cells in getattr(records, table).items()}
    columns[column][row] = value
    return replace(records, **{table: columns})


def test_the_small_run_is_what_the_corruptions_below_take_it_for(small: tuple[Network, Records]) -> None:
    """Rows by hand: contacts 0, 1, 2, 2 again (at 80), 3; visits talk and hello of 0, 1 and 2 again, one of
    2, one of 3.
    """
    net, records = small
    audit(records, net)
    assert records.contacts["arrived"].tolist() == [0, 5, 6, 80, 3595]
    assert records.contacts["end"].tolist() == [
        End.RESOLVED,
        End.RESOLVED,
        End.ABANDONED,
        End.RESOLVED,
        End.OPEN,
    ]
    assert records.visits["contact"].tolist() == [0, 0, 1, 1, 2, 3, 3, 4]
    assert records.visits["started"].tolist()[:4] == [0, 10, 12, 22]


CORRUPTIONS = {
    "ended without an end": (
        "contacts",
        "end",
        0,
        End.OPEN,
        "contacts that ended and contacts with an end time differ",
    ),
    "an end without a time": (
        "contacts",
        "ended",
        0,
        np.nan,
        "contacts that ended and contacts with an end time differ",
    ),
    "a time without an end": (
        "contacts",
        "ended",
        4,
        3600,
        "contacts that ended and contacts with an end time differ",
    ),
    "ended before it arrived": ("contacts", "ended", 1, 4, "a contact ended before it arrived"),
    "out of order": ("contacts", "arrived", 1, 7, "contacts are not in order of arrival"),
    "lost between steps": ("visits", "entered", 1, 10.5, "a contact was lost between two steps"),
    "left late": ("visits", "ended", 0, 9.5, "a contact was lost between two steps"),
    "begun before it came": ("visits", "started", 2, 4, "a visit's times are not in order"),
    "ended before it began": ("visits", "ended", 2, 11, "a visit's times are not in order"),
    "ended before it came": ("visits", "ended", 4, 5, "a visit's times are not in order"),
    "freed before it ended": ("visits", "freed", 2, 21, "a visit's times are not in order"),
    "no open visit": ("visits", "end", 7, VisitEnd.DONE, "do not each have one open visit"),
    "open visit of an ended contact": ("visits", "end", 3, VisitEnd.OPEN, "do not each have one open visit"),
    "gave up and went on": ("visits", "end", 2, VisitEnd.ABANDONED, "a contact gave up waiting and went on"),
    "waited longer": ("visits", "started", 2, 12.5, "Little's law fails at queue 'q'"),
    "two at once": ("visits", "freed", 0, 12.5, "an agent served two contacts at once"),
    "nobody there": ("staff", "present", 0, 0, r"pool 'team' was busy 41\.0 s, but staffed only 0\.0 s"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_one_cell_changed(small: tuple[Network, Records], name: str) -> None:
    """Each corruption of one cell is found, and named."""
    net, records = small
    table, column, row, value, message = CORRUPTIONS[name]
    bad = changed(records, table, column, row, value)
    with pytest.raises(AuditError, match=message):
        audit(bad, net)


def test_returns_that_do_not_come(small: tuple[Network, Records]) -> None:
    """In a drained run everybody who is to come back does."""
    net, records = small
    drained = replace(net, drain=True)
    audit(records, drained)
    for value in (np.nan, 81.0):
        with pytest.raises(AuditError, match="customers were to come back, 1 did"):
            audit(changed(records, "contacts", "returns_at", 2, value), drained)


def test_other_integral_of_the_number_waiting(small: tuple[Network, Records]) -> None:
    """Waits: 7 s of customer 1, 12 of 2: 19 s, and nothing else; a millisecond more is found."""
    net, records = small
    assert records.queue_area.tolist() == [19]
    with pytest.raises(AuditError, match=r"waits sum to 19\.0 s, the queue's integral is 19\.001 s"):
        audit(replace(records, queue_area=records.queue_area + 0.001), net)


def test_more_than_a_bot_or_the_lines_hold() -> None:
    """Three come at once and are with the bot together: a network with room for two would not have let it
    happen.
    """
    changes = {
        "channels.phone.arrivals.times": [[0], [0], [0]],
        "channels.phone.lines": 3,
        "bots": {"b": {"sessions": 3}},
        "flows.call.steps": {"hello": {"bot": "b", "time": "5 s"}},
    }
    wide = network(ONE_QUEUE, changes)
    records = simulate(wide, 1, 1)
    with pytest.raises(AuditError, match="bot 'b' held more than 2 sessions"):
        audit(records, network(ONE_QUEUE, {**changes, "bots.b.sessions": 2}))
    with pytest.raises(AuditError, match="channel 'phone' held more than its 2 lines"):
        audit(records, network(ONE_QUEUE, {**changes, "channels.phone.lines": 2}))


def test_all_faults_are_named_at_once(small: tuple[Network, Records]) -> None:
    """The message holds every rule broken."""
    net, records = small
    bad = replace(changed(records, "contacts", "ended", 1, 4), queue_area=np.array([0.0]))
    with pytest.raises(AuditError, match=r"please report it.*ended before it arrived; Little's law fails"):
        audit(bad, net)


# --- broken engines
# -------------------------------------------------------------------------------------------------


def _forgets_who_leaves(patch: pytest.MonkeyPatch) -> None:
    waiting = Log.waiting

    def broken(self: Log, queue: int, now: float, change: int) -> None:
        waiting(self, queue, now, max(change, 0))

    patch.setattr(Log, "waiting", broken)


def _lets_too_many_into_the_bot(patch: pytest.MonkeyPatch) -> None:
    hindrance = reference._Simulation.hindrance

    def broken(self: Any, number: int) -> Any:
        return hindrance(self, number) if self.bots[number].outages else None

    patch.setattr(reference._Simulation, "hindrance", broken)


def _frees_lines_at_once(patch: pytest.MonkeyPatch) -> None:
    contact = reference._Simulation.contact

    def broken(self: Any, one: Any) -> Any:
        self.free_line(one)
        return contact(self, one)

    patch.setattr(reference._Simulation, "contact", broken)


def _forgets_returns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reference._Simulation, "plan_return", lambda self, contact, channel, time: None)


def _notes_the_wrong_agent(patch: pytest.MonkeyPatch) -> None:
    start = Log.start

    def broken(self: Log, row: int, now: float, pool: int = -1, agent: int = -1) -> None:
        start(self, row, now, pool, min(agent, 0))

    patch.setattr(Log, "start", broken)


def _counts_an_agent_less(patch: pytest.MonkeyPatch) -> None:
    staff = Log.staff

    def broken(self: Log, now: float, pool: int, present: int, target: int) -> None:
        staff(self, now, pool, present - 1, target)

    patch.setattr(Log, "staff", broken)


def _lets_the_impatient_go_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reference, "_target", lambda end: -1 - int(End.RESOLVED))


BROKEN: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    _forgets_who_leaves: "Little's law fails at queue",
    _lets_too_many_into_the_bot: "bot 'helper' held more than 1 sessions",
    _frees_lines_at_once: "channel 'phone' held more than its 4 lines",
    _forgets_returns: "customers were to come back, 0 did",
    _notes_the_wrong_agent: "an agent served two contacts at once",
    _counts_an_agent_less: "pool 'backup' was busy",
    _lets_the_impatient_go_on: "a contact gave up waiting and went on",
}


@pytest.mark.parametrize("breaking", BROKEN, ids=lambda f: f.__name__.strip("_"))
def test_an_engine_with_one_broken_rule_is_caught(
    breaking: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule broken in the engine of a day with some of everything fails the audit of that day, with
    little room for its volume.
    """
    full = {"channels.phone.arrivals.scale": 2, "channels.phone.lines": 4, "bots.helper.sessions": 1}
    net = network(BUSY_DAY, full)
    simulate(net, 2, 1)
    breaking(monkeypatch)
    with pytest.raises(AuditError, match=BROKEN[breaking]):
        simulate(net, 2, 1)
