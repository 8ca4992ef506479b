"""What differs between two scenarios, in the words of an analyst: dotted paths, and values as people write them.

Only what the scenarios mean is compared, in their resolved forms: `staff: 6` and `staff: {number: 6}` are the same.
Where a part is written in a short form, or with other keys than it resolves to (`mon-fri`), the path is the written
one, so that `--set` takes it. Numbers are shown to twelve digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from ..catalogue import CATALOGUE
from ..units import DAY, HOUR, MONTH
from .document import FileName, Place, Plain, dotted
from .durations import ShareOrRest
from .fields import Duration, Part, Rate, Share, Wage
from .load import Scenario
from .model import Model
from .targets import BOUNDS, Judged

__all__ = ["NOTHING", "Difference", "differences", "readable"]

NOTHING = "-"  # stands for a part that is not there
APART = ("name", "claims", "futures", "roi")  # what is said of a scenario changes nothing that happens
MAX_LEAVES = 12  # of an added or removed part, told one by one
MAX_NUMBERS = 6  # of a table, told one by one
MAX_TEXT = 80
_ABSENT: Any = object()


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes:
        path: dotted, as `--set` takes it.
        base: the value in the base, as people write it; `-` where there is none.
        value: the value in the other scenario, likewise.
    """

    path: str
    base: str
    value: str


def differences(base: Scenario, other: Scenario) -> list[Difference]:
    """Return what differs in another scenario, in the order of the base's file; an empty list if both mean the same.

    Names, claims, futures and what the change costs (`roi`) are no difference. An added or removed part gives a line
    for each value that is written in it, up to 12, and tables of more than 6 numbers a line with their sums. Lists are
    compared item by item.
    """
    resolved, documents = [], []
    for scenario in (base, other):
        resolved.append({key: part for key, part in scenario.resolved().items() if key not in APART})
        documents.append({key: part for key, part in scenario.document.data.items() if key not in APART})
    return _Walk((base.model, other.model)).compare((), resolved[0], resolved[1], documents[0], documents[1])


def readable(scenario: Scenario) -> dict[str, Any]:
    """Return the resolved form with every value as people write it: `4 min`, `80%`, `24/h`; all values are texts."""
    found: dict[str, Any] = _Walk((scenario.model, scenario.model)).readable((), scenario.resolved())
    return found


