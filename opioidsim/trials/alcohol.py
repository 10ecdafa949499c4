"""Drinking day by day under naltrexone, on top of the course clock. One scan over days for all people of a chunk.

A day begins with the morning's tablet or the injection. Kinetics and receptor are those of every other question; blockade is
the share of mu receptors held, averaged over the drinking period.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from opioidsim.engine import clock
from opioidsim.engine.course import Body, Events, Steps, march, start
from opioidsim.model import behaviour
from opioidsim.model import drinking as equations

DRAWS = ("any", "amount", "take", "quit", "come")  # what chance decides on a day


class Drinker(NamedTuple):
    """What does not change: inclination, usual drinks on a drinking day, logit of taking a tablet; (people,)."""

    inclination: Any
    usual: Any
    take: Any


class Medicine(NamedTuple):
    """An arm. tablets [mg] (days, inputs) and planned (days,); injections [mg] (days, inputs), due (days,)
    and again (days,): due, and not the first, to which everyone comes.

    per_mg: nmol per mg (inputs, people), 0 in placebo. inputs: (inputs,) of the course. therapy: what it takes from the
    logit of drinking (people,). targeted: tablets only on days when drinking is expected.
    """

    tablets: Any
    planned: Any
    injections: Any
    due: Any
    again: Any
    per_mg: Any
    inputs: Any
    therapy: Any
    targeted: Any


class Day(NamedTuple):
    """What is remembered of each day, (days, people): drinks, mean blockade of the drinking period, medicine taken."""

    drinks: Any
    blockade: Any
    took: Any
    injected: Any


@partial(jax.jit, static_argnames=("slots",))
def live(
    body: Body, steps: Steps, who: Drinker, medicine: Medicine, facts, grid: clock.Grid, window, slots: int, draws
):
    """The days of a trial with `draws` (days, DRAWS, people); nobody drank the day before it.

    grid: of one day, with first an event per input in the morning, then one per input before drinking; window: weights of
    its slots in the mean over the drinking period, (slots,).
    """
    people = who.usual.shape

    def day(carry, now):
        state, yesterday, quit = carry
        chance, tablets, planned, injections, due, again = now
        u = dict(zip(DRAWS, chance, strict=True))
        wish = equations.any_odds(who.inclination, yesterday, 0.0, 0.0, facts)
        would = u["any"] < behaviour.chance(wish)
        expects = u["take"] < jnp.where(would, facts.foresee, facts.false_alarm)
        takes = jnp.where(medicine.targeted, expects, u["take"] < behaviour.chance(who.take))
        gives_up = planned & ~medicine.targeted & (u["quit"] < facts.quit)
        quit = quit | gives_up | again & (u["come"] >= facts.come_again)
        took, injected = planned & takes & ~quit, due & ~quit
        morning = jnp.where(injected, injections[:, None], 0.0)
        tablet = jnp.where(took, tablets[:, None], 0.0)
        parts = (jnp.where(medicine.targeted, 0.0, tablet) + morning, jnp.where(medicine.targeted, tablet, 0.0))
        amounts = jnp.concatenate([jnp.zeros((1, *people)), *(part * medicine.per_mg for part in parts)])
        inputs = jnp.concatenate([jnp.zeros(1, jnp.int32), medicine.inputs, medicine.inputs])
        states, state = march(body, steps, state, Events(amounts, inputs), grid, slots)
        blockade = jnp.tensordot(window, states.bound.sum(1), 1)
        odds = equations.any_odds(who.inclination, yesterday, blockade, medicine.therapy, facts)
        drank = u["any"] < behaviour.chance(odds)
        number = jnp.where(drank, equations.drinks(who.usual, blockade, u["amount"], facts), 0.0)
        return (state, drank * 1.0, quit), Day(number, blockade, took, injected)

    begin = (start(body), jnp.zeros(people), jnp.zeros(people, bool))
    xs = (draws, medicine.tablets, medicine.planned, medicine.injections, medicine.due, medicine.again)
    return jax.lax.scan(day, begin, xs)[1]
