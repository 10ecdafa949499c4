"""The house style of figures, and their files: Altair charts written as PNG, SVG or a page that needs no network."""

import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from textwrap import wrap

import altair as alt

from opioidsim.files import cache_folder, whole
from opioidsim.refusal import Refusal

INK, GREY, PAPER = "#1d2733", "#7a8793", "#ffffff"
DASHED = [6, 3]  # of a line that is an end of what is not known
UNSURE = "what is not known, the middle 90 % of draws for the typical person"
HUES = ["#1f6f8b", "#c8553d", "#6a8d3f", "#8a5a9e", "#c99a2e", "#4f5d75", "#b0567f", "#2f9c95"]
GOOD, BAD, BUILT = "#2c7d59", "#c0392b", "#9aa5b1"
WIDTH, HEIGHT = 620, 210
LONGEST_LINE = 78  # letters of a title over a panel of that width
DRAWER = (
    "import sys, vl_convert as v; sys.stdout.buffer.write(v.vegalite_to_svg(sys.stdin.buffer.read().decode()).encode())"
)
_process = {"apart": False}
alt.data_transformers.disable_max_rows()  # curves.py keeps figures small


def themed(chart: alt.TopLevelMixin, title: str, subtitle: str | list[str] = "") -> alt.TopLevelMixin:
    """The house style: a title that says what is seen, quiet axes, one font."""
    words = alt.TitleParams(
        wrap(title, LONGEST_LINE) if len(title) > LONGEST_LINE else title,
        subtitle=subtitle,
        anchor="start",
        fontSize=17,
        subtitleFontSize=12,
        color=INK,
        subtitleColor=GREY,
        offset=14,
    )
    return chart.properties(title=words, background=PAPER, padding=18, config=_style())


def _style() -> alt.Config:
    """Set at once: each `configure_…` of a chart copies all of it."""
    return alt.Config(
        locale={
            "number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""], "percent": "\u00a0%"}
        },
        font="Helvetica Neue, Helvetica, Arial, sans-serif",
        axis=alt.AxisConfig(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelSeparation=6,
            labelColor=INK,
            titleColor=GREY,
            gridColor="#e6eaee",
            domainColor="#b8c1ca",
            tickColor="#b8c1ca",
        ),
        view=alt.ViewConfig(strokeWidth=0),
        header=alt.HeaderConfig(labelColor=INK, titleColor=GREY, labelFontSize=12, titleFontSize=12),
        legend=alt.LegendConfig(
            labelFontSize=12,
            titleFontSize=12,
            labelColor=INK,
            titleColor=GREY,
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolOpacity=1,
            labelLimit=420,
        ),
    )


def svg(chart) -> str:
    """The chart as SVG text."""
    return _drawn(chart.to_json(indent=None))


def apart() -> None:
    """From now on each figure is drawn in a process of its own, whose 90 MB go with it: for a server, which would keep them."""
    _process["apart"] = True


def _drawn(spec: str) -> str:
    if _process["apart"]:
        told = subprocess.run([sys.executable, "-c", DRAWER], input=spec.encode(), stdout=subprocess.PIPE, check=True)
        return told.stdout.decode()
    import vl_convert

    return vl_convert.vegalite_to_svg(spec)


def _page(spec: str) -> str:
    """A chart as an interactive page with everything inside it; it needs no network."""
    spec = spec.replace("</", "<\\/")
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


def save(chart, stem: Path) -> tuple[list[Path], str]:
    """The chart as stem.png, stem.svg and stem.html; returns the three paths and the SVG text."""
    spec = chart.to_json(indent=None)  # once: it takes as long as the drawing
    drawn = _drawn(spec)
    made = {".png": png(drawn), ".svg": drawn, ".html": _page(spec)}
    for suffix, content in made.items():
        with whole(stem.with_suffix(suffix), "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
    return [stem.with_suffix(suffix) for suffix in made], drawn


def unsure(chart: alt.Chart, name: str, y: dict | None = None, ticks: bool = False) -> list[alt.Chart]:
    """Both ends of what is not known of `name`, see `ends`; none where the chart's table has none."""
    return ends(chart, name, y, ticks) if f"{name}_unknown_low" in getattr(chart.data, "columns", ()) else []


def ends(chart: alt.Chart, name: str, y: dict | None = None, ticks: bool = False) -> list[alt.Chart]:
    """Both ends of what is not known of `name`: dashed lines, or ticks where points stand apart.

    chart: of the table, with x and colour; y: how the axis is drawn.
    """
    edge = (
        chart.mark_tick(thickness=2, size=22, opacity=1)
        if ticks
        else chart.mark_line(strokeDash=DASHED, strokeWidth=1.4)
    )
    return [edge.encode(alt.Y(f"{name}_unknown_{end}:Q", **(y or {}))) for end in ("low", "high")]
