"""The chances of a day: laws that hold for any coefficients."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.engine import inputs
from opioidsim.facts import library
from opioidsim.model import behaviour

share = st.floats(0, 1)
any_size = st.floats(-8, 8)
Any = namedtuple("Any", library.body("behaviour"))
SYMBOLS = list(library.body("behaviour"))
coefficients = st.lists(any_size, min_size=len(SYMBOLS), max_size=len(SYMBOLS)).map(lambda numbers: Any(*numbers))


@given(facts=coefficients, a=share, b=share, c=share, person=any_size)
def test_every_chance_lies_between_0_and_1(facts, a, b, c, person):
    chances = (
        behaviour.use(a, b, c, 1.0, person, 0.0, facts),
        behaviour.leave(a, b, c, c, 1 - c, a, person, 0.0, facts),
        behaviour.take(a, person, 0.0, facts),
        behaviour.come(a, person, facts),
        behaviour.visit(True, a, person, facts),
        behaviour.visit(False, a, person, facts),
        behaviour.give_up(a, b, facts),
        behaviour.craving(a, b, c),
    )
    assert all(0 <= float(chance) <= 1 for chance in chances)


@given(learned=share, reward=share, learn=share)
def test_wanting_moves_towards_what_a_use_gave(learned, reward, learn):
    facts = Any(*(learn if name == "learn" else 1.0 for name in SYMBOLS))
    after = float(behaviour.learned_after(learned, reward, facts))
    assert min(learned, reward) - 1e-12 <= after <= max(learned, reward) + 1e-12


def test_blocked_uses_teach_and_felt_ones_do_not():
    facts = inputs.by_group("behaviour", library.body("behaviour"), np.zeros(1, int))
    blocked = felt = 1.0
    for _ in range(10):
        blocked, felt = (behaviour.learned_after(w, r, facts) for w, r in ((blocked, 0.0), (felt, 1.0)))
    assert blocked < 0.5 < felt
    rest = (0.0, 0.0, 0.0, 0.0, 0.0, facts)
    assert behaviour.use(blocked, *rest) < behaviour.use(felt, *rest)


def test_a_detoxification_protects_until_a_use_is_felt():
    facts = inputs.by_group("behaviour", library.body("behaviour"), np.zeros(1, int))
    logit = {}
    for felt in (0.0, 1.0):
        for detoxified in (0.0, 1.0):
            chance = float(behaviour.use(0.5, felt, 0.0, detoxified, 0.0, 0.0, facts)[0])
            logit[felt, detoxified] = np.log(chance / (1 - chance))
    assert logit[0.0, 0.0] - logit[0.0, 1.0] == pytest.approx(library.body("behaviour")["use_detoxified"].value)
    assert logit[1.0, 0.0] == pytest.approx(logit[1.0, 1.0])


def test_visits_go_with_a_medicine_that_is_taken_in_front_of_staff():
    facts = inputs.by_group("behaviour", library.body("behaviour"), np.zeros(1, int))
    stays, left = (
        [float(behaviour.visit(there, seen, 0.0, facts)[0]) for seen in (0.0, 1.0)] for there in (True, False)
    )
    assert stays[0] == stays[1] > left[0] > left[1] == 0


def test_a_missed_medicine_is_a_step_towards_leaving():
    facts = inputs.by_group("behaviour", library.body("behaviour"), np.zeros(1, int))
    taken, missed = (float(behaviour.leave(0.0, m, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, facts)[0]) for m in (0.0, 1.0))
    assert missed > 2 * taken


@pytest.mark.parametrize("value", (0.0, 0.5, 1.0))
def test_withdrawal_raises_craving_and_a_medicine_lowers_it(value):
    assert behaviour.craving(value, 0.2, 0.5) > behaviour.craving(value, 0.2, 0.1)
    assert behaviour.craving(value, 0.8, 0.1) <= behaviour.craving(value, 0.2, 0.1)


@given(
    habit=st.floats(1, 500), lived=st.floats(0, 3), tolerance=st.floats(0, 3), caution=share, loss=st.floats(1.1, 10)
)
def test_with_the_tolerance_of_the_habit_its_dose_is_taken_and_with_less_no_more(
    habit, lived, tolerance, caution, loss
):
    amount = lambda t, c: float(behaviour.amount(habit, t, lived, c, loss))  # noqa: E731
    assert amount(lived, caution) == pytest.approx(habit)
    assert amount(lived + tolerance, caution) == pytest.approx(habit)
    assert amount(tolerance, caution) <= habit * (1 + 1e-12)
    assert amount(tolerance, 0.0) == pytest.approx(habit)
    missing = max(lived - tolerance, 0.0)
    assert amount(tolerance, 1.0) * loss**missing == pytest.approx(habit), "as much less as breathing is more sensitive"


def test_each_group_has_its_own_reading_and_stays_within_the_bands():
    groups = np.repeat([0, 1, 2], 5)
    drawn = inputs.by_group("behaviour", library.body("behaviour"), groups, 3, True)
    for symbol, fact in library.body("behaviour").items():
        values = getattr(drawn, symbol)
        assert len(set(values[:5])) == 1
        assert len(set(values)) == 3
        assert (values >= fact.low).all() and (values <= fact.high).all()
    later = inputs.by_group("behaviour", library.body("behaviour"), np.array([2, 2]), 3, True)
    assert later.use_base[0] == drawn.use_base[-1]
    assert (
        inputs.by_group("behaviour", library.body("behaviour"), groups, 3).use_base[0]
        == library.body("behaviour")["use_base"].value
    )


def test_the_depth_of_a_blockade_is_the_logarithm_of_the_dose_ratio():
    """Gaddum 1937: with a share b held by a competitor, 1 / (1 - b) times the agonist gives the same effect."""
    agonist, own, rival = 3.0, 1.0, 7.0  # concentrations over their constants
    held = rival / (1.0 + rival)
    ratio = 10.0 ** float(behaviour.depth(held))
    assert own * ratio / (1.0 + own * ratio + rival) == pytest.approx(own / (1.0 + own))
    assert agonist * ratio / (1.0 + agonist * ratio + rival) == pytest.approx(agonist / (1.0 + agonist))
    assert float(behaviour.depth(1.0)) == pytest.approx(4.0)
