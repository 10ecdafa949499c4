"""The figure of found overdoses: whom so many doses bring back, by product."""

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.questions.found.run import Found
from opioidsim.show.theme import GREY, HUES, WIDTH, themed


def charts(found: Found) -> dict[str, alt.TopLevelMixin]:
    """The share of those given any whose breathing is back after so many doses."""
    rows = [
        {"product": product, "doses": n, "share": float((needed <= n).mean())}
        for product in found.ends if len(needed := found.needed(product)) for n in range(1, found.most + 1)
    ]  # fmt: skip
    if not rows:
        return {}
    order = list(found.ends)
    x = alt.X(
        "doses:Q", title="doses", axis=alt.Axis(grid=False, tickMinStep=1, values=np.arange(1, found.most + 1).tolist())
    )
    y = alt.Y(
        "share:Q",
        title=["share of those given any", "whose breathing is back"],
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%"),
    )
    colour = alt.Color(
        "product:N",
        title=None,
        sort=order,
        scale=alt.Scale(domain=order, range=HUES),
        legend=alt.Legend(orient="top", columns=1),
    )
    base = alt.Chart(pd.DataFrame(rows)).encode(x, y, colour)
    line = base.mark_line(strokeWidth=2.2, interpolate="step-after", point=alt.OverlayMarkDef(size=40))
    marks = (
        alt.Chart(pd.DataFrame({"at": [0.5, 0.9, 0.95]}))
        .mark_rule(strokeDash=[3, 3], color=GREY)
        .encode(alt.Y("at:Q", axis=alt.Axis(format="%")))
    )
    return {
        "doses": themed(
            alt.LayerChart(layer=[marks, line], width=WIDTH, height=260),
            found.head,
            [found.under, "dashed: 50, 90 and 95 %"],
        )
    }
