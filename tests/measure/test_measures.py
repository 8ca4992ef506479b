"""Every measure against values worked out by hand, and what must hold between them."""

import dataclasses
import math

import numpy as np
import pytest
from by_hand import NAN, Contact, Visit, records, scenario
from service import EVENING, PERIODS, RUN, SCENARIO, STAFF, evening

from servsim.catalogue import CATALOGUE
from servsim.errors import InputError
from servsim.measure import Measures, measure
from servsim.measure.facts import facts_of
from servsim.measure.periods import FAMILIES, make_grid
from servsim.measure.service_level import level_names, words_of
from servsim.measure.sheet import HOURS, OCCUPANCY, RATES, RATIOS, Sheet
from servsim.network.kinds import End, VisitEnd

CALL, PERSON = "call/talk", "chat/person"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return scenario(tmp_path_factory.mktemp("service"), SCENARIO)


@pytest.fixture(scope="module")
def found(service) -> Measures:
    model, network = service
    return measure(evening(network), network, model)


def same(found: float, expected: float) -> bool:
    return (math.isnan(found) and math.isnan(expected)) or found == pytest.approx(
        expected, rel=1e-12, abs=1e-12
    )


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_measure_over_the_run(found: Measures, name: str) -> None:
    """A measure of the catalogue without a value worked out by hand fails here."""
    rows = found.index[(found.index["measure"] == name) & (found.index["period"] == "run")]
    values = dict(zip(rows["scope"].astype(str), found.values[rows.index].tolist(), strict=True))
    assert set(values) == set(RUN[name])
    assert {s: v for s, v in values.items() if not same(v, RUN[name][s])} == {}


@pytest.mark.parametrize("key", PERIODS, ids=" ".join)
def test_days_and_intervals(found: Measures, key: tuple[str, str, str]) -> None:
    assert same(found.value(*key), PERIODS[key])


def test_catalogue_and_implementation_are_equal(service) -> None:
    """All that the catalogue names is there for every scope, nothing else is, and no sum is made in vain."""
    model, network = service
    grid = make_grid(network, model.clock.start, FAMILIES)
    sheet = Sheet(network, model, grid)
    sheet.add(facts_of(evening(network), network, model, grid))
    table = sheet.table()
    defined = {(name, kind) for name, entry in CATALOGUE.items() for kind in entry.scopes}
    made = {(name, kind) for name in set(table) & set(CATALOGUE) for kind in table[name]}
    assert made == defined
    ratios = (*RATIOS.values(), *OCCUPANCY.values())
    sums = {name for pair in ratios for name in pair} | set(RATES.values()) | set(HOURS.values())
    of_targets = {name for target in model.targets for name in level_names(words_of(target))}
    assert set(table) - set(CATALOGUE) <= sums | of_targets | {"seconds down", "seconds finishing"}
    assert set(RUN) == set(CATALOGUE)


def test_periods_are_named_by_the_clock(found: Measures) -> None:
    assert list(found.index["period"].cat.categories) == [
        "run",
        "2026-03-02",
        "2026-03-03",
        "2026-03-02 23:30",
        *(f"2026-03-03 {time}" for time in ("00:00", "00:30", "01:00", "01:30")),
    ]


COUNTS = [name for name, entry in CATALOGUE.items() if entry.unit in ("count", "hours")]


@pytest.mark.parametrize("name", [*COUNTS, "cost", "cost_bot", "cost_labour"])
def test_days_and_intervals_add_up_to_the_run(found: Measures, name: str) -> None:
    rows = found.index["measure"] == name
    table = found.index[rows].assign(value=found.values[rows]).pivot_table(
        index="scope", columns="period", values="value", observed=True
    )  # fmt: skip
    assert len(table) > 0
    days = [c for c in table if len(str(c)) == 10]
    intervals = [c for c in table if len(str(c)) == 16]
    np.testing.assert_allclose(table[days].sum(axis=1), table["run"], rtol=1e-12)
    np.testing.assert_allclose(table[intervals].sum(axis=1), table["run"], rtol=1e-12)


