"""Random valid scenarios over the whole format, small enough to be simulated in milliseconds.

`scenarios()` generates what an analyst could write, as plain data (mappings, lists, text, numbers); `saved()`
writes it to a file. Sizes: 1-3 channels, at most 5 steps, hours to two days of clock, about 300 contacts at
most. Many times are whole minutes and many durations constant or zero, so that events fall on the same
instant.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

__all__ = ["NAMES", "durations", "saved", "scenarios"]

Data = dict[str, Any]

NAMES = (
    *(
        "phone",
        "chat",
        "mail",
        "Zürich 2",
        "a-b",
        "_x",
        "电话",
        "عربى",
        "हिन्दी",
        "测试",
        "no",
        "yes",
        "null",
        "true",
    ),
    *("1", "007", "1e3", "3M", "rest", "always_on", "y", "on", "Off"),
)
ENDS = ("resolved", "unresolved", "abandoned")
BAD_ENDS = ("unresolved", "abandoned", "blocked", "closed")
SHIFTABLE = ("exponential", "lognormal", "gamma", "weibull", "erlang", "hyperexponential", "log_logistic")
MAX_PER_CHANNEL = 80  # mean number of first contacts


def saved(data: Data, folder: Path, name: str = "scenario.yaml") -> Path:
    """Write a scenario to a folder (JSON is YAML) and return the file's path."""
    path = folder / name
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    """Distinct names."""
    return st.lists(st.sampled_from(NAMES), min_size=least, max_size=most, unique=True)


