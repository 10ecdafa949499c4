"""What trials say under other numbers of behaviour: a crowd lives them, a few people under each reading, and lines follow.

Each reading draws all numbers evenly from their bands at once, so that every number is told by all people. The chances of a week,
in log odds, and the rows of trials are straight in how far the numbers lie along their bands.
"""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from opioidsim.calibration.open import numbers
from opioidsim.cases import trial_plan
from opioidsim.cases.person import normal
from opioidsim.cases.trial_plan import SHARING, Plan
from opioidsim.facts.evidence import Fact
from opioidsim.studies import opioid_measures, transitions
from opioidsim.studies.rows import Row, rows
from opioidsim.studies.transitions import KINDS, SPANS
from opioidsim.studies.trial_measures import form_of
from opioidsim.trials.outcomes import MISSING, POSITIVE

EACH = 40  # people of an arm under a reading
READINGS, FEWER = 272, 96  # of a trial whose weeks are counted; of another
WEEKLY = ("urine", "leaving")  # of such a trial, told by its weeks already; runs of four weeks are not
RARE = ("overdoses",)  # too few in a crowd, most in few of its people: no line follows them
COMMON, OWN = 0.3, 0.06  # ridges: slopes of all cells of an arm off none; those of a kind or a span off these
STEPS = 12  # of Newton


def names() -> tuple[str, ...]:
    """The numbers of the block, full names."""
    return tuple(name for name, each in numbers().items() if each.block == "behaviour")


def evenly(z: Any) -> Any:
    """A standard normal deviation as an even one, -1 to 1."""
    from jax.scipy.special import ndtr

    return 2.0 * ndtr(z) - 1.0


def place_of(fact: Fact) -> float:
    """The share of its band that lies below a number. What was fitted to these weeks may lie anywhere on its band; any other is the
    best guess, with half of what is thought of it on each side."""
    if fact.basis != "fitted" or fact.low is None or fact.high is None:
        return 0.5
    return (fact.value - fact.low) / (fact.high - fact.low)


def along(z: Any, place: Any) -> Any:
    """Where on its band each number lies, thought to lie evenly on it, for deviations z, (..., numbers): -1 its low, 0 the library's,
    1 its high. place: see `place_of`."""
    import jax.numpy as jnp

    share = (1.0 + evenly(z)) / 2.0
    return jnp.where(share < place, share / place - 1.0, (share - place) / (1.0 - place))


class Lived(NamedTuple):
    """A trial under readings. u: where on its band each number lies, (readings, numbers). counts: by arm, (readings, cells, 3); cells
    are spans by kinds. said: the rows' numbers, (readings, rows); where: their places among all rows."""

    u: np.ndarray
    counts: dict[str, np.ndarray]
    said: np.ndarray
    where: list[int]


def told() -> list[Row]:
    """The build rows beside the weeks: of trials whose weeks are counted only what no urine says."""
    weekly = {arm.trial for arm in transitions.load("ctn-0094").arms}
    mine = [row for row in rows("build") if row.kind == "trials" and row.seen.quantity not in RARE]
    return [row for row in mine if row.arm.trial not in weekly or row.seen.quantity not in WEEKLY]


def lived(name: str, found: list[Row], seed: int, readings: int) -> Lived:
    """The trial of this name by so many readings."""
    ran = _ran(trial_plan.read(name), readings, seed)
    u = np.stack([evenly(normal(seed, number, range(readings))) for number in names()], 1)
    where = [i for i, row in enumerate(found) if row.arm.trial == name]
    said = np.stack([_said(ran, found[i], readings) for i in where], 1) if where else np.zeros((readings, 0))
    return Lived(u, {arm: _counts(people, readings) for arm, people in ran.people.items()}, said, where)


def under(values: dict[str, float], crowds: int, seed: int) -> np.ndarray:
    """The counts of all arms under one reading, (cells, 3), of so many crowds of EACH people in each of them."""
    change = {name: f"{value!r} {numbers()[name].fact.unit}".strip() for name, value in values.items()}
    arms = transitions.load("ctn-0094").arms
    ran = {name: _ran(trial_plan.read(name), crowds, seed, change) for name in dict.fromkeys(arm.trial for arm in arms)}
    return np.concatenate([_counts(ran[arm.trial].people[arm.arm], crowds).sum(0) for arm in arms])


def _ran(plan: Plan, readings: int, seed: int, change: dict[str, str] | None = None) -> Any:
    """The trial by readings of EACH people of an arm; by crowds of as many under one, where numbers are changed."""
    from opioidsim.questions.question import Who
    from opioidsim.questions.trial import trial

    people = EACH // SHARING * len(plan.arms)
    who = Who(people=people, seed=seed, change=change or {}, point=change is not None)
    return trial(plan, replicates=SHARING * readings, who=who)


