"""`servsim runs`: what lies where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import console

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 72  # columns of a terminal from which on seed and date have room


@click.command(short_help="List the results and studies in a folder, and how far they are.")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(folder: Path, as_json: bool) -> None:
    """List the results of run, compare, sweep and study in FOLDER and below it; without FOLDER, here.

    A study that is under way, or was stopped, says how many of its replications are done.

    \b
    Examples:
      servsim runs
      servsim runs results --json
    """
    from ..study.result import jsonable
    from ..study.runs import find_runs

    rows = find_runs(folder).to_dict("records")
    if as_json:
        click.echo(json.dumps(jsonable(rows), ensure_ascii=False, allow_nan=False, indent=1))
    elif rows:
        screen = console()
        screen.print(_table(rows, screen.width))
    else:
        click.echo(f"there are no results in {folder} (run, compare, sweep and study keep them with --out)")


def _table(rows: Sequence[Mapping[Any, Any]], width: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("folder, name", overflow="fold")
    for heading in ("kind", "scenarios\n× reps") + (("seed", "begun (UTC)") if width >= WIDE else ()):
        table.add_column(heading, no_wrap=True)
    table.add_column("state", overflow="fold")
    for row in rows:
        name = Text(row["folder"])
        name.append(f"\n{row['name']}", style="dim")
        begun = str(row["begun"] or "")[:16].replace("T", " ")
        cells = [name, row["kind"], f"{row['scenarios']} × {row['reps']}"]
        cells += [str(row["seed"]), begun] if width >= WIDE else []
        style = "green" if row["state"] == "complete" else "yellow"
        table.add_row(*cells, Text(row["state"], style=style))
    return table
