"""A plain, slow twin: loops over contacts and visits, compared with the measures of random records."""

import math
from datetime import datetime, timedelta

import pytest
from by_hand import NAN, Contact, Visit, records, scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from service import SCENARIO

from servsim.measure import measure
from servsim.network.kinds import End, VisitEnd

LENGTH, WARMUP, START = 10800.0, 1800.0, datetime(2026, 3, 2, 23)
MIDNIGHT, STEP = 3600.0, 1800.0
PERIODS = {
    "run": (WARMUP, LENGTH),
    "2026-03-02": (WARMUP, MIDNIGHT),
    "2026-03-03": (MIDNIGHT, LENGTH),
    **{
        f"{START + timedelta(seconds=WARMUP + k * STEP):%Y-%m-%d %H:%M}": (
            WARMUP + k * STEP,
            WARMUP + (k + 1) * STEP,
        )
        for k in range(5)
    },
}
# multiples of 150 s fall on the edges of periods often; the other numbers hardly ever do
moments = st.integers(0, 71).map(lambda k: 150.0 * k) | st.floats(0, 10799, allow_subnormal=False)
spans = st.sampled_from([0.0, 20.0, 150.0, 1800.0]) | st.floats(0, 4000, allow_subnormal=False)


@st.composite
def calls(draw, customer: int) -> list[Contact]:
    """The contacts of one customer, each with visits to the queue phone."""
    result = []
    arrived = draw(moments)
    for attempt in range(1, draw(st.integers(1, 3)) + 1):
        now, visits, end = arrived, [], draw(st.sampled_from([End.RESOLVED, End.UNRESOLVED, End.CLOSED]))
        steps = 0 if end == End.CLOSED else draw(st.integers(1, 3))
        for step in range(steps):
            left = now + draw(spans)
            fate = draw(st.sampled_from(["served", "handed back", "given up", "blocked", "waits"]))
            if fate in ("served", "handed back"):
                gone = left + draw(spans)
                done = fate == "served" or step == steps - 1  # nobody leaves handed back
                kind = VisitEnd.DONE if done else VisitEnd.HANDED_BACK
                freed = gone + draw(spans) if done else gone
                agent = draw(st.sampled_from(["agents/0", "night/0"]))
                visits.append(Visit("call/talk", now, left, gone, kind, agent, freed))
                now = gone
            elif fate == "given up" or (fate == "blocked" and step > 0):
                visits.append(Visit("call/talk", now, NAN, left, VisitEnd.ABANDONED))
                now, end = left, End.ABANDONED
                break
            elif fate == "blocked":
                visits.append(Visit("call/talk", now, NAN, now, VisitEnd.BLOCKED))
                end = End.BLOCKED
                break
            else:
                visits.append(Visit("call/talk", now, end=VisitEnd.OPEN))
                now, end = NAN, End.OPEN
                break
        again = now + draw(spans)
        result.append(
            Contact("phone", customer, arrived, end, now, draw(st.sampled_from("ab")), attempt, visits=visits)
        )
        if math.isnan(now) or again >= LENGTH:
            break
        arrived = result[-1].returns_at = again
    else:
        result[-1].returns_at = NAN
    return result


@st.composite
def histories(draw) -> list[Contact]:
    """The contacts of some customers, in order of arrival."""
    all_calls = [call for customer in range(draw(st.integers(0, 8))) for call in draw(calls(customer))]
    return sorted(all_calls, key=lambda call: (call.arrived, call.customer))


steps_of_staff = st.lists(
    st.tuples(moments, st.sampled_from(["agents", "night"]), st.integers(0, 3), st.integers(0, 3)), max_size=6
).map(sorted)


def overlap(start: float, end: float, period: tuple[float, float]) -> float:
    return max(0.0, min(end, period[1]) - max(start, period[0]))


def left_queue(visit: Visit, finished: float) -> float:
    known = [t for t in (visit.started, visit.ended, finished) if not math.isnan(t)]
    return known[0]


def stays(contact: Contact) -> list[list[Visit]]:
    """Visits in groups: those handed back together with the next."""
    groups: list[list[Visit]] = []
    for visit in contact.visits:
        if groups and groups[-1][-1].end == VisitEnd.HANDED_BACK:
            groups[-1].append(visit)
        else:
            groups.append([visit])
    return groups


def waited(visits: list[Visit], finished: float) -> float:
    """Sum of the waits; NaN where there is none."""
    waits = [left_queue(v, finished) - v.entered for v in visits if v.end != VisitEnd.BLOCKED]
    return sum(waits) if waits else NAN


def mean(values: list[float]) -> float:
    values = [v for v in values if not math.isnan(v)]
    return sum(values) / len(values) if values else NAN


