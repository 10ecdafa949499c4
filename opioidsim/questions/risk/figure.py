"""The figure of a risk: how one use ends, against its dose."""

import altair as alt
import pandas as pd

from opioidsim.questions.risk.run import Risk
from opioidsim.show.theme import BAD, GOOD, HUES, INK, WIDTH, themed
from opioidsim.surfaces.surface import OUTCOMES


def risk(answer: Risk) -> alt.TopLevelMixin:
    """The share of people who meet each end, against the dose; a line at the dose that was asked about."""
    frame = pd.DataFrame(answer.curve())
    ends = list(OUTCOMES.values())
    x = alt.X(
        "dose_mg:Q", title="dose, mg", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(grid=False, tickCount=8)
    )
    y = alt.Y("chance:Q", title="share of such people", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    scale = alt.Scale(domain=ends, range=[HUES[4], HUES[0], BAD, GOOD])
    colour = alt.Color(
        "end:N", title=None, sort=ends, scale=scale, legend=alt.Legend(orient="top", columns=1, labelLimit=400)
    )
    close = frame["end"] == OUTCOMES["apnoea"]  # with heroin it lies on the arrests: dashed, and above them
    lines = alt.Chart(frame[~close]).mark_line(strokeWidth=2.2).encode(x, y, colour)
    dashes = alt.Chart(frame[close]).mark_line(strokeWidth=2.2, strokeDash=[4, 6]).encode(x, y, colour)
    asked = pd.DataFrame({"dose_mg": [frame["dose_mg"].iloc[len(frame) // len(ends) // 2]]})
    rule = alt.Chart(asked).mark_rule(color=INK, strokeDash=[3, 3]).encode(x)
    under = [f"{answer.use} · {answer.under}", "taken at once, unattended; dashed line: this dose"]
    return themed(alt.LayerChart(layer=[lines, dashes, rule], width=WIDTH, height=280), "How one use ends, by dose", under)  # fmt: skip
