"""Tornado and Sobol' indices: exact where the answer is known, by hand from plain runs where it is not."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from servsim.decide import sobol, sobol_runs, tornado
from servsim.errors import InputError
from servsim.scenario import Scenario
from servsim.study import run
from servsim.study.runner import Runner

THREE = ["costs.lost_customer=0:1", "costs.fixed_per_month=0:1", "pools.team.wage=0/h:1/h"]
NOISE = np.linspace(-1.0, 1.0, 10)


def inputs(model: Any) -> list[float]:
    """Return what the three paths hold, each from 0 to 1."""
    return [model.costs.lost_customer, model.costs.fixed_per_month, model.pools["team"].wage * 3600]


# --- one at a time ------------------------------------------------------------------------------------------


def test_bars_are_differences_from_the_base(queue: Scenario, stub: Any) -> None:
    """Value 3x + y² with noise that doubles at x = 1: differences, half-widths and order by hand."""

    def law(model: Any, _: Any) -> Any:
        x, y, _z = inputs(model)
        return 3 * x + y**2 + (NOISE if x == 1 else 0) + 10 * NOISE

    base = queue.with_({"costs.lost_customer": 0.5, "costs.fixed_per_month": 0.5})
    found = tornado(base, THREE, reps=10, runner=stub(law))
    table = found.table.set_index("path")
    assert list(table.index) == ["costs.lost_customer", "costs.fixed_per_month", "pools.team.wage"]
    assert table["low_difference"].tolist() == pytest.approx([-1.5, -0.25, 0.0])
    assert table["high_difference"].tolist() == pytest.approx([1.5, 0.75, 0.0])
    assert table["swing"].tolist() == pytest.approx([3.0, 1.0, 0.0])
    half = student.ppf(1 - 0.05 / 6 / 2, 9) * NOISE.std(ddof=1) / math.sqrt(10)  # Bonferroni over six
    assert table["high_half_width"].tolist() == pytest.approx([half, 0.0, 0.0])
    assert table["low_half_width"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert (found.comparisons, found.base.mean) == (6, pytest.approx(1.75))
    assert set(table["base"]) == {found.base.mean}


def test_a_bar_on_one_side_reaches_from_the_base(queue: Scenario, stub: Any) -> None:
    found = tornado(
        queue, ["costs.lost_customer=0:1"], reps=2, runner=stub(lambda m, r: abs(inputs(m)[0] - 2) * 7)
    )
    assert found.table[["low_difference", "high_difference", "swing"]].to_numpy().tolist() == [
        [14.0, 7.0, 14.0]
    ]


def test_real_bars_are_those_of_plain_runs(queue: Scenario) -> None:
    found = tornado(
        queue, ["pools.team.staff=4:7"], measure="abandonment", scope="queue:calls", reps=5, jobs=1
    )
    values = [
        run(queue.with_({"pools.team.staff": staff}), reps=5).sample("abandonment", "queue:calls")
        for staff in (4, 5, 7)
    ]
    (row,) = found.table.to_dict("records")
    assert row["low_difference"] == pytest.approx((values[0] - values[1]).mean(), rel=1e-12)
    assert row["high_difference"] == pytest.approx((values[2] - values[1]).mean(), rel=1e-12)
    assert row["low_difference"] > 0 > row["high_difference"]


def test_the_same_customers_narrow_the_intervals(queue: Scenario) -> None:
    """Paired half-widths are below those of independent runs; the twin runs the ends with another seed."""
    vary = ["channels.phone.patience.exponential=100 s:140 s"]
    paired = (
        tornado(queue, vary, measure="abandonment", reps=10, seed=3, jobs=1).table["low_half_width"].iloc[0]
    )
    base = run(queue, reps=10, seed=3).sample("abandonment")
    other = run(queue.with_({"channels.phone.patience.exponential": "100 s"}), reps=10, seed=4).sample(
        "abandonment"
    )
    alone = student.ppf(1 - 0.05 / 4, 9) * (other - base).std(ddof=1) / math.sqrt(10)
    assert paired < 0.6 * alone


def test_all_problems_come_at_once(queue: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        tornado(queue, ["costs.lost=1:2", "pools.team.wage=20/h:24/h", "pools.tem.wage=1/h:2/h"])
    assert {problem.path for problem in caught.value.problems} == {"costs.lost", "pools.tem.wage"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"measure": "cots"},
         "measure: no measure is named 'cots'; did you mean 'cost'? ('servsim measures' lists them)"),
        ({"measure": "wait", "scope": "queue:cals"}, "scope: no queue of 'Five agents' is named 'cals'; "
         "queues: calls; did you mean 'calls'?"),
        ({"scope": "queue:calls"}, "scope: cost exists for total, not for queue"),
        ({"varies": []}, "vary: nothing is varied; write path=from:to, like pools.desk.staff=8:14"),
        ({"varies": ["costs.lost_customer=1:2"] * 2}, "costs.lost_customer: is varied twice"),
    ],
)  # fmt: skip
def test_wrong_words_are_told(queue: Scenario, words: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        tornado(queue, **{"varies": THREE, **words})
    assert str(caught.value) == message


def test_wrong_arguments_are_told(queue: Scenario) -> None:
    with pytest.raises(ValueError) as caught:
        tornado(queue, THREE, reps=1)
    assert str(caught.value) == "reps is 1: must be a whole number, 2 or more"
    with pytest.raises(ValueError) as caught:
        sobol(queue, THREE, samples=48)
    assert str(caught.value) == "samples is 48: must be a power of two from 4 to 65536"


# --- all together -------------------------------------------------------------------------------------------


def ishigami(model: Any, _: Any) -> Any:
    """Return Ishigami's function of the three inputs stretched to -π … π, the same in every replication."""
    x, y, z = (math.pi * (2 * u - 1) for u in inputs(model))
    return math.sin(x) + 7 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)


