"""study, runs and query: a folder that goes on where it was stopped, and what is said about it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import servsim as sv

Call = Callable[..., Result]

STUDY = """
study: 1
name: Two desks
scenarios:
  as is: small.yaml
  one more: {file: small.yaml, change: {pools.坐席.staff.by_calendar.desk: 5}}
replications: 3
"""


@pytest.fixture
def study(small: Path) -> Path:
    file = small.with_name("desks.yaml")
    file.write_text(STUDY, encoding="utf-8")
    return file


def test_a_study_is_kept_beside_its_file(servsim: Call, study: Path) -> None:
    folder = study.with_name("desks.study")
    found = servsim("study", study)
    assert (found.exit_code, found.stderr) == (0, f"written to {folder}\n")
    assert found.stdout.startswith("one more against as is\n3 replications, seed 1, ")
    assert (folder / "result" / "differences.parquet").is_file()
    again = servsim("study", study, "--json")
    assert again.stderr == f"6 of 6 replications are there already\nwritten to {folder}\n"
    assert json.loads(again.stdout) == sv.Study.load(study).run().summary()


def test_a_study_that_was_changed_wants_force(servsim: Call, study: Path) -> None:
    servsim("study", study, "--quiet")
    study.write_text(STUDY.replace("replications: 3", "replications: 5"), encoding="utf-8")
    found = servsim("study", study)
    assert (found.exit_code, found.stdout) == (2, "")
    holds = "holds the result of another study, or of this one before it was changed; --force"
    assert found.stderr.startswith(f"'{study.with_name('desks.study')}' {holds}")
    more = servsim("study", study, "--force")
    assert more.stderr.startswith("6 of 10 replications are there already\n")
    assert "5 replications, seed 1" in more.stdout


def test_out_names_another_folder(servsim: Call, study: Path, tmp_path: Path) -> None:
    assert servsim("study", study, "--out", tmp_path / "other", "--quiet").output == ""
    assert not study.with_name("desks.study").exists()
    assert (tmp_path / "other" / "result").is_dir()


def test_problems_of_a_study_are_told(servsim: Call, study: Path) -> None:
    study.write_text(STUDY.replace("replications: 3", "replicatons: 3"), encoding="utf-8")
    found = servsim("study", study)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "did you mean 'replications'?" in found.stderr
    assert found.stderr.splitlines()[-1] == f"1 problem in {study}"
    assert not study.with_name("desks.study").exists()


def test_a_study_of_one_scenario_is_printed(servsim: Call, study: Path) -> None:
    study.write_text("study: 1\nscenarios: {alone: small.yaml}\nreplications: 2\n", encoding="utf-8")
    found = servsim("study", study)
    assert found.exit_code == 0
    assert found.stdout.startswith("alone\n2 replications, seed 1, engine compiled\n")
    assert "Targets" in found.stdout and "Differences" not in found.stdout


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(study: Path, tmp_path: Path) -> None:
    study.write_text(STUDY.replace("replications: 3", "replications: 150"), encoding="utf-8")
    folder = study.with_name("desks.study")
    words = [sys.executable, "-m", "servsim", "study", str(study), "--json", "--jobs", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not any(folder.glob("units/*.pack")) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    done = int(err.partition("interrupted; ")[2].partition(" of 300 replications are kept in ")[0])
    assert err == f"interrupted; {done} of 300 replications are kept in {folder}; the same command goes on\n"
    assert 0 < done < 300
    again = subprocess.run(words, capture_output=True, text=True, check=True)
    assert again.stderr.startswith(f"{done} of 300 replications are there already\n")
    fresh = subprocess.run(
        [*words, "--out", str(tmp_path / "fresh")], capture_output=True, text=True, check=True
    )
    assert again.stdout == fresh.stdout


# --- runs --------------------------------------------------------------------------------------------------


def test_runs_lists_what_is_there(
    servsim: Call, study: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servsim("run", small, "--reps", "2", "--out", tmp_path / "results" / "plain", "--quiet")
    servsim("study", study, "--quiet")
    found = servsim("runs", tmp_path)
    assert found.exit_code == 0
    for words in ("desks.study", "Two desks", "results/plain", "小店客服", "complete", "2 × 3", "1 × 2"):
        assert words in found.stdout
    rows = json.loads(servsim("runs", tmp_path, "--json").stdout)
    assert [(row["folder"], row["kind"], row["state"]) for row in rows] == [
        ("desks.study", "study", "complete"),
        ("results/plain", "run", "complete"),
    ]
    monkeypatch.chdir(tmp_path / "results")
    assert [row["folder"] for row in json.loads(servsim("runs", "--json").stdout)] == ["plain"]
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, servsim("runs", tmp_path).stdout.splitlines())) <= 60


def test_runs_says_where_nothing_is(servsim: Call, tmp_path: Path) -> None:
    found = servsim("runs", tmp_path)
    assert (found.exit_code, found.stdout.partition(" (")[0]) == (0, f"there are no results in {tmp_path}")
    assert json.loads(servsim("runs", tmp_path, "--json").stdout) == []
    assert servsim("runs", tmp_path / "nothing").exit_code == 2


# --- query -------------------------------------------------------------------------------------------------


def test_query_prints_tables_csv_and_json(servsim: Call, study: Path) -> None:
    pytest.importorskip("duckdb")
    servsim("study", study, "--quiet")
    words = (
        "query",
        study.with_name("desks.study"),
        "SELECT scenario, target, value FROM targets ORDER BY 1, 2",
    )
    table = servsim(*words)
    assert (table.exit_code, table.stderr) == (0, "")
    assert table.stdout.splitlines()[0].split() == ["scenario", "target", "value"]
    rows = list(csv.DictReader(io.StringIO(servsim(*words, "--csv").stdout)))
    found = json.loads(servsim(*words, "--json").stdout)
    targets = sv.Study.load(study).run().targets
    wanted = [(row["scenario"], row["target"], row["value"]) for row in targets.to_dict("records")]
    assert [(row["scenario"], int(row["target"]), float(row["value"])) for row in rows] == wanted
    assert [(row["scenario"], row["target"], row["value"]) for row in found] == wanted


def test_query_puts_what_does_not_fit_beneath(
    servsim: Call, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb")
    servsim("study", study, "--quiet")
    monkeypatch.setenv("COLUMNS", "60")
    lines = servsim("query", study.with_name("desks.study"), "SELECT * FROM targets").stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert "" in lines


def test_wrong_sql_is_status_2_and_duckdb_that_is_missing_3(
    servsim: Call, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb")
    servsim("study", study, "--quiet")
    folder = study.with_name("desks.study")
    found = servsim("query", folder, "SELECT nothing FROM targets")
    assert (found.exit_code, found.stdout, len(found.stderr.splitlines())) == (2, "", 1)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    found = servsim("query", folder, "SELECT 1")
    assert (found.exit_code, found.stdout) == (3, "")
    assert "pip install 'servsim[query]'" in found.stderr


def test_a_closed_stdout_is_no_defect(study: Path) -> None:
    words = f"{sys.executable} -m servsim study {study}"
    found = subprocess.run(f"{words} >&-", shell=True, capture_output=True, text=True, check=False)
    assert found.returncode == 0
    assert "defect" not in found.stderr
    read, write = os.pipe()
    os.close(read)
    found = subprocess.run(words.split(), stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert found.returncode == 0
    assert "defect" not in found.stderr


@pytest.mark.parametrize("name", ["compare", "sweep", "study", "runs", "query"])
def test_help_is_quick(name: str) -> None:
    code = (
        "import sys\nfrom servsim.cli import cli\n"
        f"try:\n    cli(['{name}', '--help'])\nexcept SystemExit: pass\nprint('MODULES', *sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(found.stdout.rpartition("MODULES ")[2].split())
    heavy = {"numpy", "pandas", "scipy", "matplotlib", "numba", "duckdb", "pyarrow", "rich", "servsim.study"}
    assert not modules & heavy
