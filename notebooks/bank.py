# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # The bank: a real call centre
# The "Anonymous Bank" of 1999 (Mandelbaum, Sakov, Zeltyn): volumes, patience, handling times and staffing derived
# from its log, which `scenarios/bank/README.md` tells of, and how far the scenario lies from it.

# %%
from pathlib import Path

import servsim as sv

here = Path(__file__).parent if "__file__" in globals() else Path.cwd()
scenario = sv.load(here.parent / "scenarios" / "bank" / "scenario.yaml")
result = sv.run(scenario, reps=4, contacts=True, events=True)
main = ["offered", "service_level", "wait", "asa", "abandonment", "occupancy"]
table = result.intervals.query("period == 'run' and scope == 'total'").set_index("measure")
table.loc[main, ["mean", "low", "high"]].round(4)

# %% [markdown]
# ## Where the waiting is
# Each hour of the week by pool, and the wait of those who ask for an agent.

# %%
result.plot.occupancy()

# %%
result.plot.wait(day="1999-02-08")

# %%
result.plot.wait_distribution()

# %% [markdown]
# ## Who goes where
# From the channel through the voice unit and the pools to the end.

# %%
result.plot.flow()

# %%
result.plot.where_time_goes()

# %% [markdown]
# ## One more agent
# Common random numbers make a small change visible with few replications: `variance_ratio` tells how many times as
# many replications the same precision would take with other customers.

# %%
one_more = scenario.with_({"pools.general.staff.plus": 1})
comparison = sv.compare(scenario, one_more, names=["as is", "one more agent"], reps=4)
print(comparison.verdict())

# %%
rows = comparison.differences.query("period == 'run' and scope == 'total'").set_index("measure")
columns = ["base", "value", "difference", "low", "high", "variance_ratio"]
rows.loc[["service_level", "wait", "abandonment", "occupancy", "cost_labour"], columns].round(4)
