"""A course in which each person has a regimen, traits and a clock of their own; what it leaves at any times.

Where traits change in time, the course goes in stretches of one's own: in each the parameters are those of the traits that
hold, and amounts go over from one to the next as they are.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from opioidsim.cases.dosing import Individual
from opioidsim.engine import clock, course, course_arrays, history, own_clock, own_look, periodic
from opioidsim.engine.course import State
from opioidsim.engine.history import Walk
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.layout import Layout
from opioidsim.engine.regimens import Happenings, happenings
from opioidsim.refusal import Refusal, shown

if TYPE_CHECKING:
    from jaxtyping import Float, Int

TOGETHER = 4  # times as many events as one person has: up to here a chunk of people marches on one clock
FINER = 2  # steps are halved so often where a drug speeds its own clearance: between their ends its curve is no quintic
PLASMA, SITE = (
    ("concentration", "scanned"),
    ("effect_site", "kappa_occupancy", "delta_occupancy"),
)  # what these are read from


@dataclass(frozen=True)
class Regimens:
    """The regimens of a scenario as the engine has them; one of them is everyone's.

    given: the scenario, read. rows: all that happens. changes: (stretches, people) [ticks], when each begins for each. traits:
    of each stretch, by name, (people,). names: of the people, for refusals.
    """

    given: Inputs
    rows: Happenings
    changes: Int[np.ndarray, "stretches people"]
    traits: tuple[Mapping[str, Float[np.ndarray, " people"]], ...]
    names: tuple[str, ...]

    def who(self, people: range) -> np.ndarray:
        """The index of each of these person numbers: whoever is beyond the last is like the last."""
        return np.minimum(np.arange(people.start, people.stop), len(self.names) - 1)


class Own(NamedTuple):
    """What a course leaves. walks: the people in each stretch. stretch: (times, people), in which each time lies. states: at
    the times, (times, ..., people); last: at the end."""

    walks: tuple[Walk, ...]
    stretch: Int[np.ndarray, "times people"]
    states: State
    last: State

    def seen(self, observe: Callable) -> dict[str, np.ndarray]:
        """What `observe(walk, states)` gives by name, (times, people), each time by the stretch in which it lies."""
        found: dict[str, np.ndarray] = {}
        for number, walk in enumerate(self.walks):
            for name, value in observe(walk, self.states).items():
                found[name] = np.where(self.stretch == number, value, found[name]) if number else np.asarray(value)
        return found


def regimens(given: Inputs, individuals: tuple[Individual, ...], end: float) -> Regimens:
    """The regimens of these individuals up to `end` [h]."""
    individuals = tuple(
        replace(one, changes=tuple(each for each in one.changes if each[0] < end)) if len(one.changes) > 1 else one
        for one in individuals
    )
    most = max((len(one.changes) for one in individuals), default=1)
    changes = np.full((max(most, 1), len(individuals)), np.iinfo(np.int64).max)
    changes[0] = 0
    for i, one in enumerate(individuals):
        for k, (at, _) in enumerate(one.changes[1:], 1):
            changes[k, i] = clock.ticks(at)
    names = individuals[0].changes[0][1] if individuals[0].changes else {}
    traits = tuple(
        {name: np.array([one.changes[min(k, len(one.changes) - 1)][1][name] for one in individuals]) for name in names}
        for k in range(len(changes))
    )
    return Regimens(given, happenings(individuals, given.plan), changes, traits, tuple(one.id for one in individuals))


def followed(
    own: Regimens,
    people: range,
    times: np.ndarray,
    refine: int = 0,
    see: Callable | None = None,
    only: Iterable[str] = (),
) -> Own:
    """These people's course, and its states at `times` [h], (times,) or (times, people), the last of which is its end.

    see: told each stretch of the march, with the walk that it belongs to and what is wanted of it. only: the quantities that
    will be asked for; all is looked up where none is said.
    """
    shared = not see and np.ndim(times) == 1
    who = own.who(people)
    rows = own.rows.of(who)
    together = _together(own, rows, people, times, refine) if shared else None
    if together:
        return together
    shown, receptors = _places(own.given.plan, tuple(only))
    refine += FINER if any(drug.induction for drug in own.given.drugs) else 0
    ticks = _of_each(clock.ticks(times), len(who))
    end = int(ticks.max())
    begins = np.concatenate([np.minimum(own.changes[:, who], end), np.full((1, len(who)), end)])
    parts = _parts(rows, begins)
    walks, states, state = [], None, None
    for number, (part, b, e) in enumerate(parts):
        given = own.given if not number else own.given.later(own.traits[number])
        at = _moments(part, b, e)
        beat = own_clock.beat(ticks[:, 0], len(at)) if shared else None
        levels = (0, clock.LONGEST) if part.cycle.any() else (clock.FIRST, own_clock.longest_of(refine, beat))
        walk = history.ready(given, people, *levels)
        plan = own_clock.schedule(at, own_clock.resting(walk.body, refine), refine, beat)
        if np.any((plan.level >= 0) & (plan.level < walk.lowest)):
            walk = walk._replace(steps=course.prepare(walk.body, 0, clock.LONGEST), lowest=0)
        walks.append(walk)
        if state is None or states is None:
            state, states = _start(walk, len(ticks))
        if not len(plan.level):
            continue
        rounds, past = _rounds(own, walk, part, at, refine, receptors)
        body, want = jax.device_put((walk.body, own_look.wanted(walk.body, shown, receptors)))
        told = (lambda stretch, walk=walk, want=want: see(walk, want, stretch)) if see else None
        march = own_clock.walked(body, walk.steps, walk.lowest, state, rounds, plan)
        state = own_look.at_times(body, want, march, plan, ticks, (b, e), states, told)
        _before_steady(states, ticks, rounds, past)
    stretch = (ticks[:, None] > begins[1:-1]).sum(1)
    assert states is not None and state is not None
    states = State(*(each[:-1] for each in states))
    return Own(tuple(walks), stretch, states, State(*map(np.asarray, state)))


def _of_each(ticks: np.ndarray, people: int) -> np.ndarray:
    """Moments of all people, (moments,), or of each, (moments, people), as those of each."""
    return np.ascontiguousarray(np.broadcast_to(ticks[:, None] if ticks.ndim == 1 else ticks, (len(ticks), people)))


def _start(walk, moments: int) -> tuple[State, State]:
    """The state before anything was given, and room for the states at so many moments and one more (`own_look.at_times`), where
    all of a row stands together: what nobody asks for is never touched."""
    state = course.start(walk.body)
    room = (np.zeros((*each.shape[:-1], moments + 1, each.shape[-1])) for each in map(np.asarray, state))
    return state, State(*(np.moveaxis(each, -2, 0) for each in room))


def _parts(rows, begins: np.ndarray) -> list:
    """The rows between one change of anybody's traits and the next, with when that part begins and ends for each, [ticks]."""
    within = ((rows.tick >= b[rows.person]) & (rows.tick < e[rows.person]) for b, e in pairwise(begins))
    return [(rows.where(here), b, e) for here, (b, e) in zip(within, pairwise(begins), strict=True)]


