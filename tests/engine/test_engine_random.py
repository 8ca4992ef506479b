"""Random numbers belong to what they decide: replications stand alone, strangers change nothing, what-ifs
share customers.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from busy_day import BUSY_DAY
from timelines import bot_lines, contact_lines, network, run, staff_lines, visit_lines

from servsim.engine import Records, simulate
from servsim.network import Network


def same(a: Records, b: Records) -> bool:
    """Tell whether two runs have the same bytes."""
    tables = zip(
        (a.contacts, a.visits, a.staff, a.bots), (b.contacts, b.visits, b.staff, b.bots), strict=True
    )
    columns = [(x[name], y[name]) for x, y in tables for name in (*x, *y)]
    return (
        all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in columns)
        and a.finished == b.finished
        and a.queue_area.tobytes() == b.queue_area.tobytes()
    )


def test_a_replication_alone_is_the_same_as_among_others() -> None:
    """Replication 3 after 1 and 2 on one network, again, and alone on a network built anew; and it differs
    from 2.
    """
    net = network(BUSY_DAY)
    one, two, three = (simulate(net, 11, replication) for replication in (1, 2, 3))
    again = simulate(net, 11, 3)
    alone = simulate(network(BUSY_DAY), 11, 3)
    assert same(three, again)
    assert same(three, alone)
    assert not same(three, two)
    assert not same(two, one)
    assert not same(three, simulate(net, 12, 3))


def test_the_busy_day_has_some_of_everything() -> None:
    """The tests that lean on this scenario would prove little if some kind of event never happened in it."""
    net, records = run(BUSY_DAY, seed=11)
    contacts, visits = list(contact_lines(net, records)), list(visit_lines(net, records))
    for end in ("resolved", "unresolved", "abandoned", "blocked"):
        assert any(f" {end} " in line for line in contacts), end
    for end in ("done", "abandoned", "blocked", "handed_back", "skipped"):
        assert any(f" {end} " in line for line in visits), end
    assert any("backup." in line for line in visits)
    assert sum(line.endswith("down") for line in bot_lines(net, records)) > 2
    assert records.contacts["attempt"].max() >= 3


def by_name(net: Network, records: Records, strangers: set[str]) -> Iterator[str]:
    """Yield all rows with names for numbers, without those of pools and bots that only one scenario has."""
    yield from contact_lines(net, records)
    yield from visit_lines(net, records)
    yield from (line for line in staff_lines(net, records) if line.split()[1] not in strangers)
    yield from (line for line in bot_lines(net, records) if line.split()[1] not in strangers)


ADDITIONS = {
    "channel without volume": (
        "channels",
        "new: {type: voice, arrivals: {rate: 0}, reasons: {order: 1}, flow: call}",
    ),
    "bot": ("bots", "new: {sessions: 1, outages: [{mtbf: 1 h, mttr: 5 min}]}"),
    "queue": ("queues", "new: {priority: 9}"),
    "pool": ("pools", "new: {staff: 3, serves: {chat: {}}}"),
    "calendar": ("calendars", 'new: {daily: "07:00-23:00"}'),
    "day factor": ("day_factors", "new: {cv: 0.9}"),
    "flow": ("flows", "new: {steps: {talk: {queue: phone, time: 1 min}}}"),
}


@pytest.mark.parametrize("name", ADDITIONS)
def test_what_nobody_uses_changes_nothing(name: str) -> None:
    """A stranger put before all others moves their numbers, and no byte of what happens to them."""
    section, part = ADDITIONS[name]
    if name == "pool":  # agents who serve only a queue that nobody comes to
        part = part.replace("chat: {}", "nowhere: {}")
    more = BUSY_DAY.replace(f"\n{section}:\n", f"\n{section}:\n  {part}\n", 1)
    if name == "pool":
        more = more.replace("\nqueues:\n", "\nqueues:\n  nowhere: {}\n")
    assert more != BUSY_DAY
    before, after = run(BUSY_DAY, seed=5), run(more, seed=5)
    assert list(by_name(*before, set())) == list(by_name(*after, {"new"}))
    assert before[1].finished == after[1].finished


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_reason_that_nobody_has_changes_nothing(place: int) -> None:
    """A reason of share 0 before, between or after the others, with times of its own."""
    reasons = ["order", "complaint"]
    reasons.insert(place, "new")

    def shares(**known: float) -> dict[str, Any]:
        return {reason: {**known, "new": 0.0}.get(reason, 0.0) for reason in reasons}

    changes = {
        "reasons": reasons,
        "channels.phone.reasons": shares(order=0.7, complaint=0.3),
        "channels.chat.reasons": shares(order=0.5, complaint=0.5),
        "channels.mail.reasons": shares(complaint=1.0),
        "flows.call.steps.talk.by_reason": {"new": {"time": "1 h", "next": "unresolved"}},
    }
    before, after = run(BUSY_DAY, seed=5), run(BUSY_DAY, changes, seed=5)
    assert list(by_name(*before, set())) == list(by_name(*after, set()))


def test_comparison_by_name_sees_a_change() -> None:
    """The sabotage twin of the two tests above: one agent more in use does change the rows."""
    before, after = run(BUSY_DAY, seed=5), run(BUSY_DAY, {"pools.backup.staff": 2}, seed=5)
    assert list(by_name(*before, set())) != list(by_name(*after, set()))


Customers = dict[tuple[int, int, int], tuple[float, int, float, float]]


def customers(records: Records) -> Customers:
    """Return (arrival, reason, patience, first service) by (channel, customer, attempt); NaN where it did not
    show.

    Patience shows where a contact gave up, the service where its first visit was completed.
    """
    c, v = records.contacts, records.visits
    first = v["visit"] == 0
    gave_up = np.full(len(c["end"]), np.nan)
    work = np.full(len(c["end"]), np.nan)
    lost, done = first & (v["end"] == 2), first & (v["end"] == 1)
    gave_up[v["contact"][lost]] = v["ended"][lost] - v["entered"][lost]
    work[v["contact"][done]] = v["ended"][done] - v["started"][done]
    keys = zip(c["home"].tolist(), c["customer"].tolist(), c["attempt"].tolist(), strict=True)
    rows = zip(c["arrived"].tolist(), c["reason"].tolist(), gave_up.tolist(), work.tolist(), strict=True)
    return dict(zip(keys, rows, strict=True))


def agree(a: Customers, b: Customers, what: int, least: int) -> bool:
    """Tell whether a property that shows for at least so many customers in both runs is the same there, up to
    rounding.
    """
    both = [(a[key][what], b[key][what]) for key in a if key in b]
    shown = [(x, y) for x, y in both if x == x and y == y]
    assert len(shown) >= least
    return all(abs(x - y) < 1e-6 for x, y in shown)


SHORT_STAFFED = {
    "pools.team.staff": 3,
    "pools.backup.staff": 0,
    "channels.phone.lines": 30,
    "queues.phone.max_waiting": 30,
    "returns": {},
}
REASON, PATIENCE, WORK = 1, 2, 3


def test_more_volume_brings_the_same_customers_sooner() -> None:
    """With 20 % more, customer i of a channel comes earlier, with the same reason, patience and work; more
    come in all.
    """
    scaled = {**SHORT_STAFFED, "channels.phone.arrivals.scale": 1.2}
    (_, before), (_, after) = run(BUSY_DAY, SHORT_STAFFED, seed=3), run(BUSY_DAY, scaled, seed=3)
    a, b = customers(before), customers(after)
    phone = [key for key in a if key[0] == 0]
    assert set(phone) < {key for key in b if key[0] == 0}
    assert all(b[key][0] < a[key][0] for key in phone)
    assert all(b[key][0] == a[key][0] for key in a if key[0] > 0)
    assert agree(a, b, REASON, 400)
    assert agree(a, b, PATIENCE, 40)
    assert agree(a, b, WORK, 100)


def test_an_agent_more_changes_no_customer() -> None:
    """The same customers at the same instants, with the same patience and work; only what becomes of them
    differs.
    """
    more = {**SHORT_STAFFED, "pools.team.staff": 4}
    (_, before), (_, after) = run(BUSY_DAY, SHORT_STAFFED, seed=3), run(BUSY_DAY, more, seed=3)
    a, b = customers(before), customers(after)
    assert {key: row[:2] for key, row in a.items()} == {key: row[:2] for key, row in b.items()}
    assert agree(a, b, PATIENCE, 40)
    assert agree(a, b, WORK, 100)
    assert before.contacts["end"].tolist() != after.contacts["end"].tolist()


def test_another_seed_agrees_in_nothing() -> None:
    """The sabotage twin of `agree`: with other random numbers it fails."""
    (_, before), (_, after) = run(BUSY_DAY, SHORT_STAFFED, seed=3), run(BUSY_DAY, SHORT_STAFFED, seed=4)
    a, b = customers(before), customers(after)
    assert not any(agree(a, b, what, 20) for what in (REASON, PATIENCE, WORK))
