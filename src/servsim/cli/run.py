"""`servsim run`: simulate a scenario."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .group import DONE, MISSED, check_interrupt, drop_stdout
from .options import console, load_scenario, scenario_options

if TYPE_CHECKING:
    from ..study import Result

ENGINES = (
    "auto",
    "reference",
    "compiled",
)  # importing servsim.engine would be slow; a test holds


@click.command(short_help="Simulate a scenario; targets, measures and money with intervals.")
@scenario_options
@click.option(
    "--reps",
    type=click.IntRange(1, 1_000_000),
    default=10,
    show_default=True,
    help="Number of replications.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**62 - 1),
    default=1,
    show_default=True,
    help="Seed of the random numbers.",
)
@click.option(
    "--first",
    type=click.IntRange(1, 2_000_000_000),
    default=1,
    show_default=True,
    help="Number of the first replication.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="All engines give the same result; see servsim engines.",
)
@click.option(
    "--max-visits",
    type=click.IntRange(1, 10**15),
    help="Bound on the contacts, and on the visits to steps, of a replication; stops what explodes.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write everything into this new folder.")
@click.option("--force", is_flag=True, help="Replace the result that --out holds already.")
@click.option("--contacts", is_flag=True, help="Keep a table of every contact (with --out).")
@click.option("--events", is_flag=True, help="Keep a table of every event (with --out).")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, to stdout."
)
@click.option("--fail-on-miss", is_flag=True, help="Exit with status 1 where a target is not met.")
@click.option("--quiet", "-q", is_flag=True, help="Print no summary and no progress.")
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    reps: int,
    seed: int,
    first: int,
    engine: str,
    max_visits: int | None,
    out: Path | None,
    force: bool,
    contacts: bool,
    events: bool,
    as_json: bool,
    fail_on_miss: bool,
    quiet: bool,
) -> int:
    """Simulate the scenario in FILE and print what comes out.

    Every value is a mean over the replications with the half-width of its 95 % interval. The same scenario,
    seed and replications give the same numbers on every machine.

    \b
    Examples:
      servsim run shop.yaml
      servsim run shop.yaml --reps 50 --seed 7 --out results/shop
      servsim run shop.yaml --set pools.desk.staff.shifts.0.agents=+2
      servsim run shop.yaml --json --fail-on-miss > shop.json
    """
    if (contacts or events) and out is None:
        raise click.UsageError("--contacts and --events write tables into a folder; name it with --out")
    if force and out is None:
        raise click.UsageError("--force belongs to --out")
    scenario = load_scenario(file, assignments, allow_outside)
    from ..study import run
    from ..study.store import check_folder

    if out is not None:
        check_folder(out, overwrite=force)
    if quiet:
        logging.getLogger("servsim").setLevel(logging.ERROR)
    with _progress(reps, quiet) as progress:
        result = run(
            scenario,
            reps=reps,
            seed=seed,
            first=first,
            engine=engine,
            max_visits=max_visits,
            contacts=contacts,
            events=events,
            progress=progress,
        )
    if out is not None:
        result.save(out, overwrite=force)
    try:
        _report(result, as_json, quiet)
    except BrokenPipeError:
        drop_stdout()  # the reader has gone, but the verdict stands
    if out is not None and not quiet:
        click.echo(f"written to {out}", err=True)
    return MISSED if fail_on_miss and not result.all_met else DONE


def _report(result: Result, as_json: bool, quiet: bool) -> None:
    """Print the result to stdout: for machines, for people, or not at all."""
    if as_json:
        click.echo(json.dumps(result.summary(), ensure_ascii=False, allow_nan=False, indent=1))
    elif not quiet:
        from ..show.terminal import print_result

        print_result(result, console())


@contextmanager
def _progress(reps: int, quiet: bool) -> Iterator[Callable[[float, int], None]]:
    """Listen for Ctrl-C; show a bar on stderr while it is a terminal and nobody asked for quiet."""
    screen = console(err=True)
    if quiet or not screen.is_terminal:
        yield lambda done, _: check_interrupt()
        return
    from rich.progress import Progress

    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task("replications", total=reps)

        def show(done: float, _: int) -> None:
            check_interrupt()
            bar.update(task, completed=done)

        yield show
