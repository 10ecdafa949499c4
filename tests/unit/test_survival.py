"""Survival: against numbers worked out by hand, and statsmodels' own test."""

import numpy as np
import pytest

from opioidsim.trials import power, survival


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


def test_the_hazard_ratio_is_that_of_statsmodels_and_its_interval_that_of_the_profile():
    """Ties after Efron; the interval's ends lie where twice the log likelihood has fallen by 3.841."""
    from statsmodels.duration.hazard_regression import PHReg

    random = np.random.default_rng(4)
    days, happened, treated = random.integers(1, 9, 40).astype(float), random.random(40) < 0.6, np.arange(40) < 14
    model = PHReg(days, treated.astype(float)[:, None], status=happened.astype(int), ties="efron")
    middle, low, high = np.log(survival.hazard_ratio(days, happened, treated))
    assert middle == pytest.approx(model.fit(disp=0).params[0], abs=1e-5)
    for end in (low, high):
        assert 2.0 * (model.loglike([middle]) - model.loglike([end])) == pytest.approx(3.8415, abs=1e-3)


def test_a_band_of_few_people_is_that_of_the_logarithm_of_the_logarithm():
    """Days 6, 7, 10+, 15, 19+, 25: at day 7 a share of 2/3, 0.195 to 0.904 (by hand, after Greenwood)."""
    days, happened = np.array([6, 7, 10, 15, 19, 25]), np.array([1, 1, 0, 1, 0, 1], bool)
    curve = survival.kaplan_meier(days, happened)
    at = curve.times.tolist().index(7)
    assert (curve.share[at], curve.low[at], curve.high[at]) == pytest.approx((2 / 3, 0.195, 0.904), abs=2e-3)
    assert curve.low[0] == pytest.approx(0.025 ** (1 / 6)) and curve.high[-1] == pytest.approx(0.975)


def test_nothing_among_n_is_at_most_three_of_n():
    """The rule of three (Hanley and Lippman-Hand 1983); of some events statsmodels' own score interval."""
    from statsmodels.stats.rates import confint_poisson

    assert survival.rare(0.0) == (0.0, 3.0)
    for events in (1, 4, 12):
        assert survival.rare(events) == pytest.approx(confint_poisson(events, 1.0, method="score"), rel=1e-9)


def test_the_difference_of_newcombe_1998():
    """56/70 against 48/80: 0.2, 95 % interval 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    a, b = np.arange(70) < 56, np.arange(80) < 48
    assert survival.difference(a, b) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def _two_strata():
    """People of two strata, whose hazards differ tenfold, and of which the treated have half: (days, happened, treated, stratum)."""
    random, n = np.random.default_rng(8), 400
    stratum, treated = np.arange(n) % 2, random.random(n) < 0.5
    days = np.ceil(random.exponential(100.0 / (10.0**stratum * np.where(treated, 0.5, 1.0))))
    return np.minimum(days, 90.0), days < 90, treated, stratum


def test_a_stratified_hazard_ratio_is_that_of_a_regression_with_strata():
    from statsmodels.duration.hazard_regression import PHReg

    days, happened, treated, stratum = _two_strata()
    found = survival.hazard_ratio(days, happened, treated, stratum)
    fitted = PHReg(days, treated[:, None] * 1.0, status=happened, strata=stratum, ties="efron").fit()
    assert found[0] == pytest.approx(float(np.exp(fitted.params[0])), rel=1e-4)
    assert found[0] < survival.hazard_ratio(days, happened, treated)[0], "without strata it is drawn to 1"
    one = (days[stratum == 0], happened[stratum == 0], treated[stratum == 0])
    assert survival.hazard_ratio(*one, np.zeros(200, int)) == survival.hazard_ratio(*one)


def test_a_stratified_log_rank_test_is_that_of_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    days, happened, treated, stratum = _two_strata()
    people = np.stack([days, happened, stratum], -1)
    a, b = people[treated][None, :], people[~treated][None, :]
    both, mine = survdiff(days, happened, treated, strata=stratum)[0], float(power.of_counts(a, b)[0])
    assert mine**2 == pytest.approx(float(both), rel=1e-6)
    assert mine > float(power.of_counts(a[..., :2], b[..., :2])[0])
