"""The audit of a run: records corrupted in every way that it checks, and engines broken in one rule, must not
pass.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from busy_day import BUSY_DAY
from cutting import cut, cut_everywhere, fault, faults
from timelines import ONE_QUEUE, network

from servsim.engine import Records, audit, reference, simulate
from servsim.engine.control import Control
from servsim.engine.log import Log
from servsim.engine.parts import Visit
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
    "lost before the first step": (
        "visits",
        "entered",
        2,
        5.5,
        "did not come to its first step when it arrived",
    ),
    "lost after the last step": ("contacts", "ended", 1, 28, "did not end when it left its last step"),
    "gone without a step": ("contacts", "ended", 3, 86, "did not end when it left its last step"),
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
    assert re.search(message, fault(bad, net))


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
    records = simulate(network(ONE_QUEUE, changes), 1, 1)
    fewer_sessions = network(ONE_QUEUE, {**changes, "bots.b.sessions": 2})
    assert fault(records, fewer_sessions) == "bot 'b' held more than 2 sessions"
    fewer_lines = network(ONE_QUEUE, {**changes, "channels.phone.lines": 2})
    assert fault(records, fewer_lines) == "channel 'phone' held more than its 2 lines"


# One agent, 10 s a contact: 0 is served at once, 1 and 2 wait, 3 is turned away; 4 finds an empty line.
ROOM = {"channels.phone.arrivals.times": [[0], [1], [2], [3], [50]], "queues.q.max_waiting": 2}


def test_room_to_wait() -> None:
    """The same run, looked at with less room: the second was let in too many; with more: there was room."""
    records = simulate(network(ONE_QUEUE, ROOM), 1, 1)
    assert records.contacts["end"].tolist() == [End.RESOLVED] * 3 + [End.BLOCKED, End.RESOLVED]
    less, more = (network(ONE_QUEUE, {**ROOM, "queues.q.max_waiting": room}) for room in (1, 3))
    assert fault(records, less) == "queue 'q' let a contact wait though 1 did"
    assert fault(records, more) == "queue 'q' turned a contact away though there was room"
    unlimited = replace(less, queues=replace(less.queues, room=np.array([-1])))
    assert fault(records, unlimited) == "queue 'q' turned a contact away though there was room"


def test_who_is_handed_back_needs_no_room() -> None:
    """At 30 s the only agent leaves until 60 s: the contact handed back and one more stand where one may wait."""
    changes = {
        "channels.phone.arrivals.times": [[25], [26], [27], [40]],
        "queues.q.max_waiting": 1,
        "pools.team": {
            "staff": {"by_time": {"00:00": 1, "00:00:30": 0, "00:01": 1}},
            "serves": ["q"],
            "on_shift_end": "return",
        },
    }
    net = network(ONE_QUEUE, changes)
    records = simulate(net, 1, 1)
    assert records.visits["end"].tolist()[:3] == [VisitEnd.HANDED_BACK, VisitEnd.DONE, VisitEnd.DONE]
    assert records.visits["end"].tolist()[3:] == [VisitEnd.BLOCKED] * 2
    assert records.visits["started"].tolist()[:3] == [25, 60, 70]
    assert fault(records, net) == ""
    # somebody else is served while the one handed back waits for the same agent
    swapped = swap(records, 1, 2)
    assert fault(swapped, net) == "queue 'q' was not served in order"


def swap(records: Records, one: int, other: int) -> Records:
    """Return records in which two visits of equal length, the last ones of their contacts, are served in each
    other's place.
    """
    tables = {
        table: {name: np.array(column) for name, column in getattr(records, table).items()}
        for table in ("contacts", "visits")
    }
    pairs = [[one, other], [other, one]]
    for name in ("started", "ended", "freed"):
        tables["visits"][name][pairs[0]] = tables["visits"][name][pairs[1]]
    rows = records.visits["contact"][pairs[0]]
    tables["contacts"]["ended"][rows] = tables["contacts"]["ended"][rows[::-1]]
    return replace(records, **tables)


def test_first_come_first_served() -> None:
    """Whoever is served out of turn is seen, unless the pool takes contacts only after a wait."""
    changes = {"channels.phone.arrivals.times": [[0], [1], [2], [3], [50]]}
    net = network(ONE_QUEUE, changes)
    records = simulate(net, 1, 1)
    assert fault(records, net) == ""
    for one, other in ((1, 2), (1, 3), (2, 3)):
        assert fault(swap(records, one, other), net) == "queue 'q' was not served in order"
    late = network(ONE_QUEUE, {**changes, "queues.q.overflow": {"after": "1 s", "to": "team"}})
    assert fault(swap(records, 1, 2), late) == ""


def test_of_two_who_come_at_once_either_may_be_first() -> None:
    """Who came first is not in the records."""
    net = network(ONE_QUEUE, {"channels.phone.arrivals.times": [[0], [1], [1]]})
    assert fault(swap(simulate(net, 1, 1), 1, 2), net) == ""


# Ten seconds with the bot each; it is down from 20 s to 40 s.
OUTAGE = {
    "flows.call.steps": {"hello": {"bot": "b", "time": "10 s"}},
    "bots": {
        "b": {
            "when_full": "block",
            "when_down": "block",
            "outages": [{"at": "2026-03-02 00:00:20", "for": "20 s"}],
        }
    },
}


@pytest.mark.parametrize(
    ("time", "legal"), [(19.5, True), (20, False), (30, False), (39.5, False), (40, True)]
)
def test_sessions_that_begin_during_an_outage(time: float, legal: bool) -> None:
    """The same run, with and without the outage: at its first instant no session begins, at its last one may."""
    changes = {**OUTAGE, "channels.phone.arrivals.times": [[5], [time], [50]]}
    broken = network(ONE_QUEUE, changes)
    rows = simulate(broken, 1, 1).bots
    assert rows["time"].tolist() == [0, 20, 40]
    records = simulate(network(ONE_QUEUE, {**changes, "bots.b.outages": []}), 1, 1)
    expected = "" if legal else "bot 'b' began a session while it was down"
    assert fault(replace(records, bots=rows), broken) == expected


def test_two_bots_that_go_down_at_once() -> None:
    """Who waits for the first one skips to the second, which takes them at the instant at which it goes down too."""
    outages = {"outages": [{"at": "2026-03-02 00:00:20", "for": "20 s"}]}
    changes = {
        "channels.phone.arrivals.times": [[15], [16]],
        "flows.call.steps": {
            "hello": {"bot": "a", "time": "10 s", "skip_to": "more"},
            "more": {"bot": "b", "time": "10 s"},
        },
        "bots": {
            "a": {"sessions": 1, "when_full": "wait", "when_down": "skip", **outages},
            "b": {"when_full": "block", "when_down": "block", **outages},
        },
    }
    net = network(ONE_QUEUE, changes)
    records = simulate(net, 1, 1)
    assert 20 in records.visits["started"]
    assert fault(records, net) == ""


# Two agents until 30 s, one from then on; both are busy until 35 s, when one leaves.
SHIFT = {
    "channels.phone.arrivals.times": [[25], [25], [60]],
    "pools.team.staff": {"by_time": {"00:00": 2, "00:00:30": 1}},
}


def test_more_busy_than_present() -> None:
    """Staffed time is ample, but from 30 s to 35 s, after the end of a shift, two are busy."""
    net = network(ONE_QUEUE, SHIFT)
    records = simulate(net, 1, 1)
    assert records.staff["time"].tolist() == [0, 30, 35]
    assert records.staff["present"].tolist() == [2, 2, 1]
    assert fault(records, net) == ""
    assert (
        fault(changed(records, "staff", "present", 1, 1), net)
        == "pool 'team' had more agents busy than present"
    )
    early = changed(records, "staff", "time", 2, 34)
    assert fault(early, net) == "pool 'team' had more agents busy than present"
    few = changed(records, "staff", "present", 2, 0)
    assert fault(few, net).startswith("pool 'team' had fewer agents present than its roster wants")
    idle = changed(records, "staff", "present", 0, 1)
    assert fault(idle, net) == "pool 'team' had fewer agents present than its roster wants"


def test_a_contact_that_waits_for_ever_while_rosters_run_on() -> None:
    """Rosters run on for four weeks after the last event of any contact; that is no staffed time."""
    changes = {
        "channels.mail": {"type": "message", "arrivals": {"times": [[5]]}, "flow": "mail"},
        "flows.mail": {"steps": {"answer": {"queue": "cases", "time": "1 s"}}},
        "queues.cases": {},
        "pools.nobody": {"staff": 0, "serves": ["cases"]},
        "pools.team.staff": {"by_time": {"00:00": 1, "12:00": 0, "23:00": 1}},
    }
    net = network(ONE_QUEUE, changes)
    records = simulate(net, 1, 1)
    assert records.staff["time"][-1] > records.finished == 3600
    assert fault(records, net) == ""


def test_all_faults_are_named_at_once(small: tuple[Network, Records]) -> None:
    """The message holds every rule broken."""
    net, records = small
    bad = replace(changed(records, "contacts", "ended", 1, 4), queue_area=np.array([0.0]))
    with pytest.raises(
        AuditError, match=r"please report it.*ended before it arrived; .*; Little's law fails"
    ):
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


def _serves_the_last_to_come_first(patch: pytest.MonkeyPatch) -> None:
    insort = reference.insort

    def broken(line: list[Any], item: Any) -> None:
        if isinstance(item, Visit):
            line.insert(0, item)
        else:
            insort(line, item)

    patch.setattr(reference, "insort", broken)


def _has_another_room(more: int) -> Callable[[pytest.MonkeyPatch], None]:
    def breaking(patch: pytest.MonkeyPatch) -> None:
        init = reference._Simulation.__init__

        def broken(self: Any, network: Network, *rest: Any) -> None:
            room = np.where(network.queues.room >= 0, network.queues.room + more, -1)
            init(self, replace(network, queues=replace(network.queues, room=room)), *rest)

        patch.setattr(reference._Simulation, "__init__", broken)

    return breaking


def _lets_one_more_wait(patch: pytest.MonkeyPatch) -> None:
    _has_another_room(1)(patch)


def _turns_away_one_too_many(patch: pytest.MonkeyPatch) -> None:
    _has_another_room(-1)(patch)


def _forgets_outages(patch: pytest.MonkeyPatch) -> None:
    hindrance = reference._Simulation.hindrance

    def broken(self: Any, number: int) -> Any:
        outages, self.bots[number].outages = self.bots[number].outages, 0
        try:
            return hindrance(self, number)
        finally:
            self.bots[number].outages = outages

    patch.setattr(reference._Simulation, "hindrance", broken)


def _counts_nobody_after_the_shift(patch: pytest.MonkeyPatch) -> None:
    staff = Log.staff

    def broken(self: Log, now: float, pool: int, present: int, target: int) -> None:
        staff(self, now, pool, min(present, target), target)

    patch.setattr(Log, "staff", broken)


BROKEN: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    _forgets_who_leaves: "Little's law fails at queue",
    _lets_too_many_into_the_bot: "bot 'helper' held more than 1 sessions",
    _frees_lines_at_once: "channel 'phone' held more than its 4 lines",
    _forgets_returns: "customers were to come back, 0 did",
    _notes_the_wrong_agent: "an agent served two contacts at once",
    _counts_an_agent_less: "pool 'backup' was busy",
    _serves_the_last_to_come_first: "queue 'chat' was not served in order",
    _lets_one_more_wait: "queue 'phone' let a contact wait though 1 did",
    _turns_away_one_too_many: "queue 'phone' turned a contact away though there was room",
    _forgets_outages: "bot 'helper' began a session while it was down",
    _counts_nobody_after_the_shift: "pool 'team' had more agents busy than present",
    _lets_the_impatient_go_on: "a contact gave up waiting and went on",
}


@pytest.mark.parametrize("breaking", BROKEN, ids=lambda f: f.__name__.strip("_"))
def test_an_engine_with_one_broken_rule_is_caught(
    breaking: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule broken in the engine of a day with some of everything fails the audit of that day, with
    little room for its volume.
    """
    full = {
        "channels.phone.arrivals.scale": 2,
        "channels.phone.lines": 4,
        "bots.helper.sessions": 1,
        "pools.team.on_shift_end": "finish",
    }
    net = network(BUSY_DAY, full)
    simulate(net, 2, 1, "reference")
    breaking(monkeypatch)
    with pytest.raises(AuditError, match=BROKEN[breaking]):
        simulate(net, 2, 1, "reference")
    parts = cut_everywhere(next(reference.stream(net, 2, 1, Control(10**6))))
    assert re.search(BROKEN[breaking], faults(parts, net))


