"""Measures of a simulated trial, said in words, for studies that are trials. One run serves all measures of a trial.

Point values of what people do, since a study's bounds already say how far a prediction may lie; and
so many people that the simulation's own error is small beside that of the trial.
"""

import re
import warnings
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from opioidsim.cases import trial_plan
from opioidsim.cases.trial_plan import Plan
from opioidsim.refusal import nearest
from opioidsim.studies import alcohol_measures, opioid_measures, own_measures

if TYPE_CHECKING:
    from opioidsim.questions.trial.run import Trial

PAIRS, HALF = 20, 60  # readings of what people do, and people of an arm in each of the two replicates that share one
PEOPLE = 1904  # in each arm: the simulation's own error is then a quarter of that of an arm of 120
OF = {"opioid": opioid_measures, "alcohol": alcohol_measures}


def check(trial: str, arm: str, quantity: str, measure: str) -> None:
    """Refuses a trial, an arm, a quantity or a measure that there is not, and an arm in it."""
    plan = trial_plan.read(trial)
    arms = [found.name for found in plan.arms]
    for name in (arm, *form_of(plan.condition, quantity, measure).groupdict().values()):
        if name not in arms:
            raise ValueError(f'the trial "{trial}" has no arm "{name}".{nearest(name, arms)}')


def form_of(condition: str, quantity: str, measure: str) -> re.Match:
    """The match of a measure with its form; the groups that have a name are arms."""
    forms = OF[condition].FORMS | own_measures.FORMS
    if quantity not in forms:
        raise ValueError(
            f'"{quantity}" is nothing that a trial of {condition} use disorder counts.{nearest(quantity, forms)}'
        )
    found = next(filter(None, (re.fullmatch(pattern, measure) for pattern in forms[quantity])), None)
    if found is None:
        example = re.sub(r"\(\?P<\w+>.+?\)", "ARM", forms[quantity][0])
        raise ValueError(f'"{measure}" is no measure of {quantity}; write for example "{example}".')
    return found


@lru_cache(maxsize=16)
def simulated(trial: str) -> "Trial":
    """The trial with many people and the point values of what people do."""
    from opioidsim.questions.question import Who
    from opioidsim.questions.trial import trial as run

    plan = trial_plan.read(trial)
    return run(plan, who=Who(people=PEOPLE * len(plan.arms), point=True))


def predict(trial: str, arm: str, quantity: str, measure: str) -> float:
    """The number that the simulated trial has where a published one was measured."""
    plan: Plan = trial_plan.read(trial)
    parts = form_of(plan.condition, quantity, measure).groups()
    if measure.startswith("rank correlation"):
        return alcohol_measures.correlation(plan, arm, parts[0])
    return measured(simulated(trial), arm, quantity, measure, parts)


def measured(found: "Trial", arm: str, quantity: str, measure: str, parts: tuple) -> float:
    """The measure of an arm's people: of the plan's own endpoints, or of the condition."""
    if quantity == "own":
        return own_measures.measured(found, arm, measure, parts)
    return OF[found.plan.condition].measured(found, arm, quantity, measure, parts)


def readings(trial: str, arm: str, quantity: str, measure: str) -> np.ndarray:
    """What is not known of the number: the prediction at normal quantiles of its spread over readings of what people do.

    Each reading is lived by two replicates. What these have in common, the covariance of one with the other over the
    readings, is the reading's and no chance.
    """
    from scipy.special import ndtri

    plan, point = trial_plan.read(trial), predict(trial, arm, quantity, measure)
    if measure.startswith("rank correlation"):
        return np.array([point])
    parts, found = form_of(plan.condition, quantity, measure).groups(), _drawn(trial)

    def of(replicate: int) -> float:
        here = slice(replicate * HALF, (replicate + 1) * HALF)
        people = {name: {key: column[here] for key, column in p.items()} for name, p in found.people.items()}
        return measured(replace(found, people=people, replicates=1), arm, quantity, measure, parts)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few people: a mean of none, a hazard ratio that does not exist
        both = np.array([[of(2 * pair), of(2 * pair + 1)] for pair in range(PAIRS)], float)
    both = both[np.isfinite(both).all(1)]
    between = float(np.cov(both.T)[0, 1]) if len(both) > PAIRS // 2 else 0.0
    return point + np.sqrt(max(between, 0.0)) * ndtri((np.arange(PAIRS) + 0.5) / PAIRS)


@lru_cache(maxsize=4)
def _drawn(trial: str) -> "Trial":
    """Replicates of the trial, each pair of them under a reading of its own of what people do."""
    from opioidsim.questions.question import Who
    from opioidsim.questions.trial import trial as run

    plan = trial_plan.read(trial)
    return run(plan, replicates=2 * PAIRS, who=Who(people=HALF * len(plan.arms)))
