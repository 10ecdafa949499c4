"""Drinking day by day under naltrexone, on top of the course clock. One scan over days for all people of a chunk.

A day begins with the morning's tablet or the injection. Kinetics and receptor are those of every
other question; blockade is the share of mu receptors held, averaged over the drinking period.
Drinking is a hurdle model: first whether, then how much (`model/drinking.py`).

Drinking does not act back on kinetics or receptor, but a tablet that is taken only when drinking is
expected hangs on the day before: so days are lived one by one here too.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from opioidsim.engine import clock
from opioidsim.engine.course import Body, Events, Steps, march, start
from opioidsim.model import behaviour
from opioidsim.model import drinking as equations

DRAWS = ("any", "amount", "take", "quit", "come", "back")  # what chance decides on a day


class Drinker(NamedTuple):
    """What does not change in a person; each (people,).

    inclination: logit of drinking on a day after one without. usual: mean drinks on a drinking day.
    take: logit of taking a tablet.
    """

    inclination: Any
    usual: Any
    take: Any


class Medicine(NamedTuple):
    """An arm, as the days need it.

    tablets, injections: [mg], (days, inputs). planned: whether a tablet is due, (days,). due:
    whether an injection is; again: due, and not the first, to which everyone comes.
    per_mg: nmol per mg, (inputs, people), 0 in placebo. inputs: (inputs,) of the course.
    therapy: what it takes from the logit of drinking, (people,). targeted: tablets only on days
    when drinking is expected. back: the chance a day that who has given up takes it up again.
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
    back: Any


class Day(NamedTuple):
    """What is remembered of each day, (days, people).

    drinks: standard drinks, whole ones. blockade: mean share of mu receptors held over the drinking
    period. took, injected: whether a tablet was taken, an injection given.
    """

    drinks: Any
    blockade: Any
    took: Any
    injected: Any


@partial(jax.jit, static_argnames=("slots",))
def live(
    body: Body, steps: Steps, who: Drinker, medicine: Medicine, facts, grid: clock.Grid, window, slots: int, draws
):
    """The days of a trial with `draws` (days, DRAWS, people); nobody drank the day before it.

    grid: of one day, with first an event per input in the morning, then one per input before
    drinking; window: weights of its slots in the mean over the drinking period, (slots,). Returns a
    Day with a leading axis of days.

    One draw decides whether someone drinks, with and without blockade: the wish that a targeted
    tablet follows and the drinking that it prevents are then the same day of the same person.
    Foresight of that wish is imperfect, by two chances: of expecting it where it comes, and where
    it does not.
    """
    people = who.usual.shape

    def day(carry, now):
        """One day of everyone: who expects to drink, what is taken, blockade over the drinking period, drinks.

        Who gives up tablets, or does not come to an injection again, has no more of either, until coming back.
        """
        state, yesterday, quit = carry
        chance, tablets, planned, injections, due, again = now
        u = dict(zip(DRAWS, chance, strict=True))
        wish = equations.any_odds(who.inclination, yesterday, 0.0, 0.0, facts)
        would = u["any"] < behaviour.chance(wish)
        expects = u["take"] < jnp.where(would, facts.foresee, facts.false_alarm)
        takes = jnp.where(medicine.targeted, expects, u["take"] < behaviour.chance(who.take))
        gives_up = planned & ~medicine.targeted & (u["quit"] < facts.quit)
        quit = quit & (u["back"] >= medicine.back) | gives_up | again & (u["come"] >= facts.come_again)
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
