"""Two scenarios in one figure: the first solid, the second dashed."""

import altair as alt
import pandas as pd

from opioidsim.cases.scenario import unit_of
from opioidsim.engine.result import Result
from opioidsim.facts.evidence import glossary
from opioidsim.show import episode
from opioidsim.show.course import course_frames, in_days, scale_of
from opioidsim.show.theme import HEIGHT, HUES, WIDTH, themed

WHICH = ["first", "second"]
DASHES = [[1, 0], [6, 4]]


def frames(results: list[Result]) -> dict[str, pd.DataFrame]:
    """What each panel shows, by kind of quantity: time [d, h or min], what, which scenario, and quantiles over people."""
    days = any(in_days(result) for result in results)
    parts: dict[str, list[pd.DataFrame]] = {}
    for which, result in zip(WHICH, results, strict=True):
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


def heading(results: list[Result]) -> tuple[str, list[str]]:
    """Title and subtitle: which line is which."""
    words = [f"{how}: {result.describe()}" for how, result in zip(("solid", "dashed"), results, strict=True)]
    crowd = max(result.people for result in results) > 1
    return "Two scenarios side by side", [*words, *(["lines: median; bands: middle 90 % of people"] if crowd else [])]


def compared(results: list[Result]) -> alt.TopLevelMixin:
    """Two scenarios on the same clock: one panel per kind of quantity, the same people in both."""
    drawn = frames(results)
    days = any(in_days(result) for result in results)
    unit = "minutes" if results[0].ends is not None else "days" if days else "hours"
    per_hour = {"minutes": 60.0, "days": 1 / 24, "hours": 1.0}[unit]
    x = alt.X(
        "time:Q",
        scale=alt.Scale(domain=[0, max(float(r.times[-1]) for r in results) * per_hour], nice=False),
        axis=alt.Axis(grid=False),
    )
    kinds = list(drawn)
    drugs = list(dict.fromkeys(n.partition(".")[2] for r in results for n in r.values if "." in n))
    panels = [_panel(kind, frame, drugs, x.title(unit if kind == kinds[-1] else None)) for kind, frame in drawn.items()]
    chart = alt.vconcat(*panels, spacing=12).resolve_scale(color="independent", strokeDash="shared")
    return themed(chart, *heading(results))


def _panel(kind: str, frame: pd.DataFrame, drugs: list[str], x: alt.X) -> alt.LayerChart:
    labels = list(dict.fromkeys(frame["what"]))
    many = len(labels) > 1
    scale, axis = scale_of(frame, kind, unit_of(kind))
    meaning, unit = glossary()["quantities"][kind].meaning.split(":")[0], unit_of(kind)
    title = [meaning, *([f"[{unit}]"] if unit else [])]
    y, low = (alt.Y(f"{end}:Q", title=title, scale=scale, axis=axis) for end in ("median", "p5"))
    colour = alt.Color(
        "what:N",
        title=None,
        legend=alt.Legend(orient="top", values=labels) if many else None,
        scale=alt.Scale(domain=drugs, range=HUES) if many else alt.Scale(range=HUES[:1]),
    )
    dash = alt.StrokeDash("which:N", title=None, scale=alt.Scale(domain=WHICH, range=DASHES), legend=None)
    base = alt.Chart(frame).encode(x, color=colour, detail="which:N")
    tips = ["which:N", "what:N", alt.Tooltip("time:Q", format=".2f"), alt.Tooltip("median:Q", format=".3g")]
    bands = [base.mark_area(opacity=0.13).encode(low, alt.Y2("p95:Q"))] if "p5" in frame else []
    line = base.mark_line(strokeWidth=2).encode(y, strokeDash=dash, tooltip=tips)
    return alt.LayerChart(
        layer=[*bands, line], width=WIDTH, height=HEIGHT if kind in ("occupancy", "liking") else HEIGHT - 60
    )
