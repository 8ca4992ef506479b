"""The catalogue of measures: one table that names, defines and sources every number that servsim reports.

Docs, `servsim measures`, the checker of targets and the measuring code all come from here.

What holds for all measures. Periods are half open; measured is from the end of the warm-up to the end of the
clock, and a period's length is what lies therein. A contact counts in the period of its arrival, a visit to a
queue or bot in that of its coming, an agent's or a bot's work in that of its beginning, a customer in that of
the first contact; what came of it later counts there too, the drain included. Time averages and hours
integrate within the period, whoever came when; nothing is integrated after the clock's end. A visit handed
back (the shift ended, the bot went down) and those to the same step that follow it at once are one visit.
Waits that still last as the run ends count as long as they lasted. A measure is not defined (NaN) where there
is nothing to divide by.
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

    `better` is "more", "less" or "" where neither is. `needs` is a part of the scenario without which the measure does
    not exist.
    """

    name: str
    unit: str
    scopes: tuple[str, ...]
    better: str
    definition: str
    source: str = ""
    needs: str = ""

    def lacking(self, model: object) -> str:
        """Return that a scenario's model has not the part that the measure needs; empty where it has."""
        if not self.needs or getattr(model, self.needs) is not None:
            return ""
        return f"{self.name} needs the part '{self.needs}'; {self.needs}: {{}} takes what is usual"


