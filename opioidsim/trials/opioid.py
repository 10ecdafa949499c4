"""Day by day: what people do, on top of the course clock. One scan over days for all people of a chunk.

A day has three parts of eight hours. The day's medicine is taken as the first begins; an opioid may
be used an hour into each. Kinetics, receptor and adaptation are those of every other question; only
the steps are few (see docs/trials.md): halving them all moves tolerance, withdrawal and blockade by
less than 0.01.

What people do feeds back: a use that is felt makes the next one, and leaving, likelier; one that is
blocked teaches that there is nothing to be had. So days cannot be marched first and decided
afterwards, and doses are not events of a grid but amounts that each day decides, 0 for who takes
nothing. Everyone goes through the same steps.

The chances themselves are in `model/behaviour.py`, their coefficients in
`library/body/behaviour.toml`.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock
from opioidsim.engine.course import Body, Events, State, Steps, march, start
from opioidsim.model import adaptation, behaviour, effects
from opioidsim.model.adaptation import Adapted, Signal
from opioidsim.trials import pieces
from opioidsim.trials.opioid_people import Day, Medicine, Mind, Person, Treatment

PARTS = 3
WEEK = 7  # days after which a dose is looked at again
LEVELS = (28, 26, 26, 27, 28, 28, 30)  # the steps of a part: 1 h, then 15, 15, 30 min, 1, 1 and 4 h
DRAWS = (
    "wait",
    "leave",
    "take",
    "use",
    "again",
    "still",
    "attend",
    "amount",
    "shift",
    "back",
)  # what chance decides on a day


def grid_of(inputs: int, refine: int = 0) -> tuple[clock.Grid, int, np.ndarray]:
    """The grid of a part with so many inputs of medicine, its lowest level, and the hours between its slots.

    First an event for each input, with steps of no length, the last of them with the first step;
    then the opioid's event before the second step, an hour later. Levels count from the lowest.
    refine: cut every step into 2^refine. Made by hand, not by `clock.grid`: it is the same for
    every part of every day, whatever is taken.
    """
    level, event, slot = [], [], []
    for number in range(1, inputs):
        level.append(-1)
        event.append(number)
        slot.append(0)
    lowest = min(LEVELS) - refine
    for i, size in enumerate(LEVELS):
        for k in range(2**refine):
            first = k == 0
            level.append(size - refine - lowest)
            event.append(inputs if first and i == 0 else inputs + 1 if first and i == 1 else 0)
            slot.append(i)
    grid = clock.Grid(np.array(level, np.int32), np.array(event, np.int32), np.array(slot, np.int32))
    return grid, lowest, 2.0 ** (np.array(LEVELS) - 28.0)


class Begun(NamedTuple):
    """Where people stand as a day begins: what is in their bodies, what was left behind, and their minds."""

    state: State
    adapted: Adapted
    mind: Mind


@partial(jax.jit, static_argnames=("per_day", "refine"))
def habit(body: Body, steps: Steps, medicine: Medicine, who: Person, facts, adapting, begin: Adapted, first: int, per_day: int, refine: int = 0) -> Begun:  # fmt: skip
    """Where people stand at randomisation, day 0: from day `first` on, below 0, their habit `per_day` times a day, until each
    person's own days clean. Tolerance and dependence come from that history and not from a guess.

    No arm, no care and no chance has a part in it, so that it is marched once for all arms. body, steps, medicine: of the habit's
    drug alone. begin: tolerance and dependence at the first day. The others as in `live`.
    """
    march_part, unblocked = _marched(body, steps, medicine, who, begin, facts, adapting, refine)
    people = who.habit.shape
    none = jnp.zeros((1, *people))

    def day(number, carry):
        state, adapted, mind = carry
        goes_on = number < -who.clean
        lived = jnp.where(goes_on, adapted.tolerance, mind.lived)

        def part(carry, index):
            state, adapted = carry
            uses = goes_on & (index < per_day)
            got = march_part(state, adapted, none, who.habit * jnp.where(uses, 1.0, 0.0), uses, unblocked)
            return (got.state, got.adapted), (got.reward, got.satisfied, got.grip, got.blocked)

        (state, adapted), (reward, *felt) = jax.lax.scan(part, (state, adapted), jnp.arange(PARTS))
        satisfied, grip, blocked = (each.mean(0) for each in felt)
        mind = mind._replace(
            rewarded=behaviour.remembered(mind.rewarded, reward.max(0), facts), satisfied=satisfied, grip=grip, blocked=blocked,
            free=jnp.where(goes_on, 0, mind.free + 1), lived=lived,
        )  # fmt: skip
        return state, adapted, mind

    zero, no, whole = jnp.zeros(people), jnp.zeros(people, bool), jnp.zeros(people, int)
    mind = Mind(
        learned=zero + 1.0, rewarded=zero, missed=no, satisfied=zero, grip=zero, blocked=zero, free=whole, began=whole - 1, left=no,
        due=whole, given=whole, lived=zero, stage=whole, since=whole - 1, extra=zero, row=whole, changed=whole,
    )  # fmt: skip
    return Begun(*jax.lax.fori_loop(first, 0, day, (start(body), begin, mind)))


def _marched(body: Body, steps: Steps, medicine: Medicine, who: Person, begin: Adapted, facts, adapting, refine: int):
    """`_part` of these people, and what the habit's dose gives in a body without any drug, against which rewards are measured."""
    inputs = len(medicine.inputs) - 1
    grid, _, hours = grid_of(inputs, refine)
    march_part = partial(_part, body, steps, medicine, grid, hours, adapting, facts)
    none, ones = jnp.zeros((max(inputs, 1), *who.habit.shape)), jnp.ones(who.habit.shape)
    return march_part, march_part(start(body), begin, none, who.habit, ones, ones).peak


