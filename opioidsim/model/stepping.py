"""One step of breathing: an equation with delays, many people at once, at one evaluation of its right-hand side a step.

Adams and Bashforth's method of third order; what follows faster than a step takes it with its own
decay done exactly (Cox and Matthews 2002, J Comput Phys 176:430). Kinetics have no delay and may
jump when a dose is given: they take Runge and Kutta's step of fourth order.

A method of several evaluations a step would need the blood that arrives within the step as well;
one that looks back at earlier slopes needs only what is already there. All steps are of one length,
so that the past is a ring of so many steps.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

REMEMBERED = 64.0  # seconds of the past that are kept: the longest delay, K_c / Q_cut, is 57 s
ADAMS = (23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0)  # of the slope now, one step ago, and two


class Past(NamedTuple):
    """The ring of what left lung and brain in past steps, (steps, people) each; step n stands in row n modulo steps.

    firing: of the peripheral chemoreceptor [1/s]. brain_co2: pressure in the brain [mmHg].
    """

    firing: Any
    brain_co2: Any


def adams(value, slope, waiting: tuple, first, h: float):
    """The value one step later, and what waits: what the slopes so far add to the next two steps.

    first: whether no step went before; then the slope counts as having always been as it is.
    """
    now, one, two = (w * slope for w in ADAMS)
    waits, then = (jnp.where(first, a, b) for a, b in zip((one + two, two), waiting, strict=True))
    return value + h * (now + waits), (one + then, two)


def adams_with_decay(value, slope, before: tuple, rate, first, h: float):
    """As `adams`, for what falls back at this rate [1/s], frozen for the step.

    dv/dt = N - rate v: N is continued by the parabola through the last three steps. before: value and slope one step ago,
    and two steps ago.
    """
    v1, f1, v2, f2 = (jnp.where(first, a, b) for a, b in zip((value, slope) * 2, before, strict=True))
    e, p1, p2, p3 = phi(-rate * h)
    n0, n1, n2 = slope + rate * value, f1 + rate * v1, f2 + rate * v2
    d1, d2 = n0 - n1, n0 - 2.0 * n1 + n2
    return e * value + h * (p1 * n0 + p2 * d1 + (0.5 * p2 + p3) * d2), (value, slope, v1, f1)


def phi(z):
    """phi_0 to phi_3 at z <= 0: phi_0 = e^z, phi_k = (phi_(k-1) - 1/(k-1)!) / z; by their series near 0."""
    near = z > -1.0
    exp_z, over = jnp.exp(z), 1.0 / jnp.where(near, -1.0, z)
    f1 = (exp_z - 1.0) * over
    f2 = (f1 - 1.0) * over
    f3 = (f2 - 0.5) * over
    s3 = 0.0
    for k in range(16, 2, -1):  # phi_3 = sum z^j / (j + 3)!
        s3 = 1.0 + s3 * z * (1.0 / (k + 1.0))
    s3 = s3 * (1.0 / 6.0)
    s2 = 0.5 + z * s3
    s1 = 1.0 + z * s2
    return exp_z, *(jnp.where(near, s, f) for s, f in ((s1, f1), (s2, f2), (s3, f3)))


def runge_kutta(derivative: Callable, x: tuple, h: float, shares: tuple):
    """x one step later, and its values at these shares of the step; derivative(x, i) at its start, middle, end, i = 0, 1, 2.

    Classical fourth order; inside the step by the cubic with its slopes at both ends.
    """

    def moved(by, k):
        """x moved along these slopes."""
        return tuple(a + by * b for a, b in zip(x, k, strict=True))

    k1 = derivative(x, 0)
    k2 = derivative(moved(0.5 * h, k1), 1)
    k3 = derivative(moved(0.5 * h, k2), 1)
    k4 = derivative(moved(h, k3), 2)
    rise = tuple((h / 6.0) * (a + 2.0 * (b + c) + d) for a, b, c, d in zip(k1, k2, k3, k4, strict=True))

    def inside(row, c):
        """A row's value at share c of the step, by the cubic."""
        bend = (1.0 - 2.0 * c) * rise[row] + h * ((c - 1.0) * k1[row] + c * k4[row])
        return x[row] + c * (rise[row] + (c - 1.0) * bend)

    return tuple(a + b for a, b in zip(x, rise, strict=True)), lambda row: [inside(row, c) for c in shares]


def empty(people: int, h: float) -> Past:
    """A ring without any past."""
    return Past(*(jnp.zeros((round(REMEMBERED / h), people)) for _ in Past._fields))


def remember(past: Past, n, firing, brain_co2, flow, h: float, body):
    """The ring with step n in it; and firing and brain CO2 of the blood that arrives at step n.

    Delays K_p / Q and K_c / Q at the present flow [L/s]; none below Q_cut, or while they reach back before the start.
    """
    past = Past(
        *(
            jax.lax.dynamic_update_index_in_dim(ring, value, n % len(ring), 0)
            for ring, value in zip(past, (firing, brain_co2), strict=True)
        )
    )
    arrived = []
    for ring, volume in zip(past, (body.K_p, body.K_c), strict=True):
        delay = jnp.minimum(volume / (flow * h), len(ring) - 2.0)
        delay = jnp.where((flow < body.Q_cut) | (delay >= n), 0.0, delay)
        back = delay.astype(jnp.int32)
        share, people = delay - back, jnp.arange(ring.shape[1])
        late, early = (ring[(n - back - i) % len(ring), people] for i in (0, 1))
        arrived.append(late + share * (early - late))
    return past, arrived
