"""`servsim claims`, and futures in `servsim compare`: what they print, refuse and write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from rich.cells import cell_len

Call = Callable[..., Result]

AS_IS = """
servsim: 1
name: 小店
currency: CNY
clock: {start: 2026-03-02, length: 4 h}
channels: {phone: {type: voice, arrivals: {rate: 40/h}, patience: 2 min, flow: call}}
flows: {call: {steps: {talk: {queue: calls, time: {exponential: 3 min}}}}}
queues: {calls: {}}
pools: {team: {staff: 3, serves: {calls: {}}, wage: 24/h}}
targets: [{measure: abandonment, at_most: 100%}]
"""
TO_BE = """
extends: as_is.yaml
name: 小店, cheaper
change: {pools.team.wage: 12/h}
claims:
  - {claim: Labour cost falls by half, measure: cost_labour, change: -50%, source: D 4.2}
  - claim: Labour cost falls by three quarters
    measure: cost_labour
    change: -75%
    holds_if: {vary: "pools.team.wage=4/h:20/h"}
  - {claim: Nobody gives up, measure: abandonment, queue: calls, at_most: 0%}
"""
FEW = ("--jobs", "1", "--reps", "3", "--breakeven-reps", "2")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "cheaper"
    folder.mkdir()
    (folder / "as_is.yaml").write_text(AS_IS, encoding="utf-8")
    (folder / "to_be.yaml").write_text(TO_BE, encoding="utf-8")
    return folder


def test_claims_are_printed_to_be_quoted(servsim: Call, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text whatever the terminal is said to be; labour cost is hours x wage, 3 x 4 x 24 as it is."""
    result = servsim("claims", case, *FEW)
    assert (result.exit_code, result.stderr) == (0, "")
    monkeypatch.setenv("COLUMNS", "60")
    assert servsim("claims", case, *FEW).stdout == result.stdout
    lines = result.stdout.splitlines()
    assert max(map(cell_len, lines)) <= 100
    assert lines[0] == "3 claims of 1 case: 1 holds, 2 fail"
    assert lines[1] == "3 replications, seed 1, the same customers in both scenarios"
    assert lines[3].rstrip() == "cheaper: 小店, cheaper against 小店, money in CNY"
    words = [" ".join(line.split()) for line in lines]
    assert "1 Labour cost falls by half (D 4.2) -50% 288.0 -50.0% (-50.0% … -50.0%) holds" in words
    assert "2 Labour cost falls by three quarters -75% 288.0 -50.0% (-50.0% … -50.0%) fails" in words
    assert "2 holds if pools.team.wage ≤ 6/h (6/h … 6/h)" in words


def test_machines_get_json_and_a_folder(servsim: Call, case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = servsim("claims", case, *FEW, "--json", "--out", out)
    found = json.loads(result.stdout)
    assert found == json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert [claim["verdict"] for claim in found["claims"]] == ["holds", "fails", "fails"]
    assert [claim["promise"] for claim in found["claims"]] == [-0.5, -0.75, 0.0]
    assert list(found["breakevens"]) == ["1"]
    assert len(pd.read_parquet(out / "claims.parquet")) == 3
    refused = servsim("claims", case, *FEW, "--out", out)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "holds a result already; --force" in refused.stderr
    assert servsim("claims", case, *FEW, "--out", out, "--force", "--quiet").exit_code == 0


def test_a_claim_that_fails_gives_the_status_that_was_asked_for(servsim: Call, case: Path) -> None:
    assert servsim("claims", case, *FEW, "--fail-on-miss", "-q").exit_code == 1
    text = TO_BE[: TO_BE.index("  - claim:")]
    (case / "to_be.yaml").write_text(text, encoding="utf-8")
    assert servsim("claims", case, *FEW, "--fail-on-miss", "-q").exit_code == 0


def test_all_is_the_library_from_the_current_folder(
    servsim: Call, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = servsim("claims", "--all")
    assert result.exit_code == 2
    assert "--all: there is no folder scenarios/cases here" in result.stderr
    (tmp_path / "scenarios" / "cases").mkdir(parents=True)
    case.rename(tmp_path / "scenarios" / "cases" / "cheaper")
    assert "3 claims of 1 case" in servsim("claims", "--all", *FEW).stdout
    for words, said in (
        (("--all", "x"), "leave the folders out"),
        ((), "name the folder of a case, or --all"),
        (("x", "--force"), "--force belongs to --out"),
        (("x",), "x: there is no such folder or file"),
    ):
        result = servsim("claims", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_a_comparison_is_printed_in_each_future(servsim: Call, case: Path) -> None:
    text = AS_IS + "futures: {as now: {}, downturn: {channels.phone.arrivals.rate: x0.5}}\n"
    (case / "as_is.yaml").write_text(text, encoding="utf-8")
    files = case / "as_is.yaml", case / "to_be.yaml"
    result = servsim("compare", *files, "--reps", "3", "--jobs", "1")
    assert (result.exit_code, result.stderr) == (0, "")
    tail = result.stdout[result.stdout.index("In each future") :].splitlines()
    rows = [" ".join(line.split()) for line in tail]
    assert rows[1:7] == [
        "future scenario cost against the base (1)",
        "as now 小店 288.0 met",
        "小店, cheaper 144.0 -144 met",
        "downturn 小店 288.0 met",
        "小店, cheaper 144.0 -144 met",
        "",
    ]
    assert rows[7] == "(1) abandonment total <= 100%"
    without = servsim("compare", *files, "--reps", "3", "--jobs", "1", "--no-futures")
    assert result.stdout.startswith(without.stdout)
    assert "In each future" not in without.stdout
    found = json.loads(servsim("compare", *files, "--reps", "3", "--jobs", "1", "--json").stdout)
    assert [row["future"] for row in found["futures"]] == ["as now", "as now", "downturn", "downturn"]
