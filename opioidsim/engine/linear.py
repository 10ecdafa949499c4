"""Linear kinetics of people with events of their own, at the times at which each was observed: exact, fast, differentiable.

For fits, which ask for the same curves thousands of times with other parameters. Between two moments x(t + h) = expm(A h) x(t); h is
so many whole units of time, and the matrices of 1, 2, 4, ... units lead there by its binary digits. The unit is the longest in which
all times of the table are whole, so that nominal times take few steps. Everyone steps side by side, each with steps of their own.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, course, course_arrays
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.layout import Layout
from opioidsim.engine.parameters import clearances
from opioidsim.engine.regimens import Happenings, happenings
from opioidsim.model import pharmacokinetics
from opioidsim.refusal import Refusal, shown

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

UNITS = (24.0, 1.0, 1 / 2, 1 / 4, 1 / 10, 1 / 12, 1 / 60, 1 / 100, 1 / 1000, 1 / 3600, 2.0**-20)  # [h] that are tried
SMALL = (
    0.5 / 16.0
)  # of |A| times the shortest step at the typical values: sixteen times faster is still exact to rounding


class Design(NamedTuple):
    """What happens to whom, as steps. People are the last axis of what has one.

    unit: of time [h]. level: (steps, people), which matrix leads over a step; `levels` is the identity. clears: whether all is
    taken away before it. input, amount, per_kg: what is added before it (see `Happenings`), -1 nothing. steady: where doses without
    beginning come before it, the units from one of them to the next, else 0. after: (observations, people), the step after
    which each observation lies. kind: (observations, people), which quantity it is of.
    """

    unit: float
    levels: int
    level: Int[np.ndarray, "steps people"]
    clears: Bool[np.ndarray, "steps people"]
    input: Int[np.ndarray, "steps people"]
    amount: Float[np.ndarray, "steps people"]
    per_kg: Bool[np.ndarray, "steps people"]
    steady: Int[np.ndarray, "steps people"]
    after: Int[np.ndarray, "observations people"]
    kind: Int[np.ndarray, "observations people"]


def kinetics_alone(given: Inputs) -> Inputs:
    """The same without receptors and effect sites, which no concentration rests on. Refuses what is not linear."""
    for drug in given.drugs:
        if drug.induction:
            raise Refusal(
                f"{drug.name} speeds its own clearance, so that its kinetics are not linear; only drugs with linear kinetics can be fitted."
            )
    for one in given.regimens:
        if len(one.changes) > 1:
            raise Refusal(
                f"a trait of ID {shown(one.id, 20)} changes in time; a fit takes one value for each person: write the same one in all of its rows."
            )
        if any(dose.steady and dose.over for dose in one.doses):
            raise Refusal(
                f"ID {shown(one.id, 20)} has an infusion at steady state, which a fit does not solve; give the doses that lead up to it."
            )
    bare = {"ke0": None, "biophase_half_life": None, "receptor": {}, "scan": None, "sedation": None}
    members = [drug.model_copy(update=bare) for drug in given.drugs]
    kinds = {(d.drug, d.route, d.over > 0): d for one in given.regimens for d in one.doses}
    return given.among(members, kinds.values())


def design(given: Inputs, times: Sequence[np.ndarray], kinds: Sequence[np.ndarray]) -> Design:
    """The steps of these people. times: of each person's observations [h], ascending; kinds: which quantity each is of."""
    rows = happenings(given.regimens, given.plan)
    unit = _unit(np.concatenate([rows.tick * clock.TICK, rows.cycle, *times]))
    people = [_steps(rows.of(np.array([i])), when, unit) for i, when in enumerate(times)]
    levels = max(int(step.level) for steps, _ in people for step in steps) + 1
    levels = max(levels, int(np.rint(rows.cycle.max(initial=0.0) / unit)).bit_length())
    longest, most = max(len(steps) for steps, _ in people), max(map(len, times))
    padded = [[*steps, *[NOTHING] * (longest - len(steps))] for steps, _ in people]
    columns = {name: np.array([[getattr(step, name) for step in steps] for steps in padded]).T for name in Step._fields}
    columns["level"] = np.where(columns["level"] < 0, levels, columns["level"])
    after = np.array([[*found, *[0] * (most - len(found))] for _, found in people], int).T
    kind = np.array([[*found, *[0] * (most - len(found))] for found in kinds], int).T
    return Design(unit, levels, **columns, after=after, kind=kind)


