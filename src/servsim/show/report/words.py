"""A scenario's parts in words: distributions, arrivals, hours, staff, targets; from its readable form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...catalogue import CATALOGUE
from ...scenario.fields import WEEKDAYS
from ...scenario.model import Model, Target
from ...words import clock_time, duration
from ..plots.methods import within_of

__all__ = [
    "arrivals",
    "clock",
    "hours",
    "measure_words",
    "shares",
    "staff",
    "target_words",
    "time_words",
    "with_and",
]

FEW = 4  # parts of a list that are told one by one
FAMILIES = {"log_logistic": "log-logistic", "weibull": "Weibull", "erlang": "Erlang"}
NAMES = {  # where the name of the catalogue, with spaces, is not what people say
    **{"asa": "average speed of answer", "aht": "average handling time", "fcr": "first-contact resolution"},
    **{"wait_p50": "median wait", "wait_p80": "wait, 80 % quantile", "wait_p95": "wait, 95 % quantile"},
    **{"cycle_time_p90": "cycle time, 90 % quantile", "wait_max": "longest wait"},
}
Data = Mapping[str, Any]  # a part of the readable form: all values are texts


def with_and(words: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


# --- time ---------------------------------------------------------------------------------------------------


def clock(model: Model) -> str:
    """Return `Monday 2 March 2026, 7 days`."""
    start = dt.datetime.fromisoformat(model.clock.start)
    at = f" {start:%H:%M}" if start.time() != dt.time() else ""
    return f"{start:%A} {start.day} {start:%B %Y}{at}, {duration(model.clock.length)}"


def hours(calendar: Data) -> str:
    """Return opening hours, days with the same hours together: `mon-fri 08:00-20:00, sat 09:00-17:00`."""
    week = [(day, str(calendar[day])) for day in WEEKDAYS if day in calendar]
    parts = [f"{days} {said}" for days, said in _runs(week)]
    dates = [f"{day} {said}" for day, said in calendar.items() if day not in WEEKDAYS]
    parts += dates if len(dates) <= FEW else [f"{len(dates)} special days"]
    return ", ".join(parts)


def _runs(days: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield days that follow each other and say the same as one: `mon-fri`."""
    places = {day: n for n, day in enumerate(WEEKDAYS)}
    start = 0
    for n in range(1, len(days) + 1):
        if (
            n < len(days)
            and days[n][1] == days[start][1]
            and places[days[n][0]] == places[days[n - 1][0]] + 1
        ):
            continue
        first, last = days[start][0], days[n - 1][0]
        yield (first if first == last else f"{first}-{last}"), days[start][1]
        start = n


def time_words(dist: Data | None) -> str:
    """Return a duration in words: `lognormal, mean 4 min, cv 0.8`; nothing where there is none."""
    if not dist:
        return ""
    family, given = next(iter(dist.items()))
    if family == "never":
        return "for ever"
    if family == "constant":
        return f"always {given}"
    if family == "empirical":
        return _empirical(given)
    if family == "mixture":
        parts = [f"{part['share']}: {time_words(part['time'])}" for part in given]
        return "; ".join(parts) if len(parts) <= FEW else f"a mixture of {len(parts)} distributions"
    if family in ("by_time", "by_reason"):
        return _chosen(family, given)
    words = [f"{key} {value}" for key, value in given.items() if key != "shift" or not value.startswith("0 ")]
    return ", ".join([FAMILIES.get(family, family), *words])


def _chosen(family: str, given: Data) -> str:
    """Return a choice by time of day or by reason."""
    parts = {key: time_words(part) for key, part in given.items() if key != "at"}
    if len(parts) > FEW:
        what = "time of day" if family == "by_time" else "reason"
        return f"by {what}, {len(parts)} distributions"
    joint = "from " if family == "by_time" else ""
    return "; ".join(f"{joint}{key}: {words}" for key, words in parts.items())


def _empirical(given: Data) -> str:
    if "values" in given:
        return f"as observed, {len(given['values']):,} values"
    return f"as observed, {len(given['quantiles']):,} quantiles"


# --- volumes and people ---------------------------------------------------------------------------------------


