"""Chains of a bot before people: sessions that run out, customers who come again, outages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from answers import AT_ONCE, Answers, Rates, Waits, in_line, put, put_agents, put_inside, put_waits, waits
from chain import LOST, Chain, Move

Words = tuple[object, ...]


@dataclass(frozen=True)
class People:
    """The agents behind the bot: M/M/c+M. Rates per minute."""

    agents: int
    serve: float
    leave: float
    bound: int  # of those who wait

    def join(self, n: int) -> tuple[int, Words]:
        """One more comes where n are."""
        if n < self.agents:
            return n + 1, (("people", AT_ONCE),)
        ahead = n - self.agents
        return (n + 1, (("people", (ahead,)),)) if ahead < self.bound else (n, (LOST,))

    def served(self, n: int) -> float:
        """Services that end."""
        return min(n, self.agents) * self.serve

    def lost(self, n: int) -> float:
        """Those who give up."""
        return max(n - self.agents, 0) * self.leave

    def waits(self, rates: Rates) -> Waits:
        """What becomes of those who join."""
        return waits(rates, "people", partial(in_line, self.agents * self.serve, self.leave))

    def put(self, found: Answers, w: Waits, busy: float, waiting: float, minutes: float) -> None:
        """Enter what is of the queue and of the agents alone."""
        put_waits(found, "queue:people", w, minutes)
        put(found, "queue:people", waiting=waiting, offered_load=busy, aht=60 / self.serve)
        put_agents(found, "pool:team total", busy, self.agents, minutes)


def put_bot(found: Answers, rates: Rates, offered: float, resolved: float, minutes: float) -> None:
    """Enter what became of contacts with a bot; no contact has more than one session."""
    scopes = "channel:chat total"
    contained, escalated, sessions = (rates[word] for word in ("contained", "escalated", "sessions"))
    for every in (scopes, "bot:bot"):
        put(
            found,
            every,
            offered=offered * minutes,
            containment=contained / sessions,
            escalation=escalated / sessions,
        )
        put(found, every, contained=contained * minutes, escalated=escalated * minutes)
    put(found, "bot:bot total", sessions=sessions * minutes)
    put(found, scopes, resolved=resolved * minutes, automation_share=contained / resolved)


@dataclass(frozen=True)
class Repeats:
    """A bot with few sessions, skipped when full; unresolved or gone, customers may come again. Rates per minute."""

    arrive: float = 0.9
    sessions: int = 3
    talk: float = 1 / 1.5
    ways: tuple[float, float, float] = (0.40, 0.15, 0.45)  # from the bot: resolved, unresolved, to people
    people: People = People(agents=3, serve=1 / 3, leave=1 / 3, bound=40)
    helped: float = 0.8  # by people
    again: float = 1 / 15
    after_unresolved: float = 0.6  # probability of coming again
    after_leave: float = 0.5
    bound: int = 50  # of those who will come again

    def moves(self, state: tuple[int, ...]) -> Iterator[Move]:
        """State: bot sessions, with people (waiting or served), on their way back."""
        b, n, r = state
        for rate, back, word in ((self.arrive, r, "customers"), (r * self.again, r - 1, "repeats")):
            if b < self.sessions:
                yield rate, (b + 1, n, back), (word, "sessions")
            else:
                more, words = self.people.join(n)
                yield rate, (b, more, back), (word, *words)
        done, resolved = b * self.talk, ("resolved",)
        more, words = self.people.join(n)
        yield done * self.ways[0], (b - 1, n, r), ("contained", *resolved)
        yield done * self.ways[2], (b - 1, more, r), ("escalated", *words)
        bad = ("unresolved",)
        yield from self.may_return(done * self.ways[1], (b - 1, n, r), self.after_unresolved, bad)
        served = self.people.served(n)
        yield served * self.helped, (b, n - 1, r), resolved
        yield from self.may_return(served * (1 - self.helped), (b, n - 1, r), self.after_unresolved, bad)
        yield from self.may_return(self.people.lost(n), (b, n - 1, r), self.after_leave, ())

    def may_return(self, rate: float, state: tuple[int, ...], share: float, words: Words) -> Iterator[Move]:
        """Some of those who leave will come again."""
        b, n, r = state
        yield rate * (1 - share), state, words
        if r < self.bound:
            yield rate * share, (b, n, r + 1), words
        else:
            yield rate * share, state, (*words, LOST)

    def answers(self, minutes: float = 96 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(0, 0, 0)], self.moves)
        p = chain.stationary()
        rates, found = chain.rates(p), {}
        offered, contacts = rates["customers"] + rates["repeats"], "channel:chat total"
        w, c = self.people.waits(rates), self.people.agents
        put_waits(found, contacts, w, minutes, offered=offered)
        put_bot(found, rates, offered, rates["resolved"], minutes)
        put(found, contacts, unresolved=rates["unresolved"] * minutes, repeats=rates["repeats"] * minutes)
        put(found, contacts, repeat_share=rates["repeats"] / offered, customers=rates["customers"] * minutes)
        b, n = chain.mean(p, lambda b, n, r: b), chain.mean(p, lambda b, n, r: n)
        put_inside(found, contacts, b + n, offered)
        busy = chain.mean(p, lambda b, n, r: min(n, c))
        self.people.put(found, w, busy, n - busy, minutes)
        put(found, "bot:bot", sessions_open=b, bot_utilisation=b / self.sessions, session_time=60 / self.talk)
        return found


@dataclass(frozen=True)
class OutageSkip:
    """A bot that fails: all who are with it or wait for it go to people, and so do those who come. Rates per minute.

    A session that ended by itself was over before the next failure, so its mean length is 1 / (talk + fail).
    """

    arrive: float = 1.0
    sessions: int = 4
    talk: float = 1 / 2
    resolved: float = 0.6
    fail: float = 1 / 60
    repair: float = 1 / 10
    people: People = People(agents=2, serve=1 / 3, leave=1 / 4, bound=70)
    bound: int = 50  # of those with the bot or waiting for it

    def moves(self, state: tuple[int, ...]) -> Iterator[Move]:
        """State: bot up (1 or 0), with it or waiting for it, with people."""
        up, b, n = state
        more, words = self.people.join(n)
        if not up:
            yield self.arrive, (up, b, more), words
            yield self.repair, (1, 0, n), ()
        else:
            yield from self.while_up(b, n)
            yield self.fail, *self.broken_off(b, n)
        yield self.people.served(n) + self.people.lost(n), (up, b, n - 1), ()

    def while_up(self, b: int, n: int) -> Iterator[Move]:
        """Moves to the bot and from it to people or away."""
        if b < self.bound:
            yield self.arrive, (1, b + 1, n), ("sessions",) if b < self.sessions else ()
        else:
            yield self.arrive, (1, b, n), (LOST,)
        done, begun = min(b, self.sessions) * self.talk, ("sessions",) if b > self.sessions else ()
        more, words = self.people.join(n)
        yield done * self.resolved, (1, b - 1, n), ("contained", *begun)
        yield done * (1 - self.resolved), (1, b - 1, more), ("escalated", *begun, *words)

    def broken_off(self, b: int, n: int) -> tuple[tuple[int, ...], Words]:
        """All who are with the bot or wait for it go to people; only those who had a session are escalated."""
        counted: list[object] = ["escalated"] * min(b, self.sessions)
        for _ in range(b):
            n, words = self.people.join(n)
            counted.extend(words)
        return (0, 0, n), tuple(counted)

    def answers(self, minutes: float = 120 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(1, 0, 0)], self.moves)
        p = chain.stationary()
        rates, found = chain.rates(p), {}
        w, c = self.people.waits(rates), self.people.agents
        put_waits(found, "channel:chat total", w, minutes, offered=self.arrive)
        put_bot(found, rates, self.arrive, rates["contained"] + w.answered, minutes)
        b, n, busy = (
            chain.mean(p, value)
            for value in (lambda u, b, n: b, lambda u, b, n: n, lambda u, b, n: min(n, c))
        )
        put_inside(found, "channel:chat total", b + n, self.arrive)
        self.people.put(found, w, busy, n - busy, minutes)
        talking = chain.mean(p, lambda u, b, n: min(b, self.sessions))
        put(found, "bot:bot", sessions_open=talking, bot_utilisation=talking / self.sessions)
        put(found, "bot:bot", session_time=60 / (self.talk + self.fail))
        put(found, "bot:bot", availability=chain.mean(p, lambda u, b, n: u))
        return found


@dataclass(frozen=True)
class OutageWait:
    """A bot that fails: sessions in progress go on, all others wait for the repair, or give up. Rates per minute."""

    arrive: float = 1.0
    sessions: int = 3
    talk: float = 1 / 2
    resolved: float = 0.6
    leave: float = 1 / 5  # those who wait for the bot
    fail: float = 1 / 40
    repair: float = 1 / 8
    people: People = People(agents=2, serve=1 / 3, leave=1 / 3, bound=40)
    bound: int = 40  # of those who wait for the bot

    def moves(self, state: tuple[int, ...]) -> Iterator[Move]:
        """State: bot up (1 or 0), sessions, waiting for one, with people."""
        up, s, w, n = state
        if up and s < self.sessions:
            yield self.arrive, (up, s + 1, w, n), ("sessions",)
        elif w < self.bound:
            yield self.arrive, (up, s, w + 1, n), ()
        else:
            yield self.arrive, state, (LOST,)
        yield w * self.leave, (up, s, w - 1, n), ("left the bot",)
        next_s, next_w, begun = (s, w - 1, ("sessions",)) if up and w else (s - 1, w, ())
        more, words = self.people.join(n)
        yield s * self.talk * self.resolved, (up, next_s, next_w, n), ("contained", *begun)
        yield s * self.talk * (1 - self.resolved), (up, next_s, next_w, more), ("escalated", *begun, *words)
        if up:
            yield self.fail, (0, s, w, n), ()
        else:
            come = min(self.sessions - s, w)
            yield self.repair, (1, s + come, w - come, n), ("sessions",) * come
        yield self.people.served(n) + self.people.lost(n), (up, s, w, n - 1), ()

    def answers(self, minutes: float = 120 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(1, 0, 0, 0)], self.moves)
        p = chain.stationary()
        rates, found, contacts = chain.rates(p), {}, "channel:chat total"
        wait, c = self.people.waits(rates), self.people.agents
        left = rates["left the bot"] + wait.gone
        put_waits(found, contacts, wait, minutes, offered=self.arrive)
        put(found, contacts, abandoned=left * minutes, abandonment=left / self.arrive)
        put_bot(found, rates, self.arrive, rates["contained"] + wait.answered, minutes)
        for scope in contacts.split():
            del found["wait_abandoned", scope]  # those who gave up at the bot have no wait in a queue
        up, s, w, n = (chain.mean(p, lambda *x, k=k: x[k]) for k in range(4))
        busy = chain.mean(p, lambda u, s, w, n: min(n, c))
        put_inside(found, contacts, s + w + n, self.arrive)
        self.people.put(found, wait, busy, n - busy, minutes)
        put(found, "bot:bot", sessions_open=s, bot_utilisation=s / self.sessions, session_time=60 / self.talk)
        put(found, "bot:bot", availability=up)
        return found