def test_families_asked_for_alone_have_the_same_values(service, found: Measures) -> None:
    model, network = service
    for family, size in (("run", 1), ("day", 2), ("interval", 5)):
        alone = measure(evening(network), network, model, periods=(family,))
        rows = found.index["period"].isin(alone.index["period"].cat.categories).to_numpy()
        assert rows.sum() == len(alone.values) == size * len(found.values) // 8
        assert np.array_equal(found.values[rows], alone.values, equal_nan=True)
        assert found.index[rows].astype(str).reset_index(drop=True).equals(alone.index.astype(str))


def test_wrong_periods_are_refused(service) -> None:
    model, network = service
    with pytest.raises(InputError, match=r"no periods are named 'days'; .*did you mean 'day'"):
        measure(evening(network), network, model, periods=("days",))
    with pytest.raises(InputError, match="at most once"):
        measure(evening(network), network, model, periods=("day", "day"))


def test_a_value_that_is_not_there_is_refused(found: Measures) -> None:
    with pytest.raises(InputError, match="no measure 'cost' of 'queue:phone' in 'run'"):
        found.value("cost", "queue:phone")


def test_nothing_happened(service) -> None:
    """No contacts, no staff: counts are 0, shares and means not defined; rosters and months still cost."""
    model, network = service
    empty = measure(records(network, []), network, model)
    full = measure(evening(network), network, model)
    assert empty.index.equals(full.index)
    assert empty.value("offered") == empty.value("busy_hours") == empty.value("waiting") == 0
    assert math.isnan(empty.value("service_level"))
    assert math.isnan(empty.value("wait_p50", "queue:phone"))
    assert empty.value("availability", "bot:helper") == 1
    assert empty.value("paid_hours", "pool:agents") == 32400 / 3600  # as scheduled, nobody past the shift
    assert empty.value("cost") == pytest.approx(324 + 72 + 5 + 2.5)


def test_measuring_twice_gives_the_same_bytes(service) -> None:
    model, network = service
    first, second = (measure(evening(network), network, model).values.tobytes() for _ in range(2))
    assert first == second


def call(customer: int, arrived: float, started: float = NAN, left: float = NAN) -> Contact:
    """A call that is served after a wait, or given up, or still waits."""
    if not math.isnan(started):
        visit = Visit(CALL, arrived, started, started + 60, agent="agents/0")
        return Contact("phone", customer, arrived, End.RESOLVED, started + 60, visits=[visit])
    if not math.isnan(left):
        visit = Visit(CALL, arrived, ended=left, end=VisitEnd.ABANDONED)
        return Contact("phone", customer, arrived, End.ABANDONED, left, visits=[visit])
    return Contact("phone", customer, arrived, End.OPEN, visits=[Visit(CALL, arrived, end=VisitEnd.OPEN)])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("missed", 2 / 7),  # good: 2; of 7
        ("ignored", 2 / 6),  # without the one who gave up within the time
        ("met", 3 / 7),  # the same one is good
        ("answered_only", 2 / 3),  # of the three answered
    ],
)
def test_service_level_rules(tmp_path, rule: str, expected: float) -> None:
    """By 20 s: 0 and 20 in time, 21 late; gave up at 20 and 21; blocked; waits for 30 s as the run is cut.

    An eighth waits for 10 s as the run is cut: too early to say under every rule.
    """
    text = SCENARIO.replace("flow: call,\n", f"flow: call}}\n  # {rule}").replace(
        "reasons: [a, b]", f"reasons: [a, b]\nservice_level: {{abandoned: {rule}}}"
    )
    model, network = scenario(tmp_path, text)
    blocked = Visit(CALL, 6000, ended=6000, end=VisitEnd.BLOCKED)
    contacts = [
        call(0, 2000, 2000),
        call(1, 3000, 3020),
        call(2, 4000, 4021),
        call(3, 5000, left=5020),
        call(4, 5500, left=5521),
        Contact("phone", 5, 6000, End.BLOCKED, 6000, visits=[blocked]),
        call(6, 10770),
        call(7, 10790),
    ]
    found = measure(records(network, contacts), network, model)
    for scope in ("total", "channel:phone", "queue:phone", "reason:a"):
        assert found.value("service_level", scope) == expected
        assert found.value("answered_in_time", scope) == 2


