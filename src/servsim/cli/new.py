"""`servsim new`: a starter project."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@click.command(short_help="Make a starter project with a working scenario.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make the folder DIR with a small web shop: telephone, chat with a bot, mail; volumes; and a what-if.

    \b
    Examples:
      servsim new shop
      servsim run shop/shop.yaml
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{str(folder)!r} exists and is not an empty folder; name a new one")
    _copy(files("servsim.cli") / "starter", folder)
    click.echo(f"made {folder}; next:")
    click.echo(f"  servsim check {folder / 'shop.yaml'}")
    click.echo(f"  servsim run {folder / 'shop.yaml'}")


def _copy(source: Traversable, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, folder / entry.name)
        else:
            (folder / entry.name).write_bytes(entry.read_bytes())
