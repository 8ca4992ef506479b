"""Pages of the docs that are made from the code are what the code says now; the table of events is the engine's."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import servsim as sv
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


PAGES = sorted({*DOCS.glob("*.md"), *DOCS.parent.glob("*.md"), *DOCS.parent.glob("scenarios/**/*.md")})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    gone = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert gone == []


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    names = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert {name for name in names if f"({name})" not in index} == set()


def test_the_python_of_how_to_extend_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parent)
    blocks = re.findall(
        r"```python\n(.*?)```", (DOCS / "extend.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert blocks
    for block in blocks:
        exec(compile(block, "extend.md", "exec"), {})


def test_the_order_of_events_is_the_engines() -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", page, flags=re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(kind.value, kind.name) for kind in EventKind]


def test_the_columns_of_results_are_those_told() -> None:
    result = sv.run(DOCS.parent / "scenarios" / "published" / "mmc.yaml", reps=1, contacts=True, events=True)
    page = (DOCS / "results.md").read_text(encoding="utf-8")
    for name, frame in (("contacts", result.contacts), ("events", result.events)):
        section = page.partition(f"## {name}.parquet")[2].partition("\n## ")[0]
        assert frame is not None
        assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == list(frame.columns)
    for columns in (result.measures.columns, result.intervals.columns):
        assert f"`{', '.join(columns)}`" in page
