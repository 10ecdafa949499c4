"""Found overdoses beside field studies: exactly those rows that say why lie outside their bounds."""

import pytest

import opioidsim as ops
from opioidsim.cases import found


@pytest.mark.long
@pytest.mark.parametrize("scene", found.titles())
def test_rows_that_fail_say_why_and_no_others(scene):
    seen = found.read(scene).seen
    products = tuple(dict.fromkeys(row.product for row in seen))
    answer = ops.found(scene, product=products, who=ops.Who(people=200))
    for row in seen:
        here = answer.share_as_seen(row)
        assert here is not None
        assert (row.low <= here <= row.high) == (not row.fails), f"{row.said}: {here:.3g}"
