"""Measures of a trial, on people made by hand."""

import numpy as np
import pytest

from opioidsim.cases import trial_plan
from opioidsim.studies import opioid_measures, trial_measures
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

CODE = {"-": NEGATIVE, "+": POSITIVE, "o": MISSING}
PLAN = trial_plan.read("xbot")


def _people(*rows: str) -> dict:
    """Columns urine_0, urine_1, ... of people whose urines are written as text."""
    codes = np.array([[CODE[letter] for letter in row] for row in rows], np.int8)
    return {f"urine_{week}": codes[:, week] for week in range(codes.shape[1])}


def _measured(people, quantity, measure):
    parts = trial_measures.form_of("opioid", quantity, measure).groups()
    return opioid_measures.TAKE[quantity](people, measure, parts, PLAN)


def test_urine_after_a_positive_and_after_a_negative_one():
    people = _people("++-o+", "--+--", "o+o++")
    assert _measured(people, "urine", "positive after a positive one") == pytest.approx(2 / 4)
    assert _measured(people, "urine", "positive after a negative one") == pytest.approx(1 / 3)
    assert _measured(people, "urine", "missing after a positive one") == pytest.approx(1 / 5)
    assert _measured(people, "urine", "missing after a negative one") == pytest.approx(1 / 4)


def test_urine_after_several_of_a_kind_in_a_row():
    people = _people("---++", "++++-", "--o--", "-----")
    assert _measured(people, "urine", "positive after two negative ones in a row") == pytest.approx(1 / 5)
    assert _measured(people, "urine", "positive after two positive ones in a row") == pytest.approx(2 / 3)
    assert _measured(people, "urine", "positive after four negative ones in a row") == 0


def test_weeks_are_counted_from_the_first():
    """A week's urine is that of the visit at its end; free in week k is free of what begins in weeks 1 to k."""
    people = _people("+--", "-o+")
    assert _measured(people, "urine", "positive in week 1 of those given") == 1 / 2
    assert _measured(people, "urine", "positive in week 3") == 1 / 2
    people |= {
        "began": np.zeros(2),
        "relapse": np.array([14, 168]),
        "relapsed": np.array([True, False]),
        "seen_until": np.array([7, 168]),
    }
    assert [_measured(people, "relapse", f"free in week {week}") for week in (2, 3)] == [1.0, 0.5]
    assert [_measured(people, "attendance", f"free in week {week}") for week in (1, 2)] == [1.0, 0.5]


def test_people_by_their_share_of_positive_urines():
    people = _people("----------", "-+--------", "+++++++++-", "++++++++++", "--oooooooo")
    measure = "share of people with at {} {} % positive of 10 or more given"
    assert _measured(people, "urine", measure.format("most", 10)) == 2 / 4
    assert _measured(people, "urine", measure.format("least", 90)) == 2 / 4
    assert _measured(people, "urine", measure.format("least", 95)) == 1 / 4


def test_being_lost_after_a_positive_urine():
    """Two of four positive urines and one of five negative ones are followed at once by four missing ones."""
    people = _people("+oooooo", "-+ooooo", "--ooooo", "++-+---")
    found = _measured(people, "leaving", "ratio of the chances of being lost after a positive and a negative urine")
    after_positive = 2 / 4  # weeks in which four more can still be seen: the first three
    after_negative = 1 / 4
    assert found == pytest.approx(after_positive / after_negative)


def test_overdoses_in_the_years_of_those_alive():
    people = {"died": np.array([-1, 83, -1]), "overdoses": np.array([2, 0, 1])}
    years = (168 + 84 + 168) / 365.25
    assert _measured(people, "overdoses", "fatal per 100 person-years") == pytest.approx(100 / years)
    assert _measured(people, "overdoses", "survived per 100 person-years") == pytest.approx(300 / years)


def test_days_of_use_and_those_that_follow_one():
    people = {"days_used": np.array([84, 0]), "days_used_again": np.array([63, 0])}
    people |= {"days_used_in_treatment": np.array([20, 0]), "days_used_again_in_treatment": np.array([5, 0])}
    assert _measured(people, "use", "share of days") == pytest.approx(84 / (2 * PLAN.length))
    assert _measured(people, "use", "share of days after a day of use") == pytest.approx(0.75)
    assert _measured(people, "use", "share of days after a day of use in treatment") == pytest.approx(0.25)
