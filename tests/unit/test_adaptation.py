"""Adaptation: exact relaxation, and the sense of its parts."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.engine.inputs import adaptation
from opioidsim.facts import library
from opioidsim.model.adaptation import Adapted, follow, moved_on, score, unmet

FACTS = adaptation(library.body("adaptation"), range(1))
SHARES = st.floats(0, 1)


def begin(*values):
    return Adapted(*(np.full(1, float(v)) for v in values))


@given(SHARES, SHARES, SHARES, SHARES, st.floats(0.01, 1000))
def test_everything_stays_between_nothing_and_all(tolerance, dependence, active, held, hours):
    after = moved_on(begin(tolerance, dependence, 0), active, min(held, 1 - active), hours, FACTS)
    assert all(-1e-12 <= float(v[0]) <= 1 + 1e-12 for v in after)
    assert 0 <= float(score(after.symptoms, FACTS)[0]) <= FACTS.score_max[0]


def test_a_step_is_as_good_as_many_while_nothing_changes():
    once = moved_on(begin(0, 0, 0), 0.8, 0.0, 48.0, FACTS)
    many = begin(0, 0, 0)
    for _ in range(48):
        many = moved_on(many, 0.8, 0.0, 1.0, FACTS)
    assert once.tolerance == pytest.approx(many.tolerance) and once.dependence == pytest.approx(many.dependence)


def test_tolerance_relaxes_with_its_own_constants():
    up = moved_on(begin(0, 0, 0), 1.0, 0.0, FACTS.tau_gain, FACTS)
    down = moved_on(begin(1, 0, 0), 0.0, 0.0, FACTS.tau_loss, FACTS)
    assert up.tolerance[0] == pytest.approx(1 - np.exp(-1)) and down.tolerance[0] == pytest.approx(np.exp(-1))


def test_withdrawal_is_held_off_while_enough_receptors_are_signalled_at():
    enough = FACTS.availability
    assert unmet(np.ones(1), enough, FACTS) == 0 < unmet(np.ones(1), 0.9 * enough, FACTS)


def test_an_antagonist_brings_symptoms_faster_than_an_empty_receptor():
    empty, held = (moved_on(begin(1, 1, 0), 0.0, share, 1.0, FACTS).symptoms[0] for share in (0.0, 1.0))
    assert held > 5 * empty > 0


def test_an_antagonist_speeds_the_loss_of_dependence_by_the_stated_factor():
    off = SimpleNamespace(**(FACTS._asdict() | {"speed_antagonist": 0.0}))
    assert (
        moved_on(begin(1, 1, 0), 0.0, 1.0, 24.0, off).dependence
        == moved_on(begin(1, 1, 0), 0.0, 0.0, 24.0, off).dependence
    )
    assert (
        moved_on(begin(1, 1, 0), 0.0, 1.0, 24.0, FACTS).dependence
        < moved_on(begin(1, 1, 0), 0.0, 0.0, 24.0, FACTS).dependence
    )


def test_following_begins_where_it_is_told():
    times = np.array([0.0, 1.0, 3.0])
    found = follow(times, np.ones((3, 1)), np.zeros((3, 1)), begin(0.2, 0.3, 0.1), FACTS)
    assert [float(v[0, 0]) for v in found] == [0.2, 0.3, 0.1] and found.tolerance.shape == (3, 1)
