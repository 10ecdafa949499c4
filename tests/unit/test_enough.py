"""Which dose is enough: it is, the next smaller one is not, and both are what a blockade says of these doses."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.refusal import Refusal


@pytest.fixture(scope="module")
def found():
    return ops.enough(
        "naltrexone 50 mg oral", share=0.8, until=2, among=0.75, multiple=[0.25, 1, 4, 16], who=ops.Who(people=12)
    )


def test_more_never_blocks_less(found):
    assert (np.diff(found.multiple) > 0).all() and (np.diff(found.kept) >= 0).all()
    assert (np.diff(found.lowest, axis=0) >= -1e-9).all()


def test_the_dose_that_is_found_is_enough_and_the_next_smaller_is_not(found):
    place = int(np.flatnonzero(found.multiple == found.smallest())[0])
    assert (
        found.kept[place - 1] < 0.75 <= found.kept[place] and found.multiple[place] / found.multiple[place - 1] < 1.03
    )
    dose = found.said_dose(found.smallest())
    same = ops.blockade(dose, days=2, who=ops.Who(people=12))
    assert (same.blockade[:, 1:].min(1) >= 0.8).mean() == found.kept[place]
    assert dose in found.sentences()[0]


def test_where_none_or_all_are_enough_it_says_so():
    ask = lambda *multiple: ops.enough("naltrexone 50 mg oral", until=2, multiple=multiple, who=ops.Who(people=1))  # noqa: E731
    assert ask(0.001, 0.01).sentences()[0].startswith("None of the doses")
    assert ask(100, 200).sentences()[0].startswith("Already the smallest")


def test_what_cannot_be_is_refused_by_name():
    with pytest.raises(Refusal, match="not before day 2"):
        ops.enough(until=2, since=3)
    with pytest.raises(Refusal, match="no antagonist"):
        ops.enough("heroin 25 mg iv")
