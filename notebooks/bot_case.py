# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # Building a bot case
# A vendor promises that a chat bot takes seven of ten questions, and that the desk can do with a third fewer people.
# A case is two files: the service as it is, and a short what-if with what is promised. servsim says whether it holds,
# where it begins to hold, and what it is worth.

# %%
import tempfile
from pathlib import Path

import servsim as sv

folder = Path(tempfile.mkdtemp()) / "chat-desk"
folder.mkdir()
(folder / "as_is.yaml").write_text("""
servsim: 1
name: Chat desk, as is
currency: EUR
clock: {start: 2026-03-02, length: 7 days}
calendars: {desk: {mon-fri: "08:00-20:00"}}
reasons: [order, trouble]
channels:
  chat:
    type: chat
    open: desk
    arrivals: {rate: 60/h}
    reasons: {order: 60%, trouble: rest}
    patience: {exponential: 4 min}
    flow: chat
flows:
  chat:
    steps:
      person:
        queue: chat
        time: {lognormal: {mean: 6 min, cv: 0.7}}
        wrap_up: {exponential: 30 s}
        next: {resolved: 85%, unresolved: rest}
queues: {chat: {}}
pools:
  desk: {staff: {by_calendar: {desk: 9}}, serves: [chat], wage: 24/h}
returns:
  unresolved: {probability: 60%, after: {exponential: 2 h}}
  abandoned: {probability: 60%, after: {exponential: 30 min}}
costs: {lost_customer: 12}
targets:
  - {measure: abandonment, channel: chat, at_most: 5%}
""")

# %% [markdown]
# ## The what-if
# The bot asks first. Whom it cannot help goes on to a person, and that costs more than before: the easy questions are
# gone, so those that are left take longer. This is what promises forget; so it stands in the file, where everybody
# can see it.

# %%
(folder / "to_be.yaml").write_text("""
extends: as_is.yaml
name: Chat desk, bot in front
change:
  bots: {helper: {cost: {per_session: 0.25, per_month: 900}}}
  flows.chat:
    start: bot
    steps:
      bot:
        bot: helper
        time: {lognormal: {mean: 80 s, cv: 0.6}}
        next: {resolved: 45%, unresolved: 5%, person: rest}
        by_reason: {trouble: {next: {resolved: 15%, unresolved: 10%, person: rest}}}
      person:
        queue: chat
        time: {lognormal: {mean: 7 min, cv: 0.7}}
        wrap_up: {exponential: 30 s}
        next: {resolved: 85%, unresolved: rest}
  pools.desk.staff.by_calendar.desk: 6
claims:
  - {claim: The bot settles seven of ten, measure: containment, channel: chat, at_least: 70%, source: the offer}
  - {claim: A third of the wages is saved, measure: cost_labour, change: -33%, source: the offer}
  - {claim: Nobody gives up more often, measure: abandonment, channel: chat, change: +0pp, source: taken for granted}
  - claim: In all it costs a fifth less
    measure: cost
    change: -20%
    source: the offer
    holds_if: {vary: "flows.chat.steps.bot.next.resolved=30%:80%"}
roi:
  horizon: 24 months
  phases:
    - {name: build, length: 3 months, one_off: 30000, effect: 0%}
    - {name: pilot, length: 3 months, one_off: 8000, running: 500, effect: 20%}
    - {name: run, running: 800, effect: 100%}
""")
print(sv.load(folder / "to_be.yaml").warnings)  # what may be meant otherwise

# %% [markdown]
# ## The promises put to the test

# %%
claims = sv.claims(folder, reps=10)
print(claims.verdict())
claims.table[["claim", "promised", "found", "low", "high", "verdict", "condition"]]

# %% [markdown]
# ## Where the customers go

# %%
to_be = sv.run(folder / "to_be.yaml", reps=3, contacts=True, events=True)
to_be.plot.flow()

# %% [markdown]
# ## What matters most?
# One input at a time, to the low and the high end of what is thought possible.

# %%
tornado = sv.decide.tornado(
    folder / "to_be.yaml",
    [
        "flows.chat.steps.bot.next.resolved=30%:60%",
        "flows.chat.steps.person.time.lognormal.mean=6 min:8 min",
        "pools.desk.staff.by_calendar.desk=5:7",
        "bots.helper.cost.per_session=0.1:0.5",
    ],
    reps=5,
)
tornado.plot.tornado()

# %% [markdown]
# ## Does it pay?

# %%
returns = sv.roi(folder / "to_be.yaml", reps=10)
print(returns.verdict())

# %%
returns.plot.cash()
