"""compare and sweep: what they print where, what they refuse, what they keep."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from rich.cells import cell_len
from rich.console import Console

import servsim as sv
from servsim.cli import compare as compare_command
from servsim.cli import comparing
from servsim.show.comparison import View, print_comparison
from servsim.study import Comparison
from servsim.study.precision import Settled
from servsim.words import difference_text

Call = Callable[..., Result]
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def better(small: Path) -> Path:
    """Return the file of a what-if: more is settled by the bot, and there is one agent less."""
    file = small.with_name("better.yaml")
    change = (
        "{flows.chat.steps.bot.next: {resolved: 80%, person: rest}, pools.坐席.staff.by_calendar.desk: 3}"
    )
    file.write_text(f"extends: small.yaml\nname: better bot\nchange: {change}\n", encoding="utf-8")
    return file


def printed(comparison: Comparison, width: int = 80, view: View | None = None) -> list[str]:
    screen = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    print_comparison(comparison, screen, view)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in text
    return [line.rstrip() for line in text.splitlines()]


# --- compare -----------------------------------------------------------------------------------------------


TITLES = ["What changed", "Targets", "Differences in 1 day, money in CNY"]


def test_compare_prints_the_answer_first(servsim: Call, small: Path, better: Path) -> None:
    found = servsim("compare", small, better, "--reps", "4")
    assert (found.exit_code, found.stderr) == (0, "")
    lines = found.stdout.splitlines()
    assert lines[0] == "better bot against 小店客服"
    assert lines[1] == "4 replications, seed 1, engine compiled, the same customers in every scenario"
    assert lines[3].startswith("小店客服: keeps all 2 targets.")
    titles = [line.strip() for line in lines if line.strip() in TITLES]
    assert titles == TITLES
    assert "flows.chat.steps.bot.next.resolved  60%   80%" in found.stdout
    assert re.search(
        r"^containment +\d+\.\d% +\+\d+\.\d+pp ± \d+\.\d+ +better +×", found.stdout, re.MULTILINE
    )


def test_json_is_all_of_stdout_and_is_what_python_gives(servsim: Call, small: Path, better: Path) -> None:
    found = servsim("compare", small, better, "--reps", "3", "--seed", "5", "--json")
    assert json.loads(found.stdout) == sv.compare(small, better, reps=3, seed=5).summary()
    assert found.stderr == ""
    assert servsim("compare", small, better, "--reps", "3", "--quiet").output == ""


def test_set_changes_every_scenario(servsim: Call, small: Path, better: Path) -> None:
    words = ("--reps", "2", "--set", "pools.坐席.wage=60/h", "--json")
    found = json.loads(servsim("compare", small, better, *words).stdout)
    plain = sv.compare(*(sv.load(file, {"pools.坐席.wage": "60/h"}) for file in (small, better)), reps=2)
    assert found == plain.summary()


def test_names_can_be_given(servsim: Call, small: Path, better: Path) -> None:
    found = servsim("compare", small, better, "--reps", "2", "--names", "as is, to be")
    assert found.stdout.startswith("to be against as is\n")
    assert servsim("compare", small, small, "--reps", "2").stdout.startswith("small (2) against small (1)\n")


def test_equal_scenarios_are_the_same(servsim: Call, small: Path) -> None:
    found = servsim("compare", small, small, "--reps", "3", "--measure", "wait", "--scope", "total")
    assert "Nothing changed: it means the same as small (1)." in found.stdout
    (row,) = [line for line in found.stdout.splitlines() if line.startswith("wait ")]
    assert row.rstrip().endswith("0  the same")


def test_one_replication_says_that_it_gives_no_interval(servsim: Call, small: Path, better: Path) -> None:
    found = servsim("compare", small, better, "--reps", "1", "--measure", "wait")
    assert "One replication gives no interval" in found.stdout
    assert "no interval" in next(line for line in found.stdout.splitlines() if line.startswith("wait"))


def test_views_choose_rows(servsim: Call, small: Path, better: Path, tmp_path: Path) -> None:
    words = ("compare", small, better, "--reps", "3", "--out", tmp_path / "out")
    of_phone = servsim(*words, "--measure", "asa", "--measure", "offered", "--scope", "queue:电话").stdout
    rows = of_phone.partition("Differences")[2].partition("\n\n")[0].splitlines()[3:]
    assert [row.split()[:2] for row in rows] == [["offered", "queue:电话"], ["asa", "queue:电话"]]
    everything = servsim(*words, "--all").stdout.partition("Differences")[2]
    assert "no sure difference" not in everything and "pool:坐席" in everything
    day = servsim(*words, "--period", "2026-03-02").stdout
    assert "Differences, 2026-03-02" in day
    best = servsim(*words, "--best", "cost").stdout.partition("cost: each against the best of the others")[2]
    assert "the best" in best


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--names", "a"), "Error: --names: 2 names are wanted, separated by commas; got 'a'"),
        (("--names", "a,a"), "two scenarios are named 'a'; give each a name of its own"),
        (("--indifference", "3"), "Error: --indifference belongs to --select"),
        (("--select", "cost"), "Error: --select needs --indifference, the smallest difference that matters"),
        (
            ("--select", "cost", "--indifference", "9", "--precision", "2%"),
            "Error: --precision and --select do not go together: each decides how many replications",
        ),
        (
            ("--select", "offered", "--indifference", "9"),
            "--select: of offered neither more nor less is better",
        ),
        (
            ("--select", "costs", "--indifference", "9"),
            "--select: no measure is named 'costs'; did you mean 'cost'?",
        ),
        (("--select", "asa", "--indifference", "x"), "Error: --indifference: 'x' is not an amount of asa"),
        (
            ("--select", "cost", "--indifference", "9", "--confidence", "50%"),
            "Error: --confidence is 50%: must be above 50% and below 100%",
        ),
        (("--precision", "much"), "precision: 'much' is not a precision; write 2%"),
        (
            ("--precision", "2%", "--reps", "1"),
            "Error: --reps is 1: the first stage takes from 2 to --max-reps, 1000",
        ),
        (("--measure", "wiat"), "--measure: no measure 'wiat'; did you mean 'wait'?"),
        (("--scope", "queue:chta"), "--scope: no scope 'queue:chta'; did you mean 'queue:chat'?"),
        (("--period", "2026-03-09"), "--period: no period '2026-03-09'; did you mean '2026-03-02'?"),
        (("--best", "offered"), "--best: of offered neither more nor less is better; name another measure"),
        (("--force",), "Error: --force belongs to --out"),
    ],
)
def test_wrong_words_are_told_before_anything_runs(
    servsim: Call,
    small: Path,
    better: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setattr(comparing, "watch", None)  # would fail where a run began
    found = servsim("compare", small, better, *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in found.stderr
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["better.yaml", "small.yaml"]


def test_all_problems_of_all_files_are_told(servsim: Call, small: Path, tmp_path: Path) -> None:
    found = servsim("compare", small, tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert found.exit_code == 2
    assert [line.partition(":")[0] for line in found.stderr.splitlines()[:2]] == [
        str(tmp_path / "a.yaml"),
        str(tmp_path / "b.yaml"),
    ]


def test_other_clocks_are_refused(servsim: Call, small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("extends: small.yaml\nname: other\nchange: {clock.length: 2 days}\n", encoding="utf-8")
    found = servsim("compare", small, other)
    assert found.exit_code == 2
    assert "'other' has another clock.length than '小店客服' (2 d against 24 h)" in found.stderr


def test_precision_and_selection_reach_the_study(servsim: Call, small: Path, better: Path) -> None:
    words = ("compare", small, better, "--reps", "5", "--max-reps", "6", "--json")
    wanted = {"asa queue:电话": "0.01 s"}
    found = servsim(*words, "--precision", "asa queue:电话=0.01 s")
    assert (
        json.loads(found.stdout) == sv.compare(small, better, reps=5, precision=wanted, max_reps=6).summary()
    )
    plain = servsim(*words[:-1], "--precision", "asa queue:电话=0.01 s").stdout
    assert re.search(r"asa queue:电话: .* not as wanted\s\(0\.010\ss;\sthat\swould\stake", plain)
    assert "Precision not reached" not in plain  # it is said once
    found = servsim(*words, "--select", "cost", "--indifference", "20", "--confidence", "90%")
    choice = json.loads(found.stdout)["selected"]
    assert (choice["measure"], choice["indifference"], choice["confidence"]) == ("cost", 20.0, 0.9)


def test_fail_on_miss_asks_for_one_that_keeps_all(servsim: Call, small: Path, better: Path) -> None:
    miss = ("--set", "targets.0.at_most=0", "--reps", "2", "--quiet")
    assert servsim("compare", small, better, *miss, "--fail-on-miss").exit_code == 1
    assert servsim("compare", small, better, *miss).exit_code == 0
    assert servsim("compare", small, better, "--reps", "2", "--quiet", "--fail-on-miss").exit_code == 0


def test_the_base_alone_is_not_enough(servsim: Call, small: Path) -> None:
    worse = small.with_name("worse.yaml")
    worse.write_text("extends: small.yaml\nname: worse\nchange: {targets.0.at_most: 0}\n", encoding="utf-8")
    words = ("--reps", "2", "--quiet", "--fail-on-miss")
    assert servsim("compare", small, worse, *words).exit_code == 1
    assert servsim("compare", worse, small, *words).exit_code == 0


def test_a_reader_who_leaves_changes_no_verdict(
    servsim: Call, small: Path, better: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(comparing, "_report", fail)
    monkeypatch.setattr(comparing, "drop_stdout", lambda: None)
    words = ("compare", small, better, "--set", "targets.0.at_most=0", "--reps", "2")
    assert servsim(*words, "--fail-on-miss").exit_code == 1
    assert servsim(*words).exit_code == 0


# --- what is kept ------------------------------------------------------------------------------------------


def test_out_keeps_what_is_done(servsim: Call, small: Path, better: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = servsim("compare", small, better, "--reps", "2", "--out", out, "--json")
    assert first.stderr == f"written to {out}\n"
    assert (out / "result" / "summary.json").read_text(encoding="utf-8") == first.stdout
    again = servsim("compare", small, better, "--reps", "2", "--out", out, "--json")
    assert again.stderr == f"4 of 4 replications are there already\nwritten to {out}\n"
    assert again.stdout == first.stdout
    other = servsim("compare", small, better, "--reps", "3", "--out", out)
    assert (other.exit_code, other.stdout) == (2, "")
    assert "holds the result of another study, or of this one before it was changed; --force" in other.stderr
    more = servsim("compare", small, better, "--reps", "3", "--out", out, "--force", "--json")
    assert more.stderr.startswith("4 of 6 replications are there already\n")
    assert json.loads(more.stdout) == sv.compare(small, better, reps=3).summary()


def test_folders_of_others_are_refused(servsim: Call, small: Path, better: Path, tmp_path: Path) -> None:
    for out, message in (
        (small, "is a file; a study works in a folder"),
        (tmp_path, "holds what is not a study"),
    ):
        found = servsim("compare", small, better, "--out", out, "--force")
        assert (found.exit_code, found.stdout) == (2, "")
        assert message in found.stderr


def test_a_failure_says_what_is_kept(servsim: Call, small: Path, better: Path, tmp_path: Path) -> None:
    words = ("compare", small, better, "--reps", "2", "--max-visits", "7")
    found = servsim(*words)
    assert (found.exit_code, found.stdout) == (3, "")
    lines = found.stderr.splitlines()
    assert lines[0] == "the run failed: 2 scenarios failed"
    assert lines[-1].startswith("nothing is kept (with --out DIR ")
    assert (
        servsim(*words, "--out", tmp_path / "out").stderr.splitlines()[-1]
        == "no replication was finished yet"
    )


@pytest.mark.parametrize("with_out", [True, False])
def test_an_interrupt_says_what_is_kept(
    servsim: Call, small: Path, better: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_out: bool
) -> None:
    out = ("--out", tmp_path / "out") if with_out else ()
    servsim("compare", small, better, "--reps", "2", *out)

    def stop(self: object, *_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("servsim.study.runner.Runner._work_off", stop)
    found = servsim("compare", small, better, "--reps", "5", *out, *(["--force"] if with_out else []))
    assert (found.exit_code, found.stdout) == (130, "")
    kept = f"4 of 10 replications are kept in {tmp_path / 'out'}; the same command goes on"
    nothing = "nothing is kept (with --out DIR finished replications are, and the same command goes on)"
    assert found.stderr.splitlines()[-1] == f"interrupted; {kept if with_out else nothing}"


# --- sweep -------------------------------------------------------------------------------------------------


def test_sweep_prints_a_row_a_scenario(servsim: Call, small: Path) -> None:
    words = (
        "sweep",
        small,
        "--vary",
        "pools.坐席.staff.by_calendar.desk=2:4:3",
        "--vary",
        "pools.坐席.wage=20/h,30/h",
    )
    found = servsim(*words, "--reps", "2")
    assert found.exit_code == 0
    assert found.stdout.startswith("6 scenarios against as written\n")
    rows = found.stdout.partition("Scenarios")[2].partition("\n\n")[0].splitlines()[3:]
    names = [re.split(r"  +", row)[0].removesuffix(" *") for row in rows]
    assert names == [
        "as written",
        *(f"desk={desk}, wage={wage}/h" for desk in (2, 3, 4) for wage in (20, 30)),
    ]
    assert "(1) abandonment queue:电话 <= 100%" in found.stdout
    found = servsim(*words, "--reps", "2", "--json")
    plain = sv.sweep(small, [words[3], words[5]], reps=2)
    assert json.loads(found.stdout) == plain.summary()


def test_of_many_scenarios_a_measure_has_a_table(servsim: Call, small: Path) -> None:
    words = ("sweep", small, "--vary", "pools.坐席.wage=20/h:26/h:7", "--reps", "2", "--measure", "cost")
    table = servsim(*words).stdout.partition("cost against as written")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in table[3:]] == [f"wage={wage}/h" for wage in range(20, 27)]


def test_a_sample_takes_the_seed(servsim: Call, small: Path) -> None:
    words = (
        "sweep",
        small,
        "--vary",
        "pools.坐席.wage=20/h:30/h",
        "--sample",
        "lhs:3",
        "--reps",
        "2",
        "--json",
    )
    one, two = (json.loads(servsim(*words, "--seed", seed).stdout)["scenarios"] for seed in ("1", "2"))
    assert len(one) == len(two) == 4
    assert one[1]["scenario"] != two[1]["scenario"]


def test_wrong_points_are_told(servsim: Call, small: Path) -> None:
    assert "Missing option '--vary'" in servsim("sweep", small).stderr
    found = servsim("sweep", small, "--vary", "pools.坐席.wage=20/h:30/h")
    assert (found.exit_code, "a grid needs the number of values" in found.stderr) == (2, True)
    found = servsim("sweep", small, "--vary", "pools.坐席.wag=1:2:2")
    assert (found.exit_code, "did you mean 'wage'?" in found.stderr) == (2, True)


# --- how it looks ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Return three variants of the starter project, compared."""
    from click.testing import CliRunner

    from servsim.cli import cli

    project = tmp_path_factory.mktemp("project") / "shop"
    CliRunner().invoke(cli, ["new", str(project)])
    more = sv.load(project / "shop.yaml", {"name": "Web shop, two agents more", **AGENTS})
    return sv.compare(project / "shop.yaml", project / "more_bot.yaml", more, reps=4)


