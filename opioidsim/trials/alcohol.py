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
import numpy as np

from opioidsim.cases.visits import WEEK
from opioidsim.engine import clock
from opioidsim.engine.course import Body, Events, Steps, march, start
from opioidsim.model import behaviour
from opioidsim.model import drinking as equations
from opioidsim.trials import pieces

DRAWS = ("any", "amount", "take", "quit", "come", "back")  # what chance decides on a day


class Drinker(NamedTuple):
    """What does not change in a person; each (people,).

    inclination: logit of drinking on a day after one without. usual: mean drinks on a drinking day.
    take: logit of taking a tablet, without anybody who looks on. heavy: drinks from which a day is one of heavy drinking.
    """

    inclination: Any
    usual: Any
    take: Any
    heavy: Any


class Medicine(NamedTuple):
    """An arm, as the days need it, by stage: the arm's own, and that of the arm to which people switch. Days count from the first
    of the stage.

    tablets, injections: [mg], (stages, days, inputs). planned: whether a tablet is due, (stages, days). due:
    whether an injection is; again: due, and not the first, to which everyone comes.
    per_mg: nmol per mg, (inputs, people), 0 in placebo. inputs: (inputs,) of the course.
    therapy: what it takes from the logit of drinking, (stages, people); take: what those who look on add to that of taking a tablet.
    targeted: tablets only on days when drinking is expected, (stages,).
    step: [mg] by which the tablets of a day rise after a week with heavy drinking; most: up to so much more, (stages,). switch: after how
    many days of heavy drinking in a row the next stage begins; 0: never. back: the chance a day that who has given up takes it up again.
    """

    tablets: Any
    planned: Any
    injections: Any
    due: Any
    again: Any
    per_mg: Any
    inputs: Any
    therapy: Any
    take: Any
    targeted: Any
    step: Any
    most: Any
    switch: Any
    back: Any


class Mind(NamedTuple):
    """Where a person stands; each (people,).

    yesterday: whether there was drinking. quit: whether the medicine was given up. stage: of the treatment; since: its first day.
    row: days of heavy drinking in a row; free: days since the last one. extra: what is given more than planned [mg]; changed: the day from
    which the next week of a dose counts.
    """

    yesterday: Any
    quit: Any
    stage: Any
    since: Any
    row: Any
    free: Any
    extra: Any
    changed: Any


class Day(NamedTuple):
    """What is remembered of each day, (days, people).

    drinks: standard drinks, whole ones. blockade: mean share of mu receptors held over the drinking
    period. took, injected: whether a tablet was taken, an injection given. switched: whether the next stage began today. extra: what was
    given more than planned [mg].
    """

    drinks: Any
    blockade: Any
    took: Any
    injected: Any
    switched: Any
    extra: Any


def live(
    body: Body, steps: Steps, who: Drinker, medicine: Medicine, facts, grid: clock.Grid, window, slots: int, draws
) -> Day:
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
    none, whole, no = np.zeros(people), np.zeros(people, int), np.zeros(people, bool)
    begin = start(body), Mind(none, no, whole, whole, whole, whole + WEEK, none, whole)
    body, steps, who, medicine = jax.device_put((body, steps, who, medicine))
    some = partial(_some_days, body, steps, who, medicine, facts, grid, window, slots)
    return pieces.lived(some, begin, (np.arange(len(draws)), draws))


@partial(jax.jit, static_argnames=("slots",))
def _some_days(
    body: Body,
    steps: Steps,
    who: Drinker,
    medicine: Medicine,
    facts,
    grid: clock.Grid,
    window,
    slots: int,
    begin,
    by_day,
):
    """Where people stand after these days of `live`, and what is remembered of each. by_day: numbers and draws of the days."""
    people = who.usual.shape

    def day(carry, now):
        """One day of everyone: who expects to drink, what is taken, blockade over the drinking period, drinks.

        Who gives up tablets, or does not come to an injection again, has no more of either, until coming back.
        """
        state, mind = carry
        number, chance = now
        u = dict(zip(DRAWS, chance, strict=True))
        mind, switched = _changed(medicine, mind, number)
        stage, into = mind.stage, number - mind.since
        of_stage = lambda part: jnp.take_along_axis(part, stage[None], 0)[0]  # noqa: E731
        planned, due, targeted = medicine.planned[stage, into], medicine.due[stage, into], medicine.targeted[stage]
        wish = equations.any_odds(who.inclination, mind.yesterday, 0.0, 0.0, facts)
        would = u["any"] < behaviour.chance(wish)
        expects = u["take"] < jnp.where(would, facts.foresee, facts.false_alarm)
        takes = jnp.where(targeted, expects, u["take"] < behaviour.chance(who.take + of_stage(medicine.take)))
        gives_up = planned & ~targeted & (u["quit"] < facts.quit)
        misses = medicine.again[stage, into] & (u["come"] >= facts.come_again)
        quit = mind.quit & (u["back"] >= medicine.back) | gives_up | misses
        took, injected = planned & takes & ~quit, due & ~quit
        morning = jnp.where(injected, medicine.injections[stage, into].T, 0.0)
        tablets = medicine.tablets[stage, into].T
        tablet = jnp.where(took, tablets + jnp.where(tablets > 0, mind.extra, 0.0), 0.0)
        parts = (jnp.where(targeted, 0.0, tablet) + morning, jnp.where(targeted, tablet, 0.0))
        amounts = jnp.concatenate([jnp.zeros((1, *people)), *(part * medicine.per_mg for part in parts)])
        inputs = jnp.concatenate([jnp.zeros(1, jnp.int32), medicine.inputs, medicine.inputs])
        states, state = march(body, steps, state, Events(amounts, inputs), grid, slots)
        blockade = jnp.tensordot(window, states.bound.sum(1), 1)
        odds = equations.any_odds(who.inclination, mind.yesterday, blockade, of_stage(medicine.therapy), facts)
        drank = u["any"] < behaviour.chance(odds)
        drinks = jnp.where(drank, equations.drinks(who.usual, blockade, u["amount"], facts), 0.0)
        heavy = drinks >= who.heavy
        row, free = jnp.where(heavy, mind.row + 1, 0), jnp.where(heavy, 0, mind.free + 1)
        mind = mind._replace(yesterday=drank * 1.0, quit=quit, row=row, free=free)
        return (state, mind), Day(drinks, blockade, took, injected, switched, mind.extra)

    return jax.lax.scan(day, begin, by_day)


def _changed(medicine: Medicine, mind: Mind, number):
    """The mind as a physician's rules change its treatment this morning, and who is switched.

    A switch is to the next stage, after so many days of heavy drinking in a row; a dose rises after seven days of it with heavy drinking on
    one. Who has given up the medicine is neither switched nor given more.
    """
    last = len(medicine.targeted) - 1
    switched = ~mind.quit & (medicine.switch > 0) & (mind.row >= medicine.switch) & (mind.stage < last)
    looks = ~mind.quit & ~switched & (number - jnp.maximum(mind.changed, mind.since) >= WEEK)
    more = jnp.where(looks & (mind.free < WEEK), medicine.step[mind.stage], 0.0)
    return (
        mind._replace(
            stage=mind.stage + switched,
            since=jnp.where(switched, number, mind.since),
            extra=jnp.where(switched, 0.0, jnp.minimum(mind.extra + more, medicine.most[mind.stage])),
            changed=jnp.where(looks, number, mind.changed),
        ),
        switched,
    )