def live(body: Body, steps: Steps, medicine: Medicine, who: Person, arm: Treatment, facts, adapting, begin: Adapted, begun: Begun, times, draws, per_day, refine: int = 0) -> Day:  # fmt: skip
    """The days of `times` = (day numbers from 0, visit or not), with `draws` (days, DRAWS, people). Day 0 is randomisation.

    begun: where people stand then, see `habit`; begin: the tolerance and dependence with which their habit began. facts: of
    behaviour, adapting: of adaptation, (people,) each. per_day: at most so many uses a day.
    refine: halve every step so often. Returns a Day with a leading axis of days.

    The reward of a use is measured against what the habit's dose gives in a body without any drug;
    that is marched once, before the days.

    The order within a day: craving; giving up or beginning; leaving; medicine; whether an opioid is
    used, part by part; what was learned. What the opioid does to the hours after it is felt on the
    next day.
    """
    body, steps, medicine, who, arm = jax.device_put((body, steps, medicine, who, arm))
    some = partial(_some_days, body, steps, medicine, who, arm, facts, adapting, begin, per_day, refine=refine)
    return pieces.lived(some, begun, (*times, draws))


@partial(jax.jit, static_argnames=("refine",))
def _some_days(body: Body, steps: Steps, medicine: Medicine, who: Person, arm: Treatment, facts, adapting, begin: Adapted, per_day, begun: Begun, by_day, refine: int):  # fmt: skip
    """Where people stand after these days of `live`, and what is remembered of each. by_day: numbers, visits and draws of the days."""
    march_part, unblocked = _marched(body, steps, medicine, who, begin, facts, adapting, refine)

    def day(carry, now):
        """One day of everyone: what is decided, then its three parts, then what is remembered.

        The draws of a day are there for everyone, also for who has left: who is compared in two
        arms meets the same chances.
        """
        state, adapted, mind = carry
        number, visited, chance = now
        u = dict(zip(DRAWS, chance, strict=True))
        withdrawn = adaptation.score(adapted.symptoms, adapting) / adapting.score_max
        craves = behaviour.craving(mind.learned, mind.satisfied, withdrawn)
        mind, back, switched = _changed(arm, mind, number, u["back"] < arm.changes.back)
        care_of = lambda part: jnp.take_along_axis(part, mind.stage[None], 0)[0]  # noqa: E731
        waiting = (mind.began < 0) & ~mind.left
        clean_for = arm.opioid_free[mind.stage]
        asked = clean_for > 0  # the others get their first dose as they are randomised
        gives_up = waiting & asked & (u["wait"] < behaviour.give_up(withdrawn, arm.outside, facts))
        begins = waiting & ~gives_up & (mind.free >= clean_for)
        began = jnp.where(begins, number, mind.began)
        anew = (mind.since < 0) & (began >= 0) & ~mind.left & (mind.free >= clean_for)
        mind = mind._replace(since=jnp.where(anew, number, mind.since))
        body_feels = (withdrawn, mind.satisfied, mind.grip, mind.blocked)
        hazard = behaviour.leave(mind.rewarded, mind.missed, *body_feels, who.leave, care_of(arm.leave), facts)
        leaves = ~waiting & ~mind.left & (u["leave"] < hazard)
        left = mind.left | gives_up | leaves
        staying = (began >= 0) & ~left
        given, due, took, injected, missed = _medicine(arm, mind, number, staying, craves, who, u, care_of, facts)
        there = staying | waiting & ~left
        care = jnp.where(there, care_of(arm.use), facts.use_alone)
        wants = u["use"] < behaviour.use(craves, mind.rewarded, mind.blocked, who.clean > 0, who.use, care, facts)
        guarded = (began < 0) & ~left & (arm.outside == 0)
        uses = wants & ~guarded
        daily = jnp.exp(facts.amount_spread * u["amount"])

        def part(carry, now):
            """Eight hours, with a use of the day's size where one comes.

            A further use on the same day follows the last one, so that the day's first part decides
            whether there are others.
            """
            state, adapted, learned, uses = carry
            index, more = now
            less = behaviour.amount(1.0, adapted.tolerance, mind.lived, facts.caution, adapting.breathing_potency_loss)
            scale = jnp.where(uses, less * daily, 0.0)
            got = march_part(state, adapted, given * (index == 0), who.habit * scale, uses, unblocked)
            learned = jnp.where(uses, behaviour.learned_after(learned, got.reward, facts), learned)
            further = more < behaviour.again(got.reward, facts)
            seen = (who.milligrams * scale, got.tolerance, got.kept, got.reward, got.satisfied, got.grip, got.blocked)
            return (got.state, got.adapted, learned, uses & further & (index + 1 < per_day)), seen

        xs = (jnp.arange(PARTS), jnp.stack([u["again"], u["still"], u["still"]]))
        (state, adapted, learned, _), seen = jax.lax.scan(part, (state, adapted, mind.learned, uses), xs)
        milligrams, tolerance, kept, reward, satisfied, grip, blocked = seen
        best = reward.max(0)
        learned = jnp.where(uses, learned, behaviour.forgotten(learned, facts))
        mind = Mind(
            learned, behaviour.remembered(mind.rewarded, best, facts), missed, satisfied.mean(0), grip.mean(0), blocked.mean(0),
            jnp.where(uses, 0, mind.free + 1), began, left, due, mind.given + injected, mind.lived,
            mind.stage, mind.since, mind.extra, jnp.where(uses, mind.row + 1, 0), mind.changed,
        )  # fmt: skip
        support = who.attend + jnp.where(there, care_of(arm.attend), 0.0)
        attends = visited & (u["attend"] < behaviour.visit(there, arm.seen[mind.stage], support, facts))
        shown = [a.astype(jnp.float32) for a in (milligrams, tolerance, kept, best, craves, withdrawn)]
        out = Day._make(
            [*shown, staying, begins, took, injected, attends, switched, back, mind.extra.astype(jnp.float32)]
        )
        return Begun(state, adapted, mind), out

    return jax.lax.scan(day, begun, by_day)


