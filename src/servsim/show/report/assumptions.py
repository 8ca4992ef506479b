"""What a result rests on: the scenario in words, table by table, and what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...scenario import Scenario
from ...scenario.diff import readable
from ...words import clock_time, duration
from .elements import Markup, joined, table, tag
from .words import arrivals, clock, hours, shares, staff, time_words

__all__ = ["assumptions", "changes", "warnings"]

MOST_CHANGES = 60  # of a scenario; more are a count
KINDS = {"voice": "telephone", "chat": "chat", "message": "messages"}
DOWN = {"wait": "they wait", "skip": "they go on without it", "block": "they are turned away"}
Data = Mapping[str, Any]


def assumptions(scenario: Scenario) -> list[Markup]:
    """Return the scenario in words: time, demand, ways, people, bots, returns, money."""
    data = readable(scenario)
    parts = [_paragraph(scenario), _channels(data), _steps(data), _queues(data), _pools(data), _bots(data)]
    return [part for part in (*parts, _returns(data), _others(scenario, data)) if part]


def warnings(said: Sequence[str]) -> Markup:
    """Return what is allowed in the scenario but probably not meant; nothing where there is nothing."""
    if not said:
        return Markup("")
    items = [tag("li", line) for line in dict.fromkeys(said)]
    return tag("div", tag("b", "Probably not meant"), tag("ul", *items), class_="warning")


def changes(rows: Sequence[Mapping[str, Any]], base: str, caption: str) -> Markup:
    """Return what a scenario says otherwise than the base."""
    if not rows:
        return tag("p", f"{caption}: nothing; it means the same as {base}.")
    cells = [[tag("code", row["path"]), row["base"], row["value"]] for row in rows[:MOST_CHANGES]]
    more = f"and {len(rows) - MOST_CHANGES:,} more" if len(rows) > MOST_CHANGES else ""
    return table(caption, ["where in the file", base, "now"], cells, texts=3, note=more)


def _paragraph(scenario: Scenario) -> Markup:
    times = scenario.model.clock
    words = f"Simulated are {duration(times.length)} from {clock(scenario.model).partition(',')[0]}."
    if times.warmup:
        words += f" The first {duration(times.warmup)} are left out of every figure."
    if times.at_end == "drain":
        words += " After that nobody new comes, and those who are still there are finished."
    else:
        words += " Then the simulation stops at once, whoever is still there."
    return tag("p", words)


def _channels(data: Data) -> Markup:
    rows = [
        [
            name,
            KINDS[one["type"]],
            _open(one["open"], data),
            arrivals(one["arrivals"]),
            shares(one.get("reasons")) if len(data["reasons"]) > 1 else "",
            time_words(one.get("patience"))
            or ("they lie in a backlog" if one["type"] == "message" else "for ever"),
            one.get("lines", "as many as needed"),
        ]
        for name, one in data["channels"].items()
    ]
    headings = ["channel", "kind", "open", "contacts", "reasons", "customers wait", "lines"]
    return _table("Who comes", headings, rows)


def _open(name: str, data: Data) -> str:
    return "day and night" if name == "always" else f"{name}: {hours(data['calendars'][name])}"


def _steps(data: Data) -> Markup:
    rows = []
    for flow, whole in data["flows"].items():
        starts = f" (start: {shares(whole['start'])})" if len(whole["start"]) > 1 else ""
        for name, step in whole["steps"].items():
            rows.append([f"{flow}{starts}", name, _who(step), *_how(step)])
            for reason, other in step.get("by_reason", {}).items():
                rows.append([flow, f"{name}, for {reason}", "", *_how(other)])
    headings = ["flow", "step", "done by", "takes", "then wrap-up", "leads to"]
    return _table("What happens to a contact", headings, rows)


def _who(step: Data) -> str:
    if "delay" in step:
        return "nobody: time passes" + ("" if step["during"] == "always" else f" during {step['during']}")
    return f"bot {step['bot']}" if "bot" in step else f"an agent, from queue {step['queue']}"


def _how(step: Data) -> tuple[str, str, str]:
    return (
        time_words(step.get("time") or step.get("delay")),
        time_words(step.get("wrap_up")),
        shares(step.get("next")),
    )


def _queues(data: Data) -> Markup:
    rows = [
        [
            name,
            one["priority"],
            one.get("max_waiting", "no limit"),
            "; ".join(f"after {way['after']} to {', '.join(way['to'])}" for way in one["overflow"]),
            time_words(one.get("patience")),
        ]
        for name, one in data["queues"].items()
    ]
    note = "A higher priority is served first." if len({row[1] for row in rows}) > 1 else ""
    headings = ["queue", "priority", "room", "overflow", "own patience"]
    return _table("Queues", headings, rows, note=note)


def _pools(data: Data) -> Markup:
    money = _money(data)
    rows = [
        [
            name,
            staff(one["staff"]),
            one["shrinkage"],
            ", ".join(_skill(queue, skill) for queue, skill in one["serves"].items()),
            "" if float(one["speed"]) == 1 else f"× {one['speed']}",
            _wage(one["wage"], money),
        ]
        for name, one in data["pools"].items()
    ]
    note = "Shrinkage: paid, but on a break, in training or ill."
    headings = ["pool", "scheduled agents", "shrinkage", "serves", "speed", "wage"]
    return _table("People", headings, rows, note=note)


def _wage(wage: str, money: str) -> str:
    """Return `24 EUR/h`; nothing where nobody is paid."""
    amount, _, unit = wage.partition("/")
    return "" if amount == "0" else f"{amount}{money}/{unit}"


def _skill(queue: str, skill: Data) -> str:
    return queue if float(skill["speed"]) == 1 else f"{queue} (speed × {skill['speed']})"


def _bots(data: Data) -> Markup:
    rows = [
        [
            name,
            one.get("sessions", "as many as needed"),
            DOWN[one["when_full"]] if "sessions" in one else "",
            f"{len(one['outages'])} kinds, {DOWN[one['when_down']]}" if one["outages"] else "",
            f"{one['cost']['per_session']}{_money(data)}",
            f"{one['cost']['per_month']}{_money(data)}",
        ]
        for name, one in data["bots"].items()
    ]
    headings = ["bot", "sessions at once", "when all are taken", "outages", "per session", "per month"]
    return _table("Bots", headings, rows)


def _returns(data: Data) -> Markup:
    ways = [("", data["returns"])] + [(name, one["returns"]) for name, one in data["channels"].items()]
    rows = [
        [
            end,
            channel or "all",
            one["probability"],
            time_words(one["after"]),
            one.get("channel", "where they were"),
        ]
        for channel, whole in ways
        for end, one in whole.items()
    ]
    return _table("Who comes back", ["after this end", "channel", "share", "after", "to channel"], rows)


def _others(scenario: Scenario, data: Data) -> Markup:
    items = list(_said(scenario, data))
    return tag("ul", *(tag("li", item) for item in items)) if items else Markup("")


def _said(scenario: Scenario, data: Data) -> Iterator[str]:
    model, money = scenario.model, _money(data)
    within = model.service_level.within
    rules = {"missed": "count as missed", "ignored": "within that time are left out"}
    rules |= {"met": "within that time count as answered in time", "answered_only": "are left out"}
    if within is not None:
        gave_up = rules[model.service_level.abandoned or "missed"]
        yield f"“In time” means within {clock_time(within)}, unless said otherwise; those who gave up {gave_up}."
    costs = data["costs"]
    if model.costs.lost_customer:
        yield f"A lost customer costs {costs['lost_customer']}{money}."
    for channel, fee in costs["per_contact"].items():
        yield f"Each contact of channel {channel} costs {fee}{money}."
    if model.costs.fixed_per_month:
        yield f"Fixed costs are {costs['fixed_per_month']}{money} a month."
    if model.experience is not None:
        for part in ("satisfaction", "churn"):
            source = data["experience"].get(part, {}).get("source")
            yield f"{part.capitalize()} follows a table of wait and outcome" + (
                f" ({source})." if source else "."
            )
        if float(data["experience"].get("customer_value", "0")):
            yield f"A customer who leaves for good costs {data['experience']['customer_value']}{money}."


def _money(data: Data) -> str:
    return f" {data['currency']}" if data["currency"] else ""


def _table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, note: str = "") -> Markup:
    """Return a table of words without the columns in which nothing stands; nothing without rows."""
    if not rows:
        return Markup("")
    kept = [n for n in range(len(headings)) if any(row[n] for row in rows)]
    shown = [[joined(row[n]) for n in kept] for row in rows]
    return table(caption, [headings[n] for n in kept], shown, texts=len(kept), note=note)
