"""What is counted of a trial, on days written by hand."""

import numpy as np
import pytest

from opioidsim.cases import trial_plan
from opioidsim.trials import outcomes
from opioidsim.trials.opioid_people import Day
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

PLAN = trial_plan.from_table({
    "title": "t", "length": "12 weeks", "people": {"n": 2, "habit": "heroin 60 mg iv every 8 h x 84"}, "arms": [{"name": "a"}],
})  # fmt: skip


def days(used=(), absent=(), left=None, began=0, injected=()):
    """One person's 84 days: days of use, visits (from 0) not kept, day of leaving."""
    n = PLAN.length
    flags = np.zeros((n, 1), bool)
    milligrams = np.zeros((n, 3, 1), np.float32)
    milligrams[list(used), 0] = 10.0
    attends, start, staying, shots = (flags.copy() for _ in range(4))
    attends[6::7] = True
    attends[[7 * visit + 6 for visit in absent]] = False
    if began is not None:
        start[began] = True
        staying[began:left] = True
    shots[list(injected)] = True
    none = np.zeros((n, 1), np.float32)
    return Day(milligrams, none, none, none, none, none, staying, start, flags, shots, attends, flags, flags, none)


def counted(plan=PLAN, **made):
    return {name: column[0] for name, column in outcomes.of(days(**made), plan, np.ones(plan.length, bool)).items()}


def test_someone_who_comes_and_never_uses():
    found = counted()
    assert (found["began"], found["left"], found["relapsed"], found["weeks_abstinent"]) == (0, 84, False, 12)
    assert found["seen_until"] == 84


def test_someone_who_never_begins_is_retained_for_no_day():
    found = counted(began=None)
    assert (found["began"], found["left"]) == (-1, 0)


@pytest.mark.parametrize(
    ("absent", "day"),
    [
        ((3, 4, 5, 6), 27),
        ((2, 3, 4, 5), 20),
        ((1, 2, 3, 4), 84),
        ((5, 6, 7, 8), 41),
        ((3, 4, 5), 84),
        ((0, 1, 2, 3), 84),
    ],
)
def test_relapse_is_four_missing_visits_in_a_row_from_the_third_on(absent, day):
    found = counted(absent=absent)
    assert found["relapse"] == day
    assert found["relapsed"] == (day < 84)


def test_positive_and_missing_urines_count_alike():
    assert counted(absent=(4, 6), used=(27, 41))["relapse"] == 27
    assert counted(absent=(4, 6), used=(27, 42))["relapsed"] == 0


def test_seven_days_of_use_are_a_relapse_but_not_before_day_20():
    assert counted(used=range(30, 37))["relapse"] == 30
    assert counted(used=range(30, 36))["relapsed"] == 0
    assert counted(used=range(0, 20))["relapsed"] == 0
    assert counted(used=range(13, 27))["relapse"] == 20


def test_missing_urines_may_be_left_out():
    plan = PLAN.model_copy(update={"visits": trial_plan.Visits(missing="left out")})
    assert counted(plan, absent=(3, 4, 5, 6))["relapsed"] == 0


def test_a_urine_shows_three_days():
    urine = [counted(used=(day,))["urine_1"] for day in (10, 11, 12, 13)]
    assert urine == [NEGATIVE, POSITIVE, POSITIVE, POSITIVE]
    assert counted(used=(13,), absent=(1,))["urine_1"] == MISSING


def test_days_since_the_last_injection():
    found = counted(injected=(0, 30))
    assert [found[f"since_{week}"] for week in (0, 3, 4, 5)] == [3, 24, 1, 8]
    assert counted()["since_3"] == -1


def test_days_of_use_that_follow_one_and_those_in_treatment():
    found = counted(used=(3, 4, 5, 40, 60, 61), left=50)
    assert (found["days_used"], found["days_used_again"]) == (6, 3)
    assert (found["days_used_in_treatment"], found["days_used_again_in_treatment"]) == (4, 2)
