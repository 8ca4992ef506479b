"""`servsim plot` draws what a result's folder has tables for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]


@pytest.fixture
def folder(servsim: Call, small: Path, tmp_path: Path) -> Path:
    servsim("run", small, "--reps", "2", "--jobs", "1", "--out", tmp_path / "result")
    return tmp_path / "result"


def test_plots_that_are_named_are_drawn_into_files(servsim: Call, folder: Path, tmp_path: Path) -> None:
    found = servsim(
        "plot", folder, "cost", "occupancy", "-o", tmp_path / "new" / "pictures", "--format", "svg"
    )
    assert found.exit_code == 0
    files = [tmp_path / "new" / "pictures" / f"{name}.svg" for name in ("cost", "occupancy")]
    assert found.stdout.split() == [str(file) for file in files]
    assert all(file.read_bytes().startswith(b"<?xml") for file in files)


def test_without_names_what_was_not_kept_is_left_out_and_told(
    servsim: Call, folder: Path, tmp_path: Path
) -> None:
    found = servsim("plot", folder, "-o", tmp_path / "all")
    assert found.exit_code == 0
    left = {line.partition(" ")[0] for line in found.stderr.splitlines() if "is left out" in line}
    assert left == {"wait_distribution", "flow", "where_time_goes"}
    listed = servsim("plot", folder, "--list").stdout.split()
    assert {file.stem for file in (tmp_path / "all").iterdir()} == set(listed) - left


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["flwo"], "no plot is named 'flwo'; did you mean 'flow'?"),
        (["flow"], "flow: this plot takes every single one of the contacts, which the run did not keep"),
        (["tornado"], "no plot is named 'tornado'; there are arrivals_staffing, service_level,"),
    ],
)
def test_wrong_words_write_nothing(
    servsim: Call, folder: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    found = servsim("plot", folder, *words, "-o", tmp_path / "none")
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in found.stderr
    assert not (tmp_path / "none").exists()
    assert servsim("plot", tmp_path / "nowhere").exit_code == 2
