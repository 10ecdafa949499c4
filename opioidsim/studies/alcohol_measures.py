"""Measures of a simulated alcohol trial, said in words, for studies that are trials. One run serves all measures of a trial."""

import re
from functools import lru_cache

import numpy as np

from opioidsim.cases import trial_plan
from opioidsim.refusal import nearest
from opioidsim.trials import survival

PEOPLE = 1904  # in each arm: the simulation's own error is then a third of that of an arm of 200
TRIALS, ARM = 22, 150  # of a correlation over trials, and the people in each of their arms
SPAN = (0.3, 0.95)  # of the chance of taking a tablet, over such trials
FORMS = {  # quantity: the forms its measure may have
    "heavy days": (r"ratio against (.+)", r"median a month"),
    "heavy weeks": (r"ratio against (.+)",),
    "drinks": (r"ratio against (.+)",),
    "abstinent days": (
        r"odds ratio within people against (.+?), with (.+) against (.+)", r"odds ratio within people against (.+)", r"share",
    ),
    "any drinking": (r"risk difference against (.+)",),
    "any heavy drinking": (r"risk difference against (.+)", r"rank correlation with adherence over 22 trials against (.+)"),
    "first heavy day": (r"hazard ratio against (.+)",),
    "tablets": (r"median a week",),
}  # fmt: skip


def check(plan: trial_plan.Plan, quantity: str, measure: str) -> None:
    """Refuses a quantity, a measure or an arm in it that there is not."""
    if quantity not in FORMS:
        raise ValueError(f'"{quantity}" is nothing that an alcohol trial counts.{nearest(quantity, FORMS)}')
    arms = [arm.name for arm in plan.arms]
    for name in form_of(quantity, measure)[1]:
        if name not in arms:
            raise ValueError(f'the trial "{plan.title}" has no arm "{name}".{nearest(name, arms)}')


def form_of(quantity: str, measure: str) -> tuple[str, tuple]:
    """Which form a measure has, and the arms it names."""
    for pattern in FORMS[quantity]:
        match = re.fullmatch(pattern, measure)
        if match:
            return pattern.partition(" against ")[0], match.groups()
    raise ValueError(f'"{measure}" is no measure of {quantity}; write for example "{FORMS[quantity][0]}".')


@lru_cache(maxsize=8)
def simulated(trial: str):
    """The trial with many people and the point values of drinking."""
    from opioidsim.questions.trial.alcohol import drinking_trial as run

    plan = trial_plan.read(trial)
    return run(plan, people=PEOPLE * len(plan.arms), uncertain=False)


def predict(trial: str, arm: str, quantity: str, measure: str) -> float:
    """The number that the simulated trial has where a published one was measured."""
    form, others = form_of(quantity, measure)
    if form.startswith("rank correlation"):
        return correlation(trial, arm, others[0])
    found = simulated(trial)
    p, q = found.people[arm], found.people[others[0]] if others else {}
    match form:
        case "ratio":
            take = (
                _heavy_weeks
                if quantity == "heavy weeks"
                else {"heavy days": "heavy_days", "drinks": "drinks"}[quantity]
            )
            a, b = (take(x) if callable(take) else x[take] for x in (p, q))
            return float(a.mean() / b.mean())
        case "risk difference":
            a, b = (found.counted(name, quantity).mean() for name in (arm, others[0]))
            return float(a - b)
        case "hazard ratio":
            return _hazard_ratio(p, q, found.plan.length)
        case "odds ratio within people":
            pairs = [(p, q)] + ([(found.people[others[1]], found.people[others[2]])] if len(others) > 1 else [])
            return odds_ratio(pairs, found.plan.length)
        case "share":
            return float(found.counted(arm, quantity).mean())
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


def correlation(trial: str, arm: str, other: str) -> float:
    """Spearman's correlation of the risk ratio of heavy drinking with the chance of taking a tablet, over TRIALS trials of
    their own people."""
    from scipy.stats import spearmanr

    from opioidsim.questions.trial.alcohol import drinking_trial as run

    plan = trial_plan.read(trial)
    taking = np.linspace(*SPAN, TRIALS)
    ratios = []
    for number, chance in enumerate(taking):
        found = run(plan, people=ARM * len(plan.arms), seed=number + 1, uncertain=False, taking=float(chance))
        beside = run(plan, people=ARM * len(plan.arms), seed=number + 1 + TRIALS, uncertain=False, taking=float(chance))
        a, b = found.counted(arm, "any heavy drinking"), beside.counted(other, "any heavy drinking")
        ratios.append(a.mean() / b.mean())
    return float(spearmanr(taking, ratios)[0])  # pyright: ignore[reportArgumentType]


def _heavy_weeks(p: dict) -> np.ndarray:
    """Weeks with any heavy drinking, of each person."""
    weeks = sum(name.startswith("heavy_") and name[6:].isdigit() for name in p)
    return sum((p[f"heavy_{week}"] > 0).astype(float) for week in range(weeks))  # pyright: ignore[reportReturnType]


def _hazard_ratio(p: dict, q: dict, length: int) -> float:
    days = np.concatenate([p["first_heavy"], q["first_heavy"]])
    treated = np.repeat([True, False], [len(p["first_heavy"]), len(q["first_heavy"])])
    return survival.hazard_ratio(np.maximum(days, 0.5), days < length, treated)[0]
