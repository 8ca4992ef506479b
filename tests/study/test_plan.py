"""Studies from the file to the folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from servsim.errors import InputError, RunError
from servsim.scenario import Scenario
from servsim.study import Study, compare, run, sweep
from servsim.study import work as work_module

Make = Callable[..., Scenario]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a result's files, but for what tells when and how long."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.name != "run.json"}


@pytest.fixture(scope="module")
def pair(make: Make) -> tuple[Scenario, Scenario]:
    return make(), make(pools__desk__wage="40/h", name="dear")


def test_a_study_is_a_comparison(pair: tuple[Scenario, Scenario]) -> None:
    found = Study(("a", "b"), pair, reps=4).run(jobs=1)
    same = compare(*pair, names=["a", "b"], reps=4, jobs=1)
    pd.testing.assert_frame_equal(found.differences, same.differences)


def test_a_folder_holds_units_and_result(pair: tuple[Scenario, Scenario], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    Study(("a", "b"), pair, reps=3, name="two").run(folder, jobs=1)
    names = {"measures", "intervals", "differences", "targets", "changes", "scenarios"}
    assert {file.name for file in (folder / "result").iterdir()} == {
        *(f"{name}.parquet" for name in names),
        *("run.json", "summary.json"),
    }
    about = json.loads((folder / "study.json").read_text())
    assert (about["study"], about["scenarios"], about["reps"], about["seed"]) == ("two", 2, 3, 1)
    measures = pd.read_parquet(folder / "result" / "measures.parquet")
    assert list(measures.columns) == ["scenario", "replication", "measure", "scope", "period", "value"]
    alone = run(pair[1], reps=3, jobs=1)
    rows = measures.query("scenario == 'b' and measure == 'cost' and scope == 'total' and period == 'run'")
    assert rows["value"].tolist() == alone.sample("cost").tolist()


def test_done_work_is_not_done_again(
    pair: tuple[Scenario, Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    Study(("a", "b"), pair, reps=3).run(folder, jobs=1)
    before = contents(folder / "result")
    done: list[int] = []
    real = work_module._unit
    monkeypatch.setattr(work_module, "_unit", lambda *how: done.append(how[2]) or real(*how))
    Study(("a", "b"), pair, reps=3).run(folder, jobs=1)
    assert done == [] and contents(folder / "result") == before
    Study(("a", "b"), pair, reps=5).run(folder, jobs=1, overwrite=True)
    assert sorted(done) == [4, 4, 5, 5]
    fresh = tmp_path / "fresh"
    Study(("a", "b"), pair, reps=5).run(fresh, jobs=1)
    assert contents(folder / "result") == contents(fresh / "result")


def test_another_study_does_not_replace_the_result_unasked(
    pair: tuple[Scenario, Scenario], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    Study(("a", "b"), pair, reps=2).run(folder, jobs=1)
    before = contents(folder / "result")
    with pytest.raises(
        InputError, match="holds the result of another study, or of this one before it was changed; --force"
    ):
        Study(("a", "b"), pair, reps=3).run(folder, jobs=1)
    assert contents(folder / "result") == before


@pytest.mark.parametrize("foreign", ["notes.txt", "units.txt"])
def test_a_foreign_folder_is_refused(pair: tuple[Scenario, Scenario], tmp_path: Path, foreign: str) -> None:
    (tmp_path / foreign).write_text("mine")
    with pytest.raises(InputError, match="holds what is not a study of servsim"):
        Study(("a", "b"), pair, reps=2).run(tmp_path, jobs=1)
    assert [file.name for file in tmp_path.iterdir()] == [foreign]


def test_a_file_is_no_folder(pair: tuple[Scenario, Scenario], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="is a file; a study works in a folder"):
        Study(("a", "b"), pair, reps=2).run(tmp_path / "out", jobs=1)


def test_a_failing_scenario_leaves_the_others_finished(
    pair: tuple[Scenario, Scenario], make: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    wild = make(channels__phone__arrivals={"rate": "3000/h"}, name="wild")
    with pytest.raises(RunError, match="1 scenario failed\nwild, replication 1: "):
        Study(("a", "wild", "b"), (pair[0], wild, pair[1]), reps=2, max_visits=3000).run(folder, jobs=1)
    assert not (folder / "result").exists()
    found = Study(("a", "b"), pair, reps=2, max_visits=3000).run(folder, jobs=1)
    assert found.results[0].reps == 2


def test_only_the_tables_wanted(pair: tuple[Scenario, Scenario], tmp_path: Path) -> None:
    Study(("a", "b"), pair, reps=2, outputs=("targets",)).run(tmp_path / "out", jobs=1)
    found = {file.name for file in (tmp_path / "out" / "result").iterdir()}
    assert found == {"targets.parquet", "scenarios.parquet", "summary.json", "run.json"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": ("target",)}, "no output is named 'target'; did you mean 'targets'?"),
        ({"names": ("a", "a")}, "two scenarios are named 'a'"),
    ],
)
def test_wrong_studies(pair: tuple[Scenario, Scenario], change, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Study(**{"names": ("a", "b"), "scenarios": pair, **change})
    assert message in str(caught.value)


def test_definition_tells_studies_apart(pair: tuple[Scenario, Scenario]) -> None:
    study = Study(("a", "b"), pair, reps=3)
    others = [
        Study(("a", "b"), pair, reps=4),
        Study(("a", "c"), pair, reps=3),
        Study(("a", "b"), pair[::-1], reps=3),
        Study(("a", "b"), pair, reps=3, seed=2),
        Study(("a", "b"), pair, reps=3, base=1),
    ]
    assert study.definition() == Study(("a", "b"), pair, reps=3).definition()
    assert len({one.definition() for one in (study, *others)}) == 6


def test_sweep(make: Make) -> None:
    found = sweep(make(), ["pools.desk.wage=30/h:40/h:3"], reps=3, jobs=1)
    assert found.names == ("as written", "wage=30/h", "wage=35/h", "wage=40/h")
    assert found.points["pools.desk.wage"].tolist() == ["", "30/h", "35/h", "40/h"]
    # the first point is the scenario as it is
    assert np.array_equal(found.results[0].matrix, found.results[1].matrix, equal_nan=True)
    base = found.results[0].value("cost_labour").mean
    assert found.difference("wage=40/h", "cost_labour")["difference"] == pytest.approx(base / 3)


def test_a_study_file(make: Make, tmp_path: Path) -> None:
    scenario = make()
    (tmp_path / "as_is.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    text = """
