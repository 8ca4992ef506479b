"""Chains of queues with people: priorities, overlapping skills, longest waiting first, lines with retrials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from answers import AT_ONCE, END, Answers, put, put_agents, put_inside, put_waits, waits
from chain import LOST, Chain, Move, State

# --- 1. two classes, priorities, abandonment -----------------------------------------------------------------------


@dataclass(frozen=True)
class Priorities:
    """M/M/c+M with two classes, the first taken before the second, nobody interrupted. Rates per minute."""

    arrive: tuple[float, float] = (0.5, 0.7)
    serve: tuple[float, float] = (1 / 3, 1 / 4)
    leave: tuple[float, float] = (1 / 2, 1 / 5)
    agents: int = 4
    room: tuple[int, int] = (30, 50)

    def moves(self, state: tuple[int, ...]) -> Iterator[Move]:
        """State: in service (first, second class), waiting (first, second class)."""
        s, q = state[:2], state[2:]
        for i in (0, 1):
            word, one = ("urgent", "normal")[i], (1 - i, i)
            if sum(s) < self.agents:
                yield self.arrive[i], (s[0] + one[0], s[1] + one[1], *q), ((word, AT_ONCE),)
            elif q[i] < self.room[i]:
                ahead = (*s, q[0], q[1] if i else 0)
                yield self.arrive[i], (*s, q[0] + one[0], q[1] + one[1]), ((word, ahead),)
            else:
                yield self.arrive[i], state, (LOST,)
            yield q[i] * self.leave[i], (*s, q[0] - one[0], q[1] - one[1]), ("left",)
            left = (s[0] - one[0], s[1] - one[1])
            yield s[i] * self.serve[i], self.take(left, q), ()

    @staticmethod
    def take(s: tuple[int, int], q: tuple[int, int]) -> tuple[int, ...]:
        """A free agent takes the first of the first class, else of the second."""
        if q[0]:
            return s[0] + 1, s[1], q[0] - 1, q[1]
        return (s[0], s[1] + 1, 0, q[1] - 1) if q[1] else (*s, *q)

    def followed(self, which: int, state: tuple[int, ...]) -> Iterator[Move]:
        """Moves of one of class `which` who waits: in service, and waiting and to be taken before."""
        if state == END:
            return
        s, q = state[:2], state[2:]
        yield self.leave[which], END, ("gone",)
        for i in (0, 1):
            left = (s[0] - (1 - i), s[1] - i)
            served = sum(q) == 0
            yield s[i] * self.serve[i], END if served else self.take(left, q), ("answered",) if served else ()
            yield q[i] * self.leave[i], (*s, q[0] - (1 - i), q[1] - i), ()
        if which == 1 and q[0] < self.room[0]:
            yield self.arrive[0], (*s, q[0] + 1, q[1]), ()
        elif which == 1:
            yield self.arrive[0], state, (LOST,)

    def answers(self, minutes: float = 72 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(0, 0, 0, 0)], self.moves)
        p = chain.stationary()
        rates, found, both = chain.rates(p), {}, []
        for i, name in enumerate(("urgent", "normal")):
            w = waits(rates, name, partial(self.followed, i))
            busy, waiting = (chain.mean(p, lambda *x, k=k: x[k]) for k in (i, 2 + i))
            put_waits(found, f"channel:{name} queue:{name}", w, minutes)
            put(found, f"queue:{name}", waiting=waiting, offered_load=busy, aht=60 / self.serve[i])
            put_inside(found, f"channel:{name}", busy + waiting, w.joined)
            both.append(w)
        all_waits = both[0] + both[1]
        put_waits(found, "total", all_waits, minutes)
        put(found, "total", waiting=chain.mean(p, lambda *x: x[2] + x[3]))
        put_agents(found, "pool:team total", chain.mean(p, lambda *x: x[0] + x[1]), self.agents, minutes)
        put_inside(found, "total", chain.mean(p, lambda *x: sum(x)), all_waits.joined)
        return found


# --- 2. two pools with overlapping skills; and longest waiting first -------------------------------------------------


@dataclass(frozen=True)
class Skills:
    """Specialists serve sales; generalists serve cases, which they prefer, and sales, more slowly.

    Sales go to an idle specialist, else to an idle generalist. Rates per minute.
    """

    sales: float = 1.1
    cases: float = 0.5
    leave: float = 1 / 3  # those who wait for sales
    special: float = 1 / 2
    slow: float = 0.8 / 2  # a generalist with sales
    case: float = 1 / 3
    specialists: int = 2
    generalists: int = 2
    room: int = 4  # of cases
    bound: int = 60  # of the sales that wait

    def moves(self, state: tuple[int, ...]) -> Iterator[Move]:
        """State: specialists busy; generalists with sales, with cases; sales waiting, cases waiting."""
        s, gs, gc, qs, qc = state
        idle = gs + gc < self.generalists
        if s < self.specialists:
            yield self.sales, (s + 1, gs, gc, qs, qc), (("sales", AT_ONCE), "specialists")
        elif idle:
            yield self.sales, (s, gs + 1, gc, qs, qc), (("sales", AT_ONCE), "generalists", "slow")
        elif qs < self.bound:
            yield self.sales, (s, gs, gc, qs + 1, qc), (("sales", (gs, gc, qs, qc)),)
        else:
            yield self.sales, state, (LOST,)
        if idle:
            yield self.cases, (s, gs, gc + 1, qs, qc), (("cases", AT_ONCE), "generalists")
        elif qc < self.room:
            yield self.cases, (s, gs, gc, qs, qc + 1), (("cases", (gs, gc, qc)),)
        else:
            yield self.cases, state, ("full",)
        yield qs * self.leave, (s, gs, gc, qs - 1, qc), ()
        if qs:
            yield s * self.special, (s, gs, gc, qs - 1, qc), ("specialists",)
        else:
            yield s * self.special, (s - 1, gs, gc, qs, qc), ()
        yield gs * self.slow, *self.generalist((s, gs - 1, gc, qs, qc))
        yield gc * self.case, *self.generalist((s, gs, gc - 1, qs, qc))

    @staticmethod
    def generalist(state: tuple[int, ...]) -> tuple[State, tuple[str, ...]]:
        """A free generalist takes a case, else a sale, else nothing."""
        s, gs, gc, qs, qc = state
        if qc:
            return (s, gs, gc + 1, qs, qc - 1), ("generalists",)
        return ((s, gs + 1, gc, qs - 1, qc), ("generalists", "slow")) if qs else (state, ())

    def one_case(self, state: tuple[int, ...]) -> Iterator[Move]:
        """Moves of a case that waits: generalists with sales, with cases, and cases ahead."""
        if state == END:
            return
        gs, gc, ahead = state
        for rate, left in ((gs * self.slow, (gs - 1, gc)), (gc * self.case, (gs, gc - 1))):
            if ahead:
                yield rate, (left[0], left[1] + 1, ahead - 1), ()
            else:
                yield rate, END, ("answered",)

    def one_sale(self, state: tuple[int, ...]) -> Iterator[Move]:
        """Moves of a sale that waits: generalists with sales, with cases, sales ahead, cases waiting."""
        if state == END:
            return
        gs, gc, ahead, qc = state
        yield self.leave, END, ("gone",)
        yield ahead * self.leave, (gs, gc, ahead - 1, qc), ()
        if qc < self.room:
            yield self.cases, (gs, gc, ahead, qc + 1), ()
        served = (END, ("answered",))
        yield self.specialists * self.special, *(((gs, gc, ahead - 1, qc), ()) if ahead else served)
        for rate, a, b in ((gs * self.slow, gs - 1, gc), (gc * self.case, gs, gc - 1)):
            if qc:
                yield rate, (a, b + 1, ahead, qc - 1), ()
            else:
                yield rate, *(((a + 1, b, ahead - 1, qc), ()) if ahead else served)

    def answers(self, minutes: float = 72 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(0, 0, 0, 0, 0)], self.moves)
        p = chain.stationary()
        rates, found = chain.rates(p), {}
        sales = waits(rates, "sales", self.one_sale)
        cases = waits(rates, "cases", self.one_case)
        put_waits(found, "channel:sales queue:sales", sales, minutes)
        put_waits(found, "channel:cases queue:cases", cases, minutes, rates["full"])
        put_waits(found, "total", sales + cases, minutes, rates["full"])
        s, gs, gc, qs, qc = (chain.mean(p, lambda *x, k=k: x[k]) for k in range(5))
        put(found, "queue:sales", waiting=qs, offered_load=s + gs, aht=60 * (s + gs) / sales.answered)
        put(found, "queue:cases", waiting=qc, offered_load=gc, aht=60 / self.case)
        put(found, "pool:specialists", answered=rates["specialists"] * minutes, aht=60 / self.special)
        put(found, "pool:generalists", answered=rates["generalists"] * minutes)
        put(found, "pool:generalists", aht=60 * (gs + gc) / rates["generalists"])
        put_agents(found, "pool:specialists", s, self.specialists, minutes)
        put_agents(found, "pool:generalists", gs + gc, self.generalists, minutes)
        put_agents(found, "total", s + gs + gc, self.specialists + self.generalists, minutes)
        put_inside(found, "channel:sales", s + gs + qs, sales.joined)
        put_inside(found, "channel:cases", gc + qc, cases.joined + rates["full"])
        return found


@dataclass(frozen=True)
class Longest:
    """One team and two queues of one rank with small rooms: first come, first served across them.

    The line is held as it stands: 0 for a short one, 1 for a long one. Only the short ones give up. Rates per minute.
    """

    arrive: tuple[float, float] = (40 / 60, 15 / 60)
    serve: tuple[float, float] = (1 / 1.5, 1 / 5)
    leave: float = 1 / 3
    agents: int = 2
    room: tuple[int, int] = (5, 4)

    def moves(self, state: tuple[int, int, tuple[int, ...]]) -> Iterator[Move]:
        """State: in service (short, long), the line."""
        a, b, line = state
        for i, name in enumerate(("short", "long")):
            if a + b < self.agents:
                yield self.arrive[i], (a + 1 - i, b + i, ()), ((name, AT_ONCE),)
            elif line.count(i) < self.room[i]:
                yield self.arrive[i], (a, b, (*line, i)), ((name, state),)
            else:
                yield self.arrive[i], state, (f"full {name}",)
        yield from self.onward(a, b, line)

    def onward(self, a: int, b: int, line: tuple[int, ...]) -> Iterator[Move]:
        """Moves of those who are there already: they give up, or a service ends and the first in line is next."""
        for i, one in enumerate(line):
            if one == 0:
                yield self.leave, (a, b, line[:i] + line[i + 1 :]), ()
        for rate, x, y in ((a * self.serve[0], a - 1, b), (b * self.serve[1], a, b - 1)):
            yield rate, (x + 1 - line[0], y + line[0], line[1:]) if line else (x, y, ()), ()

    def followed(self, which: int, state: tuple[int, int, tuple[int, ...]]) -> Iterator[Move]:
        """Moves of one who waits behind a line."""
        if state == END:
            return
        a, b, line = state
        if line:
            yield from self.onward(a, b, line)
        else:
            yield a * self.serve[0] + b * self.serve[1], END, ("answered",)
        yield (1 - which) * self.leave, END, ("gone",)

    def answers(self, minutes: float = 72 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(0, 0, ())], self.moves)
        p = chain.stationary()
        rates, found = chain.rates(p), {}
        for i, name in enumerate(("short", "long")):
            w, full = waits(rates, name, partial(self.followed, i)), rates[f"full {name}"]
            busy, waiting = chain.mean(p, lambda *x, i=i: x[i]), chain.mean(p, lambda *x, i=i: x[2].count(i))
            put_waits(found, f"channel:{name} queue:{name}", w, minutes, full)
            put(found, f"queue:{name}", waiting=waiting, offered_load=busy, aht=60 / self.serve[i])
            put_inside(found, f"channel:{name}", busy + waiting, w.joined + full)
        put_agents(found, "pool:team total", chain.mean(p, lambda a, b, _: a + b), self.agents, minutes)
        return found


# --- 3. lines with retrials ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Retrials:
    """Few lines; agents wrap up, which holds no line; some of those blocked and gone try again. Rates per minute."""

    arrive: float = 1.2
    serve: float = 1 / 2
    wrap: float = 2.0
    leave: float = 1 / 1.5
    again: float = 1 / 3
    after_block: float = 0.8  # probability of coming again
    after_leave: float = 0.6
    agents: int = 3
    lines: int = 6
    bound: int = 60  # of those who will come again

    def moves(self, state: tuple[int, ...]) -> Iterator[Move]:
        """State: served, in wrap-up, waiting, on their way back."""
        s, w, q, r = state
        for rate, back, word in ((self.arrive, r, "customers"), (r * self.again, r - 1, "repeats")):
            if s + q == self.lines:
                yield rate * (1 - self.after_block), (s, w, q, back), (word, "blocked")
                yield rate * self.after_block, *self.one_more((s, w, q, back), (word, "blocked"))
            elif s + w < self.agents:
                yield rate, (s + 1, w, q, back), (word, ("phone", AT_ONCE))
            else:
                yield rate, (s, w, q + 1, back), (word, ("phone", (w, q)))
        yield q * self.leave * (1 - self.after_leave), (s, w, q - 1, r), ()
        yield q * self.leave * self.after_leave, *self.one_more((s, w, q - 1, r), ())
        yield s * self.serve, (s - 1, w + 1, q, r), ()
        yield w * self.wrap, (s + 1, w - 1, q - 1, r) if q else (s, w - 1, q, r), ()

    def one_more(self, state: tuple[int, ...], words: tuple[str, ...]) -> tuple[State, tuple[str, ...]]:
        """Somebody more will come again."""
        *rest, r = state
        return ((*rest, r + 1), words) if r < self.bound else (state, (*words, LOST))

    def followed(self, state: tuple[int, ...]) -> Iterator[Move]:
        """Moves of one who waits: agents in wrap-up, and callers ahead."""
        if state == END:
            return
        w, ahead = state
        yield self.leave, END, ("gone",)
        yield ahead * self.leave, (w, ahead - 1), ()
        yield (self.agents - w) * self.serve, (w + 1, ahead), ()
        if ahead:
            yield w * self.wrap, (w - 1, ahead - 1), ()
        else:
            yield w * self.wrap, END, ("answered",)

    def answers(self, minutes: float = 72 * 60) -> Answers:
        """Return the answers for so much measured time."""
        chain = Chain([(0, 0, 0, 0)], self.moves)
        p = chain.stationary()
        rates, found = chain.rates(p), {}
        wait = waits(rates, "phone", self.followed)
        offered, blocked = rates["customers"] + rates["repeats"], rates["blocked"]
        s, w, q, _ = (chain.mean(p, lambda *x, k=k: x[k]) for k in range(4))
        put_waits(found, "queue:phone", wait, minutes)
        put_waits(found, "channel:phone total", wait, minutes, offered=offered)
        put(found, "channel:phone total", blocked=blocked * minutes, blocking=blocked / offered)
        put(found, "channel:phone total", repeats=rates["repeats"] * minutes)
        put(found, "channel:phone total", repeat_share=rates["repeats"] / offered)
        put(
            found,
            "channel:phone total",
            customers=rates["customers"] * minutes,
            resolved=wait.answered * minutes,
        )
        put_inside(found, "channel:phone total", s + q, offered)
        put(found, "queue:phone", waiting=q, offered_load=s + w)
        talk, wrap_up = 60 / self.serve, 60 / self.wrap
        put(found, "queue:phone pool:team", talk_time=talk, wrap_up_time=wrap_up, aht=talk + wrap_up)
        put_agents(found, "pool:team total", s + w, self.agents, minutes)
        return found