def _together(own: Regimens, rows: Happenings, people: range, times: np.ndarray, refine: int) -> Own | None:
    """The course on the common clock, where the people of a chunk share most of their dose times: a step costs a third there.
    None where they do not, or where something is cleared, without beginning, or changes.
    """
    most = TOGETHER * np.bincount(rows.person, minlength=1).max()
    if len(own.changes) > 1 or rows.clears.any() or rows.cycle.any() or len(np.unique(rows.tick)) > most:
        return None
    (tick, input), which = np.unique(np.stack([rows.tick, rows.input]), axis=1, return_inverse=True)
    if len(tick) > most:
        return None
    lowest, grid = clock.levelled(clock.grid(tick * clock.TICK, times, refine))
    walk = history.ready(own.given, people, lowest)
    amount, number = np.zeros((len(tick) + 1, len(people))), np.zeros(len(tick) + 1, np.int32)
    np.add.at(amount, (which + 1, rows.person), _nanomoles(walk, rows))
    number[1:] = input
    begin = course.start(walk.body)
    states, last = course.march(walk.body, walk.steps, begin, course.Events(amount, number), grid, len(times))
    return Own((walk,), np.zeros((len(times), len(people)), int), states, State(*map(np.asarray, last)))


def _numbered(rows: Happenings) -> np.ndarray:
    """The round that each row belongs to: rows of one time are one round; from 1 on for each person."""
    new = np.ones(len(rows.tick), int)
    new[1:] = (np.diff(rows.tick) != 0) | (np.diff(rows.person) != 0)
    total = np.cumsum(new)
    first = np.searchsorted(rows.person, rows.person)
    return total - total[first] + 1 if len(total) else total


