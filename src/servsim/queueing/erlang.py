"""Queues with exponential service: Erlang C, Erlang A, finite room; their waits, and the servers they need."""

import math
from dataclasses import dataclass
from typing import Literal

from servsim.queueing.chain import Line
from servsim.queueing.checks import above_zero, at_least_zero, check_queue, count, inside
from servsim.queueing.erlang_bc import erlang_c

__all__ = ["AbandonedRule", "QueueFigures", "WaitOf", "mmc", "mmca", "mmck", "staff_for"]

AbandonedRule = Literal["missed", "ignored", "met", "answered_only"]  # as in the measure service_level
WaitOf = Literal["all", "answered", "patient"]  # all who are let in, those answered, one who never gives up


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Steady-state figures of one queue, with the inputs they belong to.

    Shares are of offered contacts, from 0 to 1. Times are in the unit of `mean_service`.

    Attributes:
        arrival_rate: offered contacts per unit of time.
        mean_service: mean handling time.
        servers: number of agents.
        mean_patience: mean patience; `math.inf` where nobody abandons.
        room: places in the system, those in service included; `math.inf` where nobody is blocked.
        blocking: share that finds every place taken.
        probability_of_waiting: share that is let in and finds every agent busy.
        abandonment: share that waits and leaves before being answered.
        mean_wait: mean wait of all who are let in, the answered and the abandoned, zero waits included.
        mean_wait_answered: mean wait of the answered, zero waits included (the average speed of answer).
        mean_queue: time-average number waiting.
        occupancy: share of the agents' time spent busy.
    """

    arrival_rate: float
    mean_service: float
    servers: int
    mean_patience: float
    room: float
    blocking: float
    probability_of_waiting: float
    abandonment: float
    mean_wait: float
    mean_wait_answered: float
    mean_queue: float
    occupancy: float

    @property
    def mean_busy(self) -> float:
        """Time-average number of busy agents (in overload without patience and room: all)."""
        return self.occupancy * self.servers

    @property
    def mean_in_system(self) -> float:
        """Time-average number waiting or in service."""
        return self.mean_queue + self.mean_busy

    def service_level(self, within: float, abandoned: AbandonedRule = "missed") -> float:
        """Share of offered contacts answered within `within` (>= 0) of arriving.

        `abandoned` is the rule for those who gave up: `missed` counts them as missed; `ignored` leaves out
        those who gave up within the time; `met` counts those as answered in time; `answered_only` is the share
        of the answered. The blocked count as missed, but not under `answered_only`. (The same four rules as in
        the measure service_level; Gans, Koole and Mandelbaum 2003.)

        Exact to about 1e-12. Without patience and room it is 1 - C exp(-(cμ - λ)t) with Erlang's C (Erlang
        1917); with either, the sum described in `servsim.queueing.chain`.
        """
        _known("abandoned", abandoned, ("missed", "ignored", "met", "answered_only"))
        at_least_zero("within", within)
        if self._endless:
            return 1.0 - self._erlang_c_tail(within)
        line = self._line()
        answered = line.answered_within(within)
        if abandoned == "answered_only":
            return min(answered / (answered + line.answered_after(within)), 1.0)
        if abandoned == "missed":
            return answered
        gone = line.abandoned_within(within)
        return min(answered + gone if abandoned == "met" else answered / (1.0 - gone), 1.0)

    def wait_exceeds(self, time: float, of: WaitOf = "all") -> float:
        """Probability of a wait above `time` (>= 0).

        `of`: `all` who are let in, whatever ends their wait; the `answered`; or a `patient` customer who is let
        in and never gives up (the virtual or offered wait). Without patience all three are the same. Errors
        are below 1e-12, absolute. Without patience and room C exp(-(cμ - λ)t) (Erlang 1917), and 1 where the
        load reaches the servers; else the sums described in `servsim.queueing.chain`. Raises ValueError.
        """
        _known("of", of, ("all", "answered", "patient"))
        at_least_zero("time", time)
        return self._erlang_c_tail(time) if self._endless else _line_tail(self._line(), time, of)

    def wait_quantile(self, share: float, of: WaitOf = "all") -> float:
        """Least time within which the wait of `share` (above 0, below 1) of them is over; 0 where it is for
        all of these at once, `math.inf` where the queue grows without bound.

        `of` as in `wait_exceeds`. Without patience and room log(C / (1 - share)) / (cμ - λ); else by halving,
        to 1e-12 of the answer. A share nearer to 1 than 1e-12 is beyond what the sums resolve. Raises ValueError.
        """
        _known("of", of, ("all", "answered", "patient"))
        inside("share", share)
        if self._endless:
            spare = self.servers / self.mean_service - self.arrival_rate
            if self.probability_of_waiting <= 1.0 - share:
                return 0.0
            return math.log(self.probability_of_waiting / (1.0 - share)) / spare if spare > 0 else math.inf
        line = self._line()
        if _line_tail(line, 0.0, of) <= 1.0 - share:
            return 0.0
        low, high = 0.0, self.mean_service / self.servers
        while _line_tail(line, high, of) > 1.0 - share:
            low, high = high, 2.0 * high
        while high - low > 1e-12 * high and low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if _line_tail(line, middle, of) > 1.0 - share else (low, middle)
        return high

    @property
    def _endless(self) -> bool:
        return math.isinf(self.mean_patience) and math.isinf(self.room)

    def _erlang_c_tail(self, time: float) -> float:
        spare = self.servers / self.mean_service - self.arrival_rate
        return self.probability_of_waiting * math.exp(-max(spare, 0.0) * time)

    def _line(self) -> Line:
        return Line.of(self.arrival_rate, self.mean_service, self.servers, self.mean_patience, self.room)


def _line_tail(line: Line, time: float, of: WaitOf) -> float:
    if of == "answered":
        late = line.answered_after(time)
        tail = late / (line.answered_within(time) + late)
    else:
        tail = line.virtual_wait_above(time) / (line.idle + math.fsum(line.waiting))
        tail *= math.exp(-line.leave * time) if of == "all" else 1.0  # still waits, and has not given up
    return min(tail, 1.0)


def mmc(arrival_rate: float, mean_service: float, servers: int) -> QueueFigures:
    """M/M/c, Erlang C: exponential service, everyone waits until answered.

    `arrival_rate` >= 0, `mean_service` > 0, `servers` >= 1. Mean wait C / (cμ - λ): Erlang 1917. Where the
    load reaches the number of servers the queue grows without bound: waits and queue `math.inf`, occupancy 1.
    """
    check_queue(arrival_rate, mean_service, servers)
    load = arrival_rate * mean_service
    waiting = erlang_c(load, servers)
    wait = waiting * mean_service / (servers - load) if load < servers else math.inf
    return QueueFigures(
        arrival_rate=arrival_rate,
        mean_service=mean_service,
        servers=servers,
        mean_patience=math.inf,
        room=math.inf,
        blocking=0.0,
        probability_of_waiting=waiting,
        abandonment=0.0,
        mean_wait=wait,
        mean_wait_answered=wait,
        mean_queue=arrival_rate * wait,
        occupancy=min(load / servers, 1.0),
    )


def mmca(arrival_rate: float, mean_service: float, servers: int, mean_patience: float) -> QueueFigures:
    """M/M/c+M, Erlang A: exponential service and exponential patience of those who wait.

    `arrival_rate` >= 0, `mean_service` > 0, `servers` >= 1, `mean_patience` > 0 (`math.inf` gives `mmc`).
    Work grows with the servers and the spread of the queue. Source: Palm 1957; Garnett, Mandelbaum and Reiman
    2002, section 2.
    """
    return mmck(arrival_rate, mean_service, servers, math.inf, mean_patience)


def mmck(
    arrival_rate: float, mean_service: float, servers: int, room: float, mean_patience: float = math.inf
) -> QueueFigures:
    """M/M/c/K: who finds `room` others in the system is blocked; with exponential patience M/M/c/K+M.

    `arrival_rate` >= 0, `mean_service` > 0, `servers` >= 1, `room` a whole number >= `servers` or `math.inf`,
    `mean_patience` > 0 or `math.inf`. Shares below 1e-18 come out as 0. Source: the balance equations of a
    birth and death chain (Gross and Harris, Fundamentals of Queueing Theory, chapter 2; with patience
    Garnett, Mandelbaum and Reiman 2002).
    """
    check_queue(arrival_rate, mean_service, servers)
    if room != math.inf:
        count("room", room, servers)
    if mean_patience != math.inf:
        above_zero("mean_patience", mean_patience, " or infinite")
    if room == math.inf and mean_patience == math.inf:
        return mmc(arrival_rate, mean_service, servers)
    return _figures(Line.of(arrival_rate, mean_service, servers, mean_patience, room))


def _figures(line: Line) -> QueueFigures:
    clear, leave = line.clear, line.leave
    waiting = line.waiting
    blocking = line.busy[-1] if len(waiting) < len(line.busy) else 0.0
    share_waiting = math.fsum(waiting)
    # the last of j + 1 answered waits this long on average, given that it is answered
    answered_wait = math.fsum(1.0 / (clear + i * leave) for i in range(1, line.first + 1))
    wait_all, wait_answered, answered = [], [], [line.idle]
    for j, probability in enumerate(waiting, line.first):
        pace = clear + (j + 1) * leave
        answered_wait += 1.0 / pace
        wait_all.append(probability * (j + 1) / pace)
        answered.append(probability * clear / pace)
        wait_answered.append(answered[-1] * answered_wait)
    wait, share_answered = math.fsum(wait_all), math.fsum(answered)
    return QueueFigures(
        arrival_rate=line.arrival_rate,
        mean_service=line.mean_service,
        servers=line.servers,
        mean_patience=line.mean_patience,
        room=line.room,
        blocking=blocking,
        probability_of_waiting=share_waiting,
        abandonment=wait * leave,
        mean_wait=wait / (line.idle + share_waiting),
        mean_wait_answered=math.fsum(wait_answered) / share_answered,
        mean_queue=line.arrival_rate * wait,
        occupancy=min(line.arrival_rate * line.mean_service * share_answered / line.servers, 1.0),
    )


def staff_for(
    arrival_rate: float,
    mean_service: float,
    share: float,
    within: float,
    mean_patience: float = math.inf,
    abandoned: AbandonedRule = "missed",
) -> int:
    """Smallest number of servers that answers at least `share` of the offered contacts within `within`.

    Erlang C without patience, Erlang A with it. `arrival_rate` >= 0 (at 0 no server is needed and the answer
    is 0), `mean_service` > 0, 0 < `share` < 1, `within` >= 0, `mean_patience` > 0; `abandoned` as in
    `QueueFigures.service_level`. The service level rises with the servers, because the offered wait falls, so
    the number is found by doubling and halving. It falls in the likelihood ratio order (its density is
    proportional to λ p(c-1) exp(λ(1 - exp(-θx))/θ - cμx): Baccelli and Hebuterne 1981), which holds for the
    wait of the answered too: so this is so under each of the rules.
    """
    _known("abandoned", abandoned, ("missed", "ignored", "met", "answered_only"))
    inside("share", share)
    at_least_zero("within", within)
    check_queue(arrival_rate, mean_service, 1)
    if arrival_rate == 0.0:
        return 0

    def enough(servers: int) -> bool:
        figures = mmca(arrival_rate, mean_service, servers, mean_patience)
        return figures.service_level(within, abandoned) >= share

    low, high = 0, max(1, math.ceil(arrival_rate * mean_service))
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _known(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}: must be one of {', '.join(map(repr, allowed))}")
