"""The course clock where each person has a regimen of their own: everyone steps on a clock of their own, all at once.

People who share no dose time share no grid: the union of a thousand people's doses would be a march of short steps for all.
So the people of a chunk go through their intervals side by side: interval k is that from the k-th event of each. Its steps
grow as those of the common grid do, from the shortest after the event; then the binary digits of what is left lead to the next
event, to the tick. Who has no use for a step sits it out (`on`). The matrices are read by level as in the common march, and the
kinetics are as exact.

Outputs are looked up between the ends of the step in which they fall: amounts by the quintic that has their values, slopes and
bends at both ends (off by under 2e-5 of what a dose does), bound shares by a Radau step from its beginning.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, device
from opioidsim.engine.course import Body, Induction, State, Steps, moves, shares
from opioidsim.model import receptor

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

STEPS, EVENTS = 256, 16  # of a piece of the march
ROWS = 128  # outputs are looked up so many times at once, so that few shapes are compiled


class Rounds(NamedTuple):
    """What happens at the beginning of each interval, and when. at: (rounds + 1, people), ticks; round 0 begins with nothing.

    keep: what of everything stays, 1 or 0. add: what comes, [nmol], pumps [nmol/h]. held: bound shares that come with it.
    """

    at: Int[np.ndarray, "ends people"]
    keep: Float[np.ndarray, "rounds people"]
    add: Float[np.ndarray, "rounds blocks m people"]
    held: Float[np.ndarray, "rounds ligands people"]


class Schedule(NamedTuple):
    """The steps of all people. level: (steps,). event: the round that a step begins, 0 none. on: who takes it.
    end: (steps, people), the tick at which it ends for each."""

    level: Int[np.ndarray, " steps"]
    event: Int[np.ndarray, " steps"]
    on: Bool[np.ndarray, "steps people"]
    end: Int[np.ndarray, "steps people"]


class Stretch(NamedTuple):
    """What a piece of the march leaves: states at the beginning of each step, after what happens there, and at its end.

    first: the number of its first step. begin, end: (steps, people), ticks.
    """

    first: int
    before: State
    after: State
    begin: Int[np.ndarray, "steps people"]
    end: Int[np.ndarray, "steps people"]


class Wanted(NamedTuple):
    """What is looked up: amounts in these rows of these blocks, and whether the bound shares too.

    sites: of each ligand, which of these rows is its effect site; none where bound shares are not asked for. slope, bend: the
    rows of A [1/h] and A A that give an amount's first and second derivative.
    """

    block: Int[np.ndarray, " rows"]
    row: Int[np.ndarray, " rows"]
    sites: Int[np.ndarray, " ligands"]
    slope: Float[np.ndarray, "rows m people"]
    bend: Float[np.ndarray, "rows m people"]


def schedule(at: np.ndarray, refine: int = 0) -> Schedule:
    """The steps from round to round for everyone. at: (rounds + 1, people), ticks. refine: halve every step so often."""
    refine = clock.halvings(refine)
    levels, events, on = [], [], []
    for number, length in enumerate(np.diff(at, axis=0)):
        level, taken = _interval(length, refine)
        levels.append(level)
        on.append(taken)
        events.append(np.where(np.arange(len(level)) == 0, number, 0))
    level, taken = np.concatenate(levels), np.concatenate(on)
    end = at[0] + np.cumsum(np.where(taken, 1 << level[:, None], 0), 0, dtype=np.int64)
    return Schedule(level.astype(np.int32), np.concatenate(events).astype(np.int32), taken, end)


def _interval(length: np.ndarray, refine: int) -> tuple[np.ndarray, np.ndarray]:
    """(levels, who takes each step) of an interval, whose length [ticks] is each person's own.

    Steps as in `clock.grid`, at most a share of the time since the event; what they leave is less than the last of them, and
    its binary digits are the steps that follow.
    """
    each, longest = round(1.0 / clock.GROWTH), clock.LONGEST - refine
    first, most = clock.FIRST - refine, int(length.max(initial=0))
    per = each << refine
    ramp = np.repeat(np.arange(first, longest), per)
    ramp = np.concatenate([np.full(per, first), ramp])
    reached = np.cumsum(1 << ramp)
    more = max(most - int(reached[-1]), 0) >> longest
    ramp = np.concatenate([ramp, np.full(more, longest)])
    reached = np.cumsum(1 << ramp)
    ramp, reached = ramp[reached <= most], reached[reached <= most]
    taken = reached[:, None] <= length
    left = length - np.where(taken, 1 << ramp[:, None], 0).sum(0)
    digits = np.arange(longest, -1, -1)
    level = np.concatenate([ramp, digits])
    on = np.concatenate([taken, (left >> digits[:, None]) & 1 == 1])
    used = on.any(1)
    return level[used], on[used]


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
        level = np.where(piece.level < 0, -1, piece.level - lowest).astype(np.int32)
        on = np.zeros((STEPS, plan.on.shape[1]), bool)
        on[: end - first] = plan.on[first:end]
        keep = np.where(none[:, None], 1.0, rounds.keep[number])
        add, held = (np.where(none.reshape(-1, *[1] * (x.ndim - 1)), 0.0, x[number]) for x in rounds[2:])
        (before, after), state = _piece(body, steps, state, (keep, add, held), level + 1, event, on)
        ends, last = np.zeros((STEPS, plan.on.shape[1]), np.int64), plan.end[end - 1]
        ends[: end - first], ends[end - first :] = plan.end[first:end], last
        begins = ends - np.where(on, 1 << np.maximum(piece.level, 0).astype(np.int64)[:, None], 0)
        yield Stretch(first, before, after, begins, ends), state


@jax.jit
def _piece(body: Body, steps: Steps, state: State, happen: tuple, level, event, on):
    """A piece of `walked`, compiled for just these shapes."""
    branches, (keep, add, held) = moves(body, steps), happen

    def one(carry, now):
        """What happens before a step, and the step, for those who take it."""
        k, number, mine = now
        x, bound = keep[number] * carry.x + add[number], keep[number] * carry.bound + held[number]
        moved = device.where(k > 0, branches.move, branches.stay, x, bound, k)
        after = State(*(jnp.where(mine, new, old) for new, old in zip(moved, (x, bound), strict=True)))
        return after, (State(x, bound), after)

    last, seen = jax.lax.scan(one, state, (level, event, on))
    return seen, last


def wanted(body: Body, places: Sequence[tuple[int, int]]) -> Wanted:
    """What is needed to look up the amounts at these (block, row), and bound shares if all effect sites are among them."""
    block, row = np.array(places, int).reshape(-1, 2).T
    order = {place: i for i, place in enumerate(places)}
    sites = [order.get(place, -1) for place in zip(body.site_block.tolist(), body.site_row.tolist(), strict=True)]
    a = np.asarray(body.a)
    square = np.einsum("bijp,bjkp->bikp", a, a)
    return Wanted(block, row, np.array([] if -1 in sites else sites, int), a[block, row], square[block, row])


def looked_up(body: Body, want: Wanted, stretch: Stretch, ticks: np.ndarray, which: np.ndarray) -> State:
    """The states of a stretch at these ticks, (times, people), each in the step `which`; before what happens at its end.

    x: (times, rows, people), of `want` alone.
    """
    ends = jax.device_put((stretch.begin, stretch.end))
    parts = []
    for k in range(0, len(ticks), ROWS):
        step, at = which[k : k + ROWS], ticks[k : k + ROWS]
        if len(at) < ROWS:
            step, at = (np.concatenate([x, np.zeros((ROWS - len(x), x.shape[1]), x.dtype)]) for x in (step, at))
        parts.append(_between(body, want, stretch.before, stretch.after, *ends, step, at))
    return State(
        *(np.concatenate([np.asarray(part) for part in each])[: len(ticks)] for each in zip(*parts, strict=True))
    )


def falls_in(end: np.ndarray, ticks: np.ndarray) -> np.ndarray:
    """The first step that ends at each of these ticks or later, (times, people); beyond the last, their number. end: (steps, people)."""
    far = np.int64(2) ** 44 * np.arange(end.shape[1])  # of times that no course has: one search for everyone
    found = np.searchsorted((end + far).T.ravel(), (ticks + far).T.ravel()).reshape(ticks.T.shape)
    return (found - len(end) * np.arange(end.shape[1])[:, None]).T


@jax.jit
def _between(body: Body, want: Wanted, before: Any, after: Any, begin, end, step, ticks):
    """Amounts (times, rows, people) and bound shares (times, ligands, people) inside steps.

    begin, end: (steps, people), of each step. step, ticks: (times, people), which step, and when.
    """
    step, people = jnp.clip(step, 0, len(end) - 1), jnp.arange(step.shape[1])
    begin, end = (part.at[step, people].get(mode="promise_in_bounds") for part in (begin, end))
    span = (end - begin) * clock.TICK
    share = jnp.clip(jnp.where(end > begin, (ticks - begin) / jnp.maximum(end - begin, 1), 1.0), 0.0, 1.0)
    x0, x1 = (
        jnp.moveaxis(part.at[step, :, :, people].get(mode="promise_in_bounds"), 1, -1) for part in (before.x, after.x)
    )
    ends = _ends(body, want, x0) + _ends(body, want, x1)
    x = _quintic(ends, span[:, None], share[:, None])
    if not len(want.sites):
        return x, jnp.zeros((len(step), 0, step.shape[1]))
    b0 = before.bound.at[step, :, people].get(mode="promise_in_bounds").transpose(2, 0, 1)
    sites = tuple(each[:, want.sites].swapaxes(0, 1) for each in ends)
    nodes = [_quintic(sites, span, share * node) for node in receptor.NODES]
    kept, gained = receptor.stage_matrices(body.koff[:, None], span * share)
    sloped = [jnp.any(n != 1.0) for n in body.n]
    rates = [
        [device.association(body.kon[i], body.n[i], node[i], sloped[i]) for node in nodes] for i in range(len(sloped))
    ]
    return x, receptor.step(b0, jnp.stack([jnp.stack(each) for each in rates]), kept, gained).swapaxes(0, 1)


def _ends(body: Body, want: Wanted, x) -> tuple:
    """The wanted amounts, their slopes and bends in these states, (times, rows, people) each. x: (times, blocks, m, people)."""
    mine = x[:, want.block]

    def through(matrix):
        """These rows of a matrix times the amounts of their blocks."""
        return sum(matrix[:, q] * mine[:, :, q] for q in range(mine.shape[2]))

    found = mine[:, jnp.arange(len(want.row)), want.row]
    if not isinstance(body.induction, Induction):
        return found, through(want.slope), through(want.bend)
    share = jax.vmap(partial(shares, body.induction))(x)
    fast = body.induction.a[want.block]
    mixed = body.a[want.block] + share[:, want.block, :, None] * (
        fast - body.a[want.block]
    )  # (times, rows, m, m, people)
    row = jnp.arange(len(want.row))
    slopes: Any = sum(mixed[:, :, :, q] * mine[:, :, None, q] for q in range(mine.shape[2]))
    bends = sum(mixed[:, row, want.row, q] * slopes[:, :, q] for q in range(mine.shape[2]))
    return found, slopes[:, row, want.row], bends


def _quintic(ends: tuple, h, s):
    """The polynomial of degree 5 with these values, slopes and second derivatives at both ends of h, at share s of it (Hermite)."""
    x0, v0, w0, x1, v1, w1 = ends
    s3, s4, s5 = s**3, s**4, s**5
    rise = 10.0 * s3 - 15.0 * s4 + 6.0 * s5
    found = x0 + rise * (x1 - x0)
    found = found + h * ((s - 6.0 * s3 + 8.0 * s4 - 3.0 * s5) * v0 + (7.0 * s4 - 4.0 * s3 - 3.0 * s5) * v1)
    bend = (s**2 - 3.0 * s3 + 3.0 * s4 - s5) * w0 + (s3 - 2.0 * s4 + s5) * w1
    return found + 0.5 * h**2 * bend


def at_times(body: Body, want: Wanted, march: Iterator[tuple[Stretch, State]], plan: Schedule, ticks: np.ndarray,
             mine: np.ndarray, see: Callable[[Stretch], Any] | None = None) -> tuple[State, State]:  # fmt: skip
    """The states at these ticks, (times, people), for those that are `mine`; and the last state. see: told each stretch."""
    step = np.where(mine, falls_in(plan.end, ticks), -1)
    people, last = ticks.shape[1], None
    body, want = jax.device_put((body, want))
    x = np.zeros((len(ticks), len(want.row), people))
    bound = np.zeros((len(ticks), len(want.sites), people))
    for stretch, state in march:
        last = state
        if see:
            see(stretch)
        here = (step >= stretch.first) & (step < stretch.first + STEPS)
        rows = np.flatnonzero(here.any(1))
        if len(rows):
            low, high = rows[0], rows[-1] + 1
            found = looked_up(body, want, stretch, ticks[low:high], step[low:high] - stretch.first)
            for whole, part in zip((x, bound), found, strict=True):
                np.copyto(whole[low:high], part, where=here[low:high, None])
    assert last is not None
    return State(x, bound), last
