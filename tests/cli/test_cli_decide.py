"""`servsim sensitivity` and `servsim breakeven`: what they print, draw and refuse; their examples run."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from rich.cells import cell_len
from rich.console import Console

from servsim.cli.breakeven import command as breakeven_command
from servsim.cli.sensitivity import command as sensitivity_command
from servsim.decide import BreakEven, Crossing, Sobol, breakeven, sobol, tornado
from servsim.decide.asking import rounded
from servsim.scenario import load
from servsim.show.breakeven import print_breakeven
from servsim.show.plots import save_figure
from servsim.show.sensitivity import print_sobol, print_tornado, signed

Call = Callable[..., Result]
FEW = ("--jobs", "1", "--reps", "3")
WAGE = "pools.坐席.wage=20/h:40/h"
RATE = "channels.chat.arrivals.rate=-20%:+20%"
STAFF = "pools.坐席.staff.by_calendar.desk=1:8"


def test_a_tornado_is_printed(servsim: Call, small: Path) -> None:
    result = servsim("sensitivity", small, "--vary", WAGE, "--vary", RATE, *FEW)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["小店客服", "cost (CNY); 3 replications, seed 1"]
    assert re.search(
        r"^pools\.坐席\.wage +20/h +-16\d\.\d ± \d\.\d +40/h +\+16\d\.\d ± \d\.\d$",
        result.stdout,
        re.MULTILINE,
    )
    assert "hold for all 4 differences together" in result.stdout


def test_indices_are_printed_and_the_runs_told_before(servsim: Call, small: Path) -> None:
    words = (
        "sensitivity",
        small,
        "--method",
        "sobol",
        "--samples",
        "8",
        "--vary",
        WAGE,
        "--vary",
        RATE,
        *FEW,
    )
    result = servsim(*words)
    assert (result.exit_code, result.stderr) == (0, "8 x (2 + 2) points x 3 replications = 96 runs\n")
    assert "Noise of the simulation:" in result.stdout
    found = json.loads(servsim(*words, "--json", "--quiet").stdout)
    assert [row["path"] for row in found["inputs"]] == ["pools.坐席.wage", "channels.chat.arrivals.rate"]


def test_a_break_even_is_printed(servsim: Call, small: Path) -> None:
    result = servsim("breakeven", small, "--vary", STAFF, "--until", "wait queue:电话 <= 20 s", *FEW)
    assert (result.exit_code, result.stderr) == (0, "")
    first = " ".join(result.stdout.split("\n\n")[0].split())
    assert re.fullmatch(
        r"wait queue:电话 <= 20 s holds from pools\.坐席\.staff\.by_calendar\.desk = \d on \(95 %: .+\)",
        first,
    )
    assert "Values looked at" in result.stdout


def test_a_break_even_against_another_scenario(servsim: Call, small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("extends: small.yaml\nname: Dear\nchange: {pools.坐席.wage: 32/h}\n", encoding="utf-8")
    words = ("breakeven", small, "--vary", WAGE, "--until", "cost <= base", "--against", other, *FEW)
    found = json.loads(servsim(*words, "--json").stdout)
    assert (
        found["verdict"]
        == "break-even at pools.坐席.wage = 32/h (95 %: 32/h … 32/h): cost <= base holds below"
    )
    assert (found["against"], found["found"], found["both"]) == ("Dear", True, False)
    assert found["note"].startswith('only "小店客服" is varied; "Dear" keeps pools.坐席.wage = 32/h; --both ')
    both = json.loads(servsim(*words, "--both", "--json").stdout)
    assert (both["note"], both["both"]) == ("", True)
    assert {row["margin"] for row in both["values"]} == {0.0}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sensitivity", "--vary", "pools.坐席.wag=1/h:2/h"], "pools.坐席.wag"),
        (["sensitivity", "--vary", WAGE, "--samples", "64"], "--samples belongs to --method sobol"),
        (["sensitivity", "--vary", WAGE, "--method", "sobol", "--samples", "60"],
         "60 is not a power of two from 4 to 65,536"),
        (["sensitivity", "--vary", WAGE, "--measure", "cots"], "did you mean 'cost'?"),
        (["sensitivity", "--vary", WAGE, "--reps", "1"], "1 is not in the range"),
        (["sensitivity", "--vary", WAGE, "--plot", "x.jpg"], "must be one of .png, .svg, .pdf"),
        (["sensitivity"], "Missing option '--vary'"),
        (["breakeven", "--vary", WAGE, "--until", "cots <= 5"],
         "until: no measure is named 'cots'; did you mean 'cost'?"),
        (["breakeven", "--vary", WAGE, "--until", "cost <= base"], "name it: --against"),
        (["breakeven", "--vary", WAGE, "--until", "cost <= 5", "--both"], "no other scenario to vary"),
        (["breakeven", "--vary", WAGE, "--until", "cost <= 5", "--plot", "x"], "has no suffix"),
    ],
)  # fmt: skip
def test_wrong_words_are_told_before_anything_runs(
    servsim: Call, small: Path, words: list[str], message: str
) -> None:
    result = servsim(words[0], small, *words[1:])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def examples() -> Iterator[list[str]]:
    """Yield the words of every example that the help shows."""
    for command in (sensitivity_command, breakeven_command):
        text = (command.help or "").partition("Examples:")[2].replace("\\\n", " ")
        yield from (
            shlex.split(line)[1:] for line in text.splitlines() if line.strip().startswith("servsim ")
        )


@pytest.mark.parametrize("words", list(examples()), ids=lambda words: words[0])
def test_the_examples_run_on_the_starter(
    servsim: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    servsim("new", tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    if "sobol" in words:
        words[words.index("--samples") + 1] = "4"
    shorter = [] if "--against" in words else ["--set", "clock.length=2 days"]  # --set changes one of the two
    result = servsim(*words, "--reps", "2", "--jobs", "1", *shorter)
    assert result.exit_code == 0, result.stderr
    assert "--plot" not in words or os.path.getsize(words[words.index("--plot") + 1]) > 5000


# --- tables and charts: of made-up results -------------------------------------------------------------------


def made_up(numbers: list[float], crossings: tuple[Crossing, ...], margins: list[float]) -> BreakEven:
    """Return a break-even whose table holds these numbers, with half-widths of 1."""
    margin = np.array(margins)
    columns = {
        "value": [str(number) for number in numbers],
        "number": numbers,
        "measured": margin,
        "margin": margin,
        "half_width": 1.0,
        "low": margin - 1,
        "high": margin + 1,
        "n": 9,
        "kept": margin >= 0,
    }
    words = ("Shop", "Base", False, "only Shop is varied", "EUR", "pools.desk.x", "cost <= 5", "cost", False)
    return BreakEven(*words, 1, 9, 0.95, crossings, (), pd.DataFrame(columns))  # type: ignore[arg-type]


def printed(show: Callable[[Any, Console], None], found: Any) -> str:
    screen = Console(file=io.StringIO(), width=100)
    show(found, screen)
    return str(screen.file.getvalue())  # type: ignore[attr-defined]


def test_a_break_even_shows_few_rows_and_few_digits() -> None:
    """17 values on both sides of 1.06: both ends and the seven next to it, in four digits of the width."""
    numbers = [0.0, *(1 + i / 128 for i in range(15)), 2.0]
    found = made_up(numbers, (Crossing(1.06, 1.05, 1.07, "below"),), [10.0 * (1.06 - x) for x in numbers])
    text = printed(print_breakeven, found)
    shown = re.findall(r"^ *(\d[.\d]*)  +\S.*(?:yes|no|cannot tell) *$", text, re.MULTILINE)
    assert shown == ["0.0", *(rounded(1 + i / 128, -3) for i in range(4, 11)), "2.0"]
    assert "8 more values looked at: --json" in text
    assert "cannot tell" in text and "may be" not in text
    assert "only Shop is varied" in text


def test_few_rows_reach_all_break_evens_and_the_ends() -> None:
    numbers = [float(i) for i in range(101)]
    crossings = tuple(Crossing(at, at, at, "below") for at in (20.5, 80.5))
    found = made_up(numbers, crossings, [1.0] * 101)
    text = printed(print_breakeven, found)
    shown = [float(x) for x in re.findall(r"^ *(\d+\.0)  +\S", text, re.MULTILINE)]
    assert shown[0] == 0.0 and shown[-1] == 100.0 and len(shown) <= 9
    assert {20.0, 21.0, 80.0, 81.0} <= set(shown)


def shares(first: float, total: float) -> Sobol:
    """Return indices of two inputs: of the first as given, of the second 40 % and 45 %."""
    table = pd.DataFrame(
        {"path": ["a.b", "c.d"], "low": "1", "high": "2", "first": [first, 0.4], "total": [total, 0.45]}
    )
    for name in ("first", "total"):
        table[f"{name}_low"], table[f"{name}_high"] = table[name] - 0.1, table[name] + 0.1
    return Sobol("Shop", "EUR", "cost", "total", 1, 9, 8, 5.0, 1.0, 0.1, 0.01, table, pd.DataFrame())


@pytest.mark.parametrize(("first", "total"), [(-0.2, 0.3), (0.5, 1.2), (0.6, 0.5)])
def test_shares_that_cannot_be_are_not_shown(tmp_path: Path, first: float, total: float) -> None:
    found = shares(first, total)
    text = printed(print_sobol, found)
    assert re.search(r"^a\.b +1 +2 +\? +\? *$", text, re.MULTILINE)
    assert "?: too few samples to say (take more --samples)." in text
    assert "40.0%" in text  # the other input's are shown
    assert found.summary()["inputs"][0]["first"] == first
    drawn = save_figure(found.plot.indices(), tmp_path / "a.svg").read_text(encoding="utf-8")
    assert drawn.count("too few samples to say") == 1


@pytest.mark.parametrize(
    ("first", "total", "text"), [(-0.01, 0.0, "0.0%"), (0.51, 0.5, "51.0%"), (0.9, 1.01, "100.0%")]
)
def test_shares_that_are_all_but_possible_are_shown(first: float, total: float, text: str) -> None:
    shown = printed(print_sobol, shares(first, total))
    assert "?" not in shown and text in shown


# --- tables and charts: of real ones ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "half_width", "unit", "text"),
    [
        (1622.3, 76.2, "money", "+1,622 ± 76"),
        (-0.0123, 0.0031, "share", "-1.2 pp ± 0.3"),
        (137.98, 2.6e-12, "money", "+138.0"),
        (0.0, 0.0, "money", "0.00"),
    ],
)
def test_differences_have_their_sign(mean: float, half_width: float, unit: str, text: str) -> None:
    assert signed(mean, half_width, unit) == text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_fit_the_width_and_charts_are_the_same_every_time(
    small: Path, tmp_path: Path, width: int
) -> None:
    scenario = load(small)
    bars = tornado(scenario, [WAGE, RATE], reps=3, jobs=1)
    shares = sobol(scenario, [WAGE, RATE], samples=4, reps=2, jobs=1)
    curve = breakeven(scenario, STAFF, "abandonment queue:电话 <= 10%", reps=3, jobs=1)
    screen = Console(file=io.StringIO(), width=width)
    print_tornado(bars, screen)
    print_sobol(shares, screen)
    print_breakeven(curve, screen)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= width
    for figure in (bars.plot.tornado(), shares.plot.indices(), curve.plot.curve()):
        first, again = (save_figure(figure, tmp_path / name).read_bytes() for name in ("a.svg", "b.svg"))
        assert first == again
        assert "坐席" in first.decode()
