"""Units that wait: nothing is lost or given twice, and jobs have a size that pays."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from servsim.errors import RunError
from servsim.scenario import Scenario
from servsim.study.pending import LOAD, Pending
from servsim.study.work import Batch


@pytest.fixture
def pending(small: Scenario) -> Pending:
    return Pending({"a": (small.model, range(1, 11)), "b": (small.model, [3, 1]), "c": (small.model, [])})


def units(batches: tuple[Batch, ...]) -> list[tuple[str, int]]:
    return [(batch.digest, number) for batch in batches for number in batch.replications]


def test_every_unit_comes_once_and_in_order(pending: Pending) -> None:
    taken: list[tuple[str, int]] = []
    assert len(pending) == 12
    while pending:
        batches = pending.take(2)
        taken += units(batches)
        pending.learn(batches[0].digest, LOAD / 3)
    assert taken == [("a", n) for n in range(1, 11)] + [("b", 3), ("b", 1)]
    assert len(pending) == 0 and pending.seconds() == 0


def test_the_model_comes_along(pending: Pending, small: Scenario) -> None:
    (batch,) = pending.take(1)
    assert pickle.loads(batch.model) == small.model
    assert pending.take(1)[0].model is batch.model  # pickled once


def test_the_first_unit_comes_alone_and_then_a_load_but_a_fair_share_at_most(pending: Pending) -> None:
    assert units(pending.take(2)) == [("a", 1)]
    pending.learn("a", LOAD / 2)
    assert pending.seconds() == pytest.approx(11 * LOAD / 2)
    assert units(pending.take(1)) == [("a", 2), ("a", 3)]
    for _ in range(60):
        pending.learn("a", LOAD / 1000)
    assert len(units(pending.take(2))) == 9 // 4


def test_a_job_may_hold_several_scenarios(pending: Pending) -> None:
    for _ in range(60):
        pending.learn("a", LOAD / 1000)
    units(pending.take(1))  # 6 of 12
    assert units(pending.take(1)) == [("a", 7), ("a", 8), ("a", 9)]
    pending.take(1)
    assert [units(pending.take(1)), units(pending.take(1))] == [[("b", 3)], [("b", 1)]]


def test_what_is_put_back_comes_next_and_suspects_come_alone(pending: Pending) -> None:
    pending.learn("a", LOAD / 4)
    first = units(pending.take(1))
    assert first == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    assert all(pending.put_back(*unit) for unit in reversed(first[2:]))
    assert pending.put_back(*first[0], alone=True)
    assert len(pending) == 11
    assert units(pending.take(1)) == [("a", 1)]
    assert units(pending.take(1))[:3] == [("a", 3), ("a", 4), ("a", 5)]


def test_a_finished_scenario_may_come_back(pending: Pending) -> None:
    while pending:
        pending.take(1)
    assert pending.put_back("a", 4) and pending.put_back("b", 3)
    assert sorted(units(pending.take(1)) + units(pending.take(1))) == [("a", 4), ("b", 3)]


def test_a_failure_takes_the_rest_of_its_scenario_along(pending: Pending) -> None:
    error: Any = RunError("no")
    pending.take(1)
    pending.put_back("a", 1, alone=True)
    assert pending.fail("a", 2, error) == 10
    assert pending.failures == {("a", 2): error}
    assert not pending.put_back("a", 3)
    assert not pending.put_back("a", 3, alone=True)
    assert len(pending) == 2 and units(pending.take(1)) == [("b", 3)]
