"""The plots of each kind of result, as methods: `result.plot`, `comparison.plot`, `tornado.plot` and so on.

Each method takes from the result what the function on the tidy table wants, and fills in what the scenario says:
names, thresholds, targets, currency. `servsim.study.plotting` finds the classes by their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...catalogue import CATALOGUE
from ...decide.asking import number_of, unit_of
from ...errors import InputError, did_you_mean, listed
from ...words import clock_time
from .comparison import MAIN, check_path, curve, differences
from .contacts import time_spent, wait_distribution, wait_quantiles, where_time_goes
from .decide import breakeven, sobol, tornado
from .money import cost
from .months import cash
from .over_time import arrivals_staffing, occupancy, queues, service_level, wait
from .sankey import flow, paths_of
from .steady import warmup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...decide import BreakEven, Returns, Sobol, Tornado
    from ...scenario.model import Model, Target
    from ...study import Comparison, Result, Warmup

__all__ = [
    "BreakEvenPlots",
    "ComparisonPlots",
    "Plots",
    "ResultPlots",
    "ReturnsPlots",
    "SobolPlots",
    "TornadoPlots",
    "WarmupPlots",
]


def within_of(model: Model, scope: str) -> float | None:
    """Return the threshold of a scope's service level, in seconds; None where channels have different ones."""
    kind, _, name = scope.partition(":")
    usual = model.service_level.within
    own = {key: part.service_level.within for key, part in model.channels.items()}
    if kind == "channel" and name in own:
        return usual if own[name] is None else own[name]
    if kind == "queue" and name in model.queues:
        at_queue = model.queues[name].service_level.within
        if at_queue is not None:
            return at_queue
    different = {usual if seconds is None else seconds for seconds in own.values()}
    return different.pop() if len(different) == 1 else None


class Plots:
    """The plots of one result; `names` lists them."""

    @property
    def names(self) -> list[str]:
        """The names of the plots, in the order in which they are read."""
        return [
            name
            for name, part in vars(type(self)).items()
            if not name.startswith("_") and not isinstance(part, property)
        ]

    def __getattr__(self, name: str) -> Any:
        """Raise AttributeError with the nearest name: only what does not exist is asked for here."""
        hint = did_you_mean(name, self.names) or f"; there are {listed(self.names)}"
        raise AttributeError(f"no plot is named {name!r}{hint}")


