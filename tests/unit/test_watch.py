"""What is watched for: calls for help, doses by rule, and the published rule of collapse, on made-up courses."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.engine import inputs, watch
from opioidsim.engine.watch import Doses, Helping, Rescue, Seen, Tally, blank
from opioidsim.facts import library

BODY = inputs.physiology(library.body("breathing"), range(1))
MARK, GRACE = BODY.P_col_O2, BODY.grace
WELL = {"ventilation": 6.0, "arterial_o2": 90.0, "arterial_co2": 40.0, "saturation": 97.0, "brain_o2": 30.0, "blood_flow": 5.0}  # fmt: skip
LEVEL = 3.0


@partial(jax.jit, static_argnames=("second_look",))
def course(seen, rescue, level, h, second_look=False):
    """The tally after a course, (times, 1) of each quantity; and the amount in the body after each step."""
    none = Doses(np.zeros(0, int), np.zeros((0, 1, 1)), np.zeros((0, 1, 1)))

    def one(carry, now):
        tally, x, n, last = carry
        tally = watch.note(tally, last, now, n * h, h, level, BODY, second_look)
        x, _, tally = watch.give(x, jnp.ones(1), tally, now, none, rescue, n, h, BODY)
        return (tally, x, n + 1, now), x[0]

    first = jax.tree.map(lambda v: v[0], seen)
    (tally, *_), amounts = jax.lax.scan(one, (blank(1), (jnp.zeros(1),), 0, first), seen)
    return tally, amounts


def rule(count=0, delay=60.0, interval=150.0, if_needed=False, at=np.inf, level=LEVEL):
    added = np.zeros((3, 4, 1, 1))
    added[0] = 1.0
    after, below = np.array([0.0, *[interval] * 4]), np.full((4, 1), level if if_needed else np.inf)
    below[0] = np.inf
    no, each = np.zeros(4, bool), np.ones((4, 1))
    nobody = Helping(0.0, np.zeros(1), 0.0, np.zeros(1))
    return Rescue(
        np.array([level]),
        at,
        np.array([delay]),
        after,
        count,
        below,
        ~no,
        each,
        no,
        no,
        np.ones((4, 1, 1)),
        added,
        nobody,
    )


def watched(seconds=600, h=1.0, rescue=None, second_look=False, **moves):
    """The tally of one person; moves: quantity -> function of the time [s]."""
    t = np.arange(0.0, seconds + h / 2, h)
    seen = {
        name: np.broadcast_to(np.vectorize(moves.get(name, lambda _, still=still: still))(t)[:, None], (len(t), 1))
        for name, still in WELL.items()
    }
    tally, amounts = course(Seen(**seen), rescue or rule(), np.array([LEVEL]), h, second_look)
    return Tally(*(float(value[0]) for value in tally)), np.asarray(amounts)[:, 0]


def under(*spans):
    """Arterial O2 well over the mark, except within these spans of time, where it is well under."""
    return lambda t: MARK - 5.0 if any(a <= t < b for a, b in spans) else MARK + 5.0


def test_who_stays_well_has_no_mark():
    tally, _ = watched()
    assert all(np.isinf(getattr(tally, name)) for name in ("trigger", "low", "collapse", "arrest", "stop", "again"))


def test_collapse_comes_a_grace_after_oxygen_fell_to_the_mark():
    tally, _ = watched(arterial_o2=under((100, 600)))
    assert 99 <= tally.low <= 100
    assert tally.collapse == pytest.approx(tally.low + GRACE)


def test_who_has_recovered_when_judged_does_not_collapse():
    tally, _ = watched(arterial_o2=under((100, 100 + GRACE - 5)))
    assert np.isinf(tally.collapse)
    assert tally.judged == 1.0


def test_what_happens_between_the_fall_and_the_judgement_does_not_count():
    tally, _ = watched(arterial_o2=under((100, 110), (100 + GRACE - 5, 100 + GRACE + 5)))
    assert tally.collapse == pytest.approx(tally.low + GRACE)


@pytest.mark.parametrize("second_look", [False, True])
def test_a_second_fall_ends_in_collapse_only_where_there_is_a_second_look(second_look):
    tally, _ = watched(900, arterial_o2=under((100, 150), (400, 410)), second_look=second_look)
    assert tally.collapse == (pytest.approx(400 + GRACE, abs=1) if second_look else np.inf)


def test_a_second_look_does_not_count_what_came_before_the_judgement():
    tally, _ = watched(900, arterial_o2=under((100, 110), (200, 210)), second_look=True)
    assert np.isinf(tally.collapse)


def test_lying_exactly_on_the_mark_is_low():
    tally, _ = watched(arterial_o2=lambda t: MARK)
    assert tally.low == 0.0
    assert tally.collapse == pytest.approx(GRACE)


@pytest.mark.parametrize("h", [1.0, 0.5])
@pytest.mark.parametrize("moment", [10.0, 10.25, 10.9])
def test_a_call_for_help_comes_where_the_straight_line_crosses_the_level(moment, h):
    tally, _ = watched(60, h, ventilation=lambda t: LEVEL + 0.1 * (moment - t))
    assert tally.trigger == pytest.approx(moment, abs=1e-9)


def test_flow_and_brain_oxygen_have_their_moments():
    tally, _ = watched(
        blood_flow=lambda t: 5.0 - t / 100.0,
        brain_o2=lambda t: BODY.P_brain_O2 + abs(t - 300.0) / 10 - 5.25,
    )
    assert tally.arrest == pytest.approx((5.0 - BODY.Q_arrest * 60) * 100)
    assert tally.stop == pytest.approx((5.0 - BODY.Q_stop * 60) * 100)
    assert (tally.brain_first, tally.brain_last) == (pytest.approx(247.5), pytest.approx(352.5))


def test_extremes_are_those_before_collapse():
    tally, _ = watched(
        arterial_o2=lambda t: MARK - 1 if t < 300 else 1.0,
        arterial_co2=lambda t: 50.0 if t < 200 else 60.0 if t < 300 else 99.0,
    )
    assert tally.collapse == pytest.approx(GRACE)
    assert (tally.lowest_o2, tally.highest_co2) == (MARK - 1, 60.0)


def test_the_longest_pause_of_breath_is_counted():
    tally, _ = watched(ventilation=lambda t: 0.0 if 100 <= t < 130 or 200 <= t < 280 else 6.0)
    line = BODY.V_apnoea / 6.0  # of a step in which breath stops or comes back
    assert tally.longest_apnoea == pytest.approx(79.0 + 2.0 * line)
    died, _ = watched(arterial_o2=lambda t: MARK - 1.0, ventilation=lambda t: 0.0 if t >= 100 else 6.0)
    assert died.longest_apnoea == pytest.approx(GRACE - 100.0 + line)


@pytest.mark.parametrize("h", [1.0, 0.5])
@pytest.mark.parametrize("moment", [10.0, 10.25, 10.9])
def test_a_pause_ends_where_the_straight_line_crosses_the_mark(moment, h):
    tally, _ = watched(60, h, ventilation=lambda t: BODY.V_apnoea + 0.1 * abs(t - 30.0) - 0.1 * moment)
    assert tally.longest_apnoea == pytest.approx(2.0 * moment, abs=1e-9)


def test_a_number_that_is_none_is_noted_with_its_time():
    tally, _ = watched(60, ventilation=lambda t: np.nan if t > 30 else 6.0)
    assert tally.lost == 31.0


def given_at(amounts):
    """The steps at which an amount was given."""
    return np.flatnonzero(np.diff(amounts, prepend=0.0))


def falls(t, at=30.5):
    return LEVEL - 1.0 if t > at else LEVEL + 1.0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_doses_follow_the_call_by_the_delay_and_each_other_by_the_interval(count):
    tally, amounts = watched(rescue=rule(count), ventilation=falls)
    assert tally.given == count
    planned = tally.trigger + 60.0 + 150.0 * np.arange(count)
    assert given_at(amounts) == pytest.approx(np.ceil(planned))


def test_help_at_a_set_time_needs_no_call():
    tally, amounts = watched(rescue=rule(2, delay=10.0, at=100.0, level=0.0))
    assert tally.given == 2
    assert list(given_at(amounts)) == [110, 260]


def test_nobody_helps_whom_nobody_needs_to_help():
    tally, amounts = watched(rescue=rule(4))
    assert (tally.given, amounts.max()) == (0.0, 0.0)


def test_a_dose_between_two_steps_enters_moved_on_by_its_own_series():
    plain = rule(1, delay=10.25, at=100.0, level=0.0)
    added = plain.added.copy()
    added[1], added[2] = -0.2, 0.02
    _, amounts = watched(200, rescue=plain._replace(added=added))
    assert amounts[111] == pytest.approx(1.0 - 0.2 * 0.75 + 0.02 * 0.75**2)


def test_a_further_dose_is_given_only_to_whom_still_needs_it():
    awake = partial(lambda t: LEVEL + 1.0 if t > 200 or t < 30 else LEVEL - 1.0)
    always, _ = watched(rescue=rule(3), ventilation=awake)
    needed, amounts = watched(rescue=rule(3, if_needed=True), ventilation=awake)
    assert (always.given, needed.given) == (3.0, 1.0)
    assert len(given_at(amounts)) == 1
    assert needed.short == 0.0
    still, _ = watched(rescue=rule(3, if_needed=True), ventilation=falls)
    assert (still.given, still.short) == (3.0, 1.0)


def test_recovery_and_a_relapse_are_noted_after_a_dose():
    tally, _ = watched(rescue=rule(1), ventilation=lambda t: LEVEL + (1.0 if t < 30 or 200 <= t < 400 else -1.0))
    assert (tally.recovered, tally.again) == (199.5, 399.5)  # between the steps
    alone, _ = watched(ventilation=lambda t: LEVEL + (1.0 if t < 30 or 200 <= t < 400 else -1.0))
    assert np.isinf(alone.recovered)
