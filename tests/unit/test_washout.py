"""When receptors are free: what free for good means."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.questions.washout.run import Washout

TABLET = ops.Scenario(doses=["naltrexone 50 mg oral"], duration="3 d")


@pytest.mark.parametrize(
    ("held", "free"),
    [
        ([0.9, 0.6, 0.4, 0.2], 2.0),
        ([0.9, 0.4, 0.6, 0.2], 3.0),
        ([0.9, 0.8, 0.7, 0.6], np.inf),
        ([0.0, 0.1, 0.2, 0.3], np.inf),  # still taken up
        ([0.2, 0.3, 0.2, 0.1], 0.0),  # never as many
        ([0.0, 0.0, 0.0, 0.0], 0.0),
    ],
)
def test_receptors_are_free_from_the_last_time_at_which_too_many_are_held(held, free):
    found = Washout(scenario=TABLET, below=0.5, days=3.0, day=np.arange(4.0), held=np.array([held]))
    assert found.free_from() == [free]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([0.2, 0.3, 0.2, 0.1], "At no time are 50 % of mu receptors held: at most 30 %."),
        ([0.2, 0.4991, 0.2, 0.1], "At no time are 50 % of mu receptors held: at most 49.9 %."),
        ([0.9, 0.9, 0.4, 0.2], "Fewer than 50 % of mu receptors are held from 4.8 h after the last dose on."),
    ],
)
def test_what_fades_within_hours_or_is_never_reached_is_not_said_as_day_0(held, said):
    found = Washout(scenario=TABLET, below=0.5, days=0.3, day=np.arange(4.0) / 10.0, held=np.array([held])).sentences()
    assert found == [said]


def test_free_of_less_than_nothing_is_refused():
    with pytest.raises(ops.Refusal, match="more than 0"):
        ops.washout("naltrexone 50 mg oral", below=0.0)
