"""Wall-clock tables laid out on the simulation's time axis: opening spans, arrival segments, rosters.

Time zero is `clock.start`; midnights lie at whole days from `-start_of_day`, so every boundary is a whole number of
seconds and exact in a float.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..scenario.calendar import ALWAYS, spans_on
from ..scenario.fields import WEEKDAYS, day_keys
from ..scenario.model import Arrivals, Model, Pool
from ..units import DAY, parse_clock

__all__ = ["Span", "Timetable"]

Span = tuple[float, float]
Segment = tuple[float, float, float]  # start, end, amount
DRAIN = 28  # days past the clock's end for which rosters run on, so that who is inside can be finished
AFTERMATH = 366  # days past the clock's end for which calendars are laid out


class Timetable:
    """The days of a scenario's clock, and what its tables mean on them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        start = dt.datetime.fromisoformat(model.clock.start)
        self.first_day = start.date()
        self.start_of_day = float((start - dt.datetime.combine(self.first_day, dt.time())).seconds)
        self.length = model.clock.length
        self.days = math.ceil((self.start_of_day + self.length) / DAY)

    def midnight(self, day: int) -> float:
        """Return the time at which day number `day` begins; day 0 is the date of the clock's start."""
        return day * DAY - self.start_of_day

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.first_day + dt.timedelta(days=day)

    def moment(self, text: str) -> float:
        """Return the time of a moment written as date and time."""
        since = dt.datetime.fromisoformat(text) - dt.datetime.combine(self.first_day, dt.time())
        return since.total_seconds() - self.start_of_day

    # --- calendars ---------------------------------------------------------------------------------------------

    def open_spans(self, calendar: str, first: int = 0, last: int | None = None) -> list[Span]:
        """Return the open spans that begin on days first … last - 1 or run into them, joined where they touch."""
        hours = ALWAYS if calendar == "always" else self.model.calendars[calendar]
        last = self.days if last is None else last
        spans: list[Span] = []
        for day in range(first - 1, last):
            for start, end in spans_on(hours, self.date(day)):
                spans.append((self.midnight(day) + start, self.midnight(day) + end))
        return _joined(
            [(max(start, self.midnight(first)), end) for start, end in spans if end > self.midnight(first)]
        )

    # --- arrivals ----------------------------------------------------------------------------------------------

    def arrival_segments(self, arrivals: Arrivals, calendar: str) -> list[tuple[float, float, float, int]]:
        """Return (start, end, mean contacts, day) of even arrivals, within the clock and the opening hours."""
        if arrivals.times is not None:
            return []
        spans = self.open_spans(calendar)
        result = []
        for day in range(self.days):
            window = (self.midnight(day), self.midnight(day + 1))
            today = _clipped(spans, *window)
            for start, end, volume in self._day_volumes(arrivals, day, today):
                low, high = max(start, 0.0), min(end, self.length)
                kept = volume * (max(high - low, 0.0) / (end - start)) * arrivals.scale
                if kept > 0:
                    result.append((low, high, kept, day))
        return result

    def closed_volume(self, arrivals: Arrivals, calendar: str) -> float:
        """Return a table's mean contacts in hours when the channel is closed: they never come."""
        spans, length = self.open_spans(calendar), arrivals.interval or self.model.clock.interval
        rows = (row for day in range(self.days) for row in self._rows_of(arrivals.per_interval or (), day))
        lost = (v for t, v in rows if 0 <= t < self.length and not _clipped(spans, t, t + length))
        return math.fsum(lost) * arrivals.scale

    def _day_volumes(self, arrivals: Arrivals, day: int, spans: list[Span]) -> Iterable[Segment]:
        """Return (start, end, volume) for a whole day, volumes placed within the opening hours."""
        if arrivals.rate is not None:
            for start, end, rate in self._by_clock(arrivals.rate, day):
                for low, high in _clipped(spans, start, end):
                    yield low, high, rate * (high - low)
        elif arrivals.per_interval is not None:
            length = arrivals.interval or self.model.clock.interval
            for time, volume in self._rows_of(arrivals.per_interval, day):
                yield from _shared_out(_clipped(spans, time, time + length), volume)
        else:
            yield from self._per_day(arrivals, day, spans)

    def _per_day(self, arrivals: Arrivals, day: int, spans: list[Span]) -> Iterable[Segment]:
        volumes = arrivals.per_day or {}
        date = self.date(day)
        volume = volumes.get(date.isoformat(), volumes.get(WEEKDAYS[date.weekday()], 0.0))
        pieces = [
            (low, high, weight)
            for start, end, weight in self._by_clock(arrivals.shape or {"00:00": 1.0}, day)
            for low, high in _clipped(spans, start, end)
        ]
        total = math.fsum((high - low) * weight for low, high, weight in pieces)
        for low, high, weight in pieces:
            if total > 0:
                yield low, high, volume * ((high - low) * weight / total)

    def _by_clock(self, table: dict[str, float], day: int) -> list[Segment]:
        """Return (start, end, value) over a day for values by time of day; before the first one the last one holds."""
        steps = sorted(
            (parse_clock(clock), value) for clock, value in table.items() if parse_clock(clock) < DAY
        )
        if not steps:
            return []
        if steps[0][0] > 0:
            steps.insert(0, (0.0, steps[-1][1]))
        ends = [start for start, _ in steps[1:]] + [DAY]
        base = self.midnight(day)
        return [(base + start, base + end, value) for (start, value), end in zip(steps, ends, strict=True)]

    def _rows_of(self, rows: Sequence[tuple[str, str, float]], day: int) -> list[tuple[float, float]]:
        """Return (time, amount) of a day's rows; rows for the date itself replace those for its weekday."""
        date, by_day = self.date(day), _rows_by_day(tuple(rows))
        chosen = by_day.get(date.isoformat()) or by_day.get(WEEKDAYS[date.weekday()], [])
        return [(self.midnight(day) + second, amount) for second, amount in chosen]

    # --- staff -------------------------------------------------------------------------------------------------

    def roster(self, pool: Pool) -> list[tuple[float, int, int]]:
        """Return (time, agents present, agents paid) at time zero and at every change.

        With `drain` the roster runs on after the clock's end, for those who are still inside.
        """
        cut = self.model.clock.at_end == "cut"
        days, horizon = (
            (self.days, self.length) if cut else (self.days + DRAIN, self.midnight(self.days + DRAIN))
        )
        spans = [span for span in self._staff_spans(pool, days) if span[1] > 0 and span[0] < horizon]
        edges = {edge for start, end, _ in spans for edge in (start, end) if 0 < edge < horizon}
        times = sorted({0.0} | edges)
        change = dict.fromkeys(times, 0)
        for start, end, agents in spans:
            change[max(start, 0.0)] += agents
            if end < horizon:
                change[end] -= agents
        result: list[tuple[float, int, int]] = []
        scheduled = 0
        for time in times:
            scheduled += change[time]
            paid = _scaled(scheduled, pool.staff.scale, pool.staff.plus)
            present = math.floor(paid * (1 - pool.shrinkage) + 0.5 + 1e-9)
            if not result or result[-1][1:] != (present, paid):
                result.append((time, present, paid))
        return result

    def _staff_spans(self, pool: Pool, days: int) -> list[tuple[float, float, int]]:
        """Return (start, end, agents) whose sum is the schedule of the first days."""
        staff = pool.staff
        if staff.number is not None:
            return [(self.midnight(0), self.midnight(days), staff.number)]
        if staff.by_calendar is not None:
            calendars = staff.by_calendar.items()
            return [(s, e, n) for calendar, n in calendars for s, e in self.open_spans(calendar, 0, days)]
        if staff.by_time is not None:
            table = {clock: float(n) for clock, n in staff.by_time.items()}
            return [(s, e, int(n)) for day in range(days) for s, e, n in self._by_clock(table, day)]
        if staff.roster is not None:
            length = staff.interval or self.model.clock.interval
            return [
                (t, t + length, int(n)) for day in range(days) for t, n in self._rows_of(staff.roster, day)
            ]
        return list(self._shift_spans(pool, days))

    def _shift_spans(self, pool: Pool, days: int) -> Iterable[tuple[float, float, int]]:
        for shift in pool.staff.shifts or ():
            start, end, keys = parse_clock(shift.start), parse_clock(shift.end), day_keys(shift.days)
            for day in range(-1, days):
                date = self.date(day)
                if date.isoformat() in keys or WEEKDAYS[date.weekday()] in keys:
                    base = self.midnight(day)
                    yield base + start, base + (end if end > start else end + DAY), shift.agents


