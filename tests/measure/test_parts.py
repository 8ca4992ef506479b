"""Records that come in parts are measured to the same bits as the whole, however they are cut."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from busy_day import BUSY_DAY
from by_hand import NAN, Contact, Visit, records, scenario
from cutting import contacts_over, cut
from hypothesis import given, settings
from hypothesis import strategies as st
from service import SCENARIO, evening

from servsim.engine import simulate
from servsim.engine.records import Records
from servsim.errors import AuditError
from servsim.measure import Measures, Measuring, contacts_frame, events_frame, groups, measure
from servsim.measure.customers import Customers
from servsim.network.kinds import End, VisitEnd
from servsim.network.network import Network
from servsim.scenario.model import Model

TARGETS = """
experience: {customer_value: 50}
costs: {lost_customer: 100, per_contact: {phone: 2}, fixed_per_month: 730.5}
targets:
  - {measure: service_level, channel: phone, at_least: 60%}
  - {measure: service_level, channel: chat, within: 30 s, abandoned: met, at_least: 20%, every: interval}
  - {measure: service_level, queue: phone, within: 1 min, at_least: 50%, every: day}
  - {measure: service_level, queue: chat, abandoned: answered_only, at_least: 50%, every: interval}
  - {measure: service_level, within: 10 s, abandoned: ignored, at_least: 0.5}
  - {measure: wait_p95, reason: order, at_most: 200 s, every: interval}
  - {measure: occupancy, pool: team, at_most: 90%, every: day}
  - {measure: cost, at_most: 823}
"""
CLOCKS = {
    "day": "{start: 2026-03-02 06:00, length: 30 h}",
    "warm-up and cut": "{start: 2026-03-02 06:10, length: 31 h, warmup: 95 min, interval: 20 min, at_end: cut}",
    "warm-up and drain": "{start: 2026-03-02 06:10, length: 16 h, warmup: 2 h, at_end: drain}",
}
Run = tuple[Model, Network, Records]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Run]:
    """A run of the busy day for each clock, and the evening told by hand."""
    found = {}
    usual = f"clock: {CLOCKS['day']}"
    assert usual in BUSY_DAY
    for name, clock in CLOCKS.items():
        text = BUSY_DAY.replace(usual, f"clock: {clock}") + TARGETS
        model, network = scenario(tmp_path_factory.mktemp("busy"), text)
        found[name] = model, network, simulate(network, 5, 1, "reference")
    model, network = scenario(tmp_path_factory.mktemp("evening"), SCENARIO)
    return found | {"evening": (model, network, evening(network))}


NAMES = [*CLOCKS, "evening"]


def joined(run: Run, places: list[int]) -> Measures:
    """Measure a run in parts."""
    model, network, whole = run
    measuring = Measuring(network, model)
    for part in cut(whole, places):
        measuring.add(part)
    return measuring.finish()


def same(first: Measures, second: Measures) -> bool:
    """Whether two measurements are equal to the bit, judgements included."""
    one, other = first.judged, second.judged
    texts, numbers = ["target", "text", "period"], ["value", "met"]
    return (
        first.index.equals(second.index)
        and first.values.tobytes() == second.values.tobytes()
        and one[texts].equals(other[texts])
        and one[numbers].to_numpy().tobytes() == other[numbers].to_numpy().tobytes()
    )


@pytest.mark.parametrize("name", NAMES)
def test_parts_of_one_contact(runs, name: str) -> None:
    model, network, whole = runs[name]
    assert same(joined(runs[name], list(range(len(whole.contacts["end"])))), measure(whole, network, model))


@pytest.mark.parametrize("name", NAMES)
def test_empty_parts_first_last_and_between(runs, name: str) -> None:
    model, network, whole = runs[name]
    end = contacts_over(whole)
    found = joined(runs[name], [0, 0, end // 2, end // 2, end // 2, end, end])
    assert same(found, measure(whole, network, model))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_parts_cut_anywhere(runs, name: str, data) -> None:
    model, network, whole = runs[name]
    places = data.draw(st.lists(st.integers(0, len(whole.contacts["end"])), max_size=12))
    assert same(joined(runs[name], places), measure(whole, network, model))


def test_the_runs_have_what_parts_could_lose(runs) -> None:
    """Customers who come back in a later part, services handed back, and contacts who are inside at the end."""
    for name in CLOCKS:
        _, _, whole = runs[name]
        middle = contacts_over(whole) // 2
        contacts = whole.contacts
        who = contacts["customer"] * 10 + contacts["home"]
        came_back = set(who[:middle][contacts["attempt"][:middle] == 1]) & set(
            who[middle:][contacts["attempt"][middle:] > 1]
        )
        assert came_back
        assert (whole.visits["end"] == VisitEnd.HANDED_BACK).any()
    assert contacts_over(runs["warm-up and cut"][2]) < len(runs["warm-up and cut"][2].contacts["end"])
    ends = runs["warm-up and drain"]
    assert ends[2].finished > ends[1].length


def test_sums_that_know_their_part_are_found_out(runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding up each part by itself gives other last bits; the tests above would see it."""

    def by_part(self, name: str, values: np.ndarray) -> None:
        for kind, code in self.codes.items():
            numbers = self.ledger.layers(self.ledger.sums, name, kind)[0]
            numbers += np.bincount(code * self.ledger.width + self.place, values, minlength=len(numbers))

    monkeypatch.setattr(groups.Rows, "sum", by_part)
    model, network, whole = runs["day"]
    assert same(joined(runs["day"], []), measure(whole, network, model))
    assert not same(joined(runs["day"], list(range(0, 1000, 7))), measure(whole, network, model))


