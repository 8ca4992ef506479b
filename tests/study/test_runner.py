"""The same bytes whoever works, in whatever order, and however often they are asked for; failures told one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import doubles
import numpy as np
import pandas as pd
import pytest

from servsim.errors import AuditError, InputError, RunError
from servsim.scenario import Scenario, load
from servsim.study import crew, runner, work
from servsim.study.crew import Here, Local
from servsim.study.result import Result
from servsim.study.runner import Memory, Runner

ROOT = Path(__file__).parents[2]
REPS = 12


@pytest.fixture(scope="module")
def scenarios(make: Callable[..., Scenario]) -> list[Scenario]:
    """The small scenario, one from the literature, and one whose bots fail."""
    bots = {
        "bots": {"helper": {"sessions": 2, "outages": [{"mtbf": "1 h", "mttr": "10 min"}]}},
        "flows.call.steps.talk.next": {"resolved": "70%", "ask": "30%"},
        "flows.call.steps.ask": {"bot": "helper", "time": {"exponential": "3 min"}, "skip_to": "resolved"},
    }
    failing = make(**{key.replace(".", "__"): value for key, value in bots.items()})
    return [make(), load(ROOT / "scenarios/published/mmc_abandonment.yaml"), failing]


@pytest.fixture(scope="module")
def expected(scenarios: list[Scenario]) -> list[Result]:
    with Runner(jobs=1) as one:
        return one.results(scenarios, REPS)


def same(found: list[Result], expected: list[Result]) -> bool:
    """Tell whether two lists of results have the same bytes."""
    return all(
        a.matrix.tobytes() == b.matrix.tobytes() and a.judged.equals(b.judged) and a.index.equals(b.index)
        for a, b in zip(found, expected, strict=True)
    )


def test_the_scenarios_are_worth_comparing(expected: list[Result]) -> None:
    assert expected[2].value("availability", "bot:helper").high < 1
    assert all(len({row.tobytes() for row in result.matrix}) == REPS for result in expected)


@pytest.mark.parametrize("jobs", [2, 3, None])
def test_the_same_bytes_however_many_work(
    scenarios: list[Scenario], expected: list[Result], jobs: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PAYS", 0.0)  # None begins here, and then hands over to processes
    monkeypatch.setattr(runner, "cores", lambda: 2)
    with Runner(jobs=jobs) as many:
        assert same(many.results(scenarios, REPS), expected)
        assert isinstance(many._crew, Local)


def test_numbers_that_depend_on_the_worker_are_found_out(
    scenarios: list[Scenario], expected: list[Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(crew, "work", doubles.tainted)
    with Runner(jobs=2) as many:
        assert not same(many.results(scenarios[:1], REPS), expected[:1])


def test_the_same_bytes_in_any_order_of_asking(scenarios: list[Scenario], expected: list[Result]) -> None:
    with Runner() as one:
        first = one.results(scenarios, 3)
        assert one.found == 0 and one._done == 9
        assert same(one.results(scenarios, REPS), expected)
        assert one.found == 9 and one._done == 3 * REPS
        assert all(a.matrix.tobytes() == b.matrix[:3].tobytes() for a, b in zip(first, expected, strict=True))
    with Runner() as one:
        for n in reversed(range(1, REPS + 1)):
            (alone,) = one.results(scenarios[1:2], 1, first=n)
            assert alone.matrix.tobytes() == expected[1].matrix[n - 1].tobytes()
        assert same(one.results(scenarios[1:2], REPS), expected[1:2]) and one._done == REPS


def test_each_scenario_has_its_own_number_of_replications(
    scenarios: list[Scenario], expected: list[Result]
) -> None:
    with Runner() as one:
        found = one.results([scenarios[0], scenarios[1], scenarios[0]], [2, 4, 5])
        assert [result.reps for result in found] == [2, 4, 5] and one._done == 9
        assert found[0].matrix.tobytes() == expected[0].matrix[:2].tobytes()
        assert found[2].matrix.tobytes() == expected[0].matrix[:5].tobytes()
        with pytest.raises(ValueError, match=r"reps is \[1, 2\]: must be one number, or one for each"):
            one.results(scenarios[:1], [1, 2])


def test_computing_ahead_leaves_nothing_to_do(scenarios: list[Scenario], expected: list[Result]) -> None:
    with Runner() as one:
        one.compute(scenarios, REPS)
        assert one._done == 3 * REPS and one.seconds > 0
        assert same(one.results(scenarios, REPS), expected)
        assert one._done == 3 * REPS and one.found == 3 * REPS


@pytest.mark.parametrize("jobs", [1, 2])
def test_jobs_that_take_too_long_come_back_unfinished(
    scenarios: list[Scenario], expected: list[Result], jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LONG", 0.0)  # in this process; workers have their own
    with Runner(jobs=jobs) as one:
        assert same(one.results(scenarios, REPS), expected) and one._done == 3 * REPS


def test_tables_that_come_from_workers_are_equal(small: Scenario) -> None:
    tables = []
    for jobs in (1, 2):
        with Runner(jobs=jobs, contacts=True, events=True) as one:
            one.results([small], 3)
            tables.append(one.results([small], 8)[0])  # some of them again
    for name in ("contacts", "events"):
        pd.testing.assert_frame_equal(getattr(tables[0], name), getattr(tables[1], name))
        assert set(getattr(tables[0], name)["replication"]) == set(range(1, 9))


def test_tables_are_made_even_of_what_lies_in_the_store(small: Scenario) -> None:
    store = Memory()
    with Runner(store=store) as one:
        one.results([small], 2)
    with Runner(store=store, contacts=True) as one:
        (result,) = one.results([small], 2)
        assert result.contacts is not None and one._done == 2


def test_a_store_is_asked_first(small: Scenario) -> None:
    store, told = Memory(), []
    with Runner(store=store) as one:
        one.results([small], 4)
    with Runner(store=store, progress=lambda done, wanted: told.append((done, wanted))) as one:
        one.results([small], 4)
        assert (one.found, one._crew, told) == (4, None, [])
        one.results([small], 6)
        assert (one.found, told[-1]) == (8, (2, 2))


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_rises_to_what_is_wanted(scenarios: list[Scenario], jobs: int) -> None:
    told: list[tuple[float, int]] = []
    with Runner(jobs=jobs, progress=lambda done, wanted: told.append((done, wanted))) as one:
        one.results(scenarios, 5)
        one.results(scenarios, 8)
    done, wanted = zip(*told, strict=True)
    assert list(done) == sorted(done) and list(wanted) == sorted(wanted)
    assert told[-1] == (24, 24) and all(d <= w for d, w in told) and (15, 15) in told


# --- failures ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bursting(make: Callable[..., Scenario]) -> Scenario:
    return make(name="Bursting", channels__phone__arrivals={"rate": "3000/h"})


BOUND = 2000


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_scenario_that_fails_does_not_stop_the_others(
    small: Scenario, make: Callable[..., Scenario], bursting: Scenario, jobs: int
) -> None:
    store, told = Memory(), []
    other = make(name="Other", pools__desk__staff=5)
    with Runner(jobs=jobs, store=store, max_visits=BOUND, progress=lambda *now: told.append(now)) as one:
        with pytest.raises(RunError) as caught:
            one.results([bursting, small, other], 6)
        words = str(caught.value)
        assert words.startswith("1 scenario failed\nBursting, replication 1: the scenario expects 12,0")
        assert sorted(n for digest, n in store._found if digest == small.digest()) == [1, 2, 3, 4, 5, 6]
        assert len(store._found) == 12 and told[-1][0] == told[-1][1]
        assert one.results([small, other], 6)[0].reps == 6
        with pytest.raises(RunError, match=r"^the scenario expects 12,0"):
            one.results([bursting], 6)


def test_many_failures_are_named_up_to_a_number(make: Callable[..., Scenario], small: Scenario) -> None:
    many = [make(name=f"B{n}", channels__phone__arrivals={"rate": f"{3000 + n}/h"}) for n in range(12)]
    with Runner(max_visits=BOUND) as one, pytest.raises(RunError) as caught:
        one.results([*many, small], 2)
    lines = str(caught.value).splitlines()
    assert lines[0] == "12 scenarios failed" and lines[-1] == "and 2 more"
    assert [line.split(",")[0] for line in lines[1:-1]] == [f"B{n}" for n in range(10)]


@pytest.mark.parametrize("several", [False, True])
def test_a_defect_stays_a_defect(
    small: Scenario, make: Callable[..., Scenario], several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = work._replicate

    def odd(settings: Any, network: Any, model: Any, replication: int, tell: Any) -> Any:
        if model.name == small.name and replication == 3:
            raise AuditError("the books do not balance")
        return honest(settings, network, model, replication, tell)

    monkeypatch.setattr(work, "_replicate", odd)
    wanted = [small, *([make(name="Other", pools__desk__staff=5)] if several else [])]
    with Runner(jobs=1) as one, pytest.raises(AuditError, match="the books do not balance"):
        one.results(wanted, 4)


def test_memory_that_does_not_suffice_fails_one_scenario(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(work, "_replicate", greedy)
    with Runner(jobs=1) as one, pytest.raises(RunError, match="out of memory; fewer contacts"):
        one.results([small], 4)


@pytest.mark.parametrize("jobs", [1, 2])
def test_wrong_periods_are_wrong_input(small: Scenario, jobs: int) -> None:
    with Runner(jobs=jobs, periods=["week"]) as one, pytest.raises(InputError, match="week"):
        one.results([small], 2)


def test_what_nobody_expected_is_told_with_its_place(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "work", doubles.confused)
    with (
        Runner(jobs=2) as one,
        pytest.raises(
            RunError, match="a worker could not do its work: ZeroDivisionError: one by nought"
        ) as caught,
    ):
        one.results([small], 2)
    assert "in confused" in "".join(caught.value.__cause__.__notes__)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"jobs": 0}, "jobs is 0: must be a whole number from 1 to 1023"),
        ({"jobs": True}, "jobs is True: must be"),
        ({"seed": -1}, "seed is -1: must be"),
        ({"max_visits": 0}, "max_visits is 0: must be"),
        ({"engine": "steam"}, "no engine is named 'steam'"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Runner(**arguments)


def test_small_work_stays_in_this_process(small: Scenario) -> None:
    with Runner() as one:
        one.results([small], np.int64(3), first=np.int64(2))  # type: ignore[arg-type]
        assert isinstance(one._crew, Here)
