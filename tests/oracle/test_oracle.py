"""The oracle itself: the solver against closed formulas, and each model in limits that have one.

`tests/verification` holds servsim against them.

Formulas: Erlang B and C, M/M/c/K and Erlang A from the birth-death balance (Kleinrock 1975, Queueing Systems I, chapter
3); M/M/infinity from empty (Takacs 1962); the retrial queue with one server (Falin & Templeton 1997, Retrial Queues,
section 1.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from answers import waits
from chain import LOST, Chain, Move, Part, follow, poisson
from chains_bots import OutageSkip, OutageWait, People, Repeats
from chains_day import PIECE, Day
from chains_queues import Longest, Priorities, Retrials, Skills
from models import MODELS

import servsim as sv
from servsim.catalogue import CATALOGUE

DAYS = ("day_cut", "day_drain")
LONG_RUN = {  # model and where it starts
    "priorities": (Priorities(), (0, 0, 0, 0), 2),
    "skills": (Skills(), (0, 0, 0, 0, 0), 2),
    "longest": (Longest(), (0, 0, ()), 4),
    "repeats": (Repeats(), (0, 0, 0), 10),
    "retrials": (Retrials(), (0, 0, 0, 0), 2),
    "outage_skip": (OutageSkip(), (1, 0, 0), 10),
    "outage_wait": (OutageWait(), (1, 0, 0, 0), 10),
}  # and hours of warm-up


def queue(arrive: float, serve: float, servers: int, room: int, leave: float = 0.0) -> Chain:
    """M/M/c with waiting room and abandonment; the state is the number there."""

    def moves(state: tuple[int]) -> Iterator[Move]:
        (n,) = state
        yield (arrive, (n + 1,), ()) if n < servers + room else (arrive, state, ("blocked",))
        yield min(n, servers) * serve, (n - 1,), ()
        yield max(n - servers, 0) * leave, (n - 1,), ("left",)

    return Chain([(0,)], moves)


def balance(arrive: float, serve: float, servers: int, room: int, leave: float = 0.0) -> list[float]:
    """Closed formula of the same: products of birth over death."""
    terms = [1.0]
    for n in range(1, servers + room + 1):
        terms.append(terms[-1] * arrive / (min(n, servers) * serve + max(n - servers, 0) * leave))
    return [term / math.fsum(terms) for term in terms]


def erlang_b(load: float, servers: int) -> float:
    terms = [load**n / math.factorial(n) for n in range(servers + 1)]
    return terms[-1] / math.fsum(terms)


def erlang_c(load: float, servers: int) -> float:
    b = erlang_b(load, servers)
    return b / (1 - load / servers * (1 - b))


# --- the solver --------------------------------------------------------------------------------------------------


def test_one_server() -> None:
    p = queue(0.6, 1.0, 1, 120).stationary()
    assert np.allclose(p, 0.4 * 0.6 ** np.arange(122), rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (3.2, 4), (11.0, 14)])
def test_many_servers(load: float, servers: int) -> None:
    chain = queue(load, 1.0, servers, 400)
    p = chain.stationary()
    c = erlang_c(load, servers)
    assert p[servers:].sum() == pytest.approx(c, rel=1e-11)
    waiting = chain.mean(p, lambda n: max(n - servers, 0))
    assert waiting == pytest.approx(c * load / (servers - load), rel=1e-11)


def test_abandonment_and_room() -> None:
    for room, leave in ((80, 0.4), (3, 0.4), (3, 0.0)):
        chain = queue(5.0, 1.0, 4, room, leave)
        p = chain.stationary()
        exact = balance(5.0, 1.0, 4, room, leave)
        assert np.allclose(p, exact, rtol=1e-11, atol=1e-16)
        assert chain.rate(p, "blocked") == pytest.approx(5.0 * exact[-1], rel=1e-9, abs=1e-15)


def test_a_wrong_rate_is_noticed() -> None:
    """Sabotage twin of the tests above."""
    p = queue(5.0, 1.0001, 4, 80, 0.4).stationary()
    assert not np.allclose(p, balance(5.0, 1.0, 4, 80, 0.4), rtol=1e-6)


@pytest.mark.parametrize("name", ["longest", "small retrials", "small bot"])
def test_two_ways_to_the_stationary_state(name: str) -> None:
    model, start = {
        "longest": (Longest(), (0, 0, ())),
        "small retrials": (Retrials(bound=8), (0, 0, 0, 0)),
        "small bot": (OutageWait(people=People(1, 0.5, 0.2, 4), bound=5), (1, 0, 0, 0)),
    }[name]
    chain = Chain([start], model.moves)
    assert np.abs(chain.stationary() - chain.stationary_plain()).max() < 1e-14


def test_states_that_cannot_all_be_left_have_no_stationary_state() -> None:
    chain = Chain([0], lambda n: [(1.0, n + 1, ())] if n < 3 else [(1.0, 2 if n == 3 else n, ())])
    with pytest.raises((ArithmeticError, RuntimeError)):
        chain.stationary()


@pytest.mark.parametrize("mean", [0.0, 1e-9, 0.3, 7.0, 2345.6])
def test_poisson_weights(mean: float) -> None:
    from scipy.stats import poisson as reference

    found = poisson(mean)
    exact = reference.pmf(np.arange(len(found)), mean)
    assert np.allclose(found, exact, rtol=1e-10, atol=1e-19)
    assert reference.sf(len(found) - 1, mean) < 1e-17 and math.fsum(found) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("time", [0.1, 3.0, 60.0])
def test_filling_from_empty(time: float) -> None:
    """M/M/infinity from empty: Poisson with mean load x (1 - exp(-t)); its integral is the mean's."""
    chain = queue(3.0, 1.0, 60, 0)
    stay = chain.until(time, chain.vector({(0,): 1.0}))
    mean = 3.0 * (1 - math.exp(-time))
    exact = [math.exp(-mean) * mean**n / math.factorial(n) for n in range(61)]
    assert np.abs(stay.end - exact).max() < 1e-14
    assert stay.spent.sum() == pytest.approx(time, rel=1e-13)
    assert chain.mean(stay.spent, lambda n: n) == pytest.approx(3.0 * time - mean, rel=1e-12)