class _Part(NamedTuple):
    """What a part of a day leaves; (people,) each but the first two.

    state, adapted: at its end. peak: highest liking after the use, 0-100. reward: 0..1, 0 without a
    use. tolerance: at the moment of use.
    kept: the share of receptors kept from a full agonist at that moment, by an antagonist all that
    it holds, by a partial agonist what it holds times 1 - efficacy.
    satisfied, grip, blocked: means over the eight hours, see `Mind`.
    """

    state: State
    adapted: Adapted
    peak: Any
    reward: Any
    tolerance: Any
    kept: Any
    satisfied: Any
    grip: Any
    blocked: Any


def _part(body, steps, medicine: Medicine, grid, hours, adapting, facts, state, adapted, given, opioid, uses, unblocked) -> _Part:  # fmt: skip
    """Eight hours: the medicine `given` [nmol] (inputs, people) as they begin, the `opioid` [nmol] an hour later.

    uses: who uses, (people,); unblocked: peak liking of the habit without medicine. Adaptation
    moves with the mean of both ends of each step, as everywhere. A medicine holds people by the
    reserve of relief, and is told as activation 0..1. Liking before the use is that an
    hour into the part; the peak is looked for at the ends of the steps in the two hours after it.
    """
    amounts = jnp.concatenate([jnp.zeros((1, *opioid.shape)), given[: len(medicine.inputs) - 1], opioid[None]])
    events = Events(amounts, jnp.concatenate([jnp.zeros(1, jnp.int32), medicine.inputs]))
    states, last = march(body, steps, state, events, grid, len(hours))
    bound = jnp.concatenate([state.bound[None], states.bound])
    relief, breath = adapting.relief_reserve - 1.0, adapting.breathing_reserve - 1.0
    most = adaptation.reached(medicine.efficacy, relief)  # what each ligand alone can reach
    stimulus = bound * medicine.efficacy
    signal = jnp.sum(stimulus, 1)
    active = adaptation.reached(signal, relief)
    gripped = active * jnp.sum(stimulus * most, 1) / jnp.maximum(signal, 1e-12)
    held = jnp.sum(bound * medicine.silent[:, None], 1)
    kept = jnp.sum(bound * medicine.opposing[:, None] * (1.0 - adaptation.reached(medicine.breathing, breath)), 1)
    free = 1.0 - jnp.sum(bound, 1)
    deep = behaviour.depth(held)
    between = [(a[1:] + a[:-1]) / 2.0 for a in (signal, free, held, active, deep)]
    active_between, deep_between = between[3:]
    at_use = adapted
    for i, length in enumerate(hours):
        adapted = adaptation.moved_on(adapted, Signal(*(part[i] for part in between[:3])), length, adapting)
        at_use = adapted if i == 0 else at_use
    highest = signal[2:6].max(0)
    before, peak, full = (
        effects.effect(a, at_use.tolerance, at_use.fast, medicine.liking) for a in (signal[1], highest, unblocked)
    )
    gained = jnp.where(uses, behaviour.reward(peak, before, full), 0.0)
    length = (hours / hours.sum())[:, None]
    satisfied, blocked = (active_between * length).sum(0), (deep_between * length).sum(0)
    grip = (0.5 * (gripped[1:] + gripped[:-1]) * length).sum(0)
    return _Part(last, adapted, highest, gained, at_use.tolerance, kept[1], satisfied, grip, blocked)


