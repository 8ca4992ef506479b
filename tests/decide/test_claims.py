"""Claims: what is promised, found and judged, against values worked out by hand; the condition; what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from servsim.decide import Claims, claims
from servsim.decide.cases import cases_in
from servsim.errors import InputError
from servsim.scenario import load
from servsim.scenario.targets import parse_change
from servsim.stats import mean_interval, paired_interval, ratio_interval

AS_IS = """
servsim: 1
name: As is
currency: EUR
clock: {start: 2026-03-02, length: 10 h}
channels: {phone: {type: voice, arrivals: {rate: 1/min}, patience: 2 min, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 1 min}}}}}
queues: {calls: {}}
pools: {team: {staff: 4, serves: {calls: {}}, wage: 24/h}}
costs: {lost_customer: 2}
"""
REPS = 8
NOISE = np.linspace(-1.0, 1.0, REPS)  # the same in both scenarios: the same customers
Values = Callable[[Any, str], Any]


class Played:
    """A runner that simulates nothing: of a target it returns `law(model, measure)`, 100 + noise by default."""

    def __init__(self, law: Values) -> None:
        self.law, self.asked = law, 0

    def results(self, scenarios: Any, reps: int, first: int = 1) -> list[Any]:
        self.asked += len(scenarios)
        found = []
        for scenario in scenarios:
            parts = [
                pd.DataFrame(
                    {
                        "target": n,
                        "family": "run",
                        "value": np.broadcast_to(self.law(scenario.model, t.measure), reps),
                    }
                )
                for n, t in enumerate(scenario.model.targets)
            ]
            judged = pd.concat(parts) if parts else pd.DataFrame(columns=["target", "family", "value"])
            found.append(SimpleNamespace(seed=1, judged=judged))
        return found


def write(folder: Path, promised: str, change: str = "pools.team.wage: 12/h") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "as_is.yaml").write_text(AS_IS, encoding="utf-8")
    text = f"extends: as_is.yaml\nname: To be\nchange: {{{change}}}\nclaims:\n{promised}"
    (folder / "to_be.yaml").write_text(text, encoding="utf-8")
    return folder


def judged(tmp_path: Path, promised: str, law: Values) -> Any:
    """Return the row of one claim."""
    folder = write(tmp_path / "case", f"  - {{claim: It gets better, {promised}}}\n")
    found = claims(folder, reps=REPS, breakeven_reps=REPS, runner=Played(law))
    assert len(found.table) == 1
    return found.table.iloc[0]


def halved(model: Any, measure: str) -> Any:
    """As is 100 + noise; to be half of it, to the bit."""
    values = 100 + NOISE
    return values if model.name == "As is" else values / 2


@pytest.mark.parametrize(
    ("promised", "verdict"),
    [
        ("-50%", "holds"),  # exactly what is promised, and no rounding spoils it
        ("-49.9%", "holds"),
        ("-50.1%", "fails"),
        ("+0%", "fails"),
        ("-0%", "holds"),
    ],
)
def test_a_change_without_noise_is_judged_exactly(tmp_path: Path, promised: str, verdict: str) -> None:
    row = judged(tmp_path, f"measure: cost, change: {promised}", halved)
    assert (row["verdict"], row["kind"], row["promised"]) == (verdict, "relative", promised)
    assert row["found"] == row["low"] == row["high"] == pytest.approx(-0.5, abs=1e-15)
    assert (row["base"], row["value"]) == (pytest.approx(100), pytest.approx(50))


def test_a_change_in_the_measures_unit_is_a_paired_difference(tmp_path: Path) -> None:
    wave = np.array([3.0, -1.0, 2.0, 0.0, -2.0, 1.0, -3.0, 0.0])
    law: Values = lambda model, measure: 100 + NOISE - (0 if model.name == "As is" else 20 + wave)  # noqa: E731
    half = paired_interval(wave, np.zeros(REPS)).half_width
    for promised, verdict in (
        (-20 + half + 0.01, "holds"),
        (-20, "cannot tell"),
        (-20 - half - 0.01, "fails"),
    ):
        row = judged(tmp_path, f"measure: cost, change: {promised}", law)
        assert (row["verdict"], row["kind"]) == (verdict, "change")
        assert (row["found"], row["low"], row["high"]) == pytest.approx((-20, -20 - half, -20 + half))
    row = judged(tmp_path, "measure: asa, change: -10 s", law)
    assert (row["verdict"], row["promise"]) == ("holds", -10.0)


def test_shares_change_by_points_and_durations_by_time(tmp_path: Path) -> None:
    law: Values = lambda model, measure: 0.3 if model.name == "As is" else 0.7  # noqa: E731
    assert judged(tmp_path, "measure: fcr, change: +40pp", law)["verdict"] == "holds"
    assert judged(tmp_path, "measure: fcr, change: +41pp", law)["verdict"] == "fails"
    assert judged(tmp_path, "measure: fcr, change: +130%", law)["verdict"] == "holds"  # 0.7 / 0.3 is 2.33


def test_a_level_is_that_of_the_scenario_itself(tmp_path: Path) -> None:
    law: Values = lambda model, measure: 99.0 if model.name == "As is" else 15 + NOISE  # noqa: E731
    half = mean_interval(NOISE).half_width
    for bound, verdict in ((15 + half, "holds"), (15, "cannot tell"), (15 - half - 0.01, "fails")):
        row = judged(tmp_path, f"measure: asa, channel: phone, at_most: {bound} s", law)
        assert (row["verdict"], row["kind"], row["scope"]) == (verdict, "level", "channel:phone")
        assert (row["low"], row["high"]) == pytest.approx((15 - half, 15 + half))
    assert judged(tmp_path, "measure: asa, at_least: 10 s", law)["verdict"] == "holds"


def test_what_nothing_measures_is_told(tmp_path: Path) -> None:
    law: Values = lambda model, measure: np.nan  # noqa: E731
    assert judged(tmp_path, "measure: asa, at_most: 10 s", law)["verdict"] == "not measured"
    nothing: Values = lambda model, measure: 0.0 if model.name == "As is" else 5.0  # noqa: E731
    assert judged(tmp_path, "measure: cost, change: -10%", nothing)["verdict"] == "not measured"
    found = claims(tmp_path / "case", reps=2, runner=Played(law))
    assert (
        "cost" in found.verdict()
        or "It gets better: not measured (promised -10%, found –)" in found.verdict()
    )


def test_the_base_need_not_have_what_a_level_is_about(tmp_path: Path) -> None:
    change = "bots: {helper: {}}, flows.call.steps: {talk: {bot: helper, time: 1 min}}, pools: {}, queues: {}"
    folder = write(
        tmp_path / "case",
        "  - {claim: It contains, measure: containment, bot: helper, at_least: 50%}\n",
        change,
    )
    row = claims(folder, reps=REPS, runner=Played(lambda model, measure: 0.6)).table.iloc[0]
    assert row["verdict"] == "holds"
    assert np.isnan(row["base"])
    write(folder, "  - {claim: It contains, measure: containment, bot: helper, change: +50pp}\n", change)
    with pytest.raises(
        InputError, match=r"claims\.0: no bot of 'As is' is named 'helper'; .*a change needs it"
    ):
        claims(folder)


# --- where a claim begins to hold ---------------------------------------------------------------------------


def priced(model: Any, measure: str) -> Any:
    """100 as is; to be 10 for each unit of the lost customer's price. Noise is the same."""
    return (100.0 if model.name == "As is" else 10.0 * model.costs.lost_customer) + NOISE


