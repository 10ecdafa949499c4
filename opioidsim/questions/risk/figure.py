"""The figure of a risk: how one use ends, against its dose."""

import altair as alt
import pandas as pd

from opioidsim.questions.risk.run import Risk
from opioidsim.show.theme import BAD, GOOD, HUES, INK, WIDTH, themed, unsure
from opioidsim.surfaces.surface import OUTCOMES


def risk(answer: Risk) -> alt.TopLevelMixin:
    """The share of people who meet each end, against the dose; a line at the dose that was asked about."""
    frame = pd.DataFrame(answer.curve())
    ends = list(OUTCOMES.values())
    x = alt.X(
        "dose_mg:Q", title="dose, mg", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(grid=False, tickCount=8)
    )
    share = {"title": "share of such people", "scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
    y = alt.Y("chance:Q", **share)
    scale = alt.Scale(domain=ends, range=[HUES[4], HUES[0], BAD, GOOD])
    colour = alt.Color(
        "end:N", title=None, sort=ends, scale=scale, legend=alt.Legend(orient="top", columns=1, labelLimit=400)
    )
    close = frame["end"] == OUTCOMES["apnoea"]  # with heroin it lies on the arrests: dotted, and above them
    lines = alt.Chart(frame[~close]).mark_line(strokeWidth=2.2).encode(x, y, colour)
    dots = alt.Chart(frame[close]).mark_line(strokeWidth=2.6, strokeDash=[1, 5], strokeCap="round").encode(x, y, colour)
    worst = frame["end"].isin(
        [OUTCOMES["depressed"], OUTCOMES["arrest"]]
    )  # of two: eight more lines would hide the four
    edges = unsure(alt.Chart(pd.DataFrame(frame[worst])).encode(x, color=colour), "chance", share)
    asked = pd.DataFrame({"dose_mg": [frame["dose_mg"].iloc[len(frame) // len(ends) // 2]]})
    rule = alt.Chart(asked).mark_rule(color=INK, strokeDash=[3, 3]).encode(x)
    under = [f"{answer.use} · {answer.under}", "taken at once, unattended; dashed line: this dose"]
    under += ["dashed in colour: what is not known, the middle 90 % of draws, of two of the ends"] if edges else []
    return themed(alt.LayerChart(layer=[*edges, lines, dots, rule], width=WIDTH, height=280), "How one use ends, by dose", under)  # fmt: skip
