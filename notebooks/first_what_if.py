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
# Both scenarios see the same customers (common random numbers), so differences are taken replication by replication.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import servsim as sv

here = Path(__file__).parent if "__file__" in globals() else Path.cwd()
scenario = sv.load(here.parent / "scenarios" / "bank" / "scenario.yaml")
one_more = scenario.with_({"pools.general.staff.plus": 1})
comparison = sv.compare(
    scenario, one_more, names=["as is", "one more agent"], reps=3, periods=("run", "interval")
)
print(comparison.verdict())

# %% [markdown]
# ## The main figures with their 95 % intervals
# `variance_ratio` tells how many times more replications the same precision would take with other customers.

# %%
rows = comparison.differences.query("period == 'run' and scope == 'total'").set_index("measure")
rows.loc[
    ["service_level", "wait", "abandonment", "occupancy", "cost_labour"],
    ["base", "value", "difference", "low", "high", "variance_ratio"],
].round(4)

# %% [markdown]
# ## Waiting through one day

# %%
figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
for name, colour in (("as is", "#0072B2"), ("one more agent", "#D55E00")):
    table = comparison[name].intervals
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
