"""Every figure, once: Altair charts, written as PNG, SVG or a page that needs no network."""

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.cases.scenario import unit_of
from opioidsim.engine.result import Result
from opioidsim.facts import library
from opioidsim.facts.evidence import glossary
from opioidsim.files import cache_folder, whole
from opioidsim.questions.blockade.run import Blockade
from opioidsim.questions.induction.run import bands
from opioidsim.refusal import Refusal
from opioidsim.show.answer import day_text
from opioidsim.show.curves import curves

INK, GREY, PAPER = "#1d2733", "#7a8793", "#ffffff"
HUES = ["#1f6f8b", "#c8553d", "#6a8d3f", "#8a5a9e", "#c99a2e", "#4f5d75", "#b0567f", "#2f9c95"]
GOOD, BAD, BUILT = "#2c7d59", "#c0392b", "#9aa5b1"
WIDTH, HEIGHT = 620, 210
alt.data_transformers.disable_max_rows()  # curves.py keeps figures small


def themed(chart: alt.TopLevelMixin, title: str, subtitle: str | list[str] = "") -> alt.TopLevelMixin:
    """The house style: a title that says what is seen, quiet axes, one font."""
    words = alt.TitleParams(
        title,
        subtitle=subtitle,
        anchor="start",
        fontSize=17,
        subtitleFontSize=12,
        color=INK,
        subtitleColor=GREY,
        offset=14,
    )
    return (
        chart.properties(title=words, background=PAPER, padding=18)
        .configure(font="Helvetica Neue, Helvetica, Arial, sans-serif")
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=GREY,
            gridColor="#e6eaee",
            domainColor="#b8c1ca",
            tickColor="#b8c1ca",
        )
        .configure_view(strokeWidth=0)
        .configure_legend(
            labelFontSize=12,
            titleFontSize=12,
            labelColor=INK,
            titleColor=GREY,
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolOpacity=1,
            labelLimit=420,
        )
    )


# ---- a run --------------------------------------------------------------------------------------------------------


def course(result: Result) -> alt.TopLevelMixin:
    """A run: one panel per kind of quantity, a line per drug, bands where there is a crowd."""
    days = in_days(result)
    frames = course_frames(result)
    panels = [_panel(result, frame, kind, days, last=kind == list(frames)[-1]) for kind, frame in frames.items()]
    subtitle = "line: median; bands: middle 50 % and 90 % of people" if result.people > 1 else "one person"
    return themed(alt.vconcat(*panels, spacing=14).resolve_scale(color="independent"), result.describe(), subtitle)


def in_days(result: Result) -> bool:
    """Whether the time axis of a course counts days instead of hours."""
    return bool(result.times[-1] > 72)


def course_frames(result: Result) -> dict[str, pd.DataFrame]:
    """What each panel of a course shows, by kind of quantity: the curves of its drugs, one below the other."""
    kinds = dict.fromkeys(name.partition(".")[0] for name in result.values)
    days = in_days(result)
    return {
        kind: pd.concat([_curve(result, name, days) for name in result.values if name.partition(".")[0] == kind])
        for kind in kinds
    }


def _panel(result: Result, frame: pd.DataFrame, kind: str, days: bool, last: bool) -> alt.LayerChart:
    meaning = glossary()["quantities"][kind].meaning
    unit = unit_of(kind)
    spoken = f"{meaning.split(':')[0]}{f' [{unit}]' if unit else ''}"
    labels = list(dict.fromkeys(frame["what"]))
    legend = alt.Legend(orient="top", values=labels) if len(labels) > 1 else None
    hues = alt.Scale(domain=_drugs(result), range=HUES) if len(labels) > 1 else alt.Scale(range=HUES[:1])
    colour = alt.Color("what:N", title=None, scale=hues, legend=legend)
    scale, axis = scale_of(frame, kind, unit)
    y, low, high = (
        alt.Y(f"{end}:Q", title=_wrapped(spoken), axis=axis, scale=scale) for end in ("median", "p5", "p25")
    )
    span = alt.Scale(domain=[0, float(result.times[-1]) / (24.0 if days else 1.0)], nice=False)
    x = alt.X("time:Q", title=("days" if days else "hours") if last else None, scale=span, axis=alt.Axis(grid=False))
    chart = alt.Chart(frame).encode(x, color=colour)
    layers = []
    if result.people > 1:
        layers.append(chart.mark_area(opacity=0.14).encode(low, alt.Y2("p95:Q")))
        layers.append(chart.mark_area(opacity=0.25).encode(high, alt.Y2("p75:Q")))
    tips = [alt.Tooltip("what:N"), alt.Tooltip("time:Q", format=".2f"), alt.Tooltip("median:Q", format=".3g")]
    line = chart.mark_line(strokeWidth=2).encode(y, tooltip=tips)
    return alt.LayerChart(layer=[*layers, line], width=WIDTH, height=HEIGHT)


