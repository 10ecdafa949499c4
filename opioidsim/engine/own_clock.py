"""The course clock where each person has a regimen of their own: everyone steps on a clock of their own, all at once.

People who share no dose time share no grid: the union of a thousand people's doses would be a march of short steps for all.
So the people of a chunk go through their intervals side by side: interval k is that from the k-th event of each. Its steps
grow as those of the common grid do, from the shortest after the event; then the binary digits of what is left lead near the
next event, and one short step of each person's own length to the tick. Who has no use for a step sits it out. The matrices
are read by level as in the common march, and the kinetics are as exact; over the last step they are a series (`REST`).

Where outputs are everyone's, steps that have grown as long as these are apart fall in with them (`beat`): what is asked for
stands at their ends then, and only what comes soon after an event lies between.

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

STEPS, EVENTS = 512, 16  # of a piece of the march
REST = clock.LONGEST + 1  # the level of a step whose length is each person's own
DEAR, TURN = 4, 8  # what looking between steps costs, and falling in with the beat, in steps
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
    """The steps of all people. Who has not so far to go sits a step out; which do is found out on the way.

    level: (steps,), -1 of the moment at which a round begins. event: that round, 0 of a step. aim: (steps,), the row of `goals`
    that it leads to. goals: (goals, people), ticks: of round k the beat that longest steps keep to in 2 k, -1 of who has none, and
    its end in 2 k + 1. begin: (people,), that at which the first step begins. longest: the highest level. beat: whether kept to.
    """

    level: Int[np.ndarray, " steps"]
    event: Int[np.ndarray, " steps"]
    aim: Int[np.ndarray, " steps"]
    goals: Int[np.ndarray, "goals people"]
    begin: Int[np.ndarray, " people"]
    longest: int
    beat: bool


class Stretch(NamedTuple):
    """What a piece of the march leaves. level: (STEPS,), of its steps. states: at the beginning and at the end of each step,
    (STEPS + 1, ...); ends: the ticks of these, (STEPS + 1, people)."""

    level: Int[np.ndarray, " steps"]
    states: State
    ends: Int[np.ndarray, "ends people"]


def resting(body: Body, refine: int = 0) -> int:
    """The level below which what is left of an interval is one step: a series over it has |A h| <= LARGEST for everybody."""
    matrices = [np.asarray(each) for each in (body.a, *([body.induction.a] if body.induction else []))]
    norm = max(float(np.abs(a).sum(1).max(initial=0.0)) for a in matrices)
    most = np.log2(LARGEST / (norm * clock.TICK)) if norm > 0.0 else clock.LONGEST
    return int(np.clip(most, 0, clock.LONGEST - clock.halvings(refine)))


def beat(ticks: np.ndarray, rounds: int) -> int | None:
    """The level at whose multiples steps had best end, for outputs at these ticks; None where looking between them is cheaper."""
    levels = np.arange(clock.FIRST + 1, clock.LONGEST + 1)
    beside = (ticks[:, None] & ((1 << levels) - 1) != 0).sum(0)
    cost = (int(ticks[-1]) >> levels) + DEAR * beside + TURN * rounds
    best = int(np.argmin(cost))
    return int(levels[best]) if cost[best] < (int(ticks[-1]) >> clock.LONGEST) + DEAR * len(ticks) else None


def longest_of(refine: int, beat: int | None) -> int:
    """The level of the longest steps."""
    return (clock.LONGEST if beat is None else beat) - clock.halvings(refine)


def schedule(at: np.ndarray, rest: int, refine: int = 0, beat: int | None = None) -> Schedule:
    """The steps from round to round for everyone. at: (rounds + 1, people), ticks. rest: see `resting`. refine: halve every step
    so often. beat: see `beat`.

    Steps as in `clock.grid`, at most a share of the time since the event, up to the longest; what they leave is less than one
    of these, and its binary digits are the steps that follow, down to 2^rest ticks; the rest is one step.
    """
    longest = longest_of(refine, beat)
    ramp, reached = _ramp(clock.halvings(refine), longest)
    length = np.diff(at, axis=0)
    count = np.searchsorted(reached, length, "right")
    left = length - np.concatenate([[0], reached])[count]
    turn = np.where(count == len(reached), left - at[1:] & (1 << longest) - 1, left + 1) if beat else left + 1
    turns = turn <= left
    left = np.where(turns, left - turn, left)
    many = (left >> longest).max(1)
    digits = _digits(np.where(turns, turn, 0), longest, rest), _digits(left, longest, rest)
    levels, aims, events = [], [], []
    for number, most in enumerate(count.max(1)):
        to_beat, to_end = digits[0][number], digits[1][number]
        steps = [*ramp[:most], *to_beat, *[longest] * many[number], *to_end]
        new = [-1] * (number > 0)
        levels += [*new, *steps]
        aims += [2 * number + 1] * (len(new) + most) + [2 * number] * len(to_beat)
        aims += [2 * number + 1] * (many[number] + len(to_end))
        events += [number] * len(new) + [0] * len(steps)
    goals = np.stack([np.where(turns, at[1:] - left, -1), at[1:]], 1).reshape(-1, at.shape[1])
    level, event, aim = (np.array(each, np.int32) for each in (levels, events, aims))
    return Schedule(level, event, aim, goals, at[0], longest, bool(beat))


def _digits(ticks: np.ndarray, longest: int, rest: int) -> list[list[int]]:
    """Of each round the levels of the binary digits that anybody has there, from under `longest` down to `rest`, and of what is
    left. ticks: (rounds, people)."""
    digits, shorter = np.arange(longest - 1, rest - 1, -1), (1 << min(rest, longest)) - 1
    anybody = np.bitwise_or.reduce(ticks, 1)
    return [[*digits[bits >> digits & 1 > 0].tolist(), *([REST] if bits & shorter else [])] for bits in anybody]


@cache
def _ramp(refine: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """(levels, ticks since the event at their ends) of the steps that grow, up to the first of the longest."""
    per, first = round(1.0 / clock.GROWTH) << refine, clock.FIRST - refine
    ramp = np.concatenate([np.full(per, first), np.repeat(np.arange(first, longest), per)])
    return ramp, np.cumsum(1 << ramp)


def walked(
    body: Body, steps: Steps, lowest: int, state: State, rounds: Rounds, plan: Schedule
) -> Iterator[tuple[Stretch, State]]:
    """The march of these people, piece by piece: what each leaves, and the state behind it."""
    grid = clock.Grid(plan.level, plan.event, np.arange(len(plan.level), dtype=np.int32))
    body, steps, now = jax.device_put((body, steps, (state, plan.begin)))
    for piece in clock.pieces(grid, STEPS, EVENTS):
        brings = piece.event > 0
        number = np.zeros(EVENTS + 1, int)
        number[1 : brings.sum() + 1] = piece.event[brings]
        none = (np.arange(EVENTS + 1) > brings.sum()) | (np.arange(EVENTS + 1) == 0)
        event = np.where(brings, brings.cumsum(), 0).astype(np.int32)
        keep = np.where(none[:, None], 1.0, rounds.keep[number])
        add, held = (np.where(none.reshape(-1, *[1] * (x.ndim - 1)), 0.0, x[number]) for x in rounds[2:])
        aim = plan.aim[piece.slot]
        first = aim[0] & ~1
        goals = plan.goals[np.minimum(first + np.arange(2 * EVENTS + 4), len(plan.goals) - 1)]
        level = np.where(piece.level == REST, -2, np.where(piece.level < 0, -1, piece.level - lowest)).astype(np.int32)
        size = np.where(piece.level == REST, 0, np.int64(1) << np.maximum(piece.level, 0))
        each = [
            np.append(each, last)
            for each, last in zip((level + 1, event, aim - first, size), (0, 0, 0, 0), strict=True)
        ]
        found, now = _piece(body, steps, now, (keep, add, held), goals, *each)
        yield Stretch(piece.level, *found), now[0]
        del found  # or the next piece finds no memory that is warm


@jax.jit
def _piece(body: Body, steps: Steps, begin: tuple, happen: tuple, goals, level, event, aim, size):
    """State and tick before each step of a piece of `walked`, and the last: compiled for just these shapes, and ending with a
    moment in which nothing happens. level: 0 of what happens, -1 of the step of one's own length. size: (steps,) [ticks]."""
    branches, (keep, add, held) = moves(body, steps), happen

    def happens(state, at, now):
        """What comes at the beginning of a round; nothing, where a piece is padded."""
        number = now[1]
        return State(keep[number] * state.x + add[number], keep[number] * state.bound + held[number]), at

    def steps_(state, at, now):
        """A step for those who have so far to go."""
        level, _, aim, size = now
        goes = at + size <= goals[aim]
        moved = branches.move(*state, level)
        return State(*(jnp.where(goes, new, old) for new, old in zip(moved, state, strict=True))), at + size * goes

    def rests(state, at, now):
        """A step to everyone's own goal, which changes nothing for those who are there."""
        goal = jnp.maximum(goals[now[2]], at)
        return _rested(body, state, (goal - at) * clock.TICK), goal

    def waits(state, at, now):
        """What happens, or the step of one's own length."""
        return device.where(now[0] < 0, rests, happens, state, at, now)

    def one(carry, now):
        """What happens, or a step."""
        return device.where(now[0] > 0, steps_, waits, *carry, now), carry

    last, seen = jax.lax.scan(one, begin, (level, event, aim, size))
    return seen, last


def _rested(body: Body, state: State, hours) -> State:
    """The state so many hours later, (people,): expm(A h) x as a series, the bound shares by a Radau step."""
    x, bound = state
    sites = (body.site_block, body.site_row)

    def series(a):
        """The amounts at the step's end, and at the sites inside it."""
        inner = jnp.array(receptor.NODES[:2])[:, None]

        def more(k, sums):
            """One term more: a loop, for the compiler would work the earlier ones out again for each of their uses."""
            term, whole, inside = sums
            term = sum(a[:, :, q] * term[:, None, q] for q in range(a.shape[2])) * (hours / k)
            return term, whole + term, inside + inner**k * term[sites][:, None]

        _, whole, inside = jax.lax.fori_loop(1, TERMS + 1, more, (x, x, jnp.stack([x[sites]] * 2, 1)))
        return inside, whole

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
