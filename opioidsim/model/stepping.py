"""One step of an equation with delays, many people at once.

Fourth-order exponential Runge-Kutta (ETDRK4: Cox and Matthews 2002, J Comput Phys 176:430) with a decay of its own for
each component that needs one; without, it is the classical Runge-Kutta step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

REMEMBERED = 64.0  # seconds of the past that are kept: the longest delay, K_c / Q_cut, is 57 s


class Past(NamedTuple):
    """The ring of what left lung and brain in past steps: firing [1/s] and brain CO2 [mmHg], (steps, people)."""

    firing: Any
    brain_co2: Any


def advance(derivative: Callable, state, first, decay, h: float):
    """The state (a nest of arrays) one step of length h later.

    derivative(c, state): the change at share c of the step; first: the change at its start. decay: alike, for each
    component a rate [1/s] at which it falls back, frozen for the step, or None where it is slow.
    """
    leaves, tree = jax.tree.flatten(state)
    slopes = [jax.tree.leaves(first)]
    rates = jax.tree.leaves(decay, is_leaf=lambda leaf: leaf is None)
    weights = [None if rate is None else _weights(-rate * h, h) for rate in rates]

    def moved(changes):
        return tree.unflatten([u + v for u, v in zip(leaves, changes, strict=True)])

    def slope(c, changes):
        found = jax.tree.leaves(derivative(c, moved(changes)))
        return [k if r is None else k + r * v for k, r, v in zip(found, rates, changes, strict=True)]

    plain = (1.0, h / 2.0, h / 6.0, h / 3.0, h / 6.0)
    kept, half, w1, w2, w3 = zip(*[plain if w is None else w for w in weights], strict=True)
    k1 = slopes[0]
    a = [p * k for p, k in zip(half, k1, strict=True)]
    k2 = slope(0.5, a)
    k3 = slope(0.5, [p * k for p, k in zip(half, k2, strict=True)])
    last = [e * v + p * (2.0 * k - j) for e, v, p, k, j in zip(kept, a, half, k3, k1, strict=True)]
    k4 = slope(1.0, last)
    return moved([x * i + y * (j + k) + z * m for x, i, y, j, k, z, m in zip(w1, k1, w2, k2, k3, w3, k4, strict=True)])


def _weights(z, h: float):
    """e^(z/2), and the weights of a step with decay z = -rate h: of the half step, and of the four slopes."""
    e = jnp.exp(z / 2.0)
    half, (p1, p2, p3) = _phi(z / 2.0, e)[0], _phi(z, e * e)
    return e, h / 2.0 * half, h * (p1 - 3.0 * p2 + 4.0 * p3), h * (2.0 * p2 - 4.0 * p3), h * (4.0 * p3 - p2)


def _phi(z, exp_z):
    """phi_1, phi_2, phi_3 at z <= 0: phi_0 = e^z, phi_k = (phi_(k-1) - 1/(k-1)!) / z; by their series near 0."""
    near = z > -1.0
    safe = jnp.where(near, -1.0, z)
    f1 = (exp_z - 1.0) / safe
    f2 = (f1 - 1.0) / safe
    f3 = (f2 - 0.5) / safe
    s3 = 0.0
    for k in range(16, 2, -1):  # phi_3 = sum z^j / (j + 3)!
        s3 = 1.0 + s3 * z / (k + 1.0)
    s3 = s3 / 6.0
    s2 = 0.5 + z * s3
    s1 = 1.0 + z * s2
    return tuple(jnp.where(near, s, f) for s, f in ((s1, f1), (s2, f2), (s3, f3)))


def remember(past: Past, n, firing, brain_co2, flow, h: float, body):
    """The ring with step n in it, and a function (c, flow) -> firing and brain CO2 of the blood that arrives in this step.

    Delays K_p / Q and K_c / Q at the present flow [L/s]; none below Q_cut, or while they reach back before the start.
    """
    past = Past(
        *(
            jax.lax.dynamic_update_index_in_dim(ring, value, n % len(ring), 0)
            for ring, value in zip(past, (firing, brain_co2), strict=True)
        )
    )
    now = jnp.asarray(n, float)
    windows = []
    for ring, volume in zip(past, (body.K_p, body.K_c), strict=True):
        first = jnp.minimum(jnp.floor(_reach(now, volume, flow, h, body)).astype(int), n - 2)
        slots = [(first + i) % len(ring) for i in (-1, 0, 1, 2)]
        people = jnp.arange(ring.shape[1])
        windows.append((volume, first, [ring[slot, people] for slot in slots]))

    def arriving(c: float, flow):
        return tuple(
            _cubic(points, _reach(now + c, volume, flow, h, body) - first) for volume, first, points in windows
        )

    return past, arriving


def _reach(now, volume, flow, h, body):
    """The time, in steps, at which the blood that arrives now left."""
    delay = volume / (flow * h)
    return jnp.where((flow < body.Q_cut) | (delay >= now), now, now - delay)


def _cubic(points, s):
    """The cubic through points at -1, 0, 1, 2, at s."""
    a, b, c, d = points
    low, high = s * (s - 1.0), (s + 1.0) * (s - 2.0)
    return -a * low * (s - 2.0) / 6.0 + b * high * (s - 1.0) / 2.0 - c * high * s / 2.0 + d * (s + 1.0) * low / 6.0
