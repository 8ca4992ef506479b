"""The group of commands: imports each when it is used, makes of every error a message and an exit status."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import click

from ..errors import InputError, RunError, did_you_mean

__all__ = [
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "KEPT",
    "MISSED",
    "WRONG_INPUT",
    "LazyGroup",
    "as_typed",
    "check_interrupt",
    "drop_stdout",
]

DONE, MISSED, WRONG_INPUT, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
TYPED = "servsim.typed"  # in a context's `meta`: the words of the command line
KEPT = "servsim.kept"  # in a context's `meta`: a function that tells what a run that ends early leaves behind


class LazyGroup(click.Group):
    """A group whose command `x` is the object `command` of the module `commands_in.x`."""

    def __init__(self, *args: Any, commands_in: str, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_in, self.names = commands_in, tuple(names)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they were typed, for `as_typed`."""
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.names:
            return None
        command: click.Command = import_module(f"{self.commands_in}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the words name; a wrong one is told the nearest."""
        name = args[0]
        if name not in self.names and not name.startswith("-"):
            ctx.fail(
                f"There is no command {name!r}{did_you_mean(name, self.names) or '; see servsim --help'}"
            )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and exit with its status; every error becomes a message on stderr."""
        with _listening():
            self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> None:
        if sys.stdout is None:  # closed by whoever started us: nobody listens
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (for as long as the process lives)
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            status = _interrupted(ctx)
        except BrokenPipeError:
            drop_stdout()
            status = DONE  # the reader has seen what it wanted
        except Exception as error:
            if os.environ.get("SERVSIM_DEBUG"):
                raise
            # an import or a compiler that was interrupted says all sorts of things
            status = _interrupted(ctx) if _heard else _explain(error)
            if status == FAILED and KEPT in ctx.meta:
                click.echo(ctx.meta[KEPT](), err=True)
        ctx.exit(status or DONE)


def as_typed() -> str:
    """Return the command that is under way as a shell takes it: what a result's folder says it was made by."""
    return shlex.join(["servsim", *click.get_current_context().meta.get(TYPED, ())])


_heard: list[int] = []  # interrupts of this process; Python loses those that fall into some callbacks


@contextmanager
def _listening() -> Iterator[None]:
    """Note every interrupt (Ctrl-C) and pass it on as KeyboardInterrupt."""

    def note(number: int, _: Any) -> None:
        _heard.append(number)
        raise KeyboardInterrupt

    _heard.clear()
    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not the main thread: nobody interrupts this one
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def check_interrupt() -> None:
    """Raise KeyboardInterrupt if there was one that got lost."""
    if _heard:
        raise KeyboardInterrupt


def _interrupted(ctx: click.Context) -> int:
    kept = ctx.meta[KEPT]() if KEPT in ctx.meta else "no result was written"
    click.echo(f"interrupted; {kept}", err=True)
    return INTERRUPTED


def _explain(error: Exception) -> int:
    """Say what went wrong and return the exit status."""
    if isinstance(error, InputError):
        for line in _problem_lines(error):
            click.echo(line, err=True)
        return WRONG_INPUT
    if isinstance(error, RunError):
        click.echo(f"the run failed: {error}", err=True)
    elif isinstance(error, MemoryError):
        click.echo("the run failed: out of memory; fewer contacts or a shorter clock need less", err=True)
    elif isinstance(error, OSError):
        drop_stdout()  # if it was stdout that refused, flushing it at exit would refuse again
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"the run failed: {place}{error.strerror or error}", err=True)
    else:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        click.echo(f"this is a defect of servsim: {what} (SERVSIM_DEBUG=1 shows the traceback)", err=True)
    return FAILED


def _problem_lines(error: InputError) -> list[str]:
    """Return one line a problem and, where they stand in files or are several, `3 problems in shop.yaml`."""
    lines, count = [str(problem) for problem in error.problems], len(error.problems)
    files = list(dict.fromkeys(problem.file for problem in error.problems if problem.file))
    if files or count > 1:
        place = f" in {', '.join(files)}" if files else ""
        lines.append(f"{count} problem{'s' if count > 1 else ''}{place}")
    return lines


def drop_stdout() -> None:
    """Send what is still to be flushed at exit nowhere, as its reader is gone."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
