"""The figures of risk: how one use ends against its dose, and deaths after release beside what was published."""

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from opioidsim.show.answer_risk import release_rows, risk_head
from opioidsim.show.plot import BAD, GOOD, GREY, HUES, INK, WIDTH, themed
from opioidsim.surfaces.surface import OUTCOMES, curve

if TYPE_CHECKING:
    from opioidsim.questions.release.run import Release

READINGS = {"people": "model, tolerance as measured in people", "physiology": "model, tolerance of the physiology"}
PUBLISHED = "published"


def risk(found: dict) -> alt.TopLevelMixin:
    """The share of people who meet each end, against the dose; a line at the dose that was asked about."""
    frame = pd.DataFrame(curve(found["use"], found["tolerance"], found["held"], found["sedative"]))
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
    under = [risk_head(found), "taken at once, unattended; dashed line: this dose"]
    return themed(alt.LayerChart(layer=[lines, dashes, rule], width=WIDTH, height=280), "How one use ends, by dose", under)  # fmt: skip


def release(found: "dict[str, Release]") -> alt.TopLevelMixin:
    """Each ratio: the model with both readings of tolerance (median, 5th to 95th percentile) beside the published intervals."""
    rows = release_rows(found)
    marks = [{"what": r["what"], "kind": READINGS[r["tolerance"]], "at": r["model"], "low": r["model_low"], "high": r["model_high"]} for r in rows]  # fmt: skip
    first = next(iter(found))
    marks += [{"what": r["what"], "kind": PUBLISHED, "at": r["published"], "low": r["published_low"], "high": r["published_high"]} for r in rows if r["tolerance"] == first]  # fmt: skip
    frame = pd.DataFrame(marks).drop_duplicates()
    frame[["at", "low", "high"]] = frame[["at", "low", "high"]].clip(0.05, 1000.0)
    kinds = [*(READINGS[name] for name in found), PUBLISHED]
    x = alt.Scale(type="log", domain=[0.05, 1000.0], nice=False)
    axis = alt.Axis(
        values=[0.1, 1, 10, 100, 1000], labelExpr="datum.value == 1000 ? '1000 or more' : datum.label", grid=True
    )
    y = alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=330))
    colour = alt.Color("kind:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=[HUES[0], GREY, BAD]), legend=alt.Legend(orient="top", columns=1, labelLimit=400))  # fmt: skip
    base = alt.Chart(frame).encode(y, alt.YOffset("kind:N", sort=kinds), color=colour)
    spans = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", title="how many times as often", scale=x, axis=axis), alt.X2("high:Q"))  # fmt: skip
    points = base.mark_point(filled=True, size=60, opacity=1).encode(alt.X("at:Q", scale=x, axis=axis))
    one = (
        alt.Chart(pd.DataFrame({"at": [1.0]}))
        .mark_rule(color=INK, strokeDash=[3, 3])
        .encode(alt.X("at:Q", scale=x, axis=axis))
    )
    under = ["line: 5th to 95th percentile of what is not known (model), published interval"]
    return themed(alt.LayerChart(layer=[one, spans, points], width=380, height=320), "Heroin deaths after release, and after treatment", under)  # fmt: skip
