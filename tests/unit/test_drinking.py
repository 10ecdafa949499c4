"""Drinking day by day: the equations, the arrays, and what a trial counts."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import opioidsim as ops
from opioidsim.cases import trial_plan
from opioidsim.engine import inputs
from opioidsim.facts import library
from opioidsim.model import drinking as equations
from opioidsim.questions.trial.alcohol import outcomes
from opioidsim.refusal import Refusal
from opioidsim.studies.alcohol_measures import odds_ratio
from opioidsim.trials import alcohol, alcohol_arrays

FACTS = SimpleNamespace(carry=1.5, any_blockade=0.65, drinks_blockade=0.15, day_drinks=0.5)
SHARE = st.floats(0, 1)


@given(SHARE, SHARE, st.floats(0, 1), st.floats(-5, 5))
def test_more_blockade_never_makes_drinking_likelier(b, c, therapy, inclination):
    low, high = sorted((b, c))
    more = equations.any_odds(inclination, 0.0, high, therapy, FACTS)
    assert more <= equations.any_odds(inclination, 0.0, low, therapy, FACTS)


@given(SHARE, st.floats(0, 2))
def test_blockade_and_therapy_do_not_add_up(b, therapy):
    alone = [float(equations.any_odds(0.0, 0.0, *each, FACTS)) for each in ((b, 0.0), (0.0, therapy))]
    assert float(equations.any_odds(0.0, 0.0, b, therapy, FACTS)) == pytest.approx(min(alone))


@given(st.floats(1, 40), SHARE, st.floats(-4, 4))
def test_a_drinking_day_has_one_whole_drink_or_more(usual, b, z):
    found = float(equations.drinks(usual, b, z, FACTS))
    assert found >= 1 and found == round(found)
    assert found <= float(equations.drinks(usual, 0.0, z, FACTS))


def test_drinks_are_the_persons_usual_number_on_average():
    z = np.random.default_rng(1).normal(size=200_000)
    assert float(np.mean(equations.drinks(10.0, 0.0, z, FACTS))) == pytest.approx(10.0, rel=0.01)


@pytest.mark.parametrize("days", [0.2, 0.75])
def test_people_drink_on_the_share_of_days_that_the_plan_says(days):
    facts = inputs.by_group("drinking", library.body("drinking"), np.zeros(4000, int))
    middle = alcohol_arrays._inclination(days, facts)
    people = middle + facts.person_any * np.random.default_rng(2).normal(size=4000)
    assert float(np.mean(equations.drinking_share(people, facts))) == pytest.approx(days, abs=0.02)


@pytest.mark.parametrize(
    ("name", "arm"),
    [
        pytest.param("garbutt-2005", 2, marks=pytest.mark.long),
        ("targeted", 1),
        pytest.param("alcohol-tablets", 1, marks=pytest.mark.long),
    ],
)
def test_halving_the_steps_moves_blockade_by_less_than_a_thousandth(name, arm):
    plan = trial_plan.read(name)
    plan = plan.model_copy(update={"length": 35})
    seen = [
        alcohol.live(*alcohol_arrays.ready(plan, plan.arms[arm], range(8), False, refine=r)).blockade for r in (0, 3)
    ]
    assert np.abs(np.asarray(seen[0]) - np.asarray(seen[1])).max() < 1e-3
    assert np.asarray(seen[0]).max() > 0.8


def test_heavy_days_are_five_drinks_in_men_and_four_in_women():
    drinks = np.array([[4.0, 4.0], [5.0, 5.0], [0.0, 3.0]] + [[0.0, 0.0]] * 4)
    none = np.zeros_like(drinks)
    found = outcomes(
        alcohol.Day(drinks, none, none, none, none, none),
        np.array([False, True]),
        inputs.by_group("drinking", library.body("drinking"), np.zeros(2, int)),
    )
    assert found["heavy_days"].tolist() == [1, 2]
    assert found["drinking_days"].tolist() == [2, 3] and found["first_heavy"].tolist() == [1, 0]
    assert found["heavy_0"].tolist() == pytest.approx([1 / 7, 2 / 7])


def test_the_odds_ratio_within_people_ignores_how_people_differ():
    """Two people with the same odds ratio of 2 and very different inclinations."""
    other = np.array([90.0, 300.0])  # days with drinking of 1000
    odds = other / (1000.0 - other) / 2.0
    treated = 1000.0 * odds / (1.0 + odds)
    assert odds_ratio([({"drinking_days": treated}, {"drinking_days": other})], 1000) == pytest.approx(2.0)


@pytest.fixture(scope="module")
def found():
    return ops.trial("alcohol-tablets", who=ops.Who(people=800))


def test_placebo_blocks_nothing_and_the_tablets_are_taken_all_the_same(found):
    placebo, treated = found.people["placebo"], found.people["50 mg a day"]
    assert placebo["blockade_3"].max() == 0.0 and treated["blockade_0"].mean() > 0.6
    assert (placebo["tablets"] == treated["tablets"]).all()


def test_the_same_people_never_drink_more_on_more_days_with_the_medicine(found):
    """The same chances in both arms: blockade can only take drinking days away."""
    assert (found.people["50 mg a day"]["drinking_days"] <= found.people["placebo"]["drinking_days"]).all()
    assert found.people["50 mg a day"]["drinks"].sum() < found.people["placebo"]["drinks"].sum()


def test_threads_and_further_people_change_no_one(found):
    again = ops.trial("alcohol-tablets", who=ops.Who(people=1200), work=ops.Work(threads=1))
    for name, column in found.people["50 mg a day"].items():
        assert (again.people["50 mg a day"][name][:400] == column).all(), name


def test_who_takes_more_drinks_less():
    """Facts are changed for a call: everyone takes the tablets as often, or as rarely."""
    usual = {"drinking.take_person": "0", "drinking.quit": "0 1/d"}
    drinks = [
        np.mean(
            ops.trial(
                "alcohol-tablets", who=ops.Who(people=400, change=usual | {"drinking.take_tablet": logit})
            ).counted("50 mg a day", "drinks")
        )
        for logit in ("-2.2", "2.2")
    ]
    assert drinks[1] < 0.9 * drinks[0]


def test_each_pair_of_replicates_has_its_own_reading():
    many = ops.trial("alcohol-tablets", replicates=4, who=ops.Who(people=200))
    drank = np.mean(many.counted("placebo", "abstinent days"), 1)
    assert abs(drank[:2].mean() - drank[2:].mean()) > 0.01
    once = ops.trial("alcohol-tablets", who=ops.Who(people=200))
    ratio = next(row for row in once.contrasts() if row["measure"] == "ratio")
    assert ratio["low"] < ratio["mean"] < ratio["high"]


def test_an_interrupted_trial_goes_on(tmp_path):
    who = ops.Who(people=800)
    first = ops.trial("alcohol-tablets", who=who, work=ops.Work(keep=tmp_path))
    kept = sorted(tmp_path.glob("list-*/*.parquet"))
    kept[0].unlink()
    again = ops.trial("alcohol-tablets", who=who, work=ops.Work(keep=tmp_path, resume=True))
    assert (again.people["placebo"]["drinks"] == first.people["placebo"]["drinks"]).all()


PLAN = {
    "title": "t", "condition": "alcohol", "length": "4 weeks", "people": {"n": 40, "drinking": {"days": 0.5, "drinks": 8}},
    "arms": [{"name": "a", "regimen": ["naltrexone 50 mg oral every 24 h x 28"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"people": {"n": 40}}, "people.drinking is missing"),
        ({"people": {"n": 40, "habit": "heroin 60 mg iv every 8 h x 84", "drinking": {"days": 0.5, "drinks": 8}}}, "leave it out"),
        ({"arms": [{"name": "a", "regimen": ["methadone 40 mg oral every 24 h x 28"]}]}, "is no antagonist"),
        ({"arms": [{"name": "a", "therapy": "contingency management"}]}, "known for opioids only"),
        ({"endpoints": ["heavy day"]}, 'Did you mean "heavy days"'),
        ({"people": {"n": 40, "drinking": {"days": 1.5, "drinks": 8}}}, "less than 1"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_run_is_refused(change, said):
    with pytest.raises(Refusal, match=said):
        trial_plan.from_table(PLAN | change)


def test_a_change_on_which_nothing_rests_is_refused():
    with pytest.raises(Refusal, match="nothing in this trial rests on it"):
        ops.trial("combine", who=ops.Who(change={"adaptation.tau_loss": "20 d"}))


def test_an_arm_without_medicine_is_simulated():
    plan = trial_plan.from_table(PLAN | {"arms": [{"name": "none"}, PLAN["arms"][0]]})
    found = ops.trial(plan)
    assert found.people["none"]["tablets"].sum() == 0 and found.people["none"]["blockade_0"].max() == 0.0
