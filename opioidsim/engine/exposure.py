"""Exposure: peak, its time, trough, end and area of a curve, from looks of its own, whatever the output spacing.

A peak read off daily outputs would change with `every`. So a course is marched once more, with
looks that follow its own bends: close after each dose, wider with the time since. Between looks a
curve is smooth, and a polynomial through a few of them finds what lies between; across a dose
nothing is smooth, and each piece between events is treated by itself.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from opioidsim.engine import clock

FIRST = 2.0**-8  # hours from a dose to the first look, 14 s: the march's first step
OCTAVE = (
    1.0,
    1.25,
    1.5,
    1.75,
)  # looks between a time after a dose and twice that time, each a single step of the march
COARSEST = 2.0**-8  # of the whole course: no two looks lie further apart
ALIKE = 1e-9  # peaks that differ by less are one: the first of them is it
MOST = 100_000  # looks; thinned where there are so many doses


class Exposure(NamedTuple):
    """What is said of one quantity of a course, each of shape (people,).

    peak, trough: highest and lowest value, in the quantity's unit. time_of_peak: [h], of the first
    of equal peaks. end: the last value. area: under the curve, in the unit times h. half_life: [h], in which
    the value halves at the end, by its last two looks; nan where it does not fall there.
    """

    peak: np.ndarray
    time_of_peak: np.ndarray
    trough: np.ndarray
    end: np.ndarray
    area: np.ndarray
    half_life: np.ndarray


def columns(found: dict[str, Exposure]) -> dict[str, np.ndarray]:
    """The exposures of a chunk as columns, "quantity: peak" and so on."""
    return {f"{name}: {of}": value for name, each in found.items() for of, value in each._asdict().items()}


def joined(parts: list[dict[str, np.ndarray]], names, total: int) -> dict[str, Exposure]:
    """The exposures of all people to these quantities, from the columns of their chunks."""
    return {
        name: Exposure(*(np.concatenate([part[f"{name}: {of}"] for part in parts])[:total] for of in Exposure._fields))
        for name in names
    }


def looks(events, end: float, closest: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
    """Times [h] from 0 to `end` at which a course is looked at, and which of them are events: doses and infusion edges.

    They grow with the time since the last event, four to each doubling, to at most `closest` [h]
    and a 256th of the course, and know nothing of the outputs. All are multiples of the march's own
    steps, so that a look costs a step and not a run of short ones. Where a regimen has very many
    doses, looks are thinned evenly.
    """
    given = clock.ticks([at for at in events if at < end])
    marks = np.unique(np.concatenate([clock.ticks([0.0, end]), given]))
    widest = 2.0 ** np.floor(np.log2(min(max(end * COARSEST, FIRST), closest)))
    longest = float(np.diff(marks).max(initial=0)) * clock.TICK
    octaves = FIRST * 2.0 ** np.arange(max(np.ceil(np.log2(max(longest / FIRST, 1.0))), 0.0) + 1.0)
    grown = np.outer(octaves, OCTAVE).ravel()
    grown = grown[: 1 + np.count_nonzero(np.diff(grown) <= widest)]
    after = np.concatenate([grown, np.arange(grown[-1] + widest, longest + widest, widest)])
    after = clock.ticks(after[:: 1 + len(after) * len(marks) // MOST])
    inner = [begin + after[after < stop - begin] for begin, stop in pairwise(marks)]
    times = np.unique(np.concatenate([marks, *inner]))
    return times * clock.TICK, np.isin(times, given)


def doubled(series: np.ndarray, events: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The series (looks, ...) with the value right after each event, `after`, behind the one right before it.

    A dose makes a jump; with both sides of it in the series the pieces between events have their
    true ends.
    """
    return np.insert(series, np.flatnonzero(events) + 1, after, axis=0)


def of(times: np.ndarray, values: np.ndarray, area: np.ndarray | None = None) -> Exposure:
    """The exposure of a curve: times (looks,) with each event twice, before and after; values (looks, people).

    The first of equal peaks counts: at steady state rounding would otherwise choose among the
    doses. Between looks the peak is that of the quartic through five about the highest. area: where
    it is known exactly; otherwise it is that of cubics between the events.
    """
    highest = values.max(0)
    top = (values >= highest - ALIKE * np.abs(highest)).argmax(0)
    peak, at = _refined(times, values, top)
    area = _area(times, values) if area is None else area
    return Exposure(peak, at, values.min(0), values[-1], area, halving(times[-2:], values[-2:]))


