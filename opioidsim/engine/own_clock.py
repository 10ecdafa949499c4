"""The course clock where each person has a regimen of their own: everyone steps on a clock of their own, all at once.

People who share no dose time share no grid: the union of a thousand people's doses would be a march of short steps for all.
So the people of a chunk go through their intervals side by side: interval k is that from the k-th event of each. Its steps
grow as those of the common grid do, from the shortest after the event; then the binary digits of what is left lead near the
next event, and one short step of each person's own length to the tick. Who has no use for a step sits it out. The matrices
are read by level as in the common march, and the kinetics are as exact; over the last step they are a series (`REST`).

Outputs are looked up between the ends of the step in which they fall: amounts by the quintic that has their values, slopes and
bends at both ends (off by under 2e-5 of what a dose does), bound shares by a Radau step from its beginning.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, device
from opioidsim.engine.course import Body, Induction, State, Steps, moves, shares
from opioidsim.model import receptor

if TYPE_CHECKING:
    from jaxtyping import Float, Int

STEPS, EVENTS = 256, 16  # of a piece of the march
ROWS, FEW = 128, 8  # outputs are looked up so many times at once, so that few shapes are compiled; so many side by side
REST = clock.LONGEST + 1  # the level of a step whose length is each person's own
FAR = np.int64(2) ** 44  # ticks that no course has
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
    ends, parts = jax.device_put(stretch.ends), []
    for k in range(0, len(ticks), ROWS):
        rows = np.minimum(np.arange(k, k + ROWS), len(ticks) - 1)
        parts.append(_between(body, want, stretch.states, ends, which[rows], ticks[rows]))
    whole = (
        np.concatenate([np.asarray(part) for part in each], 1)[:, : len(ticks)] for each in zip(*parts, strict=True)
    )
    return State(*(np.moveaxis(each, 0, 1) for each in whole))


def falls_in(end: np.ndarray, ticks: np.ndarray) -> np.ndarray:
    """The first step that ends at each of these ticks or later, (times, people); beyond the last, their number. end: (steps, people)."""
    return _first_of(_side_by_side(end), ticks)


def _side_by_side(series: np.ndarray) -> np.ndarray:
    """Series that ascend, (..., people), as one that does: person behind person."""
    return (series + FAR * np.arange(series.shape[1])).T.ravel()


def _first_of(side: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Of each person's own series, the first that is at least as large, (times, people); beyond the last, their number."""
    people = np.arange(wanted.shape[1])
    found = np.searchsorted(side, _side_by_side(wanted)).reshape(wanted.T.shape)
    return np.ascontiguousarray((found - len(side) // len(people) * people[:, None]).T)


@jax.jit
def _between(body: Body, want: Wanted, states: State, ends, step, ticks):
    """Amounts (rows, times, people) and bound shares (ligands, times, people) inside steps.

    ends: (steps + 1, people), at which the states are. step, ticks: (times, people), which step, and when. A few times after
    the other, so that what is between stays in the processor's nearest memory.
    """
    few = (each.reshape(-1, FEW, each.shape[1]) for each in (jnp.clip(step, 0, len(ends) - 2), ticks))
    found = jax.lax.map(lambda now: _inside(body, want, states, ends, *now), tuple(few))
    return tuple(jnp.moveaxis(each, 0, 1).reshape(each.shape[1], *step.shape) for each in found)


def _inside(body: Body, want: Wanted, states: State, ends, step, ticks):
    """`_between`, of a few times."""

    def of_people(series, which):
        """Of a series (steps, ..., people) what each has at `which`, (..., times, people)."""
        flat = series.reshape(len(series), -1, series.shape[-1])
        found = jnp.take_along_axis(flat, which[:, None], 0, mode="promise_in_bounds")
        return jnp.moveaxis(found, 0, 1).reshape(*series.shape[1:-1], *which.shape)

    begin, end = (of_people(ends, each) for each in (step, step + 1))
    x0, x1, b0 = of_people(states.x, step), of_people(states.x, step + 1), of_people(states.bound, step)
    span = (end - begin) * clock.TICK
    share = jnp.clip(jnp.where(end > begin, (ticks - begin) / jnp.maximum(end - begin, 1), 1.0), 0.0, 1.0)
    around = _ends(body, want, x0) + _ends(body, want, x1)
    x = _quintic(around, span, share)
    if not len(want.sites):
        return x, jnp.zeros((0, *span.shape))
    sites = tuple(each[want.sites] for each in around)
    nodes = jnp.stack([_quintic(sites, span, share * node) for node in receptor.NODES], 1)
    return x, bound_after(body, b0, nodes, span * share)


def _ends(body: Body, want: Wanted, x) -> tuple:
    """The wanted amounts, their slopes and bends in these states, (rows, times, people) each. x: (blocks, m, times, people)."""
    mine, row = x[want.block], jnp.arange(len(want.row))

    def through(matrix, x) -> Any:
        """Matrices (..., m, times or 1, people) times the amounts of their blocks, (..., m, times, people)."""
        return sum(matrix[..., q, :, :] * x[..., q, :, :] for q in range(x.shape[-3]))

    found = mine[row, want.row]
    if not isinstance(body.induction, Induction):
        return found, through(want.slope[:, :, None], mine), through(want.bend[:, :, None], mine)
    sped = jax.vmap(partial(shares, body.induction), 2, 2)(x)[want.block]
    a, fast = (each[want.block][:, :, :, None] for each in (body.a, body.induction.a))
    mixed = a + sped[:, :, None] * (fast - a)  # (rows, m, m, times, people)
    slopes = through(mixed, mine[:, None])
    return found, slopes[row, want.row], through(mixed[row, want.row], slopes)


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
             part: tuple[np.ndarray, np.ndarray], into: State, see: Callable[[Stretch], Any] | None = None) -> State:  # fmt: skip
    """Puts the states at those of these ticks, (times, people), that lie in a part of the course into `into`; gives the last.

    part: when it begins and ends for each, [ticks]; its end is of it. see: told each stretch. The times of a person ascend, so
    that of each the ones in a stretch stand together: they are looked up side by side, and put in their places afterwards.
    """
    begin, end = ((ticks <= edge).sum(0) for edge in part)
    step, people, last = falls_in(plan.end, ticks), np.arange(ticks.shape[1]), None
    side, first = _side_by_side(step), begin
    body, want = jax.device_put((body, want))
    for stretch, state in march:
        last = state
        if see:
            see(stretch)
        after = np.clip(_first_of(side, np.full((1, len(people)), stretch.steps.stop))[0], first, end)
        for k in range(0, int((after - first).max()), ROWS):
            row = first + np.arange(k, k + ROWS)[:, None]
            row = np.where(row < after, row, len(ticks))  # the room behind the last is for what is of no time
            one = row * len(people) + people
            which = step.take(one, mode="clip") - stretch.steps.start
            found = _between(body, want, stretch.states, stretch.ends, which, ticks.take(one, mode="clip"))
            places = [np.ravel_multi_index((want.block, want.row), into.x.shape[1:3]), np.arange(len(want.sites))]
            for whole, parts, rows in zip(into, found, places, strict=True):
                _put(whole, np.asarray(parts), rows, row, people)
        first = after
    assert last is not None
    return last


def _put(whole: Any, parts: np.ndarray, rows: np.ndarray, time: np.ndarray, people: np.ndarray) -> None:
    """Puts each of `parts`, (times, people), into its row of `whole`, (times, ..., people), at each person's own times."""
    each, flat = len(people), whole.reshape(-1)
    place = (time * (len(flat) // len(whole)) + people).ravel()
    for part, row in zip(parts, rows, strict=True):
        flat[row * each :][place] = part.ravel()
