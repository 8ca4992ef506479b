"""Running one scenario many times, each time with other random numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..scenario import Scenario, load
from .precision import MOST, Want, parse_precision, settle
from .result import Result
from .runner import Progress, Runner

__all__ = ["run"]


def run(
    scenario: Scenario | str | Path,
    *,
    reps: int = 10,
    precision: Want | None = None,
    max_reps: int = MOST,
    seed: int = 1,
    first: int = 1,
    engine: str = "auto",
    contacts: bool = False,
    events: bool = False,
    max_visits: int | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Simulate a scenario `reps` times and return what came out, with intervals.

    The replications have the numbers first … first + reps - 1. A replication depends on the scenario, the
    seed and its own number alone, so number 7 by itself is number 7 of a hundred.

    Args:
        scenario: a scenario, or the name of its file.
        reps: number of replications; with a precision, of the first stage.
        precision: as many replications as this takes: `2%`, or a measure with a half-width such as
            `service_level=0.5pp` (see `precision.parse_precision`). `settled` of the result tells what was reached.
        max_reps: replications at the most, with a precision.
        seed: the random numbers; two scenarios run with one seed see the same customers.
        first: number of the first replication.
        engine: a name out of `servsim.engine.ENGINES`, or `auto`.
        contacts: keep a table of every contact.
        events: keep a table of every event.
        max_visits: bound on the contacts, and on the visits to steps, of one replication, which stops a scenario that
            multiplies its contacts; None for the engine's usual one.
        jobs: processes to work with; None for as many as pay, 1 for this one alone.
        cluster: address of a Dask scheduler to have the work done.
        progress: is called now and then with (replications done, the share of the one under way included; replications
            in all).

    Raises:
        InputError: the scenario is wrong.
        RunError: a replication could not be finished.
        ValueError: reps, seed, first, max_visits or jobs is out of range, or arguments do not go together.
    """
    if precision is not None and (first != 1 or contacts or events):
        raise ValueError("precision goes with neither first nor contacts nor events")
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    with Runner(
        seed=seed,
        engine=engine,
        max_visits=max_visits,
        jobs=jobs,
        cluster=cluster,
        contacts=contacts,
        events=events,
        progress=progress,
    ) as runner:
        if precision is None:
            return runner.results([scenario], reps, first)[0]
        goals = parse_precision(precision, {scenario.name: scenario})
        [result], settled = settle(runner, [scenario], [scenario.name], 0, goals, reps, max_reps)
        return replace(result, settled=settled)
