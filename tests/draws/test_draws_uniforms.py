"""Keyed uniforms: pinned values, independence across every input, and a bad mixer that must be caught."""

import importlib.util
import math
from collections.abc import Callable
from types import ModuleType

import numba
import numpy as np
import pytest
from scipy import stats

from servsim.draws import combine, kernel, stream_hash, stream_key, uniform

PATIENCE = stream_hash("phone/patience")
AXES = ("seed", "replication", "stream", "customer", "attempt", "index")
N = 8192
FALSE_ALARM = 1e-6  # chance that `rejected` strikes a perfect generator, over all its tests together


def interpreted_kernel() -> ModuleType:
    """A second copy of the kernel that plain Python interprets."""
    spec = importlib.util.spec_from_file_location("servsim.draws.interpreted_kernel", kernel.__file__)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    before = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = True
    try:
        spec.loader.exec_module(module)
    finally:
        numba.config.DISABLE_JIT = before
    return module


def draws_along(axis: str, draw: Callable[..., float]) -> np.ndarray:
    """N uniforms with one input running 0, 1, 2, ... and the others fixed."""
    at = dict.fromkeys(AXES, 0) | {"seed": 20, "stream": PATIENCE, "customer": 5}
    return np.array([draw(**(at | {axis: at[axis] + i})) for i in range(N)])


def chi_square_tails(counts: np.ndarray) -> float:
    """Two-sided p-value: too uneven and too even both count."""
    expected = counts.sum() / counts.size
    statistic = float(((counts - expected) ** 2).sum() / expected)
    law = stats.chi2(counts.size - 1)
    return 2.0 * min(law.sf(statistic), law.cdf(statistic))


def p_values(u: np.ndarray) -> list[float]:
    """Chi-square of single draws and of pairs at distance 1, 2, 4; correlation at distance 1, 2, 3."""
    found = [chi_square_tails(np.bincount((u * 64).astype(int), minlength=64))]
    for step in (1, 2, 4):
        blocks = u[: N - N % (2 * step)].reshape(-1, 2, step)
        cells = (blocks[:, 0] * 8).astype(int) * 8 + (blocks[:, 1] * 8).astype(int)
        found.append(chi_square_tails(np.bincount(cells.ravel(), minlength=64)))
    for lag in (1, 2, 3):
        z = 12.0 * float(((u[lag:] - 0.5) * (u[:-lag] - 0.5)).sum()) / math.sqrt(N - lag)
        found.append(2.0 * float(stats.norm.sf(abs(z))))
    return found


def rejected(draw: Callable[..., float]) -> list[str]:
    """The axes along which ``draw`` is not uniform and independent, at FALSE_ALARM in all (Bonferroni)."""
    by_axis = {axis: p_values(draws_along(axis, draw)) for axis in AXES}
    level = FALSE_ALARM / sum(map(len, by_axis.values()))
    return [axis for axis, found in by_axis.items() if min(found) < level]


def draw_with(module: ModuleType) -> Callable[..., float]:
    def draw(seed: int, replication: int, stream: int, customer: int, attempt: int, index: int) -> float:
        return float(module.uniform(module.stream_key(seed, replication, stream), customer, attempt, index))

    return draw


def test_neighbours_along_every_input_are_independent() -> None:
    assert rejected(draw_with(kernel)) == []


def test_a_bad_mixer_is_caught_along_every_input() -> None:
    """Sabotage twin: the same keys through a plain multiplication."""
    bad = interpreted_kernel()
    vars(bad)["_mix"] = lambda word: word * np.uint64(0x9FB21C651E98DF25)
    with np.errstate(over="ignore"):
        assert rejected(draw_with(bad)) == list(AXES)


def test_swapped_inputs_are_different_draws() -> None:
    seen = {uniform(stream_key(s, r, t), c, a, i) for s, r, t, c, a, i in np.ndindex(3, 3, 3, 3, 3, 3)}
    assert len(seen) == 3**6


@pytest.mark.parametrize(
    ("key_of", "key", "first", "mixed"),
    [
        ((0, 0, 0), 8842271314453605050, "0x1.6c695eba6ea0ap-2", "0x1.b05b91ac8aaf0p-5"),
        ((1, 0, PATIENCE), 7278110421748745537, "0x1.2535805ca1dd8p-4", "0x1.835006f988fffp-1"),
        ((2, 0, PATIENCE), -4807885856870401754, "0x1.ee62a77a4c7cfp-1", "0x1.5f9e4561500cep-2"),
        ((-1, 3, PATIENCE), 816816288848390308, "0x1.88e55c7d373afp-1", "0x1.159e949e81b62p-2"),
    ],
)
def test_known_answers(key_of: tuple[int, int, int], key: int, first: str, mixed: str) -> None:
    """A change here changes every result ever published: it needs a new major version."""
    assert stream_key(*key_of) == key
    assert uniform(key, 0, 0, 0).hex() == first
    assert uniform(key, -5, 2, 3).hex() == mixed


def test_known_hashes() -> None:
    assert PATIENCE == -3910240681108307312
    assert combine(PATIENCE, 0) == -5038801913466370981
    assert combine(PATIENCE, 7) == -8700409087291158520


def test_stream_names_are_normalised() -> None:
    assert stream_hash("caf\u00e9/time") == stream_hash("cafe\u0301/time")
    assert stream_hash("Phone/patience") != PATIENCE


def test_uniforms_lie_strictly_inside_and_have_an_exact_complement() -> None:
    us = [uniform(3, i, 0, 0) for i in range(2000)]
    assert all(0.0 < u < 1.0 and 1.0 - (1.0 - u) == u and (u * 2.0**53) % 2.0 == 1.0 for u in us)


def test_signed_range_compiles_once() -> None:
    for number in (-(2**63), -1, 0, 2**63 - 1):
        assert 0.0 < uniform(number, number, 2**31 - 1, 2**31 - 1) < 1.0
    assert len(uniform.signatures) == 1  # type: ignore[attr-defined]


def test_compiled_equals_interpreted() -> None:
    plain = interpreted_kernel()
    with np.errstate(over="ignore"):
        for i in range(200):
            inputs = (i * 7919 - 500, i, PATIENCE + i)
            key = stream_key(*inputs)
            assert plain.stream_key(*inputs) == key
            assert plain.uniform(key, i - 100, i, 3 * i) == uniform(key, i - 100, i, 3 * i)
            assert plain.combine(PATIENCE, i) == combine(PATIENCE, i)