@pytest.mark.parametrize(
    ("promised", "condition"),
    [
        # 10 x + noise against 0.5 (100 + noise): zero at 5, sure where 10 x - 50 is beyond half the noise's interval
        ("change: -50%, holds_if: {vary: 'costs.lost_customer=2:12'}", "holds if costs.lost_customer ≤ 5"),
        ("at_least: 80, holds_if: {vary: 'costs.lost_customer=2:12'}", "holds if costs.lost_customer ≥ 8"),
        ("change: -50%, holds_if: {vary: 'costs.lost_customer=8:12'}",
         "fails for every costs.lost_customer from 8 to 12"),
        ("change: -900, holds_if: {vary: 'costs.lost_customer=8:12'}",
         "fails for every costs.lost_customer from 8 to 12"),
    ],
)  # fmt: skip
def test_the_condition_is_solved(tmp_path: Path, promised: str, condition: str) -> None:
    folder = write(
        tmp_path / "case",
        f"  - {{claim: It pays, measure: cost, {promised}}}\n",
        "costs.lost_customer: " + ("2" if "at_least" in promised else "9"),
    )
    found = claims(folder, reps=REPS, breakeven_reps=REPS, runner=Played(priced))
    words = found.table["condition"].iloc[0]
    assert words.startswith(condition), words
    assert found.table["verdict"].iloc[0] == "fails"
    assert found.breakevens[0].path == "costs.lost_customer"


