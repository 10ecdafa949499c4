"""Return to use after release: laws of the stated model, and what is said about it."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.facts import library
from opioidsim.questions.release import model as question
from opioidsim.questions.release.run import Release, compared
from opioidsim.refusal import Refusal
from opioidsim.surfaces import surface as risk

DAYS = question.DAYS


LOSS = library.body("effects")["breathing"]["potency_loss"].value


def facts(**changed):
    """The model's point values, twice, some changed."""
    known = question.known({}, 2)
    return known | {"potency_loss": np.full(2, LOSS)} | {name: np.full(2, value) for name, value in changed.items()}


def solved(known, tolerance):
    limits = question._limits(risk.surface("heroin", "iv"), known, tolerance, np.zeros_like(tolerance))
    lived = tolerance[:, -1]
    log_dose = question._habitual(limits, known, tolerance, lived)
    return question._deaths(limits, known, tolerance, lived, log_dose), log_dose


def ratio(daily):
    return (question._rate(daily, 0, 14) / question._rate(daily, 14, DAYS))[0]


STEADY = np.full((2, DAYS), 0.5)
COMING_BACK = np.tile(1.0 - np.exp(-np.arange(DAYS) / 10.0), (2, 1))


def test_the_habitual_dose_gives_the_published_death_rate():
    daily, _ = solved(facts(), COMING_BACK)
    assert question._rate(daily, 0, DAYS) == pytest.approx(library.body("release")["deaths"].value, rel=1e-3)


def test_who_returns_is_who_was_counted():
    back = np.cumsum(question._returned(facts())[0])
    assert back[0] == pytest.approx(library.body("release")["returned_day"].value)
    assert back[6] == pytest.approx(library.body("release")["returned_week"].value)
    assert back[29] == pytest.approx(library.body("release")["returned_month"].value)
    assert np.all(np.diff(back) >= 0)


def test_tolerance_that_comes_back_makes_the_first_weeks_worse_and_caution_better():
    careless = facts(caution=0.0)
    assert ratio(solved(careless, COMING_BACK)[0]) > ratio(solved(careless, STEADY)[0])
    assert ratio(solved(facts(caution=0.5), COMING_BACK)[0]) < ratio(solved(careless, COMING_BACK)[0])


def test_who_helps_allows_a_larger_dose():
    assert solved(facts(treated=0.7), COMING_BACK)[1][0] > solved(facts(treated=0.0), COMING_BACK)[1][0]


def test_some_of_those_who_use_stop_again():
    """The whole difference lies in exposure: nobody's threshold or dose changes."""
    stop = facts(still_using=0.5)
    assert ratio(solved(stop, STEADY)[0]) > ratio(solved(facts(still_using=1.0), STEADY)[0])


def test_each_ratio_has_its_published_numbers():
    assert {seen["measure"] for seen in question.published()} == set(question.RATIOS)
    with pytest.raises(Refusal, match="after release"):
        question.readings("weeks 1-2 against 3-13 after release")


def test_rows_say_whether_the_model_agrees():
    ratios = {name: np.full(5, 1.0) for name in question.RATIOS}
    first = question.RATIOS[0]
    low, high = next((seen["low"], seen["high"]) for seen in question.published() if seen["observed"] == 4.0)
    found = question.Deaths(np.zeros((5, 12)), np.ones(5), ratios | {first: np.array([low, low, low, high, high * 3])})
    rows = compared(found)
    assert [row["median_within"] for row in rows if row["what"] == first] == [False, True]
    assert all(row["ranges_meet"] for row in rows if row["what"] == first)
    rows = {row["source"]: row for row in rows if row["what"] != first}
    assert rows["morgan-2019"]["within"] and not rows["gibson-2007"]["within"], "0.93 lies about 1, and 22 does not"
    assert 1.5 < rows["morgan-2019"]["fold"] < 3.0, "between places alone"
    answer = Release(scenario=question.courses()[0], found=found, change={})
    assert any("22.1 (four weeks after naltrexone" in said for said in answer.sentences())
    assert "weeks 1-2 after release" in answer.sentences()[0]


