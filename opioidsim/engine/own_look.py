"""What a march of people on clocks of their own (`own_clock`) has at any time: looked up inside its steps.

Between the ends of the step in which a time falls amounts are the quintic that has their values, slopes and bends at both ends
(off by under 2e-5 of what a dose does), bound shares a Radau step from its beginning.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, own_clock
from opioidsim.engine.course import Body, Induction, State, shares
from opioidsim.engine.own_clock import STEPS, Schedule, Stretch
from opioidsim.model import receptor

if TYPE_CHECKING:
    from jaxtyping import Float, Int

ROWS, FEW = (
    128,
    8,
)  # outputs are looked up at most so many times at once, so that one shape is compiled; so many side by side
FAR = np.int64(2) ** 44  # ticks that no course has


class Wanted(NamedTuple):
    """What is looked up: amounts in these rows of these blocks, and whether the bound shares too.

    shown: (block, row) of the first of these rows, which are asked for; those behind them are sites that bound shares go by.
    sites: of each ligand, which of the rows is its effect site; none where bound shares are not asked for. slope, bend: the
    rows of A [1/h] and A A that give an amount's first and second derivative.
    """

    block: Int[np.ndarray, " rows"]
    row: Int[np.ndarray, " rows"]
    shown: Int[np.ndarray, "shown 2"]
    sites: Int[np.ndarray, " ligands"]
    slope: Float[np.ndarray, "rows m people"]
    bend: Float[np.ndarray, "rows m people"]


def wanted(body: Body, shown: Sequence[tuple[int, int]], receptors: bool) -> Wanted:
    """What is needed to look up the amounts at these (block, row), and bound shares where receptors are asked for."""
    sites = [*zip(body.site_block.tolist(), body.site_row.tolist(), strict=True)] if receptors else []
    places = [*dict.fromkeys([*shown, *sites])]
    block, row = np.array(places, int).reshape(-1, 2).T
    a = np.asarray(body.a)
    square = np.einsum("bijp,bjkp->bikp", a, a)
    of_ligand = np.array([places.index(site) for site in sites], int)
    return Wanted(block, row, np.array(shown, int).reshape(-1, 2), of_ligand, a[block, row], square[block, row])


def looked_up(body: Body, want: Wanted, stretch: Stretch, ticks: np.ndarray) -> State:
    """The states of a stretch at these ticks, (times, people); before what happens then.

    x: (times, shown, people), of what `want` shows alone.
    """
    parts = [_found(body, want, stretch, ticks[k : k + ROWS]) for k in range(0, len(ticks), ROWS)]
    return State(*(np.moveaxis(np.concatenate(each, 1), 1, 0) for each in zip(*parts, strict=True)))


def _found(body: Body, want: Wanted, stretch: Stretch, ticks: np.ndarray) -> list[np.ndarray]:
    """`_between` of at most ROWS times, as NumPy has it."""
    count = len(ticks)
    rows = np.concatenate([ticks, np.zeros((ROWS - count, ticks.shape[1]), np.int64)])
    return [np.asarray(each)[:, :count] for each in _between(body, want, stretch.states, stretch.ends, rows, count)]


def falls_in(end: np.ndarray, ticks: np.ndarray) -> np.ndarray:
    """The first step that ends at each of these ticks or later, (times, people); beyond the last, their number. end: (steps, people)."""
    people = np.arange(ticks.shape[1])
    side_by_side = (end + FAR * people).T.ravel()
    found = np.searchsorted(side_by_side, (ticks + FAR * people).T.ravel()).reshape(ticks.T.shape)
    return np.ascontiguousarray((found - len(end) * people[:, None]).T)


@jax.jit
def _between(body: Body, want: Wanted, states: State, ends, ticks, count):
    """Amounts (shown, times, people) and bound shares (ligands, times, people) at the first `count` of these ticks, (times, people).

    ends: (STEPS + 1, people), at which the states are. A few times after the other, so that what is between stays in the
    processor's nearest memory.
    """

    def inside(few, found):
        """In which steps these ticks lie, by halving, and what is there."""
        now = jax.lax.dynamic_slice_in_dim(ticks, few * FEW, FEW)
        step, half = jnp.zeros(now.shape, int), STEPS // 2
        while half:
            reached = jnp.take_along_axis(ends, step + half, 0, mode="promise_in_bounds")
            step, half = step + half * (reached < now), half // 2
        here = _inside(body, want, states, ends, step, now)
        return [jax.lax.dynamic_update_slice_in_dim(*each, few * FEW, 1) for each in zip(found, here, strict=True)]

    found = [jnp.zeros((rows, *ticks.shape)) for rows in (len(want.shown), len(want.sites))]
    return jax.lax.fori_loop(0, (count + FEW - 1) // FEW, inside, found)


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
    x = _quintic(tuple(each[: len(want.shown)] for each in around), span, share)
    if not len(want.sites):
        return x, jnp.zeros((0, *span.shape))
    sites = tuple(each[want.sites] for each in around)
    nodes = jnp.stack([_quintic(sites, span, share * node) for node in receptor.NODES], 1)
    return x, own_clock.bound_after(body, b0, nodes, span * share)


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

    part: when it begins and ends for each, [ticks]; its end is of it. into: see `own_course`; the time behind the last is for
    what is of none. see: told each stretch. Where steps keep to a beat, what is asked for at it is read there. The others of a
    person ascend, so that of each the ones in a stretch stand together: they are looked up side by side, and put in their places
    afterwards.
    """
    count, who = len(ticks), np.arange(ticks.shape[1])
    row = _standing_together(_aside(plan, ticks, part))
    when = np.where(row < count, ticks.take(row * len(who) + who, mode="clip"), FAR)
    first, last = np.zeros_like(who), None
    of_beat = _of_beat(plan, ticks[:, 0]) if plan.beat else np.zeros(0, int)
    shown, ligands = np.asarray(want.shown), range(len(want.sites))
    rows = [*map(_row, _shown(into, shown, ligands))]
    for stretch, state in march:
        last = state
        if see:
            see(stretch)
        ends = np.asarray(stretch.ends)
        if plan.beat:
            after = np.flatnonzero(stretch.level == plan.longest) + 1
            time = np.where(ends[after] > ends[after - 1], of_beat[ends[after] >> plan.longest], count)
            _put(rows, time * len(who) + who, (part[after] for part in _shown(stretch.states, shown, ligands)))
        behind = (when <= ends[-1]).sum(0)
        most = int((behind - first).max())
        for k in range(0, most, ROWS):
            one = first + np.arange(k, min(k + ROWS, most))[:, None]
            one = np.where(one < behind, one, len(row)) * len(who) + who
            found = _found(body, want, stretch, when.take(one, mode="clip"))
            time = np.where(one < row.size, row.take(one, mode="clip"), count) * len(who) + who
            _put(rows, time, (part for each in found for part in each))
        first = behind
        del stretch, ends  # or the next piece finds no memory that is warm
    assert last is not None
    return last


