"""The strategies of random scenarios stand with the tests of the scenario format."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scenario"))
