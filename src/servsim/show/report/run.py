"""The report of a run: verdict, targets, money, pictures, figures in detail, assumptions, method, how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...catalogue import CATALOGUE
from ...scenario.model import Model
from ...study.stored import StoredResult
from ...study.verdict import in_time
from ..terminal import CUSTOMERS, MONEY, SCOPE_TABLES
from .assumptions import assumptions, warnings
from .elements import Markup, Numbers, joined, number_of, table, tag, verdict_mark
from .method import glossary, method, repeat, replications
from .page import Section, page
from .pictures import Picture, pictures
from .words import clock, measure_words, target_words, with_and

__all__ = ["KINDS_OF_COST", "days_kept", "run_report", "target_value", "verdict_section"]

KINDS_OF_COST = tuple(name for name in MONEY if name.startswith("cost_") and not name.startswith("cost_per_"))
MOST_CHANNELS = 2  # whose waits are drawn, where not all are drawn together
LUCK = "One replication gives no interval: all of this may be luck; ask for more with --reps."
SAID = {  # a verdict on a target, in a sentence
    "missed": "Missed",
    "cannot tell": "Cannot tell yet",
    "not measured": "Not measured",
}


def run_report(result: StoredResult) -> str:
    """Return the page of a run."""
    numbers = Numbers(result.summary)
    summary, model = result.summary, result.scenario.model
    about = [
        f"Simulation of {clock(model)}.",
        f"{replications(result.reps)}, seed {result.seed}.",
    ]
    detail = _detail(result, numbers)
    sections = [
        Section("targets", "Targets", _targets(result, numbers)),
        Section("money", "Money", _money(result, numbers)),
        Section("pictures", "Pictures", pictures(_pictures(result))),
        Section("figures", "Figures in detail", detail),
        Section(
            "assumptions",
            "Assumptions",
            [warnings(summary["warnings"]), *assumptions(result.scenario)],
        ),
        Section(
            "method", "Method", [*method(_method(result), result.about), glossary(_shown(result, numbers))]
        ),
        Section("repeat", "How to repeat it", _repeat(result)),
    ]
    return page(result.scenario.name, about, _verdict(result, numbers), sections)


# --- the verdict --------------------------------------------------------------------------------------------


def verdict_section(word: str, headline: Markup | str, lines: Sequence[Markup]) -> Markup:
    """Return the first section: one sentence that stands out, and lines beneath it.

    `word` is the verdict that colours it: good, bad, open or none.
    """
    content = [tag("p", headline, class_="headline")]
    content += [tag("ul", *(tag("li", line) for line in lines))] if lines else []
    return tag(
        "section",
        tag("h2", "Verdict", id="verdict-title"),
        *content,
        id="verdict",
        class_=word,
        aria_labelledby="verdict-title",
    )


def _verdict(result: StoredResult, numbers: Numbers) -> Markup:
    found = [row["verdict"] for row in result.summary["targets"]]
    word = (
        "bad"
        if "missed" in found
        else "open"
        if "cannot tell" in found
        else "good"
        if "met" in found
        else "none"
    )
    model = result.scenario.model
    lines = [
        joined(
            f"{SAID[verdict]}: {target_words(model.targets[n], model)}; it is ",
            target_value(result, numbers, n),
            ".",
        )
        for n, verdict in enumerate(found)
        if verdict != "met"
    ]
    luck = [joined(LUCK)] if result.reps == 1 else []
    return verdict_section(word, _headline(found), [*luck, *lines, *_told(result, numbers)])


def _headline(found: Sequence[str]) -> str:
    """Return how many targets are kept, in a sentence."""
    count = len(found)
    if not count:
        return "The scenario names no targets to judge it by."
    if found.count("met") == count:
        return "The target is kept." if count == 1 else f"All {count} targets are kept."
    if count == 1:
        return {
            "missed": "The target is missed.",
            "cannot tell": "One cannot tell yet whether the target is kept.",
            "not measured": "The target could not be measured.",
        }[found[0]]
    parts = [
        (found.count("met"), "kept"),
        (found.count("missed"), "missed"),
        (found.count("cannot tell"), "cannot be told yet"),
        (found.count("not measured"), "could not be measured"),
    ]
    said = []
    for number, words in parts:
        verb = "" if words.startswith("c") else "is " if number == 1 else "are "
        said += [f"{number} {verb}{words}"] if number else []
    return f"Of {count} targets {with_and(said)}."


def _told(result: StoredResult, numbers: Numbers) -> Iterator[Markup]:
    """Yield what the run comes to: money, contacts, customers."""
    place = ("measures", "total")
    currency = f" {result.summary['currency']}".rstrip()
    when = in_time(result)
    if number_of(numbers.at(*place, "cost", "mean")):
        each = numbers.mean("money", *place, "cost_per_resolution")
        yield joined(
            "It costs ",
            numbers.mean("money", *place, "cost"),
            f"{currency} {when}: ",
            each,
            f"{currency} for each contact resolved.",
        )
    lost = numbers.at(*place, "abandonment", "mean")
    gave_up = (
        [numbers.mean("share", *place, "abandonment"), " of them gave up waiting."]
        if lost is not None
        else [""]
    )
    yield joined(numbers.mean("count", *place, "offered"), f" contacts come {when}; ", *gave_up)
    if numbers.at(*place, "fcr", "mean") is not None:
        yield joined(
            numbers.mean("share", *place, "fcr"), " of the customers have it settled at the first contact."
        )


# --- targets and money --------------------------------------------------------------------------------------


def target_value(result: StoredResult, numbers: Numbers, number: int, row: int | None = None) -> Markup:
    """Return the value of a target with its interval; `row` is where it stands in the summary, if not at its number."""
    unit = CATALOGUE[result.scenario.model.targets[number].measure].unit
    place = ("targets", number if row is None else row)
    return joined(numbers.amount(unit, *place, "value"), numbers.interval(unit, *place), by=" ")


def days_kept(numbers: Numbers, row: int) -> Markup:
    """Return the share of days that keep a target, with its interval; nothing where it has none."""
    place = ("targets", row)
    if numbers.at(*place, "day_met") is None:
        return Markup("")
    ends = [
        numbers.marked(f"{100 * numbers.at(*place, f'day_{end}'):.0f}%", *place, f"day_{end}")
        for end in ("low", "high")
    ]
    share = numbers.marked(f"{100 * numbers.at(*place, 'day_met'):.0f}%", *place, "day_met")
    return tag("span", share, " (", ends[0], " … ", ends[1], ")", class_="together")


def _targets(result: StoredResult, numbers: Numbers) -> list[Markup]:
    model = result.scenario.model
    rows = []
    for n, row in enumerate(result.summary["targets"]):
        worst = "" if row["worst"] in ("", "run") else f"; worst: {row['worst']}"
        words = f"{target_words(model.targets[row['target']], model)}{worst}"
        rows.append(
            [
                words,
                verdict_mark(row["verdict"]),
                target_value(result, numbers, row["target"], n),
                days_kept(numbers, n),
            ]
        )
    if not rows:
        return [tag("p", "The scenario names no targets.")]
    note = (
        "Met or missed is said where the whole 95 % interval lies on one side of the bound; else one cannot "
        "tell yet, and "
        "more replications may tell. Days kept: on which share of single days the bound is kept."
    )
    several = (
        any(row["day_met"] is not None for row in result.summary["targets"]) and model.clock.length > 86400
    )
    kept = rows if several else [row[:3] for row in rows]
    headings = ["target", "verdict", "found", "days kept"]
    return [
        table("What each target says, and what was found", headings[: len(kept[0])], kept, texts=2, note=note)
    ]


def _money(result: StoredResult, numbers: Numbers) -> list[Markup]:
    place = ("measures", "total")
    whole = number_of(numbers.at(*place, "cost", "mean"))
    if not whole:
        return [tag("p", "The scenario names no costs.")]
    rows = []
    for name in [*KINDS_OF_COST, "cost"]:
        if numbers.has(*place, name, "mean") and numbers.at(*place, name, "mean"):
            share = f"{numbers.at(*place, name, 'mean') / whole:.1%}"
            row = [joined(MONEY[name]), numbers.mean("money", *place, name), joined(share)]
            rows.append([tag("b", cell) for cell in row] if name == "cost" else row)
    currency = result.summary["currency"]
    caption = f"Cost by kind {in_time(result)}" + (f", in {currency}" if currency else "")
    each = [
        [f"{MONEY[name]}", numbers.mean("money", *place, name)]
        for name in ("cost_per_contact", "cost_per_resolution")
        if numbers.has(*place, name, "mean")
    ]
    return [table(caption, ["kind", "cost", "of all"], rows), table("By contact", ["", "cost"], each)]


# --- pictures and figures -----------------------------------------------------------------------------------


def _pictures(result: StoredResult) -> Iterator[Picture]:
    plot = result.plot
    yield Picture(
        "Arrivals against staffing",
        "Above, how many contacts come; below, how many agents are there and how many of them are busy. Where "
        "the busy "
        "ones reach the line, nobody is free.",
        plot.arrivals_staffing,
    )
    yield Picture(
        "Service level over time",
        "The share answered in time, interval by interval; the band is the 95 % interval, the dashed line the "
        "target.",
        plot.service_level,
    )
    for scope in _waiting(result.scenario.model):
        yield Picture(
            f"{measure_words('waits', scope)} over time".capitalize(),
            "The mean wait with its 95 % interval, and the wait that 95 of 100 do not exceed.",
            partial(plot.wait, scope),
        )
    yield Picture(
        "How long customers wait",
        "The share of the contacts that waited at most so long.",
        plot.wait_distribution,
    )
    yield Picture(
        "Waits by channel",
        "The wait that half, 80 % and 95 % of the contacts do not exceed.",
        plot.wait_quantiles,
    )
    yield Picture(
        "Occupancy by pool and hour",
        "How much of the time that agents are there they work on contacts. The darker, the less room; pale: "
        "nobody is there.",
        plot.occupancy,
    )
    yield Picture(
        "Queues and backlog", "How many wait in each queue, and how many are left over.", plot.queues
    )
    yield Picture(
        "The way of contacts",
        "From the channel through bots and people to the end; as wide as they are many.",
        plot.flow,
    )
    yield Picture("Cost by kind", "What the money goes into.", plot.cost)
    yield Picture(
        "Where the time goes", "Handling, waiting and waiting again, step by step.", plot.where_time_goes
    )


def _waiting(model: Model) -> list[str]:
    """Return whose waits are drawn: all together, or live channels where messages would drown them."""
    live = [f"channel:{name}" for name, one in model.channels.items() if one.type != "message"]
    return live[:MOST_CHANNELS] if live and len(live) < len(model.channels) else ["total"]


def _detail(result: StoredResult, numbers: Numbers) -> list[Markup]:
    parts = [_scope_table(numbers, kind, *table_of) for kind, table_of in SCOPE_TABLES.items()]
    rows = [
        [heading, numbers.mean(CATALOGUE[name].unit, "measures", "total", name)]
        for name, heading in CUSTOMERS.items()
        if numbers.has("measures", "total", name, "mean") and numbers.at("measures", "total", name, "mean")
    ]
    parts += [table("Customers", ["", "mean"], rows)] if rows else []
    return [part for part in (*parts, _left(numbers)) if part]


def _left(numbers: Numbers) -> Markup:
    """Return which contacts the figures do not hold, or hold in part; nothing where there are none."""
    place = ("measures", "total")
    items = []
    if _says_something(numbers, "total", "unfinished"):
        left = numbers.mean("count", *place, "unfinished")
        items.append(
            joined(left, " contacts were still there when the run ended: neither resolved nor lost.")
        )
    if _says_something(numbers, "total", "closed"):
        closed = numbers.mean("count", *place, "closed")
        items.append(
            joined(closed, " contacts came outside opening hours; they are not among those that came.")
        )
    return tag("ul", *(tag("li", item) for item in items)) if items else Markup("")


def _scope_table(numbers: Numbers, kind: str, title: str, measures: dict[str, str]) -> Markup:
    """Return a row for each thing of a kind; measures that say nothing are left out."""
    scopes = [scope for scope in numbers.at("measures") if scope.partition(":")[0] == kind]
    shown = [name for name in measures if any(_says_something(numbers, scope, name) for scope in scopes)]
    if not shown:
        return Markup("")
    rows = [[scope.partition(":")[2], *(_cell(numbers, scope, name) for name in shown)] for scope in scopes]
    return table(title, [kind, *(measures[name].replace("\n", " ") for name in shown)], rows)


def _says_something(numbers: Numbers, scope: str, name: str) -> bool:
    return numbers.has("measures", scope, name, "mean") and bool(numbers.at("measures", scope, name, "mean"))


def _cell(numbers: Numbers, scope: str, name: str) -> Markup:
    if not numbers.has("measures", scope, name, "mean"):
        return joined("–")
    return numbers.mean(CATALOGUE[name].unit, "measures", scope, name)


# --- method -------------------------------------------------------------------------------------------------


def _method(result: StoredResult) -> Iterator[tuple[str, str]]:
    first = result.summary["first"]
    which = "" if first == 1 else f", numbers {first} to {first + result.reps - 1}"
    yield (
        "Replications",
        f"{replications(result.reps)}{which}, seed {result.seed}: the same service lived through again and "
        "again with other "
        "customers. Every figure is the mean over them.",
    )
    if result.summary["precision"]:
        yield (
            "Precision",
            "As many replications were run as the precision that was asked for takes (Stein 1945).",
        )
    audit = result.summary.get("audit")
    if audit:
        said = f"{len(audit['checks'])} checks with numbers stand in summary.json, all of them held."
        yield "Self-audit", f"{said} {audit['warning']}".strip()


def _shown(result: StoredResult, numbers: Numbers) -> set[str]:
    """Return the measures on the page."""
    named = {target.measure for target in result.scenario.model.targets}
    for kind, (_, measures) in SCOPE_TABLES.items():
        scopes = [scope for scope in numbers.at("measures") if scope.partition(":")[0] == kind]
        named |= {name for name in measures if any(_says_something(numbers, scope, name) for scope in scopes)}
    return named | {name for name in CUSTOMERS if _says_something(numbers, "total", name)}


def _repeat(result: StoredResult) -> list[Markup]:
    first = result.summary["first"]
    again: list[Any] = [
        "servsim",
        "run",
        "scenario.yaml",
        "--reps",
        str(result.reps),
        "--seed",
        str(result.seed),
    ]
    again += ["--first", str(first)] if first != 1 else []
    return repeat(result.about, again, [(result.scenario.name, result.summary["digest"])])
