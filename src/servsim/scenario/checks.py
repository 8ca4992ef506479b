"""Checks across the parts of a scenario, after each part is sound in itself. Each returns problems or warnings as (place, message)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from ..errors import did_you_mean, listed
from .document import Place
from .durations import Dist
from .fields import WEEKDAYS
from .model import ENDS, Flow, Model, Step

__all__ = ["problems_across", "warnings_about"]

Found = Iterator[tuple[Place, str]]
MAX_CHANNELS, MAX_STEPS, MAX_POOLS = 256, 1024, 10_000  # what the engines' event key has room for


def problems_across(model: Model, *, partial: bool = False) -> Found:
    """Yield what is wrong between parts. `partial` tells that unsound parts were left out, so absence proves nothing."""
    yield from _queues(model, partial)
    for name, flow in model.flows.items():
        yield from _flow(name, flow, model)
    yield from _arrivals(model)
    if len(model.channels) > MAX_CHANNELS:
        yield ("channels",), f"at most {MAX_CHANNELS} channels, got {len(model.channels)}"
    if sum(len(flow.steps) for flow in model.flows.values()) > MAX_STEPS:
        yield ("flows",), f"at most {MAX_STEPS} steps in all flows together"
    if len(model.pools) > MAX_POOLS:
        yield ("pools",), f"at most {MAX_POOLS} pools, got {len(model.pools)}"


def _queues(model: Model, partial: bool) -> Found:
    used = {step.queue for flow in model.flows.values() for step in flow.steps.values() if step.queue}
    for name, queue in model.queues.items():
        servers = [pool for pool, part in model.pools.items() if name in part.serves]
        if name in used and not servers and not partial:
            yield ("queues", name), f"no pool serves it; add {name!r} to the 'serves' of a pool"
        for i, overflow in enumerate(queue.overflow):
            for pool in overflow.to:
                if pool in model.pools and pool not in servers:
                    yield ("queues", name, "overflow", i, "to"), f"the pool {pool!r} does not serve this queue; add it to its 'serves'"
        if queue.pools is not None and sorted(queue.pools) != sorted(servers) and not partial:
            yield ("queues", name, "pools"), f"must order all pools that serve the queue ({listed(servers)}), each once"


def _targets(step: Step, reasons: Iterable[str]) -> set[str]:
    """Return where a contact may go from a step, over all reasons."""
    ways = [step.next] + [part.next for reason, part in step.by_reason.items() if part.next is not None]
    skip = [step.skip_to] if step.skip_to else []
    return {target for way in ways for target in way} | set(skip)


def skip_target(step: Step, reasons: Iterable[str]) -> str | None:
    """Return where a contact goes that cannot use the step's bot: `skip_to`, or the only step that follows."""
    following = sorted(_targets(step, reasons) - set(ENDS))
    return step.skip_to or (following[0] if len(following) == 1 else None)


def _flow(name: str, flow: Flow, model: Model) -> Found:
    ways = {step: _targets(part, model.reasons) for step, part in flow.steps.items()}
    ending = set(ENDS)
    while more := {step for step, targets in ways.items() if step not in ending and targets & ending}:
        ending |= more
    for step in ways:
        if step not in ending:
            yield ("flows", name, "steps", step), f"a contact here can never end; let some way lead to {listed(ENDS)}"
    for step, part in flow.steps.items():
        bot = model.bots.get(part.bot or "")
        skips = bot and (bot.when_down == "skip" and bot.outages or bot.when_full == "skip" and bot.sessions is not None)
        if skips and skip_target(part, model.reasons) is None:
            yield ("flows", name, "steps", step), "needs skip_to: where contacts go that cannot use the bot (it is full or down)"
        for dist_name in ("time", "wrap_up"):
            dist: Dist | None = getattr(part, dist_name)
            if dist is not None and dist.by_reason is not None and any(getattr(p, dist_name) for p in part.by_reason.values()):
                yield ("flows", name, "steps", step, dist_name), "give the choice by reason here or under the step's by_reason, not both"


def _arrivals(model: Model) -> Found:
    start = dt.datetime.fromisoformat(model.clock.start)
    for name, channel in model.channels.items():
        for i, (moment, reason) in enumerate(channel.arrivals.times or ()):
            place = ("channels", name, "arrivals", "times")
            if isinstance(moment, str) and dt.datetime.fromisoformat(moment) < start:
                yield place, f"row {i + 1}: {moment} lies before clock.start"
            elif not isinstance(moment, str) and moment < 0:
                yield place, f"row {i + 1}: {moment:g} s lies before clock.start"
            if reason and reason not in model.reasons:
                near = did_you_mean(reason, model.reasons)
                yield place, f"row {i + 1}: no reason is named {reason!r}; reasons: {listed(model.reasons)}{near}"
        for outcome, part in {**model.returns, **channel.returns}.items():
            calendar = part.during or channel.open
            if part.probability > 0 and calendar in model.calendars and set(model.calendars[calendar].values()) == {"closed"}:
                yield ("returns", outcome), f"never happens: the calendar {calendar!r} is always closed"


def warnings_about(model: Model) -> Found:
    """Yield what is allowed but probably not meant."""
    used_flows = {channel.flow for channel in model.channels.values()}
    for name, flow in model.flows.items():
        if name not in used_flows:
            yield ("flows", name), "no channel uses this flow"
        reached, todo = set(), [str(flow.start)]
        while todo:
            step = todo.pop()
            if step in flow.steps and step not in reached:
                reached.add(step)
                todo += _targets(flow.steps[step], model.reasons)
        for step in flow.steps:
            if step not in reached:
                yield ("flows", name, "steps", step), "no way leads to this step"
    yield from _idle_tables(model)


def _idle_tables(model: Model) -> Found:
    """Warn of tables none of whose days fall into the simulated time."""
    start = dt.date.fromisoformat(model.clock.start[:10])
    days = [start + dt.timedelta(days=i) for i in range(int(model.clock.length // 86400) + 1)]
    known = {"daily", "weekdays", "weekend", *(day.isoformat() for day in days), *(WEEKDAYS[day.weekday()] for day in days)}
    tables = [(("channels", n, "arrivals", "per_interval"), c.arrivals.per_interval) for n, c in model.channels.items()]
    tables += [(("pools", n, "staff", "roster"), p.staff.roster) for n, p in model.pools.items()]
    for place, rows in tables:
        if rows and not any(day in known or "-" in day and not day[0].isdigit() or "," in day for day, _, _ in rows):
            yield place, "none of its days falls into the simulated time"
