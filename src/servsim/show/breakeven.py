"""A break-even for people: the answer in words, the values looked at, the curve."""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.text import Text

from ..decide import BreakEven
from ..decide.asking import number_of
from ..errors import printable
from ..words import amount
from .sensitivity import signed
from .terminal import new_table

__all__ = ["print_breakeven"]

MOST_ROWS = 9


def print_breakeven(found: BreakEven, console: Console) -> None:
    """Print the answer and a row for each value that was looked at."""
    console.print(Text(printable(found.verdict()), style="bold") if found.found else Text(found.verdict()))
    console.print()
    against = f" against {printable(found.against)}" if found.against else ""
    against += ", both varied" if found.both else ""
    about = f"{printable(found.scenario)}{against}; {found.reps} replications, seed {found.seed}"
    console.print(Text(about, style="dim"))
    if found.note:
        console.print(Text(printable(found.note), style="yellow"))
    console.print()
    table = new_table("Values looked at; margin: by how much the bound is kept")
    table.add_column(printable(found.path.rpartition(".")[2]), justify="right", overflow="fold")
    for heading in ("measured", "margin", "kept"):
        table.add_column(heading, justify="right", no_wrap=True)
    rows = _rows(found)
    for row in found.table.iloc[rows].to_dict("records"):
        sure = row["half_width"] < abs(row["margin"])
        word = ("yes" if row["kept"] else "no") if sure else "cannot tell"
        colour = ("green" if row["kept"] else "red") if sure else "yellow"
        table.add_row(
            Text(found.short(row["value"])),
            amount(row["measured"], found.unit),
            signed(row["margin"], row["half_width"], found.unit),
            Text(word, style=colour),
        )
    console.print(table)
    if more := len(found.table) - len(rows):
        console.print(Text(f"{more} more values looked at: --json", style="dim"))


def _rows(found: BreakEven) -> list[int]:
    """Return the rows to print: both ends, and of the others those next to a break-even, in their order."""
    count = len(found.table)
    if count <= MOST_ROWS:
        return list(range(count))
    numbers, values = found.table["number"].to_numpy(), found.table["value"].tolist()
    told = [*(crossing.value for crossing in found.crossings), *found.unsure]
    if found.is_list:
        near = [float(values.index(str(value))) for value in told]
    else:
        near = [float(np.searchsorted(numbers, number_of(value))) - 0.5 for value in told]
    near = near or [float(found.table["margin"].abs().to_numpy().argmin())]
    each = max(2, (MOST_ROWS - 2) // len(near))
    chosen = {i for at in near for i in sorted(range(count), key=lambda i: abs(i - at))[:each]}
    return sorted(chosen | {0, count - 1})
