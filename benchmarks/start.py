"""Seconds that `servsim run` takes for one replication of the starter project, cold and warm.

    python benchmarks/start.py [--rounds N]

Cold: nothing is compiled yet (a fresh folder for numba's cache). Warm: the same command again, the best of the rounds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from servsim.engine import ENGINES

__all__ = ["main"]


def _seconds(words: list[str], cache: Path) -> float:
    """Return the time of one servsim command in a process of its own, with numba's cache in this folder."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "servsim", *words],
        env=env | {"NUMBA_CACHE_DIR": str(cache)},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - begin


def main(arguments: list[str] | None = None) -> int:
    """Measure each engine cold once and warm several times, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="warm runs; the best counts (3)")
    rounds = parser.parse_args(arguments).rounds
    if rounds < 1:
        parser.error("--rounds: at least 1")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        help_ = min(_seconds(["--help"], folder) for _ in range(rounds))
        _seconds(["new", str(folder / "shop")], folder)
        print(f"servsim --help: {help_:.2f} s\n")
        print(f"{'servsim run --reps 1':<22}{'cold s':>9}{'warm s':>9}")
        for engine in ENGINES:
            words = ["run", str(folder / "shop" / "shop.yaml"), "--reps", "1", "--engine", engine]
            cache = folder / f"cache-{engine}"
            cold = _seconds(words, cache)
            warm = min(_seconds(words, cache) for _ in range(rounds))
            print(f"{engine:<22}{cold:>9.2f}{warm:>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
