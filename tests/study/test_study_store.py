"""Results on disk: complete or absent, and the same bytes twice."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from servsim.errors import InputError, RunError
from servsim.scenario import Scenario
from servsim.study import Result, run, store

SAME = [name for name in store.FILES if name != "run.json"]


@pytest.fixture(scope="module")
def result(small: Scenario) -> Result:
    return run(small, reps=2, seed=3, contacts=True, events=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def test_a_folder_holds_everything(result: Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "deep" / "out")
    assert sorted(entry.name for entry in folder.iterdir()) == sorted(store.FILES)
    assert [entry.name for entry in folder.parent.iterdir()] == ["out"]  # nothing stays beside it
    about = json.loads((folder / "run.json").read_text())
    assert (about["seed"], about["reps"], about["first"], about["engine"]) == (3, 2, 1, "compiled")
    assert about["digest"] == result.scenario.digest()
    assert about["versions"]["servsim"] == result.versions["servsim"]
    assert json.loads((folder / "summary.json").read_text()) == result.summary()


def test_tables_come_back_as_they_were(result: Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "out")
    frames = {"measures": result.measures, "intervals": result.intervals, "contacts": result.contacts}
    for name, frame in (frames | {"events": result.events}).items():
        assert frame is not None
        back = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(back, frame, check_categorical=False, check_dtype=False)


def test_only_what_was_asked_for_is_written(small: Scenario, tmp_path: Path) -> None:
    folder = run(small, reps=1).save(tmp_path / "out")
    assert not (folder / "contacts.parquet").exists()
    assert not (folder / "events.parquet").exists()


def test_the_same_run_gives_the_same_bytes(result: Result, small: Scenario, tmp_path: Path) -> None:
    first = contents(result.save(tmp_path / "a"))
    again = run(small, reps=2, seed=3, contacts=True, events=True)
    second = contents(again.save(tmp_path / "b"))
    assert {name: first[name] for name in SAME} == {name: second[name] for name in SAME}


def test_running_what_a_result_carries_gives_the_same_bytes(result: Result, tmp_path: Path) -> None:
    first = result.save(tmp_path / "a")
    again = run(first / "scenario.yaml", reps=2, seed=3, contacts=True, events=True).save(tmp_path / "b")
    assert {name: contents(first)[name] for name in SAME} == {name: contents(again)[name] for name in SAME}


def test_another_seed_gives_other_bytes(small: Scenario, result: Result, tmp_path: Path) -> None:
    first = contents(result.save(tmp_path / "a"))
    second = contents(run(small, reps=2, seed=4, contacts=True).save(tmp_path / "b"))
    for name in ("measures.parquet", "contacts.parquet", "summary.json"):
        assert first[name] != second[name]


@pytest.mark.parametrize("broken", ["write_json", "_write_measures", "flush", "_put_in_place"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_broken_save_leaves_nothing(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, error: BaseException
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(store, broken, fail)
    expected = RunError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        result.save(tmp_path / "results" / "out")
    assert not (tmp_path / "results").exists() or list((tmp_path / "results").iterdir()) == []


def test_a_full_disk_is_told(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write_table", fail)
    with pytest.raises(RunError, match=r"cannot be written to '.*out': No space left on device"):
        result.save(tmp_path / "out")


def test_a_result_is_replaced_only_when_told(result: Result, small: Scenario, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "out")
    before = contents(folder)
    other = run(small, reps=1, seed=9)
    with pytest.raises(InputError, match="holds a result already; --force"):
        other.save(folder)
    assert contents(folder) == before
    other.save(folder, overwrite=True)
    assert json.loads((folder / "run.json").read_text())["seed"] == 9
    assert not (folder / "contacts.parquet").exists()  # of the old result nothing is left
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir()] == ["out"]


def test_a_failed_replacement_keeps_the_old_result(
    result: Result, small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result.save(tmp_path / "out")
    before = contents(folder)
    rename = Path.rename

    def refuse_new(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(RunError, match="Permission denied"):
        run(small, reps=1).save(folder, overwrite=True)
    assert contents(folder) == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir()] == ["out"]


def test_what_is_no_result_is_never_touched(result: Result, tmp_path: Path) -> None:
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter.md").write_text("dear")
    with pytest.raises(InputError, match=r"holds what is not a result of servsim \(chapter\.md\)"):
        result.save(foreign, overwrite=True)
    folder = result.save(tmp_path / "out")
    (folder / "notes.md").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.md"):
        result.save(folder, overwrite=True)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="is a file"):
        result.save(file, overwrite=True)
    assert (foreign / "chapter.md").read_text() == "dear"


def test_a_folder_with_only_part_of_a_result_is_foreign(result: Result, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scenario.yaml").write_text("servsim: 1")
    with pytest.raises(InputError, match="not a result"):
        result.save(tmp_path / "out", overwrite=True)


def test_an_empty_folder_may_be_named(result: Result, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert (result.save(tmp_path / "out") / "run.json").is_file()


def test_a_folder_that_another_run_filled_meanwhile_stays(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both runs found nothing there; the second to finish must not destroy what the first wrote."""
    result, folder = run(small, reps=1), tmp_path / "out"
    result.save(folder)
    monkeypatch.setattr(store, "check_folder", lambda path, *, overwrite=False: Path(path).resolve())
    before = (folder / "run.json").read_bytes()
    with pytest.raises(RunError, match="cannot be written"):
        run(small, reps=1, seed=2).save(folder)
    assert (folder / "run.json").read_bytes() == before
