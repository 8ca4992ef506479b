"""Compiles the engine once, before the workers start, so that none of them waits for it or is told of it."""

import pytest

from servsim.engine import compiled


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernel, unless this is a worker of xdist or the kernel is there already."""
    if not hasattr(config, "workerinput"):
        compiled.prepare()
