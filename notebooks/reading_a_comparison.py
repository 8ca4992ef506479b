# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # Reading a comparison properly
# What an interval says, why both scenarios see the same customers, when "cannot tell" is the right answer, and what
# many comparisons at once do to certainty.

# %%
import tempfile
from pathlib import Path

import numpy as np

import servsim as sv

file = Path(tempfile.mkdtemp()) / "desk.yaml"
file.write_text("""
servsim: 1
name: Desk
clock: {start: 2026-03-02, length: 1 day}
channels: {phone: {type: voice, arrivals: {rate: 90/h}, patience: {exponential: 2 min}, flow: call}}
flows: {call: {steps: {talk: {queue: phone, time: {lognormal: {mean: 5 min, cv: 0.9}}}}}}
queues: {phone: {}}
pools: {desk: {staff: 8, serves: [phone], wage: 25/h}}
targets:
  - {measure: abandonment, channel: phone, at_most: 8%}
""")
desk = sv.load(file)
nine = desk.with_({"name": "Nine", "pools.desk.staff": 9})

# %% [markdown]
# ## The same customers
# Every random number belongs to what it decides: this customer's patience, that call's length. So both scenarios see
# the same day, and what differs between them is due to the ninth person. Beside it the same comparison with days of
# their own.

# %%
same = sv.compare(desk, nine, reps=10)
base, other = (same[name].sample("wait") for name in same.names)
strangers = sv.run(nine, reps=10, seed=2).sample("wait")
print(f"difference, same days:  {np.mean(other - base):.1f} s, spread {np.std(other - base, ddof=1):.1f} s")
print(
    f"difference, other days: {np.mean(strangers - base):.1f} s, spread {np.std(strangers - base, ddof=1):.1f} s"
)

# %% [markdown]
# ## Two intervals that overlap may still differ
# Each scenario's own interval tells how well *its* mean is known. The difference has an interval of its own, and that
# decides.

# %%
for name in same.names:
    own = same[name].value("wait")
    print(f"{name}: {own.mean:.1f} s ({own.low:.1f} to {own.high:.1f})")
same.differences.query("measure == 'wait' and scope == 'total' and period == 'run'")[
    ["difference", "low", "high", "variance_ratio"]
].round(2)

# %% [markdown]
# ## Cannot tell is an answer
# With two replications little is sure. More of them, or a wanted precision, settle it: servsim then takes as many as
# that needs.

# %%
print(sv.compare(desk, nine, reps=2).verdict())

# %%
print(sv.compare(desk, nine, reps=5, precision="abandonment=0.5pp").verdict())

# %% [markdown]
# ## Many at once
# Of twenty comparisons at 95 % one is wrong by luck. Intervals of several scenarios against one base are made wider,
# so that *all* of them are right together with 95 %; the adjustment is named.

# %%
many = sv.compare(
    desk, *(desk.with_({"name": f"{n} people", "pools.desk.staff": n}) for n in range(9, 13)), reps=10
)
print(many.adjustment)
many.plot.differences("wait", "abandonment", "occupancy")

# %% [markdown]
# ## What it does not say
# An interval knows of luck alone. Whether 90 calls an hour come, whether patience is as assumed: that is for a
# sensitivity (`servsim sensitivity`), for futures in the scenario's file, and for a pilot.
