"""What a comparison comes to, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..catalogue import CATALOGUE
from ..words import amount, clock_time, with_interval

if TYPE_CHECKING:
    from .compare import Comparison

__all__ = ["verdict"]

MANY = 6  # scenarios that are told of one by one; of more only their numbers


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
    missed = sum(
        bool((comparison.results[number].targets["verdict"] == "missed").any()) for number in numbers
    )
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
    """Return `costs 1,240 ± 90 less (-3.2%)`; empty where the scenarios have no costs."""
    row = comparison.difference(comparison.names[number], "cost")
    currency = comparison.results[number].scenario.model.currency
    if row["base"] == 0 and row["value"] == 0:
        return ""
    if row["difference"] == 0 and row["half_width"] == 0:
        return "costs the same"
    size = with_interval(abs(row["difference"]), row["half_width"], "money")
    share = f" ({row['difference'] / row['base']:+.1%})" if row["base"] else ""
    doubt = "" if not row["low"] <= 0 <= row["high"] else ", which may be luck"
    return f"costs {size} {currency} {'less' if row['difference'] < 0 else 'more'}{share}{doubt}".replace(
        "  ", " "
    )


def _cheapest(comparison: Comparison) -> Iterator[str]:
    """Yield what is the cheapest scenario that keeps all targets."""
    if all(result.value("cost").mean == 0 for result in comparison.results):
        return
    found = comparison.cheapest
    if not found.scenario:
        yield "None surely keeps all targets" + (f"; {_listed(found.open)} may." if found.open else ".")
        return
    currency = comparison.results[comparison.base].scenario.model.currency
    cost = f"{amount(found.cost, 'money')} {currency}".strip()
    goal = " that keeps all targets" if len(comparison.targets) else ""
    yield f"The cheapest{goal} is {found.scenario}, at {cost}."
    if found.rivals:
        yield f"As far as one can tell, {_listed(found.rivals)} may be as cheap."
    if found.open:
        yield f"Cheaper, but not sure to keep all targets: {_listed(found.open)}."


def _choice(comparison: Comparison) -> Iterator[str]:
    """Yield which scenario was selected."""
    choice = comparison.choice
    if choice is None:
        return
    what = f"{choice.measure} {choice.scope}".removesuffix(" total")
    least = _plain(choice.indifference, CATALOGUE[choice.measure].unit)
    if choice.sure:
        yield (
            f"Selected by {what}: {choice.best}, the best or within {least} of it with a probability of at least "
            f"{choice.confidence:.0%} (Kim and Nelson 2001; {choice.reps} replications)."
        )
    else:
        yield (
            f"No one scenario is selected by {what} after {choice.reps} replications; the best may be "
            f"{_listed(choice.left)}, and {choice.best} has the best mean so far."
        )


def _plain(value: float, unit: str) -> str:
    """Return an amount as it was asked for: `50`, `5 s`, `0.5pp`."""
    if unit == "share":
        return f"{100 * value:.6g}pp"
    return clock_time(value) if unit == "s" else f"{value:,.6g}"


def _settled(comparison: Comparison) -> Iterator[str]:
    """Yield whether the wanted precision was reached."""
    settled = comparison.settled
    if settled is None:
        return
    if settled.reached:
        yield f"The wanted precision is reached, with {settled.reps} replications of each scenario."
        return
    rows = settled.table[~settled.table["reached"]]
    parts = list(
        dict.fromkeys(f"{row.measure} {row.scope}".removesuffix(" total") for row in rows.itertuples())
    )
    yield f"The wanted precision is not reached with {settled.reps} replications: {_listed(parts)}."


def _listed(words: list[str] | tuple[str, ...]) -> str:
    shown = list(words[:MANY])
    more = f" and {len(words) - MANY} more" if len(words) > MANY else ""
    mark = "; " if any(", " in word for word in shown) else ", "
    return mark.join(shown) + more
