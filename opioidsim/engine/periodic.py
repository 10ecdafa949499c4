"""The steady state of doses that have gone on for ever: solved, not simulated.

Kinetics are linear, so that what all earlier doses left is a geometric series: of a dose d each E = expm(A II) apart,
E d + E^2 d + ... = (1 - E)^-1 E d; an infusion that outlasts its interval stands with those that still run beside it. Given these
concentrations the bound shares follow linear equations too: one period maps them as B -> M B + v, and B = (1 - M)^-1 v.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.engine import clock, own_clock
from opioidsim.engine.course import Body, State, Steps
from opioidsim.engine.regimens import Happenings
from opioidsim.model import pharmacokinetics, receptor

if TYPE_CHECKING:
    from jaxtyping import Float

ROUNDS = 60  # of the search for the clearance lived with


def before(body: Body, steps: Steps, rows: Happenings, amount: np.ndarray) -> Float[np.ndarray, "rows blocks m"]:
    """What all doses before left, at the moment of the dose that each row stands for: (rows, blocks, m) [nmol].

    rows: with a `cycle`. amount: (rows,) [nmol], or [nmol/h] of infusions. steps: from level 0 up.
    """
    a, e = _lived_with(body, steps, rows, amount)
    still: Any = ~np.any(a, axis=(2, 3))  # pumps, and rows of smaller blocks: nothing leaves them
    put = np.moveaxis(np.asarray(body.entry)[rows.input, :, :, rows.person] * amount[:, None, None], 0, -1)
    endless = np.isinf(rows.cycle)
    cycle = np.rint(np.where(endless, 1.0, rows.cycle) / clock.TICK).astype(np.int64)
    over = np.rint(rows.over / clock.TICK).astype(np.int64)
    identity = np.broadcast_to(np.eye(a.shape[1])[None, :, :, None], a.shape)
    period = np.where(still[:, :, None, None] | still[:, None, :, None], 0.0, _moved(e, identity, cycle))
    many = np.maximum(-(-over // cycle), 1)  # periods until an infusion has ended; of a dose one
    running = np.zeros_like(put)
    for k in range(1, int(many[~endless].max(initial=1))):
        running += np.where(many > k, _moved(e, put[:, :, None], np.where(many > k, k * cycle, 0))[:, :, 0], 0.0)
    left = _moved(e, put[:, :, None], over)[:, :, 0]
    left = np.where(still[:, :, None] & (over > 0), 0.0, left)
    left = _moved(e, left[:, :, None], np.where(endless, 0, many * cycle - over))[:, :, 0]
    found = running + _solved(identity - period, left)
    into = np.where(still[:, :, None], 0.0, np.einsum("bijp,bjp->bip", a, put))
    for_ever = _solved(np.where(still[:, :, None, None], identity, a), -into)
    return np.moveaxis(np.where(endless, for_ever, found), -1, 0)


def _lived_with(body: Body, steps: Steps, rows: Happenings, amount: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's matrices A and expm(A h) by level. Drugs that speed their own clearance have sped it by their mean level, to
    which these doses have led: x = -A^-1 u with u the mean input, and A that of this level; looked for from none on.
    """
    a, still = np.asarray(body.a)[..., rows.person], ~np.any(np.asarray(body.a), axis=(2, 3))
    if body.induction is None:
        return a, np.asarray(steps.e)[..., rows.person]
    fast, half = np.asarray(body.induction.a)[..., rows.person], np.asarray(body.induction.C50)[:, rows.person]
    put = np.moveaxis(np.asarray(body.entry)[rows.input, :, :, rows.person] * amount[:, None, None], 0, -1)
    into = np.where(still[:, :, None], 0.0, np.einsum("bijp,bjkp->bikp", a, put[:, :, None])[:, :, 0])
    share = np.where(np.isinf(rows.cycle), 1.0, rows.over / rows.cycle)  # of the time in which an infusion runs
    mean = np.where(rows.over > 0, into * share, put / rows.cycle)
    alike = (rows.person[:, None] == rows.person) & (rows.tick[:, None] == rows.tick)
    mean = mean @ alike.astype(float)  # what all doses of that moment bring
    level = np.zeros(half.shape)
    for _ in range(ROUNDS):
        sped = np.concatenate([pharmacokinetics.saturated(level, half), np.zeros((1, len(amount)))])[body.induction.of]
        lived = a + sped[:, :, None] * (fast - a)
        found = _solved(np.where(still[:, :, None, None], np.eye(a.shape[1])[None, :, :, None], lived), -mean)
        level = found[body.induction.block, body.induction.row]
    e = np.asarray(pharmacokinetics.exponentials(lived, clock.TICK, clock.LONGEST + 1))
    return lived, np.concatenate([np.broadcast_to(np.eye(a.shape[1])[:, :, None], (1, *a.shape)), e])


