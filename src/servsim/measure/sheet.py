"""All measures of one replication, put together in the order of the catalogue."""

from __future__ import annotations

from ..catalogue import CATALOGUE
from ..network.network import Network
from .capacity import bot_table, pool_table
from .contacts import contact_table
from .customers import customer_table
from .facts import Facts
from .groups import Table, ratio
from .money import money_table
from .queues import queue_table

__all__ = ["RATIOS", "all_measures", "scope_names"]

# measures that are one sum over another, whatever the scope; the catalogue lists which sums are reported too
RATIOS: dict[str, tuple[str, str]] = {
    "abandonment": ("abandoned", "offered"),
    "blocking": ("blocked", "offered"),
    "containment": ("contained", "met bot"),
    "escalation": ("escalated", "met bot"),
    "transfer_share": ("transferred", "answered"),
    "repeat_share": ("repeats", "offered"),
    "automation_share": ("contained", "resolved"),
    "wait": ("wait seconds", "waited"),
    "asa": ("answer seconds", "answered"),
    "wait_abandoned": ("lost wait seconds", "lost after wait"),
    "talk_time": ("talk seconds", "handled"),
    "wrap_up_time": ("wrap-up seconds", "handled"),
    "aht": ("work seconds", "handled"),
    "cycle_time": ("cycle seconds", "ended"),
    "occupancy": ("busy_hours", "staffed_hours"),
    "utilisation": ("busy_hours", "paid_hours"),
    "session_time": ("session seconds", "sessions completed"),
    "fcr": ("first resolved", "customers"),
    "contacts_per_customer": ("attempts", "customers"),
    "cost_per_contact": ("cost", "offered"),
    "cost_per_resolution": ("cost", "resolved"),
    "labour_share": ("cost_labour", "cost"),
}


def all_measures(facts: Facts) -> Table:
    """Return every measure and every sum behind one, by kind of scope."""
    table: Table = {}
    for part in (contact_table, queue_table, pool_table, bot_table, customer_table):
        for name, found in part(facts).items():
            table.setdefault(name, {}).update(found)
    table |= money_table(table, facts.network, facts.model, facts.grid.lengths)
    for name, (above, below) in RATIOS.items():
        kinds = CATALOGUE[name].scopes
        table[name] = {kind: ratio(table[above][kind], table[below][kind]) for kind in kinds}
    return table


def scope_names(network: Network, kind: str) -> list[str]:
    """Return the scopes of one kind as tables name them: `total`, `channel:phone`, …"""
    if kind == "total":
        return ["total"]
    return [f"{kind}:{name}" for name in getattr(network.names, f"{kind}s")]
