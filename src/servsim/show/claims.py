"""Claims for people: a table a case, and where each claim holds."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..catalogue import CATALOGUE
from ..decide.claims import Claims, found_text
from ..errors import printable
from ..words import amount
from .terminal import new_table

__all__ = ["print_claims"]

COLOURS = {"holds": "green", "fails": "bold red", "cannot tell": "yellow", "not measured": "dim"}


def print_claims(found: Claims, console: Console) -> None:
    """Print what came of every claim, case by case, in the width of the console."""
    console.print(Text(found.counted(), style="bold"))
    console.print(
        Text(
            f"{found.reps} replications, seed {found.seed}, the same customers in both scenarios", style="dim"
        )
    )
    for case in found.cases:
        rows = found.table[found.table["case"] == case.name]
        console.print()
        title = f"{case.name}: {printable(case.other.name)} against {printable(case.base.name)}"
        console.print(_table(title, rows, case.other.model.currency))
        for line in _conditions(rows):
            console.print(Text(line))
    console.print()
    note = (
        f"(…) is a {found.level:.0%} interval, each by itself; a change is taken replication by replication."
    )
    console.print(Text(note, style="dim"))


def _table(title: str, rows: pd.DataFrame, currency: str) -> Table:
    money = any(CATALOGUE[measure].unit == "money" for measure in rows["measure"])
    table = new_table(f"{title}, money in {currency}" if money and currency else title)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("claim", overflow="fold", ratio=1)
    for heading in ("promised", "as is"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("found", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for number, row in enumerate(rows.to_dict("records"), 1):
        source = f" ({printable(row['source'])})" if row["source"] else ""
        claim = Text(f"{printable(row['claim'])}{source}\n")
        claim.append(f"{row['measure']} {row['scope']}".removesuffix(" total"), style="dim")
        table.add_row(
            str(number),
            claim,
            row["promised"],
            amount(row["base"], CATALOGUE[row["measure"]].unit),
            found_text(row),
            Text(row["verdict"], style=COLOURS[row["verdict"]]),
        )
    return table


def _conditions(rows: pd.DataFrame) -> Iterator[str]:
    for number, condition in enumerate(rows["condition"], 1):
        if condition:
            yield f"{number} {printable(condition)}"