def test_a_wait_of_exactly_the_threshold_is_in_time_whatever_the_clock_says(service) -> None:
    """(t + 20) - t is more than 20 for some t, as here around 4096; the rule must not see that."""
    model, network = service
    times = [4070.1 + 0.13 * k for k in range(200)]
    assert any((t + 20.0) - t > 20.0 for t in times)
    found = measure(records(network, [call(k, t, t + 20.0) for k, t in enumerate(times)]), network, model)
    assert found.value("service_level", "channel:phone") == 1


def test_handed_back_and_then_given_up(service) -> None:
    """One visit to the queue: answered after 10 s, handed back after 100 s, given up after 50 s more."""
    model, network = service
    visits = [
        Visit(CALL, 2000, 2010, 2110, VisitEnd.HANDED_BACK, agent="agents/0"),
        Visit(CALL, 2110, ended=2160, end=VisitEnd.ABANDONED),
    ]
    found = measure(
        records(network, [Contact("phone", 0, 2000, End.ABANDONED, 2160, visits=visits)]), network, model
    )
    for scope in ("channel:phone", "queue:phone"):
        values = {
            name: found.value(name, scope)
            for name in ("offered", "answered", "abandoned", "answered_in_time")
        }
        assert values == {"offered": 1, "answered": 1, "abandoned": 1, "answered_in_time": 1}
        assert (found.value("asa", scope), found.value("wait", scope)) == (10, 60)
        assert found.value("wait_abandoned", scope) == 60
    assert found.value("transferred") == 0  # no agent had finished
    assert found.value("aht") == 100
    assert math.isnan(found.value("aht", "queue:phone"))  # nothing completed


def test_two_visits_to_the_same_step_one_after_another_are_two(service) -> None:
    """Only a visit that was handed back is one with the next."""
    model, network = service
    visits = [
        Visit(CALL, 2000, 2010, 2110, agent="agents/0"),
        Visit(CALL, 2110, 2140, 2200, agent="agents/0"),
    ]
    found = measure(
        records(network, [Contact("phone", 0, 2000, End.RESOLVED, 2200, visits=visits)]), network, model
    )
    assert (found.value("offered", "queue:phone"), found.value("wait", "queue:phone")) == (2, 20)
    assert (found.value("transferred"), found.value("wait")) == (1, 40)


def test_cut_in_the_middle_of_work(service) -> None:
    """The run is cut at 10800: talking since 10700, wrapping up since 10750, in a bot session since 10600."""
    model, network = service
    talking = Visit(CALL, 10690, 10700, end=VisitEnd.OPEN, agent="agents/0", freed=NAN)
    wrapping = Visit(CALL, 10650, 10650, 10750, agent="agents/1", freed=NAN)
    contacts = [
        Contact("chat", 0, 10600, End.OPEN, visits=[Visit("chat/bot", 10600, 10600, end=VisitEnd.OPEN)]),
        Contact("phone", 0, 10650, End.RESOLVED, 10750, visits=[wrapping]),
        Contact("phone", 1, 10690, End.OPEN, visits=[talking]),
    ]
    found = measure(records(network, contacts, STAFF), network, model)
    assert found.value("busy_hours", "pool:agents") == pytest.approx((100 + 150) / 3600)
    assert found.value("offered_load", "queue:phone") == pytest.approx(250 / 9000)
    assert found.value("aht", "channel:phone") == 125  # so far, over the two answered
    assert math.isnan(found.value("talk_time", "queue:phone"))  # neither is completed, wrap-up included
    assert found.value("answered", "queue:phone") == 2
    assert found.value("unfinished") == 2
    assert found.value("sessions_open", "bot:helper") == pytest.approx(200 / 9000)
    assert math.isnan(found.value("session_time", "bot:helper"))
    assert found.value("backlog") == 0


