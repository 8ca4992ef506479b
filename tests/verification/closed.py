"""Cases with a closed formula. All of `servsim.queueing` that is exact is here, and the networks of Jackson.

Rates and times are per minute and in minutes; answers of the measures that grow are for the ten hours of the files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from case import HERE, Case, Key, Known, exactly

from servsim.queueing import (
    AbandonedRule,
    QueueFigures,
    erlang_b,
    mg1_priority_waits,
    mg1_wait,
    mmc,
    mmca,
    mmck,
    offered_load,
    priority_waits,
)

Answers = dict[tuple[str, str], float]

SCENARIOS = HERE / "scenarios"
MINUTES = 600.0  # measured in all files, but for the one that fills
SWIFT = {"clock.warmup": "20 min", "clock.length": "620 min"}  # for systems that forget in minutes
RULES: tuple[AbandonedRule, ...] = ("missed", "ignored", "met", "answered_only")


def put(answers: Answers, scopes: str, **values: float) -> None:
    """Enter measures under every scope named."""
    answers.update({(measure, scope): value for scope in scopes.split() for measure, value in values.items()})


def service(
    answers: Answers, queue: str, pool: str, rate: float, mean_service: float, servers: int, wait: float
) -> None:
    """Enter what holds at a queue where all are served in the end."""
    put(answers, f"queue:{queue}", offered=rate * MINUTES, aht=60 * mean_service)
    put(answers, f"queue:{queue}", wait=60 * wait, asa=60 * wait, waiting=rate * wait)
    put(answers, f"pool:{pool}", occupancy=rate * mean_service / servers)


def one_queue(figures: QueueFigures, within: float, lines: bool, quantiles: bool) -> Mapping[Key, Known]:
    """Return what the figures of one queue say of the file `queue.yaml`.

    Who is turned away by full `lines` never comes to the queue; who finds its room full does.
    """
    f = figures
    answers: Answers = {}
    everywhere = "channel:calls queue:calls total"
    let_in = 1.0 - f.blocking
    answered = let_in - f.abandonment
    come = {"channel:calls total": 1.0, "queue:calls": let_in if lines else 1.0}
    for scopes, share in come.items():
        calls = f.arrival_rate * MINUTES
        put(
            answers, scopes, offered=share * calls, answered=answered * calls, abandoned=f.abandonment * calls
        )
        put(answers, scopes, blocked=(share - let_in) * calls, blocking=1.0 - let_in / share)
        put(answers, scopes, abandonment=f.abandonment / share)
    if f.room > f.servers:
        put(answers, everywhere, wait=60 * f.mean_wait, asa=60 * f.mean_wait_answered)
        put(answers, everywhere, service_level=f.service_level(within) / come["queue:calls"])
        put(answers, "queue:calls total", waiting=f.mean_queue)
    if f.abandonment > 0:
        waited = f.mean_queue / f.arrival_rate - answered * f.mean_wait_answered
        put(answers, everywhere, wait_abandoned=60 * waited / f.abandonment)
    put(answers, "queue:calls", aht=60 * f.mean_service)
    put(answers, "channel:calls total", work_in_system=f.mean_in_system)
    put(answers, "channel:calls total", cycle_time=60 * f.mean_in_system / f.arrival_rate)
    put(answers, "pool:team total", occupancy=f.occupancy, busy_hours=f.mean_busy * MINUTES / 60)
    for share in (50, 80, 95) if quantiles else ():
        quantile = 60 * f.wait_quantile(share / 100)
        if quantile > 0:  # of zero a finite run can only lie above
            put(answers, everywhere, **{f"wait_p{share}": quantile})
    return exactly(answers)


def queue_changes(rate: float, mean: float, servers: int, patience: float = math.inf) -> dict[str, object]:
    """Return the changes on `queue.yaml` that make it this queue."""
    changes: dict[str, object] = {
        "channels.calls.arrivals": {"rate": f"{rate:g}/min"},
        "flows.call.steps.talk.time": {"exponential": f"{mean:g} min"},
        "pools.team.staff": servers,
    }
    if patience < math.inf:
        changes["channels.calls.patience"] = {"exponential": f"{patience:g} min"}
    return changes


def queue_case(
    name: str,
    about: str,
    source: str,
    figures: QueueFigures,
    hours: float,
    brief_hours: float,
    *,
    changes: Mapping[str, object] | None = None,
    within: float = 1 / 3,
    lines: bool = False,
    quantiles: bool = False,
) -> Case:
    """Return a case of one queue; `changes` come on top of those that the figures name."""
    f = figures
    named = queue_changes(f.arrival_rate, f.mean_service, f.servers, f.mean_patience)
    if f.room < math.inf:
        room = {"channels.calls.lines": f.room} if lines else {"queues.calls.max_waiting": f.room - f.servers}
        named.update(room)
    return Case(
        name,
        about,
        source,
        SCENARIOS / "queue.yaml",
        partial(one_queue, figures, within, lines, quantiles),
        {**named, "service_level.within": f"{60 * within:g} s", **(changes or {})},
        hours=hours,
        brief_hours=brief_hours,
    )


# --- one queue -------------------------------------------------------------------------------------------

ERLANG_C = mmc(10.0, 0.1, 2)
ERLANG_A = mmca(48.0, 1.0, 50, 2.0)
SMALL = mmca(50.0, 0.1, 4, 0.1)
BUSY = mmca(4.0, 3.0, 11, 2.0)
ROOM = mmck(4.0, 1.0, 4, 8)
ROOM_PATIENCE = mmck(6.0, 1.0, 4, 6, 1.0)
LOSS = mmck(4.0, 1.0, 5, 5)
PALM = "Palm 1957; Baccelli and Hebuterne 1981 (`mmca`)"


def rule_case(rule: AbandonedRule) -> Case:
    """Return Erlang A, for the service level under one of the rules."""

    def solve() -> Mapping[Key, Known]:
        answers: Answers = {}
        put(answers, "channel:calls queue:calls total", service_level=BUSY.service_level(0.5, rule))
        put(answers, "channel:calls total", offered=BUSY.arrival_rate * MINUTES)
        put(answers, "queue:calls", aht=60 * BUSY.mean_service)
        return exactly(answers)

    changes = queue_changes(BUSY.arrival_rate, BUSY.mean_service, BUSY.servers, BUSY.mean_patience)
    return Case(
        f"M/M/c+M, {rule}",
        f"the same, who gave up counted by the rule `{rule}`",
        PALM,
        SCENARIOS / "queue.yaml",
        solve,
        {**changes, "service_level": {"within": "30 s", "abandoned": rule}},
        hours=20,
        brief_hours=1,
    )


def loss_case(name: str, about: str, lines: bool, changes: Mapping[str, object] | None = None) -> Case:
    """Return Erlang's loss system."""
    assert math.isclose(LOSS.blocking, erlang_b(4.0, 5), rel_tol=1e-12)
    return queue_case(name, about, "Erlang 1917 (`erlang_b`)", LOSS, 31, 1, changes=changes, lines=lines)


