"""The figures of starting treatment: withdrawal against the day of the start."""

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.questions.induction.run import Induction
from opioidsim.questions.relapse.run import Relapse
from opioidsim.show.answer_treatment import label_days
from opioidsim.show.theme import BAD, GREY, HUES, INK, WIDTH, themed

SCORE = 48.0


def induction(asked: Induction) -> alt.TopLevelMixin:
    """Peak withdrawal by start day, a panel for each regimen beside what comes without it; below, how long it lasts."""
    frame = pd.DataFrame(asked.rows())
    names = [name for name in asked.regimens() if name != "nothing"] or ["nothing"]
    wide = len(names) == 1
    hues = {name: HUES[i % len(HUES)] for i, name in enumerate(names)}
    panels = [_starts(asked, frame, name, hues[name], WIDTH if wide else (WIDTH - 60) // 2) for name in names]
    rows = [alt.hconcat(*panels[i : i + 2], spacing=20) for i in range(0, len(panels), 2)]
    who = f"{asked.people} people" if asked.people > 1 else "the typical person"
    under = [
        f"{who}; line: median, band: middle 90 % of {'people and ' if asked.people > 1 else ''}readings of what is not known",
        "grey: what is still to come without an antagonist; dashed: if naltrexone does not speed the loss of dependence",
    ]
    head = f"Starting after {' and '.join(map(str, asked.history))}"
    return themed(alt.vconcat(*rows, _lasting(frame, names, hues), spacing=18), head, under)


def _starts(asked: Induction, frame: pd.DataFrame, name: str, hue: str, width: int) -> alt.LayerChart:
    """The highest score by start day of one regimen, with the scale's bands and the labels' interval."""
    style = {"scale": alt.Scale(domain=[0, SCORE]), "axis": alt.Axis(values=[0, *asked.bands.values(), SCORE])}
    score = {"title": ["highest score in the", "week after the start"], **style}
    x = alt.X(
        "day:Q", title="days from the last opioid to the start", axis=alt.Axis(grid=False, format="d", tickMinStep=1)
    )
    low, high = label_days(asked)
    interval = pd.DataFrame({"from": [low], "to": [max(high, low + 0.15)], "text": ["labels"]})
    label = alt.Chart(interval).mark_rect(color=HUES[4], opacity=0.16).encode(alt.X("from:Q"), alt.X2("to:Q"))
    words = alt.Chart(interval).mark_text(align="left", baseline="top", dy=2, dx=4, fontSize=11, color=GREY)
    marks = pd.DataFrame({"at": list(asked.bands.values()), "band": list(asked.bands)})
    bands = alt.Chart(marks).mark_text(align="right", baseline="bottom", dx=-4, fontSize=11, color=INK)
    own, alone = (alt.Chart(frame[frame["regimen"] == which]).encode(x) for which in (name, "nothing"))
    layers = [
        label,
        words.encode(alt.X("from:Q"), y=alt.value(0), text="text:N"),
        own.mark_area(opacity=0.18, color=hue).encode(alt.Y("peak_low:Q", **score), alt.Y2("peak_high:Q")),
        alone.mark_line(strokeWidth=1.6, color=GREY).encode(alt.Y("peak:Q", **score)),
        own.mark_line(strokeWidth=1.6, color=hue, strokeDash=[4, 3]).encode(
            alt.Y("peak_without_acceleration:Q", **score)
        ),
        own.mark_line(strokeWidth=2.4, color=hue, point=alt.OverlayMarkDef(size=26, color=hue)).encode(
            alt.Y("peak:Q", **score)
        ),
        bands.encode(alt.Y("at:Q", **style), x=alt.value(width), text="band:N"),
    ]
    title = alt.TitleParams(name, anchor="start", fontSize=13, color=hue)
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
        base.mark_line(strokeWidth=1.6, strokeDash=[4, 3]).encode(
            alt.Y("hours_until_mild_without_acceleration:Q", title=title)
        ),
        base.mark_line(strokeWidth=2.4, point=alt.OverlayMarkDef(size=26)).encode(
            alt.Y("hours_until_mild:Q", title=title)
        ),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=180)


def relapse(asked: Relapse) -> alt.TopLevelMixin:
    """The danger curve: the dose without effect and the dose that stops the circulation; below, how it stands with arrest,
    tolerance and blockade."""
    frame = pd.DataFrame(asked.rows())
    x = alt.X("day:Q", title="days after the last of those doses", axis=alt.Axis(grid=False))
    ends = {"stops": "stops the circulation from here on", "no_effect": "no effect on breathing up to here"}
    doses = [
        pd.DataFrame(
            {"day": frame["day"], "what": text}
            | {end: frame[key + end].astype(float) * asked.use.amount for end in ("", "_low", "_high")}
        )
        .rename(columns={"": "dose", "_low": "low", "_high": "high"})
        .dropna()
        for key, text in ends.items()
    ]
    title = ["dose, for the", f"typical person [{asked.use.unit}]"]
    y = {"title": title, "scale": alt.Scale(type="log", nice=False)}
    colour = alt.Color(
        "what:N", title=None, sort=None, legend=alt.Legend(orient="top"),
        scale=alt.Scale(domain=list(ends.values()), range=[BAD, HUES[0]]),
    )  # fmt: skip
    points = alt.OverlayMarkDef(size=30)
    curves = alt.Chart(pd.concat(doses)).encode(x.title(None), color=colour)
    curve = [
        curves.mark_area(opacity=0.18).encode(alt.Y("low:Q", **y), alt.Y2("high:Q")),
        curves.mark_line(strokeWidth=2.4, point=points).encode(alt.Y("dose:Q", **y)),
    ]
    old = (
        alt.Chart(pd.DataFrame({"at": [asked.use.amount]}))
        .mark_rule(strokeDash=[4, 3], color=INK)
        .encode(alt.Y("at:Q", title=title))
    )
    panels = [alt.LayerChart(layer=[old, *curve], width=WIDTH, height=200)]
    for name, label, hue in (
        ("arrest", ["share with", "cardiac arrest"], BAD),
        ("tolerance", ["tolerance"], HUES[2]),
        ("blocked", ["share of receptors", "blocked"], HUES[0]),
    ):
        top = (
            min(1.0, max(0.1, 1.1 * float(np.max(frame["arrest_high"])), 1.1 * asked.tolerant[0]))
            if name == "arrest"
            else 1.0
        )
        y = alt.Y(
            f"{name}_low:Q", title=label, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(format="%", tickCount=3)
        )
        last = name == "blocked"
        base = alt.Chart(frame).encode(x if last else x.title(None))
        band = base.mark_area(opacity=0.18, color=hue).encode(y, alt.Y2(f"{name}_high:Q"))
        line = base.mark_line(strokeWidth=2.2, color=hue, point=alt.OverlayMarkDef(size=30, color=hue)).encode(
            alt.Y(f"{name}:Q", title=label)
        )
        rule = (
            alt.Chart(pd.DataFrame({"at": [asked.tolerant[0]]}))
            .mark_rule(strokeDash=[2, 3], color=GREY)
            .encode(alt.Y("at:Q", title=label))
        )
        panels.append(
            alt.LayerChart(layer=[*([rule] if name == "arrest" else []), band, line], width=WIDTH, height=110)
        )
    under = [
        f"after {' and '.join(map(str, asked.after))}",
        "dashed: the dose asked for; dotted: arrest in the tolerant state; bands: 95 % interval of shares, middle 90 % of what is not known",
    ]
    return themed(
        alt.vconcat(*panels, spacing=12).resolve_scale(color="independent"), f"{asked.use} after days off", under
    )
