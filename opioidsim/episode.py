"""The episode clock: seconds to hours. One fixed step for breathing, kinetics and receptors; what happens, in one pass.

Three things in the body follow faster than a step of a second: oxygen in the brain, and the receptors of each ligand.
They take the step with their own decay done exactly; everything else takes a plain step of fourth order.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from opioidsim.course import Array
from opioidsim.model import breathing, receptor
from opioidsim.model.breathing import Gas
from opioidsim.model.stepping import REMEMBERED, Past, advance, remember
from opioidsim.watch import Doses, Rescue, Seen, blank, give, note

STEP = 1.0  # seconds
SETTLING = 3600  # seconds from the published starting values to rest


class Wiring(NamedTuple):
    """How the compartments hang together: the same for everyone, known when the march is compiled."""

    rows: int
    flows: tuple[tuple[int, int], ...]  # (from, to); to = -1: out of the body
    links: tuple[tuple[int, int, bool], ...]  # (from, to, whether shrinking raises it): `to` is filled, nothing leaves
    shrinking_rates: tuple[int, ...]  # central compartments whose whole rate of change is multiplied by S
    saturable: tuple[int, ...]  # compartments that empty by Vmax A / (Km + A)
    sites: tuple[int, ...]  # effect site of each ligand
    sedatives: tuple[int, ...]  # effect site of each sedative


class Drugs(NamedTuple):
    """Rates and bindings of these people, the last axis. Seconds, nmol, nM."""

    flows: Array  # (flows, people) [1/s]
    links: Array  # (links, people)
    most: Array  # (saturable, people) [nmol/s]
    half: Array  # (saturable, people) [nmol]
    kon: Array  # (ligands, people) [1/s per nM^n]
    koff: Array  # (ligands, people) [1/s]
    n: Array  # (ligands, people)
    efficacy: Array  # (ligands, people)
    c50: Array  # (sedatives, people) [nM]
    tolerance: Array  # (people,)


class State(NamedTuple):
    """Everything that moves: gas; amounts [nmol] and sites [nM], one array each; bound shares, one array per ligand."""

    gas: Gas
    x: tuple
    bound: tuple


def at_first(body, people: int) -> Gas:
    """The published values before settling."""
    first = (body.start_lung_CO2, body.start_lung_O2, body.start_brain_CO2, body.start_brain_O2, body.start_tissue_CO2,
             body.start_tissue_O2, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)  # fmt: skip
    return Gas(*(jnp.full(people, value) for value in first))


def taken(wiring: Wiring, drugs: Drugs, x, bound, body):
    """What the drugs leave of the drives to breathe, see `breathing.drives`."""
    none = jnp.zeros(jnp.shape(drugs.tolerance))
    activation = sum((e * b for e, b in zip(drugs.efficacy, bound, strict=True)), none)
    sedation = sum((x[row] / c for row, c in zip(wiring.sedatives, drugs.c50, strict=True)), none)
    return breathing.drives(activation, jnp.maximum(sedation, 0.0), drugs.tolerance, body)


def kinetics(wiring: Wiring, drugs: Drugs, x: tuple, shrunk) -> tuple:
    """d(amounts and sites)/dt. shrunk: S, by which a high flow raises concentrations at a given amount. Mann 2022."""
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
    return tuple(c + jnp.zeros(jnp.shape(drugs.tolerance)) for c in change)


def look(wiring: Wiring, drugs: Drugs, state: State, body):
    """Blood, what is left of the drives, and what can be seen."""
    blood = breathing.circulate(state.gas, body)
    left = taken(wiring, drugs, state.x, state.bound, body)
    flow = blood.brain_flow + blood.tissue_flow
    breath = breathing.ventilation(state.gas, flow, left[0], body)
    co2, o2 = blood.pressure
    full = breathing.saturation(blood.arterial[1], body)
    return blood, left, Seen(breath, o2, co2, full, blood.brain[1], flow * 60.0)


def change(wiring: Wiring, drugs: Drugs, state: State, blood, left, arriving, c: float, collapsing, body):
    """The change of a state at share c of a step, and the association rates of the ligands."""
    flow = blood.brain_flow + blood.tissue_flow
    breath = breathing.ventilation(state.gas, flow, left[0], body)
    gas = breathing.change(state.gas, blood, breath, left, *arriving(c, flow), collapsing, body)
    sites = zip(wiring.sites, drugs.kon, drugs.n, strict=True)
    rates = [receptor.association(kon, n, state.x[row]) for row, kon, n in sites]
    free = 1.0 - sum(state.bound)
    bound = tuple(r * free - k * b for r, k, b in zip(rates, drugs.koff, state.bound, strict=True))
    return State(gas, kinetics(wiring, drugs, state.x, breathing.shrinking(flow, body)), bound), rates


def before(blood, h: float) -> Past:
    """A past that has always been like the present."""
    steps = round(REMEMBERED / h)
    return Past(*(jnp.broadcast_to(v, (steps, *v.shape)) for v in (blood.firing, blood.brain[0])))


def moved_on(wiring: Wiring, drugs: Drugs, state: State, past: Past, blood, left, n, h: float, collapsing, body):
    """State and past one step later. Blood and `left` are those of this state."""
    flow = blood.brain_flow + blood.tissue_flow
    past, arriving = remember(past, n, blood.firing, blood.brain[0], flow, h, body)
    first, rates = change(wiring, drugs, state, blood, left, arriving, 0.0, collapsing, body)
    decay = State(
        Gas(*(None,) * len(Gas._fields))._replace(brain_o2=breathing.brain_o2_rate(blood, body)),
        (None,) * wiring.rows,
        tuple(r + k for r, k in zip(rates, drugs.koff, strict=True)),
    )

    def inside(c, at):
        left = taken(wiring, drugs, at.x, at.bound, body)
        return change(wiring, drugs, at, breathing.circulate(at.gas, body), left, arriving, c, collapsing, body)[0]

    return advance(inside, state, first, decay, h), past


@partial(jax.jit, static_argnames=("wiring", "h"))
def settled(wiring: Wiring, body, drugs: Drugs, state: State, h: float = STEP) -> State:
    """The state with breathing at rest: after an hour in which the drugs are held where they are."""
    still = Wiring(0, (), (), (), (), (), ())
    left = taken(wiring, drugs, state.x, state.bound, body)
    held = drugs._replace(flows=(), links=(), most=(), half=(), kon=(), koff=(), n=(), efficacy=(), c50=())

    def one(n, carry):
        gas, past = carry
        blood = breathing.circulate(gas, body)
        at = State(gas, (), ())
        flow = blood.brain_flow + blood.tissue_flow
        past, arriving = remember(past, n, blood.firing, blood.brain[0], flow, h, body)
        decay = Gas(*(None,) * len(Gas._fields))._replace(brain_o2=breathing.brain_o2_rate(blood, body))

        def inside(c, gas):
            blood = breathing.circulate(gas, body)
            return change(still, held, State(gas, (), ()), blood, left, arriving, c, False, body)[0].gas

        first = change(still, held, at, blood, left, arriving, 0.0, False, body)[0].gas
        return advance(inside, gas, first, decay, h), past

    blood = breathing.circulate(state.gas, body)
    gas, _ = jax.lax.fori_loop(0, round(SETTLING / h), one, (state.gas, before(blood, h)))
    return state._replace(gas=gas)


@partial(jax.jit, static_argnames=("wiring", "slots", "per_slot", "h", "second_look"))
def march(wiring: Wiring, body, drugs: Drugs, state: State, doses: Doses, rescue: Rescue,
          slots: int, per_slot: int, h: float = STEP, second_look: bool = False):  # fmt: skip
    """What is seen at `slots` times from 0 on, `per_slot` steps apart; and the tally at the last of them.

    Returns Seen, x and bound with a leading axis (slots,), x and bound as tuples; and the Tally. Values at the time of a
    dose are those just before it.
    """

    def one(n, carry):
        state, past, tally, last = carry
        blood, left, seen = look(wiring, drugs, state, body)
        tally = note(tally, last, seen, n * h, h, rescue.level, body, second_look)
        x, beat, tally = give(state.x, state.gas.beat, tally, seen, doses, rescue, n, h, body)
        state = State(state.gas._replace(beat=beat), x, state.bound)
        collapsing = n * h >= tally.collapse
        state, past = moved_on(wiring, drugs, state, past, blood, left, n, h, collapsing, body)
        return state, past, tally, seen

    def slot(carry, index):
        state = carry[0]
        seen = look(wiring, drugs, state, body)[2]
        carry = jax.lax.fori_loop(index * per_slot, (index + 1) * per_slot, one, carry)
        return carry, (seen, state.x, state.bound)

    blood, _, seen = look(wiring, drugs, state, body)
    carry = state, before(blood, h), blank(jnp.shape(seen.ventilation)[0]), seen
    (state, _, tally, last), shown = jax.lax.scan(slot, carry, jnp.arange(slots - 1))
    seen = look(wiring, drugs, state, body)[2]
    tally = note(tally, last, seen, (slots - 1) * per_slot * h, h, rescue.level, body, second_look)
    end = (seen, state.x, state.bound)
    shown = jax.tree.map(lambda many, one: jnp.concatenate([many, one[None]]), shown, end)
    return *shown, tally
