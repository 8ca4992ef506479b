"""Closed formulas of queueing theory: Erlang B, C and A, finite room, waits, priorities, staffing, changing rates.

Any unit of time will do, as long as rates and times of one call share it: with an arrival rate per minute,
mean service, patience and waits are in minutes. Loads are in erlangs (arrival rate x mean service). Steady
state throughout, but in ``varying``.

Nothing here overflows: each formula is a recurrence, or a walk outwards from the largest term. Every bad
argument is a ValueError that names the argument, the value and what is allowed. A queue that grows without
bound is no error: its waits are `math.inf` and its service level is 0, which is where they tend to.

Exact: ``erlang_bc`` (Erlang B and C), ``erlang`` (exponential service: figures, waits, service levels, staffing;
computed in ``chain``), ``general`` (any service at one server; priorities). Not exact, as each says:
``approximations`` (any service at many servers), ``limits`` (many servers, square-root staffing), ``varying``
(rates that change with time; its offered load is exact, the staffing is not).
"""

from servsim.queueing.approximations import ggc_wait_allen_cunneen, mdc_wait_cosmetatos, mgc_wait_kimura
from servsim.queueing.erlang import AbandonedRule, QueueFigures, WaitOf, mmc, mmca, mmck, staff_for
from servsim.queueing.erlang_bc import erlang_b, erlang_c
from servsim.queueing.general import mg1_priority_waits, mg1_wait, priority_waits
from servsim.queueing.limits import (
    garnett_abandonment,
    garnett_delay,
    halfin_whitt_delay,
    square_root_staff,
    square_root_staff_abandonment,
)
from servsim.queueing.varying import Lag, ServiceGoal, Survival, mol_staff, offered_load, sipp_staff

__all__ = [
    "AbandonedRule",
    "Lag",
    "QueueFigures",
    "ServiceGoal",
    "Survival",
    "WaitOf",
    "erlang_b",
    "erlang_c",
]
__all__ += ["garnett_abandonment", "garnett_delay", "ggc_wait_allen_cunneen", "halfin_whitt_delay"]
__all__ += ["mdc_wait_cosmetatos", "mg1_priority_waits", "mg1_wait", "mgc_wait_kimura", "mmc", "mmca", "mmck"]
__all__ += ["mol_staff", "offered_load", "priority_waits", "sipp_staff", "square_root_staff"]
__all__ += ["square_root_staff_abandonment", "staff_for"]
