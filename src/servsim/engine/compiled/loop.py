"""The kernel's entry: event after event, until the end, or until Python must see to something."""

from __future__ import annotations

import math

import numpy as np

from ...draws.cache import jit
from ...draws.kernel import uniform
from ...network.kinds import End, EventKind, StepKind, VisitEnd
from .agents import (
    change_roster,
    end_service,
    find_agent,
    free_agent,
    hand_back,
    leave_queue,
    line_up,
    plan_roster,
)
from .book import (
    GO,
    HAND_BACK,
    WAIT_AGAIN,
    begin_contact,
    begin_visit,
    drop_slot,
    end_visit,
    forget_visits,
    free_line,
    go_on,
    new_slot,
    note_bot,
    take_todo,
)
from .bots import (
    bot_down,
    bot_up,
    come_to_bot,
    end_session,
    plan_failure,
    plan_outage,
    turn_away,
    wait_again,
)
from .chance import (
    draw_reason,
    duration,
    first_target,
    is_open,
    later,
    new_customer,
    next_arrival,
    next_target,
    sample,
)
from .heap import kind_of, order, plan, take_first
from .layout import (
    bot_at,
    change_room,
    channel_at,
    comeback_at,
    compiled,
    contact_at,
    contact_room,
    count_room,
    event_at,
    event_room,
    inlined,
    line_at,
    queue_at,
    slot_at,
    slot_room,
    staff_room,
    state_at,
    step_at,
    visit_at,
    visit_room,
)
from .lines import step_out
from .patience import order_of

__all__ = ["BUSY", "FULL", "OVER", "TOO_MANY_CONTACTS", "TOO_MANY_OUTAGES", "TOO_MANY_VISITS", "advance"]

# Why the kernel came back.
BUSY = 0  # so many events are done
FULL = 1  # a table is nearly full
OVER = 2  # the run is over
TOO_MANY_CONTACTS = 3
TOO_MANY_VISITS = 4
TOO_MANY_OUTAGES = 5

ROSTER, BOT_DOWN, BOT_UP = int(EventKind.ROSTER), int(EventKind.BOT_DOWN), int(EventKind.BOT_UP)
AGENT_FREE, SERVICE_END = int(EventKind.AGENT_FREE), int(EventKind.SERVICE_END)
SESSION_END, DELAY_END = int(EventKind.SESSION_END), int(EventKind.DELAY_END)
OVERFLOW, ABANDON, ARRIVAL = int(EventKind.OVERFLOW), int(EventKind.ABANDON), int(EventKind.ARRIVAL)
BOT, QUEUE = int(StepKind.BOT), int(StepKind.QUEUE)
ENDS = len(End)
ABANDONED, CLOSED, BLOCKED = int(End.ABANDONED), int(End.CLOSED), int(End.BLOCKED)
DONE, GAVE_UP, NO_ROOM = int(VisitEnd.DONE), int(VisitEnd.ABANDONED), int(VisitEnd.BLOCKED)


@compiled
def _plan_arrival(w: int, channel: int) -> None:
    """Note when the channel's next first arrival is, and which channel's comes first of all."""
    state = state_at(w, 0)
    channel_at(w, channel).next = next_arrival(w, channel)
    first = 0
    for other in range(1, state.channels):
        if channel_at(w, other).next < channel_at(w, first).next:
            first = other
    state.coming = first


@inlined
def _first_arrival(w: int, channel: int) -> int:
    """A customer comes for the first time; the next one of the channel is planned."""
    state, c = state_at(w, 0), channel_at(w, channel)
    number, reason = c.number, c.reason
    c.number += 1
    _plan_arrival(w, channel)
    who = new_slot(w)
    s = slot_at(w, who)
    s.home = s.channel = channel
    s.number = number
    s.key = new_customer(w, channel, number)
    s.attempt = 1
    s.arrived = state.now
    s.reason = reason if reason >= 0 else draw_reason(w, channel, s.key)
    return who


