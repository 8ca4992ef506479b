"""The reference engine: SimPy, written to be read. It is the specification; the compiled engine must agree to the bit.

A contact is a process that reads like its flow. What is shared (pools, queues, bots, lines) changes at once, within the
event that causes it; a process is woken only to go on with its own contact. Rules: DESIGN §4.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import simpy

from ..draws import uniform
from ..network import Network
from ..network.kinds import AGENT_BITS, MAX_ATTEMPTS, BotMove, End, EventKind, Mark, StepKind, VisitEnd, pack
from .chance import Chance
from .control import MORE_CONTACTS, MORE_OUTAGES, MORE_VISITS, Control
from .log import Log
from .parts import Bot, Clock, Contact, Pool, Visit
from .records import Records

__all__ = ["stream"]

Process = Generator[simpy.Event, VisitEnd, int]


EVENTS = 20_000  # between two words of progress: about a tenth of a second


def stream(network: Network, seed: int, replication: int, control: Control) -> Iterator[Records]:
    """Run one replication and yield what happened, all in one part; see `engine.stream`."""
    yield _Simulation(network, Chance(network, seed, replication), control).run()


class _Simulation:
    """One replication."""

    def __init__(self, network: Network, chance: Chance, control: Control) -> None:
        self.net, self.chance, self.control = network, chance, control
        self.clock = Clock()
        self.log = Log(network)
        self.pools = [Pool() for _ in network.names.pools]
        self.bots = [Bot() for _ in network.names.bots]
        self.queues: list[list[Visit]] = [[] for _ in network.names.queues]
        self.lines_taken = [0] * len(network.names.channels)
        self.turn = self.events = 0
        self.inside = 0  # contacts in the system and agents in wrap-up: while there are any, a drain goes on

    @property
    def now(self) -> float:
        """Seconds since the start of the clock."""
        return self.clock.now

    def run(self) -> Records:
        """Take events in order until the clock ends (cut), or from then on until nobody is inside (drain)."""
        self.plan_rosters()
        self.plan_outages()
        for channel in range(len(self.net.names.channels)):
            self.plan_next_arrival(channel, 0, self.chance.arrivals(channel))
        while (time := self.clock.peek()) < self.net.length or (
            self.net.drain and self.inside and time < math.inf
        ):
            self.clock.step()
            self.events += 1
            if self.events % EVENTS == 0:
                self.control.progress(min(self.now / self.net.length, 1.0))
        return self.log.records()

    # --- arrivals and ends -----------------------------------------------------------------------------------------

    def plan_next_arrival(self, channel: int, number: int, arrivals: Any) -> None:
        """Put the channel's next first arrival on the clock; when it comes, it plans the one after it."""
        time, reason = next(arrivals, (math.inf, -1))
        if time >= self.net.length:
            return

        def arrive() -> None:
            self.plan_next_arrival(channel, number + 1, arrivals)
            key = self.chance.customer(channel, number)
            known = reason if reason >= 0 else self.chance.reason(channel, key)
            self.arrive(Contact(channel, number, key, 1, channel, known, time))

        self.clock.at(time, pack(EventKind.ARRIVAL, channel, number, 1, 0), arrive)

    def arrive(self, contact: Contact) -> None:
        """Let a contact in, or turn it away where the channel is closed or its lines are taken."""
        channels, channel = self.net.channels, contact.channel
        self.check_bound(len(self.log.contacts), MORE_CONTACTS)
        self.inside += 1
        contact.row = self.log.contact(
            contact.home, contact.number, contact.attempt, channel, contact.reason, self.now
        )
        if not self.chance.is_open(int(channels.calendar[channel]), self.now):
            return self.leave(contact, End.CLOSED)
        if channels.lines[channel] >= 0:
            if self.lines_taken[channel] >= channels.lines[channel]:
                return self.leave(contact, End.BLOCKED)
            self.lines_taken[channel] += 1
            contact.on_line = True
        self.clock.process(self.contact(contact))
        return None

    def contact(self, contact: Contact) -> Generator[simpy.Event, VisitEnd, None]:
        """The life of a contact: step after step, until one leads to an end."""
        walk = {StepKind.BOT: self.bot_step, StepKind.QUEUE: self.queue_step, StepKind.DELAY: self.delay_step}
        target = self.chance.start(contact.channel, contact.key, contact.attempt)
        while target >= 0:
            if not self.net.steps.live[target]:
                self.free_line(contact)
            target = yield from walk[StepKind(self.net.steps.kind[target])](contact, target)
        self.leave(contact, End(-1 - target))

    def leave(self, contact: Contact, end: End) -> None:
        """End the contact; after a bad end the customer may come back."""
        self.inside -= 1
        self.free_line(contact)
        back = self.net.returns
        case = contact.channel, int(end)
        again = math.nan
        if back.share[case] > 0 and contact.attempt < back.attempts[case]:
            which = contact.channel * len(End) + int(end)
            who = contact.key, contact.attempt, 0
            if uniform(self.chance.come_back_keys[which], *who) < back.share[case]:
                u = uniform(self.chance.after_keys[which], *who)
                delay = self.chance.sample(
                    int(back.after[case]), u, contact.reason, contact.arrived, self.now
                )
                time = self.chance.later(int(back.calendar[case]), self.now, delay)
                again = time if time < self.net.length else math.nan
        self.log.contact_end(contact.row, self.now, end, again)
        if again == again:
            self.plan_return(contact, int(back.channel[case]), again)

    def plan_return(self, contact: Contact, channel: int, time: float) -> None:
        """Put the customer's next attempt on the clock."""
        number, attempt = contact.number, contact.attempt + 1
        assert attempt <= MAX_ATTEMPTS
        again = Contact(contact.home, number, contact.key, attempt, channel, contact.reason, time)
        self.clock.at(
            time, pack(EventKind.ARRIVAL, contact.home, number, attempt, 0), lambda: self.arrive(again)
        )

    def free_line(self, contact: Contact) -> None:
        """Give back the trunk line that the contact holds, if it does."""
        if contact.on_line:
            contact.on_line = False
            self.lines_taken[contact.channel] -= 1

    # --- steps -----------------------------------------------------------------------------------------------------

    def delay_step(self, contact: Contact, step: int) -> Process:
        """Time passes; nobody works."""
        visit = self.enter(contact, step)
        self.log.start(visit.row, self.now)
        delay = self.duration(visit, self.chance.time_keys, int(self.net.steps.time[step]))
        end = self.chance.later(int(self.net.steps.calendar[step]), self.now, delay)
        if end < math.inf:
            self.clock.at(
                end,
                self.key(EventKind.DELAY_END, visit),
                lambda: self.clock.wake(visit.signal, VisitEnd.DONE),
            )
        yield visit.signal
        self.log.end(visit.row, self.now, VisitEnd.DONE)
        return self.next_target(visit)

    def queue_step(self, contact: Contact, step: int) -> Process:
        """Wait for an agent, be served, go on while the agent wraps up."""
        visit = self.enter(contact, step)
        if not self.find_agent(visit):
            queue = int(self.net.steps.resource[step])
            if 0 <= self.net.queues.room[queue] <= len(self.queues[queue]):
                self.log.end(visit.row, self.now, VisitEnd.BLOCKED)
                return _target(End.BLOCKED)
            self.line_up(visit)
        answer = yield visit.signal
        if answer is VisitEnd.ABANDONED:
            return _target(End.ABANDONED)
        self.release_agent(visit)
        return self.next_target(visit)

    def bot_step(self, contact: Contact, step: int) -> Process:
        """Talk to the bot; where it is full or down wait, skip it or be turned away, as the bot says."""
        visit = self.enter(contact, step)
        bot = int(self.net.steps.resource[step])
        move = self.hindrance(bot)
        if move is None:
            self.begin_session(bot, visit)
        elif move is BotMove.WAIT:
            insort(self.bots[bot].line, visit)
            self.plan_patience(visit)
        else:
            return self.turned_away(visit, move)
        answer = yield visit.signal
        if answer is VisitEnd.ABANDONED:
            return _target(End.ABANDONED)
        if answer is not VisitEnd.DONE:
            return self.turned_away(visit, BotMove(int(self.net.bots.when_down[bot])))
        self.end_session(bot, visit)
        return self.next_target(visit)

    def turned_away(self, visit: Visit, move: BotMove) -> int:
        """Return where a contact goes that cannot use the bot."""
        self.log.end(visit.row, self.now, VisitEnd.SKIPPED if move is BotMove.SKIP else VisitEnd.BLOCKED)
        return int(self.net.steps.skip_to[visit.step]) if move is BotMove.SKIP else _target(End.BLOCKED)

    def new_row(self, contact: Contact, step: int) -> int:
        """Return the row of the contact's next visit. Raises RunError past the bound on visits."""
        self.check_bound(len(self.log.visits), MORE_VISITS)
        contact.visits += 1
        return self.log.visit(contact.row, contact.visits - 1, step, self.now)

    def check_bound(self, count: int, what: str) -> None:
        """Raise RunError where the scenario has grown beyond the bound."""
        if count >= self.control.max_visits:
            raise self.control.too_many(what, self.now)

    def enter(self, contact: Contact, step: int) -> Visit:
        """Note that the contact comes to a step."""
        row = self.new_row(contact, step)
        index = contact.visits_to.get(step, 0)
        contact.visits_to[step] = index + 1
        self.turn += 1
        return Visit(contact, step, row, self.clock.event(), index, self.now, self.turn)

    def enter_again(self, visit: Visit) -> None:
        """Note that a visit broken off waits anew: its place in the line is kept, its work begins from the start."""
        self.log.end(visit.row, self.now, VisitEnd.HANDED_BACK)
        visit.row = self.new_row(visit.contact, visit.step)

    def next_target(self, visit: Visit) -> int:
        """Draw where the contact goes from a step."""
        c = visit.contact
        return self.chance.next_target(visit.step, c.reason, c.key, c.attempt, visit.index)

    def duration(self, visit: Visit, keys: list[int], sampler: int) -> float:
        """Draw how long something takes that begins now."""
        c = visit.contact
        u = uniform(keys[visit.step], c.key, c.attempt, visit.index)
        return self.chance.sample(sampler, u, c.reason, c.arrived, self.now)

    def key(self, kind: EventKind, visit: Visit) -> int:
        """Return the order key of an event of this visit's contact."""
        c = visit.contact
        return pack(kind, c.home, c.number, c.attempt, visit.step)

    # --- waiting ---------------------------------------------------------------------------------------------------

    def line_up(self, visit: Visit) -> None:
        """Join the queue; patience and overflow times begin to run."""
        queue = int(self.net.steps.resource[visit.step])
        insort(self.queues[queue], visit)
        self.log.waiting(queue, self.now, +1)
        self.plan_patience(visit)
        q = self.net.queues
        for after in sorted(set(q.pool_after[q.pool_offset[queue] : q.pool_offset[queue + 1]].tolist())):
            if visit.since + after > self.now:
                self.plan_overflow(visit, visit.since + after)

    def plan_overflow(self, visit: Visit, time: float) -> None:
        row = visit.row

        def overflow() -> None:
            if (
                visit.row == row
                and visit.agent < 0
                and visit in self.queues[int(self.net.steps.resource[visit.step])]
            ):
                self.find_agent(visit, waiting=True)

        self.clock.at(time, self.key(EventKind.OVERFLOW, visit), overflow)

    def plan_patience(self, visit: Visit) -> None:
        """Let the contact give up when its patience ends, if it has one here."""
        patience = self.patience(visit)
        if patience == math.inf:
            return
        row, served = visit.row, visit.served

        def give_up() -> None:
            if visit.row == row and visit.served == served and self.leave_line(visit):
                self.log.end(visit.row, self.now, VisitEnd.ABANDONED)
                self.clock.wake(visit.signal, VisitEnd.ABANDONED)

        self.clock.at(self.now + patience, self.key(EventKind.ABANDON, visit), give_up)

    def patience(self, visit: Visit) -> float:
        """Return how long the contact bears a wait; drawn once per attempt, so all its waits have one bound."""
        c, step = visit.contact, visit.step
        sampler, key = -1, 0
        own = int(Mark.CHANNELS_OWN)
        if self.net.steps.kind[step] == StepKind.QUEUE:
            queue = int(self.net.steps.resource[step])
            own = int(self.net.queues.patience[queue])
            sampler, key = own, self.chance.queue_patience_keys[queue]
        if own == Mark.CHANNELS_OWN:
            live = self.net.steps.live[step] and self.net.channels.live[c.channel]
            sampler, key = (
                int(self.net.channels.patience[c.channel]) if live else -1,
                self.chance.patience_keys[c.channel],
            )
        if sampler < 0:
            return math.inf
        return self.chance.sample(sampler, uniform(key, c.key, c.attempt, 0), c.reason, c.arrived, self.now)

    def leave_line(self, visit: Visit) -> bool:
        """Take a visit out of the line that it waits in; False if it waits no more."""
        resource = int(self.net.steps.resource[visit.step])
        at_queue = self.net.steps.kind[visit.step] == StepKind.QUEUE
        line = self.queues[resource] if at_queue else self.bots[resource].line
        if visit not in line:
            return False
        line.remove(visit)
        if at_queue:
            self.log.waiting(resource, self.now, -1)
        return True

    # --- agents ----------------------------------------------------------------------------------------------------

    def find_agent(self, visit: Visit, waiting: bool = False) -> bool:
        """Give a contact to an idle agent: first pool in the queue's order, longest idle, lowest number."""
        queue = int(self.net.steps.resource[visit.step])
        q = self.net.queues
        for i in range(int(q.pool_offset[queue]), int(q.pool_offset[queue + 1])):
            pool = int(q.pool[i])
            if self.pools[pool].idle and visit.since + float(q.pool_after[i]) <= self.now:
                if waiting:
                    self.leave_line(visit)
                self.serve(pool, self.pools[pool].idle.pop(0)[1], visit)
                return True
        return False

    def find_work(self, pool: int, agent: int) -> None:
        """Let a free agent take a contact: highest priority, own preference, longest waiting; else idle."""
        p = self.net.pools
        best: tuple[int, int, float, int] | None = None
        chosen: Visit | None = None
        for i in range(int(p.skill_offset[pool]), int(p.skill_offset[pool + 1])):
            queue = int(p.skill_queue[i])
            if not self.queues[queue]:
                continue
            head = self.queues[queue][0]
            if head.since + float(p.skill_after[i]) > self.now:
                continue
            credit = head.since - float(self.net.queues.head_start[queue])
            rank = (-int(self.net.queues.priority[queue]), int(p.skill_rank[i]), credit, head.turn)
            if best is None or rank < best:
                best, chosen = rank, head
        if chosen is None:
            insort(self.pools[pool].idle, (self.now, agent))
        else:
            self.leave_line(chosen)
            self.serve(pool, agent, chosen)

    def serve(self, pool: int, agent: int, visit: Visit) -> None:
        """Begin the service of a contact by an agent."""
        visit.pool, visit.agent = pool, agent
        visit.served += 1
        self.pools[pool].serving[agent] = visit
        self.log.start(visit.row, self.now, pool, agent)
        work = self.duration(visit, self.chance.time_keys, int(self.net.steps.time[visit.step]))
        served = visit.served

        def finish() -> None:
            if visit.served == served and visit.agent >= 0:  # else the contact was handed back meanwhile
                self.log.end(visit.row, self.now, VisitEnd.DONE)
                self.clock.wake(visit.signal, VisitEnd.DONE)

        end = self.now + work / self.speed(pool, visit.step)
        self.clock.at(end, self.key(EventKind.SERVICE_END, visit), finish)

    def speed(self, pool: int, step: int) -> float:
        """Return the pool's speed at a step's queue."""
        p = self.net.pools
        skills = slice(p.skill_offset[pool], p.skill_offset[pool + 1])
        return float(p.skill_speed[skills][p.skill_queue[skills] == self.net.steps.resource[step]][0])

    def release_agent(self, visit: Visit) -> None:
        """Part the agent from a contact served: wrap-up, then free."""
        pool, agent, row = visit.pool, visit.agent, visit.row
        del self.pools[pool].serving[agent]
        wrap_up = int(self.net.steps.wrap_up[visit.step])
        if wrap_up < 0:
            self.log.free(row, self.now)
            return self.agent_free(pool, agent)
        self.pools[pool].wrapping.add(agent)
        self.inside += 1
        length = self.duration(visit, self.chance.wrap_up_keys, wrap_up) / self.speed(pool, visit.step)

        def done() -> None:
            self.pools[pool].wrapping.remove(agent)
            self.inside -= 1
            self.log.free(row, self.now)
            self.agent_free(pool, agent)

        self.clock.at(
            self.now + length, pack(EventKind.AGENT_FREE, 0, pool << AGENT_BITS | agent, 0, 0), done
        )
        return None

    def agent_free(self, pool: int, agent: int) -> None:
        """An agent is free: leaves if the shift has ended, else looks for work."""
        if self.pools[pool].present >= self.pools[pool].target:  # the agent is counted nowhere at this moment
            return self.log.staff(self.now, pool, self.pools[pool].present, self.pools[pool].target)
        return self.find_work(pool, agent)

    # --- rosters ---------------------------------------------------------------------------------------------------

    def plan_rosters(self) -> None:
        """Put every change of every roster on the clock."""
        p = self.net.pools
        for pool in range(len(self.pools)):
            for i in range(int(p.roster_offset[pool]), int(p.roster_offset[pool + 1])):
                change = partial(self.change_roster, pool, int(p.roster_present[i]))
                self.clock.at(float(p.roster_time[i]), pack(EventKind.ROSTER, 0, pool, 0, 0), change)

    def change_roster(self, number: int, target: int) -> None:
        """Agents come, lowest free numbers first; or go: idle ones, highest numbers first, then as the pool says."""
        pool = self.pools[number]
        pool.target = target
        if pool.present < target:
            for agent in pool.newcomers():
                self.find_work(number, agent)
        pool.send_home()
        if self.net.pools.returns[number]:
            back = []
            while pool.serving and pool.present > target:
                back.append(pool.serving.pop(max(pool.serving)))
            self.log.staff(self.now, number, pool.present, target)
            for visit in back:
                self.hand_back(visit)
        else:
            self.log.staff(self.now, number, pool.present, target)

    def hand_back(self, visit: Visit) -> None:
        """Put a contact whose agent leaves back into its queue, where it keeps its place."""
        self.log.free(visit.row, self.now)
        self.enter_again(visit)
        visit.pool, visit.agent = -1, -1
        if not self.find_agent(visit):
            self.line_up(visit)

    # --- bots ------------------------------------------------------------------------------------------------------

    def plan_outages(self) -> None:
        """Put every planned outage and each bot's first random failure on the clock."""
        bots = self.net.bots
        for bot in range(len(self.bots)):
            self.log.bot(0.0, bot, True)
            for i in range(int(bots.outage_offset[bot]), int(bots.outage_offset[bot + 1])):
                start, end = float(bots.outage_start[i]), float(bots.outage_end[i])
                if end > max(start, 0.0):
                    self.plan_outage(bot, max(start, 0.0), end)
            if bots.up[bot] >= 0:
                self.plan_failure(bot, 0.0, 0)

    def plan_outage(self, bot: int, start: float, end: float) -> None:
        """Put one outage on the clock; none begins after the clock's end."""
        if start < self.net.length:
            self.clock.at(start, pack(EventKind.BOT_DOWN, 0, bot, 0, 0), lambda: self.bot_down(bot))
            self.clock.at(end, pack(EventKind.BOT_UP, 0, bot, 0, 0), lambda: self.bot_up(bot))

    def plan_failure(self, bot: int, repaired: float, index: int) -> None:
        """Put the bot's next random failure and its repair on the clock; the repair plans the next failure."""
        bots, chance = self.net.bots, self.chance
        u_up, u_down = uniform(chance.up_keys[bot], 0, 0, index), uniform(chance.down_keys[bot], 0, 0, index)
        failure = repaired + chance.sample(int(bots.up[bot]), u_up, 0, 0.0, 0.0)
        repair = failure + chance.sample(int(bots.down[bot]), u_down, 0, 0.0, 0.0)
        if failure < self.net.length:
            self.plan_outage(bot, failure, repair)
            self.clock.at(
                repair,
                pack(EventKind.BOT_UP, 0, bot, 1, 0),
                lambda: self.plan_failure(bot, repair, index + 1),
            )

    def hindrance(self, number: int) -> BotMove | None:
        """Return what a contact does that comes to a bot which cannot take it now; None if it can."""
        if self.bots[number].outages:
            return BotMove(int(self.net.bots.when_down[number]))
        if 0 <= self.net.bots.sessions[number] <= len(self.bots[number].sessions):
            return BotMove(int(self.net.bots.when_full[number]))
        return None

    def begin_session(self, number: int, visit: Visit) -> None:
        """Begin a bot session."""
        visit.served += 1
        served = visit.served
        self.bots[number].sessions.append(visit)
        self.log.start(visit.row, self.now)
        length = self.duration(visit, self.chance.time_keys, int(self.net.steps.time[visit.step]))

        def finish() -> None:
            if visit.served == served and visit in self.bots[number].sessions:
                self.log.end(visit.row, self.now, VisitEnd.DONE)
                self.clock.wake(visit.signal, VisitEnd.DONE)

        self.clock.at(self.now + length, self.key(EventKind.SESSION_END, visit), finish)

    def end_session(self, number: int, visit: Visit) -> None:
        """End a bot session; who waits for one comes in."""
        self.bots[number].sessions.remove(visit)
        self.admit(number)

    def admit(self, number: int) -> None:
        """Begin sessions for those who wait, first come first served, as far as the bot can."""
        bot = self.bots[number]
        while bot.line and self.hindrance(number) is None:
            self.begin_session(number, bot.line.pop(0))

    def bot_down(self, number: int) -> None:
        """An outage begins: sessions are broken off if the bot says so; who waits does as `when_down` says."""
        bot, bots = self.bots[number], self.net.bots
        self.check_bound((len(self.log.bots) - len(self.bots)) // 2, MORE_OUTAGES)
        bot.outages += 1
        if bot.outages > 1:
            return
        self.log.bot(self.now, number, False)
        away = []
        if bots.returns[number]:
            away, bot.sessions = bot.sessions, []
        if bots.when_down[number] == BotMove.WAIT:
            for visit in away:
                self.enter_again(visit)
                insort(bot.line, visit)
                self.plan_patience(visit)
            return
        away, bot.line = sorted(away + bot.line), []
        for visit in away:
            self.clock.wake(visit.signal, VisitEnd.HANDED_BACK)

    def bot_up(self, number: int) -> None:
        """An outage ends; the bot works again when the last one has."""
        bot = self.bots[number]
        bot.outages -= 1
        if bot.outages == 0:
            self.log.bot(self.now, number, True)
            self.admit(number)


def _target(end: End) -> int:
    return -1 - int(end)
