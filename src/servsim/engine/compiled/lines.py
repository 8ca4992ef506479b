"""Lines of contacts, in the order (start of the wait, who joined a line first): linked lists through the slots."""

from __future__ import annotations

from .layout import compiled, inlined, line_at, slot_at

__all__ = ["join", "join_end", "step_out"]


@inlined
def _ahead(w: int, one: int, other: int) -> bool:
    """Tell whether one contact stands ahead of another."""
    a, b = slot_at(w, one), slot_at(w, other)
    return a.since < b.since or (a.since == b.since and a.turn < b.turn)


@compiled
def _insert(w: int, number: int, who: int, before: int) -> None:
    """Put a contact behind another one of the line, or at its head (-1)."""
    line, s = line_at(w, number), slot_at(w, who)
    after = line.head if before < 0 else slot_at(w, before).after
    s.line, s.before, s.after = number, before, after
    if before < 0:
        line.head = who
    else:
        slot_at(w, before).after = who
    if after < 0:
        line.tail = who
    else:
        slot_at(w, after).before = who
    line.count += 1


@compiled
def join_end(w: int, number: int, who: int) -> None:
    """Put a contact at the end of a line."""
    _insert(w, number, who, line_at(w, number).tail)


@compiled
def join(w: int, number: int, who: int) -> None:
    """Put a contact where it belongs.

    Those who come back to their places mostly come in order, so the search begins at the one who did so last.
    """
    line = line_at(w, number)
    if line.tail < 0 or _ahead(w, line.tail, who):
        join_end(w, number, who)
        return
    before = line.last if line.last >= 0 and _ahead(w, line.last, who) else -1
    after = line.head if before < 0 else slot_at(w, before).after
    while _ahead(w, after, who):
        before = after
        after = slot_at(w, after).after
    _insert(w, number, who, before)
    line.last = who


@compiled
def step_out(w: int, who: int) -> None:
    """Take a contact out of its line."""
    s = slot_at(w, who)
    line = line_at(w, s.line)
    if s.before < 0:
        line.head = s.after
    else:
        slot_at(w, s.before).after = s.after
    if s.after < 0:
        line.tail = s.before
    else:
        slot_at(w, s.after).before = s.before
    if line.last == who:
        line.last = -1
    line.count -= 1
    s.line = -1