_TABLE = [
    # --- volumes -------------------------------------------------------------------------------------------------
    ("offered", "count", (*_CQ, "bot"), "", "contacts (attempts) that arrived while the channel was open; at a queue or bot: visits that arrived there, those it turned away included", ""),
    ("repeats", "count", _C, "less", "offered contacts that are a second or later attempt of their customer", ""),
    ("closed", "count", _C, "less", "contacts that came outside the channel's opening hours; not offered", ""),
    ("answered", "count", (*_CQ, "pool"), "", "offered contacts that an agent began to serve; at a queue: visits that an agent began; at a pool: services that its agents began, those handed back later included", ""),
    ("abandoned", "count", _CQ, "less", "offered contacts that ended because the customer gave up; at a queue: visits at which the customer gave up waiting", ""),
    ("blocked", "count", _CQ, "less", "offered contacts turned away because lines, waiting room or bot were full or down; at a queue: visits turned away because its room was full", ""),
    ("contained", "count", (*_C, "bot"), "more", "offered contacts with a bot session that never reached a queue and ended resolved; at a bot: those that had a session there, once each, in the period in which they came for the first one", ""),
    ("escalated", "count", (*_C, "bot"), "less", "offered contacts that had a bot session and then reached a queue; at a bot: those that had a session there, counted as in contained", ""),
    ("transferred", "count", _C, "less", "offered contacts that came to a queue again after an agent had finished serving them", ""),
    ("resolved", "count", _C, "more", "offered contacts that ended resolved", ""),
    ("unresolved", "count", _C, "less", "offered contacts that ended unresolved", ""),
    ("unfinished", "count", _C, "less", "offered contacts still in the system when the run ended (after the drain, if there is one)", ""),
    ("returned", "count", _C, "less", "offered contacts after which the customer comes back within the run", ""),
    # --- shares --------------------------------------------------------------------------------------------------
    ("abandonment", "share", _CQ, "less", "abandoned / offered", ""),
    ("blocking", "share", _CQ, "less", "blocked / offered", ""),
    ("containment", "share", (*_C, "bot"), "more", "contained / offered contacts that had a bot session", ""),
    ("escalation", "share", (*_C, "bot"), "less", "escalated / offered contacts that had a bot session", ""),
    ("transfer_share", "share", _C, "less", "transferred / answered", ""),
    ("repeat_share", "share", _C, "less", "repeats / offered", ""),
    ("automation_share", "share", _C, "more", "contained / resolved: the share of resolved contacts settled without a person", ""),
    # --- waiting -------------------------------------------------------------------------------------------------
    ("wait", "s", _CQ, "less", "mean waiting time in queues, over offered contacts that waited or were served at once in a queue, those who gave up included; those turned away by a full room have no wait; the waits of one contact are summed", ""),
    ("asa", "s", _CQ, "less", "average speed of answer: mean waiting time in queues until an agent first answered, over answered contacts; time with a bot before is not in it", "Gans, Koole, Mandelbaum 2003, M&SOM 5(2)"),
    ("wait_abandoned", "s", _CQ, "", "mean waiting time in queues of contacts that ended because the customer gave up, where they waited in one", ""),
    ("wait_p50", "s", _CQ, "less", "median of the waiting time (as in wait)", "Hyndman & Fan 1996, type 7"),
    ("wait_p80", "s", _CQ, "less", "80 % quantile of the waiting time (as in wait)", "Hyndman & Fan 1996, type 7"),
    ("wait_p95", "s", _CQ, "less", "95 % quantile of the waiting time (as in wait)", "Hyndman & Fan 1996, type 7"),
    ("wait_max", "s", _CQ, "less", "longest waiting time (as in wait)", ""),
    ("answered_in_time", "count", _CQ, "more", "contacts answered by an agent with a wait until the first answer of at most `within` (<=): at a queue the queue's own, else the contact's channel's, else the scenario's, else 20 s", ""),
    ("service_level", "share", _CQ, "more", "share answered within `within` (as in answered_in_time), of those that reached a queue. The rule for those who gave up before an answer is found in the same order (service_level.abandoned): missed = they count as missed; ignored = those who gave up within the time are left out; met = those who gave up within the time count as answered in time; answered_only = of the answered. Turned away by a full room counts as missed, except under answered_only. Still waiting as the run ends: missed if longer than `within`, else left out. In total and by reason each contact is judged by its channel's threshold and rule", "Gans, Koole, Mandelbaum 2003, M&SOM 5(2); ContactCenters manual"),
    # --- work ----------------------------------------------------------------------------------------------------
    ("talk_time", "s", ("queue", "pool"), "less", "mean time of an agent with the contact, without wrap-up, per visit whose service and wrap-up were completed", ""),
    ("wrap_up_time", "s", ("queue", "pool"), "less", "mean wrap-up after the contact, per visit completed (as in talk_time)", ""),
    ("aht", "s", (*_CQ, "pool"), "less", "average handling time: talk + wrap-up; at a queue or pool per visit completed (as in talk_time), elsewhere the agents' time on all visits summed (services handed back included, unfinished ones up to the end of the run) per answered contact", "Cleveland, Call Center Management on Fast Forward"),
    ("cycle_time", "s", _C, "less", "mean time from the contact's arrival to its end, over offered contacts that ended, however they did", ""),
    ("cycle_time_p90", "s", _C, "less", "90 % quantile of the cycle time", "Hyndman & Fan 1996, type 7"),
    ("work_in_system", "number", _C, "less", "time average of the offered contacts in the system", "Little 1961"),
    ("waiting", "number", ("queue", "total"), "less", "time average of the contacts waiting in queues", "Little 1961"),
    ("backlog", "number", ("queue", "total"), "less", "contacts waiting in queues at the end of the period: come before that moment and not taken or gone before it", ""),
    ("offered_load", "number", ("queue",), "", "erlangs of work begun: agents' time on the queue's visits (talk + wrap-up, in full for services begun in the period, at most up to the end of the run) / length of the period", ""),
    # --- agents --------------------------------------------------------------------------------------------------
    ("staffed_hours", "hours", ("pool", "total"), "", "agent-hours present (after shrinkage), those finishing after their shift included; up to the clock's end, the drain not", ""),
    ("paid_hours", "hours", ("pool", "total"), "less", "agent-hours scheduled (before shrinkage) plus time worked past the shift's end (agents present beyond those that the roster wants); up to the clock's end", ""),
    ("busy_hours", "hours", ("pool", "total"), "", "agent-hours of talk and wrap-up, up to the clock's end", ""),
    ("occupancy", "share", ("pool", "total"), "", "busy hours / staffed hours, those finishing after their shift included in both", "Gans, Koole, Mandelbaum 2003"),
    ("utilisation", "share", ("pool", "total"), "more", "busy hours / paid hours: what the wages buy", ""),
    # --- bots ----------------------------------------------------------------------------------------------------
    ("sessions", "count", ("bot", "total"), "", "bot sessions begun, those broken off by an outage included", ""),
    ("session_time", "s", ("bot",), "less", "mean length of a bot session, over sessions not broken off and not open at the end of the run", ""),
    ("sessions_open", "number", ("bot",), "", "time average of bot sessions in progress", ""),
    ("bot_utilisation", "share", ("bot",), "", "sessions_open / sessions that the bot can hold (only where that is limited)", ""),
    ("availability", "share", ("bot",), "more", "share of the time that the bot was not down", ""),
    # --- customers -----------------------------------------------------------------------------------------------
    ("customers", "count", _C, "", "customers whose first contact lies in the period, whether the channel was open or closed", ""),
    ("fcr", "share", _C, "more", "first-contact resolution: share of these customers whose first contact ended resolved", "COPC CX standard: resolved on first contact, per customer"),
    ("contacts_per_customer", "number", _C, "less", "attempts of these customers within the run, closed ones included / customers", ""),
    ("lost_customers", "count", _C, "less", "these customers whose last contact ended abandoned, blocked, closed or unresolved and who do not come back within the run: a return after its end counts as none", ""),
    # --- experience ----------------------------------------------------------------------------------------------
    ("satisfaction", "share", _C, "more", "mean share of good ratings by the scenario's table (experience.satisfaction), over offered contacts that ended: base x factor of the wait x factor of the end, 100 % at most. The wait lasts from the contact's arrival to the first answer, by an agent or a bot; who got none waited longest", ""),
    ("churned_customers", "count", _C, "less", "of these customers those who leave for good, by the scenario's table (experience.churn), as the sum of their shares: after the wait from the customer's first arrival to the first answer in any of the customer's contacts, by an agent or a bot (who got none waited longest; who still waits as the run ends, as long as that lasted), or, independently of it, after the end of the last contact", ""),
    ("churn", "share", _C, "less", "churned_customers / customers", ""),
    # --- money ---------------------------------------------------------------------------------------------------
    ("cost_labour", "money", ("pool", "total"), "less", "paid hours x wage", ""),
    ("cost_bot", "money", ("bot", "total"), "less", "cost per session x sessions + monthly cost x length (a month is 365.25 / 12 days)", ""),
    ("cost_contact", "money", ("channel", "total"), "less", "cost per contact of the channel x offered", ""),
    ("cost_fixed", "money", ("total",), "less", "monthly fixed cost x length (a month is 365.25 / 12 days)", ""),
    ("cost_lost", "money", ("channel", "total"), "less", "cost of a lost customer x lost customers; at a channel: those who first came there", ""),
    ("cost_churn", "money", ("channel", "total"), "less", "experience.customer_value x churned customers; at a channel: those who first came there", ""),
    ("cost", "money", ("total",), "less", "all costs together", ""),
    ("cost_per_contact", "money", ("total",), "less", "cost / offered", ""),
    ("cost_per_resolution", "money", ("total",), "less", "cost / resolved contacts", ""),
    ("labour_share", "share", ("total",), "", "labour cost / cost", ""),
]  # fmt: skip

_OF_EXPERIENCE = ("satisfaction", "churned_customers", "churn", "cost_churn")

CATALOGUE: dict[str, MeasureDef] = {
    row[0]: MeasureDef(*row, needs="experience" if row[0] in _OF_EXPERIENCE else "") for row in _TABLE
}
