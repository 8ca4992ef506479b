"""Checks across the parts of a scenario, after each part is sound in itself.

Each yields problems or warnings as (place, message).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from ..catalogue import CATALOGUE
from ..errors import did_you_mean, listed, shown
from .contacts import Channel, Return
from .document import Place
from .fields import WEEKDAYS, day_keys
from .flows import ENDS, Flow, Step
from .model import Model

__all__ = ["problems_across", "skip_target", "warnings_about"]

Found = Iterator[tuple[Place, str]]
MAX_CHANNELS, MAX_STEPS, MAX_POOLS = 256, 1024, 10_000  # what the engines' event key has room for


def problems_across(model: Model, *, partial: bool = False) -> Found:
    """Yield what is wrong between parts. `partial` tells that unsound parts were left out, so absence proves
    nothing.
    """
    yield from _queues(model, partial)
    for name, flow in model.flows.items():
        yield from _never_ending(name, flow, model)
        yield from _skips(name, flow, model, partial)
        yield from _details(name, flow, model)
    for name, channel in model.channels.items():
        yield from _times(name, channel, model, partial)
    yield from _returns(model)
    yield from _roi(model)
    yield from _sizes(model)
    if not partial:
        yield from _needs(model)


def _sizes(model: Model) -> Found:
    steps = sum(len(flow.steps) for flow in model.flows.values())
    if len(model.channels) > MAX_CHANNELS:
        yield ("channels",), f"at most {MAX_CHANNELS} channels, got {len(model.channels)}"
    if steps > MAX_STEPS:
        yield ("flows",), f"at most {MAX_STEPS} steps in all flows together, got {steps}"
    if len(model.pools) > MAX_POOLS:
        yield ("pools",), f"at most {MAX_POOLS} pools, got {len(model.pools)}"


def _needs(model: Model) -> Found:
    for section in ("targets", "claims"):
        for i, part in enumerate(getattr(model, section)):
            if lacking := CATALOGUE[part.measure].lacking(model):
                yield (section, i, "measure"), lacking


def _queues(model: Model, partial: bool) -> Found:
    used = {step.queue for flow in model.flows.values() for step in flow.steps.values() if step.queue}
    for name, queue in model.queues.items():
        servers = [pool for pool, part in model.pools.items() if name in part.serves]
        if name in used and not servers and not partial:
            yield ("queues", name), f"no pool serves it; add {name!r} to the 'serves' of a pool"
        seen: set[str] = set()
        for i, overflow in enumerate(queue.overflow):
            for pool in overflow.to:
                place = ("queues", name, "overflow", i, "to")
                if pool in model.pools and pool not in servers:
                    yield place, f"the pool {pool!r} does not serve this queue; add {name!r} to its 'serves'"
                elif pool in seen:
                    yield place, f"the pool {pool!r} stands twice; it joins once"
                seen.add(pool)
        if queue.pools is not None and sorted(queue.pools) != sorted(servers) and not partial:
            message = f"must order all pools that serve the queue ({listed(servers)}), each once"
            yield ("queues", name, "pools"), f"{message}; got {listed(queue.pools)}"


def _ways(step: Step, reason: str) -> dict[str, float]:
    """Return the shares by which contacts of a reason go on from a step."""
    own = step.by_reason.get(reason)
    return own.next if own is not None and own.next is not None else step.next


def _possible(step: Step, reason: str) -> set[str]:
    """Return where contacts of a reason may go; a share of zero, also one that `rest` leaves nothing, leads
    nowhere.
    """
    ways = _ways(step, reason)
    given = sum(share for share in ways.values() if share > 0)
    return {target for target, share in ways.items() if share > 0 or (share < 0 and given < 1 - 1e-12)}


def _targets(step: Step, reasons: Iterable[str]) -> set[str]:
    """Return where a contact may go from a step, over all reasons."""
    ways = [step.next] + [part.next for part in step.by_reason.values() if part.next is not None]
    skip = [step.skip_to] if step.skip_to else []
    return {target for way in ways for target in way} | set(skip)


def skip_target(step: Step, reasons: Iterable[str]) -> str | None:
    """Return where a contact that cannot use the step's bot goes: `skip_to`, or the only step after it."""
    following = sorted(_targets(step, reasons) - set(ENDS))
    return step.skip_to or (following[0] if len(following) == 1 else None)


def _never_ending(name: str, flow: Flow, model: Model) -> Found:
    for reason in model.reasons:
        ways = {step: _possible(part, reason) for step, part in flow.steps.items()}
        ending = set(ENDS)
        while more := {step for step, targets in ways.items() if step not in ending and targets & ending}:
            ending |= more
        stuck = [step for step in ways if step not in ending]
        for step in stuck:
            whose = f" with the reason {reason!r}" if len(model.reasons) > 1 else ""
            message = f"a contact{whose} that comes here never ends; let some way lead to {' or '.join(ENDS)}"
            yield ("flows", name, "steps", step), message
        if stuck:
            return


def _may_be_skipped(step: Step, model: Model) -> bool:
    bot = model.bots.get(step.bot or "")
    if bot is None:
        return False
    when_down = bot.when_down == "skip" and bool(bot.outages)
    return when_down or (bot.when_full == "skip" and bot.sessions is not None)