def test_the_condition_has_the_interval_of_the_break_even(tmp_path: Path) -> None:
    """10 x - 50 + noise/2 is zero at 5; its interval ends where 10 |x - 5| is the half-width of noise/2."""
    folder = write(
        tmp_path / "case",
        "  - {claim: It pays, measure: cost, change: -50%, holds_if: {vary: 'costs.lost_customer=2:12'}}\n",
        "costs.lost_customer: 9",
    )
    found = claims(folder, reps=REPS, breakeven_reps=REPS, runner=Played(priced))
    (crossing,) = found.breakevens[0].crossings
    half = mean_interval(NOISE / 2).half_width / 10
    assert (float(str(crossing.low)), float(str(crossing.high))) == pytest.approx(
        (5 - half, 5 + half), abs=0.02
    )


def test_who_surely_holds_is_asked_for_no_condition(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "case",
        "  - {claim: It pays, measure: cost, change: -5%, holds_if: {vary: 'costs.lost_customer=2:12'}}\n",
        "costs.lost_customer: 9",
    )
    runner = Played(priced)
    found = claims(folder, reps=REPS, runner=runner)
    assert (found.table["verdict"].iloc[0], found.table["condition"].iloc[0], runner.asked) == (
        "holds",
        "",
        2,
    )


def test_a_condition_that_cannot_be_judged_takes_no_other_with_it(tmp_path: Path) -> None:
    """Of nobody's calls there is no share; the verdicts of both claims stand, and the second has its condition."""

    def law(model: Any, measure: str) -> Any:
        unknown = model.name != "As is" and model.costs.lost_customer < 3
        return np.full(REPS, np.nan) if unknown else priced(model, measure)

    about = "claim: It pays, measure: cost, change: -50%"
    promised = "".join(
        f"  - {{{about}, holds_if: {{vary: 'costs.lost_customer={low}:12'}}}}\n" for low in (2, 4)
    )
    folder = write(tmp_path / "case", promised, "costs.lost_customer: 9")
    table = claims(folder, reps=REPS, breakeven_reps=REPS, runner=Played(law)).table
    assert table["verdict"].to_list() == ["fails", "fails"]
    first, second = table["condition"]
    assert first.startswith("where it holds cannot be told: ") and "lost_customer=2" in first
    assert second.startswith("holds if costs.lost_customer ≤ 5")


# --- files, words, what is wrong ----------------------------------------------------------------------------


def test_claims_are_of_one_file_and_change_no_run(tmp_path: Path) -> None:
    folder = write(tmp_path / "case", "  - {claim: Cost falls, measure: cost, change: -50%, source: A 1}\n")
    to_be = load(folder / "to_be.yaml")
    (folder / "bare.yaml").write_text("extends: to_be.yaml\n", encoding="utf-8")
    bare = load(folder / "bare.yaml")
    assert [claim.claim for claim in to_be.model.claims] == ["Cost falls"]
    assert bare.model.claims == ()
    assert "claims" not in bare.resolved()
    assert to_be.digest() == bare.digest()
    (folder / "resolved.yaml").write_text(to_be.to_yaml(), encoding="utf-8")
    assert load(folder / "resolved.yaml").model == to_be.model


def test_cases_are_found_by_their_files(tmp_path: Path) -> None:
    one = "  - {claim: Cost falls, measure: cost, change: -50%}\n"
    for name in ("b", "a"):
        write(tmp_path / "all" / name, one)
    (tmp_path / "all" / "a" / "to_be_slowly.yaml").write_text(
        f"extends: as_is.yaml\nclaims:\n{one}", encoding="utf-8"
    )
    (tmp_path / "all" / "notes").mkdir()
    assert [case.name for case in cases_in(tmp_path / "all")] == ["a", "a/to_be_slowly", "b"]
    assert [case.name for case in cases_in(tmp_path / "all" / "b" / "to_be.yaml")] == ["to_be"]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "case",
        "  - {claim: A, measure: cost, change: -5%, holds_if: {vary: 'pools.tam.wage=1/h:2/h'}}\n"
        "  - {claim: B, measure: cost, change: -5%, holds_if: {vary: 'pools.team.wage=1/h:2/x'}}\n"
        "  - {claim: C, measure: wait, queue: more, change: -5%, "
        "holds_if: {vary: 'pools.more.staff=1:2', both: true}}\n",
        "queues.more: {}, pools.more: {staff: 1, serves: [more]}",
    )
    with pytest.raises(InputError) as caught:
        claims(folder)
    said = [f"{p.line}: {p.path}: {p.message}" for p in caught.value.problems]
    assert len(said) == 4, said
    assert "5: claims.0.holds_if: pools.tam.wage: " in said[0]
    assert "did you mean 'team'?" in said[0]
    assert said[1].startswith("6: claims.1.holds_if: ")
    assert said[2].startswith("7: claims.2: no queue of 'As is' is named 'more'; queues: calls")
    assert "pools has no part 'more'" in said[3]


