"""Pieces of a page: elements whose text is always escaped, tables, and numbers that say where they come from."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import printable
from ...words import amount, difference_text, with_interval

__all__ = ["Markup", "Numbers", "joined", "number_of", "section", "table", "tag", "verdict_mark"]

VOID = ("meta", "link", "br", "col")
NOTHING = "–"
SIGNS = {  # a verdict is told by its word and a sign, not by its colour alone
    **{"met": "✓", "holds": "✓", "better": "✓", "all kept": "✓"},
    **{"missed": "✗", "fails": "✗", "worse": "✗"},
    **{"cannot tell": "?", "no sure difference": "≈", "the same": "=", "higher": "↑", "lower": "↓"},
}
KINDS = {
    **dict.fromkeys(("met", "holds", "better", "all kept"), "good"),
    **dict.fromkeys(("missed", "fails", "worse"), "bad"),
    "cannot tell": "open",
}


class Markup(str):
    """Text that is HTML already; any other text is escaped where it is put into an element."""

    __slots__ = ()


def tag(name: str, /, *content: str, **attributes: str | None) -> Markup:
    """Return an element: what is in it is escaped unless it is `Markup`.

    Attributes of None are left out; `class_` is `class`, and other underscores are hyphens.
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(printable(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{words} />")
    return Markup(f"<{name}{words}>{joined(*content)}</{name}>")


def joined(*content: str, by: str = "") -> Markup:
    """Return pieces one after the other, those that are not `Markup` escaped."""
    return Markup(
        by.join(part if isinstance(part, Markup) else html.escape(printable(part)) for part in content)
    )


def section(name: str, title: str, *content: str) -> Markup:
    """Return a section with its heading; `name` is its id."""
    heading = tag("h2", title, id=f"{name}-title")
    return tag("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def table(
    caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1, note: str = ""
) -> Markup:
    """Return a table that scrolls in a box of its own where the page is too narrow.

    Args:
        caption: what it holds.
        headings: of the columns.
        rows: cells; the first of each is the row's heading.
        texts: how many columns, from the left, hold words; the others hold numbers.
        note: stands below it.
    """
    sides = [None if n < texts else "n" for n in range(len(headings))]
    head = [tag("th", word, scope="col", class_=side) for word, side in zip(headings, sides, strict=True)]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(tag("td", cell, class_=side) for cell, side in zip(row[1:], sides[1:], strict=True)),
        )
        for row in rows
    ]
    whole = tag("table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body))
    box = tag("div", whole, class_="scroll", role="region", tabindex="0", aria_label=caption)
    return joined(box, tag("p", note, class_="note")) if note else box


def verdict_mark(word: str, shown: str = "") -> Markup:
    """Return a verdict with its sign; `shown` are other words for it."""
    sign = tag("span", f"{SIGNS.get(word, NOTHING)} ", aria_hidden="true")
    return tag("span", sign, shown or word, class_=f"verdict {KINDS.get(word, 'none')}")


def number_of(value: Any) -> float:
    """Return a number of a summary, in which None stands for one that does not exist."""
    return math.nan if value is None else float(value)


class Numbers:
    """The numbers of a summary, marked with the place at which they stand there.

    A number on the page is `<data value="0.8123" data-at="/measures/total/asa/mean">`: the value as JSON has it, and
    its place as a JSON Pointer (RFC 6901). So whoever reads the page by a program gets the exact value, and a test can
    hold the page against summary.json.
    """

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary

    def at(self, *place: str | int) -> Any:
        """Return what stands at a place."""
        part: Any = self.summary
        for step in place:
            part = part[step]
        return part

    def has(self, *place: str | int) -> bool:
        """Tell whether a number stands at a place."""
        try:
            return isinstance(self.at(*place), int | float)
        except (KeyError, IndexError, TypeError):
            return False

    def marked(self, text: str, *place: str | int) -> Markup:
        """Return the text of the number at a place; a dash where there is none."""
        value = self.at(*place)
        if value is None:
            return joined(NOTHING)
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
        return tag("data", text, value=json.dumps(value), data_at="/" + "/".join(steps))

    def amount(self, unit: str, *place: str | int) -> Markup:
        """Return the number at a place in the catalogue's unit."""
        return self.marked(amount(number_of(self.at(*place)), unit), *place)

    def mean(self, unit: str, *place: str | int) -> Markup:
        """Return the mean with its half-width of what stands at a place."""
        found = self.at(*place)
        text = with_interval(number_of(found["mean"]), number_of(found["half_width"]), unit)
        return self._pair(text, (*place, "mean"), (*place, "half_width"))

    def difference(self, unit: str, *place: str | int) -> Markup:
        """Return the difference with its half-width of what stands at a place."""
        found = self.at(*place)
        text = difference_text(number_of(found["difference"]), number_of(found["half_width"]), unit)
        return self._pair(text, (*place, "difference"), (*place, "half_width"))

    def interval(self, unit: str, *place: str | int) -> Markup:
        """Return `(78.5% … 82.1%)` of what stands at a place; nothing where it has no ends."""
        ends = [self.at(*place, end) for end in ("low", "high")]
        if None in ends or ends[0] == ends[1]:
            return Markup("")
        low, high = (self.amount(unit, *place, end) for end in ("low", "high"))
        return tag("span", "(", low, " … ", high, ")", class_="together")

    def _pair(self, text: str, first: tuple[str | int, ...], second: tuple[str | int, ...]) -> Markup:
        mean, _, half = text.partition(" ± ")
        shown = self.marked(mean, *first)
        return joined(shown, " ± ", self.marked(half, *second)) if half else shown
