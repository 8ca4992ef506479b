"""The self-audit of a run as text: what was checked with its numbers, and queues beside their formulas."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..catalogue import CATALOGUE
from ..study.audit import Check, Compared, SelfAudit
from ..words import amount, with_interval
from .terminal import new_table

__all__ = ["print_audit"]


def print_audit(audit: SelfAudit, console: Console) -> None:
    """Print the self-audit in the console's width."""
    console.print()
    console.print(_checks_table(audit))
    many = "the replication" if audit.reps == 1 else f"each of the {audit.reps:,} replications"
    console.print(
        f"All of this held in {many}, over the whole run; a check that fails is an error. Numbers are of the "
        "measured time, all replications together.",
        style="dim",
    )
    before = ""
    for one in audit.queues:
        if not (before and one.formula.reason):  # reasons stand together
            console.print()
        _print_queue(one, console)
        before = one.formula.reason
    if audit.warning:
        console.print()
        console.print(f"Warning: {audit.warning}", style="yellow")


def _checks_table(audit: SelfAudit) -> Table:
    """Return a row a check; the claim is told once, the numbers for each thing that it is about."""
    table = new_table("Self-audit")
    table.add_column("", no_wrap=True)
    table.add_column("checked", overflow="fold")
    claims: dict[str, list[Check]] = {}
    for check in audit.checks:
        claims.setdefault(check.claim, []).append(check)
    for claim, checks in claims.items():
        sound = all(check.holds for check in checks)
        words = Text(claim)
        for check in checks:
            about = "" if check.scope == "total" else check.scope.partition(":")[2]
            told = ": ".join(part for part in (about, check.told) if part)
            words.append(f"\n{told}" if check.told else "", style="dim" if check.holds else "bold red")
        table.add_row(Text("ok" if sound else "NOT SO", style="green" if sound else "bold red"), words)
    return table


def _print_queue(one: Compared, console: Console) -> None:
    """Print a queue beside its formula, or why there is none."""
    formula = one.formula
    if formula.reason:
        console.print(f"{formula.queue}: not a known model: {formula.reason}.", style="dim")
        return
    table = new_table(f"{formula.queue} is {formula.model}; {formula.name} says")
    table.add_column("measure", overflow="fold")
    for heading in ("expected", "simulated", "z"):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in one.figures:
        unit = CATALOGUE[figure.measure].unit
        of = "" if figure.scope == f"queue:{formula.queue}" else f" of {figure.scope.partition(':')[2]}"
        table.add_row(
            f"{figure.measure}{of}",
            amount(figure.expected, unit),
            with_interval(figure.mean, figure.half_width, unit),
            Text(_score(figure.z), style="yellow" if figure.far else ""),
        )
    console.print(table)


def _score(z: float) -> str:
    if math.isnan(z):
        return "–"
    return f"{'+' if z > 0 else '-'}∞" if math.isinf(z) else f"{z:+.1f}"