def times_of_day(step: int = 30) -> st.SearchStrategy[str]:
    """Times of day on a grid of minutes."""
    return st.integers(0, 24 * 60 // step - 1).map(lambda i: f"{i * step // 60:02}:{i * step % 60:02}")


@st.composite
def shares(draw: st.DrawFn, names: list[str], least: int = 0) -> Data:
    """Shares by name in whole percents that sum to 100, the last one perhaps as `rest`; `least` for the
    first.
    """
    cuts = sorted(draw(st.integers(least, 100)) for _ in names[1:])
    percents = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    result: Data = {
        name: draw(st.sampled_from([f"{p}%", p / 100])) for name, p in zip(names, percents, strict=True)
    }
    if draw(st.booleans()):
        result[names[-1]] = "rest"
    return result


short = st.one_of(
    st.integers(0, 6).map(lambda n: f"{n} min"),
    st.integers(0, 900).map(lambda n: f"{n} s"),
    st.sampled_from([0, "0 s", "1 min 30 s", "1 h 5 min", "0.5 s", "1500 ms"]),
)
means = st.integers(1, 900).map(lambda n: f"{n} s")
cvs = st.sampled_from([0.1, 0.5, 1, 1.5, 2])


@st.composite
def families(draw: st.DrawFn) -> Any:
    """A family of distributions, or a constant; with a shift where it may have one, now and then."""
    mean, cv = draw(means), draw(cvs)
    low, spread = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    values = draw(st.lists(st.integers(0, 600), min_size=1, max_size=5))
    points = sorted(draw(st.lists(st.integers(0, 600), min_size=3, max_size=3)))
    family: Data = draw(
        st.sampled_from(
            [
                {"constant": mean},
                {"exponential": mean},
                {"exponential": {"mean": mean}},
                {"exponential": {"rate": "12/h"}},
                {"lognormal": {"mean": mean, "cv": cv}},
                {"lognormal": {"median": mean, "sigma": 0.8}},
                {"gamma": {"mean": mean, "cv": cv}},
                {"gamma": {"shape": 2.5, "scale": mean}},
                {"weibull": {"mean": mean, "shape": 0.9}},
                {"erlang": {"mean": mean, "phases": 3}},
                {"hyperexponential": {"mean": mean, "cv": 1.5}},
                {"hyperexponential": {"shares": [0.25, 0.75], "means": [mean, "1 min"]}},
                {"uniform": {"low": f"{low} s", "high": f"{low + spread} s"}},
                {"triangular": {"low": f"{low} s", "mode": f"{low} s", "high": f"{low + spread + 1} s"}},
                {"log_logistic": {"median": mean, "shape": 3}},
                {"empirical": {"values": values}},
                {"empirical": {"quantiles": [[0, points[0]], [0.5, points[1]], [1, points[2]]], "unit": "s"}},
            ]
        )
    )
    ((name, parameters),) = family.items()
    if name in SHIFTABLE and isinstance(parameters, dict):
        optional(draw, parameters, "shift", short, 3)
    return family


@st.composite
def plain_durations(draw: st.DrawFn) -> Any:
    """A duration that is the same at all times and for all reasons."""
    kind = draw(st.integers(0, 9))
    if kind < 5:
        return draw(short)
    if kind < 9:
        return draw(families())
    parts = draw(st.lists(st.one_of(short, families()), min_size=1, max_size=3))
    split = draw(shares([str(i) for i in range(len(parts))]))
    return {"mixture": [{"share": split[str(i)], "time": part} for i, part in enumerate(parts)]}


@st.composite
def by_time(draw: st.DrawFn, inner: st.SearchStrategy[Any], at: str) -> Data:
    """A choice by time of day."""
    keys = draw(st.lists(times_of_day(), min_size=1, max_size=3, unique=True))
    return {"by_time": {"at": at, **{key: draw(inner) for key in keys}}}


@st.composite
def by_reason(draw: st.DrawFn, inner: st.SearchStrategy[Any], reasons: list[str]) -> Data:
    """A choice by contact reason, with a default or complete."""
    if draw(st.booleans()):
        return {"by_reason": {reason: draw(inner) for reason in reasons}}
    return {"by_reason": {"default": draw(inner), reasons[0]: draw(inner)}}


@st.composite
def durations(draw: st.DrawFn, reasons: list[str]) -> Any:
    """A duration of any kind: plain, by time of day, by reason, or both."""
    kind = draw(st.integers(0, 9))
    at = draw(st.sampled_from(["arrival", "start"]))
    plain = plain_durations()
    if kind == 6:
        return draw(by_time(plain, at))
    if kind == 7:
        return draw(by_reason(plain, reasons))
    if kind == 8:
        return draw(by_time(st.one_of(plain, by_reason(plain, reasons)), at))
    if kind == 9:
        return draw(by_reason(st.one_of(plain, by_time(plain, at)), reasons))
    return draw(plain)


spans = st.sampled_from(
    [
        "08:00-18:00",
        "09:00-12:00, 13:00-17:30",
        "22:00-06:00",
        "00:00-24:00",
        "closed",
        ["06:00-07:00", "20:00-02:00"],
    ]
)


@st.composite
def calendars(draw: st.DrawFn) -> Data:
    """A calendar that is open at some time of every week."""
    weekend: Data = draw(
        st.sampled_from([{}, {"sat": "10:00-14:00"}, {"weekend": "closed"}, {"sat,sun": "00:00-24:00"}])
    )
    special: Data = draw(st.sampled_from([{}, {"closed": ["2026-03-03"]}, {"2026-03-04": "12:00-13:00"}]))
    days = draw(st.sampled_from(["mon-fri", "weekdays", "fri-mon"]))
    if days == "fri-mon":
        weekend = {}
    return {days: draw(spans.filter(lambda text: text != "closed")), **weekend, **special}


@st.composite
def rows(draw: st.DrawFn, most: int, dates: list[str]) -> list[list[Any]]:
    """An interval table on a grid of an hour: day, time, amount."""
    hours = draw(st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True))
    days = draw(st.sampled_from([["daily"], ["mon-fri", "sat,sun"], [dates[0], "daily"], ["mon", "tue-sun"]]))
    return [[day, f"{hour:02}:00", draw(st.integers(0, most))] for day in days for hour in hours]


