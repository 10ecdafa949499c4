"""The figures of real trials: each outcome by week, trial and arm."""

import altair as alt
import pandas as pd

from opioidsim.show.theme import GREY, HUES, themed
from opioidsim.studies.ctn0094 import ARMS, WEEKS

TITLES = {
    "urine": "Weekly urine for opioids other than the study drug",
    "attendance": "Who came in each week",
    "retention": "Who is still in treatment",
    "relapse": "Free of relapse, by the X:BOT definition",
    "dropout": "No four missing urines in a row",
    "injections": "Injections received",
    "intervals": "Days between injections",
    "since_injection": "Urine by days since the last injection",
    "withdrawal": "Withdrawal in the week up to randomisation",
    "transitions": "A week's urine by what the weeks before were",
}
AXES = {"injections": "at least so many injections", "intervals": "percentile", "since_injection": "days since the last injection", "withdrawal": "", "transitions": "the weeks before"}  # fmt: skip
NOTES = {
    "withdrawal": "rated by clinicians in START and POATS, by patients in X:BOT: compare within a trial",
    "transitions": "of those who began; all: the last four given alike, now: of both kinds, o: missing, oo: two or three, oooo: four or more",
}
WIDTH, HEIGHT = 250, 150


def outcome(name: str, frame: pd.DataFrame) -> alt.TopLevelMixin:
    """One outcome: a column of panels per trial, a row per quantity, a colour per arm, bands or lines for 95 % intervals."""
    by_week = name not in AXES
    across = "quantity" if name == "withdrawal" else "at"
    order = list(dict.fromkeys(frame[across]))
    arms = [arm for arm in dict.fromkeys(ARMS.values()) if arm in set(frame["arm"])]
    hues = alt.Scale(domain=arms, range=[HUES[list(dict.fromkeys(ARMS.values())).index(arm)] for arm in arms])
    colour = alt.Color("arm:N", title=None, sort=arms, scale=hues, legend=alt.Legend(orient="bottom", columns=1))
    rows = [""] if name == "withdrawal" else list(dict.fromkeys(frame["quantity"]))
    trials = list(dict.fromkeys(frame["trial"]))
    panels = []
    for row in rows:
        mine = frame if name == "withdrawal" else frame[frame["quantity"] == row]
        x = (
            _weeks()
            if by_week
            else alt.X(
                f"{across}:N",
                title=AXES[name],
                sort=order,
                axis=alt.Axis(labelAngle=-40 if name == "transitions" else 0),
            )
        )
        panels.append(
            alt.hconcat(
                *(
                    _panel(
                        pd.DataFrame(mine[mine["trial"] == trial]),
                        f"{trial}{f': {row}' if row else ''}",
                        x,
                        colour,
                        by_week,
                    )
                    for trial in trials
                    if (mine["trial"] == trial).any()
                )
            )
        )
    under = ["public de-identified data of CTN-0094; bands and lines: 95 % intervals"]
    if "simulated" in set(frame["source"]):
        under.append("dashed lines and open marks: simulated; 95 % of the replicates lie within their bands and lines")
    return themed(alt.vconcat(*panels, spacing=18), TITLES[name], [*under, *([NOTES[name]] if name in NOTES else [])])


def _weeks() -> alt.X:
    """The axis of weeks, as long as START and X:BOT lasted."""
    return alt.X("at:Q", title="week", scale=alt.Scale(domain=[0, WEEKS]), axis=alt.Axis(grid=False, values=list(range(0, WEEKS + 1, 4))))  # fmt: skip


def _panel(frame: pd.DataFrame, head: str, x, colour, by_week: bool) -> alt.LayerChart:
    """One trial's panel: data as lines or marks with their intervals, and a simulated trial dashed or open beside them."""
    shares = float(frame["value"].to_numpy().max()) <= 1
    scale = alt.Scale(domain=[0, 1]) if shares else alt.Scale()
    axis = alt.Axis(format="%") if shares else alt.Axis()
    y, low = (alt.Y(f"{end}:Q", title=None, scale=scale, axis=axis) for end in ("value", "low"))
    words = alt.TitleParams(head, anchor="start", fontSize=12, color=GREY, offset=4)
    layers = []
    for source, real in (("data", True), ("simulated", False)):
        part = pd.DataFrame(frame[frame["source"] == source])
        base = alt.Chart(part.assign(beside=part["arm"] + source)).encode(x, color=colour)
        beside = alt.XOffset("beside:N", sort=None)
        if by_week:
            layers.append(base.mark_area(opacity=0.16 if real else 0.1).encode(low, alt.Y2("high:Q")))
            layers.append(base.mark_line(strokeWidth=2.2, strokeDash=[1, 0] if real else [5, 3]).encode(y))
        else:
            if shares:
                layers.append(base.mark_rule(strokeWidth=1.5).encode(low, alt.Y2("high:Q"), beside))
            layers.append(base.mark_point(filled=real, size=60, opacity=1).encode(y, beside))
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT, title=words)
