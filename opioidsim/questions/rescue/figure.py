"""The figures of a rescue: who has a cardiac arrest, and what breathing does, helped in every way."""

from dataclasses import replace

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.cases.drug import load
from opioidsim.engine.result import Result
from opioidsim.questions.rescue.run import Rescue
from opioidsim.show.episode import HEIGHT, MARKS, axis_title, mark, series
from opioidsim.show.theme import HUES, INK, WIDTH, themed, unsure
from opioidsim.show.words import tenths

PANELS = ("ventilation", "arterial_o2", "brain_o2", "blood_flow")
DASHES = [[1, 0], [5, 3], [2, 2], [8, 3, 2, 3], [10, 4], [1, 3], [4, 2, 1, 2]]  # of each nine arms


def curves(answer: Rescue) -> alt.TopLevelMixin:
    """The typical person, not helped and helped in every way, side by side, each until the circulation collapses; how
    strongly receptors are activated, and who blocks them."""
    end = min(max(map(_settled, answer.curves.values())), float(next(iter(answer.curves.values())).times[-1]))
    shown = {label: _until(result, end) for label, result in answer.curves.items()}
    panels: list = []
    for kind in PANELS:
        frame = pd.concat([series(result, [kind]).assign(arm=label) for label, result in shown.items()])
        rule = [mark(kind, end * 60.0)] if kind in MARKS else []
        panels.append([*rule, *_arms(answer, frame, alt.Y("median:Q", title=axis_title(kind)).axis(tickCount=4))])
    for what, title in ((_active, ["mu activation"]), (_held, ["mu receptors held", "by antagonists"])):
        frame = pd.concat([what(result).assign(arm=label) for label, result in shown.items()])
        if float(np.max(frame["median"])) > 1e-3:
            y = alt.Y("median:Q", title=title, scale=alt.Scale(domain=[0, 1]))
            panels.append(_arms(answer, frame, y.axis(format="%", tickCount=3)))
    span = alt.Scale(domain=[0, end * 60.0], nice=False)
    drawn = [
        alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT).encode(
            x=alt.X(
                "minute:Q", title="minutes" if layers is panels[-1] else None, scale=span, axis=alt.Axis(grid=False)
            )
        )
        for layers in panels
    ]
    under = [
        "the typical person, until nothing changes any more; a line ends with a cross where the circulation collapses",
        "dotted: oxygen at which the count to collapse starts, and at which brain oxygen counts as too low",
    ]
    return themed(alt.vconcat(*drawn, spacing=12), f"{answer.taken}: what help does", under)


def _collapse(result: Result) -> float:
    """The time [h] at which one person's circulation collapses; infinity: it does not."""
    assert result.ends is not None
    return float(np.nan_to_num(result.ends["collapse_s"][0], nan=np.inf)) / 3600.0


def _settled(result: Result) -> float:
    """The time [h] from which one person's breathing, oxygen and flow stay within a twentieth of where they end, rounded up
    to 5 minutes; or a little after the collapse."""
    if np.isfinite(_collapse(result)):
        return 1.1 * _collapse(result)
    values = np.stack([result.values[kind][0] for kind in PANELS])
    moving = np.abs(values - values[:, -1:]) > 0.05 * np.ptp(values, axis=1, keepdims=True)
    last = np.max(result.times[moving.any(0)], initial=0.0)
    return float(np.ceil(12.0 * last + 1.0) / 12.0)


def _until(result: Result, end: float) -> Result:
    """One person's result, cut off at `end` [h] or where the circulation collapses."""
    kept = result.times <= min(end, _collapse(result)) + 1e-9
    values = {name: value[:, kept] for name, value in result.values.items()}
    return replace(result, times=result.times[kept], regular=result.regular[kept], values=values)


def _active(result: Result) -> pd.DataFrame:
    """How strongly the receptors are activated."""
    return series(result, ["activation"])


