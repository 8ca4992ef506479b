"""Bots: sessions, those who wait for one, outages; by the rules of the reference engine."""

from __future__ import annotations

from ...draws.kernel import uniform
from ...network.kinds import BotMove, End, EventKind, VisitEnd
from .book import TURN_AWAY, WAIT_AGAIN, end_visit, go_on, note_bot, to_do, visit_again
from .chance import duration, next_target, sample
from .heap import order, plan
from .layout import bot_at, compiled, inlined, line_at, outage_at, slot_at, state_at, step_at, visit_at
from .lines import join, join_end, step_out
from .patience import order_of, plan_patience

__all__ = [
    "bot_down",
    "bot_up",
    "come_to_bot",
    "end_session",
    "plan_failure",
    "plan_outage",
    "turn_away",
    "wait_again",
]

WAIT, SKIP = int(BotMove.WAIT), int(BotMove.SKIP)
USABLE = -1  # where a BotMove could stand: the bot can take the contact
BLOCKED_END = -1 - int(End.BLOCKED)
DONE, BLOCKED, SKIPPED = int(VisitEnd.DONE), int(VisitEnd.BLOCKED), int(VisitEnd.SKIPPED)
BOT_DOWN, BOT_UP, SESSION_END = int(EventKind.BOT_DOWN), int(EventKind.BOT_UP), int(EventKind.SESSION_END)


@inlined
def _hindrance(w: int, number: int) -> int:
    """Return what a contact does that comes to a bot which cannot take it now; USABLE if it can."""
    bot = bot_at(w, number)
    if bot.outages > 0:
        return bot.when_down
    if 0 <= bot.sessions <= line_at(w, bot.inside).count:
        return bot.when_full
    return USABLE


@compiled
def come_to_bot(w: int, who: int) -> None:
    """Talk to the bot; where it is full or down wait, skip it or be turned away, as the bot says."""
    number = step_at(w, slot_at(w, who).step).resource
    move = _hindrance(w, number)
    if move == USABLE:
        _begin_session(w, number, who)
    elif move == WAIT:
        join(w, bot_at(w, number).line, who)
        plan_patience(w, who)
    else:
        _turned_away(w, who, move)


@compiled
def _turned_away(w: int, who: int, move: int) -> None:
    """Send a contact on that cannot use the bot."""
    step = step_at(w, slot_at(w, who).step)
    end_visit(w, who, SKIPPED if move == SKIP else BLOCKED)
    go_on(w, who, step.skip_to if move == SKIP else BLOCKED_END)


@compiled
def turn_away(w: int, who: int) -> None:
    """Send a contact on whose bot has gone down."""
    _turned_away(w, who, bot_at(w, step_at(w, slot_at(w, who).step).resource).when_down)


@compiled
def _begin_session(w: int, number: int, who: int) -> None:
    """Begin a bot session."""
    state, s = state_at(w, 0), slot_at(w, who)
    s.stamp += 1
    join_end(w, bot_at(w, number).inside, who)
    visit_at(w, s.visit).started = state.now
    step = step_at(w, s.step)
    end = state.now + duration(w, who, step.time_key, step.time)
    plan(w, end, order_of(w, SESSION_END, who), who, s.stamp)


@compiled
def end_session(w: int, who: int) -> None:
    """End a bot session; who waits for one comes in."""
    end_visit(w, who, DONE)
    step_out(w, who)
    _admit(w, step_at(w, slot_at(w, who).step).resource)
    go_on(w, who, next_target(w, who))


@compiled
def _admit(w: int, number: int) -> None:
    """Begin sessions for those who wait, first come first served, as far as the bot can."""
    line = line_at(w, bot_at(w, number).line)
    while line.head >= 0 and _hindrance(w, number) == USABLE:
        who = line.head
        step_out(w, who)
        _begin_session(w, number, who)


# --- outages --------------------------------------------------------------------------------------------------------


@compiled
def plan_outage(w: int, number: int) -> None:
    """Put the bot's next planned outage on the clock; none begins after the clock's end."""
    bot = bot_at(w, number)
    if bot.outage < bot.outages_end:
        outage = outage_at(w, bot.outage)
        bot.outage += 1
        plan(w, outage.start, order(BOT_DOWN, 0, number, 0, 0), number, 1)
        plan(w, outage.end, order(BOT_UP, 0, number, 0, 0), number, 0)


@compiled
def plan_failure(w: int, number: int, repaired: float) -> None:
    """Put the bot's next random failure and its repair on the clock; the repair plans the next failure."""
    state, bot = state_at(w, 0), bot_at(w, number)
    u_up, u_down = uniform(bot.up_key, 0, 0, bot.failures), uniform(bot.down_key, 0, 0, bot.failures)
    failure = repaired + sample(w, bot.up, u_up, 0, 0.0, 0.0)
    repair = failure + sample(w, bot.down, u_down, 0, 0.0, 0.0)
    bot.failures += 1
    if failure < state.length:
        plan(w, failure, order(BOT_DOWN, 0, number, 0, 0), number, 0)
        plan(w, repair, order(BOT_UP, 0, number, 0, 0), number, 0)
        plan(w, repair, order(BOT_UP, 0, number, 1, 0), number, 1)


@compiled
def bot_down(w: int, number: int) -> None:
    """An outage begins: sessions are broken off if the bot says so; who waits does as `when_down` says."""
    bot = bot_at(w, number)
    bot.outages += 1
    if bot.outages > 1:
        return
    note_bot(w, number, 0)
    line, inside = line_at(w, bot.line), line_at(w, bot.inside)
    while bot.returns and inside.head >= 0:
        who = inside.head
        step_out(w, who)
        if bot.when_down == WAIT:
            to_do(w, who, WAIT_AGAIN)
        else:
            join(w, bot.line, who)
    while bot.when_down != WAIT and line.head >= 0:
        who = line.head
        step_out(w, who)
        slot_at(w, who).stamp += 1
        to_do(w, who, TURN_AWAY)


@compiled
def wait_again(w: int, who: int) -> None:
    """Put a contact whose session was broken off into the line, where it keeps its place."""
    visit_again(w, who)
    join(w, bot_at(w, step_at(w, slot_at(w, who).step).resource).line, who)
    plan_patience(w, who)


@compiled
def bot_up(w: int, number: int) -> None:
    """An outage ends; the bot works again when the last one has."""
    bot = bot_at(w, number)
    bot.outages -= 1
    if bot.outages == 0:
        note_bot(w, number, 1)
        _admit(w, number)
