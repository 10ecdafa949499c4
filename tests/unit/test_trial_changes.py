"""What a physician's rules change within a trial: a dose that rises, a switch, coming back; and what cannot be."""

import numpy as np
import pytest

from opioidsim.cases import trial_arm, trial_plan
from opioidsim.refusal import Refusal
from opioidsim.trials import alcohol, alcohol_arrays, opioid, opioid_arrays, opioid_people, outcomes

BUPRENORPHINE = {"regimen": ["buprenorphine 8 mg sublingual every 24 h x 70"]}
METHADONE = {"regimen": ["methadone 80 mg oral every 24 h x 70"], "supervision": "clinic"}
TABLE = {
    "title": "rules", "length": "10 weeks", "endpoints": ["relapse"], "comes_back": 0.5,
    "people": {"n": 120, "habit": "heroin 60 mg iv every 8 h x 21"},
    "arms": [
        {"name": "stepped", "switch_to": "methadone", "switch_after": "3 d", "rises": "4 mg to 24 mg"} | BUPRENORPHINE,
        {"name": "methadone"} | METHADONE,
    ],
}  # fmt: skip
PLAN = trial_plan.from_table(TABLE)


@pytest.fixture(scope="module")
def days() -> opioid_people.Day:
    ready = opioid_arrays.ready(PLAN, PLAN.arms[0], range(136), False)
    return opioid_people.Day(*map(np.asarray, opioid.live(*ready.arguments)))


def test_a_switch_follows_so_many_days_of_use_in_a_row_and_comes_once(days):
    used, when = (days.milligrams > 0).any(1), days.switched.argmax(0)
    switched = days.switched.any(0)
    assert 0.05 < switched.mean() < 1 and (days.switched.sum(0) <= 1).all()
    for person in np.flatnonzero(switched):
        assert used[when[person] - 3 : when[person], person].all()


def test_a_dose_rises_a_week_apart_in_steps_after_use_and_no_further(days):
    steps = np.diff(days.extra, axis=0)
    before_switch = np.cumsum(days.switched, 0)[1:] == 0
    assert set(np.unique(steps[before_switch])) == {0.0, 4.0} and days.extra.max() == 16.0
    used = (days.milligrams > 0).any(1)
    for day, person in np.argwhere((steps > 0) & before_switch)[:200]:
        assert used[max(day - 6, 0) : day + 1, person].any()
        assert not (steps[max(day - 6, 0) : day, person] > 0).any()
    assert (days.extra[np.cumsum(days.switched, 0) > 0] == 0).all(), "the next medicine begins at its own dose"


def test_who_has_left_comes_back_and_is_given_it_again(days):
    assert days.back.any() and not (days.back & days.staying.cumsum(0).astype(bool))[0].any()
    day, person = np.argwhere(days.back)[0]
    assert not days.staying[day - 1, person] and days.staying[day:, person].any()
    counted = outcomes.of(days, PLAN)
    assert (counted["days_in_treatment"] >= counted["left"] - counted["began"]).all()
    assert (
        counted["came_back"].sum() == days.back.sum() and (counted["switched"] >= 0).sum() == days.switched.any(0).sum()
    )


def test_without_rules_nothing_changes():
    plain = {"name": "plain"} | BUPRENORPHINE
    never = plain | {"rises": "4 mg to 24 mg"}
    table = TABLE | {"comes_back": 0.0, "length": "2 weeks"}
    one, other = (trial_plan.from_table(table | {"arms": [arm, {"name": "none"}]}) for arm in (plain, never))
    first, second = (
        opioid.live(*opioid_arrays.ready(plan, plan.arms[0], range(136), False).arguments) for plan in (one, other)
    )
    week = slice(None, -7)
    assert np.array_equal(first.milligrams[week], second.milligrams[week]) and not np.asarray(first.back).any()


