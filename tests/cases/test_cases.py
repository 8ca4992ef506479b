"""The library of cases: every promise is put to the test, and each README quotes what servsim says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import servsim as sv
from servsim.cli import cli

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "scenarios" / "cases"
CASES = sorted(folder.name for folder in LIBRARY.iterdir() if folder.is_dir())
CONTACT_CENTRE = (
    *("first-line-bot", "bot-backfire", "bank-wait", "virtual-agent-cost", "human-bot-split", "360-view"),
    *("knowledge-base", "skill-mix", "training-cut", "one-intake", "app-then-phone", "proactive"),
    *("aftersales-bot", "peak-outage"),
)
WORKFLOWS = (
    *("repair-orders", "spare-parts", "purchase-request", "rpa-orders", "checkout", "takeaway"),
    "clinic-queue",
)
HEADINGS = ("The story", "What was assumed", "What servsim finds", "Where it breaks")


def readme(case: str) -> str:
    return (LIBRARY / case / "README.md").read_text(encoding="utf-8")


def quoted(case: str) -> str:
    """Return the output that a case's README quotes."""
    (found,) = re.findall(
        rf"^```\n\$ servsim claims scenarios/cases/{case}\n(.*?)^```$", readme(case), flags=re.M | re.S
    )
    return bare(found)


def bare(text: str) -> str:
    """Return a text without the blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def said(case: str) -> str:
    """Return what `servsim claims` prints of a case."""
    found = CliRunner().invoke(cli, ["claims", f"scenarios/cases/{case}", "--jobs", "1"], prog_name="servsim")
    assert found.exit_code == 0, found.stderr
    return bare(found.stdout)


def test_all_cases_are_there() -> None:
    assert sorted((*CONTACT_CENTRE, *WORKFLOWS)) == CASES


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_whole(case: str) -> None:
    as_is, to_be = (sv.load(LIBRARY / case / name) for name in ("as_is.yaml", "to_be.yaml"))
    claims = to_be.model.claims
    assert not as_is.model.claims and 2 <= len(claims) <= 6
    assert all(claim.source and claim.claim for claim in claims)
    assert as_is.digest() != to_be.digest()
    text = readme(case)
    assert [heading for heading in HEADINGS if heading not in text] == []
    assert len(text.splitlines()) <= 100  # a page
    assert len(quoted(case).splitlines()) > 4


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_readme_quotes_what_servsim_says(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    assert quoted(case) == said(case)


@pytest.mark.slow
def test_another_seed_is_not_what_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage twin: the comparison above would see that other numbers came out."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    case = CASES[0]
    words = ["claims", f"scenarios/cases/{case}", "--jobs", "1", "--seed", "2"]
    assert quoted(case) != bare(CliRunner().invoke(cli, words, prog_name="servsim").stdout)
