"""What activation of the mu receptor turns into."""

import jax.numpy as jnp


def liking(activation, largest, power):
    """Drug liking above placebo on the 0-100 scale: largest x activation^power.

    The power form is that of the breathing drives of Mann 2022 (drive = 1 - R^P): with a large power, effects need
    nearly all receptors, and an antagonist at 90 % leaves almost none. activation: 0..1; largest: 0..100; power > 0.
    """
    positive = activation > 0
    return jnp.where(positive, largest * jnp.where(positive, activation, 1.0) ** power, 0.0)


def site_occupancy(concentration, half):
    """Share of a receptor type occupied at equilibrium by one ligand: C / (C + K). concentration, half [nM]."""
    return concentration / (concentration + half)


def blockade(with_antagonist, without):
    """One minus the peak effect of a challenge under an antagonist over its peak effect without; 0 where there is none."""
    felt = without > 0
    return jnp.where(felt, 1.0 - with_antagonist / jnp.where(felt, without, 1.0), 0.0)
