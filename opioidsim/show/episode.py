"""The figure of an overdose: what breathing does."""

from textwrap import wrap

import altair as alt
import pandas as pd

from opioidsim.cases.scenario import unit_of
from opioidsim.engine.result import Result
from opioidsim.facts import library
from opioidsim.facts.evidence import glossary
from opioidsim.show.course import alone, scale_of
from opioidsim.show.curves import curves
from opioidsim.show.theme import BAD, GREY, HUES, WIDTH, themed
from opioidsim.show.words import percent

HEIGHT = 130
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
        kind: series(result, [n for n in result.values if n.partition(".")[0] == kind])
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
    if result.scenario.end_tidal_co2:
        return f"The end-tidal CO2 is held at {result.scenario.end_tidal_co2:g} mmHg."
    arrest = result.ends["cardiac_arrest"]
    if result.people > 1:
        return f"{arrest.sum()} of {result.people} people ({percent(arrest.mean())}) have a cardiac arrest."
    if not arrest[0]:
        return "No cardiac arrest."
    return f"The circulation collapses at {result.ends['collapse_s'][0] / 60:.1f} min; lines of gases end there."


def _minutes(result: Result, last: bool) -> alt.X:
    span = alt.Scale(domain=[0, float(result.times[-1]) * 60.0], nice=False)
    return alt.X("minute:Q", title="minutes" if last else None, scale=span, axis=alt.Axis(grid=False))


def series(result: Result, names: list[str]) -> pd.DataFrame:
    """These quantities against minutes, as a panel draws them."""
    minutes = {"minute": result.times * 60.0}
    return pd.concat([curves(result, name, minutes, name.partition(".")[2] or name) for name in names])


def axis_title(kind: str) -> list[str]:
    """What a kind of quantity means, with its unit, beside its axis."""
    meaning, unit = glossary()["quantities"][kind].meaning, unit_of(kind)
    return [*wrap(meaning.split(":")[0], 20), *([f"[{unit}]"] if unit else [])]


def _panel(result: Result, frame: pd.DataFrame, kind: str) -> alt.LayerChart:
    labels = list(dict.fromkeys(frame["what"]))
    scale, axis = scale_of(frame, kind, unit_of(kind))
    style, title = {"scale": scale, "axis": axis}, [*axis_title(kind), *alone(result, labels)]
    drugs = list(dict.fromkeys(n.partition(".")[2] for n in result.values if "." in n))
    legend = alt.Legend(orient="top", values=labels) if len(labels) > 1 else None
    colour = alt.Color(
        "what:N",
        title=None,
        legend=legend,
        scale=alt.Scale(domain=drugs, range=HUES) if drugs and len(labels) > 1 else alt.Scale(range=HUES[:1]),
    )
    chart = alt.Chart(frame).encode(color=colour)
    layers: list = [mark(kind, float(result.times[-1]) * 60.0)] if kind in MARKS else []
    if result.people > 1:
        layers.append(chart.mark_area(opacity=0.14).encode(alt.Y("p5:Q", title=title, **style), alt.Y2("p95:Q")))
        layers.append(chart.mark_area(opacity=0.25).encode(alt.Y("p25:Q", title=title, **style), alt.Y2("p75:Q")))
    tips = [alt.Tooltip("what:N"), alt.Tooltip("minute:Q", format=".1f"), alt.Tooltip("median:Q", format=".3g")]
    layers.append(chart.mark_line(strokeWidth=2).encode(alt.Y("median:Q", title=title, **style), tooltip=tips))
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT)


def mark(kind: str, minutes: float):
    """A dotted line at a level; a rule would be left out, because every layer of a panel shares the axis of minutes."""
    frame = pd.DataFrame({"minute": [0.0, minutes], "at": library.body("breathing")[MARKS[kind]].value})
    return (
        alt.Chart(frame)
        .mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY)
        .encode(alt.Y("at:Q", title=axis_title(kind)))
    )


def _share(frame: pd.DataFrame, kind: str) -> alt.LayerChart:
    title = ["share with", kind.replace("_", " ")]
    y = alt.Y("share:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    line = alt.Chart(frame).mark_line(strokeWidth=2, color=BAD).encode(y)
    return alt.LayerChart(layer=[line], width=WIDTH, height=HEIGHT)
