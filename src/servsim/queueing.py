"""Closed formulas of queueing theory: Erlang B, C and A, finite room, M/G/1, priorities.

Any unit of time will do, as long as rates and times of one call share it: with an arrival rate per minute,
mean service, patience and waits are in minutes. Loads are in erlangs (arrival rate x mean service). Steady
state throughout.

Nothing here overflows: each formula is a recurrence, or a walk outwards from the largest term. Every bad
argument is a ValueError that names the argument, the value and what is allowed. A queue that grows without
bound is no error: its waits are `math.inf` and its service level is 0, which is where they tend to.

How the figures with patience or finite room are found. The chain of the number in the system goes up at rate
λ and down at min(n, c)μ + (n - c)⁺θ, so its probabilities are products of ratios (Palm 1957; Garnett,
Mandelbaum and Reiman 2002, section 2). A customer who finds all c busy and j waiting is answered with
probability cμ / (cμ + (j+1)θ): the product over i = 0..j of (cμ + iθ) / (cμ + (i+1)θ), whose factors cancel.
If patience did not end it, the wait would be a sum of exponential times with rates cμ + jθ, ..., cμ; given
that the customer is answered, with rates cμ + (j+1)θ, ..., cμ + θ. That is the time at which a pure birth
process with rates cμ + θ + iθ passes j, and the count of such a process at t is negative binomial (Poisson at
θ = 0). So the share answered within t is an exact sum.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

__all__ = ["QueueFigures", "erlang_b", "erlang_c", "mg1_wait", "mmc", "mmca", "mmck"]
__all__ += ["priority_waits", "staff_for"]

_NEGLIGIBLE = 1e-18  # a term this much smaller than the largest ends a walk
_LONGEST_QUEUE = 1e8  # expected queue above which the walk would take minutes


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

    def service_level(self, within: float) -> float:
        """Share of offered contacts answered within `within` (>= 0) of arriving.

        The abandoned and the blocked count as missed. Exact to about 1e-12. Without patience and room it is
        1 - C exp(-(cμ - λ)t) with Erlang's C (Erlang 1917); with either, the sum described on top.
        """
        _at_least_zero("within", within)
        if math.isinf(self.mean_patience) and math.isinf(self.room):
            spare = self.servers / self.mean_service - self.arrival_rate
            return 1.0 - self.probability_of_waiting * math.exp(-max(spare, 0.0) * within)
        line = _Line.of(self.arrival_rate, self.mean_service, self.servers, self.mean_patience, self.room)
        return line.answered_within(within)


def erlang_b(load: float, servers: int) -> float:
    """Share of contacts blocked where nobody can wait (M/M/c/c; holds for any service distribution).

    `load` in erlangs, >= 0; `servers` >= 0. Erlang 1917, by
    recurrence: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)).
    """
    _at_least_zero("load", load)
    _count("servers", servers, 0)
    blocked = 1.0
    for k in range(1, int(servers) + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Probability that a contact must wait where all wait until answered (M/M/c).

    `load` in erlangs, >= 0; `servers` >= 1; the answer is 1 where `load` >= `servers`.
    C = B / (1 - (a/c)(1 - B)), B being Erlang's B: Erlang 1917.
    """
    _count("servers", servers, 1)
    blocked = erlang_b(load, servers)
    if load >= servers:
        return 1.0
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def mmc(arrival_rate: float, mean_service: float, servers: int) -> QueueFigures:
    """M/M/c, Erlang C: exponential service, everyone waits until answered.

    `arrival_rate` >= 0, `mean_service` > 0, `servers` >= 1. Mean wait C / (cμ - λ): Erlang 1917. Where the
    load reaches the number of servers the queue grows without bound: waits and queue `math.inf`, occupancy 1.
    """
    _check_queue(arrival_rate, mean_service, servers)
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
    _check_queue(arrival_rate, mean_service, servers)
    if room != math.inf:
        _count("room", room, servers)
    if mean_patience != math.inf:
        _above_zero("mean_patience", mean_patience, " or infinite")
    if room == math.inf and mean_patience == math.inf:
        return mmc(arrival_rate, mean_service, servers)
    return _Line.of(arrival_rate, mean_service, servers, mean_patience, room).figures()


