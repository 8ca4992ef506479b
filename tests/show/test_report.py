"""Reports: well-formed, self-contained, the verdict first, and every number that of summary.json."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from reading import numbers, outside, parsed, text_of, wrong_numbers

from servsim.cli import cli
from servsim.errors import InputError
from servsim.scenario import load
from servsim.show.report import report, save_report
from servsim.show.report.claims import _headline as claims_headline
from servsim.show.report.elements import Numbers, joined, tag
from servsim.show.report.run import _headline as run_headline
from servsim.show.report.words import arrivals, hours, measure_words, staff, target_words, time_words
from servsim.study import sweep
from servsim.study.stored import StoredClaims, StoredComparison, read_any, read_result

NAME = """小店 <script>alert("1")</script> & 'quotes' ]]>"""
SCENARIO = f"""
servsim: 1
name: {json.dumps(NAME, ensure_ascii=False)}
currency: CNY
clock: {{start: 2026-03-02, length: 2 days, interval: 1 h}}
calendars: {{desk: {{daily: "08:00-12:00"}}}}
channels:
  电话:
    type: voice
    open: desk
    arrivals: {{rate: 30/h}}
    patience: {{exponential: 2 min}}
    flow: call
  chat: {{type: chat, open: desk, arrivals: {{rate: 20/h}}, flow: chat}}
flows:
  call: {{steps: {{talk: {{queue: 电话, time: {{exponential: 4 min}}, next: {{resolved: 80%, unresolved: rest}}}}}}}}
  chat:
    steps:
      bot: {{bot: 小助手, time: {{exponential: 1 min}}, next: {{resolved: 60%, person: rest}}}}
      person: {{queue: chat, time: {{exponential: 5 min}}}}
bots: {{小助手: {{cost: {{per_session: 0.5}}}}}}
queues: {{电话: {{priority: 1}}, chat: {{}}}}
pools: {{坐席: {{staff: {{by_calendar: {{desk: 4}}}}, serves: [电话, chat], wage: 30/h}}}}
targets:
  - {{measure: abandonment, queue: 电话, at_most: 100%}}
  - {{measure: service_level, channel: 电话, at_least: 99%, every: day}}
futures: {{quiet: {{channels.电话.arrivals.rate: 20/h}}}}
"""
WHAT_IF = """
extends: as_is.yaml
name: "更好 <b>bot</b>"
change: {flows.chat.steps.bot.next: {resolved: 80%, person: rest}}
claims:
  - {claim: "Costs <b>fall</b>", measure: cost, change: -1%, source: "a & b"}
  - {claim: No waits, measure: asa, at_most: 20 s}
  - claim: Few give up
    measure: abandonment
    at_least: 50%
    holds_if: {vary: "pools.坐席.wage=20/h,30/h"}
"""
TYPED = {  # of the results that the command line makes
    "run": "run as_is.yaml --reps 3 --first 3 --seed 5 --contacts --events --out run -q",
    "compare": "compare as_is.yaml to_be.yaml --reps 3 --out compare -q",
    "claims": "claims . --reps 3 --breakeven-reps 2 --out claims -q",
}
KINDS = ("run", "compare", "sweep", "many", "claims")
IN_ORDER = {
    "run": ["verdict", "targets", "money", "pictures", "figures", "assumptions", "method", "repeat"],
    "compare": ["verdict", "targets", "money", "differences", "pictures", "assumptions", "method", "repeat"],
    "sweep": ["verdict", "targets", "money", "differences", "pictures", "assumptions", "method", "repeat"],
    "many": ["verdict", "targets", "pictures", "assumptions", "method", "repeat"],
    "claims": ["verdict", "claims", "pictures", "assumptions", "method", "repeat"],
}
LEAST = {"run": 80, "compare": 70, "sweep": 60, "many": 40, "claims": 15}  # marked numbers


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder of each kind of result."""
    top = tmp_path_factory.mktemp("report")
    as_is, to_be = top / "as_is.yaml", top / "to_be.yaml"
    as_is.write_text(SCENARIO, encoding="utf-8")
    to_be.write_text(WHAT_IF, encoding="utf-8")
    with chdir(top):
        for words in TYPED.values():
            assert CliRunner().invoke(cli, words.split()).exit_code == 0
    sweep(as_is, ["pools.坐席.wage=20/h:40/h:3"], reps=2).save(top / "sweep")
    sweep(as_is, ["pools.坐席.wage=20/h:40/h:7"], reps=2).save(top / "many")
    return {kind: top / kind for kind in KINDS}


def summary_of(folder: Path) -> Path:
    """Return the file of a result's summary; a comparison's folder is a study's."""
    inner = folder / "result" / "summary.json"
    return inner if inner.exists() else folder / "summary.json"


