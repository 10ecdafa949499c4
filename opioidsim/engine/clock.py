"""The course clock's time grid: every dose, infusion edge and output lands on a step; steps grow after each event.

Step lengths are powers of two of an hour. A step's matrix is expm(A h), dear to compute and
different for each person; with powers of two only some fifteen lengths occur in months of doses,
and each matrix is the square of the one before. What a step costs is then one product of matrix and
vector.

Times are whole multiples of the shortest length, 2^-28 h (13 microseconds). Whole numbers compare
exactly: a dose and an output at the same time are one time, whatever sums of hours led to them.

Steps are short after an event because concentrations bend there, and receptors with them. Kinetics
are exact for a step of any length; the steps are as short as the receptor needs them.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Int

TICK = 2.0**-28  # hours
FIRST = 20  # the step right after an event is 2^20 ticks, 14 s; four times that puts naloxone iv off by 0.015
LONGEST = 30  # 2^30 ticks, 4 h
COARSE = 16  # steps shorter than 2^16 ticks (1 s) are prepared only for grids that have them
GROWTH = 0.25  # a step is at most this share of the time since the last event


class Grid(NamedTuple):
    """A march: for each step its length, what happens before it, and where its end is written; each (steps,).

    level: the step is 2^level ticks long; -1 marks a step of no length, which only hands on an
    event or pads.
    event: the number of the event that comes before the step, from 1 on; 0 where nothing happens.
    slot: the index of the first output time that is not before the step's end. Steps on the way to
    an output write into its slot too; the last to write is the one that ends on it.
    """

    level: Int[np.ndarray, " steps"]  # -1: a step of no length, for padding
    event: Int[np.ndarray, " steps"]  # 0: nothing happens
    slot: Int[np.ndarray, " steps"]  # the index of the first output time not before the step's end


def ticks(hours) -> np.ndarray:
    """Times [h] as whole numbers of ticks, to the nearest."""
    return np.rint(np.asarray(hours, float) / TICK).astype(np.int64)


_finer = 0  # how often more than asked every step is halved; see `finer`


@contextmanager
def finer(times: int = 1) -> Iterator[None]:
    """Within it every step of courses and episodes is halved so many times more, whatever is asked and by whom: two answers, one
    of them from within, tell what the numerics move. Of one process; not to be used by two threads at once."""
    global _finer
    before, _finer = _finer, _finer + times
    try:
        yield
    finally:
        _finer = before


def halvings(refine: int) -> int:
    """How often every step is halved, of somebody who asks for `refine`."""
    return refine + _finer


def grid(events, outputs, refine: int = 0, first: int = FIRST, growth: float = GROWTH) -> Grid:
    """Steps from time 0 to the last output.

    events: times of doses and infusion edges [h], ascending; event number k is the k-th (from 1).
    outputs: output times [h], ascending, each its own slot; slot 0 is time 0 when outputs[0] == 0.
    refine: halve every step so many times. first, growth: of the steps after an event, where fewer
    suffice.

    A step is the largest power of two that is no longer than `growth` times the time since the last
    event, and that does not pass the next mark. An output that is no binary fraction of an hour is
    therefore met by a run of ever shorter steps, which costs up to ten times as much. Several
    events at one instant are put in one after the other, by steps of no length. Events at or after
    the last output have no step. The last few grids are kept: every chunk of people asks for the same.
    """
    return _grid(ticks(events).tobytes(), ticks(outputs).tobytes(), halvings(refine), first, growth)


@lru_cache(maxsize=16)
def _grid(events: bytes, outputs: bytes, refine: int, first: int, growth: float) -> Grid:
    """`grid` of these ticks, halved so often."""
    at, out = (np.frombuffer(each, np.int64) for each in (events, outputs))
    end = int(out[-1])
    marks = np.unique(np.concatenate([[0], at[at < end], out]))
    when: dict[int, list[int]] = {}
    for number, tick in enumerate(at.tolist(), 1):
        when.setdefault(tick, []).append(number)
    slots = np.searchsorted(out, marks[1:], side="left")
    level, event, slot = [], [], []
    last = 0
    for start, stop, into in zip(marks[:-1].tolist(), marks[1:].tolist(), slots.tolist(), strict=True):
        waiting = when.get(start, [])
        if waiting:
            last = start
        for number in waiting[:-1]:  # several at one instant: all but the last with a step of no length
            level.append(-1)
            event.append(number)
            slot.append(into)
        now, number = start, waiting[-1] if waiting else 0
        while now < stop:
            most = int(max(2**first, growth * (now - last)))
            size = min(most.bit_length() - 1, LONGEST, (stop - now).bit_length() - 1)
            level.append(size)
            event.append(number)
            slot.append(into)
            now, number = now + (1 << size), 0
    found = halved(Grid(np.array(level, np.int32), np.array(event, np.int32), np.array(slot, np.int32)), refine)
    for each in found:
        each.setflags(write=False)  # it is everybody's
    return found


def halved(steps: Grid, times: int) -> Grid:
    """The grid with every step cut into 2^times equal ones; those of less than 2^times ticks, a matter
    of milliseconds, stay.

    An event comes before the first part of its step; every part leads to the same slot. Two runs,
    one of them halved, tell what the numerics move: nothing else differs between them.
    """
    fewer = np.where(steps.level >= times, times, 0).astype(np.int32)
    parts = 2**fewer
    event = np.zeros(parts.sum(), np.int32)
    event[np.cumsum(parts) - parts] = steps.event
    return Grid(np.repeat(steps.level - fewer, parts), event, np.repeat(steps.slot, parts))


def padded(steps: Grid, multiple: int = 256) -> Grid:
    """The grid with steps of no length behind it, up to a multiple of so many.

    The march is compiled for a number of steps; padded, regimens of similar length share one
    compiled march. The steps of the tail move nothing, bring no event and write the last state once
    more into the last slot.
    """
    missing = -len(steps.level) % multiple
    last = steps.slot[-1] if len(steps.slot) else 0
    return Grid(
        np.concatenate([steps.level, np.full(missing, -1, np.int32)]),
        np.concatenate([steps.event, np.zeros(missing, np.int32)]),
        np.concatenate([steps.slot, np.full(missing, last, np.int32)]),
    )


def pieces(grid: Grid, steps: int, events: int) -> Iterator[Grid]:
    """The grid in pieces of at most so many steps and events, each padded to so many steps."""
    brings, begin = np.flatnonzero(grid.event), 0
    while begin < len(grid.level):
        too_many = brings[np.searchsorted(brings, begin) :][events:]
        end = min(begin + steps, *too_many[:1].tolist(), len(grid.level))
        yield padded(Grid(*(column[begin:end] for column in grid)), steps)
        begin = end


def levelled(grid: Grid, lowest: int | None = None) -> tuple[int, Grid]:
    """The lowest level to prepare, and the padded grid with its levels counted from there.

    Most grids have no step under a second: then no matrix is prepared for shorter ones, and there
    are half as many. lowest: where the matrices exist already and the grid has to fit them.
    """
    used = grid.level[grid.level >= 0]
    if lowest is None:
        lowest = COARSE if not len(used) or used.min() >= COARSE else 0
    grid = padded(grid)
    return lowest, grid._replace(level=np.where(grid.level < 0, -1, grid.level - lowest).astype(np.int32))