def test_a_customer_who_comes_back_by_another_channel_belongs_to_the_first(service) -> None:
    model, network = service
    contacts = [
        Contact("phone", 7, 2000, End.UNRESOLVED, 2000, returns_at=4000),
        Contact("chat", 7, 3000, End.RESOLVED, 3000),  # another customer with the same number
        Contact("chat", 7, 4000, End.UNRESOLVED, 4000, home="phone", attempt=2, reason="b"),
    ]
    found = measure(records(network, contacts), network, model)
    of_channels = [
        [found.value(n, f"channel:{c}") for c in ("phone", "chat")] for n in ("customers", "offered")
    ]
    assert of_channels == [[1, 1], [1, 2]]
    assert found.value("contacts_per_customer", "channel:phone") == 2
    assert found.value("lost_customers", "channel:phone") == 1
    assert found.value("lost_customers", "channel:chat") == 0
    assert found.value("repeats", "channel:chat") == 1
    assert found.value("fcr", "channel:chat") == 1


def test_resolved_at_the_second_contact_is_not_resolved_at_the_first(service) -> None:
    """Customer 1 is helped when calling again, customer 2 at once: one of two."""
    model, network = service
    contacts = [
        Contact("phone", 1, 2000, End.UNRESOLVED, 2000, returns_at=4000),
        Contact("phone", 2, 3000, End.RESOLVED, 3000),
        Contact("phone", 1, 4000, End.RESOLVED, 4000, attempt=2),
    ]
    found = measure(records(network, contacts), network, model)
    assert [found.value(name) for name in ("customers", "resolved", "fcr")] == [2, 2, 1 / 2]


def test_a_bot_that_breaks_off_and_takes_up_again(service) -> None:
    """The session broken off and the next are one visit to the bot, two sessions, and one contact."""
    model, network = service
    visits = [
        Visit("chat/bot", 2000, 2000, 2030, VisitEnd.HANDED_BACK),
        Visit("chat/bot", 2030, 2100, 2160),
    ]
    found = measure(
        records(network, [Contact("chat", 0, 2000, End.RESOLVED, 2160, visits=visits)]), network, model
    )
    values = [
        found.value(name, "bot:helper") for name in ("offered", "sessions", "contained", "session_time")
    ]
    assert values == [1, 2, 1, 60]
    assert found.value("cost_bot") == pytest.approx(2 * 0.5 + 2.5 * 2)
    assert math.isnan(found.value("wait"))  # waiting for a bot is not waiting in a queue


def test_broken_off_and_sent_away_is_not_one_visit_with_the_next_contacts(service) -> None:
    """A session that an outage ends for good, and another contact's that comes at the same instant."""
    model, network = service
    broken = Visit("chat/bot", 2000, 2000, 2030, VisitEnd.HANDED_BACK)
    contacts = [
        Contact("chat", 0, 2000, End.BLOCKED, 2030, visits=[broken]),
        Contact("chat", 1, 2030, End.RESOLVED, 2090, visits=[Visit("chat/bot", 2030, 2030, 2090)]),
    ]
    found = measure(records(network, contacts), network, model)
    assert found.value("offered", "bot:helper") == 2


