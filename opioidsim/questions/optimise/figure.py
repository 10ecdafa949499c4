"""The figure of what meets a target at least cost: what each reaches against what it costs, with the target."""

import altair as alt
import pandas as pd

from opioidsim.questions.optimise.run import Optimise
from opioidsim.show.theme import GREY, HUES, INK, WIDTH, themed


def charts(found: Optimise) -> dict[str, alt.TopLevelMixin]:
    """Cost and what is reached; of sizes of trials there is only one number each."""
    frame = pd.DataFrame(found.rows())
    frame = frame[frame["cost"] < float("inf")]
    if not len(frame):
        return {}
    best = found.best
    frame["look"] = ["cheapest that is enough" if best and name == best.name else "enough" if enough else "not enough" for name, enough in zip(frame["name"], frame["enough"], strict=True)]  # fmt: skip
    looks = ["cheapest that is enough", "enough", "not enough"]
    y = alt.Y("name:N", title=None, sort=list(frame["name"]), axis=alt.Axis(labelLimit=260))
    colour = alt.Color("look:N", title=None, sort=looks, scale=alt.Scale(domain=looks, range=[HUES[1], HUES[0], GREY]), legend=alt.Legend(orient="top", symbolType="circle"))  # fmt: skip
    panels = []
    for name, title in (("reached", found.target.endpoint), ("cost", f"cost [{found.costs.currency}]")):
        at = alt.X(
            f"{name}:Q",
            title=title,
            scale=alt.Scale(zero=False),
            axis=alt.Axis(format=".3~g" if name == "reached" else "~s", tickCount=5),
        )
        shown = y if name == "reached" else alt.Y("name:N", title=None, sort=list(frame["name"]), axis=None)
        layers = [alt.Chart(frame).mark_circle(size=90, opacity=1).encode(at, shown, colour)]
        if f"{name}_low" in frame:
            layers.insert(
                0,
                alt.Chart(frame)
                .mark_rule(strokeWidth=1.6)
                .encode(alt.X(f"{name}_low:Q"), alt.X2(f"{name}_high:Q"), shown, colour),
            )
        if name == "reached":
            layers.insert(
                0,
                alt.Chart(pd.DataFrame({"at": [found.target.number]}))
                .mark_rule(color=INK, strokeDash=[3, 3])
                .encode(alt.X("at:Q")),
            )
        panels.append(alt.LayerChart(layer=layers, width=WIDTH / 2.6, height=30 * len(frame) + 20))
    below = [f"dashed: the target, {found.target}", found.under, found.brackets]
    return {"optimum": themed(alt.hconcat(*panels, spacing=48), found.head, [line for line in below if line])}
