"""Queues, agents and rosters: who serves whom, by the rules of the reference engine."""

from __future__ import annotations

from ...network.kinds import AGENT_BITS, EventKind, VisitEnd
from .book import HAND_BACK, end_visit, go_on, note_staff, to_do, visit_again
from .chance import duration, next_target
from .heap import order, plan
from .layout import (
    agent_at,
    compiled,
    contact_at,
    inlined,
    line_at,
    option_at,
    overflow_at,
    pool_at,
    queue_at,
    roster_at,
    skill_at,
    slot_at,
    state_at,
    step_at,
    visit_at,
)
from .lines import join, step_out
from .patience import order_of, plan_patience

__all__ = [
    "change_roster",
    "end_service",
    "find_agent",
    "free_agent",
    "hand_back",
    "leave_queue",
    "line_up",
    "plan_roster",
]

AWAY, IDLE, SERVING, WRAPPING_UP = 0, 1, 2, 3  # an agent's state
ROSTER, AGENT_FREE = int(EventKind.ROSTER), int(EventKind.AGENT_FREE)
SERVICE_END, OVERFLOW = int(EventKind.SERVICE_END), int(EventKind.OVERFLOW)
DONE = int(VisitEnd.DONE)


# --- queues ---------------------------------------------------------------------------------------------------------


@inlined
def _add_time(w: int, number: int) -> None:
    """Add to the integral of the number waiting what has passed since it last changed."""
    state, queue = state_at(w, 0), queue_at(w, number)
    queue.area += line_at(w, number).count * (state.now - queue.since)
    queue.since = state.now


@compiled
def line_up(w: int, who: int) -> None:
    """Join the queue; patience and overflow times begin to run."""
    state, s = state_at(w, 0), slot_at(w, who)
    number = step_at(w, s.step).resource
    queue = queue_at(w, number)
    _add_time(w, number)
    join(w, number, who)
    plan_patience(w, who)
    for place in range(queue.overflow, queue.overflows_end):
        time = s.since + overflow_at(w, place).after
        if time > state.now:
            plan(w, time, order_of(w, OVERFLOW, who), who, s.stamp)


@compiled
def leave_queue(w: int, who: int) -> None:
    """Leave the queue's line."""
    _add_time(w, step_at(w, slot_at(w, who).step).resource)
    step_out(w, who)


# --- idle agents: each pool's are a list in the order (idle since, number) --------------------------------------------


@inlined
def _idle(w: int, number: int) -> None:
    """Put a free agent among the idle ones of the pool."""
    agent = agent_at(w, number)
    pool = pool_at(w, agent.pool)
    agent.state = IDLE
    agent.since = state_at(w, 0).now
    before = pool.idle_tail
    while before >= 0 and agent_at(w, before).since == agent.since and before > number:
        before = agent_at(w, before).before
    after = pool.idle_head if before < 0 else agent_at(w, before).after
    agent.before, agent.after = before, after
    if before < 0:
        pool.idle_head = number
    else:
        agent_at(w, before).after = number
    if after < 0:
        pool.idle_tail = number
    else:
        agent_at(w, after).before = number
    pool.present += 1


@inlined
def _not_idle(w: int, number: int) -> None:
    """Take an agent from among the idle ones."""
    agent = agent_at(w, number)
    pool = pool_at(w, agent.pool)
    if agent.before < 0:
        pool.idle_head = agent.after
    else:
        agent_at(w, agent.before).after = agent.after
    if agent.after < 0:
        pool.idle_tail = agent.before
    else:
        agent_at(w, agent.after).before = agent.before
    agent.state = AWAY
    pool.present -= 1


# --- who serves whom ------------------------------------------------------------------------------------------------


@compiled
def find_agent(w: int, who: int, waiting: bool) -> bool:
    """Give a contact to an idle agent: first pool in the queue's order, longest idle, lowest number."""
    now, s = state_at(w, 0).now, slot_at(w, who)
    queue = queue_at(w, step_at(w, s.step).resource)
    for place in range(queue.option, queue.options_end):
        option = option_at(w, place)
        number = pool_at(w, option.pool).idle_head
        if number >= 0 and s.since + option.after <= now:
            if waiting:
                leave_queue(w, who)
            _not_idle(w, number)
            _serve(w, who, number, option.speed)
            return True
    return False


@compiled
def _find_work(w: int, number: int) -> None:
    """Let a free agent take a contact: highest priority, own preference, longest waiting; else idle."""
    now, pool = state_at(w, 0).now, pool_at(w, agent_at(w, number).pool)
    best, best_skill = -1, -1
    for place in range(pool.skill, pool.skills_end):
        skill = skill_at(w, place)
        head = line_at(w, skill.queue).head
        if head < 0 or slot_at(w, head).since + skill.after > now:
            continue
        if best < 0 or _comes_before(w, head, place, best, best_skill):
            best, best_skill = head, place
    if best < 0:
        _idle(w, number)
    else:
        leave_queue(w, best)
        _serve(w, best, number, skill_at(w, best_skill).speed)


