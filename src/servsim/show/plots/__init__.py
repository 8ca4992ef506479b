"""Plots: each a function on a tidy table, and a method on a result (`result.plot.service_level("channel:phone")`).

Every function returns a matplotlib `Figure` in the house style; `save_figure` writes it, `figure_bytes` gives the
bytes of a file. What is imported here costs nothing: the modules that draw are imported when one of their functions
is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .house import (
    BLUE,
    FORMATS,
    GREY,
    PALETTE,
    check_plot_path,
    figure_bytes,
    fitted,
    save_figure,
    style,
    time_unit,
    value_unit,
)

if TYPE_CHECKING:
    from .cash import cash
    from .comparison import curve, differences
    from .contacts import time_spent, wait_distribution, wait_quantiles, where_time_goes
    from .decide import breakeven, sobol, tornado
    from .methods import (
        BreakEvenPlots,
        ComparisonPlots,
        Plots,
        ResultPlots,
        ReturnsPlots,
        SobolPlots,
        TornadoPlots,
        WarmupPlots,
    )
    from .money import cost
    from .over_time import arrivals_staffing, occupancy, queues, service_level, wait
    from .sankey import flow, paths_of
    from .steady import warmup

__all__ = [
    "BLUE",
    "FORMATS",
    "GREY",
    "PALETTE",
    "BreakEvenPlots",
    "ComparisonPlots",
    "Plots",
    "ResultPlots",
    "ReturnsPlots",
    "SobolPlots",
    "TornadoPlots",
    "WarmupPlots",
    "arrivals_staffing",
    "breakeven",
    "cash",
    "check_plot_path",
    "cost",
    "curve",
    "differences",
    "figure_bytes",
    "fitted",
    "flow",
    "occupancy",
    "paths_of",
    "queues",
    "save_figure",
    "service_level",
    "sobol",
    "style",
    "time_spent",
    "time_unit",
    "tornado",
    "value_unit",
    "wait",
    "wait_distribution",
    "wait_quantiles",
    "warmup",
    "where_time_goes",
]

_HOMES = {
    **dict.fromkeys(("arrivals_staffing", "occupancy", "queues", "service_level", "wait"), "over_time"),
    **dict.fromkeys(("time_spent", "wait_distribution", "wait_quantiles", "where_time_goes"), "contacts"),
    **dict.fromkeys(("curve", "differences"), "comparison"),
    **dict.fromkeys(("breakeven", "sobol", "tornado"), "decide"),
    **dict.fromkeys(("flow", "paths_of"), "sankey"),
    **dict.fromkeys(("Plots", "ResultPlots", "ComparisonPlots", "TornadoPlots", "SobolPlots"), "methods"),
    **dict.fromkeys(("BreakEvenPlots", "ReturnsPlots", "WarmupPlots"), "methods"),
    "cash": "cash",
    "cost": "money",
    "warmup": "steady",
}


def __getattr__(name: str) -> Any:
    """Import a function when it is first used. Raises AttributeError for a name that is not public."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
