"""The figure of a relapse: the danger curve, and under it arrest, tolerance and blockade by day."""

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.questions.relapse.run import Relapse
from opioidsim.show.theme import BAD, GREY, HUES, INK, UNSURE, WIDTH, themed, unsure


def relapse(answer: Relapse) -> alt.TopLevelMixin:
    """The danger curve: the dose without effect and the dose that stops the circulation; below, how it stands with arrest,
    tolerance and blockade."""
    frame = pd.DataFrame(answer.lines())
    x = alt.X(
        "day:Q", title="days after the last of those doses", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False)
    )
    ends = {"stops": "stops the circulation from here on", "no_effect": "no effect on breathing up to here"}
    ends_of = ["", "_low", "_high", *(["_unknown_low", "_unknown_high"] if answer.unknown else [])]
    doses = [
        pd.DataFrame(
            {"day": frame["day"], "what": text}
            | {end: frame[key + end].astype(float) * answer.use.amount for end in ends_of}
        )
        .rename(columns={end: f"dose{end}" for end in ends_of})
        .dropna()
        for key, text in ends.items()
    ]
    title = ["dose, for the", f"typical person [{answer.use.unit}]"]
    y = {"title": title, "scale": alt.Scale(type="log", nice=False)}
    colour = alt.Color(
        "what:N", title=None, sort=None, legend=alt.Legend(orient="top"),
        scale=alt.Scale(domain=list(ends.values()), range=[BAD, HUES[0]]),
    )  # fmt: skip
    points = alt.OverlayMarkDef(size=30)
    curves = alt.Chart(pd.concat(doses)).encode(x.title(None), color=colour)
    curve = [
        curves.mark_area(opacity=0.18).encode(alt.Y("dose_low:Q", **y), alt.Y2("dose_high:Q")),
        *unsure(curves, "dose", y),
        curves.mark_line(strokeWidth=2.4, point=points).encode(alt.Y("dose:Q", **y)),
    ]
    old = (
        alt.Chart(pd.DataFrame({"at": [answer.use.amount]}))
        .mark_rule(strokeDash=[4, 3], color=INK)
        .encode(alt.Y("at:Q", title=title))
    )
    panels = [alt.LayerChart(layer=[old, *curve], width=WIDTH, height=200)]
    for name, label, hue in (
        ("arrest", ["share with", "cardiac arrest"], BAD),
        ("tolerance", ["tolerance,", "1: long use of much"], HUES[2]),
        ("blocked", ["share of receptors", "blocked"], HUES[0]),
    ):
        top = {
            "arrest": min(1.0, max(0.1, 1.1 * float(np.max(frame["arrest_high"])), 1.1 * answer.tolerant[0])),
            "tolerance": max(1.0, float(np.max(frame["tolerance_high"]))),  # more than 1 in who lives with more
            "blocked": 1.0,
        }[name]
        axis = alt.Axis(tickCount=3) if name == "tolerance" else alt.Axis(format="%", tickCount=3)
        y = alt.Y(f"{name}_low:Q", title=label, scale=alt.Scale(domain=[0, top]), axis=axis)
        last = name == "blocked"
        base = alt.Chart(frame).encode(x if last else x.title(None))
        band = base.mark_area(opacity=0.18, color=hue).encode(y, alt.Y2(f"{name}_high:Q"))
        line = base.mark_line(strokeWidth=2.2, color=hue, point=alt.OverlayMarkDef(size=30, color=hue)).encode(
            alt.Y(f"{name}:Q", title=label)
        )
        edges = unsure(base.encode(color=alt.value(hue)), name, {"title": label})
        rule = (
            alt.Chart(pd.DataFrame({"at": [answer.tolerant[0]]}))
            .mark_rule(strokeDash=[2, 3], color=GREY)
            .encode(alt.Y("at:Q", title=label))
        )
        panels.append(
            alt.LayerChart(layer=[*([rule] if name == "arrest" else []), band, *edges, line], width=WIDTH, height=110)
        )
    of = "people" if answer.people > 1 else "what is not known"
    under = [
        f"after {' and '.join(map(str, answer.after))}",
        f"dashed and dark: the dose asked for; dotted: arrest in the tolerant state; bands: 95 % interval of shares, middle 90 % of {of}",
    ]
    under += [f"dashed in a curve's colour: {UNSURE}"] if answer.unknown else []
    return themed(
        alt.vconcat(*panels, spacing=12).resolve_scale(color="independent"), f"{answer.use} after days off", under
    )