def phases(n: int) -> list[Move]:
    """Three phases at rate 2, each of which may break off at rate 1."""
    if n in (3, 9):
        return []
    return [(2.0, n + 1, ("done",) if n == 2 else ()), (1.0, 9, ("broken",))]


def test_until_the_end() -> None:
    chain = Chain([0], phases)
    spent = chain.until_end(chain.vector({0: 1.0}))
    assert chain.rates(spent) == pytest.approx({"done": 8 / 27, "broken": 19 / 27})
    assert spent.sum() == pytest.approx((1 + 2 / 3 + 4 / 9) / 3)
    done = chain.rate(chain.until_end(spent), "done") / (8 / 27)
    assert done == pytest.approx(3 / 3)  # whoever is done had three phases at the joint rate 3
    stay = chain.until(0.7, chain.vector({0: 1.0}))
    erlang = 1 - math.exp(-2.1) * (1 + 2.1 + 2.1**2 / 2)
    assert chain.rate(stay.spent, "done") == pytest.approx(8 / 27 * erlang, rel=1e-12)


def test_parts_one_after_another() -> None:
    """Deaths at rate 1, then a jump that halves, then deaths at rate 3: means decay and halve."""

    def dying(rate: float, n: int) -> list[Move]:
        return [(n * rate, n - 1, ("died",))]

    parts = [
        Part(0.5, lambda n: dying(1.0, n), lambda n: n),
        Part(0.25, lambda n: dying(3.0, n), lambda n: 2 * (n // 2)),
    ]
    first, second = follow(parts, 4)
    alive = math.exp(-0.5)
    exact = [math.comb(4, n) * alive**n * (1 - alive) ** (4 - n) for n in range(5)]
    assert first.chain.rate(first.spent, "died") == pytest.approx(4 * (1 - alive))
    even = 2 * (exact[2] + exact[3]) + 4 * exact[4]
    assert second.chain.rate(second.spent, "died") == pytest.approx(even * (1 - math.exp(-0.75)))
    assert sum(second.end) == pytest.approx(1.0, abs=1e-14)


def test_what_is_lost_at_a_bound_is_told() -> None:
    chain = Chain(
        [0], lambda n: [(1.0, min(n + 1, 9), (LOST,) if n == 9 else ()), (2.0 * (n > 0), n - 1, ())]
    )
    with pytest.raises(ArithmeticError, match=r"lost is 0\.000\d+ of all moves: must be at most 1e-12"):
        chain.rates(chain.stationary())


# --- the models where a formula holds ----------------------------------------------------------------------------


def near(found: float, exact: float, error: float = 1e-9) -> None:
    assert found == pytest.approx(exact, rel=error)


def check_abandonment(
    answers: dict[tuple[str, str], float], scope: str, arrive: float, serve: float, servers: int, leave: float
) -> None:
    """The measures of one scope are those of Erlang A; rates per minute."""
    p = balance(arrive, serve, servers, 150, leave)
    waiting = math.fsum(max(n - servers, 0) * x for n, x in enumerate(p))
    served = math.fsum(min(n, servers) * serve * x for n, x in enumerate(p))
    near(answers["abandonment", scope], leave * waiting / arrive)
    near(answers["wait", scope], 60 * waiting / arrive)
    near(answers["answered", scope] / answers["offered", scope], served / arrive)
    at_position = [1.0]  # share of those with so many ahead who are answered in the end, and their wait
    wait = 0.0
    for ahead, x in enumerate(p[servers:]):
        paces = [servers * serve + (k + 1) * leave for k in range(ahead + 1)]
        at_position.append(math.prod((pace - leave) / pace for pace in paces))
        wait += x * at_position[-1] * math.fsum(1 / pace for pace in paces)
    near(answers["asa", scope], 60 * wait / (served / arrive))


def test_one_class_is_erlang_a() -> None:
    alone = Priorities(arrive=(1.3, 1e-13), room=(70, 5)).answers()
    check_abandonment(alone, "queue:urgent", 1.3, 1 / 3, 4, 1 / 2)
    normal = Priorities(arrive=(1e-13, 1.1), room=(5, 70)).answers()
    check_abandonment(normal, "queue:normal", 1.1, 1 / 4, 4, 1 / 5)


def test_priorities_share_out_what_erlang_a_says() -> None:
    alike = Priorities(arrive=(0.5, 0.7), serve=(0.3, 0.3), leave=(0.25, 0.25), room=(50, 60)).answers()
    p = balance(1.2, 0.3, 4, 150, 0.25)
    waiting = math.fsum(max(n - 4, 0) * x for n, x in enumerate(p))
    near(alike["waiting", "total"], waiting)
    near(alike["abandonment", "total"], 0.25 * waiting / 1.2)
    assert alike["wait", "queue:urgent"] < 60 * waiting / 1.2 < alike["wait", "queue:normal"]


def test_service_level_without_abandonment() -> None:
    model = Priorities(arrive=(0.9, 1e-13), leave=(1e-13, 1.0), room=(300, 5))
    chain = Chain([(0, 0, 0, 0)], model.moves)
    rates = chain.rates(chain.stationary())
    w = waits(rates, "urgent", lambda state: model.followed(0, state), within=0.8)
    slack = 4 / 3 - 0.9
    near(w.in_time / w.joined, 1 - erlang_c(2.7, 4) * math.exp(-slack * 0.8))
    near(w.wait_answered / w.answered, erlang_c(2.7, 4) / slack)


def test_skills_apart() -> None:
    """Without cases and generalists Erlang A; without sales a queue with a small room."""
    sales = Skills(cases=1e-13, generalists=0, room=0)
    chain = Chain([(0, 0, 0, 0, 0)], sales.moves)
    p = chain.stationary()
    exact = balance(1.1, 1 / 2, 2, 60, 1 / 3)
    near(chain.mean(p, lambda s, a, b, q, c: q), math.fsum(max(n - 2, 0) * x for n, x in enumerate(exact)))
    cases = Skills(sales=1e-13).answers()
    exact = balance(0.5, 1 / 3, 2, 4)
    near(cases["blocking", "queue:cases"], exact[-1])
    waiting = math.fsum(max(n - 2, 0) * x for n, x in enumerate(exact))
    near(cases["wait", "queue:cases"], 60 * waiting / (0.5 * (1 - exact[-1])))


def test_longest_apart_and_together() -> None:
    short = Longest(arrive=(0.9, 1e-13)).answers()
    exact = balance(0.9, 1 / 1.5, 2, 5, 1 / 3)
    near(short["blocking", "queue:short"], exact[-1])
    near(short["waiting", "queue:short"], math.fsum(max(n - 2, 0) * x for n, x in enumerate(exact)))
    alike = Longest(arrive=(0.4, 0.4), serve=(0.5, 0.5), leave=0.0, room=(5, 5)).answers()
    near(alike["asa", "queue:short"], alike["asa", "queue:long"])
    near(alike["blocked", "queue:short"], alike["blocked", "queue:long"])


def test_repeats_apart() -> None:
    """Nobody comes again: the bot is Erlang's loss system, and what it skips is his B."""
    model = Repeats(after_unresolved=0.0, after_leave=0.0)
    found, loss = model.answers(), erlang_b(1.35, 3)
    assert found["repeats", "total"] == 0.0
    near(found["sessions", "total"], found["offered", "total"] * (1 - loss))
    near(found["sessions_open", "bot:bot"], 1.35 * (1 - loss))
    near(found["escalation", "total"], 0.45)
    direct = Repeats(sessions=0, helped=1.0, after_leave=0.0)  # all skip the bot: Erlang A
    chain = Chain([(0, 0, 0)], direct.moves)
    w = direct.people.waits(chain.rates(chain.stationary()))
    exact = balance(0.9, 1 / 3, 3, 40, 1 / 3)
    near(w.gone, math.fsum(max(n - 3, 0) / 3 * x for n, x in enumerate(exact)))


def test_retrials_apart() -> None:
    """No wrap-up to speak of. Nobody tries again: lines as a queue with a room. One server, all try again."""
    model = Retrials(after_block=0.0, after_leave=0.0, wrap=1e9)
    chain = Chain([(0, 0, 0, 0)], model.moves)
    near(chain.rate(chain.stationary(), "blocked"), 1.2 * balance(1.2, 1 / 2, 3, 3, 1 / 1.5)[-1], 1e-7)
    orbit = Retrials(arrive=0.5, serve=1.0, wrap=1e9, again=0.7, after_block=1.0, agents=1, lines=1, bound=90)
    chain = Chain([(0, 0, 0, 0)], orbit.moves)
    p = chain.stationary()
    near(chain.mean(p, lambda s, w, q, r: s), 0.5, 1e-7)
    near(chain.mean(p, lambda s, w, q, r: r), 0.5**2 / 0.5 * (1.0 + 0.7) / 0.7, 1e-7)


def test_outages_apart() -> None:
    """No outage to speak of: the bot is M/M/c, with abandonment where it waits; availability has its own formula."""
    skip = OutageSkip(fail=1e-13).answers()
    bot = erlang_c(2.0, 4) * 2.0 / (4 - 2.0) + 2.0
    people = balance(0.4, 1 / 3, 2, 70, 1 / 4)  # departures of M/M/c are Poisson (Burke 1956)
    near(skip["work_in_system", "total"], bot + math.fsum(n * x for n, x in enumerate(people)))
    near(
        skip["abandonment", "queue:people"],
        math.fsum(max(n - 2, 0) / 4 * x for n, x in enumerate(people)) / 0.4,
    )
    wait = OutageWait(fail=1e-13).answers()
    exact = balance(1.0, 1 / 2, 3, 40, 1 / 5)
    near(wait["sessions_open", "bot:bot"], math.fsum(min(n, 3) * x for n, x in enumerate(exact)))
    for name, up in (("outage_skip", 60 / 70), ("outage_wait", 40 / 48)):
        near(MODELS[name].answers["availability", "bot:bot"], up)


def test_day_with_agents_for_all() -> None:
    """Agents without end: numbers served and in wrap-up follow two linear equations, piece by piece."""
    rates = (0.4, 1.2, 0.7)
    many = (40,) * 3
    day = Day(arrive=rates, scheduled=many, wanted=many, after_unresolved=0.0, bound=(1, 0))
    work = talk = wrap = 0.0
    for arrive in rates:
        final_talk, final_wrap = 3 * arrive, arrive
        a, b = talk - final_talk, wrap - final_wrap  # talk(t) = final + a exp(-t/3), wrap' = talk/3 - wrap
        x = (a / 3) / (1 - 1 / 3)
        fast, slow = math.exp(-PIECE), math.exp(-PIECE / 3)
        work += (final_talk + final_wrap) * PIECE + 3 * (a + x) * (1 - slow) + (b - x) * (1 - fast)
        talk, wrap = final_talk + a * slow, final_wrap + x * slow + (b - x) * fast
    near(day.integrals()["busy_hours", "total"], work / 60)


@pytest.mark.parametrize("name", LONG_RUN)
def test_the_warm_up_is_long_enough(name: str) -> None:
    """What is left of the empty start after the warm-up: less than a millionth of probability lies elsewhere."""
    model, start, hours = LONG_RUN[name]
    chain = Chain([start], model.moves)
    stay = chain.until(60.0 * hours, chain.vector({start: 1.0}))
    assert np.abs(stay.end - chain.stationary()).sum() / 2 < 1e-6


def test_waits_agree_with_numbers_waiting() -> None:
    """Little's law joins two computations: those who wait followed one by one, and the whole system's state."""
    for name in LONG_RUN:
        answers, minutes = MODELS[name].answers, 60 * measured_hours(name)
        queues = [scope for measure, scope in answers if measure == "waiting" and scope != "total"]
        assert queues
        for scope in queues:
            joined = answers["offered", scope] - answers.get(("blocked", scope), 0.0)
            near(answers["waiting", scope], joined / minutes * answers["wait", scope] / 60)
            near(answers["answered", scope], joined - answers["abandoned", scope])


def measured_hours(name: str) -> float:
    """Hours that the answers count; as the scenario has it."""
    clock = sv.load(MODELS[name].path).model.clock
    return (clock.length - clock.warmup) / 3600


@pytest.mark.parametrize("name", DAYS)
def test_everybody_is_accounted_for(name: str) -> None:
    answers = MODELS[name].answers
    ends = sum(answers[end, "total"] for end in ("resolved", "unresolved", "abandoned", "unfinished"))
    near(ends, answers["offered", "total"])


def test_answers_are_of_measures_that_there_are() -> None:
    for model in MODELS.values():
        for measure, scope in model.answers:
            assert scope.split(":")[0] in CATALOGUE[measure].scopes
