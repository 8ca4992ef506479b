"""What `--audit` tells: every check with its numbers, and formulas beside what was simulated."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from servsim.scenario import Scenario, load
from servsim.show.audit import print_audit
from servsim.stats import normal_score
from servsim.study import Result, SelfAudit, run

CALLS = """
servsim: 1
clock: {start: 2026-03-02, length: 6 h, interval: 1 h}
channels:
  phone: {type: voice, arrivals: {rate: 90/h}, lines: 20, patience: {exponential: 2 min}, flow: call}
flows:
  call:
    steps:
      hello: {bot: helper, time: 20 s, next: {talk: 90%, resolved: rest}}
      talk: {queue: phone, time: {exponential: 3 min}, next: {resolved: 80%, unresolved: rest}}
bots: {helper: {sessions: 9}}
queues: {phone: {max_waiting: 3}}
pools: {desk: {staff: 4, serves: [phone]}}
returns: {unresolved: {probability: 50%, after: {exponential: 20 min}}}
"""
CHECKS = {"contacts", "visits", "returns", "little", "order", "room", "busy", "roster", "sessions", "lines"}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    file = tmp_path_factory.mktemp("audit") / "calls.yaml"
    file.write_text(CALLS, encoding="utf-8")
    return run(load(file), reps=3, jobs=1)


def printed(audit: SelfAudit, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, emoji=False, markup=False, highlight=False)
    print_audit(audit, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def tampered(result: Result, measure: str, scope: str, factor: float) -> Result:
    """Return the result with one measure falsified."""
    rows = (result.index["measure"] == measure) & (result.index["scope"] == scope)
    matrix = result.matrix.copy()
    matrix[:, np.flatnonzero(rows)] *= factor
    return replace(result, matrix=matrix)


def test_every_check_with_its_numbers(result: Result) -> None:
    audit = result.audit()
    assert {check.check for check in audit.checks} == CHECKS
    assert all(check.holds for check in audit.checks)
    numbers = {check.check: check.numbers for check in audit.checks}
    came = result.sample("offered").sum()
    assert numbers["contacts"] == {"in": came, "out": came, "still_there": 0}
    assert numbers["returns"] == {"came_again": result.sample("repeats").sum()}
    assert numbers["busy"]["staffed_hours"] == 3 * 6 * 4
    assert numbers["busy"]["busy_hours"] == pytest.approx(result.sample("busy_hours").sum())
    assert numbers["room"] == {"room": 3, "turned_away": result.sample("blocked", "queue:phone").sum()}
    assert numbers["lines"] == {"lines": 20} and numbers["sessions"]["limit"] == 9


def test_little_by_the_measures(result: Result) -> None:
    """Without a warm-up and with nobody waiting at the end every wait lies within: L = λW to rounding."""
    closing = result.scenario.with_({"channels.phone.arrivals.rate": {"00:00": "90/h", "05:00": "0/h"}})
    run_out = run(closing, reps=3, jobs=1)
    [little] = [check for check in run_out.audit().checks if check.check == "little"]
    n = little.numbers
    stays = run_out.sample("offered", "queue:phone") - run_out.sample("blocked", "queue:phone")
    assert n["lambda_per_s"] == pytest.approx(stays.sum() / (3 * 6 * 3600))
    assert n["L"] == pytest.approx(run_out.sample("waiting", "queue:phone").mean())
    assert n["relative_difference"] < 1e-9 and little.holds
    wrong = tampered(run_out, "waiting", "queue:phone", 1.001).audit()
    assert [check.check for check in wrong.checks if not check.holds] == ["little"]


@pytest.mark.parametrize(
    ("measure", "scope", "check"),
    [
        ("resolved", "total", "contacts"),
        ("busy_hours", "pool:desk", "busy"),
        ("sessions_open", "bot:helper", "sessions"),
    ],
)
def test_numbers_that_do_not_agree_are_told(result: Result, measure: str, scope: str, check: str) -> None:
    """Sabotage twin: the numbers are compared, not only shown."""
    assert "NOT SO" not in printed(result.audit())
    wrong = tampered(result, measure, scope, 30.0).audit()
    assert [one.check for one in wrong.checks if not one.holds] == [check]
    assert "NOT SO" in printed(wrong)


def test_a_queue_that_is_no_known_model_says_why(result: Result) -> None:
    text = printed(result.audit())
    assert "phone: not a known model: customers of 'phone' come back after unresolved ends." in text
    assert "All of this held in each of the 3 replications" in text


def test_a_start_from_empty_is_explained(published: Callable[[str], Scenario]) -> None:
    """At 98 % of use queues fill for days; a run of 2 h from empty is far from the steady state, and says why."""
    scenario = published("mmc.yaml").with_({"channels.calls.arrivals.rate": "5.9/min", "clock.length": "2 h"})
    audit = run(scenario, reps=20, jobs=1).audit()
    figures = {figure.measure: figure for figure in audit.queues[0].figures}
    assert figures["wait"].far and figures["wait"].z < -4
    assert "this run starts empty, with no warm-up in 2 h" in audit.warning
    text = printed(audit)
    assert "calls is M/M/12; Erlang C says" in text and "Warning:" in text
    assert max(map(len, printed(audit, 60).splitlines())) <= 60


@pytest.fixture
def published() -> Callable[[str], Scenario]:
    folder = Path(__file__).parents[2] / "scenarios" / "published"
    return lambda name: load(folder / name)


def test_one_replication_has_no_z(published: Callable[[str], Scenario]) -> None:
    audit = run(published("mmc.yaml"), reps=1, jobs=1).audit()
    assert all(math.isnan(figure.z) for figure in audit.queues[0].figures)
    assert audit.warning == "" and "All of this held in the replication" in printed(audit)


def test_the_summary_and_the_folder_hold_it_where_asked(result: Result, tmp_path: Path) -> None:
    assert "audit" not in result.summary()
    summary = result.summary(audit=True)
    assert summary["audit"]["replications"] == 3
    assert {check["check"] for check in summary["audit"]["checks"]} == CHECKS
    assert summary["audit"]["formulas"][0]["reason"].startswith("customers of 'phone' come back")
    for asked in (False, True):
        folder = result.save(tmp_path / str(asked), audit=asked)
        text = (folder / "summary.json").read_text(encoding="utf-8")
        assert json.loads(text) == result.summary(audit=asked)


def test_normal_score() -> None:
    """Student's t with one degree of freedom is Cauchy: beyond 1 lies a quarter, as beyond 0.6745 of the normal."""
    assert normal_score(1.0, 1) == pytest.approx(0.6744897501960817, rel=1e-12)
    assert normal_score(-1.0, 1) == -normal_score(1.0, 1)
    assert normal_score(3.0, 10**8) == pytest.approx(3.0, rel=1e-6)
    assert normal_score(0.0, 5) == 0
    with pytest.raises(ValueError, match="freedom is 0: must be 1 or more"):
        normal_score(1.0, 0)
