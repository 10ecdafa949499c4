"""Adaptation: exact relaxation, and the sense of its parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs
from opioidsim.model.adaptation import Adapted, Signal, follow, moved_on, own_tolerance, reached, score, unmet
from opioidsim.model.effects import effect, operational, share_of_full

READ = inputs.read(from_table({"doses": ["morphine 10 mg iv"], "duration": "1 d", "outputs": ["liking", "withdrawal"]}))
FACTS, LIKING = READ.adaptation(range(1)), READ.effect("liking")
SHARES, TOLERANCES = st.floats(0, 1), st.floats(0, 3)


def shift(tolerance, facts=FACTS):
    """What a stimulus to breathing is divided by."""
    return facts.breathing_potency_loss**tolerance


def lived_with(activation, facts=FACTS):
    """The shift that settles with this activation: 1 + gain x stimulus."""
    return 1.0 + facts.shift_gain * facts.breathing_reserve * facts.sensitivity * activation


def begin(*values):
    return Adapted(*(np.full(1, float(v)) for v in values))


def signal(activation, blocked=0.0):
    """Of receptors held by a full agonist and by an antagonist alone."""
    return Signal(activation, 1.0 - activation - blocked, blocked)


@given(TOLERANCES, SHARES, SHARES, SHARES, SHARES, st.floats(0.01, 1000))
def test_everything_stays_between_what_was_and_what_is_lived_with(tolerance, dependence, fast, active, held, hours):
    after = moved_on(begin(tolerance, dependence, fast, 0), signal(active, min(held, 1 - active)), hours, FACTS)
    between = sorted((float(shift(tolerance)[0]), float(lived_with(active)[0])))
    assert between[0] * (1 - 1e-9) <= float(shift(after.tolerance)[0]) <= between[1] * (1 + 1e-9)
    assert all(-1e-12 <= float(v[0]) <= 1 + 1e-12 for v in (after.dependence, after.fast))
    assert 0 <= float(after.symptoms[0]) <= 1 + FACTS.fast_weight[0]
    assert 0 <= float(score(after.symptoms, FACTS)[0]) <= FACTS.score_max[0]


def test_a_step_is_as_good_as_many_while_nothing_changes():
    once = moved_on(begin(0, 0, 0, 0), signal(0.8), 48.0, FACTS)
    many = begin(0, 0, 0, 0)
    for _ in range(48):
        many = moved_on(many, signal(0.8), 1.0, FACTS)
    for part in ("tolerance", "dependence", "fast"):
        assert getattr(once, part) == pytest.approx(getattr(many, part))


def test_the_shift_relaxes_with_its_own_constants():
    up = moved_on(begin(0, 0, 0, 0), signal(0.05), FACTS.tau_gain, FACTS)
    down = moved_on(begin(1, 0, 0, 0), signal(0.0), FACTS.tau_loss, FACTS)
    assert shift(up.tolerance) - 1 == pytest.approx((1 - np.exp(-1)) * (lived_with(0.05) - 1))
    assert shift(down.tolerance) - 1 == pytest.approx(np.exp(-1) * (shift(1.0) - 1))


def test_who_lives_with_the_dose_of_the_published_users_has_their_tolerance_and_with_more_more():
    """The stimulus at which the settled shift is that of tolerance 1; beyond it tolerance goes on."""
    stimulus = (shift(1.0) - 1) / FACTS.shift_gain
    for times, more in ((1.0, 0.0), (3.0, 0.1)):
        settled = moved_on(begin(0.3, 0, 0, 0), signal(times * stimulus / FACTS.breathing_reserve), 1e6, FACTS)
        assert settled.tolerance[0] == pytest.approx(1.0) if not more else settled.tolerance[0] > 1.0 + more


@given(st.floats(0.05, 1.0), st.floats(0.1, 10.0))
def test_each_can_take_the_dose_lived_with(activation, sensitivity):
    """The effect that is left of it is bounded: at most 1 / gain times the half effect, however much and however sensitive."""
    facts = FACTS._replace(sensitivity=np.full(1, sensitivity))
    settled = moved_on(begin(0, 0, 0, 0), signal(activation), 1e6, facts)
    stimulus = facts.breathing_reserve * sensitivity * activation / shift(settled.tolerance)
    assert stimulus[0] <= 1.0 / facts.shift_gain[0] * (1 + 1e-9)


@given(st.floats(0.1, 10.0), st.floats(0.3, 3.0))
def test_receptors_are_enough_to_stop_anybody(stimulus, sensitivity):
    """Who lives with up to 10 times the half effect, twice what 400 mg of heroin a day are, is not out of the reach of any dose: with
    nine tenths of each drive gone and the threshold 16 mmHg up nobody breathes."""
    facts = FACTS._replace(sensitivity=np.full(1, sensitivity))
    settled = moved_on(begin(0, 0, 0, 0), signal(stimulus / facts.breathing_reserve), 1e6, facts)
    most = facts.breathing_reserve * sensitivity / shift(settled.tolerance)
    assert operational(1.0, most, 1.433)[0] > 0.9


@given(TOLERANCES, st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_own_tolerance_rises_with_sensitivity_and_leaves_no_one_safer_for_being_sensitive(tolerance, a, b):
    low, high = sorted((a, b))
    loss = float(FACTS.breathing_potency_loss[0])
    one, other = (float(own_tolerance(tolerance, own, loss)) for own in (low, high))
    assert one <= other + 1e-12 and own_tolerance(tolerance, 1.0, loss) == pytest.approx(tolerance, abs=1e-12)
    assert low / loss**one <= high / loss**other * (1 + 1e-9)


@given(SHARES, SHARES)
def test_the_activation_that_is_shown_rises_to_one_and_is_half_at_the_half_effect(a, b):
    low, high = sorted((a, b))
    reserve = FACTS.breathing_reserve[0]
    assert 0 <= share_of_full(low, reserve) <= share_of_full(high, reserve) < 1
    assert share_of_full(1 / reserve, reserve) == pytest.approx(0.5)


@given(SHARES, SHARES, st.floats(0, 100))
def test_what_is_driven_rises_with_activation_from_nothing_to_all(a, b, reserve):
    low, high = sorted((a, b))
    assert reached(low, reserve) <= reached(high, reserve) + 1e-12
    assert reached(0.0, reserve) == 0 and reached(1.0, reserve) == pytest.approx(1)


@given(SHARES, SHARES, SHARES, SHARES)
def test_more_agonist_never_leaves_more_unmet(slow, fast, a, b):
    """With the same dependence: an agonist relieves more than the tone of the receptors that it takes."""
    low, high = sorted((a, b))
    more, less = (unmet(np.full(1, slow), np.full(1, fast), signal(x), FACTS) for x in (high, low))
    assert more <= less + 1e-9


@given(SHARES, SHARES, SHARES, SHARES, SHARES)
def test_an_antagonist_never_leaves_less_unmet(slow, fast, active, a, b):
    """By competition: what it holds is taken in proportion from the agonist and from the free receptors."""
    low, high = sorted((a, b))

    def under(held):
        return Signal(active * (1 - held), (1 - active) * (1 - held), held)

    more, less = (unmet(np.full(1, slow), np.full(1, fast), under(held), FACTS) for held in (high, low))
    assert more >= less - 1e-9


@given(SHARES, TOLERANCES, st.floats(0.01, 1000))
def test_an_antagonist_does_nothing_to_who_is_not_dependent(held, tolerance, hours):
    after = moved_on(begin(tolerance, 0, 0, 0), signal(0.0, held), hours, FACTS)
    assert float(after.symptoms[0]) == 0 and float(score(after.symptoms, FACTS)[0]) == 0


def test_an_antagonist_takes_the_tone_that_is_left_when_the_opioid_has_gone():
    alone, blocked = (unmet(np.ones(1), np.zeros(1), signal(0.0, held), FACTS)[0] for held in (0.0, 1.0))
    assert blocked > alone > 0


def test_a_partial_agonist_that_displaces_a_full_one_precipitates_and_relieves_who_has_none():
    full = Signal(0.5, 0.5, 0.0)
    partial = Signal(0.5 * 0.1 + 0.9 * 0.2, 0.05, 0.0)
    none = signal(0.0)
    need = [unmet(np.full(1, 0.6), np.full(1, 0.8), now, FACTS)[0] for now in (full, partial, none)]
    assert need[0] < need[1] < need[2]


def test_an_antagonist_speeds_the_loss_of_dependence_and_not_where_one_says_so():
    held, free = signal(0.0, 1.0), signal(0.0)
    usual = [moved_on(begin(1, 1, 0, 0), now, 24.0, FACTS).dependence for now in (held, free)]
    assert 0 < usual[0] < usual[1]
    assert usual[0] / usual[1] == pytest.approx(np.exp(-24.0 * FACTS.speed_antagonist / FACTS.tau_dependence))
    unhurried = FACTS._replace(speed_antagonist=np.zeros(1))
    assert moved_on(begin(1, 1, 0, 0), held, 24.0, unhurried).dependence == usual[1]


@given(SHARES, SHARES, SHARES, SHARES)
def test_liking_rises_with_activation_and_falls_with_tolerance(a, b, tolerance, fast):
    low, high = sorted((a, b))
    assert effect(low, tolerance, fast, LIKING) <= effect(high, tolerance, fast, LIKING) + 1e-12
    assert effect(high, 0.0, 0.0, LIKING) >= effect(high, tolerance, fast, LIKING)
    assert 0 <= effect(high, tolerance, fast, LIKING) <= LIKING["maximum"]


def test_a_tolerant_effect_is_that_of_a_smaller_signal():
    """Potency is lost, not the largest effect: the published meaning of a shift."""
    shifted = effect(0.3, 1.0, 0.0, LIKING)
    assert shifted == pytest.approx(effect(0.3 / LIKING["potency_loss"], 0.0, 0.0, LIKING))
    assert operational(1.0 / LIKING["reserve"], LIKING["reserve"], 3.0) == pytest.approx(0.5)


def test_following_begins_where_it_is_told():
    times = np.array([0.0, 1.0, 3.0])
    active = Signal(np.ones((3, 1)), np.zeros((3, 1)), np.zeros((3, 1)))
    found = follow(times, active, begin(0.2, 0.3, 0.4, 0.1), FACTS)
    assert [float(v[0, 0]) for v in found] == [0.2, 0.3, 0.4, 0.1] and found.tolerance.shape == (3, 1)
