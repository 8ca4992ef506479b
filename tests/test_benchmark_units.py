"""The benchmark of many small replications runs and tells what share of the time was useful."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest


def test_it_tells_what_was_useful(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    units = importlib.import_module("units")
    monkeypatch.setattr(units, "REPS", 20)
    units.main(["--units", "100", "--jobs", "2"])  # so few take too short to judge by
    out = capsys.readouterr().out
    assert "100 units of " in out and "µs a unit" in out and "; strictly " in out
