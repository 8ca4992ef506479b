"""`servsim sweep`: a scenario at many points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .comparing import How, conduct, extent_of, extent_options, families, view_of, view_options
from .options import load_scenario, run_options, scenario_options

PERIODS = ("run",)  # many scenarios: days would only make the tables long


@click.command(short_help="Vary parts of a scenario, and compare every point with the scenario as it is.")
@scenario_options
@click.option(
    "--vary",
    metavar="PATH=FROM:TO:N",
    multiple=True,
    required=True,
    help="Give a part N values from FROM to TO, or listed ones: PATH=8,10,14. Several make a grid.",
)
@click.option(
    "--sample", metavar="WAY:N", help="Take N points instead of a grid: lhs:64 or sobol:64 (a power of two)."
)
@extent_options
@run_options
@view_options
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    vary: tuple[str, ...],
    sample: str | None,
    **options: Any,
) -> int:
    """Run the scenario in FILE as it is and at every point, on the same customers.

    \b
    Examples:
      servsim sweep shop.yaml --vary pools.desk.staff.shifts.0.agents=8:12:3
      servsim sweep shop.yaml --vary pools.desk.wage=22/h,26/h --vary pools.desk.shrinkage=10%,15%
      servsim sweep shop.yaml --vary pools.desk.shrinkage=10%:25% --sample lhs:6 --out results/lhs
      servsim sweep shop.yaml --vary pools.desk.wage=20/h:26/h:4 --select cost --indifference 300
    """
    scenario = load_scenario(file, assignments, allow_outside)
    from ..study import Study
    from ..study.plan import swept
    from ..study.vary import parse_vary

    scenarios, points = swept(scenario, parse_vary(vary), sample, options["seed"])
    names = tuple(points["scenario"])
    by_name = dict(zip(names, scenarios, strict=True))
    view = view_of(by_name, names[0], options)
    study = Study(
        names=names,
        scenarios=scenarios,
        points=points,
        name=f"{scenario.name}: {', '.join(points.columns[1:])}",
        seed=options["seed"],
        max_visits=options["max_visits"],
        periods=families(view, PERIODS),
        **extent_of(by_name, options),
    )
    return conduct(study, view, How.of(options))
