"""Measures of a simulated trial of alcohol use disorder, from the columns of an arm's people.

Each is taken as its paper took it: a ratio of means, an odds ratio within people, a median, a
correlation over trials.
"""

from typing import TYPE_CHECKING

import numpy as np

from opioidsim.cases.trial_plan import Plan
from opioidsim.trials import survival

if TYPE_CHECKING:
    from opioidsim.questions.trial.run import Trial

TRIALS, ARM = 22, 150  # of a correlation over trials, and the people in each of their arms
SPAN = (0.3, 0.95)  # of the chance of taking a tablet, over such trials
FORMS = {  # quantity: the forms its measure may have
    "heavy days": (r"ratio against (?P<arm>.+)", r"median a month"),
    "heavy weeks": (r"ratio against (?P<arm>.+)",),
    "drinks": (r"ratio against (?P<arm>.+)",),
    "abstinent days": (
        r"odds ratio within people against (?P<arm>.+?), with (?P<treated>.+) against (?P<other>.+)", r"odds ratio within people against (?P<arm>.+)", r"share",
    ),
    "any drinking": (r"risk difference against (?P<arm>.+)",),
    "any heavy drinking": (r"risk difference against (?P<arm>.+)", r"rank correlation with adherence over 22 trials against (?P<arm>.+)"),
    "first heavy day": (r"hazard ratio against (?P<arm>.+)",),
    "tablets": (r"median a week",),
}  # fmt: skip


def measured(found: "Trial", arm: str, quantity: str, measure: str, others: tuple) -> float:
    """The measure of an arm's people; others: the arms that it names."""
    form = measure.partition(" against ")[0]
    p, q = found.people[arm], found.people[others[0]] if others else {}
    match form:
        case "ratio":
            a, b = (_heavy_weeks(x) if quantity == "heavy weeks" else x[quantity.replace(" ", "_")] for x in (p, q))
            return float(a.mean() / b.mean())
        case "risk difference":
            a, b = (np.mean(found.counted(name, quantity)) for name in (arm, others[0]))
            return float(a - b)
        case "hazard ratio":
            ends = ((x["first_heavy"], x["first_heavy"] < found.plan.length) for x in (p, q))
            return survival.hazard_ratio_of(*ends)[0]
        case "odds ratio within people":
            pairs = [(p, q)] + ([(found.people[others[1]], found.people[others[2]])] if len(others) > 1 else [])
            return odds_ratio(pairs, found.plan.length)
        case "share":
            return float(np.mean(found.counted(arm, quantity)))
    return float(np.median(found.counted(arm, quantity)))


def odds_ratio(pairs, days: int) -> float:
    """Odds of an abstinent day in the first arm of each pair over the second, within people (Mantel and Haenszel 1959).

    Person k is the same in every arm, so that each person is a stratum of their own.
    """
    above = below = 0.0
    for treated, other in pairs:
        abstinent, drinking = days - treated["drinking_days"], treated["drinking_days"]
        above += (abstinent * other["drinking_days"]).sum()
        below += (drinking * (days - other["drinking_days"])).sum()
    return float(above / below)


def correlation(plan: Plan, arm: str, other: str) -> float:
    """Spearman's correlation of the risk ratio of heavy drinking with the chance of taking a tablet, over TRIALS trials of
    their own people. Within a trial everyone has the same chance, and nobody gives up."""
    from scipy.stats import spearmanr

    from opioidsim.questions.question import Who
    from opioidsim.questions.trial import trial

    taking = np.linspace(*SPAN, TRIALS)
    ratios = []
    for number, chance in enumerate(taking):
        change = {
            "drinking.take_tablet": repr(float(np.log(chance / (1.0 - chance)))),
            "drinking.take_person": "0",
            "drinking.quit": "0 1/d",
        }
        found, beside = (
            trial(plan, who=Who(people=ARM * len(plan.arms), seed=seed, point=True, change=change))
            for seed in (number + 1, number + 1 + TRIALS)
        )
        a, b = (np.mean(found.counted(arm, "any heavy drinking")), np.mean(beside.counted(other, "any heavy drinking")))
        ratios.append(a / b)
    return float(spearmanr(taking, ratios)[0])  # pyright: ignore[reportArgumentType]


def _heavy_weeks(p: dict) -> np.ndarray:
    """Weeks with any heavy drinking, of each person."""
    weeks = sum(name.startswith("heavy_") and name[6:].isdigit() for name in p)
    return sum((p[f"heavy_{week}"] > 0).astype(float) for week in range(weeks))  # pyright: ignore[reportReturnType]
