"""Replicates: who is compared with whom, and between what."""

import numpy as np
import pytest

from opioidsim.cases.trial_plan import SHARING
from opioidsim.engine.inputs import by_group
from opioidsim.facts import library
from opioidsim.trials import replicates


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_pairs_are_other_people_with_the_same_reading(count):
    """A last replicate without a partner is left out; one alone is compared with itself."""
    pairs = replicates.pairs(count)
    if count == 1:
        assert pairs == [(0, 0)]
        return
    assert len(pairs) == count - count % 2 and len(set(pairs)) == len(pairs)
    readings = by_group("behaviour", library.body("behaviour"), np.arange(count) // SHARING, 1, True).use_base
    for a, b in pairs:
        assert a != b and readings[a] == readings[b]
    assert len(set(readings)) == -(-count // SHARING)


def test_the_interval_of_one_replicate_is_that_of_the_share_and_of_many_that_of_the_replicates():
    one = np.array([[True] * 5 + [False] * 5])
    middle, low, high = replicates.mean_of(one)
    assert middle == 0.5 and (low, high) == pytest.approx((0.237, 0.763), abs=0.002)  # Wilson 1927
    many = np.repeat(np.arange(101.0)[:, None], 4, 1)
    assert replicates.mean_of(many) == pytest.approx((50.0, 2.5, 97.5))
