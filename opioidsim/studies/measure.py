"""A number taken from a curve, said in words."""

import re
from typing import ClassVar

import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.facts import units
from opioidsim.refusal import Refusal

_T = r"(\d+(?:\.\d+)? ?(?!(?:at|from)\b)[a-z]+)"


class Measure:
    """A number taken from a curve, said in words: "at 48 h", "peak after 1 d", "half-life from 8 h to 24 h", ...

    Of an episode also "lowest relative to 0 h", "where ventilation has fallen by 50 %", and from how it ends for each
    person "share of people", "share of people under 90", "share of people at or above 15". Of withdrawal "time from 30 d to
    peak", "time from 30 d to first at or above 5", "time from 30 d to last at or above 5", "share of people at or above 13 at 34 d".
    """

    FORMS: ClassVar = {
        "at": rf"at {_T}",
        "ratio": rf"at {_T} relative to {_T}",
        "peak": rf"(time of )?peak(?: (after|before) {_T})?",
        "lowest": rf"(time of )?lowest(?: (after|before) {_T})?",
        "lowest ratio": rf"lowest(?: after {_T})? relative to {_T}",
        "fallen": r"where ventilation has fallen by ([\d.]+) %",
        "share": r"share of people(?: (under|at or above) ([\d.]+))?",
        "share at": rf"share of people at or above ([\d.]+) at {_T}",
        "half-life": rf"half-life from {_T} to {_T}",
        "mean": rf"mean from {_T} to {_T}",
        "area": r"area",
        "clearance": r"clearance",
        "above": r"time above ([\d.]+)",
        "since": rf"time from {_T} to (?:(peak)|(first|last) at or above ([\d.]+))",
        "change": rf"(rise|fall) at {_T} from {_T}",
        "largest": rf"largest (rise|fall) from {_T}",
        "left": rf"share of the largest fall from {_T} left at {_T}",
        "half": rf"time to half of the largest fall from {_T}",
        "fallen for": rf"time with a fall of ([\d.]+) from {_T}",
        "last": rf"last of ({_T}(?:, {_T})*) at or above ([\d.]+)",
    }

    def __init__(self, text: str):
        """Reads a measure. Raises Refusal for a text that is none, with examples.

        form: which of FORMS it is; parts: what stands in its brackets; times: those named in it
        [h]; gives: "time" or "value".
        """
        for form, pattern in self.FORMS.items():
            match = re.fullmatch(pattern, text)
            if match:
                self.form, self.parts = form, match.groups()
                self.times = tuple(units.hours(part) for part in re.findall(_T, text))
                timed = self.form in ("above", "last", "since", "half-life", "half", "fallen for")
                self.gives = "time" if timed or text.startswith("time of ") else "value"
                return
        raise Refusal(
            f'"{text}" is no measure; write for example "at 48 h", "peak", "time above 2" or "half-life from 8 h to 24 h".'
        )

    def of(self, t: np.ndarray, y: np.ndarray, doses: tuple[Dose, ...], beside: np.ndarray | None = None) -> float:
        """The number, from the curve y at times t [h]; times come in hours, clearance in L/h for y in ng/mL.

        beside: ventilation at the same times, where the measure asks for it.
        """
        at = [float(np.interp(time, t, y)) for time in self.times]
        match self.form:
            case "at":
                return at[0]
            case "ratio":
                return over(at[0], at[1])
            case "fallen":
                assert beside is not None
                return _where_fallen(y, beside, float(self.parts[0]) / 100.0)
            case "half-life":
                fallen = over(at[0], at[1])
                return over(np.log(2) * (self.times[1] - self.times[0]), float(np.log(fallen)) if fallen > 0 else 0.0)
            case "area":
                return float(np.trapezoid(y, t))
            case "clearance":
                return over(sum(d.milligrams() * d.times for d in doses) * 1000.0, float(np.trapezoid(y, t)))
            case "since":
                return self._since(t, y)
            case "change":
                return (at[0] - at[1]) * self._sign
            case "left" | "half" | "fallen for":
                return self._fall(t, y, at)
            case "above" | "last":
                return self._held(t, y)
        return self._extreme(t, y, at)

    def unit(self, of: str) -> str:
        """The unit of the number, from a curve whose unit is `of`: hours, an area of it, one of its own, or none."""
        if self.form in ("ratio", "lowest ratio", "left"):
            return ""
        if self.gives == "time":
            return "h"
        return {"area": f"{of} h" if of else "h", "clearance": "L/h"}.get(self.form, of)

    @property
    def _sign(self) -> float:
        return 1.0 if self.parts[0] == "rise" else -1.0

    def _extreme(self, t, y, at) -> float:
        """The peak, the lowest, the largest change from a time, or the mean, of the part of the curve that is named."""
        match self.form:
            case "lowest ratio":
                return over(float(y[t >= (self.times[0] if len(self.times) > 1 else 0.0)].min()), at[-1])
            case "largest":
                return float((self._sign * (y[t >= self.times[0]] - at[0])).max())
            case "mean":
                inside = (t >= self.times[0]) & (t <= self.times[1])
                return over(
                    float(np.trapezoid(y[inside], t[inside])), float(np.ptp(t[inside])) if inside.any() else 0.0
                )
        return self._peak(t, y, -1.0 if self.form == "lowest" else 1.0)

    def _held(self, t, y) -> float:
        """The time above a level, until it is crossed for the last time; or the last of the named times until which it is held."""
        if self.form == "last":
            kept = np.cumprod(y >= float(self.parts[-1]))
            return float(t[int(kept.sum()) - 1]) if kept[0] else 0.0
        above = np.flatnonzero(y >= float(self.parts[0]))
        return _crossing(t, y, above[-1], float(self.parts[0])) if len(above) else 0.0

    def _since(self, t, y) -> float:
        """Hours after the named time; nan if the level is never reached."""
        _, _, which, level = self.parts
        t, y = t[t >= self.times[0]] - self.times[0], y[t >= self.times[0]]
        if which is None:
            return float(t[y.argmax()])
        above = np.flatnonzero(y >= float(level))
        if not len(above):
            return float("nan")
        return _crossing(t, y, above[-1], float(level)) if which == "last" else float(t[above[0]])

    def _fall(self, t, y, at) -> float:
        """What is left of the largest fall, nan where there is none; or hours from the named time: until half of it is
        there, or until the last time the fall is as large as named, 0 where it never is."""
        start = self.times[0]
        t, fall = t[t >= start] - start, at[0] - y[t >= start]
        most = float(fall.max())
        if self.form == "fallen for":
            there = np.flatnonzero(fall >= float(self.parts[0]))
            return _crossing(t, fall, there[-1], float(self.parts[0])) if len(there) else 0.0
        if most <= 0.0:
            return float("nan")
        return (at[0] - at[1]) / most if self.form == "left" else float(t[np.flatnonzero(fall >= most / 2.0)[0]])

    def share_at(self, t: np.ndarray, values: np.ndarray) -> float:
        """The share of people, rows of `values`, at or above the level at the time."""
        return float(np.mean([np.interp(self.times[0], t, row) >= float(self.parts[0]) for row in values]))

    def share(self, values: np.ndarray) -> float:
        """The share of people with the end that the measure names; `values` of each person."""
        side, level = self.parts
        met = values != 0 if side is None else values < float(level) if side == "under" else values >= float(level)
        return float(np.mean(met))

    def _peak(self, t, y, sign: float = 1.0) -> float:
        """The largest of y, or the lowest (sign -1), or its time [h], within the part of the curve
        that the measure names.
        """
        wants_time, side, _ = self.parts
        inside = (
            np.ones(len(t), bool) if side is None else t >= self.times[0] if side == "after" else t <= self.times[0]
        )
        best = np.flatnonzero(inside)[(sign * y[inside]).argmax()]
        return float(t[best] if wants_time else y[best])


def over(number: float, by: float) -> float:
    """A quotient; nan where there is nothing to divide by, so that it lies within no bounds."""
    return number / by if by else float("nan")


def _crossing(t, y, last: int, level: float) -> float:
    """The time [h] at which y falls through a level behind its last point above it, by a straight
    line; the last time if it never does.
    """
    if last + 1 == len(t):
        return float(t[last])
    return float(t[last] + (y[last] - level) / (y[last] - y[last + 1]) * (t[last + 1] - t[last]))


def _where_fallen(y, ventilation, share: float) -> float:
    """y where ventilation first has fallen by this share of its start, by a straight line between
    times; nan where it never does.
    """
    left = ventilation / ventilation[0] - (1.0 - share)
    under = np.flatnonzero(left <= 0.0)
    if not len(under):
        return float("nan")
    k = int(under[0])
    return float(y[k] + left[k] / (left[k - 1] - left[k]) * (y[k] - y[k - 1]))
