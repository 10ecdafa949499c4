# %% [markdown]
# # Gallery
#
# Each figure with the lines behind it. On the command line, `--out FOLDER` writes the same figures as PNG, SVG and a page.

# %%
import altair as alt

import opioidsim as ops

_ = alt.renderers.enable("svg")

# %% [markdown]
# ## How long an injection blocks, in people who differ

# %%
ops.blockade("naltrexone 380 mg im-depot", "heroin 25 mg iv", days=56, every=2, who=ops.Who(people=40)).plot()

# %% [markdown]
# ## When a start does not hurt

# %%
ops.induction("heroin 100 mg iv every 8 h x 90", ["tablet", "ascending"], day=(1, 4, 7, 10)).plot()

# %% [markdown]
# ## The danger curve

# %%
ops.relapse("heroin 50 mg iv", "heroin 50 mg iv every 8 h x 90", day=[1, 7, 14, 30, 60]).plot()

# %% [markdown]
# ## Reversal

# %%
ops.reversal("fentanyl", ["naloxone 0.4 mg iv", "naloxone 2 mg im"]).plot()

# %% [markdown]
# ## When receptors are free again

# %%
ops.washout("buprenorphine 16 mg sublingual every 24 h x 10", below=0.5, who=ops.Who(people=40)).plot()

# %% [markdown]
# ## What likes what: abuse and diversion

# %%
ops.abuse().plot()

# %% [markdown]
# ## After release

# %%
ops.release(draws=24).plot()

# %% [markdown]
# ## A course: a missed injection and heroin

# %%
ops.run("missed-injection").plot()
