"""Erlang's formulas B and C, by a recurrence in which nothing overflows."""

from servsim.queueing.checks import at_least_zero, count

__all__ = ["erlang_b", "erlang_c"]


def erlang_b(load: float, servers: int) -> float:
    """Share of contacts blocked where nobody can wait (M/M/c/c; holds for any service distribution).

    `load` in erlangs, >= 0; `servers` >= 0. Erlang 1917, by
    recurrence: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)).
    """
    at_least_zero("load", load)
    count("servers", servers, 0)
    blocked = 1.0
    for k in range(1, int(servers) + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Probability that a contact must wait where all wait until answered (M/M/c).

    `load` in erlangs, >= 0; `servers` >= 1; the answer is 1 where `load` >= `servers`.
    C = B / (1 - (a/c)(1 - B)), B being Erlang's B: Erlang 1917.
    """
    count("servers", servers, 1)
    blocked = erlang_b(load, servers)
    if load >= servers:
        return 1.0
    return blocked / (1.0 - load / servers * (1.0 - blocked))
