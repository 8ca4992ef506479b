"""How the numbers were made, what they mean, and how to make them again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...catalogue import CATALOGUE
from .elements import Markup, joined, table, tag
from .words import measure_words

__all__ = ["glossary", "method", "repeat", "replications"]

INTERVALS = (
    "A number after ± is the half-width of a 95 % interval over the replications (Student's t). Where numbers "
    "stand in "
    "brackets they are the ends of such an interval."
)
AUDIT = (
    "Every replication is checked while it runs: contacts in = out + still there, Little's law in every "
    "queue, busy time "
    "within staffed time. A check that fails ends the run with an error, so all of them held."
)


def replications(count: int) -> str:
    """Return `1 replication` or `10 replications`."""
    return "1 replication" if count == 1 else f"{count:,} replications"


def method(items: Iterable[tuple[str, str]], about: Mapping[str, Any]) -> list[Markup]:
    """Return a list of terms: those given, then what holds for every result.

    Args:
        items: terms with what there is to say.
        about: run.json.
    """
    engine = about.get("engine")
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    whole = [
        *items,
        ("Intervals", INTERVALS),
        ("Checks", AUDIT),
        *([("Engine", f"{engine}; all engines give the same numbers to the last bit")] if engine else []),
        ("Versions", versions),
    ]
    return [tag("dl", *(joined(tag("dt", term), tag("dd", said)) for term, said in whole if said))]


def glossary(measures: Iterable[str]) -> Markup:
    """Return what the measures on the page mean, in the catalogue's words."""
    known = [name for name in CATALOGUE if name in set(measures)]
    rows = [[measure_words(name), CATALOGUE[name].definition] for name in known]
    return table("What the measures mean", ["measure", "definition"], rows, texts=2) if rows else Markup("")


def repeat(
    about: Mapping[str, Any], again: Sequence[str], digests: Sequence[tuple[str, str]]
) -> list[Markup]:
    """Return how to make the numbers again.

    Args:
        about: run.json, with the command where the command line made the result.
        again: the words of a command that makes the numbers from the folder alone; empty where there is none.
        digests: scenarios by name, with what tells whether a file means the same.
    """
    parts = []
    if about.get("command"):
        parts += [tag("p", "Made by"), tag("pre", about["command"])]
    if again:
        parts += [tag("p", "From the folder of the result alone, which holds the scenario whole:")]
        parts += [tag("pre", shlex.join(again))]
    parts.append(
        tag(
            "p",
            "The same scenario, seed and number of replications give the same numbers on every machine. The "
            "digest tells "
            "whether a scenario is the same: servsim run writes it into run.json.",
        )
    )
    rows = [[name, tag("code", digest)] for name, digest in digests]
    return [*parts, table("Digests", ["scenario", "digest"], rows, texts=2)]
