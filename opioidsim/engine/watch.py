"""What is watched for while an episode runs: when help is called, doses by rule, and whether the circulation collapses.

All of it is noted for everyone with every step, by choices between two values (`where`): people
side by side cannot take different paths. Times of events are found between the steps by a straight
line, so that a verdict does not hang on where a step falls.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import device
from opioidsim.engine.course import Array
from opioidsim.model import breathing

if TYPE_CHECKING:
    from jaxtyping import Float, Int

NEVER = float("inf")


class Seen(NamedTuple):
    """What can be seen at one moment or, with a leading axis, at several: as a monitor would show it; (people,) each.

    ventilation: [L/min]. arterial_o2, arterial_co2: pressures [mmHg]. saturation: of arterial blood
    with oxygen [%].
    brain_o2: pressure [mmHg]. blood_flow: all of it [L/min].
    """

    ventilation: Float[Array, "*times people"]  # [L/min]
    arterial_o2: Float[Array, "*times people"]  # [mmHg]
    arterial_co2: Float[Array, "*times people"]
    saturation: Float[Array, "*times people"]  # [%]
    brain_o2: Float[Array, "*times people"]
    blood_flow: Float[Array, "*times people"]


class Doses(NamedTuple):
    """Doses at known times. Dose k falls before step `step[k]`: amounts x become kept[k] x + added[k].

    step: (doses,), or (doses, people) where each has doses of their own; -1 of none. kept, added: (doses, rows, people); added in nmol, moved on from the dose's time
    to the step's; kept is 1 but where a further spray leaves less of what waits in the nose.
    """

    step: Int[Array, "*doses_people"]
    kept: Float[Array, "doses rows people"]
    added: Float[Array, "doses rows people"]  # [nmol], moved on from the dose's time to the step's

    def of(self, who) -> Doses:
        """Those of some of the people."""
        step = self.step[..., who] if np.ndim(self.step) > 1 else self.step
        return Doses(step, self.kept[..., who], self.added[..., who])


class Helping(NamedTuple):
    """What helpers do for breathing once they have come: `volume` [L/min] while ventilation is under `below` [L/min],
    (people,); oxygen: by how much they raise its inspired pressure [mmHg], from when it is first under `short` [L/min], (people,),
    on. Who does nothing raises by 0: one march for all."""

    volume: Any
    below: Float[Array, " people"]
    oxygen: Any
    short: Float[Array, " people"]


class Rescue(NamedTuple):
    """Doses that wait for a trigger, in slots one after another. Slot j, `d` seconds before a step, adds sum_i added[i, j] d^i.

    level: (people,), ventilation [L/min] under which help is called; not by ventilation where not
    positive.
    at: when help is called whatever happens [s]. delay: from the call until help has come [s], (people,).
    after: from the slot before, of the first from then; one more behind the last: when it is looked once more [s], (slots + 1,).
    count: how many slots. below: only while ventilation is under it [L/min], (slots, people); who is over it is passed over, or,
    where `waits`, given it once under.
    milligrams: what a slot adds to the effective dose [mg], (slots, people). scaled: the slot's amount is for 1 mg of that dose.
    ends: an infusion ends, which is no dose.
    kept: (slots, rows, people); added: (3, slots, rows, people), see `episode_arrays.series`.
    """

    level: Float[Array, " people"]
    at: Any
    delay: Float[Array, " people"]
    after: Any
    count: Any
    below: Float[Array, "slots people"]
    waits: Any
    milligrams: Float[Array, "slots people"]
    scaled: Any
    ends: Any
    kept: Float[Array, "slots rows people"]
    added: Float[Array, "3 slots rows people"]
    helping: Helping

    def of(self, who) -> Rescue:
        """That of some of the people."""
        helping = self.helping._replace(below=self.helping.below[..., who], short=self.helping.short[..., who])
        own = ("level", "delay", "below", "milligrams", "kept", "added")
        return self._replace(helping=helping, **{name: getattr(self, name)[..., who] for name in own})


class Tally(NamedTuple):
    """What is noted of each person on the way, each (people,). Times in s, infinite where it has not happened.

    A field's value here is what stands there before anything has happened. `lowest_...` and
    `highest_...` end with the collapse: what a monitor shows of a body without circulation says
    nothing of breathing.
    """

    trigger: Any = NEVER  # ventilation under the level
    low: Any = NEVER  # arterial O2 at or under P_col_O2
    judged: Any = 0.0  # 1 once that person's circulation was judged and found to hold
    collapse: Any = NEVER  # its onset
    arrest: Any = NEVER  # flow at or under Q_arrest
    stop: Any = NEVER  # flow at or under Q_stop
    lowest_o2: Any = NEVER  # this and the next five: before collapse
    highest_co2: Any = 0.0
    lowest_ventilation: Any = NEVER
    lowest_saturation: Any = NEVER
    apnoea: Any = 0.0  # s with less breath than V_apnoea until now
    longest_apnoea: Any = 0.0
    brain_first: Any = NEVER  # brain O2 at or under the published mark
    brain_last: Any = -NEVER
    oxygen: Any = 0.0  # 1 once helpers have given it
    given: Any = 0.0  # rescue doses so far
    effective: Any = 0.0  # mg of them
    slot: Any = 0  # the next one
    next_dose: Any = NEVER
    short: Any = 0.0  # 1: ventilation still under the level one interval after the last dose
    recovered: Any = NEVER  # ventilation at or over the level after a dose
    again: Any = NEVER  # under it once more
    lost: Any = NEVER  # a number that is not finite


def blank(people: int) -> Tally:
    """Nothing noted yet, for so many people."""
    return Tally(*(np.full(people, value) for value in Tally()))


def come(tally: Tally, rescue: Rescue):
    """When help has come [s], (people,); infinite: it has not been called."""
    return jnp.minimum(tally.trigger, rescue.at) + rescue.delay


def finished(tally: Tally, rescue: Rescue, now: float) -> np.ndarray:
    """Whose tally is what it will be at the end, (people,), at `now` [s]: the circulation has stopped, so that gases stay where
    they are and nobody breathes, and no slot of the rescue is to come or to be looked back at."""
    over = (tally.stop <= now) & np.isfinite(tally.collapse) & np.isfinite(tally.arrest)
    if not len(rescue.kept):
        return over
    planned = np.where(
        tally.slot == 0, np.minimum(tally.trigger, rescue.at) + rescue.delay + rescue.after[0], tally.next_dose
    )
    passed = (tally.slot >= rescue.count) & (planned <= now)
    counted = (rescue.level > 0.0) | (tally.given == 0.0) | np.isfinite(tally.recovered)
    return over & counted & (np.isinf(planned) | passed)


def helped(rescue: Rescue, tally, ventilation, now, body):
    """What is breathed [L/min], and the body in the air that is breathed, with what helpers do for it. They breathe for
    somebody as long as the person's own ventilation is under the level."""
    there = now >= come(tally, rescue)
    given = jnp.where(there & (ventilation < rescue.helping.below), rescue.helping.volume, 0.0)
    more = jnp.where(tally.oxygen > 0.0, rescue.helping.oxygen, 0.0)
    return jnp.maximum(ventilation, given), body._replace(P_I_O2=body.P_I_O2 + more)


