"""The figure of a blockade: by day, with the dose that overrides it and the antagonist's level below."""

import math

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.questions.blockade.run import Blockade
from opioidsim.questions.blockade.words import falls
from opioidsim.show.theme import GREY, HUES, UNSURE, WIDTH, ends, themed

# tables by name: Altair looks through and copies those that it is given, more than it takes to draw up the rest
DAYS, READINGS = alt.NamedData("days"), alt.NamedData("readings")


def blockade(answer: Blockade) -> alt.TopLevelMixin:
    """Blockade by day, with the dose multiple that overrides it and the antagonist's level below."""
    rows = answer.lines()
    frame = pd.DataFrame(rows)
    crowd = answer.people > 1
    shaded = f"line: median of {answer.people} people, bands: middle 90 %; " if crowd else ""
    below = f"{shaded}coloured and dashed: contested evidence read otherwise, typical person"
    dashed = f"dashed in the curve's colour: {UNSURE}"
    what = answer.scenario.in_words() if answer.scenario.dosing else " and ".join(map(str, answer.antagonist))
    title = f"{what} against {answer.challenge}"
    apart = len(answer.days) < 3 or float(np.diff(answer.days).max()) > 1.0
    if apart:
        below = below.replace("line: median", "points: median").replace("coloured and dashed:", "open points:")
        dashed = dashed.replace("dashed in the curve's colour", "ticks")
    first = min((dose.at for dose in answer.antagonist), default=0.0)
    below_all = "days after the first dose" if first == 0.0 else "days from the start"
    end = float(answer.days[-1])
    ends = [-0.015 * end, 1.015 * end] if apart else [0, end]  # whole points at both ends
    x = alt.X("day:Q", title=None, scale=alt.Scale(domain=ends, nice=False), axis=alt.Axis(grid=False))

    def curve(name, title, hue):
        return _line(frame, name, title, crowd, _decades(frame, name), hue, apart)

    panels = [
        _panel(_blockade(answer, frame, crowd, apart), x, 250),
        _panel(curve("multiple", ["dose that overrides it,", "multiple of the challenge"], HUES[1]), x),
        _panel(curve("concentration", ["antagonist in plasma", "[ng/mL]"], HUES[2]), x.title(below_all)),
    ]
    under = [f"Blockade {falls(answer)}.", below, *([dashed] if answer.unknown else [])]
    figure = themed(alt.vconcat(*panels, spacing=16), title, under)
    figure.datasets = {  # pyright: ignore[reportAttributeAccessIssue]
        "days": [{name: value for name, value in row.items() if math.isfinite(value)} for row in rows],
        "readings": [
            {"day": float(day), "blockade": float(share), "reading": about}
            for about, other in answer.other_readings.items()
            for day, share in zip(other.days, other.blockade[0], strict=True)
        ],
    }
    return figure


def _decades(frame: pd.DataFrame, name: str) -> dict:
    """Scale and axis of a logarithmic panel: whole decades, at least one and at most five."""
    ends = frame.filter(regex=f"^{name}(_low|_high)?$").to_numpy()
    top = float(np.ceil(np.log10(max(ends.max(), 1e-6)) + 1e-9))
    low = max(float(np.floor(np.log10(max(ends[ends > 0].min(), 1e-6)))) if (ends > 0).any() else top - 1, top - 5)
    values = [10.0**power for power in np.arange(low, top + 1)]
    return {
        "scale": alt.Scale(type="log", domain=[values[0], values[-1]], clamp=True),
        "axis": alt.Axis(values=values, format="~g"),
    }


def _panel(layers: list[alt.Chart], x: alt.X, height: int = 130) -> alt.LayerChart:
    return alt.LayerChart(layer=layers, width=WIDTH, height=height, encoding=alt.Encoding(x=x))


def _line(frame, name, title, crowd, style, hue, apart) -> list[alt.Chart]:
    """A curve with its band; challenges that lie days apart are points with bars: nobody knows a straight line between."""
    chart = alt.Chart(DAYS)
    tips = [alt.Tooltip("day:Q"), alt.Tooltip(f"{name}:Q", format=".3g")]
    seen = chart.transform_filter(alt.datum[name] > 0) if style["scale"].type == "log" else chart
    point = seen.mark_point(filled=True, size=60, opacity=1, color=hue)
    line = (point if apart else chart.mark_line(strokeWidth=2.5, color=hue)).encode(
        alt.Y(f"{name}:Q", title=title, **style), tooltip=tips
    )
    bars = chart.mark_bar(size=4, opacity=0.3, color=hue)
    band = (bars if apart else chart.mark_area(opacity=0.18, color=hue)).encode(
        alt.Y(f"{name}_low:Q", title=title, **style), alt.Y2(f"{name}_high:Q")
    )
    known = f"{name}_unknown_low" not in frame
    edges = [] if known else ends(chart.encode(color=alt.value(hue)), name, {"title": title, **style}, ticks=apart)
    return [*([band] if crowd else []), line, *edges]


def _blockade(answer: Blockade, frame: pd.DataFrame, crowd: bool, apart: bool) -> list[alt.Chart]:
    style = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 0.9, 1])}
    title = ["peak liking prevented", "at the challenge"]
    span = [float(answer.days[0]), float(answer.days[-1])]  # rules would lack the days of the shared axis
    marks = [{"day": day, "share": share} for share in (0.9, 0.5) for day in span]
    rules = (
        alt.Chart(alt.InlineData(marks))
        .mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY)
        .encode(alt.Y("share:Q", title=title, **style), alt.Detail("share:Q"))
    )
    layers = [rules, *_line(frame, "blockade", title, crowd, style, HUES[0], apart)]
    if answer.other_readings:
        dash = alt.Undefined if apart else [4, 3]
        legend = alt.Legend(orient="bottom", columns=1, symbolType="circle" if apart else "stroke", symbolDash=dash)
        colour = alt.Color(
            "reading:N", title=None, sort=None, scale=alt.Scale(range=[HUES[4], HUES[6], HUES[3]]), legend=legend
        )
        chart = alt.Chart(READINGS)
        dashed = chart.mark_point(size=50) if apart else chart.mark_line(strokeDash=[5, 4], strokeWidth=1.6)
        layers.append(dashed.encode(alt.Y("blockade:Q", title=title, **style), colour))
    return layers