class ResultPlots(Plots):
    """The plots of a run."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._model: Model = result.scenario.model
        self._name = result.scenario.name

    def arrivals_staffing(
        self, scope: str = "total", pool: str = "total", *, by: str = "auto", day: str = ""
    ) -> Figure:
        """Draw arrivals against staffing; see `show.plots.arrivals_staffing`."""
        return arrivals_staffing(self._result.intervals, scope, pool, by=by, day=day, title=self._name)

    def service_level(self, scope: str = "", *, by: str = "auto", day: str = "") -> Figure:
        """Draw the service level with the scenario's target; without a scope that of the first target, or the total."""
        found = self._target("service_level", scope)
        scope = scope or (_scope_of(found) if found is not None else "total")
        seconds = self._within(scope)
        return service_level(
            self._result.intervals,
            scope,
            target=found.at_least if found is not None and found.within in (None, seconds) else None,
            within="" if seconds is None else clock_time(seconds),
            by=by,
            day=day,
            title=self._name,
        )

    def wait(self, scope: str = "total", *, by: str = "auto", day: str = "") -> Figure:
        """Draw the mean wait and the 95 % quantile, with the scenario's target for the mean wait if it has one."""
        found = self._target("wait", scope)
        bound = found.at_most if found is not None else None
        return wait(self._result.intervals, scope, target=bound, by=by, day=day, title=self._name)

    def wait_distribution(self, *channels: str) -> Figure:
        """Draw which share of the contacts waited at most so long, with the scenario's threshold and target.

        Needs every contact: `run(..., contacts=True)`. Several channels whose thresholds differ get no line.
        """
        contacts = self._measured("contacts")
        known = channels or tuple(self._model.channels)
        seconds = {self._within(f"channel:{name}") for name in known if name in self._model.channels}
        within = seconds.pop() if len(seconds) == 1 else None
        targets = [self._target("service_level", f"channel:{name}") for name in known]
        aims = {target.at_least if target is not None else None for target in targets}
        aim = aims.pop() if len(aims) == 1 and within is not None else None
        return wait_distribution(contacts, channels, within=within, target=aim, title=self._name)

    def wait_quantiles(self, kind: str = "channel") -> Figure:
        """Draw the wait that half, 80 % and 95 % do not exceed, by channel, queue or reason."""
        aimed = {}
        if kind == "channel":
            found = {f"channel:{name}": self._within(f"channel:{name}") for name in self._model.channels}
            aimed = {scope: seconds for scope, seconds in found.items() if seconds is not None}
        return wait_quantiles(self._result.of_period("run"), kind, within=aimed, title=self._name)

    def occupancy(self, pool: str = "") -> Figure:
        """Draw occupancy by pool and hour of the day; of one pool by day and hour."""
        return occupancy(self._result.intervals, pool, title=self._name)

    def queues(self, *names: str, by: str = "auto", day: str = "") -> Figure:
        """Draw how many wait in each queue, and the backlog."""
        return queues(self._result.intervals, names, by=by, day=day, title=self._name)

    def flow(self) -> Figure:
        """Draw the way of contacts from channel to end. Needs `run(..., contacts=True, events=True)`."""
        contacts, events = self._measured("contacts"), self._measured("events")
        return flow(paths_of(contacts, events), title=self._name)

    def cost(self) -> Figure:
        """Draw the cost by kind."""
        rows = self._result.of_period("run").assign(scenario=self._name)
        return cost(rows, currency=self._model.currency)

    def where_time_goes(self) -> Figure:
        """Draw where the time of contacts goes, step by step. Needs `run(..., events=True)`."""
        return where_time_goes(time_spent(self._measured("events")), title=self._name)

    def _measured(self, what: str) -> pd.DataFrame:
        """Return contacts or events of the measured time. Raises InputError where they were not kept."""
        table: pd.DataFrame | None = getattr(self._result, what)
        if table is None:
            raise InputError(
                f"this plot takes every single one of the {what}, which the run did not keep: "
                f"run(..., {what}=True), or servsim run --{what}"
            )
        column = "arrived" if what == "contacts" else "enqueued"
        return table[table[column] >= self._model.clock.warmup]

    def _target(self, measure: str, scope: str) -> Target | None:
        """Return the scenario's first target for a measure of a scope; of any scope where that is empty."""
        return next(
            (t for t in self._model.targets if t.measure == measure and scope in ("", _scope_of(t))), None
        )

    def _within(self, scope: str) -> float | None:
        return within_of(self._model, scope)


