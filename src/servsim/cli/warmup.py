"""`servsim warmup`: where the warm-up of a scenario ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .answering import answer, answer_options, asking
from .options import load_scenario, reps_option, run_options, scenario_options


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
@reps_option("Number of replications that are averaged.", least=1)
@run_options
@answer_options
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    measure: str,
    scope: str,
    reps: int,
    **options: Any,
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
    scenario = load_scenario(file, assignments, allow_outside)
    from ..show.steady import print_warmup
    from ..study.steady import warmup

    with asking(options) as settings:
        found = warmup(scenario, measure=measure, scope=scope, reps=reps, **settings)
    answer(found.summary, lambda screen: print_warmup(found, screen), found.plot.series, options)
