"""The answer in sentences: each follows from the tables, and what is not so is not said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from servsim.scenario import Scenario
from servsim.study import Comparison, Wanted, compare
from servsim.study import verdict as verdict_module

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
    assert lines[1].endswith(f" EUR more ({share:+.1%}).")
    assert lines[2].startswith("The cheapest that keeps all targets is as is, at ")
    assert len(lines) == 3


def test_what_costs_the_same_may_be_as_cheap(make: Make) -> None:
    lines = said(make(targets=EASY[:1]), make(targets=EASY[:1], name="twin"), names=("one", "two"))
    assert lines[0] == "one: keeps its target."
    assert lines[1] == "two: keeps its target; costs the same."
    assert lines[3] == "As far as one can tell, two may be as cheap."


def test_targets_missed_and_none_to_choose(make: Make) -> None:
    lines = said(make(targets=IMPOSSIBLE), make(targets=IMPOSSIBLE, name="b"), names=("a", "b"))
    assert lines[0] == "a: misses: abandonment queue:phone <= 0%."
    assert lines[-1] == "None surely keeps all targets."


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
    wanted = "No one scenario is selected by asa after 6 replications; the best may be a, b, and "
    assert any(line.startswith(wanted) for line in lines)


def test_a_precision_is_told(make: Make) -> None:
    pair = make(targets=EASY), make(targets=EASY, pools__desk__wage="60/h")
    reached = said(*pair, names=("a", "b"), precision={"cost": "50%"})
    assert reached[-1] == "The wanted precision is reached, with 6 replications of each scenario."
    other = make(targets=EASY, pools__desk__staff={"by_calendar": {"desk": 3}})
    missed = said(pair[0], other, names=("a", "b"), precision={"asa queue:phone": "0.001 s"}, max_reps=7)
    assert missed[-1] == "The wanted precision is not reached with 7 replications: asa queue:phone."


def test_names_with_commas_are_kept_apart() -> None:
    assert verdict_module._listed(["a", "b"]) == "a, b"
    assert verdict_module._listed(["x=1, y=2", "x=1, y=3"]) == "x=1, y=2; x=1, y=3"
    assert verdict_module._listed([f"{n}" for n in range(9)]).endswith(" and 3 more")


def test_the_method_says_what_the_function_says(make: Make) -> None:
    found: Comparison = compare(make(), make(), reps=3, names=("a", "b"))
    assert found.verdict() == verdict_module.verdict(found)