def staff_for(
    arrival_rate: float, mean_service: float, share: float, within: float, mean_patience: float = math.inf
) -> int:
    """Smallest number of servers that answers at least `share` of the offered contacts within `within`.

    Erlang C without patience, Erlang A with it. `arrival_rate` >= 0 (at 0 no server is needed and the answer
    is 0), `mean_service` > 0, 0 < `share` < 1, `within` >= 0, `mean_patience` > 0. The service level rises
    with the servers, because the offered wait falls, so the number is found by doubling and halving.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share is {share!r}: must be above 0 and below 1")
    _at_least_zero("within", within)
    _check_queue(arrival_rate, mean_service, 1)
    if arrival_rate == 0.0:
        return 0

    def enough(servers: int) -> bool:
        return mmca(arrival_rate, mean_service, servers, mean_patience).service_level(within) >= share

    low, high = 0, max(1, math.ceil(arrival_rate * mean_service))
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def mg1_wait(arrival_rate: float, mean_service: float, cv: float) -> float:
    """Mean wait before service at one server with any service distribution (M/G/1).

    It is `math.inf` where the load is 1 or more. `arrival_rate` >= 0, `mean_service` > 0, `cv` >= 0: the
    coefficient of variation of service (0 constant, 1 exponential).
    a s (1 + cv²) / (2 (1 - a)) with s the mean service and a the load: Pollaczek 1930, Khinchine 1932.
    """
    _check_queue(arrival_rate, mean_service, 1)
    _at_least_zero("cv", cv)
    load = arrival_rate * mean_service
    return load * mean_service * (1.0 + cv * cv) / (2.0 * (1.0 - load)) if load < 1.0 else math.inf


def priority_waits(arrival_rates: Sequence[float], mean_service: float, servers: int) -> tuple[float, ...]:
    """Mean wait of each class in M/M/c with non-preemptive priorities and one service distribution for all.

    `arrival_rates`: one per class, the most urgent first, each >= 0; `mean_service` > 0; `servers` >= 1.
    W(k) = C s / (c (1 - r(k-1)) (1 - r(k))) with r(k) the load per server of classes 1..k and C Erlang's C of
    the whole load: Cobham 1954. Classes at or beyond saturation wait `math.inf`; the more urgent ones keep
    their finite waits, with C = 1.
    """
    if len(arrival_rates) == 0:
        raise ValueError("arrival_rates is empty: must hold one rate for each class, the most urgent first")
    for k, rate in enumerate(arrival_rates):
        _at_least_zero(f"arrival_rates[{k}]", rate)
    _check_queue(0.0, mean_service, servers)
    loads = [0.0, *accumulate(rate * mean_service / servers for rate in arrival_rates)]
    first = erlang_c(loads[-1] * servers, servers) * mean_service / servers
    return tuple(
        first / ((1.0 - above) * (1.0 - own)) if own < 1.0 else math.inf for above, own in pairwise(loads)
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """The chain of M/M/c/K+M: `busy[k]` is the probability that all servers are busy and `first + k` wait."""

    arrival_rate: float
    mean_service: float
    servers: int
    mean_patience: float
    room: float
    idle: float  # probability that a server is free
    first: int
    busy: list[float]

    @classmethod
    def of(
        cls, arrival_rate: float, mean_service: float, servers: int, mean_patience: float, room: float
    ) -> "_Line":
        clear, leave = servers / mean_service, 1.0 / mean_patience
        most = room - servers
        fluid = (arrival_rate - clear) * mean_patience if arrival_rate > clear else 0.0
        peak = min(fluid, most)
        if peak > _LONGEST_QUEUE:
            raise ValueError(
                f"mean_patience is {mean_patience!r} and room is {room!r}: about {peak:.3g} would wait, "
                f"at most {_LONGEST_QUEUE:.0e} can be computed"
            )
        first, weights = _walk(lambda j: arrival_rate / (clear + (j + 1) * leave), int(peak), most)
        total = math.fsum(weights)
        all_busy = arrival_rate * mean_service * erlang_b(arrival_rate * mean_service, servers - 1)
        some_idle = servers * (weights[0] / total if first == 0 else 0.0)
        scale = all_busy / (all_busy + some_idle) / total
        idle = some_idle / (all_busy + some_idle)
        busy = [scale * weight for weight in weights]
        return cls(arrival_rate, mean_service, servers, mean_patience, room, idle, first, busy)

    def figures(self) -> QueueFigures:
        clear, leave = self.servers / self.mean_service, 1.0 / self.mean_patience
        waiting = self._waiting()
        blocking = self.busy[-1] if len(waiting) < len(self.busy) else 0.0
        share_waiting = math.fsum(waiting)
        # the last of j + 1 answered waits this long on average, given that it is answered
        answered_wait = math.fsum(1.0 / (clear + i * leave) for i in range(1, self.first + 1))
        wait_all, wait_answered, answered = [], [], [self.idle]
        for j, probability in enumerate(waiting, self.first):
            pace = clear + (j + 1) * leave
            answered_wait += 1.0 / pace
            wait_all.append(probability * (j + 1) / pace)
            answered.append(probability * clear / pace)
            wait_answered.append(answered[-1] * answered_wait)
        wait, share_answered = math.fsum(wait_all), math.fsum(answered)
        return QueueFigures(
            arrival_rate=self.arrival_rate,
            mean_service=self.mean_service,
            servers=self.servers,
            mean_patience=self.mean_patience,
            room=self.room,
            blocking=blocking,
            probability_of_waiting=share_waiting,
            abandonment=wait * leave,
            mean_wait=wait / (self.idle + share_waiting),
            mean_wait_answered=math.fsum(wait_answered) / share_answered,
            mean_queue=self.arrival_rate * wait,
            occupancy=min(self.arrival_rate * self.mean_service * share_answered / self.servers, 1.0),
        )

    def answered_within(self, within: float) -> float:
        """Share of the offered that is answered within `within`."""
        clear, leave = self.servers / self.mean_service, 1.0 / self.mean_patience
        waiting = self._waiting()
        start, missed = _passed_by(clear, leave, within, self.first + len(waiting))
        answered = [self.idle]
        for j, probability in enumerate(waiting, self.first):
            if j >= start + len(missed):
                break  # nobody this far back is reached in time
            late = missed[j - start] if j >= start else 0.0
            answered.append(probability * clear / (clear + (j + 1) * leave) * (1.0 - late))
        return min(math.fsum(answered), 1.0)

    def _waiting(self) -> list[float]:
        """The states in which an arrival waits: all of `busy` but the full one."""
        full = self.servers + self.first + len(self.busy) - 1 == self.room
        return self.busy[:-1] if full else self.busy


def _passed_by(clear: float, leave: float, within: float, top: int) -> tuple[int, list[float]]:
    """Distribution function of the count at `within` of a birth process with rates clear + leave (i + 1).

    Returns `start` and the function over start, start + 1, .... Below `start` it is 0; beyond the end of the
    list it is 1, or is not needed (`top` bounds the counts of interest).
    """
    stretched = -math.expm1(-leave * within) / leave if leave > 0.0 else within
    peak = min(clear * stretched * math.exp(min(leave * within, 700.0)), top)
    largest = _birth_probability(int(peak), clear, leave, within)
    start, weights = _walk(lambda i: (clear + (i + 1) * leave) * stretched / (i + 1), int(peak), top)
    return start, [min(total, 1.0) for total in accumulate(largest * weight for weight in weights)]


def _birth_probability(count: int, clear: float, leave: float, within: float) -> float:
    """Probability of `count` births by `within`: negative binomial of size clear/leave + 1, Poisson where
    `leave` is 0.

    By the saddle-point expansion of Loader, Fast and Accurate Computation of Binomial Probabilities (2000):
    no difference of large log-gammas.
    """
    if count == 0 or within == 0.0:
        return math.exp(-(clear + leave) * within) if count == 0 else 0.0
    if leave == 0.0:
        mean = clear * within
        log = -_stirling_error(count) - _deviance(count, mean, mean - count)
        return math.exp(log) / math.sqrt(2.0 * math.pi * count)
    stay, gone = math.exp(-leave * within), -math.expm1(-leave * within)
    if stay == 0.0:
        return 0.0
    size = clear / leave + 1.0
    excess = size * gone - count * stay  # expected births less births, of size + count trials
    log = _stirling_error(size + count) - _stirling_error(size) - _stirling_error(count)
    log -= _deviance(size, (size + count) * stay, -excess) + _deviance(count, (size + count) * gone, excess)
    return math.exp(log) * math.sqrt(size / (size + count) / (2.0 * math.pi * count))


def _deviance(value: float, expected: float, excess: float) -> float:
    """value log(value / expected) + excess, where excess = expected - value is given without rounding."""
    small = abs(excess) < 0.5 * value
    return excess - value * (math.log1p(excess / value) if small else math.log(expected / value))


def _stirling_error(z: float) -> float:
    """log Γ(z + 1) less Stirling's formula for it, z >= 1."""
    if z < 16.0:
        return math.lgamma(z + 1.0) - (z + 0.5) * math.log(z) + z - 0.5 * math.log(2.0 * math.pi)
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / z


