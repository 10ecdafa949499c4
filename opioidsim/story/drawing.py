"""A picture as SVG text: colours by name from a style sheet, so that it follows light and dark, and no script is needed.

Vega would do as much with a runtime of a megabyte; a chapter of the story is to come over the wire in 150 kB.
"""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np

from opioidsim.story.picture import Axis, Crowd, Key, Mark, Picture, Plot


class Sheet(NamedTuple):
    """How wide a drawing is, its letters, its margins, people in a row of dots, and how much of a panel's height it keeps."""

    width: float
    letters: float
    left: float
    right: float
    row: int
    tall: float


WIDE, NARROW = Sheet(640, 15, 57, 20, 25, 1.0), Sheet(360, 13, 49, 14, 20, 0.82)
LINES = {"line": 2.6, "thin": 1.4, "dashed": 2.2, "thick": 6.0}


def svg(picture: Picture, said: str = "", *, sheet: Sheet = WIDE, headed: bool = False, dressed: bool = True) -> str:
    """The picture. said: what it shows, for those who do not see it; its numbers lie in the metadata. headed: with its
    title above. dressed: with its own style sheet, for a drawing that stands alone; a page has that of all drawings."""
    top, parts = sheet.letters * 0.4, []
    if headed:
        top += sheet.letters * 1.7
        parts.append(f'<text class="title" x="{sheet.left * 0.2:g}" y="{top - sheet.letters * 0.5:g}">{escape(picture.title)}</text>')  # fmt: skip
    for panel in picture.panels:
        drawn, height = _panel(panel, sheet)
        parts.append(f'<g transform="translate(0 {top:g})">{drawn}</g>')
        top += height + sheet.letters * 0.9
    told = escape(json.dumps(picture.table(), ensure_ascii=False), quote=False)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 {sheet.width:g} {top:.0f}" width="{sheet.width:g}" '
        f'height="{top:.0f}" font-size="{sheet.letters:g}" role="img"><title>{escape(picture.title)}</title><desc>{escape(said)}</desc><metadata>{told}</metadata>'
        f"{f'<style>{style()}</style>' if dressed else ''}{''.join(parts)}</svg>"
    )


@cache
def style() -> str:
    """Colours and letters by name: of drawings on a page, and inside each drawing."""
    text = (Path(__file__).parent / "picture.css").read_text(encoding="utf-8")
    return "".join(line.strip() for line in text.splitlines() if not line.startswith("/*"))


def _panel(panel: Plot | Crowd | Key, sheet: Sheet) -> tuple[str, float]:
    if isinstance(panel, Plot):
        return _plot(panel, sheet)
    return _crowd(panel, sheet) if isinstance(panel, Crowd) else _key(panel, sheet)


def _key(key: Key, sheet: Sheet) -> tuple[str, float]:
    """Names in a row, on as many lines as they need."""
    x, y, parts = sheet.left, sheet.letters, []
    for name, hue in key.names.items():
        wide = sheet.letters * (0.6 * len(name) + 2.6)
        if x > sheet.left and x + wide > sheet.width:
            x, y = sheet.left, y + sheet.letters * 1.6
        parts.append(f'<circle class="dot {hue}" cx="{x + 5:g}" cy="{y - 4:g}" r="5"/><text class="name" x="{x + 16:g}" y="{y + 1:g}">{escape(name)}</text>')  # fmt: skip
        x += wide
    return "".join(parts), y


