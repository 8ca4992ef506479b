"""How far the work is: a bar on the terminal, and an ear for Ctrl-C."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .group import check_interrupt
from .options import console

__all__ = ["watch"]

WINDOW = (
    600.0  # seconds over which the pace is measured: long, as workers tell of a replication when it is done
)


@contextmanager
def watch(quiet: bool = False) -> Iterator[Callable[[float, int], None]]:
    """Yield a function of (replications done, replications wanted) that listens for Ctrl-C and shows a bar.

    The bar, with the time left, stands on stderr while that is a terminal and nobody asked for quiet, which silences
    what is logged too. The function raises KeyboardInterrupt where there was an interrupt.
    """
    if quiet:
        logging.getLogger("servsim").setLevel(logging.ERROR)
    screen = console(err=True)
    if quiet or not screen.is_terminal:
        yield lambda done, wanted: check_interrupt()
        return
    from rich import progress

    columns = (
        progress.TextColumn("replications"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("left"),
    )
    with progress.Progress(*columns, console=screen, transient=True, speed_estimate_period=WINDOW) as bar:
        task = bar.add_task("", total=0, visible=False)

        def show(done: float, wanted: int) -> None:
            check_interrupt()
            bar.update(task, completed=done, total=wanted, visible=True)

        yield show
