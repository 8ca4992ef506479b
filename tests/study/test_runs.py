"""What lies where: results and studies, whole, broken off, changed, under way and foreign."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from servsim.errors import InputError
from servsim.scenario import Scenario
from servsim.study import Study, compare, run
from servsim.study.folder import opened
from servsim.study.runner import Runner
from servsim.study.runs import COLUMNS, find_runs, kept, stand

Make = Callable[..., Scenario]


@pytest.fixture
def study(make: Make) -> Study:
    more = make(pools__desk__staff={"by_calendar": {"desk": 5}})
    return Study(names=("as is", "one more"), scenarios=(make(), more), reps=4, name="Two desks")


def partly(study: Study, folder: Path, reps: int) -> None:
    """Leave a study's folder as it is when the study is broken off after some replications."""
    with opened(folder, study) as place, Runner(periods=study.periods, store=place.store) as runner:
        runner.results(study.scenarios, reps)


def states(folder: Path) -> dict[str, str]:
    found = find_runs(folder)
    return dict(zip(found["folder"], found["state"], strict=True))


def test_runs_and_studies_are_found(study: Study, make: Make, tmp_path: Path) -> None:
    run(make(), reps=2, seed=7).save(tmp_path / "a" / "run")
    compare(make(), make(pools__desk__wage="40/h"), reps=2, names=("x", "y")).save(tmp_path / "b")
    study.run(tmp_path / "c")
    found = find_runs(tmp_path)
    assert list(found.columns) == list(COLUMNS)
    rows = found.drop(columns="begun").to_dict("records")
    common = {"seed": 1, "state": "complete"}
    assert rows == [
        {
            "folder": "a/run",
            "kind": "run",
            "name": "Small desk",
            "scenarios": 1,
            "reps": 2,
            **common,
            "seed": 7,
        },
        {"folder": "b", "kind": "comparison", "name": "x, y", "scenarios": 2, "reps": 2, **common},
        {"folder": "c", "kind": "study", "name": "Two desks", "scenarios": 2, "reps": 4, **common},
    ]
    assert found["begun"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00").all()
    assert find_runs(tmp_path / "b")["folder"].tolist() == ["."]


def test_a_study_broken_off_says_how_far_it_is(study: Study, tmp_path: Path) -> None:
    partly(study, tmp_path / "study", 3)
    assert states(tmp_path) == {"study": "6 of 8 replications"}
    assert kept(tmp_path / "study", study) == (6, 8)
    shutil.rmtree(tmp_path / "study" / "units")  # the check can fail
    assert kept(tmp_path / "study", study) == (0, 8)


def test_a_study_under_way_can_be_looked_at(study: Study, tmp_path: Path) -> None:
    with (
        opened(tmp_path / "study", study) as place,
        Runner(periods=study.periods, store=place.store) as runner,
    ):
        runner.results(study.scenarios, 1)
        assert states(tmp_path) == {"study": "2 of 8 replications"}


def test_equal_scenarios_count_once(make: Make, tmp_path: Path) -> None:
    study = Study(names=("a", "b"), scenarios=(make(), make()), reps=3)
    partly(study, tmp_path / "study", 3)
    assert kept(tmp_path / "study", study) == (3, 3)


def test_units_of_other_scenarios_and_later_replications_do_not_count(
    study: Study, make: Make, tmp_path: Path
) -> None:
    partly(study, tmp_path / "study", 4)
    other = make(pools__desk__wage="50/h")
    newer = Study(names=("as is", "dearer"), scenarios=(study.scenarios[0], other), reps=3)
    assert kept(tmp_path / "study", newer) == (3, 6)
    reseeded = Study(names=("as is",), scenarios=(study.scenarios[0],), reps=3, seed=2)
    assert kept(tmp_path / "study", reseeded) == (0, 3)


def test_a_result_of_an_older_version_is_told(study: Study, make: Make, tmp_path: Path) -> None:
    study.run(tmp_path / "study")
    newer = Study(names=("as is", "dearer"), scenarios=(make(), make(pools__desk__wage="50/h")), reps=4)
    with opened(tmp_path / "study", newer, overwrite=True):
        pass
    words = "4 of 8 replications; result is of an older version of the study"
    assert states(tmp_path) == {"study": words}


def test_where_the_number_turns_out_later_it_is_not_told(make: Make, tmp_path: Path) -> None:
    study = Study(names=("a",), scenarios=(make(),), reps=4, precision="2%")
    partly(study, tmp_path / "study", 5)
    assert kept(tmp_path / "study", study) == (5, None)
    assert states(tmp_path) == {"study": "5 replications"}
    assert stand(1234, 5678) == "1,234 of 5,678 replications"


def test_what_is_foreign_hidden_or_too_deep_is_left_out(study: Study, make: Make, tmp_path: Path) -> None:
    result = run(make(), reps=1)
    for place in (".hidden", "a/b/c", "seen"):
        result.save(tmp_path / place)
    (tmp_path / "linked").symlink_to(tmp_path / "seen", target_is_directory=True)
    for name, text in (("list", "[1]"), ("broken", "{"), ("other", '{"seed": 1}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(text)
        (tmp_path / name / "study.json").write_text(text)
    assert list(states(tmp_path)) == ["a/b/c", "seen"]
    assert find_runs(tmp_path, depth=2)["folder"].tolist() == ["seen"]
    assert find_runs(tmp_path / "list").empty


def test_damage_is_no_reason_to_fail(study: Study, tmp_path: Path) -> None:
    partly(study, tmp_path / "study", 2)
    about = json.loads((tmp_path / "study" / "study.json").read_text())
    (tmp_path / "study" / "units" / "x.pack").write_bytes(b"nonsense")
    assert states(tmp_path) == {"study": "4 of 8 replications"}
    del about["digests"]
    (tmp_path / "study" / "study.json").write_text(json.dumps(about))
    assert list(states(tmp_path)) == ["study"]


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find_runs(tmp_path / "nothing")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is not a folder"):
        find_runs(tmp_path / "file")


@pytest.mark.parametrize(
    "text", ['{"study": "s", "digests": 5}', '{"study": "s", "digests": [[1]]}', "[" * 200_000]
)
def test_a_folder_that_says_what_servsim_never_wrote_does_not_spoil_the_list(
    tmp_path: Path, text: str
) -> None:
    folder = tmp_path / "odd"
    (folder / "units").mkdir(parents=True)
    (folder / "study.json").write_text(text)
    states = find_runs(tmp_path)["state"].tolist()
    assert states in ([], ["damaged"])
