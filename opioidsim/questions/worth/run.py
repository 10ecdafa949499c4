"""The answer of what a treatment is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases import costs as costing
from opioidsim.cases.trial_plan import Plan
from opioidsim.questions.of_costs import OfCosts
from opioidsim.questions.question import Who, Work
from opioidsim.questions.trial.run import run as tried
from opioidsim.questions.worth import words
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Charts, Frames, Row
from opioidsim.trials import replicates as replicating
from opioidsim.trials import worth

Asked = tuple[tuple[float, ...], float, tuple[float, ...], float]  # see `run`
STEPS = np.linspace(0.0, 200_000.0, 81)  # of what a year may cost, for the curve
DICTIONARY = {
    "from_day": "day from randomisation on which the interval begins, at whose end somebody is in the second state",
    "from": "state in the interval before", "to": "state in this interval", "people": "in transitions: how many simulated people are in the first state; in budget: how many are treated as in the arm",
    "probability": "share of them who are in the second state an interval later", "willing": "what a quality-adjusted year may cost",
    "acceptable": "share of pairs of replicates in which the arm's net benefit over the reference is more than 0",
    "arm": "name of the arm in the plan", "year": "year in which the people begin treatment", "more": "what they cost more than with the reference arm, in all",
    "more_low": "low end of the interval of that", "more_high": "high end of the interval of that",
    "day": "days from randomisation", "state": "state in the interval that ends then", "share": "share of the cohort in that state",
    "seen": "whether the trial lasts so long; else moved by the transitions of its last quarter",
    "column": "name of a column", "meaning": "what it means",
    "cost": "in pairs: mean cost of a person more than with the reference", "qaly": "in pairs: mean quality-adjusted years of a person more", "replicate": "number of the pair of replicates",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Worth(OfCosts):
    """A trial with what it costs and gives. cost, health: for each arm (replicates x people of an arm,), in the currency of
    `costs` and in quality-adjusted years. willing: what a year may cost. eligible: people who begin in a year; uptake: the share of
    them in the other arm, year by year; years: for how long a cohort is followed."""

    rows_name = "arms"
    columns = words.COLUMNS
    willing: tuple[float, ...]
    eligible: float
    uptake: tuple[float, ...]
    years: float
    cost: dict[str, np.ndarray]
    health: dict[str, np.ndarray]

    @property
    def head(self) -> str:
        return f"What is it worth? {self.trial.plan.title}"

    def rows(self) -> list[Row]:
        """One row per arm: cost, quality-adjusted years, and against the reference arm the differences, what a year gained
        costs, and how sure it is that this is less than what one would pay."""
        return [self._row(arm) for arm in self.trial.people]

    def _row(self, arm: str) -> dict[str, Any]:
        """One arm."""
        row: Row = {"arm": arm}
        for name, values in (("cost", self.cost[arm]), ("qaly", self.health[arm])):
            row |= _spread(name, replicating.mean_of(self._each(values), least=float("-inf")))
        reference = self.trial.plan.compared_with()
        if arm == reference:
            return row
        for name, values in (("more_cost", self.cost), ("more_qaly", self.health)):
            found = replicating.contrast(
                arm, reference, name, name, self._each(values[arm]), self._each(values[reference]), _difference
            )
            row |= _spread(name, (found["mean"], found["low"], found["high"]))
        row["ratio"] = words.ratio(row["more_cost"], row["more_qaly"])
        return row | {f"acceptable_{each:g}": self.acceptable(arm, each) for each in self.willing}

    def _each(self, values: np.ndarray) -> np.ndarray:
        """(replicates, people of an arm)."""
        return values.reshape(self.trial.replicates, -1)

    def pairs(self, arm: str) -> np.ndarray:
        """More cost and more health of an arm against the reference, (pairs of replicates, 2), between different people."""
        reference = self.trial.plan.compared_with()
        cost, health = (
            [self._each(each[name]).mean(1) for name in (arm, reference)] for each in (self.cost, self.health)
        )
        of = replicating.pairs(self.trial.replicates)
        return np.array([[cost[0][r] - cost[1][s], health[0][r] - health[1][s]] for r, s in of])

    def acceptable(self, arm: str, willing: float) -> float | None:
        """The share of pairs in which the arm is worth its cost; None where there are too few of them to say."""
        pairs = self.pairs(arm)
        return float((willing * pairs[:, 1] > pairs[:, 0]).mean()) if len(pairs) >= replicating.FEW else None

    def budget(self) -> list[Row]:
        """What it costs more to treat a share of those who begin in a year as in each further arm, year by year: the whole
        difference in costs of a person counts in the year in which that person begins."""
        return [
            {"arm": row["arm"], "year": year, "people": self.eligible * share}
            | {name.replace("more_cost", "more"): self.eligible * share * row[name] for name in row if name.startswith("more_cost")}
            for row in self.rows() if "more_cost" in row for year, share in enumerate(self.uptake, 1)
        ]  # fmt: skip

    def curve(self) -> list[Row]:
        """The acceptability curve of each further arm."""
        others = [arm for arm in self.trial.people if arm != self.trial.plan.compared_with()]
        return [
            {"arm": arm, "willing": float(at), "acceptable": self.acceptable(arm, float(at))}
            for arm in others
            for at in STEPS
        ]

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        return {
            "title": self.trial.plan.title,
            "costs": self.costs.title,
            "currency": self.costs.currency,
            "replicates": self.trial.replicates,
        }

    def told(self) -> dict[str, Any]:
        """The trial's plan, and costs and utilities as they were read."""
        return self.trial.told() | {"costs": self.costs.model_dump(mode="json", exclude_defaults=True)}

    def cohort(self) -> list[Row]:
        """The share of each arm in each state, at each visit and beyond the trial."""
        people = self.trial.people.items()
        return [{"arm": arm} | row for arm, p in people for row in worth.cohort(p, self.trial.plan, self.years)]

    def tables(self) -> Frames:
        """acceptability, pairs of replicates, budget, transition probabilities and a cohort that they move as CSV, and a dictionary of
        their columns."""
        import pandas as pd

        plan = self.trial.plan
        rows: dict[str, list[Row]] = {
            "acceptability": self.curve(),
            "pairs": [{"arm": arm, "replicate": n, "cost": c, "qaly": q} for arm in self.trial.people if arm != plan.compared_with()
                      for n, (c, q) in enumerate(self.pairs(arm))],
            "transitions": [{"arm": arm} | row for arm, p in self.trial.people.items() for row in worth.transitions(p, plan)],
            "budget": self.budget(),
            "cohort": self.cohort(),
            "dictionary": [{"column": name, "meaning": meaning} for name, meaning in DICTIONARY.items()],
        }  # fmt: skip
        return {f"{name}.csv": pd.DataFrame(table) for name, table in rows.items() if table}

    def charts(self) -> Charts:
        from opioidsim.questions.worth.figure import charts

        return charts(self)


