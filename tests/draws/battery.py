"""A battery of tests of randomness on 32-bit words, small enough for every run of the tests: our own, no public one.

Every test takes words (uint32) that should be independent and uniform and returns p-values, two-sided but where said:
what is too near to what is expected is as suspicious as what is too far from it. Sources: Knuth, The Art of Computer
Programming 2 (3rd ed.), section 3.3.2; Marsaglia (1985), A current view of random number generators; L'Ecuyer and
Simard (2007), TestU01, ACM TOMS 33(4), 22; Rukhin et al. (2010), NIST SP 800-22.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np
from battery_words import AXES, KEPT, ORDERS, WIDTHS, Hash, hashed
from numpy.typing import NDArray
from scipy import stats

Bits = NDArray[np.uint32]
Test = Callable[[Bits], list[float]]

COUNT = (
    1 << 15
)  # words a test is made for: more sharpen every test, but the mean of collisions grows with the square


def chi_square(counts: NDArray[np.int64], shares: NDArray[np.float64] | None = None) -> float:
    """Return Pearson's p-value for counts whose expected shares are known (equal if not given)."""
    total = counts.sum()
    expected = total / counts.size if shares is None else total * shares
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return both_tails(stats.chi2(counts.size - 1), statistic)


def both_tails(law: object, value: float) -> float:
    """Return 2 min(P(X <= value), P(X >= value)), at most 1; for laws on whole numbers too."""
    below, above = float(law.cdf(value)), float(law.sf(value))  # type: ignore[attr-defined]
    if hasattr(law, "pmf"):
        above += float(law.pmf(value))
    return min(2.0 * min(below, above), 1.0)


def normal(z: float) -> float:
    """Return the two-sided p-value of a standard normal."""
    return 2.0 * float(stats.norm.sf(abs(z)))


def uniforms(words: Bits) -> NDArray[np.float64]:
    """Return uniforms on (0, 1) made of words."""
    return (words + 0.5) / 2.0**32


