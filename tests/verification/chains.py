"""Cases with exact answers from a Markov chain: the models of `tests/oracle`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from case import Case, Key, Known, exactly

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))

from models import MODELS, Oracle

PLAN: dict[
    str, tuple[float | None, int]
] = {  # measured hours of a replication (days are what they are); replications
    "priorities": (450, 200),
    "skills": (340, 200),
    "longest": (540, 200),
    "repeats": (320, 200),
    "retrials": (220, 200),
    "outage_skip": (340, 200),
    "outage_wait": (340, 200),
    "day_cut": (None, 2000),
    "day_drain": (None, 2000),
    "day_part": (None, 2000),
}


def case(model: Oracle) -> Case:
    """Return the case of a model."""

    def solve() -> Mapping[Key, Known]:
        return exactly(model.answers, model.period)

    hours, reps = PLAN[model.name]
    about = model.text.partition("\n")[0].removeprefix("# ").rstrip(".")
    if model.period != "run":
        about += f"; of {model.period} alone"
    return Case(
        model.name,
        about,
        "the Markov chain of the same system (`tests/oracle`)",
        model.path,
        solve,
        kind="chain",
        reps=reps,
        hours=hours,
        brief_hours=None if hours is None else 6,
    )


CHAINS = tuple(case(model) for model in MODELS.values())
