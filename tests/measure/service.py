"""One evening of a small service, told by hand; the tests know every number of it.

The clock starts at 23:00 and runs three hours; 30 min of warm-up. In seconds: measured from 1800, midnight at
3600, end of the clock at 10800, and the drain ends at 11000. Measured are 9000 s = 2.5 h.
"""

from by_hand import NAN, Contact, Visit, records

from servsim.engine.records import Records
from servsim.network.kinds import End, VisitEnd
from servsim.network.network import Network

SCENARIO = """
servsim: 1
clock: {start: "2026-03-02 23:00", length: 3 h, warmup: 30 min, interval: 30 min}
reasons: [a, b]
channels:
  phone: {type: voice, arrivals: {rate: 4/h}, reasons: {a: 50%, b: rest}, flow: call,
          service_level: {abandoned: ignored}}
  chat: {type: chat, arrivals: {rate: 4/h}, reasons: {a: 50%, b: rest}, flow: chat,
         service_level: {within: 40 s}}
flows:
  call: {steps: {talk: {queue: phone, time: 2 min, wrap_up: 30 s}}}
  chat:
    start: bot
    steps:
      bot: {bot: helper, time: 1 min, next: {person: 50%, resolved: 25%, unresolved: rest}, skip_to: person}
      person: {queue: chat, time: 2 min, wrap_up: 30 s, next: {office: 50%, resolved: rest}}
      office: {queue: cases, time: 5 min}
bots:
  helper: {sessions: 2, cost: {per_session: 0.5, per_month: 1461}}       # 1461 a month = 2 an hour
queues: {phone: , chat: {max_waiting: 5, service_level: {within: 30 s}}, cases: }
pools:
  agents: {staff: {by_time: {"00:00": 4, "01:30": 2, "23:00": 4}}, shrinkage: 50%, wage: 36/h,
           serves: [phone, chat, cases]}
  night: {staff: {by_time: {"23:00": 1, "00:30": 0}}, wage: 72/h, serves: [chat]}
costs: {lost_customer: 100, per_contact: {phone: 2}, fixed_per_month: 730.5}  # 1 an hour
experience:
  satisfaction:
    base: 60%
    by_wait: [{up_to: 10 s, factor: 1.5}, {up_to: 40 s, factor: 1}, {factor: 0.5}]
    by_channel: {chat: [{up_to: 1 s, factor: 2}, {factor: 1}]}
    by_end: {unresolved: 0.5, abandoned: 0.1, blocked: 0}
  churn:
    by_wait: [{up_to: 1000 s, leave: 10%}, {leave: 50%}]
    by_channel: {chat: [{up_to: 0 s, leave: 5%}, {leave: 40%}]}
    by_end: {unresolved: 20%, closed: 30%}
targets:
  - {measure: service_level, channel: phone, at_least: 60%}
  - {measure: service_level, channel: phone, within: 5 s, abandoned: missed, at_least: 20%, every: interval}
  - {measure: abandonment, queue: phone, at_most: 40%, every: day}
  - {measure: wait_max, total: true, at_most: 200 s}
  - {measure: service_level, queue: chat, within: 1 min, at_least: 50%, every: day}
  - {measure: service_level, within: 10 s, at_least: 0.5}
  - {measure: cost, at_most: 823}
"""

STAFF = [
    (0.0, "agents", 2, 2),
    (0.0, "night", 1, 1),
    (5400.0, "night", 0, 0),
    (9000.0, "agents", 2, 1),  # one of two works on for 10 min after the shift
    (9600.0, "agents", 1, 1),
]
BOTS = [(0.0, "helper", 1), (5160.0, "helper", 0), (5400.0, "helper", 1)]

CALL, BOT, PERSON, OFFICE = "call/talk", "chat/bot", "chat/person", "chat/office"
BACK = VisitEnd.HANDED_BACK

