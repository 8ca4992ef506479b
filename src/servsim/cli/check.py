"""`servsim check`: is a scenario sound, and does its staff fit its work?"""

from __future__ import annotations

from pathlib import Path

import click

from .options import console, load_scenario, scenario_options


@click.command(short_help="Check a scenario; offered load and Erlang staffing as a first look.")
@scenario_options
def command(file: Path, assignments: tuple[str, ...], allow_outside: bool) -> None:
    """Check the scenario in FILE and take a first look at it without simulating.

    All problems are told at once, each with its line and dotted path. A sound scenario gives the work that
    comes to each queue, the agents who are there, and those that Erlang's formulas want.

    \b
    Examples:
      servsim check shop.yaml
      servsim check shop.yaml --set channels.phone.arrivals.scale=1.3
    """
    scenario = load_scenario(file, assignments, allow_outside)
    from ..show.check import print_first_look
    from ..study import first_look

    click.echo(f"{file} is sound: {scenario.name}")
    for warning in scenario.warnings:
        click.echo(f"warning: {warning}")
    click.echo()
    print_first_look(first_look(scenario), console())