@lru_cache(maxsize=256)
def _rows_by_day(rows: tuple[tuple[str, str, float], ...]) -> dict[str, list[tuple[float, float]]]:
    """Return a table's (second of the day, amount) by single day, in order."""
    result: dict[str, list[tuple[float, float]]] = {}
    for days, time, amount in rows:
        for day in day_keys(days):
            result.setdefault(day, []).append((parse_clock(time), amount))
    return {day: sorted(found) for day, found in result.items()}


def _scaled(agents: int, scale: float, plus: int) -> int:
    """Return a scheduled number after the what-if's factor and addition; nobody comes where nobody was scheduled."""
    scaled = math.floor(agents * scale + 0.5 + 1e-9)
    return max(scaled + plus, 0) if agents > 0 else 0


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch or overlap joined."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _clipped(spans: Sequence[Span], low: float, high: float) -> list[Span]:
    """Return the parts of spans that lie within [low, high)."""
    return [(max(s, low), min(e, high)) for s, e in spans if min(e, high) > max(s, low)]


def _shared_out(spans: Sequence[Span], volume: float) -> Iterable[Segment]:
    """Spread a volume evenly over spans: contacts counted in a half-open interval came while it was open."""
    total = math.fsum(end - start for start, end in spans)
    return [(start, end, volume * ((end - start) / total)) for start, end in spans]
