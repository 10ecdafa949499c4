"""A smaller share of a larger dose arrives, where a product's file says so: on every clock and in every door alike."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import drug
from opioidsim.engine import course_arrays, inputs, linear

DOSES = [0.4, 2.0, 8.0, 16.0, 32.0, 64.0]
FALLS = drug.load("buprenorphine").routes["sublingual"].falls


def share(milligrams):
    """What arrives of this dose: F of the file, which belongs to its reference, by the power of the dose."""
    facts = drug.load("buprenorphine").routes["sublingual"]
    within = np.clip(milligrams, FALLS.smallest.value, FALLS.largest.value)
    return facts.F.value * (within / FALLS.reference.value) ** FALLS.power.value


def areas(**given):
    """Areas of buprenorphine in plasma [ng/mL h], (people,)."""
    found = ops.simulate(ops.Scenario(duration="90 d", every="1 d", outputs=["concentration.buprenorphine"], **given))
    return np.asarray(found.exposures["concentration.buprenorphine"].area)


def test_the_share_is_that_of_two_populations_and_stands_still_beyond_its_doses():
    assert share(2.0) == pytest.approx(0.279, abs=0.001)
    assert share(8.0) == pytest.approx(0.180, abs=0.001)
    assert share(24.0) == pytest.approx(0.128, abs=0.001)
    assert (share(0.4), share(64.0)) == (share(2.0), share(32.0))


def test_the_area_of_a_dose_has_its_own_share(tmp_path):
    rows = [f"{k},0,{mg},buprenorphine,sublingual" for k, mg in enumerate(DOSES)]
    (tmp_path / "doses.csv").write_text("ID,TIME,AMT,DRUG,ROUTE\n" + "\n".join(rows) + "\n")
    tables = areas(dosing=str(tmp_path / "doses.csv"))
    alone = np.concatenate([areas(doses=[f"buprenorphine {mg} mg sublingual"]) for mg in DOSES])
    arrived = share(np.array(DOSES)) * np.array(DOSES)
    assert tables == pytest.approx(alone, rel=1e-4)
    assert alone / alone[3] == pytest.approx(arrived / arrived[3], rel=1e-6)
    assert np.all(np.diff(alone) > 0), "more given, more in the blood"


def test_doses_of_several_sizes_have_each_their_own():
    both = areas(doses=["buprenorphine 2 mg sublingual", "buprenorphine 16 mg sublingual at 24 h"])
    each = [areas(doses=[f"buprenorphine {mg} mg sublingual"]) for mg in (2, 16)]
    assert both == pytest.approx(sum(each), rel=1e-4)


def test_both_clocks_take_the_same_amount():
    scenario = ops.Scenario(doses=["buprenorphine 4 mg sublingual"], duration="1 h", clock="episode")
    given = inputs.read(scenario)
    values = given.values(range(1))
    taken = course_arrays.amount_of(given.doses[0], values) / course_arrays.nanomoles(
        values, "buprenorphine", "sublingual"
    )
    assert taken == pytest.approx(4.0 * (4.0 / 16.0) ** FALLS.power.value)


def test_an_own_share_is_that_of_the_dose_given(tmp_path):
    head = "ID,TIME,AMT,DRUG,ROUTE,buprenorphine.routes.sublingual.F"
    (tmp_path / "own.csv").write_text(
        f"{head}\n1,0,4,buprenorphine,sublingual,0.2\n2,0,16,buprenorphine,sublingual,0.2\n"
    )
    first, second = areas(dosing=str(tmp_path / "own.csv"))
    assert second == pytest.approx(4.0 * first, rel=1e-6)


def test_the_exact_solution_of_fits_takes_the_same_share(tmp_path):
    rows = [f"{k},0,{mg},buprenorphine,sublingual,1\n{k},6,.,.,.,0" for k, mg in enumerate(DOSES)]
    (tmp_path / "seen.csv").write_text("ID,TIME,AMT,DRUG,ROUTE,EVID\n" + "\n".join(rows) + "\n")
    seen = ("buprenorphine",)
    scenario = ops.Scenario(dosing=str(tmp_path / "seen.csv"), duration="12 h", outputs=["concentration.buprenorphine"])
    given = linear.kinetics_alone(inputs.read(scenario))
    one = [np.array([6.0])] * len(DOSES)
    plan = linear.design(given, one, [np.array([0])] * len(DOSES))
    found = np.asarray(linear.concentrations(given, plan, seen)(given.values(range(len(DOSES)))))[0]
    assert found == pytest.approx(
        ops.simulate(scenario).observations["concentration.buprenorphine"].to_numpy(), rel=1e-4
    )
