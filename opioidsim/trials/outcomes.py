"""What is counted of each person of a trial, from the days: induction, retention, urine, relapse, use.

Counted as the published trials count, from weekly urines and reported days of use, and not from
what the simulation knows: a urine shows use of a few days, and one that is not given counts as
positive, unless the plan leaves it out. Only so can columns be held against theirs.
"""

from typing import TYPE_CHECKING

import numpy as np

from opioidsim.cases import endpoint
from opioidsim.cases.trial_plan import Plan
from opioidsim.cases.visits import WEEK

if TYPE_CHECKING:  # the days need JAX, and the scoreboard's page does not
    from opioidsim.trials.opioid_people import Day

NEGATIVE, POSITIVE, MISSING = 0, 1, 2  # of a urine
GRACE = 20  # day, randomisation being 0, from which relapse counts (X:BOT): that of the third weekly visit
RUN = 4  # visits in a row, positive or missing, that are a relapse; missing ones alone: out of the study
DAILY = 7  # days of use in a row that are one


def of(days: "Day", plan: Plan) -> dict[str, np.ndarray]:
    """Columns of people, each of shape (people,). days: a Day with a leading axis, of the days from
    randomisation on.

    Days count from randomisation, 0; one that never comes is the trial's length, -1 for `began`. By
    week: urine_0, use_0 (days of use), craving_0 (mean), since_0 (days since an injection), and so
    on. `days_used_again` counts days of use that follow one: with `days_used` it says whether a use
    draws the next. `seen_until`: the day from which four urines in a row are missing, out of the
    study.
    """
    seen = type(days)(*map(np.asarray, days))
    used = (seen.milligrams > 0).any(1)
    again = used[1:] & used[:-1]
    began = first(seen.began)
    gone = first(~seen.staying & (np.arange(len(used))[:, None] >= began) & (began < len(used)))
    urine = urines(seen, plan)
    relapsed = relapse(urine, used, plan)
    last = plan.length
    found = {
        "began": np.where(began < last, began, -1),
        "left": np.where(began < last, np.minimum(gone, last), 0),
        "relapse": np.minimum(relapsed, last),
        "relapsed": relapsed < last,
        "seen_until": np.minimum(np.array([0, *plan.seen()])[runs(urine == MISSING, RUN)], last),
        "days_in_treatment": seen.staying.sum(0),
        "switched": np.where(seen.switched.any(0), first(seen.switched), -1),
        "came_back": seen.back.sum(0),
        "injections": seen.injected.sum(0),
        "tablets": seen.took.sum(0),
        "first_use": np.minimum(first(used), last),
        "first_daily": np.minimum(runs(used, DAILY), last),
        "days_used": used.sum(0),
        "days_used_in_treatment": (used & seen.staying).sum(0),
        "days_used_again": again.sum(0),
        "days_used_again_in_treatment": (again & seen.staying[1:]).sum(0),
    }
    apart = np.diff((0, *plan.seen()))[:, None]
    use, craving = (endpoint.up_to(days, plan.seen()) for days in (used, seen.craving))
    blocks = {"urine": urine, "use": use.astype(np.int16), "craving": (craving / apart).astype(np.float32), "since": since(seen, plan)}  # fmt: skip
    for name, block in blocks.items():
        found |= {f"{name}_{week}": row for week, row in enumerate(block)}
    found["weeks_abstinent"] = ((use == 0) & (urine == NEGATIVE)).T @ (apart[:, 0] / WEEK)
    found["craving"] = seen.craving.mean(0)
    visits = {
        "urine_negative": urine == NEGATIVE,
        "urine_positive": urine == POSITIVE,
        "urine_missing": urine == MISSING,
        "use_reported": told(use > 0, seen.attends[ends_of(plan)], plan),
    }
    series = {"used": used, "milligrams": seen.milligrams.sum(1), "in_treatment": seen.staying, "took": seen.took,
              "injected": seen.injected, "craving": seen.craving, "withdrawal": seen.withdrawal} | visits  # fmt: skip
    found |= own_columns(plan, series)
    return {name: np.asarray(column) for name, column in found.items()}


