"""What a march of people on clocks of their own (`own_clock`) has at any time: looked up inside its steps.

Between the ends of the step in which a time falls amounts are the quintic that has their values, slopes and bends at both ends
(off by under 2e-5 of what a dose does), bound shares a Radau step from its beginning.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.engine import clock, own_clock
from opioidsim.engine.course import Body, Induction, State, shares
from opioidsim.engine.own_clock import Schedule, Stretch
from opioidsim.model import receptor

if TYPE_CHECKING:
    from jaxtyping import Float, Int

ROWS, FEW = 128, 8  # outputs are looked up so many times at once, so that few shapes are compiled; so many side by side
FAR = np.int64(2) ** 44  # ticks that no course has


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
