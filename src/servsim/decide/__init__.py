"""What follows from a scenario: which inputs matter, where a choice begins to pay, what it brings in."""

from .breakeven import BreakEven, Crossing, breakeven
from .returns import Returns
from .roi import roi
from .sensitivity import Sobol, Tornado, sobol, sobol_runs, tornado

__all__ = [
    "BreakEven",
    "Crossing",
    "Returns",
    "Sobol",
    "Tornado",
    "breakeven",
    "roi",
    "sobol",
    "sobol_runs",
    "tornado",
]
