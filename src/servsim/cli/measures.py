"""`servsim measures`: the catalogue of measures."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..catalogue import CATALOGUE
from .options import console


@click.command(short_help="List every measure: unit, what it exists for, definition.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a Markdown table.")
def command(form: str | None) -> None:
    """List the measures that results hold and that targets can name.

    \b
    Examples:
      servsim measures
      servsim measures --json
      servsim measures --markdown > measures.md
    """
    if form == "json":
        click.echo(
            json.dumps([asdict(measure) for measure in CATALOGUE.values()], ensure_ascii=False, indent=1)
        )
    elif form == "markdown":
        click.echo("\n".join(_markdown()))
    else:
        _print_table()


HEADINGS = ("measure", "unit", "for", "better", "definition", "source")


def _rows() -> list[tuple[str, ...]]:
    measures = CATALOGUE.values()
    return [(m.name, m.unit, ", ".join(m.scopes), m.better, m.definition, m.source) for m in measures]


def _markdown() -> list[str]:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *_rows()]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _print_table() -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in HEADINGS[:2]:
        table.add_column(heading, no_wrap=True)
    table.add_column(HEADINGS[2], max_width=16)
    table.add_column(HEADINGS[4], ratio=1)
    for name, unit, scopes, _, definition, _ in _rows():
        table.add_row(name, unit, scopes, definition)
    console().print(table)
