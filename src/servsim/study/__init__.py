"""Scenarios run many times over: replications, intervals, targets met or missed, results that are kept."""

from .audit import SelfAudit, self_audit
from .batches import BatchMeans, batch_means
from .compare import Comparison
from .first_look import FirstLook, first_look
from .formula import Formula, formula_for, formulas
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
    "Formula",
    "Result",
    "Runner",
    "SelfAudit",
    "Study",
    "Wanted",
    "Warmup",
    "batch_means",
    "compare",
    "first_look",
    "formula_for",
    "formulas",
    "run",
    "self_audit",
    "sweep",
    "warmup",
]
