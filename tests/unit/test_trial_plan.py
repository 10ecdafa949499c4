"""Descriptions of trials: read to the last key, or refused with the remedy."""

import pytest

from opioidsim.cases import trial_arm, trial_plan
from opioidsim.refusal import Refusal

ARM = {"name": "tablets", "regimen": ["naltrexone 50 mg oral every 24 h x 84"]}
PLAN = {
    "title": "t",
    "length": "12 weeks",
    "people": {"n": 100, "habit": "heroin 60 mg iv every 8 h x 84"},
    "arms": [ARM],
}


@pytest.mark.parametrize("name", trial_plan.examples())
def test_every_trial_of_the_library_is_sound(name):
    plan = trial_plan.read(name)
    assert plan.each() * len(plan.arms) == plan.people.n, "people divide evenly"
    assert plan.seen()[-1] == plan.length


def test_lengths_are_days_and_doses_are_sentences():
    plan = trial_plan.from_table(PLAN)
    assert plan.length == 84
    assert plan.arms[0].regimen[0].drug == "naltrexone"


def test_injections_with_their_gaps():
    arm = trial_arm.Arm(name="a", regimen=["buprenorphine 300 mg sc-depot every 28 d x 2", "buprenorphine 100 mg sc-depot at 56 d every 28 d x 2"])  # fmt: skip
    amounts, gaps = trial_arm.shots(arm)
    assert amounts.tolist() == [300, 300, 100, 100]
    assert gaps.tolist() == [28, 28, 28, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lenght": "12 weeks"}, '"lenght" is not a key that belongs here. Did you mean "length"?'),
        ({"length": 84}, 'write for example "84 d"'),
        ({"length": "12.5 h"}, "a whole number of days"),
        ({"arms": [ARM, ARM]}, "two arms have the same name"),
        ({"arms": [ARM | {"suprvision": "clinic"}]}, 'Did you mean "supervision"?'),
        ({"arms": [ARM | {"therapy": "talking"}]}, "'weekly counselling'"),
        ({"arms": [ARM | {"regimen": "naltrexone 50 mg oral"}]}, "write a list of sentences"),
        ({"arms": [ARM | {"regimen": ["naltrexone 50 mg oral every 12 h x 9"]}]}, "goes by whole days"),
        ({"arms": [ARM | {"regimen": ["naltrexone 1 mg/kg oral"]}]}, "plain amounts"),
        ({"people": {"n": 100}}, "people.habit is missing"),
        ({"people": {"n": 100, "habit": "naltrexone 50 mg oral every 24 h x 9"}}, "is no opioid habit"),
        ({"people": {"n": 100, "habit": "heroin 60 mg iv"}}, "one to four times a day"),
        ({"people": {"n": 1, "habit": "heroin 60 mg iv every 8 h x 84"}}, "people.n"),
        ({"endpoints": ["retentoin"]}, 'Did you mean "retention"?'),
        ({"condition": "gambling"}, "'opioid' or 'alcohol'"),
        ({"reference": "tablet"}, 'Did you mean "tablets"?'),
        ({"primary": "relaps"}, 'Did you mean "relapse"?'),
        ({"primary": "relapse", "endpoints": ["craving"]}, "is not among the endpoints"),
        (
            {"further": {"clean": "longest(usd)"}},
            'further "clean": nothing called "usd" is recorded. Did you mean "used"?',
        ),
        ({"further": {"craving": "mean(craving)"}}, "is counted already"),
        ({"looks": [0.5, 0.4]}, "rising shares"),
        ({"looks": [1.0]}, "rising shares"),
        ({"arms": [ARM | {"intensity": 0.5}]}, "intensity without a therapy"),
        ({"arms": [ARM | {"sessions": 3}]}, "sessions without a therapy"),
        ({"arms": [ARM | {"therapy": "weekly counselling", "sessions": 13}]}, "has 12 in 84 days"),
        ({"arms": [ARM | {"therapy": "weekly counselling", "sessions": 6, "intensity": 0.5}]}, "say the same"),
        ({"arms": [ARM | {"therapy": "contingency management", "sessions": 6}]}, "paid by the urine"),
        ({"arms": [ARM | {"allocation": 0}]}, "allocation"),
        ({"visits": {"on": "1, 3, 7"}}, 'write for example "days 1, 3, 7, 14, then every 4 weeks"'),
        ({"visits": {"on": "days 3, 1"}}, "must rise from day 1 on"),
        ({"visits": {"on": "days 7, then every 0 d"}}, "every 0 days"),
        ({"visits": {"on": "weeks 1, 14"}}, "day 98 lies after the trial's 84 days"),
        ({"visits": {"on": "days 1, 3", "every": "7 d"}}, "two calendars"),
        ({"visits": {"missed": 0.1}}, "follows from what people do"),
        ({"analysed": "per protocol"}, "'all randomised' or 'who began'"),
    ],
)
def test_refusals(change, said):
    with pytest.raises(Refusal) as refusal:
        trial_plan.from_table(PLAN | change)
    assert said in str(refusal.value)


def test_people_are_allocated_as_the_plan_says():
    plan = trial_plan.from_table(PLAN | {"arms": [ARM | {"allocation": 3}, {"name": "none"}], "reference": "none"})
    assert [plan.size(arm) for arm in plan.arms] == [75, 25] and plan.each() == 75
    assert plan.compared_with() == "none"
    assert trial_plan.from_table(plan.table()) == plan


def test_a_trial_that_is_not_there():
    with pytest.raises(Refusal, match="xbot"):
        trial_plan.read("xbott")


def test_strata_that_cannot_be_are_refused():
    plan = trial_plan.read("xbot").table()
    with pytest.raises(Refusal, match="the same for all"):
        trial_plan.from_table(
            plan | {"strata": "days clean", "people": plan["people"] | {"clean": "7 d", "clean_spread": 0.0}}
        )
    with pytest.raises(Refusal, match="counts none"):
        trial_plan.from_table(trial_plan.read("targeted").table() | {"strata": "habit"})
