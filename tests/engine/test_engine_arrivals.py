"""Arrivals: Poisson counts with the right mean in the right places, and day factors with the right spread.

The tests are of fixed seeds. Each bounds its p-values at 1e-6 / (number of p-values): a sound engine with
other seeds would fail one of them in a million. Every test has a twin that shows it failing.
"""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats
from timelines import network

from servsim.engine.chance import Chance
from servsim.network import Network

FALSE_ALARM = 1e-6
REPLICATIONS = 1500
Counts = npt.NDArray[np.float64]

BASE = """
clock: {start: 2026-03-02 06:00, length: 24 h}
calendars: {desk: {mon: "08:00-10:00, 12:00-14:00", tue: closed}}
channels: {phone: {type: voice, open: desk, arrivals: {rate: 1/h}, flow: call}}
flows: {call: {steps: {rest: {delay: 1 s}}}}
"""
HOUR = 3600.0
# Hours after 06:00 and the mean number in each; the desk is open in [2, 4) and [6, 8) and closed on Tuesday.
VOLUMES = {
    "rate": ({"rate": {"00:00": "10/h", "09:00": "20/h"}}, {2: 10, 3: 20, 6: 20, 7: 20}),
    "per_interval": (
        # 07:00 is closed wholly and lost; 09:30 counts all its 9 in the half-hour before the close
        {
            "per_interval": [
                ["mon", "07:00", 50],
                ["mon", "08:00", 12],
                ["mon", "09:30", 9],
                ["tue", "08:00", 99],
            ],
            "interval": "30 min",
        },
        {2: 12, 3: 9},
    ),
    "per_day": ({"per_day": {"mon": 60, "tue": 99}}, {2: 15, 3: 15, 6: 15, 7: 15}),
    "shape": (
        # weights 1, 1, 3, 3 in the four open hours: 64 is shared out as 8, 8, 24, 24
        {"per_day": 64, "shape": {"00:00": 1, "11:00": 3}},
        {2: 8, 3: 8, 6: 24, 7: 24},
    ),
    "scale": (
        {"per_day": 64, "shape": {"00:00": 1, "11:00": 3}, "scale": 1.25},
        {2: 10, 3: 10, 6: 30, 7: 30},
    ),
}


