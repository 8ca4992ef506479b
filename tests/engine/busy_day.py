"""A scenario with some of everything, one day long, for tests that compare whole runs."""

BUSY_DAY = """
clock: {start: 2026-03-02 06:00, length: 30 h}
calendars:
  desk: {daily: "08:00-20:00"}
reasons: [order, complaint]
day_factors:
  busy: {cv: 0.2}
channels:
  phone:
    type: voice
    open: desk
    arrivals: {rate: 30/h, day_factor: busy}
    reasons: {order: 70%, complaint: 30%}
    lines: 8
    patience: {exponential: 3 min}
    flow: call
  chat:
    type: chat
    open: desk
    arrivals: {per_day: 300, shape: {"08:00": 1, "12:00": 2, "16:00": 1}, day_factor_cv: 0.3}
    reasons: {order: 50%, complaint: 50%}
    patience: {weibull: {mean: 2 min, cv: 1.3}}
    flow: chat
  mail: {type: message, arrivals: {rate: 4/h}, reasons: {complaint: 1}, flow: mail}
flows:
  call:
    steps:
      talk:
        queue: phone
        time: {lognormal: {mean: 4 min, cv: 0.7}}
        wrap_up: {exponential: 30 s}
        next: {resolved: 80%, talk: 5%, unresolved: 15%}
  chat:
    steps:
      hello:
        bot: helper
        time: {gamma: {mean: 75 s, cv: 0.6}}
        skip_to: person
        next: {resolved: 55%, person: 45%}
      person:
        queue: chat
        time: {exponential: 5 min}
        wrap_up: {exponential: 20 s}
        next: {resolved: 85%, later: 15%}
      later: {delay: {exponential: 1 h}, during: desk, next: check}
      check: {queue: cases, live: false, time: {exponential: 4 min}}
  mail: {steps: {answer: {queue: cases, time: {exponential: 6 min}}}}
bots:
  helper: {sessions: 6, outages: [{mtbf: 3 h, mttr: 10 min}, {at: 2026-03-02 15:00, for: 5 min}]}
queues:
  phone: {priority: 2, max_waiting: 1, overflow: {after: 40 s, to: backup}}
  chat: {priority: 1}
  cases: {patience: none}
pools:
  team:
    staff:
      shifts:
        - {agents: 4, from: "08:00", to: "15:00"}
        - {agents: 5, from: "13:00", to: "20:00"}
        - {agents: 1, from: "20:00", to: "08:00"}
    serves: {phone: {}, chat: {}, cases: {}}
    on_shift_end: return
  backup: {staff: 1, serves: {phone: {speed: 0.9}, cases: {}}}
returns:
  unresolved: {probability: 60%, after: {exponential: 2 h}}
  abandoned: {probability: 50%, after: {exponential: 20 min}}
  blocked: {probability: 70%, after: {exponential: 5 min}}
"""
