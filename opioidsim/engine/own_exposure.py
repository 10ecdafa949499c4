"""Exposures where each person has a regimen of their own: looked at as the march passes, between the steps of each."""

import numpy as np

from opioidsim.engine import clock, observing, own_course, own_look
from opioidsim.engine.course import State
from opioidsim.engine.exposure import ALIKE, Exposure, halving
from opioidsim.engine.exposure import COARSEST as LATE
from opioidsim.engine.history import Walk
from opioidsim.engine.own_clock import Stretch
from opioidsim.engine.own_course import Regimens
from opioidsim.engine.own_look import Wanted

FINE = 16  # looks between the steps beside the highest; twice, so that a peak is found to a hundredth of a step


class _Kept:
    """What has been seen so far of some quantities of a chunk: highest and lowest value, and the area."""

    def __init__(self, wanted: tuple[str, ...], people: int):
        self.wanted = wanted
        self.peak = {name: np.full(people, -np.inf) for name in wanted}
        self.at = {name: np.zeros(people) for name in wanted}
        self.trough = {name: np.full(people, np.inf) for name in wanted}
        self.area = {name: np.zeros(people) for name in wanted}

    def see(self, walk: Walk, want: Wanted, stretch: Stretch) -> None:
        """A stretch of the march: its steps' ends and middles, and closer about the highest."""
        stretch = stretch._replace(ends=np.asarray(stretch.ends))
        first, last = stretch.ends[:-1], stretch.ends[1:]
        middle = (first + last) // 2
        inside = self._inside(walk, want, stretch, middle)
        whole = observing.observe(walk, State(*map(np.asarray, stretch.states)), self.wanted)
        half = observing.observe(walk, inside, self.wanted)
        hours = (last - first) * clock.TICK
        for name in self.wanted:
            y = [np.asarray(whole[name])[:-1], np.asarray(half[name]), np.asarray(whole[name])[1:]]
            self.area[name] += (hours / 6.0 * (y[0] + 4.0 * y[1] + y[2])).sum(0)
            self.trough[name] = np.minimum(self.trough[name], np.min([part.min(0) for part in y], 0))
            value, at = _highest(np.concatenate(y), np.concatenate([first, middle, last]))
            low, high = _around(stretch, at)
            for _ in range(2):
                value, at, low, high = self._closer(name, walk, want, stretch, (value, at, low, high))
            higher = value > self.peak[name] + ALIKE * np.abs(value)
            self.peak[name] = np.where(higher, value, self.peak[name])
            self.at[name] = np.where(higher, at * clock.TICK, self.at[name])

    def _inside(self, walk: Walk, want: Wanted, stretch: Stretch, ticks: np.ndarray) -> State:
        """The states at these ticks, (times, people), with zeros where nothing is wanted."""
        found = own_look.looked_up(walk.body, want, stretch, ticks)
        x = np.zeros((len(ticks), *walk.body.a.shape[:2], ticks.shape[1]))
        x[:, *np.asarray(want.shown).T] = found.x
        return State(x, found.bound)

    def _closer(self, name: str, walk: Walk, want: Wanted, stretch: Stretch, found: tuple) -> tuple:
        """(highest value, its tick, and the ticks about it) after looks FINE times between the ticks about the highest so far."""
        value, at, low, high = found
        ticks = np.linspace(low, high, FINE + 1).astype(np.int64)
        states = self._inside(walk, want, stretch, ticks)
        seen = np.asarray(observing.observe(walk, states, (name,))[name])
        value, at = _highest(np.concatenate([value[None], seen]), np.concatenate([at[None], ticks]))
        width = (high - low) // FINE
        return value, at, np.clip(at - width, low, high), np.clip(at + width, low, high)


def _highest(values: np.ndarray, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest of these values and its tick, (people,) each, the first of equal ones. values: (looks, people), in any order."""
    top = values.max(0)
    alike = values >= top - ALIKE * np.abs(top)
    return top, np.where(alike, ticks, np.iinfo(np.int64).max).min(0)


def _around(stretch: Stretch, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The steps of a stretch beside these ticks: (from, to) [ticks]. at: (people,)."""
    begin, end = stretch.ends[:-1], stretch.ends[1:]
    before, after = (np.minimum(own_look.falls_in(end, when[None]), len(end) - 1) for when in (at, at + 1))
    low, high = (np.take_along_axis(x, i, 0)[0] for x, i in ((begin, before), (end, after)))
    return np.minimum(low, at), np.maximum(high, at)


def of_chunk(own: Regimens, wanted: tuple[str, ...], refine: int, people: range) -> dict[str, Exposure]:
    """The exposures of these people to these quantities, which the state alone gives."""
    kept, end = _Kept(wanted, len(people)), own.given.duration
    ends = np.array([0.0, end * (1.0 - LATE), end])
    found = own_course.followed(own, people, ends, refine, kept.see, wanted)
    seen = found.seen(lambda walk, states: observing.observe(walk, states, wanted))
    return {
        name: Exposure(
            kept.peak[name],
            kept.at[name],
            np.minimum(kept.trough[name], value[0]),
            value[2],
            kept.area[name],
            halving(ends[1:], value[1:]),
        )
        for name, value in seen.items()
    }
