"""The package's public names, and what its import costs."""

import subprocess
import sys

from servsim import stats


def test_public_names_are_there_and_documented() -> None:
    assert len(set(stats.__all__)) == len(stats.__all__)
    for name in stats.__all__:
        assert hasattr(stats, name)
        if callable(getattr(stats, name)) and name != "Better":
            assert getattr(stats, name).__doc__


def test_import_takes_neither_scipy_nor_pandas() -> None:
    script = "import sys, servsim.stats; print(sorted({'scipy', 'pandas', 'matplotlib', 'numba'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
