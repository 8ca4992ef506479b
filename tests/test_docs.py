"""Pages of the docs that are made from the code are what the code says now; the table of events is the engine's."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from servsim.network.kinds import EventKind

DOCS = Path(__file__).parents[1] / "docs"
MAKE = runpy.run_path(str(DOCS / "make.py"))


def test_format_page_is_up_to_date() -> None:
    assert (DOCS / "format.md").read_text(encoding="utf-8") == MAKE["format_page"](), (
        "run python docs/make.py"
    )


def test_measures_page_is_up_to_date() -> None:
    assert (DOCS / "measures.md").read_text(encoding="utf-8") == MAKE["measures_page"](), (
        "run python docs/make.py"
    )


def test_the_order_of_events_is_the_engines() -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", page, flags=re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(kind.value, kind.name) for kind in EventKind]
