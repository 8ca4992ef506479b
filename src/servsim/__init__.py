"""Simulation of service operations: a written scenario goes in, a decision that can be defended comes out.

    import servsim as sv

    result = sv.run("shop.yaml", reps=10, seed=1)
    result.targets
    result.value("service_level", "channel:phone")
    print(sv.compare("shop.yaml", "more_bot.yaml").verdict())

Everything is imported when it is first used, so that `import servsim` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        catalogue,
        decide,
        engine,
        errors,
        measure,
        network,
        queueing,
        scenario,
        show,
        stats,
        study,
        units,
    )
    from .decide import Claims, claims, roi
    from .scenario import Scenario, load
    from .study import Comparison, Result, Study
    from .study.plan import compare, sweep
    from .study.run import run

    __version__: str

__all__ = [
    "Claims",
    "Comparison",
    "Result",
    "Scenario",
    "Study",
    "__version__",
    "catalogue",
    "claims",
    "compare",
    "decide",
    "engine",
    "errors",
    "load",
    "measure",
    "network",
    "queueing",
    "roi",
    "run",
    "scenario",
    "show",
    "stats",
    "study",
    "sweep",
    "units",
]

_HOMES = {
    **dict.fromkeys(("Claims", "claims"), "decide"),
    **dict.fromkeys(("Comparison", "Result", "Study", "compare", "run", "sweep"), "study"),
    **dict.fromkeys(("Scenario", "load"), "scenario"),
    "roi": "decide",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used. Raises AttributeError for any other."""
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("servsim")
    elif name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    elif name in __all__:
        value = import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not yet."""
    return sorted({*globals(), *__all__})
