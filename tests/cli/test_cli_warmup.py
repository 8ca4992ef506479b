"""`servsim warmup`: what it prints, writes and refuses."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rich.cells import cell_len
from rich.console import Console

from servsim.show.steady import print_batch_means
from servsim.study.batches import batch_means
from servsim.study.steady import warmup

Call = Callable[..., Result]
STEADY = """
servsim: 1
name: 热线
clock: {start: 2026-03-02, length: 10 days, interval: 1 h}
channels: {calls: {type: voice, arrivals: {rate: 1/h}, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 5 h}}}}}
queues: {calls: {}}
pools: {agents: {staff: 30, serves: [calls]}}
"""


@pytest.fixture
def steady(tmp_path: Path) -> Path:
    file = tmp_path / "steady.yaml"
    file.write_text(STEADY, encoding="utf-8")
    return file


def test_the_advice_stands_above_the_series(servsim: Call, steady: Path) -> None:
    done = servsim("warmup", steady)
    advice = warmup(steady).advice()
    assert done.exit_code == 0
    assert advice in " ".join(done.stdout.split())
    assert "热线" in done.stdout and "20 replications, seed 1" in done.stdout
    assert "work_in_system, total: by interval, every" in done.stdout
    assert "2026-03-02 00:00" in done.stdout and done.stdout.count("2026-03-") <= 13
    assert max(map(cell_len, done.stdout.splitlines())) <= 100


def test_options_reach_what_is_run(servsim: Call, steady: Path) -> None:
    words = ("--reps", "3", "--seed", "7", "--measure", "waiting", "--scope", "queue:calls", "--jobs", "1")
    done = servsim("warmup", steady, *words, "--set", "clock.length=5 days", "--json")
    summary = json.loads(done.stdout)
    wanted = {"reps": 3, "seed": 7, "measure": "waiting", "scope": "queue:calls", "unit": "number"}
    assert {key: summary[key] for key in wanted} == wanted
    assert summary["series"][-1]["start"] < 5 * 86400 <= summary["series"][-1]["start"] + 3600


def test_json_is_all_there_is_and_the_same_each_time(servsim: Call, steady: Path) -> None:
    first, second = (servsim("warmup", steady, "--reps", "2", "--json") for _ in range(2))
    assert first.stdout == second.stdout and first.stderr == ""
    assert json.loads(first.stdout) == warmup(steady, reps=2).summary()


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_plot_is_written(servsim: Call, steady: Path, tmp_path: Path, suffix: str) -> None:
    plot = tmp_path / f"plot.{suffix}"
    done = servsim("warmup", steady, "--reps", "2", "--plot", plot)
    assert done.exit_code == 0 and plot.stat().st_size > 1000
    assert f"drawn into {plot}" in done.stderr


def test_a_wrong_plot_is_refused_before_anything_is_run(servsim: Call, steady: Path, tmp_path: Path) -> None:
    done = servsim("warmup", steady, "--reps", "1000000", "--plot", tmp_path / "plot.jpeg")
    assert done.exit_code == 2 and done.stdout == ""
    assert "has the suffix '.jpeg': must be one of .png, .svg, .pdf" in done.stderr
    nowhere = servsim("warmup", steady, "--reps", "1000000", "--plot", tmp_path / "nowhere" / "plot.png")
    assert nowhere.exit_code == 2 and nowhere.stdout == "" and "cannot be written" in nowhere.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--measure", "wiating"), "no measure is named 'wiating'; did you mean 'waiting'?"),
        (("--scope", "channel:call"), "channels: calls; did you mean 'calls'?"),
        (("--set", "clock.lenght=5 days"), "did you mean 'length'?"),
    ],
)
def test_wrong_words_have_status_2(servsim: Call, steady: Path, words: tuple[str, str], message: str) -> None:
    done = servsim("warmup", steady, *words)
    assert done.exit_code == 2 and message in done.stderr


def test_a_scenario_of_a_day_is_told_what_to_do(servsim: Call, small: Path) -> None:
    done = servsim("warmup", small, "--reps", "2")
    assert done.exit_code == 0
    words = " ".join(done.stdout.split())
    assert "set clock.length: 10 days" in words and "by day" in words and "smoothed" not in words


def test_a_weekly_cycle_is_shown_by_week(servsim: Call, steady: Path) -> None:
    words = (
        "--set",
        "clock.length=70 days",
        "--set",
        "channels.calls.arrivals={per_day: {mon-fri: 24, sat-sun: 9}}",
    )
    done = servsim("warmup", steady, "--reps", "2", *words)
    assert done.exit_code == 0, done.stderr
    assert "work_in_system, total: by week" in " ".join(done.stdout.split()) and "every" not in done.stdout
    assert [f"2026-{day}" in done.stdout for day in ("03-02", "03-08", "03-09", "05-04")] == [
        True,
        False,
        True,
        True,
    ]


def test_batch_means_are_printed_with_what_to_make_of_them(steady: Path) -> None:
    found = batch_means(steady, batches=12)
    screen = Console(file=io.StringIO(), width=90)
    print_batch_means(found, screen)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    assert found.advice() in " ".join(text.split())
    assert "occupancy" in text and max(map(cell_len, text.splitlines())) <= 90