def _unit(hours: np.ndarray) -> float:
    """The longest unit [h] in which all of these times are whole, to the clock's own accuracy; else the shortest."""
    off = lambda unit: np.abs(hours - np.rint(hours / unit) * unit).max(initial=0.0)  # noqa: E731
    return next((unit for unit in UNITS if off(unit) <= 4.0 * clock.TICK), UNITS[-1])


class Step(NamedTuple):
    """A step of one person; see `Design`. level: -1 where no time passes."""

    level: int = -1
    clears: bool = False
    input: int = -1
    amount: float = 0.0
    per_kg: bool = False
    steady: int = 0


NOTHING = Step()


def _steps(rows: Happenings, times: np.ndarray, unit: float) -> tuple[list[Step], list[int]]:
    """A person's steps, and after which of them each observation lies; what happens at its time comes behind it."""
    steps, after, waiting, now = [NOTHING], [], [], 0
    when = [(round(t / unit), 0, k) for k, t in enumerate(times)]
    when += [(round(t * clock.TICK / unit), 1, k) for k, t in enumerate(rows.tick)]
    for at, is_event, k in sorted(when):
        if at > now:
            digits = [level for level in range((at - now).bit_length()) if (at - now) >> level & 1]
            steps += waiting[:-1]
            steps += [(waiting or [NOTHING])[-1]._replace(level=digits[0]), *(Step(level) for level in digits[1:])]
            waiting, now = [], at
        if is_event:
            cycle = round(rows.cycle[k] / unit)
            what = int(rows.input[k]), float(rows.amount[k]), bool(rows.per_kg[k]), cycle
            waiting.append(Step(-1, bool(rows.clears[k]), *what))
        else:
            after.append(len(steps) - 1)
    return steps, after


def concentrations(given: Inputs, plan: Design, drugs: Sequence[str]) -> Callable[[Mapping[str, Any]], jax.Array]:
    """A function from parameters by name, (people,) each, as `Inputs.values` has them, to the concentration [ng/mL] at each
    observation, (observations, people). drugs: whose, by the kinds of the design."""
    course.sound_arithmetic()
    people = range(plan.level.shape[1])
    typical = course_arrays.body_of(given.plan, given.values(people))
    fastest = float(np.abs(np.asarray(typical.a)).sum(1).max()) * plan.unit
    halvings = max(int(np.ceil(np.log2(max(fastest, 1e-12) / SMALL))), 0)
    still = np.ones((len(given.plan.blocks), given.plan.size), bool)
    for name, place in given.plan.place.items():
        still[place] = name in given.plan.pumps

    def follow(values: Mapping[str, Any]) -> jax.Array:
        body = course_arrays.body_of(given.plan, values)
        a, entry = jnp.asarray(body.a), jnp.asarray(body.entry)
        e = pharmacokinetics.exponentials(a, plan.unit * 0.5**halvings, halvings + plan.levels)[halvings:][
            : plan.levels
        ]
        whole = jnp.concatenate([e, jnp.broadcast_to(jnp.eye(a.shape[1])[None, None, :, :, None], (1, *a.shape))])
        per_mg = _nanomoles(given.plan, values, len(people))
        amount = plan.amount * jnp.where(plan.per_kg, values["person.weight"], 1.0)
        who = np.arange(len(people))
        for number, (drug, route, infused) in enumerate(given.plan.inputs):
            if not infused:
                counts = course_arrays.counted(values, drug, route, amount)
                amount = jnp.where(plan.input == number, counts, amount)
        amount = jnp.where(plan.input < 0, 0.0, amount * per_mg[plan.input, who])
        left, turn = _left(plan, e, entry, amount, still)
        seen = jnp.stack([_readout(given.plan, values, drug, a.shape) for drug in drugs])

        def one(x, now):
            level, clears, number, dose, past, k = now
            put = dose * jnp.moveaxis(entry[number, :, :, who], 0, -1)
            x = jnp.where(clears, 0.0, x) + jnp.where(past > 0, jnp.moveaxis(left[k, :, :, who], 0, -1), put)
            x = jnp.einsum("pbij,bjp->bip", whole[level, :, :, :, who], x)
            return x, jnp.einsum("kbip,bip->kp", seen, x)

        start = jnp.zeros((*a.shape[:2], len(people)))
        steps = (plan.level, plan.clears, plan.input, amount, plan.steady, turn)
        return jax.lax.scan(one, start, steps)[1][plan.after, plan.kind, who]

    return follow


