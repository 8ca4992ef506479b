"""`servsim query`: SQL over the tables of a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import console

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 200  # printed as a table; files and programs take all


@click.command(short_help="Ask the tables of a result by SQL.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("sql")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
def command(folder: Path, sql: str, form: str | None) -> None:
    """Carry out one SQL statement over the tables in FOLDER, which run, compare, sweep or study has written.

    Every *.parquet file there is a table of the same name: measures, intervals, differences, targets, changes and
    so on. The SQL is duckdb's; it reaches these tables alone. Needs duckdb: pip install 'servsim[query]'.

    \b
    Examples:
      servsim query results/bot "SELECT scenario, text, value, verdict FROM targets"
      servsim query results/bot "SELECT * FROM differences WHERE measure = 'cost'" --csv
    """
    from ..study.query import query

    frame = query(folder, sql)
    if form == "csv":
        click.echo(frame.to_csv(index=False), nl=False)
    elif form == "json":
        click.echo(_as_json(frame))
    else:
        _print_table(frame)


def _as_json(frame: pd.DataFrame) -> str:
    from ..study.result import jsonable

    rows = jsonable(frame.astype(object).where(frame.notna(), None).to_dict("records"))
    return json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1, default=str)


def _print_table(frame: pd.DataFrame) -> None:
    """Print the first rows; numbers stand to the right, and columns that do not fit stand beneath."""
    from pandas.api.types import is_numeric_dtype
    from rich.table import Table
    from rich.text import Text

    from ..show.comparison import blocks

    screen, head = console(), frame.head(MOST_ROWS)
    numeric = {str(name) for name in frame.columns if is_numeric_dtype(frame[name])}
    columns = [(str(name), [Text(_cell(value)) for value in head[name]]) for name in head.columns]
    for i, block in enumerate(blocks(columns, screen.width)):
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        for name, _ in block:
            table.add_column(Text(name), justify="right" if name in numeric else "left", overflow="fold")
        for cells in zip(*(cells for _, cells in block), strict=True):
            table.add_row(*cells)
        screen.print(*([""] if i else []), table, sep="\n")
    if len(frame) > MOST_ROWS:
        click.echo(f"and {len(frame) - MOST_ROWS:,} more rows; --csv and --json print all", err=True)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return "" if value is None else str(value)
