"""Gives the words of every order to dieharder (Debian's package; Brown, Eddelbuettel and Bauer) and prints a table.

    python tests/draws/battery_dieharder.py [ORDER/PART ...]

Each test of dieharder reads words of its own, from position (number of the test) * 2**34 of the order. A p-value that
it prints is that of a Kolmogorov-Smirnov test of SAMPLES p-values. With 10 of them it is no fair p-value: of words from
/dev/urandom 9 in 240 then came out above 0.9999; hence 100, its default. Left out
for their time are 3, 9, 10, 11, 12, 16, 17, 200, 201 and 205 to 209; besides, what it calls suspect or not to be used
(5, 6, 7, 14), and one that did not run on a pipe (4).
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from pathlib import Path

from battery_words import ORDERS, XORED

# Numbers of dieharder's tests, and the tuples that its rgb tests look at.
TESTS = [*((test, 0) for test in (0, 1, 2, 8, 13, 15, 100, 101, 102, 204)), (202, 4), (203, 8)]
SAMPLES = 100
WORDS = Path(__file__).with_name("battery_words.py")
CASES = [
    *(f"{order}/upper" for order in [*ORDERS, *XORED]),
    "engine/lower",
    "engine/reversed",
    "philox/upper",
]


def outcomes(case: str, test: int, wide: int) -> list[tuple[str, float]]:
    """Return (name, p-value) of every line that one test prints about one order."""
    order, _, part = case.partition("/")
    source = subprocess.Popen(
        [sys.executable, str(WORDS), order, part, str(test << 34)], stdout=subprocess.PIPE
    )
    command = ["dieharder", "-g", "200", "-d", str(test), "-n", str(wide), "-p", str(SAMPLES)]
    command += ["-D", "test_name", "-D", "ntuple", "-D", "pvalues"]
    found = subprocess.run(command, stdin=source.stdout, capture_output=True, text=True, check=True)
    assert source.stdout
    source.stdout.close()
    source.wait()
    rows = [[cell.strip() for cell in line.split("|")] for line in found.stdout.splitlines() if "|" in line]
    return [(" ".join(row[:2]), float(row[2])) for row in rows if len(row) >= 3 and row[2][:1].isdigit()]


def main(cases: list[str]) -> None:
    """Print a row an order: how many p-values, the smallest, the largest, and what p-value that has among so many."""
    every: list[float] = []
    print("| order | p-values | smallest | largest | joint p-value | seconds |\n|---|---|---|---|---|---|")
    for case in cases:
        start = time.perf_counter()
        found = [pair for test in TESTS for pair in outcomes(case, *test)]
        values = [p for _, p in found]
        every += values
        print(f"| {case} | {summary(values)} | {time.perf_counter() - start:.0f} |", flush=True)
        print(
            f"{case}: {sorted(found, key=lambda pair: pair[1])[:2]} {sorted(found, key=lambda pair: pair[1])[-2:]}",
            file=sys.stderr,
            flush=True,
        )
    print(f"| all | {summary(every)} | |")


def summary(values: list[float]) -> str:
    """Return count, least, greatest, and the chance of one so near to 0 or 1 among so many independent ones."""
    nearest = min(min(values), 1.0 - max(values))
    joint = -math.expm1(len(values) * math.log1p(-2.0 * nearest)) if nearest < 0.5 else 1.0
    return f"{len(values)} | {min(values):.1e} | {max(values):.6f} | {joint:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:] or CASES)
