"""The figures of trials: survival, urine, the flow of people; drinking by week, the arms compared; power."""

from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.questions.trial.run import Trial
from opioidsim.questions.trial.under import Under
from opioidsim.questions.trial.words import each, under
from opioidsim.show.theme import GREY, HUES, INK, WIDTH, themed, unsure
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

UNKNOWN = "dashed: what is not known, the middle 90 % of draws, each with the same people"
SHARE = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
URINE = {NEGATIVE: "negative", POSITIVE: "positive", MISSING: "missing"}
WEEKLY = {
    "heavy": ["share of days with", "heavy drinking"],
    "abstinent": ["share of days", "abstinent"],
    "blockade": ["mu receptors blocked", "while drinking"],
}


def charts(found: Trial) -> dict[str, alt.TopLevelMixin]:
    """The figures of this trial, by name."""
    several = len(found.people) > 1
    if found.plan.condition == "opioid":
        drawn = {"survival": survival, "urine": urine, "flow": flow}
    else:
        drawn = {"weekly": weekly} | ({"contrasts": contrasts} if several else {})
    drawn |= {"contrasts": contrasts} if several and found.unknown else {}
    drawn |= {"power": power} if several else {}
    return {name: draw(found) for name, draw in drawn.items()}


def survival(found: Trial) -> alt.TopLevelMixin:
    """Free of relapse, and in treatment: Kaplan-Meier curves of every arm with their 95 % intervals."""
    titles = {"relapse": ["free of", "relapse"], "retention": ["in treatment"]}
    panels = [_steps(found, event, title, last=event == "retention") for event, title in titles.items()]
    below = [f"{each(found)}; bands: 95 % interval of all of them"]
    below += [UNKNOWN] if found.unknown else []
    return themed(alt.vconcat(*panels, spacing=14), found.plan.title, below)


def _steps(found: Trial, event: str, title: list[str], last: bool) -> alt.LayerChart:
    frame = pd.DataFrame(found.curves(event))
    ends = frame.groupby("arm", sort=False).tail(1).assign(day=float(found.plan.length))
    frame = pd.concat([frame, ends])
    x = alt.X("day:Q", title="days from randomisation" if last else None, axis=_days(found), scale=_span(found))
    base = alt.Chart(frame).encode(x, color=_colour(found))
    band = base.mark_area(opacity=0.16, interpolate="step-after").encode(
        alt.Y("low:Q", title=title, **SHARE), alt.Y2("high:Q")
    )
    tips = [alt.Tooltip("arm:N"), alt.Tooltip("day:Q"), alt.Tooltip("share:Q", format=".1%")]
    line = base.mark_line(strokeWidth=2.2, interpolate="step-after").encode(
        alt.Y("share:Q", title=title, **SHARE), tooltip=tips
    )
    edges = []
    if isinstance(found.unknown, Under):
        days = np.arange(found.plan.visits.every, found.plan.length + 1, found.plan.visits.every)
        drawn = alt.Chart(pd.DataFrame(found.unknown.curves(event, days))).encode(x, color=_colour(found))
        edges = unsure(drawn, "share", {"title": title, **SHARE})
    return alt.LayerChart(layer=[band, *edges, line], width=WIDTH, height=210)