ROOMS = "Gross and Harris, chapter 2 (`mmck`)"
VARIED = {"flows.call.steps.talk.time": {"lognormal": {"mean": "1 min", "cv": 1.5}}}

QUEUES = (
    queue_case(
        "M/M/c",
        "two agents, 1 erlang, nobody gives up",
        "Erlang 1917 (`mmc`)",
        ERLANG_C,
        205,
        0.5,
        changes=SWIFT,
        within=0.05,
    ),
    queue_case(
        "M/M/c+M",
        "50 agents, 48 calls a minute of 1 minute, patience 2 minutes: all exponential",
        PALM,
        ERLANG_A,
        14,
        0.2,
        changes=SWIFT,
        quantiles=True,
    ),
    queue_case(
        "M/M/c+M, small",
        "4 agents, 5 erlangs, patience as long as a call",
        PALM,
        SMALL,
        6,
        0.2,
        changes=SWIFT,
        within=0.05,
    ),
    queue_case(
        "M/M/c+M, busy",
        "11 agents, 12 erlangs, calls of 3 minutes, patience 2 minutes",
        PALM,
        BUSY,
        110,
        1,
        within=0.5,
        quantiles=True,
    ),
    *map(rule_case, RULES[1:]),
    queue_case("M/M/c/K", "4 agents, 4 erlangs, room for 4 waiting", ROOMS, ROOM, 90, 1),
    queue_case(
        "M/M/c/K+M",
        "4 agents, 6 erlangs, 6 lines, patience 1 minute",
        ROOMS,
        ROOM_PATIENCE,
        60,
        1,
        lines=True,
    ),
    loss_case("M/M/c/c", "5 agents, 4 erlangs, no room to wait", lines=False),
    loss_case(
        "M/G/c/c", "the same by 5 lines; lognormal calls, cv 1.5: only their mean matters", True, VARIED
    ),
)


