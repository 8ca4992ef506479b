"""The arithmetic of a return against closed formulas and sums written out; what may come out, covered as promised."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from servsim.decide import cash
from servsim.decide.cash import discounting, draw_outcomes, npv, payback, plan_of, volumes
from servsim.scenario.roi import Roi

RUN = {"name": "run", "one_off": 1000, "effect": "100%"}


def terms(*phases: dict[str, Any], **others: Any) -> Roi:
    """Return the terms of a change; without contingency where nothing else is said."""
    return Roi.model_validate({"contingency": 0, "phases": list(phases), **others})


def annuity(amount: float, discount: float, months: int) -> float:
    """Return what an amount at the end of each month is worth: amount x (1 - (1 + i)^-n) / i."""
    interest = (1 + discount) ** (1 / 12) - 1
    return amount * (1 - (1 + interest) ** -months) / interest


def test_a_constant_saving_is_an_annuity() -> None:
    plan = plan_of(terms(RUN, horizon="24 months"))
    found = float(npv(plan, np.full(24, 100.0), 0.12))
    assert found == pytest.approx(annuity(100, 0.12, 24) - 1000, abs=1e-9)


def test_savings_at_the_beginning_of_the_month_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: money that falls at another moment has another worth."""
    begin, _ = discounting(0.12, 24)
    monkeypatch.setattr(cash, "discounting", lambda *_: (begin, begin))
    plan = plan_of(terms(RUN, horizon="24 months"))
    wrong = float(npv(plan, np.full(24, 100.0), 0.12))
    assert wrong != pytest.approx(annuity(100, 0.12, 24) - 1000, abs=1)


def test_a_later_phase_and_running_costs_are_discounted_to_the_first_month() -> None:
    plan = plan_of(
        terms(
            {"name": "pilot", "length": "6 months", "one_off": 300, "running": 10, "effect": "20%"},
            {"name": "run", "one_off": 700, "running": 10, "effect": "100%"},
            horizon="1 year",
        )
    )
    by_hand = -300 - 700 / 1.08**0.5 - annuity(10, 0.08, 12)
    assert float(npv(plan, np.zeros(12), 0.08)) == pytest.approx(by_hand, abs=1e-9)


def test_without_interest_a_worth_is_a_sum() -> None:
    plan = plan_of(terms({**RUN, "running": 5}, horizon="10 months"))
    assert float(npv(plan, np.full(10, 200.0), 0.0)) == pytest.approx(2000 - 1000 - 50, abs=1e-9)


def test_contingency_comes_on_every_one_off_cost_and_on_no_running_one() -> None:
    pilot = {"name": "pilot", "length": "2 months", "one_off": 500, "running": 30, "effect": "20%"}
    plan = plan_of(terms(pilot, RUN, horizon="4 months", contingency="20%"))
    assert plan["one_off"].tolist() == pytest.approx([600, 0, 1200, 0], abs=1e-9)
    assert plan["running"].tolist() == [30, 30, 0, 0]
    assert plan["phase"].tolist() == ["pilot", "pilot", "run", "run"]
    assert plan["month"].tolist() == [1, 2, 3, 4]


def test_a_ramp_is_straight_and_a_month_has_its_mean() -> None:
    """From 20 % to 100 % in four months: 20-40, 40-60, 60-80, 80-100."""
    ramp = {"name": "roll-out", "length": "4 months", "effect": "20% .. 100%"}
    plan = plan_of(terms(ramp, {**RUN, "effect": 1}, horizon="6 months"))
    assert plan["effect"].tolist() == pytest.approx([0.3, 0.5, 0.7, 0.9, 1.0, 1.0], abs=1e-12)
    written = terms({**ramp, "effect": {"from": 0.2, "to": "100%"}}, RUN, horizon="6 months")
    assert plan_of(written)["effect"].tolist() == plan["effect"].tolist()


def test_the_volume_grows_year_by_year() -> None:
    assert volumes(terms(RUN, horizon="30 months", volume_growth="4%")).tolist() == pytest.approx(
        [1, 1.04, 1.0816], abs=1e-12
    )
    assert volumes(terms(RUN, horizon="13 months", volume_growth="-10%")).tolist() == pytest.approx([1, 0.9])
    assert plan_of(terms(RUN, horizon="13 months"))["year"].tolist() == [0] * 12 + [1]


@pytest.mark.parametrize(
    ("flow", "month"),
    [
        ([-100.0, 50, 50, 50], 3),  # exactly zero counts
        ([-100.0, 150, -80, 20, 20], 5),  # a second investment throws it back: not for good before
        ([-100.0, 50, 49], math.nan),
        ([10.0, 10], 1),
        ([-0.3, 0.1, 0.1, 0.1], 4),  # -2.8e-17 by rounding
        ([-100.0, 200, -101], math.nan),
    ],
)
def test_payback_is_for_good(flow: list[float], month: float) -> None:
    found = payback(np.cumsum(flow))
    assert float(found) == pytest.approx(month, nan_ok=True)