def _moved(e: np.ndarray, x: np.ndarray, ticks: np.ndarray) -> np.ndarray:
    """expm(A h) x for each row's own h [ticks], by its binary digits. e: (levels, blocks, m, m, rows); x: (blocks, m, k, rows)."""
    times = lambda a, b: np.einsum("bijp,bjkp->bikp", a, b)  # noqa: E731
    matrix, left = e[1], ticks
    level = 0
    while left.any():
        x = np.where(left & 1, times(matrix, x), x)
        left, level = left >> 1, level + 1
        matrix = e[level + 1] if level <= clock.LONGEST else times(matrix, matrix)
    return x


def _solved(matrix: np.ndarray, side: np.ndarray) -> np.ndarray:
    """x of matrix x = side for each block and row: (blocks, m, m, rows), (blocks, m, rows)."""
    found = np.linalg.solve(np.moveaxis(matrix, -1, 1), np.moveaxis(side, -1, 1)[..., None])
    return np.moveaxis(found[..., 0], 1, -1)


def bound(body: Body, steps: Steps, rows: Happenings, x: np.ndarray, amount: np.ndarray, refine: int) -> np.ndarray:
    """The shares that are bound at the moment of the doses that these rows stand for, (ligands, people).

    rows: of one moment of each person; those of a person share one `cycle`. x: (blocks, m, people), what earlier doses left.
    """
    people, ligands = x.shape[-1], len(body.koff)
    none = np.zeros((ligands, people))
    endless = np.zeros(people, bool)
    endless[rows.person] = np.isinf(rows.cycle)
    site = x[body.site_block, body.site_row]
    rates = np.stack([receptor.association(*each) for each in zip(body.kon, body.n, site, strict=True)])
    at_rest = np.asarray(receptor.equilibrium(rates, np.asarray(body.koff)))
    finite = np.isfinite(rows.cycle)
    cycled, amount = rows.where(finite), amount[finite]
    length = np.zeros(people, np.int64)
    length[cycled.person] = np.rint(cycled.cycle / clock.TICK).astype(np.int64)
    if not length.any():
        return at_rest
    x, rounds = _one_period(body, cycled, x, amount, length)
    plan = own_clock.schedule(rounds.at, own_clock.resting(body, refine), refine)

    def ends(begin: np.ndarray) -> np.ndarray:
        """Bound shares one period later."""
        *_, (_, last) = own_clock.walked(body, steps, 0, State(x, begin), rounds, plan)
        return np.asarray(last.bound)

    v = ends(none)
    columns = [ends(none + np.eye(ligands)[i][:, None]) - v for i in range(ligands)]
    matrix = np.eye(ligands)[:, :, None] - np.stack(columns, 1)
    matrix = np.where(length > 0, matrix, np.eye(ligands)[:, :, None])
    solved = np.linalg.solve(np.moveaxis(matrix, -1, 0), v.T[..., None])[..., 0].T
    return np.where(endless, at_rest, solved)


def _one_period(body: Body, rows: Happenings, x: np.ndarray, amount: np.ndarray, length: np.ndarray):
    """The amounts right after the doses, and the ends of infusions in the period that follows, as rounds."""
    entry = np.asarray(body.entry)[rows.input, :, :, rows.person] * amount[:, None, None]
    x = x.copy()
    np.add.at(x, (slice(None), slice(None), rows.person), np.moveaxis(entry, 0, -1))  # pyright: ignore[reportArgumentType]
    phase = np.rint(rows.over / clock.TICK).astype(np.int64) % length[rows.person]
    ends = np.flatnonzero(phase)
    count = np.zeros(len(length), int)
    where = np.zeros(len(ends), int)
    order = np.lexsort((phase[ends], rows.person[ends]))
    for k in order:
        count[rows.person[ends[k]]] += 1
        where[k] = count[rows.person[ends[k]]]
    most = int(count.max(initial=0)) + 1
    at = np.tile(length, (most + 1, 1))
    at[0] = 0
    at[where, rows.person[ends]] = phase[ends]
    add = np.zeros((most, *x.shape))
    add[where, :, :, rows.person[ends]] = -entry[ends]
    shape = (most, len(body.koff), len(length))
    return x, own_clock.Rounds(at, np.ones((most, len(length))), add, np.zeros(shape))
