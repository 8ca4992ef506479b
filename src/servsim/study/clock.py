"""What the length of the clock does to money and to customers, and a reader should know."""

from __future__ import annotations

from collections.abc import Iterator

from ..scenario.model import Model
from ..units import DAY
from ..words import duration

__all__ = ["about_clock", "whole_weeks"]

LATE = 0.02  # of the measured time: mean delays beyond it bring many customers back after the end
WEEK = 7 * DAY
MONTH_DAYS = 365.25 / 12


def whole_weeks(model: Model) -> bool:
    """Tell whether the measured time holds every day of the week equally often."""
    return _measured(model) % WEEK == 0


def about_clock(model: Model) -> Iterator[str]:
    """Yield, in sentences, what the clock leaves out of the numbers."""
    length = duration(_measured(model))
    if _pays_monthly(model) and not whole_weeks(model):
        days = _measured(model) / DAY
        yield (
            f"monthly costs count for {days:g} of {MONTH_DAYS:.2f} days; for the money of a week measure whole weeks"
        )
    delays = [delay for delay in _delays(model) if delay > LATE * _measured(model)]
    if delays:
        yield (
            f"customers who would come back after the clock's end count as lost: delays of "
            f"{duration(round(max(delays)))} on average are long against {length}; a longer clock loses fewer"
        )


def _measured(model: Model) -> float:
    return model.clock.length - model.clock.warmup


def _pays_monthly(model: Model) -> bool:
    return model.costs.fixed_per_month > 0 or any(bot.cost.per_month > 0 for bot in model.bots.values())


def _delays(model: Model) -> Iterator[float]:
    """Yield the mean delays, in seconds, after which customers come back."""
    for part in model.channels.values():
        for back in {**model.returns, **part.returns}.values():
            if back.probability > 0:
                yield max(back.after.pick(reason, 0.0).mean() for reason in model.reasons)
