"""Leads a study as a process of its own, so that tests can kill it: FILE FOLDER REPS JOBS [name in doubles]."""

from __future__ import annotations

import hashlib
import json
import signal
import sys

import doubles

from servsim.scenario import load
from servsim.study import crew
from servsim.study.runner import Runner
from servsim.study.shelf import Shelf


def main(file: str, folder: str, reps: str, jobs: str, double: str = "") -> None:
    """Run two scenarios and print how much was found and computed, and a hash of the numbers."""
    if double:
        crew.work = getattr(doubles, double)
    scenarios = [load(file), load(file, {"pools.desk.staff": 5, "name": "Other"})]
    with Shelf(folder) as shelf, Runner(jobs=int(jobs), store=shelf, progress=_say) as runner:
        results = runner.results(scenarios, int(reps))
        numbers = b"".join(result.matrix.tobytes() for result in results)
        told = {"found": runner.found, "computed": runner._done, "hash": hashlib.sha256(numbers).hexdigest()}
        print(json.dumps(told))


def _say(done: float, wanted: int) -> None:
    print(done, wanted, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore Ctrl-C
    main(*sys.argv[1:])
