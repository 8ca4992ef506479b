"""`servsim report`: a result as one page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Write a result as one page that opens without a network and prints well.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    help="File for the page.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there already.")
def command(folder: Path, out: Path, force: bool) -> None:
    """Write the result in DIR, which run, compare, sweep, study or claims has written, as one page of HTML.

    The verdict comes first, in plain words; then targets, money, pictures, assumptions, method, and how to repeat it.
    The page needs no network and holds no script.

    \b
    Examples:
      servsim report results/shop
      servsim report results/bot -o bot.html --force
    """
    from ..show.report import save_report

    click.echo(save_report(folder, out, overwrite=force))
