"""What a comparison comes to, in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..catalogue import CATALOGUE
from ..words import amount, clock_time, difference_text, duration, with_interval
from .precision import Settled
from .result import Result

if TYPE_CHECKING:
    from .compare import Comparison
    from .stored import StoredResult

__all__ = ["MANY", "in_time", "precision_told", "verdict"]

MANY = 6  # scenarios that are told of one by one; of more only their numbers
STEIN = "by Stein's rule, whose 95 % holds however many replications it took"


def verdict(comparison: Comparison) -> str:
    """Return the answer in a few lines: targets, money, what is cheapest, what was selected, how sure all that is."""
    return "\n".join(
        [*_scenarios(comparison), *_cheapest(comparison), *_choice(comparison), *_settled(comparison)]
    )


def _scenarios(comparison: Comparison) -> Iterator[str]:
    """Yield a line a scenario: which targets it keeps, and what it costs more or less than the base."""
    numbers = [comparison.base, *comparison.others]
    if len(numbers) > MANY:
        yield from _many(comparison, numbers)
        return
    for number in numbers:
        words = [_targets(comparison, number)] if len(comparison.targets) else []
        words += [_money(comparison, number)] if number != comparison.base else []
        if any(words):
            yield f"{comparison.names[number]}: {'; '.join(filter(None, words))}."


def _many(comparison: Comparison, numbers: Sequence[int]) -> Iterator[str]:
    """Yield how many scenarios keep all targets."""
    if not len(comparison.targets):
        return
    met = sum(_all(comparison, number, "met") for number in numbers)
    missed = sum(_misses(comparison.results[number]) for number in numbers)
    words = [f"{met} keep all targets", f"{missed} miss one or more"]
    rest = len(numbers) - met - missed
    words += [f"of {rest} one cannot tell yet"] if rest else []
    yield f"Of {len(numbers):,} scenarios {', '.join(words)}."


def _all(comparison: Comparison, number: int, verdict: str) -> bool:
    return bool((comparison.results[number].targets["verdict"] == verdict).all())


def _targets(comparison: Comparison, number: int) -> str:
    """Return `keeps all 3 targets`, or what it misses and what cannot be told."""
    table = comparison.results[number].targets
    if not len(table):
        return "no targets"
    if _all(comparison, number, "met"):
        return "keeps its target" if len(table) == 1 else f"keeps all {len(table)} targets"
    parts = []
    for word, said in (
        ("missed", "misses"),
        ("cannot tell", "cannot tell yet"),
        ("not measured", "not measured"),
    ):
        texts = table.loc[table["verdict"] == word, "text"].tolist()
        parts += [f"{said}: {', '.join(texts)}"] if texts else []
    return "; ".join(parts)


def _money(comparison: Comparison, number: int) -> str:
    """Return `costs 1,240 ± 90 EUR less in 7 days (-3.2%)`; empty where the scenarios have no costs."""
    row = comparison.difference(comparison.names[number], "cost")
    currency = comparison.results[number].scenario.model.currency
    if row["base"] == 0 and row["value"] == 0:
        return ""
    if row["difference"] == 0 and row["half_width"] == 0:
        return "costs the same"
    size = difference_text(abs(row["difference"]), row["half_width"], "money").removeprefix("+")
    share = f" ({row['difference'] / row['base']:+.1%})" if row["base"] else ""
    doubt = "" if not row["low"] <= 0 <= row["high"] else ", which may be luck"
    more = "less" if row["difference"] < 0 else "more"
    when = in_time(comparison.results[number])
    return f"costs {size} {currency} {more} {when}{share}{doubt}".replace("  ", " ")


def _cheapest(comparison: Comparison) -> Iterator[str]:
    """Yield what is the cheapest scenario that keeps all targets."""
    if all(result.value("cost").mean == 0 for result in comparison.results):
        return
    found = comparison.cheapest
    if not found.scenario:
        surely = "" if all(_misses(result) for result in comparison.results) else "surely "
        may = f"; one cannot tell yet of: {_names(found.open)}" if found.open else ""
        yield f"None {surely}keeps all targets{may}."
        return
    currency = comparison.results[comparison.base].scenario.model.currency
    cost = f"{amount(found.cost, 'money')} {currency}".strip()
    goal = " that keeps all targets" if len(comparison.targets) else ""
    when = in_time(comparison.results[comparison.base])
    yield f"The cheapest{goal} is {_name(found.scenario)}, at {cost} {when}."
    if found.rivals:
        yield f"As far as one can tell, {_names(found.rivals)} may be as cheap."
    if found.open:
        yield f"Cheaper, but not sure to keep all targets: {_names(found.open)}."


def _misses(result: Result) -> bool:
    return bool((result.targets["verdict"] == "missed").any())


def _choice(comparison: Comparison) -> Iterator[str]:
    """Yield which scenario was selected."""
    choice = comparison.choice
    if choice is None:
        return
    what = f"{choice.measure} {choice.scope}".removesuffix(" total")
    least = _plain(choice.indifference, CATALOGUE[choice.measure].unit)
    best = _name(choice.best) + _caution(comparison[choice.best])
    if choice.sure:
        yield (
            f"Selected by {what}: {best}, the best or within {least} of it with a probability of at least "
            f"{choice.confidence:.0%} (Kim and Nelson 2001; {choice.reps} replications)."
        )
    else:
        yield (
            f"No one scenario is selected by {what} after {choice.reps} replications; the best may be "
            f"{_names(choice.left)}, and {best} has the best mean so far."
        )


def _caution(result: Result) -> str:
    """Return what a selection by one measure does not look at: ` (misses a target)`."""
    found = set(result.targets["verdict"])
    if "missed" in found:
        return " (misses a target)"
    return " (cannot tell yet whether it keeps all targets)" if "cannot tell" in found else ""


def _plain(value: float, unit: str) -> str:
    """Return an amount as it was asked for: `50`, `5 s`, `0.5pp`."""
    if unit == "share":
        return f"{100 * value:.6g}pp"
    return clock_time(value) if unit == "s" else f"{value:,.6g}"


def _settled(comparison: Comparison) -> Iterator[str]:
    """Yield what was reached of a wanted precision of differences; of many goals only how many are."""
    settled = comparison.settled
    if settled is None:
        return
    count = len(settled.table)
    if count <= MANY:
        yield from precision_told(settled, compared=len(comparison.names))
    elif settled.reached:
        yield f"All {count:,} differences are as precise as wanted, {STEIN}; {_student(settled)}."
    else:
        reached = int(settled.table["reached"].sum())
        yield f"{reached:,} of {count:,} differences are as precise as wanted, {STEIN}; {_student(settled)}."


def precision_told(settled: Settled, compared: int = 1) -> Iterator[str]:
    """Yield, for each goal, what is reached of what was wanted, and why tables show another half-width.

    Args:
        settled: what was done for the precision.
        compared: how many scenarios are; with two or more the goals are for differences from the base.
    """
    lines = [_goal(row, compared) for row in settled.table.to_dict("records")]
    if len(lines) == 1:
        yield f"{lines[0]}, {STEIN}; {_student(settled)}."
        return
    yield from (f"{line}." for line in lines)
    yield f"These intervals are {STEIN}; {_student(settled)}."


def _student(settled: Settled) -> str:
    return f"tables give Student's interval of all {settled.reps:,} replications"


def _goal(row: Mapping[Any, Any], compared: int) -> str:
    """Return `cost: -1,318 ± 30 as wanted (30)`, or what it would take."""
    unit = CATALOGUE[row["measure"]].unit
    what = f"{row['measure']} {row['scope']}".removesuffix(" total")
    what += f" of {_name(row['scenario'])}" if compared > 2 else ""
    found = (difference_text if compared > 1 else with_interval)(row["mean"], row["half_width"], unit)
    wanted = difference_text(row["wanted"], math.nan, unit).removeprefix("+")
    if row["reached"]:
        return f"{what}: {found} as wanted ({wanted})"
    takes = "no number of replications is known to do"
    if math.isfinite(row["reps"]):
        takes = f"that would take {row['reps']:,.0f} replications"
    return f"{what}: {found}, not as wanted ({wanted}; {takes})"


def in_time(result: Result | StoredResult) -> str:
    """Return `in 7 days`: the time over which a run counts and adds up."""
    clock = result.scenario.model.clock
    return f"in {duration(clock.length - clock.warmup)}"


def _name(name: str) -> str:
    """Return a name, in quotes where a comma in it would look like the end of it."""
    return f'"{name}"' if "," in name else name


def _names(names: Sequence[str]) -> str:
    """Return the first names, told apart."""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return "; ".join(map(_name, names[:MANY])) + more
