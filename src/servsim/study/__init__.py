"""Scenarios run many times over: replications, intervals, targets met or missed, results that are kept."""

from .compare import Comparison
from .first_look import FirstLook, first_look
from .plan import Study, compare, sweep
from .result import Result
from .run import run
from .runner import Runner
from .selection import Wanted

__all__ = [
    "Comparison",
    "FirstLook",
    "Result",
    "Runner",
    "Study",
    "Wanted",
    "compare",
    "first_look",
    "run",
    "sweep",
]
