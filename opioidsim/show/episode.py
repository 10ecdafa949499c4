"""The figures of overdoses: what breathing does, and who is rescued."""

from dataclasses import replace
from textwrap import wrap

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.cases.drug import load
from opioidsim.cases.person import breathing
from opioidsim.cases.scenario import unit_of
from opioidsim.engine.result import Result
from opioidsim.facts import units
from opioidsim.facts.evidence import glossary
from opioidsim.questions.rescue.run import Rescue
from opioidsim.show.course import scale_of
from opioidsim.show.curves import curves
from opioidsim.show.theme import BAD, GREY, HUES, INK, WIDTH, themed

HEIGHT = 130
PANELS = ("ventilation", "arterial_o2", "brain_o2", "blood_flow")
DASHES = [[1, 0], [5, 3], [2, 2], [8, 3, 2, 3], [10, 4], [1, 3], [4, 2, 1, 2]]  # of each nine arms of a rescue
MARKS = {"arterial_o2": "P_col_O2", "brain_o2": "P_brain_O2"}  # facts of breathing that are drawn as rules


def episode(result: Result) -> alt.TopLevelMixin:
    """An episode: breathing, oxygen, flow and receptors against minutes; lines of gases end where circulation collapses."""
    frames = episode_frames(result)
    panels = [
        _share(frame, kind) if "share" in frame else _panel(result, frame, kind) for kind, frame in frames.items()
    ]
    drawn = [panel.encode(x=_minutes(result, panel is panels[-1])) for panel in panels]
    return themed(
        alt.vconcat(*drawn, spacing=12).resolve_scale(color="independent"), result.describe(), heading(result)
    )


def heading(result: Result) -> list[str]:
    """What stands under the title of an episode: how it ended, and what the lines are."""
    many = "line: median; bands: middle 50 % and 90 % of those whose circulation holds"
    return [ended(result), many if result.people > 1 else "one person"]


def episode_frames(result: Result) -> dict[str, pd.DataFrame]:
    """What each panel of an episode shows, by kind of quantity; of a crowd, last, the share with cardiac arrest.
    Arrest and collapse of one person stand in the title: they have panels only where nothing else was asked for."""
    kinds = dict.fromkeys(n.partition(".")[0] for n in result.values)
    frames = {
        kind: _curves(result, [n for n in result.values if n.partition(".")[0] == kind])
        for kind in kinds
        if kind not in ("cardiac_arrest", "collapse")
    }
    shares = ["cardiac_arrest"] if frames and result.people > 1 else [] if frames else list(kinds)
    for kind in shares:
        if kind in result.values:
            share = result.values[kind].mean(0)
            frames[kind] = pd.DataFrame({"minute": result.times * 60.0, "share": share})
    return frames


def ended(result: Result) -> str:
    """How an episode ended, in a sentence."""
    assert result.ends is not None
    arrest = result.ends["cardiac_arrest"]
    if result.people > 1:
        return f"{arrest.sum()} of {result.people} people ({arrest.mean():.0%}) have a cardiac arrest."
    if not arrest[0]:
        return "No cardiac arrest."
    return f"The circulation collapses at {result.ends['collapse_s'][0] / 60:.1f} min; lines of gases end there."


def _minutes(result: Result, last: bool) -> alt.X:
    span = alt.Scale(domain=[0, float(result.times[-1]) * 60.0], nice=False)
    return alt.X("minute:Q", title="minutes" if last else None, scale=span, axis=alt.Axis(grid=False))


def _curves(result: Result, names: list[str]) -> pd.DataFrame:
    minutes = {"minute": result.times * 60.0}
    return pd.concat([curves(result, name, minutes, name.partition(".")[2] or name) for name in names])


def _title(kind: str) -> list[str]:
    meaning, unit = glossary()["quantities"][kind].meaning, unit_of(kind)
    return [*wrap(meaning.split(":")[0], 20), *([f"[{unit}]"] if unit else [])]


def _panel(result: Result, frame: pd.DataFrame, kind: str) -> alt.LayerChart:
    labels = list(dict.fromkeys(frame["what"]))
    scale, axis = scale_of(frame, kind, unit_of(kind))
    style = {"scale": scale, "axis": axis}
    drugs = list(dict.fromkeys(n.partition(".")[2] for n in result.values if "." in n))
    legend = alt.Legend(orient="top", values=labels) if len(labels) > 1 else None
    colour = alt.Color(
        "what:N",
        title=None,
        legend=legend,
        scale=alt.Scale(domain=drugs, range=HUES) if drugs and len(labels) > 1 else alt.Scale(range=HUES[:1]),
    )
    chart = alt.Chart(frame).encode(color=colour)
    layers: list = [_mark(kind, float(result.times[-1]) * 60.0)] if kind in MARKS else []
    if result.people > 1:
        layers.append(chart.mark_area(opacity=0.14).encode(alt.Y("p5:Q", title=_title(kind), **style), alt.Y2("p95:Q")))
        layers.append(
            chart.mark_area(opacity=0.25).encode(alt.Y("p25:Q", title=_title(kind), **style), alt.Y2("p75:Q"))
        )
    tips = [alt.Tooltip("what:N"), alt.Tooltip("minute:Q", format=".1f"), alt.Tooltip("median:Q", format=".3g")]
    layers.append(chart.mark_line(strokeWidth=2).encode(alt.Y("median:Q", title=_title(kind), **style), tooltip=tips))
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT)


