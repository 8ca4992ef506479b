"""`servsim warmup`: where the warm-up of a scenario ends."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click

from .options import console, load_scenario, run_options, scenario_options
from .progress import watch


@click.command(short_help="Find how long the warm-up must be.")
@scenario_options
@click.option(
    "--measure",
    metavar="NAME",
    default="work_in_system",
    show_default=True,
    help="The measure that is to settle; 'servsim measures' lists them.",
)
@click.option(
    "--scope",
    metavar="SCOPE",
    default="total",
    show_default=True,
    help="Of what: total, or one such as queue:phone.",
)
@click.option(
    "--reps",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    help="Number of replications that are averaged.",
)
@run_options
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help="Draw it into this file: .png, .svg or .pdf.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, to stdout."
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    measure: str,
    scope: str,
    reps: int,
    seed: int,
    engine: str,
    max_visits: int | None,
    jobs: int | None,
    cluster: str | None,
    plot: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate the scenario in FILE from its empty start and say how long the warm-up must be.

    A run starts with nobody there. Where the service in life never is empty, what comes before it has filled up
    must be left out (clock.warmup). The rule is MSER-5, on the mean over the replications; where rates, staff or
    hours change over the day, day is compared with day.

    \b
    Examples:
      servsim warmup shop.yaml
      servsim warmup shop.yaml --set clock.length=70d --reps 5 --plot warmup.png
      servsim warmup shop.yaml --measure waiting --scope queue:mail
    """
    from ..show.plots import check_plot_path, save_figure, warmup_plot

    if plot is not None:
        check_plot_path(plot)
    scenario = load_scenario(file, assignments, allow_outside)
    from ..study.steady import warmup

    if quiet:
        logging.getLogger("servsim").setLevel(logging.ERROR)
    with watch(quiet) as progress:
        found = warmup(
            scenario,
            measure=measure,
            scope=scope,
            reps=reps,
            seed=seed,
            engine=engine,
            max_visits=max_visits,
            jobs=jobs,
            cluster=cluster,
            progress=progress,
        )
    if plot is not None:
        save_figure(warmup_plot(found), plot)
    if as_json:
        click.echo(json.dumps(found.summary(), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        from ..show.steady import print_warmup

        print_warmup(found, console())
    if plot is not None and not quiet:
        click.echo(f"written to {plot}", err=True)
