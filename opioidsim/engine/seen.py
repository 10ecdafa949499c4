"""Any quantity of a course at the times at which each person was observed, as a function of facts: for fits with effects.

All people march on one grid of all their doses and observations, traced as a whole, so that JAX takes derivatives through kinetics,
binding and effects by the very equations of a run. Kinetics alone have a faster way (`linear`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, course, course_arrays
from opioidsim.engine.history import SOON, Walk
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.observing import FOLLOWED, adapted, observe
from opioidsim.engine.regimens import Happenings, happenings
from opioidsim.refusal import Refusal, shown

MOST = 4000  # steps of the common grid: with more a fit would take hours
LOOK = 0.25  # hours between looks at activation, where people adapt


def quantities(
    given: Inputs, times: Sequence[np.ndarray], kinds: Sequence[np.ndarray], names: Sequence[str]
) -> Callable[[Inputs], jax.Array]:
    """A function from the same inputs with facts at other values, (people,) each, to what is predicted at each observation,
    (observations, people). times: of each person [h]; kinds: which of the `names` each is of. Raises Refusal for what it does
    not follow: steady states, resets, traits that change in time, too many different times."""
    course.sound_arithmetic()
    _refuse(given)
    people, rows = len(given.regimens), happenings(given.regimens, given.plan)
    end = max(float(each.max(initial=0.0)) for each in times)
    soon = (np.unique(rows.tick)[:, None] * clock.TICK + SOON).ravel()  # steps end there as it is
    looks = np.concatenate([np.arange(0.0, end, LOOK), soon[soon < end]]) if set(FOLLOWED) & set(names) else np.zeros(1)
    ticks = np.unique(clock.ticks(np.concatenate([[0.0], looks, *times])))
    (tick, number), which = np.unique(np.stack([rows.tick, rows.input]), axis=1, return_inverse=True)
    lowest, grid = clock.levelled(clock.grid(tick * clock.TICK, ticks * clock.TICK))
    if len(grid.level) > MOST:
        raise Refusal(
            f"all doses and observations together are {len(grid.level)} steps, and with effects at most {MOST} are followed; round the times, so that people share them, or fit the kinetics alone."
        )
    most = max(map(len, times))
    slot, kind = np.zeros((most, people), int), np.zeros((most, people), int)
    for i, (when, what) in enumerate(zip(times, kinds, strict=True)):
        slot[: len(when), i], kind[: len(when), i] = np.searchsorted(ticks, clock.ticks(when)), what

    def follow(under: Inputs) -> jax.Array:
        values = under.values(range(people))
        body = course_arrays.body_of(under.plan, values)
        walk = Walk(under, values, body, course.prepare(body, lowest, clock.LONGEST), lowest)
        amount = jnp.zeros((len(tick) + 1, people)).at[which + 1, rows.person].add(_nanomoles(under, values, rows))
        events = course.Events(amount, np.concatenate([[0], number]))
        states, _ = course.march(walk.body, walk.steps, course.start(body), events, grid, len(ticks))
        found = observe(walk, states, names) | adapted(walk, states, ticks * clock.TICK, range(people))
        return jnp.stack([found[name] for name in names])[kind, slot, np.arange(people)]

    return follow


def _nanomoles(given: Inputs, values: Mapping[str, Any], rows: Happenings) -> jax.Array:
    """What each row adds [nmol], or [nmol/h] at an infusion's edge, in its person."""
    mine = {
        name: jnp.broadcast_to(jnp.asarray(value), (len(given.regimens),))[rows.person]
        for name, value in values.items()
    }
    amount = jnp.asarray(rows.amount) * jnp.where(rows.per_kg, mine["person.weight"], 1.0)
    for number, (drug, route, infused) in enumerate(given.plan.inputs):
        counts = amount if infused else course_arrays.counted(mine, drug, route, amount)
        amount = jnp.where(rows.input == number, counts * course_arrays.nanomoles(mine, drug, route), amount)
    return amount


def _refuse(given: Inputs) -> None:
    """Refuses by name what a fit with effects does not follow."""
    for one in given.regimens:
        what = "doses at steady state" if any(dose.steady for dose in one.doses) else "a reset" if one.resets else ""
        what = "a trait that changes in time" if len(one.changes) > 1 else what
        if what:
            raise Refusal(
                f"ID {shown(one.id, 20)} has {what}, which a fit with effects does not follow; give the doses that lead up to it, or fit the kinetics alone."
            )
