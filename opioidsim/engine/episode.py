"""The episode clock: seconds to hours. One fixed step for breathing, kinetics and receptors; what happens, in one pass.

Each step evaluates breathing once (`breath`, after Adams and Bashforth). Then, with blood flow known at
both ends of the step, drugs move by Runge and Kutta's step and receptors by that of the course
clock, Radau's: a dose may jump, and needs no past.

Why not the course clock: here blood flow changes the concentrations of drugs, drugs change
breathing, and blood that left the lung arrives later. Nothing is linear any more, and the delays
need steps of one length. Why one length for everyone: people side by side take the same step, and
what happens to one (a dose, a collapse) is a choice between two values, never another path through
the code.

The step holds the verdicts: at STEP none of 10,920 differs from an eighth of it (docs/numerics.md).
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.cases.scenario import STEP
from opioidsim.engine import device
from opioidsim.engine.breath import breathe, nothing
from opioidsim.engine.course import Array
from opioidsim.engine.watch import Doses, Rescue, Seen, blank, give, helped, note
from opioidsim.model import breathing, receptor, stepping
from opioidsim.model.breathing import Gas

if TYPE_CHECKING:
    from jaxtyping import Float

SETTLING = 3600  # seconds from the published starting values to rest
SLOTS = 128  # of a piece of the march


class Wiring(NamedTuple):
    """How the compartments hang together: the same for everyone, known when the march is compiled.

    rows: how many compartments. flows: (from, to) by row; to = -1: out of the body.
    links: (from, to, whether shrinking raises it): `to` is filled and `from` loses nothing.
    shrinking_rates: central compartments whose whole rate of change is multiplied by S.
    saturable: compartments that empty by Vmax A / (Km + A).
    sites, sedatives: the effect site of each ligand, of each sedative.

    Written out flow by flow instead of as a matrix: most of a matrix would be zeros, and the rows
    that S or saturation change would have to be taken out of it again.
    """

    rows: int
    flows: tuple[tuple[int, int], ...]  # (from, to); to = -1: out of the body
    links: tuple[tuple[int, int, bool], ...]  # (from, to, whether shrinking raises it): `to` is filled, nothing leaves
    shrinking_rates: tuple[int, ...]  # central compartments whose whole rate of change is multiplied by S
    saturable: tuple[int, ...]  # compartments that empty by Vmax A / (Km + A)
    sites: tuple[int, ...]  # effect site of each ligand
    sedatives: tuple[int, ...]  # effect site of each sedative


class Drugs(NamedTuple):
    """Rates and bindings of these people, the last axis. Seconds, nmol, nM.

    flows: (flows, people) [1/s]. links: (links, people), [1/s per L] of effect sites, shares of
    pumps.
    most [nmol/s], half [nmol]: (saturable, people). kon [1/s per nM^n], koff [1/s], n, efficacy in
    breathing 0..1: (ligands, people).
    c50 [nM], potentiation: (sedatives, people). tolerance: (people,), 0 naive, 1 chronic. gain: stimulus to breathing per
    activation, (people,); steepness: of the effect, (). The published program's reading has no use for these two.
    """

    flows: Float[Array, "flows people"]  # [1/s]
    links: Float[Array, "links people"]
    most: Float[Array, "saturable people"]  # [nmol/s]
    half: Float[Array, "saturable people"]  # [nmol]
    kon: Float[Array, "ligands people"]  # [1/s per nM^n]
    koff: Float[Array, "ligands people"]  # [1/s]
    n: Float[Array, "ligands people"]
    efficacy: Float[Array, "ligands people"]
    c50: Float[Array, "sedatives people"]  # [nM]
    potentiation: Float[Array, "sedatives people"]
    tolerance: Float[Array, " people"]
    gain: Float[Array, " people"]
    steepness: Any


class State(NamedTuple):
    """Everything that moves.

    gas: breathing and circulation, see `breathing.Gas`. x: amounts [nmol], sites [nM] and pumps
    [nmol/s], one array (people,) for each compartment. bound: shares 0..1, one array for each
    ligand. Tuples of arrays, so that the compiled step names each number instead of cutting it out
    of a larger array.
    """

    gas: Gas
    x: tuple
    bound: tuple


def at_first(body, people: int) -> Gas:
    """The published values before settling, for so many people: no reflex, no change of flow, hypoxia and beat at 1."""
    first = (body.start_lung_CO2, body.start_lung_O2, body.start_brain_CO2, body.start_brain_O2, body.start_tissue_CO2,
             body.start_tissue_O2, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)  # fmt: skip
    return Gas(*(np.full(people, value) for value in first))


def taken(wiring: Wiring, drugs: Drugs, x, bound, body):
    """What the drugs leave of the drives to breathe, see `breathing.drives`; in the reading of the published
    program, whose physiology has exponents of its own, `breathing.published_drives`.

    Mu activation is the sum of efficacy times bound share; sedation C / C50 of each sedative.
    """
    none = jnp.zeros(jnp.shape(drugs.tolerance))
    activation = sum((e * b for e, b in zip(drugs.efficacy, bound, strict=True)), none)
    shares = [jnp.maximum(x[row], 0.0) / c for row, c in zip(wiring.sedatives, drugs.c50, strict=True)]
    if hasattr(body, "P1"):
        return breathing.published_drives(activation, sum(shares, none), drugs.tolerance, body)
    boost, rest = 1.0 + none, 1.0 + none
    for share, more in zip(shares, drugs.potentiation, strict=True):
        boost, rest = boost + more * share, rest * (1.0 - body.sedated * share / (1.0 + share))
    return breathing.drives(drugs.gain * activation, drugs.steepness, boost, rest, body)


def kinetics(wiring: Wiring, drugs: Drugs, x: tuple, shrunk) -> tuple:
    """d(amounts and sites)/dt, one array (people,) for each row. Mann 2022.

    shrunk: S, by which a high flow raises concentrations at a given amount. It acts on what is
    filled from plasma (effect sites), since their source is a concentration; in compartments marked
    so it multiplies the whole rate instead. Why a high flow should shrink a volume:
    docs/breathing.md.
    """
    change = [0.0] * wiring.rows
    for (source, target), rate in zip(wiring.flows, drugs.flows, strict=True):
        flow = rate * x[source]
        change[source] = change[source] - flow
        if target >= 0:
            change[target] = change[target] + flow
    for row, most, half in zip(wiring.saturable, drugs.most, drugs.half, strict=True):
        change[row] = change[row] - most * x[row] / (half + jnp.maximum(x[row], 0.0))
    for (source, target, shrinks), rate in zip(wiring.links, drugs.links, strict=True):
        change[target] = change[target] + rate * x[source] * (shrunk if shrinks else 1.0)
    for row in wiring.shrinking_rates:
        change[row] = change[row] * shrunk
    return tuple(c + np.zeros(np.shape(drugs.tolerance)) for c in change)


def unmoved(wiring: Wiring, drugs: Drugs, state: State) -> tuple[Wiring, Drugs, State]:
    """The same people with drugs that stay where they are: all that `look` and `settled` need, and alike for most drugs. Beside them
    stand some that are not there, up to a multiple of four ligands and to one sedative: few numbers of them are compiled."""
    people, x = np.shape(drugs.tolerance), tuple(state.x[row] for row in wiring.sedatives)
    ligands, sedatives = max(4, len(state.bound) + -len(state.bound) % 4), max(1, len(x))
    none, nobody = np.zeros((0, *people)), np.zeros(people)

    def beside(each, many: int, value: float = 0.0) -> np.ndarray:
        """The rows, and behind them others of this value, up to so many."""
        return np.concatenate([each, np.full((many - len(each), *people), value)])

    still = drugs._replace(
        flows=none, links=none, most=none, half=none, kon=none, koff=none, n=none, efficacy=beside(drugs.efficacy, ligands),
        c50=beside(drugs.c50, sedatives, 1.0), potentiation=beside(drugs.potentiation, sedatives),
    )  # fmt: skip
    bound = (*state.bound, *(nobody,) * (ligands - len(state.bound)))
    x = (*x, *(nobody,) * (sedatives - len(x)))
    return Wiring(sedatives, (), (), (), (), (), tuple(range(sedatives))), still, state._replace(x=x, bound=bound)


@partial(jax.jit, static_argnames=("wiring",), inline=True)
def look(wiring: Wiring, drugs: Drugs, state: State, body):
    """Blood, what is left of the drives, and what can be seen: everything that follows at once from a state."""
    blood = breathing.circulate(state.gas, body)
    left = taken(wiring, drugs, state.x, state.bound, body)
    flow = blood.brain_flow + blood.tissue_flow
    breath = breathing.ventilation(state.gas, flow, left.awake, body)
    co2, o2 = blood.pressure
    full = breathing.saturation(blood.arterial[1], body)
    return blood, left, Seen(breath, o2, co2, full, blood.brain[1], flow * 60.0)


def change(wiring: Wiring, drugs: Drugs, state: State, blood, left, arriving, c: float, collapsing, body):
    """d(state)/dt of everything at once, as it is at share c of a step, and the association rates of the ligands [1/s].

    The march takes the same equations part by part: `breathe`, `medicate`. This is the whole system
    in one place, for other solvers. arriving(c, flow): firing and brain CO2 of the blood that
    arrives then. collapsing: whether the circulation fails.
    """
    flow = blood.brain_flow + blood.tissue_flow
    breath = breathing.ventilation(state.gas, flow, left.awake, body)
    gas = breathing.change(state.gas, blood, breath, left, arriving(c, flow), collapsing, body)
    sites = zip(wiring.sites, drugs.kon, drugs.n, strict=True)
    rates = [receptor.association(kon, n, state.x[row]) for row, kon, n in sites]
    free = 1.0 - sum(state.bound)
    bound = tuple(r * free - k * b for r, k, b in zip(rates, drugs.koff, state.bound, strict=True))
    return State(gas, kinetics(wiring, drugs, state.x, breathing.shrinking(flow, body)), bound), rates


def medicate(wiring: Wiring, drugs: Drugs, steps, sloped: list, x: tuple, bound: tuple, shrunk: tuple, h: float):
    """Amounts, sites and bound shares one step later.

    shrunk: S of the blood flow one step ago, now, and one step later, see `kinetics`. Breathing moves first, so that S in the
    middle of the step is read off the parabola through the three. steps: `receptor.stage_matrices` for this step's length;
    concentrations at the three nodes come from inside the kinetics' own step. sloped: of each ligand, whether anybody's n is not 1.
    """
    before, now, then = shrunk
    along = now, (6.0 * now + 3.0 * then - before) / 8.0, then
    x, inside = stepping.runge_kutta(lambda x, i: kinetics(wiring, drugs, x, along[i]), x, h, receptor.NODES)
    if not wiring.sites:
        return x, bound
    each = zip(wiring.sites, drugs.kon, drugs.n, sloped, strict=True)
    rates = jnp.stack([device.association(kon, n, jnp.stack(inside(row)), bent) for row, kon, n, bent in each])
    return x, tuple(receptor.step(jnp.stack(bound), rates, *steps))


@partial(jax.jit, static_argnames=("wiring", "h"))
def settled(wiring: Wiring, body, drugs: Drugs, state: State, h: float = STEP / 2.0) -> State:
    """The state with breathing at rest: after an hour in which the drugs are held where they are.

    An hour because the published figures begin there, not quite settled. Drugs are held so that who
    arrives with a depot or in withdrawal rests at what they have, and does not lose an hour of it.
    """
    left = taken(wiring, drugs, state.x, state.bound, body)

    def one(n, carry):
        """One step of breathing alone."""
        gas, memory = carry
        blood = breathing.circulate(gas, body)
        breath = breathing.ventilation(gas, blood.brain_flow + blood.tissue_flow, left.awake, body)
        return breathe(gas, memory, blood, breath, left, n, h, False, body)

    people = jnp.shape(drugs.tolerance)[0]
    gas, _ = jax.lax.fori_loop(0, round(SETTLING / h), one, (state.gas, nothing(people, h)))
    return state._replace(gas=gas)


def march(wiring: Wiring, body, drugs: Drugs, state: State, doses: Doses, rescue: Rescue,
          steps: int, per_slot: int, h: float = STEP, second_look: bool = False, clamped: bool = False):  # fmt: skip
    """What is seen from 0 on, `per_slot` steps apart, and at the end, after so many steps; and the tally there. Of the tally
    alone, see `leaving.tally`.

    Returns Seen, x and bound with a leading axis (slots,), x and bound as tuples; and the Tally. Values at the time of a dose
    are those just before it. It goes piece by piece through a march that is compiled for SLOTS slots: an episode may last as
    long, and be looked at as often, as it likes. For a card it is compiled for so many slots and steps: after each step of a loop
    of unknown length the host would be asked.

    Whatever is watched for is noted in the same pass, with every step and not only at the slots.

    clamped: gases stay as they are at the start, and with them blood flow, while drugs move: what is
    breathed in keeps them there.
    """
    carry, pieces, slots = started(body, drugs, state, h), [], -(-steps // per_slot) + 1
    body, drugs, doses, rescue = jax.device_put((body, drugs, spare(doses), rescue))
    piece = min(slots, SLOTS) if device.accelerated() else SLOTS
    for base in range(0, slots, piece):
        first, end = max((base - 1) * per_slot + 1, 0), min((base + piece - 1) * per_slot, steps) + 1
        carry, shown = leg(
            wiring, body, drugs, doses, rescue, carry, first, end, base, per_slot, piece, h, second_look, clamped
        )
        pieces.append(shown)
    return *jax.tree.map(lambda *parts: np.concatenate(parts)[:slots], *pieces), carry[2]


def started(body, drugs: Drugs, state: State, h: float) -> tuple:
    """What goes from step to step, as the march begins: state, memory, tally, what was seen last, S of the flow before and now."""
    people = jnp.shape(drugs.tolerance)[0]
    memory, shrunk = _resting(state.gas, body, people, h)
    carry = state, memory, blank(people), Seen(*(np.zeros(people),) * len(Seen._fields)), (shrunk, shrunk)
    return jax.tree.map(np.asarray, carry)  # of one type, so that the first piece is compiled as the others are


@partial(jax.jit, static_argnames=("people", "h"))
def _resting(gas: Gas, body, people: int, h: float):
    """The memory of a state at rest, and S of its blood flow."""
    return nothing(people, h), breathing.shrinking(sum(breathing.flows(gas, body)), body)


def spare(doses: Doses) -> Doses:
    """The doses with some behind them that never come, up to a multiple of four: few numbers of doses are compiled."""
    more = -len(doses.step) % 4
    step = np.concatenate([doses.step, np.full((more, *doses.step.shape[1:]), -1)])
    return Doses(step, *(np.concatenate([part, np.zeros((more, *part.shape[1:]))]) for part in doses[1:]))


def leg(wiring: Wiring, body, drugs: Drugs, doses: Doses, rescue: Rescue, carry, first, end, base, per_slot, slots, h, second_look, clamped):  # fmt: skip
    """`_piece`; for a card compiled for so many steps."""
    count = end - first if device.accelerated() else None
    return _piece(
        wiring, body, drugs, doses, rescue, carry, first, end, base, per_slot, slots, h, second_look, clamped, count
    )


@partial(jax.jit, static_argnames=("wiring", "slots", "h", "second_look", "clamped", "count"))
def _piece(wiring: Wiring, body, drugs: Drugs, doses: Doses, rescue: Rescue, carry, first, end, base, per_slot, slots, h, second_look, clamped, count=None):  # fmt: skip
    """`march` from step `first` to before `end`, and what is seen at so many slots from `base` on, zero after the last.

    count: how many steps that is, where it is known as this is compiled. Every step writes into the slot that comes next; the last to write is on it.
    """
    steps, sloped = receptor.stage_matrices(drugs.koff, h) if wiring.sites else (), [jnp.any(n != 1.0) for n in drugs.n]

    def one(n, carry):
        """One step: look, note, give what is due, breathe, then move drugs and receptors with the flow
        before and after.
        """
        state, memory, tally, last, (before, now), shown = carry
        blood, left, seen = look(wiring, drugs, state, body)
        last = Seen(*(jnp.where(n == 0, a, b) for a, b in zip(seen, last, strict=True)))
        if slots:
            put = partial(jax.lax.dynamic_update_index_in_dim, index=(n + per_slot - 1) // per_slot - base, axis=0)
            shown = jax.tree.map(put, shown, (seen, state.x, state.bound))
        tally = note(tally, last, seen, n * h, h, rescue.level, body, second_look)
        x, beat, tally = give(state.x, state.gas.beat, tally, seen, doses, rescue, n, h, body)
        held = state.gas._replace(beat=beat)
        breath, around = helped(rescue, tally, seen.ventilation, n * h, body)
        gas, memory = breathe(held, memory, blood, breath, left, n, h, n * h >= tally.collapse, around)
        # clamped, or nothing flows any more: gases stay as they are, and no delay grows beyond all bounds
        still = clamped or (n * h >= tally.stop)
        gas = jax.tree.map(lambda was, now: jnp.where(still, was, now), held, gas)
        then = breathing.shrinking(sum(breathing.flows(gas, body)), body)
        x, bound = medicate(wiring, drugs, steps, sloped, x, state.bound, (before, now, then), h)
        return State(gas, x, bound), memory, tally, seen, (now, then), shown

    empty = jax.tree.map(lambda each: jnp.zeros((slots, *jnp.shape(each))), (carry[3], carry[0].x, carry[0].bound))
    many = end - first if count is None else count
    *carry, shown = jax.lax.fori_loop(0, many, lambda i, carry: one(first + i, carry), (*carry, empty))
    return tuple(carry), shown
