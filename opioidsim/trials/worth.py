"""What people of a trial cost, the health that they have, and how they go between states; of opioid use disorder.

Health is counted in quality-adjusted years: each visit's interval is worth what its share of days with use says, and nothing
after a death. Within three years nothing is discounted.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from opioidsim.cases.costs import Costs
from opioidsim.cases.person import normal, within
from opioidsim.cases.trial_plan import SHARING, Arm, Plan
from opioidsim.trials.replicates import Columns

YEAR = 365.25
STATES = ("in treatment, no use", "in treatment, use", "out, no use", "out, use", "dead")


def counted(p: Columns, plan: Plan, arm: Arm) -> dict[str, np.ndarray]:
    """What costs are multiplied by, of each person, (people,)."""
    began = p["began"] >= 0
    waited = np.where(began, p["began"], arm.opioid_free) * float(arm.place == "clinic")
    died = p["died"] >= 0 if "died" in p else np.zeros(len(began), bool)
    return {
        "weeks in treatment": np.where(began, np.maximum(p["left"] - p["began"], 0), 0) / 7.0,
        "injections": p["injections"],
        "days waiting in a clinic": waited,
        "days of use": p["days_used"],
        "overdoses survived": p.get("overdoses", np.zeros(len(began))),
        "deaths": died * 1.0,
        "people": np.ones(len(began)),
    }


def cost(p: Columns, plan: Plan, arm: Arm, costs: Costs, price: Callable[[str], np.ndarray]) -> np.ndarray:
    """The cost of each person, (people,). price: the value of an item or a utility by name, as each person's replicate reads it."""
    counts, drugs = counted(p, plan, arm), {dose.drug for dose in arm.regimen}
    applies = {name: item for name, item in costs.items.items() if not item.drug or item.drug in drugs}
    return sum(
        (counts[item.counts] * price(f"costs.{name}") for name, item in applies.items()), np.zeros(len(p["person"]))
    )


def health(p: Columns, plan: Plan, price: Callable[[str], np.ndarray]) -> np.ndarray:
    """Quality-adjusted years of each person, (people,)."""
    every, visits = plan.visits.every, plan.length // plan.visits.every
    alive = np.where(p["died"] >= 0, p["died"], plan.length) if "died" in p else np.full(len(p["person"]), plan.length)
    years = np.zeros(len(alive))
    for visit in range(visits):
        lived = np.clip(alive - visit * every, 0, every)
        share = p[f"use_{visit}"] / np.maximum(lived, 1)
        years += (
            lived
            / YEAR
            * (price("utilities.using") + 30.0 * price("utilities.day_less") * (1.0 - np.minimum(share, 1.0)))
        )
    return years


def prices(costs: Costs, plan: Plan, uncertain: bool) -> Callable[[np.ndarray], Callable[[str], np.ndarray]]:
    """prices(...)(replicate)(name): the value of an item or a utility, each pair of replicates with a reading of its own."""
    facts = costs.facts()

    def of(replicate: np.ndarray) -> Callable[[str], np.ndarray]:
        """Of people of these replicates."""
        groups = replicate // SHARING

        def price(name: str) -> np.ndarray:
            """(people,)."""
            if not uncertain:
                return np.full(len(groups), facts[name].value)
            z = normal(plan.people.seed, name, range(int(groups.max()) + 1))
            return within(facts[name], z)[groups]

        return price

    return of


def transitions(p: Columns, plan: Plan) -> Iterator[dict[str, Any]]:
    """Rows of a Markov model's input: from each state to each, by visit: people at risk, and the chance of going there in the
    interval that follows."""
    states = _states(p, plan)
    for visit, (now, then) in enumerate(itertools.pairwise(states)):
        for source, name in enumerate(STATES[:-1]):
            at_risk = int((now == source).sum())
            for target, other in enumerate(STATES):
                if at_risk:
                    chance = float((then[now == source] == target).mean())
                    yield {"from_day": (visit + 1) * plan.visits.every, "from": name, "to": other, "people": at_risk, "probability": chance}  # fmt: skip


def _states(p: Columns, plan: Plan) -> np.ndarray:
    """The state of each person in each interval between visits, (visits, people)."""
    every = plan.visits.every
    found = []
    for visit in range(plan.length // every):
        end = (visit + 1) * every
        there = (p["began"] >= 0) & (p["began"] < end) & (p["left"] >= end)
        state = np.where(there, 0, 2) + (p[f"use_{visit}"] > 0)
        dead = (p["died"] >= 0) & (p["died"] < end) if "died" in p else np.zeros(len(there), bool)
        found.append(np.where(dead, 4, state))
    return np.stack(found)
