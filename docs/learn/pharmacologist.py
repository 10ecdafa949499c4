# %% [markdown]
# # For a pharmacologist: one receptor, many read-outs
#
# Everything that competes here competes for one mu receptor with one set of constants. Blood, occupancy, blockade, relief and precipitated
# withdrawal are read-outs of the same bound shares. This page goes from one to the next.

# %%
import altair as alt

import opioidsim as ops

_ = alt.renderers.enable("svg")

# %% [markdown]
# ## The blood is empty, the receptor is not
#
# A tablet of 50 mg. Its plasma half-life is hours; scans see most receptors held for days.

# %%
tablet = ops.simulate(ops.Scenario(doses=["naltrexone 50 mg oral"], duration="4 d", every="1 h"))
for hours in (1, 24, 48, 72):
    blood, held = (tablet[name][hours] for name in ("concentration.naltrexone", "occupancy.naltrexone"))
    print(f"{hours:3d} h: {blood:6.3f} ng/mL, {held:.0%} of mu receptors held")

# %%
tablet.plot()

# %% [markdown]
# Where the evidence is contested the drug's file has another reading, and every answer can be asked for under it.

# %%
for reading, told in ops.drug("naltrexone").readings.items():
    print(f"{reading}: {told.about}.")
slower = ops.Scenario(doses=["naltrexone 50 mg oral"], duration="4 d", readings={"naltrexone": "slower"})
print(
    f"{ops.simulate(slower)['occupancy.naltrexone'][48]:.0%} held at 48 h instead of {tablet['occupancy.naltrexone'][48]:.0%}"
)

# %% [markdown]
# ## A blockade can be overcome
#
# Blockade is what an antagonist takes of the peak that a challenge adds. By competition a dose ratio goes with it: at a blocked share $b$ of
# receptors the same effect needs about $1/(1-b)$ times the dose. That is why a blockade of 99 % is no promise.

# %%
answer = ops.blockade("naltrexone 50 mg oral every 24 h x 7", "heroin 25 mg iv", days=12)
for row in answer.rows()[::2]:
    print(f"day {row['day']:4.1f}: {row['blockade']:6.1%} blocked")

# %%
answer.plot()

# %% [markdown]
# ## Full, partial and no agonist, by one equation
#
# A partial agonist holds many receptors and activates them weakly; in somebody who lives with a full agonist it takes more away than it brings.

# %%
habit = ["heroin 100 mg iv every 8 h x 90"]
for day in (0.3, 1, 3, 7, 10):
    found = ops.induction(habit[0], "tablet", day=day, who=ops.Who(point=True))
    peak = {row["regimen"]: row["peak"] for row in found.rows()}
    print(f"day {day:4.1f}: {peak['tablet']:4.1f} of 48 after the tablet, {peak['nothing']:4.1f} without")

# %% [markdown]
# That is the reason for the label's seven to ten days. What nobody has measured, above all how fast dependence goes, is the range
# of the answer (`found`), not its middle.
#
# ## Which number does it hang on?
#
# The joint draws that come with the package say what is not known, and a regression over them says which facts matter.

# %%
unsure = ops.washout("naltrexone 50 mg oral every 24 h x 7", below=0.2, who=ops.Who(draws=40, sensitivity=True))
print(unsure)

# %% [markdown]
# Next: [equations](../equations.md), [what is not known](../unknown.md), the [scoreboard](../scoreboard.md).
