"""The figure of a course: a panel for each kind of quantity."""

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.cases.scenario import unit_of
from opioidsim.cases.withdrawal import bands
from opioidsim.engine.result import Result
from opioidsim.facts import library
from opioidsim.facts.evidence import glossary
from opioidsim.show.curves import curves
from opioidsim.show.theme import DASHED, HEIGHT, HUES, WIDTH, themed

MOST_NAMED = 6  # people of an event table who each have a line of their own


def course(result: Result, unknown: Result | None = None) -> alt.TopLevelMixin:
    """A run: one panel per kind of quantity, a line per drug, bands where there is a crowd. unknown: the typical person under
    draws of what is not known; between its dashed lines lie the middle 90 % of them."""
    days = in_days(result)
    frames = course_frames(result)
    others = course_frames(unknown) if unknown else {}
    panels = [
        _panel(result, frame, kind, days, kind == list(frames)[-1], others.get(kind)) for kind, frame in frames.items()
    ]
    subtitle = "line: median; bands: middle 50 % and 90 % of people" if result.people > 1 else "one person"
    subtitle = f"each line one of {result.people} people" if named(result) else subtitle
    if unknown:
        subtitle += "; dashed: what is not known, the middle 90 % of draws for the typical person"
    return themed(alt.vconcat(*panels, spacing=14).resolve_scale(color="independent"), result.describe(), subtitle)


def named(result: Result) -> bool:
    """Whether each person of an event table has a line of their own: few do, each known by name."""
    return 1 < len(result.ids) == result.people <= MOST_NAMED


def in_days(result: Result) -> bool:
    """Whether the time axis of a course counts days instead of hours."""
    return bool(result.times[-1] > 72)


def course_frames(result: Result) -> dict[str, pd.DataFrame]:
    """What each panel of a course shows, by kind of quantity: the curves of its drugs, one below the other."""
    kinds = dict.fromkeys(name.partition(".")[0] for name in result.values)
    days = in_days(result)
    return {
        kind: pd.concat(
            [each for name in result.values if name.partition(".")[0] == kind for each in _curves(result, name, days)]
        )
        for kind in kinds
    }


def _panel(result: Result, frame: pd.DataFrame, kind: str, days: bool, last: bool, other=None) -> alt.LayerChart:
    meaning = glossary()["quantities"][kind].meaning
    unit = unit_of(kind)
    labels = list(dict.fromkeys(frame["what"]))
    spoken = f"{meaning.split(':')[0]}{f' [{unit}]' if unit else ''}"
    title = [*_wrapped(spoken), *alone(result, labels)]
    legend = alt.Legend(orient="top", values=labels) if len(labels) > 1 else None
    hues = alt.Scale(domain=_drugs(result), range=HUES) if len(labels) > 1 else alt.Scale(range=HUES[:1])
    colour = alt.Color("what:N", title=None, scale=hues, legend=legend)
    scale, axis = scale_of(frame, kind, unit)
    y, low, high = (alt.Y(f"{end}:Q", title=title, axis=axis, scale=scale) for end in ("median", "p5", "p25"))
    span = alt.Scale(domain=[0, float(result.times[-1]) / (24.0 if days else 1.0)], nice=False)
    x = alt.X("time:Q", title=("days" if days else "hours") if last else None, scale=span, axis=alt.Axis(grid=False))
    chart = alt.Chart(frame).encode(x, color=colour)
    layers = []
    if named(result):
        dash = alt.StrokeDash("who:N", title=None, sort=list(result.ids), legend=alt.Legend(orient="top"))
        chart = chart.encode(strokeDash=dash)
    elif result.people > 1:
        layers.append(chart.mark_area(opacity=0.14).encode(low, alt.Y2("p95:Q")))
        layers.append(chart.mark_area(opacity=0.25).encode(high, alt.Y2("p75:Q")))
    tips = [alt.Tooltip("what:N"), alt.Tooltip("time:Q", format=".2f"), alt.Tooltip("median:Q", format=".3g")]
    line = chart.mark_line(strokeWidth=2).encode(y, tooltip=tips)
    if other is not None:
        dashed = alt.Chart(other).encode(x, color=colour).mark_line(strokeDash=DASHED, strokeWidth=1.3)
        layers += [dashed.encode(end) for end in (low, alt.Y("p95:Q", title=title, axis=axis, scale=scale))]
    return alt.LayerChart(layer=[*layers, line], width=WIDTH, height=HEIGHT)


def _drugs(result: Result) -> list[str]:
    """The drugs of a result, in order: each has the same colour in every panel."""
    return list(dict.fromkeys(name.partition(".")[2] for name in result.values if "." in name))


def alone(result: Result, labels: list[str]) -> list[str]:
    """Whose a panel is, for its axis: the one drug of several that it shows, for which no legend stands; none of any other panel."""
    drugs = _drugs(result)
    return [f"({labels[0]})"] if len(labels) == 1 < len(drugs) and labels[0] in drugs else []


def scale_of(frame: pd.DataFrame, kind: str, unit: str):
    """Shares run from 0 to 100 %, or as far as they go, liking and relief of pain from 0 to 100, withdrawal by its bands; concentrations of very
    different drugs share a logarithmic scale."""
    if kind in ("liking", "pain_relief"):
        return alt.Scale(domain=[0, 100]), alt.Axis()
    if kind == "withdrawal":
        most = library.body("adaptation")["score_max"].value
        return alt.Scale(domain=[0, most]), alt.Axis(values=[0.0, *bands().values(), most], format="d")
    if unit == "":
        highest = float(frame.filter(items=["median", "p95"]).max().max())  # tolerance passes 1
        return alt.Scale(domain=[0, max(1.0, round(highest, 2)) if np.isfinite(highest) else 1]), alt.Axis(format="%")
    peaks = np.array([drug["median"].max() for _, drug in frame.groupby("what")])
    peaks = peaks[np.isfinite(peaks) & (peaks > 0)]  # a drug that never comes, or is not known, has no decade
    if not len(peaks):
        return alt.Scale(domain=[0, 1]), alt.Axis()
    if peaks.max() < 30 * peaks.min():
        return alt.Scale(), alt.Axis()
    decades = 10.0 ** np.arange(np.floor(np.log10(peaks.min())) - 3, np.ceil(np.log10(peaks.max())) + 1)
    return alt.Scale(type="log", domain=[decades[0], decades[-1]], clamp=True), alt.Axis(
        values=decades.tolist(), format="~g"
    )


def _wrapped(text: str) -> list[str]:
    head, _, tail = text.partition(" [")
    return [head, f"[{tail}"] if tail else [head]


def _curves(result: Result, name: str, days: bool) -> list[pd.DataFrame]:
    """The curves of a quantity: of all people, or of each by name."""
    what, time = name.partition(".")[2] or name, {"time": result.times / (24.0 if days else 1.0)}
    if not named(result):
        return [curves(result, name, time, what)]
    return [curves(result, name, time, what, i).assign(who=who) for i, who in enumerate(result.ids)]
