"""Words of the keyed hash in the orders in which a simulation, or somebody who looks for a fault, would read them.

    python tests/draws/battery_words.py customer | dieharder -g 200 -d 0      # 32-bit words, without end

The hash is written here a second time, over whole arrays, so that a battery has its millions of words at once; a test
holds it equal to `servsim.draws.uniform`, and the sabotaged twins are made of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Mixer = Callable[[Words], Words]
Inputs = dict[str, Words]

AXES = ("seed", "replication", "stream", "customer", "attempt", "index")
WIDTHS = dict.fromkeys(AXES, 64) | {"attempt": 31, "index": 31}  # bits of each input
ROOT = Path(__file__).parents[2]
MULTIPLIER = np.uint64(0x9FB21C651E98DF25)
SEED_OFFSET, STREAM_OFFSET = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)
KEPT = 52  # bits of a hash that reach the uniform: the upper ones


def word(number: int) -> np.uint64:
    """Return the bits of a signed or unsigned 64-bit integer."""
    return np.uint64(number & 0xFFFFFFFFFFFFFFFF)


def shift(words: Words, left: int = 0, right: int = 0) -> Words:
    """Return words shifted by constants, first to the left."""
    words = words << np.uint64(left) if left else words
    return words >> np.uint64(right) if right else words


def mix(words: Words) -> Words:
    """Return `servsim.draws.kernel._mix` of every word: rotations, then twice a multiplication and a shift."""
    return last_round(last_round(rotated(words)))


def rotated(words: Words) -> Words:
    """Return the words xored with two rotations of themselves."""
    turned = [shift(words, right=r) | shift(words, left=64 - r) for r in (49, 24)]
    return words ^ turned[0] ^ turned[1]


def last_round(words: Words) -> Words:
    """Return the words after a multiplication and a shift."""
    words = words * MULTIPLIER
    return words ^ shift(words, right=28)


def hashed(at: Inputs, mixer: Mixer = mix) -> Words:
    """Return the 64-bit hash at every input, of which `uniform` takes the upper 52 bits."""
    key = mixer(mixer(mixer(at["seed"] + SEED_OFFSET) + at["replication"]) + at["stream"])
    return mixer(mixer(key + at["customer"]) + (shift(at["attempt"], left=32) | at["index"]))


def added(at: Inputs) -> Words:
    """Return a sabotaged hash: seed, replication and stream are added up, as libraries do that add seeds."""
    key = at["seed"] + at["replication"] + at["stream"]
    return mix(mix(key + at["customer"]) + (shift(at["attempt"], left=32) | at["index"]))


def unmultiplied(at: Inputs) -> Words:
    """Return a sabotaged hash: the mixer without its second multiplication."""
    return hashed(at, lambda words: last_round(rotated(words)))


def congruential(at: Inputs) -> Words:
    """Return no hash at all: the low 32 bits of a linear congruential generator, as upper and lower half."""
    count = len(at["index"])
    powers = np.cumprod(np.full(count, np.uint64(6364136223846793005)))
    low = shift(np.cumsum(powers) * np.uint64(1442695040888963407), left=32)
    return low | shift(low, right=32)


@cache
def scenario_streams() -> Words:
    """Return the hashes of all streams of the scenarios in the checkout, each once, in the order of their files."""
    import servsim as sv
    from servsim.network import build

    hashes: list[int] = []
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        streams = build(sv.load(path).model).streams
        hashes += [int(h) for values in vars(streams).values() for h in np.ravel(values)]
    return np.array([word(h) for h in dict.fromkeys(hashes)])


@dataclass(frozen=True)
class Order:
    """One way to go through the inputs: what they are at position i, given positions as an array."""

    says: str
    inputs: Callable[[Words], dict[str, Words | np.uint64]]

    def __call__(self, start: int, count: int) -> Inputs:
        """Return the inputs at `count` positions from `start`."""
        i = np.arange(start, start + count, dtype=np.uint64)
        base: dict[str, Words | np.uint64] = {axis: np.uint64(0) for axis in AXES}
        base |= {"seed": word(1), "stream": phone_patience()} | self.inputs(i)
        return {axis: np.broadcast_to(np.asarray(value, np.uint64), i.shape) for axis, value in base.items()}


@cache
def phone_patience() -> np.uint64:
    """Return the hash of a stream's name."""
    from servsim.draws import stream_hash

    return word(stream_hash("channel/phone/patience"))


def customer_keys(i: Words) -> Words:
    """Return `combine` of a channel's hash and customer numbers, as both engines do."""
    return mix(mix(np.array([phone_patience()]) + STREAM_OFFSET) + i)