def test_parts_that_do_not_join(small: tuple[Network, Records]) -> None:
    """A part left out, given twice or out of place, visits without their contact, one that is not over, no end."""
    net, records = small
    a, b, c = cut(records, [1, 3])
    assert [part.last for part in (a, b, c)] == [False, False, True]
    assert faults([a, b, c], net) == ""
    for parts in ([a, c], [a, a, b, c], [b, a, c], [a, b, c, c], [records, records]):
        assert faults(parts, net) == "the parts of the records do not join"
    assert faults([a, b], net) == "the last part of the records is missing"
    strange = changed(b, "visits", "contact", -1, 5)
    assert faults([a, strange, c], net) == "a part holds visits of contacts that it does not hold"
    for column, value in (("visit", 2), ("contact", 1)):
        strange = changed(b, "visits", column, 2, value)
        assert faults([a, strange, c], net) == "visits are not in order of contact and number"
    for table, column in (("contacts", "ended"), ("visits", "ended"), ("visits", "freed")):
        strange = changed(b, table, column, 0, np.nan)
        assert faults([a, strange, c], net) == "a part that is not the last holds contacts that are not over"
    late = changed(a, "contacts", "arrived", 0, 5.5)
    assert "contacts are not in order of arrival" in faults([late, b, c], net)
    assert faults([late, a], net).endswith("; the parts of the records do not join")
