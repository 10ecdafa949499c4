"""Opioid use disorder: who begins, stays, relapses, uses, and takes an overdose."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from opioidsim.cases.cautions import rules
from opioidsim.cases.trial_arm import Arm
from opioidsim.cases.trial_plan import Plan, most_days
from opioidsim.questions.trial.condition import Compared, Condition, Counted
from opioidsim.trials import opioid, opioid_arrays, outcomes, overdoses
from opioidsim.trials.replicates import Columns

COUNTED = {
    "inducted": Counted("inducted", lambda p, plan: p["began"] >= 0, share=True),
    "retained": Counted("retained", lambda p, plan: (p["began"] >= 0) & (p["left"] >= plan.length), share=True),
    "relapsed": Counted("relapsed", lambda p, plan: p["relapsed"], share=True),
    "weeks abstinent": Counted(
        "weeks abstinent", lambda p, plan: p["weeks_abstinent"], lambda arm, plan: max(plan.seen(), default=0) / 7.0
    ),
    "days of use": Counted("days of use", lambda p, plan: p["days_used"], lambda arm, plan: plan.length),
    "craving": Counted("craving, of 100", lambda p, plan: 100.0 * p["craving"], lambda arm, plan: 100.0),
    "days in treatment": Counted(
        "days in treatment", lambda p, plan: p["days_in_treatment"], lambda arm, plan: plan.length
    ),
    "switched": Counted("switched", lambda p, plan: p["switched"] >= 0, share=True),
    "injections": Counted(
        "injections", lambda p, plan: p["injections"], lambda arm, plan: most_days(arm, plan, depot=True)
    ),
    "overdoses survived": Counted("overdoses survived", lambda p, plan: p["overdoses"], unit=lambda plan: 1.0),
    "died of an overdose": Counted("died of an overdose", lambda p, plan: p["died"] >= 0, share=True),
}
EVENTS = {
    "relapse": lambda p, plan: (p["relapse"], p["relapsed"]),
    "retention": lambda p, plan: (p["left"], p["left"] < plan.length),
}
RELAPSE = Compared("relapse", "hazard ratio")
DAY = ("reward", "craving", "withdrawal", "staying", "took", "injected", "attends")  # of a row for each person and day


def _flow(p: Columns, plan: Plan, replicates: int) -> Iterator[dict[str, Any]]:
    """Per replicate on average: randomised, began, stayed, and who did not."""
    began = p["began"] >= 0
    stayed, everyone = began & (p["left"] >= plan.length), np.ones_like(began)
    died = {"died": p["died"] >= 0} if "died" in p else {}
    counts = {"randomised": everyone, "never began": ~began, "began": began, "left": began & ~stayed,
              "stayed to the end": stayed, **died, "analysed for relapse": everyone}  # fmt: skip
    yield {key: float(who.sum() / replicates) for key, who in counts.items()}


def _hazards(p: Columns, plan: Plan, replicates: int) -> Iterator[dict[str, Any]]:
    """By visit: hazard a day of leaving and of relapse among those at risk, share of days with use."""
    began = p["began"] >= 0
    for visit, (start, end) in enumerate(pairwise((0, *plan.seen()))):
        row: dict[str, Any] = {"from_day": start, "to_day": end}
        for name, event, can in (("leaving", "retention", began), ("relapse", "relapse", np.ones_like(began))):
            when, happened = EVENTS[event](p, plan)
            at_risk = can & (when >= start)
            now = at_risk & happened & (when < end)
            row |= {f"{name}_at_risk": int(at_risk.sum()), f"{name}_hazard_per_day": hazard(now.sum(), at_risk.sum(), end - start)}  # fmt: skip
        yield row | {"use_per_day": float(p[f"use_{visit}"].mean() / (end - start))}


def hazard(events: int, at_risk: int, days: int) -> float:
    """Hazard a day; nan where nobody was at risk, or everybody had the event: there is no finite estimate."""
    return float(-np.log1p(-events / at_risk) / days) if events < at_risk else float("nan")


def _lived(plan: Plan, arm: Arm, who: range, uncertain: bool):
    """What is ready of these people, the days that they lived, and what became of overdoses."""
    ready = opioid_arrays.ready(plan, arm, who, uncertain)
    return ready, *overdoses.of(opioid.live(*ready.arguments), plan, who, ready.facts)


def _live(plan: Plan, arm: Arm, who: range, uncertain: bool) -> Columns:
    """Columns of these people in an arm, (people,) each: `outcomes.of`, overdoses, days clean at randomisation, and the dose of the
    habit [mg]."""
    ready, days, ends = _lived(plan, arm, who, uncertain)
    person = ready.arguments[3]
    known = {"clean": np.asarray(person.clean), "habit": np.asarray(person.milligrams)}
    return known | outcomes.of(days, plan) | ends


def _days(plan: Plan, arm: Arm, who: range, uncertain: bool) -> Columns:
    """The days of these people in an arm from randomisation on, (days, people) each; milligrams are
    those of all uses of a day.
    """
    _, days, _ = _lived(plan, arm, who, uncertain)
    return {"milligrams": np.asarray(days.milligrams).sum(1)} | {name: np.asarray(getattr(days, name)) for name in DAY}


def _unchanged(plan: Plan) -> None:
    """Refuses a change of a fact behind the risk surface, where overdoses are counted."""
    if overdoses.counted(plan):
        overdoses.surface_of(plan).unchanged(plan.change)


def _far_apart(plan: Plan) -> list[str]:
    """A sentence where four visits in a row are another time than four weeks."""
    late = np.array(plan.seen())[int(np.searchsorted(outcomes.ends_of(plan), outcomes.GRACE)) :]
    if set(np.diff((0, *plan.seen()))) == {7} or len(late) < outcomes.RUN:
        return []
    apart = late[outcomes.RUN - 1 :] - late[: 1 - outcomes.RUN]
    most = f"{apart.min()}" if apart.min() == apart.max() else f"{apart.min()} to {apart.max()}"
    return [f"Visits are not a week apart: the four in a row that make a relapse lie {most} days from the first to the last, not 21; an endpoint of the plan's own may be fairer."]  # fmt: skip


def _noted(plan: Plan, means) -> list[str]:
    """A sentence about overdoses, and the contested evidence beside every comparison of arms."""
    lines = _far_apart(plan) if "relapse" in plan.endpoints else []
    if "overdoses" not in plan.endpoints:
        return lines
    survived = "; ".join(f"{arm} {mean['overdoses survived']}" for arm, mean in means.items())
    return [
        *lines,
        f"Overdoses survived, per person: {survived}.",
        *[rules()["overdoses-contested"].text] * (len(means) > 1),
    ]


OPIOID = Condition(
    counted=COUNTED,
    of={"induction": ("inducted",), "retention": ("retained",), "relapse": ("relapsed",),
        "overdoses": ("overdoses survived", "died of an overdose")},
    events=EVENTS,
    compared=(
        Compared("inducted", "risk difference"), Compared("retained", "risk difference"),
        Compared("relapsed", "risk difference", needed=True), RELAPSE, Compared("retention", "hazard ratio"),
    ),
    main=(RELAPSE, "Relapse"),
    tables={"flow": _flow, "hazards": _hazards},
    rests_on=opioid_arrays.RESTS_ON,
    scenario=opioid_arrays.scenario_of,
    live=_live,
    days=_days,
    weak=(
        "What people do in treatment is the weakest knowledge here: no daily hazard was measured as such; many were fitted to "
        "the weeks of people in two trials and to published numbers, the rest are assumed."
    ),
    unchanged=_unchanged,
    noted=_noted,
)  # fmt: skip
