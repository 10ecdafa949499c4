"""Results: named curves with units, tables and summaries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.engine.result import ratio_of
from opioidsim.show import curves


@pytest.fixture(scope="module")
def one(run):
    return run("naltrexone 50 mg oral at 1 h", duration="30 h", every="4 h")


@pytest.fixture(scope="module")
def crowd(run):
    return run("naltrexone 50 mg oral", population={"n": 20, "seed": 3})


def test_the_regular_times_run_to_the_end(one):
    assert one.time.tolist() == [0, 4, 8, 12, 16, 20, 24, 28, 30]


def test_a_value_at_the_time_of_a_dose_is_the_one_before_it(run):
    result = run("heroin 25 mg iv every 1 h x 2", every="1 h")
    assert result["concentration.heroin"][0] == 0
    assert result["concentration.heroin"][1] < result["concentration.heroin"][2] * 1.1


def test_peaks_are_seen_between_the_regular_times(one):
    peak = one.outcomes()["concentration.naltrexone peak"].item()
    assert peak > one.values["concentration.naltrexone"].max() > one["concentration.naltrexone"].max()


def test_one_person_has_a_curve_and_a_crowd_has_rows(one, crowd):
    assert one["occupancy.naltrexone"].shape == (9,)
    assert crowd["occupancy.naltrexone"].shape == (20, 25)


def test_the_dataset_carries_units(one):
    assert one.dataset["concentration.naltrexone"].attrs["units"] == "ng/mL"
    assert one.dataset["time"].attrs["units"] == "h"


def test_the_table_has_one_row_per_person_and_time(crowd):
    table = crowd.table
    assert table.columns[:2].tolist() == ["person", "time_h"]
    assert len(table) == 20 * 25
    row = table[(table.person == 7) & (table.time_h == 5)]
    assert row["occupancy.naltrexone"].item() == crowd["occupancy.naltrexone"][7, 5]


def test_the_summary_orders_its_quantiles(crowd):
    for row in crowd.summary():
        assert row["peak_low"] < row["peak"] < row["peak_high"]


def test_bands_are_quantiles_over_people(crowd):
    band = crowd.band("occupancy.naltrexone")
    assert (np.diff(band, axis=0) >= 0).all()
    assert band[2] == pytest.approx(np.median(crowd.values["occupancy.naltrexone"], 0))


def test_it_says_what_was_simulated(one, crowd):
    assert one.describe() == "naltrexone 50 mg oral at 1 h · one person · 30 h"
    assert "20 people" in crowd.describe()


def test_a_ratio_of_shares_has_katz_interval():
    """Against scipy's; with none on one side it stays finite."""
    from scipy.stats.contingency import relative_risk

    ones, among = np.arange(100) < 30, np.arange(100) < 12
    found = ratio_of(ones, among)
    other = relative_risk(30, 100, 12, 100)
    assert found == pytest.approx((other.relative_risk, *other.confidence_interval(0.95)), rel=1e-5)
    ratio, low, high = ratio_of(ones, among & False)
    assert np.isnan(ratio) and 1.0 < low < high < np.inf


def test_a_band_leaves_out_those_for_whom_a_quantity_means_nothing(run):
    """Against numpy's, among them times at which it means nothing to some and to all."""
    found = run("fentanyl 3 mg iv", clock="episode", duration="20 min", population={"n": 8, "seed": 1})
    value = found.meaningful("ventilation")
    some = ~np.isnan(value).all(0)
    assert np.isnan(value).any() and not np.isnan(value).all()
    expected = np.nanquantile(value[:, some], (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    assert found.band("ventilation")[:, some] == pytest.approx(expected, rel=1e-12)
    assert np.isnan(found.band("ventilation")[:, ~some]).all()


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=2, max_size=60), st.integers(0, 2**32 - 1))
def test_a_drawn_curve_is_the_curve(values, seed):
    """What is left out of a figure lies on the lines that are drawn, on both kinds of axis; extremes are never left out."""
    steps = np.random.default_rng(seed).uniform(0.01, 1.0, len(values))
    times, line = np.cumsum(steps), np.array(values)
    kept = curves.turning_points(times, line[None])
    drawn = np.interp(times, times[kept], line[kept])
    assert np.abs(drawn - line).max() <= curves.FINE[0] * np.ptp(line) * (1 + 1e-6) + 1e-8 * np.abs(line).max()
    assert {0, len(line) - 1} <= set(kept.tolist())
    assert line[kept].max() == line.max() and line[kept].min() == line.min()


def test_a_smooth_curve_needs_few_points():
    times = np.linspace(0.0, 42.0, 1000)
    assert len(curves.turning_points(times, np.exp(-times / 5.0)[None])) < 120
    assert curves.turning_points(times, np.ones((1, 1000))).tolist() == [0, 999]
