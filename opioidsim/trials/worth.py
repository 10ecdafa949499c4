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
from opioidsim.cases.trial_arm import Arm
from opioidsim.cases.trial_plan import SHARING, Plan
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
    alive = np.where(p["died"] >= 0, p["died"], plan.length) if "died" in p else np.full(len(p["person"]), plan.length)
    years = np.zeros(len(alive))
    for visit, (start, end) in enumerate(itertools.pairwise((0, *plan.seen()))):
        lived = np.clip(alive - start, 0, end - start)
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
    for visit, moved in enumerate(_moved(p, plan)):
        for source, name in enumerate(STATES[:-1]):
            at_risk = int(moved[source].sum())
            for target, other in enumerate(STATES if at_risk else ()):
                yield {"from_day": plan.seen()[visit], "from": name, "to": other, "people": at_risk, "probability": float(moved[source, target] / at_risk)}  # fmt: skip


def cohort(p: Columns, plan: Plan, years: float) -> Iterator[dict[str, Any]]:
    """Rows of a Markov cohort: the share of it in each state at each visit. It is moved by the trial's own transitions, and after
    the trial by those of its last quarter of visits, all together; from a state in which nobody was nobody goes."""
    moved = _moved(p, plan)
    last = moved[-max(len(moved) // 4, 1) :].sum(0)
    shares = np.bincount(_states(p, plan)[0], minlength=len(STATES)) / len(p["person"])
    every = plan.seen()[0]
    for visit in range(max(int(years * YEAR) // every, 1)):
        for state, share in zip(STATES, shares, strict=True):
            yield {"day": (visit + 1) * every, "state": state, "share": float(share), "seen": visit <= len(moved)}
        shares = shares @ _chances(moved[visit] if visit < len(moved) else last)


def _chances(moved: np.ndarray) -> np.ndarray:
    """The chance of going from each state to each, of how many went; (states, states)."""
    out = moved.sum(1, keepdims=True)
    return np.where(out > 0, moved / np.maximum(out, 1), np.eye(len(STATES)))


def _moved(p: Columns, plan: Plan) -> np.ndarray:
    """How many went from each state to each, (visits - 1, states, states)."""
    pairs = (now * len(STATES) + then for now, then in itertools.pairwise(_states(p, plan)))
    return np.stack([np.bincount(pair, minlength=len(STATES) ** 2).reshape(len(STATES), -1) for pair in pairs])


def _states(p: Columns, plan: Plan) -> np.ndarray:
    """The state of each person in each interval between visits, (visits, people)."""
    found = []
    for visit, end in enumerate(plan.seen()):
        there = (p["began"] >= 0) & (p["began"] < end) & (p["left"] >= end)
        state = np.where(there, 0, 2) + (p[f"use_{visit}"] > 0)
        dead = (p["died"] >= 0) & (p["died"] < end) if "died" in p else np.zeros(len(there), bool)
        found.append(np.where(dead, 4, state))
    return np.stack(found)
