"""Individuals -> arrays: everything that happens to everybody, one row each, in the order in which it happens.

What cancels what is settled here, person by person and before there are any numbers: a reset, and a steady state that clears,
take away what runs and what is still to come of earlier rows (NONMEM's rule). Times are ticks of the course clock.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from opioidsim.cases.dose import STEADY
from opioidsim.cases.dosing import Individual
from opioidsim.engine import clock
from opioidsim.engine.layout import Layout

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int


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


class Given(NamedTuple):
    """Every dose of every person, (doses,) each: whose, its place in the row of that person's doses, what it adds and how.

    first, length: ticks; length 0 of a dose at once. every [h]. until: the tick at which its followers are cancelled.
    """

    person: Int[np.ndarray, " doses"]
    place: Int[np.ndarray, " doses"]
    input: Int[np.ndarray, " doses"]
    amount: Float[np.ndarray, " doses"]
    per_kg: Bool[np.ndarray, " doses"]
    first: Int[np.ndarray, " doses"]
    length: Int[np.ndarray, " doses"]
    every: Float[np.ndarray, " doses"]
    times: Int[np.ndarray, " doses"]
    steady: Bool[np.ndarray, " doses"]
    until: Int[np.ndarray, " doses"]


def happenings(individuals: tuple[Individual, ...], plan: Layout) -> Happenings:
    """Everything that happens to these people."""
    number = {key: i for i, key in enumerate(plan.inputs)}
    given = _given(individuals, number)
    parts = [_doses(given), *_pasts(given), _clearings(individuals)]
    rows, order = (list(each) for each in zip(*parts, strict=True))
    found = Happenings(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    order = np.concatenate(order)
    sorted_ = np.lexsort((order, found.tick, found.person))
    return found.where(sorted_[_kept(found.where(sorted_), order[sorted_])])


def _kept(rows: Happenings, order: np.ndarray) -> np.ndarray:
    """Which rows no later one of the same moment clears."""
    last = {(int(rows.person[i]), int(rows.tick[i])): int(order[i]) for i in np.flatnonzero(rows.clears)}
    kept = np.ones(len(order), bool)
    for (person, tick), at in last.items():
        mine = slice(*np.searchsorted(rows.person, [person, person + 1]))
        kept[mine] &= (rows.tick[mine] != tick) | (order[mine] >= at)
    return np.flatnonzero(kept)


def _given(individuals: tuple[Individual, ...], number: dict) -> Given:
    """The doses of these people as arrays, with what cancels them."""
    far = np.iinfo(np.int64).max
    rows = [
        (who, k, number[d.drug, d.route, d.over > 0], d.milligrams(1.0), d.unit.endswith("/kg"), d.at, d.over, d.every, d.times,
         d.steady > 0, far)
        for who, one in enumerate(individuals) for k, d in enumerate(one.doses)
    ]  # fmt: skip
    person, place, input, amount, per_kg, at, over, every, times, steady, until = map(np.array, zip(*rows, strict=True))
    length = np.where(over > 0, np.maximum(clock.ticks(over), 1), 0)
    amount = np.where(length > 0, amount / np.maximum(length * clock.TICK, clock.TICK), amount)
    found = Given(person, place, input, amount, per_kg, clock.ticks(at), length, every, times, steady, until)
    for who, one in enumerate(individuals):
        ends = _ends(one)
        for k in np.flatnonzero(person == who) if ends else ():
            later = [tick for tick, order in ends if (tick, order) > (found.first[k], 2 * place[k])]
            until[k] = min(later, default=far)
    return found


def _ends(one: Individual) -> list[tuple[int, int]]:
    """(tick, order) of everything that clears, ascending; dose number k has the order 2 k + 1, and what comes before it 2 k."""
    resets = [(int(clock.ticks(at)), 2 * before) for at, before in one.resets]
    steady = [(int(clock.ticks(d.at)), 2 * k) for k, d in enumerate(one.doses) if d.steady == STEADY]
    return sorted({*resets, *steady})


def _clearings(individuals: tuple[Individual, ...]) -> tuple[Happenings, np.ndarray]:
    """The rows that clear, and their order."""
    found = [(who, tick, order) for who, one in enumerate(individuals) for tick, order in _ends(one)]
    person, tick, order = np.array(found, np.int64).reshape(-1, 3).T
    none, flags = np.zeros(len(found)), np.zeros(len(found), bool)
    return Happenings(person, tick, np.full(len(found), -1), none, flags, ~flags, none, none), order


def _rows(given: Given, which: np.ndarray, tick: np.ndarray, sign: float = 1.0) -> Happenings:
    """Rows that add what these doses do, at these ticks; those that are cancelled by then are left out."""
    kept = tick < given.until[which]
    which, tick = which[kept], tick[kept]
    none = np.zeros(len(which))
    return Happenings(
        given.person[which],
        tick,
        given.input[which],
        sign * given.amount[which],
        given.per_kg[which],
        none > 0,
        none,
        none,
    )


def _joined(parts: list[Happenings]) -> Happenings:
    """These rows one behind the other."""
    return Happenings(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _doses(given: Given) -> tuple[Happenings, np.ndarray]:
    """The doses with their followers, and the ends of infusions, which come before what begins at that time."""
    which = np.repeat(np.arange(len(given.times)), given.times)
    turn = np.arange(len(which)) - np.repeat(np.cumsum(given.times) - given.times, given.times)
    tick = given.first[which] + clock.ticks(turn * given.every[which])
    live = tick < given.until[which]
    which, tick = which[live], tick[live]
    infused = given.length[which] > 0
    begins = _rows(given, which, tick)
    ends = _rows(given, which[infused], tick[infused] + given.length[which[infused]], -1.0)
    return _joined([begins, ends]), np.concatenate([2 * given.place[which] + 1, np.full(len(ends.tick), -1)])


def _pasts(given: Given) -> Iterator[tuple[Happenings, np.ndarray]]:
    """What doses without beginning left, and the ends of those of their infusions that still run."""
    past = np.flatnonzero(given.steady & (given.first < given.until))
    cycle = np.where(given.every > 0, given.every, np.inf)
    rows = _rows(given, past, given.first[past])
    yield rows._replace(cycle=cycle[past], over=given.length[past] * clock.TICK), 2 * given.place[past] + 1
    running = np.ceil(given.length * clock.TICK / cycle - 1e-9)
    for k in range(1, int(running[past].max(initial=0))):
        still = past[running[past] > k]
        ends = _rows(given, still, given.first[still] + given.length[still] - clock.ticks(k * given.every[still]), -1.0)
        yield ends, np.full(len(ends.tick), -1)