def note(tally: Tally, before: Seen, seen: Seen, now, h: float, level, body, second_look: bool) -> Tally:
    """The tally with what has happened between the last step, `before`, and this one, at `now` [s].

    Collapse (Mann 2022): `grace` seconds after arterial O2 first fell to P_col_O2, if it is no
    higher at that moment; only that moment counts. With `second_look` (Strauss 2024) a later fall
    ends in collapse too, `grace` seconds after it.

    h: the step [s]; level: ventilation under which help is called [L/min], (people,). A number that
    is not finite is noted with its time and refused afterwards: inside compiled code nothing can be raised.
    """

    def first(known, old, new, mark):
        """When `new` is first at or under the mark, between the steps by a straight line."""
        share = jnp.where(old > mark, (old - mark) / jnp.where(old > new, old - new, 1.0), 1.0)
        return jnp.where((known == NEVER) & (new <= mark), now - h * (1.0 - jnp.clip(share, 0.0, 1.0)), known)

    def share_under(mark):
        """The share of the last step in which ventilation lay under the mark, by a straight line; (people,)."""
        old, new = before.ventilation, seen.ventilation
        crossed = (mark - jnp.minimum(old, new)) / jnp.where(old == new, 1.0, jnp.abs(old - new))
        return jnp.where((old < mark) == (new < mark), new < mark, crossed)

    low = first(tally.low, before.arterial_o2, seen.arterial_o2, body.P_col_O2)
    due = low + body.grace
    is_due = (now - h < due) & (due <= now) & (tally.judged == 0.0)
    at_due = seen.arterial_o2 + (before.arterial_o2 - seen.arterial_o2) * (now - due) / h
    collapse = jnp.where(is_due & (at_due <= body.P_col_O2), due, tally.collapse)
    judged = jnp.where(is_due & (at_due > body.P_col_O2), 1.0, tally.judged)
    if second_look:
        dip = first(jnp.where(tally.judged == 1.0, NEVER, 0.0), before.arterial_o2, seen.arterial_o2, body.P_col_O2)
        collapse = jnp.where((collapse == NEVER) & (tally.judged == 1.0) & (dip < NEVER), dip + body.grace, collapse)
    alive = now < collapse

    def while_alive(better, old, new):
        """The better of both before a collapse, the old one after it."""
        return jnp.where(alive, better(old, new), old)

    trigger = jnp.where(alive, first(tally.trigger, before.ventilation, seen.ventilation, level), tally.trigger)
    late = jnp.maximum(now - collapse, 0.0)  # since the collapse
    pause = tally.apnoea + h * jnp.where(now > 0.0, share_under(body.V_apnoea), 0.0)
    brain_first = first(tally.brain_first, before.brain_o2, seen.brain_o2, body.P_brain_O2)
    rising = (before.brain_o2 <= body.P_brain_O2) & (seen.brain_o2 > body.P_brain_O2)
    part = (body.P_brain_O2 - before.brain_o2) / jnp.where(rising, seen.brain_o2 - before.brain_o2, 1.0)
    brain_last = jnp.where(
        seen.brain_o2 <= body.P_brain_O2, now, jnp.where(rising, now - h + part * h, tally.brain_last)
    )
    under = seen.ventilation < level
    part = share_under(level)
    recovers = (tally.recovered == NEVER) & (tally.given > 0.0) & ~under
    recovered = jnp.where(recovers, now - h + part * h, tally.recovered)
    again = jnp.where((tally.again == NEVER) & (recovered < NEVER) & under & alive, now - part * h, tally.again)
    finite = jnp.isfinite(sum(seen))
    return tally._replace(
        trigger=trigger,
        low=low,
        judged=judged,
        collapse=collapse,
        arrest=first(tally.arrest, before.blood_flow, seen.blood_flow, body.Q_arrest * 60.0),
        stop=first(tally.stop, before.blood_flow, seen.blood_flow, body.Q_stop * 60.0),
        lowest_o2=while_alive(jnp.minimum, tally.lowest_o2, seen.arterial_o2),
        highest_co2=while_alive(jnp.maximum, tally.highest_co2, seen.arterial_co2),
        lowest_ventilation=while_alive(jnp.minimum, tally.lowest_ventilation, seen.ventilation),
        lowest_saturation=while_alive(jnp.minimum, tally.lowest_saturation, seen.saturation),
        apnoea=jnp.where(seen.ventilation < body.V_apnoea, pause, 0.0),
        longest_apnoea=jnp.where(late < h, jnp.maximum(tally.longest_apnoea, pause - late), tally.longest_apnoea),
        brain_first=brain_first,
        brain_last=brain_last,
        recovered=recovered,
        again=again,
        lost=jnp.where(finite | (tally.lost < NEVER), tally.lost, now),
    )


