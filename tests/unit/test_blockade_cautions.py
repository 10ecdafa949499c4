"""What a blockade warns of: the challenge of each day, the last included."""

import opioidsim as ops


def test_a_challenge_after_the_antagonist_has_faded_is_warned_of():
    short = {c.id for c in ops.blockade("naltrexone 50 mg oral", days=1).cautions}
    long = {c.id for c in ops.blockade("naltrexone 50 mg oral", days=42, every=21).cautions}
    assert short < long


def test_a_blockade_that_breaks_and_comes_back_is_not_said_to_last():
    """Under a tablet on day 0 and one on day 20 it is gone on day 14."""
    gone = ops.blockade(["naltrexone 50 mg oral", "naltrexone 50 mg oral at 20 d"], days=21)
    assert gone.blockade[0, 14] < 0.5 < gone.blockade[0, [1, 21]].min()
    assert "Blockade is above 50 % on day 21." in gone.sentences()
    assert "Before, it was under 50 % and came back." in gone.sentences()
    assert not any("for the whole" in said for said in gone.sentences())