@inlined
def _comes_before(w: int, one: int, its_skill: int, other: int, others_skill: int) -> bool:
    """Tell whether an agent takes one head of a queue rather than another."""
    skill, skill_2 = skill_at(w, its_skill), skill_at(w, others_skill)
    queue, queue_2 = queue_at(w, skill.queue), queue_at(w, skill_2.queue)
    if queue.priority != queue_2.priority:
        return queue.priority > queue_2.priority
    if skill.rank != skill_2.rank:
        return skill.rank < skill_2.rank
    s, s_2 = slot_at(w, one), slot_at(w, other)
    credit, credit_2 = s.since - queue.head_start, s_2.since - queue_2.head_start
    if credit != credit_2:
        return credit < credit_2
    return s.turn < s_2.turn


@compiled
def _serve(w: int, who: int, number: int, speed: float) -> None:
    """Begin the service of a contact by an agent."""
    state, s, agent = state_at(w, 0), slot_at(w, who), agent_at(w, number)
    agent.state = SERVING
    agent.slot = who
    pool_at(w, agent.pool).present += 1
    s.agent = number
    s.speed = speed
    s.stamp += 1
    visit = visit_at(w, s.visit)
    visit.started, visit.pool, visit.agent = state.now, agent.pool, agent.number
    step = step_at(w, s.step)
    end = state.now + duration(w, who, step.time_key, step.time) / speed
    plan(w, end, order_of(w, SERVICE_END, who), who, s.stamp)


@inlined
def end_service(w: int, who: int) -> None:
    """End the agent's time with a contact, which goes on while the agent wraps up."""
    end_visit(w, who, DONE)
    _release_agent(w, who)
    go_on(w, who, next_target(w, who))


@inlined
def _release_agent(w: int, who: int) -> None:
    """Part the agent from a contact served: wrap-up, then free."""
    state, s = state_at(w, 0), slot_at(w, who)
    number = s.agent
    agent, step = agent_at(w, number), step_at(w, s.step)
    pool = pool_at(w, agent.pool)
    s.agent = -1
    if step.wrap_up < 0:
        pool.present -= 1
        visit_at(w, s.visit).freed = state.now
        _look_about(w, number)
        return
    agent.state = WRAPPING_UP
    agent.visit = s.visit
    state.inside += 1
    contact_at(w, s.row - state.first).open += 1
    end = state.now + duration(w, who, step.wrap_up_key, step.wrap_up) / s.speed
    key = order(AGENT_FREE, 0, agent.pool << AGENT_BITS | agent.number, 0, 0)
    plan(w, end, key, number, 0)


@inlined
def free_agent(w: int, number: int) -> None:
    """End an agent's wrap-up."""
    state, agent = state_at(w, 0), agent_at(w, number)
    visit = visit_at(w, agent.visit)
    visit.freed = state.last = state.now
    contact_at(w, visit.contact - state.first).open -= 1
    agent.visit = -1
    state.inside -= 1
    pool_at(w, agent.pool).present -= 1
    _look_about(w, number)


@compiled
def _look_about(w: int, number: int) -> None:
    """Let a free agent, counted nowhere at this moment, leave if the shift has ended, else look for work."""
    agent = agent_at(w, number)
    pool = pool_at(w, agent.pool)
    if pool.present >= pool.target:
        agent.state = AWAY
        note_staff(w, agent.pool, pool.present, pool.target)
    else:
        _find_work(w, number)


# --- rosters --------------------------------------------------------------------------------------------------------


@compiled
def plan_roster(w: int, number: int) -> None:
    """Put the next change of a pool's roster on the clock."""
    pool = pool_at(w, number)
    if pool.roster < pool.rosters_end:
        plan(w, roster_at(w, pool.roster).time, order(ROSTER, 0, number, 0, 0), number, 0)


@compiled
def change_roster(w: int, number: int) -> None:
    """Agents come, lowest free numbers first; or go: idle ones, highest numbers first, then as the pool says."""
    pool = pool_at(w, number)
    pool.target = roster_at(w, pool.roster).present
    pool.roster += 1
    plan_roster(w, number)
    newcomer = pool.agent
    while pool.present < pool.target:
        while agent_at(w, newcomer).state != AWAY:
            newcomer += 1
        _find_work(w, newcomer)
    _send_home(w, number, IDLE)
    if pool.returns:
        _send_home(w, number, SERVING)
    note_staff(w, number, pool.present, pool.target)


@compiled
def _send_home(w: int, number: int, state: int) -> None:
    """Let agents in one state leave, highest numbers first, until no more are present than wanted."""
    pool = pool_at(w, number)
    leaver = pool.agents_end
    while pool.present > pool.target and leaver > pool.agent:
        leaver -= 1
        agent = agent_at(w, leaver)
        if agent.state != state:
            continue
        if state == IDLE:
            _not_idle(w, leaver)
        else:
            pool.present -= 1
            agent.state = AWAY
            to_do(w, agent.slot, HAND_BACK)


@compiled
def hand_back(w: int, who: int) -> None:
    """Put a contact whose agent leaves back into its queue, where it keeps its place."""
    s = slot_at(w, who)
    visit_at(w, s.visit).freed = state_at(w, 0).now
    s.agent = -1
    visit_again(w, who)
    if not find_agent(w, who, False):
        line_up(w, who)
