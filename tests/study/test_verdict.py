"""The answer in sentences: each follows from the tables, and what is not so is not said."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from types import SimpleNamespace

import pandas as pd
import pytest

from servsim.scenario import Scenario
from servsim.study import Comparison, Wanted, compare
from servsim.study import verdict as verdict_module
from servsim.study.precision import Settled
from servsim.words import difference_text

Make = Callable[..., Scenario]
EASY = [
    {"measure": "abandonment", "queue": "phone", "at_most": "90%"},
    {"measure": "service_level", "queue": "phone", "at_least": "1%"},
]
IMPOSSIBLE = [{"measure": "abandonment", "queue": "phone", "at_most": 0}]


def said(*scenarios: Scenario, names: tuple[str, ...], reps: int = 6, **how: object) -> list[str]:
    return compare(*scenarios, names=names, reps=reps, **how).verdict().splitlines()  # type: ignore[arg-type]


def test_targets_kept_and_money(make: Make) -> None:
    base, dear = make(targets=EASY), make(targets=EASY, pools__desk__wage="60/h")
    lines = said(base, dear, names=("as is", "dear"))
    cost = compare(base, dear, reps=6, names=("as is", "dear")).difference("dear", "cost")
    share = cost["difference"] / cost["base"]
    assert lines[0] == "as is: keeps all 2 targets."
    assert lines[1].startswith("dear: keeps all 2 targets; costs ")
    size = difference_text(cost["difference"], cost["half_width"], "money")  # rounded as tables do
    assert lines[1].endswith(f"; costs {size[1:]} EUR more in 1 day ({share:+.1%}).")
    assert lines[2].startswith("The cheapest that keeps all targets is as is, at ")
    assert lines[2].endswith(" EUR in 1 day.")
    assert len(lines) == 3


def test_what_costs_the_same_may_be_as_cheap(make: Make) -> None:
    lines = said(make(targets=EASY[:1]), make(targets=EASY[:1], name="twin"), names=("one", "two"))
    assert lines[0] == "one: keeps its target."
    assert lines[1] == "two: keeps its target; costs the same."
    assert lines[3] == "As far as one can tell, two may be as cheap."


def test_targets_missed_and_none_to_choose(make: Make) -> None:
    lines = said(make(targets=IMPOSSIBLE), make(targets=IMPOSSIBLE, name="b"), names=("a", "b"))
    assert lines[0] == "a: misses: abandonment queue:phone <= 0%."
    assert lines[-1] == "None keeps all targets."


def test_none_surely_keeps_what_cannot_be_told(make: Make) -> None:
    mean = compare(make(), make(), reps=6, names=("a", "b"))["a"].value("abandonment", "queue:phone").mean
    close = [{"measure": "abandonment", "queue": "phone", "at_most": round(mean, 3)}]
    lines = said(make(targets=close), make(targets=IMPOSSIBLE, name="b"), names=("Shop, a", "b"))
    assert lines[-1] == 'None surely keeps all targets; one cannot tell yet of: "Shop, a".'


@pytest.mark.parametrize(
    ("length", "warmup", "words"),
    [("1 day", "0 s", "in 1 day"), ("7 days", "0 s", "in 7 days"), ("1 day", "6 h", "in 18 h")],
)
def test_money_is_of_a_time(make: Make, length: str, warmup: str, words: str) -> None:
    base = {"targets": EASY, "clock__length": length, "clock__warmup": warmup}
    lines = said(make(**base), make(**base, pools__desk__wage="60/h"), names=("a", "b"), reps=2)
    assert f" EUR more {words} (" in lines[1] and lines[2].endswith(f" EUR {words}.")


def test_what_cannot_be_told_is_not_told(make: Make) -> None:
    mean = compare(make(), make(), reps=6, names=("a", "b"))["a"].value("abandonment", "queue:phone").mean
    close = [{"measure": "abandonment", "queue": "phone", "at_most": round(mean, 3)}]
    lines = said(make(targets=close), make(targets=EASY, pools__desk__wage="90/h"), names=("a", "b"))
    assert lines[0].startswith("a: cannot tell yet: abandonment queue:phone <= ")
    assert lines[-1] == "Cheaper, but not sure to keep all targets: a."


def test_a_difference_that_may_be_luck_says_so(make: Make) -> None:
    lost = {"targets": EASY, "costs": {"lost_customer": 5}}
    other = make(**lost, flows__call__steps__talk__time={"exponential": "239 s"})
    found = compare(make(**lost), other, reps=6, names=("a", "b"))
    row = found.difference("b", "cost")
    assert row["low"] <= 0 <= row["high"]  # else the test shows nothing
    assert ", which may be luck." in found.verdict().splitlines()[1]


def test_without_targets_and_costs_there_is_little_to_say(make: Make) -> None:
    free = {"targets": [], "pools__desk__wage": 0}
    assert said(make(**free), make(**free, name="b"), names=("a", "b")) == []


def test_of_many_scenarios_their_number_is_told(make: Make) -> None:
    scenarios = [make(targets=EASY, pools__desk__wage=f"{wage}/h") for wage in (30, 31, 32, 33, 34)]
    bad = [make(targets=IMPOSSIBLE, name=f"bad {n}") for n in (1, 2)]
    lines = said(*scenarios, *bad, names=tuple("abcdefg"))
    assert lines[0] == "Of 7 scenarios 5 keep all targets, 2 miss one or more."
    assert lines[1].startswith("The cheapest that keeps all targets is a, at ")


@pytest.mark.parametrize(
    ("measure", "least", "words"), [("cost", 5.0, "within 5 of it"), ("asa", 20.0, "within 20 s of it")]
)
def test_a_selection_is_told_with_its_promise(make: Make, measure: str, least: float, words: str) -> None:
    other = make(targets=EASY, pools__desk__staff={"by_calendar": {"desk": 2}}, name="b")
    lines = said(make(targets=EASY), other, names=("a", "b"), select=Wanted(measure, least), max_reps=400)
    line = next(line for line in lines if line.startswith("Selected by"))
    assert words in line and "probability of at least 95% (Kim and Nelson 2001; " in line


def test_a_selection_that_ran_out_names_those_left(make: Make) -> None:
    near = make(targets=EASY, flows__call__steps__talk__time={"exponential": "239 s"})
    lines = said(make(targets=EASY), near, names=("a", "b"), select=Wanted("asa", 1e-6), max_reps=6)
    wanted = "No one scenario is selected by asa after 6 replications; the best may be a; b, and "
    assert any(line.startswith(wanted) for line in lines)


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (("met", "met"), ""),
        (("met", "missed"), " (misses a target)"),
        (("cannot tell", "missed"), " (misses a target)"),
        (("met", "cannot tell"), " (cannot tell yet whether it keeps all targets)"),
        ((), ""),
    ],
)
def test_a_selection_does_not_look_at_targets_and_says_so(verdicts: tuple[str, ...], words: str) -> None:
    result = SimpleNamespace(targets=pd.DataFrame({"verdict": verdicts}))
    assert verdict_module._caution(result) == words  # type: ignore[arg-type]


def test_a_selected_scenario_that_misses_a_target_is_named_so(make: Make) -> None:
    other = make(targets=IMPOSSIBLE, pools__desk__wage="60/h", name="b")
    pair = make(targets=IMPOSSIBLE), other
    lines = said(*pair, names=("a, now", "b"), select=Wanted("cost", 5.0), max_reps=40)
    line = next(line for line in lines if line.startswith("Selected by"))
    assert line.startswith('Selected by cost: "a, now" (misses a target), the best or within 5 of it')


def test_a_precision_is_told(make: Make) -> None:
    pair = make(targets=EASY), make(targets=EASY, pools__desk__wage="60/h")
    found = compare(*pair, reps=6, names=("a", "b"), precision={"cost": "50%"})
    [row] = found.settled.table.to_dict("records")  # type: ignore[union-attr]
    size = difference_text(row["mean"], row["half_width"], "money")
    wanted = difference_text(row["wanted"], math.nan, "money")[1:]
    assert found.verdict().splitlines()[-1] == (
        f"cost: {size} as wanted ({wanted}), by Stein's rule, whose 95 % holds however many replications it took; "
        "tables give Student's interval of all 6 replications."
    )


def test_a_precision_that_is_not_reached_says_what_it_would_take(make: Make) -> None:
    other = make(targets=EASY, pools__desk__staff={"by_calendar": {"desk": 3}})
    wanted = {"asa queue:phone": "0.001 s"}
    found = compare(make(targets=EASY), other, reps=6, names=("a", "b"), precision=wanted, max_reps=7)
    [row] = found.settled.table.to_dict("records")  # type: ignore[union-attr]
    size = difference_text(row["mean"], row["half_width"], "s")
    words = (
        f"asa queue:phone: {size}, not as wanted (0.0010 s; that would take {row['reps']:,.0f} replications)"
    )
    assert found.verdict().splitlines()[-1].startswith(f"{words}, by Stein's rule")


GOAL = {"scenario": "b", "measure": "cost", "scope": "total", "mean": -1318.2, "half_width": 29.6}
GOAL |= {"wanted": 30.2, "reps": 137.0, "reached": True}


def settled(*rows: dict[str, object]) -> Settled:
    table = pd.DataFrame([{**GOAL, **row} for row in rows])
    return Settled(20, 137, bool(table["reached"].all()), table)


def test_several_precisions_have_a_line_each() -> None:
    share = {"measure": "abandonment", "scope": "queue:phone", "mean": 0.031, "half_width": 0.004}
    open_end = {**share, "scenario": "x=1, y=2", "wanted": 0.001, "reached": False, "reps": math.inf}
    assert list(verdict_module.precision_told(settled({}, open_end), compared=3)) == [
        "cost of b: -1,318 ± 30 as wanted (30).",
        'abandonment queue:phone of "x=1, y=2": +3.10pp ± 0.40, not as wanted '
        "(0.10pp; no number of replications is known to do).",
        f"These intervals are {verdict_module.STEIN}; tables give Student's interval of all 137 replications.",
    ]


def test_of_one_scenario_it_is_the_value() -> None:
    share = {"measure": "abandonment", "mean": 0.031, "half_width": 0.004, "wanted": 0.005}
    [line] = verdict_module.precision_told(settled(share))
    assert line.startswith("abandonment: 3.1% ± 0.4 as wanted (0.50pp), by Stein's rule")


def test_of_many_precisions_their_number_is_told(make: Make) -> None:
    found = compare(make(targets=[]), make(targets=[], pools__desk__wage="60/h"), reps=2, names=("a", "b"))
    rows: list[dict[str, object]] = [{}] * 7
    told = dataclasses.replace(found, settled=settled(*rows)).verdict().splitlines()[-1]
    assert told.startswith("All 7 differences are as precise as wanted, by Stein's rule")
    told = dataclasses.replace(found, settled=settled(*rows, {"reached": False})).verdict().splitlines()[-1]
    assert told.startswith("7 of 8 differences are as precise as wanted, by Stein's rule")


def test_names_with_commas_are_kept_apart() -> None:
    assert verdict_module._names(["a", "b"]) == "a; b"
    assert verdict_module._names(["x=1, y=2", "x=1, y=3", "as is"]) == '"x=1, y=2"; "x=1, y=3"; as is'
    assert verdict_module._names([f"{n}" for n in range(9)]).endswith("; 5 and 3 more")


def test_the_method_says_what_the_function_says(make: Make) -> None:
    found: Comparison = compare(make(), make(), reps=3, names=("a", "b"))
    assert found.verdict() == verdict_module.verdict(found)