def give(x: tuple, beat, tally: Tally, seen: Seen, doses: Doses, rescue: Rescue, n, h: float, body):
    """Amounts, collapse so far and tally after the doses that are due at step n, those by the clock
    and those by the rule.

    A dose between two steps enters at the second, moved on by the second-order series of its own
    kinetics. One that waited for need enters at the step at which need was seen. Whether
    ventilation is still under the level one interval after the last dose is noted (`short`): there
    a helper would have wished for another.

    A branch over all people keeps the many steps without any dose cheap. A collapse
    between two steps fades the flow for its part of the step; from the next one on `breathe` does.
    """
    now = n * h
    by_clock = doses.step == n

    def by_the_clock(x):
        """Amounts after the doses at known times that fall before this step, in their order."""

        def one(k, amounts):
            return jnp.where(by_clock[k], doses.kept[k] * amounts + doses.added[k], amounts)

        return _one_by_one(one, x, len(doses.step))

    if len(doses.step):
        x = device.where(jnp.any(by_clock), by_the_clock, lambda x: x, x)
    since = now - jnp.maximum(tally.collapse, now - h)
    fading = jnp.exp(-breathing.collapse_rate(seen.arterial_co2, body) * jnp.maximum(since, 0.0))
    beat = jnp.where((now - h < tally.collapse) & (tally.collapse <= now), beat * fading, beat)
    if not len(rescue.kept):
        return x, beat, tally

    given = (now >= come(tally, rescue)) & (seen.ventilation < rescue.helping.short)
    tally = tally._replace(oxygen=jnp.where(given, 1.0, tally.oxygen))
    slots = jnp.arange(len(rescue.kept))
    mine = jnp.expand_dims(slots, 1) == tally.slot  # (slots, people): which one is next

    def of(each):
        """What the next slot of each person has, (people,); 0 behind the last."""
        return jnp.sum(jnp.where(mine, jnp.reshape(each, (len(each), -1)), 0), 0)

    planned = jnp.where(tally.slot == 0, come(tally, rescue) + rescue.after[0], tally.next_dose)
    under = seen.ventilation < jnp.min(jnp.where(mine, rescue.below, NEVER), 0)
    first = (planned <= now) & (now - h < planned)
    is_due = (planned <= now) & (tally.slot < rescue.count)
    due = is_due & under
    passed = is_due & ~under & ~of(rescue.waits).astype(bool)
    low = (seen.ventilation < rescue.level) * (now < tally.collapse)
    tally = tally._replace(short=jnp.where(first & (tally.given > 0.0), low, tally.short))
    size = jnp.where(of(rescue.scaled) > 0, tally.effective, 1.0)

    def by_the_rule(x):
        """Amounts after each person's next slot, where one is due."""
        ago = jnp.where(now - planned < h, now - planned, 0.0)

        def one(j, amounts):
            added = rescue.added[0, j] + ago * (rescue.added[1, j] + ago * rescue.added[2, j])
            return jnp.where(due & (tally.slot == j), rescue.kept[j] * amounts + size * added, amounts)

        return _one_by_one(one, x, len(rescue.kept))

    x = device.where(jnp.any(due), by_the_rule, lambda x: x, x)
    given_at = jnp.where(now - planned < h, planned, now)
    next_dose = jnp.where(due | passed, given_at + rescue.after[tally.slot + 1], tally.next_dose)
    tally = tally._replace(
        given=tally.given + (due & (of(rescue.ends) == 0)), effective=tally.effective + due * of(rescue.milligrams),
        slot=tally.slot + (due | passed), next_dose=next_dose,
    )  # fmt: skip
    return x, beat, tally


def _one_by_one(one, x: tuple, count: int) -> tuple:
    """Amounts after one(k, amounts) for so many k. A loop: written out, each row of each dose would be compiled for itself, a
    quarter of all that is compiled and kept. On a card no loop stands inside a step."""
    return tuple(jax.lax.fori_loop(0, count, one, jnp.stack(x), unroll=count if device.accelerated() else 1))
