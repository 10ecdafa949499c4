"""Starting an antagonist: what is precipitated, by day and regimen."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.person import adaptation, within
from opioidsim.refusal import Refusal

HEROIN = "heroin 100 mg iv every 8 h x 60"


@pytest.fixture(scope="module")
def answer():
    return ops.induction(HEROIN, days=(1, 4, 7, 10, 14), regimens=("tablet", "ascending"))


def test_too_soon_is_severe_and_waiting_makes_it_mild(answer):
    peak = {s.day: np.median(s.peak) for s in answer.starts if s.regimen == "tablet"}
    assert peak[1] >= answer.bands["moderately severe"]
    assert peak[14] < answer.bands["mild"]
    assert list(peak.values()) == sorted(peak.values(), reverse=True)


def test_the_labels_interval_comes_out(answer):
    assert 7 <= answer.first_day("tablet") <= 10


def test_low_doses_first_are_no_worse_than_a_tablet(answer):
    rows = {(r["regimen"], r["day"]): r["peak"] for r in answer.rows()}
    assert all(rows["ascending", day] <= rows["tablet", day] + 1.0 for day in answer.days)


def test_the_middle_of_the_band_is_the_point_answer(answer):
    point = ops.induction(HEROIN, days=(7,), uncertain=False)
    banded = next(s for s in answer.starts if (s.regimen, s.day) == ("tablet", 7.0))
    assert point.starts[1].peak[0] == pytest.approx(np.median(banded.peak), rel=0.25)


def test_an_unknown_constant_is_drawn_within_its_band_around_its_value():
    fact = adaptation()["tau_loss"]
    found = within(fact, np.linspace(-8, 8, 2001))
    assert found[1000] == fact.value and found[0] == pytest.approx(fact.low) and found[-1] == pytest.approx(fact.high)
    assert (np.diff(found) > -1e-12).all()


def test_without_an_opioid_history_there_is_nothing_to_ask():
    with pytest.raises(Refusal, match="no opioid that leaves dependence"):
        ops.induction("naltrexone 50 mg oral")


@pytest.mark.parametrize("days", [(), (-1,), (61,)])
def test_days_outside_what_is_followed_are_refused(days):
    with pytest.raises(Refusal, match="from 0 to 60 days"):
        ops.induction(HEROIN, days=days)


def test_a_regimen_longer_than_is_followed_is_refused():
    with pytest.raises(Refusal, match="goes on after its first 7 days"):
        ops.induction(HEROIN, regimens=("naltrexone 50 mg oral every 24 h x 9",))
