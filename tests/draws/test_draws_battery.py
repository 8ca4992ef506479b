"""The battery on the words of the keyed hash, in every order in which they are read; what each of its tests catches."""

from __future__ import annotations

import hashlib
import math
from functools import cache
from pathlib import Path

import battery_ulps
import numpy as np
import pytest
from battery import COUNT, TESTS, Bits, avalanche, both_tails, every_avalanche, normal, ranks
from battery_words import (
    AXES,
    ORDERS,
    XORED,
    Hash,
    Inputs,
    Words,
    added,
    congruential,
    hashed,
    part_of,
    read,
    scenario_streams,
    unmultiplied,
)
from numpy.typing import NDArray
from scipy import stats

import servsim as sv
from servsim.draws import Distribution, stream_key, uniform

FALSE_ALARM = 1e-4  # chance that a perfect hash is rejected by any of the tests of this file's first part
SCENARIO = Path(__file__).parents[2] / "scenarios" / "published" / "mmc.yaml"
PARTS = ("upper", "lower")
EVERY = [*ORDERS, *XORED]


def battery(words: Bits) -> list[float]:
    return [p for test in TESTS.values() for p in test(words)]


@cache
def level() -> float:
    """FALSE_ALARM divided among all p-values (Bonferroni)."""
    one = len(battery(philox(0)))
    return FALSE_ALARM / (one * len(EVERY) * len(PARTS) + 2 * len(AXES))


def philox(seed: int, count: int = COUNT) -> Bits:
    """Return words of a generator that is known to be good."""
    return np.random.Generator(np.random.Philox(seed)).integers(0, 1 << 32, count, dtype=np.uint32)


def rejected(order: str, by: Hash = hashed, count: int = COUNT, start: int = 0) -> bool:
    words = read(order, start, count, by)
    return min(min(battery(part_of(words, part))) for part in PARTS) < level()


# The hash. --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_the_words_under_test_are_those_of_the_draws(order: str) -> None:
    at = ORDERS[order](123_456, 30)
    for i, found in enumerate(hashed(at)):
        value = {axis: int(words[i].astype(np.int64)) for axis, words in at.items()}
        key = stream_key(value["seed"], value["replication"], value["stream"])
        u = uniform(key, value["customer"], value["attempt"], value["index"])
        assert u == ((int(found) >> 12) + 0.5) * 2.0**-52


@pytest.mark.parametrize("order", EVERY)
def test_words_of_every_order_are_random(order: str) -> None:
    assert not rejected(order)


@pytest.mark.slow
@pytest.mark.parametrize("order", EVERY)
def test_words_are_random_far_along(order: str) -> None:
    """Blocks from other places, reaching far beyond what a run draws; the level is shared by all blocks."""
    blocks = [1 << place for place in (20, 28, 30)]
    found = [
        p for start in blocks for part in PARTS for p in battery(part_of(read(order, start, COUNT), part))
    ]
    assert min(found) >= level() / len(blocks)


def test_every_bit_of_every_input_flips_every_bit_of_the_draw() -> None:
    assert {axis for axis, found in every_avalanche().items() if min(found) < level()} == set()


# Sabotage. --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "orders"),
    [
        (unmultiplied, ["index", "attempt", "engine", "neighbours", "index 0 ^ 1"]),
        (added, ["replications", "seeds", "neighbours"]),
        (congruential, ["index"]),
    ],
)
def test_a_worse_hash_is_rejected(by: Hash, orders: list[str]) -> None:
    """The mixer without its second multiplication; inputs added up; the low bits of a congruential generator."""
    assert [order for order in orders if not rejected(order, by)] == []


def test_a_mixer_with_one_multiplication_has_no_avalanche() -> None:
    found = every_avalanche(unmultiplied)
    assert {axis for axis in AXES if min(found[axis]) < level()} >= {"attempt", "index"}


def cryptographic(at: Inputs) -> Words:
    """BLAKE2b of the six inputs: slow, and as good as random."""
    rows = np.stack([at[axis] for axis in AXES], axis=1)
    digest = b"".join(hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in rows)
    return np.frombuffer(digest, dtype=np.uint64)


def test_avalanche_lets_a_cryptographic_hash_pass() -> None:
    assert min(p for axis in AXES for p in avalanche(axis, cryptographic, count=256)) >= level()


def half_hidden(words: Bits) -> Bits:
    """A bit that tells in one case of ten the parity of some bits of its place."""
    i = np.arange(words.size, dtype=np.uint32)
    told = np.bitwise_count(i & np.uint32(0b1011)).astype(np.uint32) << np.uint32(31)
    return np.where(i % 10 == 3, (words & np.uint32(0x7FFFFFFF)) | told, words)


