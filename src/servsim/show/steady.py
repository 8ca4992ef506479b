"""The warm-up and batch means as text."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..catalogue import CATALOGUE
from ..study.batches import BatchMeans
from ..study.steady import SMOOTH, Warmup
from ..words import amount, with_interval
from .terminal import new_table, print_result

__all__ = ["print_batch_means", "print_warmup"]

ROWS = 12  # of the table of a series; the plot and --json have all
ENDINGS = {2: "nd", 3: "rd"}  # every 2nd, 3rd; the others up to 20 are 4th, 5th, …


def print_warmup(warmup: Warmup, console: Console) -> None:
    """Print what to do about the warm-up, and the series it follows from, in the console's width."""
    console.print(Text(warmup.scenario.name, style="bold"))
    replications = "1 replication" if warmup.reps == 1 else f"{warmup.reps} replications"
    console.print(f"{replications}, seed {warmup.seed}", style="dim", highlight=False)
    console.print()
    console.print(Text(warmup.advice()))
    console.print()
    console.print(_series_table(warmup))


def _series_table(warmup: Warmup) -> Table:
    """Return some of the series' periods, evenly chosen: weeks where weeks repeat and there is a whole one."""
    unit = CATALOGUE[warmup.measure].unit
    by_week = not warmup.weeks.empty
    series = warmup.weeks if by_week else warmup.series
    every = max(1, -(-len(series) // ROWS))
    count = f", every {every}{ENDINGS.get(every, 'th')}" if every > 1 else ""
    period = "week" if by_week else "day" if warmup.batch in (1, 7) else "interval"
    table = new_table(f"{warmup.measure}, {warmup.scope}: by {period}{count}")
    table.add_column("from", no_wrap=True)
    smooth = ["smoothed"] if len(series) >= SMOOTH else []
    for heading in ["mean", *smooth]:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for row in series.iloc[::every].to_dict("records"):
        table.add_row(
            row["period"],
            with_interval(row["mean"], row["high"] - row["mean"], unit),
            *(amount(row[name], unit) for name in smooth),
            Text("warm-up" if row["start"] < warmup.truncation and warmup.trusted else "", style="dim"),
        )
    return table


def print_batch_means(found: BatchMeans, console: Console) -> None:
    """Print the intervals of batch means as those of replications are printed, and whether to believe them."""
    print_result(found.result, console, each="batch")
    console.print()
    style = "yellow" if found.correlated else ""
    console.print(Text(f"What stands for a replication here is a batch: {found.advice()}", style=style))
