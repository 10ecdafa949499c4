"""Challenges: an opioid tried again and again under an antagonist, each its own thought experiment,
and what dose overrides it. What counts is what the challenge adds to what is there before it: a partial agonist that is liked a
little is not the challenge's doing.

The antagonist is marched once. From its state at each time the challenge is given, followed for
WINDOW hours and forgotten again: a real series of challenges would leave opioid behind, and each
would meet the last. The same challenge in a body without drug is what it is compared with.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.cases.dosing import Individual
from opioidsim.cases.drug import load
from opioidsim.engine import clock, course_arrays, device, history
from opioidsim.engine.course import Body, Events, State, Steps, march, moves, start
from opioidsim.engine.history import Walk, activation
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.observing import felt, plasma
from opioidsim.engine.own_course import Regimens, followed, regimens
from opioidsim.engine.simulate import CHUNK, LOOK, in_chunks
from opioidsim.model import effects as equations
from opioidsim.model.adaptation import Adapted
from opioidsim.refusal import Refusal

DAYS = (
    48  # of somebody alone, side by side in the place of people: six weeks in one march, at half of what a chunk costs
)
WINDOW = 8.0  # hours after a challenge in which its peak is looked for
LARGEST = 1e4  # dose multiples beyond this are not told apart
ROUNDS = 3  # of the search for the multiple: 1e-9; it starts at the competitive shift


def challenged(
    read: Inputs, given: tuple[Dose, ...], dare: Dose, times: np.ndarray, *, refine: int = 0,
    threads: int | None = None, progress: Callable[[int], None] | None = None, individuals: tuple[Individual, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """What `dare` still does at each of `times` [h] to people who got the antagonists `given`, or of
    these individuals each their own; their drugs are those of `read`.

    Arrays (people, times): blockade (share of the rise of liking prevented), multiple (of the dose
    that restores the full rise of activation), liking 0-100, rise (of liking), occupancy (receptors held by antagonists, 0..1),
    concentration (antagonists in plasma, ng/mL); and unblocked (people,), the peak liking without.
    refine: halve every step so often. progress: told how many people are done.
    """
    own = regimens(read, individuals, float(times[-1])) if individuals else None
    size = DAYS if read.alike and own is None else device.size(read.people, CHUNK)
    parts = in_chunks(
        lambda who: _chunk(read, given, dare, times, who, refine, own), read.people, threads, progress, size
    )
    return {name: np.concatenate([part[name] for part in parts], -1)[..., : read.people].T for name in parts[0]}


def _chunk(read: Inputs, given, dare, times, who, refine, own: Regimens | None):
    """The arrays of `challenged` for a chunk of people, people last.

    A single person is alike all over the chunk; there days stand side by side in the place of
    people, which saves marching each day by itself.
    """
    lowest, grid = clock.levelled(clock.grid(course_arrays.moments(given), times, refine))
    walk = history.ready(read, who, 0 if own else lowest)
    naive = history.unadapted(read.person, len(who))
    lived = any(load(dose.drug).role != "antagonist" for dose in given) or read.person.tolerance
    adapts = read.adaptation(who) if lived else None
    if own:
        states, adapted = _own(walk, own, who, times, naive, adapts, refine)
    elif adapts is not None:
        states, adapted = _lived(walk._replace(lowest=lowest), given, times, naive, adapts, refine)
    else:
        _, doses = course_arrays.events(walk.plan, given, walk.values)
        states, _ = march(walk.body, walk.steps, start(walk.body), doses, grid, len(times))
        adapted = Adapted(*(np.broadcast_to(part, (len(times), len(who))) for part in naive))
    _, one = course_arrays.events(walk.plan, (dare,), walk.values)
    alone = read.alike and own is None
    highest = partial(_peak, walk._replace(body=jax.device_put(walk.body)), one, refine, alone)
    clean = highest(start(walk.body))
    peaks, rest, multiple = [], [], []
    for state in _challenged(states, alone):
        peaks.append(highest(state))
        rest.append(activation(walk, state.bound[None])[0])
        multiple.append(_override(highest, state, clean, peaks[-1], rest[-1]))

    def by_day(found):
        """(times, people) from the pieces that were marched, whether days or people stood side by side in them."""
        return np.concatenate(found)[: len(times), None] if alone else np.stack(found)

    blockers = [i for i, name in enumerate(walk.plan.ligands) if load(name).role in ("antagonist", "metabolite")]
    held = sum((states.bound[:, i] for i in blockers), np.zeros((len(times), *clean.shape)))
    levels = [plasma(walk, states.x, name) for name in {d.drug: 0 for d in given}]
    level = sum(levels, np.zeros_like(held))
    peak = by_day(peaks)
    then = Adapted(*(part[:, : peak.shape[1]] for part in adapted))
    liked, before = (np.asarray(felt(walk, "liking", each, then)) for each in (peak, by_day(rest)))
    unblocked = np.asarray(felt(walk, "liking", np.asarray(clean)[None], Adapted(*(part[None] for part in naive))))[0]
    blocked = equations.blockade(liked - before, unblocked[: liked.shape[1]])
    width = slice(liked.shape[1])
    found = {
        "blockade": blocked,
        "multiple": by_day(multiple),
        "liking": liked,
        "rise": liked - before,
        "unblocked": unblocked[width],
        "occupancy": held[:, width],
        "concentration": level[:, width],
    }
    return {name: np.asarray(value) for name, value in found.items()}


def _lived(walk: Walk, given, times: np.ndarray, naive: Adapted, adapts, refine: int) -> tuple[State, Adapted]:
    """The states at the challenges, and how people are adapted then, where what was given is lived with."""
    along = history.followed(walk, given, float(times[-1]), LOOK, times, None, naive, adapts, refine)
    states, lived = zip(*map(along.at, times), strict=True)
    return State(*map(np.stack, zip(*states, strict=True))), Adapted(*map(np.stack, zip(*lived, strict=True)))


def _own(walk: Walk, own: Regimens, who: range, times: np.ndarray, naive: Adapted, adapts, refine: int):
    """The states at the challenges, and how people are adapted then, where each has a regimen of their own. adapts: the facts of
    adaptation, None where nobody adapts."""
    looks = np.arange(0.0, float(times[-1]), LOOK / 4) if adapts is not None else []
    every = np.union1d(times, looks)
    found = followed(own, who, every, refine)
    if len(found.walks) > 1:
        raise Refusal("a trait that changes in time is known to a run, not to challenges; give one value for each ID.")
    at = np.searchsorted(every, times)
    states = State(*(part[at] for part in found.states))
    if adapts is None:
        return states, Adapted(*(np.broadcast_to(part, (len(times), len(who))) for part in naive))
    adapted = history.left_behind(walk, every, found.states.bound, naive, adapts)
    return states, Adapted(*(part[at] for part in adapted))


def _challenged(states: State, alone: bool) -> list[State]:
    """The states that meet a challenge, one for each day; of one person, many days side by side in the place of people.

    Days fill whole marches, the last one repeated, so that one compiled march serves the antagonist and every day.
    """
    if not alone:
        return [State(x, bound) for x, bound in zip(*states, strict=True)]
    days = len(states.x)
    rows = np.minimum(np.arange(days + -days % DAYS), days - 1).reshape(-1, DAYS)
    x, bound = map(np.asarray, states)
    return [State(np.moveaxis(x[r, ..., 0], 0, -1), np.moveaxis(bound[r, ..., 0], 0, -1)) for r in rows]


def _peak(walk: Walk, doses: Events, refine: int, alone: bool, state: State, multiple=1.0):
    """Highest activation after a multiple of the challenge given to this state; shape (people,). Of somebody `alone` by the march that
    is compiled for the antagonist already."""
    grid = _after(refine, walk.lowest, clock.halvings(refine))
    doses = doses._replace(amount=doses.amount * multiple)
    if alone:
        bound = march(walk.body, walk.steps, state, doses, grid, len(grid.level))[0].bound
    else:
        bound = np.asarray(_bound(walk.body, walk.steps, state, doses, grid))
    return activation(walk, bound).max(0)


@jax.jit
def _bound(body: Body, steps: Steps, state: State, doses: Events, grid: clock.Grid):
    """The bound shares at the end of each step, (steps, ligands, people). `march` would keep the amounts of each look too, which cost
    half as much as the step itself."""
    branches = moves(body, steps)

    def one(now, step):
        x, bound = now
        level, event, _ = step
        x = x + doses.amount[event] * body.entry[doses.input[event]]
        now = device.where(level > 0, branches.move, branches.stay, x, bound, level)
        return State(*now), now[1]

    return jax.lax.scan(one, state, clock.Grid(grid.level + 1, grid.event, grid.slot))[1]


@cache
def _after(refine: int, lowest: int, halved: int) -> clock.Grid:
    """The march after a challenge, whose effect is looked at after each step: so close that blockade is right to 0.001.

    They are the usual steps with each cut in four: close where the effect rises, wide where
    it fades. halved: how often every step is, whoever asked for that.
    """
    steps = clock.grid([0.0], [WINDOW], refine + 2)
    level, event, _ = (column[: len(steps.level)] for column in clock.levelled(steps, lowest)[1])
    return clock.Grid(level, event, np.arange(len(level), dtype=np.int32))


def _override(highest: Callable[..., Any], state: State, clean, peak, rest):
    """The dose multiple at which the challenge raises activation, from `rest`, by as much as without the antagonist; (people,).

    Under competition the odds of activation are nearly a power of the dose, so that secants of log
    odds against log dose converge quickly; they start at the shift that the first challenge showed.
    Multiples beyond LARGEST are not told apart. highest: activation after a multiple of it, see `_peak`.
    """
    odds = lambda a: np.log(np.maximum(a, 1e-12) / np.maximum(1.0 - a, 1e-12))  # noqa: E731
    target = odds(clean)
    x0, y0 = np.zeros_like(target), odds(peak - rest) - target
    x1 = np.clip(-y0, 1e-9, np.log(LARGEST))
    for _ in range(ROUNDS):
        y1 = odds(highest(state, np.exp(x1)) - rest) - target
        slope = (y1 - y0) / np.where(x1 == x0, 1.0, x1 - x0)
        step = np.where(np.abs(slope) > 1e-3, -y1 / np.where(slope == 0, 1.0, slope), 0.0)
        x0, y0, x1 = x1, y1, np.clip(x1 + step, 0.0, np.log(LARGEST))
    return np.exp(x1)
