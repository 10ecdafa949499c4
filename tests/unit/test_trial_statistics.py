"""Numbers of trials that know their limits: rare events, few people, few replicates, no finite estimate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from opioidsim.cases.trial_plan import from_table, read
from opioidsim.questions.trial.opioid import hazard
from opioidsim.questions.trial.run import CONDITIONS, Trial
from opioidsim.trials import replicates, survival

FEW = replicates.FEW


@pytest.mark.parametrize("ratio", [1.0, -1.0])
def test_a_hazard_ratio_without_a_finite_estimate_is_none(ratio):
    days, treated = np.array([1.0, 2, 3, 10, 11, 12]), np.repeat([True, False], 3)
    apart = treated if ratio > 0 else ~treated
    assert np.isnan(survival.hazard_ratio(days, np.ones(6, bool), apart)).all()
    censored = np.array([True, False, True, True, True, True])
    assert np.isnan(survival.hazard_ratio(days, censored, apart)).all()


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.booleans()), min_size=4, max_size=12))
def test_a_hazard_ratio_is_finite_or_none(people):
    days, happened, treated = map(np.array, zip(*people, strict=True))
    found = survival.hazard_ratio(days, happened.astype(bool), treated.astype(bool))
    assert np.isnan(found).all() or 1e-4 < found[0] < 1e4


@pytest.mark.parametrize("law", ["few uses", "shares"])
def test_the_interval_of_a_mean_holds_it_in_small_arms(law):
    random, held = np.random.default_rng(2), 0
    for _ in range(2000):
        drawn = random.normal(40, 10, 4) if law == "shares" else random.integers(0, 10, 4).astype(float)
        _, low, high = survival.mean_within(drawn, 100.0 if law == "shares" else 9.0)
        held += low <= (40 if law == "shares" else 4.5) <= high
    assert held / 2000 > 0.91  # with the normal distribution 0.86


def test_rare_counts_have_the_score_interval():
    """3 events: between the two means from which 3 lies 1.96 standard deviations; none: to 3, the rule of three."""
    three = np.array([1.0, 1, 1] + [0] * 17)
    low, high = np.array(survival.mean_of_counts(three)[1:]) * 20
    assert (3 - low) / np.sqrt(low) == pytest.approx(1.96, abs=1e-4) == (high - 3) / np.sqrt(high)
    assert survival.mean_of_counts(np.zeros(20)) == pytest.approx((0, 0, 3 / 20))


@pytest.mark.parametrize("expected", [0.5, 1, 2, 4, 8, 16])
def test_intervals_of_rare_events_hold_the_truth_in_93_to_97_percent(expected):
    """On average over what may be expected, a quarter more or less: a count has so few values that no interval does at every one."""
    means = stats.gamma(16, scale=expected / 16).ppf((np.arange(400) + 0.5) / 400)
    low, high = np.transpose([survival.rare(k) for k in range(100)])
    held = (low <= means[:, None]) & (means[:, None] <= high)
    assert 0.93 < (held * stats.poisson.pmf(np.arange(100), means[:, None])).sum(1).mean() < 0.97


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30), st.integers(1, 25))
def test_intervals_hold_the_mean_and_only_what_can_be(counts, copies):
    values = np.tile(np.array(counts, float), (copies, 1))
    for middle, low, high in (replicates.mean_of(values, 5.0), replicates.mean_of(values, unit=1.0)):
        if 1 < copies < FEW:
            assert math.isnan(low) and math.isnan(high)
        else:
            assert 0 <= low <= middle <= high and (low < high or 0 < counts[0] < 5)
    _, low, high = replicates.mean_of(values > 0)
    assert 1 < copies < FEW or (0 <= low < high <= 1)


def test_nobody_in_many_replicates_is_no_proof_of_never():
    assert replicates.mean_of(np.zeros((20, 20), bool))[2] == pytest.approx(0.0095, abs=1e-3)
    row = replicates.contrast("a", "b", "x", "d", *np.zeros((2, 20, 20), bool), survival.difference)
    assert row["low"] < 0 < row["high"]


def test_what_nobody_can_have_nobody_has():
    assert replicates.mean_of(np.zeros((1, 20)), 0.0) == (0, 0, 0)


@pytest.mark.parametrize(
    ("mean", "low", "high", "measure", "words"),
    [
        (-0.1, -0.2, -0.05, "treat", "10 (5 to 20)"),
        (0.1, 0.05, 0.2, "harm", "10 (5 to 20)"),
        (0.105, -0.011, 0.2, "harm", "9.52 (from 90.9 to benefit one, through infinity to 5 to harm one)"),
        (-0.1, -0.2, 0.05, "treat", "10 (from 5 to benefit one, through infinity to 20 to harm one)"),
        (-0.1, -0.2, 0.0, "treat", "10 (from 5 to benefit one, to infinity)"),
        (0.0, -0.1, 0.1, "treat", "no difference (from 10 to benefit one, through infinity to 10 to harm one)"),
        (-0.1, math.nan, math.nan, "treat", f"10 ({replicates.TOO_FEW})"),
        (math.nan, math.nan, math.nan, "treat", replicates.UNKNOWN),
    ],
)
def test_numbers_needed_say_benefit_or_harm(mean, low, high, measure, words):
    row = replicates.needed({"mean": mean, "low": low, "high": high})
    assert (row["measure"], row["words"]) == (f"number needed to {measure}", words)
    assert replicates.cell(row, str) == words
    assert math.isnan(row["low"]) == math.isnan(row["high"]) == (not low * high > 0)


def test_few_replicates_have_no_interval_and_say_why():
    random = np.random.default_rng(3)
    for count in (2, FEW - 1, FEW):
        a, b = random.random((2, count, 30)) < 0.4
        row = replicates.contrast("a", "b", "x", "risk difference", a, b, survival.difference)
        few = len(replicates.pairs(count)) < FEW
        assert math.isnan(row["low"]) == few
        assert (replicates.TOO_FEW in replicates.cell(row, "{:.2f}".format)) == few
    assert "too few" in replicates.said(2, True) and "95 % of the replicates" in replicates.said(FEW, False)


def test_replicates_without_an_estimate_are_counted_and_said():
    a, b = np.ones((20, 10)), np.ones((20, 10))
    a[3] = 0.0
    row = replicates.contrast("a", "b", "drinks", "ratio", a, b, survival.log_ratio, logarithm=True)
    assert row["without"] == 1 and row["mean"] == pytest.approx(1.0)
    assert "1 replicates have no finite estimate" in replicates.cell(row, str)


def test_a_curve_of_few_people_is_not_known_for_sure():
    all_fall = survival.kaplan_meier(np.array([1, 2, 3]), np.ones(3, bool))
    assert all_fall.share[-1] == 0 and all_fall.high[-1] > 0.5
    nobody = survival.kaplan_meier(np.full(4, 9), np.zeros(4, bool))
    assert nobody.share.tolist() == [1.0] and nobody.low[0] < 0.6
    assert math.isnan(hazard(3, 3, 7)) and math.isnan(hazard(0, 0, 7))


def test_a_ratio_is_the_mean_of_logarithms_in_either_trial():
    """The same numbers in both: what one calls a mean is no median in the other."""
    random, count, n = np.random.default_rng(4), 20, 30
    opioid = from_table({"title": "t", "length": "4 weeks", "people": {"n": 2 * n, "habit": "heroin 60 mg iv every 8 h x 21"},
                         "arms": [{"name": "a"}, {"name": "b"}]})  # fmt: skip
    first = {name: random.integers(1, 28, count * n).astype(float) for name in "ab"}
    people = {name: {"relapse": d, "relapsed": d < 25, "left": d, "began": np.zeros(count * n), "injections": 0 * d} for name, d in first.items()}  # fmt: skip
    found = _made(opioid, count, people)
    ratios = [np.log(survival.hazard_ratio(*_two(first, r, s, n))[0]) for r, s in replicates.pairs(count)]
    row = next(row for row in found.contrasts() if (row["endpoint"], row["measure"]) == ("relapse", "hazard ratio"))
    assert row["mean"] == pytest.approx(np.exp(np.mean(ratios)))

    plan = read("alcohol-tablets")
    names = [arm.name for arm in plan.arms]
    drunk = {name: {"heavy_days": d, "drinking_days": d, "drinks": d} for name, d in zip(names, first.values(), strict=True)}  # fmt: skip
    plan = plan.model_copy(update={"people": plan.people.model_copy(update={"n": 2 * n})})
    row = _made(plan, count, drunk).contrasts()[0]
    b, a = (first[name].reshape(count, n).mean(1) for name in "ab")
    each = [np.log(a[r] / b[s]) for r, s in replicates.pairs(count)]
    assert (row["measure"], row["mean"]) == ("ratio", pytest.approx(np.exp(np.mean(each))))


def _made(plan, count: int, people: dict) -> Trial:
    scenario = CONDITIONS[plan.condition].scenario(plan, plan.arms[0])
    return Trial(scenario=scenario, plan=plan, replicates=count, uncertain=False, people=people)


def _two(days: dict, r: int, s: int, n: int):
    both = np.concatenate([days["b"][r * n : (r + 1) * n], days["a"][s * n : (s + 1) * n]])
    return both, both < 25, np.repeat([True, False], n)


def test_a_plan_has_its_own_allocation_reference_primary_endpoint_and_people_analysed():
    """Of 20 and 10 people in the arms: own shares, means and times beside the usual ones, of those who began."""
    own = {"clean": "longest(not used) >= 9", "use": "total(used)", "first use": "first(used)"}
    plan = from_table({"title": "t", "length": "4 weeks", "people": {"n": 30, "habit": "heroin 60 mg iv every 8 h x 21"},
                       "arms": [{"name": "a", "allocation": 2}, {"name": "b"}], "reference": "b", "primary": "clean", "further": own,
                       "endpoints": ["relapse"], "analysed": "who began", "looks": [0.5]})  # fmt: skip
    random, people = np.random.default_rng(6), {}
    for name, n in {"a": 40, "b": 20}.items():
        days = random.integers(1, 28, n)
        people[name] = {"relapse": days, "relapsed": days < 25, "left": days, "began": np.where(np.arange(n) % 4, 0, -1),
                        "injections": 0 * days, "own_clean": days > 9, "own_use": 1.0 * days, "own_first use": days}  # fmt: skip
    found = _made(plan, 2, people)
    assert [len(part) for part in found.counted("a", "clean")] == [15, 15]
    rows = {(row["arm"], row["endpoint"]): row for row in found.rows()}
    began = people["a"]["began"] >= 0
    assert rows["a", "clean"]["mean"] == pytest.approx((people["a"]["relapse"] > 9)[began].mean())
    compared = {row["endpoint"]: row["measure"] for row in found.contrasts() if row["arm"] == "a"}
    assert compared["clean"] == "risk difference" and compared["use"] == "mean difference"
    assert compared["first use"] == "hazard ratio" and {row["against"] for row in found.contrasts()} == {"b"}
    power = found.power()
    assert power[0]["test"] == "Boschloo's exact, clean" and power[-1]["test"] == "chi-squared, clean"
    assert all(0 <= row["ends_early"] <= row["power"] <= 1 for row in power)
    assert "analysed are those who began" in found.under
    assert any(line.startswith("clean, a against b: risk difference") for line in found.sentences())
