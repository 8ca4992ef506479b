"""The verification suite passes, the page in the docs is what it gives, and it fails where something is wrong.

Fast: the scores by themselves, and a thin suite. Slow: the whole suite (`suite.py`), then its sabotage twins, most on
the same results: expected values that are 1 % off, wrong models, and scenarios that are not quite those meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from case import Case, Key, Known, exactly
from chains import MODELS
from chains_bots import OutageSkip, OutageWait, Repeats
from chains_day import Day
from chains_queues import Longest, Priorities, Retrials, Skills
from page import PAGE, page
from scipy.stats import norm, t
from scores import BELOW, Sample, limit, score_of, scores
from suite import AIM, CASES, JOINT, Verified, judged, simulated

from servsim import Result
from servsim.catalogue import CATALOGUE

pytestmark = pytest.mark.timeout(1500)
BY_NAME = {case.name: case for case in CASES}
DAYS = "day_cut", "day_drain"  # whose chains take seconds to solve
THIN = [case.brief for case in CASES if case.name not in DAYS]
Thin = dict[str, Result]


# --- the scores by themselves ----------------------------------------------------------------------------------


def test_a_ratio_is_a_ratio_of_sums() -> None:
    score = score_of(Sample(np.array([1.0, 2.0, 6.0]), np.array([1.0, 2.0, 3.0])), Known(1.0))
    gaps = (
        np.array([1.0 - 1.5, 2.0 - 3.0, 6.0 - 4.5]) / 2.0
    )  # from the ratio 9 / 6, over the mean of what is below
    assert score.got == 1.5
    assert score.error == pytest.approx(gaps.std(ddof=1) / np.sqrt(3), rel=1e-12)
    assert norm.sf(score.z) == pytest.approx(t.sf(0.5 / score.error, 2), rel=1e-9)


@pytest.mark.parametrize("corrected", [False, True])
def test_scores_are_as_far_from_zero_as_chance_has_it(corrected: bool) -> None:
    """5 % of the scores of sound values lie beyond 1.96, corrected for luck or not; correction narrows the error."""
    rng = np.random.default_rng(7)
    found = []
    for _ in range(4000):
        luck = rng.normal(size=(60, 2))
        values = 3.0 + luck @ [1.0, -2.0] + rng.normal(size=60)
        found.append(score_of(Sample(values, np.ones(60)), Known(3.0), luck if corrected else None))
    beyond = np.mean([abs(score.z) > 1.96 for score in found])
    assert abs(beyond - 0.05) < 0.011  # three standard errors
    error = np.mean([score.error for score in found]) * np.sqrt(60)
    assert error == pytest.approx(1.0 if corrected else np.sqrt(6), rel=0.03)


def test_wrong_inputs_are_no_excuse() -> None:
    """Sabotage twin: luck whose mean is not what it is said to be makes a sound value fail."""
    rng = np.random.default_rng(8)
    luck = rng.normal(size=(60, 1))
    values = 3.0 + luck[:, 0] + 0.1 * rng.normal(size=60)
    assert abs(score_of(Sample(values, np.ones(60)), Known(3.0), luck).z) < 4
    assert abs(score_of(Sample(values, np.ones(60)), Known(3.0), luck + 0.5).z) > 8


def test_a_value_that_does_not_vary_must_be_equal() -> None:
    same = Sample(np.full(5, 2.0), np.ones(5))
    assert score_of(same, Known(2.0)).z == 0.0
    assert score_of(same, Known(2.0000001)).z == np.inf
    assert score_of(same, Known(2.0004, rounding=0.0005)).z == 0.0


def test_what_is_found_is_found_as_often_as_told() -> None:
    """An error of the size told is beyond the limit in 99 of 100 cases."""
    rng = np.random.default_rng(9)
    bound, seen = limit(1000, JOINT), 0
    size = score_of(Sample(rng.normal(100.0, 1.0, 200), np.ones(200)), Known(100.0)).found(bound)
    for _ in range(4000):
        values = rng.normal(100.0, 1.0, 200)
        seen += abs(score_of(Sample(values, np.ones(200)), Known(100.0 * (1 + size))).z) > bound
    assert 0.98 < seen / 4000 < 0.997


def test_both_errors_count_where_both_are_random() -> None:
    values = Sample(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))
    ours = score_of(values, Known(0.0)).error
    assert score_of(values, Known(0.0, error=2.0)).error == pytest.approx(np.hypot(ours, 2.0))
    assert score_of(values, Known(0.0, runs=1)).error == pytest.approx(ours * np.sqrt(5))


def test_the_joint_level() -> None:
    assert 1000 * 2 * norm.sf(limit(1000, JOINT)) == pytest.approx(JOINT)
    assert JOINT == 1e-4 and AIM == 0.01


def test_names_are_single_and_measures_exist() -> None:
    assert len(BY_NAME) == len(CASES)
    assert set(BELOW) <= set(CATALOGUE)
    for case in THIN:
        for key in case.known:
            for word in key.measure.split(" / "):
                assert key.scope.partition(":")[0] in CATALOGUE[word].scopes


# --- the thin suite ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def thin() -> Thin:
    """A few short replications of the cases, by the compiled engine."""
    return dict(zip((case.name for case in THIN), simulated(THIN), strict=True))


def thinly(cases: Sequence[Case], thin: Thin) -> list[str]:
    """Return what fails in the thin suite where these cases say what is expected."""
    results = [thin[case.name] for case in cases]
    return judged(cases, results, [(result, result) for result in results]).failures


def test_thin_suite(thin: Thin) -> None:
    assert not thinly(THIN, thin)


@pytest.mark.parametrize("name", ["M/M/c+M, busy", "M/M/c/c", "M/G/1, constant", "priorities", "day_part"])
def test_thin_suite_sees_what_is_far_off(thin: Thin, name: str) -> None:
    """Sabotage twin: half as much again."""
    [case] = [case for case in THIN if case.name == name]
    assert thinly([shifted(case, 1.5)], thin)


def test_engines_that_differ_are_seen(thin: Thin) -> None:
    """Sabotage twin: one bit of one value."""
    right = thin[THIN[0].name]
    wrong = replace(right, matrix=right.matrix.copy())
    wrong.matrix[0, 0] = np.nextafter(wrong.matrix[0, 0], np.inf)
    failures = judged(THIN[:1], [right], [(right, wrong)]).failures
    assert failures == ["M/M/c: the engines do not give the same bytes"]


# --- the whole suite ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """The whole suite and the results that it judged."""

    results: Mapping[str, Result]
    found: Verified


@pytest.fixture(scope="module")
def ran() -> Ran:
    results = simulated(CASES, jobs=None)
    briefs = [case.brief for case in CASES]
    both = list(zip(*(simulated(briefs, engine, None) for engine in ("compiled", "reference")), strict=True))
    return Ran(dict(zip(BY_NAME, results, strict=True)), judged(CASES, results, both))


def shifted(case: Case, factor: float) -> Case:
    """Return a case that expects so many times what it should in its main measures."""

    def solve() -> Mapping[Key, Known]:
        return {key: replace(known, value=factor * known.value) for key, known in case.solve().items()}

    return replace(case, solve=solve)


@pytest.mark.slow
def test_every_row_passes(ran: Ran) -> None:
    assert not ran.found.failures


@pytest.mark.slow
def test_the_page_is_what_the_suite_gives(ran: Ran) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(ran.found), "run python tests/verification/suite.py"


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1 + AIM, 1 - AIM])
def test_one_percent_is_found_where_it_is_said_to_be(ran: Ran, factor: float) -> None:
    """Sabotage twin of every main row that reaches 1 %. Some reach it barely, and rows of one case miss it together."""
    bound, rows = ran.found.limit, ran.found.reaching
    seen = [
        abs(replace(row.score, known=replace(row.score.known, value=factor * row.score.known.value)).z)
        > bound
        for row in rows
    ]
    assert len(rows) > 100
    assert np.mean(seen) >= 0.97


class TakenInTurn(Longest):
    """Wrong: short ones are always taken first."""

    def onward(self, a: int, b: int, line: Sequence[int]) -> Iterator:
        return super().onward(a, b, tuple(sorted(line)))


class OneMore(Day):
    """Wrong: an agent whose shift is over takes another contact."""

    def moves(self, arrive: float, agents: int, state: tuple[int, ...]) -> Iterator:
        s, w, q, r = state
        for rate, to, words in super().moves(arrive, agents, state):
            more = to == (s, w - 1, q, r) and q > 0
            yield rate, (s + 1, w - 1, q - 1, r) if more else to, words


WRONG: dict[str, Callable[[], dict[tuple[str, str], float]]] = {
    "priorities": replace(Priorities(), leave=(1 / 2.02, 1 / 5)).answers,
    "skills": replace(Skills(), slow=0.77 / 2).answers,
    "longest": TakenInTurn().answers,
    "repeats": replace(Repeats(), after_unresolved=0.59).answers,
    "retrials": replace(Retrials(), after_leave=0.59).answers,
    "outage_skip": replace(OutageSkip(), repair=1 / 10.4).answers,
    "outage_wait": replace(OutageWait(), leave=1 / 5.1).answers,
    "day_cut": lambda: OneMore().answers(False),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_model_is_noticed(ran: Ran, name: str) -> None:
    """Sabotage twin: a number a few percent off, or another rule, in the model that says what is expected."""
    case = BY_NAME[name]
    wrong = replace(case, solve=lambda: exactly(WRONG[name](), MODELS[name].period))
    assert any(abs(score.z) > ran.found.limit for score in scores(ran.results[name], wrong.known).values())


NOT_MEANT: dict[str, tuple[dict[str, object], int, float]] = {
    "M/M/c": ({"pools.team.staff": 3}, 40, 0.1),
    "M/M/c+M": ({"pools.team.staff": 49}, 60, 0.5),
    "M/M/c+M, busy": ({"channels.calls.patience": {"exponential": "121.2 s"}}, 200, 1.0),
    "M/M/c+M, met": ({"service_level.abandoned": "missed"}, 40, 0.5),
    "M/M/c/K": ({"queues.calls.max_waiting": 5}, 40, 0.1),
    "M/M/c/K+M": ({"channels.calls.lines": 7}, 40, 0.1),
    "M/G/c/c": ({"pools.team.staff": 6, "channels.calls.lines": 6}, 40, 0.5),
    "M/G/1, lognormal": (
        {"flows.call.steps.talk.time": {"lognormal": {"mean": "1 min", "cv": 0.85}}},
        200,
        0.2,
    ),
    "M/M/c, priorities": ({"queues.urgent.priority": 0}, 40, 0.1),
    "M/G/1, priorities": ({"queues.urgent.priority": 0}, 40, 0.1),
    "Jackson network": ({"flows.call.steps.desk.next": {"specialist": "61%", "resolved": "rest"}}, 60, 0.2),
    "M(t)/G/infinity": ({"flows.constant.steps.session.time": "29 min"}, 400, 1.0),
    "ContactCenters MMCAb": ({"channels.calls.patience": {"exponential": "80 s"}}, 200, 1.0),
    "ContactCenters SimpleMSK": (
        {"pools.group0.staff": {"by_time": {"00:00": 14, "02:00": 20, "04:00": 11}}},
        200,
        1.0,
    ),
    "Urgent care, 13 operators, 400 runs": ({"pools.operators.staff": 12}, 100, 1.0),
}  # case: changes that the answers do not know of; replications, and how much of their length


@pytest.mark.slow
@pytest.mark.parametrize("name", NOT_MEANT)
def test_a_scenario_that_is_not_meant_is_noticed(name: str) -> None:
    """Sabotage twin: as if the engine had an agent more or less, customers bore 1 % longer, another rule held."""
    changes, reps, part = NOT_MEANT[name]
    case = BY_NAME[name]
    right = replace(case, reps=reps, hours=None if case.hours is None else part * case.hours)
    wrong = replace(right, changes={**case.changes, **changes})
    bound = limit(1000, JOINT)
    assert any(abs(score.z) > bound for score in scores(*simulated([wrong]), right.known).values())
