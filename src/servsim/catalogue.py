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

__all__ = ["CATALOGUE", "CHOICES", "SCOPES", "Choice", "MeasureDef"]

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
    ("service_level", "share", _CQ, "more", "share answered within `within` (as in answered_in_time), of those that reached a queue. The rule for those who gave up before an answer is found in the same order (service_level.abandoned): missed = they count as missed; ignored = those who gave up within the time are left out; met = those who gave up within the time count as answered in time; answered_only = of the answered. Turned away by a full room counts as missed, or not at all (service_level.blocked: left_out; under answered_only always). Still waiting as the run ends: missed if longer than `within`, else left out. In total and by reason each contact is judged by its channel's threshold and rule", "Gans, Koole, Mandelbaum 2003, M&SOM 5(2); ContactCenters manual"),
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
    ("occupancy", "share", ("pool", "total"), "", "busy hours / staffed hours, those finishing after their shift included in both, or in the first, or in neither (definitions.occupancy_finishing)", "Gans, Koole, Mandelbaum 2003"),
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


@dataclass(frozen=True)
class Choice:
    """A measure that published sources define differently.

    `question` is what they answer differently. `option` is the path in a scenario that decides it, or "" where the
    readings are measures of their own; `readings` are its words, the usual one first, or those measures, each with what
    it means and who reads it so.
    """

    measures: tuple[str, ...]
    question: str
    option: str
    readings: tuple[tuple[str, str], ...]


CHOICES: tuple[Choice, ...] = (
    Choice(
        ("service_level",),
        "those who gave up before an answer",
        "service_level.abandoned",
        (
            ("missed", "they count as missed: the share of all who came to the queue (Cisco ICM: abandoned calls negatively impact the level)"),
            ("ignored", "those who gave up within the time are left out (Cisco ICM: abandoned calls ignored; ContactCenters: served in time / (served + abandoned after the time))"),
            ("met", "those who gave up within the time count as answered in time (Cisco ICM: abandoned calls positively impact it)"),
            ("answered_only", "share of the answered; those who gave up do not count, however many they are. ICMI (Queue Tips, 2002) lists all four"),
        ),
    ),
    Choice(
        ("service_level",),
        "those turned away by a full waiting room",
        "service_level.blocked",
        (
            ("missed", "they came and were not answered in time, so they count as missed"),
            ("left_out", "they never joined the queue, so they do not count (ContactCenters: of the served and the abandoned)"),
        ),
    ),
    Choice(
        ("occupancy",),
        "agents who finish a contact after their shift",
        "definitions.occupancy_finishing",
        (
            ("counted", "as busy and as staffed: never above 100 % (ContactCenters)"),
            ("busy_only", "as busy, but staffed are the hours of the roster: may pass 100 % (work over scheduled time)"),
            ("left_out", "as neither: what happens within shifts alone"),
        ),
    ),
    Choice(
        ("occupancy", "utilisation"),
        "busy out of which hours",
        "",
        (
            ("occupancy", "hours present, shrinkage taken off"),
            ("utilisation", "hours paid, shrinkage and time past the shift included"),
        ),
    ),
    Choice(
        ("wait", "asa", "wait_abandoned"),
        "whose waiting is averaged",
        "",
        (
            ("wait", "all who waited or were served at once, those who gave up included (mean wait of queueing theory: W of Little's law)"),
            ("asa", "the answered alone, until the first answer (average speed of answer)"),
            ("wait_abandoned", "those who gave up alone"),
        ),
    ),
    Choice(
        ("abandonment", "blocking"),
        "lost out of which contacts",
        "",
        (
            ("abandonment", "gave up / offered, and offered counts those turned away"),
            ("blocking", "turned away / offered; abandoned / (offered - blocked) follows from the counts"),
        ),
    ),
    Choice(
        ("aht", "talk_time", "wrap_up_time"),
        "what handling time holds",
        "",
        (
            ("aht", "talk and wrap-up; by contact all its visits, at a queue or pool each visit"),
            ("talk_time", "without wrap-up"),
            ("wrap_up_time", "wrap-up alone"),
        ),
    ),
    Choice(
        ("containment", "escalation", "automation_share"),
        "what a bot has achieved",
        "",
        (
            ("containment", "never reached a queue and ended resolved, of contacts with a session: who gave up at the bot is not contained"),
            ("escalation", "went on to a queue; 1 - escalation is the share that reached nobody after the bot, whatever became of it, and is often called containment too"),
            ("automation_share", "of all that was resolved, the share without a person"),
        ),
    ),
    Choice(
        ("fcr", "repeat_share", "contacts_per_customer"),
        "solved at the first contact",
        "",
        (
            ("fcr", "how the first contact ended, per customer; no window of days, as the simulation knows the outcome"),
            ("repeat_share", "share of contacts that are repeats: within the run, whenever (first-contact resolution measured as no repeat within some days is near 1 - repeat_share)"),
            ("contacts_per_customer", "attempts per customer within the run"),
        ),
    ),
)  # fmt: skip
