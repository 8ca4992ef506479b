"""Arguments and options that several commands have, and what they do with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from ..scenario import Scenario

__all__ = [
    "ENGINES",
    "RUN",
    "console",
    "json_option",
    "load_scenario",
    "many",
    "reps_option",
    "run_options",
    "scenario_options",
    "write_out",
]

ENGINES = (
    "auto",
    "reference",
    "compiled",
)  # importing servsim.engine would be slow; a test holds

Command = TypeVar("Command", bound=Callable[..., Any])


def scenario_options(command: Command) -> Command:
    """Give a command the argument FILE and the options that change what is read from it."""
    command = click.option(
        "--allow-outside", is_flag=True, help="The scenario may name files outside its own folder."
    )(command)
    command = click.option(
        "--set",
        "assignments",
        metavar="PATH=VALUE",
        multiple=True,
        help="Change the scenario: pools.desk.wage=26/h, or relative: -20%, x1.5, +2. Can be repeated.",
    )(command)
    return click.argument("file", type=click.Path(path_type=Path))(command)


_OPTIONS: dict[str, Callable[..., Any]] = {
    "seed": click.option(
        "--seed",
        type=click.IntRange(0, 2**62 - 1),
        default=1,
        show_default=True,
        help="Seed of the random numbers.",
    ),
    "engine": click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="auto",
        show_default=True,
        help="All engines give the same result; see servsim engines.",
    ),
    "max_visits": click.option(
        "--max-visits",
        type=click.IntRange(1, 10**15),
        help="Bound on the contacts, and on the visits to steps, of a replication; stops what explodes.",
    ),
    "jobs": click.option(
        "--jobs",
        type=click.IntRange(1, 1023),
        show_default="as many as pay",
        help="Processes to work with; 1 is this one alone.",
    ),
    "cluster": click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Let the workers of this Dask scheduler do the work: tcp://host:8786.",
    ),
}
RUN = tuple(_OPTIONS)  # what goes to whatever runs replications


def run_options(command: Command, names: Sequence[str] = RUN) -> Command:
    """Give a command the options of whatever runs replications, or some of them."""
    return many(command, [_OPTIONS[name] for name in names])


def reps_option(help: str, *, least: int = 2) -> Callable[..., Any]:
    """Return the option of a command that runs a fixed number of replications, 20 unless told otherwise."""
    return click.option(
        "--reps", type=click.IntRange(least, 1_000_000), default=20, show_default=True, help=help
    )


def json_option(what: str) -> Callable[..., Any]:
    """Return the option as_json of a command that prints something."""
    return click.option(
        "--json", "as_json", is_flag=True, help=f"Print the {what} as JSON, and nothing else, to stdout."
    )


def many(command: Command, options: Sequence[Callable[..., Any]]) -> Command:
    """Give a command several options, in the order in which the help shows them."""
    for option in reversed(options):
        command = option(command)
    return command


def load_scenario(file: Path, assignments: tuple[str, ...], allow_outside: bool) -> Scenario:
    """Load the scenario that the words name. Raises InputError, or UsageError where an assignment is none."""
    from ..scenario import load
    from ..scenario.changes import parse_assignments

    try:
        changes = parse_assignments(list(assignments))
    except ValueError as error:
        raise click.UsageError(f"--set: {error}") from None
    return load(file, changes, allow_outside=allow_outside)


def console(*, err: bool = False) -> Console:
    """Return a console for stdout or stderr; it prints no control codes where that is no terminal."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the group of commands, which knows the exit status."""
            raise BrokenPipeError

    return Plain(file=sys.stderr if err else sys.stdout, emoji=False, markup=False, highlight=False)


def write_out(text: str, output: Path | None) -> None:
    """Print a text, or write it into a file that is complete or untouched."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from ..errors import RunError
    from ..files import write_whole

    text = text if text.endswith("\n") else f"{text}\n"
    if output.is_dir():
        raise RunError(f"{str(output)!r} cannot be written: it is a folder")
    if output.exists() and not output.is_file():  # a device or a pipe is written to, never replaced
        output.write_text(text, encoding="utf-8", newline="\n")
        return
    write_whole(output, text.encode())
