"""A course with what it leaves behind: states, tolerance, dependence and symptoms along weeks of doses."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.cases.person import Person
from opioidsim.engine import clock, course, course_arrays
from opioidsim.engine.course import State
from opioidsim.engine.layout import Layout
from opioidsim.model import adaptation, receptor
from opioidsim.model.adaptation import Adapted

SOON = 2.0 ** -np.arange(1, 7)  # hours after a dose at which activation is looked at


class Walk(NamedTuple):
    """A body that can be marched from any state: step matrices from level `lowest` up."""

    plan: Layout
    values: dict[str, np.ndarray]
    body: course.Body
    steps: course.Steps
    lowest: int


class Along(NamedTuple):
    """What was met on the way: times [h]; states and adaptation at these times, (times, ..., people)."""

    times: np.ndarray
    states: State
    adapted: Adapted

    def at(self, time: float) -> tuple[State, Adapted]:
        """State and adaptation at the nearest of the times."""
        i = int(np.argmin(np.abs(self.times - time)))
        return State(self.states.x[i], self.states.bound[i]), Adapted(*(series[i] for series in self.adapted))


def ready(plan: Layout, values: dict[str, np.ndarray]) -> Walk:
    """These people, ready to be marched with any doses."""
    course.sound_arithmetic()
    body = course_arrays.body_of(plan, values)
    return Walk(plan, values, body, course.prepare(body, 0, clock.LONGEST), 0)


def unadapted(person: Person, people: int) -> Adapted:
    """Where a history begins: the person's own tolerance and dependence, no symptoms."""
    return Adapted(np.full(people, person.tolerance), np.full(people, person.dependence), np.zeros(people))


def followed(
    walk: Walk,
    doses: tuple[Dose, ...],
    end: float,
    every: float,
    more,
    state: State | None,
    adapted: Adapted,
    facts,
    refine: int = 0,
) -> Along:
    """From `state` (None: without drug) to `end` [h] with these doses, looked at `every` [h], soon after each dose, and at
    the times `more`."""
    at, events = course_arrays.events(walk.plan, doses, walk.values)
    times = np.concatenate([np.arange(0.0, end + 1e-9, every), *(t + SOON for t in at), list(more), [end]])
    times = times[times <= end]
    times = times[np.unique(clock.ticks(times), return_index=True)[1]]
    _, grid = clock.levelled(clock.grid(at, times, refine), walk.lowest)
    begin = course.start(walk.body) if state is None else state
    states, _ = course.march(walk.body, walk.steps, begin, events, grid, len(times))
    return Along(times, states, left_behind(walk, times, states.bound, adapted, facts))


def left_behind(walk: Walk, times: np.ndarray, bound, adapted: Adapted, facts) -> Adapted:
    """Tolerance, dependence and symptoms at `times` [h] that these bound shares (times, ligands, people) leave behind."""
    return adaptation.follow(times, activation(walk, bound), blocked(walk, bound), adapted, facts)


def activation(walk: Walk, bound):
    """Mu activation, (times, people)."""
    efficacy = jnp.stack([jnp.asarray(walk.values[f"{name}.receptor.mu.efficacy"]) for name in walk.plan.ligands])
    return receptor.activation(jnp.moveaxis(bound, 1, 0), efficacy[:, None])


def blocked(walk: Walk, bound):
    """The share of receptors held by ligands that do not activate them, (times, people)."""
    silent = [i for i, name in enumerate(walk.plan.ligands) if not np.any(walk.values[f"{name}.receptor.mu.efficacy"])]
    return sum((bound[:, i] for i in silent), np.zeros(bound[:, 0].shape))
