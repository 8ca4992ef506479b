"""Scenarios run many times over: replications, intervals, targets met or missed, results that are kept."""

from .batches import BatchMeans, batch_means
from .compare import Comparison
from .first_look import FirstLook, first_look
from .plan import Study, compare, sweep
from .result import Result
from .run import run
from .runner import Runner
from .selection import Wanted
from .steady import Warmup, warmup

__all__ = [
    "BatchMeans",
    "Comparison",
    "FirstLook",
    "Result",
    "Runner",
    "Study",
    "Wanted",
    "Warmup",
    "batch_means",
    "compare",
    "first_look",
    "run",
    "sweep",
    "warmup",
]
