"""What is printed for people: numbers in sensible units, tables that fit the width and line up."""

from __future__ import annotations

import dataclasses
import io
import math
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len
from rich.console import Console

from servsim.catalogue import CATALOGUE
from servsim.scenario import load
from servsim.show import terminal
from servsim.show.check import print_first_look
from servsim.show.terminal import print_result
from servsim.study import Result, first_look, run
from servsim.words import amount, clock_time, with_interval


@pytest.fixture
def result(small: Path) -> Result:
    return run(small, reps=3)


def printed(result: Result, width: int) -> list[str]:
    screen = Console(file=io.StringIO(), width=width)
    print_result(result, screen)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in text
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("mean", "half_width", "unit", "text"),
    [
        (0.8423, 0.0129, "share", "84.2% ± 1.3"),
        (0.5, 0.0, "share", "50.0%"),
        (0.5, math.nan, "share", "50.0%"),
        (math.nan, math.nan, "share", "–"),
        (math.inf, math.nan, "money", "∞"),
        (23.44, 1.06, "s", "23.4 s ± 1.1"),
        (119.9, 1.0, "s", "119.9 s ± 1.0"),
        (252.0, 6.0, "s", "4.20 min ± 0.10"),
        (9000.0, 360.0, "s", "2.50 h ± 0.10"),
        (345600.0, 86400.0, "s", "4.00 d ± 1.00"),
        (12345.6, 78.9, "count", "12,346 ± 79"),
        (12.3, 4.56, "count", "12.3 ± 4.6"),
        (1234.5, 12.0, "hours", "1,234 h ± 12"),
        (6.789, 0.1234, "money", "6.79 ± 0.12"),
        (67890.1, 123.4, "money", "67,890 ± 123"),
        (-0.001, 0.2, "number", "0.00 ± 0.20"),
        (-12.5, 0.25, "money", "-12.5 ± 0.2"),
    ],
)
def test_numbers_are_readable(mean: float, half_width: float, unit: str, text: str) -> None:
    assert with_interval(mean, half_width, unit) == text


def test_amounts_and_given_durations() -> None:
    assert amount(0.25, "share") == "25.0%"
    assert [clock_time(seconds) for seconds in (20, 90, 240, 86400)] == ["20 s", "90 s", "4 min", "24 h"]


def test_tables_name_measures_that_exist_for_their_kind() -> None:
    for kind, (_, measures) in terminal.SCOPE_TABLES.items():
        assert all(kind in CATALOGUE[measure].scopes for measure in measures)
    for measures in (terminal.CUSTOMERS, terminal.MONEY):
        assert all("total" in CATALOGUE[measure].scopes for measure in measures)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_everything_fits_the_width_and_nothing_is_cut(result: Result, width: int) -> None:
    lines = printed(result, width)
    assert max(map(cell_len, lines)) <= width
    assert not any("…" in line for line in lines)
    words = " ".join(lines)
    for measure, scope in [("offered", "channel:电话"), ("asa", "queue:chat"), ("cost", "total")]:
        found = result.value(measure, scope)
        assert with_interval(found.mean, found.half_width, CATALOGUE[measure].unit) in words


def test_order_is_targets_first_and_money_last(result: Result) -> None:
    lines = printed(result, 120)
    titles = ["Targets", "Channels", "Queues", "Pools", "Bots", "Customers", "Money (CNY)"]
    assert [line for line in lines if line in titles] == titles


def test_wide_characters_line_up(result: Result) -> None:
    lines = printed(result, 120)
    start = lines.index("Channels")
    rows = [line for line in lines[start : start + 5] if line.startswith(("电话", "chat"))]
    assert len(rows) == 2
    offered = [result.value("offered", f"channel:{name}") for name in ("电话", "chat")]
    ends = []
    for row, value in zip(rows, offered, strict=True):
        text = with_interval(value.mean, value.half_width, "count")
        ends.append(cell_len(row[: row.index(text) + len(text)]))
    assert ends[0] == ends[1]


