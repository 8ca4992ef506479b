"""The bank scenario: its README quotes what it gives, and it lies as near to the log as the README says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

BANK = Path(__file__).parents[2] / "scenarios" / "bank"


@pytest.mark.slow
def test_readme_quotes_what_the_scenario_gives() -> None:
    compare = runpy.run_path(str(BANK / "compare.py"))
    table = compare["table"](reps=40, seed=1)
    assert table in (BANK / "README.md").read_text(encoding="utf-8"), f"README.md must quote:\n{table}"


def test_no_row_of_the_log_is_kept() -> None:
    """Facts are tables of means and quantiles; the log has 33,344 rows, the longest table one a half hour of a week."""
    for table in (BANK / "facts").glob("*.csv"):
        assert len(table.read_text(encoding="utf-8").splitlines()) <= 7 * 48 + 1
