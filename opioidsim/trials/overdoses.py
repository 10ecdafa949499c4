"""Overdoses of a trial's uses, read from the risk surface of the opioid; the dead use no more.

Each person has an own place among people, from the most to the least sensitive, and with it own
thresholds in every state of tolerance, blockade and sedation. What would have followed a death is
taken back afterwards; an overdose that is survived changes nothing of what people do.

A surface, because simulating each use on the episode clock would cost far more than the trial
itself. An own place, because drawing each use anew would in the end kill whoever uses often: who
has lived with a dose a hundred times is not at the average risk of it.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from opioidsim.cases.person import uniform, uniforms
from opioidsim.cases.trial_plan import Plan
from opioidsim.model.adaptation import own_tolerance
from opioidsim.surfaces import surface as risk
from opioidsim.trials.opioid import PARTS
from opioidsim.trials.opioid_people import Day
from opioidsim.trials.replicates import SHARED

SMALLER = np.geomspace(0.02, 1.0, 80)  # of a habit as drawn, the sizes that are tried for it


def counted(plan: Plan) -> bool:
    """Whether the plan asks for overdoses: of opioids, and "overdoses" among its endpoints."""
    return plan.condition == "opioid" and "overdoses" in plan.endpoints


def survived(plan: Plan, people: range, milligrams: np.ndarray, brought, potency_loss, facts) -> np.ndarray:
    """The habits [mg] as people have lived with them, (people,): at most the own threshold at the tolerance that this same
    habit brings, less habit_margin standard deviations of the logarithm of the doses.

    The threshold is that of breathing so low that a bystander would notice. milligrams: as drawn,
    (people,); brought: tolerance of who lives with the plan's, (people,); facts: of behaviour.
    """
    assert plan.people.habit is not None
    sizes = milligrams * SMALLER[:, None]
    tolerance = np.asarray(own_tolerance(brought, sizes / plan.people.habit.milligrams(), potency_loss))
    own = surface_of(plan).dose("depressed", _sensitivity(plan, people), tolerance)
    lived = sizes <= own * np.exp(-facts.habit_margin * facts.amount_spread)
    return np.where(lived, sizes, sizes[0]).max(0)


class Uses(NamedTuple):
    """Every use of a trial, one after another, (uses,) each: day, person, dose [mg], tolerance, sedative [C50], whether a bystander
    would notice it, and whether it kills.
    """

    day: np.ndarray
    who: np.ndarray
    milligrams: np.ndarray
    tolerance: np.ndarray
    sedative: np.ndarray
    seen: np.ndarray
    dies: np.ndarray


def uses(days: Day, plan: Plan, people: range, facts) -> Uses:
    """What each use meets. facts: of behaviour, (people,) each.

    A use meets an end where its dose is over the threshold of the person's own place, at this
    tolerance, receptors kept and sedation. Whether a sedative was taken, and whether someone was
    near, is drawn for each use.
    """
    surface, milligrams = surface_of(plan), np.array(days.milligrams)
    use = np.nonzero(milligrams > 0)
    day, _, who = use
    state = (np.asarray(days.tolerance)[use], np.asarray(days.kept)[use])
    u = {name: _draws(plan.people.seed, people, plan.length, name)[use] for name in ("sedative", "helped")}
    sedative = np.where(u["sedative"] < facts.sedative_share[who], facts.sedative_level[who], 0.0)
    helped = u["helped"] < facts.treated[who]
    own = _sensitivity(plan, people)[who]
    seen = milligrams[use] > surface.dose("depressed", own, *state, sedative)
    dies = seen & ~helped  # nobody's heart stops who could not have been noticed before
    dies[dies] = milligrams[use][dies] > surface.dose("arrest", own[dies], *(each[dies] for each in (*state, sedative)))
    return Uses(day, who, milligrams[use], state[0], sedative, seen, dies)


def of(days: Day, plan: Plan, people: range, facts) -> tuple[Day, dict[str, np.ndarray]]:
    """The days as they were lived, and columns of people: overdoses survived, the day of a death (-1: none).

    An overdose is a use that depresses breathing so much that a bystander would notice; it is fatal
    if the heart stops, unless someone near treats it in time. facts: of behaviour, (people,) each. Where the plan does not count overdoses,
    nobody has any.
    """
    if not counted(plan):
        return days, {}
    met = uses(days, plan, people, facts)
    died = np.full(len(people), plan.length)
    np.minimum.at(died, met.who[met.dies], met.day[met.dies])
    counts = np.zeros(len(people), int)
    np.add.at(counts, met.who[met.seen & ~met.dies & (met.day <= died[met.who])], 1)
    return _ended(days, died), {"overdoses": counts, "died": np.where(died < plan.length, died, -1)}


def surface_of(plan: Plan) -> risk.Surface:
    """The risk surface of the habit."""
    assert plan.people.habit is not None
    return risk.surface(plan.people.habit.drug, plan.people.habit.route)


def _sensitivity(plan: Plan, people: range) -> np.ndarray:
    """Each person's place among people, 0 the most to 1 the least sensitive, (people,): the same in
    every arm and on every day.
    """
    return uniform(plan.people.seed, "trial.sensitivity", people)


@lru_cache(maxsize=2 * SHARED)
def _draws(seed: int, people: range, days: int, name: str) -> np.ndarray:
    """(days, parts, people): each belongs to person, quantity, day and part of it, in all arms."""
    names = [f"trial.{name}.{day}.{part}" for day in range(days) for part in range(PARTS)]
    return uniforms(seed, names, people).reshape(days, PARTS, len(people))


def _ended(days: Day, died: np.ndarray) -> Day:
    """The days without those after a death, whose own day is lived to its end. died: day from randomisation, (people,)."""
    lived = np.arange(len(days.began))[:, None] <= died
    part = {
        name: np.where(lived, getattr(days, name), False)
        for name in ("staying", "began", "took", "injected", "attends")
    }
    return days._replace(milligrams=np.where(lived[:, None], days.milligrams, 0.0), **part)