EVENING = [
    # came before the end of the warm-up: counts nowhere, but is at work in [1800, 2200)
    Contact("phone", 0, 1000, End.RESOLVED, 2000, visits=[
        Visit(CALL, 1000, 1000, 2000, agent="agents/0", freed=2200)]),
    # waits 10 s, is served
    Contact("phone", 1, 2000, End.RESOLVED, 2130, visits=[
        Visit(CALL, 2000, 2010, 2130, agent="agents/1", freed=2160)]),
    # waits over midnight, gives up after 130 s, comes back
    Contact("phone", 2, 3500, End.ABANDONED, 3630, reason="b", returns_at=5000, visits=[
        Visit(CALL, 3500, ended=3630, end=VisitEnd.ABANDONED)]),
    # comes at midnight, settled by the bot
    Contact("chat", 0, 3600, End.RESOLVED, 3660, visits=[Visit(BOT, 3600, 3600, 3660)]),
    # comes back, waits exactly 20 s, is not helped and lost
    Contact("phone", 2, 5000, End.UNRESOLVED, 5220, reason="b", attempt=2, visits=[
        Visit(CALL, 5000, 5020, 5220, agent="agents/0", freed=5250)]),
    # the bot fails after 60 s, the agent's shift ends, another one serves, the back office settles it
    Contact("chat", 1, 5100, End.RESOLVED, 5900, visits=[
        Visit(BOT, 5100, 5100, 5160, BACK),
        Visit(PERSON, 5160, 5200, 5400, BACK, agent="night/0"),
        Visit(PERSON, 5400, 5430, 5530, agent="agents/0", freed=5550),
        Visit(OFFICE, 5530, 5600, 5900, agent="agents/1")]),
    # outside opening hours, comes back
    Contact("phone", 3, 5200, End.CLOSED, 5200, returns_at=7300),
    # the bot is down, the waiting room full
    Contact("chat", 2, 5200, End.BLOCKED, 5200, reason="b", visits=[
        Visit(BOT, 5200, ended=5200, end=VisitEnd.SKIPPED),
        Visit(PERSON, 5200, ended=5200, end=VisitEnd.BLOCKED)]),
    # gives up after 5 s and is lost
    Contact("phone", 3, 7300, End.ABANDONED, 7305, attempt=2, visits=[
        Visit(CALL, 7300, ended=7305, end=VisitEnd.ABANDONED)]),
    # the bot does not help, and the customer is lost
    Contact("chat", 3, 9000, End.UNRESOLVED, 9100, visits=[Visit(BOT, 9000, 9000, 9100)]),
    # served at once, until after the clock's end
    Contact("phone", 4, 10700, End.RESOLVED, 10900, reason="b", visits=[
        Visit(CALL, 10700, 10700, 10900, agent="agents/0", freed=11000)]),
    # nobody ever serves
    Contact("phone", 5, 10790, End.OPEN, visits=[Visit(CALL, 10790, end=VisitEnd.OPEN)]),
]  # fmt: skip


def evening(network: Network) -> Records:
    """Return the records of the evening."""
    return records(network, EVENING, STAFF, BOTS, finished=11000.0)


