"""Markov chains in continuous time, solved numerically. Shares no code with servsim: it is there to judge it.

A model says which moves a state has: rate, next state, and what each such move counts. The chain finds the states
that can be reached, and gives stationary probabilities, probabilities at a moment, and the time spent in each
state up to a moment or until all moves end. Rates of events and time averages are sums over these.

A state or a count is anything hashable. Rates are per unit of time, whichever the model uses. A model that must
bound a line counts `LOST` where the bound changes something; the chain raises ArithmeticError where that is likelier
than `NEGLIGIBLE`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.linalg import splu

Floats = npt.NDArray[np.float64]
State = Hashable
Move = tuple[
    float, State, tuple[Hashable, ...]
]  # rate, next state, what is counted (a word twice counts two)
Moves = Callable[[State], Iterable[Move]]

LOST = "lost"
NEGLIGIBLE = 1e-12  # lost, as a share of all moves
MANY = 1e6  # moves in discrete time; beyond, uniformisation takes too long
TAIL = 1e-20  # Poisson weights below this share of the largest are left out


class Chain:
    """The states that can be reached from some first ones, and their moves.

    Args:
        start: the first states.
        moves: the moves of a state; those of rate 0 are left out. A state without moves is an end.
    """

    def __init__(self, start: Iterable[State], moves: Moves) -> None:
        self.states: list[State] = list(dict.fromkeys(start))
        self.place: dict[State, int] = {state: i for i, state in enumerate(self.states)}
        self._counted: dict[Hashable, dict[int, float]] = {}
        rows, columns, rates = [], [], []
        for i, state in enumerate(self.states):  # grows meanwhile
            for rate, to, counts in moves(state):
                if rate > 0:
                    rows.append(i)
                    columns.append(self._place(to))
                    rates.append(rate)
                    self._count(i, rate, counts)
        size = len(self.states)
        flow = sp.csr_array((rates, (rows, columns)), shape=(size, size))
        self.pace = np.asarray(flow.sum(axis=1)).ravel()  # moves per unit of time, to the same state too
        self.generator = sp.csr_array(flow - sp.diags_array(self.pace))

    def _place(self, state: State) -> int:
        if state not in self.place:
            self.place[state] = len(self.states)
            self.states.append(state)
        return self.place[state]

    def _count(self, i: int, rate: float, counts: Iterable[Hashable]) -> None:
        for word in counts:
            column = self._counted.setdefault(word, {})
            column[i] = column.get(i, 0.0) + rate

    # --- sums over states ------------------------------------------------------------------------------------------

    def vector(self, weights: Mapping[State, float]) -> Floats:
        """Return weights by state in the order of the states."""
        found = np.zeros(len(self.states))
        for state, weight in weights.items():
            found[self.place[state]] = weight
        return found

    def mean(self, weights: Floats, value: Callable[..., float]) -> float:
        """Return the sum over the states of weight x value; `value` takes the parts of the state."""
        return math.fsum(w * value(*state) for w, state in zip(weights.tolist(), self.states, strict=True))

    def rate(self, weights: Floats, word: Hashable) -> float:
        """Return how often a word is counted: per unit of time, or in all where the weights are times."""
        return math.fsum(weights[i] * rate for i, rate in self._counted.get(word, {}).items())

    def rates(self, weights: Floats) -> dict[Hashable, float]:
        """Return the same for every word, else 0. Raises ArithmeticError where too much is lost."""
        found = {word: self.rate(weights, word) for word in self._counted}
        lost, all_moves = found.pop(LOST, 0.0), float(weights @ self.pace)
        if lost > NEGLIGIBLE * all_moves:
            raise ArithmeticError(
                f"lost is {lost / all_moves:.3g} of all moves: must be at most {NEGLIGIBLE}"
            )
        return defaultdict(float, found)

    # --- stationary ------------------------------------------------------------------------------------------------

    def stationary(self) -> Floats:
        """Return the stationary probabilities. Raises ArithmeticError where they do not balance.

        The balance of the first state follows from the others; in its place the first probability is put to 1 and all
        are divided by their sum at the end. (A row of ones would fill the factors.)
        """
        inflow = self.generator.T.tocsc()
        rest = splu(inflow[1:, 1:]).solve(-inflow[1:, [0]].toarray().ravel())
        found = np.concatenate([[1.0], rest])
        found /= math.fsum(found)
        residual = float(np.abs(inflow @ found).max()) / float(self.pace.max())
        if not (residual < 1e-13 and found.min() > -1e-15):
            raise ArithmeticError(f"residual is {residual}, least probability {found.min()}")
        return found

    def stationary_plain(self) -> Floats:
        """Return the same without any subtraction, for small chains.

        Source: Grassmann, Taksar & Heyman 1985, Operations Research 33(5), 1107-1116.
        """
        rate = self.generator.toarray()
        size = len(rate)
        for n in range(size - 1, 0, -1):
            rate[:n, n] /= rate[n, :n].sum()
            rate[:n, :n] += np.outer(rate[:n, n], rate[n, :n])
        found = np.zeros(size)
        found[0] = 1.0
        for n in range(1, size):
            found[n] = found[:n] @ rate[:n, n]
        return found / found.sum()

    # --- over time -------------------------------------------------------------------------------------------------

    def until(self, time: float, start: Floats) -> Stay:
        """Follow the chain for a time; `start` holds the probabilities (or weights) at first.

        Uniformisation: the state after N(pace x time) moves of a chain in discrete time, N Poisson. The weights are
        those of Fox & Glynn 1988, CACM 31(4), 440-445: from the mode outward and divided by their sum, so the error is
        of rounding alone (the tails left out hold less than 1e-17).
        Source: Jensen 1953, Skandinavisk Aktuarietidskrift 36, 87-91; time spent: Reibman & Trivedi 1989, Stochastic
        Models 5(4), 683-710.
        """
        pace = max(float(-self.generator.diagonal().min()), 1e-300)
        if pace * time > MANY:
            raise ValueError(f"time is {time}: must be at most {MANY / pace:.3g}, about {MANY:.0e} moves")
        weights = poisson(pace * time)
        later = np.concatenate([np.cumsum(weights[::-1])[::-1][1:], [0.0]])  # P(more than k moves)
        step = sp.csr_array(self.generator.T / pace)
        state, end, spent = start.copy(), np.zeros_like(start), np.zeros_like(start)
        for now, more in zip(weights.tolist(), later.tolist(), strict=True):
            if now:
                end += now * state
            spent += more / pace * state
            state += step @ state
        return Stay(self, end, spent)

    def until_end(self, start: Floats) -> Floats:
        """Return the time spent in each state until a state without moves is met; 0 for these."""
        going = np.flatnonzero(self.pace > 0)
        spent = np.zeros_like(start)
        spent[going] = splu((-self.generator.T).tocsc()[going][:, going].tocsc()).solve(start[going])
        return spent


@dataclass(frozen=True)
class Stay:
    """What a time in a chain leaves: probabilities at its end, and the time spent in each state."""

    chain: Chain
    end: Floats
    spent: Floats


@dataclass(frozen=True)
class Part:
    """A part of a day: its length, its moves, and the state that each state jumps to as it begins."""

    length: float
    moves: Moves
    jump: Callable[[State], State]


def follow(parts: Iterable[Part], start: State) -> list[Stay]:
    """Follow a chain through the parts of a day, one after another, each from where the one before ended."""
    found: list[Stay] = []
    weights: dict[State, float] = {start: 1.0}
    for part in parts:
        begin: dict[State, float] = {}
        for state, weight in weights.items():
            to = part.jump(state)
            begin[to] = begin.get(to, 0.0) + weight
        chain = Chain(begin, part.moves)
        found.append(chain.until(part.length, chain.vector(begin)))
        weights = dict(zip(chain.states, found[-1].end.tolist(), strict=True))
    return found


def poisson(mean: float) -> Floats:
    """Return the Poisson probabilities of 0, 1, ... up to where they vanish, found from the mode outward."""
    mode = int(mean)
    up, down = [1.0], [1.0]
    while up[-1] > TAIL:
        up.append(up[-1] * mean / (mode + len(up)))
    while down[-1] > TAIL and len(down) <= mode:
        down.append(down[-1] * (mode + 1 - len(down)) / mean)
    weights = np.concatenate([np.zeros(mode + 1 - len(down)), down[:0:-1], up])
    return np.asarray(weights / math.fsum(weights))
