"""What activation of the mu receptor turns into: one operational equation for every endpoint (Black and Leff 1983)."""

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.model.powers import log


@jax.jit
def operational(activation, reserve, slope):
    """S^n / (1 + S^n) with S = reserve x activation, 0..1; smooth, and 0 where nothing is activated."""
    positive = activation > 0
    stimulus = jnp.where(positive, reserve * jnp.where(positive, activation, 1.0), 1.0)
    return jnp.where(positive, 1.0 / (1.0 + jnp.exp(-slope * log(stimulus))), 0.0)


def share_of_full(activation, reserve):
    """S / (1 + S), 0..1, with S = reserve x activation: where activation lies, on a scale that does not hang on how many
    receptors a full agonist needs. reserve: of breathing; 1/2 then leaves half of the drive of the naive."""
    return reserve * activation / (1.0 + reserve * activation)


@jax.jit
def effect(activation, tolerance, fast, facts):
    """An endpoint: maximum x S^n / (1 + S^n), S = reserve x A / potency_loss^(T + acute_loss x Df), n = steepness.

    activation A and fast adaptation Df: 0..1; tolerance T, 1 in chronic high-dose users; one shape. facts: of the
    endpoint, by symbol; potency_loss is what full tolerance divides the stimulus by, acute_loss the share of it that comes
    with the fast part. In the unit of `maximum`.
    """
    shifted = jnp.exp(jnp.log(facts["potency_loss"]) * (tolerance + facts["acute_loss"] * fast))
    return facts["maximum"] * operational(activation, facts["reserve"] / shifted, facts["steepness"])


def blockade(with_antagonist, without):
    """One minus the peak effect of a challenge under an antagonist over its peak effect without; 0 where there is none."""
    felt = without > 0
    return np.where(felt, 1.0 - with_antagonist / np.where(felt, without, 1.0), 0.0)
