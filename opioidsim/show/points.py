"""What was seen in people, laid on the figure of a run: a point with its range, named by where it is from."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from opioidsim.cases.seen import Point
from opioidsim.refusal import Refusal, listed
from opioidsim.show.theme import INK

SHAPES = ["circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "stroke"]


def on(chart: Any, kinds: Sequence[str], seen: Sequence[Point], per_hour: float, end: float) -> alt.TopLevelMixin:
    """The chart, a panel for each of the kinds, with these points in them. per_hour: units of the axis in an hour; end: where
    the axis ends [h]. Refuses points of which none can be shown."""
    shown = [p for p in seen if p.quantity.partition(".")[0] in kinds and p.time <= end]
    if not shown:
        of = listed(sorted({f"{p.quantity} at {p.time:g} h" for p in seen})[:4])
        raise Refusal(f"beside: none of the points ({of}) lies in a panel of this figure; show that quantity, for long enough.", where="beside")  # fmt: skip
    whose = list(dict.fromkeys(p.who for p in shown))
    panels = list(chart.vconcat)
    for place, kind in enumerate(kinds):
        mine = [_row(p, per_hour) for p in shown if p.quantity.partition(".")[0] == kind]
        if mine:
            panels[place] = panels[place].copy(deep=False)
            panels[place].layer = [*panels[place].layer, *_layers(panels[place], mine, whose)]
    chart.vconcat = panels
    return chart


def _row(point: Point, per_hour: float) -> dict:
    """A point as a row; `time` and `minute` are the axis of a course and of an episode."""
    low, high = (point.value if math.isnan(x) else x for x in (point.low, point.high))
    at = point.time * per_hour
    return {"time": at, "minute": at, "seen": point.value, "seen_low": low, "seen_high": high, "who": point.who,
            "of": point.quantity, "told": point.what}  # fmt: skip


def _layers(panel, rows: list[dict], whose: list[str]) -> list[alt.Chart]:
    """Points with bars, on the panel's own axes."""
    y = next(each.encoding.y for each in _flat(panel.layer) if each.encoding.y is not alt.Undefined)
    x = _field(panel)
    style = {key: y[key] for key in ("title", "scale", "axis") if y[key] is not alt.Undefined}
    shape = alt.Shape("who:N", title=None, scale=alt.Scale(domain=whose, range=SHAPES), legend=alt.Legend(orient="top", columns=1, symbolType="circle", labelLimit=560))  # fmt: skip
    base = alt.Chart(alt.Data(values=rows)).encode(x)
    tips = [alt.Tooltip(f"{name}:{kind}") for name, kind in (("who", "N"), ("of", "N"), ("told", "N"), ("seen", "Q"))]
    bars = base.mark_rule(color=INK, strokeWidth=1.2).encode(alt.Y("seen_low:Q", **style), alt.Y2("seen_high:Q"))
    dots = base.mark_point(color=INK, filled=True, size=70, opacity=1).encode(
        alt.Y("seen:Q", **style), shape, description="told:N"
    )
    return [bars, dots.encode(tooltip=tips)]


def _flat(layers) -> list:
    return [part for each in layers for part in (_flat(each.layer) if hasattr(each, "layer") else [each])]


def _field(panel):
    """The panel's axis of time: of the panel, or of its curves."""
    found = (each.encoding for each in (panel, *_flat(panel.layer)) if each.encoding is not alt.Undefined)
    return next(each["x"] for each in found if each["x"] is not alt.Undefined)
