"""The figures of alcohol trials: drinking by week with the blockade behind it, and the arms compared."""

import altair as alt
import pandas as pd

from opioidsim.questions.trial.alcohol import SAID, DrinkingTrial
from opioidsim.show.theme import GREY, HUES, INK, WIDTH, themed

SHARE = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
PANELS = {
    "heavy": ["share of days with", "heavy drinking"],
    "abstinent": ["share of days", "abstinent"],
    "blockade": ["mu receptors blocked", "while drinking"],
}


def _who(found: DrinkingTrial) -> str:
    size = f"{found.plan.each()} people in each arm, the same in all"
    return size if found.replicates == 1 else f"{found.replicates} replicates of {size}"


def weekly(found: DrinkingTrial) -> alt.TopLevelMixin:
    """Heavy and abstinent days by week, and mean blockade of the drinking period, for every arm."""
    frame = pd.DataFrame(found.weekly())
    arms = list(found.people)
    scale = alt.Scale(domain=arms, range=[GREY, *HUES])
    colour = alt.Color("arm:N", title=None, sort=arms, scale=scale, legend=alt.Legend(orient="top", columns=2))
    panels = []
    for name, title in PANELS.items():
        last = name == list(PANELS)[-1]
        axis = alt.Axis(grid=False, tickMinStep=1)
        x = alt.X("week:Q", title="week" if last else None, scale=alt.Scale(nice=False), axis=axis)
        line = alt.Chart(frame).mark_line(strokeWidth=2.2).encode(x, alt.Y(f"{name}:Q", title=title, **SHARE), colour)
        panels.append(line.properties(width=WIDTH, height=150))
    return themed(alt.vconcat(*panels, spacing=12), found.plan.title, _who(found))


def contrasts(found: DrinkingTrial) -> alt.TopLevelMixin:
    """Ratios of heavy days and drinks and the odds of abstinence, and differences of return to drinking, with intervals."""
    frame = pd.DataFrame(found.contrasts())
    shown = frame["mean"].notna() & ~frame["measure"].str.startswith("number needed")
    frame = pd.DataFrame(frame[shown]).assign(what=lambda f: f["endpoint"].map(SAID) + ": " + f["measure"])
    arms = list(dict.fromkeys(frame["arm"]))
    scale = alt.Scale(domain=arms, range=HUES[: len(arms)])
    colour = alt.Color("arm:N", title=None, sort=arms, scale=scale, legend=alt.Legend(orient="top", columns=2))
    panels = []
    for ratios, title in ((True, "ratio to the first arm"), (False, "difference to the first arm")):
        part = pd.DataFrame(frame[(frame["measure"] != "risk difference") == ratios])
        scale = alt.Scale(type="log", nice=False, padding=12) if ratios else alt.Scale(padding=12)
        x = alt.X("mean:Q", title=title, scale=scale, axis=alt.Axis() if ratios else alt.Axis(format="%"))
        y = alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=300))
        none = alt.Chart(pd.DataFrame({"at": [1.0 if ratios else 0.0]})).mark_rule(color=INK, strokeDash=[3, 3])
        base = alt.Chart(part).encode(y, alt.YOffset("arm:N", sort=arms), color=colour)
        spans = (
            base.properties(data=part.dropna(subset=["low"]))
            .mark_rule(strokeWidth=2)
            .encode(alt.X("low:Q", title=title, scale=scale), alt.X2("high:Q"))
        )
        points = base.mark_point(filled=True, size=60, opacity=1).encode(x)
        height = (12 + 16 * len(arms)) * len(set(part["what"]))
        panels.append(alt.LayerChart(layer=[none.encode(alt.X("at:Q", title=title, scale=scale)), spans, points], width=380, height=height))  # fmt: skip
    under = [f"against {next(iter(found.people))}", _who(found)]
    return themed(alt.vconcat(*panels, spacing=18), found.plan.title, under)
