"""Run the compiled engine over corner cases and random scenarios, and print what it gives as one line each.

    python checked_run.py EXAMPLES [too-small | large]

`test_parity_bounds.py` starts it with SERVSIM_CHECK_BOUNDS=1, where every access of the kernel to a table is checked.
With `too-small` the kernel does not see that a table is full; with `large` tables have their usual size.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "scenario"))

from corners import CORNERS, MANY, corner
from hypothesis import given
from parity import columns, outcome
from test_engine_fuzz import crowded, fuzz, network

from servsim.engine.compiled import world
from servsim.network import Network

ROWS = 4  # of the tables that grow, at first


def small_tables() -> None:
    """Let tables begin with a few rows, so that their ends are met."""
    world.GROWING.update({name: (ROWS, counter) for name, (_, counter) in world.GROWING.items()})


def networks(examples: int) -> Iterator[tuple[str, Network]]:
    """Yield every corner case, then so many random scenarios, always the same ones."""
    for name in CORNERS:
        for net in corner(name):
            yield name, net
    found: list[Network] = []

    @fuzz(examples)
    @given(crowded())
    def find(data: Mapping[str, Any]) -> None:
        found.append(network(data))

    find()
    yield from (("crowded", net) for net in found)


def digests(examples: int) -> Iterator[str]:
    """Yield name and digest of what the compiled engine gives of each network."""
    for name, net in networks(examples):
        told = outcome("compiled", net, max_visits=MANY)
        parts = [told.encode()] if isinstance(told, str) else [c.tobytes() for c in columns(told).values()]
        yield f"{name}: {hashlib.sha256(b'|'.join(parts)).hexdigest()}"


def promise_too_much() -> None:
    """Let the kernel believe that there is always room for one more event."""
    init = world.World.__init__

    def broken(self: world.World, *arguments: Any) -> None:
        init(self, *arguments)
        self.state["margin"] = -(10**6)  # what the kernel looks at before it goes on

    world.World._wanted = lambda self, name: 0  # type: ignore[method-assign]
    world.World.__init__ = broken  # type: ignore[method-assign]


if __name__ == "__main__":
    if "large" not in sys.argv:
        small_tables()
    if "too-small" in sys.argv:
        promise_too_much()
    print(*digests(int(sys.argv[1])), sep="\n")