def _nanomoles(plan: Layout, values: Mapping[str, Any], people: int) -> Any:
    """What a milligram of each way of dosing is [nmol], (inputs, people)."""
    each = [course_arrays.nanomoles(values, drug, route) for drug, route, _ in plan.inputs]
    return jnp.stack([jnp.broadcast_to(jnp.asarray(one), (people,)) for one in each])


def _left(plan: Design, e, entry, amount, still: np.ndarray) -> tuple[Any, np.ndarray]:
    """What doses without beginning left just before the next of them, by their turn in each person, (turns, blocks, m, people);
    and the turn of each step. A geometric series: E d + E^2 d + ... = (1 - E)^-1 E d."""
    turn = np.maximum(np.cumsum(plan.steady > 0, axis=0) - 1, 0)
    turns, who, found = int((plan.steady > 0).sum(0).max(initial=0)), np.arange(plan.level.shape[1]), []
    for k in range(turns):
        row = np.argmax((plan.steady > 0) & (turn == k), axis=0)
        cycle, put = (
            plan.steady[row, who],
            amount[row, who] * jnp.moveaxis(entry[plan.input[row, who], :, :, who], 0, -1),
        )
        period = jnp.broadcast_to(jnp.eye(still.shape[1])[None, :, :, None], e.shape[1:])
        for level in range(plan.levels):
            period = jnp.where(cycle >> level & 1, pharmacokinetics.times(e[level], period), period)
        period = jnp.where(still[:, :, None, None] | still[:, None, :, None], 0.0, period)
        last = jnp.einsum("bijp,bjp->bip", period, put)
        matrix = jnp.moveaxis(jnp.eye(still.shape[1])[None, :, :, None] - period, -1, 0)
        found.append(jnp.moveaxis(jnp.linalg.solve(matrix, jnp.moveaxis(last, -1, 0)[..., None])[..., 0], 0, -1))
    return (jnp.stack(found) if found else jnp.zeros((1, *still.shape, len(who)))), turn


def _readout(plan: Layout, values: Mapping[str, Any], drug: str, shape: tuple[int, ...]) -> Any:
    """What each amount [nmol] adds to a drug's plasma concentration [ng/mL], (blocks, m, people)."""
    found = jnp.zeros((*shape[:2], shape[-1]))
    for central, prefix in plan.plasma(drug):
        volume = clearances(values, prefix)[1]
        found = found.at[plan.place[central]].add(values[f"{drug}.molar_mass"] / 1000.0 / volume)
    return found


def with_slopes(curve: Callable[[jax.Array], jax.Array], count: int) -> Callable:
    """A function of numbers (people, count) to curves (observations, people), where no one's curve rests on another's numbers:
    the same, with the slopes in each number, (observations, people, count), all followed at once."""

    def both(w: jax.Array) -> tuple[jax.Array, jax.Array]:
        along = lambda k: jax.jvp(curve, (w,), (jnp.zeros_like(w).at[:, k].set(1.0),))  # noqa: E731
        at, slopes = jax.vmap(along, out_axes=(None, -1))(jnp.arange(count))
        return at, slopes

    return both


def by_slopes(curve: Callable[[jax.Array], jax.Array], count: int) -> Callable[[jax.Array], jax.Array]:
    """The curve, whose derivatives JAX takes forwards: backwards through thousands of short steps costs many times as much."""
    both = with_slopes(curve, count)
    found = jax.custom_vjp(curve)
    found.defvjp(both, lambda slopes, bar: (jnp.einsum("op,opk->pk", bar, slopes),))
    return found