class _Walk:
    """Goes through two resolved forms (a, b) and what is written of them (doc_a, doc_b; None: nothing is)."""

    def __init__(self, models: tuple[Model, Model]) -> None:
        self.models = models

    def compare(self, place: Place, a: Plain, b: Plain, doc_a: Plain, doc_b: Plain) -> list[Difference]:
        """Return what differs at a place."""
        if repr(a) == repr(b):  # repr: the order of names has a meaning, and -0.0 is not 0.0
            return []
        if a is _ABSENT or b is _ABSENT:
            return self.one_sided(place, a, b, doc_a, doc_b)
        if isinstance(a, dict) and isinstance(b, dict):
            return self.mappings(place, a, b, doc_a, doc_b)
        if isinstance(a, list) and isinstance(b, list):
            return self.lists(place, a, b, doc_a, doc_b)
        if isinstance(a, dict | list) or isinstance(b, dict | list):
            return self.whole(place, a, b, doc_a, doc_b)
        return [Difference(dotted(place), *self.texts(place, a, b))]

    def mappings(
        self, place: Place, a: dict[str, Plain], b: dict[str, Plain], doc_a: Plain, doc_b: Plain
    ) -> list[Difference]:
        if _follows(doc_a, a) and _follows(doc_b, b):
            return self.by_key(place, a, b, doc_a, doc_b)
        if isinstance(doc_a, dict) and isinstance(doc_b, dict):
            found = _as_written(place, doc_a, doc_b)
            return found or self.whole(place, a, b, doc_a, doc_b)
        found = self.by_key(place, a, b, None, None)
        is_short = any(doc is not None and not isinstance(doc, dict | list) for doc in (doc_a, doc_b))
        if is_short and len(found) == 1 and NOTHING not in (found[0].base, found[0].value):
            return [Difference(dotted(place), found[0].base, found[0].value)]
        return self.whole(place, a, b, doc_a, doc_b)

    def by_key(
        self, place: Place, a: dict[str, Plain], b: dict[str, Plain], doc_a: Plain, doc_b: Plain
    ) -> list[Difference]:
        """Return what differs key by key, and in the order of the keys."""
        written_a, written_b = doc_a or {}, doc_b or {}
        if _are_numbers(a) and _are_numbers(b) and max(len(a), len(b)) > MAX_NUMBERS:
            changed = [key for key in {**a, **b} if a.get(key) != b.get(key)]
            if len(changed) > MAX_NUMBERS:
                return [Difference(dotted(place), *_sums(list(a.values()), list(b.values())))]
        found = []
        for key in dict.fromkeys([*(key for key in written_a if key in a or key in b), *a, *b]):
            inner = a.get(key, _ABSENT), b.get(key, _ABSENT), written_a.get(key), written_b.get(key)
            found += self.compare((*place, key), *inner)
        orders = [key for key in a if key in b], [key for key in b if key in a]
        if orders[0] != orders[1]:
            first, second = (f"order: {', '.join(order)}" for order in orders)
            found.append(Difference(dotted(place), first, second))
        return found

    def lists(
        self, place: Place, a: list[Plain], b: list[Plain], doc_a: Plain, doc_b: Plain
    ) -> list[Difference]:
        numbers = _numbers(a), _numbers(b)
        if max(map(len, numbers)) > MAX_NUMBERS:
            if place[-1:] == ("times",):  # a sum of moments means nothing
                return [Difference(dotted(place), *_counts(a, b))]
            return [Difference(dotted(place), *_sums(*numbers))]
        if len(a) == len(b) == 1 and isinstance(doc_a, dict) and isinstance(doc_b, dict):
            return self.compare(place, a[0], b[0], doc_a, doc_b)  # a lone item written without its list
        if not all(doc is None or isinstance(doc, list) for doc in (doc_a, doc_b)):
            return self.whole(place, a, b, doc_a, doc_b)
        found = []
        for i in range(max(len(a), len(b))):
            items = [part[i] if i < len(part) else _ABSENT for part in (a, b)]
            docs = [doc[i] if doc is not None and i < len(doc) else None for doc in (doc_a, doc_b)]
            found += self.compare((*place, i), items[0], items[1], docs[0], docs[1])
        return found

    def one_sided(self, place: Place, a: Plain, b: Plain, doc_a: Plain, doc_b: Plain) -> list[Difference]:
        """Return the values of a part that stands on one side alone."""
        part, doc = (b, doc_b) if a is _ABSENT else (a, doc_a)
        if not isinstance(part, dict | list):
            leaves = [(place, self.texts(place, part, part)[0])]
        elif isinstance(doc, dict):
            leaves = _leaves(place, doc)
        else:
            leaves = [(place, self.text_of(place, part, doc))]
        if len(leaves) > MAX_LEAVES:
            leaves = [(place, f"{len(leaves)} values")]
        if a is _ABSENT:
            return [Difference(dotted(where), NOTHING, text) for where, text in leaves]
        return [Difference(dotted(where), text, NOTHING) for where, text in leaves]

    def whole(self, place: Place, a: Plain, b: Plain, doc_a: Plain, doc_b: Plain) -> list[Difference]:
        """Return two parts that cannot be compared bit by bit."""
        first, second = self.text_of(place, a, doc_a), self.text_of(place, b, doc_b)
        if first == second:  # written alike, like two tables of one name
            first, second = (_inline(self.readable(place, part)) for part in (a, b))
        return [Difference(dotted(place), _cut(first, a), _cut(second, b))]

    def text_of(self, place: Place, part: Plain, doc: Plain) -> str:
        """Return a part in one line, as written where it is."""
        if doc is None or isinstance(doc, FileName):
            doc = self.readable(place, part)
        return _cut(_inline(doc), part)

    def readable(self, place: Place, part: Plain) -> Plain:
        """Return a resolved part with its values as people write them."""
        if isinstance(part, dict):
            return {key: self.readable((*place, key), inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [self.readable((*place, i), inner) for i, inner in enumerate(part)]
        return self.texts(place, part, part)[0]

    def texts(self, place: Place, a: Plain, b: Plain) -> tuple[str, str]:
        """Return two values as people write them, in the same unit; exactly where they would look the same."""
        first, second = _written_pair(self.kind(place), a, b)
        return (first, second) if first != second or a == b else (_inline(a), _inline(b))

    def kind(self, place: Place) -> str:
        """Return what a value is: a duration, a rate, a share or, empty, anything else."""
        for model in self.models:
            found = _kind(model, place)
            if found is not None:
                return found
        return ""


def _follows(doc: Plain, resolved: Mapping[str, Plain]) -> bool:
    """Tell whether what is written has the keys of what it resolves to."""
    return doc is None or (
        isinstance(doc, dict) and all(key in resolved for key, part in doc.items() if part is not None)
    )


def _as_written(place: Place, a: dict[str, Plain], b: dict[str, Plain]) -> list[Difference]:
    """Compare two mappings by what is written, key by key; nothing where each has keys that the other lacks."""
    if a.keys() - b.keys() and b.keys() - a.keys():
        return []
    found = []
    for key in dict.fromkeys([*a, *b]):
        if repr(a.get(key)) != repr(b.get(key)):
            texts = (_cut(_inline(doc[key]), doc[key]) if key in doc else NOTHING for doc in (a, b))
            found.append(Difference(dotted((*place, key)), *texts))
    return found


def _leaves(place: Place, doc: Plain) -> list[tuple[Place, str]]:
    """Return the values written in a part, each with its place."""
    if isinstance(doc, dict) and doc:
        return [leaf for key, part in doc.items() for leaf in _leaves((*place, key), part)]
    return [] if doc is None else [(place, _cut(_inline(doc), doc))]


# --- kinds of value ---------------------------------------------------------------------------------------

_MARKS: list[tuple[object, str]] = [  # the first mark of a type tells it from all others
    (get_args(Duration)[1], "duration"),
    (get_args(Rate)[1], "rate"),
    (get_args(Wage)[1], "rate"),
    (get_args(Share)[1], "share"),
    (get_args(ShareOrRest)[1], "share"),
]


def _kind(model: Model, place: Place) -> str | None:
    """Return the kind of value that a field of the format holds; None where this model has no such place."""
    part: Any = model
    kind = ""
    for step in place:
        if isinstance(part, tuple) and isinstance(step, str) and part:
            part = part[0]  # a lone item written without its list
        if isinstance(part, Part):
            name = next((n for n, f in type(part).model_fields.items() if (f.alias or n) == step), None)
            if name is None:
                part = (part.__pydantic_extra__ or {}).get(str(step))
                continue
            kind = _field_kind(part, name)
            part = getattr(part, name)
        elif isinstance(part, Mapping):
            part = part.get(step)
        elif isinstance(part, tuple) and isinstance(step, int):
            part = part[step] if step < len(part) else None
        if part is None:
            return None
    return kind


def _field_kind(part: Part, name: str) -> str:
    if isinstance(part, Judged) and name in BOUNDS:
        return {"share": "share", "s": "duration"}.get(CATALOGUE[part.measure].unit, "")
    field = type(part).model_fields[name]
    marks = [*field.metadata, *_metadata(field.annotation)]
    return next((kind for mark, kind in _MARKS if any(mark is other for other in marks)), "")


def _metadata(annotation: Any) -> Iterator[object]:
    """Yield the marks of a type and of all types within it."""
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _metadata(inner)


# --- values as people write them --------------------------------------------------------------------------

_DURATIONS = [(DAY, "days"), (HOUR, "h"), (60.0, "min"), (1.0, "s")]
_RATES = [(HOUR, "h"), (60.0, "min"), (DAY, "day"), (MONTH, "month"), (1.0, "s")]


def _written_pair(kind: str, a: Plain, b: Plain) -> tuple[str, str]:
    if kind == "share":
        first, second = (f"{v * 100:.12g}%" if isinstance(v, int | float) else str(v) for v in (a, b))
    elif kind == "duration" and isinstance(a, str) and isinstance(b, str):
        first, second = _durations(float(a.removesuffix("s")), float(b.removesuffix("s")))
    elif kind == "rate" and isinstance(a, str) and isinstance(b, str):
        first, second = _rates(float(a.removesuffix("/s")), float(b.removesuffix("/s")))
    else:
        first, second = _inline(a), _inline(b)
    return first, second


def _durations(a: float, b: float) -> tuple[str, str]:
    """Write two durations in the longest unit in which both are whole, else in seconds."""
    size, unit = next((pair for pair in _DURATIONS if a % pair[0] == b % pair[0] == 0), _DURATIONS[-1])

    def write(seconds: float) -> str:
        amount = f"{seconds / size:.12g}"
        own = "day" if (amount, unit) == ("1", "days") else "s" if amount == "0" else unit
        return f"{amount} {own}"

    return write(a), write(b)


def _rates(a: float, b: float) -> tuple[str, str]:
    """Write two rates per the first unit of time for which both are short, else per hour."""

    def is_short(value: float) -> bool:
        return float(f"{value:.6g}") == float(f"{value:.12g}")

    fits = (pair for pair in _RATES if is_short(a * pair[0]) and is_short(b * pair[0]))
    size, unit = next(fits, _RATES[0])
    first, second = (f"{v * size:.12g}/{unit}" for v in (a, b))
    return first, second


def _inline(value: Plain) -> str:
    """Return plain data in one line, as YAML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inline(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, float):
        return f"{value:.12g}" if float(f"{value:.12g}") == value else repr(value)
    return {"None": "nothing", "True": "true", "False": "false"}.get(str(value), str(value))


def _cut(text: str, part: Plain) -> str:
    """Return a text, or for a long one how many values it stands for."""
    if len(text) <= MAX_TEXT or not isinstance(part, dict | list):
        return text
    return f"{_size(part):,} values"


def _size(part: Plain) -> int:
    """Return how many values stand in a part."""
    if isinstance(part, dict | list):
        return sum(map(_size, part.values() if isinstance(part, dict) else part))
    return 1


# --- tables -----------------------------------------------------------------------------------------------


def _is_number(value: Plain) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_numbers(part: Mapping[str, Plain]) -> bool:
    return all(map(_is_number, part.values()))


def _numbers(rows: Sequence[Plain]) -> list[float]:
    """Return the numbers of a table: of each row the last."""
    last = (
        next((v for v in reversed(row) if _is_number(v)), None) if isinstance(row, list) else row
        for row in rows
    )
    return [float(value) for value in last if value is not None and _is_number(value)]


def _sums(a: Sequence[float], b: Sequence[float]) -> tuple[str, str]:
    """Return two tables as `336 values, sum 4,120` and `336 values, sum 4,944 (+20%)`."""
    sums = sum(a), sum(b)
    texts = [f"{len(part):,} values, sum {total:,.6g}" for part, total in zip((a, b), sums, strict=True)]
    if texts[0] == texts[1]:
        texts[1] += f" ({_changed(a, b)} of them differ)"
    elif sums[0] and sums[0] != sums[1]:
        texts[1] += f" ({(sums[1] / sums[0] - 1) * 100:+.3g}%)"
    return texts[0], texts[1]


def _counts(a: Sequence[Plain], b: Sequence[Plain]) -> tuple[str, str]:
    second = f"{len(b):,} times"
    return f"{len(a):,} times", second + (f" ({_changed(a, b)} of them differ)" if len(a) == len(b) else "")


def _changed(a: Sequence[Plain], b: Sequence[Plain]) -> int:
    return sum(repr(first) != repr(second) for first, second in zip(a, b, strict=True))
