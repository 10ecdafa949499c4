"""The course clock: hours to months. Exact linear kinetics, an L-stable receptor step, one scan for many people.

Amounts x [nmol] follow x' = A x, moved exactly by x(t + h) = expm(A h) x(t). Bound shares B follow

    dB_i/dt = kon_i C_i^n_i (1 - sum B) - koff_i B_i

with C the concentration at the effect site. Some ligands come to their equilibrium within seconds,
while a step may last hours. That is stiff: an explicit method would blow up, and one that is only
A-stable would swing about the equilibrium. Radau IIA damps what is faster than a step (L-stable)
and is of order 5 for what is slower; its stages are linear here and solved without iteration
(`model/receptor.py`).

Kinetics know nothing of the receptor: what is bound counts as too little to change a concentration.
So the concentrations at the nodes inside a step come exactly from the kinetics, and the two parts
need no splitting in time.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from opioidsim.engine import clock, device
from opioidsim.model import pharmacokinetics, receptor
from opioidsim.refusal import Refusal

if TYPE_CHECKING:
    from jaxtyping import Float, Int

Array = jax.Array | np.ndarray
STEPS, EVENTS = 256, 16  # of a piece of the march
FEW = 8  # people whose matrices stand for any number of people who are all alike


class Induction(NamedTuple):
    """Drugs that speed their own clearance. People are the last axis.

    a: (blocks, m, m, people) [1/h], the matrices with every such clearance at its greatest.
    block, row: (drugs,), where the slow level [nM] of each stands; C50: (drugs, people) [nM], at
    which it does half of what it can.
    of: (blocks, m), which of the drugs a row goes by; their number, where by none.
    """

    a: Float[Array, "blocks m m people"]
    block: Int[Array, " drugs"]
    row: Int[Array, " drugs"]
    C50: Float[Array, "drugs people"]
    of: Int[Array, "blocks m"]


class Body(NamedTuple):
    """What the march needs to know of the people: rates, sites, bindings. People are the last axis.

    a: (blocks, m, m, people) [1/h], the matrices of x' = A x. A block holds drugs that metabolism
    links; m is the size of the largest block, the rest is zero. Blocks do not touch, so that small
    matrices are squared instead of one large one.
    entry: (inputs, blocks, m, people), where a unit of a dose goes: the share of it that each
    compartment gets.
    site_block, site_row: (ligands,), where the effect site [nM] of each ligand stands.
    kon [1/h per nM^n], koff [1/h], n: (ligands, people), see `model/receptor.py`.
    induction: None where no drug speeds its own clearance.
    """

    a: Float[Array, "blocks m m people"]  # [1/h]
    entry: Float[Array, "inputs blocks m people"]  # where an input's amount goes
    site_block: Int[Array, " ligands"]  # the block that holds a ligand's effect site [nM]
    site_row: Int[Array, " ligands"]
    kon: Float[Array, "ligands people"]  # [1/h per nM^n]
    koff: Float[Array, "ligands people"]  # [1/h]
    n: Float[Array, "ligands people"]
    induction: Induction | None = None


class State(NamedTuple):
    """Where a course stands, at one time or, with a leading axis, at several.

    x: (blocks, m, people), amounts [nmol]; effect sites are concentrations [nM], pumps are rates
    [nmol/h].
    bound: (ligands, people), the share of mu receptors that each ligand holds, 0..1; they add up to
    at most 1.
    """

    x: Float[Array, "*times blocks m people"]
    bound: Float[Array, "*times ligands people"]


class Events(NamedTuple):
    """The doses of a march: event k adds amount[k] through the entry of its input. Event 0 adds nothing.

    amount: (events, people) [nmol], or [nmol/h] for an infusion's edge, negative at its end. Each
    person has an own amount, since doses per kilogram and multiples of a dose differ between
    people.
    input: (events,), which row of `Body.entry` each goes through.
    """

    amount: Float[Array, "events people"]  # [nmol], or [nmol/h] for an infusion's edge
    input: Int[Array, " events"]


class Steps(NamedTuple):
    """Everything of a step that does not depend on the state, for each level from `lowest` up; index 0: no length.

    e: (levels, blocks, m, m, people), expm(A h), which moves the amounts over a whole step.
    site: (levels, ligands, 2, m, people), the rows that give a ligand's effect site at the two
    nodes inside the step; the third node is the step's end.
    kept, gained: (levels, ligands, 3, people) and (levels, ligands, 3, 3, people), of the Radau
    step; see `receptor.stage_matrices`.
    fast: e and site with every clearance at its greatest; none where no drug speeds its own.
    """

    e: Float[Array, "levels blocks m m people"]
    site: Float[Array, "levels ligands 2 m people"]  # rows that give the effect site at the nodes inside the step
    kept: Float[Array, "levels ligands 3 people"]
    gained: Float[Array, "levels ligands 3 3 people"]
    fast: tuple[Array, Array] | None = None


_computing: set[int] = set()  # this process; and, in a fork, the one that it was forked from


def sound_arithmetic() -> None:
    """Refuses where JAX could only give wrong numbers, or none: with 32 bits, in a process that was forked from one that had
    computed already (JAX's threads are not there, and it would wait for them for ever), or without the device that
    JAX_PLATFORMS asks for.
    """
    _computing.add(os.getpid())
    if len(_computing) > 1:
        raise Refusal(
            'this process was forked from one that had computed already, and JAX would wait here for ever; start it anew, with  multiprocessing.get_context("spawn").'
        )
    if not jax.config.read("jax_enable_x64"):
        raise Refusal(
            'JAX is set to 32 bits here, in which breathing comes out wrong; write  jax.config.update("jax_enable_x64", True)  before.'
        )
    try:
        jax.devices()
    except Exception:
        asked = os.environ.get("JAX_PLATFORMS", "")
        raise Refusal(f'JAX finds no "{asked}" here to work on; unset JAX_PLATFORMS, or set it to cpu.') from None


def traced(arrays) -> bool:
    """Whether JAX traces any of these, for a derivative or inside compiled code."""
    return any(isinstance(each, Tracer) for each in jax.tree.leaves(arrays))


def start(body: Body) -> State:
    """A body without drug: no amounts, no receptor bound. Shapes are those of the body's own arrays."""
    return State(np.zeros(body.a.shape[:2] + body.a.shape[3:]), np.zeros(body.koff.shape))


def prepare(body: Body, lowest: int, highest: int) -> Steps:
    """The step matrices of these people for steps of 2^lowest to 2^highest ticks.

    Of the nodes inside a step only the rows of effect sites are kept: nobody looks at the rest. Blocks go one by one through
    a loop that is compiled for their size alone; where JAX traces, and on a card, all go together.
    """
    count = highest - lowest + 1
    shortest = clock.TICK * 2.0**lowest
    lengths = np.concatenate([[0.0], shortest * 2.0 ** np.arange(count)])
    whole = traced(body) or device.accelerated()

    def moving(a):
        """What moves the amounts by these matrices: `e` and `site` of `Steps`."""
        a = a if whole else np.asarray(a)
        alike = not whole and a.shape[-1] > FEW and (a == a[..., :1]).all()
        blocks = [a] if whole else [block[None] for block in (a[..., :FEW] if alike else a)]
        found = [_moving(block, shortest, count) for block in blocks]
        e = found[0] if whole else np.concatenate(found, 2)
        e = e[..., :1] if alike else e
        site = (jnp if whole else np).stack([e[:, i, body.site_block, body.site_row] for i in (0, 1)], 2)
        return e[:, -1], site

    fast = moving(body.induction.a) if body.induction else None
    steps = Steps(*moving(body.a), *_binding(body.koff, lengths), fast=fast)
    if whole:
        return steps
    return jax.device_put(jax.tree.map(lambda each: _all_levels(np.asarray(each), body.a.shape[-1]), steps))


def _all_levels(each: np.ndarray, people: int) -> np.ndarray:
    """For so many people, and with zeros for the levels that are not prepared, so that a march from any lowest level is
    compiled as the others are."""
    found = np.zeros((clock.LONGEST + 2, *each.shape[1:-1], people))
    found[: len(each)] = each
    return found


def shares(induction: Induction, x):
    """What the drugs that speed their own clearance do of their most, by row: (blocks, m, people), 0 in rows of no such drug."""
    share = pharmacokinetics.saturated(x[induction.block, induction.row], induction.C50)
    return jnp.concatenate([share, jnp.zeros_like(share[:1])])[induction.of]


@partial(jax.jit, static_argnames=("count",))
def _moving(a, shortest: float, count: int):
    """expm(A h) to the three nodes of a step, (levels, nodes, blocks, m, m, people); level 0 has no length.

    The matrices to the nodes inside are those of A scaled by the node's share: a longer row of blocks, one compiled loop.
    """
    to_nodes = jnp.concatenate([a * node for node in receptor.NODES])
    identity = jnp.broadcast_to(jnp.eye(a.shape[1])[None, None, :, :, None], (1, *to_nodes.shape))
    e = jnp.concatenate([identity, pharmacokinetics.exponentials(to_nodes, shortest, count)])
    return e.reshape(len(e), len(receptor.NODES), *a.shape)


def _binding(koff, lengths):
    """`receptor.stage_matrices` for steps of these lengths [h]."""
    if traced(koff):
        return jax.vmap(receptor.stage_matrices, (None, 0))(koff, lengths)
    return [np.stack(part) for part in zip(*(receptor.stage_matrices(koff, h) for h in lengths), strict=True)]


def march(
    body: Body, steps: Steps, state: State, events: Events, grid: clock.Grid, slots: int, kept: np.ndarray | None = None
) -> tuple[State, State]:
    """The state at each output slot: x (slots, blocks, m, people), bound (slots, ligands, people); and the last state.

    kept: the slots whose amounts x are wanted, in order, where those of months of looks would fill the memory; None: all.

    Every step writes into the slot it leads to; the last to write is the one that ends there. `grid.level` counts from
    the lowest prepared level, -1 is a step of no length.

    A course goes piece by piece through a march that is compiled once, for STEPS steps with at most EVENTS events: the
    same for any regimen and any outputs of these drugs. The states are NumPy arrays then. Where JAX traces, and on a card, all is
    one piece.
    """
    if traced((body, steps, state, events)) or device.accelerated():
        states, last = _piece(body, steps, state, events, grid, slots)
        return State(states.x if kept is None else states.x[kept], states.bound), last
    amount, input = np.asarray(events.amount), np.asarray(events.input)
    pieces = [*clock.pieces(grid, STEPS, EVENTS)]
    alone = len(pieces) == 1 and slots <= STEPS  # a piece that holds all of it is handed on as it is
    kept = np.arange(slots) if kept is None else kept
    seen = State(
        *(
            np.zeros((0 if alone else many, *np.shape(part)))
            for many, part in zip((len(kept), slots), state, strict=True)
        )
    )
    if not alone:
        seen.x[kept == 0], seen.bound[0] = state
    body, steps, state = jax.device_put((body, steps, state))
    for piece in pieces:
        number, first, end = np.zeros(EVENTS + 1, int), 0 if alone else piece.slot[0], piece.slot[-1] + 1
        brings = piece.event > 0
        number[1 : brings.sum() + 1] = piece.event[brings]
        piece = clock.Grid(piece.level, np.where(brings, brings.cumsum(), 0).astype(np.int32), piece.slot - first)
        states, state = _piece(body, steps, state, Events(amount[number], input[number]), piece, STEPS)
        if alone:
            return State(np.asarray(states.x)[kept], np.asarray(states.bound)[:slots]), state
        here = slice(*np.searchsorted(kept, (first, end)))
        seen.x[here] = np.asarray(states.x)[kept[here] - first]
        seen.bound[first:end] = np.asarray(states.bound)[: end - first]
    return seen, state


class Moves(NamedTuple):
    """One step of these people, by its level, as functions of (x, bound, level) that give both at its end."""

    stay: Callable
    move: Callable


def moves(body: Body, steps: Steps) -> Moves:
    """The two branches of a step. Two habits keep the compiled loop fast.

    Matrices are read column by column at [level, ..., q]: a matrix used twice would be copied first, or read one person at a
    time. And a branch (`cond`) is where the compiler stores what it has; elsewhere it would work out the same numbers again.
    """
    rows = range(body.a.shape[1])
    ligands = range(len(body.koff))
    sloped = [jnp.any(n != 1.0) for n in body.n]

    def moved(e, site, x, level):
        """Effect sites at the inner nodes, (ligands, 2, people), and amounts at the end of a step by these matrices."""
        at_site = x[body.site_block]
        inside = sum(site[level, :, :, q] * at_site[:, None, q] for q in rows)
        return inside, sum(e[level, :, :, q] * x[:, None, q] for q in rows)

    def stay(x, bound, level):
        """A step of no length, which brings an event or pads."""
        return x, bound

    def move(x, bound, level):
        """One step: sites at the inner nodes, then amounts, then bound shares from the sites at all three nodes."""
        inside, after = moved(steps.e, steps.site, x, level)
        if body.induction and steps.fast:  # between both matrices in proportion: off by under 0.1 % while doses go on
            inside_fast, after_fast = moved(steps.fast[0], steps.fast[1], x, level)
            share = shares(body.induction, x)
            inside = inside + share[body.site_block, body.site_row][:, None] * (inside_fast - inside)
            after = after + share * (after_fast - after)
        x = after
        at_end = x[body.site_block, body.site_row]  # pyright: ignore[reportIndexIssue]
        nodes = jnp.concatenate([inside, at_end[:, None]], 1)
        rates = [device.association(body.kon[i], body.n[i], nodes[i], sloped[i]) for i in ligands]
        rates = jnp.stack(rates) if rates else nodes
        return x, receptor.step(bound, rates, steps.kept[level], steps.gained[level])

    return Moves(stay, move)


@partial(jax.jit, static_argnames=("slots",))
def _piece(body: Body, steps: Steps, state: State, events: Events, grid: clock.Grid, slots: int) -> tuple[State, State]:
    """`march` of a piece, compiled for just these shapes. `checkpoint` concerns gradients alone: they work a step out again
    instead of keeping its matrices.
    """
    branches = moves(body, steps)

    def one(carry, now):
        """The event before a step, the step, and what it leaves in its slot."""
        (x, bound), (xs, bounds) = carry
        level, event, slot = now
        x = x + events.amount[event] * body.entry[events.input[event]]
        x, bound = device.where(level > 0, branches.move, branches.stay, x, bound, level)
        xs = jax.lax.dynamic_update_index_in_dim(xs, x, slot, 0)
        bounds = jax.lax.dynamic_update_index_in_dim(bounds, bound, slot, 0)
        return (State(x, bound), (xs, bounds)), None

    empty = (
        jnp.zeros((slots, *state.x.shape)).at[0].set(state.x),
        jnp.zeros((slots, *state.bound.shape)).at[0].set(state.bound),
    )
    each_step = jax.checkpoint(one, prevent_cse=False)
    (last, (xs, bounds)), _ = jax.lax.scan(each_step, (state, empty), (grid.level + 1, grid.event, grid.slot))
    return State(xs, bounds), last
