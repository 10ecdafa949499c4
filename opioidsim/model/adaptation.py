"""What weeks of an opioid leave behind: tolerance, dependence, and withdrawal when the opioid is gone. Times in hours.

An opponent process (Solomon and Corbit 1974): the body adapts to mu activation A, and what is left of the adaptation when
the activation goes is felt. No human measurement gives the time constants; every answer carries their band.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Adapted(NamedTuple):
    """Tolerance and dependence, 0..1, and the drive of symptoms that is felt, 0..1; each (people,)."""

    tolerance: Any
    dependence: Any
    symptoms: Any


def relaxed(value, target, rate, hours):
    """value after `hours` of relaxation to target at `rate` [1/h]: target + (value - target) e^(-rate hours)."""
    return target + (value - target) * jnp.exp(-rate * hours)


def moved_on(state: Adapted, activation, blocked, hours, facts) -> Adapted:
    """The state after `hours` at this mu activation, with this share of receptors held by antagonists.

    Tolerance: dT/dt = (A - T) / tau, tau_gain upwards and tau_loss downwards. Dependence: dD/dt = (A - D) / tau_dependence
    x (1 + speed_antagonist x blocked). Symptoms: dS/dt = (U - S) / tau; U from `unmet`; tau is tau_symptoms where receptors
    are empty and tau_precipitated where an antagonist brings symptoms or an agonist relieves them, rates added by share.
    """
    tau = jnp.where(activation > state.tolerance, facts.tau_gain, facts.tau_loss)
    tolerance = relaxed(state.tolerance, activation, 1.0 / tau, hours)
    faster = (1.0 + facts.speed_antagonist * blocked) / facts.tau_dependence
    dependence = relaxed(state.dependence, activation, faster, hours)
    need = unmet((state.dependence + dependence) / 2.0, activation, facts)
    held = jnp.minimum(blocked + activation, 1.0)
    rate = (1.0 - held) / facts.tau_symptoms + held / facts.tau_precipitated
    return Adapted(tolerance, dependence, relaxed(state.symptoms, need, rate, hours))


def unmet(dependence, activation, facts):
    """U = max(0, D - A / availability): withdrawal is held off while that share of the adaptation is signalled at."""
    return jnp.maximum(dependence - activation / facts.availability, 0.0)


def score(symptoms, facts):
    """Withdrawal on the 0-48 clinical opiate withdrawal scale: score_max S^g / (S^g + S50^g)."""
    positive = symptoms > 0.0
    ratio = jnp.where(positive, facts.score_half / jnp.where(positive, symptoms, 1.0), 1.0)
    return jnp.where(positive, facts.score_max / (1.0 + ratio**facts.score_power), 0.0)


@jax.jit
def follow(times, activation, blocked, start: Adapted, facts) -> Adapted:
    """The states at `times` [h], (times, people), for activation and antagonists' share at the same times.

    Between two times the mean of both ends acts. The first state is `start`.
    """

    def one(state, now):
        hours, a, b = now
        state = moved_on(state, a, b, hours, facts)
        return state, state

    middle = [(series[1:] + series[:-1]) / 2.0 for series in (activation, blocked)]
    _, later = jax.lax.scan(one, start, (jnp.diff(times), *middle))
    return Adapted(
        *(jnp.concatenate([jnp.broadcast_to(a, b.shape[1:])[None], b]) for a, b in zip(start, later, strict=True))
    )