@pytest.fixture(scope="module")
def pages(folders: dict[str, Path]) -> dict[str, str]:
    return {kind: report(folder) for kind, folder in folders.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_whole_and_point_nowhere(pages: dict[str, str], kind: str) -> None:
    page = pages[kind]
    assert outside(page) == []
    root = parsed(page)
    assert root.attrib["lang"] == "en"
    policy = [one.attrib["content"] for one in root.iter("meta") if "http-equiv" in one.attrib]
    assert policy[0].startswith("default-src 'none';")
    for figure in root.iter("figure"):
        title = figure.find("svg/title")
        assert title is not None and title.text
        assert text_of(figure.find("figcaption")).startswith("Picture ")  # type: ignore[arg-type]
    for whole in root.iter("table"):
        assert whole.find("caption") is not None
        assert all(one.attrib.get("scope") in ("col", "row") for one in whole.iter("th"))
    assert len(list(root.iter("figure"))) >= (1 if kind == "claims" else 2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_verdict_comes_first(pages: dict[str, str], kind: str) -> None:
    assert [one.attrib["id"] for one in parsed(pages[kind]).iter("section")] == IN_ORDER[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_those_of_the_summary(pages: dict[str, str], folders: dict[str, Path], kind: str) -> None:
    assert wrong_numbers(pages[kind], summary_of(folders[kind])) == []
    assert len(numbers(pages[kind])) >= LEAST[kind]


def test_every_verdict_and_main_number_is_there(pages: dict[str, str], folders: dict[str, Path]) -> None:
    summary = json.loads((folders["run"] / "summary.json").read_text(encoding="utf-8"))
    places = {place for place, _, _ in numbers(pages["run"])}
    for n, target in enumerate(summary["targets"]):
        assert {f"/targets/{n}/{key}" for key in ("value", "low", "high")} <= places
        assert target["verdict"] in pages["run"]
    assert "/measures/total/cost/mean" in places
    assert "/measures/channel:电话/service_level/mean" in places
    compared = json.loads(summary_of(folders["compare"]).read_text(encoding="utf-8"))
    cost = [(r["measure"], r["scope"]) for r in compared["differences"]].index(("cost", "total"))
    shown = {place for place, _, _ in numbers(pages["compare"])}
    assert {f"/differences/{cost}/{key}" for key in ("difference", "half_width")} <= shown
    assert "/futures/1/difference" in shown
    claimed = json.loads((folders["claims"] / "summary.json").read_text(encoding="utf-8"))
    assert {f"/claims/{n}/found" for n in range(len(claimed["claims"]))} <= {
        place for place, _, _ in numbers(pages["claims"])
    }


def test_the_verdict_of_a_comparison_says_what_the_summary_says(
    pages: dict[str, str], folders: dict[str, Path]
) -> None:
    lines = json.loads((folders["sweep"] / "summary.json").read_text(encoding="utf-8"))["verdict"]
    verdict = next(one for one in parsed(pages["sweep"]).iter("section") if one.attrib["id"] == "verdict")
    said = text_of(verdict)
    for line in lines:
        assert re.sub(r"[^\d.±]", "", line.partition("costs")[2]) in re.sub(r"[^\d.±]", "", said)


def test_a_wrong_number_is_found(pages: dict[str, str], folders: dict[str, Path], tmp_path: Path) -> None:
    """Sabotage: another number in the summary, another on the page, another for the reader alone."""
    summary = json.loads((folders["run"] / "summary.json").read_text(encoding="utf-8"))
    value = summary["measures"]["total"]["cost"]["mean"]
    summary["measures"]["total"]["cost"]["mean"] = value * (1 + 1e-15) + 1e-12
    changed = tmp_path / "summary.json"
    changed.write_text(json.dumps(summary), encoding="utf-8")
    assert any("/measures/total/cost/mean" in line for line in wrong_numbers(pages["run"], changed))
    _, written, shown = next(one for one in numbers(pages["run"]) if one[0] == "/measures/total/cost/mean")
    own = folders["run"] / "summary.json"
    assert wrong_numbers(pages["run"].replace(f'value="{written}"', 'value="1.5"'), own)
    other = shown[:-1] + str((int(shown[-1]) + 3) % 10)
    assert wrong_numbers(pages["run"].replace(f">{shown}</data>", f">{other}</data>"), own)


def test_what_points_outside_is_found(pages: dict[str, str]) -> None:
    page = pages["run"]
    for bad in (
        "<script>1</script>",
        '<a href="https://example.org">x</a>',
        '<p style="background: url(https://example.org/x.png)">x</p>',
        '<p onclick="x()">x</p>',
        '<p id="verdict">x</p>',
        "<style>@import 'x.css';</style>",
    ):
        assert outside(page.replace("</main>", f"{bad}</main>")), bad


def test_names_are_text_in_any_script(pages: dict[str, str]) -> None:
    root = parsed(pages["run"])
    heading = root.find("body/header/h1")
    assert heading is not None and heading.text == NAME
    title = root.find("head/title")
    assert title is not None and title.text == NAME
    assert all(name in pages["run"] for name in ("电话", "小助手", "坐席"))
    assert "<b>bot</b>" not in pages["compare"] and "更好 <b>bot</b>" in text_of(parsed(pages["compare"]))
    assert "<b>fall</b>" not in pages["claims"] and "Costs <b>fall</b>" in text_of(parsed(pages["claims"]))


@pytest.mark.parametrize("kind", ["compare", "claims"])
def test_the_same_folder_gives_the_same_bytes(
    pages: dict[str, str], folders: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    """Wherever it lies, and whenever the run was made."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(folders[kind], copy)
    told = summary_of(copy).with_name("run.json")
    about = json.loads(told.read_text(encoding="utf-8"))
    told.write_text(
        json.dumps(about | {"begun": "2001-01-01T00:00:00+00:00", "seconds": 9.0}), encoding="utf-8"
    )
    assert report(copy) == pages[kind]


@pytest.mark.parametrize("kind", list(TYPED))
def test_the_report_tells_the_command_that_made_it(pages: dict[str, str], kind: str) -> None:
    commands = [text_of(one) for one in parsed(pages[kind]).iter("pre")]
    assert commands[0] == f"servsim {TYPED[kind]}"
    assert not list(parsed(pages["sweep"]).iter("pre"))  # made in Python


def test_the_command_on_the_page_repeats_the_run(pages: dict[str, str], folders: dict[str, Path]) -> None:
    """From the folder alone, to the last digit."""
    command = [text_of(one) for one in parsed(pages["run"]).iter("pre")][1]
    with chdir(folders["run"]):
        again = CliRunner().invoke(cli, [*shlex.split(command)[1:], "--json", "-q"])
    assert again.exit_code == 0
    assert json.loads(again.stdout) == json.loads(
        (folders["run"] / "summary.json").read_text(encoding="utf-8")
    )


def test_tables_that_were_not_kept_are_done_without(
    pages: dict[str, str], folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folders["compare"], copy)
    (copy / "result" / "intervals.parquet").unlink()
    page = report(copy)
    assert wrong_numbers(page, summary_of(copy)) == [] and outside(page) == []
    assert 1 <= page.count("<figure>") < pages["compare"].count("<figure>")
    stored = read_result(copy)
    assert isinstance(stored, StoredComparison)
    assert "was not kept" in wrong(lambda: stored.results[0].intervals)


# --- the file ---------------------------------------------------------------------------------------------


def test_a_file_is_not_replaced_unless_told(folders: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("mine", encoding="utf-8")
    words = ["report", str(folders["claims"]), "-o", str(file)]
    refused = CliRunner().invoke(cli, words)
    assert refused.exit_code == 2
    assert refused.stderr == f"{str(file)!r} exists already; --force (overwrite=True) replaces it\n"
    assert file.read_text(encoding="utf-8") == "mine"
    assert CliRunner().invoke(cli, [*words, "--force"]).exit_code == 0
    assert file.read_text(encoding="utf-8") == report(folders["claims"])
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
    with chdir(tmp_path):
        assert CliRunner().invoke(cli, words[:2]).stdout == "report.html\n"


def wrong(make: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        make()
    return str(caught.value)


def test_wrong_folders_and_files_are_told(folders: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert "does not exist" in wrong(lambda: save_report(tmp_path / "none", page))
    assert "holds no result" in wrong(lambda: save_report(tmp_path, page))
    assert "is a folder" in wrong(lambda: save_report(folders["run"], tmp_path))
    assert "no folder to write in" in wrong(lambda: save_report(folders["run"], tmp_path / "a" / "b.html"))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_folder_fails_and_writes_nothing(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folders["claims"], copy)
    (copy / "summary.json").write_text("{", encoding="utf-8")
    found = CliRunner().invoke(cli, ["report", str(copy), "-o", str(tmp_path / "page.html")])
    assert found.exit_code == 3 and "cannot be read" in found.stderr
    assert not (tmp_path / "page.html").exists()


def test_claims_are_read_back(folders: dict[str, Path]) -> None:
    found = read_any(folders["claims"])
    assert isinstance(found, StoredClaims)
    assert [(case.base.name, case.other.name) for case in found.cases] == [(NAME, "更好 <b>bot</b>")]
    assert "holds claims" in wrong(lambda: read_result(folders["claims"]))


# --- pieces -----------------------------------------------------------------------------------------------


def test_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "a < b", class_="x\"'") == '<p class="x&quot;&#x27;">a &lt; b</p>'
    assert tag("p", tag("b", "&")) == "<p><b>&amp;</b></p>"
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8" />'
    assert joined("a\x00b", tag("br"), "<") == "a\\x00b<br />&lt;"


def test_places_are_json_pointers() -> None:
    found = Numbers({"a/b": {"c~d": [1.5, None]}})
    assert found.marked("1.5", "a/b", "c~d", 0) == '<data value="1.5" data-at="/a~1b/c~0d/0">1.5</data>'
    assert found.marked("x", "a/b", "c~d", 1) == "–"
    assert found.has("a/b", "c~d", 0) and not found.has("a/b", "c~d", 1) and not found.has("e")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "The scenario names no targets to judge it by."),
        (["met"], "The target is kept."),
        (["missed"], "The target is missed."),
        (["met", "met"], "All 2 targets are kept."),
        (["met", "missed", "cannot tell"], "Of 3 targets 1 is kept, 1 is missed and 1 cannot be told yet."),
        (["missed", "missed", "not measured"], "Of 3 targets 2 are missed and 1 could not be measured."),
        (["cannot tell", "cannot tell"], "Of 2 targets 2 cannot be told yet."),
    ],
)
def test_headline_of_a_run(found: list[str], said: str) -> None:
    assert run_headline(found) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (["holds"], "The claim holds."),
        (["fails", "fails"], "Both claims fail."),
        (["holds", "holds", "holds"], "All 3 claims hold."),
        (["holds", "fails", "fails"], "Of 3 claims 1 holds and 2 fail."),
        (["cannot tell", "cannot tell"], "Of 2 claims 2 cannot be told yet."),
        (["fails", "not measured"], "Of 2 claims 1 fails and 1 could not be measured."),
    ],
)
def test_headline_of_claims(found: list[str], said: str) -> None:
    assert claims_headline(found) == said


@pytest.mark.parametrize(
    ("dist", "words"),
    [
        (None, ""),
        ({"constant": "4 min"}, "always 4 min"),
        ({"weibull": {"mean": "4 min", "cv": "1.2", "shift": "0 s"}}, "Weibull, mean 4 min, cv 1.2"),
        ({"exponential": {"mean": "4 min", "shift": "30 s"}}, "exponential, mean 4 min, shift 30 s"),
        ({"never": "true"}, "for ever"),
        ({"empirical": {"values": ["1", "2"]}}, "as observed, 2 values"),
        (
            {"by_time": {"at": "start", "08:00": {"constant": "1 s"}, "12:00": {"constant": "2 s"}}},
            "from 08:00: always 1 s; from 12:00: always 2 s",
        ),
        ({"by_reason": {f"r{n}": {"constant": "1 s"} for n in range(9)}}, "by reason, 9 distributions"),
        ({"mixture": [{"share": "70%", "time": {"constant": "1 s"}}]}, "70%: always 1 s"),
    ],
)
def test_durations_in_words(dist: Any, words: str) -> None:
    assert time_words(dist) == words


def test_hours_arrivals_and_staff_in_words() -> None:
    week = dict.fromkeys(("mon", "tue", "wed", "fri"), "08:00-20:00") | {
        "sat": "closed",
        "2026-03-05": "closed",
    }
    assert hours(week) == "mon-wed 08:00-20:00, fri 08:00-20:00, sat closed, 2026-03-05 closed"
    assert arrivals({"rate": {"00:00": "30/h"}, "scale": "1.2"}) == "30/h, × 1.2"
    rows = {"per_interval": [["mon", "08:00", "16"], ["mon", "09:00", "38"]], "day_factor_cv": "0.1"}
    assert arrivals(rows) == "a table of 2 intervals with 16 to 38 each, days vary by 10% (cv)"
    days = {"per_day": dict.fromkeys(("mon", "tue"), "90") | {"sat": "50"}}
    assert arrivals(days) == "90 a day mon-tue, 50 a day sat"
    assert staff({"number": "6", "plus": "2"}) == "6 always, +2 wherever some are"
    assert staff({"by_calendar": {"desk": "4"}, "scale": "1", "plus": "0"}) == "4 during desk"


def test_targets_in_words(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    model = load(file).model
    assert [target_words(one, model) for one in model.targets] == [
        "abandonment of queue 电话 at most 100%",
        "service level of channel 电话 (within 20 s) at least 99% every day",
    ]
    assert measure_words("wait_p95", "queue:a_b") == "wait, 95 % quantile of queue a_b"