def urine(found: Trial) -> alt.TopLevelMixin:
    """Each visit's urine, of all randomised: negative, positive, missing; one panel per arm."""
    seen = found.plan.seen()
    nearest = min(np.diff((0, *seen)), default=1)
    rows = [
        {"arm": arm, "day": day, "urine": name, "share": float(np.mean(columns[f"urine_{visit}"] == code))}
        for arm, columns in found.people.items() for visit, day in enumerate(seen) for code, name in URINE.items()
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
        area = chart.mark_bar(size=max(3, 0.8 * WIDTH * nearest / (found.plan.length + nearest))).encode(
            x, alt.Y("share:Q", title=["share of", "all randomised"], **SHARE), colour, order
        )
        panels.append(area.properties(width=WIDTH, height=130))
    return themed(alt.vconcat(*panels, spacing=12), f"Urine at each visit: {found.plan.title}", each(found))


def flow(found: Trial) -> alt.TopLevelMixin:
    """Where people go, after the CONSORT diagram: randomised, began, stayed; and who did not."""
    rows, edges, boxes = found.further("flow"), [], []
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
    below = (
        f"{each(found)}; people per trial" if found.replicates == 1 else f"{each(found)}; people per trial, on average"
    )
    return themed(alt.LayerChart(layer=layers, width=wide, height=380), f"Flow: {found.plan.title}", below)


def weekly(found: Trial) -> alt.TopLevelMixin:
    """Heavy and abstinent days by week, and mean blockade of the drinking period, for every arm."""
    frame = pd.DataFrame(found.further("weeks"))
    arms = list(found.people)
    scale = alt.Scale(domain=arms, range=[GREY, *HUES])
    colour = alt.Color("arm:N", title=None, sort=arms, scale=scale, legend=alt.Legend(orient="top", columns=2))
    panels = []
    for name, title in WEEKLY.items():
        last = name == list(WEEKLY)[-1]
        axis = alt.Axis(grid=False, tickMinStep=1)
        x = alt.X("week:Q", title="week" if last else None, scale=alt.Scale(nice=False), axis=axis)
        line = alt.Chart(frame).mark_line(strokeWidth=2.2).encode(x, alt.Y(f"{name}:Q", title=title, **SHARE), colour)
        panels.append(line.properties(width=WIDTH, height=150))
    return themed(alt.vconcat(*panels, spacing=12), found.plan.title, under(found))


def contrasts(found: Trial) -> alt.TopLevelMixin:
    """Ratios of heavy days and drinks and the odds of abstinence, and differences of return to drinking, with intervals."""
    frame = pd.DataFrame([row for row in found.lines(brief=True) if "measure" in row])
    said = {name: c.said for name, c in found.counts.items()} | {name: name for name in found.events}
    shown = frame["mean"].notna() & frame["measure"].isin(["ratio", "odds ratio", "hazard ratio", "risk difference"])
    frame = pd.DataFrame(frame[shown]).assign(what=lambda f: f["endpoint"].map(said) + ": " + f["measure"])
    arms = list(dict.fromkeys(frame["arm"]))
    scale = alt.Scale(domain=arms, range=HUES[: len(arms)])
    colour = alt.Color("arm:N", title=None, sort=arms, scale=scale, legend=alt.Legend(orient="top", columns=2))
    panels = []
    for ratios, title in ((True, "ratio to the reference arm"), (False, "difference to the reference arm")):
        part = pd.DataFrame(frame[frame["measure"].str.endswith("ratio") == ratios])
        scale = alt.Scale(type="log", nice=False, padding=12) if ratios else alt.Scale(padding=12)
        x = alt.X("mean:Q", title=title, scale=scale, axis=alt.Axis() if ratios else alt.Axis(format="%"))
        y = alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=300))
        none = alt.Chart(pd.DataFrame({"at": [1.0 if ratios else 0.0]})).mark_rule(color=INK, strokeDash=[3, 3])
        base = alt.Chart(part).encode(y, alt.YOffset("arm:N", sort=arms), color=colour)
        spans = (
            base.properties(data=part.dropna(subset=["low"]))
            .mark_rule(strokeWidth=2)
            .encode(alt.X("low:Q", title=title, scale=scale), alt.X2("high:Q"))
        )
        points = base.mark_point(filled=True, size=60, opacity=1).encode(x)
        ticks = [
            base.mark_tick(thickness=2, size=12, color=INK).encode(alt.X(f"mean_unknown_{end}:Q", title=title, scale=scale), color=alt.value(INK))
            for end in ("low", "high") if f"mean_unknown_{end}" in part
        ]  # fmt: skip
        height = (12 + 16 * len(arms)) * len(set(part["what"]))
        panels.append(alt.LayerChart(layer=[none.encode(alt.X("at:Q", title=title, scale=scale)), spans, points, *ticks], width=380, height=height))  # fmt: skip
    below = [f"against {found.plan.compared_with()}", under(found)]
    below += [f"dark ticks: {UNKNOWN.removeprefix('dashed: ')}"] if found.unknown else []
    return themed(alt.vconcat(*panels, spacing=18), found.plan.title, below)


def power(found: Trial) -> alt.TopLevelMixin:
    """The chance that a trial of so many people per arm shows a difference, by the test that its rows name."""
    frame = pd.DataFrame(found.power())
    frame["pair"] = frame["arm"] + " against " + frame["against"]
    x = alt.X(
        "people:Q",
        title=f"people in {found.plan.compared_with()}",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(grid=False, values=frame["people"].unique().tolist()),
    )
    y = alt.Y("power:Q", title=["chance of p < 0.05", f"({found.primary})"], **SHARE)
    hues = alt.Scale(range=HUES[1:])
    colour = alt.Color("pair:N", title=None, sort=None, scale=hues, legend=alt.Legend(orient="top", columns=1))
    lines = [alt.Chart(frame).mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=30)).encode(x, y, colour)]
    below = [found.plan.title]
    if "assurance" in frame:
        mean = alt.Y("assurance:Q", title=["chance of p < 0.05", f"({found.primary})"], **SHARE)
        lines.append(alt.Chart(frame).mark_line(strokeWidth=2.2, strokeDash=[5, 4]).encode(x, mean, colour))
        below.append("dashed: the mean of that chance over what is not known (assurance)")
    rule = (
        alt.Chart(pd.DataFrame({"at": [0.8]})).mark_rule(strokeDash=[3, 3], color=GREY).encode(alt.Y("at:Q", **SHARE))
    )
    return themed(alt.LayerChart(layer=[rule, *lines], width=WIDTH, height=240), "Power against sample size", below)


def _span(found: Trial) -> alt.Scale:
    return alt.Scale(domain=[0, found.plan.length + 7 / 2], nice=False)


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
