# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # A first what-if in ten minutes
# A small shop answers the telephone with six people. Would a seventh pay? A scenario is a YAML file; here it is
# written from the notebook, so that everything is in one place.

# %%
import tempfile
from pathlib import Path

import servsim as sv

folder = Path(tempfile.mkdtemp())
shop = folder / "shop.yaml"
shop.write_text("""
servsim: 1
name: Shop, six people
currency: EUR
clock: {start: 2026-03-02, length: 5 days}
calendars: {desk: {mon-fri: "09:00-18:00"}}
channels:
  phone:
    type: voice
    open: desk
    arrivals: {per_day: 540, shape: {"09:00": 1.4, "12:00": 0.8, "14:00": 1}, day_factor_cv: 0.1}
    patience: {exponential: 3 min}
    flow: call
flows:
  call:
    steps:
      talk:
        queue: phone
        time: {lognormal: {mean: 4 min, cv: 0.8}}
        wrap_up: 30 s
        next: {resolved: 85%, unresolved: rest}
pools:
  desk: {staff: {by_calendar: {desk: 6}}, serves: [phone], wage: 25/h}
queues: {phone: {}}
returns:
  unresolved: {probability: 60%, after: {exponential: 3 h}}
  abandoned: {probability: 50%, after: {exponential: 30 min}}
costs: {lost_customer: 15}
targets:
  - {measure: service_level, channel: phone, within: 30 s, at_least: 80%}
  - {measure: abandonment, channel: phone, at_most: 5%}
""")
scenario = sv.load(shop)

# %% [markdown]
# ## How is it now?
# Ten weeks that might have been. Every number comes with a 95 % interval; a target is *met* or *missed* where that is
# sure.

# %%
result = sv.run(scenario, reps=10, contacts=True)
print(result.value("asa"))
result.targets[["text", "value", "low", "high", "verdict"]]

# %% [markdown]
# When does it hurt? Arrivals against staffing, and the service level through a day.

# %%
result.plot.arrivals_staffing("channel:phone", day="2026-03-04")

# %%
result.plot.service_level("channel:phone", day="2026-03-04")

# %% [markdown]
# ## What if there were seven?
# The same paths that `--set` takes on the command line. Both scenarios see the same customers, with the same patience
# and the same work: what differs is due to the change.

# %%
seven = scenario.with_({"name": "Shop, seven people", "pools.desk.staff.by_calendar.desk": 7})
comparison = sv.compare(scenario, seven, reps=10)
print(comparison.verdict())

# %%
comparison.plot.differences()

# %% [markdown]
# ## How many, then?
# A sweep runs the scenario at many values, on the same customers too.

# %%
sweep = sv.sweep(scenario, ["pools.desk.staff.by_calendar.desk=5,6,7,8,9"], reps=10)
sweep.plot.curve("service_level", "channel:phone")

# %%
sweep.plot.curve("cost")

# %% [markdown]
# The cost has a lowest point: with few people, customers are lost; with many, wages are paid for waiting. Whether the
# target is worth what it costs is not for the simulation to say, but what it costs is.
