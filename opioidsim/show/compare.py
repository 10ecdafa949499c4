"""Several scenarios in one figure: in the same panels, side by side, or each less the first, person by person."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.cases.scenario import unit_of
from opioidsim.engine.result import Result, described
from opioidsim.facts.evidence import glossary
from opioidsim.refusal import Refusal
from opioidsim.show import episode
from opioidsim.show.course import course_frames, in_days, scale_of
from opioidsim.show.theme import GREY, HEIGHT, HUES, WIDTH, themed
from opioidsim.show.words import WHICH

DASHES = [[1, 0], [6, 4], [2, 3], [10, 3], [8, 3, 2, 3], [1, 5]]


def frames(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """What each panel shows, by kind of quantity: time [d, h or min], what, which scenario, and quantiles over people."""
    days = any(in_days(result) for result in results)
    parts: dict[str, list[pd.DataFrame]] = {}
    for which, result in zip(WHICH, results, strict=False):
        if result.ends is None:
            scale = 1 / 24 if days and not in_days(result) else 1.0
            own = {kind: f.assign(time=f["time"] * scale) for kind, f in course_frames(result).items()}
        else:
            own = {kind: f.rename(columns={"minute": "time"}) for kind, f in episode.episode_frames(result).items()}
            if len(own) > 1:
                own.pop("cardiac_arrest", None)
            own = {
                k: f.rename(columns={"share": "median"}).assign(what=k) if "share" in f else f for k, f in own.items()
            }
        for kind, frame in own.items():
            parts.setdefault(kind, []).append(frame.assign(which=which))
    crowd = max(result.people for result in results) > 1
    columns = ["p5", "median", "p95", "time", "what", "which"] if crowd else ["median", "time", "what", "which"]
    return {kind: pd.concat([_banded(f, crowd).filter(columns) for f in found]) for kind, found in parts.items()}


def _banded(frame: pd.DataFrame, crowd: bool) -> pd.DataFrame:
    return frame.assign(p5=frame["median"], p95=frame["median"]) if crowd and "p5" not in frame else frame


def less(result: Result, first: Result) -> Result:
    """A result whose values are those of `result` less those of `first`, person by person, at the times of both up to the
    earlier end; of the quantities that both have. Refuses crowds of different sizes."""
    if result.people != first.people:
        raise Refusal(
            f"differences are those of the same people, but {first.people} and {result.people} are simulated; give both as many.",
            where="view",
        )
    shared = [name for name in first.values if name in result.values]
    if not shared:
        raise Refusal(
            "the scenarios have no quantity in common, and so no difference; show the same outputs.", where="view"
        )
    end = min(first.times[-1], result.times[-1])
    times = np.union1d(first.times, result.times)
    times = times[times <= end]

    def at(of: Result, name: str) -> np.ndarray:
        return np.stack([np.interp(times, of.times, row) for row in of.meaningful(name)])

    values = {name: at(result, name) - at(first, name) for name in shared}
    return replace(result, times=times, regular=np.ones(len(times), bool), values=values, looked=None)


def heading(results: Sequence[Result], view: str) -> tuple[str, list[str]]:
    """Title and subtitle: which is which."""
    dash = ("solid", "dashed", "dotted", "long dashes", "dash and dot", "wide dots")
    lines = [f"{which}{f' ({how})' if view == 'together' else ''}: {said}"
             for which, how, said in zip(WHICH, dash, described(results), strict=False)]  # fmt: skip
    crowd = max(result.people for result in results) > 1
    title = "Each scenario less A" if view == "difference" else "Scenarios side by side"
    return title, [*lines, *(["lines: median; bands: middle 90 % of people"] if crowd else [])]


def compared(results: Sequence[Result], view: str = "together") -> alt.TopLevelMixin:
    """Scenarios on the same clock: a row of panels for each kind of quantity, the same people in all. view: together, apart or difference."""
    shown = [less(each, results[0]) for each in results[1:]] if view == "difference" else results
    drawn = frames(shown)
    if view == "difference":
        follows = dict(pairwise(WHICH))
        drawn = {kind: f.assign(which=[follows[which] for which in f["which"]]) for kind, f in drawn.items()}
    days = any(in_days(result) for result in results)
    unit = "minutes" if results[0].ends is not None else "days" if days else "hours"
    per_hour = {"minutes": 60.0, "days": 1 / 24, "hours": 1.0}[unit]
    x = alt.X(
        "time:Q",
        scale=alt.Scale(domain=[0, max(float(r.times[-1]) for r in results) * per_hour], nice=False),
        axis=alt.Axis(grid=False),
    )
    drugs = list(dict.fromkeys(n.partition(".")[2] for r in results for n in r.values if "." in n))
    kinds = list(drawn)
    rows = []
    for kind, frame in drawn.items():
        titled = x.title(unit if kind == kinds[-1] else None)
        if view != "apart":
            rows.append(_panel(kind, frame, drugs, titled, signed=view == "difference"))
            continue
        width = max(150, (WIDTH - 30 * (len(results) - 1)) // len(results))
        columns = [frame.query("which == @which") for which in WHICH[: len(results)]]
        scale, axis = scale_of(frame, kind, unit_of(kind))
        axis.minExtent = 44  # so that panels of all rows lie under each other
        axes = scale, axis
        made = [
            _panel(kind, f if len(f) else frame, drugs, titled, axes=axes, top=_top(frame), named=not i,
                   without="" if len(f) else which).properties(width=width)
            for i, (which, f) in enumerate(zip(WHICH, columns, strict=False))
        ]  # fmt: skip
        if kind == kinds[0]:
            made = [panel.properties(title=which) for which, panel in zip(WHICH, made, strict=False)]
        rows.append(alt.hconcat(*made, spacing=30))
    chart = alt.vconcat(*rows, spacing=12).resolve_scale(color="independent", strokeDash="shared")
    return themed(chart, *heading(results, view))


def _top(frame: pd.DataFrame) -> float:
    """The largest value of a panel."""
    return float(frame.filter(["p95", "median"]).to_numpy().max())


def _panel(
    kind, frame: pd.DataFrame, drugs: list[str], x: alt.X, *, axes=None, top=0.0, named=True, signed=False, without=""
) -> alt.LayerChart:
    """A panel. axes, top: scale and axis, and the largest value, that all columns of a row have; named: whether it
    says what it shows; signed: of differences; without: the scenario that has nothing of it, which is said in its place."""
    labels = list(dict.fromkeys(frame["what"]))
    many = len(labels) > 1
    unit = unit_of(kind)
    scale, axis = axes or scale_of(frame, kind, unit)
    if signed:
        share = axis.to_dict().get("format") == "%"
        scale, axis = alt.Scale(), alt.Axis(format="+%" if share else "+~r")
    elif top and scale.to_dict() == {}:
        scale = alt.Scale(domain=[0, top])
    meaning = glossary()["quantities"][kind].meaning.split(":")[0]
    title = [f"{meaning}, difference" if signed else meaning, *([f"[{unit}]"] if unit else [])]
    y, low = (alt.Y(f"{end}:Q", title=title if named else None, scale=scale, axis=axis) for end in ("median", "p5"))
    colour = alt.Color(
        "what:N",
        title=None,
        legend=alt.Legend(orient="top", values=labels) if many else None,
        scale=alt.Scale(domain=drugs, range=HUES) if many else alt.Scale(range=HUES[:1]),
    )
    dash = alt.StrokeDash("which:N", title=None, scale=alt.Scale(domain=list(WHICH), range=DASHES), legend=None)
    base = alt.Chart(frame).encode(x, color=colour, detail="which:N")
    height = HEIGHT if kind in ("occupancy", "liking") else HEIGHT - 60
    if without:
        words = alt.Chart(pd.DataFrame({"which": [without]})).mark_text(
            text=f"nothing of this in {without}", fontSize=12, color=GREY
        )
        return alt.LayerChart(layer=[base.mark_line(opacity=0).encode(y), words], height=height)
    tips = ["which:N", "what:N", alt.Tooltip("time:Q", format=".2f"), alt.Tooltip("median:Q", format=".3g")]
    bands = [base.mark_area(opacity=0.13).encode(low, alt.Y2("p95:Q"))] if "p5" in frame else []
    line = base.mark_line(strokeWidth=2).encode(y, tooltip=tips)
    line = line if axes else line.encode(strokeDash=dash)
    return alt.LayerChart(layer=[*bands, line], width=WIDTH, height=height)
