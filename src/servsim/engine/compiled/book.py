"""Contacts and their visits, in their slots and in the rows of the records; and what each has still to do."""

from __future__ import annotations

import math

from ...network.kinds import End, VisitEnd
from .layout import (
    change_at,
    channel_at,
    compiled,
    contact_at,
    count_at,
    inlined,
    slot_at,
    staff_at,
    state_at,
    step_at,
    visit_at,
)

__all__ = [
    "GO",
    "HAND_BACK",
    "TURN_AWAY",
    "WAIT_AGAIN",
    "begin_contact",
    "begin_visit",
    "drop_slot",
    "end_visit",
    "free_line",
    "go_on",
    "new_slot",
    "note_bot",
    "note_staff",
    "take_todo",
    "to_do",
    "visit_again",
]

# What a contact has to do within the event under way, before anything else happens: one thing at a time.
GO = 0  # go to its target
HAND_BACK = 1  # go back into the queue, for the agent leaves
WAIT_AGAIN = 2  # go back into the bot's line, for the bot went down
TURN_AWAY = 3  # go where those go whom the bot cannot take

OPEN, VISIT_OPEN = int(End.OPEN), int(VisitEnd.OPEN)
HANDED_BACK = int(VisitEnd.HANDED_BACK)


@inlined
def to_do(w: int, who: int, what: int) -> None:
    """Let a contact do something after those that have something to do already."""
    state, s = state_at(w, 0), slot_at(w, who)
    s.todo = what
    s.next_todo = -1
    if state.todo_head < 0:
        state.todo_head = who
    else:
        slot_at(w, state.todo_tail).next_todo = who
    state.todo_tail = who


@inlined
def go_on(w: int, who: int, target: int) -> None:
    """Let a contact go to its target before anybody else does anything."""
    state, s = state_at(w, 0), slot_at(w, who)
    s.todo = GO
    s.target = target
    s.next_todo = state.todo_head
    if state.todo_head < 0:
        state.todo_tail = who
    state.todo_head = who


@inlined
def take_todo(w: int) -> int:
    """Take the first contact off those that have something to do."""
    state = state_at(w, 0)
    who = state.todo_head
    state.todo_head = slot_at(w, who).next_todo
    return who


# --- slots ----------------------------------------------------------------------------------------------------------


@inlined
def new_slot(w: int) -> int:
    """Return an empty slot for a customer."""
    state = state_at(w, 0)
    who = state.free_slot
    if who >= 0:
        state.free_slot = slot_at(w, who).after
    else:
        who = state.slots
        state.slots += 1
        slot_at(w, who).stamp = 0
    return who


@inlined
def drop_slot(w: int, who: int) -> None:
    """Give back the slot of a customer who does not come again."""
    state, s = state_at(w, 0), slot_at(w, who)
    s.after = state.free_slot
    state.free_slot = who


@inlined
def forget_visits(w: int, who: int) -> None:
    """Give back the counts of a contact's visits to steps."""
    state, s = state_at(w, 0), slot_at(w, who)
    while s.counts >= 0:
        node = s.counts
        s.counts = count_at(w, node).next
        count_at(w, node).next = state.free_count
        state.free_count = node


@compiled
def _earlier_visits(w: int, who: int, step: int) -> int:
    """Return how often the contact has come to a step before, and count this time."""
    if not step_at(w, step).loops:
        return 0
    state, s = state_at(w, 0), slot_at(w, who)
    node = s.counts
    while node >= 0:
        count = count_at(w, node)
        if count.step == step:
            count.visits += 1
            return count.visits - 1
        node = count.next
    node = state.free_count
    if node >= 0:
        state.free_count = count_at(w, node).next
    else:
        node = state.counts
        state.counts += 1
    count = count_at(w, node)
    count.step, count.visits, count.next = step, 1, s.counts
    s.counts = node
    return 0


# --- rows of the records --------------------------------------------------------------------------------------------


@inlined
def begin_contact(w: int, who: int) -> None:
    """Begin a contact: its row, and a slot without history."""
    state, s = state_at(w, 0), slot_at(w, who)
    row = state.contacts
    state.contacts += 1
    state.inside += 1
    s.row = state.first + row
    s.visits, s.counts, s.on_line, s.line, s.agent = 0, -1, 0, -1, -1
    contact = contact_at(w, row)
    contact.customer = s.number
    contact.home, contact.attempt, contact.channel, contact.reason = s.home, s.attempt, s.channel, s.reason
    contact.arrived = s.arrived
    contact.ended = contact.returns_at = math.nan
    contact.visits, contact.open, contact.end = 0, 1, OPEN


@inlined
def _new_row(w: int, who: int) -> None:
    """Begin the row of the contact's next visit."""
    state, s = state_at(w, 0), slot_at(w, who)
    row = state.visits
    state.visits += 1
    s.visit = row
    visit = visit_at(w, row)
    visit.contact, visit.visit, visit.step = s.row, s.visits, s.step
    visit.entered = state.now
    visit.started = visit.ended = visit.freed = math.nan
    visit.end, visit.pool, visit.agent = VISIT_OPEN, -1, -1
    s.visits += 1
    contact_at(w, s.row - state.first).visits = s.visits


@inlined
def begin_visit(w: int, who: int, step: int) -> None:
    """Note that the contact comes to a step."""
    state, s = state_at(w, 0), slot_at(w, who)
    s.step = step
    s.index = _earlier_visits(w, who, step)
    s.since = state.now
    state.turn += 1
    s.turn = state.turn
    _new_row(w, who)


@inlined
def visit_again(w: int, who: int) -> None:
    """Note that a visit broken off waits anew: its place in the line is kept, its work begins from the start."""
    end_visit(w, who, HANDED_BACK)
    _new_row(w, who)
    slot_at(w, who).stamp += 1


@inlined
def end_visit(w: int, who: int, end: int) -> None:
    """Note that the contact leaves its step."""
    state = state_at(w, 0)
    visit = visit_at(w, slot_at(w, who).visit)
    visit.ended = state.last = state.now
    visit.end = end


@compiled
def note_staff(w: int, pool: int, present: int, target: int) -> None:
    """Note the agents present in a pool from now on."""
    state = state_at(w, 0)
    row = staff_at(w, state.staff)
    row.time, row.pool, row.present, row.target = state.now, pool, present, target
    state.staff += 1


@compiled
def note_bot(w: int, bot: int, up: int) -> None:
    """Note that a bot works, or does not, from now on."""
    state = state_at(w, 0)
    row = change_at(w, state.changes)
    row.time, row.bot, row.up = state.now, bot, up
    state.changes += 1


@inlined
def free_line(w: int, who: int) -> None:
    """Give back the trunk line that the contact holds, if it does."""
    s = slot_at(w, who)
    if s.on_line:
        s.on_line = 0
        channel_at(w, s.channel).taken -= 1