def _crowd(crowd: Crowd, sheet: Sheet) -> tuple[str, float]:
    step = (sheet.width - sheet.left - sheet.right) / sheet.row
    hues = [hue for hue, n in crowd.groups for _ in range(n)]
    begin = sheet.letters * 1.9
    dots = "".join(
        f'<circle class="one {hue}" cx="{sheet.left + step * (k % sheet.row + 0.5):.1f}" cy="{begin + step * (k // sheet.row):.1f}" r="{step * 0.31:.1f}"/>'
        for k, hue in enumerate(hues)
    )
    rows = -(-len(hues) // sheet.row)
    return _heading(crowd.heading, sheet) + dots, begin + step * (rows - 0.6)


def _heading(text: str, sheet: Sheet) -> str:
    return f'<text class="heading" x="{sheet.left:g}" y="{sheet.letters:g}">{escape(text)}</text>' if text else ""


def _plot(plot: Plot, sheet: Sheet) -> tuple[str, float]:
    """Axes, then marks in their order. What a pointer needs to read values off lies in data-x and data-y."""
    top = sheet.letters * 1.8 if plot.heading else sheet.letters * 0.6
    right, bottom = sheet.width - sheet.right, top + plot.height * sheet.tall
    parts = [_heading(plot.heading, sheet)]

    def across(v):
        return np.round(sheet.left + (right - sheet.left) * plot.x.place(v), 1)

    def up(v):
        return np.round(bottom - (bottom - top) * plot.y.place(v), 1)

    for tick in plot.y.ticks:
        at = float(up(tick))
        parts.append(f'<path class="grid" d="M{sheet.left:g} {at:g}H{right:g}"/><text class="tick end" x="{sheet.left - 7:g}" y="{at + sheet.letters * 0.35:g}">{escape(plot.y.tick(tick))}</text>')  # fmt: skip
    marks = sorted(plot.marks, key=lambda m: m.look in ("dot", "cross", "seen", "word"))  # on top
    parts += [_mark(mark, across, up, bottom) for mark in marks]
    parts.append(f'<path class="axis" d="M{sheet.left:g} {bottom:g}H{right:g}"/>')
    under = bottom
    if plot.x.ticks and plot.x.title is not None and (plot.x.title or plot.x.words):
        under = bottom + sheet.letters * 1.35
        shown = plot.x.ticks if sheet is WIDE or len(plot.x.ticks) < 6 else plot.x.ticks[::2]
        parts += [f'<text class="tick middle" x="{float(across(t)):g}" y="{under:g}">{escape(plot.x.tick(t))}</text>' for t in shown]  # fmt: skip
    if plot.x.title:
        under += sheet.letters * 1.35
        parts.append(f'<text class="tick end" x="{right:g}" y="{under:g}">{escape(plot.x.title)}</text>')
    ends = [_ends(plot.x, sheet.left, right), _ends(plot.y, bottom, top)]
    return f'<g class="plot" data-x="{ends[0]}" data-y="{ends[1]}">{"".join(parts)}</g>', under


def _ends(axis: Axis, begin: float, end: float) -> str:
    """Its ends in numbers and on the drawing, whether it goes by factors, its unit."""
    return escape(f"{axis.low:g}|{axis.high:g}|{begin:g}|{end:g}|{'log' if axis.log else ''}|{axis.unit}|{axis.title}")


def _mark(mark: Mark, across, up, ground: float) -> str:
    x, y = across(mark.x), up(mark.y)
    named = f' data-name="{escape(mark.text)}"' if mark.text else ""
    if mark.look in LINES:
        return f'<path class="{mark.look} {mark.hue}"{named} d="{_path(x, y)}"/>'
    if mark.look in ("band", "area", "wash"):
        below = up(mark.low) if mark.low else np.full_like(y, ground)
        return f'<path class="{mark.look} {mark.hue}"{named} d="{_path(x, y)}{_path(x[::-1], below[::-1], "L")}Z"/>'
    if mark.look == "reach":  # from the first point straight to the second
        return f'<path class="reach" d="{_path(x, y)}"/>'
    if mark.look == "word":
        place = f'x="{float(x[0]) + mark.dx:g}" y="{float(y[0]) + mark.dy:g}"'
        return f'<text class="word {mark.side} {mark.hue}" {place}>{escape(mark.text)}</text>'
    if mark.look == "cross":
        return f'<path class="cross" d="M{float(x[0]) - 6:g} {float(y[0]) - 6:g}l12 12m0 -12l-12 12"/>'
    if mark.look == "dot":
        return f'<circle class="dot {mark.hue}" cx="{float(x[0]):g}" cy="{float(y[0]):g}" r="6.5"/>'
    bars = ""
    if mark.low:
        bars = "".join(f'<path class="bar {mark.hue}" d="M{a:g} {b:g}V{c:g}"/>' for a, b, c in zip(x, up(mark.low), up(mark.high), strict=True))  # fmt: skip
    points = "".join(
        f'<circle class="seen {mark.hue}" cx="{a:g}" cy="{b:g}" r="5"/>' for a, b in zip(x, y, strict=True)
    )
    return f"<g{named}>{bars}{points}</g>"


def _path(x, y, begin: str = "M") -> str:
    return begin + "L".join(f"{a:g} {b:g}" for a, b in zip(x, y, strict=True))