def _moments(rows: Happenings, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """When each round begins for each person, and the end, (rounds + 1, people)."""
    number = _numbered(rows)
    at = np.tile(end, (int(number.max(initial=0)) + 2, 1))
    at[0] = begin
    at[number, rows.person] = rows.tick
    return at


class Past(NamedTuple):
    """What doses without beginning left at a round of a person: number and person (rows,), left (rows, blocks, m) [nmol]."""

    number: Int[np.ndarray, " rows"]
    person: Int[np.ndarray, " rows"]
    left: Float[np.ndarray, "rows blocks m"]


def _before_steady(states: State, ticks: np.ndarray, rounds: own_clock.Rounds, past: Past) -> None:
    """Puts what a steady state's past left into the outputs at its very moment: they are those just before the dose."""
    when = rounds.at[past.number, past.person]
    cleared: set = set()
    for time, column in zip(*np.nonzero(ticks[:, past.person] == when), strict=True):
        number, person = past.number[column], past.person[column]
        if (time, person) not in cleared:
            for part in states:
                part[time, ..., person] *= rounds.keep[number, person]
            states.bound[time, :, person] += rounds.held[number, :, person]
            cleared.add((time, person))
        states.x[time, :, :, person] += past.left[column]


def _rounds(own: Regimens, walk: Walk, rows: Happenings, at: np.ndarray, refine: int, receptors: bool):
    """What happens at the beginning of each interval of these people, and what of it is the past of steady states. at: `_moments`."""
    number, body = _numbered(rows), walk.body
    count, people = len(at) - 1, at.shape[1]
    entry, amount = np.asarray(body.entry), _nanomoles(walk, rows)
    keep = np.ones((count, people))
    keep[number[rows.clears], rows.person[rows.clears]] = 0.0
    add = np.zeros((count, *body.a.shape[:2], people))
    given = rows.cycle == 0
    put = entry[rows.input, :, :, rows.person] * np.where(given, amount, 0.0)[:, None, None]
    past, left = np.flatnonzero(~given), np.zeros((0, *body.a.shape[:2]))
    held = np.zeros((count, len(body.koff), people))
    if len(past):
        steady = rows.where(past)
        left = periodic.before(body, walk.steps, steady, amount[past])
        put[past] += left
        if receptors and len(body.koff):
            _hold(own, walk, rows, at, number, keep, held, left, amount, refine)
    np.add.at(add, (number, slice(None), slice(None), rows.person), put)  # pyright: ignore[reportArgumentType]
    return own_clock.Rounds(at, keep, add, held), Past(number[past], rows.person[past], left)


def _nanomoles(walk: Walk, rows: Happenings) -> np.ndarray:
    """Each row's amount [nmol], or [nmol/h], of its person. A salt's milligrams and doses per kilogram are each person's own."""
    values, people = walk.values, len(walk.values["person.weight"])
    each = [
        np.broadcast_to(course_arrays.nanomoles(values, drug, route), people) for drug, route, _ in walk.plan.inputs
    ]
    per_mg = np.stack(each)[np.maximum(rows.input, 0), rows.person]
    amount = rows.amount * np.where(rows.per_kg, values["person.weight"][rows.person], 1.0)
    for number, (drug, route, infused) in enumerate(walk.plan.inputs):
        mine = np.flatnonzero(rows.input == number)
        own = {name: value[rows.person[mine]] for name, value in values.items() if ".falls." in name}
        if own and not infused:
            amount[mine] = course_arrays.counted(own, drug, route, amount[mine])
    return amount * per_mg


def _hold(own, walk, rows, at, number, keep, held, left, amount, refine) -> None:
    """Fills in the shares that are bound at steady states, moment by moment of each person. left: (steady rows, blocks, m)."""
    past = np.flatnonzero(rows.cycle)
    moments = np.unique(np.stack([rows.person[past], number[past]]), axis=1)
    first = np.searchsorted(moments[0], moments[0])
    turn = np.arange(moments.shape[1]) - first  # a person's first steady moment, second, ...
    for k in range(int(turn.max()) + 1):
        person, which = moments[:, turn == k]
        wanted = np.full(keep.shape[1], -1)
        wanted[person] = which
        mine = wanted[rows.person[past]] == number[past]
        _sound(own, rows, at, number, keep, past[mine])
        x = np.zeros((*left.shape[1:], keep.shape[1]))
        np.add.at(x, (slice(None), slice(None), rows.person[past[mine]]), np.moveaxis(left[mine], 0, -1))  # pyright: ignore[reportArgumentType]
        shares = periodic.bound(walk.body, walk.steps, rows.where(past[mine]), x, amount[past[mine]], refine)
        held[which, :, person] = shares[:, person].T


def _sound(own: Regimens, rows: Happenings, at, number, keep, past: np.ndarray) -> None:
    """Refuses receptors at a steady state that is none for them: beside other drug, or of doses at different intervals."""
    person = rows.person[past]
    low, high = np.full(keep.shape[1], np.inf), np.zeros(keep.shape[1])
    np.minimum.at(low, person, rows.cycle[past])
    np.maximum.at(high, person, rows.cycle[past])
    others = np.flatnonzero((low != high)[person])
    before = ((number[past] > 1) | (at[0, person] > 0)) & (keep[number[past], person] > 0)
    wrong = [*person[others], *person[before]]
    if wrong:
        name = own.names[min(int(wrong[0]), len(own.names) - 1)]
        whose = f" of ID {shown(name, 20)}" if name else ""
        raise Refusal(
            f"the receptors{whose} are at no steady state that can be solved, since its doses come at different intervals or beside other drug in the body; "
            "ask for concentrations alone, use one interval and SS 1, or give the doses that lead up to it."
        )


def _places(plan: Layout, only: tuple[str, ...]) -> tuple[list[tuple[int, int]], bool]:
    """The (block, row) of what these quantities are read from, all of them where none is named, and whether they ask for bound shares."""
    if not only:
        return list(plan.place.values()), True
    asked = [(kind, drug) for kind, _, drug in (name.partition(".") for name in only)]
    central = [each.compartment for kind, drug in asked if kind in PLASMA for each in plan.plasma(drug)]
    sites = [site for kind, drug in asked if kind in SITE and (site := plan.site(drug))]
    shown = list(dict.fromkeys(plan.place[name] for name in (*central, *sites)))
    return shown, any(kind not in (*PLASMA, *SITE) for kind, _ in asked)