def _held(result: Result) -> pd.DataFrame:
    """The share of receptors that antagonists hold together."""
    names = [n for n in result.values if n.startswith("occupancy.") and load(n.partition(".")[2]).role == "antagonist"]
    together = sum((result.values[name] for name in names), np.zeros((1, len(result.times))))
    return series(replace(result, values={"occupancy": together}), ["occupancy"])


def _arms(answer: Rescue, frame: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """A line for each arm, with a cross at its end where the circulation collapses there. Earlier arms are wider, so that
    a line shows on both sides of another that lies on it."""
    order = list(answer.curves)
    legend = alt.Legend(orient="top", columns=1 if len(order) < 10 else 2)
    domain = {"title": None, "sort": order, "legend": legend}
    colours = alt.Scale(domain=order, range=[[INK, *HUES][i % 9] for i in range(len(order))])
    dashes = alt.Scale(domain=order, range=[DASHES[i // 9] for i in range(len(order))])
    colour = alt.Color("arm:N", scale=colours, **domain)
    tips = [alt.Tooltip("arm:N"), alt.Tooltip("minute:Q", format=".3g"), alt.Tooltip("median:Q", format=".3g")]
    layers = []
    for label, width in zip(order, np.linspace(1.6 + min(len(order) - 1, 5), 1.6, len(order)), strict=True):
        own = pd.DataFrame(frame[frame["arm"] == label])
        line = alt.Chart(own).mark_line(strokeWidth=float(width))
        layers.append(line.encode(y, colour, alt.StrokeDash("arm:N", scale=dashes, **domain), tooltip=tips))
        if np.isfinite(_collapse(answer.curves[label])):
            cross = alt.Chart(own.tail(1)).mark_point(shape="cross", angle=45, filled=True, size=90, opacity=1)
            layers.append(cross.encode(y, colour))
    return layers


def arrests(answer: Rescue) -> alt.TopLevelMixin:
    """The share with cardiac arrest by product, number of doses and delay, with its 95 % interval."""
    rows = [
        row | {"delay": arm.late, "given": f"{arm.how} x" if arm.how.isdigit() else arm.how}
        for row, arm in zip(answer.lines(), answer.arms, strict=True)
    ]
    nobody, helped = rows[0], pd.DataFrame(rows[1:])
    helped = helped[["given", "delay", "product", *helped.filter(regex="^arrest")]]
    style = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
    title = "share with cardiac arrest"
    columns = len({row["given"] for row in rows[1:]})
    rule = (
        alt.Chart(helped)
        .transform_calculate(nobody=str(nobody["arrest"]))
        .mark_rule(color=INK, strokeDash=[2, 3])
        .encode(alt.Y("nobody:Q", title=title, **style))
    )
    x = alt.X("delay:N", sort=None, title="from the call for help to the first dose", axis=alt.Axis(labelAngle=0))
    colour = alt.Color(
        "product:N",
        title=None,
        sort=None,
        scale=alt.Scale(range=HUES),
        legend=alt.Legend(orient="top", columns=1, symbolType="circle"),
    )
    side = alt.XOffset("product:N", sort=None)
    base = alt.Chart(helped)
    span = base.mark_rule(strokeWidth=2).encode(
        x, alt.Y("arrest_low:Q", title=title, **style), alt.Y2("arrest_high:Q"), colour, side
    )
    dots = base.mark_circle(size=80, opacity=1).encode(x, alt.Y("arrest:Q", title=title, **style), colour, side)
    ticks = unsure(base.encode(x, color=colour, xOffset=side), "arrest", {"title": title, **style}, ticks=True)
    panel = alt.LayerChart(
        layer=[rule, span, dots, *ticks], data=helped, width=max(WIDTH // columns - 40, 120), height=230
    )
    chart = panel.facet(column=alt.Column("given:N", title="doses", sort=None))
    words = f"{answer.people} people; dots: share, bars: chance of so many people, 95 %; dotted: nobody helps, {tenths(float(nobody['arrest']))}"
    under = (
        [words, "ticks: what is not known, the middle 90 % of draws, each with people of its own"] if ticks else words
    )
    return themed(chart, f"{answer.taken}: who has a cardiac arrest", under)
