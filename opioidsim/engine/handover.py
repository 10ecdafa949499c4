"""From weeks of treatment to the minutes of an overdose: the state in which an episode begins.

Both clocks have the same compartments and the same receptors, so that amounts, sites and bound
shares are taken over as they stand; nothing is fitted in between. Only breathing has no past on the
course clock: it is put at rest with these drugs.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from opioidsim.cases.before import Before
from opioidsim.engine import course, course_arrays, episode, episode_arrays, history, own_course
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.layout import Layout

if TYPE_CHECKING:
    from jaxtyping import Float

LOOK, MOST_LOOKS = 1.0, 4000  # hours between looks at activation on the way, and at most so many


class Patients(NamedTuple):
    """A chunk of people at the start of an episode.

    given: the scenario, read. values: parameters by name, (people,) each, tolerance as it is now.
    physiology: a record of facts, see `inputs.physiology`. wiring, rates: see `episode.Wiring`,
    `episode.Drugs`.
    state: what moves, at time 0. baseline: ventilation at rest [L/min], with the drugs that are
    there; (people,).
    """

    given: Inputs
    values: dict[str, Float[np.ndarray, " people"]]
    physiology: Any  # a record of facts, see `inputs.physiology`
    wiring: episode.Wiring
    rates: episode.Drugs
    state: episode.State
    baseline: Float[np.ndarray, " people"]  # ventilation at rest [L/min]
    people: range

    @property
    def plan(self) -> Layout:
        """Where each compartment stands."""
        return self.given.plan


def begin(given: Inputs, people: range, refine: int = 0) -> Patients:
    """These people as the episode starts: drugs as the course before it left them, breathing at rest with those drugs.

    The course's amounts, effect sites and bound shares are taken over as they are; tolerance too,
    where an opioid was lived with. Otherwise, and where the person's own is given, that holds. A crowd
    carries the bands of its time constants. refine: halve every step of the course so often.
    """
    if given.past:
        state, values = _own_past(given, people, refine)
        return hand_over(given, values, state, people)
    walk = history.ready(given, people)
    values, state = walk.values, course.start(walk.body)
    if given.before:
        state, adapted = _before(given.before, walk, people, refine).at(given.before.duration)
        if given.lived_with is not None:
            values = values | {"person.tolerance": np.asarray(adapted.tolerance)}
    return hand_over(walk.given, values, state, people)


def _before(before: Before, walk: history.Walk, people: range, refine: int) -> history.Along:
    """The course before the episode, from nothing in the body and the tolerance it begins with.

    Where tolerance is asked for, it is looked at every hour on the way, in months less often: it
    moves over days. Where it is not, the march ends in one look.
    """
    lived = walk.given.lived_with is not None
    facts = walk.given.adaptation(people) if lived else None
    begin = history.begins(walk.given, len(people), facts)
    every = max(LOOK, before.duration / MOST_LOOKS) if lived else before.duration
    return history.followed(walk, before.doses, before.duration, every, (), None, begin, facts, refine)


def _own_past(given: Inputs, people: range, refine: int) -> tuple[course.State, dict]:
    """The state, and the parameters with the tolerance, that each person's own regimen before the episode leaves."""
    end, lived = given.before.duration if given.before else 0.0, given.lived_with is not None
    every = max(LOOK / 4, end / MOST_LOOKS) if lived else end
    times = np.append(np.arange(0.0, end - 1e-9, every), end)
    found = own_course.followed(own_course.regimens(given, given.past, end), people, times, refine)
    values = found.walks[-1].values
    if lived:
        facts = given.adaptation(people)
        begins = history.begins(given, len(people), facts)
        adapted = history.left_behind(found.walks[-1], times, found.states.bound, begins, facts)
        values = values | {"person.tolerance": np.asarray(adapted.tolerance[-1])}
    return found.last, values


def hand_over(given: Inputs, values, state: course.State, people: range) -> Patients:
    """An episode's start from any state of a course with the same compartments: nothing of drug or receptor changes.

    values: parameters by name, tolerance among them. A clearance that a drug has sped stays so for the
    episode. Settling takes an hour of breathing for everyone; where nobody has any drug in the body and
    all share one physiology, rest is the same for all and kept.
    """
    physiology = given.physiology(people)
    values = values | course_arrays.induced(given.plan, values, np.asarray(state.x))
    wiring, rates = episode_arrays.drugs_of(given, values)
    start = episode_arrays.state_of(given.plan, episode.at_first(physiology, len(people)), state)
    if np.any(np.asarray(state.bound)) or np.any(np.asarray(state.x)) or any(np.ndim(v) for v in physiology):
        still, held, here = episode.unmoved(wiring, rates, start)
        start = start._replace(gas=episode.settled(still, physiology, held, here).gas)
    else:
        start = start._replace(gas=type(start.gas)(*(np.full(len(people), v) for v in _rest(physiology))))
    baseline = episode.look(*episode.unmoved(wiring, rates, start), physiology)[2].ventilation
    return Patients(given, values, physiology, wiring, rates, start, np.asarray(baseline), people)


@lru_cache(maxsize=8)
def _rest(physiology) -> tuple:
    """Breathing at rest without any drug: the same for everyone with this physiology."""
    nobody = episode.Wiring(0, (), (), (), (), (), ())
    none = np.zeros((0, 8))
    rates = episode.Drugs(*(none,) * 10, tolerance=np.zeros(8), gain=np.ones(8), steepness=1.0)
    state = episode.State(episode.at_first(physiology, 8), (), ())
    nobody, rates, state = episode.unmoved(nobody, rates, state)
    return tuple(float(np.asarray(v)[0]) for v in episode.settled(nobody, physiology, rates, state).gas)
