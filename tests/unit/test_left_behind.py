"""Tolerance, dependence and withdrawal as outputs of a run."""

import numpy as np
import pytest

from opioidsim.cases.scenario import LEFT_BEHIND, from_table
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.questions.induction import induction
from opioidsim.questions.question import Who

MONTH = "heroin 100 mg iv every 8 h x 90"


def ran(*doses, duration="40 d", every="6 h", **more):
    return simulate(
        from_table({"duration": duration, "every": every, "doses": list(doses), "outputs": list(LEFT_BEHIND), **more})
    )


@pytest.fixture(scope="module")
def month():
    return ran(MONTH)


def test_withdrawal_comes_after_the_opioid_and_goes(month):
    score, days = month["withdrawal"], month.time / 24.0
    assert score[days < 29].max() < 5 < 15 < score[(days > 31) & (days < 33)].max() and score[-1] < 5


def test_the_spacing_of_the_output_changes_nothing(month):
    seldom = ran(MONTH, every="4 d")
    shared = np.isin(month.time, seldom.time)
    for name in LEFT_BEHIND:
        assert np.allclose(month[name][shared], seldom[name], rtol=0.01, atol=0.02)


def test_a_run_and_the_question_of_induction_agree(month):
    asked = induction(MONTH, (), day=0.5, who=Who(point=True))
    assert float(asked.starts[0].peak[0]) == pytest.approx(month.values["withdrawal"].max(), rel=0.02)


def test_tolerance_of_the_person_is_where_it_begins_and_is_lost_under_an_antagonist():
    result = ran("naltrexone 380 mg im-depot", duration="12 d", person={"tolerance": 1.0})
    tau = library.body("adaptation")["tau_loss"].value
    full = library.body("effects")["breathing"]["potency_loss"].value
    left = np.log(1.0 + (full - 1.0) * np.exp(-12 / tau)) / np.log(full)
    assert result["tolerance"][0] == 1.0 and result["tolerance"][-1] == pytest.approx(left, abs=1e-3)


def test_an_antagonist_brings_on_what_someone_dependent_feels():
    alone = ran("naltrexone 50 mg oral at 1 d", duration="3 d")
    dependent = ran("naltrexone 50 mg oral at 1 d", duration="3 d", person={"dependence": 0.9})
    assert alone["withdrawal"].max() == 0.0 and dependent["withdrawal"].max() > 25


def test_a_crowd_carries_what_is_not_known():
    crowd = ran(MONTH, population={"n": 60, "seed": 3})
    low, high = np.quantile(crowd.values["tolerance"][:, -1], (0.05, 0.95))
    assert low < 0.5 * high


def test_people_are_the_same_alone_and_in_a_larger_crowd():
    few, more = (ran(MONTH, duration="2 d", population={"n": n, "seed": 3}) for n in (3, 140))
    assert np.array_equal(few.values["withdrawal"], more.values["withdrawal"][:3])


@pytest.mark.parametrize(
    ("doses", "person", "shown"),
    [
        (["heroin 25 mg iv"], {}, False),
        (["heroin 25 mg iv every 8 h x 3"], {}, True),
        (["naltrexone 50 mg oral every 24 h x 3"], {}, False),
        (["naltrexone 50 mg oral"], {"dependence": 0.5}, True),
    ],
)
def test_shown_by_default_where_it_matters(doses, person, shown):
    scenario = from_table({"duration": "4 d", "doses": doses, "person": person})
    assert ("withdrawal" in scenario.wanted()) is shown