def dependent_rows(words: Bits) -> Bits:
    rows = words.reshape(-1, 32).copy()
    rows[:, 31] = rows[:, 3] ^ rows[:, 17]
    return rows.ravel()


def wave(words: Bits) -> Bits:
    u = words / 2.0**32 * 0.9 + 0.05 * (1.0 + np.sin(np.arange(words.size) * 0.7))
    return (u * 2.0**32).astype(np.uint32)


def regular_gaps(words: Bits) -> Bits:
    low = np.arange(words.size) % 8 == 0
    return np.where(low, words >> np.uint32(3), np.maximum(words, np.uint32(1 << 29)))


DEFECTS = {
    "equidistribution": lambda words: np.where(np.arange(words.size) % 16 == 0, words >> np.uint32(1), words),
    "serial correlation": lambda words: (words >> np.uint32(1)) + (np.roll(words, 7) >> np.uint32(1)),
    "birthday spacings": lambda words: np.arange(words.size, dtype=np.uint32) * np.uint32(0x9E3779B9),
    "collisions": lambda words: words & np.uint32(0xFF0FF0FF),
    "gaps": regular_gaps,
    "runs": lambda words: np.sort(words.reshape(-1, 2), axis=1).ravel(),
    "Hamming weights": lambda words: (words & np.uint32(0xFFFF)) | (~words << np.uint32(16)),
    "matrix ranks": dependent_rows,
    "Walsh": half_hidden,
    "spectrum": wave,
}


@pytest.mark.parametrize("name", TESTS)
def test_each_test_catches_its_defect_and_lets_a_good_generator_pass(name: str) -> None:
    words = philox(7)
    assert min(TESTS[name](words)) >= level()
    assert min(TESTS[name](DEFECTS[name](words).astype(np.uint32))) < level()


@pytest.mark.slow
def test_p_values_are_as_small_as_they_should_be() -> None:
    """Of Philox, in 400 runs: no p-value is below 1 % (or 10 %) much more often than that (bound: 1e-4 in all)."""
    found = np.array([battery(philox(1000 + run)) for run in range(400)])
    for share in (0.01, 0.1):
        most = stats.binom(400, share).isf(1e-4 / (2 * found.shape[1]))
        assert ((found <= share).sum(axis=0) <= most).all()
    doubled = found / 2.0  # sabotage twin: p-values of half their size are noticed
    assert ((doubled <= 0.1).sum(axis=0) > stats.binom(400, 0.1).isf(1e-4)).any()


def slow_rank(rows: list[int]) -> int:
    """The plain twin of `ranks`: one matrix, rows as Python integers."""
    rank = 0
    while rows:
        row = rows.pop()
        if row:
            rank += 1
            low = row & -row
            rows = [other ^ row if other & low else other for other in rows]
    return rank


def test_ranks_against_a_plain_twin() -> None:
    matrices = philox(3, 32 * 40).reshape(-1, 32)
    matrices[:10] &= np.uint32(0x00FFFFFF)
    assert ranks(matrices).tolist() == [slow_rank([int(row) for row in matrix]) for matrix in matrices]


# The table of errors. ---------------------------------------------------------------------------------------

SLOW_SHAPES = ("1e+06", "1e+08")  # 4 and 20 seconds


def test_the_table_of_errors_is_what_is_computed() -> None:
    page = battery_ulps.PAGE.read_text(encoding="utf-8")
    chosen = [case for case in battery_ulps.cases() if not case[1].endswith(SLOW_SHAPES)]
    rows = battery_ulps.rows(iter(chosen))
    assert [row for row in rows if row not in page] == [], "run python tests/draws/battery_ulps.py"
    assert all(f"| shape {shape} |" in page for shape in SLOW_SHAPES)