def test_contacts_that_met_a_bot_count_once_each(service) -> None:
    """One meets the bot twice, one comes to it after a person (no escalation), one is settled."""
    model, network = service
    contacts = [
        Contact("chat", 0, 2000, End.RESOLVED, 2300, visits=[
            Visit("chat/bot", 2000, 2000, 2100), Visit("chat/bot", 2100, 2100, 2300)]),
        Contact("chat", 1, 2500, End.RESOLVED, 2700, visits=[
            Visit(PERSON, 2500, 2500, 2600, agent="agents/0"), Visit("chat/bot", 2600, 2600, 2700)]),
        Contact("chat", 2, 4000, End.RESOLVED, 4060, visits=[Visit("chat/bot", 4000, 4000, 4060)]),
    ]  # fmt: skip
    found = measure(records(network, contacts), network, model)
    for scope in ("bot:helper", "channel:chat"):
        assert found.value("contained", scope) == 2
        assert found.value("containment", scope) == 2 / 3
        assert found.value("escalated", scope) == 0
        assert found.value("contained", scope, "2026-03-03") == 1
    assert found.value("offered", "bot:helper") == 4


def test_who_is_missing_is_paid_all_the_same(service) -> None:
    """Fewer agents present than the roster wants take nothing off the hours paid."""
    model, network = service
    found = measure(records(network, [], [(0.0, "agents", 1, 2)]), network, model)
    assert found.value("paid_hours", "pool:agents") == 32400 / 3600
    assert found.value("staffed_hours", "pool:agents") == 2.5


def test_unlimited_bots_have_no_utilisation(tmp_path) -> None:
    model, network = scenario(tmp_path, SCENARIO.replace("sessions: 2, ", ""))
    found = measure(evening(network), network, model)
    assert math.isnan(found.value("bot_utilisation", "bot:helper"))
    assert found.value("sessions_open", "bot:helper") == pytest.approx(220 / 9000)


def test_odd_intervals_lie_on_a_grid_from_midnight(tmp_path) -> None:
    """A clock from 23:10 in intervals of 20 min, measured from 23:15: the first is cut short."""
    text = SCENARIO.replace('"2026-03-02 23:00"', '"2026-03-02 23:10"').replace(
        "warmup: 30 min, interval: 30 min", "warmup: 5 min, interval: 20 min"
    )
    model, network = scenario(tmp_path, text.replace("length: 3 h", "length: 65 min"))
    grid = make_grid(network, model.clock.start, ["interval", "day"])
    assert grid.labels == (
        *("2026-03-02 23:00", "2026-03-02 23:20", "2026-03-02 23:40", "2026-03-03 00:00"),
        *("2026-03-02", "2026-03-03"),
    )
    assert grid.lengths.tolist() == [300, 1200, 1200, 900, 2700, 900]


def test_without_queues_pools_and_bots(tmp_path) -> None:
    text = """
servsim: 1
clock: {start: 2026-03-02, length: 1 h}
channels: {mail: {type: message, arrivals: {rate: 4/h}, flow: read}}
flows: {read: {steps: {lie: {delay: 10 min}}}}
"""
    model, network = scenario(tmp_path, text)
    visit = Visit("read/lie", 600, 600, 1200)
    contacts = [Contact("mail", 0, 600, End.RESOLVED, 1200, reason="any", visits=[visit])]
    found = measure(records(network, contacts), network, model)
    assert (found.value("offered"), found.value("cycle_time"), found.value("cost")) == (1, 600, 0)
    assert math.isnan(found.value("occupancy"))
    assert math.isnan(found.value("labour_share"))


def test_contacts_after_the_clocks_end_do_not_exist(service) -> None:
    model, network = service
    late = [*EVENING, call(9, 10800.0, 10801.0)]
    with_late = measure(records(network, late, STAFF, finished=11000.0), network, model)
    without = measure(records(network, EVENING, STAFF, finished=11000.0), network, model)
    assert np.array_equal(with_late.values, without.values, equal_nan=True)


