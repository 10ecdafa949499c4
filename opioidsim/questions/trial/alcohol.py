"""What would a trial of naltrexone in alcohol use disorder show? Replicates of a trial, the same people in every arm."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opioidsim.cases.trial_plan import Arm, Plan
from opioidsim.facts.evidence import LIBRARY
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
        replicate; holding 95 % of the replicates with more."""
        rows = []
        for arm in self.people:
            for name in self.plan.endpoints:
                values = self.counted(arm, name)
                middle, low, high = replicating.mean_of(values)
                row = {"arm": arm, "endpoint": name, "said": SAID[name], "mean": middle, "low": low, "high": high}
                rows.append(row | {"median": float(np.median(values))})
        return rows

    def contrasts(self) -> list[dict]:
        """Each further arm against the first: ratios of heavy days and drinks, odds ratio of abstinent days, differences of
        the shares that return to drinking with numbers needed to treat. Mean over replicates, interval of one trial.

        Arms are compared between different people, as in a trial: a replicate of one arm with its pair's of the other.
        """
        first, *others = self.people
        return [row for other in others for row in self._compared(other, first)]

    def _compared(self, arm: str, other: str) -> list[dict]:
        rows = []
        for name in ("heavy days", "drinks"):
            each = self._each(arm, other, name, _log_ratio)
            rows.append(self._row(arm, other, name, "ratio", np.exp(each)))
        rows.append(self._row(arm, other, "abstinent days", "odds ratio", np.exp(self._each(arm, other, "abstinent days", _log_odds))))  # fmt: skip
        for name in ("any drinking", "any heavy drinking"):
            found = self._row(arm, other, name, "risk difference", self._each(arm, other, name, survival.difference))
            low, middle, high = (1.0 / -found[k] if found[k] < 0 else float("inf") for k in ("low", "mean", "high"))
            rows += [found, found | {"measure": "number needed to treat", "mean": middle, "low": low, "high": high}]
        return rows

    def _each(self, arm: str, other: str, name: str, compare) -> np.ndarray:
        a, b = self.counted(arm, name), self.counted(other, name)
        return np.array([compare(a[r], b[partner]) for r, partner in replicating.pairs(self.replicates)])

    def _row(self, arm, other, endpoint, measure, each: np.ndarray) -> dict:
        """each: (replicates, 3) of value, low and high."""
        each = each[np.isfinite(each).all(1)]
        middle, low, high = each[0] if len(each) else (np.nan,) * 3
        if len(each) > 1:
            middle, (low, high) = np.median(each[:, 0]), np.quantile(each[:, 0], (0.025, 0.975))
        found = {"arm": arm, "against": other, "endpoint": endpoint, "measure": measure}
        return found | {"mean": float(middle), "low": float(low), "high": float(high)}

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


def _log_ratio(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Logarithm of the ratio of two means, with its 95 % interval from the spread between people."""
    error = np.sqrt(sum((x.std(ddof=1) / x.mean()) ** 2 / x.size for x in (a, b)))
    middle = float(np.log(a.mean() / b.mean()))
    return middle, middle - survival.Z * error, middle + survival.Z * error


def _log_odds(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Logarithm of the ratio of the odds of two mean shares, with its 95 % interval from the spread between people."""
    error = np.sqrt(sum((x.std(ddof=1) / (x.mean() * (1.0 - x.mean()))) ** 2 / x.size for x in (a, b)))
    p, q = a.mean(), b.mean()
    middle = float(np.log(p * (1.0 - q) / (q * (1.0 - p))))
    return middle, middle - survival.Z * error, middle + survival.Z * error


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
    question = f"{spread} {taking} {(LIBRARY / 'body' / 'drinking.toml').read_text()}"

    def live(arm: Arm, who: range) -> replicating.Columns:
        arguments = alcohol_arrays.ready(plan, arm, who, spread, taking)
        days = drinking.Day(*map(np.asarray, drinking.live(*arguments)))
        return outcomes(days, alcohol_arrays.is_woman(plan, who), arguments[4])

    arms = replicating.simulated(plan, replicates, live, question, folder, resume, threads, progress)
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
