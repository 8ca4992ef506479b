"""How far the scenario lies from the log: prints the table that README.md quotes.

python compare.py [--reps N] [--seed S]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

import servsim as sv
from servsim.stats import mean_interval

HERE = Path(__file__).parent
CLASSES = ("priority", "regular", "prospect", "stock", "callback", "internet")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # the scenario's week begins on Sunday
MEASURES = {"abandonment": "abandonment", "wait": "mean_wait", "service_level": "answered_within_20s"}
TOTALS = {**MEASURES, "asa": "mean_wait_answered", "wait_abandoned": "mean_wait_abandoned"}
WORDS = {
    "abandonment": "abandoned",
    "wait": "wait (s)",
    "service_level": "within 20 s",
    "asa": "wait of the answered (s)",
    "wait_abandoned": "wait of those who gave up (s)",
}


def _number(measure: str, value: float, digits: int = 1) -> str:
    return f"{value:.{digits}%}" if measure in ("abandonment", "service_level") else f"{value:.{digits}f}"


def table(reps: int, seed: int) -> str:
    """Return a Markdown table: what the log shows, what servsim gives (mean of replications ± 95 %)."""
    scenario = sv.load(HERE / "scenario.yaml")
    result = sv.run(scenario, reps=reps, seed=seed, contacts=True)
    observed = pd.read_csv(HERE / "facts" / "observed.csv").set_index(["measure", "class", "day"])["value"]
    lines = ["| | measure | log | servsim |", "|---|---|---|---|"]

    def row(who: str, measure: str, seen: float, ours: sv.stats.Interval) -> None:
        cell = f"{_number(measure, ours.mean)} ± {_number(measure, ours.half_width)}"
        lines.append(f"| {who} | {WORDS[measure]} | {_number(measure, seen)} | {cell} |")

    for measure, name in TOTALS.items():
        row("all", measure, observed[name, "all", "all"], result.value(measure))
    contacts = result.contacts
    assert contacts is not None
    at_once = (
        ((contacts["wait"] == 0) & (contacts["end"] == "resolved")).groupby(contacts["replication"]).mean()
    )
    ours = mean_interval(at_once.to_numpy())
    seen = _number("service_level", observed["answered_at_once", "all", "all"])
    lines.append(f"| all | answered at once | {seen} | {ours.mean:.1%} ± {ours.half_width:.1%} |")
    for name in CLASSES:
        for measure in MEASURES:
            row(
                name,
                measure,
                observed[MEASURES[measure], name, "all"],
                result.value(measure, f"channel:{name}"),
            )
    for number, day in enumerate(DAYS):
        ours = result.value("wait", "total", f"1999-02-{7 + number:02}")
        row(day, "wait", observed["mean_wait", "all", day], ours)
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How far the bank scenario lies from the log.")
    parser.add_argument("--reps", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(table(arguments.reps, arguments.seed))
