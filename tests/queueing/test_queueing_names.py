"""The public names are in the page of the docs, each described, each able to say its source; nothing heavy loads."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_origin

from servsim import queueing

PAGE = Path(__file__).parents[2] / "docs" / "queueing.md"


def test_the_page_tells_of_every_public_name() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert told == set(queueing.__all__)


def test_every_function_has_a_text() -> None:
    for name in queueing.__all__:
        public = getattr(queueing, name)
        assert public.__doc__ or get_origin(public) in (Literal, Callable), name


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, servsim.queueing; print({'numpy', 'scipy', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
