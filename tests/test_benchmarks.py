"""The benchmark's programs simulate one model, and the benchmark says so when one of them does not."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SMALL = 6_000  # customers


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark with few customers, and without Ciw, which developers need not have."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("engines")
    monkeypatch.setitem(sys.modules, "ciw", None)
    monkeypatch.setattr(module, "CUSTOMERS", dict.fromkeys(["plain SimPy", *module.ENGINES], SMALL))
    return module


@pytest.mark.slow
def test_programs_agree(engines: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert engines.main(["--rounds", "1"]) == 0
    printed = capsys.readouterr()
    assert "the programs agree in all" in printed.out
    assert "pip install -e '.[bench]'" in printed.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "change", "figure"),
    [
        ("A", "pools.agents.staff: 40", "occupancy: reference"),
        ("B", "flows.special.steps.menu.time.lognormal.shift: 60 s", "bot: mean session [s]: reference"),
    ],
)
def test_another_model_is_found_out(
    engines: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    key: str,
    change: str,
    figure: str,
) -> None:
    work = engines.WORKS[key]
    (tmp_path / work.file.name).write_text(work.file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "other.yaml").write_text(
        f"extends: {work.file.name}\nchange: {{{change}}}\n", encoding="utf-8"
    )
    other = dataclasses.replace(work, file=tmp_path / "other.yaml")
    monkeypatch.setitem(engines.WORKS, key, other)
    assert engines.main(["--rounds", "1"]) == 1
    out = capsys.readouterr().out
    assert "do NOT agree" in out and figure in out


def test_growth_measures_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    one = importlib.import_module("growth").run_one("whole", "reference", 2_000)
    assert one["customers"] == pytest.approx(2_000, abs=5 * 2_000**0.5)
    assert one["peak"] >= one["base"] > 0 and one["seconds"] > 0


@pytest.mark.slow
def test_start_prints_cold_and_warm(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    assert importlib.import_module("start").main(["--rounds", "1"]) == 0
    assert "reference" in capfd.readouterr().out
