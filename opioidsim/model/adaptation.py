"""What weeks of an opioid leave behind: tolerance, dependence, and withdrawal when the opioid is gone. Times in hours.

Receptors of the dependent signal by themselves; an antagonist takes that tone away too (Sadee; Navani 2011). Dependence has a
slow part (days) and a fast one (hours: acute tolerance and acute dependence, Bickel 1988). It shifts the potency of whatever
is to relieve it, and what it leaves unmet is felt. One set of equations for full, partial and no agonists.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from opioidsim.model.effects import operational
from opioidsim.model.powers import log


class Signal(NamedTuple):
    """What receptors are doing: activation A, the sum of bound shares times efficacy; the share that is free; the share that
    antagonists hold. Each of the same shape."""

    activation: Any
    free: Any
    blocked: Any


class Adapted(NamedTuple):
    """Tolerance, 1 that of chronic high-dose users, more of who lives with more; slow and fast dependence, and the drive of
    symptoms that is felt, 0..1; each (people,)."""

    tolerance: Any
    dependence: Any
    fast: Any
    symptoms: Any


@jax.jit
def own_tolerance(tolerance, sensitivity, potency_loss):
    """The tolerance of someone this sensitive, who lives with what gives the typical person `tolerance`.

    The stimulus lived with is larger by `sensitivity`, and so is the shift that it has brought: R^T' = 1 + (R^T - 1) x
    sensitivity. Each can take the dose lived with. All of one shape; potency_loss R > 1.
    """
    return jnp.log(1.0 + (potency_loss**tolerance - 1.0) * sensitivity) / jnp.log(potency_loss)


def relaxed(value, target, rate, hours):
    """value after `hours` of relaxation to target at `rate` [1/h]: target + (value - target) e^(-rate hours)."""
    return target + (value - target) * jnp.exp(-rate * hours)


def reached(activation, reserve):
    """F(A; k) = A (1 + k) / (1 + k A), 0..1: how far activation drives what follows it, with a reserve k of receptors."""
    return activation * (1.0 + reserve) / (1.0 + reserve * activation)


def moved_on(state: Adapted, signal: Signal, hours, facts) -> Adapted:
    """The state after `hours` with this signal.

    Tolerance T is what a stimulus is divided by, R^T with R = breathing_potency_loss. It follows the stimulus lived with:
    d(R^T)/dt = (1 + shift_gain x breathing_reserve x sensitivity x A - R^T) / tau, tau_gain upwards and tau_loss downwards.
    Dependence, slow and fast: dDs/dt = (F(A; k_dependence) - Ds) / tau_dependence x (1 + speed_antagonist x blocked),
    dDf/dt = (F - Df) / tau_fast.
    Symptoms: dX/dt = (U - X) / tau_symptoms; U from `unmet`, with dependence midway.
    """
    unit = jnp.log(facts.breathing_potency_loss)
    shift = jnp.exp(unit * state.tolerance)
    target = 1.0 + facts.shift_gain * facts.breathing_reserve * facts.sensitivity * signal.activation
    tau = jnp.where(target > shift, facts.tau_gain, facts.tau_loss)
    tolerance = log(relaxed(shift, target, 1.0 / tau, hours)) / unit
    target = reached(signal.activation, facts.k_dependence)
    faster = (1.0 + facts.speed_antagonist * signal.blocked) / facts.tau_dependence
    slow = relaxed(state.dependence, target, faster, hours)
    fast = relaxed(state.fast, target, 1.0 / facts.tau_fast, hours)
    need = unmet((state.dependence + slow) / 2.0, (state.fast + fast) / 2.0, signal, facts)
    return Adapted(tolerance, slow, fast, relaxed(state.symptoms, need, 1.0 / facts.tau_symptoms, hours))


def unmet(slow, fast, signal: Signal, facts):
    """U = D (1 - E): what is left of dependence D = Ds + w Df once the signal relieves it.

    The signal is G = A + tone x Ds x free; relief E = S^n / (1 + S^n) with S = relief_reserve x G / relief_potency_loss^D.
    """
    dependence = slow + facts.fast_weight * fast
    signalled = signal.activation + facts.tone * slow * signal.free
    shifted = jnp.exp(jnp.log(facts.relief_potency_loss) * dependence)  # a power is dearer where its base stays
    return dependence * (1.0 - operational(signalled, facts.relief_reserve / shifted, facts.relief_steepness))


@jax.jit
def score(symptoms: jax.Array, facts: Any) -> jax.Array:
    """Withdrawal on the 0-48 clinical opiate withdrawal scale: score_max X^g / (X^g + X50^g)."""
    positive = symptoms > 0.0
    ratio = jnp.where(positive, facts.score_half / jnp.where(positive, symptoms, 1.0), 1.0)
    return jnp.where(positive, facts.score_max / (1.0 + ratio**facts.score_power), 0.0)


@jax.jit
def follow(times, signal: Signal, start: Adapted, facts) -> Adapted:
    """The states at `times` [h], (times, people), for the signal at the same times.

    Between two times the mean of both ends acts. The first state is `start`.
    """

    def one(state, now):
        hours, between = now
        state = moved_on(state, between, hours, facts)
        return state, state

    middle = Signal(*((series[1:] + series[:-1]) / 2.0 for series in signal))
    _, later = jax.lax.scan(one, start, (jnp.diff(times), middle))
    return Adapted(
        *(jnp.concatenate([jnp.broadcast_to(a, b.shape[1:])[None], b]) for a, b in zip(start, later, strict=True))
    )