def binned(cells: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return how often each of `count` cells was hit."""
    return np.bincount(cells, minlength=count)


def equidistribution(words: Bits) -> list[float]:
    """Frequency and serial test (Knuth A, B): chi-square in 1, 2 and 3 dimensions, of upper and of lower bits."""
    found = []
    for dimension, wide in ((1, 8), (2, 4), (3, 3)):
        tuples = words[: words.size // dimension * dimension].reshape(-1, dimension)
        for low in (32 - wide, 0):
            digits = (tuples >> np.uint32(low)) & np.uint32((1 << wide) - 1)
            cells = digits @ (1 << wide * np.arange(dimension))
            found.append(chi_square(binned(cells, 1 << wide * dimension)))
    return found


def serial_correlation(words: Bits) -> list[float]:
    """Correlation of words some places apart (Knuth K), the variance of a uniform being known."""
    u = uniforms(words) - 0.5
    lags = (1, 2, 3, 4, 7, 8, 16, 64)
    return [normal(12.0 * float((u[lag:] * u[:-lag]).sum()) / math.sqrt(u.size - lag)) for lag in lags]


def birthday_spacings(words: Bits) -> list[float]:
    """How many spacings of sorted birthdays are seen again (Knuth J, Marsaglia): Poisson of mean m**3 / (4 n).

    512 birthdays in a year of 2**25 days have a mean of 1; whole rounds are added up. Of upper and of lower bits.
    """
    found = []
    for low in (7, 0):
        days = ((words >> np.uint32(low)) & np.uint32((1 << 25) - 1)).astype(np.int64)
        rounds = np.sort(days[: days.size // 512 * 512].reshape(-1, 512), axis=1)
        spacings = np.sort(np.diff(rounds, axis=1, prepend=0), axis=1)
        again = int((np.diff(spacings, axis=1) == 0).sum())
        found.append(both_tails(stats.poisson(len(rounds) * 512**3 / 2**27), again))
    return found


def collisions(words: Bits) -> list[float]:
    """Balls that fall where one lies already (Knuth I): n balls, m = 2**26 urns, Poisson of mean n**2 / (2 m).

    One ball a word (upper, lower bits), and one of two words (13 bits each).
    """
    pairs = words[: words.size // 2 * 2].reshape(-1, 2) >> np.uint32(19)
    all_balls = (
        words >> np.uint32(6),
        words & np.uint32((1 << 26) - 1),
        pairs[:, 0] << np.uint32(13) | pairs[:, 1],
    )
    found = []
    for balls in all_balls:
        n, m = balls.size, 2.0**26
        mean = n - m * -math.expm1(n * math.log1p(-1.0 / m))
        found.append(both_tails(stats.poisson(mean), int((np.diff(np.sort(balls)) == 0).sum())))
    return found


def gaps(words: Bits) -> list[float]:
    """How many words lie between two below 1/8 (Knuth D): geometric."""
    hits = np.flatnonzero(words < np.uint32(1 << 29))
    lengths = np.minimum(np.diff(hits) - 1, 32)
    shares = 0.125 * 0.875 ** np.arange(33.0)
    shares[32] = 0.875**32
    return [chi_square(binned(lengths, 33), shares)]


def runs(words: Bits) -> list[float]:
    """Number of runs up and down, of mean (2n - 1)/3 and variance (16n - 29)/90 (Levene and Wolfowitz 1944), and
    permutations: the order of 4 words (Knuth F).
    """
    n = words.size
    rises = np.diff(uniforms(words)) > 0.0
    count = 1 + int((rises[1:] != rises[:-1]).sum())
    order = np.argsort(words[: n // 4 * 4].reshape(-1, 4), axis=1)
    codes = binned(order @ (4 ** np.arange(4)), 256)
    seen = [sum(4**place * digit for place, digit in enumerate(p)) for p in permutations(range(4))]
    return [normal((count - (2 * n - 1) / 3.0) / math.sqrt((16 * n - 29) / 90.0)), chi_square(codes[seen])]


def hamming_weights(words: Bits) -> list[float]:
    """Ones in a word: binomial; and in neighbouring words at once (TestU01: HammingWeight, HammingIndep)."""
    weights = np.clip(np.bitwise_count(words).astype(np.int64), 7, 25) - 7
    law = stats.binom(32, 0.5)
    shares = law.pmf(np.arange(7, 26))
    shares[0], shares[-1] = law.cdf(7), law.sf(24)
    half = weights.size // 2
    third = np.searchsorted([8, 10], weights, side="right")  # fewer than 15, 15 and 16, more ones
    parts = np.array([law.cdf(14), law.pmf(15) + law.pmf(16), law.sf(16)])
    found = [chi_square(binned(weights, 19), shares)]
    for first, second in (
        (third[: 2 * half : 2], third[1::2][:half]),
        (third[:half], third[half : 2 * half]),
    ):
        found.append(chi_square(binned(first * 3 + second, 9), np.outer(parts, parts).ravel()))
    return found


def matrix_ranks(words: Bits) -> list[float]:
    """Ranks over GF(2) of 32 x 32 matrices: a word a row (Marsaglia), and all made of the words' lowest bits."""
    rows = words[: words.size // 1024 * 1024]
    lowest = np.packbits((rows & np.uint32(1)).astype(np.uint8)).view(np.uint32)
    shares = np.array([0.0, _rank_share(31), _rank_share(32)])
    shares[0] = 1.0 - shares.sum()
    every = (ranks(matrix.reshape(-1, 32)) for matrix in (rows, lowest))
    return [chi_square(binned(np.maximum(found, 30) - 30, 3), shares) for found in every]


def _rank_share(rank: int) -> float:
    """Return the chance that a random 32 x 32 matrix of bits has this rank (Marsaglia and Tsay 1985)."""
    product = 1.0
    for i in range(rank):
        product *= (1.0 - 2.0 ** (i - 32)) ** 2 / (1.0 - 2.0 ** (i - rank))
    return 2.0 ** (rank * (64 - rank) - 1024) * product


def ranks(matrices: Bits) -> NDArray[np.int64]:
    """Return the rank over GF(2) of each matrix (count, 32 rows as words), all at once by elimination."""
    rows = matrices.copy()
    count = np.arange(len(rows))
    rank = np.zeros(len(rows), dtype=np.int64)
    for bit in range(32):
        has = (rows >> np.uint32(bit)) & np.uint32(1) == 1
        pivot = has.argmax(axis=1)
        found = has[count, pivot]
        row = np.where(found, rows[count, pivot], np.uint32(0))
        rows ^= np.where(has, row[:, None], np.uint32(0))  # the pivot's own row becomes 0 and is done with
        rank += found
    return rank


def walsh(words: Bits) -> list[float]:
    """The largest Walsh coefficient of a bit's sequence of -1 and 1. One-sided.

    Each coefficient follows a binomial law exactly; its p-value is taken times their number. Of bits 31, 24, 16, 8, 0.
    The spectral test on bits of NIST SP 800-22 and TestU01, with Walsh's functions for Fourier's.
    """
    n = 1 << (words.size.bit_length() - 1)
    found = []
    for bit in (31, 24, 16, 8, 0):
        signs = 1 - 2 * ((words[:n] >> np.uint32(bit)) & np.uint32(1)).astype(np.int64)
        largest = int(np.abs(_hadamard(signs)).max())
        found.append(min(1.0, 2.0 * n * float(stats.binom(n, 0.5).sf((n + largest) // 2 - 1))))
    return found


def _hadamard(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the Walsh-Hadamard transform, in the order of the binary numbers."""
    half = 1
    while half < values.size:
        pairs = values.reshape(-1, 2, half)
        values = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).ravel()
        half *= 2
    return values


def spectrum(words: Bits) -> list[float]:
    """The largest ordinate of the periodogram over their mean: Fisher's g (1929), in its first term. One-sided."""
    power = np.abs(np.fft.rfft(uniforms(words) - 0.5))[1 : (words.size + 1) // 2] ** 2
    share = float(power.max() / power.sum())
    return [min(1.0, power.size * math.exp((power.size - 1) * math.log1p(-share)))]


TESTS: dict[str, Test] = {
    "equidistribution": equidistribution,
    "serial correlation": serial_correlation,
    "birthday spacings": birthday_spacings,
    "collisions": collisions,
    "gaps": gaps,
    "runs": runs,
    "Hamming weights": hamming_weights,
    "matrix ranks": matrix_ranks,
    "Walsh": walsh,
    "spectrum": spectrum,
}


def flips(axis: str, by: Hash = hashed, count: int = 4096) -> NDArray[np.int64]:
    """Return how often each bit of one input flips each of the kept bits: (bits of the input, 52).

    `count` neighbours along another input; the one tested is 0, so that no pair is counted from both its sides.
    """
    at = ORDERS["customer" if axis == "replication" else "replication"](0, count)
    at[axis] = np.zeros(count, np.uint64)
    before = by(at)
    found = np.empty((WIDTHS[axis], KEPT), dtype=np.int64)
    for bit in range(WIDTHS[axis]):
        changed = before ^ by(at | {axis: at[axis] ^ np.uint64(1 << bit)})
        octets = changed.byteswap().view(np.uint8).reshape(-1, 8)
        found[bit] = np.unpackbits(octets, axis=1, count=KEPT).sum(axis=0, dtype=np.int64)
    return found


def avalanche(axis: str, by: Hash = hashed, count: int = 4096) -> list[float]:
    """Strict avalanche (Webster and Tavares 1985): every bit of an input flips every bit of the output with p = 1/2.

    Of a random function all flips are independent, so the squared deviations add up to a chi-square, and the largest
    follows the binomial law, times their number.
    """
    found = flips(axis, by, count=count)
    z = (found - count / 2.0) / math.sqrt(count / 4.0)
    largest = int(np.abs(2 * found - count).max())
    extreme = 2.0 * found.size * float(stats.binom(count, 0.5).sf((count + largest) // 2 - 1))
    return [both_tails(stats.chi2(found.size), float((z * z).sum())), min(1.0, extreme)]


def every_avalanche(by: Hash = hashed) -> dict[str, list[float]]:
    """Return the p-values of all six inputs."""
    return {axis: avalanche(axis, by) for axis in AXES}
