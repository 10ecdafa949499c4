"""Measures of a simulated trial of opioid use disorder, from the columns of an arm's people.

In each function here `p` are those columns, (people,) each; `measure` the words; `parts` what
stands in its form's brackets; `plan` the trial. Weeks count from 1 in words and from 0 in columns.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from opioidsim.trials import survival
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE, RUN, runs

if TYPE_CHECKING:
    from opioidsim.questions.trial.run import Trial

FORMS = {  # quantity: the forms its measure may have
    "induction": (r"share", r"share of those clean (\d+) to (\d+) d"),
    "relapse": (r"share( of those who began)?", r"free in week (\d+)( of those who began)?"),
    "attendance": (r"free in week (\d+)( of those who began)?",),
    "retention": (r"share", r"mean days", r"median days", r"hazard ratio against (?P<arm>.+)"),
    "injections": (r"share with at least (\d+)",),
    "urine": (
        r"(positive|missing) (\d+) to (\d+) d after an injection", r"positive in week (\d+) of those given",
        r"(positive|negative|missing) in week (\d+)", r"median share negative of weeks (\d+) to (\d+)",
        r"all negative in weeks (\d+) to (\d+)", r"share negative", r"mean number negative", r"(positive|missing) after (a|two|four|eight) (positive|negative) ones?( in a row)?",
        r"share of people with at (most|least) (\d+) % positive of (\d+) or more given",
    ),
    "use": (r"share by day (\d+)", r"daily by day (\d+)", r"share of days", r"share of days after a day of use( in treatment)?"),
    "leaving": (r"hazard ratio after a positive urine", r"ratio of the chances of being lost after a positive and a negative urine"),
    "overdoses": (r"(survived|fatal) per 100 person-years",),
    "retained and abstinent": (r"share", r"ratio against (?P<arm>.+)"),
}  # fmt: skip
ROWS = {"a": 1, "two": 2, "four": 4, "eight": 8}
CODES = {"positive": POSITIVE, "negative": NEGATIVE, "missing": MISSING}


def measured(found: "Trial", arm: str, quantity: str, measure: str, parts: tuple) -> float:
    """The measure of an arm's people; parts: what stands in its form's brackets."""
    p, plan = found.people[arm], found.plan
    if "against" in measure:
        other = found.people[parts[0]]
        if quantity == "retention":
            return survival.hazard_ratio_of(*((x["left"], x["left"] < plan.length) for x in (p, other)))[0]
        reference = _retained_abstinent(other, measure, parts, plan)
        return _retained_abstinent(p, measure, parts, plan) / reference if reference else float("inf")
    return float(TAKE[quantity](p, measure, parts, plan))


def _induction(p, measure, parts, plan):
    """Share who got a first dose, of all or of those so many days clean; nan where nobody is."""
    began = p["began"] >= 0
    if measure == "share":
        return began.mean()
    inside = (p["clean"] >= int(parts[0])) & (p["clean"] <= int(parts[1]))
    return began[inside].mean() if inside.any() else np.nan


def _of_those(p, measure):
    """All people, or those who began, where the measure says so: intention to treat, or per protocol."""
    return p["began"] >= 0 if "who began" in measure else np.ones(len(p["began"]), bool)


def _relapse(p, measure, parts, plan):
    """Share relapsed, or free of relapse until a week."""
    who = _of_those(p, measure)
    if measure.startswith("share"):
        return p["relapsed"][who].mean()
    return (~p["relapsed"] | (p["relapse"] >= 7 * int(parts[0])))[who].mean()


def _attendance(p, measure, parts, plan):
    """Share in whom no four missing urines in a row have begun by a week."""
    return (p["seen_until"] >= 7 * int(parts[0]))[_of_those(p, measure)].mean()


def _retention(p, measure, parts, plan):
    """Share retained to the end, or the mean or median of days in treatment."""
    if measure == "share":
        return ((p["began"] >= 0) & (p["left"] >= plan.length)).mean()
    return p["left"].mean() if measure == "mean days" else np.median(p["left"])


def _injections(p, measure, parts, plan):
    """Share who got at least so many injections."""
    return (p["injections"] >= int(parts[0])).mean()


def _urines(p, first: int = 0, last: int | None = None) -> np.ndarray:
    """(visits, people), from visit `first` to `last`; visits are counted from 0."""
    count = sum(name.startswith("urine_") for name in p)
    return np.stack([p[f"urine_{week}"] for week in range(first, count if last is None else min(last + 1, count))])


def _urine(p, measure, parts, plan):
    """What the urines say: by week, by days since an injection, after others of their kind, or by person."""
    codes = _urines(p)
    if "after an injection" in measure:
        since = np.stack([p[f"since_{week}"] for week in range(len(codes))])
        inside = (since >= int(parts[1])) & (since <= int(parts[2]))
        return _share(codes[inside], parts[0])
    if " after " in measure:
        return _share(_next(codes, ROWS[parts[1]], CODES[parts[2]]), parts[0])
    if measure.startswith("share of people"):
        return _positive_in(codes, *parts)
    if measure.endswith("of those given"):
        return _share(codes[int(parts[0]) - 1], "positive")
    if " in week " in measure:
        return (codes[int(parts[1]) - 1] == CODES[parts[0]]).mean()
    if measure.startswith("mean number"):
        return (codes == NEGATIVE).sum(0).mean()
    if measure == "share negative":
        return (codes == NEGATIVE).mean()
    weeks = _abstinent(p)[int(parts[0]) - 1 : int(parts[1])]
    return np.median(weeks.mean(0)) if measure.startswith("median") else weeks.all(0).mean()


def _share(codes, kind: str) -> float:
    """Share missing of the urines due, or positive of those given."""
    return (codes == MISSING).mean() if kind == "missing" else (codes[codes != MISSING] == POSITIVE).mean()


def _next(codes, row: int, before: int) -> np.ndarray:
    """The urines due a week after so many in a row of one kind."""
    alike = np.lib.stride_tricks.sliding_window_view(codes[:-1] == before, row, axis=0).all(-1)
    return codes[row:][alike]


def _positive_in(codes, side: str, percent: str, least: str) -> float:
    """Share of people whose given urines, of whom there are enough, are positive in at most or at least so many percent."""
    given, positive = (codes != MISSING).sum(0), (codes == POSITIVE).sum(0)
    many = given >= int(least)
    limit = int(percent) / 100.0 * given[many]
    return (positive[many] <= limit if side == "most" else positive[many] >= limit).mean()


def _abstinent(p) -> np.ndarray:
    """Weeks with a negative urine and no use, (visits, people): confirmed abstinence."""
    codes = _urines(p)
    return (codes == NEGATIVE) & (np.stack([p[f"use_{week}"] for week in range(len(codes))]) == 0)


def _retained_abstinent(p, measure, parts, plan) -> float:
    """Share in treatment to the end whose urines never were positive twice in a row."""
    return float(
        ((p["left"] >= plan.length) & (p["began"] >= 0) & (runs(_urines(p) == POSITIVE, 2) >= len(_urines(p)))).mean()
    )


def _use(p, measure, parts, plan):
    """Use by what people did and not by urine: share of days with use, of days after one of use, or of
    people who used by a day.
    """
    if measure == "share of days":
        return p["days_used"].mean() / plan.length
    if measure.startswith("share of days after"):
        where = "_in_treatment" if parts[0] else ""
        return p[f"days_used_again{where}"].sum() / p[f"days_used{where}"].sum()
    when = p["first_use"] if measure.startswith("share by") else p["first_daily"]
    return (when < int(parts[0])).mean()


def _leaving(p, measure, parts, plan):
    """Hazard of leaving in the week after a positive urine over that after a negative one, among those in treatment; or
    the ratio of the chances that four missing urines follow at once."""
    codes = _urines(p)
    if measure.startswith("ratio"):
        lost = (runs(codes == MISSING, RUN) == np.arange(1, len(codes) - RUN + 1)[:, None]).astype(float)
        now = codes[: len(lost)]
        return lost[now == POSITIVE].mean() / lost[now == NEGATIVE].mean()
    rates = []
    for code in (POSITIVE, NEGATIVE):
        risk = events = 0
        for row, (end, then) in zip(codes[:-1], pairwise(plan.seen()), strict=True):
            there = (row == code) & (p["left"] > end)
            risk += there.sum()
            events += (there & (p["left"] <= then) & (p["left"] < plan.length)).sum()
        rates.append(-np.log1p(-events / risk) if risk else np.nan)
    return rates[0] / rates[1]


def _overdoses(p, measure, parts, plan):
    """Overdoses in 100 years of the people alive."""
    dead = p["died"] >= 0
    years = np.where(dead, p["died"] + 1, plan.length).sum() / 365.25
    return 100.0 * (p["overdoses"].sum() if parts[0] == "survived" else dead.sum()) / years


TAKE = {
    "induction": _induction, "relapse": _relapse, "attendance": _attendance, "retention": _retention, "injections": _injections,
    "urine": _urine, "use": _use, "leaving": _leaving, "overdoses": _overdoses, "retained and abstinent": _retained_abstinent,
}  # fmt: skip