def _aside(plan: Schedule, ticks: np.ndarray, part: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Which of these ticks, (times, people), lie in the part and are not read at a beat, after the first of their round."""
    found = (ticks > part[0]) & (ticks <= part[1])
    if plan.beat:
        shared, (from_, to) = ticks[:, 0], (plan.goals[0::2], plan.goals[1::2])
        edges = np.zeros((len(ticks) + 1, ticks.shape[1]), np.int8)
        round_, person = np.nonzero(from_ >= 0)
        for sign, goal in ((1, from_), (-1, to)):
            np.add.at(edges, (np.searchsorted(shared, goal[round_, person], "right"), person), np.int8(sign))
        beats = shared & ((1 << plan.longest) - 1) == 0
        found &= ~(np.cumsum(edges, 0, np.int8)[:-1] > 0) | ~beats[:, None]
    return found


def _standing_together(mine: np.ndarray) -> np.ndarray:
    """Of each person the times that are theirs, one under the other, (most, people); then their number. mine: (times, people)."""
    who, time = np.nonzero(mine.T)
    many = mine.sum(0)
    found = np.full((int(many.max(initial=0)), mine.shape[1]), len(mine))
    found[np.arange(len(who)) - (np.cumsum(many) - many)[who], who] = time
    return found


def _of_beat(plan: Schedule, shared: np.ndarray) -> np.ndarray:
    """Which of the shared ticks each beat is; their number where none."""
    found = np.full((int(max(shared[-1], plan.goals.max())) >> plan.longest) + 1, len(shared))
    beats = np.flatnonzero(shared & ((1 << plan.longest) - 1) == 0)
    found[shared[beats] >> plan.longest] = beats
    return found


def _shown(states: State, shown: np.ndarray, ligands: Iterable[int]) -> Iterator[np.ndarray]:
    """The amounts at these (block, row), then these bound shares, (times, people) each."""
    x, bound = map(np.asarray, states)
    return chain((x[:, *place] for place in shown), (bound[:, i] for i in ligands))


def _row(times: np.ndarray) -> np.ndarray:
    """A row of the states at all times, (times, people), as one long view of it."""
    assert times.flags.c_contiguous, "a copy would keep what is put into it"
    return times.reshape(-1)


def _put(rows: Sequence[np.ndarray], place: np.ndarray, parts: Iterable[np.ndarray]) -> None:
    """Puts each of `parts` into its row, at these places of it."""
    for row, part in zip(rows, parts, strict=True):
        row[place] = part
