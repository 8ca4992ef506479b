"""`servsim study`: an experiment out of a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from .comparing import How, conduct, view_of, view_options
from .options import run_options


@click.command(short_help="Run a whole experiment out of a file; it goes on where it was stopped.")
@click.argument("file", metavar="STUDY.yaml", type=click.Path(path_type=Path))
@click.option("--allow-outside", is_flag=True, help="The study may name files outside its own folder.")
@partial(run_options, names=("engine", "jobs", "cluster"))
@view_options
def command(file: Path, allow_outside: bool, **options: Any) -> int:
    """Run the experiment in STUDY.yaml: scenarios, points, how often or how precisely, what to select.

    Finished replications and the result are kept in STUDY.study beside the file, or in the folder of --out. The same
    command goes on where a study was stopped. Where the file was changed, --force runs what is new and replaces
    the result.

    \b
    Examples:
      servsim study staffing.yaml
      servsim study staffing.yaml --jobs 2 --json > staffing.json
      servsim study staffing.yaml --all --out results/staffing
    """
    from ..study import Study

    study = Study.load(file, allow_outside=allow_outside)
    by_name = dict(zip(study.names, study.scenarios, strict=True))
    view = view_of(by_name, study.names[study.base], options)
    options["out"] = options["out"] or file.with_suffix(".study")
    return conduct(study, view, How.of(options))
