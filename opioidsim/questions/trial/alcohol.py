"""What would a trial of naltrexone in alcohol use disorder show? Replicates of a trial, the same people in every arm."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.trial_plan import Arm, Plan, days_of
from opioidsim.refusal import Refusal
from opioidsim.trials import alcohol as drinking
from opioidsim.trials import alcohol_arrays, survival
from opioidsim.trials import replicates as replicating

MONTH = 30.4  # days
COUNTED = {  # what is counted of each person, from the columns of people
    "heavy days": lambda p, plan: p["heavy_days"] / plan.length * MONTH,
    "abstinent days": lambda p, plan: 1.0 - p["drinking_days"] / plan.length,
    "drinks": lambda p, plan: p["drinks"] / plan.length * MONTH,
    "any drinking": lambda p, plan: p["drinking_days"] > 0,
    "any heavy drinking": lambda p, plan: p["heavy_days"] > 0,
    "tablets": lambda p, plan: p["tablets"] / plan.length * 7.0,
    "injections": lambda p, plan: p["injections"] * 1.0,
}
MOST = {  # the largest value that a person can have, where it is no share of people and no count of events
    "heavy days": lambda arm, plan: MONTH,
    "abstinent days": lambda arm, plan: 1.0,
    "tablets": lambda arm, plan: 7.0 * len(days_of(arm, plan, depot=False)) / plan.length,
    "injections": lambda arm, plan: len(days_of(arm, plan, depot=True)),
}
SAID = {
    "heavy days": "heavy drinking days a month", "abstinent days": "share of days abstinent", "drinks": "drinks a month",
    "any drinking": "return to any drinking", "any heavy drinking": "return to heavy drinking",
    "tablets": "tablets a week", "injections": "injections",
}  # fmt: skip


@dataclass(frozen=True)
class DrinkingTrial:
    """Replicates of an alcohol trial side by side. people: for each arm its columns, (replicates x people of an arm,).

    Person k of replicate r is the same person in every arm. uncertain: each pair of replicates has its own reading of what
    is not known; without, all have the point values.
    """

    plan: Plan
    replicates: int
    uncertain: bool
    people: dict[str, dict[str, np.ndarray]]

    def counted(self, arm: str, name: str) -> np.ndarray:
        """What is counted of each person, (replicates, people of an arm)."""
        return np.asarray(COUNTED[name](self.people[arm], self.plan)).reshape(self.replicates, -1)

    def rows(self) -> list[dict]:
        """One row per arm and endpoint: mean, median of people, and an interval: of the share or mean (95 %) with one
        replicate; holding 95 % of the replicates with 20 or more."""
        rows = []
        for arm in self.people:
            for name in self.plan.endpoints:
                values = self.counted(arm, name)
                most = MOST[name](self.plan.arm(arm), self.plan) if name in MOST else float("inf")
                numbers = replicating.mean_of(values, most, MONTH / self.plan.length if name == "drinks" else None)
                row = {"arm": arm, "endpoint": name, "said": SAID[name], **replicating.named(numbers)}
                rows.append(row | {"median": float(np.median(values))})
        return rows

    def contrasts(self) -> list[dict]:
        """Each further arm against the first: ratios of heavy days and drinks, odds ratio of abstinent days, differences of
        the shares that return to drinking with numbers needed to treat or to harm. Mean over replicates (of logarithms for
        ratios), interval of one trial.

        Arms are compared between different people, as in a trial: a replicate of one arm with its pair's of the other.
        """
        return replicating.against_first(self.people, self._compared)

    def _compared(self, arm: str, other: str) -> list[dict]:
        def row(name: str, measure: str, compare, logarithm: bool) -> dict:
            a, b = (self.counted(one, name) for one in (arm, other))
            return replicating.contrast(arm, other, name, measure, a, b, compare, logarithm)

        rows = [row(name, "ratio", survival.log_ratio, True) for name in ("heavy days", "drinks")]
        rows.append(row("abstinent days", "odds ratio", survival.log_odds, True))
        for name in ("any drinking", "any heavy drinking"):
            found = row(name, "risk difference", survival.difference, False)
            rows += [found, replicating.needed(found)]
        return rows

    def power(self) -> list[dict]:
        """The chance of p < 0.05 (means of heavy drinking days, each further arm against the first) by people per arm."""

        def found(sizes, arm, first):
            treated, reference = (self.counted(name, "heavy days").ravel() for name in (arm, first))
            return survival.power_of_means(sizes, treated, reference)

        return replicating.power_rows(self.people, "mean heavy drinking days", found)

    def weekly(self) -> list[dict]:
        """By arm and week: share of days with heavy drinking, and abstinent; mean blockade of the drinking period."""
        rows = []
        for arm, p in self.people.items():
            for week in range(self.plan.length // 7):
                row: dict = {"arm": arm, "week": week + 1}
                row |= {name: float(p[f"{name}_{week}"].mean()) for name in ("heavy", "abstinent", "blockade")}
                rows.append(row)
        return rows


def drinking_trial(
    plan,
    replicates: int = 1,
    people: int | None = None,
    seed: int | None = None,
    uncertain: bool | None = None,
    taking: float | None = None,
    folder: Path | None = None,
    resume: bool = False,
    threads: int | None = None,
    progress=None,
) -> DrinkingTrial:
    """Runs a trial of alcohol use disorder: a Plan, a path, or the name of one that comes with the package.

    people: in all arms together, instead of the plan's. uncertain: each pair of replicates with its own reading of
    what is not known; by default with more than one replicate. taking: everyone's chance of taking the day's tablet, 0..1, instead of
    the facts'. folder, resume: finished chunks are kept, and those of an interrupted run are read. Raises Refusal.
    """
    plan = replicating.planned(plan, "alcohol", replicates, people, seed)
    if taking is not None and not 0 < taking < 1:
        raise Refusal(f"the chance of taking a tablet is {taking:g}; give more than 0 and less than 1.")
    spread = replicates > 1 if uncertain is None else uncertain
    scenarios = [alcohol_arrays.scenario_of(plan, arm) for arm in plan.arms]
    model = provenance.model(scenarios, alcohol_arrays.RESTS_ON)

    def live(arm: Arm, who: range) -> replicating.Columns:
        arguments = alcohol_arrays.ready(plan, arm, who, spread, taking)
        days = drinking.Day(*map(np.asarray, drinking.live(*arguments)))
        return outcomes(days, alcohol_arrays.is_woman(plan, who), arguments[4])

    arms = replicating.simulated(plan, replicates, live, f"{spread} {taking}", model, folder, resume, threads, progress)
    return DrinkingTrial(plan, replicates, spread, arms)


def outcomes(days: drinking.Day, woman: np.ndarray, facts) -> dict[str, np.ndarray]:
    """Columns of people, each (people,), from the days; a heavy day has 5 drinks or more in a man, 4 in a woman. facts: of drinking."""
    least = np.where(woman, facts.heavy_women, facts.heavy_men)
    drank, heavy = days.drinks > 0, days.drinks >= least
    found = {
        "woman": woman,
        "drinking_days": drank.sum(0),
        "heavy_days": heavy.sum(0),
        "drinks": days.drinks.sum(0),
        "first_heavy": np.where(heavy.any(0), heavy.argmax(0), len(heavy)),
        "tablets": days.took.sum(0),
        "injections": days.injected.sum(0),
    }
    for week in range(len(drank) // 7):
        rows = slice(7 * week, 7 * week + 7)
        found[f"heavy_{week}"] = heavy[rows].mean(0).astype(np.float32)
        found[f"abstinent_{week}"] = 1.0 - drank[rows].mean(0).astype(np.float32)
        found[f"blockade_{week}"] = days.blockade[rows].mean(0).astype(np.float32)
    return found