def _changed(arm: Treatment, mind: Mind, number, returns):
    """The mind as a physician's rules change its treatment today; who comes back, and who is switched.

    Who has left comes back by chance, `returns`, and begins anew, after the days without opioids that are asked. A switch is to
    the next stage, after so many days of use in a row while in treatment. A dose rises after seven days of it with use on one.
    """
    rules = arm.changes
    back = mind.left & (mind.began >= 0) & returns
    there = (mind.began >= 0) & ~mind.left
    last = len(arm.opioid_free) - 1
    switched = there & (rules.switch > 0) & (mind.row >= rules.switch) & (mind.stage < last)
    again = back | switched
    looks = there & ~again & (mind.since >= 0) & (number - jnp.maximum(mind.changed, mind.since) >= WEEK)
    step, most = rules.step[mind.stage], rules.most[mind.stage]
    rises = looks & (mind.free < WEEK)
    none = jnp.zeros_like(mind.given)
    return (
        mind._replace(
            left=mind.left & ~back,
            stage=mind.stage + switched,
            since=jnp.where(again, none - 1, mind.since),
            given=jnp.where(again, none, mind.given),
            due=jnp.where(again, none, mind.due),
            extra=jnp.where(switched, 0.0, jnp.minimum(mind.extra + rises * step, most)),
            changed=jnp.where(looks, number, mind.changed),
        ),
        back,
        switched,
    )


def _medicine(arm: Treatment, mind: Mind, number, staying, craves, who: Person, u, care_of, facts):
    """What is given today [nmol] (inputs, people); days to the next injection; whether a tablet, an
    injection was, and whether a due one was not.

    Everyone has the first injection as treatment begins; later ones need coming, with the chance of
    giving a urine. An appointment falls early or late by some days (`shift`), and a missed one is
    due again on the next day. Days of tablets count from the first dose of the stage, days after the plan's
    last have none.
    """
    stage, started = mind.stage, staying & (mind.since >= 0)
    into = jnp.clip(number - mind.since, 0, arm.planned.shape[1] - 1)
    planned = started & arm.planned[stage, into]
    took = planned & (u["take"] < behaviour.take(craves, who.take, care_of(arm.take), facts))
    tablets = arm.tablets[stage, into].T
    given = jnp.where(took, tablets + jnp.where(tablets > 0, mind.extra, 0.0), 0.0)
    more = mind.given < arm.count[stage]
    due = started & more & (mind.due <= 0)
    comes = u["take"] < behaviour.come(craves, who.attend + care_of(arm.attend), facts)
    injected = due & ((mind.given == 0) | comes)
    which = jnp.clip(mind.given, 0, arm.shots.shape[1] - 1)
    shot = jnp.where(injected, arm.shots[stage, which], 0.0)
    given = given + jnp.where(jnp.arange(len(given))[:, None] == arm.shot_input[stage], shot, 0.0)
    gap = jnp.maximum(arm.gaps[stage, which] + jnp.round(facts.shift * u["shift"]), 1.0).astype(int)
    missed = planned & ~took | due & ~injected
    return given * arm.per_mg, jnp.where(injected, gap, mind.due - 1), took, injected, missed