def _difference(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    from opioidsim.trials.survival import mean_difference

    return mean_difference(a, b)


def _spread(name: str, numbers: Iterable[float]) -> dict[str, float]:
    """Mean of a row's column, with low and high where there are replicates enough to say them."""
    mean, *ends = map(float, numbers)
    return {name: mean} | ({f"{name}_low": ends[0], f"{name}_high": ends[1]} if np.isfinite(ends).all() else {})


def run(plan: Plan, costs: str, replicates: int, asked: Asked, who: Who, work: Work) -> Worth:
    """The question's answer; see `worth`. Costs and utilities are read anew by each pair of replicates, as what people do is. asked: what a
    year may cost, people who begin in a year, uptake by year, years of the cohort."""
    willing, eligible, uptake, years = asked
    if plan.condition != "opioid":
        raise Refusal("what it is worth is known of trials of opioid use disorder only; for drinking ask the trial, and take its endpoints further.", where="plan")  # fmt: skip
    if len(plan.arms) < 2:
        raise Refusal("this plan has one arm; give a second to compare it with.", where="plan")
    apart = np.diff((0, *plan.seen(), plan.length))
    if len(set(apart[:-1])) > 1 or apart[-1] >= apart[0]:
        raise Refusal("visits: people go between states from visit to visit, equally far apart until the end; give the plan [visits] every, such as \"7 d\", instead of on.", where="plan")  # fmt: skip
    known = costing.read(costs)
    found = tried(plan, replicates, False, who, work)
    price = worth.prices(known, found.plan, found.uncertain)
    spent: dict[str, np.ndarray] = {}
    lived: dict[str, np.ndarray] = {}
    for arm in found.plan.arms:
        p = found.people[arm.name]
        spent[arm.name] = worth.cost(p, found.plan, arm, known, price(p["replicate"]))
        lived[arm.name] = worth.health(p, found.plan, price(p["replicate"]))
    return Worth(
        scenario=found.scenario,
        trial=found,
        costs=known,
        willing=tuple(willing),
        eligible=eligible,
        uptake=tuple(uptake),
        years=years,
        cost=spent,
        health=lived,
    )
