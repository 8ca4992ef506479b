"""`servsim roi`: what a change brings in against what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .answering import answer, answer_options, asking
from .options import load_scenario, reps_option, run_options, scenario_options


@click.command(short_help="What a change brings in against what it costs to bring it about.")
@scenario_options
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    help="The scenario as it is.  [default: the one that FILE extends]",
)
@reps_option("Number of replications of each scenario.")
@run_options
@answer_options
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    base: Path | None,
    reps: int,
    **options: Any,
) -> None:
    """Weigh what a what-if saves against what it costs: return, net present value, payback.

    FILE extends the scenario as it is and has a part 'roi': phases with their length, costs and effect. Both are
    run with the same customers; the simulated time is scaled to months. --set changes FILE alone.

    \b
    Examples:
      servsim roi more_bot.yaml
      servsim roi more_bot.yaml --reps 50 --plot roi.png
      servsim roi more_bot.yaml --set roi.volume_growth=4% --set roi.volume=simulate
    """
    scenario = load_scenario(file, assignments, allow_outside)
    other = None if base is None else load_scenario(base, (), allow_outside)
    from ..decide import roi
    from ..show.roi import print_roi

    with asking(options) as settings:
        found = roi(scenario, base=other, reps=reps, **settings)
    answer(found.summary, lambda screen: print_roi(found, screen), found.plot.cash, options)
