"""The first look at a scenario as text: offered load and the agents that Erlang's formulas want."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..study import FirstLook
from ..words import amount, clock_time
from .terminal import new_table

__all__ = ["print_first_look"]


def print_first_look(look: FirstLook, console: Console) -> None:
    """Print the load of every queue and group of pools, and what does not fit, in the console's width."""
    console.print(_queues_table(look))
    console.print()
    console.print(_groups_table(look))
    console.print()
    for note in look.notes:
        console.print(f"! {note}", style="yellow", highlight=False)
    console.print(
        "wanted: agents by Erlang C (nobody gives up) and Erlang A (customers have patience), if they served "
        "this queue alone. A first look only: 'servsim run' tells what happens when customers give up, come "
        "back or are turned away.",
        style="dim",
        highlight=False,
    )


def _queues_table(look: FirstLook) -> Table:
    table = new_table("Work that comes to each queue")
    table.add_column("queue, goal", overflow="fold")
    table.add_column("when", no_wrap=True)
    for heading in ("per hour", "handling", "erlangs", "there", "wanted"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in look.queues.to_dict("records"):
        wanted = _wanted(row["erlang_c"], row["erlang_a"])
        goal = f"{row['goal'] * 100:.3g}% in {clock_time(row['within'])}" if wanted else ""
        table.add_row(
            Text(row["queue"]) if row["when"] == "busiest" else Text(goal, style="dim"),
            row["at"] or "on average",
            amount(row["contacts_per_hour"], "number"),
            amount(row["handling_time"], "s"),
            amount(row["erlangs"], "number"),
            amount(row["agents"], "number"),
            wanted,
        )
    return table


def _wanted(erlang_c: float, erlang_a: float) -> str:
    """Return `14 C, 12 A`: the agents that each formula wants; empty where nobody waits live."""
    found = [(erlang_c, "C"), (erlang_a, "A")]
    return ", ".join(f"{agents:,.0f} {formula}" for agents, formula in found if not math.isnan(agents))


def _groups_table(look: FirstLook) -> Table:
    table = new_table("Agents that share the work")
    table.add_column("pools", overflow="fold")
    table.add_column("queues", overflow="fold")
    table.add_column("when", no_wrap=True)
    for heading in ("erlangs", "there", "utilisation"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in look.groups.to_dict("records"):
        first = row["when"] == "busiest"
        table.add_row(
            Text(row["pools"] if first else ""),
            Text(row["queues"] if first else ""),
            row["at"] or "on average",
            amount(row["erlangs"], "number"),
            amount(row["agents"], "number"),
            Text(amount(row["utilisation"], "share"), style="bold red" if row["utilisation"] > 1 else ""),
        )
    return table