def _drugs(result: Result) -> list[str]:
    """The drugs of a result, in order: each has the same colour in every panel."""
    return list(dict.fromkeys(name.partition(".")[2] for name in result.values if "." in name))


def scale_of(frame: pd.DataFrame, kind: str, unit: str):
    """Shares run from 0 to 100 %, liking from 0 to 100, withdrawal by its bands; concentrations of very different drugs
    share a logarithmic scale."""
    if kind == "liking":
        return alt.Scale(domain=[0, 100]), alt.Axis()
    if kind == "withdrawal":
        most = library.body("adaptation")["score_max"].value
        return alt.Scale(domain=[0, most]), alt.Axis(values=[0.0, *bands().values(), most], format="d")
    if unit == "":
        return alt.Scale(domain=[0, 1]), alt.Axis(format="%")
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


def _curve(result: Result, name: str, days: bool) -> pd.DataFrame:
    what = name.partition(".")[2] or name
    return curves(result, name, {"time": result.times / (24.0 if days else 1.0)}, what)


# ---- blockade -----------------------------------------------------------------------------------------------------


def blockade(answer: Blockade) -> alt.TopLevelMixin:
    """Blockade by day, with the dose multiple that overrides it and the antagonist's level below."""
    frame = pd.DataFrame(answer.rows())
    crowd = answer.people > 1
    shaded = f"line: median of {answer.people} people, bands: middle 90 %; " if crowd else ""
    below = f"{shaded}dashed: contested evidence read otherwise, typical person"
    title = f"{' and '.join(map(str, answer.antagonist))} against {answer.challenge}"
    apart = len(answer.days) < 3 or float(np.diff(answer.days).max()) > 1.0
    if apart:
        below = below.replace("line: median", "points: median").replace("dashed:", "open points:")
    panels = [
        _blockade_panel(answer, frame, crowd, apart),
        _line(
            frame,
            "multiple",
            ["dose that overrides it,", "multiple of the challenge"],
            crowd,
            _decades(frame, "multiple"),
            HUES[1],
            apart,
        ),
        _line(
            frame,
            "concentration",
            ["antagonist in plasma", "[ng/mL]"],
            crowd,
            _decades(frame, "concentration"),
            HUES[2],
            apart,
        ),
    ]
    x = alt.X(
        "day:Q", title=None, scale=alt.Scale(domain=[0, float(answer.days[-1])], nice=False), axis=alt.Axis(grid=False)
    )
    if apart:  # whole points at both ends
        last = float(answer.days[-1])
        x = x.scale(domain=[-0.015 * last, 1.015 * last])
    drawn = [panel.encode(x=x) for panel in panels[:-1]] + [panels[-1].encode(x=x.title("days after the first dose"))]
    return themed(alt.vconcat(*drawn, spacing=16), title, [_headline(answer), below])


def _headline(answer: Blockade) -> str:
    texts = [f"under {share:.0%} {day_text(answer.day_under(share), answer.days[-1])}" for share in (0.9, 0.5)]
    return f"Blockade falls {texts[0]}, {texts[1]}."


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


def _line(frame, name, title, crowd, style, hue, apart, height=130) -> alt.LayerChart:
    """A curve with its band; challenges that lie days apart are points with bars: nobody knows a straight line between."""
    chart = alt.Chart(frame)
    tips = [alt.Tooltip("day:Q"), alt.Tooltip(f"{name}:Q", format=".3g")]
    seen = alt.Chart(frame[frame[name] > 0] if style["scale"].type == "log" else frame)
    point = seen.mark_point(filled=True, size=60, opacity=1, color=hue)
    line = (point if apart else chart.mark_line(strokeWidth=2.5, color=hue)).encode(
        alt.Y(f"{name}:Q", title=title, **style), tooltip=tips
    )
    bars = chart.mark_bar(size=4, opacity=0.3, color=hue)
    band = (bars if apart else chart.mark_area(opacity=0.18, color=hue)).encode(
        alt.Y(f"{name}_low:Q", title=title, **style), alt.Y2(f"{name}_high:Q")
    )
    return alt.LayerChart(layer=[*([band] if crowd else []), line], width=WIDTH, height=height)


