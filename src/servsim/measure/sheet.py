"""All measures of one replication: what is entered part by part, and what is made from the sums."""

from __future__ import annotations

from ..catalogue import CATALOGUE, MeasureDef
from ..network.network import Network
from ..scenario.model import Model
from ..units import HOUR
from .capacity import add_agents, add_bots, add_presence, bot_shares, busy_on_shift
from .contacts import add_contacts
from .customers import Customers
from .facts import Facts
from .groups import Ledger, Table, ratio
from .money import money_table
from .periods import Grid
from .queues import add_stays, add_waiting

__all__ = ["HOURS", "OCCUPANCY", "RATES", "RATIOS", "Sheet", "measured", "scope_names"]

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
    "service_level": ("good", "counted"),
    "talk_time": ("talk seconds", "handled"),
    "wrap_up_time": ("wrap-up seconds", "handled"),
    "aht": ("work seconds", "handled"),
    "cycle_time": ("cycle seconds", "ended"),
    "occupancy": ("busy_hours", "staffed_hours"),
    "utilisation": ("busy_hours", "paid_hours"),
    "session_time": ("session seconds", "sessions completed"),
    "fcr": ("first resolved", "customers"),
    "contacts_per_customer": ("attempts", "customers"),
    "satisfaction": ("good ratings", "ended"),
    "churn": ("churned_customers", "customers"),
    "cost_per_contact": ("cost", "offered"),
    "cost_per_resolution": ("cost", "resolved"),
    "labour_share": ("cost_labour", "cost"),
}
# occupancy by each rule for agents who finish after their shift (definitions.occupancy_finishing)
OCCUPANCY = {
    "counted": RATIOS["occupancy"],
    "busy_only": ("seconds busy", "seconds on shift"),
    "left_out": ("seconds busy on shift", "seconds on shift"),
}
# measures that are a sum of seconds over the length of the period, and those that are one in hours
RATES = {
    "work_in_system": "seconds inside",
    "waiting": "seconds waiting",
    "offered_load": "seconds begun",
    "sessions_open": "seconds in session",
}
HOURS = {"staffed_hours": "seconds staffed", "paid_hours": "seconds paid", "busy_hours": "seconds busy"}


class Sheet:
    """Takes the facts of one part after another and gives all measures at the end."""

    def __init__(self, network: Network, model: Model, grid: Grid) -> None:
        self._network, self._model = network, model
        self._ledger = Ledger(grid, network.names)
        self._customers = Customers()

    @property
    def _finishing(self) -> str:
        """The rule of occupancy for agents who finish after their shift."""
        said = self._model.definitions
        return (said and said.occupancy_finishing) or "counted"

    def add(self, facts: Facts) -> None:
        """Enter what happened in a part of the run."""
        for enter in (add_contacts, self._customers.add, add_stays, add_waiting, add_agents, add_bots):
            enter(self._ledger, facts)
        if facts.records.last:
            add_presence(self._ledger, facts)

    def table(self) -> Table:
        """Return every measure and every sum behind one, by kind of scope. May be called once."""
        table, lengths = self._ledger.table(), self._ledger.grid.lengths
        for name, seconds in RATES.items():
            table[name] = {kind: table[seconds][kind] / lengths for kind in CATALOGUE[name].scopes}
        for name, seconds in HOURS.items():
            table[name] = {kind: table[seconds][kind] / HOUR for kind in CATALOGUE[name].scopes}
        table["seconds busy on shift"] = busy_on_shift(table)
        table |= bot_shares(table, self._network, lengths)
        table |= money_table(table, self._network, self._model, lengths)
        entries = measured(self._model)
        for name, (above, below) in {**RATIOS, "occupancy": OCCUPANCY[self._finishing]}.items():
            kinds = entries[name].scopes if name in entries else ()
            table[name] = {kind: ratio(table[above][kind], table[below][kind]) for kind in kinds}
        return table


def measured(model: Model) -> dict[str, MeasureDef]:
    """Return the measures of the catalogue that a scenario has."""
    return {name: entry for name, entry in CATALOGUE.items() if not entry.lacking(model)}


def scope_names(network: Network, kind: str) -> list[str]:
    """Return the scopes of one kind as tables name them: `total`, `channel:phone`, …"""
    if kind == "total":
        return ["total"]
    return [f"{kind}:{name}" for name in getattr(network.names, f"{kind}s")]
