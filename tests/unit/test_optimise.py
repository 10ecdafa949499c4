"""What meets a target at least cost: the cheapest that is enough, searched on the same people, and what is refused."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases.trial_plan import from_table
from opioidsim.questions.optimise.run import Target, Tried, _searched, read
from opioidsim.questions.question import Work
from opioidsim.refusal import Refusal

PLAN = from_table({"title": "t", "length": "4 weeks", "endpoints": ["induction", "retention", "days of use"],
                   "people": {"n": 60, "habit": "heroin 60 mg iv every 8 h x 21", "clean": "3 d"},
                   "arms": [{"name": "none"}, {"name": "tablets", "regimen": ["buprenorphine 8 mg sublingual every 24 h x 28"], "opioid_free": "5 d"}]})  # fmt: skip


@pytest.fixture(scope="module")
def doses():
    return ops.optimise(PLAN, target="days of use <= 10", vary="dose", value=(0.1, 4.0), replicates=2)


def test_more_of_a_dose_is_less_use_in_the_same_people(doses):
    reached = [each.reached.mean() for each in doses.tried]
    assert [each.value for each in doses.tried] == sorted(each.value for each in doses.tried)
    assert reached[0] > reached[-1]
    assert all(each.cost.mean() > 0 for each in doses.tried)


def test_the_plan_itself_is_what_one_times_its_doses_is(doses):
    same = ops.optimise(PLAN, target="days of use <= 10", vary="dose", value=(1.0,), replicates=2)
    arms = ops.optimise(PLAN, target="days of use <= 10", replicates=2)
    assert same.tried[0].reached == pytest.approx(arms.tried[1].reached)
    assert same.tried[0].cost == pytest.approx(arms.tried[1].cost)


def _of(numbers, target):
    """An answer with these numbers alone."""
    answer = object.__new__(ops.Optimise)
    object.__setattr__(answer, "target", Target(*target.split()[:2], float(target.split()[2])))
    object.__setattr__(answer, "tried", tuple(Tried(name, 0.0, np.array(a), np.array(b)) for name, a, b in numbers))
    return answer


def test_the_cheapest_that_is_enough_and_in_how_many_readings():
    """Readings are pairs of replicates: of three here the dear one alone is enough in one, both in one, neither in one."""
    cheap = ("cheap", [3, 3, 1, 1, 9, 9.0], [10.0] * 6)
    dear = ("dear", [1, 1, 1, 1, 3, 3.0], [20.0] * 6)
    answer = _of([cheap, dear], "x <= 2")
    assert answer.best is not None and answer.best.name == "dear"
    assert answer.readings() == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert _of([cheap], "x <= 1").best is None


def test_a_search_closes_in_on_where_it_becomes_enough():
    looked = []

    def look(value):
        looked.append(value)
        return Tried(str(value), value, np.array([30.0 - value]), np.array([value]))

    found = _searched(look, [0.0, 14.0], Target("x", "<=", 20.5), True, Work())
    assert looked == [0, 14, 7, 10, 8]
    assert [each.value for each in found] == sorted(looked)


def test_a_chance_has_one_size():
    answer = ops.optimise(PLAN, vary="people", target="power >= 50 %", replicates=2)
    (only,) = answer.tried
    assert only.name.startswith("tablets: ") and ("people with none" in only.name or not np.isfinite(only.value))
    assert answer.rows()[0]["sure"] is None and not any("readings" in line for line in answer.sentences()[1:-2])


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        ({"target": "retaind >= 0.5"}, 'Did you mean "retained"'),
        ({"target": "retained = 0.5"}, "is no target"),
        ({"vary": "people"}, "power, assurance"),
        ({"vary": "people", "target": "power <= 0.8"}, "to be at least so much"),
        ({"vary": "people", "target": "assurance >= 0.8", "replicates": 2}, "give 20 replicates"),
        ({"arm": "tablet", "vary": "dose"}, 'Did you mean "tablets"'),
        ({"arm": "none", "vary": "dose"}, "has no dose to vary"),
        ({"vary": "start", "value": (3.5,)}, "whole ones"),
        ({"vary": "dose", "value": (1000.0,)}, "0.01 to 100 times"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(asked, remedy):
    with pytest.raises(Refusal, match=remedy):
        ops.optimise(PLAN, **{"replicates": 1, "target": "retained >= 0.5"} | asked)


def test_percent_and_numbers_are_one_target():
    assert read("retained >= 50 %", "dose", PLAN) == read(" retained>=0.5", "dose", PLAN)