def test_customers_who_are_forgotten_are_found_out(runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(self, ledger, facts) -> None:
        self.__init__()
        add(self, ledger, facts)

    add = Customers.add
    monkeypatch.setattr(Customers, "add", forgetful)
    with pytest.raises(AuditError, match="a customer came back who was not to"):
        joined(runs["day"], [400])


def test_answers_that_are_forgotten_are_found_out(runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part taking its own contact's answer for the customer's first gives another churn."""

    def own(self, facts, begins):
        codes, moments = firsts(self, facts, begins)
        return codes, np.stack([moments[0], facts.answered_at])

    firsts = Customers._firsts
    monkeypatch.setattr(Customers, "_firsts", own)
    model, network, _ = runs["evening"]
    contacts = [
        Contact("phone", 0, 2000, End.UNRESOLVED, 2400, returns_at=9000, visits=[
            Visit("call/talk", 2000, 2010, 2400, agent="agents/0", freed=2400)]),
        Contact("phone", 0, 9000, End.ABANDONED, 9010, attempt=2, visits=[
            Visit("call/talk", 9000, ended=9010, end=VisitEnd.ABANDONED)]),
    ]  # fmt: skip
    told = records(network, contacts)
    wrong = joined((model, network, told), [1]).value("churn")
    monkeypatch.undo()
    assert joined((model, network, told), [1]).value("churn") == pytest.approx(0.1)  # answered after 10 s
    assert wrong == pytest.approx(0.5)


@pytest.mark.parametrize("column", ["contact", "started", "end"])
def test_a_part_that_was_changed_is_found_out(runs, column: str) -> None:
    """One visit of one part by one: the row of its contact, an ulp of its start, its end."""
    model, network, whole = runs["day"]
    parts = cut(whole, [200, 400])
    values = parts[1].visits[column].copy()
    place = int(np.flatnonzero(parts[1].visits["agent"] >= 0)[5])
    values[place] = np.nextafter(values[place], np.inf) if column == "started" else values[place] + 1
    parts[1] = dataclasses.replace(parts[1], visits={**parts[1].visits, column: values})
    measuring = Measuring(network, model)
    for part in parts:
        measuring.add(part)
    assert not same(measuring.finish(), measure(whole, network, model))


def test_only_the_last_part_is_last(runs) -> None:
    _, _, whole = runs["day"]
    parts = cut(whole, [100, 200])
    assert [part.last for part in parts] == [False, False, True]
    assert [part.first for part in parts] == [0, 100, 200]
    assert whole.last
    for name, column in whole.visits.items():
        np.testing.assert_array_equal(np.concatenate([part.visits[name] for part in parts]), column)


def test_parts_must_come_in_order_and_all(runs) -> None:
    model, network, whole = runs["day"]
    parts = cut(whole, [100, 200])
    measuring = Measuring(network, model)
    with pytest.raises(ValueError, match="the last part of the records has not been added"):
        measuring.finish()
    with pytest.raises(ValueError, match="from contact 100 on does not follow 0 contacts"):
        measuring.add(parts[1])
    for part in parts:
        measuring.add(part)
    with pytest.raises(ValueError, match="does not follow"):
        measuring.add(parts[2])


def test_targets_are_judged_in_periods_that_are_not_measured(runs) -> None:
    model, network, whole = runs["day"]
    short, full = measure(whole, network, model, periods=("run",)), measure(whole, network, model)
    assert short.index["period"].unique().tolist() == ["run"]
    pd.testing.assert_frame_equal(short.judged, full.judged)


def test_a_customer_over_three_parts(runs) -> None:
    """Counts in the scope and the period of the first contact, whatever lies between."""
    model, network, _ = runs["evening"]
    contacts = [
        Contact("phone", 0, 2000, End.CLOSED, 2000, returns_at=4000),
        Contact("chat", 0, 3000, End.RESOLVED, 3000),
        Contact("phone", 0, 4000, End.UNRESOLVED, 4000, reason="b", attempt=2, returns_at=6000),
        Contact("phone", 1, 5000, End.CLOSED, 5000, returns_at=9000),
        Contact("chat", 0, 6000, End.UNRESOLVED, 6000, reason="b", attempt=3, home="phone"),
        Contact("phone", 1, 9000, End.RESOLVED, 9000, attempt=2),
    ]
    whole = records(network, contacts)
    found = joined((model, network, whole), [1, 2, 3, 4, 5])
    assert same(found, measure(whole, network, model))
    of_phone = [found.value(name, "channel:phone", "2026-03-02") for name in ("customers", "lost_customers")]
    assert of_phone == [1, 1]
    assert found.value("contacts_per_customer", "channel:phone", "2026-03-02") == 3
    assert found.value("contacts_per_customer", "channel:phone", "2026-03-03") == 2
    assert found.value("lost_customers", "channel:phone", "2026-03-03") == 0


def test_who_comes_back_must_have_been_there(runs) -> None:
    model, network, _ = runs["evening"]
    lone = records(network, [Contact("phone", 3, 4000, End.RESOLVED, 4000, attempt=2)])
    with pytest.raises(AuditError, match="a customer came back who was not to"):
        measure(lone, network, model)


def test_spans_at_the_edges_of_periods(runs) -> None:
    """Waits that begin and end at edges, last over several, or lie outside: exact seconds in every interval."""
    model, network, _ = runs["evening"]
    spans = [(0.0, 1800.0), (1700.0, 3600.0), (3600.0, 5400.0), (5400.0, 5400.0), (5500.0, 9001.0)]
    spans += [(10790.0, 10800.0), (10000.0, 10900.0), (10800.0, 10900.0), (3600.0, NAN)]
    contacts = [
        Contact("phone", k, start, End.ABANDONED if end == end else End.OPEN, end, visits=[
            Visit("call/talk", start, ended=end, end=VisitEnd.ABANDONED if end == end else VisitEnd.OPEN)])
        for k, (start, end) in enumerate(sorted(spans))
    ]  # fmt: skip
    found = measure(records(network, contacts), network, model)
    edges = np.arange(1800.0, 10801.0, 1800.0)
    for label, low, high in zip(
        ["2026-03-02 23:30", *(f"2026-03-03 {t}" for t in ("00:00", "00:30", "01:00", "01:30"))],
        edges, edges[1:], strict=False,
    ):  # fmt: skip
        until = [(start, end if end == end else 10800.0) for start, end in spans]
        seconds = sum(max(0.0, min(end, high) - max(start, low)) for start, end in until)
        assert found.value("waiting", "queue:phone", label) == seconds / 1800
        assert found.value("backlog", "total", label) == sum(start < high <= end for start, end in until)


def test_tables_of_parts_are_those_of_the_whole(runs) -> None:
    for name in NAMES:
        _, network, whole = runs[name]
        parts = cut(whole, [3, 3, 500])
        for frame in (contacts_frame, events_frame):
            joint = pd.concat([frame(part, network).astype("str") for part in parts], ignore_index=True)
            pd.testing.assert_frame_equal(joint, frame(whole, network).astype("str"))
