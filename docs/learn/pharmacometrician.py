# %% [markdown]
# # For a pharmacometrician: your tables, your drugs, your draws
#
# Event tables as NONMEM has them, exact solutions, covariates, draws with units, and a way out to other programs.

# %%
import tempfile
from pathlib import Path

import altair as alt

import opioidsim as ops
from opioidsim import catalogue
from opioidsim.show.export import text_of

_ = alt.renderers.enable("svg")
room = Path(tempfile.mkdtemp())

# %% [markdown]
# ## An event table
#
# Two people with their own doses and weights: every column is used, named as passed over, or refused.

# %%
(room / "doses.csv").write_text(
    """ID,TIME,AMT,UNIT,DRUG,ROUTE,II,ADDL,SS,EVID,WT
anna,0,50,mg,naltrexone,oral,24,3,0,1,60
ben,0,50,mg,naltrexone,oral,24,0,1,1,95
ben,48,100,mg,naltrexone,oral,0,0,0,4,95
"""
)
run = ops.simulate(ops.Scenario(dosing=str(room / "doses.csv"), duration="4 d", every="6 h"))
print(run.table.head(6).round(3))
print(run.dataset["concentration.naltrexone"].round(2).values[:, :6])

# %% [markdown]
# Areas, peaks and half-lives come from the exact solution, not from the output grid: the area of a single tablet is dose × F / CL whatever `every` is.

# %%
for every in ("5 min", "6 h", "1 d"):
    one = ops.simulate(ops.Scenario(doses=["naltrexone 50 mg oral"], duration="10 d", every=every))
    print(every, one.outcomes().filter(like="concentration.naltrexone ").iloc[0].round(3).to_dict())

# %% [markdown]
# ## A crowd, and what is not known
#
# People differ by named random streams: person 17 is the same person in any crowd. Draws of what is not known come beside.

# %%
answer = ops.washout("naltrexone 50 mg oral every 24 h x 7", below=0.2, who=ops.Who(people=60, draws=30))
print(answer)

# %% [markdown]
# ## A drug of one's own

# %%
path = catalogue.new("drug", "my-drug", room / "mine")
print(path.read_text()[:900])
with ops.Library(room / "mine"):
    own = ops.simulate(ops.Scenario(doses=["my-drug 30 mg oral"], duration="1 d"))
    print(own.outcomes().filter(like="my-drug").iloc[0].round(3).to_dict())

# %% [markdown]
# ## Elsewhere
#
# A course leaves as SBML or as R code for rxode2.

# %%
text = text_of(ops.Scenario(doses=["naltrexone 50 mg oral every 24 h x 7"], duration="8 d"), "rxode2")
print(text[:1200])

# %% [markdown]
# Next: [event tables](../tables.md), [fits of your own data](../fit.md), [what is not known](../unknown.md), [numerics](../numerics.md).