@pytest.mark.parametrize(
    ("arm", "remedy"),
    [
        ({"switch_to": "methadon"}, 'Did you mean "methadone"'),
        ({"switch_to": "stepped"}, "is no other arm"),
        ({"switch_to": "methadone", "switch_after": 7}, "without a unit"),
        ({"rises": "4 to 24 mg"}, 'write for example "2 mg to 24 mg"'),
        ({"rises": "4 mg to 8 mg"}, "leaves no room for a step"),
        ({"rises": "4 mg to 24 mg", "regimen": ["naltrexone 380 mg im-depot every 28 d x 2"]}, "must have one sentence of tablets"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(arm, remedy):
    with pytest.raises(Refusal, match=remedy):
        trial_plan.from_table(TABLE | {"arms": [{"name": "stepped"} | BUPRENORPHINE | arm, TABLE["arms"][1]]})


def test_switches_end():
    chain = [{"name": "a", "switch_to": "b"} | BUPRENORPHINE, {"name": "b", "switch_to": "a"} | METHADONE]
    with pytest.raises(Refusal, match="switches itself"):
        trial_plan.from_table(TABLE | {"arms": chain})
    with pytest.raises(Refusal, match="switch_after without switch_to"):
        trial_plan.from_table(TABLE | {"arms": [TABLE["arms"][0] | {"switch_to": ""}]})


TABLET = "naltrexone 50 mg oral every 24 h x 70"
DRINKERS = trial_plan.from_table({
    "title": "stepped", "condition": "alcohol", "length": "10 weeks", "people": {"n": 544, "drinking": {"days": 0.8, "drinks": 9}},
    "arms": [
        {"name": "stepped", "regimen": [TABLET], "rises": "25 mg to 100 mg", "switch_to": "depot", "switch_after": "3 d"},
        {"name": "depot", "regimen": ["naltrexone 380 mg im-depot every 28 d x 3"], "therapy": "behavioural intervention", "sessions": 5},
    ],
})  # fmt: skip


@pytest.fixture(scope="module")
def drinkers() -> tuple[alcohol.Day, np.ndarray]:
    arguments = alcohol_arrays.ready(DRINKERS, DRINKERS.arms[0], range(272), False)
    days = alcohol.Day(*map(np.asarray, alcohol.live(*arguments)))
    return days, days.drinks >= np.asarray(arguments[2].heavy)


def test_drinkers_are_switched_after_days_of_heavy_drinking_and_have_the_next_treatment(drinkers):
    days, heavy = drinkers
    switched, when = days.switched.any(0), days.switched.argmax(0)
    assert 0.1 < switched.mean() < 0.9 and (days.switched.sum(0) <= 1).all()
    for person in np.flatnonzero(switched):
        day = when[person]
        assert heavy[day - 3 : day, person].all() and days.injected[day, person]
        assert days.took[day:, person].sum() == 0 and days.injected[:day, person].sum() == 0


def test_drinkers_get_more_a_week_apart_after_heavy_drinking_and_no_further(drinkers):
    days, heavy = drinkers
    steps = np.diff(days.extra, axis=0)
    before = np.cumsum(days.switched, 0)[1:] == 0
    assert set(np.unique(steps[before])) == {0.0, 25.0} and days.extra.max() == 50.0
    for day, person in np.argwhere((steps > 0) & before)[:200]:
        assert heavy[max(day - 6, 0) : day + 1, person].any()
        assert not (steps[max(day - 6, 0) : day, person] > 0).any()


@pytest.mark.parametrize(
    ("plan", "arm", "part"),
    [
        (DRINKERS, DRINKERS.arms[1], 5 / 12.5),
        (PLAN, trial_arm.Arm(name="a", therapy="weekly counselling", sessions=5), 0.5),
        (PLAN, trial_arm.Arm(name="a", therapy="weekly counselling", sessions=0), 0.0),
        (PLAN, trial_arm.Arm(name="a", therapy="weekly counselling"), 1.0),
        (PLAN, trial_arm.Arm(name="a"), 0.0),
    ],
)
def test_sessions_are_that_part_of_the_whole_therapy(plan, arm, part):
    weekly = plan.most_sessions() / 10
    assert opioid_arrays.part_of_therapy(plan, arm, weekly) == pytest.approx(part)


def test_drinkers_who_gave_up_take_tablets_again():
    plan = trial_plan.read("alcohol-tablets")
    first, again = (
        alcohol.Day(*map(np.asarray, alcohol.live(*alcohol_arrays.ready(one, plan.arms[-1], range(272), False))))
        for one in (plan, plan.model_copy(update={"comes_back": 0.9}))
    )
    assert (again.took >= first.took).all() and again.took.sum() > first.took.sum()
