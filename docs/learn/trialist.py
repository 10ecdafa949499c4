# %% [markdown]
# # For a trialist: a trial before it is run
#
# People are drawn, put into arms and followed day by day: withdrawal, craving, use, tablets and injections taken or missed, leaving, urines.
# Trials that have been run come with the package; a plan of one's own is a table.

# %%
import altair as alt

import opioidsim as ops

_ = alt.renderers.enable("svg")
print(*ops.names("trials").items(), sep="\n")

# %% [markdown]
# ## Two replicates of a small plan

# %%
plan = {
    "title": "Monthly injection against none",
    "length": "8 weeks",
    "people": {"n": 60, "habit": "heroin 60 mg iv every 8 h x 21", "clean": "6 d"},
    "arms": [
        {"name": "nothing"},
        {
            "name": "injection",
            "regimen": ["naltrexone 380 mg im-depot every 28 d x 2"],
            "opioid_free": "5 d",
            "place": "clinic",
        },
    ],
}
found = ops.trial(plan, replicates=2)
print(found)

# %%
found.plot()

# %% [markdown]
# ## How sure would it be?
#
# Each further arm is compared with the first. With two replicates an interval of replicates means nothing, and none is given; `replicates=200`
# on the command line keeps its parts and can be interrupted (`--out`, `--resume`).

# %%
for row in found.contrasts():
    print({key: row[key] for key in ("endpoint", "measure") if key in row}, row.get("mean", row.get("value")))

# %%
for row in found.power()[:6]:
    print(row)

# %% [markdown]
# How well the days of simulated people follow real ones is on the [scoreboard](../scoreboard.md) (START, X:BOT and others, each failure with its reason).
# What behaviour was fitted to, and what was not: [virtual trials](../trials.md).
