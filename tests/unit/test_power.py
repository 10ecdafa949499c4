"""Tests of trials keep to 5 % in small arms, find what is there, and know looks and sizes."""

import numpy as np
import pytest
from scipy.stats import boschloo_exact

from opioidsim.questions.trial.powers import Powers
from opioidsim.trials import power
from opioidsim.trials.looks import bounds, looked

RANDOM = np.random.default_rng(5)
WAITING = np.ceil(np.minimum(RANDOM.exponential(60.0, 20_000), 168.0))
TIMES = np.stack([WAITING, WAITING < 168.0], 1)
NORMAL = RANDOM.normal(50, 15, 20_000)


@pytest.mark.parametrize("n", [5, 10, 50])
def test_five_percent_of_null_trials_of_any_size_find_something(n):
    trials = 4000  # standard error 0.34 %
    assert power.of_times([(n, n)], TIMES, TIMES, trials)[0] == pytest.approx(0.05, abs=0.013)
    assert power.of_means([(n, n)], NORMAL, NORMAL, trials)[0] == pytest.approx(0.05, abs=0.013)
    half = np.arange(2) < 1
    found = power.of_shares([(n, n)], half, half)[0]
    assert found <= 0.05 and found > (0.02 if n == 5 else 0.04)  # of few people few results are possible


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 7)])
def test_tables_that_differ_are_those_of_boschloo(n, m):
    region = power.boschloo(n, m)
    for x in range(n + 1):
        for y in range(m + 1):
            p = boschloo_exact([[x, y], [n - x, m - y]], n=32).pvalue
            assert region[x, y] == (p < 0.05) or abs(p - 0.05) < 2e-3


def test_the_log_rank_statistic_is_that_of_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    random = np.random.default_rng(2)
    days, happened = random.integers(1, 12, 80), random.random(80) < 0.7
    both = np.stack([days, happened], 1).astype(float)
    chi2 = survdiff(days, happened.astype(int), np.arange(80) < 40)[0]
    assert power.of_counts(both[None, :40], both[None, 40:])[0] ** 2 == pytest.approx(chi2, rel=1e-9)
    assert power._scores(both[None]).sum() == pytest.approx(0.0, abs=1e-9)


def test_power_is_that_of_the_normal_test_and_grows_with_size():
    """n = 64 per arm finds half a standard deviation with a power of 0.80 (Student's t, two-sided 5 %)."""
    assert power.of_means([(64, 64)], NORMAL + 7.5, NORMAL)[0] == pytest.approx(0.80, abs=0.03)
    later = TIMES * [1.0, 0.0] + [0.0, 1.0] * (TIMES[:, 1:] * (TIMES[:, :1] > 30))
    small, large = power.of_times([(20, 20), (300, 300)], TIMES, later)
    assert small < large and large > 0.95


def test_the_smallest_size_that_is_enough_is_found():
    arms = {"a": ([NORMAL + 7.5], 1), "b": ([NORMAL], 1)}
    found = {row["wanted"]: row["people"] for row in Powers("x", "mean", arms, "b", (), False).needed()}
    assert found[0.8] == pytest.approx(64, abs=6) and found[0.9] == pytest.approx(85, abs=8)
    same = Powers("x", "mean", arms | {"a": ([NORMAL], 1)}, "b", (), False).needed()
    assert all(np.isnan(row["people"]) and row["words"] == "more than 1200" for row in same)


def test_assurance_is_the_mean_over_readings():
    """Half of the readings have a large difference, half none: the pooled people show half of it, and most trials find it."""
    arms = {"a": ([NORMAL[:2000] + 15.0 * (r // 2 % 2) for r in range(20)], 1), "b": ([NORMAL[:2000]] * 20, 1)}
    row = Powers("x", "mean", arms, "b", (), True).rows([200])[0]
    assert row["power"] > 0.95 and row["assurance"] == pytest.approx(0.525, abs=0.05)


def test_looks_spend_five_percent_together_and_end_early():
    """O'Brien and Fleming's bounds of two and three equal looks (Jennison and Turnbull 2000, table 2.3)."""
    assert bounds((0.5, 1.0)) == pytest.approx((2.797, 1.977), abs=3e-3)
    assert bounds((1 / 3, 2 / 3, 1.0)) == pytest.approx((3.471, 2.454, 2.004), abs=4e-3)
    none = looked("mean", (50, 50), NORMAL, NORMAL, (0.5,))
    much = looked("mean", (100, 100), NORMAL + 9.0, NORMAL, (0.5,))
    assert none.power == pytest.approx(0.05, abs=0.015)
    assert much.early > 0.4 and 100 < much.people < 200
    assert looked("time", (40, 20), TIMES, TIMES, (0.5,), trials=500).power == pytest.approx(0.05, abs=0.03)
    assert looked("share", (40, 40), NORMAL > 50, NORMAL > 50, (0.5,)).power == pytest.approx(0.05, abs=0.02)