def hourly(net: Network) -> tuple[Counts, list[float]]:
    """Return the counts by (replication, hour) and all arrival times."""
    counts, times = np.zeros((REPLICATIONS, 24)), []
    for replication in range(REPLICATIONS):
        here = [time for time, _ in Chance(net, 1, replication + 1).arrivals(0)]
        assert here == sorted(here)
        counts[replication] = np.bincount((np.array(here) // HOUR).astype(int), minlength=24)
        times += here
    return counts, times


def poisson_p_values(counts: Counts, means: Counts) -> list[float]:
    """Return two-sided p-values: the total of each hour, and the dispersion of all counts."""
    result = []
    for total, mean in zip(counts.sum(axis=0), means * len(counts), strict=True):
        law = stats.poisson(mean)
        result.append(min(1.0, 2.0 * min(law.cdf(total), law.sf(total - 1))))
    chi = float(((counts - means) ** 2 / means).sum())
    law = stats.chi2(counts.size)
    result.append(2.0 * min(law.cdf(chi), law.sf(chi)))
    return result


def is_poisson(counts: Counts, means: Counts) -> bool:
    """Tell whether counts pass for Poisson with these means."""
    p = poisson_p_values(counts, means)
    return min(p) > FALSE_ALARM / len(p)


@pytest.mark.parametrize("name", VOLUMES)
def test_counts_are_poisson_with_their_means_in_opening_hours(name: str) -> None:
    """The hours expected have the means expected; no other hour has a single arrival."""
    arrivals, expected = VOLUMES[name]
    net = network(BASE, {"channels.phone.arrivals": arrivals})
    counts, times = hourly(net)
    hours = list(expected)
    means = np.array([float(expected[hour]) for hour in hours])
    assert counts.sum() == counts[:, hours].sum()
    assert is_poisson(counts[:, hours], means)
    if name == "per_interval":
        assert all(time // 1800 in (4, 7) for time in times)  # 08:00 and 09:30


def test_the_poisson_test_can_fail() -> None:
    """Sabotage twins: means 5 % off, counts twice as spread, counts without spread."""
    arrivals, expected = VOLUMES["shape"]
    counts, _ = hourly(network(BASE, {"channels.phone.arrivals": arrivals}))
    hours, means = list(expected), np.array([float(mean) for mean in expected.values()])
    counts = counts[:, hours]
    assert is_poisson(counts, means)
    assert not is_poisson(counts, means * 1.05)
    assert not is_poisson(2 * counts, 2 * means)
    assert not is_poisson(np.broadcast_to(means, counts.shape).copy(), means)


def test_arrivals_lie_evenly_within_a_segment_and_gaps_are_exponential() -> None:
    """Kolmogorov-Smirnov on the times within [2 h, 4 h) at an even rate, and on the gaps; a twin with squared
    times fails.
    """
    net = network(BASE, {"channels.phone.arrivals": {"rate": "40/h"}})
    runs = [[time for time, _ in Chance(net, 2, r + 1).arrivals(0) if time < 4 * HOUR] for r in range(60)]
    u = np.array([(time - 2 * HOUR) / (2 * HOUR) for run in runs for time in run])
    assert u.min() >= 0
    assert u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > FALSE_ALARM / 2
    # the gap before each arrival, from the opening on; the last one, cut by the closing, counts as censored
    # and is
    # avoided by looking at the first 40 arrivals of every run (80 are expected: less than 40 has a chance
    # of 1e-6)
    gaps = np.concatenate([np.diff([2 * HOUR, *run[:40]]) for run in runs])
    assert stats.kstest(gaps, "expon", args=(0, 90)).pvalue > FALSE_ALARM / 2
    assert stats.kstest(u**1.2, "uniform").pvalue < FALSE_ALARM
    assert stats.kstest(gaps * 1.15, "expon", args=(0, 90)).pvalue < FALSE_ALARM


YEAR = """
clock: {start: 2026-03-02, length: 1000 days}
day_factors: {shared: {FACTOR}}
channels:
  a: {type: voice, arrivals: {per_day: 100, day_factor: shared}, flow: f}
  b: {type: voice, arrivals: {per_day: 100, day_factor: shared}, flow: f}
  own: {type: voice, arrivals: {per_day: 100, day_factor_cv: 0.5}, flow: f}
  plain: {type: voice, arrivals: {per_day: 100}, flow: f}
flows: {f: {steps: {rest: {delay: 1 s}}}}
"""


def daily(factor: str) -> Counts:
    """Return the counts by (channel, day) of a thousand days."""
    net = network(YEAR.replace("FACTOR", factor))
    chance = Chance(net, 4, 1)
    times = [np.array([time for time, _ in chance.arrivals(channel)]) for channel in range(4)]
    return np.array(
        [np.bincount((one // 86400).astype(int), minlength=1000) for one in times], dtype=np.float64
    )


def fits(counts: Counts, cv: float) -> bool:
    """Tell whether daily counts have the mean 100 and the variance 100 + (100 cv)² of a gamma-mixed Poisson,
    within 6 sd.

    The sd of a sample variance of n is variance · sqrt(2 / (n - 1) + excess / n); the counts' excess kurtosis
    is bounded by that of the gamma plus that of the Poisson, 6 cv² + 0.01. Six sd: one failure in 1e7 or so,
    were seeds not fixed.
    """
    n, variance = len(counts), 100 + (100 * cv) ** 2
    spread = np.sqrt(2 / (n - 1) + (6 * cv**2 + 0.01) / n)
    mean_off = abs(counts.mean() - 100) / np.sqrt(variance / n)
    return bool(mean_off < 6 and abs(counts.var(ddof=1) / variance - 1) < 6 * spread)


@pytest.mark.parametrize("factor", ["cv: 0.5", "shape: 4"])  # the cv of a gamma is 1 / sqrt(shape)
def test_day_factors_spread_daily_volumes(factor: str) -> None:
    """A gamma factor of cv 0.5: two channels share one (correlation 25 / 26), another has its own, the last
    has none.
    """
    a, b, own, plain = daily(factor)
    assert fits(a, 0.5)
    assert fits(b, 0.5)
    assert fits(own, 0.5)
    assert fits(plain, 0.0)
    r = np.corrcoef([a, b, own, plain])
    assert r[0, 1] == pytest.approx(2500 / 2600, abs=0.02)
    assert np.all(np.abs(r[[0, 0, 2], [2, 3, 3]]) < 6 / np.sqrt(1000))
    # sabotage twins: the same counts against other spreads, and against each other
    assert not fits(a, 0.0)
    assert not fits(plain, 0.5)
    assert not fits(own, 0.8)
    assert not fits(a * 1.2, 0.5)


def test_shares_of_reasons_and_ways() -> None:
    """Reasons and next steps are drawn with their shares: chi-square over 20,000 customers, twin with shares
    2 points off.
    """
    shares = {"x": 0.5, "y": 0.3, "z": 0.2}
    net = network(
        BASE,
        {
            "reasons": list(shares),
            "channels.phone.reasons": shares,
            "flows.call.steps": {"rest": {"delay": "1 s", "next": {"unresolved": "45%", "resolved": "rest"}}},
        },
    )
    chance = Chance(net, 6, 1)
    keys = [chance.customer(0, i) for i in range(20_000)]
    reasons = np.bincount([chance.reason(0, key) for key in keys], minlength=3)
    ways = np.array([chance.next_target(0, 0, key, 1, 0) for key in keys])
    found = [(reasons, [0.5, 0.3, 0.2]), (np.array([(ways == -3).sum(), (ways == -2).sum()]), [0.45, 0.55])]
    for counts, law in found:
        assert counts.sum() == 20_000
        assert stats.chisquare(counts, np.array(law) * 20_000).pvalue > FALSE_ALARM / 2
        off = np.array(law) + np.array([0.03, -0.03] + [0.0] * (len(law) - 2))
        assert stats.chisquare(counts, off * 20_000).pvalue < FALSE_ALARM
