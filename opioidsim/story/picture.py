"""What a figure of the story shows, as data: panels of curves, people as dots, a key. `drawing` makes it an SVG.

Small enough that every state of every figure comes with the package: a curve keeps only the points that its eye needs.
"""

from typing import Literal

import numpy as np

from opioidsim.facts.evidence import Table
from opioidsim.story.language import ENGLISH, digits, told

SEEN = 1e-3  # of an axis: what is less is written as nothing
FINE = 0.004  # of an axis: what a curve may be off by between the points that are kept
Look = Literal["line", "thin", "dashed", "thick", "band", "area", "wash", "dot", "cross", "seen", "word", "reach"]
Side = Literal["start", "middle", "end"]


class Axis(Table):
    """low, high: the ends. ticks, with words where the numbers are not to be said as they are. log: by factors of ten. code: of
    the language in which its numbers are written."""

    low: float
    high: float
    ticks: tuple[float, ...]
    words: tuple[str, ...] = ()
    log: bool = False
    title: str = ""
    unit: str = ""
    code: str = ENGLISH

    def place(self, value) -> np.ndarray:
        """Where a value lies, 0 to 1."""
        v, low, high = np.asarray(value, float), self.low, self.high
        if self.log:
            v, low, high = np.log10(np.maximum(v, self.low)), np.log10(low), np.log10(high)
        return np.clip((v - low) / (high - low), 0.0, 1.0)

    def said(self, value: float) -> str:
        """A value as a reader sees it."""
        if value in self.ticks and self.words:
            return self.words[self.ticks.index(value)]
        if not self.log and abs(value) < SEEN * (self.high - self.low):
            value = 0.0
        return digits(f"{value:.0%}" if self.unit == "%" else f"{value:.3g} {self.unit}".strip(), self.code)

    def tick(self, value: float) -> str:
        """What stands at a tick: its word, or the number alone."""
        if self.words:
            return self.words[self.ticks.index(value)]
        return digits(f"{value:.0%}" if self.unit == "%" else f"{value:g}", self.code)

    def told(self, code: str) -> "Axis":
        """The same in another language."""
        words = tuple(told(word, code) for word in self.words)
        return self.model_copy(update={"title": told(self.title, code), "words": words, "code": code})


class Mark(Table):
    """One curve, band, point or word. y: of a band its upper edge, `low` the lower one; of a published point its value, with
    `low` and `high` the ends of its bar. hue: a name in the style sheet. text: what it is called, or says.
    """

    look: Look
    hue: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    text: str = ""
    side: Side = "start"
    dx: float = 0.0
    dy: float = 0.0


class Plot(Table):
    """Marks on one pair of axes."""

    heading: str
    height: float
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]

    def told(self, code: str) -> "Plot":
        """The same in another language."""
        marks = tuple(m.model_copy(update={"text": told(m.text, code)}) for m in self.marks)
        axes = {"x": self.x.told(code), "y": self.y.told(code)}
        return self.model_copy(update={"heading": told(self.heading, code), "marks": marks, **axes})


class Crowd(Table):
    """People as dots, in groups of a colour each, the first of them first. groups: hue and number."""

    heading: str
    groups: tuple[tuple[str, int], ...]

    def told(self, code: str) -> "Crowd":
        """The same in another language."""
        return self.model_copy(update={"heading": told(self.heading, code)})


class Key(Table):
    """Names with their colours."""

    names: dict[str, str]

    def told(self, code: str) -> "Key":
        """The same in another language."""
        return Key(names={told(name, code): hue for name, hue in self.names.items()})


class Picture(Table):
    """A whole figure, its panels under each other."""

    title: str
    panels: tuple[Plot | Crowd | Key, ...]

    def told(self, code: str) -> "Picture":
        """The same in another language; the drawing is shared, its words are not."""
        return Picture(title=told(self.title, code), panels=tuple(panel.told(code) for panel in self.panels))

    def table(self) -> list[list[str]]:
        """Its numbers in words: a row for each place of the horizontal axis that is named, a column for each curve; and who
        of the people is counted."""
        rows = []
        for panel in self.panels:
            if isinstance(panel, Plot):
                rows += _rows(panel)
            elif isinstance(panel, Crowd):
                rows.append([panel.heading, *(f"{n}" for _, n in panel.groups)])
        return rows


def _rows(plot: Plot) -> list[list[str]]:
    curves = [m for m in plot.marks if m.text and m.look in ("line", "thin", "dashed", "thick", "area", "wash")]
    rows = [[plot.heading, *(m.text for m in curves)]] if curves else []
    for tick in plot.x.ticks if curves else ():
        at = f"{plot.x.said(tick)} {plot.x.title}".strip()
        rows.append([at, *(_at(m, tick, plot.y) for m in curves)])
    seen = [m for m in plot.marks if m.look == "seen"]
    rows += [[f"{m.text}, {plot.x.said(x)} {plot.x.title}".strip(), plot.y.said(y)] for m in seen for x, y in zip(m.x, m.y, strict=True)]  # fmt: skip
    return rows


def _at(mark: Mark, x: float, y: Axis) -> str:
    if not mark.x[0] <= x <= mark.x[-1] + 1e-9:
        return "–"
    return y.said(float(np.interp(x, mark.x, mark.y)))


def curve(look: Look, hue: str, x: Axis, y: Axis, across, up, low=None, text: str = "") -> Mark:
    """A curve or a band, with no more points than the eye needs: off by FINE of an axis at most."""
    across, parts = np.asarray(across, float), [np.asarray(p, float) for p in (up, low) if p is not None]
    kept = np.zeros(len(across), bool)
    for part in parts:
        kept |= _needed(x.place(across), y.place(part))
    at, top, bottom = (tuple(_short(v) for v in p[kept]) for p in (across, parts[0], parts[-1]))
    return Mark(look=look, hue=hue, x=at, y=top, low=bottom if low is not None else (), text=text)


def _needed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points a line needs, after Douglas and Peucker: from the ends inwards, always the one that is farthest off."""
    kept = np.zeros(len(x), bool)
    kept[[0, -1]] = True
    open_ = [(0, len(x) - 1)]
    while open_:
        a, b = open_.pop()
        if b - a < 2:
            continue
        inside = slice(a + 1, b)
        run = max(x[b] - x[a], 1e-12)
        off = np.abs(y[inside] - (y[a] + (y[b] - y[a]) * (x[inside] - x[a]) / run))
        if off.max() > FINE:
            most = a + 1 + int(off.argmax())
            kept[most] = True
            open_ += [(a, most), (most, b)]
    return kept


def _short(value: float) -> float:
    return float(f"{value:.4g}")
