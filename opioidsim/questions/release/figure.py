"""The figure of release: deaths after release and after treatment, beside what was published."""

import altair as alt
import pandas as pd

from opioidsim.questions.release.model import MOST
from opioidsim.questions.release.run import Release
from opioidsim.show.theme import BAD, GREY, HUES, INK, themed

MODEL, PLACE, PUBLISHED = "model, what is not known", "model, of one more place", "published"


def release(answer: Release) -> alt.TopLevelMixin:
    """Each ratio: the model (median, 5th to 95th percentile) beside the published intervals."""
    rows = answer.rows()
    marks = [{"what": r["what"], "kind": MODEL, "at": r["model"], "low": r["model_low"], "high": r["model_high"]} for r in rows]  # fmt: skip
    marks += [{"what": r["what"], "kind": PUBLISHED, "at": r["published"], "low": r["published_low"], "high": r["published_high"]} for r in rows]  # fmt: skip
    marks += [{"what": r["what"], "kind": PLACE, "at": r["model"], "low": r["place_low"], "high": r["place_high"]} for r in rows]  # fmt: skip
    frame = pd.DataFrame(marks).drop_duplicates()
    frame[["at", "low", "high"]] = frame[["at", "low", "high"]].clip(0.05, MOST)
    kinds = [MODEL, PLACE, PUBLISHED]
    x = alt.Scale(type="log", domain=[0.05, MOST], nice=False)
    axis = alt.Axis(
        values=[0.1, 1, 10, 100, 1000], labelExpr="datum.value == 1000 ? '1000 or more' : datum.label", grid=True
    )
    two_lines = "split(replace(datum.label, ' against ', '|against '), '|')"
    names = alt.Axis(labelLimit=190, labelExpr=two_lines)
    y = alt.Y("what:N", title=None, sort=list(dict.fromkeys(frame["what"])), axis=names)
    colour = alt.Color("kind:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=[HUES[0], GREY, BAD]), legend=alt.Legend(orient="top", columns=1, labelLimit=400))  # fmt: skip
    base = alt.Chart(frame).encode(y, alt.YOffset("kind:N", sort=kinds), color=colour)
    spans = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", title="how many times as often", scale=x, axis=axis), alt.X2("high:Q"))  # fmt: skip
    points = base.mark_point(filled=True, size=60, opacity=1).encode(alt.X("at:Q", scale=x, axis=axis))
    one = (
        alt.Chart(pd.DataFrame({"at": [1.0]}))
        .mark_rule(color=INK, strokeDash=[3, 3])
        .encode(alt.X("at:Q", scale=x, axis=axis))
    )
    under = ["lines: middle 90 % of the model's draws, and of what one more place would show; published intervals"]
    return themed(alt.LayerChart(layer=[one, spans, points], width=380, height=330), "Heroin deaths after release, and after treatment", under)  # fmt: skip
