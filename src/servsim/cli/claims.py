"""`servsim claims`: what somebody promises, put to the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .group import DONE, MISSED, as_typed
from .options import RUN, console, json_option, reps_option, run_options
from .progress import watch

CASES = Path("scenarios/cases")  # of servsim's own library, from the folder of its sources
WIDTH = 100  # of what is printed anywhere but on a terminal, so that it can be quoted


@click.command(short_help="Put what somebody promises to the test: holds, fails, holds if.")
@click.argument("paths", metavar="DIR...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help=f"Every case of the library, {CASES} in this folder.")
@reps_option("Replications of each scenario.")
@click.option(
    "--breakeven-reps",
    type=click.IntRange(2, 1_000_000),
    default=10,
    show_default=True,
    help="Replications at every value that is looked at to find where a claim begins to hold.",
)
@run_options
@click.option("--out", type=click.Path(path_type=Path), help="Write the result into this new folder.")
@click.option("--force", is_flag=True, help="Replace the result that the folder holds.")
@json_option("result")
@click.option("--fail-on-miss", is_flag=True, help="Exit with status 1 where a claim fails.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing and show no progress.")
def command(
    paths: tuple[Path, ...],
    everything: bool,
    reps: int,
    breakeven_reps: int,
    out: Path | None,
    force: bool,
    as_json: bool,
    fail_on_miss: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Run the scenarios of a case as it is and as it is to be on the same customers, and judge every claim.

    DIR is the folder of a case (as_is.yaml and to_be.yaml, which holds the claims), a folder of such folders, or a
    what-if file. A claim holds where the whole 95 % interval keeps what is promised, and fails where the whole interval
    falls short of it.

    \b
    Examples:
      servsim claims more_bot.yaml
      servsim claims more_bot.yaml --reps 50 --json
    """
    paths = _asked_for(paths, everything)
    if force and out is None:
        raise click.UsageError("--force belongs to --out")
    from ..decide import claims
    from ..show.claims import print_claims
    from ..study.store import check_folder

    if out is not None:
        check_folder(out, overwrite=force)
    with watch(quiet) as progress:
        settings = {name: options[name] for name in RUN}
        found = claims(*paths, reps=reps, breakeven_reps=breakeven_reps, progress=progress, **settings)
    if out is not None:
        found.save(out, overwrite=force, command=as_typed())
        if not quiet:
            click.echo(f"written to {out}", err=True)
    if as_json:
        click.echo(json.dumps(found.summary(), ensure_ascii=False, allow_nan=False, indent=1))
    elif not quiet:
        screen = console()
        if not screen.is_terminal:
            screen.width = WIDTH
        print_claims(found, screen)
    return MISSED if fail_on_miss and not found.all_hold else DONE


def _asked_for(paths: tuple[Path, ...], everything: bool) -> tuple[Path, ...]:
    """Return the folders that are asked for. Raises UsageError where they are none or both kinds."""
    if everything and paths:
        raise click.UsageError("--all means every case of the library; leave the folders out")
    if not everything and not paths:
        raise click.UsageError("name the folder of a case, or --all for the library's")
    if everything and not CASES.is_dir():
        raise click.UsageError(
            f"--all: there is no folder {CASES} here; run it in the folder of servsim's sources"
        )
    return (CASES,) if everything else paths
