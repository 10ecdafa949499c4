"""Relapse: the old dose after days off, and under a fading blockade."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.refusal import Refusal

HISTORY = "heroin 50 mg iv every 8 h x 90"


@pytest.fixture(scope="module")
def days_off():
    return ops.relapse("fentanyl 1 mg iv", HISTORY, days=(1, 28), uncertain=False)


def test_tolerance_goes_and_the_dose_that_kills_falls(days_off):
    assert days_off.tolerance[0, 0] > 0.5 > 0.2 > days_off.tolerance[1, 0]
    assert days_off.stops[1, 1] < days_off.stops[0, 1]


@pytest.mark.long
def test_a_fresh_injection_protects_and_a_faded_one_does_not():
    under = ops.relapse(
        "fentanyl 2 mg iv", [HISTORY, "naltrexone 380 mg im-depot at 37 d"], days=(7, 90), uncertain=False
    )
    assert under.arrest[:, 0].tolist() == [0, 1]
    assert under.blocked[0, 0] > 0.95 > 0.3 > under.blocked[1, 0]
    assert np.nan_to_num(under.no_effect[0, 1]) > np.nan_to_num(under.no_effect[1, 1])


def test_only_an_opioid_can_be_relapsed_to():
    with pytest.raises(Refusal, match="is no use of an opioid"):
        ops.relapse("naloxone 2 mg im", HISTORY)
