"""How results come to their plots: `result.plot`, `comparison.plot`, and so on.

A stage imports none that comes later, and drawing comes last. So the plots are found by the name of the module that
draws them, at the moment they are asked for; whoever draws nothing imports nothing of it. (pandas finds its plotting
backends in the same way.)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["BACKEND", "plots_of"]

BACKEND = "servsim.show.plots.methods"  # has a class for each kind of result, made from one


def plots_of(kind: str, result: Any) -> Any:
    """Return the plots of a result: an object with a method for each, such as `result.plot.service_level()`.

    Args:
        kind: name of the class in the module `BACKEND`, such as `ResultPlots`.
        result: whose plots they are.
    """
    return getattr(import_module(BACKEND), kind)(result)
