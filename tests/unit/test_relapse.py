"""Relapse: the old dose after days off, and under a fading blockade."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.refusal import Refusal

HISTORY = "heroin 50 mg iv every 8 h x 90"


@pytest.fixture(scope="module")
def days_off():
    return ops.relapse("fentanyl 1 mg iv", HISTORY, days=(1, 28), uncertain=False)


def test_tolerance_goes_and_the_dose_that_kills_falls(days_off):
    assert days_off.tolerance[0, 0] > 0.5 > 0.2 > days_off.tolerance[1, 0]
    assert days_off.stops[1, 1] < days_off.stops[0, 1]


@pytest.mark.long
def test_a_fresh_injection_protects_and_a_faded_one_does_not():
    under = ops.relapse(
        "fentanyl 2 mg iv", [HISTORY, "naltrexone 380 mg im-depot at 37 d"], days=(7, 90), uncertain=False
    )
    assert under.arrest[:, 0].tolist() == [0, 1]
    assert under.blocked[0, 0] > 0.95 > 0.3 > under.blocked[1, 0]
    assert np.nan_to_num(under.no_effect[0, 1]) > np.nan_to_num(under.no_effect[1, 1])


@pytest.mark.long
def test_heroin_under_a_fresh_injection_and_after_it_faded():
    """Near no risk at 25 mg while it is fresh; once it has faded more than in the tolerant state, and never less."""
    asked = ops.relapse(
        "heroin 25 mg iv", [HISTORY, "naltrexone 380 mg im-depot at 37 d"], days=(7, 180), spread=0.5, people=272
    )
    fresh, faded = asked.rows()
    assert fresh["arrest_high"] < 0.02
    assert faded["arrest"] > max(asked.tolerant[0], fresh["arrest"])
    assert faded["times_tolerant"] is None or faded["times_tolerant"] > 1.0
    assert fresh["no_effect"] > faded["no_effect"]
    assert faded["apnoea"] > 0.0 and faded["apnoea"] >= faded["arrest"]


@pytest.fixture(scope="module")
def banded():
    return ops.relapse("fentanyl 1 mg iv", HISTORY, days=(1, 28))


def test_without_the_band_the_answer_is_its_median(days_off, banded):
    for name in ("no_effect", "stops"):
        low, middle, high = getattr(banded, name).T
        point = getattr(days_off, name)
        assert np.all(point[:, 0] == point[:, 2])
        assert np.log2(point[:, 1]) == pytest.approx(np.log2(middle), abs=0.15)
        grain = 1.02  # of the search
        assert np.all((low <= point[:, 1] * grain) & (point[:, 1] <= high * grain) & (low < high))
    assert np.median(banded.tolerance, 1) == pytest.approx(days_off.tolerance[:, 0], abs=0.05)
    assert np.median(banded.arrest, 1).tolist() == days_off.arrest[:, 0].tolist()


def test_apnoea_comes_before_arrest(banded):
    assert np.all(banded.apnoea >= banded.arrest)
    assert banded.apnoea.any()


def test_rows_compare_with_the_tolerant_state(banded):
    for row in banded.rows():
        assert row["times_tolerant_low"] <= (row["times_tolerant"] or np.inf)
        assert row["stops_low"] <= row["stops"] <= row["stops_high"]


def test_the_spread_of_a_dose_is_bounded():
    with pytest.raises(Refusal, match="the spread of the dose is 3"):
        ops.relapse("heroin 50 mg iv", HISTORY, spread=3.0)


def test_only_an_opioid_can_be_relapsed_to():
    with pytest.raises(Refusal, match="is no use of an opioid"):
        ops.relapse("naloxone 2 mg im", HISTORY)


@pytest.mark.long
def test_a_crowd_on_six_days_grows_less_tolerant_and_more_at_risk():
    """The same people and doses on each day: whoever has an arrest early has one later too, all but a few at the mark."""
    asked = ops.relapse("heroin 50 mg iv", HISTORY, people=1000, spread=0.3)
    shares = asked.arrest.mean(1)
    assert np.all(np.diff(np.median(asked.tolerance, 1)) < 0)
    assert np.all(np.diff(shares) > -0.005) and shares[-1] > shares[0]
    assert asked.rows()[-1]["times_tolerant_low"] > 1.0


@pytest.mark.long
def test_what_is_taken_beside_the_use_is_not_made_larger(monkeypatch):
    from opioidsim.engine import simulate_episode
    from opioidsim.questions.relapse import run as relapse

    seen, march = [], simulate_episode.marched
    monkeypatch.setattr(
        relapse.simulate_episode,
        "marched",
        lambda *a, times=1.0, **k: seen.append(times) or march(*a, times=times, **k),
    )
    ops.relapse("heroin 50 mg iv", HISTORY, days=(1,), also=["midazolam 5 mg iv"], spread=0.5, duration="5 min")
    assert any(np.ptp(times[0]) > 0 for times in seen)
    assert all(np.all(times[1] == 1.0) for times in seen)
