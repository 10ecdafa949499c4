"""A course with what it leaves behind: states, tolerance, dependence and symptoms along weeks of doses."""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.cases.person import Person
from opioidsim.engine import clock, course, course_arrays
from opioidsim.engine.course import Array, State
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.layout import Layout
from opioidsim.model import adaptation, receptor
from opioidsim.model.adaptation import Adapted, Signal

if TYPE_CHECKING:
    from jaxtyping import Float, Int

SOON = 2.0 ** -np.arange(1, 7)  # hours after a dose at which activation is looked at


class Walk(NamedTuple):
    """A body that can be marched from any state: step matrices from level `lowest` up."""

    given: Inputs
    values: dict[str, Float[Array, " people"]]
    body: course.Body
    steps: course.Steps
    lowest: int

    @property
    def plan(self) -> Layout:
        """Where each compartment stands."""
        return self.given.plan


class Along(NamedTuple):
    """What was met on the way: times [h]; bound shares (times, ligands, people) and adaptation (times, people) at these times;
    amounts (kept, blocks, m, people) at some of them, by number."""

    times: Float[np.ndarray, " times"]
    bound: Float[Array, "times ligands people"]
    adapted: Adapted
    kept: Int[np.ndarray, " kept"]
    amounts: Float[Array, "kept blocks m people"]

    def at(self, time: float) -> tuple[State, Adapted]:
        """State and adaptation at the nearest of the times, whose amounts must have been kept."""
        i = int(np.argmin(np.abs(self.times - time)))
        row = int(np.flatnonzero(self.kept == i)[0])
        return State(self.amounts[row], self.bound[i]), Adapted(*(series[i] for series in self.adapted))


def ready(given: Inputs, people: range, lowest: int = 0, highest: int = clock.LONGEST) -> Walk:
    """These people, ready to be marched with any doses on a grid of steps of these levels."""
    course.sound_arithmetic()
    given = given.under(people)
    values = given.values(people)
    body = course_arrays.body_of(given.plan, values)
    return Walk(given, values, body, course.prepare(body, lowest, highest), lowest)


def unadapted(person: Person, people: int) -> Adapted:
    """Where a history begins: the tolerance and dependence that are stated, the same in each of a crowd, nothing of the fast
    part, no symptoms."""
    none = np.zeros(people)
    return Adapted(np.full(people, person.tolerance), np.full(people, person.dependence), none, none)


def begins(given: Inputs, people: int, facts: Any) -> Adapted:
    """Where the course before an episode begins: the tolerance that is lived with from there, or the person's own.

    facts: of adaptation, by which each of a crowd has the tolerance of who is so sensitive and lives with that dose.
    """
    stated = unadapted(given.person, people)
    if not given.lived_with:
        return stated if given.lived_with is None else stated._replace(tolerance=np.zeros(people))
    own = adaptation.own_tolerance(given.lived_with, facts.sensitivity, facts.breathing_potency_loss)
    return stated._replace(tolerance=own)


def followed(
    walk: Walk,
    doses: tuple[Dose, ...],
    end: float,
    every: float,
    more: Iterable[float],
    state: State | None,
    adapted: Adapted,
    facts: Any,
    refine: int = 0,
    whole: bool = False,
) -> Along:
    """From `state` (None: without drug) to `end` [h] with these doses, looked at `every` [h], soon after each dose, and at
    the times `more`. facts: of adaptation; without them nobody adapts on the way. Amounts are kept at the times `more` and at
    the end alone, or, with `whole`, at every time."""
    at, events = course_arrays.events(walk.plan, doses, walk.values)
    more = [*more, end]
    times = np.concatenate([np.arange(0.0, end + 1e-9, every), *(t + SOON for t in at), more])
    times = times[times <= end]
    times = times[np.unique(clock.ticks(times), return_index=True)[1]]
    _, grid = clock.levelled(clock.grid(at, times, refine), walk.lowest)
    begin = course.start(walk.body) if state is None else state
    near = np.unique([np.abs(times - time).argmin() for time in more])
    kept = np.arange(len(times)) if whole else near
    states, _ = course.march(walk.body, walk.steps, begin, events, grid, len(times), kept)
    if facts is None:
        stays = Adapted(*(np.broadcast_to(value, (len(times), *np.shape(value))) for value in adapted))
        return Along(times, states.bound, stays, kept, states.x)
    return Along(times, states.bound, left_behind(walk, times, states.bound, adapted, facts), kept, states.x)


def left_behind(walk: Walk, times: np.ndarray, bound: Array, adapted: Adapted, facts: Any) -> Adapted:
    """Tolerance, dependence and symptoms at `times` [h] that these bound shares (times, ligands, people) leave behind."""
    signal = Signal(activation(walk, bound), 1.0 - bound.sum(1), blocked(walk, bound))
    return by_time(adaptation.follow, (times, signal), adapted, facts)


def withdrawal(symptoms: Array, facts: Any) -> Array:
    """`adaptation.score` of symptoms at any times, (times, people)."""
    return by_time(adaptation.score, (symptoms,), facts)


def by_time(equation: Callable, series: tuple, *others: Any) -> Any:
    """`equation(*series, *others)` at the times of the series, compiled for few numbers of them. series: (times, ...) each."""
    if course.traced((series, others)):
        return equation(*series, *others)
    found = equation(*jax.tree.map(_longer, series), *others)
    return jax.tree.map(lambda each: np.asarray(each)[: len(jax.tree.leaves(series)[0])], found)


def _longer(series: Array) -> np.ndarray:
    """The series with its last value again and again, up to a power of two: no time passes, and few lengths are compiled."""
    length = max(1 << (len(series) - 1).bit_length(), 256)
    return np.concatenate(
        [series, np.broadcast_to(np.asarray(series[-1]), (length - len(series), *np.shape(series)[1:]))]
    )


def activation(walk: Walk, bound: Array) -> Array:
    """Mu activation, (times, people)."""
    efficacy = course_arrays.stacked([walk.values[f"{name}.receptor.mu.efficacy"] for name in walk.plan.ligands])
    return receptor.activation(bound.swapaxes(0, 1), efficacy[:, None])


def breathing_activation(walk: Walk, bound: Array) -> Array:
    """Mu activation as breathing sees it, (times, people): that of the episode clock."""
    efficacy = course_arrays.stacked([course_arrays.breathing_efficacy(walk.values, n) for n in walk.plan.ligands])
    return receptor.activation(bound.swapaxes(0, 1), efficacy[:, None])


def blocked(walk: Walk, bound: Array) -> Array:
    """The share of receptors held by ligands that do not activate them, (times, people)."""
    return sum((bound[:, i] for i in walk.given.silent), np.zeros(bound[:, 0].shape))