# measure → scope → value over the run, all worked out by hand from the above
RUN: dict[str, dict[str, float]] = {
    "offered": {"total": 10, "channel:phone": 6, "channel:chat": 4, "reason:a": 6, "reason:b": 4,
                "queue:phone": 6, "queue:chat": 2, "queue:cases": 1, "bot:helper": 4},
    "repeats": {"total": 2, "channel:phone": 2, "channel:chat": 0, "reason:a": 1, "reason:b": 1},
    "closed": {"total": 1, "channel:phone": 1, "channel:chat": 0, "reason:a": 1, "reason:b": 0},
    "answered": {"total": 4, "channel:phone": 3, "channel:chat": 1, "reason:a": 2, "reason:b": 2,
                 "queue:phone": 3, "queue:chat": 1, "queue:cases": 1, "pool:agents": 5, "pool:night": 1},
    "abandoned": {"total": 2, "channel:phone": 2, "channel:chat": 0, "reason:a": 1, "reason:b": 1,
                  "queue:phone": 2, "queue:chat": 0, "queue:cases": 0},
    "blocked": {"total": 1, "channel:phone": 0, "channel:chat": 1, "reason:a": 0, "reason:b": 1,
                "queue:phone": 0, "queue:chat": 1, "queue:cases": 0},
    # three had a bot session: settled, failed over to a person, not helped
    "contained": {"total": 1, "channel:phone": 0, "channel:chat": 1, "reason:a": 1, "reason:b": 0,
                  "bot:helper": 1},
    "escalated": {"total": 1, "channel:phone": 0, "channel:chat": 1, "reason:a": 1, "reason:b": 0,
                  "bot:helper": 1},
    "transferred": {"total": 1, "channel:phone": 0, "channel:chat": 1, "reason:a": 1, "reason:b": 0},
    "resolved": {"total": 4, "channel:phone": 2, "channel:chat": 2, "reason:a": 3, "reason:b": 1},
    "unresolved": {"total": 2, "channel:phone": 1, "channel:chat": 1, "reason:a": 1, "reason:b": 1},
    "unfinished": {"total": 1, "channel:phone": 1, "channel:chat": 0, "reason:a": 1, "reason:b": 0},
    "returned": {"total": 1, "channel:phone": 1, "channel:chat": 0, "reason:a": 0, "reason:b": 1},
    "abandonment": {"total": 0.2, "channel:phone": 2 / 6, "channel:chat": 0, "reason:a": 1 / 6,
                    "reason:b": 1 / 4,
                    "queue:phone": 2 / 6, "queue:chat": 0, "queue:cases": 0},
    "blocking": {"total": 0.1, "channel:phone": 0, "channel:chat": 1 / 4, "reason:a": 0, "reason:b": 1 / 4,
                 "queue:phone": 0, "queue:chat": 1 / 2, "queue:cases": 0},
    "containment": {"total": 1 / 3, "channel:phone": NAN, "channel:chat": 1 / 3, "reason:a": 1 / 3,
                    "reason:b": NAN,
                    "bot:helper": 1 / 3},
    "escalation": {"total": 1 / 3, "channel:phone": NAN, "channel:chat": 1 / 3, "reason:a": 1 / 3,
                   "reason:b": NAN,
                   "bot:helper": 1 / 3},
    "transfer_share": {"total": 1 / 4, "channel:phone": 0, "channel:chat": 1, "reason:a": 1 / 2,
                       "reason:b": 0},
    "repeat_share": {"total": 0.2, "channel:phone": 2 / 6, "channel:chat": 0, "reason:a": 1 / 6,
                     "reason:b": 1 / 4},
    "automation_share": {"total": 1 / 4, "channel:phone": 0, "channel:chat": 1 / 2, "reason:a": 1 / 3,
                         "reason:b": 0},
    # phone: 10, 130, 20, 5, 0, 210 (so far); chat: 40 + 30 at the queue chat, 70 at cases; a: 10, 140, 5, 210
    "wait": {"total": 515 / 7, "channel:phone": 375 / 6, "channel:chat": 140, "reason:a": 365 / 4,
             "reason:b": 50,
             "queue:phone": 375 / 6, "queue:chat": 70, "queue:cases": 70},
    # until the first answer: phone 10, 20, 0; chat 40
    "asa": {"total": 70 / 4, "channel:phone": 10, "channel:chat": 40, "reason:a": 25, "reason:b": 10,
            "queue:phone": 10, "queue:chat": 40, "queue:cases": 70},
    "wait_abandoned": {"total": 135 / 2, "channel:phone": 135 / 2, "channel:chat": NAN, "reason:a": 5,
                       "reason:b": 130,
                       "queue:phone": 135 / 2, "queue:chat": NAN, "queue:cases": NAN},
    # total 0 5 10 20 130 140 210; phone without the 140; a 5 10 140 210; b 0 20 130
    "wait_p50": {"total": 20, "channel:phone": 15, "channel:chat": 140, "reason:a": 75, "reason:b": 20,
                 "queue:phone": 15, "queue:chat": 70, "queue:cases": 70},
    "wait_p80": {"total": 138, "channel:phone": 130, "channel:chat": 140, "reason:a": 168, "reason:b": 86,
                 "queue:phone": 130, "queue:chat": 70, "queue:cases": 70},
    "wait_p95": {"total": 189, "channel:phone": 190, "channel:chat": 140, "reason:a": 199.5, "reason:b": 119,
                 "queue:phone": 190, "queue:chat": 70, "queue:cases": 70},
    "wait_max": {"total": 210, "channel:phone": 210, "channel:chat": 140, "reason:a": 210, "reason:b": 130,
                 "queue:phone": 210, "queue:chat": 70, "queue:cases": 70},
    # phone: 10, 20 (exactly), 0 within 20 s; chat: 40 within the channel's 40 s, not the queue's 30 s
  
    "answered_in_time": {"total": 4, "channel:phone": 3, "channel:chat": 1, "reason:a": 2, "reason:b": 2,
                         "queue:phone": 3, "queue:chat": 0, "queue:cases": 0},
    # channel phone ignores the one who gave up after 5 s: of 5; the chat blocked counts as missed;
    # queue phone says nothing itself and goes by the channel of its contacts: of 5
    "service_level": {"total": 4 / 7, "channel:phone": 3 / 5, "channel:chat": 1 / 2, "reason:a": 2 / 3,
                      "reason:b": 1 / 2,
                      "queue:phone": 3 / 5, "queue:chat": 0, "queue:cases": 0},
    # phone 120, 200, 200; chat 100 (what was handed back is not completed); cases 300; all by agents
  
    "talk_time": {"queue:phone": 520 / 3, "queue:chat": 100, "queue:cases": 300, "pool:agents": 184,
                  "pool:night": NAN},
    # phone 30, 30, 100; chat 20; cases 0
    "wrap_up_time": {"queue:phone": 160 / 3, "queue:chat": 20, "queue:cases": 0, "pool:agents": 36,
                     "pool:night": NAN},
    # per contact: 150, 230, 300; chat 200 handed back + 120 + 300
    "aht": {"total": 325, "channel:phone": 680 / 3, "channel:chat": 620, "reason:a": 385, "reason:b": 265,
            "queue:phone": 680 / 3, "queue:chat": 120, "queue:cases": 300, "pool:agents": 220,
            "pool:night": NAN},
    # phone 130, 130, 220, 5, 200; chat 60, 800, 0, 100; a 130 60 800 5 100; b 130 220 0 200
    "cycle_time": {"total": 1645 / 9, "channel:phone": 137, "channel:chat": 240, "reason:a": 219,
                   "reason:b": 137.5},
    # total 0 5 60 100 130 130 200 220 800: place 7.2; phone 5 130 130 200 220: 3.6; chat and b: 2.7; a: 3.6
  
    "cycle_time_p90": {"total": 336, "channel:phone": 212, "channel:chat": 590, "reason:a": 532,
                       "reason:b": 214},
    # phone 200 of the one before, 130, 130, 220, 5, 100, 10 up to the clock's end; chat 60, 800, 0, 100
    "work_in_system": {"total": 1755 / 9000, "channel:phone": 795 / 9000, "channel:chat": 960 / 9000,
                       "reason:a": 1305 / 9000, "reason:b": 450 / 9000},
    # phone 10, 130, 20, 5, 0, 10 up to the clock's end; chat 40 + 30; cases 70
    "waiting": {"total": 315 / 9000, "queue:phone": 175 / 9000, "queue:chat": 70 / 9000,
                "queue:cases": 70 / 9000},
    "backlog": {"total": 1, "queue:phone": 1, "queue:chat": 0, "queue:cases": 0},
    # phone 150 + 230 + 300, past the clock's end; chat 200 + 120; cases 300
    "offered_load": {"queue:phone": 680 / 9000, "queue:chat": 320 / 9000, "queue:cases": 300 / 9000},
    # agents 2 x 7200 + 2 x 600 + 1200 = 16800 s; night 3600 s
    "staffed_hours": {"total": 20400 / 3600, "pool:agents": 16800 / 3600, "pool:night": 1},
    # agents 4 x 7200 + 2 x 1800 + 600 after the shift = 33000 s; night 3600 s
    "paid_hours": {"total": 36600 / 3600, "pool:agents": 33000 / 3600, "pool:night": 1},
    # agents 400 + 150 + 230 + 120 + 300 + 100 = 1300 s; night 200 s
    "busy_hours": {"total": 1500 / 3600, "pool:agents": 1300 / 3600, "pool:night": 200 / 3600},
    "occupancy": {"total": 1500 / 20400, "pool:agents": 1300 / 16800, "pool:night": 200 / 3600},
    "utilisation": {"total": 1500 / 36600, "pool:agents": 1300 / 33000, "pool:night": 200 / 3600},
    "sessions": {"total": 3, "bot:helper": 3},
    "session_time": {"bot:helper": 80},  # 60 and 100; the one broken off is left out
    "sessions_open": {"bot:helper": 220 / 9000},
    "bot_utilisation": {"bot:helper": 110 / 9000},
    "availability": {"bot:helper": 1 - 240 / 9000},
    # phone 1, 2, 3 (first closed), 4, 5; chat 0, 1, 2, 3
    "customers": {"total": 9, "channel:phone": 5, "channel:chat": 4, "reason:a": 6, "reason:b": 3},
    "fcr": {"total": 4 / 9, "channel:phone": 2 / 5, "channel:chat": 1 / 2, "reason:a": 1 / 2,
            "reason:b": 1 / 3},
    "contacts_per_customer": {"total": 11 / 9, "channel:phone": 7 / 5, "channel:chat": 1,
                              "reason:a": 7 / 6, "reason:b": 4 / 3},
    "lost_customers": {"total": 4, "channel:phone": 2, "channel:chat": 2, "reason:a": 2, "reason:b": 2},
    # phone: answered after 10 s (0.6 x 1.5), never and gave up (0.6 x 0.5 x 0.1) twice, after 20 s but not helped
    # (0.6 x 1 x 0.5), at once; chat: at once (0.6 x 2, but no more than all) twice, turned away, not helped by the bot
    "satisfaction": {"total": 4.76 / 9, "channel:phone": 2.16 / 5, "channel:chat": 2.6 / 4,
                     "reason:a": 3.53 / 5, "reason:b": 1.23 / 4},
    # phone: 0.1; answered 1520 s after first coming, then not helped: 1 - 0.5 x 0.8; never: 0.5; 0.1; waits 210 s so
    # far: 0.1; chat: 0.05 twice; never: 0.4; not helped: 1 - 0.95 x 0.8
    "churned_customers": {"total": 2.14, "channel:phone": 1.4, "channel:chat": 0.74, "reason:a": 1.04,
                          "reason:b": 1.1},
    "churn": {"total": 2.14 / 9, "channel:phone": 1.4 / 5, "channel:chat": 0.74 / 4, "reason:a": 1.04 / 6,
              "reason:b": 1.1 / 3},
    "cost_churn": {"total": 0, "channel:phone": 0, "channel:chat": 0},
    "cost_labour": {"total": 402, "pool:agents": 330, "pool:night": 72},
    "cost_bot": {"total": 6.5, "bot:helper": 6.5},  # 3 sessions at 0.5 and 2.5 h at 2
    "cost_contact": {"total": 12, "channel:phone": 12, "channel:chat": 0},
    "cost_fixed": {"total": 2.5},
    "cost_lost": {"total": 400, "channel:phone": 200, "channel:chat": 200},
    "cost": {"total": 823},
    "cost_per_contact": {"total": 82.3},
    "cost_per_resolution": {"total": 205.75},
    "labour_share": {"total": 402 / 823},
}  # fmt: skip