def test_many_paybacks_at_once() -> None:
    flows = np.array([[-10.0, 5, 5], [-10.0, 20, 0], [-10.0, 1, 1]])
    assert payback(np.cumsum(flows, axis=1)).tolist() == pytest.approx([3, 2, math.nan], nan_ok=True)


@pytest.mark.parametrize("spans", [0.4, 1.0, 4.348125])
def test_spans_that_a_month_cuts_go_to_both_sides(spans: float) -> None:
    """Against the plain twin: the overlap of every span with every month."""
    values = np.array([3.0, -1.0, 7.0])
    drawn = np.random.default_rng(1).integers(3, size=(5, 40))
    edges = np.arange(3, 8) * spans
    plain = np.zeros((5, 4))
    for month in range(4):
        for span in range(40):
            overlap = max(0.0, min(edges[month + 1], span + 1) - max(edges[month], span))
            plain[:, month] += overlap * values[drawn[:, span]]
    assert np.allclose(cash._sums(values, drawn, edges), plain, atol=1e-9)


def outcomes(per_span: Any, months: int, spans: float = 1.0, count: int = 4000, seed: int = 1) -> Any:
    """Return drawn totals over the months; all years are alike."""
    rng = np.random.default_rng(seed)
    years = np.arange(months) // 12
    blocks = draw_outcomes(np.tile(per_span, (years[-1] + 1, 1)), years, spans, count, rng)
    return np.concatenate(list(blocks)).sum(axis=1)


def test_outcomes_have_the_variance_of_a_prediction() -> None:
    """Of 12 spans drawn after 9 were seen: s² (12 + 144 / 9 x 8 / 6), as a t of 8 degrees has the variance 8 / 6."""
    seen = np.array([3.0, 5, 1, 9, 4, 4, 8, 2, 6])
    totals = outcomes(seen, 12, count=40_000)
    variance = float(seen.var(ddof=1)) * (12 + 144 / 9 * 8 / 6)
    assert totals.mean() == pytest.approx(12 * seen.mean(), abs=4 * math.sqrt(variance / 40_000))
    assert totals.var() == pytest.approx(variance, rel=0.04)


def test_years_of_one_replication_are_wrong_together() -> None:
    """What is twice as much in the second year is off by twice the error: what is left is the luck of 10,000 spans."""
    seen = np.array([3.0, 5, 1, 9])
    found = np.concatenate(
        list(draw_outcomes(np.array([seen, 2 * seen]), np.array([0, 1]), 1e4, 50, np.random.default_rng(1)))
    )
    luck = math.sqrt(8 * 1e4) * seen.std(ddof=1)
    assert np.ptp(found[:, 0]) > 10 * luck  # the error is much greater than that
    assert np.abs(found[:, 1] - 2 * found[:, 0]).max() < 5 * luck


def test_in_blocks_or_at_once_every_outcome_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cash, "AT_ONCE", 100)
    assert len(outcomes([1.0, 2.0, 4.0], 12, spans=4.3, count=33)) == 33


def test_replications_that_agree_leave_nothing_to_chance() -> None:
    assert np.ptp(outcomes([5.0, 5.0, 5.0], 24, spans=4.348125)) == pytest.approx(0, abs=1e-9)


def covered(level: float = 0.95) -> float:
    """Return how often a range from 5 replications holds what 12 further spans give, in 400 trials."""
    rng = np.random.default_rng(7)
    hits = 0
    for trial in range(400):
        seen, future = rng.normal(3.0, 2.0, 5), rng.normal(3.0, 2.0, 12).sum()
        low, high = np.quantile(outcomes(seen, 12, count=400, seed=trial), [0.5 - level / 2, 0.5 + level / 2])
        hits += low <= future <= high
    return hits / 400


def test_the_range_covers_what_comes_as_often_as_promised() -> None:
    """95 % within three standard errors (1.1 % each): false alarm 0.3 % for another seed."""
    assert 0.917 <= covered() <= 0.983


def test_without_the_error_of_the_mean_the_range_would_be_too_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: resampled weeks alone cover far less."""
    monkeypatch.setattr(cash, "_errors_of_mean", lambda deviations, count, rng: np.zeros((count, 1)))
    assert covered() < 0.85


def test_the_range_is_that_of_the_textbook() -> None:
    """mean ± t s sqrt(1/n + 1/m), Hahn and Meeker 1991, for many spans of normal weeks; within 4 %."""
    seen = np.random.default_rng(3).normal(100.0, 20.0, 30)
    totals = outcomes(seen, 24, count=20_000) / 24
    half = student.ppf(0.975, 29) * seen.std(ddof=1) * math.sqrt(1 / 30 + 1 / 24)
    low, high = np.quantile(totals, [0.025, 0.975])
    assert (high - low) / 2 == pytest.approx(half, rel=0.04)
