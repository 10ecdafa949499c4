"""The course clock where each person has a regimen of their own: everyone steps on a clock of their own, all at once.

People who share no dose time share no grid: the union of a thousand people's doses would be a march of short steps for all.
So the people of a chunk go through their intervals side by side: interval k is that from the k-th event of each. Its steps
grow as those of the common grid do, from the shortest after the event; then the binary digits of what is left lead near the
next event, and one short step of each person's own length to the tick. Who has no use for a step sits it out. The matrices
are read by level as in the common march, and the kinetics are as exact; over the last step they are a series (`REST`).

What they are between, `own_look` says.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, device
from opioidsim.engine.course import Body, Induction, State, Steps, moves, shares
from opioidsim.model import receptor

if TYPE_CHECKING:
    from jaxtyping import Float, Int

STEPS, EVENTS = 256, 16  # of a piece of the march
REST = clock.LONGEST + 1  # the level of a step whose length is each person's own
TERMS, LARGEST = 12, 0.5  # of expm(A h) x as a series; its norm |A h|, so that what is left out is under 1e-13


class Rounds(NamedTuple):
    """What happens at the beginning of each interval, and when. at: (rounds + 1, people), ticks; round 0 begins with nothing.

    keep: what of everything stays, 1 or 0. add: what comes, [nmol], pumps [nmol/h]. held: bound shares that come with it.
    """

    at: Int[np.ndarray, "ends people"]
    keep: Float[np.ndarray, "rounds people"]
    add: Float[np.ndarray, "rounds blocks m people"]
    held: Float[np.ndarray, "rounds ligands people"]


class Schedule(NamedTuple):
    """The steps of all people. level: (steps,), -1 of the moment at which a round begins. event: that round, 0 of a step.
    end: (steps, people), the tick at which it ends for each. begin: (people,), that at which the first begins."""

    level: Int[np.ndarray, " steps"]
    event: Int[np.ndarray, " steps"]
    end: Int[np.ndarray, "steps people"]
    begin: Int[np.ndarray, " people"]


class Stretch(NamedTuple):
    """What a piece of the march leaves. steps: their numbers. states: at the beginning and at the end of each step, (STEPS + 1, ...);
    ends: the ticks of these, (STEPS + 1, people)."""

    steps: range
    states: State
    ends: Int[np.ndarray, "ends people"]


def resting(body: Body, refine: int = 0) -> int:
    """The level below which what is left of an interval is one step: a series over it has |A h| <= LARGEST for everybody."""
    matrices = [np.asarray(each) for each in (body.a, *([body.induction.a] if body.induction else []))]
    norm = max(float(np.abs(a).sum(1).max(initial=0.0)) for a in matrices)
    most = np.log2(LARGEST / (norm * clock.TICK)) if norm > 0.0 else clock.LONGEST
    return int(np.clip(most, 0, clock.LONGEST - clock.halvings(refine)))


def schedule(at: np.ndarray, rest: int, refine: int = 0) -> Schedule:
    """The steps from round to round for everyone. at: (rounds + 1, people), ticks. rest: see `resting`. refine: halve every step
    so often."""
    refine = clock.halvings(refine)
    levels, events, taken = [], [], []
    for number, length in enumerate(np.diff(at, axis=0)):
        level, ticks = _interval(length, rest, refine)
        levels += [[-1] * (number > 0), level]
        taken += [np.zeros((int(number > 0), len(length)), np.int64), ticks]
        events += [[number] * (number > 0), np.zeros(len(level), int)]
    level, event = (np.concatenate(each).astype(np.int32) for each in (levels, events))
    return Schedule(level, event, at[0] + np.cumsum(np.concatenate(taken), 0), at[0])


def _interval(length: np.ndarray, rest: int, refine: int) -> tuple[np.ndarray, np.ndarray]:
    """(levels, ticks that each person goes by each step) of an interval, whose length [ticks] is each person's own.

    Steps as in `clock.grid`, at most a share of the time since the event; what they leave is less than the last of them, and
    its binary digits are the steps that follow, down to 2^rest ticks; the rest is one step.
    """
    longest, most = clock.LONGEST - refine, int(length.max(initial=0))
    ramp, reached = _ramp(refine)
    more = max(most - int(reached[-1]), 0) >> longest
    if more:
        ramp = np.concatenate([ramp, np.full(more, longest)])
        reached = np.concatenate([reached, reached[-1] + (np.arange(1, more + 1) << longest)])
    ramp = ramp[: np.searchsorted(reached, most, "right")]
    reached = reached[: len(ramp)]
    taken = np.where(reached[:, None] <= length, 1 << ramp[:, None], 0)
    left = length - taken.sum(0)
    digits = np.arange(longest, rest - 1, -1)
    level = np.concatenate([ramp, digits, [REST]])
    ticks = np.concatenate([taken, left & (1 << digits[:, None]), left[None] & ((1 << rest) - 1)])
    used = ticks.any(1)
    return level[used], ticks[used]


@cache
def _ramp(refine: int) -> tuple[np.ndarray, np.ndarray]:
    """(levels, ticks since the event at their ends) of the steps that grow, up to the first of the longest."""
    per = round(1.0 / clock.GROWTH) << refine
    first, longest = clock.FIRST - refine, clock.LONGEST - refine
    ramp = np.concatenate([np.full(per, first), np.repeat(np.arange(first, longest), per)])
    return ramp, np.cumsum(1 << ramp)


def walked(
    body: Body, steps: Steps, lowest: int, state: State, rounds: Rounds, plan: Schedule
) -> Iterator[tuple[Stretch, State]]:
    """The march of these people, piece by piece: what each leaves, and the state behind it."""
    grid = clock.Grid(plan.level, plan.event, np.arange(len(plan.level), dtype=np.int32))
    body, steps, state = jax.device_put((body, steps, state))
    for piece in clock.pieces(grid, STEPS, EVENTS):
        first, end = int(piece.slot[0]), int(piece.slot[-1]) + 1
        brings = piece.event > 0
        number = np.zeros(EVENTS + 1, int)
        number[1 : brings.sum() + 1] = piece.event[brings]
        none = (np.arange(EVENTS + 1) > brings.sum()) | (np.arange(EVENTS + 1) == 0)
        event = np.where(brings, brings.cumsum(), 0).astype(np.int32)
        keep = np.where(none[:, None], 1.0, rounds.keep[number])
        add, held = (np.where(none.reshape(-1, *[1] * (x.ndim - 1)), 0.0, x[number]) for x in rounds[2:])
        ends = np.empty((STEPS + 1, plan.end.shape[1]), np.int64)
        ends[0] = plan.end[first - 1] if first else plan.begin
        ends[1 : 1 + end - first], ends[1 + end - first :] = plan.end[first:end], plan.end[end - 1]
        level = np.where(piece.level == REST, -2, np.where(piece.level < 0, -1, piece.level - lowest)).astype(np.int32)
        span = np.diff(ends, axis=0, append=ends[-1:]) * clock.TICK
        level, event = (np.append(each, np.int32(-1 * (each is level))) for each in (level, event))
        states, state = _piece(body, steps, state, (keep, add, held), level + 1, event, span)
        yield Stretch(range(first, end), states, ends), state


@jax.jit
def _piece(body: Body, steps: Steps, state: State, happen: tuple, level, event, span):
    """The state before each step of a piece of `walked`, and the last: compiled for just these shapes, and ending with a moment
    in which nothing happens. level: 0 of what happens, -1 of the step of one's own length. span: (steps, people) [h]."""
    branches, (keep, add, held) = moves(body, steps), happen

    def happens(state, now):
        """What comes at the beginning of a round; nothing, where a piece is padded."""
        number = now[1]
        return State(keep[number] * state.x + add[number], keep[number] * state.bound + held[number])

    def steps_(state, now):
        """A step for those who take it."""
        level, _, hours = now
        moved = branches.move(*state, level)
        return State(*(jnp.where(hours > 0.0, new, old) for new, old in zip(moved, state, strict=True)))

    def rests(state, now):
        """A step as long as each person's own hours, which changes nothing where there are none."""
        return _rested(body, state, now[2])

    def waits(state, now):
        """What happens, or the step of one's own length."""
        return device.where(now[0] < 0, rests, happens, state, now)

    def one(state, now):
        """What happens, or a step."""
        return device.where(now[0] > 0, steps_, waits, state, now), state

    last, seen = jax.lax.scan(one, state, (level, event, span))
    return seen, last


