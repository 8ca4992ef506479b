# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # A first what-if
# One more agent in the bank's general pool: what happens to waiting, and what does it cost?
# Both runs see the same customers (common random numbers), so within a replication
# the difference is not noise of arrivals.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import servsim as sv

here = Path(__file__).parent if "__file__" in globals() else Path.cwd()
scenario = sv.load(here.parent / "scenarios" / "bank" / "scenario.yaml")
as_is = sv.run(scenario, reps=3, seed=1)
to_be = sv.run(scenario.with_({"pools.general.staff.plus": 1}), reps=3, seed=1)

# %% [markdown]
# ## The main figures with their 95 % intervals

# %%
for measure in ("service_level", "wait", "abandonment", "occupancy", "cost_labour"):
    before, after = as_is.value(measure), to_be.value(measure)
    print(
        f"{measure:<14} {before.mean:12.3f} ± {before.half_width:.3f}   →  {after.mean:12.3f} ± {after.half_width:.3f}"
    )

# %% [markdown]
# ## Waiting through one day

# %%
figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
for result, name, colour in ((as_is, "as is", "#0072B2"), (to_be, "one more agent", "#D55E00")):
    table = result.intervals
    day = table[
        (table.measure == "wait") & (table.scope == "total") & table.period.str.startswith("1999-02-08 ")
    ]
    axes.plot([period[11:] for period in day.period], day["mean"], label=name, color=colour)
axes.set_xticks(range(0, 48, 4))
axes.set_xlabel("time of day, Monday")
axes.set_ylabel("mean wait (s)")
axes.set_ylim(bottom=0)
axes.legend(frameon=False)
plt.show()