def _skips(name: str, flow: Flow, model: Model, partial: bool) -> Found:
    """Contacts that cannot use a bot must come to another kind of step, or they would go round in no time."""
    skipping = {step: part for step, part in flow.steps.items() if _may_be_skipped(part, model)}
    onward = {step: skip_target(part, model.reasons) for step, part in skipping.items()}
    for step in skipping:
        place = ("flows", name, "steps", step)
        if onward[step] is None:
            yield place, "needs skip_to: where contacts go that cannot use the bot (it is full or down)"
            continue
        seen: list[str] = []
        here: str | None = step
        while here in skipping and here not in seen:
            seen.append(here)
            here = onward[here]
        if here == step:
            way = " → ".join([*seen, step])
            yield place, f"contacts that cannot use the bot go in a ring ({way}); give another skip_to"


def _details(name: str, flow: Flow, model: Model) -> Found:
    for step, part in flow.steps.items():
        place = ("flows", name, "steps", step)
        for key in ("time", "wrap_up"):
            dist = getattr(part, key)
            twice = any(getattr(own, key) is not None for own in part.by_reason.values())
            if dist is not None and dist.by_reason is not None and twice:
                message = "give the choice by reason here or under the step's by_reason, not both"
                yield (*place, key), message
        if _is_never_open(model, part.during):
            yield (*place, "during"), f"never ends: the calendar {part.during!r} is always closed"


def _is_never_open(model: Model, calendar: str) -> bool:
    return calendar in model.calendars and set(model.calendars[calendar].values()) == {"closed"}


def _times(name: str, channel: Channel, model: Model, partial: bool) -> Found:
    start = dt.datetime.fromisoformat(model.clock.start)
    for i, (moment, reason) in enumerate(channel.arrivals.times or ()):
        place = ("channels", name, "arrivals", "times", i)
        early = dt.datetime.fromisoformat(moment) < start if isinstance(moment, str) else moment < 0
        if early:
            yield place, f"row {i + 1}: {moment} lies before the clock's start, {model.clock.start}"
        if reason and reason not in model.reasons and not partial:
            near = did_you_mean(reason, model.reasons)
            yield (
                place,
                f"row {i + 1}: no reason is named {shown(reason)}; reasons: {listed(model.reasons)}{near}",
            )


def _returns(model: Model) -> Found:
    """Yield the returns that can never happen, as their hours are always closed."""
    for name, channel in model.channels.items():
        found: list[tuple[Place, Return]] = [
            (("channels", name, "returns", end), part) for end, part in channel.returns.items()
        ]
        found += [
            (("returns", end), part) for end, part in model.returns.items() if end not in channel.returns
        ]
        for place, part in found:
            calendar = part.during or channel.open
            if part.probability > 0 and _is_never_open(model, calendar):
                yield place, f"never happens: the calendar {calendar!r} is always closed"


def _roi(model: Model) -> Found:
    """Exact moments of arrival cannot be made more or fewer."""
    if model.roi is None or model.roi.volume != "simulate":
        return
    for name, channel in model.channels.items():
        if channel.arrivals.times is not None:
            yield ("roi", "volume"), f"the channel {name!r} has exact times, which cannot grow; use linear"


def warnings_about(model: Model) -> Found:
    """Yield what is allowed but probably not meant."""
    used_flows = {channel.flow for channel in model.channels.values()}
    steps = [step for flow in model.flows.values() for step in flow.steps.values()]
    for name in model.flows:
        if name not in used_flows:
            yield ("flows", name), "no channel uses this flow"
    for name, flow in model.flows.items():
        yield from _unreached(name, flow, model)
    for name in model.queues:
        if not any(step.queue == name for step in steps):
            yield ("queues", name), "no step uses this queue"
    for name in model.bots:
        if not any(step.bot == name for step in steps):
            yield ("bots", name), "no step uses this bot"
    yield from _idle_tables(model)


def _unreached(name: str, flow: Flow, model: Model) -> Found:
    reached: set[str] = set()
    todo = list(flow.start)
    while todo:
        step = todo.pop()
        if step in flow.steps and step not in reached:
            reached.add(step)
            todo += _targets(flow.steps[step], model.reasons)
    for step in flow.steps:
        if step not in reached:
            yield ("flows", name, "steps", step), "no way leads to this step"


def _idle_tables(model: Model) -> Found:
    """Warn of tables none of whose days fall into the simulated time."""
    start = dt.datetime.fromisoformat(model.clock.start)
    last = start + dt.timedelta(seconds=model.clock.length)
    days = [start.date() + dt.timedelta(days=i) for i in range((last.date() - start.date()).days + 1)]
    known = {day.isoformat() for day in days} | {WEEKDAYS[day.weekday()] for day in days}
    tables: list[tuple[Place, set[str]]] = []
    for name, channel in model.channels.items():
        given = channel.arrivals
        tables.append(
            (("channels", name, "arrivals", "per_interval"), {row[0] for row in given.per_interval or ()})
        )
        tables.append((("channels", name, "arrivals", "per_day"), set(given.per_day or ())))
    for name, pool in model.pools.items():
        tables.append((("pools", name, "staff", "roster"), {row[0] for row in pool.staff.roster or ()}))
    for place, keys in tables:
        if keys and not any(known & set(day_keys(key)) for key in keys):
            yield place, "none of its days falls into the simulated time"
