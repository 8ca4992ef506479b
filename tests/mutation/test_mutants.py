"""The list of mutants fits the sources and its page; the script that tries them tells a dead one from a live one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from mutants import MUTANTS, Edit, Mutant
from run import PAGE, Failure, Verdict, applied, main, on_page, page, survey

TESTS = Path(__file__).parents[1]
SOURCES = TESTS.parent / "src" / "servsim"
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
CHEAP = ("normal for Student's t", "wages for those present only", "shrinkage rounded half to even")
NOTHING = Mutant(
    "nothing",
    "Nothing is broken.",
    "stats/test_stats_names.py",
    (Edit("words.py", "import math", "import math"),),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_applies_to_the_sources(mutant: Mutant) -> None:
    texts = applied(mutant.edits, SOURCES)
    for file, text in texts.items():
        assert text != (SOURCES / file).read_text(encoding="utf-8")
        compile(text, file, "exec")
    assert (TESTS / mutant.first).is_file()
    assert mutant.parity == (mutant.name.partition(":")[0] in ("compiled", "reference"))


def test_names_and_number() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 30
    assert len({mutant.meaning for mutant in MUTANTS}) == len(MUTANTS)
    assert len({mutant.edits for mutant in MUTANTS}) == len(MUTANTS)


def test_the_page_is_of_these_mutants_and_names_tests_that_there_are() -> None:
    found = on_page()
    assert list(found) == list(BY_NAME)
    assert page(found) == PAGE.read_text(encoding="utf-8")
    for test in found.values():
        file, function = test.partition("[")[0].split("::")
        assert f"\ndef {function}(" in (TESTS / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("old", ["no such text", "e"])
def test_an_edit_must_apply_once(old: str) -> None:
    with pytest.raises(ValueError, match=r"stands \d+ times in words.py"):
        applied([Edit("words.py", old, "")], SOURCES)


def test_the_comparison_of_engines_catches_only_mutants_of_one() -> None:
    both = BY_NAME["priority reversed"]
    one = replace(both, parity=True)
    assert not Verdict(both, None, 1.0).caught
    assert not Verdict(both, Failure("a::b", comparison=True), 1.0).caught
    assert Verdict(both, Failure("a::b", comparison=False), 1.0).caught
    assert Verdict(one, Failure("a::b", comparison=True), 1.0).caught


def test_the_command_lists_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{mutant.name}: {mutant.meaning}" for mutant in MUTANTS]
    with pytest.raises(SystemExit, match="2"):
        main(["no such mutant"])
    assert "no mutant is named 'no such mutant'" in capsys.readouterr().err


@pytest.mark.slow
def test_mutants_are_caught_and_none_where_nothing_is_broken() -> None:
    """Three that take no compiling; and the sabotage twin: an edit that changes nothing is said to survive."""
    told: list[str] = []
    verdicts = survey(
        [*(BY_NAME[name] for name in CHEAP), NOTHING], ["stats/test_stats_names.py"], told.append
    )
    assert [verdict.caught for verdict in verdicts] == [True, True, True, False]
    assert verdicts[-1].failure is None
    assert [line.partition(" (")[0] for line in told][-1] == "nothing: SURVIVED"
    assert all(
        verdict.failure.test.startswith(verdict.mutant.first) for verdict in verdicts if verdict.failure
    )
