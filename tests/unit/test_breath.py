"""A step of breathing: what is taken with a decay of its own, that no ripple grows at a step of a second, and the bend of oxygen's use."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.cases.scenario import STEP
from opioidsim.engine import breath, inputs
from opioidsim.facts import library
from opioidsim.model import breathing, stepping
from opioidsim.model.breathing import Gas

BODY = inputs.physiology(library.body("breathing"), range(1))
SHORT_OF_OXYGEN = Gas(55.0, 20.0, 0.62, 5.0e-4, 0.62, 5.0e-4, 0.6, 1.9, 5.0, 2.0, 0.9, 1.0)  # at the highest flow
MOVING = Gas._fields[:-1]


@cache
def slopes():
    """The matrix of how each slope follows each variable [1/s], with the blood that arrives held; and the rates of `breath.FAST`."""

    def look(y):
        gas = Gas(*y, 1.0)
        blood = breathing.circulate(gas, BODY)
        air = breathing.ventilation(gas, blood.brain_flow + blood.tissue_flow, 0.5, BODY)
        return gas, blood, air

    def change(y):
        gas, blood, air = look(y)
        return jnp.stack(
            breathing.change(gas, blood, air, breathing.Left(0.5, 0.5, 0.5, 0.0), (20.0, 50.0), False, BODY)[:-1]
        )

    def rates(y):
        gas, blood, air = look(y)
        return jnp.stack([*breath.lung_rates(gas, blood, air, BODY), *breathing.o2_rates(blood, 0.5, BODY)])

    both = jax.jit(lambda y: (jax.jacfwd(change)(y), rates(y)))(jnp.array(SHORT_OF_OXYGEN[:-1]))
    return tuple(map(np.asarray, both))


def test_decays_are_those_of_the_equations():
    matrix, rates = slopes()
    at = [MOVING.index(name) for name in breath.FAST]
    assert rates == pytest.approx(-np.diag(matrix)[at], rel=0.15)


def ripple(faster):
    """By how much what changes its sign with every step grows in a step of STEP."""
    matrix, own = slopes()
    rates, many = np.zeros(len(MOVING)), len(MOVING)
    rates[[MOVING.index(name) for name in breath.FAST]] = faster * own
    kept, p1, p2, p3 = (np.diag(np.asarray(each)) for each in stepping.phi(jnp.asarray(-rates * STEP)))
    beside = STEP * (matrix + np.diag(rates))
    step = np.eye(3 * many, k=-many)
    step[:many] = np.hstack([kept + (p1 + 1.5 * p2 + p3) @ beside, -2.0 * (p2 + p3) @ beside, (0.5 * p2 + p3) @ beside])
    found = np.linalg.eigvals(step)
    return np.abs(found[found.real < 0.0]).max()


def test_what_changes_its_sign_with_every_step_fades_in_who_is_short_of_oxygen():
    assert ripple(breath.FASTER) < 0.8
    assert ripple(1.0) > 1.0  # taken as fast as they are it would grow


@pytest.mark.parametrize("now", [4.0, 8.0])
def test_slopes_from_beyond_the_bend_are_those_of_this_side(now):
    """Use is U min(p / P, 1): with its own decay left out, a course on a line goes on as if the bend were not there."""
    sol, mark = BODY.sol_O2, BODY.P_X_O2
    used = float(breathing.metabolism(0.5, BODY.M_B_CO2, BODY.M_B_O2, mark, (BODY.floor_CO2, BODY.floor_O2), BODY)[1])

    def slope(pressure, side):
        return -used / BODY.V_B * (pressure / mark if side < mark else 1.0)

    values = [8.0, 5.0]
    waits = [each for p in values for each in (p * sol, slope(p, p))]
    found = breath.continued("brain_o2", now * sol, tuple(waits), 0.5, BODY)
    assert [float(each) for each in found[1::2]] == pytest.approx([slope(p, now) for p in values])
    assert breath.continued("lung_o2", now, tuple(waits), 0.5, BODY) == tuple(waits)
