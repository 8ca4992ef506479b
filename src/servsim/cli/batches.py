"""`servsim batches`: steady-state means out of one long run."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from .group import DONE, MISSED
from .options import console, json_option, load_scenario, run_options, scenario_options
from .progress import watch


@click.command(short_help="Steady-state means out of one long run, by batches instead of replications.")
@scenario_options
@click.option(
    "--batches", type=click.IntRange(2, 99_999), default=20, show_default=True, help="Number of batches."
)
@click.option(
    "--batch-length",
    default="1 day",
    show_default=True,
    metavar="TIME",
    help="Length of a batch: a part of a day (10 min, 1 h, 6 h) or 1 day.",
)
@click.option(
    "--warmup",
    metavar="TIME",
    help="Time to leave out first, however long the clock is. [default: clock.warmup]",
)
@partial(run_options, names=("seed", "engine", "max_visits"))
@json_option("result")
@click.option(
    "--fail-on-miss", is_flag=True, help="Exit with status 1 where a target is not kept on average."
)
@click.option("--quiet", "-q", is_flag=True, help="Print no summary and no progress.")
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    batches: int,
    batch_length: str,
    warmup: str | None,
    seed: int,
    engine: str,
    max_visits: int | None,
    as_json: bool,
    fail_on_miss: bool,
    quiet: bool,
) -> int:
    """Run the scenario in FILE once, for so long as the batches take, and treat each batch as a replication.

    For a service in a steady state, whose warm-up is long (servsim warmup tells how long): it is simulated once instead
    of in every replication. Rates, staff and hours must be constant, or repeat daily and a batch be 1 day. Whether the
    batches look independent is told.

    \b
    Examples:
      servsim batches line.yaml --batch-length 6h
      servsim batches line.yaml --warmup 14d --batches 10 --json
    """
    scenario = load_scenario(file, assignments, allow_outside)
    from ..show.steady import print_batch_means
    from ..study.batches import batch_means

    length = _seconds("--batch-length", batch_length)
    before = None if warmup is None else _seconds("--warmup", warmup)
    with watch(quiet) as progress:
        found = batch_means(
            scenario,
            batches=batches,
            batch=length,
            warmup=before,
            seed=seed,
            engine=engine,
            max_visits=max_visits,
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps(found.summary(), ensure_ascii=False, allow_nan=False, indent=1))
    elif not quiet:
        print_batch_means(found, console())
    return MISSED if fail_on_miss and not found.result.all_met else DONE


def _seconds(option: str, text: str) -> float:
    """Return what an option says as seconds."""
    from ..units import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None
