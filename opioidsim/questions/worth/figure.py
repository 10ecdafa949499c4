"""The figures of what a treatment is worth: acceptability against what a year may cost, and the plane of costs and years."""

import altair as alt
import pandas as pd

from opioidsim.questions.worth.run import Worth
from opioidsim.show.theme import GREY, HUES, INK, WIDTH, themed
from opioidsim.show.words import percent
from opioidsim.trials.worth import STATES, YEAR

SHORT = "datum.value ? format(datum.value, '~s') : '0'"  # 20k, and 0 without a k


def charts(found: Worth) -> dict[str, alt.TopLevelMixin]:
    """The plane, the budget and the cohort always, the curve where there are replicates enough."""
    curve = pd.DataFrame(found.curve()).dropna()
    return ({"acceptability": _curve(found, curve)} if len(curve) else {}) | {
        "plane": _plane(found),
        "budget": _budget(found),
        "cohort": _cohort(found),
    }


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
        axis=alt.Axis(labelExpr=SHORT, grid=False),
    )
    y = alt.Y(
        "acceptable:Q",
        title=["share of trials in which", "it is worth its cost"],
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%"),
    )
    line = alt.Chart(frame).mark_line(strokeWidth=2.2).encode(x, y, _colour(found))
    below = [f"against {found.trial.plan.compared_with()}", found.under]
    never = [arm for arm, at in frame.groupby("arm", sort=False) if at["acceptable"].max() == 0]
    below += [f"on the axis, since it is worth its cost in no trial: {', '.join(map(str, never))}"] if never else []
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


def _budget(found: Worth) -> alt.TopLevelMixin:
    frame = pd.DataFrame(found.budget())
    x = alt.X("year:O", title="year", axis=alt.Axis(labelAngle=0))
    y = alt.Y(
        "more:Q",
        title=["spent more than with the reference", f"[{found.costs.currency}]"],
        axis=alt.Axis(labelExpr=SHORT),
    )
    shift = alt.XOffset("arm:N", sort=list(frame["arm"].unique()))
    base = alt.Chart(frame)
    layers = [base.mark_bar(opacity=0.75).encode(x, y, shift, _colour(found))]
    if "more_low" in frame:
        layers.append(
            base.mark_rule(color=INK, strokeWidth=1.6).encode(x, alt.Y("more_low:Q"), alt.Y2("more_high:Q"), shift)
        )
    shares = ", ".join(percent(share) for share in found.uptake)
    below = [f"of {found.eligible:,.0f} people who begin in a year {shares} are treated so, the others as in {found.trial.plan.compared_with()}", found.brackets]  # fmt: skip
    return themed(alt.LayerChart(layer=layers, width=WIDTH, height=240), f"Budget: {found.trial.plan.title}", below)


def _cohort(found: Worth) -> alt.TopLevelMixin:
    frame = pd.DataFrame(found.cohort())
    frame["year"] = frame["day"] / YEAR
    frame["order"] = frame["state"].map(list(STATES).index)
    x = alt.X("year:Q", title="years from randomisation", axis=alt.Axis(grid=False, tickCount=6))
    y = alt.Y(
        "share:Q", title="share of the cohort", stack=True, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
    )
    colour = alt.Color("state:N", title=None, sort=list(STATES), scale=alt.Scale(domain=list(STATES), range=HUES), legend=alt.Legend(orient="top", columns=3, symbolType="circle"))  # fmt: skip
    row = alt.Row(
        "arm:N",
        title=None,
        sort=list(found.trial.people),
        header=alt.Header(labelAngle=0, labelAnchor="start", labelOrient="top"),
    )
    area = (
        alt.Chart(frame)
        .mark_area(opacity=0.8)
        .encode(x, y, colour, alt.Order("order:Q"), row)
        .properties(width=WIDTH, height=140)
    )
    last = found.trial.plan.length / YEAR
    return themed(area, f"A cohort: {found.trial.plan.title}", [f"by the trial's transitions to {last:.1f} years, then by those of its last quarter"])  # fmt: skip