def halving(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Hours in which a value halves that falls so from the one time [h] to the other, (people,); nan where it does not fall.

    times: (2,); values: (2, people).
    """
    falls = (values[0] > values[-1]) & (values[-1] > 0.0)
    share = np.where(falls, values[0], 2.0) / np.where(falls, values[-1], 1.0)
    return np.where(falls, (times[-1] - times[0]) * np.log(2.0) / np.log(share), np.nan)


def _refined(times: np.ndarray, values: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height and time of the peak about the highest look of each person, (people,) each. top: the
    index of that look, (people,).

    The quartic goes through five looks of the same piece, about the highest, and is read at 129
    times between its neighbours. In a piece of fewer looks the highest look itself is the peak, as
    it is where the quartic nowhere lies above it.
    """
    people, fine = np.arange(values.shape[1]), np.linspace(0.0, 1.0, 129)[:, None]
    edges = np.append(np.flatnonzero(np.diff(times) == 0.0) + 1, len(times))
    piece = np.searchsorted(edges, top, side="right")
    first, last = np.append(0, edges)[piece], edges[piece] - 1
    near = np.clip(top - 2, first, np.maximum(last - 4, first)) + np.arange(5)[:, None]
    smooth = last - first >= 4
    near = np.where(smooth, near, np.arange(5)[:, None] if len(times) >= 5 else 0)
    t, y = times[near], values[near, people]
    left, right = times[np.maximum(top - 1, first)], times[np.minimum(top + 1, last)]
    when = left + (right - left) * fine
    curve = np.zeros(when.shape)
    for i in range(5 if smooth.any() else 0):
        others = [j for j in range(5) if j != i]
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = curve + y[i] * np.prod([(when - t[j]) / (t[i] - t[j]) for j in others], axis=0)
    found, moment = values[top, people], times[top]
    if not smooth.any():
        return found, moment
    best = np.nan_to_num(curve, nan=-np.inf).argmax(0)
    higher = smooth & (curve[best, people] > found)
    return np.where(higher, curve[best, people], found), np.where(higher, when[best, people], moment)


def _area(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """By a cubic between each two looks, with the slopes of the parabola through three; none of them across an event.

    h (y0 + y1) / 2 + h^2 (y0' - y1') / 12 for each interval (Hermite): the trapezoid and what the
    curve bends beside it. values (looks, people); returns (people,).
    """
    if len(times) < 3:
        return np.trapezoid(values, times, axis=0)
    h = np.diff(times)[:, None]
    s = np.diff(values, axis=0) / np.where(h > 0.0, h, 1.0)
    h0, h1, s0, s1 = h[:-1], h[1:], s[:-1], s[1:]
    both = (h0 > 0.0) & (h1 > 0.0)
    bend = np.where(both, s1 - s0, 0.0) / np.where(both, h0 + h1, 1.0)  # half the second derivative, at inner looks
    leaves = np.concatenate([s[:1] - h[:1] * bend[:1], np.where(both, s1 - h1 * bend, s1 - h1 * np.roll(bend, -1, 0))])
    leaves[-1] = np.where(both[-1], leaves[-1], s[-1])
    comes = np.concatenate([np.where(both, s0 + h0 * bend, s0 + h0 * np.roll(bend, 1, 0)), s[-1:] + h[-1:] * bend[-1:]])
    comes[0] = np.where(both[0], comes[0], s[0])
    return (h * (values[:-1] + values[1:]) / 2.0 + h**2 * (leaves - comes) / 12.0).sum(0)


def integral(a: np.ndarray, gained: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The integral of x over time of x' = A x with doses on the way, (blocks, m, people): A times it
    is what x has gained beyond what the doses added.

    a: (blocks, m, m, people) [1/h]; gained: (blocks, m, people) [nmol]; held: the same integral of
    compartments that nothing leaves (pumps), which that equation cannot know. So areas of
    concentrations are exact to rounding, whatever the looks.
    """
    still = ~np.any(a, axis=2)
    matrix = np.where(still[:, :, None], np.eye(a.shape[1])[None, :, :, None], a)
    side = np.where(still, held, gained)
    found = np.linalg.solve(np.moveaxis(matrix, -1, 1), np.moveaxis(side, -1, 1)[..., None])[..., 0]
    return np.moveaxis(found, 1, -1)
