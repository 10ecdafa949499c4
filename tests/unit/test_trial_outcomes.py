"""What is counted of a trial, on days written by hand."""

import numpy as np
import pytest

from opioidsim.cases import trial_plan
from opioidsim.questions.trial.alcohol import reported
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
    return {name: column[0] for name, column in outcomes.of(days(**made), plan).items()}


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


UNEVEN = trial_plan.from_table(PLAN.table() | {"visits": {"on": "days 1, 3, 7, 14, then every 4 weeks"}})


def test_a_calendar_that_is_not_equally_spaced_counts_from_visit_to_visit():
    assert UNEVEN.seen() == (1, 3, 7, 14, 42, 70)
    found = counted(UNEVEN, used=(0, 5, 20, 21, 41, 80), absent=range(12))
    assert [found[f"use_{visit}"] for visit in range(6)] == [1, 0, 1, 0, 3, 0]


def test_weeks_abstinent_are_those_between_visits_and_relapse_is_dated_to_a_visit():
    there = days()
    for day in UNEVEN.seen():
        there.attends[day - 1] = True
    assert outcomes.of(there, UNEVEN)["weeks_abstinent"][0] == pytest.approx(10)
    three = UNEVEN.model_copy(update={"visits": trial_plan.Visits(on="weeks 1, 4, 5, 6, 8, 12")})
    assert counted(three, absent=range(12))["relapse"] == 27
    assert counted(three, absent=range(12))["seen_until"] == 0


def test_one_rhythm_in_two_words_is_one_calendar():
    same = PLAN.model_copy(update={"visits": trial_plan.Visits(on="week 1, then every 7 d")})
    one, other = (counted(plan, used=(3, 27, 41), absent=(4, 6)) for plan in (PLAN, same))
    assert one == other


@pytest.mark.parametrize(
    ("missing", "told"), [("positive", [0, 1, 1, 1]), ("left out", [0, 0, 1, 0]), ("as before", [0, 0, 1, 1])]
)
def test_what_is_told_at_a_visit_and_what_a_missed_one_counts_as(missing, told):
    plan = trial_plan.from_table(PLAN.table() | {"visits": {"on": "weeks 1, 2, 3, 5", "missing": missing}})
    happened, came = np.array([[0], [1], [1], [0]], bool), np.array([[1], [0], [1], [0]], bool)
    assert outcomes.told(happened, came, plan)[:, 0].tolist() == told


def test_what_drinkers_tell_at_visits_of_their_calendar():
    table = trial_plan.read("targeted").table()
    plan = trial_plan.from_table(
        table | {"visits": {"on": "weeks 1, 2, 4, then every 4 weeks", "missed": 0.25, "missing": "left out"}}
    )
    heavy = np.zeros((plan.length, 4000), bool)
    heavy[20:] = True
    found = reported(plan, range(4000), {"drank": heavy, "heavy": heavy})
    assert np.mean(found["visit_missing"]) == pytest.approx(0.25, abs=0.02)
    assert found["heavy_reported"].mean(1).tolist() == pytest.approx([0, 0, *[0.75] * (len(plan.seen()) - 2)], abs=0.03)
