"""What the closed formulas allow as arguments, in one wording."""

import math
from collections.abc import Sequence

__all__ = ["above_zero", "at_least_zero", "check_queue", "check_rates", "count", "inside"]


def check_queue(arrival_rate: float, mean_service: float, servers: int) -> None:
    """Raise ValueError unless these can be the arrivals, service and servers of a queue."""
    at_least_zero("arrival_rate", arrival_rate)
    above_zero("mean_service", mean_service)
    count("servers", servers, 1)


def check_rates(name: str, rates: Sequence[float], of: str) -> None:
    """Raise ValueError unless `rates` holds at least one, each 0 or more; `of` says what one belongs to."""
    if len(rates) == 0:
        raise ValueError(f"{name} is empty: must hold one rate for each {of}")
    for k, rate in enumerate(rates):
        at_least_zero(f"{name}[{k}]", rate)


def above_zero(name: str, value: float, also: str = "") -> None:
    """Raise ValueError unless `value` is finite and above 0; `also` says what else the caller lets pass."""
    if not (value > 0.0 and math.isfinite(value)):
        raise ValueError(f"{name} is {value!r}: must be a finite number above 0{also}")


def at_least_zero(name: str, value: float) -> None:
    """Raise ValueError unless `value` is finite and 0 or more."""
    if not (value >= 0.0 and math.isfinite(value)):
        raise ValueError(f"{name} is {value!r}: must be a finite number, 0 or more")


def count(name: str, value: float, least: int) -> None:
    """Raise ValueError unless `value` is a whole number, `least` or more."""
    if not (math.isfinite(value) and value == int(value) and value >= least):
        raise ValueError(f"{name} is {value!r}: must be a whole number, {least} or more")


def inside(name: str, value: float) -> None:
    """Raise ValueError unless 0 < `value` < 1."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} is {value!r}: must be above 0 and below 1")
