"""The figure of starting treatment: withdrawal against the day of the start."""

import altair as alt
import pandas as pd

from opioidsim.questions.induction.run import Induction
from opioidsim.questions.induction.words import label_days, middle_of
from opioidsim.show.theme import GREY, HUES, INK, UNSURE, WIDTH, themed, unsure
from opioidsim.show.words import listed, who

SCORE = 48.0
DOTTED = [1, 3]


def induction(answer: Induction) -> alt.TopLevelMixin:
    """Peak withdrawal by start day, a panel for each regimen beside what comes without it; below, how long it lasts."""
    frame = pd.DataFrame(answer.lines())
    names = list(answer.ways) or answer.regimens()
    wide = len(names) == 1
    hues = {name: HUES[i % len(HUES)] for i, name in enumerate(names)}
    panels = [_starts(answer, frame, name, hues[name], WIDTH if wide else (WIDTH - 60) // 2) for name in names]
    rows = [alt.hconcat(*panels[i : i + 2], spacing=20) for i in range(0, len(panels), 2)]
    of = middle_of(answer.who)
    sped = any((start.unhurried != start.peak).any() for start in answer.starts)
    hurried = "; dotted: if naltrexone does not speed the loss of dependence" if sped else ""
    under = [
        f"{who(answer.people)}{f'; line: median, band: middle 90 % of {of}' if of else ''}",
        f"grey: what is still to come without an antagonist{hurried}",
    ]
    under += [f"dashed: {UNSURE}"] if answer.unknown else []
    head = f"Starting after {listed(answer.history)}"
    return themed(alt.vconcat(*rows, _lasting(frame, names, hues), spacing=18), head, under)


def _starts(answer: Induction, frame: pd.DataFrame, name: str, hue: str, width: int) -> alt.LayerChart:
    """The highest score by start day of one regimen, with the scale's bands and the labels' interval."""
    style = {"scale": alt.Scale(domain=[0, SCORE]), "axis": alt.Axis(values=[0, *answer.bands.values(), SCORE])}
    score = {"title": ["highest score in the", "week after the start"], **style}
    x = alt.X(
        "day:Q", title="days from the last opioid to the start", axis=alt.Axis(grid=False, format="d", tickMinStep=1)
    )
    low, high = label_days(answer.history)
    interval = pd.DataFrame({"from": [low], "to": [max(high, low + 0.15)], "text": ["labels"]})
    label = alt.Chart(interval).mark_rect(color=HUES[4], opacity=0.16).encode(alt.X("from:Q"), alt.X2("to:Q"))
    words = alt.Chart(interval).mark_text(align="left", baseline="top", dy=2, dx=4, fontSize=11, color=GREY)
    marks = pd.DataFrame({"at": list(answer.bands.values()), "band": list(answer.bands)})
    bands = alt.Chart(marks).mark_text(align="right", baseline="bottom", dx=-4, fontSize=11, color=INK)
    own, alone = (alt.Chart(frame[frame["regimen"] == which]).encode(x) for which in (name, "nothing"))
    layers = [
        label,
        words.encode(alt.X("from:Q"), y=alt.value(0), text="text:N"),
        *(
            [own.mark_area(opacity=0.18, color=hue).encode(alt.Y("peak_low:Q", **score), alt.Y2("peak_high:Q"))]
            if "peak_low" in frame
            else []
        ),
        alone.mark_line(strokeWidth=1.6, color=GREY).encode(alt.Y("peak:Q", **score)),
        *unsure(own.encode(color=alt.value(hue)), "peak", score),
        own.mark_line(strokeWidth=1.6, color=hue, strokeDash=DOTTED).encode(
            alt.Y("peak_without_acceleration:Q", **score)
        ),
        own.mark_line(strokeWidth=2.4, color=hue, point=alt.OverlayMarkDef(size=26, color=hue)).encode(
            alt.Y("peak:Q", **score)
        ),
        bands.encode(alt.Y("at:Q", **style), x=alt.value(width), text="band:N"),
    ]
    title = alt.TitleParams(name, anchor="start", fontSize=13, color=INK)
    return alt.LayerChart(layer=layers, width=width, height=220, title=title)


def _lasting(frame: pd.DataFrame, names: list[str], hues: dict[str, str]) -> alt.LayerChart:
    """Hours from the start until withdrawal is at most mild for good, by start day."""
    some = frame[frame["regimen"].isin(names)]
    scale = alt.Scale(domain=names, range=[hues[name] for name in names])
    legend = alt.Legend(orient="top", columns=4) if len(names) > 1 else None
    x = alt.X(
        "day:Q", title="days from the last opioid to the start", axis=alt.Axis(grid=False, format="d", tickMinStep=1)
    )
    base = alt.Chart(some).encode(x, color=alt.Color("regimen:N", title=None, sort=names, scale=scale, legend=legend))
    title = ["hours from the start until", "at most mild for good"]
    layers = [
        base.mark_line(strokeWidth=1.6, strokeDash=DOTTED).encode(
            alt.Y("hours_until_mild_without_acceleration:Q", title=title)
        ),
        base.mark_line(strokeWidth=2.4, point=alt.OverlayMarkDef(size=26)).encode(
            alt.Y("hours_until_mild:Q", title=title)
        ),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=180)