def quantile(values: list[float], share: float) -> float:
    ranked = sorted(v for v in values if not math.isnan(v))
    if not ranked:
        return NAN
    place = (len(ranked) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


def service_level(first_visits: list[Visit], finished: float, ignored: bool) -> float:
    good = counted = 0
    for visit in first_visits:
        soon = left_queue(visit, finished) <= visit.entered + 20.0
        if not math.isnan(visit.started):
            good, counted = good + soon, counted + 1
        else:
            in_time_but_gone = visit.end == VisitEnd.ABANDONED and not ignored
            counted += not soon or in_time_but_gone or visit.end == VisitEnd.BLOCKED
    return good / counted if counted else NAN


def first_answer(contact: Contact) -> float:
    return min((v.started for v in contact.visits if v.agent), default=math.inf)


def good(contact: Contact) -> float:
    """The share of good ratings by the table of the channel phone."""
    wait = first_answer(contact) - contact.arrived
    factor = 1.5 if wait <= 10 else 1.0 if wait <= 40 else 0.5
    of_end = {End.UNRESOLVED: 0.5, End.ABANDONED: 0.1, End.BLOCKED: 0.0}
    return min(0.6 * factor * of_end.get(contact.end, 1.0), 1.0)


def leaves(chain: list[Contact], finished: float) -> float:
    """The share of customers with such contacts who leave."""
    answer = min(map(first_answer, chain))
    if math.isinf(answer) and chain[-1].end == End.OPEN:
        answer = finished
    leave = 0.1 if answer - chain[0].arrived <= 1000 else 0.5
    of_end = {End.UNRESOLVED: 0.2, End.CLOSED: 0.3}
    return 1 - (1 - leave) * (1 - of_end.get(chain[-1].end, 0.0))


def twin(contacts: list[Contact], staff, finished: float, period: tuple[float, float]) -> dict:
    """Return (measure, scope) → value in one period, in the plainest way."""
    length = period[1] - period[0]
    visits = [v for c in contacts for v in c.visits]
    served = [v for v in visits if v.agent]
    mine = [c for c in contacts if period[0] <= c.arrived < period[1]]
    offered = [c for c in mine if c.end != End.CLOSED]
    came = [g for c in contacts for g in stays(c) if period[0] <= g[0].entered < period[1]]
    begun = [v for v in served if period[0] <= v.started < period[1]]
    firsts = [c for c in mine if c.attempt == 1]
    chains = [[d for d in contacts if d.customer == c.customer] for c in firsts]
    bad = (End.ABANDONED, End.BLOCKED, End.CLOSED, End.UNRESOLVED)
    busy = sum(overlap(v.started, v.freed, period) for v in served)
    staffed = sum(
        number * overlap(t, min([u for u, p, *_ in staff[i + 1 :] if p == pool], default=math.inf), period)
        for i, (t, pool, number, _) in enumerate(staff)
    )
    waits = [waited(c.visits, finished) for c in offered]
    agent_time = sum(v.freed - v.started for c in offered for v in c.visits if v.agent)
    answered = [c for c in offered if any(v.agent for v in c.visits)]
    found = {
        ("offered", "total"): len(offered),
        ("offered", "queue:phone"): len(came),
        ("closed", "total"): len(mine) - len(offered),
        ("abandoned", "queue:phone"): sum(g[-1].end == VisitEnd.ABANDONED for g in came),
        ("answered", "queue:phone"): sum(bool(g[0].agent) for g in came),
        ("answered", "pool:night"): sum(v.agent == "night/0" for v in begun),
        ("wait", "total"): mean(waits),
        ("wait", "queue:phone"): mean([waited(g, finished) for g in came]),
        ("wait_p80", "channel:phone"): quantile(waits, 0.8),
        ("wait_p95", "queue:phone"): quantile([waited(g, finished) for g in came], 0.95),
        ("asa", "total"): mean([c.visits[0].started - c.visits[0].entered for c in answered]),
        ("service_level", "channel:phone"): service_level([c.visits[0] for c in offered], finished, True),
        ("service_level", "queue:phone"): service_level([g[0] for g in came], finished, True),
        ("aht", "total"): agent_time / len(answered) if answered else NAN,
        ("offered_load", "queue:phone"): sum(v.freed - v.started for v in begun) / length,
        ("waiting", "queue:phone"): sum(overlap(v.entered, left_queue(v, finished), period) for v in visits)
        / length,
        ("backlog", "total"): sum(v.entered < period[1] <= left_queue(v, finished) for v in visits),
        ("work_in_system", "total"): sum(
            overlap(c.arrived, c.ended if c.ended == c.ended else math.inf, period)
            for c in contacts
            if c.end != End.CLOSED
        )
        / length,
        ("busy_hours", "total"): busy / 3600,
        ("staffed_hours", "total"): staffed / 3600,
        ("occupancy", "total"): busy / staffed if staffed else NAN,
        ("customers", "total"): len(firsts),
        ("contacts_per_customer", "total"): mean([float(len(chain)) for chain in chains]),
        ("lost_customers", "total"): sum(
            chain[-1].end in bad and math.isnan(chain[-1].returns_at) for chain in chains
        ),
    }
    found["satisfaction", "total"] = mean([good(c) for c in offered if c.end != End.OPEN])
    found["churned_customers", "channel:phone"] = sum(leaves(chain, finished) for chain in chains)
    for reason in "ab":
        found["offered", f"reason:{reason}"] = sum(c.reason == reason for c in offered)
        found["wait_max", f"reason:{reason}"] = quantile(
            [waited(c.visits, finished) for c in offered if c.reason == reason], 1
        )
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return scenario(tmp_path_factory.mktemp("twin"), SCENARIO)


@settings(max_examples=60, deadline=None)
@given(contacts=histories(), staff=steps_of_staff)
def test_measures_equal_the_plain_twin(service, contacts: list[Contact], staff) -> None:
    model, network = service
    times = [t for c in contacts for v in c.visits for t in (v.ended, v.freed or NAN) if not math.isnan(t)]
    finished = max([LENGTH, *times])
    found = measure(records(network, contacts, staff, finished=finished), network, model)
    keys = found.index.astype(str).itertuples(index=False, name=None)
    values = dict(zip(keys, found.values.tolist(), strict=True))
    for label, period in PERIODS.items():
        for (name, scope), expected in twin(contacts, staff, finished, period).items():
            value = values[name, scope, label]
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), (name, scope, label)
