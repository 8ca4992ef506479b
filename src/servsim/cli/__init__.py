"""The command line: parses words, calls one function, prints.

Commands are imported when they are used, and import what they need when they run, so that `servsim --help`
is quick.
"""

from __future__ import annotations

import io
import sys

import click

from .group import LazyGroup

__all__ = ["cli", "main"]

COMMANDS = (
    *("new", "check", "run", "compare", "sweep", "study", "runs", "query", "plot", "report"),
    *("sensitivity", "breakeven", "claims", "roi", "warmup", "batches"),
    *("resolve", "schema", "measures", "engines"),
)


@click.group(
    cls=LazyGroup,
    commands_in=__name__,
    names=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="servsim", message="%(prog)s %(version)s")
def cli() -> None:
    """Simulate a service operation: customers, bots and people, waits, targets and money.

    \b
    Start here:
      servsim new shop               make a project that works
      servsim check shop/shop.yaml   look at it without simulating
      servsim run shop/shop.yaml     simulate it
      servsim compare shop/shop.yaml shop/more_bot.yaml

    Exit status: 0 done, 1 a target is missed (with --fail-on-miss), 2 the input is wrong, 3 a run failed.
    """


def main() -> None:
    """Run the command line of this process; the console script `servsim`. Pipes are always UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    cli(prog_name="servsim")
