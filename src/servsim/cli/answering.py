"""What sensitivity, breakeven and warmup have in common: they ask one question, print the answer and may draw it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .options import RUN, console, json_option, many
from .progress import watch

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

__all__ = ["answer", "answer_options", "asking"]

Command = TypeVar("Command", bound=Callable[..., Any])


def answer_options(command: Command) -> Command:
    """Give a command the options that say where the answer goes: as_json, plot and quiet."""
    plot = click.option(
        "--plot",
        type=click.Path(path_type=Path),
        help="Draw it into this file as well: .png, .svg or .pdf.",
    )
    quiet = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
    return many(command, (json_option("result"), plot, quiet))


@contextmanager
def asking(options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the arguments of whatever runs replications, progress included.

    Raises InputError where the plot to come cannot be written: better before a long run than after it.
    """
    if options["plot"] is not None:
        from ..show.plots import check_plot_path

        check_plot_path(options["plot"])
    with watch(options["quiet"]) as progress:
        yield {**{name: options[name] for name in RUN}, "progress": progress}


def answer(
    summary: Callable[[], dict[str, Any]],
    show: Callable[[Console], None],
    draw: Callable[[], Figure],
    options: Mapping[str, Any],
) -> None:
    """Print an answer to stdout, for machines or for people; then draw it, if that is wanted."""
    if options["as_json"]:
        click.echo(json.dumps(summary(), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        show(console())
    if options["plot"] is not None:
        from ..show.plots import save_figure

        save_figure(draw(), options["plot"])
        if not options["quiet"]:
            click.echo(f"drawn into {options['plot']}", err=True)
