"""Individuals -> arrays: everything that happens to everybody, one row each, in the order in which it happens.

What cancels what is settled here, person by person and before there are any numbers: a reset, and a steady state that clears,
take away what runs and what is still to come of earlier rows (NONMEM's rule). Times are ticks of the course clock.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from opioidsim.cases.dose import STEADY, Dose
from opioidsim.cases.dosing import Individual
from opioidsim.engine import clock
from opioidsim.engine.layout import Layout

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int


KINDS = (np.int64, int, float, bool, bool, float, float)  # of the columns of `Happenings` behind the person


class Happenings(NamedTuple):
    """Rows by person, then time, then order. person: an index. tick: when. input: see `Body.entry`; -1 of a reset.

    amount: what is added, in mg (per kg where `per_kg`), or mg/h at an infusion's edge, negative at its end. clears: whether
    all is taken away first. cycle: of a row that stands for doses without beginning, the hours from one to the next (infinite:
    an infusion that has run for ever); 0 of a dose. over: how long each of those ran [h].
    """

    person: Int[np.ndarray, " rows"]
    tick: Int[np.ndarray, " rows"]
    input: Int[np.ndarray, " rows"]
    amount: Float[np.ndarray, " rows"]
    per_kg: Bool[np.ndarray, " rows"]
    clears: Bool[np.ndarray, " rows"]
    cycle: Float[np.ndarray, " rows"]
    over: Float[np.ndarray, " rows"]

    def of(self, people: np.ndarray) -> Happenings:
        """The rows of these people, by index, renumbered from 0; one may stand several times."""
        begins = np.searchsorted(self.person, people)
        counts = np.searchsorted(self.person, people, "right") - begins
        rows = np.repeat(begins - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        return Happenings(np.repeat(np.arange(len(people)), counts), *(column[rows] for column in self[1:]))

    def where(self, which: np.ndarray) -> Happenings:
        """Some of the rows."""
        return Happenings(*(column[which] for column in self))


def happenings(individuals: tuple[Individual, ...], plan: Layout) -> Happenings:
    """Everything that happens to these people."""
    number = {key: i for i, key in enumerate(plan.inputs)}
    parts = [_of_one(who, one, number) for who, one in enumerate(individuals)]
    return Happenings(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _of_one(who: int, one: Individual, number: dict) -> Happenings:
    """What happens to one person, in order; what a later row of the same time clears is left out."""
    ends = _clearings(one)
    rows = [(tick, order, -1, 0.0, False, True, 0.0, 0.0) for tick, order in ends]
    for k, dose in enumerate(one.doses):
        begin = int(clock.ticks(dose.at))
        until = min((tick for tick, order in ends if (tick, order) > (begin, 2 * k)), default=np.inf)
        rows += _of_dose(dose, 2 * k + 1, until, number)
    rows.sort(key=lambda row: row[:2])
    cleared = {tick: order for tick, order in ends}  # the last clearing of each time
    rows = [row for row in rows if row[1] >= cleared.get(row[0], -1)]
    columns = zip(*(row[:1] + row[2:] for row in rows), strict=True) if rows else [()] * len(KINDS)
    typed = (np.array(column, kind) for column, kind in zip(columns, KINDS, strict=True))
    return Happenings(np.full(len(rows), who), *typed)


def _clearings(one: Individual) -> list[tuple[int, int]]:
    """(tick, order) of everything that clears, ascending; dose number k has the order 2 k + 1, and what comes before it 2 k."""
    resets = [(int(clock.ticks(at)), 2 * before) for at, before in one.resets]
    steady = [(int(clock.ticks(d.at)), 2 * k) for k, d in enumerate(one.doses) if d.steady == STEADY]
    return sorted({*resets, *steady})


def _of_dose(dose: Dose, order: int, until: float, number: dict) -> Iterator[tuple]:
    """The rows of a dose and its followers up to the tick at which all is cleared: steady past, doses, edges of infusions."""
    key = number[dose.drug, dose.route, dose.over > 0]
    milligrams, per_kg = dose.milligrams(1.0), dose.unit.endswith("/kg")
    length = max(int(clock.ticks(dose.over)), 1) if dose.over else 0
    amount = milligrams / (length * clock.TICK) if dose.over else milligrams
    begins = clock.ticks(dose.at + dose.every * np.arange(dose.times))
    first = int(clock.ticks(dose.at))
    if dose.steady and first < until:
        cycle = dose.every or np.inf
        yield first, order, key, amount, per_kg, False, cycle, length * clock.TICK
        running = int(np.ceil(dose.over / dose.every - 1e-9)) if dose.every else 1
        for k in range(1, running):
            yield from _edge(first + length - round(k * dose.every / clock.TICK), order, key, -amount, per_kg, until)
    for begin in begins[begins < until].tolist():
        yield begin, order, key, amount, per_kg, False, 0.0, 0.0
        if length:
            yield from _edge(begin + length, order, key, -amount, per_kg, until)


def _edge(tick: int, order: int, key: int, amount: float, per_kg: bool, until: float) -> Iterator[tuple]:
    """The end of an infusion, unless all was cleared by then. Ends come before what begins at that time."""
    if tick < until:
        yield tick, -1, key, amount, per_kg, False, 0.0, 0.0
