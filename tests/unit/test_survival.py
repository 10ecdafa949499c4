"""Survival: against numbers worked out by hand, and statsmodels' own test."""

import numpy as np
import pytest

from opioidsim.trials import survival


def test_a_curve_by_hand():
    curve = survival.kaplan_meier(np.array([2, 3, 3, 5]), np.array([True, True, False, True]))
    assert curve.times.tolist() == [0, 2, 3, 5]
    assert curve.share == pytest.approx([1, 0.75, 0.5, 0])
    assert (curve.low <= curve.share).all() and (curve.share <= curve.high).all()


def test_no_events_is_a_flat_curve_and_no_ratio():
    days, none = np.full(4, 9), np.zeros(4, bool)
    assert survival.kaplan_meier(days, none).share.tolist() == [1.0]
    assert np.isnan(survival.hazard_ratio(days, none, np.array([True, True, False, False]))[0])


def test_the_hazard_ratio_of_two_exponentials():
    random = np.random.default_rng(1)
    days = np.concatenate([random.exponential(10, 3000), random.exponential(20, 3000)])
    middle, low, high = survival.hazard_ratio(np.minimum(days, 40), days < 40, np.repeat([True, False], 3000))
    assert low < middle < high
    assert middle == pytest.approx(2.0, rel=0.08)


def test_the_difference_of_newcombe_1998():
    """56/70 against 48/80: 0.2, 95 % interval 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    a, b = np.arange(70) < 56, np.arange(80) < 48
    assert survival.difference(a, b) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_log_rank_statistic_is_that_of_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    random = np.random.default_rng(2)
    days, happened = random.integers(1, 12, 80), random.random(80) < 0.7
    group = np.arange(80) < 40
    times = np.unique(days)
    counts = [np.rint(40 * survival._cells(times, days[g], happened[g])).astype(int)[None] for g in (group, ~group)]
    assert survival._log_rank(*counts)[0] ** 2 == pytest.approx(
        survdiff(days, happened.astype(int), group)[0], rel=1e-9
    )


def test_power_is_five_percent_without_a_difference_and_grows_with_size():
    days, happened = np.repeat([10, 20, 30, 40], 25), np.repeat([True, True, True, False], 25)
    same = survival.power([200], (days, happened), (days, happened), trials=2000)[0]
    assert same == pytest.approx(0.05, abs=0.02)
    later = (days, happened & (days > 10))
    small, large = survival.power([20, 300], (days, happened), later)
    assert small < large and large > 0.95


def test_power_of_means_is_that_of_the_normal_test():
    """n = 64 per arm finds half a standard deviation with a power of 0.81 (two-sided z test at 5 %: Phi(0.5 sqrt(32) - 1.96))."""
    random = np.random.default_rng(3)
    none, half = random.normal(0.0, 1.0, 20_000), random.normal(0.5, 1.0, 20_000)
    assert survival.power_of_means([64], half, none, trials=2000)[0] == pytest.approx(0.81, abs=0.03)
    assert survival.power_of_means([64], none[:10_000], none[10_000:], trials=2000)[0] == pytest.approx(0.05, abs=0.02)