@compiled
def _arrive(w: int, who: int) -> None:
    """Let a contact in, or turn it away where the channel is closed or its lines are taken."""
    begin_contact(w, who)
    s = slot_at(w, who)
    c = channel_at(w, s.channel)
    if not is_open(w, c.calendar, s.arrived):
        go_on(w, who, -1 - CLOSED)
        return
    if c.lines >= 0:
        if c.taken >= c.lines:
            go_on(w, who, -1 - BLOCKED)
            return
        c.taken += 1
        s.on_line = 1
    go_on(w, who, first_target(w, who))


@inlined
def _go(w: int, who: int) -> None:
    """Let a contact go to its target: a step, or an end."""
    s = slot_at(w, who)
    target = s.target
    if target < 0:
        _leave(w, who, -1 - target)
        return
    step = step_at(w, target)
    if not step.live:
        free_line(w, who)
    begin_visit(w, who, target)
    if step.kind == QUEUE:
        _come_to_queue(w, who)
    elif step.kind == BOT:
        come_to_bot(w, who)
    else:
        _delay(w, who)


@inlined
def _come_to_queue(w: int, who: int) -> None:
    """Be served at once, or wait for an agent, or be turned away where the room is full."""
    if find_agent(w, who, False):
        return
    number = step_at(w, slot_at(w, who).step).resource
    if 0 <= queue_at(w, number).room <= line_at(w, number).count:
        end_visit(w, who, NO_ROOM)
        go_on(w, who, -1 - BLOCKED)
    else:
        line_up(w, who)


@inlined
def _delay(w: int, who: int) -> None:
    """Time passes; nobody works."""
    now, s = state_at(w, 0).now, slot_at(w, who)
    step = step_at(w, s.step)
    visit_at(w, s.visit).started = now
    end = later(w, step.calendar, now, duration(w, who, step.time_key, step.time))
    if end < math.inf:
        plan(w, end, order_of(w, DELAY_END, who), who, 0)


@inlined
def _leave(w: int, who: int, end: int) -> None:
    """End the contact; after a bad end the customer may come back."""
    state, s = state_at(w, 0), slot_at(w, who)
    state.inside -= 1
    free_line(w, who)
    forget_visits(w, who)
    s.visit = -1
    s.stamp += 1
    contact = contact_at(w, s.row - state.first)
    contact.ended = state.last = state.now
    contact.end = end
    contact.open -= 1
    time = _comes_back(w, who, end)
    if time < state.length:
        contact.returns_at = s.arrived = time
        s.channel = comeback_at(w, s.channel * ENDS + end).channel
        s.attempt += 1
        plan(w, time, order(ARRIVAL, s.home, s.number, s.attempt, 0), who, 0)
    else:
        drop_slot(w, who)


@compiled
def _comes_back(w: int, who: int, end: int) -> float:
    """Return when the customer comes back; infinity if never."""
    now, s = state_at(w, 0).now, slot_at(w, who)
    back = comeback_at(w, s.channel * ENDS + end)
    if not (back.share > 0.0 and s.attempt < back.attempts):
        return math.inf
    if not uniform(back.come_key, s.key, s.attempt, 0) < back.share:
        return math.inf
    u = uniform(back.after_key, s.key, s.attempt, 0)
    return later(w, back.calendar, now, sample(w, back.after, u, s.reason, s.arrived, now))


@inlined
def _give_up(w: int, who: int) -> None:
    """The patience of a waiting contact ends."""
    s = slot_at(w, who)
    if step_at(w, s.step).kind == QUEUE:
        leave_queue(w, who)
    else:
        step_out(w, who)
    end_visit(w, who, GAVE_UP)
    go_on(w, who, -1 - ABANDONED)


@inlined
def _do(w: int) -> None:
    """Let the first contact that has something to do within this event do it."""
    who = take_todo(w)
    what = slot_at(w, who).todo
    if what == GO:
        _go(w, who)
    elif what == HAND_BACK:
        hand_back(w, who)
    elif what == WAIT_AGAIN:
        wait_again(w, who)
    else:
        turn_away(w, who)


@inlined
def _happen_to(w: int, kind: int, who: int) -> None:
    """Let an event of a contact happen."""
    if kind == SERVICE_END:
        end_service(w, who)
    elif kind == ABANDON:
        _give_up(w, who)
    elif kind == SESSION_END:
        end_session(w, who)
    else:
        find_agent(w, who, True)


