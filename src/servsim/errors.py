"""Every error that servsim raises on purpose, in one tree.

`ServsimError`
├── `InputError`      what the user gave is wrong (exit status 2); carries all `Problem`s at once
└── `RunError`        a run could not be finished (exit status 3)
    └── `AuditError`  a run contradicts itself: a defect of servsim, never of the input
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "AuditError",
    "InputError",
    "Problem",
    "RunError",
    "ServsimError",
    "did_you_mean",
    "listed",
    "nearest",
    "printable",
    "shown",
]

MANY = 200  # names that a wrong one is compared with at most


class ServsimError(Exception):
    """Base of all errors raised on purpose."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with the input: where it stands and what to do about it.

    `file` may be empty (a value from the command line or from Python); `line` and `column` count from 1,
    0 means unknown; `path` is dotted, as `--set` takes it; `message` says what was found and what is allowed.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)]) if self.file else ""
        return ": ".join(part for part in (printable(place), printable(self.path), self.message) if part)


class InputError(ServsimError):
    """The input is wrong; `problems` lists everything found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem("", 0, 0, "", problems)]
        self.problems: list[Problem] = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[Problem]]]:
        """Let copies and pickles keep the problems one by one."""
        return type(self), (self.problems,)


class RunError(ServsimError):
    """A run could not be finished."""


class AuditError(RunError):
    """A run's own books do not balance; please report it with the scenario and the seed."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest allowed word, or an empty string."""
    near = nearest(word, allowed)
    return f"; did you mean {near!r}?" if near is not None else ""


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that is most like a word, whatever the case; None where none is."""
    originals = {a.casefold(): a for a in allowed}
    if len(originals) > MANY:  # comparing takes some 50 µs a name
        originals = {key: name for key, name in originals.items() if key[:1] == word[:1].casefold()}
        originals = dict(list(originals.items())[:MANY])
    near = difflib.get_close_matches(word.casefold()[:100], list(originals), n=1, cutoff=0.6)
    return originals[near[0]] if near else None


def listed(words: Sequence[str], most: int = 12) -> str:
    """Return words as a comma-separated list, cut after `most`."""
    more = len(words) - most
    return (
        ", ".join(map(printable, words[:most])) + (f" and {more} more" if more > 0 else "")
        if words
        else "none"
    )


def printable(text: str) -> str:
    """Return text in one line: what cannot be printed is escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def shown(value: object, most: int = 60) -> str:
    """Return a value as a message quotes it: as it stands in YAML, cut after `most` characters."""
    words = {"None": "nothing", "True": "true", "False": "false"}
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    text = words.get(text, text)
    return text if len(text) <= most else text[: most - 3] + "..."