@pytest.mark.parametrize(
    "case", [c for c in battery_ulps.cases() if c[1] not in ("shape 1e+06", "shape 1e+08")]
)
def test_an_error_of_1e_12_is_noticed(
    case: tuple[str, str, Distribution, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage twin: 1e-12 is at least 4,500 ulp."""
    sample = Distribution.sample
    monkeypatch.setattr(Distribution, "sample", lambda d, u: sample(d, u) * (1.0 + 1e-12))
    assert battery_ulps.missed(case[2], 0.925) > 3500.0


# Neighbours' correlations. ----------------------------------------------------------------------------------

PAIRS, LONG = 2000, 256


def correlations(rows: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fisher's z of each row with the same row of others, over its standard deviation."""
    one, two = (x - x.mean(axis=1, keepdims=True) for x in (rows, others))
    r = (one * two).sum(axis=1) / np.sqrt((one * one).sum(axis=1) * (two * two).sum(axis=1))
    r = np.clip(r, -1.0 + 1e-12, 1.0 - 1e-12)  # rows that are the same
    return np.arctanh(r) * math.sqrt(rows.shape[1] - 3)


def joint(z: NDArray[np.float64]) -> float:
    """The p-value of many z at once: the sum of their squares, or the largest, whichever is worse, times two."""
    squares = both_tails(stats.chi2(z.size), float((z * z).sum()))
    return min(1.0, 2.0 * min(squares, z.size * normal(float(np.abs(z).max()))))


def neighbours(axis: str, by: Hash) -> NDArray[np.float64]:
    """Uniforms of PAIRS + 1 neighbours along one input, LONG each along another: (neighbours, draws)."""
    other = "customer" if axis != "customer" else "replication"
    i, j = np.divmod(np.arange((PAIRS + 1) * LONG, dtype=np.uint64), np.uint64(LONG))
    at = ORDERS["customer"](0, i.size) | {axis: i, other: j}
    if axis == "stream":
        names = scenario_streams()
        at["stream"], at["replication"] = names[i % np.uint64(names.size)], i // np.uint64(names.size)
    return ((by(at) >> np.uint64(12)).astype(np.float64) + 0.5).reshape(-1, LONG) * 2.0**-52


def worst_lag(axis: str, by: Hash = hashed) -> float:
    """The joint p-value of all neighbours' correlations, draw by draw and one draw apart either way, times three."""
    u = neighbours(axis, by)
    left, right = u[:-1], u[1:]
    lags = ((left, right), (left[:, 1:], right[:, :-1]), (left[:, :-1], right[:, 1:]))
    return min(1.0, 3.0 * min(joint(correlations(*pair)) for pair in lags))


@pytest.mark.parametrize("axis", AXES)
def test_neighbouring_streams_are_uncorrelated(axis: str) -> None:
    """2,000 neighbours along each input, real streams among them; false alarm 1e-4 over the six."""
    assert worst_lag(axis) >= 1e-4 / len(AXES)


@pytest.mark.parametrize("axis", ["seed", "replication"])
def test_added_seeds_are_correlated(axis: str) -> None:
    assert worst_lag(axis, added) < 1e-4 / len(AXES)


@cache
def gaps_and_services() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ranks of the first 60 gaps between arrivals, and service times, of 1,000 replications: a real scenario's."""
    scenario = sv.load(SCENARIO).with_({"clock.length": "1 h", "clock.warmup": "0 h"})
    contacts = sv.run(scenario, reps=1000, seed=8, contacts=True).contacts
    assert contacts is not None
    first = contacts[contacts["customer"] < 60].sort_values(["replication", "customer"])
    arrived, service = (first[name].to_numpy(float).reshape(1000, 60) for name in ("arrived", "agent_time"))
    return tuple(stats.rankdata(x, axis=1) for x in (np.diff(arrived, axis=1, prepend=0.0), service))  # type: ignore[return-value]


def scenario_p_values(gaps: NDArray[np.float64], services: NDArray[np.float64]) -> list[float]:
    """Between replications, between arrivals and services, between customers (every second pair: none shared)."""
    return [
        joint(correlations(gaps[:-1], gaps[1:])),
        joint(correlations(services[:-1], services[1:])),
        joint(correlations(gaps, services)),
        joint(correlations(gaps[:-1], services[1:])),
        joint(correlations(gaps[:, ::2], gaps[:, 1::2])),
        joint(correlations(services[:, ::2], services[:, 1::2])),
    ]


@pytest.mark.slow
def test_arrivals_and_services_of_a_scenario_are_independent() -> None:
    """Rank correlations, 1,000 of each of six kinds; false alarm 1e-4 in all."""
    assert min(scenario_p_values(*gaps_and_services())) >= 1e-4 / 6


@pytest.mark.slow
def test_a_little_dependence_in_a_scenario_is_noticed() -> None:
    """Sabotage twin: one replication in five has a third of its first 60 service times from the replication before."""
    gaps, services = gaps_and_services()
    copied = services.copy()
    copied[::5, :20] = np.roll(services, 1, axis=0)[::5, :20]
    assert min(scenario_p_values(gaps, copied)) < 1e-4 / 6
