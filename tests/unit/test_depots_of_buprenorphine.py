"""Every depot of buprenorphine is told as one: before an antagonist, and in what a start is answered with."""

import pytest

import opioidsim as ops
from opioidsim.cases import cautions, drug
from opioidsim.cases.trial_arm import DEPOTS

INJECTED = [route for route in drug.load("buprenorphine").routes if route.startswith("sc-")]


@pytest.mark.parametrize("route", INJECTED)
def test_a_depot_is_one_in_cautions_and_trials(route):
    assert route in DEPOTS and route in cautions.DEPOTS
    doses = [f"buprenorphine 32 mg {route}", "naltrexone 50 mg oral at 15 d"]
    found = cautions.cautions(ops.Scenario(doses=doses, duration="20 d"))
    assert any("depot of buprenorphine" in str(each) for each in found)


@pytest.mark.parametrize("route", [pytest.param(r, marks=[pytest.mark.long] * (n > 0)) for n, r in enumerate(INJECTED)])
def test_a_start_after_a_depot_says_so(route):
    answer = ops.induction(f"buprenorphine 32 mg {route}", who=ops.Who(people=4))
    assert any("depot" in sentence for sentence in answer.sentences())