# --- any service, and priorities ---------------------------------------------------------------------------

LAWS: dict[
    str, tuple[dict[str, object], float, float]
] = {  # the law, its cv, measured hours of a replication
    "constant": ({"constant": "1 min"}, 0.0, 1100),
    "uniform": ({"uniform": {"low": "0 min", "high": "2 min"}}, math.sqrt(1 / 3), 1300),
    "lognormal": ({"lognormal": {"mean": "1 min", "cv": 0.8}}, 0.8, 2500),
}


def one_server(rate: float, cv: float) -> Mapping[Key, Known]:
    """Return what Pollaczek and Khinchine say of one agent and calls of a minute."""
    answers: Answers = {}
    wait = mg1_wait(rate, 1.0, cv)
    service(answers, "calls", "team", rate, 1.0, 1, wait)
    put(answers, "channel:calls", work_in_system=rate * (wait + 1.0), offered=rate * MINUTES)
    return exactly(answers)


def one_server_case(law: str) -> Case:
    """Return M/G/1."""
    time, cv, hours = LAWS[law]
    rate = 0.4
    return Case(
        f"M/G/1, {law}",
        f"one agent, 0.4 erlangs, {law} calls (cv {cv:.3g})",
        "Pollaczek 1930, Khinchine 1932 (`mg1_wait`)",
        SCENARIOS / "queue.yaml",
        partial(one_server, rate, cv),
        {
            "channels.calls.arrivals": {"rate": f"{rate}/min"},
            "flows.call.steps.talk.time": time,
            "pools.team.staff": 1,
        },
        hours=hours,
        brief_hours=10,
    )


CLASSES = ("urgent", "normal")


def classes(
    rates: Sequence[float], means: Sequence[float], servers: int, waits: Sequence[float]
) -> Mapping[Key, Known]:
    """Return what the waits of the classes say of the file `classes.yaml`."""
    answers: Answers = {}
    for name, rate, mean, wait in zip(CLASSES, rates, means, waits, strict=True):
        service(answers, name, "team", rate, mean, servers, wait)
        put(answers, f"channel:{name}", work_in_system=rate * (wait + mean), offered=rate * MINUTES)
    load = math.fsum(rate * mean for rate, mean in zip(rates, means, strict=True))
    put(answers, "pool:team", occupancy=load / servers)
    return exactly(answers)


MANY = (3.5, 6.5)  # calls a minute by class, of 6 seconds, for two agents
FEW = (0.16, 0.24)  # for one agent
FEW_MEANS = (1.0, 1.0)
FEW_LAWS = ({"constant": "1 min"}, {"gamma": {"mean": "1 min", "cv": 0.5}})
FEW_CVS = (0.0, 0.5)