def test_what_is_no_case_is_told(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "as_is.yaml").write_text(AS_IS, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for path, words in (
        ("half", "there is no to_be.yaml: a case has as_is.yaml and to_be.yaml"),
        ("empty", "holds no case"),
        ("emty", "there is no such folder or file; did you mean 'empty'?"),
        ("half/as_is.yaml", "names no base"),
    ):
        with pytest.raises(InputError, match=words):
            claims(tmp_path / path)
    folder = write(tmp_path / "none", "")
    with pytest.raises(InputError, match="claims: holds no claims to put to the test"):
        claims(folder)
    with pytest.raises(ValueError, match="reps is 1: must be a whole number, 2 or more"):
        claims(folder, reps=1)


def test_the_folder_of_a_result(tmp_path: Path) -> None:
    folder = write(tmp_path / "case", "  - {claim: Cost falls, measure: cost, change: -50%}\n")
    found = claims(folder, reps=REPS, runner=Played(halved))
    out = found.save(tmp_path / "out")
    assert sorted(file.name for file in out.iterdir()) == [
        *("claims.parquet", "run.json", "scenarios.parquet", "summary.json"),
    ]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary == found.summary()
    assert pd.read_parquet(out / "claims.parquet")["verdict"].tolist() == ["holds"]
    found.save(out, overwrite=True)


def test_a_simulated_case_gives_the_same_words_again(tmp_path: Path) -> None:
    """Wages halve: labour cost falls by half to the bit, other things stay."""
    folder = write(
        tmp_path / "case",
        "  - {claim: Labour cost falls by half, measure: cost_labour, change: -50%}\n"
        "  - {claim: Nobody waits longer, measure: wait, change: -0%}\n"
        "  - {claim: In time, measure: service_level, channel: phone, within: 0 s, at_least: 99.99%}\n",
    )
    found: Claims = claims(folder, reps=3, jobs=1)
    assert found.table["verdict"].tolist() == ["holds", "holds", "fails"]
    assert found.counted() == "3 claims of 1 case: 2 hold, 1 fails"
    assert not found.all_hold
    assert claims(folder, reps=3, jobs=1).verdict() == found.verdict()


@pytest.mark.parametrize(
    ("measure", "value", "text", "amount", "relative"),
    [
        ("cost", "-50%", "-50%", -0.5, True),
        ("cost", " + 12.50 % ", "+12.5%", 0.125, True),
        ("cost", -1200, "-1200", -1200.0, False),
        ("cost", 1.5, "+1.5", 1.5, False),
        ("containment", "+40pp", "+40pp", 0.4, False),
        ("asa", "-1 min 30 s", "-1 min 30 s", -90.0, False),
        ("cost", "-0%", "-0%", 0.0, True),
    ],
)
def test_changes_are_read_and_read_back(
    measure: str, value: Any, text: str, amount: float, relative: bool
) -> None:
    change = parse_change(measure, value)
    assert (change.text, change.amount, change.relative) == (text, pytest.approx(amount), relative)
    assert change.key == ("at_most" if "-" in text else "at_least")
    assert parse_change(measure, change.text) == change


def test_verdict_and_condition_agree_at_the_edge() -> None:
    """The interval of a ratio holds r exactly where the t interval of b - r a holds zero."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(10, 1, 12), rng.normal(7, 1, 12)
    found = ratio_interval(b, a)
    for r in (found.low, found.high):
        margin = mean_interval(b - r * a)
        assert min(abs(margin.low), abs(margin.high)) == pytest.approx(0, abs=1e-12)


def test_every_rule_of_a_service_level_counts(tmp_path: Path) -> None:
    """A room for one, four agents too few: those turned away are missed, or left out."""
    small = "pools.team.staff: 1, queues.calls.max_waiting: 1"
    about = "measure: service_level, channel: phone, within: 20 s, at_least: 1%"
    promised = "\n".join(
        f"  - {{claim: {word}, {about}, blocked: {word}}}" for word in ("missed", "left_out")
    )
    missed, left_out = claims(write(tmp_path, promised, small), reps=2, jobs=1).table["found"]
    assert missed < left_out - 0.05


def test_two_cases_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    for shop in ("a", "b"):
        folder = tmp_path / shop / "shop"
        folder.mkdir(parents=True)
        write(folder, "  - {claim: it is cheap, measure: cost, at_most: 5}")
    with pytest.raises(InputError, match="two cases are named 'shop': judge them one after the other"):
        claims(tmp_path / "a" / "shop", tmp_path / "b" / "shop", reps=2, jobs=1)
