"""`servsim batches`: what it prints and refuses."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from servsim.study.batches import batch_means

Call = Callable[..., Result]
LINE = """
servsim: 1
name: Line
clock: {start: 2026-03-02, length: 1 day, interval: 1 h}
channels: {calls: {type: voice, arrivals: {rate: 1/h}, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 1 h}}}}}
queues: {calls: {}}
pools: {agents: {staff: 3, serves: [calls]}}
"""


@pytest.fixture
def line(tmp_path: Path) -> Path:
    file = tmp_path / "line.yaml"
    file.write_text(LINE, encoding="utf-8")
    return file


def test_the_examples_run(servsim: Call, line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(line.parent)
    text = servsim("batches", "--help").stdout.partition("Examples:")[2]
    commands = [
        shlex.split(row)[1:] for row in map(str.strip, text.splitlines()) if row.startswith("servsim ")
    ]
    assert len(commands) == 2
    for words in commands:
        found = servsim(*words)
        assert found.exit_code == 0, (words, found.output)


def test_json_is_all_there_is(servsim: Call, line: Path) -> None:
    words = ("--batches", "4", "--batch-length", "6h", "--warmup", "14d", "--seed", "3", "--json")
    found = servsim("batches", line, *words)
    summary = json.loads(found.stdout)
    wanted = batch_means(line, batches=4, batch=6 * 3600.0, warmup=14 * 86400.0, seed=3).summary()
    assert summary == json.loads(json.dumps(wanted)) and found.stderr == ""
    assert summary["warmup"] == 14 * 86400.0 and len(summary["series"][0]["values"]) == 4


def test_what_is_printed_tells_of_the_warm_up(servsim: Call, line: Path) -> None:
    found = servsim("batches", line, "--batches", "3", "--warmup", "2 days")
    assert "3 batches of 1 day out of one run after a warm-up of 2 days" in " ".join(found.stdout.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--batch-length", "7 days"), "or one day; the nearest is 1 day; for whole weeks run replications"),
        (("--batch-length", "soon"), "--batch-length: 'soon' is not a duration"),
        (("--warmup", "-1 h"), "--warmup: "),
        (("--warmup", "11 years"), "--warmup: unknown unit 'years'"),
        (("--out", "folder"), "No such option"),
    ],
)
def test_wrong_words_have_status_2(servsim: Call, line: Path, words: tuple[str, str], message: str) -> None:
    found = servsim("batches", line, *words)
    assert found.exit_code == 2 and message in " ".join(found.stderr.split())
