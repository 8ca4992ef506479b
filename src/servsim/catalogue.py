"""The catalogue of measures: one table that names, defines and sources every number that servsim reports.

Docs, `servsim measures`, the checker of targets and the measuring code all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CATALOGUE", "SCOPES", "MeasureDef"]

SCOPES = ("total", "channel", "reason", "queue", "pool", "bot")

_C = ("total", "channel", "reason")  # of contacts
_CQ = (*_C, "queue")  # of contacts, or of their visits to a queue


@dataclass(frozen=True)
class MeasureDef:
    """One measure: `unit` is count, s, share, money, number or hours; `scopes` are those it exists for.

    `better` is "more", "less" or "" where neither is; `default_within` tells that a target may give a threshold.
    """

    name: str
    unit: str
    scopes: tuple[str, ...]
    better: str
    definition: str
    source: str = ""


_TABLE = [
    # --- volumes -------------------------------------------------------------------------------------------------
    ("offered", "count", (*_CQ, "bot"), "", "contacts (attempts) that arrived while the channel was open; at a queue or bot: visits that arrived there", ""),
    ("repeats", "count", _C, "less", "offered contacts that are a second or later attempt of their customer", ""),
    ("closed", "count", _C, "less", "contacts that came outside the channel's opening hours; not offered", ""),
    ("answered", "count", (*_CQ, "pool"), "more", "offered contacts that an agent began to serve; at a queue or pool: visits that an agent began", ""),
    ("abandoned", "count", _CQ, "less", "offered contacts that ended because the customer gave up", ""),
    ("blocked", "count", _CQ, "less", "offered contacts turned away because lines, waiting room or bot were full or down", ""),
    ("contained", "count", (*_C, "bot"), "more", "offered contacts that met a bot, never reached a queue and ended resolved", ""),
    ("escalated", "count", (*_C, "bot"), "less", "offered contacts that met a bot and then reached a queue", ""),
    ("transferred", "count", _C, "less", "offered contacts that entered a queue after an agent had served them", ""),
    ("resolved", "count", _C, "more", "offered contacts that ended resolved", ""),
    ("unresolved", "count", _C, "less", "offered contacts that ended unresolved", ""),
    ("unfinished", "count", _C, "less", "offered contacts still in the system when the run ended", ""),
    ("returned", "count", _C, "less", "offered contacts after which the customer comes back", ""),
    # --- shares --------------------------------------------------------------------------------------------------
    ("abandonment", "share", _CQ, "less", "abandoned / offered", ""),
    ("blocking", "share", _CQ, "less", "blocked / offered", ""),
    ("containment", "share", (*_C, "bot"), "more", "contained / offered contacts that met a bot", ""),
    ("escalation", "share", (*_C, "bot"), "less", "escalated / offered contacts that met a bot", ""),
    ("transfer_share", "share", _C, "less", "transferred / answered", ""),
    ("repeat_share", "share", _C, "less", "repeats / offered", ""),
    ("automation_share", "share", _C, "more", "contained / resolved: the share of resolved contacts settled without a person", ""),
    # --- waiting -------------------------------------------------------------------------------------------------
    ("wait", "s", _CQ, "less", "mean waiting time in queues, over offered contacts that reached a queue, those who gave up included", ""),
    ("asa", "s", _CQ, "less", "average speed of answer: mean waiting time in queues until an agent first answered, over answered contacts", "Gans, Koole, Mandelbaum 2003, M&SOM 5(2)"),
    ("wait_abandoned", "s", _CQ, "", "mean waiting time in queues of contacts that gave up", ""),
    ("wait_p50", "s", _CQ, "less", "median of the waiting time (as in wait)", "Hyndman & Fan 1996, type 7"),
    ("wait_p80", "s", _CQ, "less", "80 % quantile of the waiting time (as in wait)", "Hyndman & Fan 1996, type 7"),
    ("wait_p95", "s", _CQ, "less", "95 % quantile of the waiting time (as in wait)", "Hyndman & Fan 1996, type 7"),
    ("wait_max", "s", _CQ, "less", "longest waiting time (as in wait)", ""),
    ("answered_in_time", "count", _CQ, "more", "contacts answered by an agent with a wait of at most `within` (<=)", ""),
    ("service_level", "share", _CQ, "more", "share answered within `within`; the rule for those who gave up is the scenario's service_level.abandoned: missed = of all offered that reached a queue; ignored = those who gave up within the time are left out; met = they count as answered in time; answered_only = of the answered", "Gans, Koole, Mandelbaum 2003, M&SOM 5(2); ContactCenters manual"),
    # --- work ----------------------------------------------------------------------------------------------------
    ("talk_time", "s", ("queue", "pool"), "less", "mean time of an agent with the contact, per visit completed", ""),
    ("wrap_up_time", "s", ("queue", "pool"), "less", "mean wrap-up after the contact, per visit completed", ""),
    ("aht", "s", (*_CQ, "pool"), "less", "average handling time: talk + wrap-up; per visit completed at a queue or pool, all visits summed per answered contact elsewhere", "Cleveland, Call Center Management on Fast Forward"),
    ("cycle_time", "s", _C, "less", "mean time from the contact's arrival to its end, over offered contacts that ended", ""),
    ("cycle_time_p90", "s", _C, "less", "90 % quantile of the cycle time", "Hyndman & Fan 1996, type 7"),
    ("work_in_system", "number", _C, "less", "time average of the contacts in the system", "Little 1961"),
    ("waiting", "number", ("queue", "total"), "less", "time average of the contacts waiting in queues", "Little 1961"),
    ("backlog", "number", ("queue", "total"), "less", "contacts waiting in queues at the end of the period", ""),
    ("offered_load", "number", ("queue",), "", "erlangs of work begun: agents' time on the queue's visits (talk + wrap-up, in full for visits begun in the period) / length of the period", ""),
    # --- agents --------------------------------------------------------------------------------------------------
    ("staffed_hours", "hours", ("pool", "total"), "", "agent-hours present (after shrinkage), those finishing after their shift included", ""),
    ("paid_hours", "hours", ("pool", "total"), "less", "agent-hours scheduled (before shrinkage) plus time worked past the shift's end", ""),
    ("busy_hours", "hours", ("pool", "total"), "", "agent-hours of talk and wrap-up", ""),
    ("occupancy", "share", ("pool", "total"), "", "busy hours / staffed hours, those finishing after their shift included in both", "Gans, Koole, Mandelbaum 2003"),
    ("utilisation", "share", ("pool", "total"), "more", "busy hours / paid hours: what the wages buy", ""),
    # --- bots ----------------------------------------------------------------------------------------------------
    ("sessions", "count", ("bot", "total"), "", "bot sessions begun", ""),
    ("session_time", "s", ("bot",), "less", "mean length of a bot session that ended", ""),
    ("sessions_open", "number", ("bot",), "", "time average of bot sessions in progress", ""),
    ("bot_utilisation", "share", ("bot",), "", "sessions in progress / sessions the bot can hold (only where that is limited)", ""),
    ("availability", "share", ("bot",), "more", "share of the time that the bot was not down", ""),
    # --- customers -----------------------------------------------------------------------------------------------
    ("customers", "count", _C, "", "customers whose first contact lies in the period", ""),
    ("fcr", "share", _C, "more", "first-contact resolution: share of these customers whose first contact ended resolved", "COPC CX standard: resolved on first contact, per customer"),
    ("contacts_per_customer", "number", _C, "less", "attempts of these customers within the run / customers", ""),
    ("lost_customers", "count", _C, "less", "these customers whose last contact ended abandoned, blocked, closed or unresolved and who do not come back", ""),
    # --- money ---------------------------------------------------------------------------------------------------
    ("cost_labour", "money", ("pool", "total"), "less", "paid hours x wage", ""),
    ("cost_bot", "money", ("bot", "total"), "less", "cost per session x sessions + monthly cost x length", ""),
    ("cost_contact", "money", ("channel", "total"), "less", "cost per contact of the channel x offered", ""),
    ("cost_fixed", "money", ("total",), "less", "monthly fixed cost x length (a month is 365.25 / 12 days)", ""),
    ("cost_lost", "money", ("channel", "total"), "less", "cost of a lost customer x lost customers", ""),
    ("cost", "money", ("total",), "less", "all costs together", ""),
    ("cost_per_contact", "money", ("total",), "less", "cost / offered", ""),
    ("cost_per_resolution", "money", ("total",), "less", "cost / resolved contacts", ""),
    ("labour_share", "share", ("total",), "", "labour cost / cost", ""),
]  # fmt: skip

CATALOGUE: dict[str, MeasureDef] = {row[0]: MeasureDef(*row) for row in _TABLE}
