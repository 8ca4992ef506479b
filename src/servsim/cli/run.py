"""`servsim run`: simulate a scenario."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .group import DONE, MISSED, as_typed, drop_stdout
from .options import console, json_option, load_scenario, run_options, scenario_options
from .progress import watch

if TYPE_CHECKING:
    from ..study import Result


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
    "--precision",
    metavar="WANTED",
    help="As many replications as it takes: 2%, or service_level=0.5pp, or wait queue:phone=5s,cost=1%.",
)
@click.option(
    "--max-reps",
    type=click.IntRange(2, 1_000_000),
    default=1000,
    show_default=True,
    help="Number of replications at the most, with --precision.",
)
@click.option(
    "--first",
    type=click.IntRange(1, 2_000_000_000),
    default=1,
    show_default=True,
    help="Number of the first replication.",
)
@run_options
@click.option("--out", type=click.Path(path_type=Path), help="Write everything into this new folder.")
@click.option("--force", is_flag=True, help="Replace the result that --out holds already.")
@click.option("--contacts", is_flag=True, help="Keep a table of every contact (with --out).")
@click.option("--events", is_flag=True, help="Keep a table of every event (with --out).")
@click.option(
    "--audit",
    is_flag=True,
    help="Print what the self-audit has checked, and what formulas say of queues that they know.",
)
@json_option("result")
@click.option(
    "--fail-on-miss", is_flag=True, help="Exit with status 1 where a target is not kept on average."
)
@click.option("--quiet", "-q", is_flag=True, help="Print no summary and no progress.")
def command(
    file: Path,
    assignments: tuple[str, ...],
    allow_outside: bool,
    reps: int,
    precision: str | None,
    max_reps: int,
    first: int,
    seed: int,
    engine: str,
    max_visits: int | None,
    jobs: int | None,
    cluster: str | None,
    out: Path | None,
    force: bool,
    contacts: bool,
    events: bool,
    audit: bool,
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
      servsim run shop.yaml --precision "service_level channel:phone=1pp"
      servsim run shop.yaml --set pools.desk.staff.shifts.0.agents=+2
      servsim run shop.yaml --reps 5 --audit
      servsim run shop.yaml --json --fail-on-miss > shop.json
    """
    if (contacts or events) and out is None:
        raise click.UsageError("--contacts and --events write tables into a folder; name it with --out")
    if force and out is None:
        raise click.UsageError("--force belongs to --out")
    if precision is not None and not 2 <= reps <= max_reps:
        raise click.UsageError("--precision needs from 2 to --max-reps replications to begin with (--reps)")
    if precision is not None and (first != 1 or contacts or events):
        raise click.UsageError("--precision goes with neither --first nor --contacts nor --events")
    scenario = load_scenario(file, assignments, allow_outside)
    from ..study import run
    from ..study.store import check_folder

    if out is not None:
        check_folder(out, overwrite=force)
    with watch(quiet) as progress:
        result = run(
            scenario,
            reps=reps,
            precision=precision,
            max_reps=max_reps,
            seed=seed,
            first=first,
            engine=engine,
            max_visits=max_visits,
            jobs=jobs,
            cluster=cluster,
            contacts=contacts,
            events=events,
            progress=progress,
        )
    if out is not None:
        result.save(out, overwrite=force, audit=audit, command=as_typed())
    try:
        _report(result, audit, as_json, quiet)
    except BrokenPipeError:
        drop_stdout()  # the reader has gone, but the verdict stands
    if out is not None and not quiet:
        click.echo(f"written to {out}", err=True)
    return MISSED if fail_on_miss and not result.all_met else DONE


def _report(result: Result, audit: bool, as_json: bool, quiet: bool) -> None:
    """Print the result to stdout: for machines, for people, or not at all."""
    if as_json:
        click.echo(json.dumps(result.summary(audit=audit), ensure_ascii=False, allow_nan=False, indent=1))
    elif not quiet:
        from ..show.terminal import print_result

        print_result(result, console())
        if audit:
            from ..show.audit import print_audit

            print_audit(result.audit(), console())
