"""Relapse: the old dose after days off, and under a fading blockade."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases.dose import parse
from opioidsim.questions.relapse import words
from opioidsim.refusal import Refusal

HISTORY, USE = "heroin 50 mg iv every 8 h x 90", "heroin 100 mg iv"


@pytest.fixture(scope="module")
def days_off():
    return ops.relapse(USE, HISTORY, day=(1, 28), who=ops.Who(point=True))


def test_tolerance_goes_and_the_dose_that_kills_falls(days_off):
    assert days_off.tolerance[0, 0] > 1.0 > 0.6 > days_off.tolerance[1, 0]
    assert days_off.stops[1, 1] < days_off.stops[0, 1]


@pytest.mark.long
def test_a_fresh_injection_protects_and_a_faded_one_does_not():
    under = ops.relapse(
        "fentanyl 2 mg iv", [HISTORY, "naltrexone 380 mg im-depot at 37 d"], day=(7, 90), who=ops.Who(point=True)
    )
    assert under.arrest[:, 0].tolist() == [0, 1]
    assert under.blocked[0, 0] > 0.95 > 0.3 > under.blocked[1, 0]
    assert np.nan_to_num(under.no_effect[0, 1]) > np.nan_to_num(under.no_effect[1, 1])


@pytest.mark.long
def test_heroin_under_a_fresh_injection_and_after_it_faded():
    """Near no risk at 25 mg while it is fresh; once it has faded more than in the tolerant state, and never less."""
    asked = ops.relapse(
        "heroin 25 mg iv",
        [HISTORY, "naltrexone 380 mg im-depot at 37 d"],
        day=(7, 180),
        spread=0.5,
        who=ops.Who(people=272),
    )
    fresh, faded = asked.rows()
    assert fresh["arrest_high"] < 0.02
    assert faded["arrest"] > max(asked.tolerant[0], fresh["arrest"])
    assert faded["times_tolerant"] is None or faded["times_tolerant"] > 1.0
    assert fresh["no_effect"] > faded["no_effect"]
    assert faded["apnoea"] > 0.0 and faded["apnoea"] >= faded["arrest"]


@pytest.fixture(scope="module")
def banded():
    return ops.relapse(USE, HISTORY, day=(1, 28))


def test_without_the_band_the_answer_is_its_median(days_off, banded):
    for name in ("no_effect", "stops"):
        low, middle, high = getattr(banded, name).T
        point = getattr(days_off, name)
        assert np.all(point[:, 0] == point[:, 2])
        assert np.log2(point[:, 1]) == pytest.approx(np.log2(middle), abs=0.3)
        grain = 1.02  # of the search
        assert np.all((low <= point[:, 1] * grain) & (point[:, 1] <= high * grain) & (low < high))
    assert np.median(banded.tolerance, 1) == pytest.approx(days_off.tolerance[:, 0], abs=0.15)
    assert np.median(banded.arrest, 1).tolist() == days_off.arrest[:, 0].tolist()


def test_apnoea_comes_before_arrest(banded):
    assert np.all(banded.apnoea >= banded.arrest)
    assert banded.apnoea.any()


def test_rows_compare_with_the_tolerant_state(banded):
    for row in banded.rows():
        assert row["times_tolerant_low"] <= (row["times_tolerant"] or np.inf)
        assert row["stops_low"] <= row["stops"] <= row["stops_high"]


def test_the_spread_of_a_dose_is_bounded():
    with pytest.raises(Refusal, match="3 was given; it must be at least 0 and at most 2"):
        ops.relapse("heroin 50 mg iv", HISTORY, spread=3.0)


def test_only_an_opioid_can_be_relapsed_to():
    with pytest.raises(Refusal, match="is no use of an opioid"):
        ops.relapse("naloxone 2 mg im", HISTORY)


@pytest.mark.long
def test_a_crowd_on_six_days_grows_less_tolerant_and_more_at_risk():
    """The same people and doses on each day: whoever has an arrest early has one later too, all but a few at the mark."""
    asked = ops.relapse("heroin 50 mg iv", HISTORY, spread=0.3, who=ops.Who(people=1000))
    shares = asked.arrest.mean(1)
    assert np.all(np.diff(np.median(asked.tolerance, 1)) < 0)
    assert np.all(np.diff(shares) > -0.005) and shares[-1] > shares[0]
    assert asked.rows()[-1]["times_tolerant_low"] > 1.0


@pytest.mark.long
def test_what_is_taken_beside_the_use_is_not_made_larger(monkeypatch):
    from opioidsim.engine import simulate_episode
    from opioidsim.questions.relapse import run as relapse

    seen, march = [], simulate_episode.tallied
    monkeypatch.setattr(
        simulate_episode, "tallied", lambda *a, times=1.0, **k: seen.append(times) or march(*a, times=times, **k)
    )
    monkeypatch.setattr(relapse, "WATCHED", "5 min")
    ops.relapse("heroin 50 mg iv", HISTORY, day=(1,), also=["midazolam 5 mg iv"], spread=0.5)
    assert any(np.ptp(times[0]) > 0 for times in seen)
    assert all(np.all(times[1] == 1.0) for times in seen)


def test_doses_are_shown_as_doses_and_one_reading_has_no_range(days_off, banded):
    header, cells = days_off.cells()
    assert header[-1] == "stops the circulation from [mg]"
    assert float(cells[0][-1]) == pytest.approx(parse(USE).milligrams() * days_off.stops[0, 1], rel=5e-3)
    assert not any(" to " in cell for row in cells for cell in row) and days_off.brackets == ""
    assert " to " in banded.cells()[1][0][-1] and "readings of what is not known" in banded.brackets


def test_labels_are_asked_on_every_day():
    """On day 7 naltrexone still blocks, on day 120 it has gone: both cautions are told."""
    from opioidsim.questions.relapse import run as relapse

    use, after = parse("heroin 25 mg iv"), (parse(HISTORY), parse("naltrexone 380 mg im-depot at 37 d"))
    scenario = relapse._scenario(use, after, (), 120.0, ops.Who())
    kinds = [{c.id for c in relapse.cautions.cautions(relapse._on(scenario, after, day))} for day in (7.0, 120.0)]
    assert "opioid-under-blockade" in kinds[0] - kinds[1] and "after-blockade" in kinds[1] - kinds[0]


@pytest.mark.long
@pytest.mark.parametrize(
    "other",
    [
        {"weight": "110 kg"},
        {"age": "80 years"},
        {"liver": "cirrhosis"},
        {"tolerance": 0.5},
        {"dependence": 1.0},
        {"readings": {"naltrexone": "slower"}},
        {"seed": 2},
    ],
)  # fmt: skip
def test_every_part_of_who_moves_a_number(other, usual):
    before, how = (made(people=2), {"people": 2}) if "seed" in other else (usual, {"point": True})
    assert not np.array_equal(made(**how, **other), before, equal_nan=True)


@pytest.fixture(scope="module")
def usual():
    return made(point=True)


def made(**who):
    after = ["heroin 20 mg iv", "naltrexone 50 mg oral at 1 h"]
    asked = ops.relapse("heroin 20 mg iv", after, day=1, who=ops.Who(**who))
    return np.concatenate([asked.tolerance.ravel(), asked.blocked.ravel(), asked.stops.ravel()])


def test_courses_of_one_drug_at_the_same_time_are_said_to_add_up():
    said = lambda *after: words.together([parse(each) for each in after])  # noqa: E731
    month = "heroin 50 mg iv every 8 h x 90"
    assert "go on at the same time: what they give adds up" in said(month, "heroin 20 mg iv every 8 h x 9")[0]
    assert not said(
        month, "heroin 20 mg iv every 8 h x 9 at 31 d", "methadone 40 mg oral every 24 h x 30", "heroin 80 mg iv at 3 d"
    )