def bits(i: Words, low: int, count: int) -> Words:
    """Return some bits of the positions as a number: i // 2**low mod 2**count."""
    return shift(i, right=low) & np.uint64((1 << count) - 1)


def reversed_bits(words: Words) -> Words:
    """Return 64-bit words with the order of their bits turned round."""
    table = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"))
    octets = np.ascontiguousarray(words).view(np.uint8).reshape(-1, 8)
    return np.ascontiguousarray(table[octets[:, ::-1]]).view(np.uint64).ravel()


def among_streams(i: Words) -> dict[str, Words | np.uint64]:
    """Return the streams of the real scenarios in turn, for one customer after the other."""
    streams = scenario_streams()
    count = np.uint64(len(streams))
    return {"stream": streams[i % count], "customer": customer_keys(i // count)}


ORDERS: dict[str, Order] = {
    "index": Order("successive indices", lambda i: {"index": bits(i, 0, 31), "customer": bits(i, 31, 33)}),
    "attempt": Order(
        "successive attempts", lambda i: {"attempt": bits(i, 0, 31), "customer": bits(i, 31, 33)}
    ),
    "customer": Order("successive customer numbers", lambda i: {"customer": i}),
    "replication": Order("successive replications", lambda i: {"replication": i}),
    "seed": Order("successive seeds", lambda i: {"seed": i}),
    "stream": Order("successive stream numbers", lambda i: {"stream": i}),
    "names": Order("the streams of the real scenarios in turn, customer by customer", among_streams),
    "engine": Order(
        "customers as the engines number them, 4 attempts of 4 visits each",
        lambda i: {
            "customer": customer_keys(shift(i, right=4)),
            "attempt": bits(i, 2, 2),
            "index": bits(i, 0, 2),
        },
    ),
    "neighbours": Order(
        "8 customers, 8 attempts and 8 indices in turn, replication by replication",
        lambda i: {
            "customer": bits(i, 0, 3),
            "attempt": bits(i, 3, 3),
            "index": bits(i, 6, 3),
            "replication": shift(i, right=9),
        },
    ),
    "replications": Order(
        "8 replications in turn, customer by customer",
        lambda i: {"replication": bits(i, 0, 3), "customer": shift(i, right=3)},
    ),
    "seeds": Order(
        "8 seeds and 8 replications in turn, customer by customer",
        lambda i: {"seed": bits(i, 0, 3), "replication": bits(i, 3, 3), "customer": shift(i, right=6)},
    ),
    "high": Order(
        "customer numbers that differ in their highest bits", lambda i: {"customer": reversed_bits(i)}
    ),
}
# Two orders whose words are xored: what they have in common shows, as do bits that never change together.
XORED: dict[str, tuple[str, str, int]] = {
    "replication 0 ^ 1": ("customer", "replication", 1),
    "seed 1 ^ 2": ("customer", "seed", 2),
    "attempt 0 ^ 1": ("customer", "attempt", 1),
    "index 0 ^ 1": ("customer", "index", 1),
    "index 0 ^ 1, engine's customers": ("engine", "index", 4),
}
PARTS: dict[str, Callable[[Words], Words]] = {
    "upper": lambda words: shift(words, right=32),
    "lower": lambda words: shift(words, left=20, right=32),  # of the 52 bits that are kept
    "reversed": lambda words: reversed_bits(words) & np.uint64(0xFFFFFFFF),
}
Hash = Callable[[Inputs], Words]


def read(order: str, start: int, count: int, by: Hash = hashed) -> Words:
    """Return `count` hashes in the named order (of ORDERS or XORED) from position `start`."""
    if order == "philox":  # no hash of ours: the control
        return np.random.Generator(np.random.Philox(start)).integers(0, 1 << 64, count, dtype=np.uint64)
    if order in ORDERS:
        return by(ORDERS[order](start, count))
    along, axis, value = XORED[order]
    at = ORDERS[along](start, count)
    other = at | {axis: np.broadcast_to(np.uint64(value), (count,))}
    return by(at) ^ by(other)


def part_of(words: Words, part: str) -> NDArray[np.uint32]:
    """Return 32 of the 52 bits of each hash."""
    return PARTS[part](words).astype(np.uint32)


def stream_words(order: str, part: str, start: int, chunk: int = 1 << 14) -> Iterator[bytes]:
    """Yield the words of an order without end."""
    while True:
        yield part_of(read(order, start, chunk), part).tobytes()
        start += chunk


def main(order: str, part: str = "upper", start: str = "0") -> None:
    """Write words to standard output until the reader has had enough."""
    try:
        for block in stream_words(order, part, int(start)):
            sys.stdout.buffer.write(block)
    except BrokenPipeError:
        sys.stderr.close()  # else Python tells of it


if __name__ == "__main__":
    main(*sys.argv[1:])
