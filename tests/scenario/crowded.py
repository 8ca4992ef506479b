"""Random valid scenarios in which much happens at once.

`strategies.scenarios()` covers the format; here arrivals, durations, patience, shifts and outages lie on a grid of
minutes, and hundreds of contacts meet few agents and bots, so that all rules come into play, at the same instants: two
engines that differ in any of them are found out. `features.py` of the engine's tests tells which rules a run has used.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from strategies import BAD_ENDS, optional

__all__ = ["crowded"]

Data = dict[str, Any]
START = 22 * 60  # minutes from the midnight at which day 0 begins: the clock runs past the next one
DAY = 24 * 60


def minutes(least: int, most: int) -> st.SearchStrategy[str]:
    """A duration of whole minutes."""
    return st.integers(least, most).map(lambda n: f"{n} min")


def clock_time(minute: int) -> str:
    """Return the time of day, so many minutes after the start of the clock."""
    return f"{(START + minute) % DAY // 60:02}:{(START + minute) % 60:02}"


def moment(minute: int) -> str:
    """Return the moment, so many minutes after the start of the clock."""
    return f"2026-03-0{2 + (START + minute) // DAY} {clock_time(minute)}"


@st.composite
def plain(draw: st.DrawFn, most: int) -> Any:
    """A time on the grid, mostly: always the same, or one of a few, zero among them."""
    kind = draw(st.integers(0, 7))
    if kind < 3:
        return draw(minutes(0, most))
    if kind < 7:
        values = draw(st.lists(st.integers(0, most), min_size=2, max_size=4))
        return {"empirical": {"values": [60 * n for n in values]}}
    return {"exponential": {"mean": f"{30 * most} s", "shift": draw(minutes(0, 1))}}


@st.composite
def times(draw: st.DrawFn, most: int, reasons: list[str]) -> Any:
    """A time that may depend on the time of day and on the reason."""
    kind = draw(st.integers(0, 7))
    if kind < 4:
        return draw(plain(most))
    if kind < 6:
        at = draw(st.sampled_from(["arrival", "start"]))
        keys = draw(st.lists(st.integers(0, 240), min_size=2, max_size=3, unique=True))
        return {"by_time": {"at": at, **{clock_time(key): draw(plain(most)) for key in keys}}}
    return {"by_reason": {"default": draw(plain(most)), draw(st.sampled_from(reasons)): draw(plain(most))}}


@st.composite
def arrivals(draw: st.DrawFn, length: int, reasons: list[str], factor: bool) -> Data:
    """A few contacts every few minutes, or a random stream."""
    if draw(st.integers(0, 3)) == 0:
        result: Data = {"rate": f"{draw(st.integers(20, 100))}/h"}
        if factor:
            result["day_factor"] = "busy"
        else:
            optional(draw, result, "day_factor_cv", st.just(0.4))
        return result
    every, batch = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    known = draw(st.lists(st.sampled_from(["", *reasons]), min_size=1, max_size=4))
    rows = [
        [60 * minute, known[(minute + i) % len(known)]]
        for minute in range(draw(st.integers(0, 20)), length, every)
        for i in range(batch)
    ]
    return {"times": rows[:150] or [[0, ""]]}


@st.composite
def returns(draw: st.DrawFn, channels: list[str], calendars: list[str]) -> Data:
    """Returns after bad ends, soon enough to be seen."""
    result: Data = {}
    for end in draw(st.lists(st.sampled_from(BAD_ENDS), min_size=1, max_size=3, unique=True)):
        part: Data = {
            "probability": draw(st.sampled_from(["50%", "100%"])),
            "after": draw(plain(10)),
            "attempts": draw(st.integers(2, 4)),
        }
        optional(draw, part, "during", st.sampled_from(calendars), 3)
        optional(draw, part, "channel", st.sampled_from(channels))
        result[end] = part
    return result


@st.composite
def channels(draw: st.DrawFn, length: int, flow: str, context: Data) -> Data:
    """A channel."""
    kind = draw(st.sampled_from(["voice", "voice", "chat", "message"]))
    part: Data = {
        "type": kind,
        "arrivals": draw(arrivals(length, context["reasons"], bool(context["factor"]))),
        "flow": flow,
        "reasons": {**dict.fromkeys(context["reasons"][1:], "30%"), context["reasons"][0]: "rest"},
    }
    optional(draw, part, "open", st.sampled_from(context["calendars"]), 3)
    if kind != "message":
        part["patience"] = draw(st.one_of(times(6, context["reasons"]), st.just("none")))
        optional(draw, part, "lines", st.integers(1, 12), 3)
    return part


@st.composite
def steps(draw: st.DrawFn, place: int, number: int, context: Data) -> Data:
    """The step at a place of a flow: contacts go on to the next one, or elsewhere, or end."""
    kinds = ["queue", "queue", "delay"] if place else ["queue", "queue", "bot", "bot", "delay"]
    kind = draw(st.sampled_from([*kinds, "bot"] if context["bots"] else ["queue", "queue", "delay"]))
    targets = draw(st.lists(st.integers(0, number - 1), max_size=2))
    onward = list(dict.fromkeys([*([place + 1] if place + 1 < number else []), *targets]))
    ways = {f"s{i}": f"{60 // len(onward)}%" for i in onward}
    end = draw(st.sampled_from(["resolved", "unresolved"]))
    part: Data = {"next": {**ways, end: "rest"}}
    if kind == "delay":
        part["delay"] = draw(times(6, context["reasons"]))
        optional(draw, part, "during", st.sampled_from(context["calendars"]))
    else:
        part[kind] = draw(st.sampled_from(context[f"{kind}s"]))
        part["time"] = draw(times(5, context["reasons"]))
    if kind == "queue":
        optional(draw, part, "wrap_up", plain(3))
    if kind == "bot":
        part["skip_to"] = draw(st.sampled_from(["last", "last", "unresolved"]))
    optional(draw, part, "live", st.booleans(), 3)
    return part


@st.composite
def flows(draw: st.DrawFn, context: Data) -> Data:
    """A flow whose last step, with an agent, is where those go that cannot use a bot."""
    number = draw(st.integers(1, 3))
    result = {f"s{place}": draw(steps(place, number, context)) for place in range(number)}
    last: Data = {
        "queue": draw(st.sampled_from(context["queues"])),
        "time": draw(times(4, context["reasons"])),
    }
    start = draw(st.sampled_from(["s0", "s0", {"s0": "70%", "last": "rest"}]))
    return {"start": start, "steps": {**result, "last": last}}


@st.composite
def bots(draw: st.DrawFn, length: int) -> Data:
    """A bot that is often full or down."""
    part: Data = {
        "when_full": draw(st.sampled_from(["wait", "wait", "skip", "block"])),
        "when_down": draw(st.sampled_from(["wait", "wait", "skip", "block"])),
        "on_outage": draw(st.sampled_from(["finish", "return", "return"])),
    }
    part["sessions"] = draw(st.sampled_from([1, 1, 2, 3, 5, None]))
    begins = draw(st.lists(st.integers(0, length), max_size=4))
    outages: list[Data] = [{"at": moment(begin), "for": draw(minutes(0, 10))} for begin in begins]
    if draw(st.integers(0, 2)) == 0:
        constant = {"constant": draw(minutes(5, 30))}
        mtbf = draw(st.sampled_from([constant, "20 min"]))
        outages.append({"mtbf": mtbf, "mttr": draw(st.sampled_from([{"constant": "5 min"}, "3 min"]))})
    return {**part, "outages": outages}


@st.composite
def queues(draw: st.DrawFn, servers: list[str], reasons: list[str]) -> Data:
    """A queue."""
    part: Data = {}
    optional(draw, part, "priority", st.integers(-1, 1))
    optional(draw, part, "head_start", minutes(0, 4))
    optional(draw, part, "max_waiting", st.integers(0, 6), 3)
    optional(draw, part, "patience", st.one_of(st.just("none"), times(8, reasons)), 4)
    optional(draw, part, "pools", st.permutations(servers), 3)
    if len(servers) > 1:
        late = draw(st.lists(st.sampled_from(servers), max_size=2, unique=True))
        part["overflow"] = [{"after": draw(minutes(0, 5)), "to": pool} for pool in late]
    return part


@st.composite
def pools(draw: st.DrawFn, length: int, serves: list[str]) -> Data:
    """A pool of few agents whose number changes every now and then."""
    changes = draw(st.lists(st.integers(0, length), max_size=6, unique=True))
    staff = {clock_time(minute): draw(st.integers(0, 6)) for minute in [0, *changes]}
    alike = {"preference": 1} if draw(st.booleans()) else {}
    skills: Data = {name: {**alike} for name in draw(st.permutations(serves))}
    for skill in skills.values():
        optional(draw, skill, "speed", st.sampled_from([0.5, 2]), 4)
    shift_end = draw(st.sampled_from(["return", "finish"]))
    part: Data = {"staff": {"by_time": staff}, "serves": skills, "on_shift_end": shift_end}
    optional(draw, part, "speed", st.sampled_from([0.5, 2]), 4)
    optional(draw, part, "shrinkage", st.just("25%"), 4)
    return part


@st.composite
def crowded(draw: st.DrawFn) -> Data:
    """A whole valid scenario as plain data, as `strategies.scenarios()`."""
    length = draw(st.sampled_from([60, 120, 180, 240]))
    reasons = draw(st.sampled_from([["any"], ["a", "b"], ["a", "b", "c"]]))
    opens, closes = draw(st.integers(0, 60)), draw(st.integers(61, 240))
    hours = f"{clock_time(opens)}-{clock_time(closes)}"
    context: Data = {
        "reasons": reasons,
        "calendars": ["always", "desk"],
        "factor": draw(st.booleans()),
        "bots": [f"b{i}" for i in range(draw(st.sampled_from([0, 1, 2, 2])))],
        "queues": [f"q{i}" for i in range(draw(st.sampled_from([1, 2, 3, 3])))],
    }
    channel_names = [f"c{i}" for i in range(draw(st.sampled_from([1, 2, 2, 3])))]
    flow_names = [f"f{i}" for i in range(draw(st.integers(1, 2)))]
    pool_names = [f"p{i}" for i in range(draw(st.integers(1, 3)))]
    serves = {
        pool: [
            q for i, q in enumerate(context["queues"]) if i % len(pool_names) == place or draw(st.booleans())
        ]
        for place, pool in enumerate(pool_names)
    }
    serves = {pool: served or context["queues"][:1] for pool, served in serves.items()}
    servers = {queue: [pool for pool in pool_names if queue in serves[pool]] for queue in context["queues"]}
    data: Data = {
        "clock": {
            "start": "2026-03-02 22:00",
            "length": f"{length} min",
            "at_end": draw(st.sampled_from(["drain", "cut"])),
        },
        "calendars": {"desk": {"daily": hours}},
        "reasons": reasons,
        "day_factors": {"busy": {"cv": 0.3}},
        "channels": {
            name: draw(channels(length, draw(st.sampled_from(flow_names)), context)) for name in channel_names
        },
        "flows": {name: draw(flows(context)) for name in flow_names},
        "bots": {name: draw(bots(length)) for name in context["bots"]},
        "queues": {name: draw(queues(servers[name], reasons)) for name in context["queues"]},
        "pools": {name: draw(pools(length, serves[name])) for name in pool_names},
    }
    optional(draw, data, "returns", returns(channel_names, context["calendars"]))
    return data
