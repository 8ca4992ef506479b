"""Compiles the engine once, before the workers start, so that none of them waits for it or is told of it.

Files go to workers whole, as their tests share what they have computed; the longest go first, so that none is left over
at the end.
"""

import pytest

from servsim.engine import compiled


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernel, unless this is a worker of xdist or the kernel is there already."""
    if not hasattr(config, "workerinput"):
        compiled.prepare()


LONGEST = ("test_suite.py", "test_coverage.py", "test_never_lost.py", "test_crew.py", "test_engine_fuzz.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