def _blockade_panel(answer: Blockade, frame: pd.DataFrame, crowd: bool, apart: bool) -> alt.LayerChart:
    style = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 0.9, 1])}
    title = ["peak liking prevented", "at the challenge"]
    ends = [float(answer.days[0]), float(answer.days[-1])]  # rules would lack the days of the shared axis
    marks = pd.DataFrame({"day": ends * 2, "share": [0.9, 0.9, 0.5, 0.5]})
    rules = (
        alt.Chart(marks)
        .mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY)
        .encode(alt.Y("share:Q", title=title, **style), alt.Detail("share:Q"))
    )
    layers = [rules, _line(frame, "blockade", title, crowd, style, HUES[0], apart, height=250)]
    others = [
        pd.DataFrame({"day": o.days, "blockade": o.blockade[0], "reading": about})
        for about, o in answer.other_readings.items()
    ]
    if others:
        symbol = {"symbolType": "circle"} if apart else {"symbolDash": [4, 3]}
        legend = alt.Legend(orient="bottom", columns=1, **symbol)
        colour = alt.Color(
            "reading:N", title=None, sort=None, scale=alt.Scale(range=[HUES[4], HUES[6], HUES[3]]), legend=legend
        )
        chart = alt.Chart(pd.concat(others))
        dashed = chart.mark_point(size=50) if apart else chart.mark_line(strokeDash=[5, 4], strokeWidth=1.6)
        layers.append(dashed.encode(alt.Y("blockade:Q", title=title, **style), colour))
    return alt.LayerChart(layer=layers, width=WIDTH, height=250)


# ---- the scoreboard -----------------------------------------------------------------------------------------------


def scoreboard(board) -> alt.TopLevelMixin:
    """Each prediction on the scale of its study's bounds: 0 is the observed value, the grey bar what was allowed."""
    rows = []
    for score in board:
        side = (score.high - score.observed) if score.predicted >= score.observed else (score.observed - score.low)
        place = (score.predicted - score.observed) / side if side > 0 else (0.0 if score.passed else 3.0)
        verdict = "built on" if score.use == "build" else "check passes" if score.passed else "check fails"
        text = f"{score.predicted:.3g} for {score.observed:.3g} {score.unit}".strip()
        rows.append(
            {
                "id": score.id,
                "place": float(np.clip(place, -3, 3)),
                "verdict": verdict,
                "text": text,
                "order": (score.use == "build", score.id),
            }
        )
    frame = pd.DataFrame(sorted(rows, key=lambda row: row["order"])).drop(columns="order")
    y = alt.Y(
        "id:N", sort=None, title=None, axis=alt.Axis(labelLimit=520, labelFontSize=10.5, ticks=False, domain=False)
    )
    colour = alt.Color("verdict:N", title=None, legend=alt.Legend(orient="top", symbolType="circle"),
                       scale=alt.Scale(domain=["check passes", "check fails", "built on"], range=[GOOD, BAD, BUILT]))  # fmt: skip
    x = alt.X(
        "place:Q",
        title="prediction: 0 is what was observed, ±1 the bound written before the first run (cut at ±3)",
        scale=alt.Scale(domain=[-3.1, 3.1]),
    )
    base = alt.Chart(frame)
    bar = base.mark_bar(color="#eef1f4", height=11).encode(y, x=alt.datum(-1.0), x2=alt.datum(1.0))
    dots = base.mark_circle(size=70, opacity=1).encode(y, x, colour, tooltip=["id:N", "text:N", "verdict:N"])
    words = base.mark_text(align="left", dx=8, fontSize=10, color=GREY).encode(y, alt.X("place:Q"), text="text:N")
    checks = [s for s in board if s.use == "check"]
    title = f"{sum(s.passed for s in checks)} of {len(checks)} checks pass"
    return themed(
        alt.layer(bar, dots, words).properties(width=560, height=alt.Step(15)),
        title,
        "published people against predictions; numbers used to build the model are shown, not scored",
    )


# ---- files --------------------------------------------------------------------------------------------------------


def svg(chart) -> str:
    """The chart as SVG text."""
    import vl_convert

    return vl_convert.vegalite_to_svg(chart.to_json())


def page(chart) -> str:
    """The chart as an interactive page with everything inside it; it needs no network."""
    spec = chart.to_json(indent=None).replace("</", "<\\/")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>opioidsim</title>'
        f'<script>{bundle()}</script></head><body><div id="figure"></div>'
        f'<script>vegaEmbed("#figure", {spec}, {{"mode": "vega-lite"}})</script></body></html>'
    )


def bundle() -> str:
    """The drawing library as one script; built once for each version and kept in the user's cache folder."""
    import vl_convert

    kept = cache_folder() / f"vega-{version('vl-convert-python')}.js"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    script = vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue]
    with suppress(Refusal), whole(kept) as file:  # a cache that cannot be kept is no reason to stop
        file.write(script)
    return script


def png(drawn: str, scale: float = 2.0) -> bytes:
    """SVG text as PNG, `scale` dots for each unit."""
    import vl_convert

    return vl_convert.svg_to_png(drawn, scale=scale)


def save(chart, drawn: str, stem: Path) -> list[Path]:
    """The chart, drawn as SVG text, as stem.png, stem.svg and stem.html; returns the three paths."""
    made = {".png": png(drawn), ".svg": drawn, ".html": page(chart)}
    for suffix, content in made.items():
        with whole(stem.with_suffix(suffix), "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
    return [stem.with_suffix(suffix) for suffix in made]