def told(result: Result, abandonment: dict[str, list[float]]) -> Result:
    """Return a result of three replications whose first target, abandonment of at most 20 %, has these values."""
    rows = [
        {
            "replication": number,
            "target": 0,
            "text": "abandonment queue:电话 <= 20%",
            "family": "run" if period == "run" else "day",
            "period": period,
            "value": value,
            "met": math.nan if math.isnan(value) else float(value <= 0.2),
        }
        for period, values in abandonment.items()
        for number, value in enumerate(values, 1)
    ]
    scenario = load(result.scenario.source, {"targets.0.at_most": 0.2})
    return dataclasses.replace(result, scenario=scenario, judged=pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.10, 0.11, 0.12], "\x1b[32mmet"),
        ([0.30, 0.31, 0.32], "\x1b[1;31mmissed"),
        ([0.18, 0.19, 0.26], "\x1b[33mcannot tell"),
        ([math.nan] * 3, "\x1b[2mnot measured"),
    ],
)
def test_verdicts_are_words_and_colours(result: Result, values: list[float], shown: str) -> None:
    screen = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    print_result(told(result, {"run": values}), screen)
    line = next(x for x in screen.file.getvalue().splitlines() if "abandonment queue" in x)  # type: ignore[attr-defined]
    assert line.startswith(shown)


# five of six days keep it; Wilson's interval with three replications: 31 to 98 %
DAYS = {"run": [0.10, 0.11, 0.12], "2026-03-02": [0.1, 0.1, 0.1], "2026-03-03": [0.1, 0.1, 0.3]}


@pytest.mark.parametrize(
    ("width", "heading", "line"),
    [
        (
            80,
            "verdict  target                               value  kept in         days",
            "met      abandonment queue:电话 <= 20%  11.0% ± 2.5   100.0%  83% (31–98)",
        ),
        (
            60,
            "verdict  target                               value  kept in",
            "met      abandonment queue:电话 <= 20%  11.0% ± 2.5   100.0%",
        ),
    ],
)
def test_days_that_keep_a_target_are_told_beside_or_beneath(
    result: Result, width: int, heading: str, line: str
) -> None:
    lines = printed(told(result, DAYS), width)
    start = lines.index("Targets")
    assert lines[start + 1 : start + 3] == [heading, line]
    assert lines[start + 3] == ("" if width == 80 else "         days: 83% (31–98)")


def test_one_day_is_not_told_apart(result: Result) -> None:
    assert result.targets["day_met"].tolist() == [1.0, 1.0]
    assert not any("days" in line for line in printed(result, 120))


def test_days_without_a_value_are_a_dash(result: Result) -> None:
    absent = [math.nan] * 3
    lines = printed(told(result, {"run": absent, "2026-03-02": absent, "2026-03-03": absent}), 80)
    row = next(line for line in lines if line.startswith("not measured"))
    assert row.split()[-3:] == ["–", "–", "–"]


@pytest.mark.parametrize(
    ("values", "note"),
    [
        # 3 · (0.02484138 / 0.005)^2 - 3 = 71.06: the half-width is 4.302653 / sqrt 3 standard deviations
        ([0.185, 0.195, 0.205], "about 72 more replications (--reps 75) would probably do."),
        ([0.167, 0.177, 0.187], "about 1 more replication (--reps 4) would probably do."),
        ([0.15, 0.199, 0.249], "more than 1,000 more replications would probably do."),
        ([0.19, 0.20, 0.21], "more than 1,000 more replications would probably do."),
    ],
)
def test_notes_tell_how_many_more_would_tell(result: Result, values: list[float], note: str) -> None:
    notes = [line for line in printed(told(result, {"run": values}), 140) if "cannot tell yet" in line]
    assert notes == [f"Note: cannot tell yet whether abandonment queue:电话 <= 20%; {note}"]


def test_notes_say_nothing_of_what_is_sure(result: Result) -> None:
    for values in ([0.10, 0.11, 0.12], [0.30, 0.31, 0.32], [math.nan] * 3):
        assert not any("cannot tell" in line for line in printed(told(result, {"run": values}), 120))


def test_notes_tell_of_one_replication(result: Result) -> None:
    alone = run(result.scenario, reps=1)
    lines = printed(alone, 120)
    assert (
        "Note: one replication gives no interval: the values may be luck; ask for more with --reps." in lines
    )
    assert not any("±" in line for line in lines)


def test_first_look_of_a_scenario_without_people(tmp_path: Path) -> None:
    file = tmp_path / "bots.yaml"
    file.write_text(
        "channels: {chat: {type: chat, arrivals: {rate: 9/h}, flow: chat}}\n"
        "flows: {chat: {steps: {bot: {bot: b, time: 1 min}}}}\n"
        "bots: {b: {}}\n"
    )
    screen = Console(file=io.StringIO(), width=80)
    print_first_look(first_look(load(file)), screen)
    assert "Erlang" in screen.file.getvalue()  # type: ignore[attr-defined]
    assert printed(run(file, reps=1), 80)[0] == "Unnamed scenario"