def test_every_contact_of_a_week_is_counted(tmp_path) -> None:
    """30,000 contacts over seven days in half-hour intervals."""
    model, network = scenario(tmp_path, SCENARIO.replace("length: 3 h", "length: 7 days"))
    times = np.linspace(0, 7 * 86400, 30_000, endpoint=False).tolist()
    rec = records(network, [call(k, t, t + k % 60) for k, t in enumerate(times)], STAFF)
    found = measure(dataclasses.replace(rec), network, model)
    assert found.value("offered") == sum(t >= 1800 for t in times)


def test_intervals_of_a_whole_day_are_told_from_days(service) -> None:
    model, network = service
    network = dataclasses.replace(network, interval=86400.0)
    model = model.model_copy(update={"clock": model.clock.model_copy(update={"interval": 86400.0})})
    found = measure(evening(network), network, model)
    labels = found.index["period"].unique().tolist()
    days = [label for label in labels if len(label) == len("2026-03-02")]
    assert labels == ["run", *days, *(f"{day} 00:00" for day in days)]
    for day in days:
        assert same(found.value("offered", "total", day), found.value("offered", "total", f"{day} 00:00"))


# --- experience ---------------------------------------------------------------------------------------------


def test_without_the_part_its_measures_do_not_exist_and_others_keep_their_bits(
    tmp_path, found: Measures
) -> None:
    text = SCENARIO[: SCENARIO.index("experience:")] + SCENARIO[SCENARIO.index("targets:") :]
    model, network = scenario(tmp_path, text)
    bare = measure(evening(network), network, model)
    new = {name for name, entry in CATALOGUE.items() if entry.needs == "experience"}
    assert new == {"satisfaction", "churned_customers", "churn", "cost_churn"}
    assert not new & set(bare.index["measure"].cat.categories)
    rest = ~found.index["measure"].isin(new).to_numpy()
    assert bare.values.tobytes() == found.values[rest].tobytes()
    with pytest.raises(InputError, match="no measure 'churn' of 'total'"):
        bare.value("churn")


def test_customers_who_leave_cost_what_they_are_worth(tmp_path, found: Measures) -> None:
    """2.14 customers at 1000; the rest costs 823."""
    model, network = scenario(tmp_path, SCENARIO.replace("  churn:", "  customer_value: 1000\n  churn:"))
    dear = measure(evening(network), network, model)
    assert same(dear.value("cost_churn", "channel:chat"), 740)
    assert same(dear.value("cost"), 823 + 2140)
    assert same(dear.value("labour_share"), 402 / (823 + 2140))


def test_what_is_usual_is_the_documents_table(tmp_path) -> None:
    """Answered after 15 s: 0.6 x 1.35; after 60 s: 0.6; after 61 s: 0.6 x 0.77; after 4 h and a second 72 % leave."""
    text = (
        SCENARIO[: SCENARIO.index("experience:")]
        + "experience: {satisfaction: time_to_answer, churn: tolerance_4h}\n"
    )
    model, network = scenario(tmp_path, text.replace("length: 3 h", "length: 10 h"))
    for wait, rated, gone in (
        (15, 0.81, 0),
        (60, 0.6, 0),
        (61, 0.462, 0),
        (14400, 0.462, 0),
        (14401, 0.462, 0.72),
    ):
        one = [
            Contact("phone", 0, 2000, End.RESOLVED, 20000, visits=[
                Visit(CALL, 2000, 2000 + wait, 20000, agent="agents/0", freed=20000)])
        ]  # fmt: skip
        found = measure(records(network, one, STAFF), network, model)
        assert (found.value("satisfaction"), found.value("churn")) == pytest.approx((rated, gone))


def test_a_customer_turned_away_at_closed_doors_leaves_too(service) -> None:
    """Never answered 0.5, closed 0.3: 1 - 0.5 x 0.7."""
    model, network = service
    found = measure(records(network, [Contact("phone", 0, 2000, End.CLOSED, 2000)], STAFF), network, model)
    assert found.value("churn") == pytest.approx(0.65)
    assert math.isnan(found.value("satisfaction"))