class ComparisonPlots(Plots):
    """The plots of a comparison or a sweep."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._model = comparison.results[comparison.base].scenario.model

    def differences(self, *measures: str) -> Figure:
        """Draw the differences from the base with their simultaneous intervals.

        Args:
            measures: names of the catalogue, each with a scope after a space or without: `"asa queue:phone"`; none for
                those that targets name and the main ones.
        """
        pairs = [_pair(words) for words in measures]
        aimed = [(target.measure, _scope_of(target)) for target in self._model.targets]
        base = self._comparison.names[self._comparison.base]
        return differences(
            self._comparison.differences,
            pairs or [*aimed, *self._main()],
            base=base,
            title=self._model.name if base != self._model.name else "",
        )

    def _main(self) -> list[tuple[str, str]]:
        """Return the main measures; times by channel where calls and messages are seconds and days in one mean."""
        channels = self._model.channels
        mixed = len({part.type == "message" for part in channels.values()}) > 1
        apart = [f"channel:{name}" for name in channels]
        return [
            (measure, place)
            for measure, scope in MAIN
            for place in (apart if mixed and CATALOGUE[measure].unit == "s" else [scope])
        ]

    def cost(self) -> Figure:
        """Draw the cost by kind, scenarios side by side."""
        named = zip(self._comparison.names, self._comparison.results, strict=True)
        rows = [result.of_period("run").assign(scenario=name) for name, result in named]
        kept = [
            part[part["scope"] == "total"].astype({"measure": str, "scope": str, "period": str})
            for part in rows
        ]
        return cost(pd.concat(kept, ignore_index=True), currency=self._model.currency)

    def curve(
        self, measure: str = "cost", scope: str = "total", *, path: str = "", bound: float | str | None = None
    ) -> Figure:
        """Draw a measure over the values of a sweep, and where it crosses a bound.

        Args:
            measure: a name of the catalogue.
            scope: `total`, or such as `queue:phone`.
            path: over which of the varied paths; empty for the first. Of two paths the other makes a line a value.
            bound: in the measure's unit; `base` for its value in the scenario as it is; None for the scenario's target,
                if it has one.

        Raises:
            InputError: nothing was varied, or more than two paths were.
        """
        paths = [str(name) for name in self._comparison.points.columns if name != "scenario"]
        path = check_path(path, paths)
        if len(paths) > 2:
            raise InputError(
                f"{len(paths)} paths were varied: a curve shows one, or two with a line for each value"
            )
        others = [name for name in paths if name != path]
        limit, words = self._bound(measure, scope, bound)
        return curve(
            self._points(path, measure, scope),
            path=path,
            measure=measure,
            scope=scope,
            bound=limit,
            bound_words=words,
            lines=others[0] if others else "",
            currency=self._model.currency,
            title=self._comparison.results[self._comparison.base].scenario.name,
        )

    def _points(self, path: str, measure: str, scope: str) -> pd.DataFrame:
        table = self._comparison.points.copy()
        found = [result.value(measure, scope) for result in self._comparison.results]
        values = table[path].astype(str)
        return table.assign(
            value=values,
            number=[number_of(value) for value in values],
            unit=[unit_of(value) for value in values],
            mean=[interval.mean for interval in found],
            low=[interval.low for interval in found],
            high=[interval.high for interval in found],
        )[values != ""]

    def _bound(self, measure: str, scope: str, bound: float | str | None) -> tuple[float | None, str]:
        if bound == "base":
            base = self._comparison.base
            return self._comparison.results[base].value(measure, scope).mean, self._comparison.names[base]
        if isinstance(bound, str):
            raise InputError(f"bound is {bound!r}: must be a number in the measure's unit, or 'base'")
        if bound is not None:
            return float(bound), "bound"
        target = next(
            (t for t in self._model.targets if (t.measure, _scope_of(t), t.within) == (measure, scope, None)),
            None,
        )
        if target is None:
            return None, ""
        return (target.at_most if target.at_least is None else target.at_least), "target"


class TornadoPlots(Plots):
    """The plot of a tornado."""

    def __init__(self, found: Tornado) -> None:
        self._found = found

    def tornado(self) -> Figure:
        """Draw what each input changes by itself."""
        found = self._found
        return tornado(
            found.table,
            measure=found.measure,
            scope=found.scope,
            currency=found.currency,
            title=found.scenario,
        )


class SobolPlots(Plots):
    """The plot of Sobol' indices."""

    def __init__(self, found: Sobol) -> None:
        self._found = found

    def indices(self) -> Figure:
        """Draw where the variance comes from."""
        return sobol(self._found.table, measure=self._found.measure, title=self._found.scenario)


class BreakEvenPlots(Plots):
    """The plot of a break-even."""

    def __init__(self, found: BreakEven) -> None:
        self._found = found

    def curve(self) -> Figure:
        """Draw the margin and where it is zero."""
        return breakeven(self._found)


class ReturnsPlots(Plots):
    """The plot of a return on investment."""

    def __init__(self, found: Returns) -> None:
        self._found = found

    def cash(self) -> Figure:
        """Draw the money cumulated over the months, the phases and the payback."""
        found, row = self._found, self._found.value("payback")
        return cash(
            found.months,
            found.phases,
            payback=(row["mean"], row["low"], row["high"]),
            currency=found.currency,
            title=f"{found.scenario} against {found.base}",
        )


class WarmupPlots(Plots):
    """The plot of a warm-up."""

    def __init__(self, found: Warmup) -> None:
        self._found = found

    def series(self) -> Figure:
        """Draw how the measure settles."""
        return warmup(self._found)


def _scope_of(target: Target) -> str:
    return f"{target.scope}:{target.name}" if target.name else target.scope


def _pair(words: str) -> tuple[str, str]:
    measure, _, scope = words.strip().partition(" ")
    return measure, scope.strip() or "total"
