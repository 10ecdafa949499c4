"""One step: its order, with and without a decay of its own; and what is remembered for the delays."""

from decimal import Decimal, getcontext
from itertools import pairwise
from math import factorial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.model import stepping
from opioidsim.model.stepping import adams, adams_with_decay, empty, remember, runge_kutta


def orders(errors):
    return [np.log2(one / two) for one, two in pairwise(errors)]


def off(rate, h, end=4.0, own=True):
    """Error at `end` of y' = -rate (y - cos t) - sin t, whose solution is cos t; with a decay of its own or plainly."""

    def slope(t, y):
        return -rate * (y - jnp.cos(t)) - jnp.sin(t)

    def one(n, carry):
        y, before = carry
        if own:
            return adams_with_decay(y, slope(n * h, y), before, rate, False, h)
        return adams(y, slope(n * h, y), before, False, h)

    past = [(jnp.cos(t), -jnp.sin(t)) for t in (-h, -2 * h)]
    y, _ = jax.lax.fori_loop(0, round(end / h), one, (jnp.asarray(1.0), (*past[0], *past[1]) if own else waits(past)))
    return float(abs(y - jnp.cos(end)))


def waits(past):
    """What waits after two steps with these (value, slope), the later one first."""
    _, after_one = adams(0.0, past[1][1], (jnp.asarray(0.0), jnp.asarray(0.0)), False, 1.0)
    return adams(0.0, past[0][1], after_one, False, 1.0)[1]


@pytest.mark.parametrize("own", [False, True])
def test_halving_the_step_leaves_an_eighth_of_the_error(own):
    assert all(order > 2.8 for order in orders([off(2.0, h, own=own) for h in (0.05, 0.025, 0.0125)]))


def test_a_fast_decay_is_taken_in_slow_steps():
    assert off(40.0, 0.5) < 0.1
    assert off(40.0, 0.25) < 0.02


def test_without_its_own_decay_the_same_steps_run_away():
    assert off(40.0, 0.25, own=False) > 1e3


def test_a_pure_decay_is_exact_at_any_step():
    def course(t):
        return 3.0 * np.exp(-7.0 * t), -21.0 * np.exp(-7.0 * t)

    moved, _ = adams_with_decay(*course(0.0), (*course(-1.0), *course(-2.0)), 7.0, False, 1.0)
    assert float(moved) == pytest.approx(course(1.0)[0], rel=1e-9)


def cubic(t):
    return 1.0 + 0.4 * t - 0.3 * t**2 + 0.1 * t**3, 0.4 - 0.6 * t + 0.3 * t**2


def test_a_cubic_course_is_followed_without_error():
    past = [cubic(-1.0), cubic(-2.0)]
    assert adams(*cubic(0.0), waits(past), False, 1.0)[0] == pytest.approx(cubic(1.0)[0], rel=1e-14)
    found, _ = adams_with_decay(*cubic(0.0), (*past[0], *past[1]), 1e-9, False, 1.0)
    assert float(found) == pytest.approx(cubic(1.0)[0])


def test_the_first_step_takes_its_slope_as_the_one_of_all_time():
    junk = (jnp.asarray(9.0),) * 4
    assert float(adams(1.0, 0.5, junk[:2], True, 0.2)[0]) == pytest.approx(1.1)
    steady = 1.0 / 3.0 + (1.0 - 1.0 / 3.0) * np.exp(-3.0 * 0.2)  # v' = 1 - 3 v
    assert float(adams_with_decay(1.0, -2.0, junk, 3.0, True, 0.2)[0]) == pytest.approx(steady, rel=1e-12)


A = np.array([[-0.5, 0.3], [0.2, -0.9]])


def linear(h, end=2.0):
    """x' = A x from (1, 2) to `end`, and its values at half of the last step."""
    x = (jnp.asarray(1.0), jnp.asarray(2.0))
    step = jax.jit(lambda x: (lambda y, inside: (y, [inside(r, c) for r in (0, 1) for c in (0.5,)]))(*_step(x, h)))
    for _ in range(round(end / h)):
        x, middle = step(x)
    return np.array(x), np.array(middle).ravel()


