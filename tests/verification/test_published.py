"""Results that others printed, reproduced from scenario files: within the printed interval plus ours (95 %).

Source: ContactCenters (L'Ecuyer and Buist, Université de Montréal), examples of its documentation, 1,000
independent days each. Where no interval was printed, theirs is taken from our own spread over 1,000 days. The
NHS 111 teaching model: ten printed replications, and an independent run of 400 beside them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import servsim as sv

pytestmark = pytest.mark.slow

PUBLISHED = Path(__file__).parents[2] / "scenarios" / "published"
DAYS = 300  # our replications
THEIR_DAYS = 1000
Floats = npt.NDArray[np.float64]


class Days:
    """Values by replication of the measures of a scenario."""

    def __init__(self, file: str, changes: dict[str, object] | None = None, reps: int = DAYS) -> None:
        self.result = sv.run(sv.load(PUBLISHED / file, changes), reps=reps, seed=2026)
        table = self.result.measures
        self._values = table.pivot(
            index="replication", columns=["measure", "scope", "period"], values="value"
        )

    def __call__(self, measure: str, scope: str = "total", period: str = "run") -> Floats:
        return self._values[(measure, scope, period)].to_numpy(dtype=np.float64)


def assert_mean(
    values: Floats, printed: float, half_width: float | None = None, rounding: float = 0.0
) -> None:
    """The mean over our days agrees with a printed mean; `half_width` is the printed one."""
    spread = float(np.std(values, ddof=1))
    ours = 1.96 * spread / np.sqrt(len(values))
    theirs = 1.96 * spread / np.sqrt(THEIR_DAYS) if half_width is None else half_width
    mean = float(np.mean(values))
    assert abs(mean - printed) <= ours + theirs + rounding, (
        f"{mean:.5g} ± {ours:.2g}, printed {printed} ± {theirs:.2g}"
    )


def assert_ratio(
    numerator: Floats,
    denominator: Floats,
    printed: float,
    half_width: float | None = None,
    rounding: float = 0.0,
) -> None:
    """A ratio of means over days agrees; interval by the delta method (Law 2015, section 9.4.2)."""
    ratio = float(np.sum(numerator) / np.sum(denominator))
    residuals = (numerator - ratio * denominator) / float(np.mean(denominator)) + ratio
    assert float(np.mean(residuals)) == pytest.approx(ratio)
    assert_mean(residuals, printed, half_width, rounding)


def test_mmc() -> None:
    days = Days("mmc.yaml")
    answered, in_time = days("answered"), days("answered_in_time")
    assert_mean(in_time, 1816.2, 3.6)
    assert_ratio(in_time, answered, 0.902, 0.002)
    assert_ratio(days("asa") * answered / 60, answered, 0.0995, 0.0025)
    assert_mean(days("occupancy"), 0.695, 0.0015)


def test_mmc_with_abandonment() -> None:
    days = Days("mmc_abandonment.yaml", {"service_level.abandoned": "ignored"})
    answered, in_time = days("answered"), days("answered_in_time")
    assert_mean(days("abandoned"), 58.6, 1.0)
    assert_ratio(in_time, answered, 0.975, rounding=0.0005)
    assert_ratio(days("asa") * answered / 60, answered, 0.0235, 0.0005, rounding=0.0005)
    assert_mean(days("occupancy"), 0.675, rounding=0.0005)
    assert_ratio(in_time, in_time / days("service_level"), 0.968, rounding=0.0005)


def test_mmc_with_blocking() -> None:
    days = Days("mmc_blocked.yaml")
    answered = days("answered")
    assert_mean(days("blocked"), 18.7, 0.6)
    assert_ratio(days("answered_in_time"), answered, 0.929, 0.001, rounding=0.0005)
    assert_ratio(days("asa") * answered / 60, answered, 0.060, 0.001, rounding=0.0005)
    assert_mean(days("occupancy"), 0.689, rounding=0.0005)


def test_simple_msk() -> None:
    days = Days("simple_msk.yaml")
    in_time = days("answered_in_time")
    assert_mean(days("answered"), 4297, 27)
    assert_mean(days("abandoned"), 910, 34)
    assert_ratio(in_time, in_time / days("service_level"), 0.501, 0.0075)
    assert_ratio(days("busy_hours", "pool:group0"), days("staffed_hours", "pool:group0"), 0.881, 0.0035)
    printed = {"type0": (170.2, 599.3, 15.5), "type1": (262.9, 511.6, 34.7), "type2": (259.8, 613.7, 24.9)}
    for channel, numbers in printed.items():
        for clock, number in zip(("00:00", "02:00", "04:00"), numbers, strict=True):
            assert_mean(days("answered_in_time", f"channel:{channel}", f"2026-01-05 {clock}"), number)


@pytest.mark.parametrize(
    ("operators", "wait", "busy", "printed_wait", "printed_busy"),
    [(11, 50.96, 99.5, 50.1, 99.0), (13, 3.45, 93.4, 2.7, 92.7), (15, 0.49, 81.1, 0.47, 80.6)],
)
def test_urgent_care(
    operators: int, wait: float, busy: float, printed_wait: float, printed_busy: float
) -> None:
    days = Days("urgent_care.yaml", {"pools.operators.staff": operators}, reps=200)
    waits, occupancy = days("asa") / 60, days("occupancy") * 100
    for values, independent, printed in ((waits, wait, printed_wait), (occupancy, busy, printed_busy)):
        spread = float(np.std(values, ddof=1))
        ours = 1.96 * spread / np.sqrt(len(values))
        assert abs(np.mean(values) - independent) <= ours + 1.96 * spread / np.sqrt(400) + 0.05
        assert (
            abs(np.mean(values) - printed) <= ours + 2.262 * spread / np.sqrt(10) + 0.5
        )  # ten replications, t with 9 d.f.


def test_a_wrong_patience_is_seen() -> None:
    """Sabotage twin: a patience a third longer must fail the comparison that the right one passes."""
    days = Days("mmc_abandonment.yaml", {"channels.calls.patience.exponential": "80 s"})
    with pytest.raises(AssertionError, match="printed"):
        assert_mean(days("abandoned"), 58.6, 1.0)
