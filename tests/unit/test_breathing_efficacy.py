"""A ceiling that breathing alone has: `breathing_efficacy`."""

import numpy as np

from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate

LARGE = {"doses": ["buprenorphine 16 mg iv"], "duration": "2 h", "every": "1 h"}


def peaks(**asked) -> dict[str, float]:
    """The highest activation and liking, with these keys added."""
    result = simulate(from_table(LARGE | {"outputs": ["activation", "liking"]} | asked, "test"))
    return {name: float(np.max(value)) for name, value in result.values.items()}


def test_only_breathing_sees_the_efficacy_in_breathing():
    usual = peaks()
    more = peaks(change={"buprenorphine.receptor.mu.breathing_efficacy": "0.02"})
    liked = peaks(change={"buprenorphine.receptor.mu.efficacy": "0.03"})
    assert more["activation"] > usual["activation"] and more["liking"] == usual["liking"]
    assert liked["activation"] == usual["activation"] and liked["liking"] > usual["liking"]


def test_all_receptors_held_leave_the_ceiling_of_breathing():
    """S / (1 + S) with S = 250 x 0.0028, by which a bolus comes short by the receptors that it leaves free."""
    assert 0.35 < peaks()["activation"] < 0.7 / 1.7
