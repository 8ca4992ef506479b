"""What the statistics allow as arguments, in one wording."""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Better", "at_least", "column", "level_within", "none_infinite", "sign_of"]

Better = Literal["less", "more"]  # which way a measure is good: a wait "less", a service level "more"


def level_within(level: float, low: float = 0.0) -> None:
    """Raise ValueError unless `low` < `level` < 1."""
    if not low < level < 1.0:
        raise ValueError(f"level is {level!r}: must be above {low:g} and below 1")


def at_least(name: str, value: float, least: int) -> None:
    """Raise ValueError unless `value` is a whole number, `least` or more."""
    if not (math.isfinite(value) and value == int(value) and value >= least):
        raise ValueError(f"{name} is {value!r}: must be a whole number, {least} or more")


def sign_of(better: Better) -> float:
    """1 where more is better, -1 where less is; ValueError for any other word."""
    if better not in ("less", "more"):
        raise ValueError(f"better is {better!r}: must be 'less' or 'more'")
    return 1.0 if better == "more" else -1.0


def none_infinite(table: NDArray[np.float64], first: int = 0) -> None:
    """Raise ValueError where `table`, systems by replications from number `first` + 1 on, holds an infinite value."""
    if np.isinf(table).any():
        system, late = np.argwhere(np.isinf(table))[0]
        where = f"replication {first + late + 1} of system {system}"
        raise ValueError(f"samples holds an infinite value in {where}: must be finite, or NaN for none")


def column(name: str, values: ArrayLike, of: str) -> NDArray[np.float64]:
    """`values` as a one-dimensional array of floats; `of` says in the error what one entry is."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions: must have 1 ({of})")
    return array
