"""Scenario → Network: numbers for names, arrays for parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..draws import distributions as d
from ..errors import InputError
from ..scenario.checks import skip_target
from ..scenario.durations import Dist, complete_shares
from ..scenario.model import Model, Step
from .kinds import MAX_AGENTS, BotMove, End, Mark, StepKind
from .network import (
    Bots,
    Calendars,
    Channels,
    Floats,
    Ints,
    Names,
    Network,
    Pools,
    Queues,
    Returns,
    Samplers,
    Steps,
    Streams,
)
from .timetable import AFTERMATH, Timetable

__all__ = ["build"]


def build(model: Model) -> Network:
    """Lay out a scenario as arrays. The model must come from `load`, which has checked it."""
    return _Builder(model).network()


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _offsets(lists: Sequence[Sequence[Any]]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(part) for part in lists], dtype=np.int64)]).astype(np.int64)


def _flat(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return [item for part in lists for item in part]


def _stream(*names: str) -> int:
    return d.stream_hash("/".join(names))


def _cumulative(shares: Sequence[float]) -> list[float]:
    """Return running sums of shares; exactly 1 from the last one above zero on, where every uniform ends."""
    sums, total = [], 0.0
    for share in shares:
        total += share
        sums.append(total)
    last = max(i for i, share in enumerate(shares) if share > 0)
    return [*sums[:last], *[1.0] * (len(sums) - last)]


class _SamplerTable:
    """Collects distributions; gives each use a number."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = reasons
        self.distributions: list[d.Distribution] = []
        self.rows: list[int] = []
        self.first_row: list[int] = []
        self.slots: list[list[float]] = []
        self.at_arrival: list[list[int]] = []

    def add(self, dist: Dist | None, by_reason: Mapping[str, Dist] | None = None) -> int:
        """Return the number of a sampler for a duration, with other durations for some reasons; -1 for none."""
        chosen = {reason: (by_reason or {}).get(reason, dist) for reason in self.reasons}
        given = [part for part in chosen.values() if part is not None]
        if not given:
            return int(Mark.NONE)
        slots = sorted({time for part in given for time in part.times()})
        grid = [[_picked(part, reason, time) for time in slots] for reason, part in chosen.items()]
        return self._append(
            slots, grid, [int(part is not None and part.looks_at_arrival()) for part in chosen.values()]
        )

    def add_plain(self, distribution: d.Distribution) -> int:
        """Return the number of a sampler that is the same always."""
        return self._append([0.0], [[distribution]] * len(self.reasons), [0] * len(self.reasons))

    def _append(self, slots: list[float], grid: list[list[d.Distribution]], at_arrival: list[int]) -> int:
        self.first_row.append(len(self.rows))
        self.slots.append(slots)
        self.at_arrival.append(at_arrival)
        for distribution in _flat(grid):
            if distribution not in self.distributions[-64:]:
                self.distributions.append(distribution)
            self.rows.append(len(self.distributions) - 1 - self.distributions[::-1].index(distribution))
        return len(self.first_row) - 1

    def arrays(self) -> Samplers:
        packed = d.pack(self.distributions)
        return Samplers(
            at_arrival=np.array(self.at_arrival, dtype=np.int64).reshape(-1, len(self.reasons)),
            slot_offset=_offsets(self.slots),
            slot_time=_floats(_flat(self.slots)),
            first_row=_ints(self.first_row),
            row=_ints(self.rows),
            kind=packed.kind,
            params=packed.params,
            table=packed.table,
            table_start=packed.start,
            table_length=packed.length,
        )


def _picked(part: Dist | None, reason: str, time: float) -> d.Distribution:
    return d.constant(0.0) if part is None else part.pick(reason, time)


