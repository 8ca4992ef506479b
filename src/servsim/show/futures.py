"""A comparison in its futures: a row for each future and scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import printable
from ..study import Comparison
from ..words import amount, difference_text
from .terminal import new_table

__all__ = ["print_futures"]

SHORT = {"met": "met", "missed": "missed", "cannot tell": "?", "not measured": "–"}
COLOURS = {"met": "green", "missed": "bold red", "cannot tell": "yellow", "not measured": "dim"}


def print_futures(comparison: Comparison, console: Console) -> None:
    """Print how each scenario does in each future, if there are any."""
    if not comparison.futures:
        return
    for part in _parts(comparison):
        console.print()
        console.print(part)


def _parts(comparison: Comparison) -> Iterator[Table | Text]:
    rows = comparison.in_futures
    texts = [str(name) for name in rows.columns[6:]]
    has_costs = bool((rows["cost"] != 0).any())
    table = new_table("In each future")
    table.add_column("future", overflow="fold")
    table.add_column("scenario", overflow="fold")
    for heading in ("cost", "against the base") if has_costs else ():
        table.add_column(heading, justify="right", no_wrap=True)
    for place in range(1, len(texts) + 1):
        table.add_column(f"({place})", no_wrap=True)
    last = ""
    for row in rows.to_dict("records"):
        cells = [Text("" if row["future"] == last else printable(row["future"])), Text(row["scenario"])]
        if has_costs:
            half = row["high"] - row["difference"]
            against = (
                "" if math.isnan(row["difference"]) else difference_text(row["difference"], half, "money")
            )
            cells += [Text(amount(row["cost"], "money")), Text(against)]
        verdicts = [row[text] if isinstance(row[text], str) else "" for text in texts]
        cells += [Text(SHORT.get(word, ""), style=COLOURS.get(word, "")) for word in verdicts]
        table.add_row(*cells)
        last = row["future"]
    yield table
    legend = [f"({place}) {text}" for place, text in enumerate(texts, 1)]
    if (rows[texts] == "cannot tell").any(axis=None):
        legend.append("? cannot tell yet")
    if legend:
        yield Text("\n".join(legend), style="dim")
