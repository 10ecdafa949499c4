"""Draws of the middle block: what its rows leave of the priors, by several runs that begin apart."""

from typing import NamedTuple

import numpy as np

from opioidsim.calibration import middle, priors, tempered
from opioidsim.calibration.linear import Told
from opioidsim.calibration.open import numbers
from opioidsim.studies.rows import Row

RUNS = 4
STEP = 0.2  # of a slope, in standard deviations of the prior: wide, because times that are read off a curve jump


class Drawn(NamedTuple):
    """z: (draws, numbers) around the priors. cost: the sum of squares of rows and priors, the median of the draws. r_hat: the
    largest of any number between the runs; worth: how many independent draws their last crowds are. k: the tail's shape of where
    moves ended; moved: the share that was taken. asked: sets whose rows were asked, steps: of the rows' weight, of all runs."""

    z: np.ndarray
    cost: float
    r_hat: float
    worth: float
    k: float
    moved: float
    asked: int
    steps: int


def drawn(count: int, rng: np.random.Generator, off: tempered.Off, numbers_of: int) -> Drawn:
    """`count` draws of the block whose residuals are `off`, as many of each run, by turns."""
    runs = [tempered.run(off, numbers_of, own) for own in rng.spawn(RUNS)]
    places = [rng.permutation(len(run.crowd.z))[: count // RUNS] for run in runs]
    z = np.stack([run.crowd.z[chosen] for run, chosen in zip(runs, places, strict=True)], 1)
    r_hat, worth = tempered.r_hat([run.crowd.z for run in runs])
    return Drawn(
        z=z.reshape(-1, numbers_of),
        cost=float(np.median([-2.0 * run.crowd.log(1.0) for run in runs])),
        r_hat=r_hat,
        worth=worth,
        k=tempered.tail_of(np.concatenate([run.log_weight for run in runs])),
        moved=float(np.mean([run.moved for run in runs])),
        asked=sum(run.asked for run in runs),
        steps=sum(run.steps for run in runs),
    )


def off_of(told: list[middle.Row]) -> tempered.Off:
    """The block's residuals as a function of deviations."""
    given = priors.load(middle.BLOCK).priors
    return lambda z: middle.residuals(told, given, z)


def library() -> np.ndarray:
    """The library's numbers as deviations of their priors, (numbers,)."""
    given, open_here = priors.load(middle.BLOCK).priors, numbers()
    return np.array([np.log(_in_unit(name, open_here[name].fact.value) / p.value) / p.sd for name, p in given.items()])


def straight(told: list[middle.Row]) -> list[Told]:
    """The block's rows with their slopes at the library's numbers, as the other blocks have theirs, for the study effects."""
    given = priors.load(middle.BLOCK).priors
    at = library()
    sets = np.concatenate([at[None], at + STEP * np.eye(len(at)), at - STEP * np.eye(len(at))])
    theta = priors.at(given, sets)
    found = []
    for row in told:
        as_row = Row(row.study, middle.study.load(row.study), row.arm, row.seen)
        value = as_row.scaled(middle.predicted(row, theta))
        slopes = (value[1 : len(at) + 1] - value[len(at) + 1 :]) / (2.0 * STEP)
        found.append(Told(as_row, float(as_row.back(value[0])), dict(zip(given, map(float, slopes), strict=True))))
    return found


def _in_unit(name: str, value: float) -> float:
    """A fact's value in the unit of its prior."""
    return value * middle.study.units.factor(numbers()[name].fact.unit, priors.load(middle.BLOCK).priors[name].unit)


def values(z: np.ndarray) -> dict[str, np.ndarray]:
    """The facts at these draws, in their own units."""
    given = priors.load(middle.BLOCK).priors
    found = priors.at(given, z)
    return {
        name: column * middle.study.units.factor(given[name].unit, numbers()[name].fact.unit)
        for name, column in found.items()
    }
