"""`servsim plot`: pictures of a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command(short_help="Draw the plots of a result into a folder.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    default=".",
    show_default=True,
    help="Folder for the files.",
)
@click.option(
    "--format",
    "suffix",
    type=click.Choice(("png", "svg", "pdf")),
    default="png",
    show_default=True,
    help="Of the files.",
)
@click.option(
    "--list", "only_list", is_flag=True, help="List the names of the plots that there are, and draw none."
)
def command(folder: Path, names: tuple[str, ...], out: Path, suffix: str, only_list: bool) -> None:
    """Draw the plots named, or all of them, of the result in FOLDER, which run, compare, sweep or study has written.

    Each goes into a file of its name. Some take what a run keeps only where it is asked to (--contacts, --events);
    without names these are left out and told of.

    \b
    Examples:
      servsim plot results/shop
      servsim plot results/shop service_level occupancy -o pictures --format svg
      servsim plot results/bot differences
    """
    from ..errors import InputError, did_you_mean, listed
    from ..study.stored import read_result

    plots = read_result(folder).plot
    if only_list:
        click.echo("\n".join(plots.names))
        return
    if wrong := [name for name in names if name not in plots.names]:
        hint = did_you_mean(wrong[0], plots.names) or f"; there are {listed(plots.names)}"
        raise InputError(f"no plot is named {wrong[0]!r}{hint}")
    figures: dict[str, Any] = {}
    for name in names or plots.names:
        try:
            figures[name] = getattr(plots, name)()
        except InputError as error:
            if names:
                raise InputError(f"{name}: {error}") from None
            click.echo(f"{name} is left out: {error}", err=True)
    _write(figures, out, suffix)


def _write(figures: dict[str, Any], out: Path, suffix: str) -> None:
    from ..errors import InputError
    from ..show.plots import save_figure

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be a folder: {error.strerror or error}") from None
    for name, figure in figures.items():
        click.echo(save_figure(figure, out / f"{name}.{suffix}"))
