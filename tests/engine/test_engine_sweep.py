"""Sweeps over spans against slow, plain twins that look at every pair; times in a few whole numbers, so that many are
equal.
"""

from typing import Any

import numpy as np
import pytest

from servsim.engine.audit.sweep import (
    Carried,
    fewest_found,
    groups,
    holding,
    most_at_once,
    most_let_in,
    overlap,
    overtaken,
    value_at,
)

INF = np.inf
CASES = range(400)


def spans(case: int) -> tuple[np.random.Generator, Any, Any]:
    """Return a generator and a few spans, sparse or dense."""
    draw = np.random.default_rng(case)
    count = int(draw.integers(0, 9))
    start = draw.integers(0, 12, count).astype(float)
    return draw, start, start + draw.integers(0, int(draw.integers(1, 8)), count)


def test_overlap() -> None:
    """Two spans overlap where one begins strictly within the other, or both hold some time from the same start."""
    seen = set()
    for case in CASES:
        draw, start, end = spans(case)
        keys = draw.integers(0, 4, len(start))
        rows = sorted(zip(start, end, keys, strict=True))
        expected = any(a[2] == b[2] and b[0] < a[1] for i, a in enumerate(rows) for b in rows[i + 1 :])
        seen.add(expected)
        assert overlap(start, end, keys) == expected
    assert seen == {False, True}


def test_how_many_hold() -> None:
    """Counted at every time that occurs, and at others."""
    for case in CASES:
        draw, start, end = spans(case)
        also = np.unique(draw.integers(0, 12, 3)).astype(float)
        times, level = holding(start, end, also)
        assert times.tolist() == sorted({*start, *end, *also})
        assert level.tolist() == [int(np.sum((start <= t) & (t < end))) for t in times]
        assert most_at_once(start, end) == max(level, default=0)


def test_who_was_let_in_and_who_was_turned_away() -> None:
    """Of one instant, what is sure: whoever left then may have left before, and whoever is there again, come after."""
    for case in CASES:
        draw, entered, left = spans(case)
        again = draw.random(len(entered)) < 0.3
        expected = 0
        for t in entered[~again & (left > entered)]:
            there = ((entered < t) | ((entered == t) & ~again)) & (left > t)
            expected = max(expected, int(np.sum(there)))
        assert most_let_in(entered, left, again) == expected
        moments = draw.integers(0, 12, 2).astype(float)
        found = [int(np.sum((entered <= t) & (left >= t))) for t in moments]
        assert fewest_found(moments, entered, left) == min(found)


def test_who_was_overtaken() -> None:
    """Somebody is taken strictly between another's joining and leaving, whose place is better."""
    seen = []
    for case in CASES:
        draw, entered, left = spans(case)
        again = draw.random(len(entered)) < 0.3
        since = np.where(again, entered - draw.integers(0, 5, len(entered)), entered)
        taken = np.where(draw.random(len(entered)) < 0.5, left, INF)
        expected = any(
            since[i] < since[j] and entered[i] < taken[j] < left[i]
            for i in range(len(entered))
            for j in range(len(entered))
        )
        seen.append(expected)
        assert overtaken(since, entered, left, taken, again) == expected
    assert 40 < sum(seen) < 360


@pytest.mark.parametrize("largest", [3, 300, 70_000])
def test_groups(largest: int) -> None:
    """Every key once, ascending, with its rows in order, however wide the keys are."""
    keys = np.random.default_rng(1).integers(0, largest + 1, 500)
    found = {key: rows.tolist() for key, rows in groups(keys)}
    assert list(found) == sorted(set(keys.tolist()))
    assert all(rows == np.flatnonzero(keys == key).tolist() for key, rows in found.items())
    assert list(groups(keys[:0])) == []


def test_value_at() -> None:
    """Nothing before the first row; of one instant the last row holds, from then on."""
    times, values = np.array([1.0, 2, 2, 5]), np.array([4, 7, 6, 3])
    assert value_at(times, values, np.array([0.5, 1, 1.5, 2, 4, 5, 9])).tolist() == [0, 4, 4, 6, 6, 3, 3]


def test_carried() -> None:
    """What is kept stands before what joins; what is not kept is gone."""
    rows = Carried()
    assert [column.tolist() for column in rows.join(np.array([1, 2]), np.array([5.0, 6]))] == [[1, 2], [5, 6]]
    rows.keep(np.array([False, True]))
    assert [column.tolist() for column in rows.join(np.array([3]), np.array([7.0]))] == [[2, 3], [6, 7]]
