"""Measures of queues. Stays and agents' work count in the period in which they began."""

from __future__ import annotations

import numpy as np

from ..network.kinds import VisitEnd
from ..network.network import Floats
from .contacts import wait_quantiles
from .facts import Facts, Flags
from .groups import Population, Table, by_code
from .service_level import by_kind, judge_stays

__all__ = ["queue_table", "stays_by_queue", "work_table"]


def queue_table(facts: Facts) -> Table:
    """Return the measures of queues, and the sums that shares and means are made from."""
    return _stays(facts) | _lengths(facts) | _work(facts)


def stays_by_queue(facts: Facts) -> Population:
    """Return all stays at queues, in the period in which they began."""
    first = facts.queue_stays.first
    scopes = by_code("queue", facts.visits.resource[first], len(facts.network.names.queues))
    return Population(facts.grid, scopes, facts.visits.entered[first])


def work_table(population: Population, rows: Flags, facts: Facts) -> Table:
    """Return how long agents were at work on the visits chosen by `rows`, which are the population's rows."""
    visits = facts.visits
    completed = visits.completed[rows]

    def seconds(start: Floats, end: Floats) -> Floats:
        return np.where(completed, end[rows] - start[rows], 0.0)

    return {
        "talk seconds": population.sum(seconds(visits.started, visits.ended)),
        "wrap-up seconds": population.sum(seconds(visits.ended, visits.freed)),
        "work seconds": population.sum(seconds(visits.started, visits.freed)),
        "handled": population.sum(completed),
    }


def _stays(facts: Facts) -> Table:
    """Return the numbers of stays of each sort and their waiting."""
    visits, stays = facts.visits, facts.queue_stays
    population = stays_by_queue(facts)
    end, wait = visits.end[stays.last], stays.wait
    answered = visits.served[stays.first]
    waited = ~np.isnan(wait)
    gave_up = end == VisitEnd.ABANDONED
    judged = judge_stays(facts)
    return wait_quantiles(population, wait) | {
        "offered": population.sum(np.ones(len(end), dtype=bool)),
        "answered": population.sum(answered),
        "abandoned": population.sum(gave_up),
        "blocked": population.sum(end == VisitEnd.BLOCKED),
        "wait seconds": population.sum(np.nan_to_num(wait)),
        "waited": population.sum(waited),
        "answer seconds": population.sum(np.where(answered, visits.wait[stays.first], 0.0)),
        "lost wait seconds": population.sum(np.where(gave_up, wait, 0.0)),
        "lost after wait": population.sum(gave_up),
        "answered_in_time": population.sum(judged.in_time),
        "service_level": by_kind(population, judged),
    }


def _lengths(facts: Facts) -> Table:
    """Return how many wait: on average over the period, and at its end."""
    visits, grid = facts.visits, facts.grid
    rows = ~np.isnan(visits.wait)
    entered, left = visits.entered[rows], visits.left_queue[rows]
    scopes = by_code("queue", visits.resource[rows], len(facts.network.names.queues), total=True)
    population = Population(grid, scopes, entered)
    time = population.integral(entered, left)
    return {
        "waiting": {kind: seconds / grid.lengths for kind, seconds in time.items()},
        "backlog": population.standing(entered, left),
    }


def _work(facts: Facts) -> Table:
    """Return what agents did for the queues."""
    visits = facts.visits
    rows = visits.served
    scopes = by_code("queue", visits.resource[rows], len(facts.network.names.queues))
    population = Population(facts.grid, scopes, visits.started[rows])
    load = population.sum(visits.work[rows])
    return work_table(population, rows, facts) | {
        "offered_load": {kind: seconds / facts.grid.lengths for kind, seconds in load.items()}
    }
