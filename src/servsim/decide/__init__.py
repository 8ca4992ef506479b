"""What follows from a scenario: which inputs matter, where a choice begins to pay, whether a claim holds."""

from .breakeven import BreakEven, Crossing, breakeven
from .cases import Case
from .claims import Claims, claims
from .sensitivity import Sobol, Tornado, sobol, sobol_runs, tornado

__all__ = ["BreakEven", "Case", "Claims", "Crossing", "Sobol", "Tornado", "breakeven", "claims", "sobol"]
__all__ += ["sobol_runs", "tornado"]
