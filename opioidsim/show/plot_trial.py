"""The figures of trials: survival, weekly urine, the flow of people, power."""

from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.questions.trial.opioid import Trial
from opioidsim.show.theme import GREY, HUES, INK, WIDTH, themed
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

SHARE = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
URINE = {NEGATIVE: "negative", POSITIVE: "positive", MISSING: "missing"}


def survival(found: Trial) -> alt.TopLevelMixin:
    """Free of relapse, and in treatment: Kaplan-Meier curves of every arm with their 95 % intervals."""
    titles = {"relapse": ["free of", "relapse"], "retention": ["in treatment"]}
    panels = [_steps(found, event, title, last=event == "retention") for event, title in titles.items()]
    return themed(
        alt.vconcat(*panels, spacing=14), found.plan.title, f"{_who(found)}; bands: 95 % interval of all of them"
    )


def _steps(found: Trial, event: str, title: list[str], last: bool) -> alt.LayerChart:
    frame = pd.DataFrame(found.curves(event))
    ends = frame.groupby("arm", sort=False).tail(1).assign(day=float(found.plan.length))
    frame = pd.concat([frame, ends])
    x = alt.X("day:Q", title="days from randomisation" if last else None, axis=_days(found), scale=_span(found))
    base = alt.Chart(frame).encode(x, color=_colour(found))
    band = base.mark_area(opacity=0.16, interpolate="step-after").encode(
        alt.Y("low:Q", title=title, **SHARE), alt.Y2("high:Q")
    )
    line = base.mark_line(strokeWidth=2.2, interpolate="step-after").encode(alt.Y("share:Q", title=title, **SHARE))
    return alt.LayerChart(layer=[band, line], width=WIDTH, height=210)


def urine(found: Trial) -> alt.TopLevelMixin:
    """Each visit's urine, of all randomised: negative, positive, missing; one panel per arm."""
    visits = found.plan.length // found.plan.visits.every
    rows = [
        {"arm": arm, "day": (week + 1) * found.plan.visits.every, "urine": name, "share": float(np.mean(columns[f"urine_{week}"] == code))}
        for arm, columns in found.people.items() for week in range(visits) for code, name in URINE.items()
    ]  # fmt: skip
    hues = alt.Scale(domain=list(URINE.values()), range=[HUES[0], HUES[1], "#d8dde3"])
    colour = alt.Color(
        "urine:N", title=None, scale=hues, legend=alt.Legend(orient="top", symbolType="square", symbolStrokeWidth=0)
    )
    order = alt.Order("urine:N", sort="ascending")
    frame = pd.DataFrame(rows)
    panels = []
    for number, arm in enumerate(found.people):
        part = frame[frame["arm"] == arm]
        x = alt.X(
            "day:Q",
            title="days from randomisation" if number + 1 == len(found.people) else None,
            axis=_days(found),
            scale=_span(found),
        )
        chart = alt.Chart(part, title=alt.Title(arm, anchor="start", fontSize=12, fontWeight="normal", color=INK))
        area = chart.mark_bar(size=max(3, 0.8 * WIDTH / (visits + 1))).encode(
            x, alt.Y("share:Q", title=["share of", "all randomised"], **SHARE), colour, order
        )
        panels.append(area.properties(width=WIDTH, height=130))
    return themed(alt.vconcat(*panels, spacing=12), f"Urine at each visit: {found.plan.title}", _who(found))


def flow(found: Trial) -> alt.TopLevelMixin:
    """Where people go, after the CONSORT diagram: randomised, began, stayed; and who did not."""
    rows, edges, boxes = found.flow(), [], []
    for column, row in enumerate(rows):
        down = ("randomised", "began", "stayed to the end", "analysed for relapse")
        for level, key in enumerate(down):
            boxes.append({"x": column, "y": -level, "text": [key, f"{row[key]:.0f}"], "kind": "on"})
            if level:
                edges.append({"x": column, "y": -level + 0.72, "y2": -level + 0.3})
        for level, key in ((0.5, "never began"), (1.5, "left")):
            boxes.append({"x": column + 0.42, "y": -level, "text": [key, f"{row[key]:.0f}"], "kind": "off"})
        boxes.append({"x": column, "y": 0.75, "text": [row["arm"]], "kind": "name"})
    frame, lines = pd.DataFrame(boxes), pd.DataFrame(edges)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.45, len(rows) - 0.3], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-3.5, 1.0], nice=False))
    wide = max(WIDTH, 300 * len(rows))
    unit = wide / (len(rows) + 0.15)
    rect = alt.Chart(frame[frame.kind != "name"]).mark_square(opacity=0)
    arrows = alt.Chart(lines).mark_rule(color=GREY).encode(x, y, alt.Y2("y2:Q"))
    layers: list = [arrows, rect.encode(x, y)]
    styles: tuple[tuple[str, int, Literal["bold", "normal"], str], ...] = (
        ("on", 13, "bold", INK),
        ("off", 12, "normal", GREY),
        ("name", 14, "bold", HUES[0]),
    )
    for kind, size, weight, colour in styles:
        part = frame[frame.kind == kind]
        words = alt.Chart(part).mark_text(
            fontSize=size, fontWeight=weight, color=colour, lineBreak="\n", align="center", limit=unit * 0.9
        )
        layers.append(words.encode(x, y, alt.Text("said:N")).transform_calculate(said="join(datum.text, '\\n')"))
    under = (
        f"{_who(found)}; people per trial" if found.replicates == 1 else f"{_who(found)}; people per trial, on average"
    )
    return themed(alt.LayerChart(layer=layers, width=wide, height=380), f"Flow: {found.plan.title}", under)


def power(found) -> alt.TopLevelMixin:
    """The chance that a trial of so many people per arm shows a difference, by the test that its rows name."""
    frame = pd.DataFrame(found.power())
    frame["pair"] = frame["arm"] + " against " + frame["against"]
    x = alt.X(
        "people:Q",
        title="people per arm",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(grid=False, values=frame["people"].unique().tolist()),
    )
    y = alt.Y("power:Q", title=["chance of p < 0.05", f"({frame['test'].iloc[0]})"], **SHARE)
    hues = alt.Scale(range=HUES[1:])
    colour = alt.Color("pair:N", title=None, sort=None, scale=hues, legend=alt.Legend(orient="top", columns=1))
    line = alt.Chart(frame).mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=30)).encode(x, y, colour)
    rule = (
        alt.Chart(pd.DataFrame({"at": [0.8]})).mark_rule(strokeDash=[3, 3], color=GREY).encode(alt.Y("at:Q", **SHARE))
    )
    return themed(
        alt.LayerChart(layer=[rule, line], width=WIDTH, height=240), "Power against sample size", found.plan.title
    )


def _span(found: Trial) -> alt.Scale:
    return alt.Scale(domain=[0, found.plan.length + found.plan.visits.every / 2], nice=False)


def _days(found: Trial) -> alt.Axis:
    apart = 28 if found.plan.length > 84 else 7
    return alt.Axis(grid=False, values=list(range(0, found.plan.length + 1, apart)))


def _colour(found: Trial) -> alt.Color:
    arms = list(found.people)
    return alt.Color(
        "arm:N",
        title=None,
        sort=arms,
        scale=alt.Scale(domain=arms, range=HUES),
        legend=alt.Legend(orient="top", columns=2),
    )


def _who(found: Trial) -> str:
    one = f"{found.plan.each()} people in each arm"
    return one if found.replicates == 1 else f"{found.replicates} replicates of {one}"
