"""Sensitivity for people: tables and charts of what each input changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from ..decide import Sobol, Tornado
from ..errors import printable
from ..words import amount, with_interval
from .plots import BLUE, GREY, PALETTE, fitted, style, value_unit
from .terminal import new_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["print_sobol", "print_tornado", "signed", "sobol_plot", "tornado_plot"]

MOST_BARS = 20
SLACK = 0.02  # by how much an estimate may leave what is possible and still be shown
TOO_FEW = "too few samples to say"


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
        indices = ["?", "", "?", ""] if _is_impossible(row) else _indices(row)
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


def _is_impossible(row: Mapping[Any, Any]) -> bool:
    """Tell whether estimates cannot be shares: outside 0 … 100 %, or more alone than in all.

    Some slack is left, as the estimate of an index that is 0, or of two that are equal, falls on either side however
    many samples there are.
    """
    first, total = row["first"], row["total"]
    return bool(min(first, total) < -SLACK or max(first, total) > 1 + SLACK or first > total + SLACK)


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
    if any(_is_impossible(row) for row in found.table.to_dict("records")):
        notes.append(f"?: {TOO_FEW} (take more --samples).")
    if found.noise_left > 0.1:
        notes.append("The noise is large beside what the inputs do: take more --reps.")
    if (found.table["total_high"] - found.table["total_low"]).max() > 0.3:
        notes.append("The intervals are wide: take more --samples.")
    return notes


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%" if math.isfinite(share) else "–"


# --- charts -------------------------------------------------------------------------------------------------


def tornado_plot(found: Tornado) -> Figure:
    """Return a bar from the scenario as it is to both ends of each input, with the intervals of the differences."""
    with style():
        from matplotlib.figure import Figure

        rows = found.table.dropna(subset="swing").head(MOST_BARS).to_dict("records")
        figure = Figure(figsize=(8.0, 1.7 + 0.55 * max(len(rows), 2)))
        axes = figure.subplots()
        size, word = value_unit(found.measure, found.base.mean, found.currency)
        base = found.base.mean / size
        for place, row in enumerate(rows):
            ends = [("low", BLUE), ("high", PALETTE[1])]
            if abs(row["low_difference"]) < abs(row["high_difference"]):
                ends.reverse()  # the longer bar first, so that it covers none
            for end, colour in ends:
                _draw_bar(axes, place, base, row, end, size, colour)
        axes.axvline(base, color="#333333", linewidth=1.0)
        axes.margins(x=0.14)
        _name_rows(axes, [_lines(row["path"]) for row in rows])
        scope = "" if found.scope == "total" else f" {found.scope}"
        axes.set_xlabel(f"{found.measure}{scope}" + (f" ({word})" if word else ""))
        axes.set_title(f"{fitted(found.scenario, 56)}\nwhat each input changes by itself", pad=22)
        axes.annotate(
            "blue: low end, orange: high end; lines: 95 % for all together",
            (1.0, 1.0),
            (0, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            color=GREY,
            fontsize=8.0,
        )
    return figure


def _draw_bar(
    axes: Axes, place: int, base: float, row: Mapping[Any, Any], end: str, size: float, colour: str
) -> None:
    """Draw one end of an input: the bar, its interval, and the input's value beside it."""
    length, half = (float(row[f"{end}_{name}"]) / size for name in ("difference", "half_width"))
    axes.barh(place, length, left=base, height=0.62, color=colour, alpha=0.85)
    if not math.isfinite(half):
        half = 0.0
    axes.plot([base + length - half, base + length + half], [place, place], color="#333333", linewidth=1.0)
    other = float(row["high_difference" if end == "low" else "low_difference"])
    rightwards = length > 0 or (length == 0 and (other < 0 or (other == 0 and end == "high")))
    beside = (
        0 if length * other <= 0 else 8 if end == "low" else -8
    )  # points up, where both ends lie on one side
    axes.annotate(
        fitted(str(row[end]), 16),
        (base + length + (half if rightwards else -half), place),
        xytext=(4 if rightwards else -4, beside),
        textcoords="offset points",
        ha="left" if rightwards else "right",
        va="center",
        fontsize=9.0,
    )


def sobol_plot(found: Sobol) -> Figure:
    """Return both indices of each input with their intervals."""
    with style():
        from matplotlib.figure import Figure

        rows = found.table.head(MOST_BARS).to_dict("records")
        figure = Figure(figsize=(8.0, 1.7 + 0.6 * max(len(rows), 2)))
        axes = figure.subplots()
        for name, label, colour, shift in (
            ("first", "alone (first order)", BLUE, -0.19),
            ("total", "in all (total)", PALETTE[1], 0.19),
        ):
            places = [place + shift for place in range(len(rows))]
            axes.barh(
                places,
                [0.0 if _is_impossible(row) else row[name] * 100 for row in rows],
                height=0.36,
                color=colour,
                alpha=0.85,
                label=label,
            )
            for place, row in zip(places, rows, strict=True):
                if _is_impossible(row):
                    continue
                ends = [row[f"{name}_low"] * 100, row[f"{name}_high"] * 100]
                axes.plot(ends, [place, place], color="#333333", linewidth=1.0)
        for place, row in enumerate(rows):
            if _is_impossible(row):
                axes.annotate(
                    TOO_FEW, (0.0, place), (4, 0), textcoords="offset points", va="center", color=GREY
                )
        ranges = [fitted(f"{row['low']} … {row['high']}", 30) for row in rows]
        _name_rows(axes, [f"{_lines(row['path'])}\n{span}" for row, span in zip(rows, ranges, strict=True)])
        axes.axvline(0.0, color="#333333", linewidth=1.0)
        axes.set_xlabel(f"share of the variance of {found.measure} (%), with 95 % intervals")
        axes.set_title(f"{fitted(found.scenario, 56)}\nwhere the variance comes from")
        axes.legend(loc="lower right")
    return figure


def _lines(path: str) -> str:
    """Return a path broken after dots."""
    return fitted(path.replace(".", ". "), 30, 3).replace(". ", ".")


def _name_rows(axes: Axes, names: list[str]) -> None:
    """Name the rows, the first one on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