def own_columns(plan: Plan, series: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The plan's own endpoints of each person, (people,) each. series: what is recorded, (rows, people) each."""
    return {f"own_{name}": endpoint.value(each, series, plan.seen()) for name, each in plan.own_endpoints().items()}


def ends_of(plan: Plan) -> np.ndarray:
    """The day of each visit, counted from 0: the last of those that have passed."""
    return np.array(plan.seen(), int) - 1


def told(happened: np.ndarray, came: np.ndarray, plan: Plan) -> np.ndarray:
    """Whether people tell at a visit that it happened since the last one, (visits, people) each; all that happened is told. A
    missed visit counts as the plan says.
    """
    if plan.visits.missing == "as before":
        return np.array(_carried(np.where(came, happened, MISSING)), bool)
    return np.where(came, happened, plan.visits.missing == "positive")


def _carried(visits: np.ndarray) -> np.ndarray:
    """Each visit's value, of a missed one what the last was; POSITIVE where there is none yet. (visits, people)"""
    found = visits.copy()
    for visit, row in enumerate(found):
        row[:] = np.where(row != MISSING, row, found[visit - 1] if visit else POSITIVE)
    return found


def first(happened: np.ndarray) -> np.ndarray:
    """The first row (day) in which something happened, (people,); the number of rows where it never
    did. happened: (days, people).
    """
    return np.where(happened.any(0), happened.argmax(0), len(happened))


def runs(bad: np.ndarray, length: int, start: int = 0) -> np.ndarray:
    """The first row, from `start` on, at which a run of so many rows begins; the number of rows where
    none does. bad: (rows, people); returns (people,).
    """
    rows = len(bad)
    if rows < length:
        return np.full(bad.shape[1], rows)
    windows = np.asarray(np.lib.stride_tricks.sliding_window_view(bad, length, axis=0).all(-1))
    windows = windows & (np.arange(len(windows)) >= start)[:, None]
    return np.where(windows.any(0), windows.argmax(0), rows)


def urines(seen: "Day", plan: Plan) -> np.ndarray:
    """Each visit's urine, (visits, people): NEGATIVE, POSITIVE where there was use on the days it shows, or MISSING.

    A visit falls on the last of the days that have passed; use on that day shows too.
    """
    used = (seen.milligrams > 0).any(1)
    ends = ends_of(plan)
    shown = np.stack([used[max(0, end + 1 - plan.visits.shows) : end + 1].any(0) for end in ends])
    urine = np.where(seen.attends[ends], np.where(shown, POSITIVE, NEGATIVE), MISSING).astype(np.int8)
    return _carried(urine) if plan.visits.missing == "as before" else urine


def relapse(urine: np.ndarray, used: np.ndarray, plan: Plan) -> np.ndarray:
    """The day on which relapse begins, by the definition of X:BOT, (people,); the trial's length or
    later where it never does.

    From day 20: four visits in a row with a positive or missing urine, or seven days of use in a
    row; dated to the first of them. With missing = "left out" only positive urines count. Before
    day 20 nothing counts, so that use before a first injection is no relapse. urine: (visits,
    people); used: (days, people).
    """
    bad = urine == POSITIVE if plan.visits.missing == "left out" else urine != NEGATIVE
    ends = ends_of(plan)
    by_urine = np.append(ends, plan.length)[runs(bad, RUN, int(np.searchsorted(ends, GRACE)))]
    return np.minimum(by_urine, runs(used, DAILY, GRACE))


def since(seen: "Day", plan: Plan) -> np.ndarray:
    """Days from the last injection to the middle of the days before each visit, (visits, people); -1: none yet.
    The middle, since a urine shows the days before it.
    """
    day = np.arange(len(seen.injected))[:, None]
    last = np.maximum.accumulate(np.where(seen.injected, day, -10_000), 0)
    middle = ends_of(plan) - np.diff((0, *plan.seen())) // 2
    return np.where(last[middle] >= 0, middle[:, None] - last[middle], -1).astype(np.int16)
