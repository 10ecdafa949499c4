"""The figure of a reversal: breathing, CO2 and saturation after each antagonist."""

import altair as alt
import pandas as pd

from opioidsim.questions.reversal.run import Reversal
from opioidsim.show.theme import DASHED, GREY, HUES, UNSURE, WIDTH, themed
from opioidsim.show.words import percent

HEIGHT = 150
PANELS = {
    "ventilation": "breathing, share of rest",
    "arterial_co2": "arterial CO2 [mmHg]",
    "saturation": "saturation [%]",
}


def courses(answer: Reversal) -> alt.TopLevelMixin:
    """Three panels against minutes: a line for each antagonist, bands for people."""
    often = pd.DataFrame(answer.course())
    other = pd.DataFrame(answer.unknown.course()) if isinstance(answer.unknown, Reversal) else None
    drawn = [_panel(answer, often, other, name, title) for name, title in PANELS.items()]
    many = "line: median, band: middle 90 % of people; " if len(answer.rest) > 1 else ""
    under = [answer.under, f"{many}dotted: {percent(answer.back)} of rest, from which breathing is back"]
    under += [f"dashed: {UNSURE}"] if other is not None else []
    return themed(alt.vconcat(*drawn, spacing=12), answer.head, under)


def _panel(answer: Reversal, often, other, name: str, title: str) -> alt.LayerChart:
    last = name == list(PANELS)[-1]
    end = float(answer.arms[0].minutes[-1])
    x = alt.X("minute:Q", title="minutes" if last else None, scale=alt.Scale(domain=[0, end], nice=False))
    order = [arm.antagonist for arm in answer.arms]
    hues = alt.Scale(domain=order, range=[HUES[i % len(HUES)] for i in range(len(order))])
    legend = alt.Legend(orient="top", columns=1, title=None) if name == "ventilation" else None
    colour = alt.Color("antagonist:N", scale=hues, sort=order, legend=legend)
    y = {
        "title": title,
        "scale": alt.Scale(zero=False),
        "axis": alt.Axis(format="%") if name == "ventilation" else alt.Axis(),
    }
    base = alt.Chart(often).encode(x, colour)
    tips = [alt.Tooltip("antagonist:N"), alt.Tooltip("minute:Q", format=".3g"), alt.Tooltip(f"{name}:Q", format=".3g")]
    layers = [base.mark_line(strokeWidth=2).encode(alt.Y(f"{name}:Q", **y), tooltip=tips)]
    if len(answer.rest) > 1:
        band = base.mark_area(opacity=0.16).encode(alt.Y(f"{name}_low:Q", **y), alt.Y2(f"{name}_high:Q"))
        layers.insert(0, band)
    if other is not None:
        dashed = alt.Chart(other).encode(x, colour).mark_line(strokeDash=DASHED, strokeWidth=1.3)
        layers += [dashed.encode(alt.Y(f"{name}_{end}:Q", **y)) for end in ("low", "high")]
    if name == "ventilation":
        rule = pd.DataFrame({"minute": [0.0, end], "at": answer.back})
        layers.append(
            alt.Chart(rule).mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY).encode(x, alt.Y("at:Q", **y))
        )
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT)
