"""Exposures where each person has a regimen of their own: looked at as the march passes, between the steps of each."""

import numpy as np

from opioidsim.engine import clock, observing, own_clock, own_course
from opioidsim.engine.course import State
from opioidsim.engine.exposure import ALIKE, Exposure, halving
from opioidsim.engine.exposure import COARSEST as LATE
from opioidsim.engine.history import Walk
from opioidsim.engine.own_clock import Stretch, Wanted
from opioidsim.engine.own_course import Regimens

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
        middle = (stretch.begin + stretch.end) // 2
        rows = np.tile(np.arange(len(middle))[:, None], middle.shape[1])
        inside = self._inside(walk, want, stretch, middle, rows)
        ends = (State(*map(np.asarray, each)) for each in (stretch.before, stretch.after))
        begin, end, half = (observing.observe(walk, s, self.wanted) for s in (*ends, inside))
        hours = (stretch.end - stretch.begin) * clock.TICK
        for name in self.wanted:
            y = [np.asarray(part[name]) for part in (begin, half, end)]
            self.area[name] += (hours / 6.0 * (y[0] + 4.0 * y[1] + y[2])).sum(0)
            self.trough[name] = np.minimum(self.trough[name], np.min([part.min(0) for part in y], 0))
            self._highest(name, np.concatenate(y), np.concatenate([stretch.begin, middle, stretch.end]))
            low, high = self._around(name, stretch)
            for _ in range(2):
                low, high = self._closer(name, walk, want, stretch, low, high)

    def _inside(self, walk: Walk, want: Wanted, stretch: Stretch, ticks: np.ndarray, which: np.ndarray) -> State:
        """The states at these ticks, (times, people), with zeros where nothing is wanted."""
        found = own_clock.looked_up(walk.body, want, stretch, ticks, which)
        x = np.zeros((len(ticks), *walk.body.a.shape[:2], ticks.shape[1]))
        x[:, want.block, want.row] = found.x
        return State(x, found.bound)

    def _highest(self, name: str, values: np.ndarray, ticks: np.ndarray) -> None:
        """Keeps the highest of these values, (looks, people), the first of equal ones; in any order."""
        top = values.max(0)
        alike = values >= top - ALIKE * np.abs(top)
        when = np.where(alike, ticks, np.iinfo(np.int64).max).min(0)
        higher = top > self.peak[name] + ALIKE * np.abs(top)
        self.peak[name] = np.where(higher, top, self.peak[name])
        self.at[name] = np.where(higher, when * clock.TICK, self.at[name])

    def _around(self, name: str, stretch: Stretch) -> tuple[np.ndarray, np.ndarray]:
        """The steps beside the highest value so far, as far as they lie in this stretch: (from, to) [ticks]."""
        at = np.clip(clock.ticks(self.at[name]), stretch.begin[0], stretch.end[-1])[None]
        last = len(stretch.end) - 1
        before = np.minimum(own_clock.falls_in(stretch.end, at), last)
        after = np.minimum(own_clock.falls_in(stretch.end, at + 1), last)
        low, high = (np.take_along_axis(x, i, 0)[0] for x, i in ((stretch.begin, before), (stretch.end, after)))
        return np.minimum(low, at[0]), np.maximum(high, at[0])

    def _closer(
        self, name: str, walk: Walk, want: Wanted, stretch: Stretch, low, high
    ) -> tuple[np.ndarray, np.ndarray]:
        """Looks FINE times between two times, and returns those beside the highest found."""
        ticks = np.linspace(low, high, FINE + 1).astype(np.int64)
        found = self._inside(walk, want, stretch, ticks, own_clock.falls_in(stretch.end, ticks))
        self._highest(name, np.asarray(observing.observe(walk, found, (name,))[name]), ticks)
        at, width = clock.ticks(self.at[name]), (high - low) // FINE
        return np.clip(at - width, low, high), np.clip(at + width, low, high)


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
