"""`servsim breakeven`: where a condition begins or ceases to hold."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .options import console, load_scenario, run_options, scenario_options
from .progress import watch


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
@click.option(
    "--reps",
    type=click.IntRange(2, 1_000_000),
    default=20,
    show_default=True,
    help="Number of replications at every value.",
)
@run_options
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, to stdout."
)
@click.option(
    "--plot", type=click.Path(path_type=Path), help="Draw the curve into this .png, .svg or .pdf file."
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    vary: str,
    until: str,
    against: Path | None,
    both: bool,
    reps: int,
    seed: int,
    engine: str,
    max_visits: int | None,
    jobs: int | None,
    cluster: str | None,
    as_json: bool,
    plot: Path | None,
    quiet: bool,
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
    if plot is not None:
        from ..show.plots import check_plot_path

        check_plot_path(plot)
    scenario = load_scenario(file, assignments, allow_outside)
    other = None if against is None else load_scenario(against, (), allow_outside)
    from ..decide import breakeven

    with watch(quiet) as progress:
        found = breakeven(
            scenario,
            vary,
            until,
            against=other,
            both=both,
            reps=reps,
            seed=seed,
            engine=engine,
            max_visits=max_visits,
            jobs=jobs,
            cluster=cluster,
            progress=progress,
        )
    if plot is not None:
        from ..show.breakeven import breakeven_plot
        from ..show.plots import save_figure

        save_figure(breakeven_plot(found), plot)
        if not quiet:
            click.echo(f"drawn into {plot}", err=True)
    if as_json:
        click.echo(json.dumps(found.summary(), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        from ..show.breakeven import print_breakeven

        print_breakeven(found, console())
