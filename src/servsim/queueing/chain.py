"""The chain of M/M/c/K+M, and how long those who find all servers busy wait.

The chain of the number in the system goes up at rate λ and down at min(n, c)μ + (n - c)⁺θ, so its
probabilities are products of ratios (Palm 1957; Garnett, Mandelbaum and Reiman 2002, section 2). A customer
who finds all c busy and j waiting is answered with probability cμ / (cμ + (j+1)θ): the product over i = 0..j
of (cμ + iθ) / (cμ + (i+1)θ), whose factors cancel.

The virtual wait (that of a customer who never gives up) who finds j waiting is a sum of exponential times with
rates cμ + jθ, ..., cμ; given that the customer has patience and is answered, with rates cμ + (j+1)θ, ...,
cμ + θ. Such a sum is the time at which a pure birth process with rates cμ + θ + iθ (without the first θ for the
virtual wait) passes j, and the count of such a process at t is negative binomial (Poisson at θ = 0). With F(j)
the probability that the first of the two processes has not passed j at t, the customer
- was answered by t with probability (1 - F(j)) cμ / (cμ + (j+1)θ),
- gave up by t with probability (1 - F(j)) (j+1)θ / (cμ + (j+1)θ) + (1 - exp(-θt)) F(j-1),
- still waits otherwise. The middle line follows from the generating functions of the two counts: one is the
  other and a geometric count. No term is a difference, so the shares are exact sums.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from servsim.queueing.erlang_bc import erlang_b

__all__ = ["Line", "stirling_error"]

_NEGLIGIBLE = 1e-18  # a term this much smaller than the largest ends a walk
_LONGEST_QUEUE = 1e8  # expected queue above which the walk would take minutes
_NOBODY_STAYS = 600.0  # times the mean patience after which exp(-t) is too small to be worked with


@dataclass(frozen=True, slots=True)
class Line:
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
    ) -> "Line":
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

    @property
    def clear(self) -> float:
        """Rate at which the busy servers take from the queue, cμ."""
        return self.servers / self.mean_service

    @property
    def leave(self) -> float:
        """Rate at which one who waits gives up, θ."""
        return 1.0 / self.mean_patience

    @property
    def waiting(self) -> list[float]:
        """The states in which an arrival waits: all of `busy` but the full one."""
        full = self.servers + self.first + len(self.busy) - 1 == self.room
        return self.busy[:-1] if full else self.busy

    def answered_within(self, within: float) -> float:
        """Share of the offered that is answered within `within`."""
        clear, leave = self.clear, self.leave
        waiting = self.waiting
        start, missed = _passed_by(clear, leave, within, self.first + len(waiting))
        answered = [self.idle]
        for j, probability in enumerate(waiting, self.first):
            if j >= start + len(missed):
                break  # nobody this far back is reached in time
            late = missed[j - start] if j >= start else 0.0
            answered.append(probability * clear / (clear + (j + 1) * leave) * (1.0 - late))
        return min(math.fsum(answered), 1.0)

    def answered_after(self, time: float) -> float:
        """Share of the offered that is answered after a wait above `time`."""
        clear, leave, waiting = self.clear, self.leave, self.waiting
        late = _table(*_passed_by(clear, leave, time, self.first + len(waiting)), self.first, len(waiting))
        return math.fsum(
            probability * clear / (clear + (j + 1) * leave) * still
            for j, (probability, still) in enumerate(zip(waiting, late, strict=True), self.first)
        )

    def abandoned_within(self, time: float) -> float:
        """Share of the offered that gives up after a wait of at most `time`."""
        clear, leave, waiting = self.clear, self.leave, self.waiting
        law = _passed_by(clear, leave, time, self.first + len(waiting))
        late = _table(*law, self.first - 1, len(waiting) + 1)
        gone = -math.expm1(-leave * time)
        return math.fsum(
            probability * ((1.0 - still) * (j + 1) * leave / (clear + (j + 1) * leave) + gone * ahead)
            for j, (probability, (ahead, still)) in enumerate(
                zip(waiting, pairwise(late), strict=True), self.first
            )
        )

    def virtual_wait_above(self, time: float) -> float:
        """Probability that an arrival is let in and would, if it never gave up, wait longer than `time`."""
        clear, leave, waiting = self.clear, self.leave, self.waiting
        if leave * time > _NOBODY_STAYS:
            late = _last_in_line(clear, leave, time, self.first + len(waiting))[self.first :]
        else:
            law = _passed_by(clear, leave, time, self.first + len(waiting), own=0)
            late = _table(*law, self.first, len(waiting))
        return math.fsum(probability * still for probability, still in zip(waiting, late, strict=True))


def _table(start: int, law: list[float], first: int, length: int) -> list[float]:
    """Values of a distribution function, given over start, start + 1, ..., over first, first + 1, ...."""
    end = start + len(law)
    return [0.0 if j < start else law[j - start] if j < end else 1.0 for j in range(first, first + length)]


def _last_in_line(clear: float, leave: float, time: float, length: int) -> list[float]:
    """Probability that the virtual wait behind 0, 1, ... others is above `time`, many times the patience.

    All but the last step are over then: exp(-cμt) Π (1 + cμ/(iθ)), the first order in exp(-θt).
    """
    logs = accumulate((math.log1p(clear / leave / i) for i in range(1, length)), initial=-clear * time)
    return [math.exp(min(log, 0.0)) for log in logs]


def _passed_by(clear: float, leave: float, within: float, top: int, own: int = 1) -> tuple[int, list[float]]:
    """Distribution function of the count at `within` of a birth process with rates clear + leave (i + own).

    Returns `start` and the function over start, start + 1, .... Below `start` it is 0; beyond the end of the
    list it is 1, or is not needed (`top` bounds the counts of interest).
    """
    stretched = -math.expm1(-leave * within) / leave if leave > 0.0 else within
    peak = min(clear * stretched * math.exp(min(leave * within, 700.0)), top)
    largest = _birth_probability(int(peak), clear, leave, within, own)
    start, weights = _walk(lambda i: (clear + (i + own) * leave) * stretched / (i + 1), int(peak), top)
    return start, [min(total, 1.0) for total in accumulate(largest * weight for weight in weights)]


def _birth_probability(count: int, clear: float, leave: float, within: float, own: int) -> float:
    """Probability of `count` births by `within`: negative binomial of size clear/leave + own, Poisson where
    `leave` is 0.

    By the saddle-point expansion of Loader, Fast and Accurate Computation of Binomial Probabilities (2000):
    no difference of large log-gammas.
    """
    if count == 0 or within == 0.0:
        return math.exp(-(clear + own * leave) * within) if count == 0 else 0.0
    if leave == 0.0:
        mean = clear * within
        log = -stirling_error(count) - _deviance(count, mean, mean - count)
        return math.exp(log) / math.sqrt(2.0 * math.pi * count)
    stay, gone = math.exp(-leave * within), -math.expm1(-leave * within)
    if stay == 0.0:
        return 0.0
    size = clear / leave + own
    excess = size * gone - count * stay  # expected births less births, of size + count trials
    log = stirling_error(size + count) - stirling_error(size) - stirling_error(count)
    log -= _deviance(size, (size + count) * stay, -excess) + _deviance(count, (size + count) * gone, excess)
    return math.exp(log) * math.sqrt(size / (size + count) / (2.0 * math.pi * count))


def _deviance(value: float, expected: float, excess: float) -> float:
    """value log(value / expected) + excess, where excess = expected - value is given without rounding."""
    small = abs(excess) < 0.5 * value
    return excess - value * (math.log1p(excess / value) if small else math.log(expected / value))


def stirling_error(z: float) -> float:
    """log Γ(z + 1) less Stirling's formula for it, z > 0."""
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