def _mark(kind: str, minutes: float):
    """A dotted line at a level; a rule would be left out, because every layer of a panel shares the axis of minutes."""
    frame = pd.DataFrame({"minute": [0.0, minutes], "at": breathing()[MARKS[kind]].value})
    return (
        alt.Chart(frame)
        .mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY)
        .encode(alt.Y("at:Q", title=_title(kind)))
    )


def _share(frame: pd.DataFrame, kind: str) -> alt.LayerChart:
    title = ["share with", kind.replace("_", " ")]
    y = alt.Y("share:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    line = alt.Chart(frame).mark_line(strokeWidth=2, color=BAD).encode(y)
    return alt.LayerChart(layer=[line], width=WIDTH, height=HEIGHT)


# ---- rescues side by side -----------------------------------------------------------------------------------------


def rescue_curves(answer: Rescue) -> alt.TopLevelMixin:
    """The typical person, not helped and helped in every way, side by side, each until the circulation collapses; and who
    holds the receptors."""
    end = min(max(map(_settled, answer.curves.values())), float(next(iter(answer.curves.values())).times[-1]))
    shown = {label: _until(result, end) for label, result in answer.curves.items()}
    panels: list = []
    for kind in PANELS:
        frame = pd.concat([_curves(result, [kind]).assign(arm=label) for label, result in shown.items()])
        mark = [_mark(kind, end * 60.0)] if kind in MARKS else []
        panels.append([*mark, *_arms(answer, frame, alt.Y("median:Q", title=_title(kind)).axis(tickCount=4))])
    for roles, who in ((("agonist", "partial agonist"), "opioids"), (("antagonist",), "antagonists")):
        frame = pd.concat([_held(result, roles).assign(arm=label) for label, result in shown.items()])
        if float(np.max(frame["median"])) > 1e-3:
            y = alt.Y("median:Q", title=["mu receptors held", f"by {who}"], scale=alt.Scale(domain=[0, 1]))
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
    return themed(alt.vconcat(*drawn, spacing=12), f"{answer.opioid}: what help does", under)


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


def _held(result: Result, roles: tuple[str, ...]) -> pd.DataFrame:
    """The share of receptors that drugs of these roles hold together."""
    names = [n for n in result.values if n.startswith("occupancy.") and load(n.partition(".")[2]).role in roles]
    together = sum((result.values[name] for name in names), np.zeros((1, len(result.times))))
    return _curves(replace(result, values={"occupancy": together}), ["occupancy"])


def _arms(answer: Rescue, frame: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """A line for each arm, with a cross at its end where the circulation collapses there. Earlier arms are wider, so that
    a line shows on both sides of another that lies on it."""
    order = list(answer.curves)
    legend = alt.Legend(orient="top", columns=1 if len(order) < 10 else 2)
    domain = {"title": None, "sort": order, "legend": legend}
    colours = alt.Scale(domain=order, range=[[INK, *HUES][i % 9] for i in range(len(order))])
    dashes = alt.Scale(domain=order, range=[DASHES[i // 9] for i in range(len(order))])
    colour = alt.Color("arm:N", scale=colours, **domain)
    layers = []
    for label, width in zip(order, np.linspace(1.6 + min(len(order) - 1, 5), 1.6, len(order)), strict=True):
        own = pd.DataFrame(frame[frame["arm"] == label])
        line = alt.Chart(own).mark_line(strokeWidth=float(width))
        layers.append(line.encode(y, colour, alt.StrokeDash("arm:N", scale=dashes, **domain)))
        if np.isfinite(_collapse(answer.curves[label])):
            cross = alt.Chart(own.tail(1)).mark_point(shape="cross", angle=45, filled=True, size=90, opacity=1)
            layers.append(cross.encode(y, colour))
    return layers


def rescue_shares(answer: Rescue) -> alt.TopLevelMixin:
    """The share with cardiac arrest by product, number of doses and delay, with its 95 % interval."""
    rows = [r | {"delay": units.time_text(r["delay_s"] / 3600.0), "given": f"{r['doses']} x"} for r in answer.rows()]
    nobody, helped = rows[0], pd.DataFrame(rows[1:]).drop(columns=["depressed_again", "further_dose"])
    style = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
    title = "share with cardiac arrest"
    columns = max(len(set(helped["doses"])), 1)
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
    panel = alt.LayerChart(layer=[rule, span, dots], data=helped, width=max(WIDTH // columns - 40, 120), height=230)
    chart = panel.facet(column=alt.Column("given:N", title="doses", sort=None))
    words = f"{answer.people} people; dots: share, bars: 95 % interval; dotted: nobody helps, {nobody['arrest']:.1%}"
    return themed(chart, f"{answer.opioid}: who has a cardiac arrest", words)