@inlined
def _happen(w: int, kind: int, what: int, stamp: int) -> None:
    """Let an event happen; one of a contact that has gone on since is void."""
    if kind == ARRIVAL:
        _arrive(w, what)
    elif kind == AGENT_FREE:
        free_agent(w, what)
    elif kind == DELAY_END:
        end_visit(w, what, DONE)
        go_on(w, what, next_target(w, what))
    elif kind >= SERVICE_END:
        if slot_at(w, what).stamp == stamp:
            _happen_to(w, kind, what)
    elif kind == ROSTER:
        change_roster(w, what)
    elif kind == BOT_DOWN:
        if stamp == 1:
            plan_outage(w, what)
        bot_down(w, what)
    elif stamp == 1:
        plan_failure(w, what, state_at(w, 0).now)
    else:
        bot_up(w, what)


@inlined
def _full(w: int) -> bool:
    """Tell whether a table might not have room for what one step of the loop adds."""
    state = state_at(w, 0)
    return (
        state.contacts >= contact_room(w)
        or state.visits >= visit_room(w)
        or state.slots >= slot_room(w)
        or state.pending + state.slots + state.margin >= event_room(w)
        or state.counts >= count_room(w)
        or state.staff >= staff_room(w)
        or state.changes >= change_room(w)
    )


@compiled
def _begin(w: int) -> None:
    """Put on the clock what is there from the start."""
    state = state_at(w, 0)
    for pool in range(state.pools):
        plan_roster(w, pool)
    for bot in range(state.bots):
        note_bot(w, bot, 1)
        plan_outage(w, bot)
        if bot_at(w, bot).up >= 0:
            plan_failure(w, bot, 0.0)
    for channel in range(state.channels):
        _plan_arrival(w, channel)
    state.begun = 1


@jit
def advance(w: int, events: int) -> int:
    """Let so many things happen; return why it ended (BUSY, FULL, OVER, TOO_MANY_…)."""
    state = state_at(w, 0)
    if not state.begun:
        _begin(w)
    for _ in range(events):
        if _full(w):
            return FULL
        if state.todo_head >= 0:
            if state.visits_out + state.visits >= state.max_visits and _needs_visit(w):
                return TOO_MANY_VISITS
            _do(w)
            continue
        event, first = event_at(w, 0), _first_arrival_is_next(w)
        if not first and state.pending == 0:
            return OVER
        time = channel_at(w, state.coming).next if first else event.time
        if time >= state.length and not (state.drain and state.inside > 0 and time < math.inf):
            return OVER
        state.now = time
        kind = ARRIVAL if first else kind_of(event.key)
        if kind == ARRIVAL and state.first + state.contacts >= state.max_visits:
            return TOO_MANY_CONTACTS
        if kind == BOT_DOWN and (state.changes - state.bots) >> 1 >= state.max_visits:
            return TOO_MANY_OUTAGES
        if first:
            _arrive(w, _first_arrival(w, state.coming))
        else:
            what, stamp = np.int64(event.what), np.int64(event.stamp)
            take_first(w)
            _happen(w, kind, what, stamp)
    return BUSY


@inlined
def _first_arrival_is_next(w: int) -> bool:
    """Tell whether a customer's first arrival comes before all events on the heap.

    First arrivals stand beside the heap, one for each channel: they would rise to its top and sink again each time.
    """
    state, c, event = state_at(w, 0), channel_at(w, state_at(w, 0).coming), event_at(w, 0)
    if not c.next < state.length:
        return False
    if state.pending == 0 or c.next < event.time:
        return True
    return c.next == event.time and order(ARRIVAL, state.coming, c.number, 1, 0) < event.key


@compiled
def _needs_visit(w: int) -> bool:
    """Tell whether what is to be done next begins a visit."""
    s = slot_at(w, state_at(w, 0).todo_head)
    return s.todo == HAND_BACK or s.todo == WAIT_AGAIN or (s.todo == GO and s.target >= 0)
