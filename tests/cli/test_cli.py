"""The commands: what they print where, and their exit status."""

from __future__ import annotations

import json
import math
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import Result

import servsim as sv
from servsim import engine
from servsim.catalogue import CATALOGUE
from servsim.cli import COMMANDS, cli, options
from servsim.cli import run as run_command
from servsim.errors import AuditError, RunError
from servsim.measure import measure
from servsim.queueing import staff_for
from servsim.study import store

Call = Callable[..., Result]


def failing(error: BaseException) -> Callable[..., None]:
    """Return a stand-in for a function that raises."""

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return fail


# --- run ---------------------------------------------------------------------------------------------------


def test_run_prints_the_summary(servsim: Call, small: Path) -> None:
    found = servsim("run", small, "--reps", "2")
    assert found.exit_code == 0
    assert found.stdout.startswith("小店客服\n2 replications, seed 1, engine compiled\n")
    assert "Targets" in found.stdout
    assert found.stderr == ""


def test_audit_is_printed_after_the_summary_and_stands_in_json(
    servsim: Call, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = servsim("run", small, "--reps", "2", "--audit", "--out", out)
    assert found.exit_code == 0
    summary, _, audit = found.stdout.partition("Self-audit")
    assert "Money" in summary and "busy ≤ staffed" in audit
    assert "电话: not a known model: '电话' is not always open." in audit
    as_json = json.loads(servsim("run", small, "--reps", "2", "--audit", "--json").stdout)
    assert as_json == json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert as_json["audit"] == sv.run(small, reps=2).audit().summary()


def test_json_is_all_of_stdout_and_is_what_python_gives(servsim: Call, small: Path) -> None:
    found = servsim("run", small, "--reps", "2", "--seed", "5", "--json")
    assert json.loads(found.stdout) == sv.run(small, reps=2, seed=5).summary()
    assert found.stderr == ""
    alone = json.loads(servsim("run", small, "--reps", "1", "--json").stdout)
    assert alone["measures"]["total"]["offered"]["half_width"] is None


def test_quiet_prints_nothing(servsim: Call, small: Path, tmp_path: Path) -> None:
    assert servsim("run", small, "--reps", "1", "--quiet", "--out", tmp_path / "out").output == ""
    assert json.loads(servsim("run", small, "--reps", "1", "-q", "--json").stdout)["reps"] == 1


def test_set_seed_and_first_reach_the_run(servsim: Call, small: Path) -> None:
    words = ["--set", "channels.chat.arrivals.rate=x2", "--set", "name=Other", "--seed", "3", "--first", "4"]
    found = json.loads(servsim("run", small, *words, "--reps", "1", "--json").stdout)
    changes = {"channels.chat.arrivals.rate": "x2", "name": "Other"}
    assert found == sv.run(sv.load(small, changes), reps=1, seed=3, first=4).summary()


def test_out_writes_a_folder(servsim: Call, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "results" / "out"
    words = ["run", small, "--reps", "1", "--out", out]
    found = servsim(*words, "--contacts", "--events", "--json")
    assert found.exit_code == 0
    assert found.stderr == f"written to {out}\n"
    assert sorted(entry.name for entry in out.iterdir()) == sorted(store.FILES)
    assert found.stdout == (out / "summary.json").read_text(encoding="utf-8")
    again = servsim(*words)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "holds a result already; --force" in again.stderr
    assert servsim(*words, "--force").exit_code == 0
    assert not (out / "contacts.parquet").exists()


def test_a_folder_that_is_no_result_is_refused_before_the_run(
    servsim: Call, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servsim.study.work.stream", failing(AssertionError("ran")))
    found = servsim("run", small, "--out", tmp_path, "--force")
    assert found.exit_code == 2
    assert "holds what is not a result of servsim (small.yaml)" in found.stderr


def test_a_result_runs_again_to_the_same_bytes(servsim: Call, small: Path, tmp_path: Path) -> None:
    words = ["--reps", "2", "--seed", "8", "--contacts", "--quiet", "--out"]
    assert (
        servsim(
            "run", small, "--set", "pools.坐席.staff.by_calendar.desk=+1", *words, tmp_path / "a"
        ).exit_code
        == 0
    )
    assert servsim("run", tmp_path / "a" / "scenario.yaml", *words, tmp_path / "b").exit_code == 0
    for name in (
        "scenario.yaml",
        "summary.json",
        "measures.parquet",
        "intervals.parquet",
        "contacts.parquet",
    ):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize(("words", "status"), [(("--fail-on-miss",), 1), ((), 0)])
def test_a_missed_target_fails_only_where_asked(
    servsim: Call, small: Path, words: tuple[str, ...], status: int
) -> None:
    miss = ("--set", "targets.0.at_most=0")
    for reps, verdict in (("10", "missed"), ("1", "cannot tell")):  # on average it is missed, sure or not
        found = servsim("run", small, *miss, "--reps", reps, *words, "--json")
        assert found.exit_code == status
        assert json.loads(found.stdout)["targets"][0]["verdict"] == verdict
    assert servsim("run", small, "--reps", "2", *words).exit_code == 0  # all are met


def test_a_missed_target_fails_even_if_nobody_reads(
    servsim: Call, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_command, "_report", failing(BrokenPipeError()))
    monkeypatch.setattr(run_command, "drop_stdout", lambda: None)
    words = ("run", small, "--set", "targets.0.at_most=0", "--reps", "1")
    assert servsim(*words, "--fail-on-miss").exit_code == 1
    assert servsim(*words).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--reps", "0"),
        ("--seed", "-1"),
        ("--seed", str(2**62)),
        ("--engine", "fast"),
        ("--jobs", "0"),
        ("--cluster",),
        ("--set", "nothing"),
        ("--contacts",),
        ("--force",),
        ("--precision", "2%", "--first", "2"),
        ("--precision", "2%", "--reps", "1"),
        ("--precision", "2%", "--reps", "20", "--max-reps", "10"),
    ],
)
def test_wrong_words_are_status_2(servsim: Call, small: Path, words: tuple[str, ...]) -> None:
    found = servsim("run", small, *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "Error: " in found.stderr


def test_engines_offered_are_those_there_are() -> None:
    assert ["auto", *engine.ENGINES] == list(options.ENGINES)


def test_jobs_change_no_byte_of_the_result(servsim: Call, small: Path, tmp_path: Path) -> None:
    words = ("run", small, "--reps", "6", "--contacts", "--quiet", "--out")
    for jobs in ("1", "2"):
        assert servsim(*words, tmp_path / jobs, "--jobs", jobs).output == ""
    for name in ("summary.json", "measures.parquet", "contacts.parquet"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


def test_a_cluster_that_is_not_there_is_wrong_input(
    servsim: Call, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servsim.study.crew.Cluster.PATIENCE", 0.2)
    for address in ("nowhere", "foo://here:1", "tcp://127.0.0.1:1"):
        found = servsim("run", small, "--cluster", address)
        assert (found.exit_code, found.stdout) == (2, "")
        assert found.stderr.startswith(f"no Dask scheduler answers at {address!r}: ")
        assert len(found.stderr.splitlines()) == 1


def test_engines_are_listed(servsim: Call) -> None:
    found = servsim("engines")
    assert found.exit_code == 0
    assert [line.split()[0] for line in found.stdout.splitlines()[1:] if line.strip()] == list(engine.ENGINES)
    rows = json.loads(servsim("engines", "--json").stdout)
    assert [(row["name"], row["auto"]) for row in rows] == [("reference", False), ("compiled", True)]


def test_all_engines_print_the_same(servsim: Call, small: Path) -> None:
    words = ["run", small, "--reps", "2", "--json", "--engine"]
    summaries = [json.loads(servsim(*words, name).stdout) for name in engine.ENGINES]
    assert summaries[0] == summaries[1]


def test_a_bound_on_visits_stops_a_run(servsim: Call, small: Path, tmp_path: Path) -> None:
    words = ["run", small, "--reps", "1", "--out", tmp_path / "out", "--max-visits"]
    found = servsim(*words, "7")
    assert (found.exit_code, found.stdout) == (3, "")
    assert "contacts in a replication, and the bound is 7; " in found.stderr
    assert not (tmp_path / "out").exists()
    assert servsim(*words, "0").exit_code == 2
    assert servsim(*words, "100000").exit_code == 0


# --- errors ------------------------------------------------------------------------------------------------


def test_all_problems_of_a_file_are_told(servsim: Call, small: Path) -> None:
    small.write_text(
        small.read_text().replace("type: voice", "type: voise").replace("wage: 30/h", "wage: much")
    )
    for command in ("run", "check", "resolve"):
        found = servsim(command, small)
        assert (found.exit_code, found.stdout) == (2, "")
        *problems, count = found.stderr.splitlines()
        assert len(problems) == 2
        assert all(problem.startswith(f"{small}:") for problem in problems)
        assert count == f"2 problems in {small}"


def test_one_problem_without_a_file_is_not_counted(servsim: Call, small: Path) -> None:
    found = servsim("check", small, "--set", "pols.x=1")
    assert found.exit_code == 2
    assert found.stderr.startswith("pols.x: the scenario has no part 'pols'")
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (RunError("too many contacts"), 3, "the run failed: too many contacts"),
        (AuditError("contacts are lost"), 3, "the run failed: contacts are lost"),
        (MemoryError(), 3, "the run failed: out of memory; fewer contacts or a shorter clock need less"),
        (KeyboardInterrupt(), 130, "interrupted; no result was written"),
        (
            ZeroDivisionError("by\nzero"),
            3,
            "this is a defect of servsim: ZeroDivisionError: by zero (SERVSIM_DEBUG=1 shows the traceback)",
        ),
    ],
)
def test_a_failure_is_one_line_and_leaves_nothing(
    servsim: Call,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
    message: str,
) -> None:
    monkeypatch.setattr("servsim.study.work.stream", failing(error))
    found = servsim("run", small, "--out", tmp_path / "out", "--json")
    assert (found.exit_code, found.stdout) == (status, "")
    assert found.stderr == f"{message}\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["small.yaml"]


def test_debug_shows_the_traceback(servsim: Call, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servsim.study.work.stream", failing(ZeroDivisionError("here")))
    monkeypatch.setenv("SERVSIM_DEBUG", "1")
    found = servsim("run", small)
    assert isinstance(found.exception, ZeroDivisionError)


def test_a_full_disk_is_a_failed_run(
    servsim: Call, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_write_measures", failing(OSError(28, "No space left on device")))
    found = servsim("run", small, "--reps", "1", "--out", tmp_path / "out")
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr.endswith("out': No space left on device\n")
    assert not (tmp_path / "out").exists()


def test_an_unknown_command_is_told_the_nearest(servsim: Call) -> None:
    found = servsim("chekc")
    assert found.exit_code == 2
    assert "There is no command 'chekc'; did you mean 'check'?" in found.stderr


# --- the other commands ------------------------------------------------------------------------------------


def test_check_tells_load_and_staffing(servsim: Call, small: Path) -> None:
    found = servsim("check", small)
    assert found.exit_code == 0
    assert found.stdout.startswith(f"{small} is sound: 小店客服\n")
    wanted = [staff_for(30 / 3600, 240, 0.8, 20, patience) for patience in (math.inf, 120)]
    row = next(line for line in found.stdout.splitlines() if line.startswith("电话 "))
    words = f"电话 2026-03-02 08:00 30.0 4.00 min 2.00 4.00 {wanted[0]} C, {wanted[1]} A"
    assert row.split() == words.split()


def test_check_tells_warnings_and_shortage(servsim: Call, small: Path) -> None:
    unused = "flows.spare={steps: {x: {queue: chat, time: 1 min}}}"
    found = servsim("check", small, "--set", unused, "--set", "pools.坐席.staff.by_calendar.desk=1")
    assert found.exit_code == 0
    assert "flows.spare: no channel uses this flow" in found.stdout
    assert "! 电话: in 4 intervals more work comes than agents are there" in found.stdout


def test_resolve_prints_a_scenario_that_means_the_same(servsim: Call, small: Path, tmp_path: Path) -> None:
    found = servsim("resolve", small, "--set", "name=New")
    assert found.stdout == sv.load(small, {"name": "New"}).to_yaml()
    output = tmp_path / "frozen.yaml"
    assert servsim("resolve", small, "--set", "name=New", "-o", output).output == ""
    assert output.read_text(encoding="utf-8") == found.stdout
    assert sv.load(output).digest() == sv.load(small, {"name": "New"}).digest()


def test_a_file_that_cannot_be_written_is_told(servsim: Call, small: Path, tmp_path: Path) -> None:
    found = servsim("resolve", small, "-o", tmp_path / "absent" / "frozen.yaml")
    assert found.exit_code == 3
    assert "frozen.yaml' cannot be written: No such file or directory" in found.stderr


def test_schema_is_json(servsim: Call) -> None:
    schema = json.loads(servsim("schema").stdout)
    assert "channels" in schema["$defs"]["Scenario"]["properties"]


def test_measures_lists_the_catalogue(servsim: Call) -> None:
    table = servsim("measures").stdout
    assert [line.split()[0] for line in table.splitlines() if line[0] != " "][1:] == list(CATALOGUE)
    rows = json.loads(servsim("measures", "--json").stdout)
    assert [row["name"] for row in rows] == list(CATALOGUE)
    assert rows[0]["definition"] == CATALOGUE["offered"].definition
    markdown = servsim("measures", "--markdown").stdout.splitlines()
    assert len(markdown) == len(CATALOGUE) + 2
    assert {line.count(" | ") for line in markdown} == {5}


def test_new_makes_a_project_that_works(servsim: Call, tmp_path: Path) -> None:
    project = tmp_path / "my" / "shop"
    assert servsim("new", project).exit_code == 0
    files = {str(entry.relative_to(project)) for entry in project.rglob("*") if entry.is_file()}
    assert files == {
        *("README.md", "shop.yaml", "more_bot.yaml", "staffing.yaml", "volumes/phone.csv", "volumes/chat.csv")
    }
    as_is, better = (sv.load(project / name) for name in ("shop.yaml", "more_bot.yaml"))
    assert as_is.warnings == better.warnings == ()
    assert servsim("check", project / "shop.yaml").exit_code == 0
    costs = [sv.run(scenario, reps=2).value("cost").mean for scenario in (as_is, better)]
    assert costs[1] < costs[0]  # the what-if is worth a look


ELSEWHERE = ("schema", "batches", "sensitivity", "breakeven")  # their examples are run in tests of their own
SOME = ["--reps", "3", "--max-reps", "4"]
FEW = {  # replications that will do for an example
    **{name: ["--reps", "2"] for name in ("run", "warmup", "roi")},
    **dict.fromkeys(("compare", "sweep"), SOME),
}


def examples(text: str) -> list[list[str]]:
    """Return the words of each command in a text: what follows two spaces or a redirection is explanation."""
    whole = re.sub(r" *\\\n *", " ", text)  # a line that goes on in the next
    lines = [line.strip() for line in whole.splitlines() if line.strip().startswith("servsim ")]
    return [shlex.split(line.partition("  ")[0].partition(" > ")[0])[1:] for line in lines]


@pytest.mark.slow
def test_every_example_runs(servsim: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    helps = [
        servsim(name, "--help").stdout.partition("Examples:")[2] for name in COMMANDS if name not in ELSEWHERE
    ]
    readme = files("servsim.cli").joinpath("starter/README.md").read_text(encoding="utf-8")
    commands = examples("\n".join([*helps, readme]))
    assert len(commands) > 15
    servsim("new", tmp_path / "project")
    for words in commands:
        monkeypatch.chdir(
            tmp_path if words[0] == "new" or "shop/shop.yaml" in words else tmp_path / "project"
        )
        found = servsim(*words, *FEW.get(words[0], []))
        assert found.exit_code == (1 if "--fail-on-miss" in words else 0), (words, found.output)


def test_new_touches_no_folder_that_holds_something(servsim: Call, tmp_path: Path, small: Path) -> None:
    found = servsim("new", tmp_path)
    assert found.exit_code == 2
    assert "is not an empty folder" in found.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["small.yaml"]
    assert servsim("new", small).exit_code == 2
    (tmp_path / "empty").mkdir()
    assert servsim("new", tmp_path / "empty").exit_code == 0


def test_every_command_has_help_with_examples(servsim: Call) -> None:
    context = click.Context(cli)
    assert cli.list_commands(context) == list(COMMANDS)
    for name in COMMANDS:
        found = servsim(name, "--help")
        assert found.exit_code == 0
        assert f"  servsim {name}" in found.stdout.partition("Examples:")[2]
        assert max(map(len, found.stdout.splitlines())) <= 100


def test_values_are_the_measures_of_the_engine(servsim: Call, small: Path) -> None:
    scenario = sv.load(small)
    network = sv.network.build(scenario.model)
    plain = [
        measure(engine.simulate(network, 1, r), network, scenario.model).value("offered") for r in (1, 2)
    ]
    found = json.loads(servsim("run", small, "--reps", "2", "--json").stdout)
    assert found["measures"]["total"]["offered"]["mean"] == np.mean(plain)


def test_a_device_is_no_scenario(servsim: Call) -> None:
    found = servsim("check", "/dev/zero")
    assert found.exit_code == 2
    assert "/dev/zero: cannot be read: it is a device, not a file" in found.stderr


def test_a_device_is_written_to_and_not_replaced(servsim: Call, small: Path) -> None:
    assert servsim("resolve", small, "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()
    assert servsim("resolve", small, "-o", ".").exit_code == 3


def test_numbers_out_of_range_are_wrong_input(servsim: Call, small: Path) -> None:
    for option, value in (
        ("--reps", 0),
        ("--reps", 2**31),
        ("--first", 2**31),
        ("--seed", -1),
        ("--seed", 2**62),
    ):
        assert servsim("run", small, option, str(value)).exit_code == 2


def test_a_closed_stdout_is_no_defect(small: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m servsim check {small} >&-",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "defect" not in done.stderr
