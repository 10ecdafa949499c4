"""Starting an antagonist: what is precipitated, by day and regimen."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases.person import within
from opioidsim.cases.procedure import procedures
from opioidsim.engine.starts import FOLLOWED
from opioidsim.facts import library
from opioidsim.refusal import Refusal
from opioidsim.show import page

HEROIN = "heroin 100 mg iv every 8 h x 60"
POINT = ops.Who(point=True)


@pytest.fixture(scope="module")
def answer():
    return ops.induction(HEROIN, ("tablet", "ascending"), day=(1, 4, 7, 10, 14))


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
    point = ops.induction(HEROIN, day=7, who=POINT)
    banded = next(s for s in answer.starts if (s.regimen, s.day) == ("tablet", 7.0))
    assert point.starts[1].peak[0] == pytest.approx(np.median(banded.peak), rel=0.25)


def test_an_unknown_constant_is_drawn_within_its_band_around_its_value():
    fact = library.body("adaptation")["tau_loss"]
    found = within(fact, np.linspace(-8, 8, 2001))
    assert found[1000] == fact.value and found[0] == pytest.approx(fact.low) and found[-1] == pytest.approx(fact.high)
    assert (np.diff(found) > -1e-12).all()


def test_without_an_opioid_history_there_is_nothing_to_ask():
    with pytest.raises(Refusal, match="no opioid that leaves dependence"):
        ops.induction("naltrexone 50 mg oral")


@pytest.mark.parametrize(
    ("day", "sentence"),
    [((), "none were given; give 1 to 40"), ((-3, 2), "-3 was given"), (61, "at least 0 and at most 60")],
)
def test_days_outside_what_is_followed_are_refused(day, sentence):
    with pytest.raises(Refusal, match=sentence) as refused:
        ops.induction(HEROIN, day=day)
    assert refused.value.where.split(".")[0] == "day"


def test_a_report_has_what_is_contested_once(answer):
    assert not any(line.startswith("Contested") for line in answer.sentences())
    assert answer.remarks() and all(line.startswith("Contested, heroin: ") for line in answer.remarks())
    assert page.report(answer, "").count(answer.remarks()[0].removeprefix("Contested, heroin: ")[:40]) == 1
    assert set(answer.remarks()) < set(answer.json()["answer"])


def test_facts_and_cautions_are_those_of_every_start(answer):
    names = dict(answer.facts)
    assert "adaptation.tau_loss" in names and "naltrexone.receptor.mu.K" in names
    too_soon = next(c for c in answer.cautions if c.id == "opioid-free-interval")
    assert "after 24 h" in too_soon.text  # the first of the days
    late = ops.induction(HEROIN, ("tablet",), day=14, who=POINT)
    assert "opioid-free-interval" not in {c.id for c in late.cautions}


def test_the_scenario_of_an_answer_says_the_same_when_it_is_run():
    """The report's scenario is what was simulated: as a run it has the same highest score after the start."""
    found = ops.induction(HEROIN, "ascending", day=3, who=POINT)
    run = ops.simulate(found.scenario)
    score, after = run["withdrawal"], run.time >= found.scenario.duration - FOLLOWED
    assert score[after].max() == pytest.approx(found.rows()[1]["peak"], rel=0.03)


@pytest.mark.parametrize(
    "who",
    [{"seed": 2}, {"weight": "90 kg"}, {"age": "70 years"}, {"liver": "cirrhosis"}, {"dependence": 0.8},
     {"readings": {"naltrexone": "slower"}}, {"people": 2}, {"point": True}],
    ids=lambda who: next(iter(who)),
)  # fmt: skip
def test_every_part_of_who_changes_the_numbers(who):
    usual, other = (ops.induction("methadone 40 mg oral every 24 h x 9", day=1, who=ops.Who(**w)) for w in ({}, who))
    assert usual.rows() != other.rows()


def test_what_the_question_does_not_use_is_refused():
    with pytest.raises(Refusal, match="does not use tolerance"):
        ops.induction(HEROIN, who=ops.Who(tolerance=1.0))


def test_a_regimen_longer_than_is_followed_is_refused():
    with pytest.raises(Refusal, match="goes on after its first 7 days"):
        ops.induction(HEROIN, "naltrexone 50 mg oral every 24 h x 9")


@pytest.fixture(scope="module")
def ways():
    return ops.induction(HEROIN, ("ascending", "challenge", "methadone-taper"), day=(1, 10), who=POINT)


def start(answer, regimen, day):
    return next(s for s in answer.starts if (s.regimen, s.day) == (regimen, day))


def test_a_test_dose_keeps_those_who_feel_it_from_the_tablet(ways):
    assert start(ways, "challenge", 1).given[0] == 0.0 and start(ways, "challenge", 10).given[0] == 1.0
    tablet = ops.induction(HEROIN, day=1, who=POINT)
    some, all_of_it = start(ways, "challenge", 1), start(tablet, "tablet", 1)
    assert some.peak[0] < 1.05 * all_of_it.peak[0]  # as strong for minutes, since naloxone is at its site at once
    assert some.hours[2][0] <= all_of_it.hours[2][0] + 0.5  # at least moderately severe: some hours with either


def test_a_taper_spares_withdrawal_before_the_start(ways):
    assert start(ways, "methadone-taper", 1).waiting[0] < start(ways, "nothing", 10).waiting[0]


def test_with_acceleration_withdrawal_ends_sooner(ways):
    """Each answer also says what follows without it."""
    soon, nothing = start(ways, "ascending", 1), start(ways, "nothing", 1)
    unhurried = ops.Who(point=True, change={"adaptation.speed_antagonist": "0"})
    usual = start(ops.induction(HEROIN, "ascending", day=1, who=unhurried), "ascending", 1)
    assert usual.until_unhurried[0] == usual.until[0] > 0
    assert soon.until_unhurried[0] == pytest.approx(usual.until[0]) and usual.until[0] > 1.3 * soon.until[0] > 0
    assert nothing.until_unhurried[0] == nothing.until[0] and nothing.unhurried[0] == nothing.peak[0]


ASKED_ABOVE = ("ascending", "challenge", "methadone-taper")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in ASKED_ABOVE)) for name in sorted(procedures())]
)
def test_every_way_of_starting_can_be_asked(name):
    found = ops.induction("morphine 30 mg oral every 8 h x 9", name, day=2, who=POINT)
    assert found.regimens() == ["nothing", name] and all(s.peak[0] >= 0.0 for s in found.starts)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("ascendin", 'Did you mean "ascending"'), ("naltrexone 50 oral", "not a unit of drug amount")],
)
def test_a_way_that_is_none_is_refused(text, sentence):
    with pytest.raises(Refusal, match=sentence):
        ops.induction(HEROIN, text)


def test_a_slow_store_of_fentanyl_leaves_more_to_precipitate():
    doses = "fentanyl 1.67 mg iv every 4 h x 180"
    brought = []
    for readings in ({}, {"fentanyl": "repeated"}):
        found = ops.induction(doses, day=1, who=ops.Who(readings=readings, point=True))
        brought.append(start(found, "tablet", 1).peak[0] - start(found, "nothing", 1).peak[0])
    assert 0 < 1.5 * brought[0] < brought[1]
