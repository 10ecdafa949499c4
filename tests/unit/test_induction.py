"""Starting an antagonist: what is precipitated, by day and regimen."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases.person import adaptation, within
from opioidsim.cases.procedure import procedures
from opioidsim.refusal import Refusal
from opioidsim.show import answer_treatment

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


def test_a_day_that_is_refused_is_named():
    with pytest.raises(Refusal, match="on day -3 was asked for"):
        ops.induction(HEROIN, days=(-3, 2))


def test_a_report_has_what_is_contested_once(answer):
    said = answer_treatment.of_induction(answer)
    assert not any(line.startswith("Contested") for line in said)
    assert all(line.startswith("Contested, heroin: ") for line in answer_treatment.contested(answer))
    assert answer_treatment.contested(answer)


def test_a_regimen_longer_than_is_followed_is_refused():
    with pytest.raises(Refusal, match="goes on after its first 7 days"):
        ops.induction(HEROIN, regimens=("naltrexone 50 mg oral every 24 h x 9",))


@pytest.fixture(scope="module")
def ways():
    return ops.induction(HEROIN, days=(1, 10), regimens=("ascending", "challenge", "methadone-taper"), uncertain=False)


def start(answer, regimen, day):
    return next(s for s in answer.starts if (s.regimen, s.day) == (regimen, day))


def test_a_test_dose_keeps_those_who_feel_it_from_the_tablet(ways):
    assert start(ways, "challenge", 1).given[0] == 0.0 and start(ways, "challenge", 10).given[0] == 1.0
    tablet = ops.induction(HEROIN, days=(1,), uncertain=False)
    assert start(ways, "challenge", 1).peak[0] < start(tablet, "tablet", 1).peak[0]


def test_a_taper_spares_withdrawal_before_and_after(ways):
    assert start(ways, "methadone-taper", 1).peak[0] < start(ways, "ascending", 1).peak[0]
    assert start(ways, "methadone-taper", 1).waiting[0] < start(ways, "nothing", 10).waiting[0]


def test_without_the_hypothesis_of_acceleration_withdrawal_lasts_longer(ways):
    soon = start(ways, "ascending", 1)
    assert soon.until_unhurried[0] > 1.5 * soon.until[0] > 0
    nothing = start(ways, "nothing", 1)
    assert nothing.until_unhurried[0] == nothing.until[0] and nothing.unhurried[0] == nothing.peak[0]


ASKED_ABOVE = ("ascending", "challenge", "methadone-taper")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in ASKED_ABOVE)) for name in sorted(procedures())]
)
def test_every_way_of_starting_can_be_asked(name):
    found = ops.induction("morphine 30 mg oral every 8 h x 9", days=(2,), regimens=(name,), uncertain=False)
    assert found.regimens() == ["nothing", name] and all(s.peak[0] >= 0.0 for s in found.starts)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("ascendin", 'Did you mean "ascending"'), ("naltrexone 50 oral", "not a unit of drug amount")],
)
def test_a_way_that_is_none_is_refused(text, sentence):
    with pytest.raises(Refusal, match=sentence):
        ops.induction(HEROIN, regimens=(text,))


def test_a_slow_store_of_fentanyl_leaves_more_to_precipitate():
    doses = "fentanyl 1.67 mg iv every 4 h x 180"
    brought = []
    for readings in ({}, {"fentanyl": "repeated"}):
        found = ops.induction(doses, days=(1,), readings=readings, uncertain=False)
        brought.append(start(found, "tablet", 1).peak[0] - start(found, "nothing", 1).peak[0])
    assert brought[0] < 3 < 8 < brought[1]
