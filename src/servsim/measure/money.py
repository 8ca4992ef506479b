"""What the service costs: other measures times the scenario's prices; monthly money goes by the clock."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..network.network import Floats, Network
from ..scenario.model import Model
from ..units import HOUR, MONTH
from .groups import ByKind, Table

__all__ = ["money_table"]


def money_table(table: Table, network: Network, model: Model, lengths: Floats) -> Table:
    """Return all costs, from hours, sessions and contacts already counted.

    `lengths` are those of the periods, in seconds; the result is in the scenario's currency.
    """
    names, costs = network.names, model.costs
    wage = _column(model.pools[name].wage * HOUR for name in names.pools)
    per_contact = _column(costs.per_contact.get(name, 0.0) for name in names.channels)
    per_session = _column(model.bots[name].cost.per_session for name in names.bots)
    per_month = _column(model.bots[name].cost.per_month for name in names.bots)
    months = lengths / MONTH
    found: Table = {
        "cost_labour": _with_total("pool", wage * table["paid_hours"]["pool"]),
        "cost_bot": _with_total(
            "bot", per_session * table["sessions"]["bot"] + per_month * (lengths / MONTH)
        ),
        "cost_contact": _with_total("channel", per_contact * table["offered"]["channel"]),
        "cost_fixed": {"total": costs.fixed_per_month * months[np.newaxis, :]},
        "cost_lost": _with_total("channel", costs.lost_customer * table["lost_customers"]["channel"]),
    }
    if model.experience is not None:
        lost = model.experience.customer_value * table["churned_customers"]["channel"]
        found["cost_churn"] = _with_total("channel", lost)
    return found | {"cost": {"total": np.sum([found[part]["total"] for part in found], axis=0)}}


def _column(amounts: Iterable[float]) -> Floats:
    """Return amounts of money, one a scope, as a column that multiplies a matrix (scopes x periods)."""
    return np.array(list(amounts), dtype=np.float64)[:, np.newaxis]


def _with_total(kind: str, matrix: Floats) -> ByKind:
    """Return a matrix and the sum over its scopes."""
    return {"total": np.sum(matrix, axis=0, keepdims=True), kind: matrix}
