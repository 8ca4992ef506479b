"""The report of claims: what was promised, what was found, and where each claim holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...catalogue import CATALOGUE
from ...decide.claims import VERDICTS, in_words
from ...scenario.diff import differences
from ...study.stored import StoredCase, StoredClaims
from ..plots.claims import claims_kept
from .assumptions import assumptions, changes, warnings
from .elements import Markup, Numbers, joined, number_of, table, tag, verdict_mark
from .method import glossary, method, repeat, replications
from .page import Section, page
from .pictures import Picture, pictures
from .run import verdict_section
from .words import clock, measure_words, with_and

__all__ = ["claims_report"]

COLOURS = {
    "fails": "bad",
    "cannot tell": "open",
    "not measured": "open",
    "holds": "good",
}  # the worst one colours
JUDGED = (
    "Both scenarios have the same customers. What is left to the promise is taken replication by replication: "
    "a claim holds "
    "where the whole 95 % interval keeps the promise, and fails where the whole interval falls short of it; "
    "else one cannot "
    "tell, and more replications may. Each claim has its own 95 %."
)
NUMBERS = ("base", "value", "found", "low", "high", "promise")


def claims_report(found: StoredClaims) -> str:
    """Return the page of claims."""
    summary, numbers = found.summary, Numbers(found.summary)
    one = found.cases[0].other.name if len(found.cases) == 1 else f"{len(found.cases)} cases"
    often = replications(int(summary["reps"]))
    about = [
        f"{often} of each scenario, seed {summary['seed']}, the same customers in both scenarios of a case."
    ]
    if len(found.cases) == 1:
        about.insert(0, f"Simulation of {clock(found.cases[0].other.model)}.")
    terms = [("Replications", f"{often} of each scenario, seed {summary['seed']}."), ("Judging", JUDGED)]
    measures = [row["measure"] for row in summary["claims"]]
    sections = [
        Section("claims", "Claims", list(_tables(found, numbers))),
        Section("pictures", "Pictures", pictures(_pictures(found))),
        Section("assumptions", "Assumptions", list(_assumptions(found))),
        Section("method", "Method", [*method(terms, found.about), glossary(measures)]),
        Section("repeat", "How to repeat it", _repeat(found)),
    ]
    return page(f"Claims put to the test: {one}", about, _verdict(summary["claims"], numbers), sections)


def _verdict(rows: Sequence[Mapping[str, Any]], numbers: Numbers) -> Markup:
    verdicts = [row["verdict"] for row in rows]
    word = next(colour for verdict, colour in COLOURS.items() if verdict in verdicts)
    lines = [
        joined(
            verdict_mark(row["verdict"]),
            f": {row['claim']}. Promised {row['promised']}, found ",
            _found(row, numbers, n),
            f"; {row['condition']}." if row["condition"] else ".",
        )
        for n, row in enumerate(rows)
    ]
    return verdict_section(word, _headline(verdicts), lines if len(lines) <= 12 else [])


def _headline(verdicts: Sequence[str]) -> str:
    """Return how many claims hold, in a sentence."""
    if len(verdicts) == 1:
        return {
            "holds": "The claim holds.",
            "fails": "The claim fails.",
            "cannot tell": "One cannot tell yet whether the claim holds.",
            "not measured": "The claim could not be measured.",
        }[verdicts[0]]
    for verdict, verb in (("holds", "hold"), ("fails", "fail")):
        if verdicts.count(verdict) == len(verdicts):
            return f"{'Both' if len(verdicts) == 2 else f'All {len(verdicts)}'} claims {verb}."
    words: dict[str, tuple[str, str]] = {"holds": ("holds", "hold"), "fails": ("fails", "fail")}
    words |= {"cannot tell": ("cannot be told yet", "cannot be told yet")}
    words |= {"not measured": ("could not be measured", "could not be measured")}
    counts = [(verdicts.count(one), words[one]) for one in VERDICTS if one in verdicts]
    said = [f"{count} {pair[count != 1]}" for count, pair in counts]
    return f"Of {len(verdicts)} claims {with_and(said)}."


def _found(row: Mapping[str, Any], numbers: Numbers, n: int) -> Markup:
    """Return what was found with its interval, as `servsim claims` tells it."""
    unit = CATALOGUE[row["measure"]].unit
    shown = [
        numbers.marked(in_words(number_of(row[key]), row["kind"], unit), "claims", n, key)
        for key in ("found", "low", "high")
    ]
    if row["low"] is None or row["high"] is None:
        return shown[0]
    ends = tag("span", "(", shown[1], " … ", shown[2], ")", class_="together")
    return joined(shown[0], ends, by=" ")


def _tables(found: StoredClaims, numbers: Numbers) -> Iterator[Markup]:
    """Yield a table for each case."""
    for case in found.cases:
        rows = [(n, row) for n, row in enumerate(found.summary["claims"]) if row["case"] == case.name]
        currency = case.other.model.currency
        money = any(CATALOGUE[row["measure"]].unit == "money" for _, row in rows) and currency
        cells = [_cells(row, numbers, n) for n, row in rows]
        headings = ["claim", "verdict", "promised", "measure", "as is", "to be", "found"]
        caption = f"{case.name}: {case.other.name} against {case.base.name}" + (
            f", money in {currency}" if money else ""
        )
        yield table(caption, headings, cells, texts=4)


def _cells(row: Mapping[str, Any], numbers: Numbers, n: int) -> list[Markup]:
    unit = CATALOGUE[row["measure"]].unit
    below = [tag("span", part, class_="soft") for part in (row["source"], row["condition"]) if part]
    return [
        joined(row["claim"], *below, by="<br />"),
        verdict_mark(row["verdict"]),
        joined(row["promised"]),
        joined(measure_words(row["measure"], row["scope"])),
        numbers.amount(unit, "claims", n, "base"),
        numbers.amount(unit, "claims", n, "value"),
        _found(row, numbers, n),
    ]


def _pictures(found: StoredClaims) -> Iterator[Picture]:
    rows = [{**row, **{key: number_of(row[key]) for key in NUMBERS}} for row in found.summary["claims"]]
    for case in found.cases:
        named = f": {case.name}" if len(found.cases) > 1 else ""
        yield Picture(
            f"How much of each promise is kept{named}",
            "What was found as a share of what was promised, with its 95 % interval. At the line the promise "
            "is just kept; "
            "to the left of it less was found, below zero the opposite. Promises without a size, such as that "
            "nothing rises, "
            "have no share.",
            partial(claims_kept, [row for row in rows if row["case"] == case.name], title=case.other.name),
        )


def _assumptions(found: StoredClaims) -> Iterator[Markup]:
    for case in found.cases:
        yield warnings([f"{one.path}: {one.message}" for one in case.other.warnings])
        rows = [vars(change) for change in differences(case.base, case.other)]
        yield changes(rows, case.base.name, f"What changes in {case.other.name}")
    if len(found.cases) == 1:
        yield tag("h3", f"As it is: {found.cases[0].base.name}")
        yield from assumptions(found.cases[0].base)


def _repeat(found: StoredClaims) -> list[Markup]:
    digests = [pair for case in found.cases for pair in _digests(case)]
    where = "The scenarios stand whole in scenarios.parquet of the folder of the result, column yaml."
    return [*repeat(found.about, [], digests), tag("p", where)]


def _digests(case: StoredCase) -> list[tuple[str, str]]:
    return [(one.name, one.digest()) for one in (case.base, case.other)]