@st.composite
def arrivals(draw: st.DrawFn, hours: float, context: Data) -> Data:
    """Arrivals by each of the four ways, about MAX_PER_CHANNEL contacts at most."""
    per_hour = max(1, int(MAX_PER_CHANNEL / hours))
    kind = draw(st.sampled_from(["rate", "rates", "table", "per_day", "times"]))
    if kind == "times":
        count = draw(st.integers(2, 20))
        moments = st.one_of(
            st.integers(0, int(hours * 60)).map(lambda n: n * 60), st.floats(0, hours * 3600, allow_nan=False)
        )
        reason = st.sampled_from(["", *context["reasons"]])
        return {"times": [[draw(moments), draw(reason)] for _ in range(count)]}
    if kind == "rate":
        result: Data = {"rate": f"{draw(st.integers(max(1, per_hour // 2), per_hour))}/h"}
    elif kind == "rates":
        keys = draw(st.lists(times_of_day(), min_size=1, max_size=3, unique=True))
        result = {"rate": {key: f"{draw(st.integers(0, per_hour))}/h" for key in keys}}
    elif kind == "table":
        result = {"per_interval": draw(rows(per_hour, context["dates"])), "interval": "1 h"}
    else:
        volume = st.one_of(st.just(0), st.integers(10, MAX_PER_CHANNEL // 2))
        result = {
            "per_day": draw(st.one_of(volume, st.fixed_dictionaries({"mon-fri": volume, "weekend": volume})))
        }
        if draw(st.booleans()):
            result["shape"] = {
                "08:00": 1,
                draw(times_of_day().filter(lambda t: t != "08:00")): draw(st.integers(0, 3)),
            }
    if context["day_factors"] and draw(st.booleans()):
        result["day_factor"] = draw(st.sampled_from(context["day_factors"]))
    elif draw(st.integers(0, 3)) == 0:
        result["day_factor_cv"] = 0.2
    if draw(st.integers(0, 3)) == 0:
        result["scale"] = draw(st.sampled_from([0.5, 1, 1.25]))
    return result


@st.composite
def returns(draw: st.DrawFn, context: Data) -> Data:
    """Returns after some of the bad ends, few enough to die out."""
    result: Data = {}
    for end in draw(st.lists(st.sampled_from(BAD_ENDS), max_size=3, unique=True)):
        part: Data = {
            "probability": draw(st.sampled_from(["0%", "30%", 0.5, "100%"])),
            "after": draw(durations(context["reasons"])),
            "attempts": draw(st.integers(1, 4)),
        }
        if draw(st.booleans()):
            part["during"] = draw(st.sampled_from(context["calendars"]))
        if draw(st.integers(0, 3)) == 0:
            part["channel"] = draw(st.sampled_from(context["channels"]))
        result[end] = part
    return result


def optional(
    draw: st.DrawFn, part: Data, key: str, strategy: st.SearchStrategy[Any], one_in: int = 2
) -> None:
    """Write a key in about one of so many cases."""
    if draw(st.integers(1, one_in)) == 1:
        part[key] = draw(strategy)


@st.composite
def channels(draw: st.DrawFn, hours: float, context: Data) -> Data:
    """A channel."""
    kind = draw(st.sampled_from(["voice", "chat", "message"]))
    part: Data = {
        "type": kind,
        "arrivals": draw(arrivals(hours, context)),
        "flow": draw(st.sampled_from(context["flows"])),
    }
    if len(context["reasons"]) > 1 or draw(st.booleans()):
        part["reasons"] = draw(shares(context["reasons"]))
    optional(draw, part, "open", st.sampled_from(context["calendars"]))
    optional(draw, part, "returns", returns(context), 3)
    optional(draw, part, "service_level", st.just({"within": "1 min", "abandoned": "ignored"}), 4)
    if kind != "message":
        optional(draw, part, "patience", st.one_of(st.just("none"), durations(context["reasons"])))
        optional(draw, part, "lines", st.integers(1, 8), 3)
    return part


@st.composite
def steps(draw: st.DrawFn, here: str, others: list[str], context: Data) -> Data:
    """A step from which at least a fifth of the contacts end."""
    kinds = ["queue", "queue", "delay", *(["bot", "bot"] if context["bots"] else [])]
    kind = draw(st.sampled_from(kinds))
    ways = [draw(st.sampled_from(ENDS)), *draw(st.lists(st.sampled_from(others), max_size=2, unique=True))]
    part: Data = {"next": draw(st.one_of(shares(ways, 20), st.just("resolved")))}
    if kind == "delay":
        part["delay"] = draw(durations(context["reasons"]))
        optional(draw, part, "during", st.sampled_from(context["calendars"]))
    else:
        part[kind] = draw(st.sampled_from(context[f"{kind}s"]))
        part["time"] = draw(durations(context["reasons"]))
    if kind == "queue":
        optional(draw, part, "wrap_up", plain_durations())
    if kind == "bot":
        part["skip_to"] = draw(st.sampled_from([*context["queue_steps"], *ENDS]))
    optional(draw, part, "live", st.booleans(), 4)
    if draw(st.integers(0, 3)) == 0:
        own: Data = {"next": draw(shares(ways, 20))}
        if kind != "delay" and not (isinstance(part["time"], dict) and "by_reason" in part["time"]):
            own["time"] = draw(plain_durations())
        part["by_reason"] = {draw(st.sampled_from(context["reasons"])): own}
    return part


@st.composite
def flows(draw: st.DrawFn, context: Data, most: int) -> Data:
    """A flow; its first queue step is where contacts go that cannot use a bot."""
    given = draw(names(1, most))
    queue_step = given[0]
    inner = {**context, "queue_steps": [queue_step]}
    result: Data = {}
    for name in given:
        part = draw(steps(name, given, inner))
        if name == queue_step and "bot" in part:
            part = {"queue": context["queues"][0], "time": draw(short), "next": "resolved"}
        result[name] = part
    flow: Data = {"steps": result}
    optional(draw, flow, "start", st.one_of(st.sampled_from(given), shares(given), shares(given)))
    return flow


@st.composite
def bots(draw: st.DrawFn, context: Data) -> Data:
    """A bot, limited or not, with outages planned and random."""
    part: Data = {
        "when_full": draw(st.sampled_from(["wait", "skip", "block"])),
        "when_down": draw(st.sampled_from(["skip", "wait", "block"])),
        "on_outage": draw(st.sampled_from(["finish", "return"])),
    }
    optional(draw, part, "sessions", st.integers(1, 3))
    optional(draw, part, "cost", st.just({"per_session": 0.25, "per_month": 100}), 3)
    at = st.integers(0, 60).map(lambda n: f"{context['dates'][0]} {n // 4:02}:{n % 4 * 15:02}")
    outages: list[Data] = [{"at": draw(at), "for": draw(short)} for _ in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        mttr = draw(st.one_of(means, families()))
        outages.append({"mtbf": draw(st.sampled_from(["20 min", "4 h", {"constant": "1 h"}])), "mttr": mttr})
    optional(draw, part, "outages", st.just(outages))
    return part


@st.composite
def queues(draw: st.DrawFn, name: str, servers: list[str], context: Data) -> Data:
    """A queue that some pools serve."""
    part: Data = {}
    optional(draw, part, "priority", st.integers(-2, 2))
    optional(draw, part, "head_start", short, 3)
    optional(draw, part, "max_waiting", st.integers(0, 5), 3)
    optional(draw, part, "patience", st.one_of(st.just("none"), durations(context["reasons"])), 4)
    optional(draw, part, "pools", st.permutations(servers), 4)
    if len(servers) > 1 and draw(st.booleans()):
        pool = draw(st.sampled_from(servers))
        overflow = {"after": draw(short), "to": draw(st.sampled_from([pool, [pool]]))}
        part["overflow"] = draw(st.sampled_from([overflow, [overflow]]))
    return part


@st.composite
def staff(draw: st.DrawFn, context: Data) -> Any:
    """Each form in which staff can be written."""
    few = st.integers(0, 4)
    kind = draw(st.sampled_from(["short", "number", "roster", "by_time", "by_calendar", "shifts"]))
    if kind == "short":
        return draw(st.integers(1, 5))
    part: Data = {}
    if kind == "number":
        part["number"] = draw(few)
    elif kind == "roster":
        part = {"roster": draw(rows(4, context["dates"])), "interval": "1 h"}
    elif kind == "by_time":
        keys = draw(st.lists(times_of_day(), min_size=1, max_size=3, unique=True))
        part["by_time"] = {key: draw(few) for key in keys}
    elif kind == "by_calendar":
        part["by_calendar"] = {
            name: draw(few) for name in {draw(st.sampled_from(context["calendars"])), "always"}
        }
    else:
        hours = [("08:00", "16:00"), ("22:00", "06:00"), ("00:00", "24:00"), ("09:30", "13:00")]
        days = ["daily", "mon-fri", "sat,sun", context["dates"][0]]
        part["shifts"] = [
            {"agents": draw(few), "from": start, "to": end, "days": draw(st.sampled_from(days))}
            for start, end in draw(st.lists(st.sampled_from(hours), min_size=1, max_size=3))
        ]
    optional(draw, part, "scale", st.sampled_from([0.5, 1, 1.5]), 4)
    optional(draw, part, "plus", st.integers(-1, 1), 4)
    return part


@st.composite
def pools(draw: st.DrawFn, serves: list[str], context: Data) -> Data:
    """A pool that serves the given queues."""
    part: Data = {"staff": draw(staff(context))}
    if draw(st.booleans()):
        part["serves"] = list(serves)
    else:
        part["serves"] = {name: {} for name in serves}
        for skill in part["serves"].values():
            optional(draw, skill, "speed", st.sampled_from([0.5, 1, 1.25]))
            optional(draw, skill, "preference", st.integers(1, 3), 3)
    optional(draw, part, "shrinkage", st.sampled_from(["0%", "25%", 0.5]))
    optional(draw, part, "wage", st.sampled_from(["30/h", "0/h", "4000/month"]))
    optional(draw, part, "speed", st.sampled_from([0.8, 1, 2]), 4)
    optional(draw, part, "on_shift_end", st.sampled_from(["finish", "return"]))
    return part


@st.composite
def serving(draw: st.DrawFn, pools: list[str], queues: list[str]) -> dict[str, list[str]]:
    """Which pool serves which queues: every pool one at least, every queue by one at least."""
    result = {pool: draw(st.lists(st.sampled_from(queues), min_size=1, unique=True)) for pool in pools}
    for queue in queues:
        if not any(queue in served for served in result.values()):
            result[draw(st.sampled_from(pools))].append(queue)
    return result


@st.composite
def targets(draw: st.DrawFn, data: Data) -> list[Data]:
    """A few targets on things that exist."""
    queue, pool = next(iter(data["queues"])), next(iter(data["pools"]))
    channel = next(iter(data["channels"]))
    known = [
        {"measure": "service_level", "channel": channel, "within": "20 s", "at_least": "80%", "every": "day"},
        {"measure": "asa", "queue": queue, "at_most": "30 s"},
        {"measure": "abandonment", "at_most": 0.05, "every": "interval"},
        {"measure": "occupancy", "pool": pool, "at_most": "90%"},
        {"measure": "cost_per_contact", "total": True, "at_most": 9.5},
        {"measure": "service_level", "abandoned": "met", "blocked": "left_out", "at_least": 0.8},
    ]
    return draw(st.lists(st.sampled_from(known), max_size=2, unique_by=str))


@st.composite
def clocks(draw: st.DrawFn) -> tuple[Data, float]:
    """A clock, and its length in hours."""
    hours = draw(st.sampled_from([1.0, 2.5, 8.0, 24.0, 48.0]))
    day = draw(st.integers(1, 7))
    time = draw(st.sampled_from(["", " 08:00", " 23:30", " 06:15:30"]))
    clock: Data = {"start": f"2026-03-{day:02}{time}", "length": f"{hours} h"}
    optional(draw, clock, "warmup", st.sampled_from(["0 s", "10 min", "30 min"]), 3)
    optional(draw, clock, "interval", st.sampled_from(["15 min", "30 min", "1 h", "1 day"]))
    optional(draw, clock, "at_end", st.sampled_from(["drain", "cut"]))
    return clock, hours


@st.composite
def scenarios(draw: st.DrawFn) -> Data:
    """A whole valid scenario as plain data; `servsim.load` takes what `saved` writes of it."""
    clock, hours = draw(clocks())
    own_calendars = {name: draw(calendars()) for name in draw(names(0, 2))}
    reasons = draw(names(1, 3))
    factors = draw(names(0, 1))
    channel_names, flow_names = draw(names(1, 3)), draw(names(1, 2))
    bot_names, queue_names, pool_names = draw(names(0, 2)), draw(names(1, 3)), draw(names(1, 3))
    context: Data = {
        "dates": [str(clock["start"])[:10]],
        "calendars": [*own_calendars, "always"],
        "reasons": reasons,
        "day_factors": factors,
        "channels": channel_names,
        "flows": flow_names,
        "bots": bot_names,
        "queues": queue_names,
    }
    served = draw(serving(pool_names, queue_names))
    data: Data = {
        "servsim": 1,
        "name": draw(st.sampled_from(["测试", "A: b # c", "", "null", "x" * 200])),
        "clock": clock,
    }
    optional(draw, data, "currency", st.sampled_from(["CNY", "€", ""]))
    data["reasons"] = reasons
    if own_calendars:
        data["calendars"] = own_calendars
    if factors:
        data["day_factors"] = {
            name: draw(st.sampled_from([{"cv": 0.3}, {"shape": 20.5}])) for name in factors
        }
    data["channels"] = {name: draw(channels(hours, context)) for name in channel_names}
    most = 5 // len(flow_names)
    data["flows"] = {name: draw(flows(context, most)) for name in flow_names}
    data["bots"] = {name: draw(bots(context)) for name in bot_names}
    servers = {queue: [pool for pool in pool_names if queue in served[pool]] for queue in queue_names}
    data["queues"] = {name: draw(queues(name, servers[name], context)) for name in queue_names}
    data["pools"] = {name: draw(pools(served[name], context)) for name in pool_names}
    optional(draw, data, "returns", returns(context))
    words = [{"within": "30 s"}, {"abandoned": "met"}, {"blocked": "left_out"}]
    optional(draw, data, "service_level", st.sampled_from(words), 3)
    finishing = st.sampled_from(["counted", "busy_only", "left_out"])
    optional(draw, data, "definitions", st.fixed_dictionaries({"occupancy_finishing": finishing}), 3)
    costs = {"lost_customer": 20, "per_contact": {channel_names[0]: 0.5}, "fixed_per_month": 1000}
    optional(draw, data, "costs", st.just(costs), 3)
    optional(draw, data, "targets", targets(data))
    return data
