"""From weeks of treatment to the minutes of an overdose: the state in which an episode begins."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from opioidsim.cases.drug import Drug
from opioidsim.cases.scenario import Before, Scenario
from opioidsim.engine import course, episode, episode_arrays, history, inputs, layout

LOOK, MOST_LOOKS = 1.0, 4000  # hours between looks at activation on the way, and at most so many


class Patients(NamedTuple):
    """A chunk of people at the start of an episode."""

    plan: layout.Layout
    drugs: list[Drug]
    values: dict[str, np.ndarray]
    physiology: tuple
    wiring: episode.Wiring
    rates: episode.Drugs
    state: episode.State
    baseline: np.ndarray  # ventilation at rest [L/min]


def begin(scenario: Scenario, people: range, table: dict | None = None, refine: int = 0) -> Patients:
    """These people as the episode starts: drugs as the course before it left them, breathing at rest with those drugs.

    The course's amounts, effect sites and bound shares are taken over as they are; tolerance too, if the course says
    where it began. A crowd then carries the bands of its time constants.
    """
    members = scenario.drugs()
    plan = layout.layout(members, scenario.given())
    values = inputs.values(scenario, people, table)
    walk = history.ready(plan, values)
    state = course.start(walk.body)
    if scenario.before:
        along = _before(scenario, scenario.before, walk, people, refine)
        state, adapted = along.at(scenario.before.duration)
        if scenario.before.tolerance is not None:
            values = values | {"person.tolerance": np.asarray(adapted.tolerance)}
    return hand_over(scenario, plan, members, values, state, people, table)


def _before(scenario: Scenario, before: Before, walk: history.Walk, people: range, refine: int) -> history.Along:
    """The course before the episode, from nothing in the body and the tolerance it begins with."""
    crowd = scenario.population
    facts = inputs.adaptation_of(people, crowd.seed if crowd else 1, uncertain=crowd is not None)
    begin = history.unadapted(scenario.person, len(people))._replace(
        tolerance=np.full(len(people), before.tolerance or 0.0)
    )
    every = before.duration if before.tolerance is None else max(LOOK, before.duration / MOST_LOOKS)
    return history.followed(walk, before.doses, before.duration, every, (), None, begin, facts, refine)


def hand_over(scenario, plan, members, values, state: course.State, people: range, table=None) -> Patients:
    """An episode's start from any state of a course with the same compartments: nothing of drug or receptor changes."""
    physiology = inputs.physiology(table, people)
    wiring, rates = episode_arrays.drugs_of(plan, members, values)
    start = episode_arrays.state_of(plan, episode.at_first(physiology, len(people)), state)
    if np.any(np.asarray(state.bound)) or np.any(np.asarray(state.x)) or any(np.ndim(v) for v in physiology):
        start = episode.settled(wiring, physiology, rates, start)
    else:
        start = start._replace(gas=type(start.gas)(*(np.full(len(people), v) for v in _rest(physiology))))
    baseline = episode.look(wiring, rates, start, physiology)[2].ventilation
    return Patients(plan, members, values, physiology, wiring, rates, start, np.asarray(baseline))


@lru_cache(maxsize=8)
def _rest(physiology) -> tuple:
    """Breathing at rest without any drug: the same for everyone with this physiology."""
    nobody = episode.Wiring(0, (), (), (), (), (), ())
    none = np.zeros((0, 8))
    rates = episode.Drugs(none, none, none, none, none, none, none, none, none, np.zeros(8))
    state = episode.State(episode.at_first(physiology, 8), (), ())
    return tuple(float(v[0]) for v in episode.settled(nobody, physiology, rates, state).gas)
