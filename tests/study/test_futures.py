"""Futures: changes that are checked at loading, change no run of their own, and under which everything is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import servsim as sv
from servsim.errors import InputError
from servsim.scenario.diff import differences
from servsim.study.plan import Study, in_futures

BASE = """
servsim: 1
name: As is
clock: {start: 2026-03-02, length: 4 h}
channels: {phone: {type: voice, arrivals: {rate: 40/h}, patience: 2 min, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 3 min}}}}}
queues: {calls: {}}
pools: {team: {staff: 3, serves: {calls: {}}, wage: 24/h}}
targets: [{measure: abandonment, at_most: 100%}]
"""
FUTURES = """
futures:
  as now: {}
  downturn: {channels.phone.arrivals.rate: x0.5}
  jump: {pools.team.staff: +2, flows.call.steps.talk.time.exponential: -50%}
"""
OTHER = "extends: as_is.yaml\nname: To be\nchange: {pools.team.wage: 20/h, pools.team.staff: 2}\n"
HOW = {"reps": 3, "seed": 4, "jobs": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "as_is.yaml").write_text(BASE + FUTURES, encoding="utf-8")
    (tmp_path / "plain.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "to_be.yaml").write_text(OTHER, encoding="utf-8")
    return tmp_path


def test_futures_change_no_run_and_are_inherited(folder: Path) -> None:
    base, plain, other = (sv.load(folder / f"{name}.yaml") for name in ("as_is", "plain", "to_be"))
    assert base.digest() == plain.digest() == base.in_future("as now").digest()
    assert base.resolved() == plain.resolved()
    assert list(other.model.futures) == ["as now", "downturn", "jump"]
    assert base.in_future("jump").model.futures == {}
    (folder / "again.yaml").write_text(base.to_yaml(), encoding="utf-8")
    assert sv.load(folder / "again.yaml").model == plain.model
    assert differences(base, plain) == []


def test_values_keep_their_signs(folder: Path) -> None:
    """`+2` is two more, of the one and of the other; 3 + 2 and 2 + 2."""
    base, other = sv.load(folder / "as_is.yaml"), sv.load(folder / "to_be.yaml")
    found = in_futures(("a", "b"), (base, other))["jump"]
    assert [one.model.pools["team"].staff.number for one in found] == [5, 4]
    assert (
        found[0].model.flows["call"].steps["talk"].time
        == base.with_({"flows.call.steps.talk.time.exponential": "1.5 min"})
        .model.flows["call"]
        .steps["talk"]
        .time
    )


def test_everything_is_compared_in_each_future_as_if_it_were_written_so(folder: Path) -> None:
    base, other = sv.load(folder / "as_is.yaml"), sv.load(folder / "to_be.yaml")
    found = sv.compare(base, other, **HOW)
    assert list(found.futures) == ["as now", "downturn", "jump"]
    halved = {"channels.phone.arrivals.rate": "20/h"}
    by_hand = sv.compare(base.with_(halved), other.with_(halved), futures=False, **HOW)
    assert by_hand.futures == {}
    for ours, theirs in zip(found.futures["downturn"].results, by_hand.results, strict=True):
        assert ours.matrix.tobytes() == theirs.matrix.tobytes()
    for ours, theirs in zip(found.futures["as now"].results, found.results, strict=True):
        assert ours.matrix.tobytes() == theirs.matrix.tobytes()


def test_the_table_says_what_the_comparisons_say(folder: Path) -> None:
    found = sv.compare(folder / "as_is.yaml", folder / "to_be.yaml", **HOW)
    table = found.in_futures
    assert table["future"].tolist() == ["as now", "as now", "downturn", "downturn", "jump", "jump"]
    assert table["scenario"].tolist() == ["As is", "To be"] * 3
    for future, comparison in found.futures.items():
        row = table[(table["future"] == future) & (table["scenario"] == "To be")].iloc[0]
        gap = comparison.difference("To be", "cost")
        assert (row["difference"], row["low"], row["high"]) == pytest.approx(
            (gap["difference"], gap["low"], gap["high"])
        )
        assert row["cost"] == pytest.approx(gap["value"])
        assert row["abandonment total <= 100%"] == "met"
    assert np.isnan(table["difference"].iloc[0])
    assert len(found.summary()["futures"]) == 6
    assert "futures" not in sv.compare(folder / "plain.yaml", folder / "to_be.yaml", **HOW).summary()


def test_a_future_that_does_not_fit_the_other_is_told_before_anything_runs(folder: Path) -> None:
    (folder / "to_be.yaml").write_text(
        "extends: plain.yaml\nname: To be\n"
        "change: {flows.call.steps.talk.time: {lognormal: {mean: 3 min, cv: 1}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        sv.compare(folder / "as_is.yaml", folder / "to_be.yaml", reps=10**6)
    assert "(To be in the future 'jump')" in str(caught.value)
    assert "flows.call.steps.talk.time.exponential" in str(caught.value)


def test_a_study_with_futures_is_another_study(folder: Path) -> None:
    base = sv.load(folder / "as_is.yaml")
    bare = Study(names=("a",), scenarios=(base,))
    full = Study(names=("a",), scenarios=(base,), futures=in_futures(("a",), (base,)))
    assert bare.definition() != full.definition()
    assert (len(bare.digests), len(full.digests)) == (1, 3)  # as now is what is run anyway
    assert bare.definition() == Study(names=("a",), scenarios=(sv.load(folder / "plain.yaml"),)).definition()


def test_a_folder_keeps_the_futures_and_goes_on(folder: Path) -> None:
    asked: list[int] = []
    words = folder / "as_is.yaml", folder / "to_be.yaml"
    first = sv.compare(*words, folder=folder / "out", **HOW)
    again = sv.compare(
        *words, folder=folder / "out", progress=lambda done, wanted: asked.append(wanted), **HOW
    )
    assert not any(asked)
    assert again.summary() == first.summary()
