"""What a sentence says and what stands beside it are the same: no minus zero, no limit that is reached and not reached, no whole time
of which the first row says otherwise."""

from types import SimpleNamespace

import pytest

import opioidsim as ops
from opioidsim.questions.reversal.words import _of
from opioidsim.show import words


@pytest.mark.parametrize("write", [words.percent, words.tenths, words.digits])
def test_there_is_no_minus_zero(write):
    assert write(-1e-12) == write(0.0)
    assert write(-0.02).startswith("-2")


def test_what_stays_under_a_limit_does_not_read_as_the_limit():
    row = {"before": 0.6, "highest": 0.897, "highest_min": 120.0, "back_min": None, "share_back": 0.0}
    arm = SimpleNamespace(antagonist="naltrexone 50 mg oral", minutes=[120.0], row=lambda share: row)
    said = _of(arm, 0.9)  # pyright: ignore[reportArgumentType]
    assert said.endswith("does not come back to 90 % of rest in 120 min; at most 89.7 % of rest, after 120.0 min.")


def test_a_blockade_that_the_first_row_does_not_have_is_not_told_for_the_whole_time():
    later = ops.blockade("naltrexone 50 mg oral every 24 h x 3", days=3)
    assert later.rows()[0]["blockade"] == 0.0
    assert later.sentences()[0] == "Blockade stays above 90 % from day 1 on, to day 3."
    before = ops.blockade("naltrexone 50 mg oral every 24 h x 3 at steady state", days=1)
    assert before.sentences()[0] == "Blockade stays above 90 % for the whole 1 day."