def _step(x, h):
    y, inside = runge_kutta(lambda x, _: tuple(A[i, 0] * x[0] + A[i, 1] * x[1] for i in (0, 1)), x, h, (0.5,))
    return y, lambda row, c: inside(row)[0]


def exact(t):
    values, vectors = np.linalg.eig(A)
    return vectors @ (np.exp(t * values) * np.linalg.solve(vectors, [1.0, 2.0]))


def test_drugs_move_by_a_step_of_fourth_order():
    errors = [np.abs(linear(h)[0] - exact(2.0)).max() for h in (0.5, 0.25, 0.125)]
    assert all(order > 3.8 for order in orders(errors))


def test_inside_the_step_the_cubic_is_near():
    errors = [np.abs(linear(h)[1] - exact(2.0 - h / 2)).max() for h in (0.5, 0.25, 0.125)]
    assert all(order > 3.5 for order in orders(errors))


def test_the_right_side_is_asked_at_the_start_the_middle_and_the_end():
    asked = []
    runge_kutta(lambda x, i: asked.append(i) or (0.0 * x[0],), (1.0,), 1.0, ())
    assert asked == [0, 1, 1, 2]


def phi(k, z):
    """phi_k(z) = sum z^j / (j + k)!, in sixty digits."""
    getcontext().prec = 60
    term, found, j = Decimal(1) / factorial(k), Decimal(0), 0
    while abs(term) > Decimal(10) ** -45 or j < abs(z):
        found += term
        j += 1
        term = term * Decimal(z) / (j + k)
    return float(found)


@pytest.mark.parametrize("z", [0.0, -1e-12, -1e-5, -0.01, -0.3, -0.999, -1.0, -1.000001, -1.5, -3.0, -10.0, -50.0])
def test_the_weights_of_a_decay_are_right_near_and_far_from_nothing(z):
    for k, value in enumerate(stepping.phi(jnp.asarray(z))):
        assert float(value) == pytest.approx(phi(k, z), rel=4e-14)


BODY = SimpleNamespace(K_p=0.6, K_c=0.9, Q_cut=0.016)


def remembered(function, last, h, flow):
    """What arrives at step `last` when `function` of time has left at each step: firing, and brain CO2 that is 10 more."""
    ring, arrived = empty(len(flow), h), None
    keep = jax.jit(lambda past, n, value: remember(past, n, value, 10.0 + value, flow, h, BODY))
    for n in range(last + 1):
        ring, arrived = keep(ring, n, function(n * h) + 0.0 * flow)
    return [np.asarray(v) for v in arrived]


@pytest.mark.parametrize("h", [1.0, 0.5])
def test_blood_arrives_as_late_as_its_flow_says(h):
    flow, last = jnp.array([0.08, 0.16, 0.05]), round(90 / h)
    firing, brain = remembered(lambda t: 1.0 + 0.02 * t, last, h, flow)
    assert firing == pytest.approx(1.0 + 0.02 * (90.0 - BODY.K_p / np.asarray(flow)), rel=1e-12)
    assert brain == pytest.approx(11.0 + 0.02 * (90.0 - BODY.K_c / np.asarray(flow)), rel=1e-12)


def test_between_two_steps_the_past_is_a_straight_line():
    flow = jnp.array([BODY.K_p / 10.25])
    assert remembered(lambda t: t**2, 90, 1.0, flow)[0] == pytest.approx([0.75 * 80.0**2 + 0.25 * 79.0**2])


def test_the_slowest_flow_that_delays_is_still_remembered():
    flow = jnp.array([BODY.Q_cut * 1.0001])
    assert remembered(lambda t: 0.1 * t, 200, 1.0, flow)[1] == pytest.approx(10.0 + 0.1 * (200 - BODY.K_c / np.asarray(flow)), rel=1e-12)  # fmt: skip


@pytest.mark.parametrize(("last", "flow"), [(70, BODY.Q_cut * 0.99), (5, 0.08), (0, 0.08)])
def test_without_flow_or_before_the_start_the_present_counts(last, flow):
    firing, brain = remembered(lambda t: 2.0 + t, last, 1.0, jnp.array([flow]))
    assert (firing, brain) == (pytest.approx(2.0 + last), pytest.approx(12.0 + last))
