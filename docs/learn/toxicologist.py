# %% [markdown]
# # For a toxicologist: who is rescued, by what, how soon
#
# The episode clock follows gases, drives and receptors second by second. A rescue is a rule: what is seen, how long help takes, which
# product, how often.

# %%
import altair as alt

import opioidsim as ops

_ = alt.renderers.enable("svg")

# %% [markdown]
# ## Three minutes or one
#
# Fentanyl into a vein in chronic users, one auto-injector, given one or three minutes after breathing has fallen. The physiology is that
# of the published program, asked for by its reading.

# %%
who = ops.Who(people=100, readings="mann-2022")
asked = ops.rescue("fentanyl 1.625 mg iv", ["naloxone 2 mg im-autoinjector"], delay=["60 s", "3 min"], who=who)
print(asked)

# %%
asked.plot()

# %% [markdown]
# The brackets are chance, of a hundred people. Whoever is not rescued died of too late or of too little; the curves of the typical person show which.

# %%
print(list(asked.curves))
help_comes = asked.curves["nobody helps"]
print(f"lowest arterial O2 when nobody helps: {help_comes['arterial_o2'].min():.0f} mmHg")

# %% [markdown]
# ## It fades before the opioid does
#
# Naloxone is gone in hours, methadone is not. Reversal under an opioid that is held shows how long it lasts.

# %%
back = ops.reversal("fentanyl", ["naloxone 0.4 mg iv", "naloxone 4 mg nasal-spray"])
print(back)

# %%
back.plot()

# %% [markdown]
# ## The same dose after weeks without
#
# Tolerance goes faster than the habit is forgotten. `relapse` asks for the doses that are not felt, and those that stop the circulation.

# %%
danger = ops.relapse(
    "heroin 50 mg iv", ["heroin 50 mg iv every 8 h x 90", "naltrexone 380 mg im-depot at 37 d"], day=[7, 60]
)
for row in danger.rows():
    print(f"day {row['day']:g}: tolerance {row['tolerance']:.2f}, stops from {row['stops']:.3g} times the dose on")

# %% [markdown]
# How fast tolerance goes in people was never measured: `stops_low` and `stops_high` carry it. One use in a known state is read from a
# stored surface, at once:

# %%
print(ops.risk("heroin 50 mg iv", who=ops.Who(tolerance=0.3)))

# %% [markdown]
# Next: [breathing](../breathing.md), [risk](../risk.md), [what it cannot do](../limits.md).