def _walk(ratio: Callable[[int], float], peak: int, top: float) -> tuple[int, list[float]]:
    """Terms of a log-concave sequence over 0..top, relative to the one at `peak`, and the index of the first.

    `ratio(i)` is term i + 1 over term i. Walks down and up from `peak` until the terms no longer count.
    """
    below: list[float] = []
    term, i = 1.0, peak
    while i > 0 and term > _NEGLIGIBLE:
        i -= 1
        term /= ratio(i)
        below.append(term)
    above = [1.0]
    term, j = 1.0, peak
    while j < top and term > _NEGLIGIBLE:
        term *= ratio(j)
        above.append(term)
        j += 1
    return i, below[::-1] + above


def _check_queue(arrival_rate: float, mean_service: float, servers: int) -> None:
    _at_least_zero("arrival_rate", arrival_rate)
    _above_zero("mean_service", mean_service)
    _count("servers", servers, 1)


def _above_zero(name: str, value: float, also: str = "") -> None:
    if not (value > 0.0 and math.isfinite(value)):
        raise ValueError(f"{name} is {value!r}: must be a finite number above 0{also}")


def _at_least_zero(name: str, value: float) -> None:
    if not (value >= 0.0 and math.isfinite(value)):
        raise ValueError(f"{name} is {value!r}: must be a finite number, 0 or more")


def _count(name: str, value: float, least: int) -> None:
    if not (math.isfinite(value) and value == int(value) and value >= least):
        raise ValueError(f"{name} is {value!r}: must be a whole number, {least} or more")
