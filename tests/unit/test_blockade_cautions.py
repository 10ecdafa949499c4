"""What a blockade warns of: the challenge of each day, the last included."""

import opioidsim as ops


def test_a_challenge_after_the_antagonist_has_faded_is_warned_of():
    short = {c.id for c in ops.blockade("naltrexone 50 mg oral", days=1).cautions}
    long = {c.id for c in ops.blockade("naltrexone 50 mg oral", days=42, every=21).cautions}
    assert short < long