def test_one_tolerance_that_of_the_surface():
    """What protects is the threshold of people who live with that tolerance; there is no second reading of it."""
    surface, held = risk.surface("heroin", "iv"), np.full((2, 3), 0.5)
    for tolerance in (0.0, 0.6, 1.4):
        limits, sedated = question._limits(surface, facts(), np.full((2, 3), tolerance), held)
        assert (sedated < limits).all()
        assert limits[0, 0] == pytest.approx(np.log2(surface.dose("arrest", question.SHARES, tolerance, 0.5)))
    assert "tolerance_shift" not in library.body("release")
    assert "tolerance" not in {column.name for column in Release.columns}


def test_less_tolerance_and_less_help_never_make_a_use_safer():
    surface, dose = risk.surface("heroin", "iv"), np.full(2, 5.0)
    tolerance = np.tile(np.linspace(0.0, 1.5, 7), (2, 1))
    limits, lived = question._limits(surface, facts(), tolerance, np.zeros_like(tolerance)), np.full(2, 1.5)
    chance = [question._per_use(limits, facts(treated=h), tolerance, lived, dose)[0] for h in (0.0, 0.5, 1.0)]
    assert (np.diff(chance[0].mean(-1)) <= 0).all(), "though who lacks tolerance takes less"
    assert (np.diff(chance[0][:, :32], axis=0) <= 1e-15).all(), (
        "the insensitive, who gain less tolerance, take less than they need to"
    )
    assert (chance[0] >= chance[1]).all() and (chance[1] >= chance[2]).all() and not chance[2].any()


def test_deaths_in_treatment_are_those_of_whom_it_does_not_protect():
    """With full protection of each use in it the ratio is beyond all bounds; with none it is that of days of use."""
    ratio = lambda missed: question.deaths(1, uncertain=False, change={"release.missed": missed}).ratios  # noqa: E731
    name = "four weeks after naltrexone against in it"
    safe, half, none = (float(ratio(missed)[name][0]) for missed in ("0", "0.5", "1"))
    assert safe == question.MOST and half == pytest.approx(2.0 * none, rel=0.01)


def test_the_answer_names_what_it_rests_on():
    """The habit and the treatments, adaptation, return to use, and everything behind the stored surface."""
    found = ops.release(2, who=ops.Who(point=True))
    names = {name for name, _ in found.facts}
    assert set(risk.surface("heroin", "iv").story["facts"]) <= names
    assert {f"release.{name}" for name in library.body("release")} | {
        "adaptation.tau_gain",
        "naltrexone.receptor.mu.K",
    } <= names
    assert any(name.startswith("r-methadone.") for name in names) and "algera-2020" in found.sources
    assert str(found.scenario.doses[0]) == question.habit()
    weeks = found.json()["weeks"]
    assert len(weeks) == 12
    changed = ops.release(2, who=ops.Who(point=True, change={"behaviour.caution": "0.5"}))
    assert changed.rows() != found.rows()
    with pytest.raises(Refusal, match="worked out beforehand"):
        ops.release(2, who=ops.Who(change={"heroin.disposition.CL_per_kg": "20 mL/min/kg"}))
    with pytest.raises(Refusal, match="nothing that is asked here rests on it"):
        ops.release(2, who=ops.Who(change={"behaviour.leave_base": "-5"}))
    assert ops.release(2).rows() != found.rows()


def test_a_use_is_that_of_trials():
    """One caution, one share of sedatives and one of help; and the chance of a use is what the surface says of it."""
    assert not {"caution", "helped"} & set(library.body("release")) and {
        "behaviour.caution",
        "behaviour.treated",
    } <= set(question.facts_of())
    surface, none = risk.surface("heroin", "iv"), np.zeros((2, 1))
    known = facts(treated=0.25, dose_spread=1e-6)
    chance = question._per_use(
        question._limits(surface, known, none, none), known, none, np.zeros(2), np.full(2, np.log2(30.0))
    )
    share, level = (library.body("behaviour")[name].value for name in ("sedative_share", "sedative_level"))
    expected = sum(
        part * float(surface.chance("arrest", 30.0, 0.0, 0.0, s)) for part, s in ((1.0 - share, 0.0), (share, level))
    )
    assert chance.mean() == pytest.approx(0.75 * expected, abs=0.02)


@pytest.mark.long
def test_a_point_answer_is_near_the_median_and_inside_the_band():
    point, banded = (question.deaths(48, uncertain=u) for u in (False, True))
    for name, value in point.ratios.items():
        low, high = np.quantile(banded.ratios[name], (0.05, 0.95))
        assert low <= value[0] <= high
