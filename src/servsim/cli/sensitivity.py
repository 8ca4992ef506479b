"""`servsim sensitivity`: which inputs matter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .answering import answer, answer_options, asking
from .options import load_scenario, reps_option, run_options, scenario_options

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from ..decide import Sobol

MOST_SAMPLES = 65_536
SAMPLES = 64


def _power_of_two(_: click.Context, __: click.Parameter, value: int | None) -> int | None:
    if value is not None and (value < 4 or value > MOST_SAMPLES or value.bit_count() != 1):
        raise click.BadParameter(f"{value} is not a power of two from 4 to {MOST_SAMPLES:,}, like 64")
    return value


@click.command(short_help="Which inputs matter: one at a time, or shares of the variance.")
@scenario_options
@click.option(
    "--vary",
    "varies",
    metavar="PATH=FROM:TO",
    multiple=True,
    required=True,
    help="An input and its range, like pools.desk.wage=20/h:28/h. Can be repeated.",
)
@click.option("--measure", default="cost", show_default=True, help="What is looked at; see servsim measures.")
@click.option("--scope", default="total", show_default=True, help="Whose: total, queue:phone, pool:desk, ...")
@click.option(
    "--method",
    type=click.Choice(("tornado", "sobol")),
    default="tornado",
    show_default=True,
    help="tornado: one at a time, to both ends. sobol: all together, shares of the variance.",
)
@click.option(
    "--samples",
    type=int,
    callback=_power_of_two,
    help=f"Points of each of the two samples of sobol, a power of two.  [default: {SAMPLES}]",
)
@reps_option("Number of replications at every point.")
@run_options
@answer_options
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    varies: tuple[str, ...],
    measure: str,
    scope: str,
    method: str,
    samples: int | None,
    reps: int,
    **options: Any,
) -> None:
    """Tell which inputs of the scenario in FILE have a say in a measure, and how much.

    A tornado changes one input at a time, to the low and to the high end of its range. Sobol' indices change all
    together and share the variance out; they take samples x (inputs + 2) points. Every point has the same customers.

    \b
    Examples:
      servsim sensitivity shop.yaml --vary pools.desk.wage=20/h:28/h --vary costs.lost_customer=5:25
      servsim sensitivity shop.yaml --vary pools.desk.staff.shifts.0.agents=8:12 \\
          --vary channels.phone.patience.weibull.mean="2 min:6 min" \\
          --measure service_level --scope channel:phone --plot tornado.png
      servsim sensitivity shop.yaml --method sobol --samples 16 --reps 5 \\
          --vary pools.desk.wage=20/h:28/h --vary costs.lost_customer=5:25
    """
    if samples is not None and method != "sobol":
        raise click.UsageError("--samples belongs to --method sobol")
    scenario = load_scenario(file, assignments, allow_outside)
    from ..decide import Tornado, sobol, sobol_runs, tornado
    from ..show.sensitivity import print_sobol, print_tornado

    samples = samples or SAMPLES
    if method == "sobol" and not options["quiet"]:
        words = f"{samples:,} x ({len(varies)} + 2) points x {reps:,} replications"
        click.echo(f"{words} = {sobol_runs(len(varies), samples, reps):,} runs", err=True)
    found: Tornado | Sobol
    with asking(options) as settings:
        settings |= {"measure": measure, "scope": scope, "reps": reps}
        if method == "tornado":
            found = tornado(scenario, varies, **settings)
        else:
            found = sobol(scenario, varies, samples=samples, **settings)

    def show(screen: Console) -> None:
        if isinstance(found, Tornado):
            print_tornado(found, screen)
        else:
            print_sobol(found, screen)

    def draw() -> Figure:
        figure: Figure = found.plot.tornado() if isinstance(found, Tornado) else found.plot.indices()
        return figure

    answer(found.summary, show, draw, options)
