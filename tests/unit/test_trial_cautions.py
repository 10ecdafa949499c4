"""The cautions of a trial are read from its plan: the habit, the days without opioids, what each arm gives."""

import pytest

from opioidsim.cases import trial_plan
from opioidsim.cases.cautions import of_plan

INJECTION = {"name": "injection", "regimen": ["naltrexone 380 mg im-depot every 28 d x 2"]}
SOON = {"opioid-free-interval", "opioid-free-interval-long"}


def cautions(habit="fentanyl 1 mg iv every 8 h x 30", arm=None, **people):
    arms = [{"name": "none"}, INJECTION | (arm or {})]
    plan = {"title": "t", "length": "8 weeks", "people": {"n": 40, "habit": habit} | people, "arms": arms}
    return {caution.id: caution.text for caution in of_plan(trial_plan.from_table(plan))}


@pytest.mark.parametrize(
    ("people", "arm", "warned"),
    [
        ({"clean": "30 d"}, {"opioid_free": "7 d"}, False),
        ({}, {"opioid_free": "14 d"}, False),
        ({"clean": "12 d"}, {}, False),
        ({"clean": "12 d", "clean_spread": 1.0}, {}, True),
        ({"clean": "12 d", "clean_spread": 1.0}, {"opioid_free": "12 d"}, False),
        ({}, {"opioid_free": "3 d"}, True),
        ({}, {}, True),
        ({}, {"placebo": True}, False),
        ({"habit": "methadone 80 mg oral every 24 h x 30", "clean": "12 d"}, {}, True),
        ({"habit": "methadone 80 mg oral every 24 h x 30", "clean": "20 d"}, {}, False),
    ],
)
def test_naltrexone_too_soon_is_counted_from_the_habit(people, arm, warned):
    assert bool(SOON & set(cautions(arm=arm, **people))) == warned


def test_the_days_are_those_of_the_plan():
    assert "follows fentanyl after 3 d" in cautions(arm={"opioid_free": "3 d"})["opioid-free-interval"]


def test_who_uses_again_under_naltrexone_is_warned_of_and_who_gets_none_is_not():
    assert {"opioid-under-blockade", "after-blockade"} <= set(cautions(clean="30 d"))
    assert 'the arm "injection" who use again take fentanyl' in cautions(clean="30 d")["after-blockade"]
    assert cautions(clean="30 d", arm={"regimen": []}) == {}


@pytest.mark.parametrize("name", trial_plan.examples())
def test_each_trial_of_the_package_has_its_cautions(name):
    plan = trial_plan.read(name)
    found = [caution.id for caution in of_plan(plan)]
    depot = any(dose.route == "im-depot" for arm in plan.arms if not arm.placebo for dose in arm.regimen)
    assert ("injected-by-professional" in found) == depot
    assert not (plan.condition == "alcohol" and SOON & set(found))
