"""Ways to break servsim, each stated in a sentence, with the edits that do it.

A rule of the engine is broken in both engines in the same way, or in what both share. So the two still agree, and the
suite must know what is right. Where one engine alone is broken (`parity`), comparing the two must be enough.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MUTANTS", "Edit", "Mutant"]


@dataclass(frozen=True)
class Edit:
    """A text that stands once in a file of src/servsim, and what stands there instead."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One way to break servsim.

    Attributes:
        name: short, unique.
        meaning: what is broken, in words.
        first: file or test under tests/ that is tried before all others.
        edits: what does it.
        parity: one engine alone is broken, so that the comparison of the two may catch it.
    """

    name: str
    meaning: str
    first: str
    edits: tuple[Edit, ...]
    parity: bool = False


REFERENCE, CHANCE = "engine/reference.py", "engine/chance.py"
AGENTS, BOTS, LOOP = (f"engine/compiled/{name}.py" for name in ("agents", "bots", "loop"))
COMPILED_CHANCE, COMPILED_PATIENCE = "engine/compiled/chance.py", "engine/compiled/patience.py"
BUILD, TIMETABLE, KINDS = "network/build.py", "network/timetable.py", "network/kinds.py"
RESOURCES = "engine/audit/resources.py"

QUEUE, ROUTING, SHIFTS, AT_BOTS, DELAYS, RETURNS = (
    f"engine/test_engine_{name}.py" for name in ("queue", "routing", "shifts", "bots", "delays", "returns")
)
AUDIT, RANDOM, ARRIVALS, PATIENCE = (
    f"engine/test_engine_{name}.py" for name in ("audit", "random", "arrivals", "patience")
)
ORACLE, MEASURES = "oracle/test_oracle.py", "measure/test_measures.py"
INTERVALS, SIMULTANEOUS = "stats/test_stats_intervals.py", "stats/test_stats_simultaneous.py"

WHO_SERVES_WHOM = (
    Mutant(
        "priority reversed",
        "A free agent takes the queue of the lowest priority.",
        ROUTING,
        (
            Edit(REFERENCE, "-int(self.net.queues.priority[queue])", "int(self.net.queues.priority[queue])"),
            Edit(AGENTS, "queue.priority > queue_2.priority", "queue.priority < queue_2.priority"),
        ),
    ),
    Mutant(
        "own preference reversed",
        "A free agent takes the queue that the pool likes least.",
        ROUTING,
        (
            Edit(REFERENCE, "int(p.skill_rank[i])", "-int(p.skill_rank[i])"),
            Edit(AGENTS, "skill.rank < skill_2.rank", "skill.rank > skill_2.rank"),
        ),
    ),
    Mutant(
        "pool preference reversed",
        "A contact tries the pools of its queue from the last to the first.",
        ROUTING,
        (
            Edit(
                REFERENCE,
                "in range(int(q.pool_offset[queue]), int(q.pool_offset[queue + 1])):",
                "in range(int(q.pool_offset[queue + 1]) - 1, int(q.pool_offset[queue]) - 1, -1):",
            ),
            Edit(
                AGENTS,
                "in range(queue.option, queue.options_end):",
                "in range(queue.options_end - 1, queue.option - 1, -1):",
            ),
        ),
    ),
    Mutant(
        "shortest idle",
        "A contact goes to the agent who has been idle the shortest.",
        ROUTING,
        (
            Edit(REFERENCE, ".idle.pop(0)[1]", ".idle.pop()[1]"),
            Edit(AGENTS, "pool_at(w, option.pool).idle_head", "pool_at(w, option.pool).idle_tail"),
        ),
    ),
    Mutant(
        "last come first served",
        "A free agent takes the contact that has waited the shortest.",
        QUEUE,
        (
            Edit(REFERENCE, "head = self.queues[queue][0]", "head = self.queues[queue][-1]"),
            Edit(AGENTS, "head = line_at(w, skill.queue).head", "head = line_at(w, skill.queue).tail"),
        ),
    ),
    Mutant(
        "head start ignored",
        "A queue's head start counts for nothing.",
        ROUTING,
        (Edit(BUILD, "_floats(q.head_start for", "_floats(0.0 for"),),
    ),
    Mutant(
        "overflow at once",
        "A pool named in overflow takes contacts without the wait.",
        ROUTING,
        (
            Edit(
                BUILD,
                "after[pool] = min(overflow.after, after.get(pool, overflow.after))",
                "after[pool] = 0.0",
            ),
        ),
    ),
    Mutant(
        "pool's speed ignored",
        "Fast and slow pools take equally long.",
        ROUTING,
        (Edit(BUILD, "pool.speed * skill.speed for", "skill.speed for"),),
    ),
)

WAITING = (
    Mutant(
        "patience ignored at the second queue",
        "Whoever waits at the queue that stands second in the scenario never gives up.",
        PATIENCE,
        (
            Edit(
                REFERENCE,
                "own = int(self.net.queues.patience[queue])",
                "own = int(self.net.queues.patience[queue]) if queue != 1 else -1",
            ),
            Edit(
                COMPILED_PATIENCE,
                "sampler, key = queue.patience, queue",
                "sampler, key = queue.patience if step.resource != 1 else -1, queue",
            ),
        ),
    ),
    Mutant(
        "patience redrawn",
        "Each wait of a contact after its first visit has a patience of its own.",
        PATIENCE,
        (
            Edit(
                REFERENCE, "uniform(key, c.key, c.attempt, 0)", "uniform(key, c.key, c.attempt, c.visits - 1)"
            ),
            Edit(
                COMPILED_PATIENCE,
                "uniform(key, s.key, s.attempt, 0)",
                "uniform(key, s.key, s.attempt, s.visits - 1)",
            ),
        ),
    ),
    Mutant(
        "patience from the arrival",
        "Patience runs from the contact's arrival, not anew in each wait.",
        SHIFTS,
        (
            Edit(
                REFERENCE,
                "self.clock.at(self.now + patience,",
                "self.clock.at(max(self.now, visit.contact.arrived + patience),",
            ),
            Edit(
                COMPILED_PATIENCE,
                "plan(w, state_at(w, 0).now + patience,",
                "plan(w, max(state_at(w, 0).now, s.arrived + patience),",
            ),
        ),
    ),
    Mutant(
        "giving up before an agent is free",
        "At one instant patience ends before services end.",
        QUEUE,
        (
            Edit(KINDS, "SERVICE_END = 4", "SERVICE_END = 5"),
            Edit(KINDS, "SESSION_END = 5", "SESSION_END = 6"),
            Edit(KINDS, "DELAY_END = 6", "DELAY_END = 7"),
            Edit(KINDS, "OVERFLOW = 7", "OVERFLOW = 8"),
            Edit(KINDS, "ABANDON = 8", "ABANDON = 4"),
            Edit(LOOP, "elif kind >= SERVICE_END:", "elif kind >= ABANDON:"),
        ),
    ),
    Mutant(
        "room for one more",
        "One contact more than the waiting room holds may wait.",
        QUEUE,
        (
            Edit(
                REFERENCE,
                "self.net.queues.room[queue] <= len(self.queues[queue])",
                "self.net.queues.room[queue] < len(self.queues[queue])",
            ),
            Edit(LOOP, ".room <= line_at(w, number).count", ".room < line_at(w, number).count"),
        ),
    ),
    Mutant(
        "one line more",
        "A channel holds one contact more than it has lines.",
        QUEUE,
        (
            Edit(
                REFERENCE,
                "self.lines_taken[channel] >= channels.lines[channel]",
                "self.lines_taken[channel] > channels.lines[channel]",
            ),
            Edit(LOOP, "if c.taken >= c.lines:", "if c.taken > c.lines:"),
        ),
    ),
)

AGENTS_AND_SHIFTS = (
    Mutant(
        "one agent fewer",
        "One agent fewer comes than the roster wants.",
        SHIFTS,
        (
            Edit("engine/parts.py", "[: self.target - len(taken)]", "[: self.target - len(taken) - 1]"),
            Edit(AGENTS, "while pool.present < pool.target:", "while pool.present < pool.target - 1:"),
        ),
    ),
    Mutant(
        "one agent stays too long",
        "An agent who finishes a contact after the shift stays, if only one is too many.",
        SHIFTS,
        (
            Edit(
                REFERENCE,
                "self.pools[pool].present >= self.pools[pool].target",
                "self.pools[pool].present > self.pools[pool].target",
            ),
            Edit(AGENTS, "if pool.present >= pool.target:", "if pool.present > pool.target:"),
        ),
    ),
    Mutant(
        "wrap-up dropped",
        "Agents are free as soon as the contact has left.",
        QUEUE,
        (Edit(BUILD, 'self.samplers.add(s.wrap_up, _overrides(s, "wrap_up"))', "-1"),),
    ),
    Mutant(
        "shrinkage rounded half to even",
        "Agents present after shrinkage are not rounded half up.",
        "network/test_network_timetable.py",
        (
            Edit(
                TIMETABLE,
                "math.floor(paid * (1 - pool.shrinkage) + 0.5 + 1e-9)",
                "round(paid * (1 - pool.shrinkage))",
            ),
        ),
    ),
    Mutant(
        "finish and return swapped",
        "Agents whose shift ends hand back where they should finish, and the other way round.",
        SHIFTS,
        (Edit(BUILD, 'pool.on_shift_end == "return"', 'pool.on_shift_end != "return"'),),
    ),
    Mutant(
        "handed back to the end of the line",
        "A contact that is handed back loses its place.",
        SHIFTS,
        (
            Edit(
                REFERENCE,
                "visit.row = self.new_row(visit.contact, visit.step)",
                "visit.row, visit.since = self.new_row(visit.contact, visit.step), self.now",
            ),
            Edit(
                "engine/compiled/book.py",
                "slot_at(w, who).stamp += 1",
                "slot_at(w, who).stamp += 1\n    slot_at(w, who).since = state_at(w, 0).now",
            ),
        ),
    ),
)

AT_THE_BOT = (
    Mutant(
        "one session more",
        "A bot holds one session more than it can.",
        AT_BOTS,
        (
            Edit(
                REFERENCE,
                "self.net.bots.sessions[number] <= len(self.bots[number].sessions)",
                "self.net.bots.sessions[number] < len(self.bots[number].sessions)",
            ),
            Edit(BOTS, "bot.sessions <= line_at(w, bot.inside)", "bot.sessions < line_at(w, bot.inside)"),
        ),
    ),
    Mutant(
        "outages ignored",
        "A bot that is down begins sessions.",
        AT_BOTS,
        (
            Edit(REFERENCE, "if self.bots[number].outages:", "if self.bots[number].outages > 1 << 40:"),
            Edit(BOTS, "if bot.outages > 0:", "if bot.outages > 1 << 40:"),
        ),
    ),
    Mutant(
        "skipped instead of waited for",
        "Contacts skip a bot that is down though they should wait.",
        AT_BOTS,
        (
            Edit(
                BUILD,
                "BotMove[bot.when_down.upper()]",
                'BotMove[bot.when_down.upper().replace("WAIT", "SKIP")]',
            ),
        ),
    ),
)

TIME_AND_CUSTOMERS = (
    Mutant(
        "everybody comes back",
        "The probability of a return is taken as certainty.",
        RETURNS,
        (Edit(BUILD, "share[where] = back.probability", "share[where] = float(back.probability > 0)"),),
    ),
    Mutant(
        "one attempt more",
        "Customers come back once more than the bound on attempts allows.",
        RETURNS,
        (
            Edit(
                REFERENCE, "contact.attempt < back.attempts[case]", "contact.attempt <= back.attempts[case]"
            ),
            Edit(LOOP, "s.attempt < back.attempts", "s.attempt <= back.attempts"),
        ),
    ),
    Mutant(
        "returns at night",
        "The delay before a return passes in closed hours too.",
        RETURNS,
        (Edit(BUILD, "self._calendar(back.during or self.model.channels[to].open)", "-1"),),
    ),
    Mutant(
        "delays at night",
        "A delay passes in all hours, whatever `during` says.",
        DELAYS,
        (Edit(BUILD, "_ints(self._calendar(s.during) for", "_ints(-1 for"),),
    ),
    Mutant(
        "open at closing time",
        "Who comes at the very moment of closing is let in.",
        QUEUE,
        (
            Edit(CHANCE, "time < ends[i]", "time <= ends[i]"),
            Edit(
                COMPILED_CHANCE,
                "time < span_at(w, c.span + place).end",
                "time <= span_at(w, c.span + place).end",
            ),
        ),
    ),
    Mutant(
        "drain ends at once",
        "A drain stops at the clock's end with contacts still inside.",
        QUEUE,
        (Edit(BUILD, 'clock.at_end == "drain"', "False"),),
    ),
    Mutant(
        "volume not scaled",
        "`arrivals.scale` changes nothing.",
        RANDOM,
        (Edit(TIMETABLE, "(end - start)) * arrivals.scale", "(end - start))"),),
    ),
    Mutant(
        "day factor not shared",
        "Channels with one day factor have each their own good and bad days.",
        ARRIVALS,
        (
            Edit(
                CHANCE,
                "self._day_factor(factor, day) if",
                "self._day_factor(factor, day + 10000 * channel) if",
            ),
        ),
    ),
)

DRAWS = (
    Mutant(
        "patience is the service time's draw",
        "The patience of a channel's customers has the stream of the first step's time.",
        "network/test_network_build.py",
        (
            Edit(
                BUILD,
                'patience=each("channel", self.channels, "patience")',
                'patience=_ints(_stream("step", steps[0], "time") for _ in self.channels)',
            ),
        ),
    ),
    Mutant(
        "replication ignored",
        "Every replication has the random numbers of the first.",
        RANDOM,
        (Edit(CHANCE, "stream_key(seed, replication, int(h))", "stream_key(seed, 1, int(h))"),),
    ),
    Mutant(
        "the same work at every visit",
        "A contact that comes to a step again takes as long as the first time.",
        DELAYS,
        (
            Edit(
                REFERENCE,
                "uniform(keys[visit.step], c.key, c.attempt, visit.index)",
                "uniform(keys[visit.step], c.key, c.attempt, 0)",
            ),
            Edit(
                COMPILED_CHANCE,
                "uniform(key, s.key, s.attempt, s.index)",
                "uniform(key, s.key, s.attempt, 0)",
            ),
        ),
    ),
)

COUNTING = (
    Mutant(
        "in time only below the threshold",
        "Service level counts waits below the threshold, not those that are equal to it.",
        MEASURES,
        (
            Edit(
                "measure/service_level.py",
                "visits.left_queue[row] <= visits.entered[row] + within",
                "visits.left_queue[row] < visits.entered[row] + within",
            ),
        ),
    ),
    Mutant(
        "all who gave up ignored",
        "The rule `ignored` leaves out those who gave up after the threshold, too.",
        MEASURES,
        (
            Edit(
                "measure/service_level.py",
                '(rule == RULES.index("ignored")) & gave_up & soon',
                '(rule == RULES.index("ignored")) & gave_up',
            ),
        ),
    ),
    Mutant(
        "occupancy of paid time",
        "Occupancy divides by the time paid, not by the time present.",
        MEASURES,
        (Edit("measure/sheet.py", '("busy_hours", "staffed_hours")', '("busy_hours", "paid_hours")'),),
    ),
    Mutant(
        "wait without those who gave up",
        "The mean wait is of the answered alone.",
        MEASURES,
        (Edit("measure/sheet.py", '("wait seconds", "waited")', '("answer seconds", "answered")'),),
    ),
    Mutant(
        "resolved sometime is resolved at first contact",
        "First contact resolution counts customers whose later contact was resolved.",
        MEASURES,
        (
            Edit(
                "measure/customers.py",
                "begins & (contacts.end == End.RESOLVED)",
                "contacts.end == End.RESOLVED",
            ),
        ),
    ),
    Mutant(
        "wages for those present only",
        "Agents who are paid but missing cost nothing.",
        MEASURES,
        (Edit("measure/money.py", 'wage * table["paid_hours"]', 'wage * table["staffed_hours"]'),),
    ),
    Mutant(
        "counted when it ends",
        "A contact counts in the period in which it ends, not in that of its arrival.",
        MEASURES,
        (
            Edit(
                "measure/contacts.py",
                "ledger.rows(facts.arrived.place, channel",
                "ledger.rows(facts.grid.moments(facts.contacts.ended).place, channel",
            ),
        ),
    ),
    Mutant(
        "warm-up measured",
        "What happens before the end of the warm-up counts.",
        MEASURES,
        (
            Edit(
                "measure/periods.py",
                "ends = [network.warmup, network.length]",
                "ends = [0.0, network.length]",
            ),
        ),
    ),
)

CHECKS = (
    Mutant(
        "no run is audited",
        "The books of a run are kept, and never closed.",
        AUDIT,
        (Edit("engine/__init__.py", "            books.close()", "            pass"),),
    ),
    Mutant(
        "Little's law never fails",
        "The audit accepts any integral of the number waiting.",
        AUDIT,
        (Edit(RESOURCES, "abs(total - area) <= TOLERANCE", "abs(total - area) <= np.inf + TOLERANCE"),),
    ),
    Mutant(
        "two contacts at once accepted",
        "The audit does not mind an agent who serves two contacts at once.",
        AUDIT,
        (Edit(RESOURCES, "if overlap(start[rows], end[rows], agent[rows]):", "if False:"),),
    ),
)

STATISTICS = (
    Mutant(
        "normal for Student's t",
        "Intervals of few replications are as narrow as those of very many.",
        INTERVALS,
        (Edit("stats/intervals.py", "np.where(known, freedom, 1), 0.5", "np.where(known, 10**9, 1), 0.5"),),
    ),
    Mutant(
        "replications not paired",
        "A comparison takes differences between different replications.",
        "study/test_compare.py",
        (
            Edit(
                "study/compare.py",
                "other.matrix[:common, theirs]",
                "other.matrix[:common, theirs][::-1]",
            ),
        ),
    ),
    Mutant(
        "Bonferroni dropped",
        "Intervals of many comparisons are as narrow as that of one.",
        SIMULTANEOUS,
        (Edit("stats/simultaneous.py", "1.0 - (1.0 - level) / comparisons", "level"),),
    ),
    Mutant(
        "Wilson's correction dropped",
        "The interval of a share is the plain one of Wald.",
        INTERVALS,
        (
            Edit(
                "stats/intervals.py",
                "Bounds(_score_low(share, n, z), 1.0 - _score_low(1.0 - share, n, z))",
                "Bounds(*(share + side * z * math.sqrt(share * (1.0 - share) / n) for side in (-1.0, 1.0)))",
            ),
        ),
    ),
    Mutant(
        "met by the mean",
        "A target is surely met where the mean meets it, whatever the interval says.",
        "study/test_study_run.py",
        (Edit("study/result.py", "met = all(margin.low >= 0", "met = all(margin.mean >= 0"),),
    ),
)

ONE_ENGINE = (
    Mutant(
        "compiled: speed ignored in wrap-up",
        "In the compiled engine wrap-up takes as long whatever the agent's speed.",
        ROUTING,
        (
            Edit(
                AGENTS,
                "duration(w, who, step.wrap_up_key, step.wrap_up) / s.speed",
                "duration(w, who, step.wrap_up_key, step.wrap_up)",
            ),
        ),
        parity=True,
    ),
    Mutant(
        "compiled: ties in the line reversed",
        "In the compiled engine, of two who began to wait at one instant, the second stands ahead.",
        QUEUE,
        (Edit("engine/compiled/lines.py", "a.turn < b.turn", "a.turn > b.turn"),),
        parity=True,
    ),
    Mutant(
        "reference: ties of idle agents by chance",
        "In the reference engine, agents idle since one instant stand in the order in which they became free.",
        ROUTING,
        (
            Edit(
                REFERENCE,
                "insort(self.pools[pool].idle, (self.now, agent))",
                "self.pools[pool].idle.append((self.now, agent))",
            ),
        ),
        parity=True,
    ),
)

MUTANTS = (
    *WHO_SERVES_WHOM,
    *WAITING,
    *AGENTS_AND_SHIFTS,
    *AT_THE_BOT,
    *TIME_AND_CUSTOMERS,
    *DRAWS,
    *COUNTING,
    *CHECKS,
    *STATISTICS,
    *ONE_ENGINE,
)
