"""`servsim engines`: the engines there are."""

from __future__ import annotations

import json
from typing import Any

import click

from .options import console


@click.command(short_help="List the engines: what each is, and how far it goes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the engines that `servsim run --engine` can name. All give the same bytes; only their speed differs.

    The usual bound is on the contacts, and on the visits to steps, of one replication; --max-visits sets another.

    \b
    Examples:
      servsim engines
      servsim engines --json
    """
    rows = _rows()
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("engine", "auto", "usual bound", "what it is"):
        table.add_column(heading, justify="right" if heading == "usual bound" else "left")
    for row in rows:
        chosen = "yes" if row["auto"] else ""
        table.add_row(row["name"], chosen, f"{row['max_visits']:,}", row["about"])
    console().print(table)


def _rows() -> list[dict[str, Any]]:
    from ..engine import ENGINES, resolve

    return [
        {
            "name": name,
            "auto": name == resolve("auto"),
            "max_visits": engine.max_visits,
            "about": engine.about,
        }
        for name, engine in ENGINES.items()
    ]