def arrivals(given: Data) -> str:
    """Return how contacts arrive, in words."""
    words = _volume(given)
    if float(given.get("scale", "1")) != 1:
        words += f", × {given['scale']}"
    if "day_factor" in given:
        words += f", days vary together ({given['day_factor']})"
    if "day_factor_cv" in given:
        words += f", days vary by {100 * float(given['day_factor_cv']):.6g}% (cv)"
    return words


def _volume(given: Data) -> str:
    if "rate" in given:
        rates = list(dict.fromkeys(given["rate"].values()))
        return rates[0] if len(rates) == 1 else f"rates by time of day, {len(given['rate'])} of them"
    if "per_interval" in given:
        rows = given["per_interval"]
        return f"a table of {len(rows):,} intervals with {_span(row[-1] for row in rows)} each"
    if "per_day" in given:
        week = [(day, str(given["per_day"][day])) for day in WEEKDAYS if day in given["per_day"]]
        dates = len(given["per_day"]) - len(week)
        told = ", ".join(f"{volume} a day {days}" for days, volume in _runs(week))
        return ", ".join(filter(None, [told, f"{dates} days of their own" if dates else ""]))
    return f"{len(given['times']):,} exact times"


def _span(values: Any) -> str:
    numbers = [float(value) for value in values] or [0.0]
    low, high = min(numbers), max(numbers)
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def staff(given: Data) -> str:
    """Return who is scheduled, in words."""
    words = _scheduled(given)
    if float(given.get("scale", "1")) != 1:
        words += f", × {given['scale']}"
    plus = int(given.get("plus", "0"))
    return f"{words}, {plus:+d} wherever some are" if plus else words


def _scheduled(given: Data) -> str:
    if "number" in given:
        return f"{given['number']} always"
    if "roster" in given:
        return f"a roster of {len(given['roster']):,} intervals with {_span(row[-1] for row in given['roster'])} each"
    if "by_time" in given:
        return f"by time of day, {_span(given['by_time'].values())}"
    if "by_calendar" in given:
        return ", ".join(f"{agents} during {name}" for name, agents in given["by_calendar"].items())
    shifts = given["shifts"]
    if len(shifts) > FEW:
        return f"{len(shifts)} shifts of {_span(shift['agents'] for shift in shifts)}"
    return "; ".join(f"{one['agents']} from {one['from']} to {one['to']} ({one['days']})" for one in shifts)


def shares(given: Data | None) -> str:
    """Return `resolved 85%, unresolved rest`; a single way without its share."""
    if not given:
        return ""
    if len(given) == 1:
        return next(iter(given))
    return ", ".join(f"{name} {share}" for name, share in given.items())


# --- what is judged -------------------------------------------------------------------------------------------


def measure_words(measure: str, scope: str = "total") -> str:
    """Return a measure and its scope as people say it: `service level of channel phone`."""
    said = NAMES.get(measure) or measure.replace("_", " ")
    return said if scope == "total" else f"{said} of {scope.replace(':', ' ', 1)}"


def target_words(target: Target, model: Model) -> str:
    """Return a target as people say it: `service level of channel phone (within 20 s) at least 80%`."""
    scope = f"{target.scope}:{target.name}" if target.name else "total"
    words = [measure_words(target.measure, scope)]
    if target.measure == "service_level":
        seconds = target.within if target.within is not None else within_of(model, scope)
        rules = [f"within {clock_time(seconds)}"] if seconds is not None else []
        rules += [f"abandoned {target.abandoned}"] if target.abandoned else []
        rules += [f"blocked {target.blocked}"] if target.blocked else []
        words += [f"({', '.join(rules)})"] if rules else []
    bound, said = (
        (target.at_least, "at least") if target.at_least is not None else (target.at_most, "at most")
    )
    assert bound is not None  # a target has exactly one bound
    words += [said, _bound(bound, CATALOGUE[target.measure].unit, model.currency)]
    words += [f"every {target.every}"] if target.every != "run" else []
    return " ".join(words)


def _bound(bound: float, unit: str, currency: str) -> str:
    if unit == "share":
        return f"{100 * bound:.6g}%"
    if unit == "s":
        return clock_time(bound)
    return f"{bound:,.6g} {currency if unit == 'money' else 'h' if unit == 'hours' else ''}".strip()