PRIORITIES = (
    Case(
        "M/M/c, priorities",
        "two agents, 1 erlang, two classes",
        "Cobham 1954 (`priority_waits`)",
        SCENARIOS / "classes.yaml",
        lambda: classes(MANY, (0.1, 0.1), 2, priority_waits(MANY, 0.1, 2)),
        hours=210,
        brief_hours=0.5,
    ),
    Case(
        "M/G/1, priorities",
        "one agent, 0.4 erlangs, two classes with laws of their own: constant, gamma",
        "Cobham 1954 (`mg1_priority_waits`)",
        SCENARIOS / "classes.yaml",
        lambda: classes(FEW, FEW_MEANS, 1, mg1_priority_waits(FEW, FEW_MEANS, FEW_CVS)),
        {
            **{
                f"channels.{name}.arrivals": {"rate": f"{rate}/min"}
                for name, rate in zip(CLASSES, FEW, strict=True)
            },
            **{f"flows.{name}.steps.talk.time": law for name, law in zip(CLASSES, FEW_LAWS, strict=True)},
            "pools.team.staff": 1,
        },
        hours=1800,
        brief_hours=10,
    ),
)


# --- networks, and volume that changes ---------------------------------------------------------------------


def tandem() -> Mapping[Key, Known]:
    """Return what Jackson says of two queues in one flow: each is M/M/c by itself."""
    answers: Answers = {}
    desk, specialists = mmc(10.0, 0.1, 2), mmc(6.0, 0.075, 1)
    for name, f in (("desk", desk), ("specialists", specialists)):
        service(answers, name, name, f.arrival_rate, f.mean_service, f.servers, f.mean_wait)
        put(answers, f"queue:{name}", service_level=f.service_level(0.05))
    inside = desk.mean_in_system + specialists.mean_in_system
    put(answers, "channel:calls", work_in_system=inside, cycle_time=60 * inside / 10.0)
    put(
        answers,
        "channel:calls",
        offered=10.0 * MINUTES,
        wait=60 * (desk.mean_wait + 0.6 * specialists.mean_wait),
    )
    return exactly(answers)


EDGES, VOLUMES = (0.0, 60.0, 120.0, 180.0), (12.0, 30.0, 9.0)
BOTS = {"memoryless": (20.0, 1.0), "constant": (30.0, 0.0), "varied": (20.0, 1.5)}  # mean and cv
HALF = 30.0  # minutes of an interval


def filling() -> Mapping[Key, Known]:
    """Return the mean number of sessions in every half-hour: the integral of the offered load, by Gauss's rule."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    known: dict[Key, Known] = {}
    for part in range(6):
        period = f"2026-01-05 {8 + part // 2:02d}:{30 * (part % 2):02d}"
        times = HALF * (part + (nodes + 1) / 2)
        for bot, (mean, cv) in BOTS.items():
            load = offered_load(list(times), EDGES, VOLUMES, mean, cv)
            known[Key("sessions_open", f"bot:{bot}", period)] = Known(float(np.dot(weights, load)) / 2)
            known[Key("offered", f"channel:{bot}", period)] = Known(HALF * VOLUMES[part // 2])
    return known


CLOSED: tuple[Case, ...] = (
    *QUEUES,
    *map(one_server_case, LAWS),
    *PRIORITIES,
    Case(
        "Jackson network",
        "two queues in one flow, M/M/2 and M/M/1; six in ten go on to the second",
        "Burke 1956, Jackson 1957 (`mmc`)",
        SCENARIOS / "tandem.yaml",
        tandem,
        hours=190,
        brief_hours=0.5,
    ),
    Case(
        "M(t)/G/infinity",
        "bots without limit from empty, the volume changes by the hour; exponential, constant and gamma sessions",
        "Eick, Massey and Whitt 1993 (`offered_load`)",
        SCENARIOS / "filling.yaml",
        filling,
        reps=1900,
        brief_reps=3,
    ),
)
