"""What follows from a scenario: which inputs matter, where a choice begins to pay, whether a claim holds, what it
brings in.
"""

from .breakeven import BreakEven, Crossing, breakeven
from .cases import Case
from .claims import Claims, claims
from .returns import Returns
from .roi import roi
from .sensitivity import Sobol, Tornado, sobol, sobol_runs, tornado

__all__ = ["BreakEven", "Case", "Claims", "Crossing", "Returns", "Sobol", "Tornado"]
__all__ += ["breakeven", "claims", "roi", "sobol", "sobol_runs", "tornado"]