class _Builder:
    """Holds the numbering while the arrays are made."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.timetable = Timetable(model)
        self.samplers = _SamplerTable(model.reasons)
        self.channels = list(model.channels)
        self.queues = list(model.queues)
        self.pools = list(model.pools)
        self.bots = list(model.bots)
        self.calendars = list(model.calendars)
        self.steps = [(flow, step) for flow, part in model.flows.items() for step in part.steps]
        self.day_factors = list(model.day_factors)
        self.own_factors = [name for name, part in model.channels.items() if part.arrivals.day_factor_cv]

    def network(self) -> Network:
        clock = self.model.clock
        parts = (
            self._channels(),
            self._steps(),
            self._bots(),
            self._queues(),
            self._pools(),
            self._returns(),
        )
        channels, steps, bots, queues, pools, returns = parts
        day_factor = self._day_factors()
        return Network(
            names=Names(
                tuple(self.channels),
                tuple(self.model.reasons),
                tuple(f"{flow}/{step}" for flow, step in self.steps),
                tuple(self.queues),
                tuple(self.pools),
                tuple(self.bots),
            ),
            length=clock.length,
            warmup=clock.warmup,
            interval=clock.interval,
            start_of_day=self.timetable.start_of_day,
            drain=clock.at_end == "drain",
            samplers=self.samplers.arrays(),
            calendars=self._calendars(),
            day_factor=day_factor,
            channels=channels,
            steps=steps,
            bots=bots,
            queues=queues,
            pools=pools,
            returns=returns,
            streams=self._streams(),
        )

    def _calendar(self, name: str) -> int:
        return -1 if name == "always" else self.calendars.index(name)

    def _calendars(self) -> Calendars:
        last = self.timetable.days + AFTERMATH
        spans = [self.timetable.open_spans(name, 0, last) for name in self.calendars]
        before = [
            np.concatenate([[0.0], np.cumsum([end - start for start, end in part])])[:-1] for part in spans
        ]
        return Calendars(
            offset=_offsets(spans),
            start=_floats(start for start, _ in _flat(spans)),
            end=_floats(end for _, end in _flat(spans)),
            before=_floats(_flat(part.tolist() for part in before)),
        )

    def _day_factors(self) -> Ints:
        shared = [
            d.gamma_from_mean_shape(1.0, part.shape)
            if part.shape
            else d.gamma(1.0, part.cv)
            if part.cv
            else d.constant(1.0)
            for part in self.model.day_factors.values()
        ]
        own = [
            d.gamma(1.0, self.model.channels[name].arrivals.day_factor_cv or 0.0) for name in self.own_factors
        ]
        return _ints(self.samplers.add_plain(factor) for factor in [*shared, *own])

    def _factor_of(self, channel: str) -> int:
        arrivals = self.model.channels[channel].arrivals
        if arrivals.day_factor is not None:
            return self.day_factors.index(arrivals.day_factor)
        return len(self.day_factors) + self.own_factors.index(channel) if channel in self.own_factors else -1

    def _channels(self) -> Channels:
        parts = self.model.channels
        segments = [self.timetable.arrival_segments(part.arrivals, part.open) for part in parts.values()]
        times = [self._exact_times(part.arrivals.times or ()) for part in parts.values()]
        shares = [self._reason_shares(part.reasons) for part in parts.values()]
        starts = [self._targets(part.flow, self.model.flows[part.flow].start) for part in parts.values()]
        columns = list(zip(*_flat(segments), strict=True)) or [(), (), (), ()]
        return Channels(
            live=_ints(int(part.type != "message") for part in parts.values()),
            start_offset=_offsets(starts),
            start_share=_floats(share for share, _ in _flat(starts)),
            start_target=_ints(target for _, target in _flat(starts)),
            lines=_ints(-1 if part.lines is None else part.lines for part in parts.values()),
            patience=_ints(
                -1 if not part.patience or part.patience.never else self.samplers.add(part.patience)
                for part in parts.values()
            ),
            calendar=_ints(self._calendar(part.open) for part in parts.values()),
            reason_share=np.array(shares, dtype=np.float64).reshape(len(parts), -1),
            day_factor=_ints(self._factor_of(name) for name in parts),
            segment_offset=_offsets(segments),
            segment_start=_floats(columns[0]),
            segment_end=_floats(columns[1]),
            segment_volume=_floats(columns[2]),
            segment_day=_ints(columns[3]),
            time_offset=_offsets(times),
            time=_floats(time for time, _ in _flat(times)),
            time_reason=_ints(reason for _, reason in _flat(times)),
        )

    def _reason_shares(self, shares: Mapping[str, float] | None) -> list[float]:
        if shares is None:
            return [1.0] * len(self.model.reasons)
        complete = dict(zip(shares, complete_shares(list(shares.values())), strict=True))
        return _cumulative([complete.get(reason, 0.0) for reason in self.model.reasons])

    def _exact_times(self, rows: Iterable[tuple[str | float, str]]) -> list[tuple[float, int]]:
        known = list(self.model.reasons)
        found = []
        for moment, reason in rows:
            time = self.timetable.moment(moment) if isinstance(moment, str) else float(moment)
            if time < self.timetable.length:
                found.append((time, known.index(reason) if reason else int(Mark.NONE)))
        return sorted(found, key=lambda row: row[0])

    def _target(self, flow: str, name: str) -> int:
        if name.upper() in End.__members__ and (flow, name) not in self.steps:
            return -1 - int(End[name.upper()])
        return self.steps.index((flow, name))

    def _steps(self) -> Steps:
        rows = [(flow, self.model.flows[flow].steps[name]) for flow, name in self.steps]
        ways = [self._ways(flow, step, reason) for flow, step in rows for reason in self.model.reasons]
        return Steps(
            kind=_ints(
                StepKind.BOT if s.bot else StepKind.QUEUE if s.queue else StepKind.DELAY for _, s in rows
            ),
            resource=_ints(
                self.bots.index(s.bot) if s.bot else self.queues.index(s.queue) if s.queue else -1
                for _, s in rows
            ),
            time=_ints(self.samplers.add(s.delay or s.time, _overrides(s, "time")) for _, s in rows),
            wrap_up=_ints(self.samplers.add(s.wrap_up, _overrides(s, "wrap_up")) for _, s in rows),
            live=_ints(int(bool(s.live)) for _, s in rows),
            calendar=_ints(self._calendar(s.during) for _, s in rows),
            skip_to=_ints(self._skip(flow, s) for flow, s in rows),
            next_offset=_offsets(ways),
            next_share=_floats(share for share, _ in _flat(ways)),
            next_target=_ints(target for _, target in _flat(ways)),
        )

    def _skip(self, flow: str, step: Step) -> int:
        target = skip_target(step, self.model.reasons) if step.bot else None
        return self._target(flow, target) if target else -1 - int(End.UNRESOLVED)

    def _ways(self, flow: str, step: Step, reason: str) -> list[tuple[float, int]]:
        """Return (cumulative share, target) for a reason."""
        own = step.by_reason.get(reason)
        return self._targets(flow, own.next if own and own.next is not None else step.next)

    def _targets(self, flow: str, ways: Mapping[str, float]) -> list[tuple[float, int]]:
        """Return (cumulative share, target); ways that nobody goes are left out."""
        shares = zip(ways, complete_shares(list(ways.values())), strict=True)
        kept = [(share, self._target(flow, name)) for name, share in shares if share > 0]
        return list(
            zip(_cumulative([share for share, _ in kept]), [target for _, target in kept], strict=True)
        )

    def _bots(self) -> Bots:
        parts = list(self.model.bots.values())
        planned = [
            sorted(
                (self.timetable.moment(o.at), self.timetable.moment(o.at) + (o.duration or 0.0))
                for o in bot.outages
                if o.at
            )
            for bot in parts
        ]
        random = [next((o for o in bot.outages if o.mtbf is not None), None) for bot in parts]
        return Bots(
            sessions=_ints(-1 if bot.sessions is None else bot.sessions for bot in parts),
            when_full=_ints(BotMove[bot.when_full.upper()] for bot in parts),
            when_down=_ints(BotMove[bot.when_down.upper()] for bot in parts),
            returns=_ints(int(bot.on_outage == "return") for bot in parts),
            outage_offset=_offsets(planned),
            outage_start=_floats(start for start, _ in _flat(planned)),
            outage_end=_floats(end for _, end in _flat(planned)),
            up=_ints(self.samplers.add(o.mtbf) if o else -1 for o in random),
            down=_ints(self.samplers.add(o.mttr) if o else -1 for o in random),
        )

    def _after(self, queue: str) -> dict[str, float]:
        """Return the wait after which a pool may take the queue's contacts, for the pools that overflow names."""
        after: dict[str, float] = {}
        for overflow in self.model.queues[queue].overflow:
            for pool in overflow.to:
                after[pool] = min(overflow.after, after.get(pool, overflow.after))
        return after

    def _queues(self) -> Queues:
        parts = self.model.queues
        orders = {
            name: q.pools or [p for p, pool in self.model.pools.items() if name in pool.serves]
            for name, q in parts.items()
        }
        return Queues(
            priority=_ints(q.priority for q in parts.values()),
            head_start=_floats(q.head_start for q in parts.values()),
            room=_ints(-1 if q.max_waiting is None else q.max_waiting for q in parts.values()),
            patience=_ints(
                int(Mark.CHANNELS_OWN)
                if q.patience is None
                else -1
                if q.patience.never
                else self.samplers.add(q.patience)
                for q in parts.values()
            ),
            pool_offset=_offsets(list(orders.values())),
            pool=_ints(self.pools.index(pool) for pool in _flat(orders.values())),
            pool_after=_floats(
                self._after(name).get(pool, 0.0) for name, order in orders.items() for pool in order
            ),
        )

    def _pools(self) -> Pools:
        parts = self.model.pools
        skills = [list(pool.serves.items()) for pool in parts.values()]
        rosters = [self.timetable.roster(pool) for pool in parts.values()]
        for name, roster in zip(parts, rosters, strict=True):
            if max(present for _, present, _ in roster) > MAX_AGENTS:
                raise InputError(f"pools.{name}.staff: at most {MAX_AGENTS:,} agents at once")
        return Pools(
            returns=_ints(int(pool.on_shift_end == "return") for pool in parts.values()),
            skill_offset=_offsets(skills),
            skill_queue=_ints(self.queues.index(queue) for queue, _ in _flat(skills)),
            skill_rank=_ints(skill.preference or i for row in skills for i, (_, skill) in enumerate(row, 1)),
            skill_speed=_floats(
                pool.speed * skill.speed for pool in parts.values() for skill in pool.serves.values()
            ),
            skill_after=_floats(
                self._after(queue).get(name, 0.0) for name, pool in parts.items() for queue in pool.serves
            ),
            roster_offset=_offsets(rosters),
            roster_time=_floats(time for time, _, _ in _flat(rosters)),
            roster_present=_ints(present for _, present, _ in _flat(rosters)),
            roster_paid=_ints(paid for _, _, paid in _flat(rosters)),
        )

    def _returns(self) -> Returns:
        shape = (len(self.channels), len(End))
        share = np.zeros(shape)
        after, calendar, channel, attempts = (np.full(shape, -1, dtype=np.int64) for _ in range(4))
        for c, part in enumerate(self.model.channels.values()):
            for end, back in {**self.model.returns, **part.returns}.items():
                where = (c, int(End[end.upper()]))
                to = back.channel or self.channels[c]
                share[where] = back.probability
                after[where] = self.samplers.add(back.after)
                calendar[where] = self._calendar(back.during or self.model.channels[to].open)
                channel[where] = self.channels.index(to)
                attempts[where] = back.attempts
        return Returns(share, after, calendar, channel, attempts)

    def _streams(self) -> Streams:
        ends = [end.name.lower() for end in End]

        def grid(what: str) -> Ints:
            return np.array(
                [[_stream("channel", c, "return", e, what) for e in ends] for c in self.channels],
                dtype=np.int64,
            )

        def each(kind: str, names: Iterable[str], what: str) -> Ints:
            return _ints(_stream(kind, name, what) for name in names)

        steps = ["/".join(step) for step in self.steps]
        factors = [_stream("day factor", name) for name in self.day_factors]
        return Streams(
            customer=each("channel", self.channels, "customer"),
            arrival=each("channel", self.channels, "arrival"),
            reason=each("channel", self.channels, "reason"),
            patience=each("channel", self.channels, "patience"),
            start=each("flow", [part.flow for part in self.model.channels.values()], "start"),
            queue_patience=each("queue", self.queues, "patience"),
            time=each("step", steps, "time"),
            wrap_up=each("step", steps, "wrap-up"),
            next=each("step", steps, "next"),
            come_back=grid("whether"),
            come_back_after=grid("after"),
            day_factor=_ints(
                [*factors, *(_stream("channel", name, "day factor") for name in self.own_factors)]
            ),
            bot_up=each("bot", self.bots, "up"),
            bot_down=each("bot", self.bots, "down"),
        )


def _overrides(step: Step, field: str) -> dict[str, Dist]:
    return {
        reason: value
        for reason, part in step.by_reason.items()
        if (value := getattr(part, field)) is not None
    }
