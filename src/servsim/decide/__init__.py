"""What follows from a scenario: which inputs matter, and where a choice begins to pay."""

from .breakeven import BreakEven, Crossing, breakeven
from .sensitivity import Sobol, Tornado, sobol, sobol_runs, tornado

__all__ = ["BreakEven", "Crossing", "Sobol", "Tornado", "breakeven", "sobol", "sobol_runs", "tornado"]