def _counts(people: dict[str, np.ndarray], readings: int) -> np.ndarray:
    """(readings, cells, 3)"""
    began = people["began"] >= 0
    each = transitions.counted(transitions.urines_of(people)).reshape(-1, len(SPANS) * len(KINDS), 3)
    found = np.zeros((readings, *each.shape[1:]))
    np.add.at(found, (people["replicate"] // SHARING)[began], each)
    return found


def _said(ran: Any, row: Row, readings: int) -> np.ndarray:
    """What each reading's people say of a row, on its scale; nan where so few say nothing."""
    seen, arm = row.seen, row.arm.name
    parts = form_of("opioid", seen.quantity, seen.measure).groups()
    found = np.full(readings, np.nan)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for reading in range(readings):
            here = slice(reading * EACH, (reading + 1) * EACH)
            people = {name: {key: column[here] for key, column in p.items()} for name, p in ran.people.items()}
            some = replace(ran, people=people, replicates=SHARING)
            found[reading] = row.scaled(opioid_measures.measured(some, arm, seen.quantity, seen.measure, parts))
    return found


class Lines(NamedTuple):
    """at, slopes: log odds of cells and outcomes, (outcomes, cells) and (outcomes, cells, numbers): missing of those due, positive of
    those given. trial: of each cell. row_at, row_slopes: of the rows, (rows,) and (rows, numbers). place: of each number, see `place_of`."""

    at: np.ndarray
    slopes: np.ndarray
    trial: np.ndarray
    row_at: np.ndarray
    row_slopes: np.ndarray
    place: np.ndarray


def lines(seed: int, progress: Callable[[float], None] | None = None) -> Lines:
    """The lines of all trials that tell the block."""
    arms, found = transitions.load("ctn-0094").arms, told()
    trials = list(dict.fromkeys([arm.trial for arm in arms] + [row.arm.trial for row in found]))
    weekly = [arm.trial for arm in arms]
    row_at, row_slopes = np.zeros(len(found)), np.zeros((len(found), len(names())))
    cells = {}
    for number, name in enumerate(trials):
        one = lived(name, found, seed, READINGS if name in weekly else FEWER)
        for arm in (arm.arm for arm in arms if arm.trial == name):
            cells[name, arm] = chances(one.u, one.counts[arm])
        for place, said in zip(one.where, one.said.T, strict=True):
            row_at[place], row_slopes[place] = straight(one.u, said, found[place].own)
        if progress:
            progress((number + 1) / len(trials))
    parts = [cells[arm.trial, arm.arm] for arm in arms]
    kinds = len(SPANS) * len(KINDS)
    return Lines(
        np.concatenate([at for at, _ in parts], 1),
        np.concatenate([slopes for _, slopes in parts], 1),
        np.repeat([list(dict.fromkeys(weekly)).index(name) for name in weekly], kinds),
        row_at,
        row_slopes,
        np.array([place_of(numbers()[name].fact) for name in names()]),
    )


def chances(u: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log odds at the library's numbers and their slopes, (outcomes, cells) and (outcomes, cells, numbers): most likely, ridges drawing
    the slopes of a kind and of a span to those that all cells of the arm have in common. counts: (readings, cells, 3)."""
    spans, kinds = np.divmod(np.arange(counts.shape[1]), len(KINDS))
    own = np.concatenate([np.eye(len(KINDS))[kinds], np.eye(len(SPANS))[spans]], 1) * OWN
    share = np.concatenate(
        [np.full((len(own), 1), COMMON), own], 1
    )  # of the slopes' parts in each cell's, (cells, parts)
    cells = np.eye(len(own))
    x = np.concatenate(
        [
            np.broadcast_to(cells[None], (len(u), *cells.shape)),
            (share[None, :, :, None] * u[:, None, None, :]).reshape(len(u), len(cells), -1),
        ],
        2,
    ).reshape(-1, len(cells) + share.shape[1] * u.shape[1])
    ridge = np.r_[np.full(len(cells), 1e-3), np.ones(x.shape[1] - len(cells))]
    given = counts[..., :2].sum(-1)
    at, slopes = [], []
    for yes, of in ((counts[..., MISSING], counts.sum(-1)), (counts[..., POSITIVE], given)):
        found = _likeliest(x, yes.ravel(), of.ravel(), ridge)
        at.append(found[: len(cells)])
        slopes.append(share @ found[len(cells) :].reshape(share.shape[1], -1))
    return np.stack(at), np.stack(slopes)


def _likeliest(x: np.ndarray, yes: np.ndarray, of: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """Logistic regression with ridges, by Newton's steps."""
    here = of > 0
    x, yes, of = x[here], yes[here], of[here]
    found = np.zeros(x.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-x @ found))
        weight = of * chance * (1.0 - chance)
        bend = (x * weight[:, None]).T @ x + np.diag(ridge)
        found = found + np.linalg.solve(bend, x.T @ (yes - of * chance) - ridge * found)
    return found


def straight(u: np.ndarray, said: np.ndarray, own: float) -> tuple[float, np.ndarray]:
    """A row's number at the library's and its slopes, (numbers,): least squares, a ridge of the row's own error on each slope."""
    here = np.isfinite(said)
    x, y = np.concatenate([np.ones((here.sum(), 1)), u[here]], 1), said[here]
    ridge = np.diag(np.r_[0.0, np.full(u.shape[1], y.var() / own**2)])
    found = np.linalg.solve(x.T @ x + ridge, x.T @ y)
    return float(found[0]), found[1:]
