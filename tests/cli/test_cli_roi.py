"""`servsim roi`: what it prints, draws and refuses."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from rich.cells import cell_len
from rich.console import Console

from servsim.decide import Returns, roi
from servsim.decide.returns import chance_text
from servsim.show.plots import save_figure
from servsim.show.roi import print_roi

Call = Callable[..., Result]
FEW = ("--jobs", "1", "--reps", "3")
TO_BE = """
extends: small.yaml
name: 更好的机器人
change: {flows.chat.steps.bot.next: {resolved: 80%, person: rest}, pools.坐席.staff.by_calendar.desk: 3}
roi:
  horizon: 2 years
  goal: 1.5
  phases:
    - {name: 诊断 pilot, length: 3 months, one_off: 1000, effect: 20%}
    - {name: run, one_off: 500, running: 50, effect: 20% .. 100%}
"""


@pytest.fixture
def to_be(small: Path) -> Path:
    """Return the file of a what-if with a plan."""
    file = small.with_name("to_be.yaml")
    file.write_text(TO_BE, encoding="utf-8")
    return file


def test_a_return_is_printed(servsim: Call, to_be: Path) -> None:
    result = servsim("roi", to_be, *FEW)
    assert (result.exit_code, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    assert text.startswith("It pays: within 24 months 1 CNY invested brings back ")
    assert (
        "more_bot" not in text
        and "更好的机器人 against 小店客服; 3 replications, seed 1, each 30.4 times a month" in text
    )
    assert "costs 2,775 CNY: one-off 1,725 (15 % contingency in it), running 1,050" in text
    assert "a return of 1.5 or more:" in text
    assert re.search(r"^诊断 pilot +1–3 +20% +1,150 +0 +[\d,]+ ", result.stdout, re.MULTILINE)
    assert re.search(r"^run +4–24 +60% +575 +1,050 +[\d,]+ ", result.stdout, re.MULTILINE)


def test_json_holds_everything_and_the_seed_counts(servsim: Call, to_be: Path) -> None:
    found, again, other = (
        servsim("roi", to_be, *FEW, "--json", "--seed", seed).stdout for seed in ("1", "1", "2")
    )
    assert found == again != other
    data = json.loads(found)
    assert [row["measure"] for row in data["outcome"]] == ["roi", "npv", "payback", "saving"]
    assert [row["event"] for row in data["chances"]] == ["pays", "worth", "goal"]
    assert len(data["months"]) == 24 and len(data["phases"]) == 2
    assert data["invested"] == data["one_off"] + data["running"] == pytest.approx(2775)
    assert data["verdict"][0].startswith("It pays")


def test_growth_is_simulated(servsim: Call, to_be: Path) -> None:
    grown = ("--set", "roi.volume_growth=20%")
    still, linear, simulated = (
        json.loads(servsim("roi", to_be, *FEW, "--json", *words).stdout)
        for words in ((), grown, (*grown, "--set", "roi.volume=simulate"))
    )
    first, second = ([row["saving"] for row in found["months"]] for found in (still, linear))
    assert second == pytest.approx([*first[:12], *(1.2 * saving for saving in first[12:])])
    third = [row["saving"] for row in simulated["months"]]
    assert third[:12] == pytest.approx(first[:12])
    assert all(abs(a - b) > 1 for a, b in zip(third[12:], second[12:], strict=True))  # wages do not grow


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["small.yaml"],
            "small.yaml: roi: is required: phases with their costs and effects; see docs/roi.md",
        ),
        (["to_be.yaml", "--base", "away.yaml"], "away.yaml"),
        (["to_be.yaml", "--reps", "1"], "1 is not in the range"),
        (["to_be.yaml", "--set", "roi.goal=much"], "roi.goal: 'much' is not allowed here"),
        (["to_be.yaml", "--plot", "x.jpg"], "must be one of .png, .svg, .pdf"),
    ],
)
def test_what_is_refused(
    servsim: Call, to_be: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(to_be.parent)
    result = servsim("roi", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.fixture
def found(to_be: Path) -> Returns:
    """Return a result of real runs."""
    return roi(to_be, reps=2, jobs=1)


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_and_charts_are_the_same_every_time(found: Returns, tmp_path: Path, width: int) -> None:
    screen = Console(file=io.StringIO(), width=width)
    print_roi(found, screen)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= width
    assert "\\n" not in text
    first, again = (
        save_figure(found.plot.cash(), tmp_path / name).read_bytes() for name in ("a.svg", "b.svg")
    )
    assert first == again
    assert all(word in first.decode() for word in ("更好的机器人", "诊断 pilot", "paid back in month"))


def test_what_never_comes_back_is_shown_without_a_payback(found: Returns, tmp_path: Path) -> None:
    outcome = found.outcome.copy()
    outcome.loc[outcome["measure"] == "payback", ["mean", "low", "high", "range_low", "range_high"]] = float(
        "nan"
    )
    never = replace(found, outcome=outcome)
    screen = Console(file=io.StringIO(), width=100)
    print_roi(never, screen)
    assert "> 24 … > 24" in screen.file.getvalue()  # type: ignore[attr-defined]
    assert "paid back" not in save_figure(never.plot.cash(), tmp_path / "a.svg").read_text(encoding="utf-8")


def test_chances_in_words() -> None:
    assert [chance_text(p) for p in (0.0, 0.004, 0.374, 0.995, 1.0)] == [
        "below 1 %", "below 1 %", "37 %", "above 99 %", "above 99 %",
    ]  # fmt: skip
