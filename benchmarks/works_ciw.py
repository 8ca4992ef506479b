"""The two works with Ciw (3.x): A as its guide writes a queue with reneging, B with a node and a router of its own."""

from __future__ import annotations

from typing import Any

import ciw
import numpy as np
from works import Visits
from works_simpy import BOT, HANDLING, PATIENCE, POOLS_OF, QUEUE, QUEUES_OF, RATE

__all__ = ["erlang_a", "three_channels", "visits"]

Log = tuple[int, list[Any]]  # customers, Ciw's records
Exponential, Lognormal = ciw.dists.Exponential, ciw.dists.Lognormal


def erlang_a(seed: int, hours: float) -> Log:
    """Simulate Work A: one node with reneging."""
    network = ciw.create_network(
        arrival_distributions=[Exponential(960 / 3600)],
        service_distributions=[Exponential(1 / 180)],
        number_of_servers=[50],
        reneging_time_distributions=[Exponential(1 / 180)],
    )
    return _run(seed, hours, network)


def _run(seed: int, hours: float, network: Any, **classes: Any) -> Log:
    ciw.seed(seed)
    run = ciw.Simulation(network, **classes)
    run.simulate_until_max_time(hours * 3600)
    return run.nodes[0].number_of_individuals, run.get_all_records()


# --- Work B: node 1 the bot, node 2 the people, node 3 those who will come back -----------------------------------

PEOPLE, LATER = 2, 3
POOL = tuple([0] * 10 + [1] * 18)  # of each server of node 2; servers are numbered from 1


class People(ciw.Node):  # type: ignore[misc]
    """One node for both pools: servers differ in whom they may serve, which Ciw's own node does not know.

    Priority class 0 is the queue `special`, 1 is `general`.
    """

    def accept(self, next_individual: Any, completed: bool = False) -> None:
        """Let somebody in; only they can begin now, as nobody waits whom an idle server may serve."""
        self.next_customer = next_individual
        super().accept(next_individual, completed)

    def find_free_server(self, ind: Any) -> Any:
        """Return an idle server of the first pool that has one, among those that serve the customer's queue."""
        for pool in POOLS_OF[1 - ind.priority_class]:
            for server in self.servers:
                if not server.busy and POOL[server.id_number - 1] == pool:
                    return server
        return None

    def begin_service_if_possible_release(self, next_individual: Any, newly_free_server: Any) -> None:
        """Let a server who is free take the first who waits in the first of the pool's queues."""
        pool = POOL[newly_free_server.id_number - 1]
        lines = (self.individuals[1 - queue] for queue in QUEUES_OF[pool])
        waiting = (individual for line in lines for individual in line if not individual.server)
        self.next_customer = next(waiting, None)
        super().begin_service_if_possible_release(next_individual, newly_free_server)

    def choose_next_customer(self) -> Any:
        """Return whom the two methods above have chosen."""
        return self.next_customer


class AfterPeople(ciw.routing.Probabilistic):  # type: ignore[misc]
    """Those who gave up come back as often as those who were served; Ciw would let them leave."""

    def next_node_for_jockeying(self, ind: Any) -> Any:
        """Return the node to which somebody goes who gave up."""
        return self.next_node(ind)


def three_channels(seed: int, hours: float) -> Log:
    """Simulate Work B; the stream of a channel is split in two, as 70 % begin at the bot."""
    channels = ("general", "special", "partner")
    routing = [
        ciw.routing.Probabilistic([PEOPLE, LATER], [0.35, 0.65 * 0.15]),
        AfterPeople([LATER], [0.15]),
        ciw.routing.Probabilistic([1, PEOPLE], [0.7, 0.3]),
    ]
    session = ciw.dists.Deterministic(30.0) + Lognormal(*BOT)
    network = ciw.create_network(
        arrival_distributions={
            name: [Exponential(0.7 * rate), Exponential(0.3 * rate), None]
            for name, rate in zip(channels, RATE, strict=True)
        },
        service_distributions={
            name: [session, Lognormal(*HANDLING[queue]), Exponential(1 / 3600)]
            for name, queue in zip(channels, QUEUE, strict=True)
        },
        reneging_time_distributions={
            name: [None, Exponential(1 / PATIENCE[queue]), None]
            for name, queue in zip(channels, QUEUE, strict=True)
        },
        number_of_servers=[float("inf"), len(POOL), float("inf")],
        priority_classes={name: 1 - queue for name, queue in zip(channels, QUEUE, strict=True)},
        routing={name: ciw.routing.NetworkRouting(routing) for name in channels},
    )
    return _run(seed, hours, network, node_class=[ciw.Node, People, ciw.Node])


def visits(log: Log, people: int) -> Visits:
    """Return a run in the common form; `people` is the number of the node at which people serve."""
    customers, records = log
    rows = [record for record in records if record.node == people]
    sessions = [record for record in records if record.node == 1 != people]
    served = np.array([row.record_type == "service" for row in rows])
    servers = [int(row.server_id) if is_served else 0 for row, is_served in zip(rows, served, strict=True)]
    pools = np.array([-1, *(POOL if people == PEOPLE else [0] * 50)])
    return Visits(
        customers=customers,
        entered=np.array([row.arrival_date for row in rows]),
        wait=np.array([row.waiting_time for row in rows]),
        served=served.astype(np.int64),
        talk=np.nan_to_num(np.array([row.service_time for row in rows])),
        queue=np.array([int(row.customer_class in ("special", "partner")) for row in rows]),
        pool=pools[servers],
        bot_entered=np.array([row.arrival_date for row in sessions]),
        bot_time=np.array([row.service_time for row in sessions]),
    )
