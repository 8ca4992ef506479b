"""`servsim schema`: the scenario format for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .options import write_out


@click.command(short_help="Print the JSON Schema of the scenario format.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write into this file instead of stdout."
)
def command(output: Path | None) -> None:
    """Print the JSON Schema of scenario files, with which editors complete and check them as you type.

    \b
    Examples:
      servsim schema -o servsim.schema.json
    """
    from ..scenario.schema import json_schema

    write_out(json.dumps(json_schema(), ensure_ascii=False, indent=1), output)
