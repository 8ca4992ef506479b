"""The bar that shows how far the work is, and the ear for Ctrl-C."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from servsim.cli import group, progress


class Terminal(io.StringIO):
    """What stderr is where somebody looks."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Return the terminal on which the bar is drawn."""
    screen = Console(file=Terminal(), width=60, force_terminal=True, color_system=None)
    monkeypatch.setattr(progress, "console", lambda *, err: screen)
    return screen


def drawn(screen: Console) -> str:
    return screen.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_bar_tells_how_many_are_done_and_the_time_left(screen: Console) -> None:
    with progress.watch() as tell:
        tell(1.0, 40)
        tell(2.5, 40)
    last = drawn(screen).rpartition("replications")[2]
    assert " 2/40 " in last
    assert last.partition("2/40")[2].split()[1] == "left"


def test_more_may_be_wanted_than_at_first(screen: Console) -> None:
    with progress.watch() as tell:
        tell(10.0, 10)
        tell(10.0, 30)
    assert "10/30" in drawn(screen)


def test_nothing_is_drawn_before_there_is_something_to_tell(screen: Console) -> None:
    with progress.watch():
        pass
    assert "replications" not in drawn(screen)


def test_quiet_draws_nothing(screen: Console) -> None:
    with progress.watch(quiet=True) as tell:
        tell(1.0, 2)
    assert drawn(screen) == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_an_interrupt_that_got_lost_is_heard(
    screen: Console, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    monkeypatch.setattr(group, "_heard", [2])
    with pytest.raises(KeyboardInterrupt), progress.watch(quiet) as tell:
        tell(1.0, 2)