# (measure, scope, period) → value
PERIODS: dict[tuple[str, str, str], float] = {
    ("offered", "total", "2026-03-02"): 2,
    ("offered", "total", "2026-03-03"): 8,
    ("offered", "total", "2026-03-03 00:00"): 4,  # the one that comes at midnight included
    ("closed", "channel:phone", "2026-03-03 00:00"): 1,
    ("wait", "channel:phone", "2026-03-02"): 70,  # 10 and 130: the wait over midnight counts where it began
    ("wait_p80", "channel:phone", "2026-03-02 23:30"): 106,
    ("asa", "total", "2026-03-03 01:00"): NAN,  # one contact, who gave up
    ("abandonment", "queue:phone", "2026-03-03 01:00"): 1,
    ("service_level", "channel:phone", "2026-03-03 01:00"): NAN,  # the only one is left out
    # 3600 to 3630 of the wait over midnight, 20 and 40
    ("waiting", "total", "2026-03-03 00:00"): 90 / 1800,
    ("waiting", "queue:phone", "2026-03-02"): 110 / 1800,
    ("backlog", "queue:phone", "2026-03-02"): 1,
    ("backlog", "total", "2026-03-03 00:00"): 0,  # the one handed back at 5400 waits from then on
    ("backlog", "total", "2026-03-03"): 1,
    # the service handed back in the interval in which it began, the next one where it did
    ("offered_load", "queue:chat", "2026-03-03 00:00"): 200 / 1800,
    ("offered_load", "queue:chat", "2026-03-03 00:30"): 120 / 1800,
    ("answered", "queue:chat", "2026-03-03 00:00"): 1,
    ("answered", "queue:chat", "2026-03-03 00:30"): 0,  # the same visit, counted where it began
    ("answered", "pool:night", "2026-03-03 00:00"): 1,
    # 400 of the one before the warm-up's end, 150
    ("busy_hours", "pool:agents", "2026-03-02 23:30"): 550 / 3600,
    ("occupancy", "total", "2026-03-03 00:00"): 430 / 5400,
    ("occupancy", "pool:night", "2026-03-03 00:30"): NAN,
    ("paid_hours", "pool:agents", "2026-03-03 01:30"): 4200 / 3600,
    ("staffed_hours", "pool:agents", "2026-03-03 01:30"): 2400 / 3600,
    ("availability", "bot:helper", "2026-03-03 00:00"): 1 - 240 / 1800,
    ("availability", "bot:helper", "2026-03-03 00:30"): 1,
    ("sessions_open", "bot:helper", "2026-03-03 00:00"): 120 / 1800,
    ("work_in_system", "channel:chat", "2026-03-03 00:30"): 500 / 1800,  # 5400 to 5900
    # called at closed doors; the other came before
    ("customers", "channel:phone", "2026-03-03 00:00"): 1,
    # lost after midnight, first came before
    ("lost_customers", "channel:phone", "2026-03-02"): 1,
    ("contacts_per_customer", "channel:phone", "2026-03-02"): 3 / 2,
    ("satisfaction", "total", "2026-03-02"): 0.93 / 2,
    ("churned_customers", "channel:phone", "2026-03-02"): 0.7,  # decided after midnight, first came before
    ("cost_fixed", "total", "2026-03-03 01:00"): 0.5,
    ("cost_bot", "bot:helper", "2026-03-03 00:00"): 2,  # 2 sessions at 0.5 and half an hour at 2
    ("cost_labour", "total", "2026-03-02 23:30"): 0.01 * 7200 + 0.02 * 1800,
    ("cost_per_resolution", "total", "2026-03-03 01:00"): NAN,
    ("cycle_time", "total", "2026-03-03 01:30"): 150,  # 100 and 200; the one unfinished is left out
}
