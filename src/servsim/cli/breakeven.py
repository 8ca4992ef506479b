"""`servsim breakeven`: where a condition begins or ceases to hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .answering import answer, answer_options, asking
from .options import load_scenario, reps_option, run_options, scenario_options


@click.command(short_help="The value at which a condition begins or ceases to hold.")
@scenario_options
@click.option(
    "--vary",
    metavar="PATH=FROM:TO",
    required=True,
    help="What is varied and its range or list, like pools.desk.staff=8:14.",
)
@click.option(
    "--until",
    metavar="CONDITION",
    required=True,
    help="In the words of targets: 'abandonment queue:phone <= 5%', 'cost <= base'.",
)
@click.option(
    "--against", type=click.Path(path_type=Path), help="The scenario that 'base' in the condition means."
)
@click.option("--both", is_flag=True, help="Vary the path in the scenario of --against too.")
@reps_option("Number of replications at every value.")
@run_options
@answer_options
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    vary: str,
    until: str,
    against: Path | None,
    both: bool,
    reps: int,
    **options: Any,
) -> None:
    """Find the value of one path at which a condition begins or ceases to hold.

    All values are run with the same customers. The interval holds the values at which a test at 5 % would not tell
    whether the condition is kept. --set and --vary change the scenario in FILE alone, not the one to compare with;
    with --both, --vary changes both.

    \b
    Examples:
      servsim breakeven shop.yaml --vary pools.desk.wage=20/h:28/h \\
          --until 'cost_per_resolution <= 6.8'
      servsim breakeven shop.yaml --vary pools.desk.staff.shifts.0.agents=4:16 \\
          --until 'service_level channel:phone within 30 s >= 80%'
      servsim breakeven more_bot.yaml --vary bots.assistant.cost.per_session=0:2 \\
          --until 'cost <= base' --against shop.yaml --plot curve.png
    """
    scenario = load_scenario(file, assignments, allow_outside)
    other = None if against is None else load_scenario(against, (), allow_outside)
    from ..decide import breakeven
    from ..show.breakeven import print_breakeven

    with asking(options) as settings:
        found = breakeven(scenario, vary, until, against=other, both=both, reps=reps, **settings)
    answer(
        found.summary,
        lambda screen: print_breakeven(found, screen),
        found.plot.curve,
        options,
    )