A, B = 7.0, 0.1
V1, V2 = 0.5 * (1 + B * math.pi**4 / 5) ** 2, A**2 / 8
V13 = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
VARIANCE = V1 + V2 + V13
EXACT = {  # Ishigami & Homma 1990: first order, total
    "costs.lost_customer": (V1 / VARIANCE, (V1 + V13) / VARIANCE),
    "costs.fixed_per_month": (V2 / VARIANCE, V2 / VARIANCE),
    "pools.team.wage": (0.0, V13 / VARIANCE),
}


def test_ishigamis_indices_are_found(queue: Scenario, stub: Any) -> None:
    """Within 0.05, which 1,024 evenly spread points keep with ease; twin: the inputs' names exchanged fail."""
    found = sobol(queue, THREE, samples=1024, reps=2, runner=stub(ishigami)).table.set_index("path")
    for path, (first, total) in EXACT.items():
        row = found.loc[path]
        assert (row["first"], row["total"]) == (
            pytest.approx(first, abs=0.05),
            pytest.approx(total, abs=0.05),
        )
        assert row["first_low"] <= first + 0.01 and row["first_high"] >= first - 0.01
        assert row["total_low"] < row["total"] < row["total_high"]
    swapped = EXACT["costs.fixed_per_month"]
    assert abs(found.loc["costs.lost_customer", "first"] - swapped[0]) > 0.05


def test_noise_is_told_apart(queue: Scenario, stub: Any) -> None:
    """x + y + noise: what all points share counts as noise, but none is left; own noise of each point is left.

    Variance of x + y over the unit square: 1/6. Variance of a mean of 10 values of NOISE: s²/10.
    """
    share = NOISE.var(ddof=1) / 10 * 6
    shared = sobol(queue, THREE, samples=256, reps=10, runner=stub(lambda m, r: sum(inputs(m)[:2]) + NOISE))
    assert shared.noise == pytest.approx(share, rel=0.1)
    assert shared.noise_left == pytest.approx(0.0, abs=1e-12)
    rng = np.random.default_rng(1)
    own = sobol(
        queue, THREE, samples=256, reps=10, runner=stub(lambda m, r: sum(inputs(m)[:2]) + rng.normal(size=10))
    )
    assert own.noise_left == pytest.approx(own.noise, rel=0.1)
    assert own.noise == pytest.approx(0.1 / (1 / 6 + 0.1), rel=0.15)


def test_nothing_varies(queue: Scenario, stub: Any) -> None:
    found = sobol(queue, THREE, samples=8, reps=3, runner=stub(lambda m, r: 4.0 + 0 * r))
    assert (found.mean, found.std) == (4.0, 0.0)
    assert found.table[["first", "total"]].to_numpy().tolist() == [[0.0, 0.0]] * 3
    assert json.loads(json.dumps(found.summary()))["noise"] is None


def test_a_measure_without_value_is_told(queue: Scenario, stub: Any) -> None:
    law = stub(lambda m, r: np.nan if inputs(m)[0] > 0.5 else 1.0)
    with pytest.raises(
        InputError, match=r"measure: cost has no value at lost_customer=.* more points; vary less widely"
    ):
        sobol(queue, THREE, samples=8, reps=3, runner=law)


def test_one_input_shares_nothing_out(queue: Scenario) -> None:
    with pytest.raises(
        InputError, match="vary: Sobol' indices share variance out among inputs; vary two or more"
    ):
        sobol(queue, THREE[:1])


def test_real_costs_have_the_indices_of_a_sum(queue: Scenario) -> None:
    """The cost is fixed x months + wage x hours: variances (range x factor)² / 12 add up, nothing interacts."""
    varies = ["costs.fixed_per_month=0:10000", "pools.team.wage=20/h:28/h"]
    hours = 1.5
    plain = queue.with_({"costs.lost_customer": 0, "clock.length": f"{hours} h", "clock.warmup": 0})
    with Runner(seed=1, periods=("run",), jobs=1) as runner:
        found = sobol(plain, varies, samples=64, reps=2, runner=runner)
        assert runner.found == 0
    parts = {
        "costs.fixed_per_month": (10000 * hours / (365.25 / 12 * 24)) ** 2,
        "pools.team.wage": (8 * 5 * hours) ** 2,
    }
    for row in found.table.to_dict("records"):
        share = parts[row["path"]] / sum(parts.values())
        assert (row["first"], row["total"]) == (
            pytest.approx(share, abs=0.04),
            pytest.approx(share, abs=0.04),
        )
    assert len(found.points) * found.reps == sobol_runs(2, 64, 2)


def test_whole_numbers_and_lists_are_sampled_as_such(queue: Scenario, stub: Any) -> None:
    varies = ["pools.team.staff=4:7", "channels.phone.patience.exponential=1 min,2 min"]
    found = sobol(
        queue, varies, samples=16, reps=2, runner=stub(lambda m, r: float(m.pools["team"].staff.number))
    )
    assert set(found.points["pools.team.staff"]) == {4, 5, 6, 7}
    assert set(found.points["channels.phone.patience.exponential"]) == {"1 min", "2 min"}


def test_the_same_seed_gives_the_same_numbers(queue: Scenario, stub: Any) -> None:
    first, again = (sobol(queue, THREE, samples=16, reps=2, runner=stub(ishigami)) for _ in range(2))
    assert first.summary() == again.summary()
