"""`servsim resolve`: the complete form of a scenario."""

from __future__ import annotations

from pathlib import Path

import click

from .options import load_scenario, scenario_options, write_out


@click.command(short_help="Print the complete form of a scenario: every default, table and change in place.")
@scenario_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write into this file instead of stdout."
)
def command(file: Path, assignments: tuple[str, ...], allow_outside: bool, output: Path | None) -> None:
    """Print the scenario in FILE with nothing left to guess.

    Every default is filled in, every table and base scenario is in place, every quantity in base units. The
    printed form is a scenario itself and means the same.

    \b
    Examples:
      servsim resolve more_bot.yaml
      servsim resolve shop.yaml --set pools.desk.wage=42/h -o frozen.yaml
    """
    write_out(load_scenario(file, assignments, allow_outside).to_yaml(), output)
