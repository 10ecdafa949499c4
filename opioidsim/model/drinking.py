"""Whether someone with alcohol use disorder drinks on a day, and how much: a two-part (hurdle) model.

As in DeSantis 2013 (doi 10.1016/j.drugalcdep.2013.02.013): the odds of drinking at all, and the drinks if drinking. Both are
moved by the reward that mu blockade leaves, averaged over the drinking period.
"""

import jax
import jax.numpy as jnp


def any_odds(inclination, yesterday, blockade, therapy, facts):
    """Logit of drinking on a day: inclination + carry y - max(any_blockade b, therapy).

    y: whether one drank the day before, 0 or 1; b: mean share of mu receptors blocked over the drinking period. Blockade
    and therapy do not add up, the larger counts (COMBINE).
    """
    return inclination + facts.carry * yesterday - jnp.maximum(facts.any_blockade * blockade, therapy)


def drinks(usual, blockade, day, facts):
    """Drinks on a drinking day, whole and at least one: usual e^(-drinks_blockade b + s z - s^2 / 2), s = day_drinks.

    usual: the person's mean; z: the day's standard normal draw.
    """
    within = facts.day_drinks * day - facts.day_drinks**2 / 2.0
    return jnp.maximum(jnp.round(usual * jnp.exp(within - facts.drinks_blockade * blockade)), 1.0)


@jax.jit
def drinking_share(inclination, facts):
    """The share of days with drinking in the long run, of someone whose logit is `inclination` after a day without.

    p / (1 - q + p), with p and q the chances of drinking after a day without and with.
    """
    p = 1.0 / (1.0 + jnp.exp(-inclination))
    q = 1.0 / (1.0 + jnp.exp(-inclination - facts.carry))
    return p / (1.0 - q + p)