AGENTS = {"pools.desk.staff.shifts.0.agents": "+2"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_line_fits(shop: Comparison, width: int) -> None:
    lines = printed(shop, width, View(best="cost", everything=True))
    assert max(map(cell_len, lines)) <= width
    text = " ".join(lines)
    assert text.count("…") == 4  # heading and bounds of --best: no word was cut
    for word in ("cost_per_resolution", "pools.desk.staff.shifts.0.agents", "better", "worse"):
        assert word in text


def test_the_day_column_is_there_where_there_are_days(shop: Comparison) -> None:
    assert sum("days: " in line for line in printed(shop)) >= 3


def test_intervals_of_several_scenarios_name_their_level(shop: Comparison) -> None:
    text = " ".join(printed(shop))
    assert "all 2 scenarios hold together with 95%, each by itself with 97.5000%" in text
    assert "Web shop, better bot against Web shop, as is" in text


@pytest.mark.parametrize(
    ("difference", "half_width", "unit", "text"),
    [
        (0.012, 0.0034, "share", "+1.20pp ± 0.34"),
        (-0.5, 0.25, "share", "-50pp ± 25"),
        (188.4, 13.2, "s", "+3.14 min ± 0.22"),
        (0.3, 400.0, "s", "+0.0 min ± 6.7"),
        (-8000.0, 100.0, "s", "-2.222 h ± 0.028"),
        (-1257.4, 83.9, "money", "-1,257 ± 84"),
        (12.0, 0.0, "count", "+12"),
        (12.345, math.nan, "number", "+12"),
        (0.0, 0.0, "money", "0"),
        (1e-9, 2e-9, "number", "+0.0000 ± 0.0000"),
    ],
)
def test_differences_are_readable(difference: float, half_width: float, unit: str, text: str) -> None:
    assert difference_text(difference, half_width, unit) == text


def test_better_is_what_the_catalogue_says(shop: Comparison) -> None:
    """A plain look at each shown row: the word follows from the interval and the measure's better side."""
    from servsim.catalogue import CATALOGUE
    from servsim.show.comparison import meaning

    words = set()
    for row in shop.differences[shop.differences["period"] == "run"].to_dict("records"):
        word, better = meaning(row), CATALOGUE[row["measure"]].better
        words.add(word)
        if word in ("better", "worse"):
            good = row["low"] > 0 if better == "more" else row["high"] < 0
            assert (word == "better") == good and better
            assert row["low"] > 0 or row["high"] < 0
        if word == "no sure difference":
            assert row["low"] <= 0 <= row["high"]
    assert {"better", "worse", "no sure difference", "the same", "higher", "lower"} <= words


def test_more_of_a_plain_count_is_neither_better_nor_worse() -> None:
    from servsim.show.comparison import meaning

    row = {"base": 9.0, "value": 5.0, "difference": -4.0, "half_width": 1.0, "low": -5.0, "high": -3.0}
    words = {
        name: meaning({**row, "measure": name}) for name in ("answered", "lost_customers", "cost", "fcr")
    }
    assert words == {"answered": "lower", "lost_customers": "lower", "cost": "better", "fcr": "worse"}


def first_column(lines: list[str], title: str) -> list[str]:
    """Return the first cells of the rows of a table, headings left out."""
    start = next(i for i, line in enumerate(lines) if line.startswith(title))
    rows = lines[start + 1 : lines.index("", start)]
    return [re.split(r"  +", row)[0] for row in rows if row and not row.startswith((" ", "measure"))]


def test_kinds_of_cost_that_differ_stand_beneath_the_cost(shop: Comparison) -> None:
    lines = printed(shop, 120)
    rows = first_column(lines, "Web shop, better bot against Web shop, as is in 7 days, money in EUR")
    place = rows.index("cost")
    kinds = [
        name
        for name in ("cost_labour", "cost_bot", "cost_contact", "cost_fixed", "cost_lost")
        if not shop.difference("Web shop, better bot", name)[["low", "high"]].between(-1e-9, 1e-9).any()
        and (shop.difference("Web shop, better bot", name)[["low", "high"]] > 0).nunique() == 1
    ]
    assert kinds and "cost_fixed" not in kinds
    assert rows[place + 1 :] == kinds


def test_times_of_live_channels_and_messages_are_not_mixed(shop: Comparison, small: Path) -> None:
    rows = first_column(printed(shop, 120), "Web shop, better bot against")
    times = [row for row in rows if row.startswith(("asa", "cycle_time"))]
    assert times and all(row.split()[1].startswith("channel:") for row in times)
    for row in times:
        measure, scope = row.split()
        found = shop.difference("Web shop, better bot", measure, scope)
        assert found["low"] > 0 or found["high"] < 0
    live = sv.compare(small, sv.load(small, {"name": "b", "pools.坐席.staff.by_calendar.desk": 2}), reps=8)
    rows = first_column(printed(live, 120), "Differences")  # sabotage twin: without messages all are one
    assert "asa" in rows and not any(row.startswith("asa channel:") for row in rows)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_of_many_scenarios_the_cost_is_against_the_base(
    shop: Comparison, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("servsim.show.comparison.FEW", 2)
    lines = printed(shop, width)
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    assert "cost against" in text
    for name in shop.names[1:]:
        row = shop.difference(name, "cost")  # the plain twin
        assert difference_text(row["difference"], row["half_width"], "money") in text
    assert "each by itself with 97.5000%" in " ".join(lines)


def test_the_mark_of_the_cheapest_is_beside_its_name(
    shop: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    from servsim.study.compare import Cheapest

    monkeypatch.setattr("servsim.show.comparison.FEW", 2)
    monkeypatch.setattr(type(shop), "cheapest", Cheapest("Web shop, two agents more", 1.0))
    shop = dataclasses.replace(shop)  # that remembers nothing
    for width in (60, 80, 120):
        marked = [line for line in printed(shop, width) if re.search(r"^Web shop, .* \*( |$)", line)]
        assert marked and all(line.startswith("Web shop, two") for line in marked)


def test_of_many_precisions_a_table_tells_what_they_take(shop: Comparison) -> None:
    row = {"scenario": "Web shop, better bot", "measure": "cost", "scope": "total", "mean": 1.0}
    row |= {"half_width": 40.0, "wanted": 30.0, "reps": 137.0, "reached": False}
    for count in (6, 7):
        settled = Settled(20, 100, False, pd.DataFrame([row] * count))
        lines = printed(dataclasses.replace(shop, settled=settled), 120)
        assert ("Precision not reached" in lines) == (count == 7)
        assert sum("would take 137" in line for line in lines) == (6 if count == 6 else 0)


def test_rounding_is_no_difference() -> None:
    from servsim.show.comparison import meaning

    row = {"measure": "offered_load", "base": 0.25, "value": 0.25, "half_width": 1e-18}
    assert meaning({**row, "difference": -4e-18, "low": -5e-18, "high": -3e-18}) == "the same"
    sabotage = {**row, "difference": -4e-8, "half_width": 1e-8, "low": -5e-8, "high": -3e-8}
    assert meaning(sabotage) == "lower"


def test_a_long_table_of_scenarios_is_cut_to_the_most_telling(
    shop: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servsim.show.comparison.FEW", 2)
    monkeypatch.setattr("servsim.show.comparison.MOST_ROWS", 2)
    text = "\n".join(printed(shop, 120))
    assert "1 more scenarios are not shown" in text
    assert "(3) cost_per_resolution total <= 6.8" in text


# --- the docs ----------------------------------------------------------------------------------------------


@pytest.fixture
def project(servsim: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert servsim("new", tmp_path / "shop").exit_code == 0
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def test_what_the_page_shows_runs(servsim: Call, project: Path) -> None:
    page = (DOCS / "compare.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in page.splitlines() if line.startswith("    servsim ")]
    assert len(lines) == 7
    servsim("compare", "shop.yaml", "more_bot.yaml", "--reps", "2", "--out", "results/bot")
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        few = ["--reps", "3", "--max-reps", "4"] if words[0] in ("compare", "sweep") else []
        found = servsim(*words, *few)
        assert found.exit_code == 0, (line, found.output)
    (block,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    exec(compile(block, "compare.md", "exec"), {})
    assert (project / "results" / "staffing" / "summary.json").is_file()


def test_the_columns_are_those_told(shop: Comparison) -> None:
    page = (DOCS / "compare.md").read_text(encoding="utf-8")
    for frame in (shop.differences, shop.changes):
        assert f"`{', '.join(frame.columns)}`" in page


def test_the_command_takes_what_the_function_takes() -> None:
    names = {parameter.name for parameter in compare_command.command.params}
    assert {
        "reps",
        "precision",
        "max_reps",
        "select",
        "seed",
        "max_visits",
        "engine",
        "jobs",
        "cluster",
    } <= names
