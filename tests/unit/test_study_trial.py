"""Measures of a trial, on people made by hand."""

import numpy as np
import pytest

from opioidsim import study_trial, trial_plan
from opioidsim.trial_outcomes import MISSING, NEGATIVE, POSITIVE

CODE = {"-": NEGATIVE, "+": POSITIVE, "o": MISSING}
PLAN = trial_plan.read("xbot")


def _people(*rows: str) -> dict:
    """Columns urine_0, urine_1, ... of people whose urines are written as text."""
    codes = np.array([[CODE[letter] for letter in row] for row in rows], np.int8)
    return {f"urine_{week}": codes[:, week] for week in range(codes.shape[1])}


def _measured(people, quantity, measure):
    _, parts = study_trial.form_of(quantity, measure)
    take = {"urine": study_trial._urine, "leaving": study_trial._leaving, "overdoses": study_trial._overdoses}
    return take[quantity](people, measure, parts, PLAN)


def test_urine_after_a_positive_and_after_a_negative_one():
    people = _people("++-o+", "--+--", "o+o++")
    assert _measured(people, "urine", "positive after a positive one") == pytest.approx(2 / 4)
    assert _measured(people, "urine", "positive after a negative one") == pytest.approx(1 / 3)


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
