"""Any distribution of service at one server, and classes of priority: exact mean waits."""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from servsim.queueing.checks import above_zero, at_least_zero, check_queue, check_rates
from servsim.queueing.erlang_bc import erlang_c

__all__ = ["mg1_priority_waits", "mg1_wait", "priority_waits"]


def mg1_wait(arrival_rate: float, mean_service: float, cv: float) -> float:
    """Mean wait before service at one server with any service distribution (M/G/1).

    It is `math.inf` where the load is 1 or more. `arrival_rate` >= 0, `mean_service` > 0, `cv` >= 0: the
    coefficient of variation of service (0 constant, 1 exponential).
    a s (1 + cv²) / (2 (1 - a)) with s the mean service and a the load: Pollaczek 1930, Khinchine 1932.
    """
    check_queue(arrival_rate, mean_service, 1)
    at_least_zero("cv", cv)
    load = arrival_rate * mean_service
    return load * mean_service * (1.0 + cv * cv) / (2.0 * (1.0 - load)) if load < 1.0 else math.inf


def mg1_priority_waits(
    arrival_rates: Sequence[float], mean_services: Sequence[float], cvs: Sequence[float]
) -> tuple[float, ...]:
    """Mean wait before service of each class at one server with non-preemptive priorities (M/G/1).

    `arrival_rates` (each >= 0), `mean_services` (each > 0) and `cvs` (coefficients of variation of service,
    each >= 0): one per class, the most urgent first. W(k) = W0 / ((1 - r(k-1)) (1 - r(k))) with r(k) the load
    of classes 1..k and W0 = Σ λ(i) s(i)² (1 + cv(i)²) / 2, the mean rest of the service in hand: Cobham 1954.
    Classes at or beyond saturation wait `math.inf`. The more urgent ones keep finite waits: in W0 the first
    saturated class counts with the rate (1 - r(k-1)) / s(k) at which it is served, and later ones never are.
    """
    check_rates("arrival_rates", arrival_rates, "class, the most urgent first")
    for name, values in (("mean_services", mean_services), ("cvs", cvs)):
        if len(values) != len(arrival_rates):
            raise ValueError(
                f"{name} has {len(values)} values: must have {len(arrival_rates)}, one for each class"
            )
    for k, (service, cv) in enumerate(zip(mean_services, cvs, strict=True)):
        above_zero(f"mean_services[{k}]", service)
        at_least_zero(f"cvs[{k}]", cv)
    loads = [rate * service for rate, service in zip(arrival_rates, mean_services, strict=True)]
    upto = [0.0, *accumulate(loads)]
    rest = math.fsum(
        min(load, max(1.0 - above, 0.0)) * service * (1.0 + cv * cv) / 2.0
        for load, above, service, cv in zip(loads, upto, mean_services, cvs, strict=False)
    )
    return tuple(
        rest / ((1.0 - above) * (1.0 - own)) if own < 1.0 else math.inf for above, own in pairwise(upto)
    )


def priority_waits(arrival_rates: Sequence[float], mean_service: float, servers: int) -> tuple[float, ...]:
    """Mean wait of each class in M/M/c with non-preemptive priorities and one service distribution for all.

    `arrival_rates`: one per class, the most urgent first, each >= 0; `mean_service` > 0; `servers` >= 1.
    W(k) = C s / (c (1 - r(k-1)) (1 - r(k))) with r(k) the load per server of classes 1..k and C Erlang's C of
    the whole load: Cobham 1954 (equal exponential service; the whole distribution of these waits is in Kella
    and Yechiali 1985). Classes at or beyond saturation wait `math.inf`; the more urgent ones keep
    their finite waits, with C = 1.
    """
    check_rates("arrival_rates", arrival_rates, "class, the most urgent first")
    check_queue(0.0, mean_service, servers)
    loads = [0.0, *accumulate(rate * mean_service / servers for rate in arrival_rates)]
    first = erlang_c(loads[-1] * servers, servers) * mean_service / servers
    return tuple(
        first / ((1.0 - above) * (1.0 - own)) if own < 1.0 else math.inf for above, own in pairwise(loads)
    )
