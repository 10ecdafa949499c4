"""The figures of what a treatment is worth: acceptability against what a year may cost, and the plane of costs and years."""

import altair as alt
import pandas as pd

from opioidsim.questions.worth.run import Worth
from opioidsim.show.theme import GREY, HUES, WIDTH, themed


def charts(found: Worth) -> dict[str, alt.TopLevelMixin]:
    """The plane always, the curve where there are replicates enough."""
    curve = pd.DataFrame(found.curve()).dropna()
    return ({"acceptability": _curve(found, curve)} if len(curve) else {}) | {"plane": _plane(found)}


def _colour(found: Worth) -> alt.Color:
    arms = [arm for arm in found.trial.people if arm != found.trial.plan.compared_with()]
    return alt.Color(
        "arm:N",
        title=None,
        sort=arms,
        scale=alt.Scale(domain=arms, range=HUES),
        legend=alt.Legend(orient="top", symbolType="circle"),
    )


def _curve(found: Worth, frame: pd.DataFrame) -> alt.TopLevelMixin:
    x = alt.X(
        "willing:Q",
        title=f"what a quality-adjusted year may cost [{found.costs.currency}]",
        axis=alt.Axis(format="~s", grid=False),
    )
    y = alt.Y(
        "acceptable:Q",
        title=["share of trials in which", "it is worth its cost"],
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%"),
    )
    line = alt.Chart(frame).mark_line(strokeWidth=2.2).encode(x, y, _colour(found))
    below = [f"against {found.trial.plan.compared_with()}", found.under]
    return themed(line.properties(width=WIDTH, height=240), f"Acceptability: {found.trial.plan.title}", below)


def _plane(found: Worth) -> alt.TopLevelMixin:
    rows = [
        {"arm": arm, "cost": c, "qaly": q}
        for arm in found.trial.people if arm != found.trial.plan.compared_with() for c, q in found.pairs(arm)
    ]  # fmt: skip
    none = pd.DataFrame({"at": [0.0]})
    x = alt.X("qaly:Q", title="quality-adjusted years more than the reference", axis=alt.Axis(grid=False, tickCount=5))
    y = alt.Y("cost:Q", title=["cost more than the reference", f"[{found.costs.currency}]"])
    rules = [alt.Chart(none).mark_rule(color=GREY, strokeDash=[3, 3]).encode(alt.X("at:Q")), alt.Chart(none).mark_rule(color=GREY, strokeDash=[3, 3]).encode(alt.Y("at:Q"))]  # fmt: skip
    dots = alt.Chart(pd.DataFrame(rows)).mark_circle(size=50, opacity=0.7).encode(x, y, _colour(found))
    below = [f"against {found.trial.plan.compared_with()}; a dot for each pair of replicates", found.under]
    return themed(
        alt.LayerChart(layer=[*rules, dots], width=WIDTH, height=300),
        f"Costs and health: {found.trial.plan.title}",
        below,
    )
