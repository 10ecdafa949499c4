"""The episode clock: seconds to hours. One fixed step for breathing, kinetics and receptors; what happens, in one pass.

Each step evaluates breathing once (Adams and Bashforth); oxygen in brain and tissue, which may follow faster than a step,
take it with their own decay done exactly. Then, with blood flow known at both ends of the step, drugs move by Runge and
Kutta's step and receptors by that of the course clock, Radau's: a dose may jump, and needs no past.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.cases.scenario import STEP
from opioidsim.engine.course import Array
from opioidsim.engine.watch import Doses, Rescue, Seen, blank, give, note
from opioidsim.model import breathing, receptor, stepping
from opioidsim.model.breathing import Gas
from opioidsim.model.stepping import Past

if TYPE_CHECKING:
    from jaxtyping import Float

FAST = ("brain_o2", "tissue_o2")  # see `breathing.o2_rates`
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

    flows: Float[Array, "flows people"]  # [1/s]
    links: Float[Array, "links people"]
    most: Float[Array, "saturable people"]  # [nmol/s]
    half: Float[Array, "saturable people"]  # [nmol]
    kon: Float[Array, "ligands people"]  # [1/s per nM^n]
    koff: Float[Array, "ligands people"]  # [1/s]
    n: Float[Array, "ligands people"]
    efficacy: Float[Array, "ligands people"]
    c50: Float[Array, "sedatives people"]  # [nM]
    tolerance: Float[Array, " people"]


class State(NamedTuple):
    """Everything that moves: gas; amounts [nmol] and sites [nM], one array each; bound shares, one array per ligand."""

    gas: Gas
    x: tuple
    bound: tuple


def at_first(body, people: int) -> Gas:
    """The published values before settling."""
    first = (body.start_lung_CO2, body.start_lung_O2, body.start_brain_CO2, body.start_brain_O2, body.start_tissue_CO2,
             body.start_tissue_O2, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)  # fmt: skip
    return Gas(*(np.full(people, value) for value in first))


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
    return tuple(c + np.zeros(np.shape(drugs.tolerance)) for c in change)


@partial(jax.jit, static_argnames=("wiring",), inline=True)
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
    """d(state)/dt of everything at once, as it is at share c of a step, and the association rates of the ligands [1/s].

    The march takes the same equations part by part: `breathe`, `medicate`.
    """
    flow = blood.brain_flow + blood.tissue_flow
    breath = breathing.ventilation(state.gas, flow, left[0], body)
    gas = breathing.change(state.gas, blood, breath, left, arriving(c, flow), collapsing, body)
    sites = zip(wiring.sites, drugs.kon, drugs.n, strict=True)
    rates = [receptor.association(kon, n, state.x[row]) for row, kon, n in sites]
    free = 1.0 - sum(state.bound)
    bound = tuple(r * free - k * b for r, k, b in zip(rates, drugs.koff, state.bound, strict=True))
    return State(gas, kinetics(wiring, drugs, state.x, breathing.shrinking(flow, body)), bound), rates


class Memory(NamedTuple):
    """What a step needs of earlier ones."""

    past: Past
    waiting: Gas  # of each variable, what `stepping.adams` or `adams_with_decay` needs
    flow: Array  # [L/s] one step ago


def nothing(people: int, h: float) -> Memory:
    """The memory of a state at rest."""
    none = jnp.zeros(people)
    waiting = Gas(*((none,) * (4 if name in FAST else 2) for name in Gas._fields))._replace(beat=())
    return Memory(stepping.empty(people, h), waiting, none)


def breathe(gas: Gas, memory: Memory, blood, breath, left, n, h: float, collapsing, body):
    """Breathing and memory one step later."""
    flow = blood.brain_flow + blood.tissue_flow
    past, arrived = stepping.remember(memory.past, n, blood.firing, blood.brain[0], flow, h, body)
    slopes = breathing.change(gas, blood, breath, left, arrived, collapsing, body)
    rates = dict(zip(FAST, breathing.o2_rates(blood, left[0], body), strict=True))
    moved, waiting = {}, {}
    for name in Gas._fields[:-1]:
        value, slope, waits = getattr(gas, name), getattr(slopes, name), getattr(memory.waiting, name)
        if name in FAST:
            moved[name], waiting[name] = stepping.adams_with_decay(value, slope, waits, rates[name], n == 0, h)
        else:
            moved[name], waiting[name] = stepping.adams(value, slope, waits, n == 0, h)
    fading = jnp.exp(-h * breathing.collapse_rate(blood.pressure[0], body))
    moved = Gas(**moved, beat=jnp.where(collapsing, gas.beat * fading, gas.beat))
    return moved, Memory(past, Gas(**waiting, beat=()), flow)


def medicate(wiring: Wiring, drugs: Drugs, steps, x: tuple, bound: tuple, flows, h: float, body):
    """Amounts, sites and bound shares one step later. flows: blood flow [L/s] one step ago, now, and one step later."""
    before, now, then = flows
    middle = (6.0 * now + 3.0 * then - before) / 8.0
    shrunk = [breathing.shrinking(flow, body) for flow in (now, middle, then)]
    x, inside = stepping.runge_kutta(lambda x, i: kinetics(wiring, drugs, x, shrunk[i]), x, h, receptor.NODES)
    if not wiring.sites:
        return x, bound
    rates = jnp.stack(
        [
            jnp.stack([receptor.association(kon, n, c) for c in inside(row)])
            for row, kon, n in zip(wiring.sites, drugs.kon, drugs.n, strict=True)
        ]
    )
    return x, tuple(receptor.step(jnp.stack(bound), rates, *steps))


@partial(jax.jit, static_argnames=("wiring", "h"))
def settled(wiring: Wiring, body, drugs: Drugs, state: State, h: float = STEP) -> State:
    """The state with breathing at rest: after an hour in which the drugs are held where they are."""
    left = taken(wiring, drugs, state.x, state.bound, body)

    def one(n, carry):
        gas, memory = carry
        blood = breathing.circulate(gas, body)
        breath = breathing.ventilation(gas, blood.brain_flow + blood.tissue_flow, left[0], body)
        return breathe(gas, memory, blood, breath, left, n, h, False, body)

    people = jnp.shape(drugs.tolerance)[0]
    gas, _ = jax.lax.fori_loop(0, round(SETTLING / h), one, (state.gas, nothing(people, h)))
    return state._replace(gas=gas)


@partial(jax.jit, static_argnames=("wiring", "room", "h", "second_look"))
def march(wiring: Wiring, body, drugs: Drugs, state: State, doses: Doses, rescue: Rescue,
          slots: int, per_slot: int, room: int, h: float = STEP, second_look: bool = False):  # fmt: skip
    """What is seen at `slots` times from 0 on, `per_slot` steps apart; and the tally at the last of them.

    Returns Seen, x and bound with a leading axis (room,), zero after `slots`, x and bound as tuples; and the Tally. Values
    at the time of a dose are those just before it. Every step writes into the slot that comes next; the last to write is on
    it. Compiled once for each `room`, at least `slots`: an episode may last as long, and be looked at as often, as it likes.
    """
    people = jnp.shape(drugs.tolerance)[0]
    steps = receptor.stage_matrices(drugs.koff, h) if wiring.sites else ()

    def one(n, carry):
        state, memory, tally, last, shown = carry
        blood, left, seen = look(wiring, drugs, state, body)
        last = Seen(*(jnp.where(n == 0, a, b) for a, b in zip(seen, last, strict=True)))
        slot = (n + per_slot - 1) // per_slot
        shown = jax.tree.map(
            lambda many, one: jax.lax.dynamic_update_index_in_dim(many, one, slot, 0),
            shown,
            (seen, state.x, state.bound),
        )
        tally = note(tally, last, seen, n * h, h, rescue.level, body, second_look)
        x, beat, tally = give(state.x, state.gas.beat, tally, seen, doses, rescue, n, h, body)
        flow = blood.brain_flow + blood.tissue_flow
        earlier = jnp.where(n == 0, flow, memory.flow)
        gas, memory = breathe(
            state.gas._replace(beat=beat), memory, blood, seen.ventilation, left, n, h, n * h >= tally.collapse, body
        )
        later = sum(breathing.flows(gas, body))
        x, bound = medicate(wiring, drugs, steps, x, state.bound, (earlier, flow, later), h, body)
        return State(gas, x, bound), memory, tally, seen, shown

    none = jnp.zeros(people)
    start = Seen(*(none,) * len(Seen._fields))
    empty = jax.tree.map(lambda _: jnp.zeros((room, people)), (start, state.x, state.bound))
    carry = state, nothing(people, h), blank(people), start, empty
    *_, tally, _, shown = jax.lax.fori_loop(0, (slots - 1) * per_slot + 1, one, carry)
    return *shown, tally
