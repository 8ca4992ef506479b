"""What the models share: how those who wait are followed, and how answers are entered. Time is in minutes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

from chain import Chain, Move, State

Answers = dict[tuple[str, str], float]
Rates = Mapping[Hashable, float]

WITHIN = 0.5  # service level of all scenarios
AT_ONCE = "at once"
END = ("end",)


def put(answers: Answers, scopes: str, **values: float) -> None:
    """Enter measures under every scope named."""
    answers.update({(measure, scope): value for scope in scopes.split() for measure, value in values.items()})


@dataclass(frozen=True)
class Waits:
    """Those who join a queue, per minute: all, answered, gone, answered in time; and minutes that they wait."""

    joined: float
    answered: float
    gone: float
    in_time: float
    wait_answered: float
    wait_gone: float

    def __add__(self, other: Waits) -> Waits:
        return Waits(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


def waits(
    rates: Rates, queue: str, moves: Callable[[State], Iterator[Move]], within: float = WITHIN
) -> Waits:
    """Return what becomes of those who join a queue, each followed alone through what lies ahead.

    Args:
        rates: of the whole system; (queue, state) counts who joins with so much ahead,
            (queue, AT_ONCE) who need not wait.
        queue: its name.
        moves: those of one who waits, which count "answered" or "gone" at the end.
        within: threshold of the service level.
    """
    starts = {word[1]: rate for word, rate in rates.items() if isinstance(word, tuple) and word[0] == queue}
    at_once = starts.pop(AT_ONCE, 0.0)
    chain = Chain(starts, moves)
    begin = chain.vector(starts)
    spent = chain.until_end(begin)
    ends, seconds = chain.rates(spent), chain.until_end(spent)  # mean time where it ends so: twice through
    return Waits(
        at_once + sum(starts.values()),
        at_once + ends["answered"],
        ends["gone"],
        at_once + chain.rate(chain.until(within, begin).spent, "answered"),
        chain.rate(seconds, "answered"),
        chain.rate(seconds, "gone"),
    )


def put_waits(
    answers: Answers,
    scopes: str,
    w: Waits,
    minutes: float,
    blocked: float = 0.0,
    offered: float | None = None,
) -> None:
    """Enter the measures of waiting, all rates per minute.

    Args:
        answers: where they are entered.
        scopes: for which scopes.
        w: those who joined the queue.
        minutes: the time measured.
        blocked: whom a full room turned away; they count as missed.
        offered: all contacts, where others than these came.
    """
    reached = w.joined + blocked
    offered = reached if offered is None else offered
    put(
        answers,
        scopes,
        offered=offered * minutes,
        answered=w.answered * minutes,
        abandoned=w.gone * minutes,
        blocked=blocked * minutes,
        abandonment=w.gone / offered,
        blocking=blocked / offered,
        answered_in_time=w.in_time * minutes,
        service_level=w.in_time / reached,
        asa=60 * w.wait_answered / w.answered,
        wait=60 * (w.wait_answered + w.wait_gone) / w.joined,
    )
    if w.gone:
        put(answers, scopes, wait_abandoned=60 * w.wait_gone / w.gone)


def put_agents(answers: Answers, scopes: str, busy: float, present: float, minutes: float) -> None:
    """Enter the measures of agents from the mean numbers of those busy and those there."""
    hours = minutes / 60
    put(answers, scopes, busy_hours=busy * hours, staffed_hours=present * hours, paid_hours=present * hours)
    put(answers, scopes, occupancy=busy / present, utilisation=busy / present)


def put_inside(answers: Answers, scopes: str, inside: float, arrivals: float) -> None:
    """Enter the mean number in the system, and the time in it by Little's law."""
    put(answers, scopes, work_in_system=inside, cycle_time=60 * inside / arrivals)


def in_line(servers: float, impatience: float, state: tuple[int, ...]) -> Iterator[Move]:
    """Yield the moves of one who waits with so many ahead; `servers` is the rate at which services end."""
    if state == END:
        return
    (ahead,) = state
    if ahead == 0:
        yield servers, END, ("answered",)
    else:
        yield servers + ahead * impatience, (ahead - 1,), ()
    yield impatience, END, ("gone",)