def _rested(body: Body, state: State, hours) -> State:
    """The state so many hours later, (people,): expm(A h) x as a series, the bound shares by a Radau step."""
    x, bound = state
    sites = (body.site_block, body.site_row)

    def series(a):
        """The amounts at the step's end, and at the sites inside it."""
        term, whole, inside = x, x, [x[sites]] * 2
        for k in range(1, TERMS + 1):
            term = sum(a[:, :, q] * term[:, None, q] for q in range(a.shape[2])) * (hours / k)
            whole = whole + term
            inside = [each + node**k * term[sites] for each, node in zip(inside, receptor.NODES, strict=False)]
        return jnp.stack(inside, 1), whole

    inside, after = series(body.a)
    if isinstance(body.induction, Induction):  # between both matrices, as `moves` has it
        share, (inside_fast, after_fast) = shares(body.induction, x), series(body.induction.a)
        inside = inside + share[sites][:, None] * (inside_fast - inside)
        after = after + share * (after_fast - after)
    return State(after, bound_after(body, bound, jnp.concatenate([inside, after[sites][:, None]], 1), hours))


def bound_after(body: Body, bound, nodes, hours):
    """The bound shares so many hours later. nodes: (ligands, 3, ...), the effect sites at the nodes of that step [nM]."""
    if not len(body.koff):
        return bound
    kept, gained = receptor.stage_matrices(body.koff.reshape(len(body.koff), *[1] * (hours.ndim - 1), -1), hours)
    sloped = [jnp.any(n != 1.0) for n in body.n]
    rates = [device.association(body.kon[i], body.n[i], nodes[i], sloped[i]) for i in range(len(sloped))]
    return receptor.step(bound, jnp.stack(rates), kept, gained)
