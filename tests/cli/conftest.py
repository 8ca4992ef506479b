"""A small scenario in a file, and the command line called within the process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from servsim.cli import cli

SMALL = """
servsim: 1
name: 小店客服
currency: CNY
clock: {start: 2026-03-02, length: 1 day, interval: 1 h}
calendars: {desk: {daily: "08:00-12:00"}}
channels:
  电话:
    type: voice
    open: desk
    arrivals: {rate: 30/h}
    patience: {exponential: 2 min}
    flow: call
  chat: {type: chat, open: desk, arrivals: {rate: 20/h}, flow: chat}
flows:
  call: {steps: {talk: {queue: 电话, time: {exponential: 4 min}, next: {resolved: 80%, unresolved: rest}}}}
  chat:
    steps:
      bot: {bot: helper, time: {exponential: 1 min}, next: {resolved: 60%, person: rest}}
      person: {queue: chat, time: {exponential: 5 min}}
bots: {helper: {cost: {per_session: 0.5}}}
queues: {电话: {priority: 1}, chat: {}}
pools: {坐席: {staff: {by_calendar: {desk: 4}}, serves: [电话, chat], wage: 30/h}}
targets:
  - {measure: abandonment, queue: 电话, at_most: 100%}
  - {measure: service_level, channel: 电话, at_least: 0%}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the file of a small sound scenario whose targets are all met."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.fixture
def servsim(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return a function that calls the command line with words and gives exit code, stdout and stderr."""
    monkeypatch.delenv("SERVSIM_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str | os.PathLike[str]) -> Result:
        return CliRunner().invoke(cli, [os.fspath(word) for word in words], prog_name="servsim")

    return call
