"""The corner cases of `corners.yaml`, as networks."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from servsim.network import Network, build
from servsim.scenario import load

__all__ = ["CORNERS", "MANY", "Corner", "corner", "variants"]

MANY = 4_000  # visits; only those corner cases reach it that are stopped by a bound
_FILE = YAML(typ="safe").load(Path(__file__).with_name("corners.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Corner:
    """A base with changes.

    For every combination of the values in `vary` there is one scenario more. `shows` names what the runs must have used
    (`features.py`), `error` how the error begins that stops them.
    """

    base: str
    change: dict[str, Any]
    vary: dict[str, list[Any]]
    shows: tuple[str, ...]
    error: str


def _corner(base: str, change: Any = (), vary: Any = (), shows: Any = (), error: str = "") -> Corner:
    return Corner(
        json.dumps(_FILE["bases"][base], default=str), dict(change), dict(vary), tuple(shows), error
    )


CORNERS = {name: _corner(**part) for name, part in _FILE["corners"].items()}


def variants(name: str) -> Iterator[dict[str, Any]]:
    """Yield the changes of a corner case, one for each combination of what varies."""
    case = CORNERS[name]
    for values in product(*case.vary.values()):
        yield {**case.change, **dict(zip(case.vary, values, strict=True))}


@cache
def corner(name: str) -> tuple[Network, ...]:
    """Return the networks of a corner case, one for each variant."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.yaml"
        path.write_text(CORNERS[name].base, encoding="utf-8")
        return tuple(build(load(path, changes).model) for changes in variants(name))
