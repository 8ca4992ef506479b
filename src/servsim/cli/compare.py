"""`servsim compare`: scenarios beside each other on the same customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .comparing import How, conduct, extent_of, extent_options, families, load_all, view_of, view_options
from .options import run_options, scenario_options

PERIODS = ("run", "day")


@click.command(short_help="Compare scenarios on the same customers: targets, differences, what is cheapest.")
@scenario_options
@click.argument("others", metavar="OTHER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--names", metavar="A,B,...", help="Names to show, that of FILE first; else those in the files."
)
@click.option("--no-futures", is_flag=True, help="Leave out the futures that FILE names.")
@extent_options
@run_options
@view_options
def command(
    file: Path,
    others: tuple[Path, ...],
    assignments: tuple[str, ...],
    allow_outside: bool,
    names: str | None,
    no_futures: bool,
    **options: Any,
) -> int:
    """Run the scenarios in FILE and OTHER... on the same customers, and compare each with FILE, the base.

    Differences are taken replication by replication, which makes their intervals far narrower than those of
    the scenarios themselves. --set applies to every scenario. Where FILE names futures, everything is run and compared
    in each of them too.

    \b
    Examples:
      servsim compare shop.yaml more_bot.yaml
      servsim compare shop.yaml more_bot.yaml --reps 40 --out results/bot
      servsim compare shop.yaml more_bot.yaml --precision 'service_level channel:phone=1pp'
      servsim compare shop.yaml more_bot.yaml --select cost --indifference 200
      servsim compare shop.yaml more_bot.yaml --measure wait --measure occupancy
    """
    scenarios = load_all((file, *others), assignments, allow_outside)
    from ..study import Study
    from ..study.plan import in_futures, named

    called = _names(names, len(scenarios)) if names is not None else named(scenarios)
    by_name = dict(zip(called, scenarios, strict=True))
    view = view_of(by_name, called[0], options)
    study = Study(
        names=called,
        scenarios=scenarios,
        futures={} if no_futures else in_futures(called, scenarios),
        name=f"{', '.join(called[1:4])}{', …' if len(called) > 4 else ''} against {called[0]}",
        seed=options["seed"],
        max_visits=options["max_visits"],
        periods=families(view, PERIODS),
        **extent_of(by_name, options),
    )
    return conduct(study, view, How.of(options))


def _names(words: str, count: int) -> tuple[str, ...]:
    """Read the names that were given. Raises UsageError where they are not as many as there are scenarios."""
    names = tuple(name.strip() for name in words.split(","))
    if len(names) != count or not all(names):
        raise click.UsageError(f"--names: {count} names are wanted, separated by commas; got {words!r}")
    return names
