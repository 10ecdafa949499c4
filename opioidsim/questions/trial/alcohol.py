"""Alcohol use disorder: who drinks, how much, and takes the medicine."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from opioidsim.cases import endpoint
from opioidsim.cases.person import uniform
from opioidsim.cases.trial_arm import Arm
from opioidsim.cases.trial_plan import Plan, most_days
from opioidsim.questions.trial.condition import Compared, Condition, Counted
from opioidsim.trials import alcohol, alcohol_arrays
from opioidsim.trials.outcomes import own_columns, told
from opioidsim.trials.replicates import Columns

MONTH = 30.4  # days
COUNTED = {
    "heavy days": Counted("heavy drinking days a month", lambda p, plan: p["heavy_days"] / plan.length * MONTH, lambda arm, plan: MONTH),
    "abstinent days": Counted(
        "share of days abstinent", lambda p, plan: 1.0 - p["drinking_days"] / plan.length, lambda arm, plan: 1.0, share=True
    ),
    "drinks": Counted("drinks a month", lambda p, plan: p["drinks"] / plan.length * MONTH, unit=lambda plan: MONTH / plan.length),
    "any drinking": Counted("return to any drinking", lambda p, plan: p["drinking_days"] > 0, share=True),
    "any heavy drinking": Counted("return to heavy drinking", lambda p, plan: p["heavy_days"] > 0, share=True),
    "tablets": Counted(
        "tablets a week", lambda p, plan: p["tablets"] / plan.length * 7.0,
        lambda arm, plan: min(7.0 * most_days(arm, plan, depot=False) / plan.length, 7.0),
    ),
    "switched": Counted("switched", lambda p, plan: p["switched"] >= 0, share=True),
    "injections": Counted(
        "injections", lambda p, plan: p["injections"] * 1.0, lambda arm, plan: most_days(arm, plan, depot=True)
    ),
}  # fmt: skip
TOLD = {"drinking": "drank", "heavy": "heavy"}  # what is told at a visit, and of which days
HEAVY = Compared("heavy days", "ratio")


def recorded(days: alcohol.Day, woman: np.ndarray, facts) -> Columns:
    """What a plan's own endpoints are made of, (days, people) each: see `cases/endpoint.py`."""
    least = np.where(woman, facts.heavy_women, facts.heavy_men)
    return {"drank": days.drinks > 0, "heavy": days.drinks >= least, **days._asdict()}


def outcomes(days: alcohol.Day, woman: np.ndarray, facts) -> Columns:
    """Columns of people, each (people,), from the days; a heavy day has 5 drinks or more in a man, 4 in a woman. facts: of drinking."""
    series = recorded(days, woman, facts)
    drank, heavy = series["drank"], series["heavy"]
    found = {
        "woman": woman,
        "drinking_days": drank.sum(0),
        "heavy_days": heavy.sum(0),
        "drinks": days.drinks.sum(0),
        "first_heavy": np.where(heavy.any(0), heavy.argmax(0), len(heavy)),
        "switched": np.where(days.switched.any(0), days.switched.argmax(0), -1),
        "tablets": days.took.sum(0),
        "injections": days.injected.sum(0),
    }
    for week in range(len(drank) // 7):
        rows = slice(7 * week, 7 * week + 7)
        found[f"heavy_{week}"] = heavy[rows].mean(0).astype(np.float32)
        found[f"abstinent_{week}"] = 1.0 - drank[rows].mean(0).astype(np.float32)
        found[f"blockade_{week}"] = days.blockade[rows].mean(0).astype(np.float32)
    return found


def reported(plan: Plan, who: range, series: Columns) -> Columns:
    """What people tell at their visits, (visits, people) each; who misses one is left to chance, as often as the plan says."""
    came = np.stack(
        [uniform(plan.people.seed, f"drinking.visit.{day}", who) >= plan.visits.missed for day in plan.seen()]
    )
    found = {
        f"{name}_reported": told(endpoint.up_to(series[each], plan.seen()) > 0, came, plan)
        for name, each in TOLD.items()
    }
    return found | {"visit_missing": ~came}


def _weeks(p: Columns, plan: Plan, replicates: int) -> Iterator[dict[str, Any]]:
    """By week: share of days with heavy drinking, and abstinent; mean blockade of the drinking period."""
    for week in range(plan.length // 7):
        yield {"week": week + 1} | {name: float(p[f"{name}_{week}"].mean()) for name in ("heavy", "abstinent", "blockade")}  # fmt: skip


def _lived(plan: Plan, arm: Arm, who: range, uncertain: bool) -> tuple[alcohol.Day, tuple]:
    """The days of these people in an arm, (days, people) each, and the facts of drinking that they lived under."""
    arguments = alcohol_arrays.ready(plan, arm, who, uncertain)
    return alcohol.Day(*map(np.asarray, alcohol.live(*arguments))), arguments[4]


def _live(plan: Plan, arm: Arm, who: range, uncertain: bool) -> Columns:
    """Columns of these people in an arm, (people,) each; see `outcomes`."""
    days, facts = _lived(plan, arm, who, uncertain)
    woman = alcohol_arrays.is_woman(plan, who)
    series = recorded(days, woman, facts)
    return outcomes(days, woman, facts) | own_columns(plan, series | reported(plan, who, series))


def _days(plan: Plan, arm: Arm, who: range, uncertain: bool) -> Columns:
    """The days of these people in an arm by name, (days, people) each."""
    return _lived(plan, arm, who, uncertain)[0]._asdict()


ALCOHOL = Condition(
    counted=COUNTED,
    of={},
    events={},
    compared=(
        HEAVY, Compared("drinks", "ratio"), Compared("abstinent days", "odds ratio"),
        Compared("any drinking", "risk difference", needed=True), Compared("any heavy drinking", "risk difference", needed=True),
    ),
    main=(HEAVY, "Heavy drinking days"),
    tables={"weeks": _weeks},
    rests_on=alcohol_arrays.RESTS_ON,
    scenario=alcohol_arrays.scenario_of,
    live=_live,
    days=_days,
    weak=(
        "That naltrexone works on drinking through mu blockade, and in proportion to it, is an inference; how people drink and take "
        "tablets is assumed in part. Trials differ in how much placebo does."
    ),
)  # fmt: skip
