"""The chain of a day whose volume and staff change; agents finish after their shift. From empty, to the very end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

from answers import Answers, put
from chain import LOST, Chain, Move, Part, Stay, follow

PIECE = 30.0  # minutes; nothing changes within one
WAGE, PRICE = 30.0, 7.0  # of an hour, of a lost customer


@dataclass(frozen=True)
class Day:
    """One queue, by half-hours. Rates per minute.

    State: served, in wrap-up, waiting, on their way back. More may be busy than are wanted: those who finish after
    their shift. Whoever then becomes free leaves.
    """

    arrive: tuple[float, ...] = (*[40 / 60] * 3, *[75 / 60] * 5, *[50 / 60] * 4)
    scheduled: tuple[int, ...] = (*[4] * 4, *[7] * 5, *[3] * 3)
    wanted: tuple[int, ...] = (*[3] * 4, *[6] * 5, *[2] * 3)  # a fifth less, to the nearest
    serve: float = 1 / 3
    wrap: float = 1.0
    leave: float = 1 / 4
    unresolved: float = 0.25
    again: float = 1 / 20
    after_unresolved: float = 0.5  # probability of coming again
    after_leave: float = 0.6
    bound: tuple[int, int] = (32, 56)  # of those who wait, of those who will come again

    def moves(self, arrive: float, agents: int, state: tuple[int, ...]) -> Iterator[Move]:
        """Moves while so many come per minute and so many agents are wanted."""
        s, w, q, r = state
        for rate, back, word in ((arrive, r, "customers"), (r * self.again, r - 1, "repeats")):
            if s + w < agents:
                yield rate, (s + 1, w, q, back), (word,)
            elif q < self.bound[0]:
                yield rate, (s, w, q + 1, back), (word,)
            else:
                yield rate, (s, w, q, back), (word, LOST)
        done, bad = (s - 1, w + 1, q, r), self.unresolved
        yield s * self.serve * (1 - bad), done, ("resolved",)
        yield from self.bad_end(s * self.serve * bad, done, self.after_unresolved, "unresolved")
        yield from self.bad_end(q * self.leave, (s, w, q - 1, r), self.after_leave, "abandoned")
        takes = q > 0 and s + w <= agents
        yield w * self.wrap, (s + 1, w - 1, q - 1, r) if takes else (s, w - 1, q, r), ()

    def bad_end(self, rate: float, state: tuple[int, ...], share: float, word: str) -> Iterator[Move]:
        """Some of those who leave will come again."""
        s, w, q, r = state
        yield rate * (1 - share), state, (word,)
        yield (
            rate * share,
            (s, w, q, min(r + 1, self.bound[1])),
            (word, LOST) if r == self.bound[1] else (word,),
        )

    @staticmethod
    def change(agents: int, state: tuple[int, ...]) -> tuple[int, ...]:
        """So many agents are wanted from now on: who comes takes who waits; who is too many leaves or finishes."""
        s, w, q, r = state
        taken = min(q, max(0, agents - s - w))
        return s + taken, w, q - taken, r

    @cached_property
    def stays(self) -> list[Stay]:
        """What each half-hour leaves."""
        parts = [
            Part(PIECE, partial(self.moves, rate, agents), partial(self.change, agents))
            for rate, agents in zip(self.arrive, self.wanted, strict=True)
        ]
        return follow(parts, (0, 0, 0, 0))

    def integrals(self, first: int = 0, last: int | None = None) -> Answers:
        """Return those measures of some half-hours that are integrals or count arrivals, and the last backlog."""
        found: Answers = {}
        chosen = range(len(self.stays))[first:last]
        sums = dict.fromkeys(("busy", "present", "late", "waiting", "customers", "repeats"), 0.0)
        for i in chosen:
            chain, spent = self.stays[i].chain, self.stays[i].spent
            rates, agents = chain.rates(spent), self.wanted[i]
            sums["customers"] += rates["customers"]
            sums["repeats"] += rates["repeats"]
            sums["busy"] += chain.mean(spent, lambda s, w, q, r: s + w)
            sums["late"] += chain.mean(spent, lambda s, w, q, r, c=agents: max(s + w - c, 0))
            sums["waiting"] += chain.mean(spent, lambda s, w, q, r: q)
            sums["present"] += chain.mean(spent, lambda s, w, q, r: s + q)  # in the system
        inside = sums.pop("present")
        minutes = PIECE * len(chosen)
        staffed = PIECE * sum(self.wanted[i] for i in chosen) + sums["late"]
        paid = PIECE * sum(self.scheduled[i] for i in chosen) + sums["late"]
        last_stay = self.stays[chosen[-1]]
        backlog = last_stay.chain.mean(last_stay.end, lambda s, w, q, r: q)
        contacts, offered = "channel:phone total", sums["customers"] + sums["repeats"]
        put(found, contacts, offered=offered, customers=sums["customers"], repeats=sums["repeats"])
        put(found, contacts, repeat_share=sums["repeats"] / offered, work_in_system=inside / minutes)
        put(found, "queue:phone", offered=offered)
        put(found, "queue:phone total", waiting=sums["waiting"] / minutes, backlog=backlog)
        agents = "pool:team total"
        put(found, agents, busy_hours=sums["busy"] / 60, staffed_hours=staffed / 60, paid_hours=paid / 60)
        put(found, agents, occupancy=sums["busy"] / staffed, utilisation=sums["busy"] / paid)
        put(found, agents, cost_labour=WAGE * paid / 60)
        return found

    def tail(self) -> tuple[dict[str, float], float, float, float]:
        """Return what happens after the day when nobody new comes and no agent is wanted until all are gone.

        Returns:
            Counts; minutes of agents, of those who wait and of those in the system.
        """
        last = self.stays[-1]
        begin: dict[tuple[int, ...], float] = {}
        for (s, w, q, _), weight in zip(last.chain.states, last.end.tolist(), strict=True):
            begin[s, w, q, 0] = begin.get((s, w, q, 0), 0.0) + weight
        silent = replace(self, after_unresolved=0.0, after_leave=0.0)
        chain = Chain(begin, partial(silent.moves, 0.0, 0))
        spent = chain.until_end(chain.vector(begin))
        counts = {str(word): count for word, count in chain.rates(spent).items()}
        return (
            counts,
            chain.mean(spent, lambda s, w, q, r: s + w),
            chain.mean(spent, lambda s, w, q, r: q),
            chain.mean(spent, lambda s, w, q, r: s + q),
        )

    def answers(self, drained: bool) -> Answers:
        """Return the answers for the day, which stops at its end or is drained."""
        found, last = self.integrals(), self.stays[-1]
        counts = {
            word: sum(stay.chain.rate(stay.spent, word) for stay in self.stays)
            for word in ("resolved", "unresolved", "abandoned")
        }
        hours = PIECE * len(self.stays) / 60
        work, waited = 60 * found["busy_hours", "total"], 60 * hours * found["waiting", "total"]
        left, open_now = found["backlog", "total"], last.chain.mean(last.end, lambda s, w, q, r: s + q)
        if drained:
            more, more_work, more_wait, more_inside = self.tail()
            counts = {word: count + more[word] for word, count in counts.items()}
            cycle = 60 * hours * found["work_in_system", "total"] + more_inside
            work, waited, left, open_now = work + more_work, waited + more_wait, 0.0, 0.0
            put(found, "channel:phone total", cycle_time=60 * cycle / found["offered", "total"])
        contacts, offered = "channel:phone total", found["offered", "total"]
        abandoned, repeats = counts["abandoned"], found["repeats", "total"]
        answered, lost = offered - abandoned - left, abandoned + counts["unresolved"] - repeats
        everywhere = f"{contacts} queue:phone"
        put(found, everywhere, answered=answered, abandoned=abandoned, abandonment=abandoned / offered)
        put(found, everywhere, wait=60 * waited / offered)
        put(found, "pool:team", answered=answered)
        put(found, "queue:phone", offered_load=work / (60 * hours))
        put(
            found, contacts, resolved=counts["resolved"], unresolved=counts["unresolved"], unfinished=open_now
        )
        put(found, contacts, returned=repeats, lost_customers=lost, cost_lost=PRICE * lost)
        put(found, contacts, contacts_per_customer=offered / found["customers", "total"])
        put(found, contacts, aht=60 * work / answered)
        put(found, "total", cost=found["cost_labour", "total"] + PRICE * lost)
        return found