study: 1
name: Wages
scenarios: {as is: as_is.yaml, dear: {file: as_is.yaml, change: {pools.desk.wage: 40/h}}}
replications: 3
select: {measure: cost, indifference: 10}
"""
    (tmp_path / "wages.yaml").write_text(text, encoding="utf-8")
    study = Study.load(tmp_path / "wages.yaml")
    assert (study.name, study.names, study.reps, study.base) == ("Wages", ("as is", "dear"), 3, 0)
    found = study.run(tmp_path / "out", jobs=1)
    assert found.choice is not None and found.choice.best == "as is"
    assert found.changes.to_dict("records")[0]["path"] == "pools.desk.wage"


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", " "])
def test_names_are_plain_words(pair: tuple[Scenario, Scenario], name: str) -> None:
    with pytest.raises(InputError, match="is not a name of a scenario"):
        Study(("a", name), pair)


def test_what_a_killed_run_left_is_no_hindrance(pair: tuple[Scenario, Scenario], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    Study(("a", "b"), pair, reps=2).run(folder, jobs=1)
    before = contents(folder / "result")
    (folder / "study.json.new").write_text("{")
    Study(("a", "b"), pair, reps=2).run(folder, jobs=1)
    assert contents(folder / "result") == before
    assert not (folder / "study.json.new").exists()


def test_a_foreign_file_in_the_result_is_found_before_the_run(
    pair: tuple[Scenario, Scenario], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    Study(("a", "b"), pair, reps=2).run(folder, jobs=1)
    (folder / "result" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds what is not a result of servsim \(notes.txt\)"):
        Study(("a", "b"), pair, reps=3).run(folder, jobs=1, overwrite=True)
    assert (folder / "result" / "notes.txt").read_text() == "mine"


def test_links_in_a_ring_are_no_folder(pair: tuple[Scenario, Scenario], tmp_path: Path) -> None:
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    with pytest.raises(InputError, match="cannot be a folder"):
        Study(("a", "b"), pair, reps=2).run(tmp_path / "ring", jobs=1)
