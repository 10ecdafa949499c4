"""Who has no circulation left leaves the march of a crowd whose curves nobody asks for; everyone ends as if nobody had left."""

import numpy as np
import pytest

from opioidsim.cases.scenario import from_table
from opioidsim.engine import handover, inputs, leaving, simulate_episode
from opioidsim.engine.watch import Helping, Rescue, Tally, blank, finished

STEPS = 2400


def rule(count=1, level=3.0, delay=60.0):
    """So many doses, 150 s apart, of two slots; nothing in them."""
    none, no = np.zeros((2, 1)), np.zeros(2, bool)
    amounts = np.zeros((3, 2, 1, 1))
    after = np.array([0.0, 150.0, 150.0])
    nobody = Helping(0.0, np.zeros(1), 0.0, np.zeros(1))
    return Rescue(np.full(1, level), np.inf, np.full(1, delay), after, count, none, no, none, no, no, amounts[0], amounts, nobody)  # fmt: skip


DEAD = blank(1)._replace(collapse=np.full(1, 400.0), arrest=np.full(1, 500.0), stop=np.full(1, 700.0))
HELPED = DEAD._replace(trigger=np.full(1, 30.0), slot=np.ones(1, int), next_dose=np.full(1, 240.0), given=np.ones(1))


@pytest.mark.parametrize(
    ("tally", "rescue", "now", "over"),
    [
        (DEAD, rule(), 699.0, False),
        (DEAD, rule(), 700.0, True),  # help was never called, and now never will be
        (blank(1), rule(), 700.0, False),
        (HELPED, rule(), 700.0, True),
        (HELPED, rule(2), 700.0, False),  # a dose is to come: the dead are given it too
        (HELPED._replace(next_dose=np.full(1, 701.0)), rule(), 700.0, False),  # one look back is to come
        (HELPED, rule(level=0.0), 700.0, False),  # nobody is under such a level, so that recovery is to be noted
    ],
)
def test_who_leaves(tally, rescue, now, over):
    assert finished(tally, rescue, now).tolist() == [over]


@pytest.fixture(scope="module")
def ready():
    """People of whom some die, some late, some are given two doses after that."""
    rescue = {"drug": "naloxone 0.4 mg im", "delay": "6 min", "doses": 2, "interval": "2 min"}
    table = {"clock": "episode", "doses": ["fentanyl 2.5 mg iv"], "person": {"tolerance": 1.0}, "rescue": rescue}
    given = inputs.read(from_table(table | {"population": {"n": 32, "seed": 2}}))
    return handover.begin(given, range(32))


def test_everyone_ends_as_if_nobody_had_left(ready, monkeypatch):
    monkeypatch.setattr(leaving, "TOGETHER", 8)
    marched = []
    leg = leaving.episode.leg
    monkeypatch.setattr(leaving.episode, "leg", lambda *a: marched.append(a[6]) or leg(*a))
    found = simulate_episode.tallied(ready, STEPS)
    assert len(marched) < 4 * len(set(marched))
    monkeypatch.setattr(leaving, "LEG", 2.0 * STEPS)
    all_of_them = simulate_episode.tallied(ready, STEPS)
    assert 0 < np.isfinite(found.stop).sum() < 32 and found.given.max() == 2.0
    told = {*Tally._fields} - {"apnoea", "brain_last"}  # these go on, and are not told of who is dead
    for name in sorted(told):
        assert getattr(found, name).tolist() == getattr(all_of_them, name).tolist(), name
    ends = (simulate_episode.ends(ready, tally, range(32)) for tally in (found, all_of_them))
    assert all(np.array_equal(one, other, equal_nan=True) for one, other in zip(*(each.values() for each in ends), strict=True))  # fmt: skip
