"""Sensitivity for people: tables and charts of what each input changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from ..decide import Sobol, Tornado
from ..errors import printable
from ..words import amount, with_interval
from .plots.decide import TOO_FEW, is_impossible
from .terminal import new_table

__all__ = ["print_sobol", "print_tornado", "signed"]


def signed(mean: float, half_width: float, unit: str) -> str:
    """Return a difference, such as `+1,622 ± 76` or `-1.2 pp ± 0.3`, in the catalogue's unit."""
    if half_width < 1e-9 * abs(mean):  # what rounding leaves of a difference that is always the same
        half_width = 0.0
    text = with_interval(mean, half_width, unit).replace("%", " pp")
    return f"+{text}" if mean > 0 else text


def print_tornado(found: Tornado, console: Console) -> None:
    """Print the base and a row for each input, the greatest swing first."""
    _print_head(found, console)
    base = with_interval(found.base.mean, found.base.half_width, found.unit)
    console.print(f"as it is: {base}", highlight=False)
    console.print()
    table = new_table("One at a time: difference from the scenario as it is")
    table.add_column("input", overflow="fold")
    for heading in ("from", "difference", "to", "difference"):
        table.add_column(heading, justify="right", no_wrap=heading == "difference", overflow="fold")
    for row in found.table.to_dict("records"):
        cells = [
            cell
            for end in ("low", "high")
            for cell in (
                Text(row[end]),
                _difference(row[f"{end}_difference"], row[f"{end}_half_width"], found.unit),
            )
        ]
        table.add_row(Text(printable(row["path"])), *cells)
    console.print(table)
    console.print()
    console.print(
        f"± and grey: intervals that hold for all {found.comparisons} differences together, 95 % (Bonferroni); "
        "a grey difference may be luck. All runs have the same customers.",
        style="dim",
        highlight=False,
    )


def print_sobol(found: Sobol, console: Console) -> None:
    """Print how the measure varies, what of it is noise, and a row for each input."""
    _print_head(found, console)
    mean, std = amount(found.mean, found.unit), amount(found.std, found.unit)
    console.print(f"over the ranges: mean {mean}, standard deviation {std}", highlight=False)
    console.print()
    table = new_table("Share of the variance that comes from an input")
    table.add_column("input", overflow="fold")
    for heading in ("from", "to", "alone", "95 %", "in all", "95 %"):
        table.add_column(heading, justify="right", no_wrap=heading not in ("from", "to"), overflow="fold")
    for row in found.table.to_dict("records"):
        indices = ["?", "", "?", ""] if is_impossible(row) else _indices(row)
        table.add_row(Text(printable(row["path"])), Text(row["low"]), Text(row["high"]), *indices)
    console.print(table)
    console.print()
    for note in _sobol_notes(found):
        console.print(note, style="dim", highlight=False)


def _indices(row: Mapping[Any, Any]) -> list[str]:
    """Return the cells of both indices, each with its interval."""
    return [
        cell
        for name in ("first", "total")
        for cell in (
            _percent(min(max(row[name], 0.0), 1.0)),
            f"{_percent(row[f'{name}_low'])} … {_percent(row[f'{name}_high'])}",
        )
    ]


def _print_head(found: Tornado | Sobol, console: Console) -> None:
    console.print(Text(printable(found.scenario), style="bold"))
    scope = "" if found.scope == "total" else f" {printable(found.scope)}"
    money = f" ({found.currency})" if found.unit == "money" and found.currency else ""
    console.print(
        Text(f"{found.measure}{scope}{money}; {found.reps} replications, seed {found.seed}", style="dim")
    )


def _difference(mean: float, half_width: float, unit: str) -> Text:
    is_sure = half_width < abs(mean)
    return Text(signed(mean, half_width, unit), style="" if is_sure else "dim")


def _sobol_notes(found: Sobol) -> list[str]:
    if not found.std:
        return ["The measure is the same everywhere: none of these inputs has a say in it."]
    notes = [
        f"{found.samples * (len(found.table) + 2)} points. Noise of the simulation: {_percent(found.noise)} of the "
        f"variance between points, {_percent(found.noise_left)} after the same customers are taken out."
    ]
    if any(is_impossible(row) for row in found.table.to_dict("records")):
        notes.append(f"?: {TOO_FEW} (take more --samples).")
    if found.noise_left > 0.1:
        notes.append("The noise is large beside what the inputs do: take more --reps.")
    if (found.table["total_high"] - found.table["total_low"]).max() > 0.3:
        notes.append("The intervals are wide: take more --samples.")
    return notes


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%" if math.isfinite(share) else "–"
